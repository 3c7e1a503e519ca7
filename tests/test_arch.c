/* Architecture files: what they resolve to, what is refused, that what we print
 * reads back equal, and the numbers that follow. */
#include "mapper/arch.h"

#include "base/json_doc.h"
#include "tests/cmocka.h"
#include "tests/said.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool parse(struct fixture *f, const char *text, struct arch *arch)
{
	struct json_doc doc;
	if (!json_parse(&f->ctx, "a.json", text, strlen(text), &doc))
		return false;
	bool ok = arch_from_json(&f->ctx, &doc, doc.root, "a.json", arch);
	json_release(&doc);
	return ok;
}

/* The sections of a complete file, to be put together. */
#define BASIC_REST                                           \
	"\"BYTES_PER_DATA\": 2, \"TOTAL_BANKS_IN_SPM\": 32," \
	"\"TOTAL_BYTES_IN_BANK\": 2048"
#define BASIC "\"CGRA_SIZE\": 256, \"RF_SIZE\": 512, " BASIC_REST
#define DETAILS_REST                                                      \
	"\"data_type_size_in_bytes\": 2, \"dma_init_cycles\": 291,"       \
	"\"dma_cycles_per_byte\": 0.24, \"dma_frequency\": 3200,"         \
	"\"dataflow_accel_frequency\": 500, \"communication_energy\": 2," \
	"\"spm_energy\": 13.5, \"dram_energy\": 200, \"mac_energy\": 0.075"
#define DETAILS "\"rf_energy\": 0.96, " DETAILS_REST
#define SECTIONS(basic, details) \
	"{\"arch_basic\": {" basic "},\n\"arch_details\": {" details "}}"

static void default_is_the_seeds_machine(void **state)
{
	(void)state;
	struct fixture f;
	struct arch d = arch_default(), read;
	fixture_open(&f);
	assert_int_equal(d.pes, 256);
	assert_int_equal(d.rf_bytes, 512);
	assert_int_equal(d.elem_bytes, 2);
	assert_int_equal(d.spm_banks, 32);
	assert_int_equal(d.bank_bytes, 2048);
	assert_int_equal(d.dma_elem_bytes, 2);
	assert_true(d.pe_pipelined && d.pe_pipeline_stages == 1);
	assert_true(d.dma_init_cycles == 291 && d.dma_cycles_per_byte == 0.24);
	assert_true(d.dma_mhz == 3200 && d.accel_mhz == 500);
	assert_true(d.rf_pj == 0.96 && d.noc_pj == 2 && d.spm_pj == 13.5);
	assert_true(d.dram_pj == 200 && d.mac_pj == 0.075);
	assert_true(d.min_pe_use == 0 && d.min_rf_use == 0);
	assert_true(d.min_spm_use == 0 && d.relax_spm_below == 0.6);
	assert_true(d.relax_prunes_below == 0.3);
	assert_true(arch_rf_elems(&d) == 256);

	/* written out, left out on request */
	assert_true(parse(&f, SECTIONS(BASIC, DETAILS), &read));
	assert_int_equal(arch_fingerprint(&read), arch_fingerprint(&d));
	assert_true(parse(&f, "{\"missing\": \"default\"}", &read));
	assert_int_equal(arch_fingerprint(&read), arch_fingerprint(&d));
	assert_true(parse(&f,
		"{\"missing\": \"default\", \"arch_basic\": {\"RF_SIZE\": 5}}",
		&read));
	assert_int_equal(read.rf_bytes, 5);
	assert_true(arch_rf_elems(&read) == 2.5);
	assert_int_equal(read.pes, 256);
	fixture_close(&f);
}

/* Every key has a place of its own in struct arch, and in the fingerprint if it
 * is of the machine; each survives printing and reading. */
static void every_key_round_trips(void **state)
{
	(void)state;
	struct fixture f;
	fixture_open(&f);
	struct arch before = arch_default();
	before.pes = 1 << 20; /* a multiple of the most rows */
	before.spm_banks = 1 << 19;
	for (int o = 0; o < OPND_COUNT; o++)
		before.operand_banks[o] = 1; /* all or none */
	for (size_t i = 0; i < arch_key_count; i++) {
		const struct arch_key *key = &arch_keys[i];
		struct arch changed = before, again;
		if (key->kind == ARCH_TRUE)
			continue;
		double value =
			key->kind == ARCH_INT ? key->max : 0.1 * key->max;
		if (arch_get(&before, key) == value)
			value = key->min;
		arch_set(&changed, key, value);
		assert_true(parse(&f, arch_to_json(&f.ctx, &changed), &again));
		for (size_t k = 0; k < arch_key_count; k++) {
			double want = arch_get(&changed, &arch_keys[k]);
			assert_true(arch_get(&again, &arch_keys[k]) == want);
			assert_int_equal(
				want != arch_get(&before, &arch_keys[k]),
				k == i);
		}
		assert_int_equal(
			arch_fingerprint(&changed) != arch_fingerprint(&before),
			key->role != ARCH_SEARCH);
		assert_non_null(strstr(arch_text(&f.ctx, &changed), key->name));
	}
	fixture_close(&f);
}

static void bad_files_are_refused(void **state)
{
	(void)state;
	/* clang-format off */
	static const struct {
		const char *text, *said;
	} rows[] = {
		{"", "a.json: error: the file is empty, expected JSON\n"},
		{"{\"arch_basic\": }", "a.json:1:16: error: not valid JSON: "
				       "expected a value, found '}'\n"},
		{"[]", "a.json:1:1: error: the value: expected an object, found "
		       "an array\n"},
		{"{\"missing\": \"default\", \"arch_basc\": {}}",
			"a.json:1:24: error: unknown key 'arch_basc', did you "
			"mean 'arch_basic'?\n"},
		{"{\"missing\": true}", "a.json:1:2: error: key 'missing': "
					"expected a string, found true\n"},
		{"{\"missing\": \"x\"}",
			"a.json:1:2: error: key 'missing': expected 'default' "
			"or 'error', found 'x'\n"},
		{"{\"arch_basic\": {" BASIC "}}",
			"a.json:1:1: error: key 'arch_details' is missing\n"},
		{"{\"arch_basic\": 3, \"missing\": \"default\"}",
			"a.json:1:2: error: key 'arch_basic': expected an "
			"object, found 3\n"},
		{SECTIONS("\"CGRA_SIZE\": 256, " BASIC_REST, DETAILS),
			"a.json:1:2: error: key 'RF_SIZE' (register file of "
			"one PE) is missing from 'arch_basic'; write "
			"\"RF_SIZE\": 512 for dMazeRunner's default, or "
			"\"missing\": \"default\" beside the sections to take "
			"all of them\n"},
		/* no second line for the missing RF_SIZE */
		{SECTIONS("\"CGRA_SIZE\": 256, \"RF_SIZ\": 512, " BASIC_REST,
			 DETAILS),
			"a.json:1:35: error: unknown key 'RF_SIZ', did you "
			"mean 'RF_SIZE'?\n"},
		{SECTIONS(BASIC ", \"banks\": 1", DETAILS),
			"a.json:1:126: error: unknown key 'banks' in "
			"'arch_basic'; 'nestwright arch --keys' lists them\n"},
		{SECTIONS(BASIC ", \"rf_energy\": 1", DETAILS),
			"a.json:1:126: error: key 'rf_energy' belongs in "
			"'arch_details', found in 'arch_basic'\n"},
		{SECTIONS("\"CGRA_SIZE\": \"256\", \"RF_SIZE\": 512,"
			  BASIC_REST, DETAILS),
			"a.json:1:17: error: key 'CGRA_SIZE': expected a whole "
			"number from 1 to 16777216, found the string '256'\n"},
		{SECTIONS("\"CGRA_SIZE\": 0, \"RF_SIZE\": 512," BASIC_REST,
			 DETAILS),
			"a.json:1:17: error: key 'CGRA_SIZE': expected a whole "
			"number from 1 to 16777216, found 0\n"},
		{SECTIONS("\"CGRA_SIZE\": 2.5, \"RF_SIZE\": 512," BASIC_REST,
			 DETAILS),
			"a.json:1:17: error: key 'CGRA_SIZE': expected a whole "
			"number from 1 to 16777216, found 2.5\n"},
		{SECTIONS("\"CGRA_SIZE\": 1e300, \"RF_SIZE\": 512," BASIC_REST,
			 DETAILS),
			"a.json:1:17: error: key 'CGRA_SIZE': expected a whole "
			"number from 1 to 16777216, found 1e+300\n"},
		{SECTIONS(BASIC, "\"rf_energy\": -0.5, " DETAILS_REST),
			"a.json:2:18: error: key 'rf_energy': expected a "
			"number from 0 to 1000000000, found -0.5\n"},
		{SECTIONS(BASIC, "\"rf_energy\": 1e999, " DETAILS_REST),
			"a.json:2:18: error: key 'rf_energy': expected a "
			"number from 0 to 1000000000, found a number beyond "
			"double\n"},
		{SECTIONS(BASIC, "\"rf_energy\": null, " DETAILS_REST),
			"a.json:2:18: error: key 'rf_energy': expected a "
			"number from 0 to 1000000000, found null\n"},
		{SECTIONS(BASIC ", \"PE_ROWS\": 7", DETAILS),
			"a.json:1:126: error: key 'PE_ROWS': expected a "
			"divisor of CGRA_SIZE, found 7\n"},
		/* at the key of the rule that stands */
		{"{\"missing\": \"default\", \"arch_basic\": "
		 "{\"SPM_BANKS_I\": 4}}",
			"a.json:1:39: error: key 'SPM_BANKS_O': expected one "
			"of SPM_BANKS_O, SPM_BANKS_I and SPM_BANKS_W for each "
			"operand, or none of them, found 0\n"},
		{SECTIONS(BASIC, DETAILS ", \"DRAM_ALIGNMENT\": 48"),
			"a.json:2:261: error: key 'DRAM_ALIGNMENT': expected a "
			"power of two, found 48\n"},
		{SECTIONS(BASIC ", \"PE_UTILIZATION\": 1.1", DETAILS),
			"a.json:1:126: error: key 'PE_UTILIZATION': expected a "
			"number from 0 to 1, found 1.1\n"},
		{SECTIONS(BASIC, DETAILS ", \"pe_pipelined\": false"),
			"a.json:2:261: error: key 'pe_pipelined': false is not "
			"supported: the cost model knows pipelined PEs only\n"},
		{SECTIONS(BASIC, DETAILS ", \"pe_pipelined\": 1"),
			"a.json:2:261: error: key 'pe_pipelined': expected "
			"true or false, found 1\n"},
		{SECTIONS(BASIC, DETAILS ", \"rf_energy\": 2"),
			"a.json:2:261: error: key 'rf_energy' stands here a "
			"second time, first at 2:18\n"},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture f;
		struct arch arch;
		fixture_open(&f);
		assert_false(parse(&f, rows[i].text, &arch));
		fflush(f.ctx.messages);
		assert_string_equal(f.said, rows[i].said);
		fixture_close(&f);
	}
}

static void files_give_the_machine_its_name(void **state)
{
	(void)state;
	struct fixture f;
	struct arch arch;
	char path[] = "/tmp/nestwright_arch_XXXXXX";
	fixture_open(&f);
	FILE *file = fdopen(mkstemp(path), "w");
	fputs(SECTIONS(BASIC, DETAILS), file);
	fclose(file);
	assert_true(arch_read(&f.ctx, path, &arch));
	assert_string_equal(arch.name, path + strlen("/tmp/"));
	unlink(path);
	assert_false(arch_read(&f.ctx, path, &arch));
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(default_is_the_seeds_machine),
		cmocka_unit_test(every_key_round_trips),
		cmocka_unit_test(bad_files_are_refused),
		cmocka_unit_test(files_give_the_machine_its_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
