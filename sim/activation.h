/* Activation functions, as attributes of operators name them. */
#ifndef SIM_ACTIVATION_H
#define SIM_ACTIVATION_H

enum { ACTIVATION_PARAMS = 2 }; /* alpha, beta */

struct activation {
	const char *name;
	double (*apply)(double x, const double *params);
	int params;                       /* how many it uses */
	double absent[ACTIVATION_PARAMS]; /* those that are not given */
};

/* NULL for a name that is not known. */
const struct activation *activation_find(const char *name);

#endif
