/* Execution methods. The printed loop nest is C: it is compiled and run, its
 * result compared with the plain loops, and each comment that stands for a
 * transfer counted as often as it is passed; the counts must be those that the
 * cost model charges. */
#include "codegen/method.h"

#include "codegen/replay.h"
#include "tests/plan_fixture.h"

#include "tests/cmocka.h"
#include "tests/seed_cost.h"
#include "tests/seed_tiling.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct fixture {
	struct ctx ctx;
	FILE *messages;
	char *text; /* of messages */
	size_t length;
	struct plan_fixture plan;
};

static int start(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	f->messages = open_memstream(&f->text, &f->length);
	ctx_init(&f->ctx, f->messages, NULL);
	plan_fixture_init(&f->plan);
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

/* A machine that every mapping fits. */
static struct arch huge_machine(void)
{
	struct arch arch = arch_default();
	arch.pes = 1 << 20;
	arch.rf_bytes = 1 << 20;
	arch.bank_bytes = 1 << 24;
	return arch;
}

static struct nest conv_nest(void)
{
	return nest_conv(2, 6, 4, (int64_t[]){11, 9}, (int64_t[]){3, 2},
		(int64_t[]){2, 1}, (int64_t[]){1, 2});
}

/* What is not ours to change without looking: the whole page, and the whole
 * file. The mapping reduces across PEs, brings partial sums back from DRAM and
 * reuses W over DRAM loops. */
static const char *golden_read(struct fixture *f, const char *path)
{
	FILE *file = fopen(path, "r");
	if (!file)
		fail_msg("%s is missing", path);
	char *text = arena_alloc(&f->ctx.arena, 1 << 16);
	text[fread(text, 1, (1 << 16) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static void assert_golden(struct fixture *f, const char *path, const char *text)
{
	if (getenv("NESTWRIGHT_BLESS")) {
		FILE *file = fopen(path, "w");
		fputs(text, file);
		fclose(file);
	}
	assert_string_equal(text, golden_read(f, path));
}

static const struct layer *golden_layer(struct fixture *f)
{
	/* N2 M6 C4 Ox5 Oy7 Fx3 Fy2 */
	/* clang-format off */
	static const struct seed_mapping listed = {
		.factor = {
			{2, 3, 2, 1, 1, 1, 1},
			{1, 1, 1, 5, 1, 3, 1},
			{1, 2, 1, 1, 1, 1, 2},
			{1, 1, 2, 1, 7, 1, 1},
		},
		.order = {
			{LOOP_C, LOOP_M, LOOP_N, LOOP_OX, LOOP_OY, LOOP_FX, LOOP_FY},
			{LOOP_OX, LOOP_FX, LOOP_N, LOOP_M, LOOP_C, LOOP_OY, LOOP_FY},
		},
	};
	/* clang-format on */
	const struct mapping mapping = seed_mapping(&listed);
	struct nest nest = conv_nest();
	struct layer *layer = plan_fixture_add(
		&f->plan, "/stage 1/conv", "Conv", &nest, &mapping);
	layer->nests[0].pad_before[AXIS_ROWS] = 1;
	layer->nests[0].pad_after[AXIS_COLUMNS] = 2;
	return layer;
}

static void golden_page(void **state)
{
	struct fixture *f = *state;
	const struct layer *layer = golden_layer(f);
	assert_golden(f, "tests/golden/method.txt",
		method_text(&f->ctx, plan_fixture_finish(&f->ctx, &f->plan),
			layer));
	assert_golden(f, "tests/golden/method.json",
		method_json(&f->ctx, &f->plan.plan, layer));
	assert_string_equal(
		method_name(&f->ctx, &f->plan.plan, layer), "000_stage_1_conv");
}

static void names_grow_beyond_a_thousand_layers(void **state)
{
	struct fixture *f = *state;
	golden_layer(f);
	f->plan.layers[0].index = 7;
	assert_string_equal(
		method_name(&f->ctx, &f->plan.plan, &f->plan.layers[0]),
		"007_stage_1_conv");
	struct nest nest = conv_nest();
	uint64_t seed = 1;
	struct mapping mapping = random_mapping(&nest, &seed);
	plan_fixture_add(&f->plan, "last", "Conv", &nest, &mapping)->index =
		12345;
	assert_string_equal(
		method_name(&f->ctx, &f->plan.plan, &f->plan.layers[0]),
		"00007_stage_1_conv");
}

/* --- written and read back ------------------------------------------------
 */

static void random_methods_round_trip(void **state)
{
	struct fixture *f = *state;
	const struct arch huge = huge_machine();
	uint64_t seed = 88172645463325252u;
	const struct nest nests[] = {
		conv_nest(),
		nest_gemm(12, 10, 30, true, false),
		nest_depthwise(2, 3, 4, (int64_t[]){9, 8}, (int64_t[]){3, 2},
			(int64_t[]){1, 2}, (int64_t[]){2, 1}),
	};
	for (int i = 0; i < 60; i++) {
		struct nest nest = nests[i % 3];
		if (i % 4 == 1) { /* a 3-D convolution's channels */
			struct nest_dim *c = &nest.tensor[OPND_I].dim[1];
			c->split = 2;
			c->split_pitch = 1000;
			nest.tensor[OPND_O].type = DTYPE_INT32;
			nest.tensor[OPND_I].type = DTYPE_UINT8;
		}
		struct mapping mapping = i % 5 > 2
			? random_padded_mapping(&nest, &seed)
			: random_mapping(&nest, &seed);
		plan_fixture_init(&f->plan);
		f->plan.arch = huge;
		f->plan.plan.rule = i % 2 ? BURST_COMPAT : BURST_TRUE;
		const struct layer *layer = plan_fixture_add(
			&f->plan, "a \"b\"\n\xc3\xa9", "Conv", &nest, &mapping);
		f->plan.nests[0].instances = 12;
		const char *text = method_json(&f->ctx, &f->plan.plan, layer);
		assert_string_equal(
			text, method_json(&f->ctx, &f->plan.plan, layer));
		struct method m;
		assert_true(method_parse(
			&f->ctx, "m.json", text, strlen(text), NULL, &m));
		assert_int_equal(m.count, 1);
		assert_true(nest_equal(&m.nests[0].nest, &nest));
		assert_int_equal(
			mapping_compare(&m.nests[0].mapping, &mapping), 0);
		assert_int_equal(m.nests[0].instances, 12);
		assert_int_equal(m.rule, f->plan.plan.rule);
		assert_string_equal(m.layer, "a \"b\"\n\xc3\xa9");
		assert_string_equal(m.model, "model.onnx");
		assert_int_equal(
			arch_fingerprint(&m.arch), arch_fingerprint(&huge));
		struct figure *now;
		size_t count = method_figures(&f->ctx, &m, &m.nests[0], &now);
		assert_int_equal(count, m.nests[0].figure_count);
		for (size_t k = 0; k < count; k++) {
			const struct figure *was = &m.nests[0].figures[k];
			assert_string_equal(was->name, now[k].name);
			assert_true(was->value == now[k].value);
		}
	}
	assert_int_equal(f->ctx.errors, 0);
}

/* s with the first 'from' made 'to'. */
static const char *edited(
	struct fixture *f, const char *s, const char *from, const char *to)
{
	const char *at = strstr(s, from);
	if (!at)
		fail_msg("'%s' is not in the text", from);
	return arena_printf(&f->ctx.arena, "%.*s%s%s", (int)(at - s), s, to,
		at + strlen(from));
}

static void edited_methods_are_refused(void **state)
{
	/* clang-format off */
	static const struct {
		const char *from, *to, *message;
	} cases[] = {
		{"nestwright-method", "x", "this is no execution method"},
		{"\"version\": 1", "\"version\": 2",
			"format version 2, this program reads version 1"},
		{"\"bursts\": \"true\"", "\"bursts\": \"t\"",
			"expected 'true' or 'compat'"},
		{"\"objective\"", "\"objectiv\"",
			"unknown key 'objectiv', did you mean 'objective'?"},
		{"\"machine\"", "\"model2\"", "unknown key 'model2'"},
		{"\"CGRA_SIZE\": 256", "\"CGRA_SIZE\": 8",
			"the mapping uses 14 PEs, machine 'default' has 8"},
		{"\"RF_SIZE\": 512", "\"RF_SIZE\": 4",
			"the RF tiles have 18 bytes"},
		{"\"TOTAL_BANKS_IN_SPM\": 32",
			"\"TOTAL_BANKS_IN_SPM\": 2",
			"has 2 banks of 2048 bytes"},
		{"\"RF_SIZE\": 512", "\"RF_SIZE\": \"512\"", "RF_SIZE"},
		{"\"M\": 6", "\"M\": 12", "O has 6 elements along dimension 1"},
		{"\"C\": 4", "\"C\": 0", "C"},
		{"\"C\": 4", "\"C\": 4.5", "C"},
		{"\"stride\": [2, 1]", "\"stride\": [2]", "stride"},
		{"\"type\": \"float\"", "\"type\": \"flaot\"",
			"'flaot' is no element type"},
		{"\"index\": \"rows\"", "\"index\": \"row\"",
			"a dimension's index is 'row'"},
		{"[2, 3, 2, 1, 1, 1, 1]", "[1, 3, 2, 1, 1, 1, 1]",
			"(SPATIAL), expected a product of 2, or padded tiles: 2 at RF"},
		{"[2, 3, 2, 1, 1, 1, 1]",
			"[4503599627370496, 3, 2, 1, 1, 1, 1]",
			"expected a product of 2, or padded tiles: at most 2 at DRAM"},
		{"[2, 3, 2, 1, 1, 1, 1], ", "",
			"the tiling has 3 lists, expected 4"},
		{"[2, 3, 2, 1, 1, 1, 1]", "[2, 3, 2, 1, 1, 1]",
			"expected 7 numbers, found 6"},
		{"\"DRAM\": [\"C\", \"M\"", "\"DRAM\": [\"C\", \"C\"",
			"the order of the DRAM loops: expected each of"},
		{"\"SPM\": [\"Ox\"", "\"SPM\": [\"OX\"",
			"the order of the SPM loops"},
		{"\"DRAM\": [\"C\", ", "\"DRAM\": [", "the order of the DRAM"},
		{"\"instances\": 1", "\"instances\": 0", "instances"},
		{"\"held\": false", "\"held\": [1]", "the estimate holds"},
	};
	/* clang-format on */
	struct fixture *f = *state;
	const char *text = method_json(&f->ctx, &f->plan.plan, golden_layer(f));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *bad = edited(f, text, cases[i].from, cases[i].to);
		struct method m;
		rewind(f->messages);
		if (method_parse(&f->ctx, "m.json", bad, strlen(bad), NULL, &m))
			fail_msg("accepted: %s", cases[i].to);
		fputc('\0', f->messages);
		fflush(f->messages);
		if (strncmp(f->text, "m.json:", 7) != 0 ||
			!strstr(f->text, cases[i].message))
			fail_msg("expected '%s', got: %s", cases[i].message,
				f->text);
	}
}

static void truncated_methods_are_refused(void **state)
{
	struct fixture *f = *state;
	const char *text = method_json(&f->ctx, &f->plan.plan, golden_layer(f));
	struct method m;
	for (size_t n = 0; n < strlen(text) - 2; n += 7) {
		int before = f->ctx.errors;
		assert_false(
			method_parse(&f->ctx, "m.json", text, n, NULL, &m));
		assert_int_equal(f->ctx.errors, before + 1);
	}
}

/* Another machine's estimate, or an edited one, is told figure by figure. */
static void replay_compares(void **state)
{
	struct fixture *f = *state;
	char path[] = "/tmp/nestwright-method-XXXXXX";
	int fd = mkstemp(path);
	const char *text = method_json(&f->ctx, &f->plan.plan, golden_layer(f));
	const char *bad =
		edited(f, edited(f, text, "\"rf_elems\": ", "\"rf_elems\": 1"),
			"\"bound_by\": ", "\"bound_bye\": ");
	(void)!write(fd, bad, strlen(bad));
	close(fd);
	struct replay r;
	assert_true(replay_read(&f->ctx, path, NULL, &r));
	assert_int_equal(r.different, 2);
	assert_false(replay_report(&f->ctx, &r));
	fflush(f->messages);
	assert_non_null(strstr(f->text, "operands.O.rf_elems is 1"));
	assert_non_null(strstr(f->text, "unknown figure bound_bye"));
	assert_non_null(
		strstr(replay_text(&f->ctx, 1, &r), "2 of 97 figures differ"));
	assert_non_null(strstr(replay_json(&f->ctx, 1, &r), "bound_bye"));

	struct arch faster = arch_default();
	faster.dma_init_cycles = 0;
	assert_true(replay_read(&f->ctx, path, &faster, &r));
	assert_true(r.different > 2);
	unlink(path);
}

/* --- the printed nest runs ------------------------------------------------
 */

/* A nest, the dimensions of O, I, W, and the plain statement (into P). */
struct run_case {
	struct nest nest;
	const char *dims[OPND_COUNT];
	const char *plain;
};

/* The comments of a printed nest that stand for transfers, in order. */
enum { COMMENTS_MAX = 16, RUNS = 48 };
struct comments {
	int count;
	char line[COMMENTS_MAX][256];
	long hits[COMMENTS_MAX];
};

static const char *const loops[LOOP_COUNT] = {
	"n", "m", "c", "ox", "oy", "fx", "fy"};

/* The nest of a page as a function whose comments are counters. */
static void emit_nest(
	FILE *out, int id, const char *page, struct comments *comments)
{
	const char *at = strstr(strstr(page, "\nLoop nest\n"), "left out.");
	at = strstr(at, "\n\n") + 2;
	comments->count = 0;
	fprintf(out, "static void nest%d(void)\n{\n", id);
	for (int l = 0; l < LOOP_COUNT; l++)
		fprintf(out,
			"int %s = 0, %s_dram = 0, %s_spm = 0, %s_pe = 0, "
			"%s_rf = 0;\n",
			loops[l], loops[l], loops[l], loops[l], loops[l]);
	while (*at) {
		size_t length = strcspn(at, "\n");
		const char *s = at + strspn(at, " ");
		if (strncmp(s, "// ", 3) == 0) {
			int k = comments->count++;
			assert_true(k < COMMENTS_MAX);
			snprintf(comments->line[k], sizeof comments->line[k],
				"%.*s", (int)(length - (size_t)(s - at)), s);
			fprintf(out, "hits[%d][%d]++;\n", id, k);
		} else {
			if (strncmp(s, "parallel ", 9) == 0)
				s += 9;
			fprintf(out, "%.*s\n", (int)(length - (size_t)(s - at)),
				s);
		}
		at += length + (at[length] == '\n');
	}
	fprintf(out, "}\n\n");
}

static void emit_case(FILE *out, int id, const struct run_case *c,
	const char *page, struct comments *comments)
{
	for (int o = 0; o < OPND_COUNT; o++)
		fprintf(out, "#define %s %s%d\nstatic int %s%s;\n",
			operand_name((enum operand)o),
			operand_name((enum operand)o), id,
			operand_name((enum operand)o), c->dims[o]);
	fprintf(out, "static int P%d%s;\n#define P P%d\n", id, c->dims[OPND_O],
		id);
	emit_nest(out, id, page, comments);
	fprintf(out,
		"static void plain%d(void)\n{\nfill((int *)I, sizeof I / "
		"sizeof "
		"(int));\nfill((int *)W, sizeof W / sizeof (int));\n",
		id);
	for (int l = 0; l < LOOP_COUNT; l++)
		fprintf(out, "for (int %s = 0; %s < %lld; %s++)\n", loops[l],
			loops[l], (long long)c->nest.bound[l], loops[l]);
	fprintf(out,
		"%s;\nnest%d();\nprintf(\"%%d\\n\", memcmp(O, P, sizeof O) == "
		"0);\n}\n#undef O\n#undef I\n#undef W\n#undef P\n\n",
		c->plain, id);
}

/* Sum of hits of the comments about an operand that hold a text. */
static long hits_of(const struct comments *c, enum operand o, const char *text)
{
	long sum = 0;
	for (int i = 0; i < c->count; i++)
		if (c->line[i][3] == operand_name(o)[0] &&
			c->line[i][4] == ':' && strstr(c->line[i], text))
			sum += c->hits[i];
	return sum;
}

/* Elements that so many transfers of an operand's tiles move: in sweeps of all of
 * them, what is padding left out. */
static int64_t moved_by(const struct tile_cost *tile, int o, int64_t transfers)
{
	return transfers * tile->elems[BOX_SPM][o] -
		transfers / tile->link[LINK_DMA].tiles[o] *
		tile->link[LINK_DMA].absent[o];
}

static void assert_traffic(const struct nest *nest, const struct arch *arch,
	const struct mapping *mapping, const struct comments *c)
{
	struct tile_cost tile;
	struct estimate e;
	struct breakdown b;
	seed_tile_cost(nest, arch, &mapping->tiling, BURST_TRUE, &tile);
	cost_mapping(nest, arch, mapping, BURST_TRUE, &e);
	cost_breakdown(nest, arch, mapping, BURST_TRUE, &b);
	for (int o = OPND_I; o < OPND_COUNT; o++) {
		enum operand op = (enum operand)o;
		assert_int_equal(
			moved_by(&tile, o, hits_of(c, op, "from DRAM")),
			b.flow[LINK_DMA][o].down);
		assert_int_equal(
			hits_of(c, op, "from SPM") * tile.elems[BOX_PE][o],
			b.flow[LINK_NOC][o].down + b.flow[LINK_NOC][o].up);
		assert_true((hits_of(c, op, "held over") > 0) == e.held[o]);
	}
	/* O: partial sums come from DRAM but for the first visit of a tile. */
	const struct flow *out = &b.flow[LINK_DMA][OPND_O];
	long visits = hits_of(c, OPND_O, "SPM tile");
	int64_t tiles = 1;
	for (int l = 0; l < LOOP_COUNT; l++)
		if (nest->indexes[OPND_O] & LOOP_BIT(l))
			tiles *= mapping->tiling.factor[SLOT_DRAM][l];
	assert_int_equal(moved_by(&tile, OPND_O, visits - tiles), out->down);
	assert_true(
		(hits_of(c, OPND_O, "else from DRAM") > 0) == (out->down > 0));
	assert_int_equal(moved_by(&tile, OPND_O, hits_of(c, OPND_O, "to DRAM")),
		out->up);
	/* The model charges a held O one way only. */
	long moves = hits_of(c, OPND_O, "from SPM");
	assert_int_equal(moves, hits_of(c, OPND_O, "to SPM"));
	assert_int_equal(
		moves * tile.elems[BOX_PE][OPND_O] * (e.held[OPND_O] ? 1 : 2),
		b.flow[LINK_NOC][OPND_O].down + b.flow[LINK_NOC][OPND_O].up);
	for (int i = 0; i < c->count; i++)
		if (strncmp(c->line[i], "// each of", 10) == 0)
			assert_int_equal(
				c->hits[i] * tile.trips[SLOT_RF], tile.macs);
}

static void printed_nests_run(void **state)
{
	struct fixture *f = *state;
	/* clang-format off */
	const struct run_case cases[] = {
		{conv_nest(),
			{"[2][6][5][7]", "[2][4][11][9]", "[6][4][3][2]"},
			"P[n][m][ox][oy] += I[n][c][ox*2 + fx][oy + fy*2] * "
				"W[m][c][fx][fy]"},
		{nest_depthwise(2, 3, 4, (int64_t[]){9, 8}, (int64_t[]){3, 2}, (int64_t[]){1, 2}, (int64_t[]){2, 1}),
			{"[2][4][3][5][4]", "[2][4][9][8]", "[4][3][3][2]"},
			"P[n][c][m][ox][oy] += I[n][c][ox + fx*2][oy*2 + fy] * "
				"W[c][m][fx][fy]"},
		{nest_gemm(12, 10, 30, true, false),
			{"[12][10]", "[30][12]", "[30][10]"},
			"P[n][m] += I[c][n] * W[c][m]"},
		{nest_gemm(1, 10, 30, false, true),
			{"[1][10]", "[1][30]", "[10][30]"},
			"P[n][m] += I[n][c] * W[m][c]"},
	};
	/* clang-format on */
	enum { CASES = sizeof cases / sizeof *cases };
	static struct comments comments[RUNS];
	struct mapping mappings[RUNS];
	uint64_t seed = 4101842887655102017u;
	char source[48] = "/tmp/nestwright-nest-XXXXXX", command[256];
	FILE *out = fdopen(mkstemp(source), "w");
	fprintf(out,
		"#include <stdio.h>\n#include <string.h>\nstatic long "
		"hits[%d][%d];\nstatic void fill(int *p, unsigned long n)\n{\n"
		"for (unsigned long i = 0; i < n; i++)\np[i] = (int)(i * 31 %% "
		"17) - 8;\n}\n",
		RUNS, COMMENTS_MAX);
	f->plan.arch = huge_machine();
	for (int i = 0; i < RUNS; i++) {
		const struct run_case *c = &cases[i % CASES];
		mappings[i] = i / CASES % 2
			? random_padded_mapping(&c->nest, &seed)
			: random_mapping(&c->nest, &seed);
		f->plan.list.count = 0;
		const struct layer *layer = plan_fixture_add(
			&f->plan, "x", "Conv", &c->nest, &mappings[i]);
		const struct plan *plan =
			plan_fixture_finish(&f->ctx, &f->plan);
		emit_case(out, i, c, method_text(&f->ctx, plan, layer),
			&comments[i]);
	}
	fprintf(out, "int main(void)\n{\n");
	for (int i = 0; i < RUNS; i++)
		fprintf(out, "plain%d();\n", i);
	fprintf(out,
		"for (int i = 0; i < %d; i++)\nfor (int k = 0; k < %d; "
		"k++)\nprintf(\"%%ld\\n\", hits[i][k]);\n}\n",
		RUNS, COMMENTS_MAX);
	fclose(out);
	snprintf(command, sizeof command,
		"${CC:-cc} -std=c99 -w -O0 -o %s.out -x c %s && %s.out", source,
		source, source);
	FILE *in = popen(command, "r");
	for (int i = 0; i < RUNS; i++) {
		int equal = 0;
		assert_int_equal(fscanf(in, "%d", &equal), 1);
		if (!equal)
			fail_msg("nest %d computes something else", i);
	}
	for (int i = 0; i < RUNS; i++)
		for (int k = 0; k < COMMENTS_MAX; k++)
			assert_int_equal(
				fscanf(in, "%ld", &comments[i].hits[k]), 1);
	assert_int_equal(pclose(in), 0);
	for (int i = 0; i < RUNS; i++)
		assert_traffic(&cases[i % CASES].nest, &f->plan.arch,
			&mappings[i], &comments[i]);
	unlink(source);
	strcat(source, ".out");
	unlink(source);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(golden_page),
		TEST(names_grow_beyond_a_thousand_layers),
		TEST(random_methods_round_trip),
		TEST(edited_methods_are_refused),
		TEST(truncated_methods_are_refused),
		TEST(replay_compares),
		TEST(printed_nests_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
