/* The machine: PE array, register files, scratchpad (SPM), DRAM with DMA.
 * COST_MODEL 1; file format in docs/architecture.md. */
#ifndef MAPPER_ARCH_H
#define MAPPER_ARCH_H

#include "ir/ctx.h"

#include <stdint.h>

struct arch {
	const char *name; /* file name without folders, or "default" */

	/* PE array */
	int64_t pes;
	bool pe_pipelined;
	int64_t pe_pipeline_stages;
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

	/* pJ per element or MAC */
	double rf_pj, noc_pj, spm_pj, dram_pj, mac_pj;

	/* Seed's search thresholds: fractions of the resource that a mapping
	 * must use at least (0: any), and the two of relaxing. */
	double min_pe_use, min_rf_use, min_spm_use;
	double relax_spm_below, relax_prunes_below;
};

/* The seed's machine: 256 PEs, 512 B register files, 32 banks of 2 KiB. */
struct arch arch_default(void);

/* Reads an arch_spec.json. False with diagnostics (file, line, column, key). */
bool arch_read(struct ctx *ctx, const char *path, struct arch *arch);

/* The same from text in memory; path is for diagnostics. object: the key under
 * which the two sections lie, for files that hold several machines; NULL: at
 * the top. */
struct json_doc;
struct cJSON;
bool arch_from_json(struct ctx *ctx, struct json_doc *doc,
	const struct cJSON *object, const char *name, struct arch *arch);

/* Every key with its value, as an arch_spec.json that arch_read accepts; in the
 * arena. */
const char *arch_to_json(struct ctx *ctx, const struct arch *arch);

/* Equal for machines that cost and configure alike, whatever their names: the
 * blob carries it. FNV-1a over the numbers in the order of struct arch. */
uint64_t arch_fingerprint(const struct arch *arch);

/* Elements that fit the register file of one PE (rf_bytes / elem_bytes). */
double arch_rf_elems(const struct arch *arch);

/* Cycles of the accelerator for one burst of elems elements (COST_MODEL 7). */
int64_t arch_burst_cycles(const struct arch *arch, int64_t elems);

#endif
