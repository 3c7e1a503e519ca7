/* Mappings that leave most PEs idle: when it is said, and what. */
#include "mapper/poor_fit.h"

#include "tests/cmocka.h"
#include "tests/search_case.h"

#include <stdio.h>
#include <string.h>

/* 4 x 8 PEs: C along the rows, added up there; M or O's pixels along columns.
 */
static struct arch array_of_channels(void)
{
	struct arch arch = arch_default();
	struct dataflow *d = &arch.dataflow;
	arch.pes = 32;
	arch.pe_rows = 4;
	d->grid = true;
	d->axis[GRID_ROWS].barred = ~LOOP_BIT(LOOP_C) & 0x7f;
	d->axis[GRID_COLUMNS].barred =
		~(LOOP_BIT(LOOP_M) | LOOP_BIT(LOOP_OX)) & 0x7f;
	d->slot[SLOT_SPATIAL].most[LOOP_OX] = 2;
	d->not_shared[OPND_O] = 1u << GRID_COLUMNS;
	d->not_distinct[OPND_O] = 1u << GRID_ROWS;
	return arch;
}

enum machine_kind { DEFAULT, CHANNELS };

static void idle_pes_are_explained(void **state)
{
	(void)state;
	static const int64_t one[2] = {1, 1}, image[2] = {9, 9},
			     filter[2] = {3, 3}, point[2] = {1, 1};
	/* clang-format off */
	const struct {
		struct nest nest;
		enum machine_kind machine;
		enum tile_sizes tiles;
		int64_t factor[LOOP_COUNT]; /* at SPATIAL */
		const char *said;
	} rows[] = {
		/* half of them are enough */
		{nest_conv(1, 16, 16, image, filter, one, one), DEFAULT,
			TILES_PERFECT, {1, 16, 8, 1, 1, 1, 1}, NULL},
		{nest_conv(1, 16, 16, image, filter, one, one), DEFAULT,
			TILES_PERFECT, {1, 16, 1, 7, 1, 1, 1},
			"44 % of the PEs (112 of 256): more of them would not "
			"pay"},
		{nest_gemm(5, 3, 7, false, false), DEFAULT, TILES_PERFECT,
			{5, 3, 7, 1, 1, 1, 1},
			"41 % of the PEs (105 of 256): PEs take only N (5), "
			"M (3), C (7)"},
		{nest_gemm(5, 3, 7, false, false), DEFAULT, TILES_PERFECT,
			{5, 1, 7, 1, 1, 1, 1},
			"14 % of the PEs (35 of 256): PEs take only N (5), "
			"M (3), C (7); 105 at most, which would not pay"},
		/* 13 is prime: one of 13 x 13 fits, two do not; 12 x 12 of
		 * padded tiles are cut into 13 / 2 = 7 at most */
		{nest_gemm(13, 13, 1, false, false), DEFAULT, TILES_PERFECT,
			{13, 1, 1, 1, 1, 1, 1},
			"5.1 % of the PEs (13 of 256): more of them would not "
			"pay"},
		{nest_gemm(1, 337, 1, false, false), DEFAULT, TILES_PERFECT,
			{1, 1, 1, 1, 1, 1, 1},
			"0.39 % of the PEs (1 of 256): PEs take only M (337)"},
		{nest_gemm(1, 337, 1, false, false), DEFAULT, TILES_PADDED,
			{1, 1, 1, 1, 1, 1, 1},
			"0.39 % of the PEs (1 of 256): more of them would not "
			"pay"},
		{nest_conv(1, 8, 4, image, filter, one, one), CHANNELS,
			TILES_PERFECT, {1, 8, 2, 1, 1, 1, 1}, NULL},
		{nest_depthwise(1, 1, 8, image, filter, one, one), CHANNELS,
			TILES_PADDED, {1, 1, 1, 2, 1, 1, 1},
			"6.2 % of the PEs (2 of 32): rows take only C, which "
			"indexes O here; columns take only M (1), Ox (7, at "
			"most 2)"},
		{nest_conv(1, 3, 3, image, point, one, one), CHANNELS,
			TILES_PERFECT, {1, 3, 1, 1, 1, 1, 1},
			"9.4 % of the PEs (3 of 32): rows take only C (3); "
			"columns take only M (3), Ox (9, at most 2); 9 at "
			"most, which would not pay"},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ctx ctx;
		struct arch arch = rows[i].machine == DEFAULT
			? arch_default()
			: array_of_channels();
		struct mapping mapping = mapping_none;
		memcpy(mapping.tiling.factor[SLOT_SPATIAL], rows[i].factor,
			sizeof rows[i].factor);
		ctx_init(&ctx, stderr, NULL);
		const char *said = poor_fit(
			&ctx, &arch, &rows[i].nest, rows[i].tiles, &mapping);
		if (!said != !rows[i].said ||
			(said && strcmp(said, rows[i].said) != 0))
			fail_msg("row %zu: %s", i, said ? said : "nothing");
		ctx_release(&ctx);
	}
}

/* The most PEs of all spatial factors, one by one. */
static int64_t most_of(const struct arch *arch, const struct nest *nest,
	enum tile_sizes tiles, int loop, int64_t factor[LOOP_COUNT])
{
	int64_t most = 0, pes = 1, bound;
	if (loop == LOOP_COUNT) {
		for (int l = 0; l < LOOP_COUNT; l++)
			pes *= factor[l];
		return pes <= arch->pes &&
				dataflow_allows(
					arch, nest, SLOT_SPATIAL, factor)
			? pes
			: 0;
	}
	bound = nest->bound[loop];
	for (int64_t f = 1; f <= bound; f++) {
		int64_t size = (bound + f - 1) / f;
		bool cuts = tiles == TILES_PERFECT
			? bound % f == 0
			: (bound + size - 1) / size == f;
		factor[loop] = f;
		int64_t now =
			cuts ? most_of(arch, nest, tiles, loop + 1, factor) : 0;
		most = now > most ? now : most;
	}
	return most;
}

static void most_pes_are_found(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct random random = {seed * 0x9e3779b97f4a7c15u};
		struct nest nest = random_odd_nest(&random);
		struct arch arch = random_arch(&random);
		enum tile_sizes tiles = seed % 2 ? TILES_PADDED : TILES_PERFECT;
		int64_t factor[LOOP_COUNT];
		if (seed % 3)
			random_dataflow(&random, &arch);
		int64_t most = most_of(&arch, &nest, tiles, 0, factor);
		assert_int_equal(
			pes_reached(&arch, &nest, tiles, INT64_MAX), most);
		assert_true(pes_reached(&arch, &nest, tiles, (most + 1) / 2) >=
			(most + 1) / 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idle_pes_are_explained),
		cmocka_unit_test(most_pes_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
