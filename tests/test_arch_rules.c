/* An architecture file and a design space ask the same of a machine: random
 * values of random keys, through both; and what a space lets pass is a file
 * that compile takes, of the same machine. */
#include "dse/space.h"

#include "base/json_doc.h"
#include "tests/cmocka.h"
#include "tests/said.h"
#include "tests/search_case.h"
#include "tests/times.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

enum { MACHINES = 1500, KEYS_MOST = 6 };

/* A value that the key's range has, or one beside it. */
static double value_draw(struct random *r, const struct arch_key *key)
{
	const double near[] = {key->min, key->min + 1, key->max, key->fallback,
		2 * key->fallback, 3, 4, 6, 8, 16, 32, 64, 256};
	const double beside[] = {
		key->min - 1, key->max + 1, 2.5, -1, 0, ldexp(1, 60), 1e300};
	if (random_below(r, 12) == 0)
		return beside[random_below(r, sizeof beside / sizeof *beside)];
	double value = near[random_below(r, sizeof near / sizeof *near)];
	return fmin(fmax(value, key->min), key->max);
}

/* Keys with their values: about as often as not of those that rules are about,
 * which then are small. */
struct draw {
	int count;
	const struct arch_key *key[KEYS_MOST];
	double value[KEYS_MOST];
};

static struct draw keys_draw(struct random *r)
{
	static const char *const ruled[] = {"PE_ROWS", "CGRA_SIZE",
		"DRAM_ALIGNMENT", "SPM_BANKS_O", "SPM_BANKS_I", "SPM_BANKS_W",
		"TOTAL_BANKS_IN_SPM"};
	enum { RULED = sizeof ruled / sizeof *ruled };
	struct draw d = {0};
	bool rules = random_below(r, 2);
	int most = 1 + (int)random_below(r, KEYS_MOST);
	for (int i = 0; i < most; i++) {
		bool small = rules && random_below(r, 8);
		const struct arch_key *key = small
			? arch_key_find(ruled[random_below(r, RULED)])
			: &arch_keys[random_below(r, (int64_t)arch_key_count)];
		bool again = false;
		for (int k = 0; k < d.count; k++)
			again |= d.key[k] == key;
		if (again)
			continue;
		d.key[d.count] = key;
		d.value[d.count++] = small
			? (double)PICK(r, 0, 1, 2, 4, 6, 8, 16, 24)
			: value_draw(r, key);
	}
	return d;
}

/* {"missing": "default", "arch_basic": {...}, "arch_details": {...}}; of keys
 * that are true, 1 is written as true. */
static const char *file_text(struct ctx *ctx, const struct draw *d)
{
	static const char *const sections[] = {"arch_basic", "arch_details"};
	const char *text = "{\"missing\": \"default\"";
	for (int s = 0; s < 2; s++) {
		const char *comma = "";
		text = arena_printf(
			&ctx->arena, "%s, \"%s\": {", text, sections[s]);
		for (int i = 0; i < d->count; i++) {
			const struct arch_key *key = d->key[i];
			if (strcmp(key->section, sections[s]) != 0)
				continue;
			bool flag = key->kind == ARCH_TRUE && d->value[i] == 1;
			text = arena_printf(&ctx->arena, "%s%s\"%s\": %s", text,
				comma, key->name,
				flag ? "true" : json_double(ctx, d->value[i]));
			comma = ", ";
		}
		text = arena_printf(&ctx->arena, "%s}", text);
	}
	return arena_printf(&ctx->arena, "%s}", text);
}

/* Some values range, the others follow by expressions. */
static const char *space_text(
	struct ctx *ctx, struct random *r, const struct draw *d)
{
	const char *keys = "\"one\": [1]", *set = "";
	for (int i = 0; i < d->count; i++) {
		const char *value = json_double(ctx, d->value[i]);
		if (random_below(r, 3))
			keys = arena_printf(&ctx->arena, "%s, \"%s\": [%s]",
				keys, d->key[i]->name, value);
		else
			set = arena_printf(&ctx->arena,
				"%s%s\"%s\": \"one * (%s)\"", set,
				*set ? ", " : "", d->key[i]->name, value);
	}
	return arena_printf(&ctx->arena,
		"{\"keys\": {%s}, \"set\": {%s}, \"rules\": [\"one\"]}", keys,
		set);
}

static bool file_admits(
	struct ctx *ctx, const char *text, const char *name, struct arch *arch)
{
	struct json_doc doc;
	assert_true(json_parse(ctx, "a.json", text, strlen(text), &doc));
	bool ok = arch_from_json(ctx, &doc, doc.root, name, arch);
	json_release(&doc);
	return ok;
}

static bool space_admits(struct ctx *ctx, const char *text, struct arch *arch)
{
	char path[] = "/tmp/nestwright-rules.XXXXXX";
	struct space space;
	struct design_list designs;
	FILE *file = fdopen(mkstemp(path), "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	bool ok = space_read(ctx, path, &space) &&
		space_designs(ctx, &space, &designs);
	unlink(path);
	if (ok)
		*arch = design_arch(ctx, &space, &designs, 0);
	return ok;
}

static bool equal(const struct arch *a, const struct arch *b)
{
	for (size_t i = 0; i < arch_key_count; i++)
		if (arch_get(a, &arch_keys[i]) != arch_get(b, &arch_keys[i]))
			return false;
	return arch_fingerprint(a) == arch_fingerprint(b);
}

static void verdicts_are_the_same(void **state)
{
	(void)state;
	int machines = MACHINES * (int)times_wanted();
	struct random r = {.state = 3};
	int admitted = 0, ruled_out = 0;
	for (int i = 0; i < machines; i++) {
		struct fixture f;
		struct arch by_file, by_space, again;
		fixture_open(&f);
		struct draw d = keys_draw(&r);
		const char *file = file_text(&f.ctx, &d);
		const char *space = space_text(&f.ctx, &r, &d);
		bool ok = file_admits(&f.ctx, file, "file", &by_file);
		fflush(f.ctx.messages);
		ruled_out += strstr(f.said, "one of SPM_BANKS_O") != NULL;
		if (ok != space_admits(&f.ctx, space, &by_space)) {
			fflush(f.ctx.messages);
			fail_msg("%s\n%s\n%s", file, space, f.said);
		}
		if (ok) {
			admitted++;
			assert_true(equal(&by_file, &by_space));
			assert_true(file_admits(&f.ctx,
				arch_to_json(&f.ctx, &by_space), "again",
				&again));
			assert_true(equal(&by_space, &again));
		} else {
			fflush(f.ctx.messages);
			assert_int_equal(strncmp(f.said, "a.json:1:", 9), 0);
		}
		fixture_close(&f);
	}
	/* Neither verdict is rare. */
	assert_true(admitted > machines / 5);
	assert_true(machines - admitted > machines / 5);
	assert_true(ruled_out > machines / 50);
}

/* Each rule's expression is 1 where it holds, and 0 where it does not. */
static void expressions_say_what_rules_do(void **state)
{
	(void)state;
	struct random r = {.state = 5};
	const char **names;
	double values[100];
	bool used[100];
	struct fixture f;
	const struct loc loc = {.file = "rule"};
	fixture_open(&f);
	names = arena_array(&f.ctx.arena, arch_key_count + 1, sizeof *names);
	assert_true(arch_key_count < 100);
	for (size_t k = 0; k < arch_key_count; k++)
		names[k] = arch_keys[k].name;
	int broken = 0;
	for (int i = 0; i < 2000; i++) {
		struct arch arch = arch_default();
		arch.pes = PICK(&r, 1, 6, 8, 16);
		arch.pe_rows = PICK(&r, 1, 2, 3, 4);
		arch.spm_banks = PICK(&r, 1, 3, 8);
		for (int o = 0; o < OPND_COUNT; o++)
			arch.operand_banks[o] = PICK(&r, 0, 1, 1, 2, 3);
		for (size_t k = 0; k < arch_key_count; k++)
			values[k] = arch_get(&arch, &arch_keys[k]);
		const struct arch_rule *rule = NULL;
		while ((rule = arch_rule_broken(&arch, rule)) != NULL) {
			struct expr expr;
			broken++;
			assert_non_null(arch_key_find(rule->keys[0]));
			if (!rule->expression)
				continue;
			assert_true(expr_parse(&f.ctx, &loc, rule->expression,
				names, used, &expr));
			assert_true(expr_value(&expr, values) == 0);
			assert_false(rule->holds(&arch));
			/* With the values of a machine that follows it. */
			struct arch good = arch_default();
			double fine[100];
			for (size_t k = 0; k < arch_key_count; k++)
				fine[k] = arch_get(&good, &arch_keys[k]);
			assert_true(expr_value(&expr, fine) == 1);
		}
	}
	assert_true(broken > 1000);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_are_the_same),
		cmocka_unit_test(expressions_say_what_rules_do),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
