/* nestwright check-proof: what compile says is proven, proven again. */
#include "cli/cli.h"

#include "cli/progress.h"
#include "cli/status.h"
#include "cli/stop.h"
#include "codegen/proof_report.h"
#include "codegen/set.h"

#include <math.h>
#include <stdio.h>

struct check_options {
	double time_limit; /* seconds a nest */
	struct ending_options ending;
	bool json;
};
/* Tilings that the exhaustive search costs in a second on a slow machine; and
 * the most that are tried. */
static const double brute_rate = 1e6, brute_most = 1e15;

static bool report_make(struct ctx *ctx, const char *path, double seconds,
	struct stop *stop, struct result *result, struct proof_report *report)
{
	struct progress progress;
	const struct proof_report_options options = {
		.brute_most = (int64_t)fmin(seconds * brute_rate, brute_most),
		.seconds = seconds,
		.stop = &stop->search,
		.progress = progress_report,
		.progress_arg = &progress,
	};
	if (!out_recover(ctx, path) || !result_read(ctx, path, result))
		return false;
	progress_start(&progress, ctx->quiet, "checking proofs", "nests");
	stop_when_searching(stop);
	bool ok = proof_report_make(ctx, result, &options, report);
	progress_stop(&progress);
	stop_release(stop);
	return ok;
}

/* Says what is not decided, or not even claimed where that is required. */
static enum status report_status(struct ctx *ctx, const char *path,
	const struct check_options *options, const struct stop *stop,
	const struct proof_report *report)
{
	const struct loc loc = {.file = path};
	const char *cause = stop_cause(stop);
	int64_t large = report->verdicts[VERDICT_LARGE];
	int64_t open = report->verdicts[VERDICT_OPEN] + report->perfect.open;
	int64_t claims = report->claims + report->perfect.values;
	int64_t kinds = OBJ_COUNT *
		(int64_t)report->result->network.count;
	if (large)
		diag_alert(ctx, &loc,
			"%lld of %lld claims are not decided: of nests with "
			"too many tiles",
			(long long)large, (long long)claims);
	if (open)
		diag_alert(ctx, &loc,
			"%lld of %lld claims are not decided: ended by %s",
			(long long)open, (long long)claims,
			cause ? cause : "the time limit");
	if (!report->consistent || report->verdicts[VERDICT_REFUTED])
		return STATUS_REFUSED;
	if (options->ending.require_proof && report->unproven) {
		diag_error(ctx, &loc,
			"%lld of %lld optima are not claimed to be proven "
			"(--require-proof)",
			(long long)report->unproven, (long long)kinds);
		return STATUS_REFUSED;
	}
	return ending_status(&options->ending, open + large > 0);
}

static enum status check_run(struct ctx *ctx, const struct arguments *arguments)
{
	const struct check_options *options = arguments->options;
	struct result result;
	struct proof_report report;
	struct stop stop;
	enum status status = STATUS_REFUSED;
	if (!ending_agrees(ctx, arguments->command, &options->ending))
		return STATUS_USAGE;
	stop_init(&stop, 0);
	bool ok = report_make(ctx, arguments->operands[0], options->time_limit,
		&stop, &result, &report);
	bool whole = ok && set_check_files(ctx, &result.doc);
	if (ok)
		fputs(options->json ? proof_report_json(ctx, &report)
				    : proof_report_text(ctx, &report),
			stdout);
	if (ok)
		status = report_status(ctx, arguments->operands[0], options,
			&stop, &report);
	result_release(&result);
	return ok && !whole ? STATUS_REFUSED : status;
}

static const struct check_options check_defaults = {.time_limit = 10};

static const struct option check_rows[] = {
	{.name = "time-limit",
         .values = "S",
         .help = "give each nest S seconds (default 10)",
         .take = take_seconds,
         .field = offsetof(struct check_options, time_limit)},
	ENDING_OPTIONS(offsetof(struct check_options, ending)),
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
		"not marked proven, the bound is checked. Mappings that were "
		"chosen for the network as a whole get a verdict of their own. "
		"Exit status 1 when something is refuted or the file is not consistent, 3 when "
		"something is not decided.",
	.options = check_rows,
	.options_bytes = sizeof(struct check_options),
	.defaults = &check_defaults,
	.run = check_run,
};
