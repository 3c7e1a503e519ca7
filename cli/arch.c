/* nestwright arch: the machine that a file describes. */
#include "cli/cli.h"

#include "mapper/arch.h"

#include <stdio.h>

struct arch_options {
	bool json, keys;
};

static enum status arch_run(struct ctx *ctx, const struct arguments *arguments)
{
	const struct arch_options *options = arguments->options;
	struct arch arch = arch_default();
	if (options->keys) {
		fputs(arch_keys_markdown(ctx), stdout);
		return STATUS_DONE;
	}
	if (arguments->count && !arch_read(ctx, arguments->operands[0], &arch))
		return STATUS_REFUSED;
	fputs(options->json ? arch_to_json(ctx, &arch) : arch_text(ctx, &arch),
		stdout);
	return STATUS_DONE;
}

/* clang-format off */
static const struct option arch_rows[] = {
	{.name = "json",
		.help = "print an architecture file with every key",
		.take = take_flag,
		.field = offsetof(struct arch_options, json)},
	{.name = "keys",
		.help = "print the tables of keys of docs/architecture.md",
		.take = take_flag,
		.field = offsetof(struct arch_options, keys)},
	{0},
};
/* clang-format on */

const struct command command_arch = {
	.name = "arch",
	.operands = "[FILE]",
	.least = 0,
	.most = 1,
	.summary = "print the machine that an architecture file describes",
	.text = "Reads an arch_spec.json, checks it, and prints every key with "
		"its value and unit, and what follows from them. Without FILE, "
		"the default machine: that of dMazeRunner.",
	.options = arch_rows,
	.options_bytes = sizeof(struct arch_options),
	.run = arch_run,
};
