/* The machine: PE array, register files, scratchpad (SPM), DRAM with DMA.
 * COST_MODEL 1; file format in docs/architecture.md. */
#ifndef MAPPER_ARCH_H
#define MAPPER_ARCH_H

#include "mapper/dataflow.h"

#include <stddef.h>
#include <stdint.h>

struct arch {
	const char *name; /* file name without folders and .json */

	/* PE array */
	int64_t pes;
	int64_t pe_rows;   /* of the array as a grid; divides pes */
	bool pe_pipelined; /* always true: a PE starts a MAC every cycle */
	int64_t pe_pipeline_stages;
	/* 1: a PE does nothing, and takes no energy, in iterations that are
	 * padding (docs/cost-model.md); 0: it multiplies zeros. */
	int64_t mac_gating;
	/* 1: sums of PEs that share an output are added up on their way out of
	 * the array, by adders or PE to PE; 0: one after the other. */
	int64_t reduction_tree;
	/* Register file of one PE, and bytes of an element for capacities. The
	 * quotient need not be whole. */
	int64_t rf_bytes;
	int64_t elem_bytes; /* BYTES_PER_DATA */
	/* Of a word of O, I, W; 0: of elem_bytes, in DRAM of dma_elem_bytes. */
	int64_t bits[OPND_COUNT];
	/* One scratchpad buffer; of its banks those of O, I and W alone, 0:
	 * shared by all; 2 buffers: moving and computing overlap, 1: they take
	 * turns. */
	int64_t spm_banks, bank_bytes;
	int64_t operand_banks[OPND_COUNT];
	int64_t spm_buffers;
	/* Words a cycle on an operand's network; ports between scratchpad and
	 * networks, 0: one for each network, and words a cycle of a port. */
	int64_t noc_words[OPND_COUNT];
	int64_t spm_ports, port_words;
	/* 1: may skip the scratchpad, the register file (docs/cost-model.md) */
	int64_t spm_bypass[OPND_COUNT], rf_bypass[OPND_COUNT];

	/* DMA: a burst of b bytes takes init + per_byte*b DMA cycles. */
	int64_t dma_elem_bytes; /* data_type_size_in_bytes */
	double dma_init_cycles, dma_cycles_per_byte;
	double dma_mhz, accel_mhz;
	/* 1: each operand has a DMA channel of its own; 0: one after the other
	 */
	int64_t dma_parallel;
	int64_t dram_alignment; /* bytes, of a tensor's place: a power of two */

	/* pJ per element or MAC */
	double rf_pj, noc_pj, spm_pj, dram_pj, mac_pj;

	/* Seed's search thresholds: fractions of the resource that a mapping
	 * must use at least (0: any), and the two of relaxing. */
	double min_pe_use, min_rf_use, min_spm_use;
	double relax_spm_below, relax_prunes_below;

	struct dataflow dataflow; /* what of the mapspace it can run */
};

/* One key of an architecture file, a row of arch_keys.def: reading, printing,
 * the defaults, the fingerprint, the blob's record and the table in
 * docs/architecture.md all come from there. */
enum arch_kind { ARCH_INT, ARCH_NUMBER, ARCH_TRUE };
enum arch_role {
	ARCH_MACHINE, /* what the seed's machine has */
	ARCH_ADDED,   /* of the machine, with a fallback that is the seed's */
	ARCH_SEARCH   /* no part of the machine */
};
/* Which of two values no mapping takes longer or more energy with, all else
 * equal, and none that runs stops to run (docs/dse.md proves each). */
enum arch_better {
	BETTER_EQUAL,     /* neither */
	BETTER_MORE,      /* the larger */
	BETTER_MORE_OR_0, /* the larger, and 0 than any */
	BETTER_LESS       /* the smaller */
};
struct arch_key {
	const char *name;
	const char *section; /* "arch_details" or "arch_basic" */
	enum arch_kind kind; /* int64_t; double; a bool that must be true */
	size_t offset;       /* in struct arch */
	double min, max;     /* what a file may say */
	double fallback;     /* the seed's default */
	bool required;       /* unless the file says "missing": "default" */
	enum arch_role role;
	enum arch_better better;
	const char *unit, *meaning;
};
extern const struct arch_key arch_keys[];
extern const size_t arch_key_count;

/* The key's value in a machine; a bool is 0 or 1, every int is below 2^53. */
double arch_get(const struct arch *arch, const struct arch_key *key);
void arch_set(struct arch *arch, const struct arch_key *key, double value);

/* What values of several keys must be together, or one that no range says. */
enum { ARCH_RULE_KEYS = 4 };
struct arch_rule {
	const char *keys[ARCH_RULE_KEYS + 1]; /* NULL behind the last */
	const char *wants; /* of the first: "a divisor of CGRA_SIZE" */
	/* What is wrong: between the first key with its value and the others
	 * with theirs, and behind them. */
	const char *fault, *more;
	/* The same as an expression of design spaces (docs/dse.md); NULL: to be
	 * met by choosing values. */
	const char *expression;
	bool (*holds)(const struct arch *arch);
};
/* The broken rule that comes next after one, or first after NULL; NULL where
 * all hold. Each value is in its key's range. */
const struct arch_rule *arch_rule_broken(
	const struct arch *arch, const struct arch_rule *after);

/* The key of that name; NULL: there is none. */
const struct arch_key *arch_key_find(const char *name);

/* The seed's machine: 256 PEs, 512 B register files, 32 banks of 2 KiB. */
struct arch arch_default(void);

/* Reads an arch_spec.json. False with diagnostics (file, line, column, key). */
bool arch_read(struct ctx *ctx, const char *path, struct arch *arch);

/* The same from an object of a parsed file, for files that hold several
 * machines; name is kept. */
struct json_doc;
struct cJSON;
bool arch_from_json(struct ctx *ctx, const struct json_doc *doc,
	const struct cJSON *object, const char *name, struct arch *arch);

/* Every key with its value, as an arch_spec.json that arch_read accepts; in the
 * arena. */
const char *arch_to_json(struct ctx *ctx, const struct arch *arch);

/* The resolved machine for people: a line a key with value, unit and meaning,
 * and what follows from them; in the arena. */
const char *arch_text(struct ctx *ctx, const struct arch *arch);

/* The table of keys in Markdown, as it stands in docs/architecture.md; in the
 * arena. */
const char *arch_keys_markdown(struct ctx *ctx);

/* Equal for machines that cost and configure alike, whatever their names and
 * search thresholds: the blob carries it. FNV-1a over the machine's values in
 * the order of arch_keys, each as the 8 bytes of its double, low first; of an
 * added key that differs from its fallback, its name and value behind them, so
 * that a machine keeps its fingerprint when a key is added; of a dataflow that
 * leaves out anything, "dataflow" and the doubles of dataflow_values. */
uint64_t arch_fingerprint(const struct arch *arch);

/* Elements that fit the register file of one PE (rf_bytes / elem_bytes). */
double arch_rf_elems(const struct arch *arch);

/* Bits of a word of the operand; as a part of an element of elem_bytes, for
 * which energies are given: exactly 1 where no bits are; bytes of so many
 * words, rounded up, on the chip. */
int64_t arch_word_bits(const struct arch *arch, enum operand operand);
double arch_word(const struct arch *arch, enum operand operand);
int64_t arch_bytes(
	const struct arch *arch, enum operand operand, int64_t words);

/* Bytes of a burst of so many elements of the operand. */
int64_t arch_burst_bytes(
	const struct arch *arch, enum operand operand, int64_t elems);
/* Cycles of the accelerator for it (COST_MODEL 7). */
int64_t arch_burst_cycles(
	const struct arch *arch, enum operand operand, int64_t elems);

/* Banks for tiles of the operands, of so many bytes: whether there are as many,
 * in the operands' own ones or in all. */
bool arch_has_banks(const struct arch *arch, const int64_t bytes[OPND_COUNT],
	int64_t *banks);

#endif
