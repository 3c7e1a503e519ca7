/* nestwright replay: execution-method files, evaluated again. */
#include "cli/cli.h"

#include "codegen/replay.h"

#include <limits.h>
#include <stdio.h>

struct replay_options {
	const char *arch; /* NULL: the machine in the file */
	bool json;
};

static enum status replay_run(
	struct ctx *ctx, const struct arguments *arguments)
{
	const struct replay_options *options = arguments->options;
	size_t count = (size_t)arguments->count;
	struct replay *replays =
		arena_array(&ctx->arena, count, sizeof *replays);
	struct arch arch;
	if (options->arch && !arch_read(ctx, options->arch, &arch))
		return STATUS_REFUSED;
	bool ok = true;
	for (size_t i = 0; i < count; i++)
		ok &= replay_read(ctx, arguments->operands[i],
			options->arch ? &arch : NULL, &replays[i]);
	if (!ok)
		return STATUS_REFUSED;
	fputs(options->json ? replay_json(ctx, count, replays)
			    : replay_text(ctx, count, replays),
		stdout);
	for (size_t i = 0; i < count; i++)
		ok &= replay_report(ctx, &replays[i]);
	return ok ? STATUS_DONE : STATUS_REFUSED;
}

/* clang-format off */
static const struct option replay_rows[] = {
	{.name = "arch-spec",
		.letter = 'a',
		.values = "FILE",
		.help = "evaluate on this machine instead of the one in the "
			"method",
		.take = take_text,
		.field = offsetof(struct replay_options, arch)},
	{.name = "json",
		.help = "print everything, for programs",
		.take = take_flag,
		.field = offsetof(struct replay_options, json)},
	{0},
};
/* clang-format on */

const struct command command_replay = {
	.name = "replay",
	.operands = "METHOD.json...",
	.least = 1,
	.most = INT_MAX,
	.summary = "evaluate execution-method files again and compare",
	.text = "Reads methods as compile writes them, checks that each "
		"mapping "
		"is whole and fits the machine, evaluates it with the cost "
		"model, and compares every figure with the estimate in the "
		"file. A file without one is evaluated only. Exit status 1 "
		"when a figure differs.",
	.options = replay_rows,
	.options_bytes = sizeof(struct replay_options),
	.run = replay_run,
};
