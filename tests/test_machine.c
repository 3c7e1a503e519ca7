/* The reference machine: what it counts, worked out by hand; what stops it; and
 * that a sample moves what all moves. */
#include "sim/machine.h"

#include "sim/verify.h"
#include "tests/blob_seal.h"
#include "tests/cmocka.h"
#include "tests/random_layer.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

struct bench {
	struct config_case c;
	struct nwcfg cfg;
	struct image image[OPERANDS];
	struct machine_job job;
	struct machine_counts counts;
	struct machine_fault fault;
};

/* A machine for placement 0 of the case's blob, all inputs 1. */
static void bench_make(struct bench *b)
{
	struct nwcfg_placement placement = {0};
	assert_int_equal(
		nwcfg_open(&b->cfg, b->c.bytes, b->c.length), NWCFG_OK);
	assert_int_equal(nwcfg_get_placement(&b->cfg, 0, &placement), NWCFG_OK);
	b->job = (struct machine_job){.cfg = &b->cfg, .sample = 1};
	for (uint32_t o = 0; o < OPERANDS; o++) {
		struct nwcfg_descriptor d = {0};
		struct nwcfg_tensor t = {0};
		nwcfg_get_descriptor(&b->cfg, placement.descriptors + o, &d);
		nwcfg_get_tensor(&b->cfg, d.tensor, &t);
		image_init(&b->c.ctx, &b->image[o], t.type, t.elem_bytes,
			t.elems, true);
		for (uint64_t i = 0; o != NWCFG_O && i < t.elems; i++)
			image_put(&b->image[o], i, 1, false);
		b->job.image[o] = &b->image[o];
	}
	memset(&b->counts, 0, sizeof b->counts);
}

static bool bench_run(struct bench *b)
{
	return machine_run(&b->c.ctx, &b->job, &b->counts, &b->fault);
}

/* A count, and what it must be. */
struct row {
	const char *what;
	uint64_t is, must;
};

static void assert_counts(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].is != rows[i].must)
			fail_msg("%s: %llu, not %llu", rows[i].what,
				(unsigned long long)rows[i].is,
				(unsigned long long)rows[i].must);
}

/* A padded 3x3 convolution of 2 channels 4x6 to 4 channels, on 4 PEs:
 *     DRAM Ox2 Oy2 C2, SPM Fx3 Fy3, SPATIAL M2 Ox2, RF M2 Oy3
 * O is held over C. */
static void counts_are_those_of_the_mapping(void **state)
{
	(void)state;
	struct bench b;
	case_example(&b.c);
	bench_make(&b);
	assert_true(bench_run(&b));
	const struct row rows[] = {
		{"SPM passes",        b.counts.spm_passes,           2 * 2 * 2          },
		{"RF passes",         b.counts.rf_passes,            8 * 9              },
		{"MACs",              b.counts.macs,                 8 * 9 * 4 * 6      },
 /* O: a tile of 4x2x3 for each Ox, Oy; no sums from before */
		{"O tiles in",        b.counts.tiles_in[NWCFG_O],    0                  },
		{"O tiles first",     b.counts.first_tiles,          4                  },
		{"O tiles out",       b.counts.tiles_out[NWCFG_O],   4                  },
		{"O bursts out",      b.counts.bursts_out[NWCFG_O],  4 * (4 * 2)        },
		{"O elements out",    b.counts.elems_out[NWCFG_O],
                 4 * (4 * 2 * 3)							},
 /* I: 4x5 of a channel, a row and a column of it padding */
		{"I tiles in",        b.counts.tiles_in[NWCFG_I],    8                  },
		{"I bursts in",       b.counts.bursts_in[NWCFG_I],   8 * 3              },
		{"I bursts of zeros", b.counts.zero_bursts[NWCFG_I], 8 * 1              },
		{"I elements in",     b.counts.elems_in[NWCFG_I],    8 * 3 * 4          },
		{"I zeros",           b.counts.zero_elems[NWCFG_I],  8 * (4 * 5 - 3 * 4)},
 /* W: 3x3 of a channel, for each of 4 */
		{"W bursts in",       b.counts.bursts_in[NWCFG_W],   8 * 4              },
		{"W elements in",     b.counts.elems_in[NWCFG_W],    8 * 4 * 9          },
 /* to and from the PEs: O once a tile */
		{"O sends",           b.counts.sends[NWCFG_O],       4                  },
		{"O SPM reads",       b.counts.spm_reads[NWCFG_O],   0                  },
		{"O SPM writes",      b.counts.spm_writes[NWCFG_O],  4 * 24             },
		{"I SPM reads",       b.counts.spm_reads[NWCFG_I],   72 * (2 * 3)       },
		{"I delivered",       b.counts.delivered[NWCFG_I],   72 * 4 * 3         },
		{"W SPM reads",       b.counts.spm_reads[NWCFG_W],   72 * 4             },
		{"W delivered",       b.counts.delivered[NWCFG_W],   72 * 4 * 2         },
		{"reductions",        b.counts.reductions,           0                  },
		{"RF accesses",       b.counts.rf_accesses,          4 * 1728           },
		{"RF fills",          b.counts.rf_fills,             96 + 864 + 576     },
	};
	assert_counts(rows, sizeof rows / sizeof *rows);
	/* Taps of ones: 2x3 columns and 2x3 rows at a corner, 2 channels. */
	assert_true(image_get(&b.image[NWCFG_O], 0) == 2 * (2 * 2));
	assert_true(image_get(&b.image[NWCFG_O], 1 * 6 + 1) == 2 * 9);
	case_close(&b.c);
}

/* case_edges: of C, 2 and 1 channels are real in an SPM tile; of Ox, 3 and 2
 * rows; of M, 3 and 2 in what the array covers; of Oy, 4 and 3 in a PE, and of
 * M 2 and 1, or both. O stays over C in the scratchpad, over Fx in the PEs. */
static void edges_are_clipped(void **state)
{
	(void)state;
	struct bench b;
	case_edges(&b.c);
	bench_make(&b);
	assert_true(bench_run(&b));
	const struct machine_counts *n = &b.counts;
	/* clang-format off */
	const struct row rows[] = {
		{"SPM passes", n->spm_passes, 2 * 2},
		{"RF passes", n->rf_passes, 4 * (2 * 3)},
		{"MACs", n->macs, 24 * 4 * (2 * 2 * 3 * 4 * 3)},
		/* O: 5 channels of 3 or 2 rows, a burst each */
		{"O tiles in", n->tiles_in[NWCFG_O], 0},
		{"O tiles out", n->tiles_out[NWCFG_O], 2},
		{"O bursts out", n->bursts_out[NWCFG_O], 2 * 5},
		{"O bursts cut", n->edge_bursts_out[NWCFG_O], 0},
		{"O elements out", n->elems_out[NWCFG_O], 5 * (3 + 2) * 7},
		{"O elements cut", n->edge_elems_out[NWCFG_O], 5 * 1 * 7},
		/* I: 5 or 4 rows of 9, one of them and two columns padding */
		{"I tiles in", n->tiles_in[NWCFG_I], 4},
		{"I bursts in", n->bursts_in[NWCFG_I], 2 * (2 + 1)},
		{"I bursts cut", n->edge_bursts_in[NWCFG_I], 2 * 1},
		{"I elements in", n->elems_in[NWCFG_I], 3 * (4 + 3) * 7},
		{"I zeros", n->zero_elems[NWCFG_I], 3 * (5 + 4) * 9 - 3 * (4 + 3) * 7},
		{"I elements cut", n->edge_elems_in[NWCFG_I], 4 * (2 * 5 * 9) - 3 * (5 + 4) * 9},
		/* W: 9 taps of 2 or 1 channels a burst, for each of 5 */
		{"W bursts in", n->bursts_in[NWCFG_W], 4 * 5},
		{"W bursts cut", n->edge_bursts_in[NWCFG_W], 0},
		{"W elements in", n->elems_in[NWCFG_W], 2 * (5 * 3 * 9)},
		{"W elements cut", n->edge_elems_in[NWCFG_W], 2 * (5 * 1 * 9)},
		/* O to the PEs where C is 1, and back from them for each C */
		{"O sends", n->sends[NWCFG_O], 4 * 2},
		{"O first sends", n->first_sends, 2 * 2},
		{"O SPM reads", n->spm_reads[NWCFG_O], 5 * 5 * 7},
		{"O SPM reads cut", n->edge_reads[NWCFG_O], 4 * (3 * 3 * 7) - 5 * 5 * 7},
		{"O SPM writes", n->spm_writes[NWCFG_O], 2 * (5 * 5 * 7)},
		{"O SPM writes cut", n->edge_writes[NWCFG_O], 8 * (3 * 3 * 7) - 2 * (5 * 5 * 7)},
		{"O delivered", n->delivered[NWCFG_O], 5 * 5 * 7},
		{"O deliveries cut", n->edge_delivered, 4 * 4 * (2 * 3 * 4) - 5 * 5 * 7},
		{"O returns cut", n->edge_returned, 8 * 4 * (2 * 3 * 4) - 2 * (5 * 5 * 7)},
		/* I: for each M and Fx a row of 9 for each of O's */
		{"I SPM reads", n->spm_reads[NWCFG_I], 6 * (2 + 1) * (3 + 2) * 9},
		{"I SPM reads cut", n->edge_reads[NWCFG_I], 24 * (2 * 3 * 9) - 6 * (2 + 1) * (3 + 2) * 9},
		{"I delivered", n->delivered[NWCFG_I], 24 * 4 * (2 * 3 * 6)},
		{"W SPM reads", n->spm_reads[NWCFG_W], 2 * (5 * 3 * 9)},
		{"W SPM reads cut", n->edge_reads[NWCFG_W], 24 * (3 * 2 * 3) - 2 * (5 * 3 * 9)},
		{"W delivered", n->delivered[NWCFG_W], 24 * 4 * (2 * 2 * 3)},
		{"RF accesses", n->rf_accesses, 4 * 13824},
	};
	/* clang-format on */
	assert_counts(rows, sizeof rows / sizeof *rows);
	/* Taps of ones: 3 channels, at a corner 2x2 of the 3x3. */
	assert_true(image_get(&b.image[NWCFG_O], 0) == 3 * (2 * 2));
	assert_true(image_get(&b.image[NWCFG_O], 5 * 5 * 7 - 1) == 3 * (2 * 2));
	assert_true(image_get(&b.image[NWCFG_O], 2 * 7 + 3) == 3 * 9);
	case_close(&b.c);
}

/* Gated PEs multiply what the nest has, and nothing else. */
static void gated_pes_skip_padding(void **state)
{
	(void)state;
	struct bench b;
	case_edges(&b.c);
	b.c.arch.mac_gating = 1;
	case_emit(&b.c);
	bench_make(&b);
	assert_true(bench_run(&b));
	assert_int_equal(b.counts.macs, 5 * 3 * 5 * 7 * 3 * 3);
	assert_int_equal(b.counts.rf_accesses, 4 * b.counts.macs);
	case_close(&b.c);
}

static void what_nothing_has_filled_stops_it(void **state)
{
	(void)state;
	struct bench b;
	case_example(&b.c);
	bench_make(&b);
	/* Row 3, column 4 of channel 1: in the tile of Ox=1 Oy=1 first. */
	b.image[NWCFG_I].state[24 + 3 * 6 + 4] = IMAGE_UNFILLED;
	assert_false(bench_run(&b));
	assert_string_equal(b.fault.text,
		"run 0, DRAM Ox=1 Oy=1 C=1, SPM Fx=0 Fy=0: DMA of I reads byte "
		"92 of its tensor, which nothing has written");
	case_close(&b.c);
}

/* What a sample skips moves all the same; what it computes is right. */
static void a_sample_moves_everything(void **state)
{
	(void)state;
	enum { CASES = 60 };
	uint64_t skipped = 0, computed = 0;
	for (uint64_t n = 1; n <= CASES; n++) {
		struct bench b;
		uint64_t random = n;
		case_open(&b.c);
		random_machine(&b.c, &random);
		random_layer(&b.c, &random);
		case_build(&b.c, random);
		if (!b.c.layers.layers[0].nest_count) {
			case_close(&b.c);
			continue;
		}
		bench_make(&b);
		assert_true(bench_run(&b));
		struct machine_counts all = b.counts;
		struct image whole = b.image[NWCFG_O];
		bench_make(&b);
		b.job.sample = 3;
		b.job.seed = n;
		assert_true(bench_run(&b));
		assert_memory_equal(&all, &b.counts, sizeof all);
		for (uint64_t i = 0; i < whole.elems; i++) {
			uint8_t was = whole.state[i];
			uint8_t is = b.image[NWCFG_O].state[i];
			assert_int_equal(
				was == IMAGE_UNFILLED, is == IMAGE_UNFILLED);
			skipped += is == IMAGE_SKIPPED;
			computed += is == IMAGE_FILLED;
			if (is == IMAGE_FILLED)
				assert_true(image_get(&whole, i) ==
					image_get(&b.image[NWCFG_O], i));
		}
		case_close(&b.c);
	}
	assert_true(skipped > computed / 4 && computed > skipped / 4);
}

static void open_and_verify(
	struct config_case *c, const uint8_t *bytes, struct ctx *ctx)
{
	struct nwcfg cfg;
	struct verified verified;
	const struct verify_options options = {
		.model = &c->layers, .threads = 1};
	jmp_buf guard;
	ctx_init(ctx, c->sink, &guard);
	if (!setjmp(guard) && nwcfg_open(&cfg, bytes, c->length) == NWCFG_OK)
		verify_run(ctx, "blob", &cfg, &options, &verified);
}

/* Any byte of a small blob changed, under right checksums: refused, or verified
 * somehow. Running out of memory counts as refused. */
static void changed_bytes_never_crash(void **state)
{
	(void)state;
	static const uint8_t flips[] = {0x01, 0x40, 0xff};
	struct config_case c;
	case_example(&c);
	uint8_t *copy = malloc(c.length);
	assert_non_null(copy);
	for (size_t at = 0; at < c.length; at++)
		for (size_t f = 0; f < sizeof flips; f++) {
			struct ctx ctx;
			memcpy(copy, c.bytes, c.length);
			copy[at] ^= flips[f];
			blob_reseal(copy, c.length);
			open_and_verify(&c, copy, &ctx);
			ctx_release(&ctx);
		}
	free(copy);
	case_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_are_those_of_the_mapping),
		cmocka_unit_test(edges_are_clipped),
		cmocka_unit_test(gated_pes_skip_padding),
		cmocka_unit_test(what_nothing_has_filled_stops_it),
		cmocka_unit_test(a_sample_moves_everything),
		cmocka_unit_test(changed_bytes_never_crash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
