/* nestwright verify: executes a configuration blob and compares. */
#include "cli/cli.h"

#include "cli/model.h"
#include "cli/progress.h"
#include "cli/status.h"
#include "cli/stop.h"
#include "codegen/config.h"
#include "codegen/nwcfg.h"
#include "codegen/set.h"
#include "sim/verify.h"

#include <stdio.h>

struct verify_command {
	const char *model; /* NULL: none */
	struct model_options dims;
	struct whole_list layers;
	bool full, json;
	int64_t threads; /* 0: one per CPU */
	double time_limit; /* seconds; 0: none */
	struct ending_options ending;
	int64_t seed;
};

static enum status verify_with(struct ctx *ctx, const char *path,
	const struct verify_command *command, const struct layer_list *model)
{
	uint8_t *bytes;
	size_t length;
	struct nwcfg cfg;
	struct verified verified;
	struct progress progress;
	struct stop stop;
	stop_init(&stop, command->time_limit);
	const struct verify_options options = {
		.stop = &stop.search,
		.model = model,
		.full = command->full,
		.seed = (uint64_t)command->seed,
		.threads = thread_count(command->threads),
		.layer_count = command->layers.count,
		.layers = command->layers.values,
		.progress = progress_report,
		.progress_arg = &progress,
	};
	if (!out_recover(ctx, path) ||
		!config_read(ctx, path, &bytes, &length) ||
		!config_open(ctx, path, bytes, length, &cfg) ||
		!set_check(ctx, path, config_set(ctx, &cfg)))
		return STATUS_REFUSED;
	progress_start(&progress, ctx->quiet, "verifying", "layers");
	stop_when_searching(&stop);
	bool ok = verify_run(ctx, path, &cfg, &options, &verified);
	progress_stop(&progress);
	stop_release(&stop);
	if (!ok)
		return STATUS_REFUSED;
	fputs(command->json ? verified_json(ctx, &verified)
			    : verified_text(ctx, &verified,
				      command->layers.count > 0),
		stdout);
	const struct loc loc = {.file = path};
	if (verified.ended)
		diag_alert(ctx, &loc, "ended by %s: %zu of %zu layers are not "
			"verified", stop_cause(&stop), verified.ended,
			verified.ended + verified.count);
	return verified.wrong
		? STATUS_REFUSED
		: ending_status(&command->ending, verified.ended > 0);
}

static enum status verify_command_run(
	struct ctx *ctx, const struct arguments *arguments)
{
	const struct verify_command *command = arguments->options;
	const char *path = arguments->operands[0];
	if (!ending_agrees(ctx, arguments->command, &command->ending))
		return STATUS_USAGE;
	if (!command->model)
		return verify_with(ctx, path, command, NULL);
	enum status status = STATUS_REFUSED;
	const struct compile_request request = model_request(&command->dims);
	struct compilation *c =
		compile_open(ctx, command->model, NULL, &request);
	if (compile_until(ctx, c, STAGE_LOWER))
		status = verify_with(ctx, path, command, compile_layers(c));
	compile_close(c);
	return status;
}

#define FIELD(member) offsetof(struct verify_command, member)

/* clang-format off */
static const struct option verify_rows[] = {
	{.name = "model", .values = "FILE", .take = take_text,
	 .help = "compare with the operators of the model that the blob was "
		 "compiled from, by their own definition, instead of with the "
		 "nests that the blob carries",
	 .field = FIELD(model)},
	MODEL_OPTIONS(FIELD(dims)),
	{.name = "layer", .values = "N...", .take = take_wholes,
	 .help = "verify these layers only, numbered from 0, and print every "
		 "count of each",
	 .field = FIELD(layers)},
	{.name = "full", .take = take_flag,
	 .help = "compute every output, however large the layer",
	 .field = FIELD(full)},
	{.name = "seed", .values = "N", .take = take_whole,
	 .help = "draw the inputs from this number, 1 by default",
	 .field = FIELD(seed)},
	{.name = "threads", .letter = 'j', .values = "N", .take = take_positive,
	 .help = "verify N layers at the same time, by default one per CPU; "
		 "the results are the same",
	 .field = FIELD(threads)},
	{.name = "time-limit", .values = "S", .take = take_seconds,
	 .help = "end S seconds after the start, as SIGINT does, and tell of "
		 "the layers that were verified by then",
	 .field = FIELD(time_limit)},
	ENDING_OPTIONS(FIELD(ending)),
	{.name = "json", .take = take_flag,
	 .help = "print everything, for programs",
	 .field = FIELD(json)},
	{0},
};
/* clang-format on */

static const struct verify_command verify_defaults = {.seed = 1};

const struct command command_verify = {
	.name = "verify",
	.operands = "FILE.nwcfg",
	.least = 1,
	.most = 1,
	.summary = "execute a configuration blob and compare",
	.text = "Executes each layer of a blob on a machine that knows nothing "
		"else: DRAM, DMA, double-buffered scratchpad, networks, PEs "
		"with register files. Inputs are random integers. Every output "
		"is compared with a direct evaluation, and everything that the "
		"machine counted with the counts behind the estimate; where "
		"the cost model charges otherwise than a machine does, a rule "
		"explains the difference. Of layers beyond 2^28 MACs a sample "
		"of the outputs is computed, while all data moves. "
		"docs/verify.md has machine and rules. Exit status 1 when "
		"anything is left, 3 when layers are not verified because it "
		"was ended early.",
	.options = verify_rows,
	.options_bytes = sizeof(struct verify_command),
	.defaults = &verify_defaults,
	.run = verify_command_run,
};
