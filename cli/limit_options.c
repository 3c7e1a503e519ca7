/* From the texts of --fix, --order and their like to the limits of a search. */
#include "cli/limit_options.h"

#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

/* The level before the ':' of a value; *rest is what stands behind it. */
static bool level_parse(struct ctx *ctx, const struct option *option,
	const char *value, int levels, int *slot, const char **rest)
{
	const char *colon = strchr(value, ':');
	size_t length = colon ? (size_t)(colon - value) : 0;
	const char *name = arena_strndup(&ctx->arena, value, length);
	for (int v = 0; v < levels && colon; v++)
		if (!strcmp(name, slot_name(seed_slot[v]))) {
			*slot = seed_slot[v];
			*rest = colon + 1;
			return true;
		}
	return option_error(ctx, option,
		"expected %s, the level one of %s, found '%s'", option->values,
		levels == SEED_SLOTS ? "DRAM, SPM, RF, SPATIAL" : "DRAM, SPM",
		diag_quote(ctx, value));
}

/* The next word of a list with commas, in the arena; NULL at its end. */
static const char *word_next(struct ctx *ctx, const char **list)
{
	if (!*list)
		return NULL;
	size_t length = strcspn(*list, ",");
	const char *word = arena_strndup(&ctx->arena, *list, length);
	*list = (*list)[length] ? *list + length + 1 : NULL;
	return word;
}

static bool loop_parse(struct ctx *ctx, const struct option *option,
	const char *name, int *loop)
{
	*loop = (int)loop_by_name(name);
	if (*loop < LOOP_COUNT)
		return true;
	return option_error(ctx, option,
		"expected a loop (N, M, C, Ox, Oy, Fx or Fy), found '%s'",
		diag_quote(ctx, name));
}

static bool factor_set(struct ctx *ctx, const struct option *option,
	struct limits *limits, int slot, int loop, int64_t factor)
{
	int64_t *at = &limits->factor[slot][loop];
	if (*at && *at != factor)
		return option_error(ctx, option,
			"the factor of %s at %s is given twice, and differs",
			loop_name((enum loop)loop), slot_name(slot));
	*at = factor;
	return true;
}

/* "16", or "all" */
static bool number_parse(const char *text, int64_t *out)
{
	char *end;
	*out = FACTOR_WHOLE;
	if (!strcmp(text, "all"))
		return true;
	if (!*text || text[strspn(text, "0123456789")] || strlen(text) > 15)
		return false;
	*out = strtoll(text, &end, 10);
	return *out >= 1;
}

bool take_factor(struct ctx *ctx, const struct option *option,
	const char *value, int k, void *field)
{
	(void)k;
	int slot, loop;
	const char *rest, *word;
	if (!level_parse(ctx, option, value, SEED_SLOTS, &slot, &rest))
		return false;
	while ((word = word_next(ctx, &rest)) != NULL) {
		const char *equals = strchr(word, '=');
		int64_t factor;
		if (!equals || !number_parse(equals + 1, &factor))
			return option_error(ctx, option,
				"expected LOOP=N, N a whole number from 1 or "
				"'all', found '%s'",
				diag_quote(ctx, word));
		if (!loop_parse(ctx, option,
			    arena_strndup(
				    &ctx->arena, word, (size_t)(equals - word)),
			    &loop) ||
			!factor_set(ctx, option, field, slot, loop, factor))
			return false;
	}
	return true;
}

bool take_forbid(struct ctx *ctx, const struct option *option,
	const char *value, int k, void *field)
{
	(void)k;
	int slot, loop;
	const char *rest, *word;
	if (!level_parse(ctx, option, value, SEED_SLOTS, &slot, &rest))
		return false;
	while ((word = word_next(ctx, &rest)) != NULL)
		if (!loop_parse(ctx, option, word, &loop) ||
			!factor_set(ctx, option, field, slot, loop, 1))
			return false;
	return true;
}

bool take_order(struct ctx *ctx, const struct option *option, const char *value,
	int k, void *field)
{
	(void)k;
	struct limits *limits = field;
	int slot, loop, named = 0, first = 0;
	uint8_t order[LOOP_COUNT];
	unsigned seen = 0;
	const char *rest, *word;
	if (!level_parse(ctx, option, value, SEED_ORDERED, &slot, &rest))
		return false;
	if (limits->ordered[slot])
		return option_error(ctx, option,
			"the order of %s is given twice", slot_name(slot));
	while ((word = word_next(ctx, &rest)) != NULL) {
		if (!loop_parse(ctx, option, word, &loop))
			return false;
		if (seen & LOOP_BIT(loop))
			return option_error(
				ctx, option, "loop %s stands twice", word);
		seen |= LOOP_BIT(loop);
		order[named++] = (uint8_t)loop;
	}
	limits->ordered[slot] = true;
	for (int l = 0; l < LOOP_COUNT; l++)
		if (!(seen & LOOP_BIT(l)))
			limits->order[slot][first++] = (uint8_t)l;
	memcpy(limits->order[slot] + first, order, (size_t)named);
	return true;
}

bool take_energy(struct ctx *ctx, const struct option *option,
	const char *value, int k, void *field)
{
	(void)k;
	char *end;
	double pj = strtod(value, &end);
	/* Digits, a point and an exponent: no "nan", no hexadecimal. */
	if (!*value || value[strspn(value, "0123456789.eE+")] || *end ||
		!(pj > 0 && pj <= 1e300))
		return option_error(ctx, option,
			"expected an energy in pJ above 0, as in 2.5e9, found "
			"'%s'",
			diag_quote(ctx, value));
	*(double *)field = pj;
	return true;
}
