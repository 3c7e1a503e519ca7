/* What the links between stores move and how long it takes, over one type of
 * number: model.h includes this twice, with NUMBER int64_t and names that end
 * in _whole for the cost of a mapping, and with double and _real for bounds, in
 * which work may be no whole number. */

static inline NUMBER NAMED(most)(NUMBER a, NUMBER b)
{
	return a > b ? a : b;
}

static inline NUMBER NAMED(least)(NUMBER a, NUMBER b)
{
	return a < b ? a : b;
}

/* What a is beyond b. */
static inline NUMBER NAMED(beyond)(NUMBER a, NUMBER b)
{
	return a > b ? a - b : 0;
}

/* --- scratchpad -> register files (section 6) ------------------------------
 */

/* Distributions of an SPM pass without reuse: one of each operand in each RF
 * pass. */
struct NAMED(sends) {
	NUMBER passes;            /* RF passes */
	NUMBER noc[OPND_COUNT];   /* cycles of a distribution */
	NUMBER words[OPND_COUNT]; /* through the ports */
};

/* The operand that the SPM level reuses, once in so many RF passes; W with
 * factor 1 stands for none. Held: it stays in the register files over several
 * SPM passes, and has no distribution in most of them. */
struct NAMED(reused) {
	int operand;
	bool held;
	NUMBER factor;
};

/* Words of an SPM pass through the ports, of the operands of a set. */
static inline NUMBER NAMED(port_words)(const struct NAMED(sends) * sends,
	const struct NAMED(reused) * reused, unsigned through)
{
	NUMBER words = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		NUMBER times = sends->passes * (NUMBER)ways_of(o);
		if (o == reused->operand)
			times = reused->held ? 0 : times / reused->factor;
		if (through & 1u << o)
			words += times * sends->words[o];
	}
	return words;
}

struct NAMED(pass) {
	NUMBER total; /* the longer of the next two */
	NUMBER noc;   /* distributing and computing */
	NUMBER ports;
	NUMBER first;   /* longest distribution but for the reused operand's */
	NUMBER overlap; /* of an RF pass, computing while NoCs send */
};

/* work, added: cycles of multiplying and of adding up O across PEs, of an RF
 * pass. Where O changes in every one, computing overlaps with nothing. */
static inline struct NAMED(pass) NAMED(pass_of)(
	const struct NAMED(sends) * sends, const struct NAMED(reused) * reused,
	NUMBER work, NUMBER added, NUMBER ports)
{
	int r = reused->operand;
	bool stalls = r != OPND_O || (reused->factor == 1 && !reused->held);
	struct NAMED(pass) pass = {
		.ports = ports,
		.first = NAMED(most)(sends->noc[(r + 1) % OPND_COUNT],
			sends->noc[(r + 2) % OPND_COUNT]),
		.overlap = stalls ? 0 : work,
	};
	NUMBER hidden = NAMED(most)(pass.first, pass.overlap);
	NUMBER each = stalls ? hidden + work + added : hidden;
	pass.noc = each * sends->passes;
	if (!reused->held) {
		NUMBER more = NAMED(beyond)(sends->noc[r], hidden);
		if (!stalls)
			more = more + work + added;
		pass.noc += sends->passes / reused->factor * more;
	}
	pass.total = NAMED(most)(pass.noc, ports);
	return pass;
}

/* A pass in which a held operand is also sent. Section 8 adds what that takes
 * beyond the others' distributions, each NoC moving a word a cycle. On
 * wider NoCs, what hid behind the others' then hides behind computing where
 * the two overlap, or behind the wait for ports: docs/cost-model.md. */
static inline NUMBER NAMED(pass_sending)(const struct NAMED(pass) * pass,
	const struct NAMED(sends) * sends, int held)
{
	NUMBER own = sends->noc[held];
	NUMBER words = NAMED(most)(sends->words[(held + 1) % OPND_COUNT],
		sends->words[(held + 2) % OPND_COUNT]);
	NUMBER hidden =
		NAMED(most)(pass->first, NAMED(least)(pass->overlap, words));
	return NAMED(most)(pass->noc + NAMED(beyond)(own, hidden),
		pass->ports + NAMED(beyond)(own, words));
}

/* --- DRAM -> scratchpad (sections 4 and 8)
 * ----------------------------------------
 */

/* Partial sums that come back: an operand's fetches, of O all but the first of
 * each of its tiles (section 4, extra). */
static inline NUMBER NAMED(partial_sums)(
	int operand, NUMBER fetches, NUMBER tiles)
{
	return operand == OPND_O ? fetches - tiles : 0;
}

/* DMA cycles of two moves: one after the other, or at the same time. */
static inline NUMBER NAMED(together)(bool parallel, NUMBER a, NUMBER b)
{
	return parallel ? NAMED(most)(a, b) : a + b;
}

/* DMA cycles of an SPM pass: of every one, and of those that also load or store
 * the operand that the DRAM level reuses. */
struct NAMED(moves) {
	NUMBER each, load, store;
};

/* dma: cycles of a tile, one way; reused: OPND_COUNT for none. */
static inline struct NAMED(moves)
	NAMED(moves_of)(bool parallel, const NUMBER dma[OPND_COUNT], int reused)
{
	struct NAMED(moves) moves = {0, 0, 0};
	for (int o = 0; o < OPND_COUNT; o++)
		if (o != reused)
			moves.each = NAMED(together)(parallel, moves.each,
				dma[o] * (NUMBER)ways_of(o));
	moves.load = moves.store = moves.each;
	if (reused < OPND_COUNT)
		moves.load = NAMED(together)(parallel, moves.each, dma[reused]);
	if (reused == OPND_O)
		moves.store = moves.load;
	return moves;
}

/* Moving tiles and computing with others: at the same time, or apart. */
static inline NUMBER NAMED(step_of)(bool apart, NUMBER dma, NUMBER pass)
{
	return apart ? dma + pass : NAMED(most)(dma, pass);
}

/* What passes that load and store take longer than a step, together. */
static inline NUMBER NAMED(late)(bool apart, const struct NAMED(moves) * moves,
	NUMBER step, NUMBER loading, NUMBER storing)
{
	NUMBER load = NAMED(step_of)(apart, moves->load, loading);
	NUMBER store = NAMED(step_of)(apart, moves->store, storing);
	return NAMED(beyond)(load, step) + NAMED(beyond)(store, step);
}

#undef NUMBER
#undef NAMED
