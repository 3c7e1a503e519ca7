/* A blob for people: what a firmware engineer wants to see first. */
#include "base/diag.h"
#include "base/text.h"
#include "codegen/config.h"
#include "codegen/config_fields.h"
#include "codegen/nwcfg.h"

#include <inttypes.h>

struct print {
	struct ctx *ctx;
	const struct nwcfg *cfg;
	struct text text;
};

/* The blob is open: indices that it holds are good. */
#define GET(kind, p, index, out) \
	nwcfg_load_##kind(       \
		nwcfg_record((p)->cfg, NWCFG_SECTION_OF_##kind, index), out)
enum {
#define RECORD(id, name, tag, doc) \
	NWCFG_SECTION_OF_##name = CONFIG_##id - CONFIG_FIRST_SECTION,
#include "codegen/config_fields.def"
};

static const char operand_letters[] = "OIW";

static const char *str(struct print *p, uint32_t offset)
{
	return diag_quote(p->ctx, nwcfg_string(p->cfg, offset));
}

static const char *count(struct print *p, uint64_t value)
{
	return value <= INT64_MAX ? text_count(p->ctx, (int64_t)value) : "?";
}

static const char *number(struct print *p, uint64_t value)
{
	return arena_printf(&p->ctx->arena, "%" PRIu64, value);
}

static const char *name_of(enum config_names_id set, uint32_t value)
{
	return config_names(set)->names[value].text;
}

static const char *flags(
	struct print *p, enum config_names_id set_id, uint32_t value)
{
	const struct config_names *set = config_names(set_id);
	struct text text = {.ctx = p->ctx};
	for (int i = 0; i < set->count; i++)
		if (value >> i & 1)
			text_add(&text, "%s%s", text.length ? " " : "",
				set->names[i].text);
	return text.length ? text.bytes : "";
}

/* --- the model ------------------------------------------------------------ */

static void print_head(struct print *p)
{
	struct nwcfg_arch arch;
	struct nwcfg_model model;
	GET(arch, p, 0, &arch);
	GET(model, p, 0, &model);
	text_add(&p->text,
		"model        %s: %u layer%s, best by %s (%s search)\n"
		"format       %d.%u, %s bytes\n",
		str(p, model.name), (unsigned)model.layers,
		model.layers == 1 ? "" : "s", str(p, model.objective),
		str(p, model.search), NWCFG_MAJOR, (unsigned)p->cfg->minor,
		count(p, p->cfg->size));
	text_add(&p->text,
		"machine      %s, fingerprint %016" PRIx64 "\n"
		"             %s PEs (%s x %s), register file %s B, "
		"scratchpad %s x %s banks of %s B\n"
		"             words of %s B on the chip; DMA %.9g + %.9g "
		"cycles "
		"a byte at %.9g MHz, PEs at %.9g MHz\n",
		str(p, arch.name), p->cfg->fingerprint, count(p, arch.pes),
		number(p, arch.grid_rows), number(p, arch.grid_columns),
		count(p, arch.rf_bytes), number(p, arch.spm_buffers),
		number(p, arch.spm_banks), number(p, arch.bank_bytes),
		number(p, arch.elem_bytes), nwcfg_double(arch.dma_init_cycles),
		nwcfg_double(arch.dma_cycles_per_byte),
		nwcfg_double(arch.dma_mhz), nwcfg_double(arch.accel_mhz));
	text_add(&p->text,
		"DRAM         arena %s B (%s B alive at once), constants %s B, "
		"aligned to %s B\n"
		"estimate     %s MACs, %s cycles, %s pJ\n",
		count(p, model.arena_bytes), count(p, model.arena_least_bytes),
		count(p, model.constant_bytes), number(p, model.alignment),
		count(p, model.macs), count(p, model.cycles),
		text_whole(p->ctx, nwcfg_double(model.energy_pj)));
}

static const char *shape_of(struct print *p, const struct nwcfg_tensor *t)
{
	struct text text = {.ctx = p->ctx};
	struct nwcfg_dim dim;
	for (uint32_t d = 0; d < t->rank; d++) {
		GET(dim, p, t->dims + d, &dim);
		text_add(&text, "%s%s", d ? "x" : "",
			dim.size == NWCFG_NONE64 ? "?" : number(p, dim.size));
	}
	return text.length ? text.bytes : "[]";
}

static void print_tensors(struct print *p)
{
	enum { COLUMNS = 9 };
	uint32_t rows = nwcfg_count(p->cfg, NWCFG_TENSOR);
	const char **cell = arena_array(
		&p->ctx->arena, (size_t)rows + 1, COLUMNS * sizeof *cell);
	static const char *const titles[COLUMNS] = {"#", "tensor", "type",
		"shape", "role", "region", "offset", "bytes", "steps"};
	for (int k = 0; k < COLUMNS; k++)
		cell[k] = titles[k];
	for (uint32_t i = 0; i < rows; i++) {
		const char **row = &cell[(i + 1) * COLUMNS];
		struct nwcfg_tensor t;
		GET(tensor, p, i, &t);
		row[0] = number(p, i);
		row[1] = str(p, t.name);
		row[2] = name_of(CONFIG_NAMES_TYPE, t.type);
		row[3] = shape_of(p, &t);
		row[4] = flags(p, CONFIG_NAMES_ROLE, t.roles);
		row[5] = name_of(CONFIG_NAMES_REGION, t.region);
		if (t.region != NWCFG_REGION_NONE) {
			row[6] = count(p, t.offset);
			row[7] = count(p, t.bytes);
		}
		row[8] = arena_printf(&p->ctx->arena, "%u-%u",
			(unsigned)t.first_step, (unsigned)t.last_step);
	}
	text_add(&p->text, "\n");
	text_table(&p->text, "rlllllrrr", (int)rows + 1, cell);
}

/* --- steps ---------------------------------------------------------------- */

static void print_refs(struct print *p, uint32_t first, uint32_t refs)
{
	for (uint32_t i = 0; i < refs; i++) {
		struct nwcfg_ref ref;
		struct nwcfg_tensor t;
		GET(ref, p, first + i, &ref);
		text_add(&p->text, "%s", i ? ", " : " ");
		if (ref.tensor == NWCFG_NONE) {
			text_add(&p->text, "-");
			continue;
		}
		GET(tensor, p, ref.tensor, &t);
		text_add(&p->text, "%s", str(p, t.name));
	}
}

static void print_descriptor(
	struct print *p, const struct nwcfg_placement *placement, uint32_t o)
{
	struct nwcfg_descriptor d;
	struct nwcfg_tensor t;
	GET(descriptor, p, placement->descriptors + o, &d);
	GET(tensor, p, d.tensor, &t);
	text_add(&p->text,
		"      %c %s%+" PRId64 ": %s bursts of %s B a tile; axes",
		operand_letters[o], str(p, t.name), d.base, count(p, d.bursts),
		count(p, d.burst_bytes));
	for (uint32_t k = 0; k < d.axis_count; k++) {
		struct nwcfg_extent e;
		GET(extent, p, d.extents + k, &e);
		text_add(&p->text, "%s %" PRIu64 " by %" PRId64, k ? "," : "",
			e.size, e.stride);
		if (e.split)
			text_add(&p->text,
				" (every %" PRIu64 " by %" PRId64 ")", e.split,
				e.split_stride);
		if (e.low || e.high != e.size)
			text_add(&p->text,
				" (zero outside %" PRIu64 "..%" PRIu64 ")",
				e.low, e.high);
	}
	text_add(&p->text, "\n");
	if (d.window_axis != NWCFG_NONE)
		text_add(&p->text,
			"        zero where loop %u * %" PRId64
			" + axis %u part * %" PRId64 " %+" PRId64
			" is not in 0..%" PRIu64 "\n",
			(unsigned)d.window_loop, d.window_stride,
			(unsigned)d.window_axis, d.window_dilation,
			d.window_start, d.window_size - 1);
}

static void print_placement(struct print *p, uint32_t index)
{
	struct nwcfg_placement placement;
	GET(placement, p, index, &placement);
	text_add(&p->text, "    program %u", (unsigned)placement.program);
	for (uint32_t i = 0; i < placement.instance_count; i++) {
		struct nwcfg_instance instance;
		GET(instance, p, placement.instances + i, &instance);
		text_add(&p->text,
			"%s %s times (O %+" PRId64 " I %+" PRId64 " W %+" PRId64
			" B)",
			i ? " of" : ",", number(p, instance.trips),
			instance.step[0], instance.step[1], instance.step[2]);
	}
	text_add(&p->text, "\n");
	for (uint32_t o = 0; o < 3; o++)
		print_descriptor(p, &placement, o);
}

static void print_steps(struct print *p)
{
	text_add(&p->text, "\nsteps\n");
	for (uint32_t s = 0; s < nwcfg_count(p->cfg, NWCFG_STEP); s++) {
		struct nwcfg_step step;
		GET(step, p, s, &step);
		text_add(&p->text, "  %u %s %s %s:", (unsigned)s,
			name_of(CONFIG_NAMES_STEP, step.kind), str(p, step.op),
			str(p, step.name));
		print_refs(p, step.inputs, step.input_count);
		text_add(&p->text, " ->");
		print_refs(p, step.outputs, step.output_count);
		if (step.flags)
			text_add(&p->text, " [host: %s]",
				flags(p, CONFIG_NAMES_STEP_FLAG, step.flags));
		if (*nwcfg_string(p->cfg, step.condition))
			text_add(&p->text, " (in %s)", str(p, step.condition));
		if (*nwcfg_string(p->cfg, step.reason))
			text_add(&p->text, " (%s)", str(p, step.reason));
		text_add(&p->text, "\n");
		for (uint32_t i = 0; i < step.placement_count; i++)
			print_placement(p, step.placements + i);
	}
}

/* --- programs ------------------------------------------------------------- */

static void print_counters(struct print *p, const struct nwcfg_program *program)
{
	for (uint32_t k = 0; k < program->counter_count; k++) {
		struct nwcfg_counter c;
		GET(counter, p, program->counters + k, &c);
		text_add(&p->text, "    %-7s %-2s x %-5s of %-5s",
			name_of(CONFIG_NAMES_LEVEL, c.level),
			name_of(CONFIG_NAMES_LOOP, c.loop), number(p, c.trips),
			number(p, c.extent));
		for (int o = 0; o < 3; o++)
			if (c.axis[o] != NWCFG_NONE)
				text_add(&p->text, "  %c%u +%" PRIu64,
					operand_letters[o], (unsigned)c.axis[o],
					c.step[o]);
		if (c.level == NWCFG_LEVEL_SPATIAL)
			text_add(&p->text, "  PE +%u", (unsigned)c.pe_step);
		text_add(&p->text, "\n");
	}
}

static void print_operands(struct print *p, const struct nwcfg_program *program)
{
	enum { COLUMNS = 10, ROWS = 4 };
	const char *cell[ROWS * COLUMNS] = {"    operand", "banks", "SPM words",
		"tile", "RF words", "tile", "array words", "SPM passes",
		"RF passes", "PE groups"};
	for (uint32_t o = 0; o < 3; o++) {
		const char **row = &cell[(o + 1) * COLUMNS];
		struct nwcfg_operand operand;
		struct text tile = {.ctx = p->ctx}, rf = {.ctx = p->ctx};
		GET(operand, p, program->operands + o, &operand);
		for (uint32_t d = 0; d < operand.axis_count; d++) {
			struct nwcfg_axis axis;
			GET(axis, p, operand.axes + d, &axis);
			text_add(&tile, "%s%s", d ? "x" : "",
				number(p, axis.tile));
			text_add(&rf, "%s%s", d ? "x" : "", number(p, axis.rf));
		}
		row[0] = arena_printf(&p->ctx->arena, "    %c%s",
			operand_letters[o],
			operand.flags & NWCFG_OPERAND_FLAG_HELD ? " held" : "");
		row[1] = arena_printf(&p->ctx->arena, "%u-%u",
			(unsigned)operand.bank_first,
			(unsigned)(operand.bank_first + operand.bank_count) -
				1);
		row[2] = number(p, operand.spm_words);
		row[3] = tile.bytes;
		row[4] = arena_printf(&p->ctx->arena, "%" PRIu64 "-%" PRIu64,
			operand.rf_offset,
			operand.rf_offset + operand.rf_words - 1);
		row[5] = rf.bytes;
		row[6] = number(p, operand.array_words);
		row[7] = number(p, operand.dram_reuse);
		row[8] = number(p, operand.spm_reuse);
		row[9] = arena_printf(&p->ctx->arena, "%" PRIu64 " of %" PRIu64,
			operand.groups, operand.group_pes);
	}
	text_table(&p->text, "llrlllrrrl", ROWS, cell);
}

static void print_programs(struct print *p)
{
	for (uint32_t i = 0; i < nwcfg_count(p->cfg, NWCFG_PROGRAM); i++) {
		struct nwcfg_program program;
		struct nwcfg_expectation e;
		GET(program, p, i, &program);
		text_add(&p->text,
			"\nprogram %u, first of %s: %s\n"
			"    %s SPM passes of %s RF passes; %s PEs with %s "
			"MACs "
			"each\n",
			(unsigned)i, str(p, program.name), str(p, program.nest),
			count(p, program.spm_passes),
			count(p, program.rf_passes), count(p, program.pes),
			count(p, program.work));
		if (program.expectation != NWCFG_NONE) {
			GET(expectation, p, program.expectation, &e);
			text_add(&p->text, "    estimate %s cycles, %s pJ\n",
				count(p, e.cycles),
				text_whole(p->ctx, nwcfg_double(e.energy_pj)));
		}
		print_counters(p, &program);
		print_operands(p, &program);
	}
}

const char *config_to_text(struct ctx *ctx, const struct nwcfg *cfg)
{
	struct print p = {.ctx = ctx, .cfg = cfg, .text = {.ctx = ctx}};
	print_head(&p);
	print_tensors(&p);
	print_steps(&p);
	print_programs(&p);
	text_add(&p.text, "\nset          %s\n", config_set(ctx, cfg));
	return p.text.bytes;
}
