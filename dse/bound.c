#include "dse/bound.h"

#include <math.h>
#include <string.h>

/* What of a key of the machine is never worse for any mapping; all others must
 * be equal. docs/dse.md proves each. */
enum better { EQUAL, MORE, MORE_OR_0, LESS };
static const struct {
	const char *key;
	enum better better;
} directions[] = {
	{"CGRA_SIZE",                MORE     },
	{"RF_SIZE",                  MORE     },
	{"TOTAL_BANKS_IN_SPM",       MORE     },
	{"TOTAL_BYTES_IN_BANK",      MORE     },
	{"SPM_BANKS_O",              MORE_OR_0},
	{"SPM_BANKS_I",              MORE_OR_0},
	{"SPM_BANKS_W",              MORE_OR_0},
	{"SPM_BUFFERS",              MORE     },
	{"SPM_PORTS",                MORE_OR_0},
	{"SPM_PORT_WORDS",           MORE     },
	{"NOC_WORDS_O",              MORE     },
	{"NOC_WORDS_I",              MORE     },
	{"NOC_WORDS_W",              MORE     },
	{"DMA_PARALLEL",             MORE     },
	{"REDUCTION_TREE",           MORE     },
	{"MAC_GATING",               MORE     },
	{"SPM_BYPASS_O",             MORE     },
	{"SPM_BYPASS_I",             MORE     },
	{"SPM_BYPASS_W",             MORE     },
	{"RF_BYPASS_O",              MORE     },
	{"RF_BYPASS_I",              MORE     },
	{"RF_BYPASS_W",              MORE     },
	{"dma_frequency",            MORE     },
	{"dataflow_accel_frequency", LESS     },
	{"data_type_size_in_bytes",  LESS     },
	{"dma_init_cycles",          LESS     },
	{"dma_cycles_per_byte",      LESS     },
	{"rf_energy",                LESS     },
	{"communication_energy",     LESS     },
	{"spm_energy",               LESS     },
	{"dram_energy",              LESS     },
	{"mac_energy",               LESS     },
};

static enum better better_of(const struct arch_key *key)
{
	for (size_t i = 0; i < sizeof directions / sizeof *directions; i++)
		if (!strcmp(directions[i].key, key->name))
			return directions[i].better;
	return EQUAL;
}

/* Less by more than rounding: DRAM's energy is a product less what of it is
 * padding, and would otherwise not fall for certain. */
static bool is_less(double x, double y)
{
	return x < y * (1 - 1e-9);
}

bool arch_at_least(const struct arch *a, const struct arch *b)
{
	for (size_t i = 0; i < arch_key_count; i++) {
		const struct arch_key *key = &arch_keys[i];
		double x = arch_get(a, key), y = arch_get(b, key);
		if (key->role == ARCH_SEARCH || x == y)
			continue;
		enum better better = better_of(key);
		bool is = better == LESS      ? is_less(x, y)
			: better == MORE_OR_0 ? x == 0 || (y != 0 && x > y)
					      : better == MORE && x > y;
		if (!is)
			return false;
	}
	return true;
}

/* The trips of the loop, where it indexes the operand. */
static double trips(
	const struct nest *nest, enum operand operand, enum loop loop)
{
	return nest->indexes[operand] & LOOP_BIT(loop)
		? (double)nest->bound[loop]
		: 1;
}

/* Distinct elements of an operand that a nest touches, at least. Both loops of
 * a window step to new elements, so the longer one counts; windows are I's. */
static double elems_least(const struct nest *nest, enum operand operand)
{
	static const enum loop windows[][2] = {
		{LOOP_OX, LOOP_FX},
                {LOOP_OY, LOOP_FY}
        };
	double elems = trips(nest, operand, LOOP_N) *
		trips(nest, operand, LOOP_M) * trips(nest, operand, LOOP_C);
	for (int w = 0; w < 2; w++) {
		double out = trips(nest, operand, windows[w][0]);
		double filter = trips(nest, operand, windows[w][1]);
		elems *= operand != OPND_I ? out * filter
			: out > filter     ? out
					   : filter;
	}
	return elems;
}

/* COST_MODEL 9: a multiplication takes four accesses of the register file; each
 * element of an operand crosses DRAM, scratchpad and network once or more. A PE
 * does one multiplication a cycle. Rounding cannot reach SLACK. */
static void nest_bound(
	const struct nest *nest, const struct arch *arch, struct nest_cost *out)
{
	static const double SLACK = 1 - 1e-9;
	double macs = (double)nest_macs(nest);
	double pj = macs * arch->mac_pj;
	for (int o = 0; o < OPND_COUNT; o++) {
		enum operand operand = (enum operand)o;
		double word = arch_word(arch, operand);
		/* As if what may skip a memory did. */
		double rf_pj = arch->rf_bypass[o]
			? 0
			: arch_registers_pj(arch, operand);
		double spm_pj = arch->spm_bypass[o] ? 0 : arch->spm_pj;
		pj += macs * rf_pj +
			elems_least(nest, operand) * word *
				(arch->dram_pj + spm_pj + arch->noc_pj);
	}
	out->energy_pj = floor(pj * SLACK);
	out->cycles = (int64_t)floor(macs / (double)arch->pes * SLACK);
}

/* The least of all forms, of energy and of cycles. */
static void task_bound(const struct work *work, size_t task,
	const struct arch *arch, double *pj, double *cycles)
{
	const struct task *t = &work->tasks[task].task;
	*pj = *cycles = INFINITY;
	for (size_t f = 0; f < t->form_count; f++) {
		const struct nest_form *form = &t->forms[f];
		double instances = (double)form->instances;
		struct nest_cost least;
		nest_bound(&work->nests[form->nest].nest, arch, &least);
		*pj = fmin(*pj, least.energy_pj * instances);
		*cycles = fmin(*cycles, (double)least.cycles * instances);
	}
}

/* A machine, and how many tasks run in their reserve forms on it. */
struct machine {
	struct arch arch;
	size_t on_reserves;
};

/* Forms that a machine can count are counted by every better one: a task is on
 * its reserves on fewer machines, and on the same ones where as many are. There
 * it can take less than in a form that none of the worse can count. */
static size_t tasks_on_reserves(
	const struct work *work, const struct arch *arch, enum tile_sizes tiles)
{
	size_t count = 0;
	for (size_t t = 0; t < work->task_count; t++) {
		const struct task *task = &work->tasks[t].task;
		bool reserves = false, proper = false;
		for (size_t f = 0; f < task->form_count; f++)
			reserves |= task->forms[f].reserve;
		for (size_t f = 0; reserves && f < task->form_count; f++) {
			const struct nest_form *form = &task->forms[f];
			proper |= !form->reserve &&
				cost_counts(&work->nests[form->nest].nest, arch,
					BURST_TRUE, tiles);
		}
		count += reserves && !proper;
	}
	return count;
}

static bool is_at_least(const struct machine *a, const struct machine *b)
{
	return a->on_reserves == b->on_reserves &&
		arch_at_least(&a->arch, &b->arch);
}

/* The design on the axis, all else equal, that is at least as good as all that
 * this one is bounded by: of equals the first. */
static size_t better_on_axis(const struct space *space,
	const struct design_list *list, const struct machine *machines,
	size_t index, size_t axis)
{
	int64_t step;
	const struct design *design = &list->designs[index];
	size_t place = design_place(space, design, axis, &step), best = index;
	for (size_t p = 0; p < space->axes[axis].count; p++) {
		int64_t c = design->combination +
			((int64_t)p - (int64_t)place) * step;
		int32_t other = list->of_combination[c];
		if (other < 0 || (size_t)other == best)
			continue;
		bool ahead = is_at_least(&machines[other], &machines[best]);
		bool behind = is_at_least(&machines[best], &machines[other]);
		if (ahead && (!behind || (size_t)other < best))
			best = (size_t)other;
	}
	return best;
}

struct bound *bounds_make(struct ctx *ctx, const struct space *space,
	const struct design_list *list, const struct work *work,
	enum tile_sizes tiles)
{
	struct arena *a = &ctx->arena;
	struct bound *bounds = arena_array(a, list->count, sizeof *bounds);
	struct machine *machines =
		arena_array(a, list->count, sizeof *machines);
	for (size_t i = 0; i < list->count; i++) {
		const struct arch *arch = &machines[i].arch;
		machines[i].arch = design_arch(ctx, space, list, i);
		machines[i].on_reserves = tasks_on_reserves(work, arch, tiles);
		for (size_t t = 0; t < work->task_count; t++) {
			double pj, cycles;
			task_bound(work, t, arch, &pj, &cycles);
			bounds[i].energy_pj += pj * work->tasks[t].runs;
			bounds[i].cycles += cycles * work->tasks[t].runs;
		}
	}
	/* From a design to a better one until there is none: the relation is an
	 * order, of equals the first, so this ends. */
	for (size_t i = 0; i < list->count; i++) {
		size_t at = i, before;
		do {
			before = at;
			for (size_t x = 0; x < space->axis_count; x++)
				at = better_on_axis(
					space, list, machines, at, x);
		} while (at != before);
		bounds[i].anchor = at;
		bounds[at].anchors |= at != i;
	}
	return bounds;
}

struct bound bound_raise(struct bound bound, const struct outcome *anchor)
{
	if (anchor->kind != OUTCOME_SEARCHED)
		return bound;
	if (anchor->least_energy_pj > bound.energy_pj)
		bound.energy_pj = anchor->least_energy_pj;
	if (anchor->least_cycles > bound.cycles)
		bound.cycles = anchor->least_cycles;
	return bound;
}
