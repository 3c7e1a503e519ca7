/* The program on small models whose right answers are written beside them:
 * every case of tests/cases/cases.json, an object with
 *
 *   model         file in tests/cases
 *   options       of the command line, optional
 *   refused       true: 'layers' ends with status 1 and a message
 *   total_macs    as 'layers --json' gives it, optional
 *   outputs       output shapes by the name of a layer's output, optional
 *   edp_at_most   what 'compile' must reach, optional
 *   verify        true: what 'compile' writes passes 'verify --model'
 *   why           where the answer comes from
 *
 * A model that 'compile' does not refuse is compiled and verified in any case:
 * a blob that its own reader refuses is never written. */
#include "base/json_doc.h"

#include "tests/cmocka.h"
#include "tests/said.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define CASES "tests/cases/"

/* Cases that nothing answers rightly yet: model and options. */
static const char *const pending[] = {
	"attention_gqa_3d.onnx",
};

/* A case, and where the program's outputs go. */
struct work {
	struct ctx *ctx;
	const cJSON *given;
	const char *name;    /* model and options */
	const char *options; /* with a space before each, quoted */
	const char *folder;
	struct json_doc doc; /* what 'layers' says; released by teardown */
};

static const char *text_of(const cJSON *object, const char *key)
{
	return cJSON_GetStringValue(json_member(object, key));
}

static bool is_true(const cJSON *object, const char *key)
{
	return cJSON_IsTrue(json_member(object, key));
}

/* The exit status of the program with that command and those arguments; its
 * output and its messages go to files in the folder. What searches and executes
 * is for the program without sanitizers. */
static int run(const struct work *w, const char *command, const char *arguments)
{
	int status = system(arena_printf(&w->ctx->arena,
		"build/%snestwright %s %s%s >%s/out 2>%s/err </dev/null",
		strcmp(command, "layers") ? "" : "checked/", command, arguments,
		w->options, w->folder, w->folder));
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Fails with the messages of the last run. */
static void fail_with_messages(const struct work *w, const char *what)
{
	char text[2000] = "";
	FILE *f = fopen(arena_printf(&w->ctx->arena, "%s/err", w->folder), "r");
	if (f) {
		text[fread(text, 1, sizeof text - 1, f)] = '\0';
		fclose(f);
	}
	fail_msg("%s: %s: %s(%s)", w->name, what, text,
		text_of(w->given, "why"));
}

static void check_layers(const struct work *w, const cJSON *found)
{
	const cJSON *macs = json_member(w->given, "total_macs"), *output;
	if (macs &&
		macs->valuedouble !=
			json_member(found, "total_macs")->valuedouble)
		fail_msg("%s: %.0f MACs, expected %.0f: %s", w->name,
			json_member(found, "total_macs")->valuedouble,
			macs->valuedouble, text_of(w->given, "why"));
	cJSON_ArrayForEach(output, json_member(w->given, "outputs"))
	{
		const cJSON *layer;
		cJSON_ArrayForEach(layer, json_member(found, "layers"))
		{
			const char *name = text_of(layer, "output");
			if (!name || strcmp(name, output->string))
				continue;
			const cJSON *shape = json_member(layer, "output_shape");
			if (!cJSON_Compare(shape, output, true))
				fail_msg("%s: '%s' is %s, expected %s: %s",
					w->name, name, json_line(w->ctx, shape),
					json_line(w->ctx, output),
					text_of(w->given, "why"));
			break;
		}
		if (!layer)
			fail_msg("%s: no layer makes '%s'", w->name,
				output->string);
	}
}

static void check_blob(const struct work *w, const char *model)
{
	struct arena *arena = &w->ctx->arena;
	const char *stem = arena_printf(
		arena, "%s/%.*s", w->folder, (int)strlen(model) - 5, model);
	if (run(w, "compile",
		    arena_printf(arena, CASES "%s -o %s -q", model, w->folder)))
		fail_with_messages(w, "compile");
	const cJSON *most = json_member(w->given, "edp_at_most");
	if (most) {
		struct json_doc doc;
		assert_true(json_read(
			w->ctx, arena_printf(arena, "%s.json", stem), &doc));
		double edp = json_member(json_member(doc.root, "totals"), "edp")
				     ->valuedouble;
		json_release(&doc);
		if (edp > most->valuedouble)
			fail_msg("%s: EDP %g, expected %g at most: %s", w->name,
				edp, most->valuedouble,
				text_of(w->given, "why"));
	}
	if (run(w, "verify",
		    arena_printf(arena, "%s.nwcfg --model " CASES "%s", stem,
			    model)))
		fail_with_messages(w, "verify");
}

static void case_is_answered(void **state)
{
	struct work *w = *state;
	const char *model = text_of(w->given, "model");
	int status = run(w, "layers",
		arena_printf(&w->ctx->arena, CASES "%s --json", model));
	if (is_true(w->given, "refused")) {
		struct stat err;
		if (status != 1 ||
			stat(arena_printf(&w->ctx->arena, "%s/err", w->folder),
				&err) ||
			!err.st_size)
			fail_msg("%s: status %d, expected a refusal: %s",
				w->name, status, text_of(w->given, "why"));
		return;
	}
	if (status)
		fail_with_messages(w, "layers");
	assert_true(json_read(w->ctx,
		arena_printf(&w->ctx->arena, "%s/out", w->folder), &w->doc));
	check_layers(w, w->doc.root);
	if (cJSON_GetArraySize(json_member(w->doc.root, "layers")) > 0)
		check_blob(w, model);
}

static int case_ends(void **state)
{
	struct work *w = *state;
	json_release(&w->doc);
	return 0;
}

static void read_case(struct work *w, struct ctx *ctx, const cJSON *given)
{
	struct arena *arena = &ctx->arena;
	const cJSON *option;
	w->ctx = ctx;
	w->given = given;
	w->name = text_of(given, "model");
	w->options = "";
	w->folder = "build/cases";
	cJSON_ArrayForEach(option, json_member(given, "options"))
	{
		const char *text = cJSON_GetStringValue(option);
		w->name = arena_printf(arena, "%s %s", w->name, text);
		w->options = arena_printf(arena, "%s '%s'", w->options, text);
	}
}

static bool is_pending(const char *name)
{
	for (size_t i = 0; i < sizeof pending / sizeof *pending; i++)
		if (!strcmp(pending[i], name))
			return true;
	return false;
}

int main(void)
{
	struct ctx ctx;
	struct json_doc doc;
	ctx_init(&ctx, stderr, NULL);
	if (system("rm -rf build/cases && mkdir -p build/cases") ||
		!json_read(&ctx, CASES "cases.json", &doc))
		return 1;
	size_t most = (size_t)cJSON_GetArraySize(doc.root), count = 0;
	int skipped = 0;
	struct CMUnitTest *tests =
		arena_alloc(&ctx.arena, most * sizeof *tests);
	const cJSON *given;
	cJSON_ArrayForEach(given, doc.root)
	{
		struct work *w = arena_alloc(&ctx.arena, sizeof *w);
		read_case(w, &ctx, given);
		if (is_pending(w->name)) {
			skipped++;
			continue;
		}
		tests[count++] = (struct CMUnitTest){.name = w->name,
			.test_func = case_is_answered,
			.teardown_func = case_ends,
			.initial_state = w};
	}
	if (skipped)
		printf("# skipped: %d cases not done yet\n", skipped);
	int failed = count
		? _cmocka_run_group_tests("cases", tests, count, NULL, NULL)
		: 0;
	json_release(&doc);
	ctx_release(&ctx);
	return failed;
}
