/* Expressions of a design space: values by hand, and what is refused where. */
#include "dse/expr.h"

#include "tests/cmocka.h"

#include <string.h>

static const char *const names[] = {"pes", "rf", NULL};
static const double values[] = {64, 512};

static void values_by_hand(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		double value;
	} rows[] = {
		{"1 + 2 * 3",                   7    },
		{"(1 + 2) * 3",                 9    },
		{"7 - 2 - 1",                   4    },
		{"12 / 3 / 2",                  2    },
		{"17 % 5",                      2    },
		{"-pes + 1",                    -63  },
		{"1.5e2",                       150  },
		{"pes * rf",                    32768},
		{"pes < rf",                    1    },
		{"pes >= rf || rf == 512",      1    },
		{"!(pes == 64) && rf",          0    },
		{"min(pes, 3) + max(rf, 1000)", 1003 },
		{"ceil(rf / 100)",              6    },
		{"log2(rf)",                    9    },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ctx ctx;
		struct expr expr;
		bool used[2] = {false, false};
		const struct loc loc = {0};
		ctx_init(&ctx, stderr, NULL);
		assert_true(expr_parse(
			&ctx, &loc, rows[i].text, names, used, &expr));
		if (expr_value(&expr, values) != rows[i].value)
			fail_msg("%s is %.17g", rows[i].text,
				expr_value(&expr, values));
		assert_int_equal(used[0], strstr(rows[i].text, "pes") != NULL);
		assert_int_equal(used[1], strstr(rows[i].text, "rf") != NULL);
		ctx_release(&ctx);
	}
}

static void others_are_refused(void **state)
{
	(void)state;
	/* An expression nested far deeper than any that is meant. */
	static char deep[20001];
	memset(deep, '(', sizeof deep - 1);
	const char *const rows[] = {"", "1 +", "(1", "1)", "foo", "min(1)",
		"1 2", "min(1, 2", deep};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ctx ctx;
		struct expr expr;
		bool used[2];
		const struct loc loc = {0};
		FILE *sink = fopen("/dev/null", "w");
		ctx_init(&ctx, sink, NULL);
		assert_false(
			expr_parse(&ctx, &loc, rows[i], names, used, &expr));
		assert_int_equal(ctx.errors, 1);
		ctx_release(&ctx);
		fclose(sink);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_by_hand),
		cmocka_unit_test(others_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
