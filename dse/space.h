/* A design space: a base machine, keys that range over lists, and what follows
 * from them. File format in docs/dse.md. */
#ifndef DSE_SPACE_H
#define DSE_SPACE_H

#include "dse/expr.h"
#include "mapper/arch.h"

/* A place for a number: the keys of an architecture file in the order of
 * arch_keys, then the space's own variables, then the results of RESULT_x. */
typedef size_t slot;

enum result_slot { RESULT_ENERGY, RESULT_CYCLES, RESULT_EDP, RESULT_COUNT };

/* A key that ranges over a list. */
struct range {
	slot slot;
	size_t count;
	const double *values;   /* [count], distinct */
	const struct loc *locs; /* [count], where they stand */
};

/* Where a number stands in a list. */
struct place {
	double value;
	size_t at;
};

/* A table: the row whose first number is the first column's value gives the
 * values of the other columns. */
struct tie {
	size_t columns, rows;
	const slot *slot;           /* [columns] */
	const double *values;       /* [rows][columns] */
	const struct place *places; /* [rows]: the first column */
	struct loc loc;
};

/* SLOT = expression. */
struct setting {
	slot slot;
	struct expr expr;
	struct loc loc;
};

struct rule {
	struct expr expr; /* 0: the design is left out */
	struct loc loc;
};

struct workload {
	const char *path; /* of the model; relative to the program's folder */
	double weight;
};

struct space {
	const char *path, *name; /* name: file name without folders and .json */
	struct arch base;
	size_t slot_count;        /* without the results */
	const char *const *names; /* [slot_count + RESULT_COUNT], then NULL */
	size_t axis_count, tie_count, setting_count, rule_count, workload_count;
	struct range *axes;
	struct tie *ties;
	struct setting *settings;
	struct rule *rules;
	struct workload *workloads;
	bool has_area, has_power;
	struct expr area, power;
	struct loc area_loc, power_loc;
	bool power_of_results; /* power depends on energy or cycles */
	int64_t combinations;  /* product of the axes' counts */
};

/* A combination that the rules let pass. */
struct design {
	int64_t combination;
	const double *values; /* [slot_count] */
	double area;          /* NaN without one */
};

struct design_list {
	size_t count;
	struct design *designs;  /* last axis fastest */
	int32_t *of_combination; /* [combinations]: index, or -1 */
};

/* Most combinations of a space. */
enum { COMBINATIONS_MAX = 1000000 };

/* Reads SPACE.json. False with diagnostics (file, line, column). */
bool space_read(struct ctx *ctx, const char *path, struct space *out);
/* The same from memory; path: for diagnostics, and what names are relative to.
 */
bool space_parse(struct ctx *ctx, const char *path, const char *text,
	size_t length, struct space *out);

/* All designs. False with a diagnostic at the axis, table or expression that
 * gives a value which its key may not have; none at all is one, too. */
bool space_designs(
	struct ctx *ctx, const struct space *space, struct design_list *out);

/* The machine of a design, named 'NAME of the space-index'. */
struct arch design_arch(struct ctx *ctx, const struct space *space,
	const struct design_list *list, size_t index);

/* The place of a design on an axis, and the steps in combinations between two
 * places of it. */
size_t design_place(const struct space *space, const struct design *design,
	size_t axis, int64_t *step);

/* Power of a design with these results; NaN without an expression. */
double design_power(const struct space *space, const struct design *design,
	double energy_pj, double cycles);

/* "CGRA_SIZE 256, RF_SIZE 512": the axes' values; in the arena. */
const char *design_text(struct ctx *ctx, const struct space *space,
	const struct design *design);

#endif
