/* Loader for Nestwright configuration blobs (*.nwcfg): one freestanding C99
 * header for firmware. It reads the blob where it lies, byte by byte, so that
 * neither the target's byte order nor its alignment rules matter; it allocates
 * nothing, calls nothing, and trusts nothing: once nwcfg_open() has returned
 * NWCFG_OK, every index names a record, every tile lies within its banks and
 * register files, and every DMA address within its tensor: of what is real in
 * a tile, which nwcfg_clip_tile() says where tiles do not divide their loops.
 *
 *	struct nwcfg cfg;
 *	enum nwcfg_error error =
 *		nwcfg_open_for(&cfg, blob, blob_size, MY_MACHINE);
 *	if (error != NWCFG_OK)
 *		refuse(nwcfg_error_text(error));
 *	for (uint32_t i = 0; i < nwcfg_count(&cfg, NWCFG_STEP); i++) {
 *		struct nwcfg_step step;
 *		error = nwcfg_get_step(&cfg, i, &step);
 *		...
 *	}
 *
 * The format is specified in docs/config-blob.md. */
#ifndef NWCFG_H
#define NWCFG_H

#include <stddef.h>
#include <stdint.h>

/* The checks, and the reading of numbers that is part of every record, take a
 * compiler longer than all the rest. A program of several files can have them
 * compiled once: it defines NWCFG_EXTERN wherever it includes this header, and
 * NWCFG_IMPLEMENTATION, too, in one file. Else every file has its own. */
#if defined(NWCFG_EXTERN) && defined(__cplusplus)
#define NWCFG_CALL extern "C"
#elif defined(NWCFG_EXTERN)
#define NWCFG_CALL
#else
#define NWCFG_CALL static inline
#endif
#if !defined(NWCFG_EXTERN) || defined(NWCFG_IMPLEMENTATION)
#define NWCFG_BODIES
#endif

#define NWCFG_MAJOR 2
#define NWCFG_MINOR 0

/* In place of an index: there is none. In place of a size: it is not known. */
#define NWCFG_NONE UINT32_C(0xffffffff)
#define NWCFG_NONE64 UINT64_C(0xffffffffffffffff)

/* Index of the operands in every array of three. */
#define NWCFG_O 0
#define NWCFG_I 1
#define NWCFG_W 2

enum nwcfg_error {
	NWCFG_OK,
	NWCFG_TOO_SHORT,
	NWCFG_TOO_LONG,
	NWCFG_BAD_MAGIC,
	NWCFG_BAD_VERSION,
	NWCFG_BAD_HEADER,
	NWCFG_BAD_CHECKSUM,
	NWCFG_BAD_SECTION,
	NWCFG_MISSING_SECTION,
	NWCFG_OTHER_MACHINE,
	NWCFG_BAD_INDEX,
	NWCFG_BAD_VALUE,
	NWCFG_BAD_TENSOR,
	NWCFG_BAD_COUNTER,
	NWCFG_BAD_OPERAND,
	NWCFG_BAD_DESCRIPTOR,
	NWCFG_ERRORS
};

static inline const char *nwcfg_error_text(enum nwcfg_error error)
{
	static const char *const texts[NWCFG_ERRORS] = {
		"no error",
		"shorter than its header says: truncated",
		"longer than its header says",
		"not a configuration blob",
		"another major version of the format",
		"the header contradicts itself",
		"checksum mismatch: damaged",
		"a section that does not lie where it must",
		"a section is missing",
		"made for another machine",
		"an index beyond its section",
		"a value that its field cannot have",
		"a tensor beyond its region of DRAM or its life",
		"a counter that contradicts its program",
		"a tile beyond its banks or register file",
		"a DMA descriptor beyond its tensor",
	};
	return (unsigned)error < NWCFG_ERRORS ? texts[error] : "unknown error";
}

/* --- bytes ---------------------------------------------------------------- */

NWCFG_CALL uint16_t nwcfg_u16(const unsigned char *at);
NWCFG_CALL uint32_t nwcfg_u32(const unsigned char *at);
NWCFG_CALL uint64_t nwcfg_u64(const unsigned char *at);
NWCFG_CALL int64_t nwcfg_i64(const unsigned char *at);

#ifdef NWCFG_BODIES

NWCFG_CALL uint16_t nwcfg_u16(const unsigned char *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

NWCFG_CALL uint32_t nwcfg_u32(const unsigned char *at)
{
	return nwcfg_u16(at) | (uint32_t)nwcfg_u16(at + 2) << 16;
}

NWCFG_CALL uint64_t nwcfg_u64(const unsigned char *at)
{
	return nwcfg_u32(at) | (uint64_t)nwcfg_u32(at + 4) << 32;
}

/* Two's complement by hand: a conversion out of range would be the compiler's
 * choice in C99. */
NWCFG_CALL int64_t nwcfg_i64(const unsigned char *at)
{
	uint64_t bits = nwcfg_u64(at);
	if (bits <= (uint64_t)INT64_MAX)
		return (int64_t)bits;
	return -(int64_t)(UINT64_MAX - bits) - 1;
}

#endif /* NWCFG_BODIES */

/* A double from its IEEE 754 bits, for hosts that have them. */
static inline double nwcfg_double(uint64_t bits)
{
	union {
		uint64_t bits;
		double value;
	} u;
	u.bits = bits;
	return u.value;
}

/* CRC-32 as in zlib, PNG and Ethernet, of more bytes: start with crc 0. Four
 * bits at a time: a table of 64 bytes. */
static inline uint32_t nwcfg_crc32(
	uint32_t crc, const unsigned char *at, size_t size)
{
	static const uint32_t table[16] = {UINT32_C(0), UINT32_C(0x1db71064),
		UINT32_C(0x3b6e20c8), UINT32_C(0x26d930ac),
		UINT32_C(0x76dc4190), UINT32_C(0x6b6b51f4),
		UINT32_C(0x4db26158), UINT32_C(0x5005713c),
		UINT32_C(0xedb88320), UINT32_C(0xf00f9344),
		UINT32_C(0xd6d6a3e8), UINT32_C(0xcb61b38c),
		UINT32_C(0x9b64c2b0), UINT32_C(0x86d3d2d4),
		UINT32_C(0xa00ae278), UINT32_C(0xbdbdf21c)};
	size_t i;
	crc = ~crc & UINT32_C(0xffffffff);
	for (i = 0; i < size; i++) {
		crc ^= at[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc & UINT32_C(0xffffffff);
}

/* Products and sums of sizes from strangers: they stop at the largest number
 * instead of running over. */
static inline uint64_t nwcfg_mul(uint64_t a, uint64_t b)
{
	return b && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static inline uint64_t nwcfg_add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* --- an open blob --------------------------------------------------------- */

#define NWCFG_SECTIONS_MAX 16

struct nwcfg_place {
	const unsigned char *at; /* NULL: not there */
	uint32_t record_bytes, count;
};

struct nwcfg {
	const unsigned char *data;
	size_t size;
	uint32_t minor;
	uint64_t fingerprint;
	struct nwcfg_place place[NWCFG_SECTIONS_MAX];
	/* Where nwcfg_open() stopped: section (NWCFG_SECTIONS: the header or
	 * the section table), record in it, byte in the record. */
	uint32_t bad_section, bad_record, bad_byte;
};

struct nwcfg_rule {
	unsigned char section, byte, rule;
	uint16_t limit; /* section, or number of values */
};

enum {
	NWCFG_RULE_BELOW,
	NWCFG_RULE_REF,
	NWCFG_RULE_OPT,
	NWCFG_RULE_RANGE,
	NWCFG_RULE_TRIPLE
};

static inline uint32_t nwcfg_count(const struct nwcfg *cfg, unsigned section)
{
	return section < NWCFG_SECTIONS_MAX ? cfg->place[section].count : 0;
}

/* NULL beyond the section. */
static inline const unsigned char *nwcfg_record(
	const struct nwcfg *cfg, unsigned section, uint32_t index)
{
	if (index >= nwcfg_count(cfg, section))
		return NULL;
	return cfg->place[section].at +
		(size_t)index * cfg->place[section].record_bytes;
}

/* clang-format off */
/* --- generated from config_fields.def: begin --- */
/* Where a loop counter turns. */
enum nwcfg_level {
	/* a new SPM pass: tiles move between DRAM and SPM */
	NWCFG_LEVEL_DRAM = 0,
	/* a new RF pass: tiles move between SPM and register files */
	NWCFG_LEVEL_SPM = 1,
	/* coordinates of the PEs: all values at once */
	NWCFG_LEVEL_SPATIAL = 2,
	/* inside a PE: one multiplication a turn */
	NWCFG_LEVEL_RF = 3
};

/* A loop of the nest; x is rows, y is columns. */
enum nwcfg_loop {
	/* batch; rows of a matrix product */
	NWCFG_LOOP_N = 0,
	/* output channels; columns of a matrix product */
	NWCFG_LOOP_M = 1,
	/* input channels; the summed dimension of a matrix product */
	NWCFG_LOOP_C = 2,
	/* output rows */
	NWCFG_LOOP_OX = 3,
	/* output columns */
	NWCFG_LOOP_OY = 4,
	/* filter rows */
	NWCFG_LOOP_FX = 5,
	/* filter columns */
	NWCFG_LOOP_FY = 6
};

/* What runs along an axis of an operand. */
enum nwcfg_index {
	/* the loop N */
	NWCFG_INDEX_N = 0,
	/* the loop M */
	NWCFG_INDEX_M = 1,
	/* the loop C */
	NWCFG_INDEX_C = 2,
	/* the loop Ox */
	NWCFG_INDEX_OX = 3,
	/* the loop Oy */
	NWCFG_INDEX_OY = 4,
	/* the loop Fx */
	NWCFG_INDEX_FX = 5,
	/* the loop Fy */
	NWCFG_INDEX_FY = 6,
	/* the window Ox * stride + Fx * dilation */
	NWCFG_INDEX_ROWS = 7,
	/* the window Oy * stride + Fy * dilation */
	NWCFG_INDEX_COLUMNS = 8
};

/* Element types, numbered as in ONNX. */
enum nwcfg_type {
	/* not known */
	NWCFG_TYPE_UNDEFINED = 0,
	/* 4 bytes */
	NWCFG_TYPE_FLOAT = 1,
	/* 1 byte */
	NWCFG_TYPE_UINT8 = 2,
	/* 1 byte */
	NWCFG_TYPE_INT8 = 3,
	/* 2 bytes */
	NWCFG_TYPE_UINT16 = 4,
	/* 2 bytes */
	NWCFG_TYPE_INT16 = 5,
	/* 4 bytes */
	NWCFG_TYPE_INT32 = 6,
	/* 8 bytes */
	NWCFG_TYPE_INT64 = 7,
	/* no bytes of the arena */
	NWCFG_TYPE_STRING = 8,
	/* 1 byte */
	NWCFG_TYPE_BOOL = 9,
	/* 2 bytes */
	NWCFG_TYPE_FLOAT16 = 10,
	/* 8 bytes */
	NWCFG_TYPE_DOUBLE = 11,
	/* 4 bytes */
	NWCFG_TYPE_UINT32 = 12,
	/* 8 bytes */
	NWCFG_TYPE_UINT64 = 13,
	/* 8 bytes */
	NWCFG_TYPE_COMPLEX64 = 14,
	/* 16 bytes */
	NWCFG_TYPE_COMPLEX128 = 15,
	/* 2 bytes */
	NWCFG_TYPE_BFLOAT16 = 16,
	/* 1 byte */
	NWCFG_TYPE_FLOAT8E4M3FN = 17,
	/* 1 byte */
	NWCFG_TYPE_FLOAT8E4M3FNUZ = 18,
	/* 1 byte */
	NWCFG_TYPE_FLOAT8E5M2 = 19,
	/* 1 byte */
	NWCFG_TYPE_FLOAT8E5M2FNUZ = 20,
	/* 1 byte: unpacked in the arena */
	NWCFG_TYPE_UINT4 = 21,
	/* 1 byte: unpacked in the arena */
	NWCFG_TYPE_INT4 = 22,
	/* 1 byte: unpacked in the arena */
	NWCFG_TYPE_FLOAT4E2M1 = 23,
	/* 1 byte */
	NWCFG_TYPE_FLOAT8E8M0 = 24,
	/* 1 byte: unpacked in the arena */
	NWCFG_TYPE_UINT2 = 25,
	/* 1 byte: unpacked in the arena */
	NWCFG_TYPE_INT2 = 26
};

/* Where a tensor lies in DRAM. */
enum nwcfg_region {
	/* nowhere: its size is not known, or only the host has it */
	NWCFG_REGION_NONE = 0,
	/* in the arena, shared over time */
	NWCFG_REGION_ARENA = 1,
	/* in the constants, filled once before the first step */
	NWCFG_REGION_CONSTANTS = 2
};

/* Who executes a step. */
enum nwcfg_step_kind {
	/* the runtime: a node that was not mapped */
	NWCFG_STEP_HOST = 0,
	/* the accelerator: the step's placements in order */
	NWCFG_STEP_LAYER = 1
};

/* What a tensor is to the model. */
enum nwcfg_role {
	/* an input of the model: filled by the caller */
	NWCFG_ROLE_INPUT = 1,
	/* an output of the model: read by the caller */
	NWCFG_ROLE_OUTPUT = 2,
	/* a constant of the model */
	NWCFG_ROLE_WEIGHT = 4,
	/* made by one step and read by another */
	NWCFG_ROLE_INTERMEDIATE = 8,
	/* no value of the model: an operand of one step only, which the host
	 * makes before, or takes on after the placement */
	NWCFG_ROLE_SCRATCH = 16
};

/* Properties of the machine. */
enum nwcfg_arch_flag {
	/* a PE accepts a multiplication every cycle */
	NWCFG_ARCH_FLAG_PIPELINED = 1,
	/* a PE does nothing in iterations that are padding */
	NWCFG_ARCH_FLAG_GATED = 2,
	/* the operands' DMA channels work at the same time */
	NWCFG_ARCH_FLAG_PARALLEL = 4,
	/* sums of several PEs are added up on their way out, in no cycles of
	 * their own */
	NWCFG_ARCH_FLAG_TREE = 8
};

/* What the host does around a layer. */
enum nwcfg_step_flag {
	/* the placements make the sum of products only: the host adds what else
	 * the node does (bias, scale, activation, requantisation, cell state)
	 * */
	NWCFG_STEP_FLAG_FINISH = 1,
	/* the placements leave elements of the output unwritten: the host
	 * zeroes it first */
	NWCFG_STEP_FLAG_CLEAR = 2,
	/* I or W of a placement is scratch: the host makes it from what is
	 * there, before the placement or, where its runs depend on each other,
	 * before each run */
	NWCFG_STEP_FLAG_INTERLEAVED = 4
};

/* How an operand is used. */
enum nwcfg_operand_flag {
	/* read and written: the partial sums */
	NWCFG_OPERAND_FLAG_WRITTEN = 1,
	/* stays in the register files over dram_reuse SPM passes */
	NWCFG_OPERAND_FLAG_HELD = 2,
	/* goes between DMA and network without an access of the scratchpad:
	 * what buffer there is only holds it on its way */
	NWCFG_OPERAND_FLAG_DIRECT = 4,
	/* goes between network and PE without an access of the register file:
	 * each word is used once */
	NWCFG_OPERAND_FLAG_STREAM = 8
};

/* How an estimate was made. */
enum nwcfg_expectation_flag {
	/* bursts are counted as dMazeRunner does, and elements of whole tiles
	 * (--compat) */
	NWCFG_EXPECTATION_FLAG_COMPAT = 1
};

/* The sections that a blob has. */
enum nwcfg_section_id {
	NWCFG_ARCH,
	NWCFG_MODEL,
	NWCFG_STRING,
	NWCFG_TENSOR,
	NWCFG_DIM,
	NWCFG_REF,
	NWCFG_STEP,
	NWCFG_PLACEMENT,
	NWCFG_INSTANCE,
	NWCFG_DESCRIPTOR,
	NWCFG_EXTENT,
	NWCFG_PROGRAM,
	NWCFG_COUNTER,
	NWCFG_OPERAND,
	NWCFG_AXIS,
	NWCFG_EXPECTATION,
	NWCFG_SECTIONS
};

static const struct {
	uint32_t tag; /* four letters, first one in the low byte */
	uint32_t record_bytes;
	const char *name;
} nwcfg_sections[NWCFG_SECTIONS] = {
	{0x68637261, 296, "arch"},
	{0x6c646f6d, 88, "model"},
	{0x73727473, 1, "string"},
	{0x736e6574, 64, "tensor"},
	{0x736d6964, 8, "dim"},
	{0x73666572, 8, "ref"},
	{0x70657473, 64, "step"},
	{0x63616c70, 24, "placement"},
	{0x74736e69, 32, "instance"},
	{0x64616d64, 88, "descriptor"},
	{0x73747865, 48, "extent"},
	{0x676f7270, 160, "program"},
	{0x72746e63, 64, "counter"},
	{0x646e706f, 88, "operand"},
	{0x73697861, 48, "axis"},
	{0x63707865, 304, "expectation"}
};

#define NWCFG_HEADER_BYTES 48
#define NWCFG_HEADER_CRC_AT 40
#define NWCFG_SECTION_BYTES 32

/* The first bytes of the file. */
struct nwcfg_header {
	/* 'NWCF' */
	uint32_t magic_low;
	/* 'G', carriage return, line feed, hex 1a: damaged by transfers as text
	 * */
	uint32_t magic_high;
	/* format version; another one is refused */
	uint16_t major;
	/* format version; see the compatibility rules */
	uint16_t minor;
	/* [bytes] of this record: where the section table starts */
	uint32_t header_bytes;
	/* [bytes] of the whole file */
	uint64_t file_bytes;
	/* of the machine that the blob configures */
	uint64_t fingerprint;
	/* entries of the section table */
	uint32_t section_count;
	/* [bytes] of an entry of the section table */
	uint32_t section_bytes;
	/* CRC-32 of header and section table with this field 0 */
	uint32_t header_crc;
	/* 0 */
	uint32_t reserved;
};

/* An entry of the section table. Sections lie in the table's order, one behind
 * the other, the first behind the table, the last to the end of the file. */
struct nwcfg_section {
	/* which section */
	uint32_t tag;
	/* [bytes] of one record */
	uint32_t record_bytes;
	/* [bytes] from the start of the file, a multiple of 8 */
	uint64_t offset;
	/* [bytes] of the section, a multiple of 8; count * record_bytes, but
	 * for padding with 0 behind the strings */
	uint64_t bytes;
	/* records */
	uint32_t count;
	/* CRC-32 of the section's bytes */
	uint32_t crc;
};

/* The machine; one record. */
struct nwcfg_arch {
	/* [nwcfg_string()] of the architecture file */
	uint32_t name;
	/* [flags of NWCFG_ARCH_FLAG] */
	uint32_t flags;
	/* [PEs] in the array */
	uint64_t pes;
	/* [PEs] the array as a grid: PE p is at row p / grid_columns */
	uint64_t grid_rows;
	/* [PEs] and column p % grid_columns; grid_rows is 1 for a linear array
	 * */
	uint64_t grid_columns;
	/* [cycles] of a PE */
	uint64_t pipeline_stages;
	/* [bytes] register file of one PE */
	uint64_t rf_bytes;
	/* [bytes] an element, for which energies are given; words are of that
	 * size unless word_bits says otherwise */
	uint64_t elem_bytes;
	/* buffers of the scratchpad: 2, or 1: DMA and PEs take turns */
	uint64_t spm_buffers;
	/* banks of one buffer */
	uint64_t spm_banks;
	/* [bytes] of one bank */
	uint64_t bank_bytes;
	/* [bytes] an element in DRAM, unless dram_bits says otherwise */
	uint64_t dma_elem_bytes;
	/* [DMA cycles; IEEE 754 bits] of a burst */
	uint64_t dma_init_cycles;
	/* [DMA cycles per byte; IEEE 754 bits] */
	uint64_t dma_cycles_per_byte;
	/* [MHz; IEEE 754 bits] */
	uint64_t dma_mhz;
	/* [MHz; IEEE 754 bits] */
	uint64_t accel_mhz;
	/* [pJ; IEEE 754 bits] register file access */
	uint64_t rf_pj;
	/* [pJ; IEEE 754 bits] network delivery */
	uint64_t noc_pj;
	/* [pJ; IEEE 754 bits] scratchpad access */
	uint64_t spm_pj;
	/* [pJ; IEEE 754 bits] DRAM access */
	uint64_t dram_pj;
	/* [pJ; IEEE 754 bits] multiplication and addition */
	uint64_t mac_pj;
	/* [bits] a word of O, I, W in SPM and register files: word n of a tile
	 * is its bits n * word_bits on */
	uint64_t word_bits[3];
	/* [bits] an element of O, I, W in DRAM, as the estimate charges it */
	uint64_t dram_bits[3];
	/* of O, I, W: 1: the scratchpad, 2: the register file, 3: both */
	uint64_t may_skip[3];
	/* [words] a cycle on the network of O, I, W */
	uint64_t noc_words[3];
	/* banks of O, I, W alone, in this order from bank 0 on; 0: all are
	 * shared */
	uint64_t operand_banks[3];
	/* between scratchpad and networks; 0: one for each network */
	uint64_t spm_ports;
	/* [words] a cycle of a port */
	uint64_t port_words;
};

/* The model as a whole; one record. */
struct nwcfg_model {
	/* [nwcfg_string()] of the model */
	uint32_t name;
	/* [nwcfg_string()] whose best mappings these are: edp, energy, cycles
	 * */
	uint32_t objective;
	/* [nwcfg_string()] that found them */
	uint32_t search;
	/* steps of kind layer */
	uint32_t layers;
	/* [bytes] of every tensor's offset, and of the two regions */
	uint64_t alignment;
	/* [bytes] of DRAM for inputs, outputs, intermediate values and scratch:
	 * the peak */
	uint64_t arena_bytes;
	/* [bytes] alive at the same time in the fullest step: no plan needs
	 * less */
	uint64_t arena_least_bytes;
	/* [bytes] of DRAM for constants */
	uint64_t constant_bytes;
	/* [MACs] of all mapped layers */
	uint64_t macs;
	/* [accelerator cycles] estimated, of all mapped layers */
	uint64_t cycles;
	/* [pJ; IEEE 754 bits] estimated, of all mapped layers */
	uint64_t energy_pj;
	/* identity of the set of files that this one is of, 16 hex digits each,
	 * as in NAME.json; 0: of none */
	uint64_t set[2];
};

/* A tensor in DRAM: dense, last dimension innermost. */
struct nwcfg_tensor {
	/* [nwcfg_string()] of the value in the model */
	uint32_t name;
	/* [enum of NWCFG_TYPE] of its elements */
	uint32_t type;
	/* [flags of NWCFG_ROLE] */
	uint32_t roles;
	/* [enum of NWCFG_REGION] that offset counts from */
	uint32_t region;
	/* [first of NWCFG_DIM] its sizes, outermost first */
	uint32_t dims;
	/* [count of NWCFG_DIM] */
	uint32_t rank;
	/* [step] from whose start its place is taken */
	uint32_t first_step;
	/* [step] to whose end its place is taken */
	uint32_t last_step;
	/* [bytes] of an element in DRAM */
	uint32_t elem_bytes;
	/* 0 */
	uint32_t reserved;
	/* [elements] product of the sizes; 0 when not known */
	uint64_t elems;
	/* [bytes] elems * elem_bytes */
	uint64_t bytes;
	/* [bytes] from the start of its region */
	uint64_t offset;
};

/* A size of a tensor. */
struct nwcfg_dim {
	/* [elements] NONE (64 bits) where it is not known */
	uint64_t size;
};

/* What a step reads or writes. */
struct nwcfg_ref {
	/* [index? of NWCFG_TENSOR] NONE: an optional input or output that is
	 * left out */
	uint32_t tensor;
	/* 0 */
	uint32_t reserved;
};

/* A node of the model, in the order of execution. */
struct nwcfg_step {
	/* [nwcfg_string()] of the node */
	uint32_t name;
	/* [nwcfg_string()] its operator */
	uint32_t op;
	/* [nwcfg_string()] when it runs: the control flow around it; empty:
	 * always */
	uint32_t condition;
	/* [nwcfg_string()] why it was not mapped; empty for a layer */
	uint32_t reason;
	/* [enum of NWCFG_STEP] */
	uint32_t kind;
	/* [flags of NWCFG_STEP_FLAG] */
	uint32_t flags;
	/* [first of NWCFG_REF] in the node's order */
	uint32_t inputs;
	/* [count of NWCFG_REF] */
	uint32_t input_count;
	/* [first of NWCFG_REF] in the node's order */
	uint32_t outputs;
	/* [count of NWCFG_REF] */
	uint32_t output_count;
	/* [first of NWCFG_PLACEMENT] what the accelerator runs, in this order
	 * */
	uint32_t placements;
	/* [count of NWCFG_PLACEMENT] 0 for a host step */
	uint32_t placement_count;
	/* trips of the control flow around it, where known; else 1; 0 in a
	 * branch that the sums in MODEL do not count */
	uint64_t executions;
	/* [MACs] useful multiplications of one execution */
	uint64_t macs;
};

/* A program run on tensors. */
struct nwcfg_placement {
	/* [index of NWCFG_PROGRAM] that runs */
	uint32_t program;
	/* [first of 3 of NWCFG_DESCRIPTOR] where O, I and W lie */
	uint32_t descriptors;
	/* [first of NWCFG_INSTANCE] loops around the program, outermost first
	 * */
	uint32_t instances;
	/* [count of NWCFG_INSTANCE] */
	uint32_t instance_count;
	/* of the program: product of the instance loops' trips */
	uint64_t runs;
};

/* A loop around a program: groups, heads, batch dimensions, output depth. */
struct nwcfg_instance {
	uint64_t trips;
	/* [bytes] that the base of O, I, W moves with each trip */
	int64_t step[3];
};

/* DMA descriptor: one operand of a placement in DRAM. */
struct nwcfg_descriptor {
	/* [index of NWCFG_TENSOR] */
	uint32_t tensor;
	/* [bytes] of an element in DRAM */
	uint32_t elem_bytes;
	/* [first of NWCFG_EXTENT] one per axis of the operand, outermost first
	 * */
	uint32_t extents;
	/* [count of NWCFG_EXTENT] */
	uint32_t axis_count;
	/* innermost axes that one burst runs over */
	uint32_t burst_axes;
	/* 0 */
	uint32_t reserved;
	/* [bytes] from the tensor's start to index 0 of all axes; may lie in
	 * the padding before it */
	int64_t base;
	/* [bytes] of a burst, zeros at the borders counted with the data */
	uint64_t burst_bytes;
	/* that move a tile */
	uint64_t bursts;
	/* axis whose index i is zero also where t * window_stride + (i % split)
	 * * window_dilation + window_start is not in 0 .. window_size - 1, t
	 * being the trip of an instance loop; NONE: there is no such axis */
	uint32_t window_axis;
	/* that instance loop, counted from the placement's first; NONE without
	 * an axis */
	uint32_t window_loop;
	/* [planes] of the input, for a trip of that loop: the convolution's
	 * stride in depth */
	int64_t window_stride;
	/* [planes] for a tap of the filter: its dilation in depth */
	int64_t window_dilation;
	/* [planes] from the input's first one to where tap 0 of trip 0 lies;
	 * negative in the padding */
	int64_t window_start;
	/* [planes] of the input */
	uint64_t window_size;
};

/* An axis of an operand in DRAM: index i lies (i / split) * split_stride + (i %
 * split) * stride behind the base, or i * stride where split is 0. */
struct nwcfg_extent {
	/* [indices] of the axis, padding included */
	uint64_t size;
	/* [index] first one that has data: below it zeros are filled in */
	uint64_t low;
	/* [index] behind the last one that has data */
	uint64_t high;
	/* [bytes] */
	int64_t stride;
	/* [indices] 0: none */
	uint64_t split;
	/* [bytes] 0 without a split */
	int64_t split_stride;
};

/* A nest with its mapping: what counters, buffers and PEs do. */
struct nwcfg_program {
	/* [nwcfg_string()] first layer that uses it */
	uint32_t name;
	/* [nwcfg_string()] its loops and their bounds, for people */
	uint32_t nest;
	/* [first of 3 of NWCFG_OPERAND] O, I, W */
	uint32_t operands;
	/* [first of NWCFG_COUNTER] DRAM, SPM, SPATIAL, RF; within a level
	 * outermost first */
	uint32_t counters;
	/* [count of NWCFG_COUNTER] */
	uint32_t counter_count;
	/* [index? of NWCFG_EXPECTATION] what the estimate says of one run */
	uint32_t expectation;
	/* counters of DRAM, SPM, SPATIAL, RF */
	uint32_t level_counters[4];
	/* of a run: product of the DRAM counters */
	uint64_t spm_passes;
	/* of an SPM pass: product of the SPM counters */
	uint64_t rf_passes;
	/* [PEs] in use: product of the SPATIAL counters */
	uint64_t pes;
	/* [MACs] of a PE in an RF pass, padding included: product of the RF
	 * counters */
	uint64_t work;
	/* iterations of the loops N M C Ox Oy Fx Fy: the nest itself */
	uint64_t bound[7];
	/* [indices] rows, columns: of I for a step of Ox, Oy */
	uint64_t stride[2];
	/* [indices] rows, columns: of I for a step of Fx, Fy */
	uint64_t dilation[2];
};

/* A loop at a level, counting from 0; loops of one trip are left out, and so
 * have at the level the tile that they have around it. */
struct nwcfg_counter {
	/* [enum of NWCFG_LEVEL] */
	uint32_t level;
	/* [enum of NWCFG_LOOP] */
	uint32_t loop;
	/* 2 or more */
	uint64_t trips;
	/* [iterations] of its loop that one trip steps over: the size of the
	 * tile within; RF: 1 */
	uint64_t extent;
	/* of O, I, W that it moves along; NONE: it does not move the operand */
	uint32_t axis[3];
	/* [PEs] SPATIAL: to the next coordinate; else 0 */
	uint32_t pe_step;
	/* [indices or words] that O, I, W move with each trip: DRAM: indices of
	 * the axis; SPM and SPATIAL: words of the SPM tile; RF: words of the RF
	 * tile */
	uint64_t step[3];
};

/* An operand of a program: its tiles and where they lie on the chip. */
struct nwcfg_operand {
	/* [first of NWCFG_AXIS] outermost first */
	uint32_t axes;
	/* [count of NWCFG_AXIS] */
	uint32_t axis_count;
	/* [flags of NWCFG_OPERAND_FLAG] */
	uint32_t flags;
	/* bit k: counter k of the program moves it */
	uint32_t moved_by;
	/* [bank] of either buffer */
	uint32_t bank_first;
	/* [banks] */
	uint32_t bank_count;
	/* [words] of an SPM tile */
	uint64_t spm_words;
	/* [words] of the RF tile in the register file */
	uint64_t rf_offset;
	/* [words] of an RF tile */
	uint64_t rf_words;
	/* [words] distinct ones that the PEs in use hold together */
	uint64_t array_words;
	/* [SPM passes] in a row that one SPM tile serves */
	uint64_t dram_reuse;
	/* [RF passes] in a row that one filling of the register files serves */
	uint64_t spm_reuse;
	/* [PEs] that hold the same words: a multicast group; of O: a reduction
	 * group */
	uint64_t group_pes;
	/* of PEs */
	uint64_t groups;
};

/* An axis of an operand on the chip. */
struct nwcfg_axis {
	/* [enum of NWCFG_INDEX] what runs along it */
	uint32_t index;
	/* 0 */
	uint32_t reserved;
	/* [indices] of an SPM tile */
	uint64_t tile;
	/* [indices] that the PE array covers */
	uint64_t array;
	/* [indices] of an RF tile */
	uint64_t rf;
	/* [words] in the SPM tile */
	uint64_t spm_stride;
	/* [words] in the RF tile */
	uint64_t rf_stride;
};

/* The numbers behind the estimate of one run of a program; arrays are O, I, W.
 * */
struct nwcfg_expectation {
	/* [flags of NWCFG_EXPECTATION_FLAG] */
	uint32_t flags;
	/* 0 */
	uint32_t reserved;
	/* [MACs] of padding, too, but where PEs are gated */
	uint64_t macs;
	/* [accelerator cycles] */
	uint64_t cycles;
	/* [accelerator cycles] of an SPM pass */
	uint64_t pass_cycles;
	/* [accelerator cycles] of adding up O across PEs, once */
	uint64_t reduction_cycles;
	/* [tiles] of O read from DRAM beyond one each */
	uint64_t partial_sum_fetches;
	/* [accelerator cycles] of one distribution */
	uint64_t noc_cycles[3];
	/* [accelerator cycles] of moving one SPM tile */
	uint64_t dma_cycles[3];
	/* that move one SPM tile */
	uint64_t bursts[3];
	/* [elements] of a burst */
	uint64_t burst_elems[3];
	/* [pJ; IEEE 754 bits] */
	uint64_t energy_pj;
	/* [pJ * cycles; IEEE 754 bits] */
	uint64_t edp;
	/* [pJ; IEEE 754 bits] MAC, RF, NoC, SPM, DRAM */
	uint64_t component_pj[5];
	/* [elements] charged, zeros at the borders included, but none beyond
	 * the nest; of O: partial sums that come back */
	uint64_t dram_reads[3];
	/* [elements] charged */
	uint64_t dram_writes[3];
	/* [words] charged: from the network's side; of O, reads and writes */
	uint64_t spm_accesses[3];
	/* [words] charged: to and from register files, every receiving PE
	 * counted */
	uint64_t deliveries[3];
	/* [words] charged: additions of O across PEs */
	uint64_t reductions;
};

static inline void nwcfg_load_header(
	const unsigned char *at, struct nwcfg_header *out)
{
	out->magic_low = nwcfg_u32(at + 0);
	out->magic_high = nwcfg_u32(at + 4);
	out->major = nwcfg_u16(at + 8);
	out->minor = nwcfg_u16(at + 10);
	out->header_bytes = nwcfg_u32(at + 12);
	out->file_bytes = nwcfg_u64(at + 16);
	out->fingerprint = nwcfg_u64(at + 24);
	out->section_count = nwcfg_u32(at + 32);
	out->section_bytes = nwcfg_u32(at + 36);
	out->header_crc = nwcfg_u32(at + 40);
	out->reserved = nwcfg_u32(at + 44);
}

static inline void nwcfg_load_section(
	const unsigned char *at, struct nwcfg_section *out)
{
	out->tag = nwcfg_u32(at + 0);
	out->record_bytes = nwcfg_u32(at + 4);
	out->offset = nwcfg_u64(at + 8);
	out->bytes = nwcfg_u64(at + 16);
	out->count = nwcfg_u32(at + 24);
	out->crc = nwcfg_u32(at + 28);
}

static inline void nwcfg_load_arch(
	const unsigned char *at, struct nwcfg_arch *out)
{
	out->name = nwcfg_u32(at + 0);
	out->flags = nwcfg_u32(at + 4);
	out->pes = nwcfg_u64(at + 8);
	out->grid_rows = nwcfg_u64(at + 16);
	out->grid_columns = nwcfg_u64(at + 24);
	out->pipeline_stages = nwcfg_u64(at + 32);
	out->rf_bytes = nwcfg_u64(at + 40);
	out->elem_bytes = nwcfg_u64(at + 48);
	out->spm_buffers = nwcfg_u64(at + 56);
	out->spm_banks = nwcfg_u64(at + 64);
	out->bank_bytes = nwcfg_u64(at + 72);
	out->dma_elem_bytes = nwcfg_u64(at + 80);
	out->dma_init_cycles = nwcfg_u64(at + 88);
	out->dma_cycles_per_byte = nwcfg_u64(at + 96);
	out->dma_mhz = nwcfg_u64(at + 104);
	out->accel_mhz = nwcfg_u64(at + 112);
	out->rf_pj = nwcfg_u64(at + 120);
	out->noc_pj = nwcfg_u64(at + 128);
	out->spm_pj = nwcfg_u64(at + 136);
	out->dram_pj = nwcfg_u64(at + 144);
	out->mac_pj = nwcfg_u64(at + 152);
	out->word_bits[0] = nwcfg_u64(at + 160);
	out->word_bits[1] = nwcfg_u64(at + 168);
	out->word_bits[2] = nwcfg_u64(at + 176);
	out->dram_bits[0] = nwcfg_u64(at + 184);
	out->dram_bits[1] = nwcfg_u64(at + 192);
	out->dram_bits[2] = nwcfg_u64(at + 200);
	out->may_skip[0] = nwcfg_u64(at + 208);
	out->may_skip[1] = nwcfg_u64(at + 216);
	out->may_skip[2] = nwcfg_u64(at + 224);
	out->noc_words[0] = nwcfg_u64(at + 232);
	out->noc_words[1] = nwcfg_u64(at + 240);
	out->noc_words[2] = nwcfg_u64(at + 248);
	out->operand_banks[0] = nwcfg_u64(at + 256);
	out->operand_banks[1] = nwcfg_u64(at + 264);
	out->operand_banks[2] = nwcfg_u64(at + 272);
	out->spm_ports = nwcfg_u64(at + 280);
	out->port_words = nwcfg_u64(at + 288);
}

static inline void nwcfg_load_model(
	const unsigned char *at, struct nwcfg_model *out)
{
	out->name = nwcfg_u32(at + 0);
	out->objective = nwcfg_u32(at + 4);
	out->search = nwcfg_u32(at + 8);
	out->layers = nwcfg_u32(at + 12);
	out->alignment = nwcfg_u64(at + 16);
	out->arena_bytes = nwcfg_u64(at + 24);
	out->arena_least_bytes = nwcfg_u64(at + 32);
	out->constant_bytes = nwcfg_u64(at + 40);
	out->macs = nwcfg_u64(at + 48);
	out->cycles = nwcfg_u64(at + 56);
	out->energy_pj = nwcfg_u64(at + 64);
	out->set[0] = nwcfg_u64(at + 72);
	out->set[1] = nwcfg_u64(at + 80);
}

static inline void nwcfg_load_tensor(
	const unsigned char *at, struct nwcfg_tensor *out)
{
	out->name = nwcfg_u32(at + 0);
	out->type = nwcfg_u32(at + 4);
	out->roles = nwcfg_u32(at + 8);
	out->region = nwcfg_u32(at + 12);
	out->dims = nwcfg_u32(at + 16);
	out->rank = nwcfg_u32(at + 20);
	out->first_step = nwcfg_u32(at + 24);
	out->last_step = nwcfg_u32(at + 28);
	out->elem_bytes = nwcfg_u32(at + 32);
	out->reserved = nwcfg_u32(at + 36);
	out->elems = nwcfg_u64(at + 40);
	out->bytes = nwcfg_u64(at + 48);
	out->offset = nwcfg_u64(at + 56);
}

static inline void nwcfg_load_dim(
	const unsigned char *at, struct nwcfg_dim *out)
{
	out->size = nwcfg_u64(at + 0);
}

static inline void nwcfg_load_ref(
	const unsigned char *at, struct nwcfg_ref *out)
{
	out->tensor = nwcfg_u32(at + 0);
	out->reserved = nwcfg_u32(at + 4);
}

static inline void nwcfg_load_step(
	const unsigned char *at, struct nwcfg_step *out)
{
	out->name = nwcfg_u32(at + 0);
	out->op = nwcfg_u32(at + 4);
	out->condition = nwcfg_u32(at + 8);
	out->reason = nwcfg_u32(at + 12);
	out->kind = nwcfg_u32(at + 16);
	out->flags = nwcfg_u32(at + 20);
	out->inputs = nwcfg_u32(at + 24);
	out->input_count = nwcfg_u32(at + 28);
	out->outputs = nwcfg_u32(at + 32);
	out->output_count = nwcfg_u32(at + 36);
	out->placements = nwcfg_u32(at + 40);
	out->placement_count = nwcfg_u32(at + 44);
	out->executions = nwcfg_u64(at + 48);
	out->macs = nwcfg_u64(at + 56);
}

static inline void nwcfg_load_placement(
	const unsigned char *at, struct nwcfg_placement *out)
{
	out->program = nwcfg_u32(at + 0);
	out->descriptors = nwcfg_u32(at + 4);
	out->instances = nwcfg_u32(at + 8);
	out->instance_count = nwcfg_u32(at + 12);
	out->runs = nwcfg_u64(at + 16);
}

static inline void nwcfg_load_instance(
	const unsigned char *at, struct nwcfg_instance *out)
{
	out->trips = nwcfg_u64(at + 0);
	out->step[0] = nwcfg_i64(at + 8);
	out->step[1] = nwcfg_i64(at + 16);
	out->step[2] = nwcfg_i64(at + 24);
}

static inline void nwcfg_load_descriptor(
	const unsigned char *at, struct nwcfg_descriptor *out)
{
	out->tensor = nwcfg_u32(at + 0);
	out->elem_bytes = nwcfg_u32(at + 4);
	out->extents = nwcfg_u32(at + 8);
	out->axis_count = nwcfg_u32(at + 12);
	out->burst_axes = nwcfg_u32(at + 16);
	out->reserved = nwcfg_u32(at + 20);
	out->base = nwcfg_i64(at + 24);
	out->burst_bytes = nwcfg_u64(at + 32);
	out->bursts = nwcfg_u64(at + 40);
	out->window_axis = nwcfg_u32(at + 48);
	out->window_loop = nwcfg_u32(at + 52);
	out->window_stride = nwcfg_i64(at + 56);
	out->window_dilation = nwcfg_i64(at + 64);
	out->window_start = nwcfg_i64(at + 72);
	out->window_size = nwcfg_u64(at + 80);
}

static inline void nwcfg_load_extent(
	const unsigned char *at, struct nwcfg_extent *out)
{
	out->size = nwcfg_u64(at + 0);
	out->low = nwcfg_u64(at + 8);
	out->high = nwcfg_u64(at + 16);
	out->stride = nwcfg_i64(at + 24);
	out->split = nwcfg_u64(at + 32);
	out->split_stride = nwcfg_i64(at + 40);
}

static inline void nwcfg_load_program(
	const unsigned char *at, struct nwcfg_program *out)
{
	out->name = nwcfg_u32(at + 0);
	out->nest = nwcfg_u32(at + 4);
	out->operands = nwcfg_u32(at + 8);
	out->counters = nwcfg_u32(at + 12);
	out->counter_count = nwcfg_u32(at + 16);
	out->expectation = nwcfg_u32(at + 20);
	out->level_counters[0] = nwcfg_u32(at + 24);
	out->level_counters[1] = nwcfg_u32(at + 28);
	out->level_counters[2] = nwcfg_u32(at + 32);
	out->level_counters[3] = nwcfg_u32(at + 36);
	out->spm_passes = nwcfg_u64(at + 40);
	out->rf_passes = nwcfg_u64(at + 48);
	out->pes = nwcfg_u64(at + 56);
	out->work = nwcfg_u64(at + 64);
	out->bound[0] = nwcfg_u64(at + 72);
	out->bound[1] = nwcfg_u64(at + 80);
	out->bound[2] = nwcfg_u64(at + 88);
	out->bound[3] = nwcfg_u64(at + 96);
	out->bound[4] = nwcfg_u64(at + 104);
	out->bound[5] = nwcfg_u64(at + 112);
	out->bound[6] = nwcfg_u64(at + 120);
	out->stride[0] = nwcfg_u64(at + 128);
	out->stride[1] = nwcfg_u64(at + 136);
	out->dilation[0] = nwcfg_u64(at + 144);
	out->dilation[1] = nwcfg_u64(at + 152);
}

static inline void nwcfg_load_counter(
	const unsigned char *at, struct nwcfg_counter *out)
{
	out->level = nwcfg_u32(at + 0);
	out->loop = nwcfg_u32(at + 4);
	out->trips = nwcfg_u64(at + 8);
	out->extent = nwcfg_u64(at + 16);
	out->axis[0] = nwcfg_u32(at + 24);
	out->axis[1] = nwcfg_u32(at + 28);
	out->axis[2] = nwcfg_u32(at + 32);
	out->pe_step = nwcfg_u32(at + 36);
	out->step[0] = nwcfg_u64(at + 40);
	out->step[1] = nwcfg_u64(at + 48);
	out->step[2] = nwcfg_u64(at + 56);
}

static inline void nwcfg_load_operand(
	const unsigned char *at, struct nwcfg_operand *out)
{
	out->axes = nwcfg_u32(at + 0);
	out->axis_count = nwcfg_u32(at + 4);
	out->flags = nwcfg_u32(at + 8);
	out->moved_by = nwcfg_u32(at + 12);
	out->bank_first = nwcfg_u32(at + 16);
	out->bank_count = nwcfg_u32(at + 20);
	out->spm_words = nwcfg_u64(at + 24);
	out->rf_offset = nwcfg_u64(at + 32);
	out->rf_words = nwcfg_u64(at + 40);
	out->array_words = nwcfg_u64(at + 48);
	out->dram_reuse = nwcfg_u64(at + 56);
	out->spm_reuse = nwcfg_u64(at + 64);
	out->group_pes = nwcfg_u64(at + 72);
	out->groups = nwcfg_u64(at + 80);
}

static inline void nwcfg_load_axis(
	const unsigned char *at, struct nwcfg_axis *out)
{
	out->index = nwcfg_u32(at + 0);
	out->reserved = nwcfg_u32(at + 4);
	out->tile = nwcfg_u64(at + 8);
	out->array = nwcfg_u64(at + 16);
	out->rf = nwcfg_u64(at + 24);
	out->spm_stride = nwcfg_u64(at + 32);
	out->rf_stride = nwcfg_u64(at + 40);
}

static inline void nwcfg_load_expectation(
	const unsigned char *at, struct nwcfg_expectation *out)
{
	out->flags = nwcfg_u32(at + 0);
	out->reserved = nwcfg_u32(at + 4);
	out->macs = nwcfg_u64(at + 8);
	out->cycles = nwcfg_u64(at + 16);
	out->pass_cycles = nwcfg_u64(at + 24);
	out->reduction_cycles = nwcfg_u64(at + 32);
	out->partial_sum_fetches = nwcfg_u64(at + 40);
	out->noc_cycles[0] = nwcfg_u64(at + 48);
	out->noc_cycles[1] = nwcfg_u64(at + 56);
	out->noc_cycles[2] = nwcfg_u64(at + 64);
	out->dma_cycles[0] = nwcfg_u64(at + 72);
	out->dma_cycles[1] = nwcfg_u64(at + 80);
	out->dma_cycles[2] = nwcfg_u64(at + 88);
	out->bursts[0] = nwcfg_u64(at + 96);
	out->bursts[1] = nwcfg_u64(at + 104);
	out->bursts[2] = nwcfg_u64(at + 112);
	out->burst_elems[0] = nwcfg_u64(at + 120);
	out->burst_elems[1] = nwcfg_u64(at + 128);
	out->burst_elems[2] = nwcfg_u64(at + 136);
	out->energy_pj = nwcfg_u64(at + 144);
	out->edp = nwcfg_u64(at + 152);
	out->component_pj[0] = nwcfg_u64(at + 160);
	out->component_pj[1] = nwcfg_u64(at + 168);
	out->component_pj[2] = nwcfg_u64(at + 176);
	out->component_pj[3] = nwcfg_u64(at + 184);
	out->component_pj[4] = nwcfg_u64(at + 192);
	out->dram_reads[0] = nwcfg_u64(at + 200);
	out->dram_reads[1] = nwcfg_u64(at + 208);
	out->dram_reads[2] = nwcfg_u64(at + 216);
	out->dram_writes[0] = nwcfg_u64(at + 224);
	out->dram_writes[1] = nwcfg_u64(at + 232);
	out->dram_writes[2] = nwcfg_u64(at + 240);
	out->spm_accesses[0] = nwcfg_u64(at + 248);
	out->spm_accesses[1] = nwcfg_u64(at + 256);
	out->spm_accesses[2] = nwcfg_u64(at + 264);
	out->deliveries[0] = nwcfg_u64(at + 272);
	out->deliveries[1] = nwcfg_u64(at + 280);
	out->deliveries[2] = nwcfg_u64(at + 288);
	out->reductions = nwcfg_u64(at + 296);
}

static inline enum nwcfg_error nwcfg_get_arch(
	const struct nwcfg *cfg, uint32_t index, struct nwcfg_arch *out)
{
	const unsigned char *at = nwcfg_record(cfg, NWCFG_ARCH, index);
	if (!at)
		return NWCFG_BAD_INDEX;
	nwcfg_load_arch(at, out);
	return NWCFG_OK;
}

static inline enum nwcfg_error nwcfg_get_model(
	const struct nwcfg *cfg, uint32_t index, struct nwcfg_model *out)
{
	const unsigned char *at = nwcfg_record(cfg, NWCFG_MODEL, index);
	if (!at)
		return NWCFG_BAD_INDEX;
	nwcfg_load_model(at, out);
	return NWCFG_OK;
}

static inline enum nwcfg_error nwcfg_get_tensor(
	const struct nwcfg *cfg, uint32_t index, struct nwcfg_tensor *out)
{
	const unsigned char *at = nwcfg_record(cfg, NWCFG_TENSOR, index);
	if (!at)
		return NWCFG_BAD_INDEX;
	nwcfg_load_tensor(at, out);
	return NWCFG_OK;
}

static inline enum nwcfg_error nwcfg_get_dim(
	const struct nwcfg *cfg, uint32_t index, struct nwcfg_dim *out)
{
	const unsigned char *at = nwcfg_record(cfg, NWCFG_DIM, index);
	if (!at)
		return NWCFG_BAD_INDEX;
	nwcfg_load_dim(at, out);
	return NWCFG_OK;
}

static inline enum nwcfg_error nwcfg_get_ref(
	const struct nwcfg *cfg, uint32_t index, struct nwcfg_ref *out)
{
	const unsigned char *at = nwcfg_record(cfg, NWCFG_REF, index);
	if (!at)
		return NWCFG_BAD_INDEX;
	nwcfg_load_ref(at, out);
	return NWCFG_OK;
}

static inline enum nwcfg_error nwcfg_get_step(
	const struct nwcfg *cfg, uint32_t index, struct nwcfg_step *out)
{
	const unsigned char *at = nwcfg_record(cfg, NWCFG_STEP, index);
	if (!at)
		return NWCFG_BAD_INDEX;
	nwcfg_load_step(at, out);
	return NWCFG_OK;
}

static inline enum nwcfg_error nwcfg_get_placement(
	const struct nwcfg *cfg, uint32_t index, struct nwcfg_placement *out)
{
	const unsigned char *at = nwcfg_record(cfg, NWCFG_PLACEMENT, index);
	if (!at)
		return NWCFG_BAD_INDEX;
	nwcfg_load_placement(at, out);
	return NWCFG_OK;
}

static inline enum nwcfg_error nwcfg_get_instance(
	const struct nwcfg *cfg, uint32_t index, struct nwcfg_instance *out)
{
	const unsigned char *at = nwcfg_record(cfg, NWCFG_INSTANCE, index);
	if (!at)
		return NWCFG_BAD_INDEX;
	nwcfg_load_instance(at, out);
	return NWCFG_OK;
}

static inline enum nwcfg_error nwcfg_get_descriptor(
	const struct nwcfg *cfg, uint32_t index, struct nwcfg_descriptor *out)
{
	const unsigned char *at = nwcfg_record(cfg, NWCFG_DESCRIPTOR, index);
	if (!at)
		return NWCFG_BAD_INDEX;
	nwcfg_load_descriptor(at, out);
	return NWCFG_OK;
}

static inline enum nwcfg_error nwcfg_get_extent(
	const struct nwcfg *cfg, uint32_t index, struct nwcfg_extent *out)
{
	const unsigned char *at = nwcfg_record(cfg, NWCFG_EXTENT, index);
	if (!at)
		return NWCFG_BAD_INDEX;
	nwcfg_load_extent(at, out);
	return NWCFG_OK;
}

static inline enum nwcfg_error nwcfg_get_program(
	const struct nwcfg *cfg, uint32_t index, struct nwcfg_program *out)
{
	const unsigned char *at = nwcfg_record(cfg, NWCFG_PROGRAM, index);
	if (!at)
		return NWCFG_BAD_INDEX;
	nwcfg_load_program(at, out);
	return NWCFG_OK;
}

static inline enum nwcfg_error nwcfg_get_counter(
	const struct nwcfg *cfg, uint32_t index, struct nwcfg_counter *out)
{
	const unsigned char *at = nwcfg_record(cfg, NWCFG_COUNTER, index);
	if (!at)
		return NWCFG_BAD_INDEX;
	nwcfg_load_counter(at, out);
	return NWCFG_OK;
}

static inline enum nwcfg_error nwcfg_get_operand(
	const struct nwcfg *cfg, uint32_t index, struct nwcfg_operand *out)
{
	const unsigned char *at = nwcfg_record(cfg, NWCFG_OPERAND, index);
	if (!at)
		return NWCFG_BAD_INDEX;
	nwcfg_load_operand(at, out);
	return NWCFG_OK;
}

static inline enum nwcfg_error nwcfg_get_axis(
	const struct nwcfg *cfg, uint32_t index, struct nwcfg_axis *out)
{
	const unsigned char *at = nwcfg_record(cfg, NWCFG_AXIS, index);
	if (!at)
		return NWCFG_BAD_INDEX;
	nwcfg_load_axis(at, out);
	return NWCFG_OK;
}

static inline enum nwcfg_error nwcfg_get_expectation(
	const struct nwcfg *cfg, uint32_t index, struct nwcfg_expectation *out)
{
	const unsigned char *at = nwcfg_record(cfg, NWCFG_EXPECTATION, index);
	if (!at)
		return NWCFG_BAD_INDEX;
	nwcfg_load_expectation(at, out);
	return NWCFG_OK;
}

static const struct nwcfg_rule nwcfg_rules[] = {
	{NWCFG_ARCH, 0, NWCFG_RULE_REF, NWCFG_STRING},
	{NWCFG_ARCH, 4, NWCFG_RULE_BELOW, 16},
	{NWCFG_MODEL, 0, NWCFG_RULE_REF, NWCFG_STRING},
	{NWCFG_MODEL, 4, NWCFG_RULE_REF, NWCFG_STRING},
	{NWCFG_MODEL, 8, NWCFG_RULE_REF, NWCFG_STRING},
	{NWCFG_TENSOR, 0, NWCFG_RULE_REF, NWCFG_STRING},
	{NWCFG_TENSOR, 4, NWCFG_RULE_BELOW, 27},
	{NWCFG_TENSOR, 8, NWCFG_RULE_BELOW, 32},
	{NWCFG_TENSOR, 12, NWCFG_RULE_BELOW, 3},
	{NWCFG_TENSOR, 16, NWCFG_RULE_RANGE, NWCFG_DIM},
	{NWCFG_TENSOR, 36, NWCFG_RULE_BELOW, 1},
	{NWCFG_REF, 0, NWCFG_RULE_OPT, NWCFG_TENSOR},
	{NWCFG_REF, 4, NWCFG_RULE_BELOW, 1},
	{NWCFG_STEP, 0, NWCFG_RULE_REF, NWCFG_STRING},
	{NWCFG_STEP, 4, NWCFG_RULE_REF, NWCFG_STRING},
	{NWCFG_STEP, 8, NWCFG_RULE_REF, NWCFG_STRING},
	{NWCFG_STEP, 12, NWCFG_RULE_REF, NWCFG_STRING},
	{NWCFG_STEP, 16, NWCFG_RULE_BELOW, 2},
	{NWCFG_STEP, 20, NWCFG_RULE_BELOW, 8},
	{NWCFG_STEP, 24, NWCFG_RULE_RANGE, NWCFG_REF},
	{NWCFG_STEP, 32, NWCFG_RULE_RANGE, NWCFG_REF},
	{NWCFG_STEP, 40, NWCFG_RULE_RANGE, NWCFG_PLACEMENT},
	{NWCFG_PLACEMENT, 0, NWCFG_RULE_REF, NWCFG_PROGRAM},
	{NWCFG_PLACEMENT, 4, NWCFG_RULE_TRIPLE, NWCFG_DESCRIPTOR},
	{NWCFG_PLACEMENT, 8, NWCFG_RULE_RANGE, NWCFG_INSTANCE},
	{NWCFG_DESCRIPTOR, 0, NWCFG_RULE_REF, NWCFG_TENSOR},
	{NWCFG_DESCRIPTOR, 8, NWCFG_RULE_RANGE, NWCFG_EXTENT},
	{NWCFG_DESCRIPTOR, 20, NWCFG_RULE_BELOW, 1},
	{NWCFG_PROGRAM, 0, NWCFG_RULE_REF, NWCFG_STRING},
	{NWCFG_PROGRAM, 4, NWCFG_RULE_REF, NWCFG_STRING},
	{NWCFG_PROGRAM, 8, NWCFG_RULE_TRIPLE, NWCFG_OPERAND},
	{NWCFG_PROGRAM, 12, NWCFG_RULE_RANGE, NWCFG_COUNTER},
	{NWCFG_PROGRAM, 20, NWCFG_RULE_OPT, NWCFG_EXPECTATION},
	{NWCFG_COUNTER, 0, NWCFG_RULE_BELOW, 4},
	{NWCFG_COUNTER, 4, NWCFG_RULE_BELOW, 7},
	{NWCFG_OPERAND, 0, NWCFG_RULE_RANGE, NWCFG_AXIS},
	{NWCFG_OPERAND, 8, NWCFG_RULE_BELOW, 16},
	{NWCFG_AXIS, 0, NWCFG_RULE_BELOW, 9},
	{NWCFG_AXIS, 4, NWCFG_RULE_BELOW, 1},
	{NWCFG_EXPECTATION, 0, NWCFG_RULE_BELOW, 2},
	{NWCFG_EXPECTATION, 4, NWCFG_RULE_BELOW, 1},
};
/* --- generated from config_fields.def: end --- */
/* clang-format on */

/* Never NULL: an offset beyond the section reads as "". */
static inline const char *nwcfg_string(const struct nwcfg *cfg, uint32_t offset)
{
	const unsigned char *at = nwcfg_record(cfg, NWCFG_STRING, offset);
	return at ? (const char *)at : "";
}

/* --- tiles ---------------------------------------------------------------- */

/* Iterations that are real in trip 'at' of a counter with that extent, of so
 * many around it: fewer than the extent at the edge, none beyond it. */
static inline uint64_t nwcfg_clip(uint64_t around, uint64_t at, uint64_t extent)
{
	uint64_t from = nwcfg_mul(at, extent);
	if (from >= around)
		return 0;
	return around - from < extent ? around - from : extent;
}

/* The same for a level's counters, which stand at 'at': size[], the iterations
 * of each loop around them, becomes those within. Starts from a program's
 * bound; through the levels in turn it is the real part of the SPM tile, of
 * what the PE array covers, of a PE's RF tile. */
static inline void nwcfg_clip_tile(const struct nwcfg_counter *counter,
	const uint64_t *at, uint32_t counters, uint64_t size[7])
{
	uint32_t k;
	for (k = 0; k < counters; k++)
		size[counter[k].loop] = nwcfg_clip(
			size[counter[k].loop], at[k], counter[k].extent);
}

/* Indices along an axis that so many iterations of each loop cover; 0: none. */
static inline uint64_t nwcfg_axis_indices(const struct nwcfg_program *program,
	uint32_t index, const uint64_t size[7])
{
	uint32_t w = index == NWCFG_INDEX_COLUMNS;
	uint64_t out = size[NWCFG_LOOP_OX + w], tap = size[NWCFG_LOOP_FX + w];
	if (index < NWCFG_INDEX_ROWS)
		return size[index];
	if (!out || !tap)
		return 0;
	return nwcfg_add(nwcfg_add(nwcfg_mul(out - 1, program->stride[w]),
				 nwcfg_mul(tap - 1, program->dilation[w])),
		1);
}

/* Bytes from the descriptor's base to index i of an axis. */
static inline int64_t nwcfg_axis_bytes(
	const struct nwcfg_extent *extent, uint64_t i)
{
	if (!extent->split)
		return (int64_t)i * extent->stride;
	return (int64_t)(i / extent->split) * extent->split_stride +
		(int64_t)(i % extent->split) * extent->stride;
}

/* --- opening -------------------------------------------------------------- */

/* Opens size bytes at data, which must stay there as long as cfg is used. On an
 * error cfg says where (bad_section, bad_record, bad_byte) and holds nothing
 * else. */
NWCFG_CALL enum nwcfg_error nwcfg_open(
	struct nwcfg *cfg, const void *data, size_t size);

/* The same, refusing a blob that was made for another machine. */
NWCFG_CALL enum nwcfg_error nwcfg_open_for(struct nwcfg *cfg, const void *data,
	size_t size, uint64_t fingerprint);

#ifdef NWCFG_BODIES

static inline enum nwcfg_error nwcfg_fail(struct nwcfg *cfg,
	enum nwcfg_error error, uint32_t section, uint32_t record,
	uint32_t byte)
{
	cfg->bad_section = section;
	cfg->bad_record = record;
	cfg->bad_byte = byte;
	return error;
}

static inline enum nwcfg_error nwcfg_open_header(
	struct nwcfg *cfg, struct nwcfg_header *header)
{
	static const unsigned char magic[8] = {
		'N', 'W', 'C', 'F', 'G', 0x0d, 0x0a, 0x1a};
	static const unsigned char zero[4] = {0, 0, 0, 0};
	uint64_t table;
	uint32_t crc;
	unsigned i;
	for (i = 0; i < sizeof magic && i < cfg->size; i++)
		if (cfg->data[i] != magic[i])
			return NWCFG_BAD_MAGIC;
	if (cfg->size < NWCFG_HEADER_BYTES)
		return NWCFG_TOO_SHORT;
	nwcfg_load_header(cfg->data, header);
	if (header->major != NWCFG_MAJOR)
		return NWCFG_BAD_VERSION;
	if (header->file_bytes > cfg->size)
		return NWCFG_TOO_SHORT;
	if (header->file_bytes < cfg->size)
		return NWCFG_TOO_LONG;
	table = nwcfg_mul(header->section_count, header->section_bytes);
	if (header->header_bytes < NWCFG_HEADER_BYTES ||
		header->header_bytes % 8 ||
		header->section_bytes < NWCFG_SECTION_BYTES ||
		header->section_bytes % 8 ||
		nwcfg_add(header->header_bytes, table) > cfg->size)
		return NWCFG_BAD_HEADER;
	crc = nwcfg_crc32(0, cfg->data, NWCFG_HEADER_CRC_AT);
	crc = nwcfg_crc32(crc, zero, 4);
	crc = nwcfg_crc32(crc, cfg->data + NWCFG_HEADER_CRC_AT + 4,
		(size_t)(header->header_bytes + table) - NWCFG_HEADER_CRC_AT -
			4);
	if (crc != header->header_crc)
		return NWCFG_BAD_CHECKSUM;
	cfg->minor = header->minor;
	cfg->fingerprint = header->fingerprint;
	return header->reserved ? NWCFG_BAD_HEADER : NWCFG_OK;
}

/* A section's entry in the table: where it lies, and that its bytes are as they
 * were written. */
static inline enum nwcfg_error nwcfg_open_section(
	struct nwcfg *cfg, const struct nwcfg_section *section, uint64_t *end)
{
	uint64_t bytes = nwcfg_mul(section->count, section->record_bytes);
	unsigned id = 0;
	struct nwcfg_place *place;
	if (section->offset != *end || section->bytes % 8 ||
		section->bytes > cfg->size - *end || bytes > section->bytes ||
		section->bytes - bytes >= 8)
		return NWCFG_BAD_SECTION;
	while (id < NWCFG_SECTIONS && nwcfg_sections[id].tag != section->tag)
		id++;
	if (nwcfg_crc32(0, cfg->data + *end, (size_t)section->bytes) !=
		section->crc)
		return nwcfg_fail(cfg, NWCFG_BAD_CHECKSUM, id, 0, 0);
	if (id < NWCFG_SECTIONS) {
		place = &cfg->place[id];
		if (place->at ||
			section->record_bytes < nwcfg_sections[id].record_bytes)
			return NWCFG_BAD_SECTION;
		place->at = cfg->data + *end;
		place->record_bytes = section->record_bytes;
		place->count = section->count;
	}
	*end += section->bytes;
	return NWCFG_OK;
}

static inline enum nwcfg_error nwcfg_open_sections(
	struct nwcfg *cfg, const struct nwcfg_header *header)
{
	uint64_t end = header->header_bytes +
		(uint64_t)header->section_count * header->section_bytes;
	const struct nwcfg_place *strings = &cfg->place[NWCFG_STRING];
	uint32_t i;
	for (i = 0; i < header->section_count; i++) {
		struct nwcfg_section section;
		enum nwcfg_error error;
		nwcfg_load_section(cfg->data + header->header_bytes +
				(size_t)i * header->section_bytes,
			&section);
		cfg->bad_record = i;
		error = nwcfg_open_section(cfg, &section, &end);
		if (error != NWCFG_OK)
			return error;
	}
	if (end != cfg->size)
		return NWCFG_BAD_SECTION;
	for (i = 0; i < NWCFG_SECTIONS; i++)
		if (!cfg->place[i].at)
			return nwcfg_fail(cfg, NWCFG_MISSING_SECTION, i, 0, 0);
	if (nwcfg_count(cfg, NWCFG_ARCH) != 1)
		return nwcfg_fail(cfg, NWCFG_BAD_SECTION, NWCFG_ARCH, 0, 0);
	if (nwcfg_count(cfg, NWCFG_MODEL) != 1)
		return nwcfg_fail(cfg, NWCFG_BAD_SECTION, NWCFG_MODEL, 0, 0);
	if (strings->record_bytes != 1 ||
		(strings->count && strings->at[strings->count - 1]))
		return nwcfg_fail(cfg, NWCFG_BAD_SECTION, NWCFG_STRING, 0, 0);
	return NWCFG_OK;
}

/* Does a field keep to its rule? */
static inline int nwcfg_rule_holds(const struct nwcfg *cfg,
	const struct nwcfg_rule *rule, const unsigned char *at)
{
	uint32_t value = nwcfg_u32(at);
	uint32_t count = rule->rule == NWCFG_RULE_BELOW
		? rule->limit
		: nwcfg_count(cfg, rule->limit);
	switch (rule->rule) {
	case NWCFG_RULE_OPT:
		return value < count || value == NWCFG_NONE;
	case NWCFG_RULE_RANGE: /* its count is the next field */
		return nwcfg_add(value, nwcfg_u32(at + 4)) <= count;
	case NWCFG_RULE_TRIPLE:
		return nwcfg_add(value, 3) <= count;
	default:
		return value < count;
	}
}

static inline enum nwcfg_error nwcfg_open_rules(struct nwcfg *cfg)
{
	size_t r;
	uint32_t i;
	for (r = 0; r < sizeof nwcfg_rules / sizeof *nwcfg_rules; r++) {
		const struct nwcfg_rule *rule = &nwcfg_rules[r];
		for (i = 0; i < nwcfg_count(cfg, rule->section); i++)
			if (!nwcfg_rule_holds(cfg, rule,
				    nwcfg_record(cfg, rule->section, i) +
					    rule->byte))
				return nwcfg_fail(cfg,
					rule->rule == NWCFG_RULE_BELOW
						? NWCFG_BAD_VALUE
						: NWCFG_BAD_INDEX,
					rule->section, i, rule->byte);
	}
	return NWCFG_OK;
}

/* --- what the numbers must agree on --------------------------------------- */

/* The machine and the regions of DRAM. */
static inline enum nwcfg_error nwcfg_check_machine(struct nwcfg *cfg)
{
	struct nwcfg_arch arch;
	struct nwcfg_model model;
	uint64_t banks = 0;
	int o;
	nwcfg_load_arch(nwcfg_record(cfg, NWCFG_ARCH, 0), &arch);
	nwcfg_load_model(nwcfg_record(cfg, NWCFG_MODEL, 0), &model);
	if (!arch.pes || !arch.elem_bytes || !arch.spm_banks ||
		!arch.bank_bytes || !arch.spm_buffers ||
		arch.spm_buffers > 2 || !arch.port_words ||
		nwcfg_mul(arch.grid_rows, arch.grid_columns) != arch.pes)
		return nwcfg_fail(cfg, NWCFG_BAD_VALUE, NWCFG_ARCH, 0, 0);
	for (o = 0; o < 3; o++) {
		banks = nwcfg_add(banks, arch.operand_banks[o]);
		if (!arch.word_bits[o] || !arch.dram_bits[o] ||
			!arch.noc_words[o] || arch.may_skip[o] > 3 ||
			!arch.operand_banks[o] != !arch.operand_banks[0])
			return nwcfg_fail(
				cfg, NWCFG_BAD_VALUE, NWCFG_ARCH, 0, 0);
	}
	if (banks > arch.spm_banks)
		return nwcfg_fail(cfg, NWCFG_BAD_VALUE, NWCFG_ARCH, 0, 0);
	if (!model.alignment || (model.alignment & (model.alignment - 1)))
		return nwcfg_fail(cfg, NWCFG_BAD_VALUE, NWCFG_MODEL, 0, 0);
	return NWCFG_OK;
}

static inline enum nwcfg_error nwcfg_check_tensors(struct nwcfg *cfg)
{
	struct nwcfg_model model;
	uint32_t i, d;
	nwcfg_load_model(nwcfg_record(cfg, NWCFG_MODEL, 0), &model);
	for (i = 0; i < nwcfg_count(cfg, NWCFG_TENSOR); i++) {
		struct nwcfg_tensor t;
		uint64_t elems = 1, region;
		nwcfg_load_tensor(nwcfg_record(cfg, NWCFG_TENSOR, i), &t);
		for (d = 0; d < t.rank; d++)
			elems = nwcfg_mul(elems,
				nwcfg_u64(nwcfg_record(
					cfg, NWCFG_DIM, t.dims + d)));
		if (t.region == NWCFG_REGION_NONE)
			continue;
		region = t.region == NWCFG_REGION_ARENA ? model.arena_bytes
							: model.constant_bytes;
		if (!t.elem_bytes || t.elems != elems ||
			t.bytes != nwcfg_mul(elems, t.elem_bytes) ||
			t.offset % model.alignment ||
			nwcfg_add(t.offset, t.bytes) > region)
			return nwcfg_fail(
				cfg, NWCFG_BAD_TENSOR, NWCFG_TENSOR, i, 0);
	}
	return NWCFG_OK;
}

/* Is the tensor there in this step? */
static inline int nwcfg_lives(
	const struct nwcfg *cfg, uint32_t tensor, uint32_t step)
{
	struct nwcfg_tensor t;
	nwcfg_load_tensor(nwcfg_record(cfg, NWCFG_TENSOR, tensor), &t);
	return t.first_step <= step && step <= t.last_step;
}

/* The first tensor that a step uses while its place may be another's;
 * NWCFG_NONE: all are there. */
static inline uint32_t nwcfg_dead_tensor(
	const struct nwcfg *cfg, const struct nwcfg_step *step, uint32_t index)
{
	uint32_t i, k;
	for (i = 0; i < 2; i++) {
		uint32_t first = i ? step->outputs : step->inputs;
		uint32_t count = i ? step->output_count : step->input_count;
		for (k = 0; k < count; k++) {
			uint32_t tensor = nwcfg_u32(
				nwcfg_record(cfg, NWCFG_REF, first + k));
			if (tensor != NWCFG_NONE &&
				!nwcfg_lives(cfg, tensor, index))
				return tensor;
		}
	}
	for (i = 0; i < step->placement_count; i++) {
		struct nwcfg_placement placement;
		nwcfg_load_placement(nwcfg_record(cfg, NWCFG_PLACEMENT,
					     step->placements + i),
			&placement);
		for (k = 0; k < 3; k++) {
			uint32_t tensor = nwcfg_u32(nwcfg_record(cfg,
				NWCFG_DESCRIPTOR, placement.descriptors + k));
			if (!nwcfg_lives(cfg, tensor, index))
				return tensor;
		}
	}
	return NWCFG_NONE;
}

/* The steps: what they use is there, and their sums are the model's. */
static inline enum nwcfg_error nwcfg_check_steps(struct nwcfg *cfg)
{
	struct nwcfg_model model;
	uint64_t macs = 0;
	uint32_t i, layers = 0;
	nwcfg_load_model(nwcfg_record(cfg, NWCFG_MODEL, 0), &model);
	for (i = 0; i < nwcfg_count(cfg, NWCFG_STEP); i++) {
		struct nwcfg_step step;
		uint32_t dead;
		nwcfg_load_step(nwcfg_record(cfg, NWCFG_STEP, i), &step);
		dead = nwcfg_dead_tensor(cfg, &step, i);
		if (dead != NWCFG_NONE)
			return nwcfg_fail(
				cfg, NWCFG_BAD_TENSOR, NWCFG_TENSOR, dead, 0);
		if (step.kind == NWCFG_STEP_LAYER)
			layers++;
		else if (step.placement_count || step.macs)
			return nwcfg_fail(
				cfg, NWCFG_BAD_VALUE, NWCFG_STEP, i, 0);
		macs = nwcfg_add(macs, nwcfg_mul(step.macs, step.executions));
	}
	if (model.layers != layers || model.macs != macs)
		return nwcfg_fail(cfg, NWCFG_BAD_VALUE, NWCFG_MODEL, 0, 0);
	return NWCFG_OK;
}

/* Does the loop run along an axis of this index? */
static inline int nwcfg_runs_along(uint32_t loop, uint32_t index)
{
	switch (index) {
	case NWCFG_INDEX_ROWS:
		return loop == NWCFG_LOOP_OX || loop == NWCFG_LOOP_FX;
	case NWCFG_INDEX_COLUMNS:
		return loop == NWCFG_LOOP_OY || loop == NWCFG_LOOP_FY;
	default:
		return loop == index;
	}
}

/* The axis of an operand that a loop runs along; NWCFG_NONE: none. */
static inline uint32_t nwcfg_loop_axis(const struct nwcfg *cfg,
	const struct nwcfg_operand *operand, uint32_t loop)
{
	uint32_t d;
	for (d = 0; d < operand->axis_count; d++)
		if (nwcfg_runs_along(loop,
			    nwcfg_u32(nwcfg_record(
				    cfg, NWCFG_AXIS, operand->axes + d))))
			return d;
	return NWCFG_NONE;
}

/* How far a trip of counter c moves operand o: indices of the axis in DRAM,
 * words of the tile in the scratchpad or of that in the register files. */
static inline uint64_t nwcfg_counter_step(const struct nwcfg *cfg,
	const struct nwcfg_program *program, const struct nwcfg_counter *c,
	const struct nwcfg_operand *operand, uint32_t d)
{
	struct nwcfg_axis axis;
	uint64_t step = c->extent;
	uint32_t w;
	nwcfg_load_axis(
		nwcfg_record(cfg, NWCFG_AXIS, operand->axes + d), &axis);
	w = axis.index == NWCFG_INDEX_COLUMNS;
	if (axis.index >= NWCFG_INDEX_ROWS)
		step = nwcfg_mul(step,
			c->loop >= NWCFG_LOOP_FX ? program->dilation[w]
						 : program->stride[w]);
	if (c->level == NWCFG_LEVEL_DRAM)
		return step;
	return nwcfg_mul(step,
		c->level == NWCFG_LEVEL_RF ? axis.rf_stride : axis.spm_stride);
}

/* Counter k of a program moves each operand along the axis of its loop, by what
 * its extent comes to. */
static inline int nwcfg_counter_moves(const struct nwcfg *cfg,
	const struct nwcfg_program *program, const struct nwcfg_counter *c,
	uint32_t k)
{
	uint32_t o;
	for (o = 0; o < 3; o++) {
		struct nwcfg_operand operand;
		uint32_t d;
		nwcfg_load_operand(
			nwcfg_record(cfg, NWCFG_OPERAND, program->operands + o),
			&operand);
		d = nwcfg_loop_axis(cfg, &operand, c->loop);
		if (c->axis[o] != d ||
			(operand.moved_by >> k & 1) != (d != NWCFG_NONE) ||
			c->step[o] !=
				(d == NWCFG_NONE ? 0
						 : nwcfg_counter_step(cfg,
							   program, c, &operand,
							   d)))
			return 0;
	}
	return 1;
}

/* PEs that the SPATIAL counters so far take, innermost first: all of them as one
 * row (line), or a rectangle of the grid. */
struct nwcfg_places {
	uint64_t line, rows, columns;
	int is_line, is_grid;
};

/* Takes another counter: its coordinates are those of a line, or follow each
 * other along the columns or the rows. */
static inline void nwcfg_place(struct nwcfg_places *p,
	const struct nwcfg_arch *arch, const struct nwcfg_counter *c)
{
	p->is_line = p->is_line && c->pe_step == p->line;
	p->line = nwcfg_mul(p->line, c->trips);
	if (c->pe_step < arch->grid_columns) {
		p->is_grid = p->is_grid && c->pe_step == p->columns;
		p->columns = nwcfg_mul(p->columns, c->trips);
	} else {
		p->is_grid = p->is_grid &&
			c->pe_step == nwcfg_mul(arch->grid_columns, p->rows);
		p->rows = nwcfg_mul(p->rows, c->trips);
	}
}

/* The counters of a program: in order of their levels, multiplying to the
 * numbers of the program; each PE at a place of its own in the array. */
static inline int nwcfg_counters_hold(const struct nwcfg *cfg,
	const struct nwcfg_arch *arch, const struct nwcfg_program *program)
{
	uint64_t product[4] = {1, 1, 1, 1};
	struct nwcfg_places places = {1, 1, 1, 1, 1};
	uint32_t in_level[4] = {0, 0, 0, 0};
	uint32_t k = program->counter_count, last = NWCFG_LEVEL_RF;
	uint32_t o;
	if (k > 31)
		return 0;
	for (o = 0; o < 3; o++) {
		struct nwcfg_operand operand;
		nwcfg_load_operand(
			nwcfg_record(cfg, NWCFG_OPERAND, program->operands + o),
			&operand);
		if (operand.moved_by >> k)
			return 0;
	}
	while (k-- > 0) { /* innermost first */
		struct nwcfg_counter c;
		nwcfg_load_counter(
			nwcfg_record(cfg, NWCFG_COUNTER, program->counters + k),
			&c);
		if (c.level > last || c.trips < 2)
			return 0;
		last = c.level;
		if (c.level == NWCFG_LEVEL_SPATIAL)
			nwcfg_place(&places, arch, &c);
		else if (c.pe_step)
			return 0;
		product[c.level] = nwcfg_mul(product[c.level], c.trips);
		in_level[c.level]++;
		if (!nwcfg_counter_moves(cfg, program, &c, k))
			return 0;
	}
	for (o = 0; o < 4; o++)
		if (in_level[o] != program->level_counters[o])
			return 0;
	return product[NWCFG_LEVEL_DRAM] == program->spm_passes &&
		product[NWCFG_LEVEL_SPM] == program->rf_passes &&
		product[NWCFG_LEVEL_SPATIAL] == program->pes &&
		product[NWCFG_LEVEL_RF] == program->work &&
		program->pes <= arch->pes &&
		(places.is_line ||
			(places.is_grid && places.rows <= arch->grid_rows &&
				places.columns <= arch->grid_columns));
}

/* Iterations of each loop in the tiles within the levels: the SPM tile, what
 * the array covers, the RF tile, one. */
struct nwcfg_sizes {
	uint64_t within[4][7];
};

/* Fills them in. Each level cuts a loop once at most, into equal tiles as small
 * as its trips allow, the last one with something of the loop in it; at the end
 * each is one iteration. Else 0. */
static inline int nwcfg_sizes_hold(const struct nwcfg *cfg,
	const struct nwcfg_program *program, struct nwcfg_sizes *sizes)
{
	const uint64_t *around = program->bound;
	uint32_t k = program->counters, level, n, l;
	for (level = 0; level < 4; level++) {
		uint64_t *within = sizes->within[level];
		for (l = 0; l < 7; l++)
			within[l] = around[l];
		for (n = 0; n < program->level_counters[level]; n++) {
			struct nwcfg_counter c;
			uint64_t size;
			nwcfg_load_counter(
				nwcfg_record(cfg, NWCFG_COUNTER, k++), &c);
			size = around[c.loop];
			if (within[c.loop] != size || !size || !c.extent ||
				c.extent == size ||
				c.extent != (size - 1) / c.trips + 1 ||
				c.trips != (size - 1) / c.extent + 1)
				return 0;
			within[c.loop] = c.extent;
		}
		around = within;
	}
	for (l = 0; l < 7; l++)
		if (around[l] != 1)
			return 0;
	return 1;
}

/* What the counters say of an operand. */
struct nwcfg_walk {
	uint64_t dram_reuse, spm_reuse; /* turns in a row without a move */
	uint64_t group_pes, groups;
};

static inline struct nwcfg_walk nwcfg_walk_counters(const struct nwcfg *cfg,
	const struct nwcfg_program *program, uint32_t o)
{
	struct nwcfg_walk walk = {1, 1, 1, 1};
	int moved[2] = {0, 0}; /* at DRAM, SPM */
	uint32_t k = program->counter_count;
	while (k-- > 0) {
		struct nwcfg_counter c;
		int moves;
		nwcfg_load_counter(
			nwcfg_record(cfg, NWCFG_COUNTER, program->counters + k),
			&c);
		moves = c.axis[o] != NWCFG_NONE;
		switch (c.level) {
		case NWCFG_LEVEL_DRAM:
			moved[0] |= moves;
			if (!moved[0])
				walk.dram_reuse *= c.trips;
			break;
		case NWCFG_LEVEL_SPM:
			moved[1] |= moves;
			if (!moved[1])
				walk.spm_reuse *= c.trips;
			break;
		case NWCFG_LEVEL_SPATIAL:
			if (moves)
				walk.groups *= c.trips;
			else
				walk.group_pes *= c.trips;
			break;
		default:
			break;
		}
	}
	return walk;
}

/* The banks are there: of the operand's own, where it has some. */
static inline int nwcfg_has_banks(const struct nwcfg_arch *arch, uint32_t o,
	uint64_t first, uint64_t count)
{
	uint64_t from = 0, banks = arch->spm_banks;
	uint32_t before;
	if (arch->operand_banks[o]) {
		for (before = 0; before < o; before++)
			from += arch->operand_banks[before];
		banks = arch->operand_banks[o];
	}
	return first >= from && nwcfg_add(first, count) <= from + banks;
}

/* The register file holds the tiles of all operands, one behind the other; end:
 * behind the last word of one. */
static inline int nwcfg_fits_rf(const struct nwcfg *cfg,
	const struct nwcfg_program *program, const struct nwcfg_arch *arch,
	uint64_t end)
{
	uint64_t words = 0, bits = 0;
	uint32_t o;
	for (o = 0; o < 3; o++) {
		struct nwcfg_operand operand;
		nwcfg_load_operand(nwcfg_record(cfg, NWCFG_OPERAND,
					   program->operands + o),
			&operand);
		words = nwcfg_add(words, operand.rf_words);
		bits = nwcfg_add(bits,
			nwcfg_mul(operand.rf_words, arch->word_bits[o]));
	}
	return end <= words && bits <= nwcfg_mul(arch->rf_bytes, 8);
}

/* Whether a PE uses each word of the operand's tile once: every RF counter moves
 * it, each along an axis of its own. */
static inline int nwcfg_used_once(const struct nwcfg *cfg,
	const struct nwcfg_program *program, uint32_t o)
{
	uint32_t first = program->counters + program->counter_count -
		program->level_counters[NWCFG_LEVEL_RF];
	uint32_t n = program->level_counters[NWCFG_LEVEL_RF], k, other;
	for (k = 0; k < n; k++) {
		struct nwcfg_counter c;
		nwcfg_load_counter(
			nwcfg_record(cfg, NWCFG_COUNTER, first + k), &c);
		if (c.axis[o] == NWCFG_NONE)
			return 0;
		for (other = 0; other < k; other++) {
			struct nwcfg_counter d;
			nwcfg_load_counter(nwcfg_record(cfg, NWCFG_COUNTER,
						   first + other),
				&d);
			if (d.axis[o] == c.axis[o])
				return 0;
		}
	}
	return 1;
}

/* Tiles are dense boxes of their loops' sizes, and lie within their banks and
 * the register file: so is whatever counters lead to that is real. */
static inline int nwcfg_operand_holds(const struct nwcfg *cfg,
	const struct nwcfg_arch *arch, const struct nwcfg_program *program,
	const struct nwcfg_sizes *sizes, uint32_t o)
{
	struct nwcfg_operand operand;
	struct nwcfg_walk walk = nwcfg_walk_counters(cfg, program, o);
	uint64_t spm = 1, rf = 1, array = 1, held;
	uint32_t d;
	nwcfg_load_operand(
		nwcfg_record(cfg, NWCFG_OPERAND, program->operands + o),
		&operand);
	for (d = operand.axis_count; d-- > 0;) {
		struct nwcfg_axis axis;
		nwcfg_load_axis(
			nwcfg_record(cfg, NWCFG_AXIS, operand.axes + d), &axis);
		if (axis.tile !=
				nwcfg_axis_indices(program, axis.index,
					sizes->within[NWCFG_LEVEL_DRAM]) ||
			axis.array !=
				nwcfg_axis_indices(program, axis.index,
					sizes->within[NWCFG_LEVEL_SPM]) ||
			axis.rf !=
				nwcfg_axis_indices(program, axis.index,
					sizes->within[NWCFG_LEVEL_SPATIAL]) ||
			axis.spm_stride != spm || axis.rf_stride != rf)
			return 0;
		spm = nwcfg_mul(spm, axis.tile);
		rf = nwcfg_mul(rf, axis.rf);
		array = nwcfg_mul(array, axis.array);
	}
	held = walk.spm_reuse == program->rf_passes && walk.dram_reuse > 1;
	return operand.axis_count && operand.spm_words == spm &&
		operand.rf_words == rf && operand.array_words == array &&
		operand.dram_reuse == walk.dram_reuse &&
		operand.spm_reuse == walk.spm_reuse &&
		operand.group_pes == walk.group_pes &&
		operand.groups == walk.groups &&
		!!(operand.flags & NWCFG_OPERAND_FLAG_HELD) == held &&
		!!(operand.flags & NWCFG_OPERAND_FLAG_WRITTEN) ==
		(o == NWCFG_O) &&
		!!(operand.flags & NWCFG_OPERAND_FLAG_DIRECT) ==
		((arch->may_skip[o] & 1) &&
			walk.spm_reuse == program->rf_passes) &&
		!!(operand.flags & NWCFG_OPERAND_FLAG_STREAM) ==
		((arch->may_skip[o] & 2) && nwcfg_used_once(cfg, program, o)) &&
		nwcfg_has_banks(arch, o, operand.bank_first,
			operand.bank_count) &&
		nwcfg_mul(spm, arch->word_bits[o]) <=
		nwcfg_mul(nwcfg_mul(operand.bank_count, arch->bank_bytes), 8) &&
		nwcfg_fits_rf(cfg, program, arch,
			nwcfg_add(operand.rf_offset, rf));
}

static inline enum nwcfg_error nwcfg_check_programs(struct nwcfg *cfg)
{
	struct nwcfg_arch arch;
	uint32_t i, o;
	nwcfg_load_arch(nwcfg_record(cfg, NWCFG_ARCH, 0), &arch);
	for (i = 0; i < nwcfg_count(cfg, NWCFG_PROGRAM); i++) {
		struct nwcfg_program program;
		struct nwcfg_sizes sizes;
		nwcfg_load_program(
			nwcfg_record(cfg, NWCFG_PROGRAM, i), &program);
		if (!nwcfg_counters_hold(cfg, &arch, &program) ||
			!nwcfg_sizes_hold(cfg, &program, &sizes))
			return nwcfg_fail(
				cfg, NWCFG_BAD_COUNTER, NWCFG_PROGRAM, i, 0);
		for (o = 0; o < 3; o++)
			if (!nwcfg_operand_holds(
				    cfg, &arch, &program, &sizes, o))
				return nwcfg_fail(cfg, NWCFG_BAD_OPERAND,
					NWCFG_OPERAND, program.operands + o, 0);
	}
	return NWCFG_OK;
}

/* A range of byte addresses; ok is 0 once it left +-2^60. */
struct nwcfg_span {
	int64_t low, high;
	int ok;
};

static inline void nwcfg_span_add(
	struct nwcfg_span *span, int64_t low, int64_t high)
{
	const int64_t limit = INT64_C(1) << 60;
	if (low < -limit || high > limit)
		span->ok = 0;
	if (!span->ok)
		return;
	span->low += low;
	span->high += high;
	if (span->low < -limit || span->high > limit)
		span->ok = 0;
}

/* Can |step| * count be formed, and stays it small enough? */
static inline int nwcfg_step_small(int64_t step, uint64_t count)
{
	uint64_t size =
		step < 0 ? (uint64_t)0 - (uint64_t)step : (uint64_t)step;
	return nwcfg_mul(size, count) <= (uint64_t)1 << 59;
}

/* Addresses that the data of an axis covers. Within whole splits the address
 * is linear in both parts of the index, so that its ends are at the ends of the
 * first two and the last two splits. */
static inline void nwcfg_span_axis(
	struct nwcfg_span *span, const struct nwcfg_extent *e)
{
	uint64_t at[8], first, last;
	int64_t low, high;
	unsigned n = 0, i;
	at[n++] = e->low;
	at[n++] = e->high - 1;
	if (e->split) {
		first = e->low / e->split;
		last = (e->high - 1) / e->split;
		if (!nwcfg_step_small(e->split_stride, last) ||
			!nwcfg_step_small(e->stride, e->split))
			span->ok = 0;
		if (first < last) {
			at[n++] = first * e->split + (e->split - 1);
			at[n++] = last * e->split;
		}
		if (last - first > 1) {
			at[n++] = (first + 1) * e->split;
			at[n++] = (first + 1) * e->split + (e->split - 1);
			at[n++] = (last - 1) * e->split;
			at[n++] = (last - 1) * e->split + (e->split - 1);
		}
	} else if (!nwcfg_step_small(e->stride, e->high)) {
		span->ok = 0;
	}
	if (!span->ok)
		return;
	low = high = nwcfg_axis_bytes(e, at[0]);
	for (i = 1; i < n; i++) {
		int64_t bytes = nwcfg_axis_bytes(e, at[i]);
		low = bytes < low ? bytes : low;
		high = bytes > high ? bytes : high;
	}
	nwcfg_span_add(span, low, high);
}

/* Names the window an axis of the operand and a loop of the placement, with
 * numbers that stay small? */
static inline int nwcfg_window_holds(const struct nwcfg_placement *placement,
	const struct nwcfg_descriptor *descriptor, uint32_t o)
{
	const int64_t limit = INT64_C(1) << 30;
	if (descriptor->window_axis == NWCFG_NONE)
		return descriptor->window_loop == NWCFG_NONE &&
			!descriptor->window_stride &&
			!descriptor->window_dilation &&
			!descriptor->window_start && !descriptor->window_size;
	return o != NWCFG_O &&
		descriptor->window_axis < descriptor->axis_count &&
		descriptor->window_loop < placement->instance_count &&
		descriptor->window_stride >= 0 &&
		descriptor->window_stride <= limit &&
		descriptor->window_dilation >= 0 &&
		descriptor->window_dilation <= limit &&
		descriptor->window_start >= -limit &&
		descriptor->window_start <= limit &&
		descriptor->window_size <= (uint64_t)limit;
}

/* Floor of a / b, b > 0. */
static inline int64_t nwcfg_floor(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Addresses that a window's axis covers together with its instance loop: only
 * the pairs of trip and index within the window count. Returns 0 for none. */
static inline int nwcfg_span_window(struct nwcfg_span *span,
	const struct nwcfg_descriptor *descriptor, const struct nwcfg_extent *e,
	uint64_t trips, int64_t step)
{
	int64_t low = 0, high = 0, last;
	uint64_t i;
	int any = 0;
	if (e->low || e->high != e->size || e->size % e->split ||
		e->split > 65536 || trips - 1 > (uint64_t)1 << 30 ||
		!nwcfg_step_small(step, trips) ||
		!nwcfg_step_small(e->stride, e->split) ||
		!nwcfg_step_small(e->split_stride, e->size / e->split)) {
		span->ok = 0;
		return 1;
	}
	for (i = 0; i < e->split; i++) {
		/* 0 <= t * stride + at < size */
		int64_t at = (int64_t)i * descriptor->window_dilation +
			descriptor->window_start;
		int64_t size = (int64_t)descriptor->window_size;
		int64_t stride = descriptor->window_stride;
		int64_t t[2], k;
		t[0] = 0;
		t[1] = (int64_t)trips - 1;
		if (stride) {
			int64_t first = -nwcfg_floor(at, stride);
			last = nwcfg_floor(size - 1 - at, stride);
			t[0] = first > t[0] ? first : t[0];
			t[1] = last < t[1] ? last : t[1];
		} else if (at < 0 || at >= size) {
			continue;
		}
		if (t[0] > t[1])
			continue;
		for (k = 0; k < 2; k++) {
			int64_t bytes = (int64_t)i * e->stride + t[k] * step;
			low = !any || bytes < low ? bytes : low;
			high = !any || bytes > high ? bytes : high;
			any = 1;
		}
	}
	last = (int64_t)(e->size / e->split - 1) * e->split_stride;
	nwcfg_span_add(span, low, high);
	nwcfg_span_add(span, last < 0 ? last : 0, last > 0 ? last : 0);
	return any;
}

/* The descriptor of operand o moves what the program's tiles hold, by bursts
 * that are whole in DRAM, and stays within its tensor. */
static inline int nwcfg_descriptor_holds(const struct nwcfg *cfg,
	const struct nwcfg_placement *placement,
	const struct nwcfg_program *program, uint32_t o)
{
	struct nwcfg_descriptor descriptor;
	struct nwcfg_operand operand;
	struct nwcfg_tensor tensor;
	struct nwcfg_span span = {0, 0, 1};
	struct nwcfg_instance window = {
		1, {0, 0, 0}
        };
	uint64_t burst = 1, covered;
	int64_t run, far;
	int empty = 0, whole = 1;
	uint32_t d, i;
	nwcfg_load_descriptor(
		nwcfg_record(cfg, NWCFG_DESCRIPTOR, placement->descriptors + o),
		&descriptor);
	nwcfg_load_operand(
		nwcfg_record(cfg, NWCFG_OPERAND, program->operands + o),
		&operand);
	nwcfg_load_tensor(
		nwcfg_record(cfg, NWCFG_TENSOR, descriptor.tensor), &tensor);
	if (descriptor.axis_count != operand.axis_count ||
		descriptor.burst_axes > operand.axis_count ||
		tensor.region == NWCFG_REGION_NONE ||
		(o == NWCFG_O && tensor.region != NWCFG_REGION_ARENA) ||
		descriptor.elem_bytes != tensor.elem_bytes ||
		!nwcfg_window_holds(placement, &descriptor, o))
		return 0;
	for (i = 0; i < placement->instance_count; i++) {
		struct nwcfg_instance instance;
		nwcfg_load_instance(nwcfg_record(cfg, NWCFG_INSTANCE,
					    placement->instances + i),
			&instance);
		if (!instance.trips ||
			!nwcfg_step_small(instance.step[o], instance.trips))
			return 0;
		if (i == descriptor.window_loop) {
			window = instance;
			continue;
		}
		far = instance.step[o] * (int64_t)(instance.trips - 1);
		nwcfg_span_add(&span, far < 0 ? far : 0, far > 0 ? far : 0);
	}
	run = (int64_t)descriptor.elem_bytes;
	nwcfg_span_add(&span, descriptor.base, descriptor.base);
	for (d = operand.axis_count; d-- > 0;) {
		struct nwcfg_axis axis;
		struct nwcfg_extent e;
		nwcfg_load_axis(
			nwcfg_record(cfg, NWCFG_AXIS, operand.axes + d), &axis);
		nwcfg_load_extent(
			nwcfg_record(cfg, NWCFG_EXTENT, descriptor.extents + d),
			&e);
		covered =
			nwcfg_axis_indices(program, axis.index, program->bound);
		if (covered > e.size || e.low > e.high || e.high > e.size ||
			e.size > (uint64_t)1 << 53 || e.split > e.size ||
			(!e.split && e.split_stride) ||
			(o == NWCFG_O && e.high - e.low != e.size) ||
			(d == descriptor.window_axis && !e.split))
			return 0;
		if (e.low == e.high)
			empty = 1;
		else if (d == descriptor.window_axis)
			empty |= !nwcfg_span_window(&span, &descriptor, &e,
				window.trips, window.step[o]);
		else
			nwcfg_span_axis(&span, &e);
		if (!span.ok)
			return 0;
		if (operand.axis_count - d > descriptor.burst_axes)
			continue;
		/* Within a burst: behind the last byte comes the next. An axis
		 * of one index neither breaks nor extends it. */
		if (axis.tile == 1 && e.size > 1)
			whole = 0;
		if (axis.tile == 1)
			continue;
		if (!whole || e.split || e.stride != run ||
			!nwcfg_step_small(run, e.high - e.low))
			return 0;
		run *= (int64_t)(e.high - e.low);
		whole = axis.tile == e.size;
		burst = nwcfg_mul(burst, axis.tile);
	}
	return nwcfg_mul(burst, descriptor.elem_bytes) ==
		descriptor.burst_bytes &&
		nwcfg_mul(burst, descriptor.bursts) == operand.spm_words &&
		(empty ||
			(span.low >= 0 &&
				nwcfg_add((uint64_t)span.high,
					descriptor.elem_bytes) <=
					tensor.bytes));
}

static inline enum nwcfg_error nwcfg_check_placements(struct nwcfg *cfg)
{
	uint32_t i, k, o;
	for (i = 0; i < nwcfg_count(cfg, NWCFG_PLACEMENT); i++) {
		struct nwcfg_placement placement;
		struct nwcfg_program program;
		uint64_t runs = 1;
		nwcfg_load_placement(
			nwcfg_record(cfg, NWCFG_PLACEMENT, i), &placement);
		nwcfg_load_program(
			nwcfg_record(cfg, NWCFG_PROGRAM, placement.program),
			&program);
		for (o = 0; o < 3; o++)
			if (!nwcfg_descriptor_holds(
				    cfg, &placement, &program, o))
				return nwcfg_fail(cfg, NWCFG_BAD_DESCRIPTOR,
					NWCFG_DESCRIPTOR,
					placement.descriptors + o, 0);
		for (k = 0; k < placement.instance_count; k++)
			runs = nwcfg_mul(runs,
				nwcfg_u64(nwcfg_record(cfg, NWCFG_INSTANCE,
					placement.instances + k)));
		if (runs != placement.runs)
			return nwcfg_fail(
				cfg, NWCFG_BAD_VALUE, NWCFG_PLACEMENT, i, 0);
	}
	return NWCFG_OK;
}

NWCFG_CALL enum nwcfg_error nwcfg_open(
	struct nwcfg *cfg, const void *data, size_t size)
{
	struct nwcfg_header header;
	enum nwcfg_error error;
	unsigned i;
	cfg->data = (const unsigned char *)data;
	cfg->size = size;
	cfg->minor = 0;
	cfg->fingerprint = 0;
	for (i = 0; i < NWCFG_SECTIONS_MAX; i++) {
		cfg->place[i].at = NULL;
		cfg->place[i].record_bytes = 0;
		cfg->place[i].count = 0;
	}
	nwcfg_fail(cfg, NWCFG_OK, NWCFG_SECTIONS, 0, 0);
	error = nwcfg_open_header(cfg, &header);
	if (error == NWCFG_OK)
		error = nwcfg_open_sections(cfg, &header);
	if (error == NWCFG_OK)
		error = nwcfg_open_rules(cfg);
	if (error == NWCFG_OK)
		error = nwcfg_check_machine(cfg);
	if (error == NWCFG_OK)
		error = nwcfg_check_tensors(cfg);
	if (error == NWCFG_OK)
		error = nwcfg_check_steps(cfg);
	if (error == NWCFG_OK)
		error = nwcfg_check_programs(cfg);
	if (error == NWCFG_OK)
		error = nwcfg_check_placements(cfg);
	if (error != NWCFG_OK)
		for (i = 0; i < NWCFG_SECTIONS_MAX; i++)
			cfg->place[i].count = 0;
	return error;
}

NWCFG_CALL enum nwcfg_error nwcfg_open_for(struct nwcfg *cfg, const void *data,
	size_t size, uint64_t fingerprint)
{
	enum nwcfg_error error = nwcfg_open(cfg, data, size);
	if (error == NWCFG_OK && cfg->fingerprint != fingerprint)
		error = NWCFG_OTHER_MACHINE;
	return error;
}

#endif /* NWCFG_BODIES */

#endif
