/* nestwright manual: the manual page, from the tables of commands. */
#include "cli/cli.h"
#include "cli/status.h"
#include "cli/version.h"

#include <stdio.h>
#include <string.h>

/* Text for roff: backslashes and dashes escaped, a leading point or quote
 * protected. */
static void put_text(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else if (*text == '\n')
			fputs("\n.PP\n", stdout);
		else
			putchar(*text);
	}
}

static void put_sentence(const char *text)
{
	put_text(text);
	puts(".");
}

static void put_option(const struct option *option)
{
	fputs(".TP\n.B ", stdout);
	if (option->letter)
		printf("\\-%c\\fR,\\fB ", option->letter);
	fputs("\\-\\-", stdout);
	put_text(option->name);
	if (option->values) {
		fputs("\\fR \\fI", stdout);
		put_text(option->values);
		fputs("\\fR", stdout);
	}
	putchar('\n');
	put_sentence(option->help);
}

static void put_command(const struct command *command)
{
	printf(".SS nestwright %s%s%s%s\n", command->name,
		command->options ? " [OPTION]..." : "",
		*command->operands ? " " : "", command->operands);
	put_sentence(command->summary);
	if (command->text) {
		puts(".PP");
		put_text(command->text);
		putchar('\n');
	}
	const struct option *option = command->options;
	for (; option && option->name; option++)
		put_option(option);
}

static enum status manual_run(
	struct ctx *ctx, const struct arguments *arguments)
{
	(void)ctx, (void)arguments;
	puts(".TH NESTWRIGHT 1 \"\" \"nestwright " NESTWRIGHT_VERSION "\"\n"
	     ".SH NAME\n"
	     "nestwright \\- compile neural networks for dataflow "
	     "accelerators\n"
	     ".SH SYNOPSIS\n"
	     ".B nestwright\n"
	     ".I COMMAND\n"
	     "[\\fIOPTION\\fR]... [\\fIOPERAND\\fR]...\n"
	     ".SH DESCRIPTION\n"
	     "An exported ONNX model and the description of an accelerator go "
	     "in.\n"
	     "For every convolution and matrix product of the model, the "
	     "proven best\n"
	     "execution method comes out, and one binary configuration blob "
	     "for the\n"
	     "accelerator's firmware.\n"
	     ".SH COMMANDS\n"
	     "Every command has \\fB\\-\\-help\\fR.\n"
	     "\\fB\\-\\-\\fR ends the options.");
	for (const struct command *const *c = commands; *c; c++)
		put_command(*c);
	puts(".SH EXIT STATUS");
	for (const struct status_text *s = status_texts; s->status; s++) {
		printf(".TP\n.B %s\n", s->status);
		put_text(s->text);
		putchar('\n');
	}
	return STATUS_DONE;
}

const struct command command_manual = {
	.name = "manual",
	.operands = "",
	.summary = "print the manual page, in roff",
	.run = manual_run,
};
