/* Dataflows: read, refused, printed; which factors and axes they allow. */
#include "mapper/dataflow.h"

#include "base/json_doc.h"
#include "mapper/arch.h"
#include "tests/cmocka.h"
#include "tests/said.h"
#include "tests/search_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parse(struct fixture *f, const char *text, struct arch *arch)
{
	struct json_doc doc;
	if (!json_parse(&f->ctx, "a.json", text, strlen(text), &doc))
		return false;
	bool ok = arch_from_json(&f->ctx, &doc, doc.root, "a.json", arch);
	json_release(&doc);
	return ok;
}

static void printed_ones_read_back(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct random random = {seed * 0x9e3779b97f4a7c15u};
		struct fixture f;
		struct arch arch = random_arch(&random), read;
		const uint64_t plain = arch_fingerprint(&arch);
		int64_t have[DATAFLOW_VALUES], want[DATAFLOW_VALUES];
		random_dataflow(&random, &arch);
		/* What is barred has no other factor, nor is fixed above the
		 * most: files that say so are refused. */
		for (int v = 0; v < SEED_SLOTS; v++)
			memset(arch.dataflow.slot[v].fix, 0,
				sizeof arch.dataflow.slot[v].fix);
		arch.dataflow.slot[SLOT_RF].most[LOOP_FX] = 0;
		arch.dataflow.slot[SLOT_RF].barred &= ~LOOP_BIT(LOOP_FX);
		arch.dataflow.slot[SLOT_RF].fix[LOOP_FX] = FACTOR_WHOLE;
		fixture_open(&f);
		assert_true(parse(&f, arch_to_json(&f.ctx, &arch), &read));
		dataflow_values(&arch.dataflow, want);
		dataflow_values(&read.dataflow, have);
		assert_memory_equal(have, want, sizeof have);
		assert_int_equal(
			arch_fingerprint(&read), arch_fingerprint(&arch));
		assert_true(arch_fingerprint(&arch) != plain);
		assert_non_null(
			strstr(arch_text(&f.ctx, &arch), "\ndataflow\n"));
		fixture_close(&f);
	}
}

/* An empty one is none. */
static void none_changes_nothing(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"{\"missing\": \"default\", \"dataflow\": {}}",
		"{\"missing\": \"default\", \"comment\": \"a machine\"}",
		"{\"missing\": \"default\", \"comment\": [\"a\", \"b\"],"
		"\"dataflow\": {\"SPM\": {\"loops\": "
		"[\"N\", \"M\", \"C\", \"Ox\", \"Oy\", \"Fx\", \"Fy\"]}}}",
	};
	const struct arch plain = arch_default();
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct fixture f;
		struct arch arch;
		fixture_open(&f);
		assert_true(parse(&f, texts[i], &arch));
		assert_int_equal(
			arch_fingerprint(&arch), arch_fingerprint(&plain));
		assert_string_equal(arch_to_json(&f.ctx, &arch),
			arch_to_json(&f.ctx, &plain));
		fixture_close(&f);
	}
}

static void bad_ones_are_refused(void **state)
{
	(void)state;
	/* clang-format off */
	static const struct {
		const char *dataflow, *said;
	} rows[] = {
		{"3", "a.json:2:1: error: key 'dataflow': expected an object, "
		      "found a number\n"},
		{"{\"SPATAIL\": {}}",
			"a.json:2:14: error: unknown key 'SPATAIL', did you "
			"mean 'SPATIAL'?\n"},
		{"{\"RF\": {\"loops\": \"C\"}}",
			"a.json:2:21: error: key 'loops': expected an array, "
			"found the string 'C'\n"},
		{"{\"RF\": {\"loops\": [\"K\"]}}",
			"a.json:2:31: error: expected a loop (N, M, C, Ox, Oy, "
			"Fx or Fy), found 'K'\n"},
		{"{\"RF\": {\"loops\": [\"C\", 1]}}",
			"a.json:2:36: error: expected a loop (N, M, C, Ox, Oy, "
			"Fx or Fy), found a number\n"},
		{"{\"RF\": {\"loops\": [\"C\", \"C\"]}}",
			"a.json:2:36: error: key 'loops': 'C' stands twice\n"},
		{"{\"RF\": {\"order\": [\"C\"]}}",
			"a.json:2:21: error: unknown key 'order'"},
		{"{\"RF\": {\"fix\": {\"C\": 0}}}",
			"a.json:2:29: error: key 'C': expected a whole number "
			"from 1 to 1125899906842624, found 0\n"},
		{"{\"RF\": {\"most\": {\"C\": \"all\"}}}",
			"a.json:2:30: error: key 'C': expected a whole number "
			"from 1 to 1125899906842624, found the string 'all'\n"},
		{"{\"RF\": {\"loops\": [\"M\"], \"fix\": {\"C\": 4}}}",
			"a.json:2:45: error: key 'fix': loop C has a factor at "
			"RF, but is not one of its 'loops'\n"},
		{"{\"RF\": {\"most\": {\"C\": 3}, \"fix\": {\"C\": 4}}}",
			"a.json:2:47: error: key 'fix': factor 4 of loop C is "
			"above 3, the 'most' that it may have at RF\n"},
		{"{\"SPM\": {\"stationary\": \"X\"}}",
			"a.json:2:22: error: expected an operand (O, I or W), "
			"found 'X'\n"},
		{"{\"SPM\": {\"order\": [\"C\"], \"stationary\": \"O\"}}",
			"a.json:2:38: error: key 'stationary' beside 'order': "
			"the order says what is reused; leave out one of "
			"them\n"},
		{"{\"rows\": {\"most_loops\": 8}}",
			"a.json:2:23: error: key 'most_loops': expected a "
			"whole number from 1 to 7, found 8\n"},
		{"{\"multicast\": {\"O\": [\"rows\"]}}",
			"a.json:2:28: error: unknown key 'O'"},
		{"{\"multicast\": {\"I\": [\"row\"]}}",
			"a.json:2:34: error: expected an axis ('rows' or "
			"'columns'), found 'row'\n"},
		{"{\"reduction\": true}",
			"a.json:2:14: error: key 'reduction': expected an "
			"array, found true\n"},
		{"{}, \"comment\": [1]",
			"a.json:2:17: error: key 'comment': expected a string "
			"or a list of strings, found an array\n"},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture f;
		struct arch arch;
		fixture_open(&f);
		assert_false(parse(&f,
			arena_printf(&f.ctx.arena,
				"{\"missing\": \"default\",\n\"dataflow\": "
				"%s}",
				rows[i].dataflow),
			&arch));
		fflush(f.ctx.messages);
		if (strncmp(f.said, rows[i].said, strlen(rows[i].said)) != 0)
			fail_msg("%s\nsaid %swanted %s", rows[i].dataflow,
				f.said, rows[i].said);
		fixture_close(&f);
	}
}

/* 4 rows x 8 columns; a convolution of 6 x 8 x 8 channels and a depthwise one.
 * Factors of N M C Ox Oy Fx Fy; where they lie, r or c, - for a factor of 1. */
static void loops_are_placed_on_axes(void **state)
{
	(void)state;
	/* clang-format off */
	static const struct {
		const char *dataflow;
		bool depthwise;
		int64_t factor[LOOP_COUNT];
		const char *places; /* NULL: nowhere */
	} rows[] = {
		{"\"rows\": {}", false, {1, 8, 4, 1, 1, 1, 1}, "-cr----"},
		/* rows come first */
		{"\"rows\": {}", false, {1, 4, 4, 1, 1, 1, 1}, "-rc----"},
		/* 5 x 5 PEs are less than 32, but no axis holds two of them */
		{"\"rows\": {}", false, {1, 5, 5, 1, 1, 1, 1}, NULL},
		{"\"rows\": {}", false, {1, 2, 2, 2, 2, 2, 1}, "-rrccc-"},
		{"\"columns\": {\"most_loops\": 1}", false,
			{1, 2, 2, 2, 1, 1, 1}, "-rrc---"},
		{"\"columns\": {\"most_loops\": 1}", false,
			{1, 2, 2, 2, 2, 1, 1}, NULL},
		{"\"rows\": {\"loops\": [\"C\"]}", false,
			{1, 4, 4, 1, 1, 1, 1}, "-cr----"},
		{"\"rows\": {\"loops\": [\"C\"]}", false,
			{1, 8, 4, 2, 1, 1, 1}, NULL},
		/* C is added up: on columns alone */
		{"\"reduction\": [\"columns\"]", false,
			{1, 4, 4, 1, 1, 1, 1}, "-rc----"},
		{"\"reduction\": [\"columns\"]", false,
			{1, 8, 4, 1, 1, 1, 1}, NULL},
		{"\"reduction\": [\"columns\"]", false,
			{1, 1, 4, 1, 1, 1, 1}, "--c----"},
		/* of a depthwise one it is not, it indexes O */
		{"\"reduction\": [\"columns\"]", true,
			{1, 1, 4, 1, 1, 1, 1}, "--r----"},
		/* M needs the same I along its axis */
		{"\"multicast\": {\"I\": [\"columns\"]}", false,
			{1, 4, 1, 1, 1, 1, 1}, "-c-----"},
		{"\"multicast\": {\"I\": []}", false,
			{1, 4, 1, 1, 1, 1, 1}, NULL},
		/* an adder tree along the rows */
		{"\"distinct\": {\"O\": [\"columns\"]}", false,
			{1, 4, 4, 1, 1, 1, 1}, "-cr----"},
		{"\"distinct\": {\"O\": [\"columns\"], \"I\": [\"rows\"]}",
			true, {1, 1, 2, 1, 1, 1, 1}, NULL},
		{"\"distinct\": {\"O\": [\"columns\"], \"I\": [\"rows\"]}",
			true, {1, 1, 1, 1, 1, 3, 1}, "-----r-"},
	};
	/* clang-format on */
	static const int64_t one[2] = {1, 1}, image[2] = {9, 9},
			     filter[2] = {3, 3};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture f;
		struct arch arch;
		enum grid_axis axis[LOOP_COUNT];
		char places[LOOP_COUNT + 1] = "";
		struct nest nest = rows[i].depthwise
			? nest_depthwise(6, 8, 8, image, filter, one, one)
			: nest_conv(6, 8, 8, image, filter, one, one);
		fixture_open(&f);
		assert_true(parse(&f,
			arena_printf(&f.ctx.arena,
				"{\"missing\": \"default\", \"arch_basic\": "
				"{\"CGRA_SIZE\": 32, \"PE_ROWS\": 4}, "
				"\"dataflow\": {%s}}",
				rows[i].dataflow),
			&arch));
		bool placed =
			dataflow_place(&arch, &nest, rows[i].factor, axis);
		assert_int_equal(placed,
			dataflow_allows(
				&arch, &nest, SLOT_SPATIAL, rows[i].factor));
		for (int l = 0; l < LOOP_COUNT && placed; l++)
			places[l] = rows[i].factor[l] == 1 ? '-'
				: axis[l] == GRID_ROWS     ? 'r'
							   : 'c';
		if (placed != (rows[i].places != NULL) ||
			(placed && strcmp(places, rows[i].places) != 0))
			fail_msg("row %zu: %s", i, placed ? places : "nowhere");
		fixture_close(&f);
	}
}

/* A product N4 M6 C8, some of it at SPM and the rest at DRAM. */
static void levels_keep_orders_and_reuse(void **state)
{
	(void)state;
	/* clang-format off */
	static const struct {
		const char *dataflow;
		int64_t spm[3];   /* factors of N, M, C */
		uint8_t order[3]; /* of both levels, the others outside */
		bool fits;
	} rows[] = {
		{"\"SPM\": {\"stationary\": \"W\"}", {4, 6, 8},
			{LOOP_M, LOOP_C, LOOP_N}, true},
		{"\"SPM\": {\"stationary\": \"W\"}", {4, 6, 8},
			{LOOP_M, LOOP_N, LOOP_C}, false},
		{"\"SPM\": {\"stationary\": \"O\"}", {4, 6, 8},
			{LOOP_M, LOOP_N, LOOP_C}, true},
		/* nothing to reuse W over, at SPM and at DRAM */
		{"\"SPM\": {\"stationary\": \"W\"}", {1, 6, 8},
			{LOOP_M, LOOP_N, LOOP_C}, true},
		{"\"DRAM\": {\"stationary\": \"W\"}", {4, 3, 4},
			{LOOP_M, LOOP_N, LOOP_C}, true},
		{"\"DRAM\": {\"stationary\": \"W\"}", {2, 3, 4},
			{LOOP_M, LOOP_N, LOOP_C}, false},
		{"\"SPM\": {\"order\": [\"M\", \"C\", \"N\"]}", {4, 6, 8},
			{LOOP_M, LOOP_C, LOOP_N}, true},
		{"\"SPM\": {\"order\": [\"M\", \"C\", \"N\"]}", {4, 6, 8},
			{LOOP_C, LOOP_M, LOOP_N}, false},
	};
	/* clang-format on */
	static const int64_t bound[3] = {4, 6, 8};
	const struct nest nest = nest_gemm(4, 6, 8, false, false);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture f;
		struct arch arch;
		struct mapping m = mapping_none;
		fixture_open(&f);
		assert_true(parse(&f,
			arena_printf(&f.ctx.arena,
				"{\"missing\": \"default\", \"dataflow\": "
				"{%s}}",
				rows[i].dataflow),
			&arch));
		for (int l = 0; l < LOOP_COUNT; l++)
			for (int v = 0; v < SEED_ORDERED; v++)
				m.order[v][l] = l < 4 ? (uint8_t)(LOOP_OX + l)
						      : rows[i].order[l - 4];
		for (int l = 0; l < 3; l++) {
			m.tiling.factor[SLOT_SPM][l] = rows[i].spm[l];
			m.tiling.factor[SLOT_DRAM][l] =
				bound[l] / rows[i].spm[l];
		}
		if (mapping_fits_dataflow(&arch, &nest, &m) != rows[i].fits)
			fail_msg("row %zu", i);
		fixture_close(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(printed_ones_read_back),
		cmocka_unit_test(none_changes_nothing),
		cmocka_unit_test(bad_ones_are_refused),
		cmocka_unit_test(loops_are_placed_on_axes),
		cmocka_unit_test(levels_keep_orders_and_reuse),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
