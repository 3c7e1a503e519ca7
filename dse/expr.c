/* A parser that emits operations for a stack, and the stack that runs them. */
#include "dse/expr.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 48, STACK_MAX = 256 };

enum op {
	OP_NUMBER,
	OP_NAME,
	OP_NEGATE,
	OP_NOT,
	OP_OR,
	OP_AND,
	OP_EQ,
	OP_NE,
	OP_LE,
	OP_GE,
	OP_LT,
	OP_GT,
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV,
	OP_MOD,
	OP_MIN,
	OP_MAX,
	OP_POW,
	OP_CEIL,
	OP_FLOOR,
	OP_SQRT,
	OP_LOG2
};

struct expr_op {
	enum op op;
	double number;
	size_t name;
};

/* Binary operators by how tight they bind; of those that begin alike, the
 * longer one first. */
static const struct {
	const char *sign;
	enum op op;
	int binds;
} binaries[] = {
	{"||", OP_OR,  1},
	{"&&", OP_AND, 2},
	{"==", OP_EQ,  3},
	{"!=", OP_NE,  3},
	{"<=", OP_LE,  3},
	{">=", OP_GE,  3},
	{"<",  OP_LT,  3},
	{">",  OP_GT,  3},
	{"+",  OP_ADD, 4},
	{"-",  OP_SUB, 4},
	{"*",  OP_MUL, 5},
	{"/",  OP_DIV, 5},
	{"%",  OP_MOD, 5},
};
enum { BINARY_COUNT = sizeof binaries / sizeof *binaries };

static const struct {
	const char *name;
	enum op op;
	int arguments;
} functions[] = {
	{"min",   OP_MIN,   2},
	{"max",   OP_MAX,   2},
	{"pow",   OP_POW,   2},
	{"ceil",  OP_CEIL,  1},
	{"floor", OP_FLOOR, 1},
	{"sqrt",  OP_SQRT,  1},
	{"log2",  OP_LOG2,  1},
};
enum { FUNCTION_COUNT = sizeof functions / sizeof *functions };

struct parser {
	struct ctx *ctx;
	const struct loc *loc;
	const char *text, *at;
	const char *const *names;
	bool *used;
	struct expr *out;
	int depth, stack; /* nesting; values that evaluation holds by now */
};

static bool refuse(struct parser *p, const char *what)
{
	const char *found = *p->at
		? arena_printf(&p->ctx->arena, "'%.1s'", p->at)
		: "the end";
	return diag_error(p->ctx, p->loc, "'%s', column %d: %s, found %s",
		diag_quote(p->ctx, p->text), (int)(p->at - p->text) + 1, what,
		(unsigned char)*p->at < 0x80 ? found : "another character");
}

static void skip_space(struct parser *p)
{
	p->at += strspn(p->at, " \t");
}

/* Appends an operation that takes `takes` values and gives one. */
static bool emit(struct parser *p, struct expr_op op, int takes)
{
	struct expr *e = p->out;
	p->stack += 1 - takes;
	if (p->stack > STACK_MAX)
		return refuse(p, "the expression is too deep");
	e->ops = arena_grow(&p->ctx->arena, e->ops, e->count, &e->capacity,
		e->count + 1, sizeof *e->ops);
	e->ops[e->count++] = op;
	return true;
}

static bool sign_taken(struct parser *p, const char *sign)
{
	skip_space(p);
	size_t n = strlen(sign);
	if (strncmp(p->at, sign, n) != 0)
		return false;
	p->at += n;
	return true;
}

static bool parse_binary(struct parser *p, int binds);

static bool parse_call(struct parser *p, int f)
{
	for (int i = 0; i < functions[f].arguments; i++)
		if (!parse_binary(p, 1) ||
			(i + 1 < functions[f].arguments &&
				!sign_taken(p, ",") &&
				!refuse(p, "expected ','")))
			return false;
	if (!sign_taken(p, ")"))
		return refuse(p, "expected ')'");
	return emit(p, (struct expr_op){.op = functions[f].op},
		functions[f].arguments);
}

static bool parse_name(struct parser *p)
{
	const char *begin = p->at;
	while (isalnum((unsigned char)*p->at) || *p->at == '_')
		p->at++;
	const char *name =
		arena_strndup(&p->ctx->arena, begin, (size_t)(p->at - begin));
	if (sign_taken(p, "(")) {
		for (int f = 0; f < FUNCTION_COUNT; f++)
			if (!strcmp(functions[f].name, name))
				return parse_call(p, f);
		p->at = begin;
		return refuse(p,
			"expected min, max, pow, ceil, floor, sqrt or "
			"log2 before '('");
	}
	for (size_t i = 0; p->names[i]; i++) {
		if (strcmp(p->names[i], name) != 0)
			continue;
		p->used[i] = true;
		return emit(p, (struct expr_op){.op = OP_NAME, .name = i}, 0);
	}
	const char *meant = diag_nearest(name, p->names);
	return diag_error(p->ctx, p->loc,
		"'%s', column %d: unknown key '%s'%s%s%s",
		diag_quote(p->ctx, p->text), (int)(begin - p->text) + 1, name,
		meant ? ", did you mean '" : "", meant ? meant : "",
		meant ? "'?" : "");
}

static bool parse_number(struct parser *p)
{
	/* Digits, point and exponent alone: strtod knows more. */
	const char *s = p->at;
	size_t n = strspn(s, "0123456789.");
	if (s[n] == 'e' || s[n] == 'E') {
		size_t sign = s[n + 1] == '-' || s[n + 1] == '+';
		size_t power = strspn(s + n + 1 + sign, "0123456789");
		n += power ? 1 + sign + power : 0;
	}
	char *end, *digits = arena_strndup(&p->ctx->arena, s, n);
	double number = strtod(digits, &end);
	if (*end || !isfinite(number))
		return refuse(p, "expected a number");
	p->at += n;
	return emit(p, (struct expr_op){.op = OP_NUMBER, .number = number}, 0);
}

static bool parse_unary(struct parser *p)
{
	skip_space(p);
	char c = *p->at;
	if (c == '-' || c == '!') {
		p->at++;
		if (++p->depth > DEPTH_MAX)
			return refuse(p, "the expression is nested too deep");
		bool ok = parse_unary(p) &&
			emit(p,
				(struct expr_op){
					.op = c == '-' ? OP_NEGATE : OP_NOT},
				1);
		p->depth--;
		return ok;
	}
	if (c == '(') {
		p->at++;
		return parse_binary(p, 1) &&
			(sign_taken(p, ")") || refuse(p, "expected ')'"));
	}
	if (isdigit((unsigned char)c) || c == '.')
		return parse_number(p);
	if (isalpha((unsigned char)c) || c == '_')
		return parse_name(p);
	return refuse(p, "expected a number, a key or '('");
}

/* Operators that bind at least so tight; equal ones from the left. */
static bool parse_binary(struct parser *p, int binds)
{
	if (++p->depth > DEPTH_MAX)
		return refuse(p, "the expression is nested too deep");
	bool ok = parse_unary(p);
	while (ok) {
		int b = 0;
		skip_space(p);
		while (b < BINARY_COUNT &&
			strncmp(p->at, binaries[b].sign,
				strlen(binaries[b].sign)) != 0)
			b++;
		if (b == BINARY_COUNT || binaries[b].binds < binds)
			break;
		p->at += strlen(binaries[b].sign);
		ok = parse_binary(p, binaries[b].binds + 1) &&
			emit(p, (struct expr_op){.op = binaries[b].op}, 2);
	}
	p->depth--;
	return ok;
}

bool expr_parse(struct ctx *ctx, const struct loc *loc, const char *text,
	const char *const *names, bool *used, struct expr *out)
{
	struct parser p = {.ctx = ctx,
		.loc = loc,
		.text = text,
		.at = text,
		.names = names,
		.used = used,
		.out = out};
	*out = (struct expr){.text = text};
	if (!parse_binary(&p, 1))
		return false;
	skip_space(&p);
	return !*p.at || refuse(&p, "expected an operator");
}

static double apply(enum op op, double a, double b)
{
	switch (op) {
	case OP_NEGATE:
		return -a;
	case OP_NOT:
		return a == 0;
	case OP_OR:
		return a != 0 || b != 0;
	case OP_AND:
		return a != 0 && b != 0;
	case OP_EQ:
		return a == b;
	case OP_NE:
		return a != b;
	case OP_LE:
		return a <= b;
	case OP_GE:
		return a >= b;
	case OP_LT:
		return a < b;
	case OP_GT:
		return a > b;
	case OP_ADD:
		return a + b;
	case OP_SUB:
		return a - b;
	case OP_MUL:
		return a * b;
	case OP_DIV:
		return a / b;
	case OP_MOD:
		return fmod(a, b);
	case OP_MIN:
		return a < b ? a : b;
	case OP_MAX:
		return a > b ? a : b;
	case OP_POW:
		return pow(a, b);
	case OP_CEIL:
		return ceil(a);
	case OP_FLOOR:
		return floor(a);
	case OP_SQRT:
		return sqrt(a);
	case OP_LOG2:
		return log2(a);
	default:
		return NAN;
	}
}

static bool is_unary(enum op op)
{
	return op == OP_NEGATE || op == OP_NOT || op >= OP_CEIL;
}

double expr_value(const struct expr *expr, const double *values)
{
	double stack[STACK_MAX + 1];
	size_t top = 0;
	for (size_t i = 0; i < expr->count; i++) {
		const struct expr_op *op = &expr->ops[i];
		if (op->op == OP_NUMBER) {
			stack[top++] = op->number;
		} else if (op->op == OP_NAME) {
			stack[top++] = values[op->name];
		} else if (is_unary(op->op)) {
			stack[top - 1] = apply(op->op, stack[top - 1], 0);
		} else {
			top--;
			stack[top - 1] =
				apply(op->op, stack[top - 1], stack[top]);
		}
	}
	return top ? stack[0] : NAN;
}
