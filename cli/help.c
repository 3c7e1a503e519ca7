/* What --help and `nestwright help` print, from the tables of options. */
#include "cli/cli.h"

#include "cli/status.h"

#include <stdio.h>
#include <string.h>

enum { LINE_COLUMNS = 79, HELP_COLUMN = 28, COMMAND_COLUMN = 15 };

/* Words of text from the given column on, wrapped to lines that begin at
 * indent; ends with a newline. */
static void print_wrapped(FILE *out, const char *text, int column, int indent)
{
	for (const char *word = text; *word;) {
		int length = (int)strcspn(word, " ");
		if (column > indent && column + 1 + length > LINE_COLUMNS) {
			fputc('\n', out);
			column = 0;
		}
		if (column < indent)
			column += fprintf(out, "%*s", indent - column, "");
		else if (column > indent)
			column += fprintf(out, " ");
		column += fprintf(out, "%.*s", length, word);
		word += length;
		word += strspn(word, " ");
	}
	fputc('\n', out);
}

static void print_option(FILE *out, const struct option *option)
{
	int column = option->letter ? fprintf(out, "  -%c, ", option->letter)
				    : fprintf(out, "      ");
	column += fprintf(out, "--%s", option->name);
	if (option->values)
		column += fprintf(out, " %s", option->values);
	if (column >= HELP_COLUMN - 1) {
		fputc('\n', out);
		column = 0;
	}
	print_wrapped(out, option->help, column, HELP_COLUMN);
}

void help_usage(FILE *out, const struct command *command)
{
	fprintf(out, "nestwright %s%s%s%s\n", command->name,
		command->options ? " [OPTION]..." : "",
		*command->operands ? " " : "", command->operands);
}

void help_command(FILE *out, const struct command *command)
{
	static const struct option help = {
		.name = "help", .letter = 'h', .help = "print this"};
	fputs("usage: ", out);
	help_usage(out, command);
	fputc('\n', out);
	print_wrapped(out, command->summary, 0, 0);
	for (const char *text = command->text; text && *text;) {
		size_t n = strcspn(text, "\n");
		char paragraph[2048];
		snprintf(paragraph, sizeof paragraph, "%.*s", (int)n, text);
		fputc('\n', out);
		print_wrapped(out, paragraph, 0, 0);
		text += n;
		text += strspn(text, "\n");
	}
	fputs("\noptions:\n", out);
	const struct option *option = command->options;
	for (; option && option->name; option++)
		print_option(out, option);
	print_option(out, &help);
}

void help_program(FILE *out)
{
	fputs("usage: nestwright COMMAND [OPTION]... [OPERAND]...\n\n"
	      "An ONNX model and an accelerator in, proven best execution "
	      "methods out.\n\ncommands:\n",
		out);
	for (const struct command *const *c = commands; *c; c++) {
		int column =
			fprintf(out, "  %-*s", COMMAND_COLUMN - 2, (*c)->name);
		print_wrapped(out, (*c)->summary, column, COMMAND_COLUMN);
	}
	fputs("\n  --version, -V  print the version\n"
	      "  --help, -h     print this\n\nexit status:",
		out);
	int column = 12;
	for (const struct status_text *s = status_texts; s->status; s++) {
		int length = (int)(strlen(s->status) + strlen(s->brief)) + 3;
		bool more = s[1].status != NULL;
		if (column + length > LINE_COLUMNS)
			column = fprintf(out, "\n%12s", "") - 1;
		column += fprintf(out, " %s %s%s", s->status, s->brief,
			more ? "," : "");
	}
	fputs("\nnestwright COMMAND --help tells of a command's options.\n",
		out);
}

static enum status help_run(struct ctx *ctx, const struct arguments *arguments)
{
	if (!arguments->count) {
		help_program(stdout);
		return STATUS_DONE;
	}
	const struct command *command = command_find(arguments->operands[0]);
	if (!command) {
		usage_error(ctx, arguments->command, "no command '%s'",
			diag_quote(ctx, arguments->operands[0]));
		return STATUS_USAGE;
	}
	help_command(stdout, command);
	return STATUS_DONE;
}

const struct command command_help = {
	.name = "help",
	.operands = "[COMMAND]",
	.most = 1,
	.summary = "print help on the program or a command",
	.run = help_run,
};
