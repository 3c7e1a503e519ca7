/* Names of files in the two syntaxes, with what each must have escaped. */
#include "cli/depfile.h"

#include "base/diag.h"

#include <string.h>

/* GNU Make 4.3 and Ninja 1.11 read names differently; what follows is what
 * both take for the same name. */

/* A backslash before one of these stands for it in both; '$' is doubled. */
static const char escaped[] = " #:";
/* Ninja's lexer ends a name at these, and no escape changes that. Make globs
 * '*' and '?', and ends a rule at ';'. */
static const char unreadable[] = "\"&'*;<>?^`|";

/* What keeps a name out of a depfile, as a word of a sentence; NULL: nothing.
 * target: what Make would read otherwise before the colon counts as well. */
static const char *obstacle(struct ctx *ctx, const char *name, bool target)
{
	size_t length = strlen(name);
	char last = length ? name[length - 1] : '\0';
	const char *s = name;
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c < 0x20 || c == 0x7f)
			return arena_printf(
				&ctx->arena, "the byte \\x%02x", (unsigned)c);
		if (strchr(unreadable, *s) || (target && strchr("%=", *s)))
			return arena_printf(&ctx->arena, "'%c'", *s);
		if (*s == '\\' && (!s[1] || strchr(" #:$%", s[1])))
			return "a backslash before a special character or at "
			       "the end";
	}
	if (strchr(name, '[') && strchr(strchr(name, '['), ']'))
		return "a pattern in '[]'";
	if (!length || strchr(" :", last))
		return length ? "a space or ':' at the end" : "nothing";
	if (last == ')')
		return "')' at the end, as a member of an archive";
	for (s = name; s[0] == '.' && s[1] == '/'; s++)
		while (s[1] == '/')
			s++;
	return *s == '~' ? "'~' at the start" : NULL;
}

static bool name_check(
	struct ctx *ctx, const char *path, const char *name, bool target)
{
	const struct loc loc = {.file = path};
	const char *what = obstacle(ctx, name, target);
	if (!what)
		return true;
	return diag_error(ctx, &loc,
		"file name '%s' has %s, which Make and Ninja do not both read: "
		"give the file another name%s, or leave out --depfile",
		diag_quote(ctx, name), what, target ? " (-o)" : "");
}

/* Make takes 'TARGET: A=B' for a variable; behind another name it is a file. */
static bool is_assignment(const char *name)
{
	return strchr(name, '=') != NULL;
}

static bool has_plain_source(const struct dependency *d)
{
	for (size_t k = 0; k < d->count; k++)
		if (!is_assignment(d->sources[k]))
			return true;
	return false;
}

bool depfile_check(struct ctx *ctx, const char *path, size_t count,
	const struct dependency *dependencies)
{
	const struct loc loc = {.file = path};
	bool ok = true;
	for (size_t i = 0; i < count; i++) {
		const struct dependency *d = &dependencies[i];
		ok &= name_check(ctx, path, d->target, true);
		for (size_t k = 0; k < d->count; k++)
			ok &= name_check(ctx, path, d->sources[k], false);
		if (d->count && !has_plain_source(d))
			ok = diag_error(ctx, &loc,
				"file name '%s' has '=', which Make reads as "
				"an assignment where no other file stands "
				"before it: give the file another name, name "
				"the machine (--arch-spec), or leave out "
				"--depfile",
				diag_quote(ctx, d->sources[0]));
	}
	return ok;
}

static char *escape(struct ctx *ctx, const char *name)
{
	char *text = arena_alloc(&ctx->arena, 2 * strlen(name) + 1);
	size_t n = 0;
	for (; *name; name++) {
		if (*name == '$')
			text[n++] = '$';
		else if (strchr(escaped, *name))
			text[n++] = '\\';
		text[n++] = *name;
	}
	return text;
}

const char *depfile_text(
	struct ctx *ctx, size_t count, const struct dependency *dependencies)
{
	struct text text = {.ctx = ctx};
	text_add(&text, "%s", "");
	for (size_t i = 0; i < count; i++) {
		const struct dependency *d = &dependencies[i];
		text_add(&text, "%s:", escape(ctx, d->target));
		for (int late = 0; late < 2; late++)
			for (size_t k = 0; k < d->count; k++)
				if (is_assignment(d->sources[k]) == late)
					text_add(&text, " \\\n  %s",
						escape(ctx, d->sources[k]));
		text_add(&text, "\n");
	}
	return text.bytes;
}
