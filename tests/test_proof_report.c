/* Results read back as a stranger's: good ones are confirmed; worse mappings,
 * wrong figures and malformed files are not. */
#include "codegen/proof_report.h"

#include "codegen/result_json.h"
#include "codegen/set.h"
#include "tests/plan_fixture.h"

#include "tests/cmocka.h"

#include <stdio.h>
#include <stdlib.h>

struct fixture {
	struct ctx ctx;
	FILE *messages;
	char *text; /* of messages */
	size_t length;
	struct plan_fixture plan;
	struct result result;
	struct proof_report report;
};

/* A convolution, a depthwise one and a product, searched. */
static int start(void **state)
{
	static const int64_t one[2] = {1, 1}, two[2] = {2, 2};
	struct fixture *f = calloc(1, sizeof *f);
	f->messages = open_memstream(&f->text, &f->length);
	ctx_init(&f->ctx, f->messages, NULL);
	plan_fixture_init(&f->plan);
	const struct nest nests[] = {
		nest_conv(1, 4, 3, (int64_t[]){10, 8}, (int64_t[]){3, 3}, one,
			one),
		nest_depthwise(2, 1, 6, (int64_t[]){7, 9}, (int64_t[]){3, 3},
			two, one),
		nest_gemm(6, 35, 24, false, true),
	};
	static const char *const names[] = {"conv", "depthwise", "product"};
	for (int i = 0; i < 3; i++) {
		const struct search_options options = {0};
		struct search_result r;
		assert_true(search_exact(
			&f->ctx, &nests[i], &f->plan.arch, &options, &r));
		plan_fixture_add(&f->plan, names[i], "Conv", &nests[i],
			&r.best[0].winner.mapping);
		f->plan.results[i] = r;
	}
	plan_count_mapspaces(&f->ctx, &f->plan.plan, NULL, 1);
	*state = f;
	return 0;
}

static int stop(void **state)
{
	struct fixture *f = *state;
	result_release(&f->result);
	ctx_release(&f->ctx);
	fclose(f->messages);
	free(f->text);
	free(f);
	return 0;
}

static bool read_text(struct fixture *f, const char *text)
{
	result_release(&f->result);
	return result_parse(&f->ctx, "r.json", text, strlen(text), &f->result);
}

enum { BOUNDS = -1, BRUTE = 1 << 30 }; /* brute_most */

/* What the plan is written as. */
static const char *result_now(struct fixture *f)
{
	return result_text(&f->ctx, plan_fixture_finish(&f->ctx, &f->plan),
		SET_EMPTY, NULL);
}

/* Reads what the plan is written as, and checks it, as long as it takes. */
static void report(struct fixture *f, int64_t brute_most)
{
	const struct proof_report_options options = {
		.brute_most = brute_most, .seconds = 1e6};
	assert_true(read_text(
		f, result_now(f)));
	assert_true(
		proof_report_make(&f->ctx, &f->result, &options, &f->report));
}

static void good_results_are_confirmed(void **state)
{
	struct fixture *f = *state;
	report(f, BRUTE);
	assert_true(f->report.consistent);
	assert_int_equal(f->report.claims, 9);
	assert_int_equal(f->report.verdicts[VERDICT_BRUTE], 9);
	const char *text = proof_report_text(&f->ctx, &f->report);
	assert_non_null(strstr(text, "9 claims: 9 confirmed by brute force"));
	assert_non_null(
		strstr(proof_report_json(&f->ctx, &f->report), "mapspace"));
	fflush(f->messages);
	assert_int_equal(f->length, 0);
}

/* Everything outside is the worst of mappings. */
static void worsen(struct fixture *f, int nest, enum objective objective)
{
	struct best *best = &f->plan.results[nest].best[objective];
	const struct nest *n = &f->plan.distinct[nest].nest;
	struct tiling *tiling = &best->winner.mapping.tiling;
	*tiling = tiling_none;
	memcpy(tiling->factor[0], n->bound, sizeof n->bound);
	cost_mapping(n, &f->plan.arch, &best->winner.mapping, BURST_TRUE,
		&best->winner.estimate);
	best->proof.bound = objective_value(objective, &best->winner.estimate);
}

static void worse_mappings_are_refuted(void **state)
{
	struct fixture *f = *state;
	const struct candidate best =
		f->plan.results[1].best[OBJ_ENERGY].winner;
	worsen(f, 1, OBJ_ENERGY);
	for (int brute = 0; brute < 2; brute++) {
		report(f, brute ? BRUTE : BOUNDS);
		assert_true(f->report.consistent);
		assert_int_equal(f->report.verdicts[VERDICT_REFUTED], 1);
		const struct proof_verdict *v =
			&f->report.nests[1].verdict[OBJ_ENERGY];
		assert_int_equal(v->verdict, VERDICT_REFUTED);
		assert_true(v->better.estimate.energy_pj ==
			best.estimate.energy_pj);
		const char *text = proof_report_text(&f->ctx, &f->report);
		assert_non_null(strstr(text, "nest 1 (depthwise), energy: "));
		assert_non_null(strstr(text, "\nSPATIAL  N "));
		assert_non_null(strstr(
			proof_report_json(&f->ctx, &f->report), "\"better\""));
	}
}

/* Of a winner without proof, the bound is what counts. */
static void bounds_alone_are_checked(void **state)
{
	struct fixture *f = *state;
	struct proof *proof = &f->plan.results[2].best[OBJ_EDP].proof;
	double least = proof->bound;
	worsen(f, 2, OBJ_EDP);
	proof->proven = false;
	proof->bound = least;
	report(f, BRUTE);
	assert_int_equal(f->report.verdicts[VERDICT_BRUTE], 9);
	assert_non_null(strstr(proof_report_text(&f->ctx, &f->report),
		"bound confirmed by brute force"));
	proof->bound = least * 1.001;
	report(f, BRUTE);
	assert_true(f->report.consistent);
	assert_int_equal(f->report.verdicts[VERDICT_REFUTED], 1);
	proof->bound = 0;
	report(f, BRUTE);
	assert_int_equal(f->report.claims, 8);
	assert_false(f->report.nests[2].claimed[OBJ_EDP]);
	assert_non_null(strstr(
		proof_report_text(&f->ctx, &f->report), "nothing claimed"));
}

/* The text of the plan with the item at a path ("nests.0.best") replaced by a
 * JSON text; removed where that is NULL. */
static const char *edited(
	struct fixture *f, const char *path, const char *value)
{
	const char *text = result_now(f);
	cJSON *root = cJSON_Parse(text), *at = root, *parent = NULL;
	char key[100] = "";
	while (*path) {
		size_t length = strcspn(path, ".");
		snprintf(key, sizeof key, "%.*s", (int)length, path);
		parent = at;
		at = cJSON_IsArray(at)
			? cJSON_GetArrayItem(at, atoi(key))
			: cJSON_GetObjectItemCaseSensitive(at, key);
		path += length + (path[length] == '.');
	}
	if (!value)
		cJSON_DeleteItemFromObjectCaseSensitive(parent, key);
	else if (cJSON_IsArray(parent))
		cJSON_ReplaceItemInArray(
			parent, atoi(key), cJSON_CreateRaw(value));
	else if (at)
		cJSON_ReplaceItemInObjectCaseSensitive(
			parent, key, cJSON_CreateRaw(value));
	else
		cJSON_AddItemToObject(parent, key, cJSON_CreateRaw(value));
	return json_text(&f->ctx, root);
}

/* The messages since the last call, of which there must be one line or more
 * that holds the part. */
static void expect_message(struct fixture *f, const char *part)
{
	fflush(f->messages);
	if (!strstr(f->text, part))
		fail_msg("no '%s' in '%s'", part, f->text);
	rewind(f->messages);
	f->text[0] = '\0';
}

static void wrong_figures_are_told(void **state)
{
	/* clang-format off */
	static const struct {
		const char *path, *value, *message;
	} cases[] = {
		{"nests.0.best.edp.value", "1",
			"nests[0].best.edp.value is 1, computed anew it is"},
		{"nests.1.best.cycles.cycles", "7",
			"nests[1].best.cycles.cycles is 7"},
		{"nests.1.best.cycles.use.pes", "7",
			"nests[1].best.cycles.use.pes is 7"},
		{"nests.0.best.energy.operands.W", NULL,
			"nests[0].best.energy.operands.W is missing"},
		{"nests.2.mapspace.tilings_fit", "7",
			"nests[2].mapspace.tilings_fit is 7"},
		{"nests.2.mapspace.mappings", "\"7\"",
			"nests[2].mapspace.mappings is"},
		{"nests.2.best.edp.proof.bound", "7",
			"nests[2].best.edp.proof.bound is 7, proven is"},
		{"nests.2.instances", "2",
			"nests[2].instances is 2, the layers add up to 1"},
		{"layers.1.executions", "3", "the layers add up to 3"},
		{"layers.1.cycles", "7", "layers[1].cycles is 7"},
		{"layers.1.nests.0.bounds.M", "7",
			"layers[1].nests[0].bounds.M is 7"},
		{"totals.energy_pj", "7", "totals.energy_pj is 7"},
		{"totals", NULL, "totals is missing"},
		{"nests.0.best.edp.proof.tiles_cut", "7",
			"nests[0].best.edp.proof: tiles_visited and tiles_cut "
				"add up to"},
		{"options.search", "\"brute\"",
			"nests[0].evaluated is not the"},
		{"nests.0.best.edp.gap", "7", "nests[0].best.edp.gap is 7"},
		{"totals.proven", "false", "totals.proven is false"},
		{"machine.fingerprint", "\"0\"", "machine.fingerprint is"},
		{"options.min_pe_use", "1",
			"the tiling breaks the limits in options"},
		{"options.order",
			"{\"SPM\": [\"Fy\", \"Fx\", \"Oy\", \"Ox\", "
				"\"C\", \"M\", \"N\"]}",
			"the order of SPM loops is not that in options"},
		{"options.max_cycles", "1", "cycles and"},
	};
	/* clang-format on */
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_true(
			read_text(f, edited(f, cases[i].path, cases[i].value)));
		plan_count_mapspaces(&f->ctx, &f->result.plan, NULL, 1);
		assert_false(result_check(&f->ctx, &f->result));
		expect_message(f, cases[i].message);
	}
	/* The unchanged one. */
	assert_true(read_text(
		f, result_now(f)));
	plan_count_mapspaces(&f->ctx, &f->result.plan, NULL, 1);
	assert_true(result_check(&f->ctx, &f->result));
}

static void malformed_files_are_refused(void **state)
{
	/* clang-format off */
	static const struct {
		const char *path, *value, *message;
	} cases[] = {
		{"format", "\"x\"", "this is no result of compile"},
		{"version", "2", "format version 2, this program reads"},
		{"machine", NULL, "machine"},
		{"machine.spec.arch_basic.RF_SIZE", "0", "RF_SIZE"},
		{"options", "[]", "options"},
		{"options.search", "\"guess\"", "search is 'guess'"},
		{"options.min_pe_use", "2", "min_pe_use"},
		{"nests", "{}", "nests"},
		{"nests.0", "7", "expected an object"},
		{"nests.0.bounds.M", "0", "M"},
		{"nests.0.best", NULL, "best"},
		{"nests.0.best.edp", "1", "edp"},
		{"nests.0.best.edp.proven", "1", "proven"},
		{"nests.0.best.edp.proof.bound", "-1", "bound"},
		{"nests.0.best.edp.tiling.0.0", "3", "expected a product"},
		{"nests.0.best.edp.order.SPM.0", "\"M\"", "order of the SPM"},
		{"machine.spec.arch_basic.CGRA_SIZE", "1", "PEs"},
		{"layers", "7", "layers"},
		{"layers.0.nests.0.nest", "3", "nest 3 of 3"},
		{"layers.0.nests.0.instances", "1.5", "instances"},
	};
	/* clang-format on */
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_false(
			read_text(f, edited(f, cases[i].path, cases[i].value)));
		expect_message(f, cases[i].message);
	}
	/* Cut anywhere. */
	const char *text = result_now(f);
	result_release(&f->result);
	for (size_t length = 0; length < strlen(text) - 1; length += 997)
		assert_false(result_parse(
			&f->ctx, "r.json", text, length, &f->result));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			good_results_are_confirmed, start, stop),
		cmocka_unit_test_setup_teardown(
			worse_mappings_are_refuted, start, stop),
		cmocka_unit_test_setup_teardown(
			bounds_alone_are_checked, start, stop),
		cmocka_unit_test_setup_teardown(
			wrong_figures_are_told, start, stop),
		cmocka_unit_test_setup_teardown(
			malformed_files_are_refused, start, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
