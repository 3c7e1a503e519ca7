/* Given mappings, costed under every reuse vector: the seed's own view of a
 * tiling, for comparing with it. Reads and prints files of the form
 *
 *   {"archs": {NAME: {arch_basic, arch_details}, ...},
 *    "cases": [{"id", "arch", "layer", "tiling"}, ...]}
 *
 * "layer" is what codegen/eval_layer.h reads. "tiling" holds the levels DRAM,
 * SPM, RF, SPATIAL, each with a factor a loop: N M C Ox Oy Fx Fy, or X Y K of a
 * GEMM. All is costed with BURST_COMPAT. */
#ifndef CODEGEN_EVAL_JSON_H
#define CODEGEN_EVAL_JSON_H

#include "codegen/eval_layer.h"
#include "mapper/cost.h"

#include <stddef.h>

struct eval_case {
	const cJSON *item; /* in the document */
	const char *id;
	const struct eval_kind *kind; /* of layer */
	const struct arch *arch;
	struct nest nest;
	struct tiling tiling;
};

struct eval {
	struct json_doc doc;
	size_t arch_count, case_count;
	struct arch *archs;
	struct eval_case *cases;
};

/* Reads and checks the whole file. False with diagnostics; eval_release is safe
 * then, and on a zeroed one. */
bool eval_read(struct ctx *ctx, const char *path, struct eval *eval);
/* The same from memory; path is for diagnostics. */
bool eval_parse(struct ctx *ctx, const char *path, const char *text,
	size_t length, struct eval *eval);
void eval_release(struct eval *eval);

/* The object that was read, with the results in each case:
 *   ops           [MACs, RF passes of an SPM pass, SPM passes, PEs in use, MACs
 *                 of a PE in an RF pass]
 *   alloc         elements [of one RF, the PE array, SPM][O, I, W]
 *   noc, reduce   cycles [O, I, W]
 *   dma           [O, I, W][bursts, elements of each, cycles, pJ] of a tile
 *   fixed_energy  pJ [MACs, register files]
 *   valid         {size, auto}: whether [spatial, rf, spm, dram] allow it,
 *                 without thresholds, and with 0.8, 0.8, 0.5 and both prunes
 *   dram, spm     [order outermost first, reuse factors, more fetches of O]
 *   pairs         [dram index, spm index, energy, cycles, pJ of MAC, RF, NoC,
 *                 SPM, DRAM, cycles of an SPM pass, pJ of it, pJ of DRAM and
 *                 held operands]
 *   min           {edp, energy, cycle}: [value, index in pairs], first minimum
 */
void eval_print_json(struct ctx *ctx, const struct eval *eval, FILE *out);
/* A line a case: what it needs, whether it fits, its three minima. */
void eval_print_text(struct ctx *ctx, const struct eval *eval, FILE *out);

#endif
