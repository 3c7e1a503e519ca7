/* Graphs of a few nodes, made in memory: for tests of passes. */
#ifndef TESTS_SMALL_GRAPH_H
#define TESTS_SMALL_GRAPH_H

#include "ir/graph.h"

enum { SMALL_NODES = 16, SMALL_IO = 12, SMALL_ATTRS = 12 };

struct small_graph {
	struct ctx *ctx;
	struct model model;
	struct graph graph;
	struct node *nodes[SMALL_NODES];
};

/* ctx is kept. */
void small_init(struct ctx *ctx, struct small_graph *small);

/* A value from text: "x float 1x3x5x7", "w int8 4x3", "s float []", "? " for an
 * open dimension ("1x?x5"), "?k" for symbol k. Rank unknown without a shape. */
struct value *small_value(struct small_graph *small, const char *text);
/* A node of the default domain; inputs and outputs are NULL-terminated, a value
 * left out is &small_none. */
extern struct value small_none;
struct node *small_node(struct small_graph *small, const char *op,
	struct value *const *inputs, struct value *const *outputs);
/* Attributes from text: "strides=2,3 group=2 auto_pad=SAME_UPPER alpha=0.5". A
 * list of one number becomes an INT where the name is one of a single number;
 * numbers with a point are floats. */
void small_attrs(
	struct small_graph *small, struct node *node, const char *text);

#endif
