/* Design spaces: which designs a file means, in which order, with which values;
 * and every file that is refused, with line and column. */
#include "dse/space.h"

#include "tests/cmocka.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
	struct ctx ctx;
	char *said;
	size_t said_size;
	char dir[40], path[60];
	struct space space;
	struct design_list designs;
};

static int setup(void **state)
{
	static struct fixture f;
	memset(&f, 0, sizeof f);
	ctx_init(&f.ctx, open_memstream(&f.said, &f.said_size), NULL);
	strcpy(f.dir, "/tmp/nestwright-space.XXXXXX");
	assert_non_null(mkdtemp(f.dir));
	snprintf(f.path, sizeof f.path, "%s/space.json", f.dir);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	unlink(f->path);
	rmdir(f->dir);
	fclose(f->ctx.messages);
	free(f->said);
	ctx_release(&f->ctx);
	return 0;
}

/* Reads a space and lists its designs; a ' in text stands for a ". */
static bool understood(struct fixture *f, const char *text)
{
	FILE *file = fopen(f->path, "w");
	assert_non_null(file);
	for (const char *s = text; *s; s++)
		fputc(*s == '\'' ? '"' : *s, file);
	assert_int_equal(fclose(file), 0);
	return space_read(&f->ctx, f->path, &f->space) &&
		space_designs(&f->ctx, &f->space, &f->designs);
}

static double value_of(const struct fixture *f, size_t design, const char *name)
{
	for (size_t i = 0; i < f->space.slot_count; i++)
		if (!strcmp(f->space.names[i], name))
			return f->designs.designs[design].values[i];
	fail_msg("no key %s", name);
	return NAN;
}

/* --- what is read --------------------------------------------------------- */

static void designs_in_order(void **state)
{
	struct fixture *f = *state;
	assert_true(understood(f,
		"{'comment': 'a space', 'base': {'missing': 'default'},"
		" 'keys': {'CGRA_SIZE': [8, 4], 'kb': [1, 2, 3],"
		"          'RF_SIZE': [16, 32]},"
		" 'tables': [{'comment': 'energy by size',"
		"             'columns': ['RF_SIZE', 'rf_energy'],"
		"             'rows': [[32, 0.5], [16, 0.25], [64, 1]]}],"
		" 'set': {'TOTAL_BYTES_IN_BANK': 'kb * 1024',"
		"         'TOTAL_BANKS_IN_SPM': 'TOTAL_BYTES_IN_BANK / 256'},"
		" 'rules': ['!(kb == 2 && RF_SIZE == 32)',"
		"           'CGRA_SIZE > 4 || kb < 3'],"
		" 'area': 'CGRA_SIZE * RF_SIZE + kb',"
		" 'power': 'energy / cycles + kb'}"));
	/* The last key varies fastest; what a rule gives 0 is left out. */
	static const struct {
		double pes, kb, rf, rf_pj;
	} want[] = {
		{8, 1, 16, 0.25},
		{8, 1, 32, 0.5 },
		{8, 2, 16, 0.25},
		{8, 3, 16, 0.25},
		{8, 3, 32, 0.5 },
		{4, 1, 16, 0.25},
		{4, 1, 32, 0.5 },
		{4, 2, 16, 0.25},
	};
	size_t count = sizeof want / sizeof *want;
	assert_int_equal(f->designs.count, count);
	assert_int_equal(f->space.combinations, 12);
	assert_string_equal(f->space.name, "space");
	for (size_t i = 0; i < count; i++) {
		struct arch arch =
			design_arch(&f->ctx, &f->space, &f->designs, i);
		const struct design *d = &f->designs.designs[i];
		assert_int_equal(arch.pes, (int64_t)want[i].pes);
		assert_int_equal(arch.rf_bytes, (int64_t)want[i].rf);
		assert_true(arch.rf_pj == want[i].rf_pj);
		assert_int_equal(arch.bank_bytes, 1024 * (int64_t)want[i].kb);
		assert_int_equal(arch.spm_banks, 4 * (int64_t)want[i].kb);
		assert_true(arch.dram_pj == 200); /* the base's */
		assert_true(value_of(f, i, "kb") == want[i].kb);
		assert_true(d->area == want[i].pes * want[i].rf + want[i].kb);
		assert_true(
			design_power(&f->space, d, 12, 4) == 3 + want[i].kb);
		assert_int_equal(
			f->designs.of_combination[d->combination], (int)i);
	}
	assert_string_equal(
		design_text(&f->ctx, &f->space, &f->designs.designs[4]),
		"CGRA_SIZE 8, kb 3, RF_SIZE 32");
	/* Places on the axes: 8 is the first of CGRA_SIZE, 3 the third of kb;
	 * a step of CGRA_SIZE is 3 x 2 combinations. */
	int64_t step;
	assert_int_equal(
		design_place(&f->space, &f->designs.designs[4], 0, &step), 0);
	assert_int_equal(step, 6);
	assert_int_equal(
		design_place(&f->space, &f->designs.designs[4], 1, &step), 2);
	assert_int_equal(step, 2);
	assert_int_equal(
		design_place(&f->space, &f->designs.designs[4], 2, &step), 1);
	assert_int_equal(step, 1);
	assert_int_equal(f->ctx.errors, 0);
}

static void workloads_lie_beside_the_space(void **state)
{
	struct fixture *f = *state;
	assert_true(understood(f,
		"{'keys': {}, 'workloads': [{'model': 'a/b.onnx'},"
		" {'model': '/c.json', 'weight': 2.5}]}"));
	assert_int_equal(f->designs.count, 1); /* the base itself */
	assert_int_equal(f->space.workload_count, 2);
	char path[80];
	snprintf(path, sizeof path, "%s/a/b.onnx", f->dir);
	assert_string_equal(f->space.workloads[0].path, path);
	assert_true(f->space.workloads[0].weight == 1);
	assert_string_equal(f->space.workloads[1].path, "/c.json");
	assert_true(f->space.workloads[1].weight == 2.5);
	assert_true(isnan(f->designs.designs[0].area));
	assert_true(
		isnan(design_power(&f->space, &f->designs.designs[0], 1, 1)));
}

/* --- what is refused ------------------------------------------------------ */

#define KEYS "{'keys': {'RF_SIZE': [8]},\n "

/* clang-format off */
static const struct {
	const char *text, *said; /* behind the file's name */
} refused[] = {
	/* the file */
	{"",
		": error: the file is empty, expected JSON"},
	{"{'keys': {}",
		":1:12: error: not valid JSON: expected ',' or '}', found the end of the file"},
	{"[1]",
		":1:1: error: expected an object {\"keys\": ...}, found an array"},
	{"{'keys': {},\n 'rule': []}",
		":2:2: error: unknown key 'rule', did you mean 'rules'?"},
	{"{'rules': []}",
		":1:1: error: key 'keys' is missing"},
	{"{'keys': [1]}",
		":1:2: error: key 'keys': expected an object, found an array"},
	{"{'keys': {},\n  'keys': {}}",
		":2:3: error: key 'keys' stands here a second time, first at 1:2"},
	/* base */
	{"{'base': 7,\n 'keys': {}}",
		":1:2: error: key 'base': expected the name of an architecture file or an object like one, found a number"},
	{"{'keys': {},\n 'base': {'missing': 'default',\n 'arch_basic': {'RF_SIZE': 0}}}",
		":3:17: error: key 'RF_SIZE': expected a whole number from 1 to 1073741824, found 0"},
	/* keys */
	{"{'keys': {'RF_SIZE': [8],\n  'rf size': [1]}}",
		":2:3: error: key 'rf size': expected letters, digits and '_'"},
	{"{'keys': {'RF_SIZE': [8],\n  '1kb': [1]}}",
		":2:3: error: key '1kb': expected letters, digits and '_'"},
	{"{'keys': {'RF_SIZE': [8],\n  'cycles': [1]}}",
		":2:3: error: 'cycles' is a result: give the key another name"},
	{"{'keys': {'RF_SIZE': [8],\n  'kb': [1]}}",
		":2:3: error: key 'kb' is none of the machine's, and no table or expression uses it"},
	{"{'keys': {'RF_SIZE': [8],\n  'RF_SIZ': [1]}}",
		":2:3: error: key 'RF_SIZ' is none of the machine's, and no table or expression uses it; did you mean 'RF_SIZE'?"},
	{"{'keys': {'RF_SIZE': 8}}",
		":1:11: error: key 'RF_SIZE': expected a list of numbers, found a number"},
	{"{'keys': {'RF_SIZE': []}}",
		":1:11: error: key 'RF_SIZE': expected a list of numbers, found an empty one"},
	{"{'keys': {'RF_SIZE': [8,\n  '9']}}",
		":2:3: error: the value: expected a number from -1e+300 to 1e+300, found the string '9'"},
	{"{'keys': {'RF_SIZE': [8, 9,\n  8]}}",
		":2:3: error: key 'RF_SIZE': 8 stands in the list twice"},
	{"{'keys': {'RF_SIZE': [1e400]}}",
		":1:23: error: the value: expected a number from -1e+300 to 1e+300, found a number beyond double"},
	/* tables */
	{KEYS "'tables': {}}",
		":2:2: error: key 'tables': expected an array, found an object"},
	{KEYS "'tables': [7]}",
		":2:13: error: expected a table {\"columns\": [...], \"rows\": [[...], ...]}, found a number"},
	{KEYS "'tables': [{'colums': []}]}",
		":2:14: error: unknown key 'colums', did you mean 'columns'?"},
	{KEYS "'tables': [{'rows': [[8, 1]]}]}",
		":2:13: error: key 'columns' is missing"},
	{KEYS "'tables': [{'columns': ['RF_SIZE', 'rf_energy']}]}",
		":2:13: error: key 'rows' is missing"},
	{KEYS "'tables': [{'columns': ['RF_SIZE'], 'rows': [[8]]}]}",
		":2:13: error: a table has two columns or more, and rows"},
	{KEYS "'tables': [{'columns': ['RF_SIZE', 'rf_energy'], 'rows': []}]}",
		":2:13: error: a table has two columns or more, and rows"},
	{KEYS "'tables': [{'columns': ['RF_SIZE', 1], 'rows': [[8, 1]]}]}",
		":2:37: error: expected the name of a key, found a number"},
	{KEYS "'tables': [{'columns': ['RF_SIZE', 'rf_energi'], 'rows': [[8, 1]]}]}",
		":2:37: error: unknown key 'rf_energi', did you mean 'rf_energy'?"},
	{KEYS "'tables': [{'columns': ['rf_energy', 'RF_SIZE'], 'rows': [[8, 1]]}]}",
		":2:39: error: key 'RF_SIZE' gets its value twice: from a list, a table or an expression"},
	{KEYS "'tables': [{'columns': ['RF_SIZE', 'rf_energy'],\n 'rows': [[8]]}]}",
		":3:11: error: expected a row of 2 numbers"},
	{KEYS "'tables': [{'columns': ['RF_SIZE', 'rf_energy'],\n 'rows': [[8, 1], 7]}]}",
		":3:19: error: expected a row of 2 numbers"},
	{KEYS "'tables': [{'columns': ['RF_SIZE', 'rf_energy'],\n 'rows': [[8, 'x']]}]}",
		":3:15: error: the value: expected a number from -1e+300 to 1e+300, found the string 'x'"},
	{KEYS "'tables': [{'columns': ['RF_SIZE', 'rf_energy'],\n 'rows': [[8, 1], [9, 1], [8, 2]]}]}",
		":3:27: error: the table has two rows for RF_SIZE 8"},
	{KEYS "'tables': [{'columns': ['RF_SIZE', 'rf_energy'],\n 'rows': [[9, 1]]}]}",
		":2:13: error: the table has no row for RF_SIZE 8"},
	{KEYS "'tables': [{'columns': ['RF_SIZE', 'rf_energy'],\n 'rows': [[8, -1]]}]}",
		":2:13: error: key 'rf_energy' is -1 for RF_SIZE 8; expected a number from 0 to 1000000000"},
	/* expressions */
	{KEYS "'set': ['x']}",
		":2:2: error: key 'set': expected an object, found an array"},
	{KEYS "'set': {'rf_energi': '1'}}",
		":2:10: error: unknown key 'rf_energi', did you mean 'rf_energy'?"},
	{KEYS "'set': {'RF_SIZE': '1'}}",
		":2:10: error: key 'RF_SIZE' gets its value twice: from a list, a table or an expression"},
	{KEYS "'set': {'rf_energy': 1}}",
		":2:10: error: expected an expression in quotes, found a number"},
	{KEYS "'set': {'rf_energy': 'RF_SIZE +'}}",
		":2:10: error: 'RF_SIZE +', column 10: expected a number, a key or '(', found the end"},
	{KEYS "'set': {'rf_energy': '1 / (RF_SIZE - 8)'}}",
		":2:10: error: key 'rf_energy' is not a number for RF_SIZE 8; expected a number from 0 to 1000000000"},
	{KEYS "'set': {'CGRA_SIZE': 'RF_SIZE / 3'}}",
		":2:10: error: key 'CGRA_SIZE' is 2.6666666666666665 for RF_SIZE 8; expected a whole number from 1 to 16777216"},
	{KEYS "'set': {'CGRA_SIZE': 'energy'}}",
		":2:10: error: 'energy', column 1: unknown key 'energy', did you mean 'rf_energy'?"},
	{KEYS "'rules': 'RF_SIZE > 1'}",
		":2:2: error: key 'rules': expected an array, found the string 'RF_SIZE > 1'"},
	{KEYS "'rules': ['1', 2]}",
		":2:17: error: expected an expression in quotes, found a number"},
	{KEYS "'rules': ['1',\n 'RF_SIZE >']}",
		":3:2: error: 'RF_SIZE >', column 10: expected a number, a key or '(', found the end"},
	{KEYS "'rules': ['0 / (RF_SIZE - 8)']}",
		":2:12: error: the rule '0 / (RF_SIZE - 8)' has no value for RF_SIZE 8"},
	{KEYS "'rules': ['RF_SIZE > 8']}",
		": error: the rules leave out every one of the 1 designs"},
	{KEYS "'rules': ['cycles > 8']}",
		":2:12: error: 'cycles > 8', column 1: unknown key 'cycles'"},
	{KEYS "'area': 5}",
		":2:2: error: expected an expression in quotes, found a number"},
	{KEYS "'area': 'energy'}",
		":2:2: error: 'energy', column 1: unknown key 'energy', did you mean 'rf_energy'?"},
	{KEYS "'area': '1 / (RF_SIZE - 8)'}",
		":2:2: error: the area has no value for RF_SIZE 8"},
	{KEYS "'power': 'energie'}",
		":2:2: error: 'energie', column 1: unknown key 'energie', did you mean 'energy'?"},
	/* workloads */
	{KEYS "'workloads': 'a.onnx'}",
		":2:2: error: key 'workloads': expected an array, found the string 'a.onnx'"},
	{KEYS "'workloads': ['a.onnx']}",
		":2:16: error: the value: expected an object, found the string 'a.onnx'"},
	{KEYS "'workloads': [{'weight': 1}]}",
		":2:16: error: key 'model' is missing"},
	{KEYS "'workloads': [{'model': 7}]}",
		":2:17: error: key 'model': expected a string, found 7"},
	{KEYS "'workloads': [{'model': 'a', 'wait': 1}]}",
		":2:31: error: unknown key 'wait'"},
	{KEYS "'workloads': [{'model': 'a', 'weight': 0}]}",
		":2:31: error: key 'weight': expected a number from 1e-09 to 1000000000, found 0"},
	/* machines */
	{"{'keys': {'A': [1,2,3,4,5,6,7,8,9,10], 'B': [1,2,3,4,5,6,7,8,9,10], 'C': [1,2,3,4,5,6,7,8,9,10],\n 'D': [1,2,3,4,5,6,7,8,9,10], 'E': [1,2,3,4,5,6,7,8,9,10],\n 'F': [1,2,3,4,5,6,7,8,9,10], 'RF_SIZE': [8, 9]}}",
		":3:31: error: the lists have more than 1000000 combinations: split the space"},
	{"{'keys': {'RF_SIZE': [8, 0]}}",
		":1:26: error: key 'RF_SIZE' is 0 for RF_SIZE 0; expected a whole number from 1 to 1073741824"},
	{"{'keys': {'PE_ROWS': [3]}}",
		":1:23: error: PE_ROWS 3 does not divide CGRA_SIZE 256 (PE_ROWS 3): add a rule, as in \"CGRA_SIZE % PE_ROWS == 0\""},
	{"{'base': {'missing': 'default', 'arch_basic': {'PE_ROWS': 4}},\n 'keys': {'CGRA_SIZE': [8, 6]}}",
		":2:28: error: PE_ROWS 4 does not divide CGRA_SIZE 6 (CGRA_SIZE 6): add a rule, as in \"CGRA_SIZE % PE_ROWS == 0\""},
	{"{'keys': {'DRAM_ALIGNMENT': [48]}}",
		":1:30: error: DRAM_ALIGNMENT 48 is no power of two"},
	{"{'keys': {'SPM_BANKS_O': [4]}}",
		":1:27: error: SPM_BANKS_O 4 stands beside SPM_BANKS_I 0, SPM_BANKS_W 0, where all three are 0 or none (SPM_BANKS_O 4): add a rule, as in \"(SPM_BANKS_O > 0) == (SPM_BANKS_I > 0) && (SPM_BANKS_O > 0) == (SPM_BANKS_W > 0)\""},
	{"{'base': {'missing': 'default', 'arch_basic': {'SPM_BANKS_O': 8, 'SPM_BANKS_I': 8, 'SPM_BANKS_W': 8}},\n 'keys': {'TOTAL_BANKS_IN_SPM': [32, 16]}}",
		":2:38: error: SPM_BANKS_O 8 stands beside SPM_BANKS_I 8, SPM_BANKS_W 8, TOTAL_BANKS_IN_SPM 16, which are fewer than those of O, I and W (TOTAL_BANKS_IN_SPM 16): add a rule, as in \"SPM_BANKS_O + SPM_BANKS_I + SPM_BANKS_W <= TOTAL_BANKS_IN_SPM\""},
};
/* clang-format on */

static void others_are_refused_where_they_stand(void **state)
{
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		f->ctx.errors = 0;
		fflush(f->ctx.messages);
		rewind(f->ctx.messages);
		bool ok = understood(f, refused[i].text);
		fputc('\0', f->ctx.messages);
		fflush(f->ctx.messages);
		if (ok || f->ctx.errors != 1)
			fail_msg("%s: %d errors", refused[i].text,
				f->ctx.errors);
		assert_memory_equal(f->said, f->path, strlen(f->path));
		char *said = f->said + strlen(f->path);
		said[strcspn(said, "\n")] = '\0';
		assert_string_equal(said, refused[i].said);
	}
}

static void keys_are_counted(void **state)
{
	struct fixture *f = *state;
	char text[1000] = "{'keys': {'a0': [1]";
	for (int i = 1; i < 65; i++)
		sprintf(text + strlen(text), ", 'a%d': [1]", i);
	assert_false(understood(f, strcat(text, "}}")));
	fflush(f->ctx.messages);
	assert_non_null(strstr(f->said,
		"space.json:1:2: error: 65 keys, at most 64 may range"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(designs_in_order),
		TEST(workloads_lie_beside_the_space),
		TEST(others_are_refused_where_they_stand),
		TEST(keys_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
