/* The machine as the cost model has it: memories ("stores"), outermost first, a
 * link from each to the next one, and the slots of loops that stand around and
 * between them, in nest order. arch_spec.json says it in short, for DRAM, a
 * scratchpad and register files: machine_of_arch is where those names end. */
#ifndef MAPPER_MACHINE_H
#define MAPPER_MACHINE_H

#include "mapper/arch.h"

/* What energy goes to: MACs, a store, the words of a link. */
enum component {
#define COMPONENT(id, name, column, what) COMPONENT_##id,
#include "mapper/components.def"
#undef COMPONENT
	COMPONENT_COUNT
};
const char *component_name(enum component component);

/* What time goes to: MACs, a kind of link, adding up across PEs. */
enum bound_by {
	BOUND_COMPUTE,
	BOUND_NOC,
	BOUND_REDUCTION,
	BOUND_DMA,
	BOUND_COUNT
};
const char *bound_by_name(enum bound_by bound);

enum { STORES_MAX = 6, LINKS_MAX = STORES_MAX - 1 };

struct store {
	enum component component;
	double access_pj; /* of an element of elem_bytes */
	/* 1: the operand does not go through it where each of its tiles (in the
	 * innermost store: each word) is used once */
	int64_t may_skip[OPND_COUNT];
	/* A tile that it holds lies inside so many slots; the next slot is its
	 * loops. */
	int inside;
};

enum link_kind {
	LINK_BURSTS, /* DMA: what lies within the bounds, in address order */
	LINK_WORDS   /* a network for each operand: whole tiles */
};

/* How moving over a link goes on beside what happens within it. */
enum overlap {
	OVERLAP_DOUBLE, /* at the same time: two buffers */
	OVERLAP_TURNS,  /* one after the other: a single one */
	OVERLAP_STALL,  /* at the same time, but for steps that move O */
	OVERLAP_COUNT
};

/* From store k to store k + 1, over the fan-outs between them. */
struct link {
	enum link_kind kind;
	enum overlap overlap;
	enum bound_by cause;      /* of the time that it takes */
	enum component component; /* of its words' energy */
	double word_pj; /* of an element of elem_bytes, to each copy */
	int64_t words[OPND_COUNT]; /* LINK_WORDS: a cycle */
	int64_t port_words; /* a cycle of all ports together; 0: no limit */
	bool parallel;      /* the operands' moves go on at the same time */
	bool adds_free;     /* adding up across copies takes no cycles */
	int around, inside; /* slots around it; and those with its fan-outs */
};

struct machine {
	const struct arch *arch;  /* widths of words, bursts */
	int slots, stores;        /* links: one less than stores */
	bool fans_out[SLOTS_MAX]; /* no loops in turn, but copies of what lies
				   * within */
	struct store store[STORES_MAX];
	struct link link[LINKS_MAX];
	double word[OPND_COUNT]; /* arch_word */
	double mac_pj;
	bool gated; /* padding takes no multiplications */
};

/* Adds a store within all that there are, and its slot of loops. may_skip NULL:
 * no operand may. */
void machine_add_store(struct machine *machine, enum component component,
	double access_pj, const int64_t may_skip[OPND_COUNT]);
/* Adds the link from the last store to the next one that will be added; copies:
 * to several of it, by a slot that fans out. The rest is the caller's. */
struct link *machine_add_link(
	struct machine *machine, enum link_kind kind, bool copies);
/* Of the machine that an architecture file describes; arch is kept. */
struct machine machine_of_arch(const struct arch *arch);

/* The slot whose loops are around a link, next to it. */
static inline int link_slot(const struct link *link)
{
	return link->around - 1;
}

#endif
