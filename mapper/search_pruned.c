/* The seed's search: every tiling of a space that utilisation thresholds and
 * prunes make small, relaxed step by step until it holds enough of them
 * (COST_MODEL 12). What it finds is the best of that space, not of all. */
#include "mapper/search.h"

struct limits limits_auto(void)
{
	return (struct limits){.min_pe_use = 0.8,
		.min_rf_use = 0.8,
		.min_spm_use = 0.5,
		.no_spatial_reduction = true,
		.no_feature_dram = true};
}

/* One step; false when a threshold falls below 0. In double arithmetic as
 * written: rounding decides at which step the others follow. */
static bool relax(
	const struct arch *arch, struct limits *limits, int64_t *least)
{
	if (limits->min_pe_use > 0 && limits->min_rf_use > 0) {
		limits->min_pe_use -= 0.1;
		limits->min_rf_use -= 0.1;
	}
	if (limits->min_pe_use <= arch->relax_spm_below ||
		limits->min_rf_use <= arch->relax_spm_below)
		limits->min_spm_use -= 0.1;
	if (limits->min_pe_use <= arch->relax_prunes_below ||
		limits->min_rf_use <= arch->relax_prunes_below) {
		limits->no_spatial_reduction = limits->no_feature_dram = false;
		*least = 1;
	}
	return limits->min_pe_use >= 0 && limits->min_rf_use >= 0 &&
		limits->min_spm_use >= 0;
}

bool search_pruned(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	struct search_result *out)
{
	struct search_options now = *options;
	const struct pruned_options *pruned = &options->pruned;
	int64_t least = pruned->least > 1 ? pruned->least : 1;
	int64_t relaxations = 0;
	bool enough, cut = false;
	for (;;) {
		if (!pruned->exhaustive(ctx, nest, arch, &now, out))
			return false;
		cut |= out->cut;
		enough = out->feasible && (out->evaluated >= least || cut);
		if (enough || cut || !pruned->relax || out->misfit.memory ||
			!relax(arch, &now.limits, &least))
			break;
		relaxations++;
	}
	out->feasible = enough;
	out->relaxations = relaxations;
	out->cut = cut;
	out->front_proof.proven = false;
	for (int o = 0; o < OBJ_COUNT; o++) {
		out->best[o].proof.proven = false;
		out->best[o].proof.bound = 0;
	}
	return true;
}
