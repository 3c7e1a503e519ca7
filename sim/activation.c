/* Each function, with its parameters. */
#include "sim/activation.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static double act_relu(double x, const double *p)
{
	(void)p;
	return x > 0 ? x : 0;
}

static double act_leaky_relu(double x, const double *p)
{
	return x < 0 ? p[0] * x : x;
}

static double act_thresholded_relu(double x, const double *p)
{
	return x > p[0] ? x : 0;
}

static double act_elu(double x, const double *p)
{
	return x < 0 ? p[0] * expm1(x) : x;
}

static double act_sigmoid(double x, const double *p)
{
	(void)p;
	return 1 / (1 + exp(-x));
}

static double act_hard_sigmoid(double x, const double *p)
{
	return fmax(0, fmin(1, p[0] * x + p[1]));
}

static double act_tanh(double x, const double *p)
{
	(void)p;
	return tanh(x);
}

static double act_clip(double x, const double *p)
{
	return fmin(fmax(x, p[0]), p[1]);
}

static double act_softplus(double x, const double *p)
{
	(void)p;
	return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double act_softsign(double x, const double *p)
{
	(void)p;
	return x / (1 + fabs(x));
}

/* The approximation by tanh: 0.7978845608 = sqrt(2 / pi). */
static double act_fast_gelu(double x, const double *p)
{
	(void)p;
	return x / 2 *
		(1 + tanh(0.79788456080286536 * (x + 0.044715 * x * x * x)));
}

static double act_affine(double x, const double *p)
{
	return p[0] * x + p[1];
}

static double act_scaled_tanh(double x, const double *p)
{
	return p[0] * tanh(p[1] * x);
}

static const struct activation activations[] = {
	{"Relu",            act_relu,             0, {0, 0}               },
	{"LeakyRelu",       act_leaky_relu,       1, {0.01, 0}            },
	{"ThresholdedRelu", act_thresholded_relu, 1, {1, 0}               },
	{"Elu",             act_elu,              1, {1, 0}               },
	{"Sigmoid",         act_sigmoid,          0, {0, 0}               },
	{"HardSigmoid",     act_hard_sigmoid,     2, {0.2, 0.5}           },
	{"Tanh",            act_tanh,             0, {0, 0}               },
	{"ScaledTanh",      act_scaled_tanh,      2, {1, 1}               },
	{"Affine",          act_affine,           2, {1, 0}               },
	{"Clip",            act_clip,             2, {-INFINITY, INFINITY}},
	{"Softplus",        act_softplus,         0, {0, 0}               },
	{"Softsign",        act_softsign,         0, {0, 0}               },
	{"FastGelu",        act_fast_gelu,        0, {0, 0}               },
};

const struct activation *activation_find(const char *name)
{
	for (size_t i = 0; i < sizeof activations / sizeof *activations; i++)
		if (!strcmp(activations[i].name, name))
			return &activations[i];
	return NULL;
}
