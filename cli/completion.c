/* nestwright completion: completions of the shells, from the tables of
 * commands. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

static bool takes_path(const struct option *option)
{
	return option->values &&
		(!strcmp(option->values, "FILE") ||
			!strcmp(option->values, "DIR"));
}

static void put_choices(const struct option *option)
{
	for (int i = 0; option->choices[i]; i++)
		printf("%s%s", i ? " " : "", option->choices[i]);
}

static void put_option_names(const struct command *command)
{
	const struct option *option = command->options;
	for (; option && option->name; option++)
		printf("--%s ", option->name);
	fputs("--help", stdout);
}

static void put_command_names(void)
{
	for (const struct command *const *c = commands; *c; c++)
		printf("%s ", (*c)->name);
}

/* The cases of 'COMMAND --OPTION' whose value is completed to something else
 * than nothing. */
static void put_bash_values(const struct command *command)
{
	const struct option *option = command->options;
	for (; option && option->name; option++) {
		if (!option->values)
			continue;
		printf("\t'%s --%s'", command->name, option->name);
		if (option->letter)
			printf(" | '%s -%c'", command->name, option->letter);
		fputs(")\n\t\t", stdout);
		if (option->choices) {
			fputs("COMPREPLY=($(compgen -W '", stdout);
			put_choices(option);
			fputs("' -- \"$word\"))\n", stdout);
		} else if (takes_path(option)) {
			printf("COMPREPLY=($(compgen -%c -- \"$word\"))\n",
				*option->values == 'D' ? 'd' : 'f');
		} else {
			fputs("COMPREPLY=()\n", stdout);
		}
		fputs("\t\treturn ;;\n", stdout);
	}
}

static void print_bash(void)
{
	fputs("# Completion of nestwright for bash; printed by "
	      "'nestwright completion bash'.\n"
	      "_nestwright() {\n"
	      "\tlocal word=${COMP_WORDS[COMP_CWORD]}\n"
	      "\tlocal command=${COMP_WORDS[1]}\n"
	      "\tlocal before=${COMP_WORDS[COMP_CWORD - 1]}\n"
	      "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	      "\t\tCOMPREPLY=($(compgen -W '",
		stdout);
	put_command_names();
	fputs("--help --version' -- \"$word\"))\n\t\treturn\n\tfi\n"
	      "\tcase \"$command $before\" in\n",
		stdout);
	for (const struct command *const *c = commands; *c; c++)
		put_bash_values(*c);
	fputs("\tesac\n\tcase \"$word\" in\n\t-*) ;;\n"
	      "\t*)\n\t\tCOMPREPLY=($(compgen -f -- \"$word\"))\n"
	      "\t\treturn ;;\n\tesac\n\tcase \"$command\" in\n",
		stdout);
	for (const struct command *const *c = commands; *c; c++) {
		printf("\t%s) COMPREPLY=($(compgen -W '", (*c)->name);
		put_option_names(*c);
		fputs("' -- \"$word\")) ;;\n", stdout);
	}
	fputs("\tesac\n}\ncomplete -o filenames -F _nestwright nestwright\n",
		stdout);
}

/* Text inside '[...]' within single quotes of an _arguments specification. */
static void put_zsh_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (*text == '[' || *text == ']' || *text == ':' ||
			*text == '\\')
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

static void put_zsh_option(const struct option *option)
{
	printf("\t\t'*--%s[", option->name);
	put_zsh_text(option->help);
	fputs("]", stdout);
	bool repeats;
	int count = option_values(option, &repeats);
	for (int k = 0; k < count; k++) {
		fputs(":", stdout);
		put_zsh_text(option->values);
		fputs(":", stdout);
		if (option->choices) {
			fputs("(", stdout);
			put_choices(option);
			fputs(")", stdout);
		} else if (takes_path(option)) {
			fputs(*option->values == 'D' ? "_files -/" : "_files",
				stdout);
		}
	}
	fputs("' \\\n", stdout);
}

static void print_zsh(void)
{
	fputs("#compdef nestwright\n"
	      "# Completion of nestwright for zsh; printed by "
	      "'nestwright completion zsh'.\n"
	      "_nestwright() {\n"
	      "\tif (( CURRENT == 2 )); then\n"
	      "\t\tlocal -a names=(\n",
		stdout);
	for (const struct command *const *c = commands; *c; c++) {
		printf("\t\t\t'%s:", (*c)->name);
		put_zsh_text((*c)->summary);
		fputs("'\n", stdout);
	}
	fputs("\t\t)\n\t\t_describe command names\n\t\treturn\n\tfi\n"
	      "\tlocal command=$words[2]\n"
	      "\tshift words\n\t(( CURRENT-- ))\n\tcase $command in\n",
		stdout);
	for (const struct command *const *c = commands; *c; c++) {
		printf("\t%s) _arguments \\\n", (*c)->name);
		const struct option *option = (*c)->options;
		for (; option && option->name; option++)
			put_zsh_option(option);
		fputs("\t\t'--help[print help]' '*:file:_files' ;;\n", stdout);
	}
	fputs("\tesac\n}\n_nestwright \"$@\"\n", stdout);
}

static const struct shell {
	const char *name;
	void (*print)(void);
} shells[] = {
	{"bash", print_bash},
	{"zsh",  print_zsh },
};

static enum status completion_run(
	struct ctx *ctx, const struct arguments *arguments)
{
	const char *name = arguments->operands[0];
	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
		if (!strcmp(shells[i].name, name)) {
			shells[i].print();
			return STATUS_DONE;
		}
	}
	usage_error(ctx, arguments->command, "expected bash or zsh, found '%s'",
		diag_quote(ctx, name));
	return STATUS_USAGE;
}

const struct command command_completion = {
	.name = "completion",
	.operands = "SHELL",
	.least = 1,
	.most = 1,
	.summary = "print the completion for a shell, bash or zsh",
	.run = completion_run,
};
