/* The limits of a search as JSON: what is written reads back equal, and what is
 * no limits is refused with its place. */
#include "codegen/limits_json.h"

#include "tests/search_case.h"

#include "tests/cmocka.h"

#include <stdlib.h>
#include <string.h>

static void limits_read_back_equal(void **state)
{
	(void)state;
	struct random random = {0x9e3779b97f4a7c15u};
	for (int i = 0; i < 500; i++) {
		struct ctx ctx;
		ctx_init(&ctx, stderr, NULL);
		struct nest nest = random_nest(&random);
		struct limits limits = random_limits(&random), read;
		random_constraints(&random, &nest, &limits);
		if (random_below(&random, 2))
			limits.max_cycles = 1 + random_below(&random, 1000000);
		if (random_below(&random, 2))
			limits.max_energy_pj =
				(double)random_below(&random, 1000) + 0.1;
		cJSON *object = cJSON_CreateObject();
		json_add_limits(object, &limits);
		const char *text = json_text(&ctx, object);
		struct json_doc doc;
		assert_true(json_parse(
			&ctx, "limits.json", text, strlen(text), &doc));
		assert_true(limits_from_json(&ctx, &doc, doc.root, &read));
		assert_true(limits_equal(&limits, &read));
		json_release(&doc);
		ctx_release(&ctx);
	}
}

static void others_are_refused(void **state)
{
	(void)state;
#define USES "\"min_pe_use\":0,\"min_rf_use\":0,\"min_spm_use\":0"
#define NONE USES ",\"no_spatial_reduction\":false,\"no_feature_dram\":false"
	/* clang-format off */
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"{" USES "}",                                      "no_spatial_reduction"},
		{"{" NONE ",\"factor\":{\"L2\":{}}}",               "L2"},
		{"{" NONE ",\"factor\":{\"RF\":{\"Q\":1}}}",        "Q"},
		{"{" NONE ",\"factor\":{\"RF\":{\"C\":0}}}",        "C"},
		{"{" NONE ",\"factor\":{\"RF\":{\"C\":\"some\"}}}", "C"},
		{"{" NONE ",\"order\":{\"RF\":[]}}",                "RF"},
		{"{" NONE ",\"order\":{\"SPM\":[\"N\"]}}",          "SPM"},
		{"{" NONE ",\"max_cycles\":0.5}",                   "max_cycles"},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *messages;
		size_t size;
		FILE *stream = open_memstream(&messages, &size);
		struct ctx ctx;
		ctx_init(&ctx, stream, NULL);
		struct json_doc doc;
		struct limits limits;
		assert_true(json_parse(&ctx, "limits.json", rows[i].text,
			strlen(rows[i].text), &doc));
		assert_false(limits_from_json(&ctx, &doc, doc.root, &limits));
		json_release(&doc);
		ctx_release(&ctx);
		fclose(stream);
		if (!strstr(messages, rows[i].message) ||
			!strstr(messages, "limits.json:1:"))
			fail_msg("row %zu: %s", i, messages);
		free(messages);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_read_back_equal),
		cmocka_unit_test(others_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
