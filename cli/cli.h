/* The program around the stages: a table of commands, each in a file of its
 * own, and each with one table of options from which parsing, --help, the
 * manual page and the shell completions come. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/ctx.h"
#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit status of the program; cli/status.c says it in words. */
enum status {
	STATUS_DONE = 0,
	STATUS_REFUSED = 1, /* with a diagnostic: the input is at fault */
	STATUS_USAGE = 2,   /* with a diagnostic: the command line is */
	STATUS_ENDED = 3    /* with a warning: early, what is there is whole */
};

struct option;

/* Stores the value numbered k (from 0) of an option at field. False with
 * option_error when it is malformed. A flag is taken once, with a NULL value.
 */
typedef bool option_take(struct ctx *ctx, const struct option *option,
	const char *value, int k, void *field);

struct option {
	const char *name; /* long name, without the dashes */
	char letter;      /* short form, or 0 */
	/* Names of its values, one word each, as --help shows them: "FILE",
	 * "PE RF SPM"; the last may end in "..." and repeats then: as long as
	 * whole numbers follow (take_wholes), names that are no files
	 * (take_layers), choices, or no options. NULL: a flag. FILE and DIR
	 * complete to paths.
	 */
	const char *values;
	const char *help;
	option_take *take;
	size_t field;               /* offset in the command's options */
	const char *const *choices; /* of take_choice, NULL-terminated */
};

option_take take_flag;     /* bool */
option_take take_text;     /* const char *, borrowed */
option_take take_positive; /* int64_t, 1 or more */
option_take take_whole;    /* int64_t, 0 or more */
option_take take_fraction; /* double [values], 0 to 1 */
option_take take_seconds;  /* double, above 0 */
option_take take_choice;   /* int: index in option->choices */
option_take take_wholes;   /* struct whole_list, appended */
option_take take_layers;   /* struct text_list, appended */

struct whole_list {
	size_t count, capacity;
	int64_t *values;
};

struct text_list {
	size_t count, capacity;
	const char **texts; /* borrowed */
};

/* How many threads an option asks for: 0 means one per CPU. */
int thread_count(int64_t given);

/* What a command was called with. */
struct arguments {
	const struct command *command;
	const void *options; /* the command's own struct */
	int count;
	char **operands; /* [count], what is no option */
};

struct command {
	const char *name;
	const char *operands; /* as --help shows them: "MODEL..." */
	int least, most;      /* number of operands */
	const char *summary;  /* one line, no full stop */
	const char *text;     /* more, in paragraphs; or NULL */
	/* Ends with an unnamed one; NULL: none. */
	const struct option *options;
	size_t options_bytes; /* of the struct that their fields lie in */
	const void *defaults; /* initial value of it; NULL: zeroes */
	enum status (*run)(struct ctx *ctx, const struct arguments *arguments);
};

/* The commands, in commands.def's order, NULL-terminated. */
extern const struct command *const commands[];
const struct command *command_find(const char *name);

/* Fills arguments (options and operands in the arena). False with a diagnostic
 * and the usage line: STATUS_USAGE. *help is set, and all else left alone, when
 * --help is among the options. argv[0] is the command's name. */
bool arguments_parse(struct ctx *ctx, const struct command *command, int argc,
	char **argv, struct arguments *out, bool *help);

/* 'nestwright COMMAND: error: ...' and the usage line; always false. For what
 * is wrong with the command line itself. */
bool usage_error(struct ctx *ctx, const struct command *command,
	const char *format, ...) __attribute__((format(printf, 3, 4)));
/* For option_take: 'option '--NAME': ...'. */
bool option_error(struct ctx *ctx, const struct option *option,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

void help_program(FILE *out);
void help_command(FILE *out, const struct command *command);
/* 'nestwright NAME [OPTION]... OPERANDS' and a newline. */
void help_usage(FILE *out, const struct command *command);

/* The values of an option: how many (a repeating one counts once), and whether
 * the last repeats. */
int option_values(const struct option *option, bool *repeats);

#endif
