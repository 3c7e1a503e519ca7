/* Proves a network's choice again, by oracle/choice_check, and says what came
 * of it. */
#include "codegen/proof_choice.h"

#include "base/checked.h"

#include <string.h>

/* --- the choice in the file ----------------------------------------------- */

static bool aim_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, enum network_aim *out)
{
	const struct loc loc = json_loc(doc, json_member(object, "aim"));
	const char *name = json_string(ctx, doc, object, "aim");
	if (!name)
		return false;
	for (int i = 0; i < AIM_COUNT; i++)
		if (strcmp(name, network_aim_name((enum network_aim)i)) == 0) {
			*out = (enum network_aim)i;
			return true;
		}
	return diag_error(ctx, &loc, "unknown aim '%s'", diag_quote(ctx, name));
}

static bool whole_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key, int64_t *out)
{
	return json_int(ctx, doc, json_need(ctx, doc, object, key), 0,
		((int64_t)1 << 53) - 1, out);
}

static bool claim_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, struct choice_proof *out, double *bound)
{
	const char *cap;
	if (!aim_read(ctx, doc, object, &out->goal.aim))
		return false;
	cap = out->goal.aim == AIM_CYCLES ? "max_energy_pj" : "max_cycles";
	return (!json_member(object, cap) ||
		       whole_read(ctx, doc, object, cap, &out->goal.cap)) &&
		whole_read(
			ctx, doc, object, "energy_pj", &out->claim.energy_pj) &&
		whole_read(ctx, doc, object, "cycles", &out->claim.cycles) &&
		json_number(ctx, doc, json_need(ctx, doc, object, "bound"), 0,
			1e300, bound) &&
		json_bool(ctx, doc, json_need(ctx, doc, object, "proven"),
			&out->claimed);
}

static double value_of(const struct choice_proof *p)
{
	return p->goal.aim == AIM_EDP
		? (double)p->claim.energy_pj * (double)p->claim.cycles
		: p->goal.aim == AIM_ENERGY ? (double)p->claim.energy_pj
					    : (double)p->claim.cycles;
}

/* Its figures against those of the winners that layers take. */
static bool claim_compare(struct ctx *ctx, const struct result *r,
	const cJSON *object, const struct choice_proof *p, double bound,
	bool *consistent)
{
	const struct loc loc = json_loc(&r->doc, object);
	const struct plan_totals *t = r->plan.totals;
	if (!r->plan.chosen || (double)p->claim.energy_pj != t->energy_pj ||
		p->claim.cycles != t->cycles)
		*consistent = diag_error(ctx, &loc,
			"network_choice has %lld pJ and %lld cycles, the "
			"mappings of the layers %.17g and %lld",
			(long long)p->claim.energy_pj,
			(long long)p->claim.cycles, t->energy_pj,
			(long long)t->cycles);
	double edp = (double)p->claim.energy_pj * (double)p->claim.cycles;
	const cJSON *stored = json_member(object, "edp");
	if (!cJSON_IsNumber(stored) || stored->valuedouble != edp)
		*consistent = diag_error(
			ctx, &loc, "network_choice.edp is not %.17g", edp);
	double value = value_of(p);
	if (p->claimed ? bound != value : bound > value)
		*consistent = diag_error(ctx, &loc,
			"network_choice.bound is %.17g, the choice has %.17g",
			bound, value);
	return true;
}

/* --- the tasks ------------------------------------------------------------ */

struct tasks {
	size_t count;
	struct task *task;
	struct choice_task *choices; /* [count]; of those that run */
	bool forms;                  /* some have several */
	bool fits;                   /* all numbers do */
};

static int64_t common_factor(int64_t a, int64_t b)
{
	while (b) {
		int64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* Nests of layers with the same forms are one task: they share the choice. */
static void task_add(struct ctx *ctx, struct tasks *tasks,
	const struct layer *layer, const struct layer_nest *ln)
{
	const size_t count = ln->form_count ? ln->form_count : 1;
	const struct layer_nest *forms = ln->form_count ? ln->forms : ln;
	struct task *task;
	int64_t factor = 0, runs;
	for (size_t f = 0; f < count; f++)
		factor = common_factor(forms[f].instances, factor);
	if (!factor || layer->aside || !layer->executions)
		return;
	tasks->forms |= count > 1;
	for (size_t t = 0; t < tasks->count; t++) {
		task = &tasks->task[t];
		bool same = task->form_count == count;
		for (size_t f = 0; same && f < count; f++)
			same = task->forms[f].nest == forms[f].id &&
				task->forms[f].instances ==
					forms[f].instances / factor;
		if (!same)
			continue;
		tasks->fits &= mul_ok(factor, layer->executions, &runs) &&
			add_ok(task->runs, runs, &task->runs);
		return;
	}
	task = &tasks->task[tasks->count++];
	*task = (struct task){.form_count = count,
		.forms = arena_array(&ctx->arena, count, sizeof *task->forms)};
	for (size_t f = 0; f < count; f++)
		task->forms[f] = (struct nest_form){.nest = forms[f].id,
			.instances = forms[f].instances / factor};
	tasks->fits &= mul_ok(factor, layer->executions, &task->runs);
}

static bool points_fill(struct ctx *ctx, const struct result *r,
	const struct task *task, struct choice_task *out)
{
	size_t count = 0;
	for (size_t f = 0; f < task->form_count; f++)
		count += r->results[task->forms[f].nest].front_count;
	struct choice_point *point =
		arena_array(&ctx->arena, count, sizeof *point);
	*out = (struct choice_task){.points = point};
	for (size_t f = 0; f < task->form_count; f++) {
		const struct search_result *s =
			&r->results[task->forms[f].nest];
		int64_t runs;
		if (!mul_ok(task->forms[f].instances, task->runs, &runs))
			return false;
		for (size_t i = 0; i < s->front_count; i++) {
			const struct estimate *e = &s->front[i].estimate;
			struct choice_point *p = &point[out->count++];
			if (!mul_ok((int64_t)e->energy_pj, runs,
				    &p->energy_pj) ||
				!mul_ok(e->cycles, runs, &p->cycles))
				return false;
		}
	}
	return count > 0;
}

/* False where the tasks' numbers leave 63 bits, or a front is not there. */
static bool tasks_make(
	struct ctx *ctx, const struct result *r, struct tasks *out)
{
	size_t most = 0;
	for (size_t i = 0; i < r->layers.count; i++)
		most += r->layers.layers[i].nest_count;
	*out = (struct tasks){.fits = true};
	out->task = arena_array(&ctx->arena, most, sizeof *out->task);
	out->choices = arena_array(&ctx->arena, most, sizeof *out->choices);
	for (size_t i = 0; i < r->layers.count; i++) {
		const struct layer *layer = &r->layers.layers[i];
		for (size_t k = 0; k < layer->nest_count; k++)
			task_add(ctx, out, layer, &layer->nests[k]);
	}
	for (size_t t = 0; out->fits && t < out->count; t++)
		out->fits =
			points_fill(ctx, r, &out->task[t], &out->choices[t]);
	return out->fits;
}

bool choice_proof_make(struct ctx *ctx, const struct result *result,
	bool fronts, const struct search_stop *stop, bool *consistent,
	struct choice_proof *out)
{
	const cJSON *object = json_member(result->doc.root, "network_choice");
	struct tasks tasks;
	double bound;
	bool same = true; /* figures */
	*out = (struct choice_proof){.verdict = VERDICT_OPEN};
	if (!object)
		return true;
	if (!(object = json_object(
		      ctx, &result->doc, result->doc.root, "network_choice")) ||
		!claim_read(ctx, &result->doc, object, out, &bound) ||
		!claim_compare(ctx, result, object, out, bound, &same))
		return false;
	*consistent &= same;
	if (!same || !out->claimed || !tasks_make(ctx, result, &tasks))
		return true;
	out->verdict = choice_check(ctx, &out->goal, tasks.count, tasks.choices,
		&out->claim, stop, &out->better);
	/* The file does not say which forms are taken only in want of others:
	 * what seems better may not be allowed. Without the fronts, more
	 * choices there may be. */
	if ((out->verdict == VERDICT_REFUTED && tasks.forms &&
		    (out->better.energy_pj != out->claim.energy_pj ||
			    out->better.cycles != out->claim.cycles)) ||
		(out->verdict != VERDICT_REFUTED && !fronts))
		out->verdict = VERDICT_OPEN;
	return true;
}

/* --- trade-offs ----------------------------------------------------------- */

/* A vertex, and whether it is the sum of the points that it names. */
static bool vertex_read(const struct result *r, const struct tasks *tasks,
	const cJSON *object, struct choice_point *out)
{
	const cJSON *pj = json_member(object, "energy_pj");
	const cJSON *cycles = json_member(object, "cycles");
	const cJSON *edp = json_member(object, "edp");
	const cJSON *points = json_member(object, "points");
	struct choice_point sum = {0, 0};
	if (!cJSON_IsNumber(pj) || !cJSON_IsNumber(cycles) ||
		!cJSON_IsNumber(edp) || !cJSON_IsArray(points) ||
		edp->valuedouble != pj->valuedouble * cycles->valuedouble)
		return false;
	/* Which form a task takes is the one whose nest has a point; tasks that
	 * share a nest share the point. */
	for (size_t t = 0; t < tasks->count; t++) {
		const struct task *task = &tasks->task[t];
		size_t first = 0, taken = 0;
		struct choice_point now = {0, 0};
		for (size_t f = 0; f < task->form_count; f++) {
			size_t nest = task->forms[f].nest;
			size_t fronts = r->results[nest].front_count;
			const cJSON *at =
				cJSON_GetArrayItem(points, (int)nest);
			if (cJSON_IsNumber(at)) {
				double i = at->valuedouble;
				if (!(i >= 0 && i < (double)fronts))
					return false;
				now = tasks->choices[t].points[first +
					(size_t)i];
				taken++;
			}
			first += fronts;
		}
		if (taken != 1)
			return taken > 1; /* it may be any of them */
		sum.energy_pj += now.energy_pj;
		sum.cycles += now.cycles;
	}
	*out = sum;
	return (double)sum.energy_pj == pj->valuedouble &&
		(double)sum.cycles == cycles->valuedouble;
}

void trade_offs_check(
	struct ctx *ctx, const struct result *result, bool *consistent)
{
	const cJSON *list = json_member(result->doc.root, "network_front");
	const struct loc loc = json_loc(&result->doc, list);
	struct tasks tasks;
	size_t count = 0;
	if (!list || !tasks_make(ctx, result, &tasks))
		return;
	struct choice_point *vertex = arena_array(&ctx->arena,
		(size_t)cJSON_GetArraySize(list), sizeof *vertex);
	for (const cJSON *v = list->child; v; v = v->next, count++)
		if (!vertex_read(result, &tasks, v, &vertex[count])) {
			*consistent = diag_error(ctx, &loc,
				"network_front[%zu] is not the sum of the "
				"points that it names",
				count);
			return;
		}
	if (!tasks.forms &&
		!hull_check(ctx, tasks.count, tasks.choices, count, vertex))
		*consistent = diag_error(ctx, &loc,
			"network_front is not the lower hull of all choices of "
			"points");
}
