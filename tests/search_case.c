/* Draws go through one generator, so that a seed gives a case. */
#include "tests/search_case.h"

#include "base/checked.h"

int64_t random_below(struct random *random, int64_t n)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return (int64_t)((random->state * 0x2545f4914f6cdd1du >> 33) %
		(uint64_t)n);
}

struct nest random_nest(struct random *r)
{
	int64_t filter[2], stride[2], dilation[2], image[2];
	for (int a = 0; a < 2; a++) {
		filter[a] = PICK(r, 1, 1, 2, 3, 3, 4);
		stride[a] = PICK(r, 1, 1, 2, 3);
		dilation[a] = PICK(r, 1, 1, 1, 2);
		image[a] = (filter[a] - 1) * dilation[a] +
			(PICK(r, 1, 2, 3, 4, 6) - 1) * stride[a] + 1 +
			random_below(r, stride[a]);
	}
	int64_t n = PICK(r, 1, 1, 2, 3), m = PICK(r, 1, 2, 4, 6),
		c = PICK(r, 1, 2, 3, 4);
	switch (random_below(r, 5)) {
	case 0: /* matrix product */
		return nest_gemm(PICK(r, 1, 2, 6, 12, 16, 35),
			PICK(r, 1, 4, 10, 24, 7), PICK(r, 1, 3, 8, 18, 30),
			random_below(r, 2), random_below(r, 2));
	case 1:
		return nest_depthwise(n, PICK(r, 1, 1, 2, 3),
			PICK(r, 2, 4, 6, 12), image, filter, stride, dilation);
	case 2: { /* pitches as a lowering may set them */
		struct nest nest =
			nest_conv(n, m, c, image, filter, stride, dilation);
		struct nest_dim *rows = &nest.tensor[OPND_W].dim[2];
		rows->pitch = -rows->pitch;
		struct nest_dim *channels = &nest.tensor[OPND_I].dim[1];
		if (nest.bound[LOOP_C] % 2 == 0) {
			channels->split = 2;
			channels->split_pitch = channels->pitch * 3;
		}
		return nest;
	}
	default:
		return nest_conv(n, m, c, image, filter, stride, dilation);
	}
}

struct nest random_odd_nest(struct random *r)
{
	int64_t filter[2], stride[2], dilation[2], image[2];
	for (int a = 0; a < 2; a++) {
		filter[a] = PICK(r, 1, 1, 1, 2, 3);
		stride[a] = PICK(r, 1, 1, 2, 3);
		dilation[a] = PICK(r, 1, 1, 1, 2);
		image[a] = (filter[a] - 1) * dilation[a] +
			(PICK(r, 1, 1, 3, 5, 7) - 1) * stride[a] + 1 +
			random_below(r, stride[a]);
	}
	switch (random_below(r, 3)) {
	case 0:
		return nest_gemm(PICK(r, 1, 5, 7, 11, 13, 17),
			PICK(r, 1, 3, 7, 9, 10), PICK(r, 1, 3, 5, 8, 11),
			random_below(r, 2), random_below(r, 2));
	case 1:
		return nest_depthwise(PICK(r, 1, 1, 3), PICK(r, 1, 1, 3),
			PICK(r, 2, 5, 7), image, filter, stride, dilation);
	default:
		return nest_conv(PICK(r, 1, 1, 3), PICK(r, 1, 3, 5, 7),
			PICK(r, 1, 2, 3, 5), image, filter, stride, dilation);
	}
}

struct arch random_arch(struct random *r)
{
	struct arch arch = arch_default();
	arch.pes = PICK(r, 1, 2, 4, 7, 12, 16, 64, 256);
	arch.elem_bytes = PICK(r, 1, 2, 3, 4);
	arch.dma_elem_bytes = PICK(r, 1, 2, 4);
	/* from 3 words up; not always a whole number of them */
	arch.rf_bytes = arch.elem_bytes * PICK(r, 3, 4, 8, 8, 16, 40, 256) +
		random_below(r, arch.elem_bytes);
	arch.spm_banks = PICK(r, 3, 4, 5, 8, 32);
	arch.bank_bytes = PICK(r, 4, 24, 64, 100, 512, 2048);
	arch.dma_init_cycles = (double)PICK(r, 0, 7, 100, 291);
	arch.dma_cycles_per_byte = (double)PICK(r, 1, 24, 100) / 100;
	arch.dma_mhz = (double)PICK(r, 500, 1600, 3200);
	arch.noc_pj = (double)PICK(r, 0, 1, 4) / 2;
	arch.spm_pj = (double)PICK(r, 0, 45, 135) / 10;
	arch.dram_pj = (double)PICK(r, 0, 100, 3333) / 10;
	arch.rf_pj = (double)PICK(r, 0, 12, 96, 4000) / 100;
	arch.mac_pj = (double)PICK(r, 0, 75, 1000) / 1000;
	return arch;
}

void random_ports(struct random *r, struct arch *arch)
{
	for (int o = 0; o < OPND_COUNT; o++) {
		arch->bits[o] = PICK(r, 0, 0, 0, 4, 8, 12, 32);
		arch->noc_words[o] = PICK(r, 1, 1, 2, 3, 16);
		arch->spm_bypass[o] = PICK(r, 0, 0, 1);
		arch->rf_bypass[o] = PICK(r, 0, 0, 1);
	}
	if (random_below(r, 3) == 0)
		for (int o = 0; o < OPND_COUNT; o++)
			arch->operand_banks[o] =
				1 + random_below(r, arch->spm_banks / 3);
	arch->spm_buffers = PICK(r, 1, 2, 2);
	arch->spm_ports = PICK(r, 0, 0, 1, 2, 3);
	arch->port_words = PICK(r, 1, 1, 2);
	arch->dma_parallel = PICK(r, 0, 0, 1);
}

struct limits random_limits(struct random *r)
{
	return (struct limits){
		.min_pe_use = (double)PICK(r, 0, 0, 3, 5, 8) / 10,
		.min_rf_use = (double)PICK(r, 0, 0, 2, 5, 8) / 10,
		.min_spm_use = (double)PICK(r, 0, 0, 1, 3, 5) / 10,
		.no_spatial_reduction = random_below(r, 2),
		.no_feature_dram = random_below(r, 2),
	};
}

double tilings_of(const struct nest *nest)
{
	double tilings = 1;
	for (int l = 0; l < LOOP_COUNT; l++) {
		/* Multisets: exponent e splits over 4 levels in (e+3 over 3)
		 * ways. */
		int64_t rest = nest->bound[l];
		for (int64_t p = 2; p <= rest; p++) {
			double e = 0;
			for (; rest % p == 0; rest /= p)
				e++;
			tilings *= (e + 1) * (e + 2) * (e + 3) / 6;
		}
	}
	return tilings;
}

struct tiling random_tiling(struct random *r, const struct nest *nest)
{
	struct tiling tiling = tiling_none;
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t rest = nest->bound[l];
		for (int64_t p = 2; p <= rest; p++)
			for (; rest % p == 0; rest /= p)
				tiling.factor[random_below(r, SEED_SLOTS)][l] *=
					p;
	}
	return tiling;
}

double padded_tilings_of(const struct nest *nest)
{
	double tilings = 1;
	for (int l = 0; l < LOOP_COUNT; l++) {
		double chains = 0;
		int64_t bound = nest->bound[l];
		for (int64_t d = 1; d <= bound; d++)
			for (int64_t s = 1; s <= bound; s++)
				for (int64_t p = 1; p <= bound; p++) {
					int64_t t = ceil_div(bound, d),
						g = ceil_div(t, s),
						f = ceil_div(g, p);
					chains += ceil_div(bound, t) == d &&
						ceil_div(t, g) == s &&
						ceil_div(g, f) == p;
				}
		tilings *= chains;
	}
	return tilings;
}

/* Cuts a tile in at most so many parts, none of them empty. */
static int64_t random_cut(struct random *r, int64_t *size)
{
	int64_t parts = 1 + random_below(r, *size);
	int64_t part = ceil_div(*size, parts);
	parts = ceil_div(*size, part);
	*size = part;
	return parts;
}

struct tiling random_padded_tiling(struct random *r, const struct nest *nest)
{
	struct tiling tiling = tiling_none;
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t size = nest->bound[l];
		tiling.factor[SLOT_DRAM][l] = random_cut(r, &size);
		tiling.factor[SLOT_SPM][l] = random_cut(r, &size);
		tiling.factor[SLOT_SPATIAL][l] = random_cut(r, &size);
		tiling.factor[SLOT_RF][l] = size;
	}
	return tiling;
}

void random_constraints(
	struct random *r, const struct nest *nest, struct limits *limits)
{
	const struct tiling wanted = random_tiling(r, nest);
	for (int v = 0; v < SEED_SLOTS; v++)
		for (int l = 0; l < LOOP_COUNT; l++)
			switch (random_below(r, 16)) {
			case 0:
			case 1:
				limits->factor[v][l] = wanted.factor[v][l];
				break;
			case 2:
				limits->factor[v][l] =
					PICK(r, 1, 1, 1, 2, 5, FACTOR_WHOLE);
				break;
			default:
				break;
			}
	for (int v = 0; v < SEED_ORDERED; v++) {
		limits->ordered[v] = random_below(r, 2);
		for (int i = 0; i < LOOP_COUNT; i++) {
			int64_t at = random_below(r, i + 1);
			limits->order[v][i] = limits->order[v][at];
			limits->order[v][at] = (uint8_t)i;
		}
	}
}

/* Each of the low 'count' bits, one time in 'often'. */
static unsigned random_bits(struct random *r, int count, int64_t often)
{
	unsigned bits = 0;
	for (int i = 0; i < count; i++)
		bits |= (unsigned)(random_below(r, often) == 0) << i;
	return bits;
}

void random_dataflow(struct random *r, struct arch *arch)
{
	struct dataflow *d = &arch->dataflow;
	*d = (struct dataflow){0};
	arch->reduction_tree = random_below(r, 2);
	for (int v = 0; v < SEED_SLOTS; v++) {
		d->slot[v].barred = random_bits(r, LOOP_COUNT, 8);
		for (int l = 0; l < LOOP_COUNT; l++) {
			if (random_below(r, 8) == 0)
				d->slot[v].most[l] = PICK(r, 1, 2, 3, 4, 6);
			else if (random_below(r, 40) == 0)
				d->slot[v].fix[l] =
					PICK(r, 1, 2, 3, FACTOR_WHOLE);
		}
	}
	for (int v = 0; v < SEED_ORDERED; v++) {
		d->stationary[v] = (unsigned)PICK(r, 0, 0, 1, 2, 3);
		d->ordered[v] = !d->stationary[v] && random_below(r, 4) == 0;
		for (int i = 0; i < LOOP_COUNT; i++) {
			int64_t at = random_below(r, i + 1);
			d->order[v][i] = d->order[v][at];
			d->order[v][at] = (uint8_t)i;
		}
	}
	do
		arch->pe_rows = PICK(r, 1, 1, 2, 3, 4, 7, 8, 16);
	while (arch->pes % arch->pe_rows);
	d->grid = random_below(r, 3) > 0;
	for (int a = 0; a < GRID_AXES && d->grid; a++) {
		d->axis[a].barred = random_bits(r, LOOP_COUNT, 3);
		d->axis[a].most_loops = PICK(r, 0, 0, 1, 2, 3);
	}
	for (int o = 0; o < OPND_COUNT && d->grid; o++) {
		d->not_shared[o] = random_bits(r, GRID_AXES, 4);
		d->not_distinct[o] = random_bits(r, GRID_AXES, 6);
	}
}
