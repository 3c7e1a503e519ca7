/* Files of cases: what is refused and where, what is printed, and that printing
 * is stable under reading back. The numbers themselves: test_cost.c, and the
 * conformance files. */
#include "codegen/eval_json.h"

#include "tests/cmocka.h"
#include "tests/said.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parse(struct fixture *f, const char *text, struct eval *eval)
{
	return eval_parse(&f->ctx, "c.json", text, strlen(text), eval);
}

/* Line 1 has the machine, line 2 the case. */
#define MACHINE "{\"archs\": {\"d\": {\"missing\": \"default\"}},\n"
#define CASES(cases) MACHINE "\"cases\": [" cases "]}"
#define CASE(layer, tiling)                                         \
	CASES("{\"id\": \"x\", \"arch\": \"d\", \"layer\": {" layer \
	      "}, \"tiling\": " tiling "}")
#define GEMM "\"type\": \"GEMM\", \"M\": 4, \"N\": 6, \"K\": 10"
#define CONV                                                  \
	"\"type\": \"CONV\", \"C\": 3, \"M\": 2, \"in\": 5, " \
	"\"kernel\": 3, \"padding\": 1, \"stride\": 2"
/* X 4 = 2.1.2.1, Y 6 = 1.3.1.2, K 10 = 5.1.2.1 */
#define TILING "[[2,1,5],[1,3,1],[2,1,2],[1,2,1]]"

/* clang-format off */
static const struct {
	const char *text, *said;
} refusals[] = {
	{"", "c.json: error: the file is empty, expected JSON\n"},
	{"[]", "c.json:1:1: error: the value: expected an object, found an "
	       "array\n"},
	{"{\"cases\": []}", "c.json:1:1: error: key 'archs' is missing\n"},
	{"{\"archs\": {}}", "c.json:1:1: error: key 'cases' is missing\n"},
	{"{\"archs\": {}, \"cases\": {}}",
		"c.json:1:15: error: key 'cases': expected an array, found an "
		"object\n"},
	{"{\"archs\": {\"d\": 1}, \"cases\": []}",
		"c.json:1:12: error: key 'd': expected an object, found 1\n"},
	{CASES("7"), "c.json:2:11: error: the value: expected an object, found "
		     "7\n"},
	{CASES("{}"), "c.json:2:11: error: key 'id' is missing\n"},
	{CASES("{\"id\": \"x\"}"),
		"c.json:2:11: error: key 'arch' is missing\n"},
	{CASES("{\"id\": \"x\", \"arch\": \"f\"}"),
		"c.json:2:23: error: 'archs' has no machine 'f'\n"},
	{CASES("{\"id\": \"x\", \"arch\": \"d\"}"),
		"c.json:2:11: error: key 'layer' is missing\n"},
	{CASE("\"type\": \"FC\"", "0"),
		"c.json:2:46: error: key 'type': expected CONV, DW_CONV or "
		"GEMM, found 'FC'\n"},
	{CASE(GEMM ", \"stride\": 1", TILING),
		"c.json:2:87: error: unknown key 'stride'\n"},
	{CASE("\"type\": \"GEMM\", \"M\": 4, \"N\": 6", TILING),
		"c.json:2:36: error: key 'K' is missing\n"},
	{CASE("\"type\": \"GEMM\", \"M\": 4, \"N\": 6, \"K\": 0", TILING),
		"c.json:2:78: error: key 'K': expected a whole number from 1 "
		"to 2147483648, found 0\n"},
	{CASE("\"type\": \"GEMM\", \"M\": 2147483648, \"N\": 2147483648, "
	      "\"K\": 2", TILING),
		"c.json:2:36: error: more than 2^50 multiplications in one "
		"nest\n"},
	{"{\"archs\": {\"d\": {\"missing\": \"default\", "
	 "\"arch_details\": {\"dma_init_cycles\": 1e9, "
	 "\"dma_frequency\": 0.001, "
	 "\"dataflow_accel_frequency\": 1e6}}},\n"
	 "\"cases\": [{\"id\": \"x\", \"arch\": \"d\", \"layer\": {" GEMM
	 "}, \"tiling\": " TILING "}]}",
		"c.json:2:36: error: this tiling could take 2.4e+20 cycles and "
		"1.25e+05 pJ on this machine, the cost model counts to 2^62\n"},
	{CASE("\"type\": \"CONV\", \"C\": 3, \"M\": 2, \"in\": 5, "
	      "\"kernel\": 8, \"padding\": 1, \"stride\": 2", TILING),
		"c.json:2:36: error: the kernel of 8 does not fit the padded "
		"input of 7\n"},
	{CASE(CONV, TILING),
		"c.json:2:139: error: the value: expected 7 numbers, found "
		"3\n"},
	{CASE(GEMM, "[[2,1,5],[1,3,1],[2,1,2]]"),
		"c.json:2:88: error: key 'tiling': expected the 4 levels DRAM, "
		"SPM, RF, SPATIAL, found 3\n"},
	{CASE(GEMM, "[[2,1,5],[1,3,1],[2,1,2],[1,2.5,1]]"),
		"c.json:2:126: error: the value: expected a whole number from "
		"1 to 2147483648, found 2.5\n"},
	{CASE(GEMM, "[[2,1,5],[1,3,1],[2,1,2],[1,1,1]]"),
		"c.json:2:88: error: key 'tiling': the factors of Y are 1 "
		"(DRAM), 3 (SPM), 1 (RF), 1 (SPATIAL), expected a product of "
		"6, or padded tiles: 2 at RF\n"},
	{CASE(GEMM, "[[2,1,5],[1,4,1],[2,1,2],[1,1,1]]"),
		"c.json:2:88: error: key 'tiling': the factors of Y are 1 "
		"(DRAM), 4 (SPM), 1 (RF), 1 (SPATIAL), expected a product of "
		"6, or padded tiles: 3 at SPM cover as much as 4\n"},
	{CASE(GEMM, "[[2,1,5],[1,3,1],[2,1,2],[1,2,1]], \"layer\": 1"),
		"c.json:2:133: error: key 'layer' stands here a second time, "
		"first at 2:36\n"},
};
/* clang-format on */

static void bad_cases_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		struct fixture f;
		struct eval eval;
		fixture_open(&f);
		assert_false(parse(&f, refusals[i].text, &eval));
		eval_release(&eval);
		fflush(f.ctx.messages);
		assert_string_equal(f.said, refusals[i].said);
		fixture_close(&f);
	}
}

static char *print_json(struct fixture *f, const struct eval *eval)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	eval_print_json(&f->ctx, eval, out);
	fclose(out);
	return text;
}

/* 4 x 6 x 10 product, 240 MACs: RF 2 x 1 x 2, 2 PEs in Y, SPM 3 in Y, DRAM 2 in
 * X and 5 in K. */
static const char gemm_results[] =
	"\"ops\": [240, 3, 10, 2, 4], "
	/* RF: 2x1, 2x2, 2x1; array: 2x2, 2x2, 2x2; SPM: 2x6, 2x2, 2x6 */
	"\"alloc\": [[2, 4, 2], [4, 4, 4], [12, 4, 12]], "
	"\"noc\": [4, 4, 4], \"reduce\": [0, 0, 0], "
	/* C: 2 whole rows of 6; A: 2 of 2 from rows of 10; B: 2 whole rows of
	 * 6. Cycles ceil((291 + 0.24 * 24) * 500/3200), 2 x ceil((291 + 0.24 *
	 * 4) * 500/3200) */
	"\"dma\": [[1, 12, 47, 2400], [2, 2, 92, 800], [1, 12, 47, 2400]], "
	/* 240 * 0.075, 720 * 0.96 + 240 * 0.96 */
	"\"fixed_energy\": [18.0, 921.5999999999999], "
	"\"valid\": {\"size\": [true, true, true, true], "
	"\"auto\": [false, false, false, true]}, "
	/* K innermost: C stays 5 times; X innermost: B stays twice */
	"\"dram\": [[\"Y,X,K\", [5, 1, 1], [0.0, 0, 0]], "
	"[\"Y,K,X\", [1, 1, 2], [8.0, 0, 0]]], "
	/* Y alone is live: A stays, C and B change */
	"\"spm\": [[\"Y,X,K\", [1, 3, 1], [3.0, 0, 0]]], ";

static void results_stand_in_the_case(void **state)
{
	(void)state;
	struct fixture f;
	struct eval eval, again;
	fixture_open(&f);
	assert_true(parse(&f,
		"{\"format\": [1, \"\\u00e9\"], \"archs\": {\"d\": "
		"{\"missing\": \"default\"}}, \"cases\": [{\"id\": \"x\", "
		"\"ops\": 3, \"note\": {\"a\": 0.1}, \"arch\": \"d\", "
		"\"layer\": {" GEMM "}, \"tiling\": " TILING "}]}",
		&eval));
	char *first = print_json(&f, &eval);
	assert_non_null(strstr(first, gemm_results));
	assert_int_equal(
		strncmp(first, "{\"format\": [1, \"\xc3\xa9\"],\n\"archs\": ",
			strlen("{\"format\": [1, \"\xc3\xa9\"],\n")),
		0);
	assert_non_null(strstr(first,
		"{\"id\": \"x\", \"note\": {\"a\": 0.1}, \"arch\": \"d\", "));
	assert_true(parse(&f, first, &again));
	char *second = print_json(&f, &again);
	assert_string_equal(first, second);
	free(first);
	free(second);
	eval_release(&eval);
	eval_release(&again);
	fixture_close(&f);
}

/* Whatever the shape, the list of orders by the seed's rule has exactly the
 * vectors of the closed form. */
static void seed_orders_are_the_closed_form(void **state)
{
	(void)state;
	static const char *const texts[] = {
		CASE(GEMM, TILING),
		CASE("\"type\": \"GEMM\", \"M\": 1, \"N\": 1, \"K\": 1",
			"[[1,1,1],[1,1,1],[1,1,1],[1,1,1]]"),
		CASE("\"type\": \"GEMM\", \"M\": 1, \"N\": 7, \"K\": 1",
			"[[1,7,1],[1,1,1],[1,1,1],[1,1,1]]"),
		CASE(CONV,
			"[[1,2,3,3,3,3,3],[1,1,1,1,1,1,1],"
			"[1,1,1,1,1,1,1],[1,1,1,1,1,1,1]]"),
		CASE("\"type\": \"CONV\", \"N\": 4, \"C\": 1, \"M\": 6, "
		     "\"in\": 5, \"kernel\": 2, \"padding\": 0, \"stride\": 1",
			"[[2,1,1,4,2,1,2],[2,3,1,1,2,2,1],"
			"[1,2,1,1,1,1,1],[1,1,1,1,1,1,1]]"),
		CASE("\"type\": \"DW_CONV\", \"N\": 2, \"C\": 3, \"in\": 7, "
		     "\"kernel\": 2, \"padding\": 0, \"stride\": 1",
			"[[2,1,3,3,2,1,2],[1,1,1,2,3,2,1],"
			"[1,1,1,1,1,1,1],[1,1,1,1,1,1,1]]"),
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct fixture f;
		struct eval eval;
		struct json_doc doc;
		fixture_open(&f);
		assert_true(parse(&f, texts[i], &eval));
		char *text = print_json(&f, &eval);
		assert_true(
			json_parse(&f.ctx, "out", text, strlen(text), &doc));
		const cJSON *c = json_member(doc.root, "cases")->child;
		const cJSON *lists[] = {
			json_member(c, "dram"), json_member(c, "spm")};
		for (int v = 0; v < SEED_ORDERED; v++) {
			struct ordering want[REUSE_MAX];
			int n = orderings_all(&eval.cases[0].nest,
				&eval.cases[0].tiling, v, want);
			assert_int_equal(cJSON_GetArraySize(lists[v]), n);
			for (const cJSON *o = lists[v]->child; o; o = o->next) {
				int64_t factor[OPND_COUNT];
				int found = 0;
				assert_true(json_ints(&f.ctx, &doc,
					o->child->next, OPND_COUNT, 1, 1 << 20,
					factor));
				for (int k = 0; k < n; k++)
					found += memcmp(want[k].reuse.factor,
							 factor,
							 sizeof factor) == 0;
				assert_int_equal(found, 1);
			}
		}
		free(text);
		json_release(&doc);
		eval_release(&eval);
		fixture_close(&f);
	}
}

static void text_tells_what_does_not_fit(void **state)
{
	(void)state;
	struct fixture f;
	struct eval eval;
	char *text = NULL;
	size_t size;
	fixture_open(&f);
	/* 17 x 17 PEs are 289 */
	assert_true(parse(&f,
		CASE("\"type\": \"GEMM\", \"M\": 17, \"N\": 17, \"K\": 512",
			"[[1,1,1],[1,1,1],[1,1,512],[17,17,1]]"),
		&eval));
	FILE *out = open_memstream(&text, &size);
	eval_print_text(&f.ctx, &eval, out);
	fclose(out);
	assert_non_null(strstr(text, "  147,968 "));
	assert_non_null(strstr(text, "  PEs, register file\n"));
	free(text);
	eval_release(&eval);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_cases_are_refused),
		cmocka_unit_test(results_stand_in_the_case),
		cmocka_unit_test(seed_orders_are_the_closed_form),
		cmocka_unit_test(text_tells_what_does_not_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
