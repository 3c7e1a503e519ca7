/* nestwright ops: the operator table, from the code. */
#include "cli/cli.h"

#include "ir/ops.h"

#include <stdio.h>
#include <string.h>

struct ops_options {
	bool markdown;
};

static const char *domain_text(const struct op *op)
{
	return *op->domain ? op->domain : "ai.onnx";
}

/* What becomes of a node of this operator. */
static const char *role_text(const struct op *op)
{
	if (!strcmp(op->lowering, "unsupported"))
		return "multiplies, but has no lowering";
	if (!strcmp(op->lowering, "recurrence"))
		return "multiplies, told as the host's";
	if (op_multiplies(op))
		return "becomes a layer";
	if (!strcmp(op->value_rule, "never"))
		return "shape only";
	return strcmp(op->value_rule, "none") != 0 ? "computed when constant"
						   : "shape, folded when "
						     "constant";
}

static void print_markdown(void)
{
	puts("# Operators\n\n"
	     "Every operator that the compiler knows, as `nestwright ops "
	     "--markdown` prints\nthem. *Since* is the first opset of the "
	     "domain with the operator; the last three\ncolumns name the "
	     "rules in `passes/`: how the shape of its outputs is found, how\n"
	     "their values are when its inputs are constants, and how it "
	     "becomes nests.\n\nA node whose inputs are all constants is "
	     "folded, whatever its operator: it is done\nonce, before "
	     "anything runs, and is no layer. (*shape only*: it draws random\n"
	     "numbers.)\n\nA node of any other operator keeps the shape "
	     "that the file stores for it.");
	const char *domain = NULL;
	for (int id = 0; id < OP_COUNT; id++) {
		const struct op *op = op_row((enum op_id)id);
		if (!domain || strcmp(domain, op->domain) != 0)
			printf("\n## %s\n\n"
			       "| operator | since | in the compiler | shape | "
			       "value | lowering "
			       "|\n|---|---|---|---|---|---|\n",
				domain_text(op));
		domain = op->domain;
		printf("| %s | %d | %s | %s | %s | %s |\n", op->name, op->since,
			role_text(op), op->shape_rule, op->value_rule,
			op->lowering);
	}
}

static void print_plain(void)
{
	printf("%-22s %-34s %5s  %s\n", "domain", "operator", "since",
		"in the compiler");
	for (int id = 0; id < OP_COUNT; id++) {
		const struct op *op = op_row((enum op_id)id);
		printf("%-22s %-34s %5d  %s\n", domain_text(op), op->name,
			op->since, role_text(op));
	}
}

static enum status ops_run(struct ctx *ctx, const struct arguments *arguments)
{
	(void)ctx;
	const struct ops_options *options = arguments->options;
	if (options->markdown)
		print_markdown();
	else
		print_plain();
	return STATUS_DONE;
}

/* clang-format off */
static const struct option ops_rows[] = {
	{.name = "markdown",
		.help = "print the tables of docs/operators.md",
		.take = take_flag,
		.field = offsetof(struct ops_options, markdown)},
	{0},
};
/* clang-format on */

const struct command command_ops = {
	.name = "ops",
	.operands = "",
	.summary = "list the ONNX operators that the compiler knows",
	.options = ops_rows,
	.options_bytes = sizeof(struct ops_options),
	.run = ops_run,
};
