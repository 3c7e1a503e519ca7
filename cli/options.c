/* The command line of one command, read by its table of options. */
#include "cli/cli.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

__attribute__((format(printf, 3, 0))) static bool report(
	struct ctx *ctx, const char *who, const char *format, va_list ap)
{
	char text[1024];
	vsnprintf(text, sizeof text, format, ap);
	return diag_error(ctx, NULL, "%s%s", who, text);
}

static bool usage_line(struct ctx *ctx, const struct command *command)
{
	fputs("usage: ", ctx->messages);
	help_usage(ctx->messages, command);
	return false;
}

bool usage_error(
	struct ctx *ctx, const struct command *command, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	report(ctx, "", format, ap);
	va_end(ap);
	return usage_line(ctx, command);
}

bool option_error(
	struct ctx *ctx, const struct option *option, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	report(ctx, arena_printf(&ctx->arena, "option '--%s': ", option->name),
		format, ap);
	va_end(ap);
	return false;
}

int option_values(const struct option *option, bool *repeats)
{
	int count = 0;
	*repeats = false;
	if (!option->values)
		return 0;
	for (const char *s = option->values; *s; count++) {
		size_t n = strcspn(s, " ");
		*repeats = n > 3 && !strncmp(s + n - 3, "...", 3);
		s += n;
		s += strspn(s, " ");
	}
	return count;
}

bool take_flag(struct ctx *ctx, const struct option *option, const char *value,
	int k, void *field)
{
	(void)ctx, (void)option, (void)value, (void)k;
	*(bool *)field = true;
	return true;
}

bool take_text(struct ctx *ctx, const struct option *option, const char *value,
	int k, void *field)
{
	(void)k;
	if (!*value)
		return option_error(ctx, option, "%s is empty", option->values);
	*(const char **)field = value;
	return true;
}

static bool is_whole(const char *s)
{
	return *s && !s[strspn(s, "0123456789")];
}

static bool whole_at_least(struct ctx *ctx, const struct option *option,
	const char *value, int64_t least, int64_t *out)
{
	errno = 0;
	long long n = is_whole(value) ? strtoll(value, NULL, 10) : -1;
	if (n < least || errno)
		return option_error(ctx, option,
			"expected a whole number, %lld or more, found '%s'",
			(long long)least, diag_quote(ctx, value));
	*out = n;
	return true;
}

bool take_positive(struct ctx *ctx, const struct option *option,
	const char *value, int k, void *field)
{
	(void)k;
	return whole_at_least(ctx, option, value, 1, field);
}

bool take_whole(struct ctx *ctx, const struct option *option, const char *value,
	int k, void *field)
{
	(void)k;
	return whole_at_least(ctx, option, value, 0, field);
}

bool take_wholes(struct ctx *ctx, const struct option *option,
	const char *value, int k, void *field)
{
	(void)k;
	struct whole_list *list = field;
	int64_t n;
	if (!whole_at_least(ctx, option, value, 0, &n))
		return false;
	list->values = arena_grow(&ctx->arena, list->values, list->count,
		&list->capacity, list->count + 1, sizeof *list->values);
	list->values[list->count++] = n;
	return true;
}

/* Indices or names; a name that begins with a dash needs the form with '='. */
bool take_layers(struct ctx *ctx, const struct option *option,
	const char *value, int k, void *field)
{
	(void)k;
	struct text_list *list = field;
	if (!*value)
		return option_error(ctx, option, "an empty name");
	list->texts = arena_grow(&ctx->arena, list->texts, list->count,
		&list->capacity, list->count + 1, sizeof *list->texts);
	list->texts[list->count++] = value;
	return true;
}

bool take_fraction(struct ctx *ctx, const struct option *option,
	const char *value, int k, void *field)
{
	char *end;
	double x = strtod(value, &end);
	/* Digits and a point alone: no "nan", no hexadecimal. */
	if (!*value || value[strspn(value, "0123456789.")] || *end ||
		!(x >= 0 && x <= 1))
		return option_error(ctx, option,
			"expected a fraction from 0 to 1, found '%s'",
			diag_quote(ctx, value));
	((double *)field)[k] = x;
	return true;
}

bool take_seconds(struct ctx *ctx, const struct option *option,
	const char *value, int k, void *field)
{
	(void)k;
	char *end;
	double x = strtod(value, &end);
	if (!*value || value[strspn(value, "0123456789.")] || *end ||
		!(x > 0 && x <= 1e9))
		return option_error(ctx, option,
			"expected a number of seconds above 0, as in 2.5, "
			"found '%s'",
			diag_quote(ctx, value));
	*(double *)field = x;
	return true;
}

bool take_choice(struct ctx *ctx, const struct option *option,
	const char *value, int k, void *field)
{
	(void)k;
	const char *list = "";
	for (int i = 0; option->choices[i]; i++) {
		if (!strcmp(option->choices[i], value)) {
			*(int *)field = i;
			return true;
		}
		list = arena_printf(&ctx->arena, "%s%s%s", list, i ? ", " : "",
			option->choices[i]);
	}
	return option_error(ctx, option, "expected one of %s, found '%s'", list,
		diag_quote(ctx, value));
}

static const struct option *option_find(
	const struct command *command, const char *name, size_t length)
{
	const struct option *o = command->options;
	for (; o && o->name; o++)
		if (strlen(o->name) == length &&
			!strncmp(o->name, name, length))
			return o;
	return NULL;
}

static const struct option *option_by_letter(
	const struct command *command, char letter)
{
	const struct option *o = command->options;
	for (; o && o->name; o++)
		if (o->letter && o->letter == letter)
			return o;
	return NULL;
}

static bool unknown_option(
	struct ctx *ctx, const struct command *command, const char *given)
{
	const char *known[64] = {"help"};
	size_t count = 1;
	const struct option *o = command->options;
	for (; o && o->name && count < 63; o++)
		known[count++] = o->name;
	size_t dashes = strspn(given, "-");
	const char *name = given + dashes;
	const char *meant = diag_nearest(
		arena_strndup(&ctx->arena, name, strcspn(name, "=")), known);
	return usage_error(ctx, command, "unknown option '%s'%s%s%s",
		diag_quote(ctx, given), meant ? ", did you mean '--" : "",
		meant ? meant : "", meant ? "'?" : "");
}

/* The command line while it is read. */
struct parse {
	struct ctx *ctx;
	const struct command *command;
	int argc, at; /* at: the next argument to read */
	char **argv;
	void *options;
};

/* The next value of an option, or NULL where there is none: what looks like a
 * long option is none. */
static const char *value_next(struct parse *parse)
{
	if (parse->at == parse->argc ||
		!strncmp(parse->argv[parse->at], "--", 2))
		return NULL;
	return parse->argv[parse->at++];
}

/* A model, there or not. */
static bool names_file(const char *argument)
{
	static const char *const endings[] = {".onnx", ".json"};
	size_t length = strlen(argument);
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		size_t n = strlen(endings[i]);
		if (length > n && !strcmp(argument + length - n, endings[i]))
			return true;
	}
	struct stat info;
	return stat(argument, &info) == 0 && S_ISREG(info.st_mode);
}

/* Whether an argument behind a repeating option is a further value of it. */
static bool goes_on(const struct option *option, const char *argument)
{
	if (option->take == take_wholes)
		return is_whole(argument);
	if (option->take == take_layers)
		return argument[0] != '-' && !names_file(argument);
	if (!option->choices)
		return argument[0] != '-';
	for (int i = 0; option->choices[i]; i++)
		if (!strcmp(option->choices[i], argument))
			return true;
	return false;
}

/* Takes the values of an option, the first from attached ("--name=value",
 * "-nvalue") when that is not NULL, the others from the arguments behind. */
static bool values_take(
	struct parse *parse, const struct option *option, const char *attached)
{
	bool repeats;
	int count = option_values(option, &repeats);
	void *field = (char *)parse->options + option->field;
	if (!count && attached)
		return usage_error(parse->ctx, parse->command,
			"option '--%s' takes no value", option->name);
	if (!count)
		return option->take(parse->ctx, option, NULL, 0, field);
	for (int k = 0;; k++) {
		if (k >= count &&
			(!repeats || parse->at == parse->argc ||
				!goes_on(option, parse->argv[parse->at])))
			return true;
		const char *value =
			k || !attached ? value_next(parse) : attached;
		if (!value)
			return usage_error(parse->ctx, parse->command,
				"option '--%s' wants %s", option->name,
				option->values);
		if (!option->take(parse->ctx, option, value, k, field))
			return usage_line(parse->ctx, parse->command);
	}
}

/* given: "--name", "--name=value", "-n", "-nvalue" or "-n=value" */
static bool option_parse(struct parse *parse, const char *given)
{
	const struct option *option;
	const char *attached = NULL;
	if (given[1] == '-') {
		const char *name = given + 2;
		size_t length = strcspn(name, "=");
		option = option_find(parse->command, name, length);
		if (name[length])
			attached = name + length + 1;
	} else {
		option = option_by_letter(parse->command, given[1]);
		if (given[2])
			attached = given + 2 + (given[2] == '=');
	}
	if (!option)
		return unknown_option(parse->ctx, parse->command, given);
	return values_take(parse, option, attached);
}

bool arguments_parse(struct ctx *ctx, const struct command *command, int argc,
	char **argv, struct arguments *out, bool *help)
{
	struct parse parse = {ctx, command, argc, 1, argv,
		arena_alloc(&ctx->arena, command->options_bytes)};
	if (command->defaults)
		memcpy(parse.options, command->defaults,
			command->options_bytes);
	char **operands =
		arena_array(&ctx->arena, (size_t)argc, sizeof *operands);
	int count = 0;
	bool only_operands = false;
	while (parse.at < argc) {
		char *given = argv[parse.at++];
		if (only_operands || given[0] != '-' || !given[1])
			operands[count++] = given;
		else if (!strcmp(given, "--"))
			only_operands = true;
		else if (!strcmp(given, "--help") || !strcmp(given, "-h"))
			return *help = true;
		else if (!option_parse(&parse, given))
			return false;
	}
	if (count < command->least)
		return usage_error(
			ctx, command, "%s is missing", command->operands);
	if (count > command->most)
		return usage_error(ctx, command, "'%s' is one too many",
			diag_quote(ctx, operands[command->most]));
	*out = (struct arguments){command, parse.options, count, operands};
	return true;
}

int thread_count(int64_t given)
{
	enum { MOST = 1024 };
	long count = given ? (given < MOST ? (long)given : MOST)
			   : sysconf(_SC_NPROCESSORS_ONLN);
	return count < 1 ? 1 : (int)count;
}
