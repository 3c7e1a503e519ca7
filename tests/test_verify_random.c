/* Every mapping runs, not only the best: random mappings of random layers of
 * all kinds on random machines, emitted as blobs and verified against the
 * layers' operators.
 *
 *   build/checked/test_verify_random [CASES [FIRST]]
 *
 * CASES are 2,000 by default; FIRST, by default 1, is the number of the first:
 * what a failure says repeats it. */
#include "sim/verify.h"
#include "tests/cmocka.h"
#include "tests/random_layer.h"

#include <stdlib.h>

static unsigned long cases = 2000, first = 1;

/* Cases in which a rule explained something; in which a count was not 0. */
static unsigned long ruled[QUIRK_COUNT], counted[TALLY_COUNT][OPERANDS];

static void reach_add(const struct account *account)
{
	bool rules[QUIRK_COUNT] = {false};
	for (int t = 0; t < TALLY_COUNT; t++)
		for (int o = 0; o < OPERANDS; o++) {
			const struct entry *e = &account->entry[t][o];
			counted[t][o] += e->measured != 0;
			for (int r = 0; r < QUIRK_COUNT; r++)
				rules[r] |= e->by_quirk[r] != 0;
		}
	for (int r = 0; r < QUIRK_COUNT; r++)
		ruled[r] += rules[r];
}

static bool holds(struct config_case *c, const struct layer_list *model)
{
	struct nwcfg cfg;
	struct verified verified;
	const struct verify_options options = {
		.model = model, .seed = 1, .threads = 1};
	if (!config_open(&c->ctx, "case", c->bytes, c->length, &cfg) ||
		!verify_run(&c->ctx, "case", &cfg, &options, &verified)) {
		print_error("%s", case_printed(c));
		return false;
	}
	if (verified.wrong)
		print_error("%s", verified_text(&c->ctx, &verified, false));
	for (size_t i = 0; i < verified.count; i++) {
		assert_int_equal(
			verified.layer[i].compared, verified.layer[i].outputs);
		reach_add(&verified.layer[i].account);
		assert_int_equal(verified.layer[i].by_model,
			model && verified.layer[i].macs);
	}
	return !verified.wrong;
}

static void every_mapping_runs(void **state)
{
	(void)state;
	for (unsigned long n = first; n < first + cases; n++) {
		uint64_t random = n * UINT64_C(0x9e3779b97f4a7c15) + 1;
		struct config_case c;
		case_open(&c);
		random_machine(&c, &random);
		const char *text = random_layer(&c, &random);
		case_build(&c, random);
		/* The nest is the referee of some, which takes longer. */
		if (!holds(&c, &c.layers) || (n % 4 == 0 && !holds(&c, NULL)))
			fail_msg("case %lu: %s", n, text);
		case_close(&c);
	}
}

/* The cases above have met every count, often, and every rule but those
 * for --compat. */
static void all_is_reached(void **state)
{
	(void)state;
	if (cases < 2000)
		skip();
	for (int r = 0; r < QUIRK_COUNT; r++)
		if (quirk_texts[r].counted && r != QUIRK_SEED_BURSTS &&
			r != QUIRK_SEED_TILES && !ruled[r])
			fail_msg(
				"%s: %lu cases", quirk_texts[r].name, ruled[r]);
	for (int t = 0; t < TALLY_COUNT; t++)
		for (int o = 0; o < OPERANDS; o++)
			if (tally_has((enum tally)t, o) &&
				counted[t][o] < cases / 200)
				fail_msg("%s of %c: %lu cases",
					tally_texts[t].name, "OIW"[o],
					counted[t][o]);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		cases = strtoul(argv[1], NULL, 10);
	if (argc > 2)
		first = strtoul(argv[2], NULL, 10);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mapping_runs),
		cmocka_unit_test(all_is_reached),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
