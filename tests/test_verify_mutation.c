/* Breaks blobs on purpose: one field at a time gets another value, or two
 * counters change places, with the checksums repaired. Either the loader
 * refuses the blob, or verify finds a difference, or the change cannot matter,
 * for one of the reasons below, each with its proof. */
#include "sim/verify.h"

#include "codegen/config_fields.h"
#include "tests/blob_seal.h"
#include "tests/cmocka.h"
#include "tests/random_layer.h"
#include "tests/times.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The kinds of records that configure the machine. */
static const enum config_record_id mutated[] = {CONFIG_PLACEMENT,
	CONFIG_INSTANCE, CONFIG_DESCRIPTOR, CONFIG_EXTENT, CONFIG_PROGRAM,
	CONFIG_COUNTER, CONFIG_OPERAND, CONFIG_AXIS, CONFIG_EXPECTATION};

enum outcome { REFUSED, CAUGHT, SURVIVED, OUTCOMES };

struct mutant {
	struct config_case *c;
	uint8_t *bytes;
	struct nwcfg whole; /* of c's bytes: before the change */
	struct nwcfg cfg;   /* of bytes */
	enum config_record_id section;
	uint32_t record;
	const struct config_field *field; /* NULL: counters changed places */
	uint32_t k;
	uint64_t was, is;
};

/* A record of a section of a blob as it was written. */
static uint8_t *blob_record(
	uint8_t *bytes, enum config_record_id section, uint32_t record)
{
	const uint8_t *entry = bytes + HEADER +
		(size_t)(section - CONFIG_FIRST_SECTION) * ENTRY;
	return bytes + nwcfg_u64(entry + ENTRY_OFFSET) +
		(size_t)record * config_record(section)->bytes;
}

/* --- why a change may not matter ------------------------------------------ */

#define GET(kind, SECTION, cfg, index, out) \
	nwcfg_load_##kind(nwcfg_record(cfg, NWCFG_##SECTION, index), out)

static bool text_for_people(const struct mutant *m)
{
	return m->field->kind == CONFIG_KIND_STR;
}

/* A double whose last bits changed. */
static bool within_rounding(const struct mutant *m)
{
	double was = nwcfg_double(m->was), is = nwcfg_double(m->is);
	return m->field->kind == CONFIG_KIND_F64 &&
		fabs(was - is) <= 1e-9 * fabs(was) + 1e-9;
}

/* The range of records starts elsewhere, at records of the same content; or it
 * has none. */
static bool same_records(const struct mutant *m)
{
	if (m->field->kind != CONFIG_KIND_FIRST)
		return false;
	enum config_record_id target = (enum config_record_id)m->field->target;
	unsigned section = (unsigned)(target - CONFIG_FIRST_SECTION);
	/* The count stands behind it. */
	uint64_t records = config_field_load(
		m->field + 1, 0, blob_record(m->bytes, m->section, m->record));
	for (uint32_t r = 0; r < records; r++)
		if (memcmp(nwcfg_record(
				   &m->whole, section, (uint32_t)m->was + r),
			    nwcfg_record(
				    &m->whole, section, (uint32_t)m->is + r),
			    config_record(target)->bytes))
			return false;
	return true;
}

/* A burst that takes in, or leaves out, axes of one index. */
static bool burst_axes_of_one(const struct mutant *m)
{
	struct nwcfg_placement placement;
	struct nwcfg_program program;
	struct nwcfg_operand operand;
	uint64_t low = m->was < m->is ? m->was : m->is;
	uint64_t high = m->was < m->is ? m->is : m->was;
	uint32_t p = 0;
	if (strcmp(m->field->name, "burst_axes"))
		return false;
	do
		GET(placement, PLACEMENT, &m->whole, p++, &placement);
	while (m->record - placement.descriptors > 2);
	GET(program, PROGRAM, &m->whole, placement.program, &program);
	GET(operand, OPERAND, &m->whole,
		program.operands + m->record - placement.descriptors, &operand);
	for (uint64_t a = low; a < high; a++) {
		struct nwcfg_axis axis;
		GET(axis, AXIS, &m->whole,
			operand.axes + operand.axis_count - 1 - (uint32_t)a,
			&axis);
		if (axis.tile != 1)
			return false;
	}
	return true;
}

enum { AXES = 8, LOOPS = 7 };

/* An operand of a placement, of one of the two blobs. */
struct side {
	uint32_t o;
	struct nwcfg_placement placement;
	struct nwcfg_program program;
	struct nwcfg_operand operand;
	struct nwcfg_descriptor descriptor;
	struct nwcfg_axis axis[AXES];
	struct nwcfg_extent extent[AXES];
	struct nwcfg_instance instance[AXES];
};

static void side_load(
	const struct nwcfg *cfg, uint32_t p, uint32_t o, struct side *s)
{
	s->o = o;
	GET(placement, PLACEMENT, cfg, p, &s->placement);
	GET(program, PROGRAM, cfg, s->placement.program, &s->program);
	GET(operand, OPERAND, cfg, s->program.operands + o, &s->operand);
	GET(descriptor, DESCRIPTOR, cfg, s->placement.descriptors + o,
		&s->descriptor);
	assert_true(s->operand.axis_count <= AXES);
	assert_true(s->placement.instance_count <= AXES);
	for (uint32_t a = 0; a < s->operand.axis_count; a++) {
		GET(axis, AXIS, cfg, s->operand.axes + a, &s->axis[a]);
		GET(extent, EXTENT, cfg, s->descriptor.extents + a,
			&s->extent[a]);
	}
	for (uint32_t l = 0; l < s->placement.instance_count; l++)
		GET(instance, INSTANCE, cfg, s->placement.instances + l,
			&s->instance[l]);
}

/* Indices along the operand's axes in a product, from the values of the nest's
 * loops by its formula. */
static void indices(
	const struct side *s, const uint64_t *at, uint64_t index[AXES])
{
	for (uint32_t a = 0; a < s->operand.axis_count; a++) {
		uint32_t w = s->axis[a].index - NWCFG_INDEX_ROWS;
		index[a] = s->axis[a].index < NWCFG_INDEX_ROWS
			? at[s->axis[a].index]
			: at[NWCFG_LOOP_OX + w] * s->program.stride[w] +
				at[NWCFG_LOOP_FX + w] * s->program.dilation[w];
	}
}

/* Byte of the operand's element at the indices; -1 for a zero. */
static int64_t byte_at(
	const struct side *s, const uint64_t index[AXES], const uint64_t *trip)
{
	const struct nwcfg_descriptor *d = &s->descriptor;
	int64_t byte = d->base;
	for (uint32_t l = 0; l < s->placement.instance_count; l++)
		byte += (int64_t)trip[l] * s->instance[l].step[s->o];
	for (uint32_t a = 0; a < s->operand.axis_count; a++) {
		const struct nwcfg_extent *e = &s->extent[a];
		if (index[a] < e->low || index[a] >= e->high)
			return -1;
		byte += nwcfg_axis_bytes(e, index[a]);
		if (a != d->window_axis)
			continue;
		int64_t z = (int64_t)trip[d->window_loop] * d->window_stride +
			(int64_t)(index[a] % e->split) * d->window_dilation +
			d->window_start;
		if (z < 0 || z >= (int64_t)d->window_size)
			return -1;
	}
	return byte;
}

/* Next of the numbers below their limits; false after the last. */
static bool next(uint64_t *at, const uint64_t *limit, uint32_t count)
{
	for (uint32_t k = count; k-- > 0;) {
		if (++at[k] < limit[k])
			return true;
		at[k] = 0;
	}
	return false;
}

/* Do the products of a run that are not 0 take the bytes they took? side: of
 * both blobs. */
static bool same_run(struct side side[2][3], const uint64_t *trip)
{
	uint64_t at[LOOPS] = {0};
	do {
		int64_t byte[2][3];
		bool zero[2];
		for (int b = 0; b < 2; b++) {
			for (uint32_t o = 0; o < 3; o++) {
				uint64_t index[AXES];
				indices(&side[b][o], at, index);
				byte[b][o] = byte_at(&side[b][o], index, trip);
			}
			zero[b] = byte[b][NWCFG_I] < 0 || byte[b][NWCFG_W] < 0;
		}
		if (zero[0] != zero[1] ||
			byte[0][NWCFG_O] != byte[1][NWCFG_O] ||
			(!zero[0] && memcmp(byte[0], byte[1], sizeof byte[0])))
			return false;
	} while (next(at, side[0][0].program.bound, LOOPS));
	return true;
}

static bool same_placement(const struct mutant *m, uint32_t p)
{
	static struct side side[2][3];
	uint64_t trip[AXES] = {0}, runs[AXES];
	for (uint32_t o = 0; o < 3; o++) {
		side_load(&m->whole, p, o, &side[0][o]);
		side_load(&m->cfg, p, o, &side[1][o]);
	}
	const struct side *was = &side[0][0];
	for (uint32_t l = 0; l < was->placement.instance_count; l++)
		runs[l] = was->instance[l].trips;
	do
		if (!same_run(side, trip))
			return false;
	while (next(trip, runs, was->placement.instance_count));
	return true;
}

/* The change leaves every product of every placement as it is: what it is about
 * lies in padding, between the strides, or along a loop of one trip. */
static bool same_products(const struct mutant *m)
{
	uint32_t placements = nwcfg_count(&m->whole, NWCFG_PLACEMENT);
	for (uint32_t p = 0; p < placements; p++)
		if (!same_placement(m, p))
			return false;
	return true;
}

/* Banks and register file words that no other operand has: verify would have
 * said so. */
static bool place_of_its_own(const struct mutant *m)
{
	return !strcmp(m->field->name, "bank_first") ||
		!strcmp(m->field->name, "bank_count") ||
		!strcmp(m->field->name, "rf_offset");
}

/* The estimate is said to be of the other kind, and is the same in both. */
static bool estimate_of_both_kinds(const struct mutant *m)
{
	struct nwcfg_expectation e;
	struct nwcfg_program program;
	uint32_t p = 0, passes;
	if (strcmp(m->field->name, "flags"))
		return false;
	GET(expectation, EXPECTATION, &m->whole, m->record, &e);
	do
		GET(program, PROGRAM, &m->whole, p++, &program);
	while (program.expectation != m->record);
	for (uint32_t o = 0; o < 3; o++) {
		struct nwcfg_operand operand;
		GET(operand, OPERAND, &m->whole, program.operands + o,
			&operand);
		passes = (uint32_t)(program.spm_passes / operand.dram_reuse);
		if (o == NWCFG_O)
			passes += (uint32_t)e.partial_sum_fetches;
		if (e.bursts[o] * e.burst_elems[o] != operand.spm_words ||
			e.dram_reads[o] + e.dram_writes[o] !=
				passes * operand.spm_words)
			return false;
	}
	return true;
}

static const struct {
	enum config_record_id section; /* RECORD_COUNT: any */
	const char *reason;
	bool (*holds)(const struct mutant *m);
} reasons[] = {
	{CONFIG_RECORD_COUNT, "a text for people",     text_for_people       },
	{CONFIG_RECORD_COUNT, "within rounding",       within_rounding       },
	{CONFIG_RECORD_COUNT, "the same records",      same_records          },
	{CONFIG_INSTANCE,     "the same products",     same_products         },
	{CONFIG_DESCRIPTOR,   "a burst's axes of one", burst_axes_of_one     },
	{CONFIG_DESCRIPTOR,   "the same products",     same_products         },
	{CONFIG_EXTENT,       "the same products",     same_products         },
	{CONFIG_PROGRAM,      "the same products",     same_products         },
	{CONFIG_AXIS,         "the same products",     same_products         },
	{CONFIG_OPERAND,      "other free memory",     place_of_its_own      },
	{CONFIG_EXPECTATION,  "the same in both ways", estimate_of_both_kinds},
};
enum { REASONS = sizeof reasons / sizeof *reasons };

/* --- mutants -------------------------------------------------------------- */

static unsigned long counts[OUTCOMES], excused[REASONS], counts_order[OUTCOMES];
static unsigned long caught[CONFIG_RECORD_COUNT];

/* Verified wrong against the model's operators, or the blob's nests? On other
 * data, too: what a mutant leaves out may be a zero by chance. */
static bool verify_differs(
	const struct mutant *m, const struct layer_list *model)
{
	enum { SEEDS = 3 };
	bool differs = false;
	for (uint64_t seed = 1; seed <= SEEDS && !differs; seed++) {
		struct verified verified;
		const struct verify_options options = {
			.model = model, .seed = seed, .threads = 1};
		differs = !verify_run(&m->c->ctx, "mutant", &m->cfg, &options,
				  &verified) ||
			verified.wrong > 0;
	}
	return differs;
}

static enum outcome outcome_of(struct mutant *m)
{
	blob_reseal(m->bytes, m->c->length);
	if (nwcfg_open(&m->cfg, m->bytes, m->c->length) != NWCFG_OK)
		return REFUSED;
	if (verify_differs(m, &m->c->layers) || verify_differs(m, NULL))
		return CAUGHT;
	return SURVIVED;
}

static void excuse(const struct mutant *m)
{
	for (int r = 0; r < REASONS; r++)
		if ((reasons[r].section == m->section ||
			    reasons[r].section == CONFIG_RECORD_COUNT) &&
			reasons[r].holds(m)) {
			excused[r]++;
			return;
		}
	fail_msg("%s.%s[%u] of %u: %lld -> %lld is not found",
		config_record(m->section)->name, m->field->name, (unsigned)m->k,
		(unsigned)m->record, (long long)m->was, (long long)m->is);
}

static void try_value(struct mutant *m, uint64_t value)
{
	uint8_t *at = blob_record(m->bytes, m->section, m->record);
	m->is = config_kind_bytes(m->field->kind) == 4 ? (uint32_t)value
						       : value;
	if (m->is == m->was)
		return;
	config_field_store(m->field, m->k, m->is, at);
	enum outcome outcome = outcome_of(m);
	counts[outcome]++;
	caught[m->section] += outcome == CAUGHT;
	if (outcome == SURVIVED)
		excuse(m);
	config_field_store(m->field, m->k, m->was, at);
}

static void mutate_field(struct mutant *m)
{
	m->was = config_field_load(
		m->field, m->k, blob_record(m->bytes, m->section, m->record));
	try_value(m, m->was + 1);
	try_value(m, m->was - 1);
	try_value(m, m->was * 2);
	try_value(m, 0);
	try_value(m, 0 - m->was);
}

/* A counter changes places with the next one of its level: another order. What
 * survives is an order that costs the same. */
static void swap_counters(struct mutant *m)
{
	uint8_t *a = blob_record(m->bytes, CONFIG_COUNTER, m->record);
	size_t bytes = config_record(CONFIG_COUNTER)->bytes;
	uint8_t saved[256];
	assert_true(2 * bytes <= sizeof saved);
	memcpy(saved, a, 2 * bytes);
	memcpy(a, saved + bytes, bytes);
	memcpy(a + bytes, saved, bytes);
	if (memcmp(a, saved, bytes))
		counts_order[outcome_of(m)]++;
	memcpy(a, saved, 2 * bytes);
}

static void mutate_all(struct config_case *c)
{
	struct mutant m = {.c = c, .bytes = malloc(c->length)};
	assert_non_null(m.bytes);
	memcpy(m.bytes, c->bytes, c->length);
	assert_int_equal(nwcfg_open(&m.whole, c->bytes, c->length), NWCFG_OK);
	for (size_t s = 0; s < sizeof mutated / sizeof *mutated; s++) {
		const struct config_record *record = config_record(mutated[s]);
		uint32_t records = nwcfg_count(&m.whole,
			(unsigned)(mutated[s] - CONFIG_FIRST_SECTION));
		m.section = mutated[s];
		for (m.record = 0; m.record < records; m.record++) {
			for (int f = 0; f < record->field_count; f++) {
				m.field = &record->fields[f];
				for (m.k = 0; m.k < m.field->count; m.k++)
					mutate_field(&m);
			}
			if (m.section == CONFIG_COUNTER &&
				m.record + 1 < records)
				swap_counters(&m);
		}
	}
	free(m.bytes);
}

static void mutants_are_caught(void **state)
{
	(void)state;
	enum { RANDOM = 4 };
	struct config_case c;
	case_example(&c);
	mutate_all(&c);
	case_close(&c);
	case_edges(&c);
	mutate_all(&c);
	case_close(&c);
	case_network(&c);
	mutate_all(&c);
	case_close(&c);
	/* Every output meets padding alone: they are to be written all the
	 * same. */
	case_open(&c);
	case_node(&c, "Conv", "x float 1x4x1", "w float 6x2x1", "y float 1x6x1",
		"group=2 strides=3 pads=1,1");
	case_build(&c, 0);
	mutate_all(&c);
	case_close(&c);
	for (uint64_t n = 1; n <= RANDOM * times_wanted(); n++) {
		uint64_t random = n;
		case_open(&c);
		random_machine(&c, &random);
		random_layer(&c, &random);
		case_build(&c, random);
		mutate_all(&c);
		case_close(&c);
	}
	print_message("fields: %lu refused, %lu caught, %lu cannot matter\n",
		counts[REFUSED], counts[CAUGHT], counts[SURVIVED]);
	for (size_t k = 0; k < sizeof mutated / sizeof *mutated; k++)
		print_message("  %5lu caught in %s\n", caught[mutated[k]],
			config_record(mutated[k])->name);
	for (int r = 0; r < REASONS; r++)
		print_message("  %5lu cannot matter: %s\n", excused[r],
			reasons[r].reason);
	print_message("orders: %lu refused, %lu caught, %lu cost the same\n",
		counts_order[REFUSED], counts_order[CAUGHT],
		counts_order[SURVIVED]);
	/* What configures the machine, the expectation left out. */
	assert_true(counts[CAUGHT] - caught[CONFIG_EXPECTATION] >= 500);
	assert_true(counts_order[REFUSED] + counts_order[CAUGHT] >= 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mutants_are_caught),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
