/* Totals, tables, NAME.json, and the whole set of files on disk. */
#include "codegen/result_json.h"
#include "codegen/set.h"

#include "base/json_doc.h"
#include "codegen/method.h"
#include "codegen/tables_csv.h"
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
	struct layer_nest phases[2];
};

/* Three layers: a product with everything inside one pass; one that runs three
 * times over two nests, the first of them five times; and one of no products.
 */
static int start(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	f->messages = open_memstream(&f->text, &f->length);
	ctx_init(&f->ctx, f->messages, NULL);
	struct plan_fixture *p = &f->plan;
	plan_fixture_init(p);
	const struct nest a = nest_gemm(2, 3, 5, false, false);
	const struct nest b = nest_gemm(7, 2, 4, false, false);
	struct mapping one = mapping_none, two = mapping_none;
	memcpy(one.tiling.factor[SLOT_RF], a.bound, sizeof a.bound);
	two.tiling.factor[SLOT_RF][LOOP_M] = 2;
	two.tiling.factor[SLOT_RF][LOOP_C] = 4;
	two.tiling.factor[SLOT_DRAM][LOOP_N] = 7;
	plan_fixture_add(p, "say \"a, b\"", "MatMul", &a, &one);
	struct layer *l = plan_fixture_add(p, "deconv", "Conv", &b, &two);
	f->phases[0] =
		(struct layer_nest){.nest = b, .instances = 5, .id = 1};
	f->phases[1] =
		(struct layer_nest){.nest = a, .instances = 1, .id = 0};
	l->nests = f->phases;
	l->nest_count = 2;
	l->executions = 3;
	l->macs = 5 * 56 + 30;
	p->layers[2] = (struct layer){.index = 2,
		.name = "empty",
		.op = "MatMul",
		.output_name = "",
		.input_shape = {.rank = RANK_UNKNOWN},
		.weight_shape = {.rank = RANK_UNKNOWN},
		.output_shape = {.rank = RANK_UNKNOWN},
		.executions = 1,
		.executions_known = true};
	p->list.count = 3;
	p->network.count = p->network.run = 2;
	*state = f;
	return 0;
}

static int stop(void **state)
{
	struct fixture *f = *state;
	ctx_release(&f->ctx);
	fclose(f->messages);
	free(f->text);
	free(f);
	return 0;
}

static const struct plan *finished(struct fixture *f)
{
	return plan_fixture_finish(&f->ctx, &f->plan);
}

static void totals_multiply_by_instances(void **state)
{
	struct fixture *f = *state;
	const struct estimate *a =
		&f->plan.results[0].best[OBJ_EDP].winner.estimate;
	const struct estimate *b =
		&f->plan.results[1].best[OBJ_EDP].winner.estimate;
	f->plan.results[1].best[OBJ_EDP].proof.proven = false;
	const struct plan *plan = finished(f);
	const struct plan_totals t = *plan->totals;
	assert_int_equal(t.layers, 3);
	assert_int_equal(t.nests, 3);
	assert_int_equal(t.distinct_nests, 2);
	/* 30, and three times 5 x 56 + 30 */
	assert_int_equal(t.macs, 30 + 3 * 310);
	assert_int_equal(t.mapped_macs, t.macs);
	assert_int_equal(t.cycles, a->cycles + 3 * (5 * b->cycles + a->cycles));
	assert_true(t.energy_pj ==
		a->energy_pj + 3 * (5 * b->energy_pj + a->energy_pj));
	assert_true(t.edp == t.energy_pj * (double)t.cycles);
	assert_true(t.seed_edp == a->edp + b->edp);
	assert_true(t.seed_energy_pj == a->energy_pj + b->energy_pj);
	assert_false(t.proven);

	const struct layer_totals l =
		*plan_layer_totals(plan, &f->plan.layers[1]);
	assert_int_equal(l.runs, 18);
	assert_int_equal(l.cycles, 3 * (5 * b->cycles + a->cycles));
	int64_t causes = 0;
	double parts = 0;
	for (int k = 0; k < BOUND_COUNT; k++)
		causes += l.cause_cycles[k];
	for (int k = 0; k < COMPONENT_COUNT; k++)
		parts += l.component_pj[k];
	assert_int_equal(causes, l.cycles);
	assert_true(parts - l.energy_pj < 18 && l.energy_pj - parts < 18);
}

static void totals_that_overflow(void **state)
{
	struct fixture *f = *state;
	f->plan.layers[1].executions = INT64_MAX / 2;
	assert_false(plan_finish(&f->ctx, &f->plan.plan));
	fflush(f->messages);
	assert_non_null(strstr(f->text,
		"model.onnx: node 'deconv' (Conv): error: the sum of cycles or "
		"traffic does not fit in 64 bits"));
}

/* Fields of line 'row' of a table, unquoted; a line break ends it. */
enum { FIELDS_MAX = 64 };
struct csv_row {
	int count;
	char field[FIELDS_MAX][400];
};

static void csv_read(const char *s, int row, struct csv_row *out)
{
	bool quoted = false;
	int line = 0, n = 0;
	out->count = 0;
	for (; *s && line <= row; s++) {
		if (*s == '"' && quoted && s[1] == '"')
			s++;
		else if (*s == '"') {
			quoted = !quoted;
			continue;
		}
		if (!quoted && (*s == ',' || *s == '\n')) {
			if (line == row) {
				out->field[out->count++][n] = '\0';
				n = 0;
			}
			line += *s == '\n';
		} else if (line == row) {
			assert_true(out->count < FIELDS_MAX && n < 399);
			out->field[out->count][n++] = *s;
		}
	}
}

static const char *csv_find(const struct csv_row *header,
	const struct csv_row *row, const char *name)
{
	assert_int_equal(header->count, row->count);
	for (int i = 0; i < header->count; i++)
		if (strcmp(header->field[i], name) == 0)
			return row->field[i];
	fail_msg("no column %s", name);
	return NULL;
}

static void tables(void **state)
{
	struct fixture *f = *state;
	static struct csv_row header, row;
	const struct plan *plan = finished(f);
	const char *text = summary_csv(&f->ctx, plan);
	csv_read(text, 0, &header);
	csv_read(text, 1, &row);
	assert_string_equal(csv_find(&header, &row, "model"), "model.onnx");
	assert_string_equal(csv_find(&header, &row, "macs"), "960");
	assert_true(strtod(csv_find(&header, &row, "edp"), NULL) ==
		plan->totals->edp);
	assert_string_equal(csv_find(&header, &row, "proven"), "true");

	text = layers_csv(&f->ctx, plan);
	csv_read(text, 0, &header);
	csv_read(text, 1, &row);
	assert_non_null(strstr(text, "\n0,\"say \"\"a, b\"\"\",MatMul,"));
	assert_string_equal(csv_find(&header, &row, "name"), "say \"a, b\"");
	assert_string_equal(
		csv_find(&header, &row, "method"), "model_methods/000_say_a_b");
	csv_read(text, 2, &row);
	assert_string_equal(csv_find(&header, &row, "nests"), "1; 0");
	assert_string_equal(csv_find(&header, &row, "instances"), "5; 1");
	assert_string_equal(csv_find(&header, &row, "dram_tiling"),
		"7 1 1 1 1 1 1; 1 1 1 1 1 1 1");
	csv_read(text, 3, &row);
	assert_string_equal(csv_find(&header, &row, "input_shape"), "");
	assert_string_equal(csv_find(&header, &row, "nests"), "");
	assert_string_equal(csv_find(&header, &row, "cycles"), "0");
}

static double number(struct fixture *f, const struct json_doc *doc,
	const cJSON *object, const char *key)
{
	double value = -1;
	assert_true(json_number(&f->ctx, doc,
		json_need(&f->ctx, doc, object, key), -1e300, 1e300, &value));
	return value;
}

static void result_is_read_back(void **state)
{
	struct fixture *f = *state;
	struct json_doc doc;
	f->plan.results[1].evaluated = 77;
	f->plan.results[1].relaxations = 2;
	plan_count_mapspaces(&f->ctx, &f->plan.plan, NULL, 2);
	const char *text =
		result_text(&f->ctx, finished(f), SET_EMPTY, NULL);
	assert_string_equal(
		text, result_text(&f->ctx, &f->plan.plan, SET_EMPTY, NULL));
	assert_true(json_parse(&f->ctx, "r", text, strlen(text), &doc));
	const cJSON *nests = json_array(&f->ctx, &doc, doc.root, "nests");
	assert_int_equal(cJSON_GetArraySize(nests), 2);
	for (int i = 0; i < 2; i++) {
		const cJSON *nest = cJSON_GetArrayItem(nests, i);
		const cJSON *best = json_object(&f->ctx, &doc, nest, "best");
		assert_true(!json_member(nest, "evaluated") == !i);
		for (int k = 0; k < OBJ_COUNT; k++) {
			const struct candidate *w =
				&f->plan.results[i].best[k].winner;
			const cJSON *b = json_object(&f->ctx, &doc, best,
				objective_name((enum objective)k));
			assert_true(number(f, &doc, b, "value") ==
				objective_value(
					(enum objective)k, &w->estimate));
			assert_true(number(f, &doc, b, "energy_pj") ==
				w->estimate.energy_pj);
			assert_true(cJSON_IsTrue(json_member(b, "proven")));
			const cJSON *tiling =
				json_array(&f->ctx, &doc, b, "tiling");
			for (int v = 0; v < SEED_SLOTS; v++) {
				int64_t factor[LOOP_COUNT];
				assert_true(json_ints(&f->ctx, &doc,
					cJSON_GetArrayItem(tiling, v),
					LOOP_COUNT, 1, 100, factor));
				assert_memory_equal(factor,
					w->mapping.tiling.factor[seed_slot[v]],
					sizeof factor);
			}
		}
	}
	/* 2 x 3 x 5: four levels for each, all fit. */
	const cJSON *space = json_object(
		&f->ctx, &doc, cJSON_GetArrayItem(nests, 0), "mapspace");
	assert_true(number(f, &doc, space, "tilings") == 64);
	assert_true(number(f, &doc, space, "tilings_fit") == 64);
	assert_true(number(f, &doc, space, "orders") == 25401600);
	assert_string_equal(json_string(&f->ctx, &doc, space, "mappings_fit"),
		"1625702400");
	const cJSON *layers = json_array(&f->ctx, &doc, doc.root, "layers");
	const cJSON *layer = cJSON_GetArrayItem(layers, 1);
	const cJSON *parts = json_array(&f->ctx, &doc, layer, "nests");
	assert_true(number(f, &doc, cJSON_GetArrayItem(parts, 0), "nest") == 1);
	assert_true(number(f, &doc, cJSON_GetArrayItem(parts, 1), "nest") == 0);
	assert_true(number(f, &doc, cJSON_GetArrayItem(parts, 0),
			    "instances") == 5);
	assert_non_null(json_array(&f->ctx, &doc, doc.root, "not_mapped"));
	json_release(&doc);
}

static const char *listing(struct fixture *f, const char *dir)
{
	char *text = arena_alloc(&f->ctx.arena, 2048);
	FILE *p = popen(arena_printf(&f->ctx.arena,
				"cd %s && find -L . -path ./.nestwright -prune "
				"-o -type f -print | sort | tr '\\n' ' '",
				dir),
		"r");
	text[fread(text, 1, 2047, p)] = '\0';
	pclose(p);
	return text;
}

static void all_files_are_written(void **state)
{
	struct fixture *f = *state;
	char dir[] = "/tmp/nestwright-result-XXXXXX";
	assert_non_null(mkdtemp(dir));
	struct outputs out;
	for (int run = 0; run < 2; run++) {
		assert_true(outputs_open(&f->ctx, dir, &out));
		struct out_set *set = outputs_set(&f->ctx, &out, "model");
		assert_true(methods_write(&f->ctx, finished(f), set));
		assert_true(tables_write(&f->ctx, &f->plan.plan, set));
		assert_true(outputs_commit(&f->ctx, &out));
		outputs_discard(&out);
		assert_string_equal(listing(f, dir),
			run == 0 ? "./model_methods/000_say_a_b.json "
				   "./model_methods/000_say_a_b.txt "
				   "./model_methods/001_deconv.json "
				   "./model_methods/001_deconv.txt "
				   "./model_methods/002_empty.json "
				   "./model_methods/002_empty.txt "
				   "./model_per-layer.csv ./model_summary.csv "
				 : "./model_methods/000_say_a_b.json "
				   "./model_methods/000_say_a_b.txt "
				   "./model_methods/001_renamed.json "
				   "./model_methods/001_renamed.txt "
				   "./model_per-layer.csv "
				   "./model_summary.csv ");
		f->plan.layers[1].name = "renamed";
		f->plan.list.count = 2;
	}
	struct method m;
	assert_true(method_read(&f->ctx,
		arena_printf(&f->ctx.arena, "%s/model_methods/001_renamed.json",
			dir),
		NULL, &m));
	assert_int_equal(m.count, 2);
	assert_int_equal(
		system(arena_printf(&f->ctx.arena, "rm -r %s", dir)), 0);
	assert_int_equal(f->ctx.errors, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(totals_multiply_by_instances),
		TEST(totals_that_overflow),
		TEST(tables),
		TEST(result_is_read_back),
		TEST(all_files_are_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
