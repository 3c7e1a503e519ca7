/* What choosing mappings for a network as a whole gains, and costs.
 *
 *   build/release/bench_network MODEL...
 *
 * For each model, open dimensions set to 1: the EDP (sum of energy x sum of
 * cycles, instances counted) where every nest has its own optimum by EDP, by
 * energy and by cycles, and the least; points of the fronts, vertices of the
 * network's hull, and milliseconds of the searches and of the choice. Then
 * choices within caps, evenly between the least cycles (energy) attainable and
 * those of the least energy (cycles): how many of them are proven, and
 * milliseconds each. One thread. */
#include "lib/nestwright.h"
#include "mapper/forms.h"
#include "schedule/network_choice.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

struct work {
	struct ctx *ctx;
	struct loc loc;
	struct network network;
	struct search_result *results;
};

static bool work_search(struct work *w, bool front, double *ms)
{
	const struct arch arch = arch_default();
	const struct search_options options = {
		.rule = BURST_TRUE, .front = front};
	double start = now_ms();
	bool ok = search_network(w->ctx, &w->network, &arch, search_exact,
		&options, 1, w->results);
	*ms = now_ms() - start;
	return ok;
}

static double own_edp(const struct work *w, enum objective objective)
{
	double pj = 0, cycles = 0;
	const double *value = result_values(
		w->ctx, objective, w->results, w->network.count);
	for (size_t t = 0; t < w->network.task_count; t++) {
		const struct task *task = &w->network.tasks[t];
		const struct nest_form *form =
			&task->forms[task_choose(task, objective, value)];
		const struct estimate *e =
			&w->results[form->nest].best[objective].winner.estimate;
		double runs = (double)task->runs * (double)form->instances;
		pj += e->energy_pj * runs;
		cycles += (double)e->cycles * runs;
	}
	return pj * cycles;
}

static void caps_try(const struct work *w, enum network_aim aim,
	const char *what, int64_t least, int64_t most)
{
	enum { CAPS = 100 };
	int proven = 0;
	double worst = 0, all = 0;
	for (int i = 1; i < CAPS; i++) {
		const struct network_goal goal = {
			.aim = aim, .cap = least + (most - least) / CAPS * i};
		struct network_choice choice;
		double start = now_ms();
		if (!network_choose(w->ctx, &w->loc, &w->network, w->results,
			    &goal, &choice))
			continue;
		double ms = now_ms() - start;
		proven += choice.proven;
		all += ms;
		worst = ms > worst ? ms : worst;
	}
	printf("    %-26s %d of %d proven, %.2f ms each, at most %.1f\n", what,
		proven, CAPS - 1, all / (CAPS - 1), worst);
}

static bool work_report(struct work *w, const char *path)
{
	double plain, with, start;
	if (!work_search(w, false, &plain) || !work_search(w, true, &with))
		return false;
	struct network_choice edp;
	const struct network_goal goal = {.aim = AIM_EDP};
	start = now_ms();
	if (!network_choose(
		    w->ctx, &w->loc, &w->network, w->results, &goal, &edp))
		return false;
	double ms = now_ms() - start;
	struct network_vertex *hull;
	size_t vertices, points = 0;
	if (!network_hull(
		    w->ctx, &w->loc, &w->network, w->results, &hull, &vertices))
		return false;
	for (size_t i = 0; i < w->network.count; i++)
		points += w->results[i].front_count;
	const char *slash = strrchr(path, '/');
	printf("%s: %zu nests, %zu points, %zu vertices; search %.1f ms, with "
	       "fronts %.1f, choice %.2f\n",
		slash ? slash + 1 : path, w->network.count, points, vertices,
		plain, with, ms);
	printf("    least network EDP          %.6e%s\n", edp.bound,
		edp.proven ? ", proven" : "");
	for (int o = 0; o < OBJ_COUNT; o++)
		printf("    every nest's least %-7s %.6e, +%.4f %%\n",
			objective_name((enum objective)o),
			own_edp(w, (enum objective)o),
			100 * (own_edp(w, (enum objective)o) / edp.bound - 1));
	const struct network_vertex *frugal = hull, *fast = &hull[vertices - 1];
	caps_try(w, AIM_ENERGY, "energy within cycles:", fast->cycles,
		frugal->cycles);
	caps_try(w, AIM_CYCLES, "cycles within energy:", frugal->energy_pj,
		fast->energy_pj);
	caps_try(w, AIM_EDP, "EDP within cycles:", fast->cycles, edp.cycles);
	return true;
}

int main(int argc, char **argv)
{
	const struct compile_request request = {.dims.batch_size = 1};
	bool ok = argc > 1;
	for (int i = 1; ok && i < argc; i++) {
		struct ctx ctx;
		ctx_init(&ctx, stderr, NULL);
		struct work w = {.ctx = &ctx, .loc.file = argv[i]};
		struct compilation *c =
			compile_open(&ctx, argv[i], NULL, &request);
		ok = compile_until(&ctx, c, STAGE_MERGE);
		w.network = *compile_network(c);
		w.results = arena_array(
			&ctx.arena, w.network.count, sizeof *w.results);
		ok = ok && work_report(&w, argv[i]);
		compile_close(c);
		ctx_release(&ctx);
	}
	return ok ? 0 : 1;
}
