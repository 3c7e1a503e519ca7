/* The operator table: sorted, found by domain and name. */
#include "ir/ops.h"

#include "tests/cmocka.h"

#include <string.h>

static void rows_are_sorted_and_unique(void **state)
{
	(void)state;
	for (int i = 1; i < OP_COUNT; i++) {
		const struct op *a = op_row((enum op_id)(i - 1));
		const struct op *b = op_row((enum op_id)i);
		int order = strcmp(a->domain, b->domain);
		if (order > 0 || (!order && strcmp(a->name, b->name) >= 0))
			fail_msg("%s %s stands before %s %s", a->domain,
				a->name, b->domain, b->name);
	}
}

static void every_row_is_found(void **state)
{
	(void)state;
	for (int i = 0; i < OP_COUNT; i++) {
		const struct op *row = op_row((enum op_id)i);
		assert_ptr_equal(op_find(row->domain, row->name), row);
		assert_int_equal(row->id, i);
	}
}

static void operators_are_found_by_domain_and_name(void **state)
{
	(void)state;
	const struct {
		const char *domain, *name;
		int want; /* -1: none */
	} cases[] = {
		{"",                    "Conv",      OP_ONNX_Conv   },
		{NULL,                  "Conv",      OP_ONNX_Conv   },
		{"ai.onnx",             "Xor",       OP_ONNX_Xor    },
		{"com.microsoft",       "FusedConv", OP_MS_FusedConv},
		{"com.microsoft",       "Conv",      -1             },
		{"com.microsoft.nchwc", "Conv",      OP_NCHWC_Conv  },
		{"ai.onnx.ml",          "Scaler",    OP_ML_Scaler   },
		{"my.domain",           "Conv",      -1             },
		{"",                    "conv",      -1             },
		{"",                    "",          -1             },
		{"",                    NULL,        -1             },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct op *row = op_find(cases[i].domain, cases[i].name);
		assert_int_equal(row ? (int)row->id : -1, cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sorted_and_unique),
		cmocka_unit_test(every_row_is_found),
		cmocka_unit_test(operators_are_found_by_domain_and_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
