/* Opens a blob and runs it on the simulated board, with small whole numbers in
 * every tensor that is there before the first step. Host steps are named and
 * left out: what they would make is 0.
 *
 *	cc -std=c99 -I../.. -o firmware main.c board.c runtime.c
 *	./firmware conv.nwcfg */
#include "board.h"

#include <stdio.h>

static unsigned char blob[1 << 20];
static struct board board;

static int host(void *self, const struct nwcfg *cfg,
	const struct nwcfg_step *step, int after)
{
	const struct board *at = self;
	const char *name = nwcfg_string(cfg, step->name);
	const char *op = nwcfg_string(cfg, step->op);
	if (step->kind == NWCFG_STEP_HOST)
		printf("%s (%s): the host's\n", name, op);
	else if (after)
		printf("%s (%s): %lu moves, %lu SPM passes, %lu MACs so "
		       "far%s\n",
			name, op, at->moves, at->passes, at->macs,
			step->flags & NWCFG_STEP_FLAG_FINISH
				? "; the host finishes it"
				: "");
	return 0;
}

static unsigned char *tensor_at(const struct nwcfg_tensor *t)
{
	unsigned char *region =
		t->region == NWCFG_REGION_ARENA ? board.arena : board.constants;
	return t->offset + t->bytes <= BOARD_DRAM_BYTES ? region + t->offset
							: NULL;
}

/* Element k of a tensor that the caller fills: -3 .. 3. */
static void fill(const struct nwcfg *cfg)
{
	uint32_t i;
	uint64_t k;
	for (i = 0; i < nwcfg_count(cfg, NWCFG_TENSOR); i++) {
		struct nwcfg_tensor t;
		if (nwcfg_get_tensor(cfg, i, &t) ||
			!(t.roles & (NWCFG_ROLE_INPUT | NWCFG_ROLE_WEIGHT)) ||
			!tensor_at(&t))
			continue;
		for (k = 0; k < t.elems; k++)
			board_put(tensor_at(&t) + k * t.elem_bytes, t.type,
				(double)(k * 5 % 7) - 3);
	}
}

static void print_outputs(const struct nwcfg *cfg)
{
	uint32_t i;
	uint64_t k;
	for (i = 0; i < nwcfg_count(cfg, NWCFG_TENSOR); i++) {
		struct nwcfg_tensor t;
		if (nwcfg_get_tensor(cfg, i, &t) ||
			!(t.roles & NWCFG_ROLE_OUTPUT) || !tensor_at(&t))
			continue;
		printf("%s:", nwcfg_string(cfg, t.name));
		for (k = 0; k < t.elems && k < 12; k++)
			printf(" %g",
				board_get(tensor_at(&t) + k * t.elem_bytes,
					t.type));
		printf("%s\n", t.elems > 12 ? " ..." : "");
	}
}

int main(int argc, char **argv)
{
	struct nwcfg cfg;
	struct runtime_board hooks;
	enum nwcfg_error error;
	enum runtime_result result;
	size_t size;
	FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
	if (!file) {
		fprintf(stderr, "usage: %s FILE.nwcfg\n", argv[0]);
		return 2;
	}
	size = fread(blob, 1, sizeof blob, file);
	fclose(file);
	error = nwcfg_open(&cfg, blob, size);
	if (error != NWCFG_OK) {
		fprintf(stderr, "%s: %s\n", argv[1], nwcfg_error_text(error));
		return 1;
	}
	board_reset(&board);
	board.host = host;
	fill(&cfg);
	hooks = board_hooks(&board);
	result = runtime_run(&cfg, &hooks);
	print_outputs(&cfg);
	printf("%lu faults\n", board.faults);
	return result != RUNTIME_OK || board.faults ? 1 : 0;
}
