/* nestwright inspect: what a configuration blob says. */
#include "cli/cli.h"

#include "codegen/config.h"
#include "codegen/nwcfg.h"
#include "codegen/set.h"

#include <stdio.h>

struct inspect_options {
	bool json, hex, rebuild;
	const char *arch_spec;
};

static const char inspect_text[] =
	"Checks a configuration blob as firmware does when it loads one "
	"(checksums, indices, every tile against its memory, every DMA address "
	"against its tensor) and prints it: machine, tensors, steps, and the "
	"programs with their counters and buffers. docs/config-blob.md "
	"explains "
	"the fields. What --json prints holds everything: --rebuild makes the "
	"same blob of it, byte for byte.";

extern const struct command command_inspect;

static enum status print_blob(struct ctx *ctx, const char *path,
	const struct inspect_options *options, const uint8_t *bytes,
	size_t length)
{
	struct nwcfg cfg;
	struct arch arch;
	if (!config_open(ctx, path, bytes, length, &cfg))
		return STATUS_REFUSED;
	if (options->arch_spec &&
		(!arch_read(ctx, options->arch_spec, &arch) ||
			!config_check_arch(ctx, path, &cfg, &arch)))
		return STATUS_REFUSED;
	const char *(*form)(struct ctx *, const struct nwcfg *) = options->json
		? config_to_json
		: options->hex ? config_to_hex
			       : config_to_text;
	fputs(form(ctx, &cfg), stdout);
	return set_check(ctx, path, config_set(ctx, &cfg)) ? STATUS_DONE
							     : STATUS_REFUSED;
}

static enum status inspect_run(
	struct ctx *ctx, const struct arguments *arguments)
{
	const struct inspect_options *options = arguments->options;
	const char *path = arguments->operands[0];
	uint8_t *bytes, *blob;
	size_t length, blob_length;
	if (options->json + options->hex + options->rebuild > 1) {
		usage_error(ctx, &command_inspect,
			"give one of --json, --hex and --rebuild");
		return STATUS_USAGE;
	}
	if (!out_recover(ctx, path) ||
		!config_read(ctx, path, &bytes, &length))
		return STATUS_REFUSED;
	if (!options->rebuild)
		return print_blob(ctx, path, options, bytes, length);
	if (!config_from_json(ctx, path, (const char *)bytes, length, &blob,
		    &blob_length))
		return STATUS_REFUSED;
	/* What is made must load, whatever the JSON says. */
	const char *fault = config_fault(ctx, blob, blob_length);
	const struct loc loc = {.file = path};
	if (fault) {
		diag_error(ctx, &loc, "its blob would be refused: %s", fault);
		return STATUS_REFUSED;
	}
	fwrite(blob, 1, blob_length, stdout);
	return STATUS_DONE;
}

/* clang-format off */
static const struct option inspect_rows[] = {
	{.name = "json",
		.help = "print every record as JSON",
		.take = take_flag,
		.field = offsetof(struct inspect_options, json)},
	{.name = "hex",
		.help = "print every byte with its field",
		.take = take_flag,
		.field = offsetof(struct inspect_options, hex)},
	{.name = "rebuild",
		.help = "FILE is what --json printed: write its blob to the "
			"standard output",
		.take = take_flag,
		.field = offsetof(struct inspect_options, rebuild)},
	{.name = "arch-spec",
		.values = "FILE",
		.help = "refuse a blob that is not for this machine",
		.take = take_text,
		.field = offsetof(struct inspect_options, arch_spec)},
	{0},
};
/* clang-format on */

const struct command command_inspect = {
	.name = "inspect",
	.operands = "FILE.nwcfg",
	.least = 1,
	.most = 1,
	.summary = "print a configuration blob",
	.text = inspect_text,
	.options = inspect_rows,
	.options_bytes = sizeof(struct inspect_options),
	.run = inspect_run,
};
