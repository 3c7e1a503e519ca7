/* The machine: PE array, register files, scratchpad (SPM), DRAM with DMA.
 * COST_MODEL 1; file format in docs/architecture.md. */
#ifndef MAPPER_ARCH_H
#define MAPPER_ARCH_H

#include "ir/ctx.h"
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
	/* Register file of one PE, and bytes of an element for capacities. The
	 * quotient need not be whole. */
	int64_t rf_bytes;
	int64_t elem_bytes; /* BYTES_PER_DATA */
	/* One of the two scratchpad buffers. */
	int64_t spm_banks, bank_bytes;

	/* DMA: a burst of b bytes takes init + per_byte*b DMA cycles. */
	int64_t dma_elem_bytes; /* data_type_size_in_bytes */
	double dma_init_cycles, dma_cycles_per_byte;
	double dma_mhz, accel_mhz;
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
 * the defaults, the fingerprint and the table in docs/architecture.md all come
 * from there. */
enum arch_kind { ARCH_INT, ARCH_NUMBER, ARCH_TRUE };
enum arch_role {
	ARCH_MACHINE, /* what the seed's machine has */
	ARCH_ADDED,   /* of the machine, with a fallback that is the seed's */
	ARCH_SEARCH   /* no part of the machine */
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
	const char *unit, *meaning;
};
extern const struct arch_key arch_keys[];
extern const size_t arch_key_count;

/* The key's value in a machine; a bool is 0 or 1, every int is below 2^53. */
double arch_get(const struct arch *arch, const struct arch_key *key);
void arch_set(struct arch *arch, const struct arch_key *key, double value);

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

/* Cycles of the accelerator for one burst of elems elements (COST_MODEL 7). */
int64_t arch_burst_cycles(const struct arch *arch, int64_t elems);

#endif
