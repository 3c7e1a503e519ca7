/* nestwright check-proof: what compile says is proven, proven again. */
#include "cli/cli.h"

#include "cli/progress.h"
#include "codegen/proof_report.h"
#include "codegen/set.h"

#include <math.h>
#include <stdio.h>

struct check_options {
	double time_limit; /* seconds a nest */
	bool json;
};
/* Tilings that the exhaustive search costs in a second on a slow machine; and
 * the most that are tried. */
static const double brute_rate = 1e6, brute_most = 1e15;

static bool report_make(struct ctx *ctx, const char *path, double seconds,
	struct result *result, struct proof_report *report)
{
	struct progress progress;
	const struct proof_report_options options = {
		.brute_most = (int64_t)fmin(seconds * brute_rate, brute_most),
		.seconds = seconds,
		.progress = progress_report,
		.progress_arg = &progress,
	};
	if (!out_recover(ctx, path) || !result_read(ctx, path, result))
		return false;
	progress_start(&progress, ctx->quiet, "checking proofs", "nests");
	bool ok = proof_report_make(ctx, result, &options, report);
	progress_stop(&progress);
	return ok;
}

static enum status check_run(struct ctx *ctx, const struct arguments *arguments)
{
	const struct check_options *options = arguments->options;
	struct result result;
	struct proof_report report;
	bool ok = report_make(ctx, arguments->operands[0], options->time_limit,
		&result, &report);
	bool whole = ok && set_check_files(ctx, &result.doc);
	if (ok)
		fputs(options->json ? proof_report_json(ctx, &report)
				    : proof_report_text(ctx, &report),
			stdout);
	result_release(&result);
	return ok && whole && report.consistent && !report.verdicts[VERDICT_REFUTED]
		? STATUS_DONE
		: STATUS_REFUSED;
}

static const struct check_options check_defaults = {.time_limit = 10};

static const struct option check_rows[] = {
	{.name = "time-limit",
         .values = "S",
         .help = "give each nest S seconds (default 10)",
         .take = take_seconds,
         .field = offsetof(struct check_options, time_limit)},
	{.name = "json",
         .help = "print everything, for programs",
         .take = take_flag,
         .field = offsetof(struct check_options, json)},
	{0         },
};

const struct command command_check_proof = {
	.name = "check-proof",
	.operands = "NAME.json",
	.least = 1,
	.most = 1,
	.summary = "prove again, by other means, what compile calls proven",
	.text = "Reads a result of compile (NAME.json) and believes none of "
		"it: costs every winner again and compares all figures, counts "
		"the mapspaces again, and looks for better mappings by a "
		"method that shares no code with the exact search: the "
		"exhaustive search where at most a million tilings fit for "
		"each second of the time limit, otherwise bounds of its own. "
		"Prints a row a nest with a verdict for each objective: "
		"confirmed by brute force, confirmed by bounds, refuted (with "
		"the better mapping), not decided in time. Of a winner that is "
		"not marked proven, the bound is checked. Exit status 1 when "
		"something is refuted or the file is not consistent.",
	.options = check_rows,
	.options_bytes = sizeof(struct check_options),
	.defaults = &check_defaults,
	.run = check_run,
};
