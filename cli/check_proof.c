/* nestwright check-proof: what compile says is proven, proven again. */
#include "cli/cli.h"

#include "cli/progress.h"
#include "codegen/proof_report.h"

#include <stdio.h>

struct check_options {
	int64_t time_limit; /* seconds a nest */
	bool json;
};
/* Tilings that the exhaustive search costs in a second on a slow machine. */
enum { TIME_LIMIT = 10, BRUTE_RATE = 1000000 };

static bool report_make(struct ctx *ctx, const char *path, int64_t seconds,
	struct result *result, struct proof_report *report)
{
	struct progress progress;
	const struct proof_report_options options = {
		.brute_most = seconds < INT64_MAX / BRUTE_RATE
			? seconds * BRUTE_RATE
			: INT64_MAX,
		.seconds = (double)seconds,
		.progress = progress_report,
		.progress_arg = &progress,
	};
	if (!result_read(ctx, path, result))
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
	if (ok)
		fputs(options->json ? proof_report_json(ctx, &report)
				    : proof_report_text(ctx, &report),
			stdout);
	result_release(&result);
	return ok && report.consistent && !report.verdicts[VERDICT_REFUTED]
		? STATUS_DONE
		: STATUS_REFUSED;
}

static const struct check_options check_defaults = {.time_limit = TIME_LIMIT};

static const struct option check_rows[] = {
	{.name = "time-limit",
         .values = "SECONDS",
         .help = "seconds a nest may take (default 10): a nest of at "
			"most a "
			"million tilings for each of them is searched "
			"exhaustively", .take = take_positive,
         .field = offsetof(struct check_options, time_limit)},
	{.name = "json",
         .help = "print everything, for programs",
         .take = take_flag,
         .field = offsetof(struct check_options, json)},
	{0},
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
		"exhaustive search where that fits the time limit, otherwise "
		"bounds of its own. Prints a row a nest with a verdict for "
		"each objective: confirmed by brute force, confirmed by "
		"bounds, refuted (with the better mapping), not decided in "
		"time. Of a winner that is not marked proven, the bound is "
		"checked. Exit status 1 when something is refuted or the file "
		"is not consistent.",
	.options = check_rows,
	.options_bytes = sizeof(struct check_options),
	.defaults = &check_defaults,
	.run = check_run,
};
