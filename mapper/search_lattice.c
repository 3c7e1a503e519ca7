#include "mapper/search_lattice.h"

#include "ir/checked.h"

#include <string.h>

/* Ascending; at most 2 sqrt(n). */
static int32_t divisors_list(struct ctx *ctx, int64_t n, int64_t **list)
{
	int32_t low = 0, high = 0;
	for (int64_t d = 1; d <= n / d; d++)
		if (n % d == 0) {
			low++;
			high += d != n / d;
		}
	*list = arena_array(&ctx->arena, (size_t)(low + high), sizeof **list);
	int32_t i = 0;
	for (int64_t d = 1; d <= n / d; d++)
		if (n % d == 0) {
			(*list)[i] = d;
			(*list)[low + high - 1 - i] = n / d;
			i++;
		}
	return low + high;
}

static int32_t digit_of(
	const struct lattice *lattice, int loop, int64_t divisor)
{
	int32_t low = 0, high = lattice->divisors[loop] - 1;
	while (low < high) {
		int32_t mid = (low + high) / 2;
		if (lattice->divisor[loop][mid] < divisor)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void below_fill(struct ctx *ctx, struct lattice *lattice, int loop)
{
	int32_t n = lattice->divisors[loop], pairs = 0;
	const int64_t *divisor = lattice->divisor[loop];
	for (int32_t d = 0; d < n; d++)
		for (int32_t b = 0; b <= d; b++)
			pairs += divisor[d] % divisor[b] == 0;

	int32_t *first = arena_array(&ctx->arena, (size_t)n + 1, sizeof *first);
	int32_t *below = arena_array(&ctx->arena, (size_t)pairs, sizeof *below);
	int32_t *quotient =
		arena_array(&ctx->arena, (size_t)pairs, sizeof *quotient);
	pairs = 0;
	for (int32_t d = 0; d < n; d++) {
		first[d] = pairs;
		for (int32_t b = 0; b <= d; b++)
			if (divisor[d] % divisor[b] == 0) {
				below[pairs] = b;
				quotient[pairs] = digit_of(
					lattice, loop, divisor[d] / divisor[b]);
				pairs++;
			}
	}
	first[n] = pairs;
	lattice->first[loop] = first;
	lattice->below[loop] = below;
	lattice->quotient[loop] = quotient;
}

/* Prime by prime; for each, uppers ascending. */
static void covers_fill(struct ctx *ctx, struct lattice *lattice, int loop)
{
	enum { PRIMES = 16 }; /* the product of the first 16 passes 2^63 */
	int64_t prime[PRIMES];
	int32_t primes = 0, n = lattice->divisors[loop];
	const int64_t *divisor = lattice->divisor[loop];
	for (int32_t d = 1; d < n; d++) {
		bool composite = false;
		for (int32_t p = 0; p < primes; p++)
			composite |= divisor[d] % prime[p] == 0;
		if (!composite)
			prime[primes++] = divisor[d];
	}
	lattice->cover[loop] = arena_array(&ctx->arena,
		(size_t)n * (size_t)primes + 1, sizeof *lattice->cover[loop]);
	int32_t covers = 0;
	for (int32_t p = 0; p < primes; p++)
		for (int32_t d = 0; d < n; d++)
			if (divisor[d] % prime[p] == 0) {
				int32_t *pair = lattice->cover[loop][covers++];
				pair[0] = digit_of(
					lattice, loop, divisor[d] / prime[p]);
				pair[1] = d;
			}
	lattice->covers[loop] = covers;
}

bool lattice_init(struct ctx *ctx, const struct nest *nest, unsigned loops,
	int64_t max_ids, struct lattice *lattice)
{
	memset(lattice, 0, sizeof *lattice);
	for (int l = 0; l < LOOP_COUNT; l++)
		if (loops & LOOP_BIT(l) && nest->bound[l] > 1)
			lattice->loop[lattice->loops++] = (enum loop)l;

	lattice->ids = 1;
	for (int l = lattice->loops - 1; l >= 0; l--) {
		lattice->divisors[l] = divisors_list(ctx,
			nest->bound[lattice->loop[l]], &lattice->divisor[l]);
		if (lattice->ids > max_ids)
			continue;
		lattice->step[l] = (int32_t)lattice->ids;
		lattice->ids *= lattice->divisors[l];
	}
	if (lattice->ids > max_ids)
		return false;
	for (int l = 0; l < lattice->loops; l++) {
		below_fill(ctx, lattice, l);
		covers_fill(ctx, lattice, l);
	}
	return true;
}

void lattice_extents(
	const struct lattice *lattice, int64_t id, int64_t extent[LOOP_COUNT])
{
	for (int l = 0; l < LOOP_COUNT; l++)
		extent[l] = 1;
	for (int l = 0; l < lattice->loops; l++) {
		extent[lattice->loop[l]] =
			lattice->divisor[l][id / lattice->step[l]];
		id %= lattice->step[l];
	}
}

int64_t lattice_below(const struct lattice *lattice, int64_t id, int32_t *below)
{
	/* Back to front, so that the list may grow in place: with the last
	 * loops' vectors listed, each is repeated for every digit of the loop
	 * before. */
	int32_t digit[LOOP_COUNT];
	for (int l = 0; l < lattice->loops; l++) {
		digit[l] = (int32_t)(id / lattice->step[l]);
		id %= lattice->step[l];
	}
	int64_t count = 1;
	below[0] = 0;
	for (int l = lattice->loops - 1; l >= 0; l--) {
		const int32_t *list = lattice->below[l];
		int32_t from = lattice->first[l][digit[l]],
			to = lattice->first[l][digit[l] + 1];
		/* The first divisor is 1, its digit 0: already there. */
		int64_t filled = count;
		for (int32_t i = from + 1; i < to; i++) {
			int32_t add = list[i] * lattice->step[l];
			for (int64_t k = 0; k < count; k++)
				below[filled + k] = below[k] + add;
			filled += count;
		}
		count = filled;
	}
	return count;
}

int64_t lattice_quotient(
	const struct lattice *lattice, int64_t whole, int64_t part)
{
	int64_t id = 0;
	for (int l = 0; l < lattice->loops; l++) {
		int64_t w = whole / lattice->step[l],
			p = part / lattice->step[l];
		whole %= lattice->step[l];
		part %= lattice->step[l];
		int32_t i = lattice->first[l][w];
		while (lattice->below[l][i] != p)
			i++;
		id += (int64_t)lattice->quotient[l][i] * lattice->step[l];
	}
	return id;
}

void lattice_least(const struct lattice *lattice, int width, double *table)
{
	for (int l = 0; l < lattice->loops; l++) {
		int64_t run = (int64_t)lattice->step[l] * width;
		int64_t block = run * lattice->divisors[l];
		int64_t end = lattice->ids * width;
		for (double *b = table; b < table + end; b += block)
			for (int32_t c = 0; c < lattice->covers[l]; c++) {
				const double *low =
					b + run * lattice->cover[l][c][0];
				double *high =
					b + run * lattice->cover[l][c][1];
				for (int64_t i = 0; i < run; i++)
					if (low[i] < high[i])
						high[i] = low[i];
			}
	}
}
