/* The loader on blobs that are damaged, cut, of another version, or wrong under
 * good checksums; and the inspector's forms. With --write as an argument the
 * hex dump in docs/config-blob.md is brought up to date instead. */
#include "codegen/config.h"

#include "codegen/config_fields.h"
#include "tests/blob_seal.h"
#include "tests/blob_walk.h"
#include "tests/cmocka.h"
#include "tests/config_case.h"
#include "tests/times.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* A copy in a block of its own size, so that the sanitizer sees a byte too
 * far. */
static uint8_t *copy_of(const uint8_t *bytes, size_t length)
{
	uint8_t *copy = malloc(length ? length : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, length);
	return copy;
}

static void every_length_is_refused(void **state)
{
	(void)state;
	struct config_case c;
	case_network(&c);
	for (size_t length = 0; length < c.length; length++) {
		struct nwcfg cfg;
		uint8_t *copy = copy_of(c.bytes, length);
		assert_int_equal(
			nwcfg_open(&cfg, copy, length), NWCFG_TOO_SHORT);
		free(copy);
	}
	uint8_t *longer = calloc(1, c.length + 1);
	struct nwcfg cfg;
	memcpy(longer, c.bytes, c.length);
	assert_int_equal(
		nwcfg_open(&cfg, longer, c.length + 1), NWCFG_TOO_LONG);
	free(longer);
	case_close(&c);
}

static void every_flipped_byte_is_refused(void **state)
{
	(void)state;
	struct config_case c;
	case_smallest(&c);
	uint8_t *copy = copy_of(c.bytes, c.length);
	for (size_t at = 0; at < c.length; at++)
		for (int bit = 0; bit < 9; bit++) {
			struct nwcfg cfg;
			uint8_t was = copy[at];
			copy[at] ^= (uint8_t)(bit < 8 ? 1 << bit : 0xff);
			if (nwcfg_open(&cfg, copy, c.length) == NWCFG_OK)
				fail_msg("byte %zu", at);
			copy[at] = was;
		}
	free(copy);
	case_close(&c);
}

/* Opens, and if that is good, prints and walks. */
static bool use(const uint8_t *bytes, size_t length, bool print)
{
	struct ctx ctx;
	struct nwcfg cfg;
	ctx_init(&ctx, stderr, NULL);
	bool good = nwcfg_open(&cfg, bytes, length) == NWCFG_OK;
	if (good) {
		if (print) {
			assert_non_null(config_to_text(&ctx, &cfg));
			assert_non_null(config_to_json(&ctx, &cfg));
			assert_non_null(config_to_hex(&ctx, &cfg));
		}
		for (uint32_t i = 0; i < nwcfg_count(&cfg, NWCFG_PLACEMENT);
			i++)
			if (!blob_addresses_hold(&ctx, &cfg, i))
				fail_msg("DMA leaves its tensor");
	}
	ctx_release(&ctx);
	return good;
}

/* With good checksums over wrong bytes: refused, or safe to use. */
static void resealed_bytes_are_refused_or_harmless(void **state)
{
	(void)state;
	static const uint8_t flips[] = {0x01, 0x02, 0x80, 0xff};
	const unsigned step = times_step(sizeof flips);
	struct config_case c;
	int opened = 0, refused = 0;
	for (int network = 0; network < 3; network++) {
		if (network == 2)
			case_edges(&c);
		else if (network)
			case_network(&c);
		else
			case_smallest(&c);
		/* The network's every 13th byte: the same kinds of fields. */
		for (size_t at = 0; at < c.length; at += network == 1 ? 13 : 1)
			for (size_t f = at % step; f < sizeof flips;
				f += step) {
				uint8_t *copy = copy_of(c.bytes, c.length);
				copy[at] ^= flips[f];
				blob_reseal(copy, c.length);
				*(use(copy, c.length, f == 0 && !network)
						? &opened
						: &refused) += 1;
				free(copy);
			}
		case_close(&c);
	}
	assert_true(opened > 25);
	assert_true(refused > 1250);
}

/* One field set to a value, under good checksums: the loader says what is
 * wrong. */
static void wrong_fields_are_named(void **state)
{
	(void)state;
#define FIELD(section, record, field) CONFIG_##section, record, #field
	/* clang-format off */
	static const struct {
		enum config_record_id section;
		uint32_t record;
		const char *field;
		uint32_t k;
		uint64_t value;
		enum nwcfg_error error;
	} cases[] = {
		{FIELD(STEP, 0, name),               0, 1u << 30,       NWCFG_BAD_INDEX},
		{FIELD(STEP, 0, inputs),             0, UINT32_MAX,     NWCFG_BAD_INDEX},
		{FIELD(STEP, 0, input_count),        0, UINT32_MAX,     NWCFG_BAD_INDEX},
		{FIELD(STEP, 0, kind),               0, 2,              NWCFG_BAD_VALUE},
		{FIELD(STEP, 0, flags),              0, 8,              NWCFG_BAD_VALUE},
		{FIELD(PLACEMENT, 0, program),       0, 77,             NWCFG_BAD_INDEX},
		{FIELD(PLACEMENT, 0, runs),          0, 2,              NWCFG_BAD_VALUE},
		{FIELD(REF, 0, tensor),              0, 9999,           NWCFG_BAD_INDEX},
		{FIELD(REF, 0, reserved),            0, 1,              NWCFG_BAD_VALUE},
		{FIELD(TENSOR, 0, bytes),            0, 1,              NWCFG_BAD_TENSOR},
		{FIELD(TENSOR, 0, offset),           0, 1,              NWCFG_BAD_TENSOR},
		{FIELD(TENSOR, 0, offset),           0, 1u << 20,       NWCFG_BAD_TENSOR},
		{FIELD(TENSOR, 0, type),             0, 27,             NWCFG_BAD_VALUE},
		{FIELD(ARCH, 0, pes),                0, 15,             NWCFG_BAD_VALUE},
		{FIELD(MODEL, 0, alignment),         0, 48,             NWCFG_BAD_VALUE},
		{FIELD(COUNTER, 0, trips),           0, 1,              NWCFG_BAD_COUNTER},
		{FIELD(COUNTER, 0, trips),           0, 1u << 30,       NWCFG_BAD_COUNTER},
		{FIELD(COUNTER, 0, extent),          0, 0,              NWCFG_BAD_COUNTER},
		{FIELD(COUNTER, 0, extent),          0, 3,              NWCFG_BAD_COUNTER},
		{FIELD(COUNTER, 0, extent),          0, UINT64_MAX,     NWCFG_BAD_COUNTER},
		{FIELD(COUNTER, 0, step),            0, 99,             NWCFG_BAD_COUNTER},
		{FIELD(COUNTER, 0, axis),            0, 7,              NWCFG_BAD_COUNTER},
		{FIELD(PROGRAM, 0, pes),             0, 17,             NWCFG_BAD_COUNTER},
		{FIELD(PROGRAM, 0, rf_passes),       0, 1000,           NWCFG_BAD_COUNTER},
		{FIELD(PROGRAM, 0, bound),           1, 1000,           NWCFG_BAD_COUNTER},
		{FIELD(OPERAND, 0, bank_first),      0, 31,             NWCFG_OK},
		{FIELD(OPERAND, 0, bank_first),      0, 32,             NWCFG_BAD_OPERAND},
		{FIELD(OPERAND, 0, bank_count),      0, 0,              NWCFG_BAD_OPERAND},
		{FIELD(OPERAND, 0, rf_offset),       0, 256,            NWCFG_BAD_OPERAND},
		{FIELD(OPERAND, 1, dram_reuse),      0, 5,              NWCFG_BAD_OPERAND},
		{FIELD(OPERAND, 2, groups),          0, 99,             NWCFG_BAD_OPERAND},
		{FIELD(AXIS, 0, tile),               0, 0,              NWCFG_BAD_OPERAND},
		{FIELD(AXIS, 0, array),              0, 9,              NWCFG_BAD_OPERAND},
		{FIELD(AXIS, 0, rf),                 0, 9,              NWCFG_BAD_OPERAND},
		{FIELD(AXIS, 0, spm_stride),         0, 999,            NWCFG_BAD_OPERAND},
		{FIELD(DESCRIPTOR, 0, base),         0, (uint64_t)-4,   NWCFG_BAD_DESCRIPTOR},
		{FIELD(DESCRIPTOR, 0, base),         0, 4,              NWCFG_BAD_DESCRIPTOR},
		{FIELD(DESCRIPTOR, 1, elem_bytes),   0, 8,              NWCFG_BAD_DESCRIPTOR},
		{FIELD(DESCRIPTOR, 2, bursts),       0, 77,             NWCFG_BAD_DESCRIPTOR},
		{FIELD(DESCRIPTOR, 2, burst_axes),   0, 3,              NWCFG_BAD_DESCRIPTOR},
		{FIELD(EXTENT, 0, stride),           0, UINT64_MAX / 2, NWCFG_BAD_DESCRIPTOR},
		{FIELD(EXTENT, 0, high),             0, 0,              NWCFG_BAD_DESCRIPTOR},
		{FIELD(EXTENT, 2, size),             0, UINT64_MAX,     NWCFG_BAD_DESCRIPTOR},
		{FIELD(EXTENT, 0, split_stride),     0, 4,              NWCFG_BAD_DESCRIPTOR},
		{FIELD(DESCRIPTOR, 1, window_start), 0, 1,              NWCFG_BAD_DESCRIPTOR},
		{FIELD(AXIS, 0, index),              0, NWCFG_INDEX_FX, NWCFG_BAD_COUNTER},
		{FIELD(TENSOR, 0, first_step),       0, 1,              NWCFG_BAD_TENSOR},
		{FIELD(STEP, 0, kind),               0, 0,              NWCFG_BAD_VALUE},
		{FIELD(STEP, 0, macs),               0, 5,              NWCFG_BAD_VALUE},
		{FIELD(MODEL, 0, layers),            0, 2,              NWCFG_BAD_VALUE},
		{FIELD(MODEL, 0, macs),              0, 0,              NWCFG_BAD_VALUE},
		{FIELD(ARCH, 0, spm_buffers),        0, 3,              NWCFG_BAD_VALUE},
	};
	/* clang-format on */
	struct config_case c;
	case_smallest(&c);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct config_record *record =
			config_record(cases[i].section);
		uint8_t *copy = copy_of(c.bytes, c.length);
		const uint8_t *entry = copy + HEADER +
			(size_t)(cases[i].section - CONFIG_FIRST_SECTION) *
				ENTRY;
		uint8_t *at = copy + nwcfg_u64(entry + ENTRY_OFFSET) +
			(size_t)cases[i].record * record->bytes;
		int f = 0;
		while (strcmp(record->fields[f].name, cases[i].field) != 0)
			f++;
		config_field_store(
			&record->fields[f], cases[i].k, cases[i].value, at);
		blob_reseal(copy, c.length);
		struct nwcfg cfg;
		enum nwcfg_error error = nwcfg_open(&cfg, copy, c.length);
		if (error != cases[i].error)
			fail_msg("%s.%s: %s", record->name, cases[i].field,
				nwcfg_error_text(error));
		free(copy);
	}
	case_close(&c);
}

/* A blob of minor version 1: longer tensor records, a section more. */
static void later_minor_versions_are_read(void **state)
{
	(void)state;
	struct config_case c;
	struct nwcfg old, later;
	case_network(&c);
	assert_int_equal(nwcfg_open(&old, c.bytes, c.length), NWCFG_OK);
	uint32_t sections = CONFIG_SECTION_COUNT;
	uint32_t tensors = nwcfg_count(&old, NWCFG_TENSOR);
	size_t length = c.length + ENTRY + (size_t)tensors * 8 + 16;
	uint8_t *bytes = calloc(1, length);
	size_t at = HEADER + (size_t)(sections + 1) * ENTRY;
	memcpy(bytes, c.bytes, HEADER);
	bytes[10] = 1;
	put64(bytes + FILE_BYTES, length);
	put32(bytes + SECTION_COUNT, sections + 1);
	for (uint32_t s = 0; s < sections; s++) {
		const uint8_t *from = c.bytes + HEADER + (size_t)s * ENTRY;
		uint8_t *entry = bytes + HEADER + (size_t)s * ENTRY;
		const uint8_t *source =
			c.bytes + nwcfg_u64(from + ENTRY_OFFSET);
		size_t size = (size_t)nwcfg_u64(from + ENTRY_BYTES);
		memcpy(entry, from, ENTRY);
		put64(entry + ENTRY_OFFSET, at);
		if (s != NWCFG_TENSOR) {
			memcpy(bytes + at, source, size);
			at += size;
			continue;
		}
		size_t record = size / tensors;
		put32(entry + 4, (uint32_t)record + 8);
		put64(entry + ENTRY_BYTES, size + (size_t)tensors * 8);
		for (uint32_t t = 0; t < tensors; t++) {
			memcpy(bytes + at, source + t * record, record);
			memset(bytes + at + record, 0xee, 8);
			at += record + 8;
		}
	}
	uint8_t *extra = bytes + HEADER + (size_t)sections * ENTRY;
	memcpy(extra, "xtra", 4);
	put32(extra + 4, 8);
	put64(extra + ENTRY_OFFSET, at);
	put64(extra + ENTRY_BYTES, 16);
	put32(extra + ENTRY_COUNT, 2);
	assert_int_equal(at + 16, length);
	blob_reseal(bytes, length);
	assert_int_equal(nwcfg_open(&later, bytes, length), NWCFG_OK);
	assert_int_equal(later.minor, 1);
	for (uint32_t t = 0; t < tensors; t++) {
		struct nwcfg_tensor a = {0}, b = {0};
		assert_int_equal(nwcfg_get_tensor(&old, t, &a), NWCFG_OK);
		assert_int_equal(nwcfg_get_tensor(&later, t, &b), NWCFG_OK);
		assert_memory_equal(&a, &b, sizeof a);
	}
	assert_true(use(bytes, length, true));
	/* Another major version is refused, whatever else it holds. */
	bytes[8] = 3;
	assert_int_equal(nwcfg_open(&later, bytes, length), NWCFG_BAD_VERSION);
	free(bytes);
	case_close(&c);
}

/* Two entries of the section table, or two sections' places, exchanged. */
static void swapped_sections_are_refused(void **state)
{
	(void)state;
	struct config_case c;
	struct nwcfg cfg;
	case_smallest(&c);
	for (int s = 0; s + 1 < CONFIG_SECTION_COUNT; s++) {
		uint8_t *copy = copy_of(c.bytes, c.length);
		uint8_t *a = copy + HEADER + (size_t)s * ENTRY, *b = a + ENTRY;
		uint8_t entry[ENTRY];
		bool empty = !nwcfg_u64(a + ENTRY_BYTES);
		memcpy(entry, a, ENTRY);
		memcpy(a, b, ENTRY);
		memcpy(b, entry, ENTRY);
		blob_reseal(copy, c.length);
		/* An empty section may stand before or behind another one. */
		if (!empty && nwcfg_u64(a + ENTRY_BYTES))
			assert_int_equal(nwcfg_open(&cfg, copy, c.length),
				NWCFG_BAD_SECTION);
		/* Twice the same. */
		memcpy(a, b, ENTRY);
		blob_reseal(copy, c.length);
		assert_int_not_equal(
			nwcfg_open(&cfg, copy, c.length), NWCFG_OK);
		free(copy);
	}
	assert_int_equal(nwcfg_open(&cfg, "not a blob", 10), NWCFG_BAD_MAGIC);
	case_close(&c);
}

/* The loader's own CRC is zlib's. */
static void checksums_agree(void **state)
{
	(void)state;
	uint8_t bytes[300];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * i + 7 * i);
	for (size_t n = 0; n <= sizeof bytes; n++)
		assert_int_equal(nwcfg_crc32(nwcfg_crc32(0, bytes, n / 3),
					 bytes + n / 3, n - n / 3),
			crc32(0, bytes, (uInt)n));
}

static void json_gives_the_blob_back(void **state)
{
	(void)state;
	for (int network = 0; network < 2; network++) {
		struct config_case c;
		struct nwcfg cfg;
		uint8_t *again;
		size_t length;
		if (network)
			case_network(&c);
		else
			case_smallest(&c);
		assert_int_equal(nwcfg_open(&cfg, c.bytes, c.length), NWCFG_OK);
		const char *json = config_to_json(&c.ctx, &cfg);
		if (!config_from_json(&c.ctx, "small.json", json, strlen(json),
			    &again, &length))
			fail_msg("%s", case_printed(&c));
		assert_int_equal(length, c.length);
		assert_memory_equal(again, c.bytes, length);
		case_close(&c);
	}
}

static void wrong_json_is_refused(void **state)
{
	(void)state;
	/* clang-format off */
	static const struct {
		const char *from, *to, *said;
	} cases[] = {
		{"\"trips\": ", "\"trip\": ", "trips"},
		{"\"kind\": \"layer\"", "\"kind\": \"player\"",
			"'player' is no step_kind"},
		{"\"rank\": 2", "\"rank\": \"two\"", "key 'rank'"},
		{"\"roles\": [\"intermediate\"]",
			"\"roles\": [\"inputs\"]", "'inputs' is no role"},
		{"\"major\": 2", "\"major\": 3", "format 3.1"},
		{"\"fingerprint\": \"0x", "\"fingerprint\": \"zx",
			"fingerprint"},
		{"\"dim\": [", "\"dims\": [", "dim"},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct config_case c;
		struct nwcfg cfg;
		uint8_t *again;
		size_t length;
		case_smallest(&c);
		nwcfg_open(&cfg, c.bytes, c.length);
		const char *json = config_to_json(&c.ctx, &cfg);
		const char *at = strstr(json, cases[i].from);
		if (!at)
			fail_msg("no %s", cases[i].from);
		const char *changed =
			arena_printf(&c.ctx.arena, "%.*s%s%s", (int)(at - json),
				json, cases[i].to, at + strlen(cases[i].from));
		assert_false(config_from_json(&c.ctx, "small.json", changed,
			strlen(changed), &again, &length));
		if (!strstr(case_printed(&c), cases[i].said))
			fail_msg("said %s", case_printed(&c));
		case_close(&c);
	}
}

/* --- the dump in the documentation ---------------------------------------- */

static const char docs_path[] = "docs/config-blob.md";
static const char begin_mark[] = "<!-- generated by test_nwcfg: begin -->\n";
static const char end_mark[] = "<!-- generated by test_nwcfg: end -->\n";

/* The file as it is and as it must be. */
static const char *docs_wanted(struct config_case *c, const char **now)
{
	struct nwcfg cfg;
	uint8_t *bytes;
	size_t length;
	assert_true(config_read(&c->ctx, docs_path, &bytes, &length));
	*now = arena_strndup(&c->ctx.arena, (const char *)bytes, length);
	const char *begin = strstr(*now, begin_mark);
	const char *end = strstr(*now, end_mark);
	assert_non_null(begin);
	assert_non_null(end);
	begin += strlen(begin_mark);
	assert_int_equal(nwcfg_open(&cfg, c->bytes, c->length), NWCFG_OK);
	return arena_printf(&c->ctx.arena,
		"%.*s```\n%s```\n\nIts bytes, each with its field:\n\n"
		"```\n%s```\n%s",
		(int)(begin - *now), *now, config_to_text(&c->ctx, &cfg),
		config_to_hex(&c->ctx, &cfg), end);
}

static void documentation_shows_a_real_blob(void **state)
{
	(void)state;
	struct config_case c;
	const char *now;
	case_example(&c);
	const char *wanted = docs_wanted(&c, &now);
	if (strcmp(wanted, now) != 0)
		fail_msg("%s: run build/checked/test_nwcfg --write", docs_path);
	case_close(&c);
}

/* The blob that examples/firmware/ comes with is the same one. */
static const char example_path[] = "examples/firmware/conv.nwcfg";

static void example_is_up_to_date(void **state)
{
	(void)state;
	struct config_case c;
	uint8_t *bytes;
	size_t length;
	case_example(&c);
	assert_true(config_read(&c.ctx, example_path, &bytes, &length));
	if (length != c.length || memcmp(bytes, c.bytes, length) != 0)
		fail_msg("%s: run build/checked/test_nwcfg --write",
			example_path);
	case_close(&c);
}

static void write_docs(void)
{
	struct config_case c;
	const char *now;
	case_example(&c);
	const char *text = docs_wanted(&c, &now);
	FILE *file = fopen(docs_path, "wb");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	file = fopen(example_path, "wb");
	assert_non_null(file);
	fwrite(c.bytes, 1, c.length, file);
	fclose(file);
	case_close(&c);
}

/* Opens a copy of the blob with another pe_step of a counter. */
static enum nwcfg_error open_with_step(
	const struct config_case *c, uint32_t counter, uint32_t pe_step)
{
	const struct config_record *record = config_record(CONFIG_COUNTER);
	uint8_t *copy = copy_of(c->bytes, c->length);
	const uint8_t *entry = copy + HEADER +
		(size_t)(CONFIG_COUNTER - CONFIG_FIRST_SECTION) * ENTRY;
	uint8_t *at = copy + nwcfg_u64(entry + ENTRY_OFFSET) +
		(size_t)counter * record->bytes;
	int f = 0;
	while (strcmp(record->fields[f].name, "pe_step") != 0)
		f++;
	config_field_store(&record->fields[f], 0, pe_step, at);
	blob_reseal(copy, c->length);
	struct nwcfg cfg;
	enum nwcfg_error error = nwcfg_open(&cfg, copy, c->length);
	free(copy);
	return error;
}

/* The spatial counters of case_edges, M2 and Oy2, on 2 x 2 PEs. */
static void pes_stand_on_a_grid(void **state)
{
	(void)state;
	static const struct {
		bool grid;
		unsigned barred; /* from the rows */
		uint32_t m, oy;  /* pe_step */
	} rows[] = {
		{false, 0,                2, 1},
		{true,  0,                2, 1},
		{true,  LOOP_BIT(LOOP_M), 1, 2},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config_case c;
		struct nwcfg cfg;
		struct nwcfg_counter m, oy;
		uint32_t k = 0;
		case_edges(&c);
		c.arch.pe_rows = 2;
		c.arch.dataflow.grid = rows[i].grid;
		c.arch.dataflow.axis[GRID_ROWS].barred = rows[i].barred;
		case_emit(&c);
		assert_int_equal(nwcfg_open(&cfg, c.bytes, c.length), NWCFG_OK);
		do
			nwcfg_get_counter(&cfg, k++, &m);
		while (m.level != NWCFG_LEVEL_SPATIAL);
		nwcfg_get_counter(&cfg, k, &oy);
		assert_int_equal(m.loop, NWCFG_LOOP_M);
		assert_int_equal(m.pe_step, rows[i].m);
		assert_int_equal(oy.loop, NWCFG_LOOP_OY);
		assert_int_equal(oy.pe_step, rows[i].oy);
		/* Two coordinates at one PE, or a PE that is none. */
		for (uint32_t step = 0; step < 6; step++)
			assert_int_equal(open_with_step(&c, k - 1, step),
				step == m.pe_step ? NWCFG_OK
						  : NWCFG_BAD_COUNTER);
		case_close(&c);
	}
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--write") == 0) {
		write_docs();
		return 0;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_is_refused),
		cmocka_unit_test(every_flipped_byte_is_refused),
		cmocka_unit_test(resealed_bytes_are_refused_or_harmless),
		cmocka_unit_test(pes_stand_on_a_grid),
		cmocka_unit_test(wrong_fields_are_named),
		cmocka_unit_test(later_minor_versions_are_read),
		cmocka_unit_test(swapped_sections_are_refused),
		cmocka_unit_test(checksums_agree),
		cmocka_unit_test(json_gives_the_blob_back),
		cmocka_unit_test(wrong_json_is_refused),
		cmocka_unit_test(documentation_shows_a_real_blob),
		cmocka_unit_test(example_is_up_to_date),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
