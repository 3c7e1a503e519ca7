/* Small models with mappings, as blobs: shared by the tests of blob, loader and
 * inspector. */
#ifndef TESTS_CONFIG_CASE_H
#define TESTS_CONFIG_CASE_H

#include "codegen/config.h"
#include "tests/small_graph.h"

struct config_case {
	struct ctx ctx;
	FILE *sink; /* diagnostics */
	struct small_graph small;
	struct layer_list layers;
	struct network network;
	struct arch arch;
	struct search_result *results;
	struct plan plan;
	uint8_t *bytes;
	size_t length;
	/* To be taken of every nest that has several; and how many the first
	 * nest of the first layer has, set when lowered. */
	size_t form, forms;
};

void case_open(struct config_case *c);
void case_close(struct config_case *c);
/* Diagnostics so far. */
const char *case_printed(struct config_case *c);

/* The nodes are in c->small: lowers them, draws a mapping for every distinct
 * nest from seed (seed 0: the best by EDP), and builds the blob. Fails the test
 * on any refusal. */
void case_build(struct config_case *c, uint64_t seed);
/* Builds the blob again, after a change of the machine. */
void case_emit(struct config_case *c);
/* The next number of a sequence, 0 .. n-1; *state is not 0. */
int64_t case_random(uint64_t *state, int64_t n);
/* A blob of a few hundred bytes more than its least: one 1x1 product. */
void case_smallest(struct config_case *c);
/* One padded convolution on a small machine, with counters at all levels. */
void case_example(struct config_case *c);
/* One padded convolution with tiles that do not divide its loops at any level:
 *     bounds   M5 C3 Ox5 Oy7 Fx3 Fy3
 *     DRAM     Ox2 C2             tile  M5 C2 Ox3 Oy7 Fx3 Fy3
 *     SPM      M2 Fx3             array M3 C2 Ox3 Oy7     Fy3
 *     SPATIAL  M2 Oy2             RF    M2 C2 Ox3 Oy4     Fy3 */
void case_edges(struct config_case *c);
/* A model of several layers and host steps: padding, stride, groups, a
 * transposed convolution, products. */
void case_network(struct config_case *c);

/* One node with its operands ("x float 1x3x5x7"), as the values' texts. */
struct node *case_node(struct config_case *c, const char *op, const char *x,
	const char *w, const char *y, const char *attrs);

#endif
