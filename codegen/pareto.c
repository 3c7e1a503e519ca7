/* Fronts, trade-offs and what was chosen of them, as JSON and tables. */
#include "codegen/pareto.h"

#include "codegen/columns.h"
#include "codegen/method_parts.h"
#include "mapper/seed_levels.h"

#include <string.h>

/* --- JSON ----------------------------------------------------------------- */

static void add_costs(cJSON *to, double energy_pj, int64_t cycles)
{
	cJSON_AddNumberToObject(to, "energy_pj", energy_pj);
	cJSON_AddItemToObject(to, "cycles", json_whole(cycles));
	cJSON_AddNumberToObject(to, "edp", energy_pj * (double)cycles);
}

cJSON *json_network_choice(const struct network_choice *choice)
{
	cJSON *object = cJSON_CreateObject();
	cJSON_AddStringToObject(
		object, "aim", network_aim_name(choice->goal.aim));
	if (choice->goal.cap)
		cJSON_AddItemToObject(object,
			choice->goal.aim == AIM_CYCLES ? "max_energy_pj"
						       : "max_cycles",
			json_whole(choice->goal.cap));
	add_costs(object, (double)choice->energy_pj, choice->cycles);
	cJSON_AddNumberToObject(object, "bound", choice->bound);
	cJSON_AddBoolToObject(object, "proven", choice->proven);
	return object;
}

cJSON *json_front(const struct search_result *result)
{
	cJSON *list = cJSON_CreateArray();
	for (size_t i = 0; i < result->front_count; i++) {
		const struct candidate *point = &result->front[i];
		cJSON *object = cJSON_CreateObject();
		add_costs(object, point->estimate.energy_pj,
			point->estimate.cycles);
		json_add_mapping(object, &point->mapping);
		cJSON_AddItemToArray(list, object);
	}
	return list;
}

/* [network->count]: the vertex's point of each nest's front; -1: no task takes
 * the nest there. Tasks that share a nest are at one point of it. */
static const int64_t *vertex_points(struct ctx *ctx, const struct plan *plan,
	const struct network_vertex *vertex)
{
	const struct network *network = plan->network;
	int64_t *point =
		arena_array(&ctx->arena, network->count, sizeof *point);
	for (size_t n = 0; n < network->count; n++)
		point[n] = -1;
	for (size_t t = 0; t < network->task_count; t++) {
		const struct network_pick *pick = &vertex->pick[t];
		point[network->tasks[t].forms[pick->form].nest] =
			(int64_t)pick->point;
	}
	return point;
}

cJSON *json_hull(struct ctx *ctx, const struct plan *plan)
{
	cJSON *list = cJSON_CreateArray();
	for (size_t i = 0; i < plan->hull_count; i++) {
		const struct network_vertex *v = &plan->hull[i];
		cJSON *object = cJSON_CreateObject();
		add_costs(object, (double)v->energy_pj, v->cycles);
		cJSON *points = cJSON_AddArrayToObject(object, "points");
		const int64_t *point = vertex_points(ctx, plan, v);
		for (size_t n = 0; n < plan->network->count; n++)
			cJSON_AddItemToArray(points,
				point[n] < 0 ? cJSON_CreateNull()
					     : json_whole(point[n]));
		cJSON_AddItemToArray(list, object);
	}
	return list;
}

/* --- tables --------------------------------------------------------------- */

static const char *seven(struct ctx *ctx, const int64_t values[LOOP_COUNT])
{
	struct text text = {.ctx = ctx};
	for (int l = 0; l < LOOP_COUNT; l++)
		text_add(&text, "%s%lld", l ? " " : "", (long long)values[l]);
	return text.bytes;
}

static const char *order_words(struct ctx *ctx, const uint8_t order[LOOP_COUNT])
{
	struct text text = {.ctx = ctx};
	for (int i = 0; i < LOOP_COUNT; i++)
		text_add(&text, "%s%s", i ? " " : "",
			loop_name((enum loop)order[i]));
	return text.bytes;
}

static void point_row(
	struct csv *csv, const struct plan *p, size_t nest, size_t point)
{
	struct ctx *ctx = csv->text.ctx;
	const struct distinct_nest *d = &p->network->nests[nest];
	const struct candidate *c = &p->results[nest].front[point];
#define POINT(name, unit, kind, source, meaning) CSV_##kind(csv, source);
#include "codegen/columns.def"
	csv_row_end(csv);
}

const char *pareto_csv(struct ctx *ctx, const struct plan *plan)
{
	struct csv csv = {.text.ctx = ctx};
	columns_header(&csv, COLUMNS_POINT, false);
	for (size_t n = 0; n < plan->network->count; n++)
		for (size_t i = 0; i < plan->results[n].front_count; i++)
			point_row(&csv, plan, n, i);
	return csv.text.bytes;
}

/* "0 3 -" */
static const char *points_text(struct ctx *ctx, const struct plan *plan,
	const struct network_vertex *vertex)
{
	struct text points = {.ctx = ctx};
	const int64_t *point = vertex_points(ctx, plan, vertex);
	for (size_t n = 0; n < plan->network->count; n++)
		if (point[n] < 0)
			text_add(&points, "%s-", n ? " " : "");
		else
			text_add(&points, "%s%lld", n ? " " : "",
				(long long)point[n]);
	return points.bytes ? points.bytes : "";
}

const char *network_pareto_csv(struct ctx *ctx, const struct plan *p)
{
	struct csv csv = {.text.ctx = ctx};
	columns_header(&csv, COLUMNS_VERTEX, false);
	for (size_t i = 0; i < p->hull_count; i++) {
		const struct network_vertex *v = &p->hull[i];
#define VERTEX(name, unit, kind, source, meaning) CSV_##kind(&csv, source);
#include "codegen/columns.def"
		csv_row_end(&csv);
	}
	return csv.text.bytes;
}

bool pareto_write(struct ctx *ctx, const struct plan *plan, struct out_set *out)
{
	static const struct {
		const char *ending;
		const char *(*text)(struct ctx *ctx, const struct plan *plan);
	} tables[] = {
		{"pareto",         pareto_csv        },
		{"network-pareto", network_pareto_csv},
	};
	bool ok = true;
	for (size_t i = 0; ok && i < sizeof tables / sizeof *tables; i++) {
		const char *name = arena_printf(
			&ctx->arena, "%s_%s.csv", plan->name, tables[i].ending);
		if (!plan->pareto) {
			out_remove(ctx, out, name);
			continue;
		}
		const char *text = tables[i].text(ctx, plan);
		ok = out_write(ctx, out, name, text, strlen(text));
	}
	return ok;
}
