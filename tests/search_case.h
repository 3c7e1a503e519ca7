/* Random nests, machines and limits, small enough for the exhaustive search. */
#ifndef TESTS_SEARCH_CASE_H
#define TESTS_SEARCH_CASE_H

#include "mapper/search.h"

/* xorshift64*: the same cases everywhere. state: not 0. */
struct random {
	uint64_t state;
};
/* 0 to n - 1. */
int64_t random_below(struct random *random, int64_t n);
/* One of the numbers. */
#define PICK(random, ...)                                     \
	((const int64_t[]){__VA_ARGS__})[random_below(random, \
		sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))]

/* Convolutions, depthwise ones and matrix products; steps, dilations, unused
 * border rows and pitches of all kinds. */
struct nest random_nest(struct random *r);
/* Odd ones: 1 PE, 3 banks, 3-word register files. */
struct arch random_arch(struct random *r);
/* Sets some of the keys of words, ports, partitions and buffers. */
void random_ports(struct random *r, struct arch *arch);
struct limits random_limits(struct random *r);
/* Adds factors and orders; most of the time some tiling has the factors. */
void random_constraints(
	struct random *r, const struct nest *nest, struct limits *limits);
/* Gives the machine rows and a dataflow: some level, order or axis is nearly
 * always constrained. */
void random_dataflow(struct random *r, struct arch *arch);
/* Any factors that multiply to the bounds. */
struct tiling random_tiling(struct random *r, const struct nest *nest);
/* Any factors: most of the time some tiles are padded. */
struct tiling random_padded_tiling(struct random *r, const struct nest *nest);

/* Bounds that few tiles divide: up to four loops, of 1 to 13 trips, products of
 * more. */
struct nest random_odd_nest(struct random *r);

/* The number of tilings of a nest, not all of which fit; with padded tiles. */
double tilings_of(const struct nest *nest);
double padded_tilings_of(const struct nest *nest);

#endif
