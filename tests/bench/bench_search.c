/* What the exact search costs, and how many times faster it is than looking at
 * every tiling: distinct layers of known networks, and how cost grows with
 * channels and with the machine.
 *
 *   build/release/bench_search [-l] [-b TILINGS] [-j THREADS] [-p] [NAME]
 *
 * -l lists every layer; NAME restricts the run to the networks whose names
 * contain it. One thread, the smallest of three times: of three objectives with
 * their proofs, of each alone, and of the three with the front. The exhaustive
 * search is measured on nests of at most TILINGS tilings that fit, 3e5 unless
 * told; for the others its time is extrapolated, marked ~, from their exact
 * number and the rate measured in the same run.
 *
 * -j compares instead: all layers of a network one after the other on one
 * thread, and on THREADS, by the clock. -p compares perfect tiles with padded
 * ones: times, and what padding gains. */
#include "mapper/mapspace.h"
#include "mapper/search.h"
#include "mapper/search_lattice.h"
#include "oracle/search_brute.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum kind { END, CONV, DEPTHWISE, GEMM };

/* Convolutions: batch, out and in channels (depthwise: multiplier, channels),
 * side of the padded image, filter, stride. Matrix products: rows, columns,
 * depth. */
struct row {
	enum kind kind;
	int64_t n, m, c, side, filter, stride;
};

static const struct row alexnet[] = {
	{CONV, 4, 64, 3, 227, 11, 4},
	{CONV,  4, 192, 64, 31, 5, 1},
	{CONV, 4, 384, 192, 15, 3, 1},
	{CONV,   4, 256, 384, 15, 3, 1},
	{CONV, 4, 256, 256, 15, 3, 1},
	{.kind = END},
};

static const struct row resnet18[] = {
	{CONV, 4, 64, 3, 229, 7, 2},
	{CONV,  4, 64, 64, 58, 3, 1},
	{CONV, 4, 128, 64, 57, 3, 2},
	{CONV,   4, 128, 64, 55, 1, 2},
	{CONV, 4, 128, 128, 30, 3, 1},
	{CONV,  4, 256, 128, 29, 3, 2},
	{CONV,  4, 256, 128, 27, 1, 2},
	{CONV,   4, 256, 256, 16, 3, 1},
	{CONV, 4, 512, 256, 15, 3, 2},
	{CONV, 4, 512, 256, 13, 1, 2},
	{CONV,  4, 512, 512, 9, 3, 1},
	{GEMM,   4, 1000, 512, 0, 0, 0},
	{.kind = END},
};

static const struct row resnet50[] = {
	{CONV, 4, 64, 3, 229, 7, 2},
	{CONV,  4, 64, 64, 56, 1, 1},
	{CONV, 4, 64, 64, 58, 3, 1},
	{CONV,   4, 256, 64, 56, 1, 1},
	{CONV, 4, 64, 256, 56, 1, 1},
	{CONV,  4, 128, 256, 56, 1, 1},
	{CONV,  4, 128, 128, 57, 3, 2},
	{CONV,   4, 512, 128, 28, 1, 1},
	{CONV, 4, 512, 256, 55, 1, 2},
	{CONV,  4, 128, 512, 28, 1, 1},
	{CONV,  4, 128, 128, 30, 3, 1},
	{CONV,   4, 256, 512, 28, 1, 1},
	{CONV, 4, 256, 256, 29, 3, 2},
	{CONV, 4, 1024, 256, 14, 1, 1},
	{CONV,  4, 1024, 512, 27, 1, 2},
	{CONV,   4, 256, 1024, 14, 1, 1},
	{CONV, 4, 256, 256, 16, 3, 1},
	{CONV,  4, 512, 1024, 14, 1, 1},
	{CONV,  4, 512, 512, 15, 3, 2},
	{CONV,   4, 2048, 512, 7, 1, 1},
	{CONV, 4, 2048, 1024, 13, 1, 2},
	{CONV, 4, 512, 2048, 7, 1, 1},
	{CONV,  4, 512, 512, 9, 3, 1},
	{GEMM,   4, 1000, 2048, 0, 0, 0},
	{.kind = END},
};

static const struct row vgg16[] = {
	{CONV, 4, 64, 3, 226, 3, 1},
	{CONV,  4, 64, 64, 226, 3, 1},
	{CONV, 4, 128, 64, 114, 3, 1},
	{CONV,   4, 128, 128, 114, 3, 1},
	{CONV, 4, 256, 128, 58, 3, 1},
	{CONV,  4, 256, 256, 58, 3, 1},
	{CONV, 4, 512, 256, 30, 3, 1},
	{CONV,   4, 512, 512, 30, 3, 1},
	{CONV, 4, 512, 512, 16, 3, 1},
	{GEMM, 4, 4096, 25088, 0, 0, 0},
	{GEMM, 4, 4096, 4096, 0, 0, 0},
	{GEMM,   4, 1000, 4096, 0, 0, 0},
	{.kind = END},
};

static const struct row mobilenet_v2[] = {
	{CONV,      1, 32, 3, 225, 3, 2},
	{DEPTHWISE,       1, 1, 32, 114, 3, 1},
	{CONV,      1, 16, 32, 112, 1, 1},
	{CONV,        1, 96, 16, 112, 1, 1},
	{DEPTHWISE, 1, 1, 96, 113, 3, 2},
	{CONV,        1, 24, 96, 56, 1, 1},
	{CONV,      1, 144, 24, 56, 1, 1},
	{DEPTHWISE,        1, 1, 144, 58, 3, 1},
	{CONV,      1, 24, 144, 56, 1, 1},
	{DEPTHWISE,       1, 1, 144, 57, 3, 2},
	{CONV,      1, 32, 144, 28, 1, 1},
	{CONV,        1, 192, 32, 28, 1, 1},
	{DEPTHWISE,      1, 1, 192, 30, 3, 1},
	{CONV,       1, 32, 192, 28, 1, 1},
	{DEPTHWISE,      1, 1, 192, 29, 3, 2},
	{CONV,        1, 64, 192, 14, 1, 1},
	{CONV, 1, 384, 64, 14, 1, 1},
	{DEPTHWISE,        1, 1, 384, 16, 3, 1},
	{CONV,      1, 64, 384, 14, 1, 1},
	{CONV,        1, 96, 384, 14, 1, 1},
	{CONV,      1, 576, 96, 14, 1, 1},
	{DEPTHWISE,       1, 1, 576, 16, 3, 1},
	{CONV,       1, 96, 576, 14, 1, 1},
	{DEPTHWISE,        1, 1, 576, 15, 3, 2},
	{CONV,      1, 160, 576, 7, 1, 1},
	{CONV,      1, 960, 160, 7, 1, 1},
	{DEPTHWISE,       1, 1, 960, 9, 3, 1},
	{CONV,        1, 160, 960, 7, 1, 1},
	{CONV, 1, 320, 960, 7, 1, 1},
	{CONV,        1, 1280, 320, 7, 1, 1},
	{GEMM,       1, 1000, 1280, 0, 0, 0},
	{.kind = END       },
};

static const struct row bert_base[] = {
	{GEMM, 128, 768, 768, 0, 0, 0},
	{GEMM, 128, 128, 64, 0, 0, 0},
	{GEMM,   128, 64, 128, 0, 0, 0},
	{GEMM,   128, 3072, 768, 0, 0, 0},
	{GEMM, 128, 768, 3072, 0, 0, 0},
	{GEMM, 1, 768, 768, 0, 0, 0},
	{.kind = END  },
};

static const struct row vit_b16[] = {
	{CONV,  1, 768, 3, 224, 16, 16},
	{GEMM,  197, 2304, 768, 0, 0, 0},
	{GEMM,  197, 197, 64, 0, 0, 0},
	{GEMM,   197, 64, 197, 0, 0, 0},
	{GEMM,  197, 768, 768, 0, 0, 0},
	{GEMM, 197, 3072, 768, 0, 0, 0},
	{GEMM,    197, 768, 3072, 0, 0, 0},
	{GEMM,    1, 1000, 768, 0, 0, 0},
	{.kind = END },
};

/* clang-format off */
static const struct row conv2_2[] = {
	{CONV, 4, 64, 64, 58, 3, 1},
	{.kind = END},
};
/* clang-format on */
static const struct row conv5_2[] = {
	{CONV, 4, 512, 512, 9, 3, 1},
	{.kind = END},
};

/* A layer with its channels doubled, step by step. */
/* clang-format off */
static const struct row channels_64[] = {
	{CONV, 4, 64, 64, 16, 3, 1},
	{.kind = END},
};
/* clang-format on */
static const struct row channels_128[] = {
	{CONV, 4, 128, 128, 16, 3, 1},
	{.kind = END},
};
static const struct row channels_256[] = {
	{CONV, 4, 256, 256, 16, 3, 1},
	{.kind = END},
};
static const struct row channels_512[] = {
	{CONV, 4, 512, 512, 16, 3, 1},
	{.kind = END},
};
/* clang-format off */
static const struct row channels_1024[] = {
	{CONV, 4, 1024, 1024, 16, 3, 1},
	{.kind = END},
};
/* clang-format on */

/* Loops with many divisors. */
static const struct row smooth[] = {
	{CONV, 60, 240, 240, 122, 3, 1},
	{CONV, 32, 960, 720, 58, 3, 1},
	{GEMM, 3600, 5040, 7560, 0, 0, 0},
	{GEMM,   1 << 16, 1 << 10, 1 << 14, 0, 0, 0},
	{.kind = END},
};

static const struct {
	const char *name;
	const struct row *rows;
	/* Machine; 0: as the default's. */
	int64_t pes, rf_bytes, spm_banks;
} runs[] = {
	{"AlexNet, convolutions",        alexnet,       0,     0,    0   },
	{"ResNet-18",                    resnet18,      0,     0,    0   },
	{"ResNet-50",                    resnet50,      0,     0,    0   },
	{"VGG-16",		       vgg16,         0,     0,    0   },
	{"MobileNetV2",                  mobilenet_v2,  0,     0,    0   },
	{"BERT-base, 128 tokens",        bert_base,     0,     0,    0   },
	{"ViT-B/16",		     vit_b16,       0,     0,    0   },
	{"conv5_2",		      conv5_2,       0,     0,    0   },
	{"conv2_2, 256 PEs",             conv2_2,       0,     0,    0   },
	{"conv2_2, 1,024 PEs, 512 KiB",  conv2_2,       1024,  0,    256 },
	{"conv2_2, 4,096 PEs, 2 MiB",    conv2_2,       4096,  1024, 1024},
	{"conv2_2, 16,384 PEs, 8 MiB",   conv2_2,       16384, 2048, 4096},
	{"ResNet-50, 16,384 PEs, 8 MiB", resnet50,      16384, 2048, 4096},
	{"VGG-16, 16,384 PEs, 8 MiB",    vgg16,         16384, 2048, 4096},
	{"64 channels",                  channels_64,   0,     0,    0   },
	{"128 channels",                 channels_128,  0,     0,    0   },
	{"256 channels",                 channels_256,  0,     0,    0   },
	{"512 channels",                 channels_512,  0,     0,    0   },
	{"1,024 channels",               channels_1024, 0,     0,    0   },
	{"smooth bounds",                smooth,        0,     0,    0   },
};

static double cpu_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static struct nest row_nest(const struct row *row)
{
	static const int64_t one[2] = {1, 1};
	const int64_t image[2] = {row->side, row->side};
	const int64_t filter[2] = {row->filter, row->filter};
	const int64_t stride[2] = {row->stride, row->stride};
	if (row->kind == GEMM)
		return nest_gemm(row->n, row->m, row->c, false, false);
	return (row->kind == CONV ? nest_conv : nest_depthwise)(
		row->n, row->m, row->c, image, filter, stride, one);
}

/* What is added up over the layers of a run. */
struct sum {
	int layers;
	double ids, ms, brute_ms;
	double one_ms[OBJ_COUNT],
		front_ms; /* an objective alone; with the front */
	int64_t front_points;
	bool estimated;
	struct proof proof[OBJ_COUNT];
};

static void row_print(const char *name, const struct sum *sum)
{
	printf("%-38s %6d %9.0f %9.2f", name, sum->layers, sum->ids, sum->ms);
	for (int o = 0; o < OBJ_COUNT; o++)
		printf(" %8.2f %5lld %5lld", sum->one_ms[o],
			(long long)sum->proof[o].tiles_visited,
			(long long)sum->proof[o].pairs_evaluated);
	printf(" %8.2f %5lld   %s%.3g\n", sum->front_ms,
		(long long)sum->front_points, sum->estimated ? "~" : "",
		sum->brute_ms / sum->ms);
	fflush(stdout);
}

static void sum_add(struct sum *to, const struct sum *from)
{
	to->layers += from->layers;
	to->ids += from->ids;
	to->ms += from->ms;
	to->brute_ms += from->brute_ms;
	to->front_ms += from->front_ms;
	to->front_points += from->front_points;
	to->estimated |= from->estimated;
	for (int o = 0; o < OBJ_COUNT; o++) {
		to->one_ms[o] += from->one_ms[o];
		to->proof[o].tiles_visited += from->proof[o].tiles_visited;
		to->proof[o].pairs_evaluated += from->proof[o].pairs_evaluated;
	}
}

static const struct search_options plain;

/* Tilings a millisecond. */
static double brute_rate(void)
{
	const struct row row = {CONV, 1, 16, 8, 10, 3, 1};
	const struct nest nest = row_nest(&row);
	const struct arch arch = arch_default();
	struct search_result result;
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	double begin = cpu_ms();
	search_brute(&ctx, &nest, &arch, &plain, &result);
	double ms = cpu_ms() - begin;
	ctx_release(&ctx);
	return (double)result.evaluated / ms;
}

/* The smallest of three times; the result of the last. */
static double exact_ms(const struct nest *nest, const struct arch *arch,
	const struct search_options *options, struct search_result *result)
{
	enum { TIMES = 3 };
	double least = 1e300;
	for (int i = 0; i < TIMES; i++) {
		struct ctx ctx;
		ctx_init(&ctx, stderr, NULL);
		double begin = cpu_ms();
		search_exact(&ctx, nest, arch, options, result);
		double ms = cpu_ms() - begin;
		least = ms < least ? ms : least;
		ctx_release(&ctx);
	}
	return least;
}

static struct sum row_measure(const struct row *row, const struct arch *arch,
	double rate, double brute_most, char text[80])
{
	const struct nest nest = row_nest(row);
	struct sum sum = {.layers = 1, .ids = 1};
	struct search_result result;
	for (int o = 0; o < OBJ_COUNT; o++) {
		const struct search_options one = {.objectives = 1u << o};
		sum.one_ms[o] = exact_ms(&nest, arch, &one, &result);
	}
	const struct search_options front = {.front = true};
	sum.front_ms = exact_ms(&nest, arch, &front, &result);
	sum.front_points = (int64_t)result.front_count;
	sum.ms = exact_ms(&nest, arch, &plain, &result);
	for (int o = 0; o < OBJ_COUNT; o++)
		sum.proof[o] = result.best[o].proof;
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	struct lattice lattice;
	if (lattice_init(&ctx, &nest, LOOP_BIT(LOOP_COUNT) - 1, TILES_PERFECT,
		    1 << 24, &lattice))
		sum.ids = lattice.ids;
	snprintf(text, 80, "  %s", nest_text(&ctx, &nest));
	struct mapspace space = {0};
	mapspace_count(&ctx, &nest, arch, &plain.limits, plain.tiles, &space);
	double tilings = (double)space.tilings_fit;
	sum.estimated = tilings > brute_most;
	sum.brute_ms = tilings / rate;
	if (!sum.estimated) {
		double begin = cpu_ms();
		search_brute(&ctx, &nest, arch, &plain, &result);
		sum.brute_ms = cpu_ms() - begin;
		if ((double)result.evaluated != tilings)
			printf("%s: %.0f tilings counted, %lld found\n", text,
				tilings, (long long)result.evaluated);
	}
	ctx_release(&ctx);
	return sum;
}

static double clock_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* The whole network on a number of threads. */
static double network_ms(
	const struct row *rows, const struct arch *arch, int threads)
{
	enum { TIMES = 5 };
	static struct distinct_nest nests[64];
	static struct search_result results[64];
	struct network network = {.nests = nests};
	for (; rows[network.count].kind != END; network.count++)
		nests[network.count] = (struct distinct_nest){
			.nest = row_nest(&rows[network.count]),
			.instances = 1,
			.example = "layer",
		};
	double least = 1e300;
	for (int i = 0; i < TIMES; i++) {
		struct ctx ctx;
		ctx_init(&ctx, stderr, NULL);
		double begin = clock_ms();
		search_network(&ctx, &network, arch, search_exact, &plain,
			threads, results);
		double ms = clock_ms() - begin;
		least = ms < least ? ms : least;
		ctx_release(&ctx);
	}
	return least;
}

/* Perfect tiles against padded ones, layer by layer; ratios of values. */
static void tiles_compare(
	const char *name, const struct row *rows, const struct arch *arch)
{
	double perfect_ms = 0, padded_ms = 0, slowest_ms = 0;
	for (; rows->kind != END; rows++) {
		const struct nest nest = row_nest(rows);
		const struct search_options padded = {.tiles = TILES_PADDED};
		struct search_result a, b;
		struct ctx ctx;
		ctx_init(&ctx, stderr, NULL);
		double perfect = exact_ms(&nest, arch, &plain, &a);
		double ms = exact_ms(&nest, arch, &padded, &b);
		printf("  %-36s %9.2f %9.2f", nest_text(&ctx, &nest), perfect,
			ms);
		for (int o = 0; o < OBJ_COUNT; o++) {
			enum objective objective = (enum objective)o;
			const struct candidate *p = &a.best[o].winner,
					       *q = &b.best[o].winner;
			printf(" %6.3f %5lld",
				objective_value(objective, &p->estimate) /
					objective_value(
						objective, &q->estimate),
				(long long)b.best[o].proof.tiles_visited);
		}
		printf("\n");
		perfect_ms += perfect;
		padded_ms += ms;
		slowest_ms = ms > slowest_ms ? ms : slowest_ms;
		ctx_release(&ctx);
	}
	printf("%-38s %9.2f %9.2f   slowest layer %.2f\n", name, perfect_ms,
		padded_ms, slowest_ms);
	fflush(stdout);
}

struct options {
	bool list, tiles;
	double brute_most;
	int threads; /* 0: one */
	const char *only;
};

static struct options options_read(int argc, char **argv)
{
	struct options options = {.brute_most = 3e5, .only = ""};
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-l"))
			options.list = true;
		else if (!strcmp(argv[i], "-p"))
			options.tiles = true;
		else if (!strcmp(argv[i], "-b") && i + 1 < argc)
			options.brute_most = strtod(argv[++i], NULL);
		else if (!strcmp(argv[i], "-j") && i + 1 < argc)
			options.threads = atoi(argv[++i]);
		else
			options.only = argv[i];
	}
	return options;
}

static void threads_compare(const char *name, const struct row *rows,
	const struct arch *arch, int threads)
{
	double one = network_ms(rows, arch, 1);
	double all = network_ms(rows, arch, threads);
	printf("%-38s %9.2f %9.2f %9.2f\n", name, one, all, one / all);
}

int main(int argc, char **argv)
{
	struct options options = options_read(argc, argv);
	double rate = brute_rate();
	if (options.threads)
		printf("%-38s %9s %4d threads    faster\n", "", "ms",
			options.threads);
	else if (options.tiles)
		printf("%-38s %9s %9s %-12s %-12s %-12s\n", "", "perfect ms",
			"padded ms", " EDP less, T", " energy", " cycles");
	else
		printf("exhaustive search: %.0f tilings a second\n\n"
		       "%-38s %6s %9s %9s %-20s %-20s %-20s %-14s   %s\n",
			rate * 1000, "", "layers", "ids", "ms",
			" EDP: ms, T, pairs", " energy", " cycles",
			" front: points", "times faster");
	for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
		if (!strstr(runs[i].name, options.only))
			continue;
		struct arch arch = arch_default();
		if (runs[i].pes) {
			arch.pes = runs[i].pes;
			arch.spm_banks = runs[i].spm_banks;
		}
		if (runs[i].rf_bytes)
			arch.rf_bytes = runs[i].rf_bytes;
		if (options.threads) {
			threads_compare(runs[i].name, runs[i].rows, &arch,
				options.threads);
			continue;
		}
		if (options.tiles) {
			tiles_compare(runs[i].name, runs[i].rows, &arch);
			continue;
		}
		struct sum total = {0};
		for (const struct row *r = runs[i].rows; r->kind != END; r++) {
			char text[80];
			struct sum sum = row_measure(
				r, &arch, rate, options.brute_most, text);
			if (options.list)
				row_print(text, &sum);
			sum_add(&total, &sum);
		}
		row_print(runs[i].name, &total);
	}
	return 0;
}
