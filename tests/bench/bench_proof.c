/* What certificates cost beside the search: counting the mapspace, and checking
 * the proofs of the three objectives and of the front by bounds.
 *
 *   build/release/bench_proof
 *
 * Processor time of one thread, the smallest of three. */
#include "oracle/proof_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Convolutions of 3x3, batch 4: out and in channels, side of the output; on a
 * machine of so many PEs, with the register files (words) and scratchpads
 * (KiB) that the search's benchmark gives it. */
/* clang-format off */
static const struct row {
	const char *name;
	int64_t m, c, side, pes, rf_words, spm_kib;
	enum tile_sizes tiles;
} rows[] = {
	{"conv5_2",                     512, 512, 7,   256,   256,  64,   TILES_PERFECT},
	{"conv2_2",                     64,  64,  56,  256,   256,  64,   TILES_PERFECT},
	{"conv2_2, 1,024 PEs, 512 KiB", 64,  64,  56,  1024,  256,  512,  TILES_PERFECT},
	{"conv2_2, 4,096 PEs, 2 MiB",   64,  64,  56,  4096,  512,  2048, TILES_PERFECT},
	{"conv2_2, 16,384 PEs, 8 MiB",  64,  64,  56,  16384, 1024, 8192, TILES_PERFECT},
	{"VGG conv1_2",                 64,  64,  224, 256,   256,  64,   TILES_PERFECT},
	{"240 channels, 120x120",       240, 240, 120, 256,   256,  64,   TILES_PERFECT},
	{"conv5_2, padded tiles",       512, 512, 7,   256,   256,  64,   TILES_PADDED},
	{"conv4_2, padded tiles",       256, 256, 14,  256,   256,  64,   TILES_PADDED},
	{"conv3_2, padded tiles",       128, 128, 28,  256,   256,  64,   TILES_PADDED},
	{"conv2_2, padded tiles",       64,  64,  56,  256,   256,  64,   TILES_PADDED},
};
/* clang-format on */

static double cpu_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

struct times {
	double search, count, check;
	double tilings;
	bool confirmed;
};

static struct times row_run(const struct row *row)
{
	static const int64_t one[2] = {1, 1};
	struct nest nest = nest_conv(4, row->m, row->c,
		(int64_t[]){row->side + 2, row->side + 2}, (int64_t[]){3, 3},
		one, one);
	struct arch arch = arch_default();
	arch.pes = row->pes;
	arch.rf_bytes = row->rf_words * arch.elem_bytes;
	arch.spm_banks = row->spm_kib * 1024 / arch.bank_bytes;
	const struct search_options options = {
		.front = true, .tiles = row->tiles};
	struct search_result result;
	struct mapspace space;
	struct proof_claim claim[CLAIM_COUNT];
	struct proof_verdict verdict[CLAIM_COUNT];
	struct times times = {.confirmed = true};
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	double begin = cpu_ms();
	search_exact(&ctx, &nest, &arch, &options, &result);
	double searched = cpu_ms();
	mapspace_count(
		&ctx, &nest, &arch, &options.limits, options.tiles, &space);
	double counted = cpu_ms();
	for (int o = 0; o < OBJ_COUNT; o++)
		claim[o] = (struct proof_claim){
			.least = objective_value((enum objective)o,
				&result.best[o].winner.estimate)};
	claim[CLAIM_FRONT] = (struct proof_claim){
		.front = result.front, .front_count = result.front_count};
	proof_check(&ctx, &nest, &arch, &options, &space, -1, claim, verdict);
	times.check = cpu_ms() - counted;
	times.count = counted - searched;
	times.search = searched - begin;
	times.tilings = (double)space.tilings_fit;
	for (int k = 0; k < CLAIM_COUNT; k++)
		times.confirmed &= verdict[k].verdict == VERDICT_BOUNDS;
	ctx_release(&ctx);
	return times;
}

int main(void)
{
	enum { TIMES = 3 };
	printf("%-30s %16s %10s %10s %10s\n", "", "tilings that fit",
		"search ms", "count ms", "check ms");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct times least = row_run(&rows[i]);
		for (int k = 1; k < TIMES; k++) {
			struct times now = row_run(&rows[i]);
			if (now.search < least.search)
				least.search = now.search;
			if (now.count < least.count)
				least.count = now.count;
			if (now.check < least.check)
				least.check = now.check;
		}
		printf("%-30s %16.0f %10.2f %10.2f %10.1f%s\n", rows[i].name,
			least.tilings, least.search, least.count, least.check,
			least.confirmed ? "" : "  NOT CONFIRMED");
	}
	return 0;
}
