/* Execution methods as files: NAME_methods/III_LAYER.json, which programs and
 * 'nestwright replay' read, and III_LAYER.txt for people. One pair a layer; a
 * layer of several nests has them one after the other. docs/output-files.md
 * has every field, docs/execution-methods.md what they mean. */
#ifndef CODEGEN_METHOD_H
#define CODEGEN_METHOD_H

#include "codegen/outfile.h"
#include "schedule/plan.h"

/* Both texts of a layer, in the arena. */
const char *method_json(
	struct ctx *ctx, const struct plan *plan, const struct layer *layer);
const char *method_text(
	struct ctx *ctx, const struct plan *plan, const struct layer *layer);
/* Adds one mapping's tiling, estimate in all its parts, and loop nest. */
struct text;
void mapping_text(struct text *text, const struct arch *arch,
	enum burst_rule rule, const struct nest *nest,
	const struct mapping *mapping);
/* "007_layer1.0_conv1": index (at least three digits, as many as the largest
 * needs) and safe name. */
const char *method_name(
	struct ctx *ctx, const struct plan *plan, const struct layer *layer);
/* Stages both files of every layer, and the removal of those of layers that are
 * no more. */
bool methods_write(
	struct ctx *ctx, const struct plan *plan, struct out_set *out);

/* One number or word of an estimate, as a file holds it. */
struct figure {
	const char *name; /* "energy_pj", "dma.I.bursts" */
	double value;     /* where word is NULL */
	const char *word;
};

struct method_nest {
	struct nest nest; /* verified, within what the machine's numbers hold */
	int64_t instances;
	struct mapping mapping; /* valid and fits the machine */
	size_t figure_count;    /* of the estimate; 0: there is none */
	struct figure *figures;
};

/* A method file, read back. All in the arena. */
struct method {
	const char *file;  /* path as given */
	const char *set;   /* whose file it is */
	const char *model; /* "" where the file does not say; so below and above */
	const char *layer, *op;
	struct arch arch;
	enum burst_rule rule;
	size_t count;
	struct method_nest *nests;
};

/* Reads III_LAYER.json. machine: overrides the file's; NULL: the file must have
 * one. False with diagnostics (file, line, column, key). */
bool method_read(struct ctx *ctx, const char *path, const struct arch *machine,
	struct method *out);
/* The same from memory. */
bool method_parse(struct ctx *ctx, const char *path, const char *text,
	size_t length, const struct arch *machine, struct method *out);

/* The figures of a nest's estimate, computed anew, in the order in which files
 * have them. Returns their number. */
size_t method_figures(struct ctx *ctx, const struct method *method,
	const struct method_nest *nest, struct figure **out);

#endif
