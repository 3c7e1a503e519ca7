/* JSON texts: what is refused and where, positions of items, members by kind,
 * and that what is written reads back equal. */
#include "base/json_doc.h"

#include "tests/cmocka.h"
#include "tests/said.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define T(s) s, sizeof s - 1

static void bad_texts_are_refused_where_they_err(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t length;
		const char *said;
	} cases[] = {
		{T(""),				   "f: error: the file is empty, expected JSON\n"},
		{T(" \n\t"),			      "f: error: the file is empty, expected JSON\n"},
		{T("{\n  \"a\": 1,\n}"),
                 "f:3:1: error: not valid JSON: expected a key in "
			"double "
			"quotes, found '}'\n"							   },
		{T("[1 2]"),
                 "f:1:4: error: not valid JSON: expected ',' or "
			"']', found '2'\n"							      },
		{T("{\"a\" 1}"),
                 "f:1:6: error: not valid JSON: expected ':' "
			"behind the key, found '1'\n"                                                   },
		{T("{\"a\":1"),
                 "f:1:7: error: not valid JSON: expected ',' or "
			"'}', found the end of the file\n"                                              },
		{T("\x89PNG\r\n"),
                 "f:1:1: error: not valid JSON: expected a "
			"value, found byte 0x89\n"						      },
		{T("nul"),
                 "f:1:1: error: not valid JSON: expected a value, "
			"found 'n'\n"								   },
		{T("1 1"),
                 "f:1:3: error: not valid JSON: expected the end of "
			"the file, found '1'\n"							 },
		{T("1\0"),
                 "f:1:2: error: not valid JSON: expected the end of "
			"the file, found byte 0x00\n"                                                   },
		{T("[01]"),
                 "f:1:2: error: not valid JSON: a number must not "
			"begin with zeros, found '0'\n"                                                 },
		{T("[-]"),
                 "f:1:3: error: not valid JSON: expected a digit of "
			"a number, found ']'\n"							 },
		{T("[1.]"),
                 "f:1:4: error: not valid JSON: expected a digit of "
			"a number, found ']'\n"							 },
		{T("[+1]"),
                 "f:1:2: error: not valid JSON: expected a value, "
			"found '+'\n"								   },
		{T("[NaN]"),
                 "f:1:2: error: not valid JSON: expected a value, "
			"found 'N'\n"								   },
		{T("\n\"abc"),
                 "f:2:1: error: not valid JSON: a string without "
			"its closing quote, found '\"'\n"                                               },
		{T("\"\t\""),
                 "f:1:2: error: not valid JSON: a control "
			"character in a string, found byte 0x09\n"                                      },
		{T("\"\\x\""),
                 "f:1:2: error: not valid JSON: unknown escape "
			"in a string, found '\\'\n"						     },
		{T("\"\\u12g4\""),
                 "f:1:2: error: not valid JSON: expected "
			"four hex digits after \\u, found '\\'\n"                                       },
		{T("\"\\u0000\""),
                 "f:1:2: error: not valid JSON: a NUL "
			"character in a string, found '\\'\n"                                           },
		{T("\"\\ud800x\""),
                 "f:1:2: error: not valid JSON: half of a "
			"surrogate pair, found '\\'\n"                                                  },
		{T("\"\\udc00\""),
                 "f:1:2: error: not valid JSON: half of a "
			"surrogate pair, found '\\'\n"                                                  },
		{T("\"\xc0\x80\""),
                 "f:1:2: error: not valid JSON: a string is "
			"not UTF-8, found byte 0xc0\n"                                                  },
		{T("\"\xed\xa0\x80\""),
                 "f:1:2: error: not valid JSON: a "
			"string is not UTF-8, found byte "
			"0xed\n"									},
		{T("\"\xe2\x82"),
                 "f:1:2: error: not valid JSON: a string is "
			"not UTF-8, found byte 0xe2\n"                                                  },
 /* the column counts characters */
		{T("[\"\xe2\x82\xac\" 1]"),
                 "f:1:6: error: not valid JSON: "
			"expected ',' or ']', found "
			"'1'\n"									 },
		{T("\xef\xbb\xbf[1 2]"),
                 "f:1:4: error: not valid JSON: "
			"expected ',' or ']', found '2'\n"                                              },
		{T("{\"a\":1,\n\"b\":2, \"\\u0061\":3}"),
                 "f:2:8: error: key 'a' stands here a second time, "
			"first at 1:2\n"								},
		{T("[1000000000000000000000000000000000000000000000000000000"
		   "000000000]"),
                 "f:1:2: error: not valid JSON: a number of over 63 "
			"characters, found '1'\n"						       },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture f;
		struct json_doc doc;
		fixture_open(&f);
		assert_false(json_parse(
			&f.ctx, "f", cases[i].text, cases[i].length, &doc));
		fflush(f.ctx.messages);
		assert_string_equal(f.said, cases[i].said);
		assert_null(doc.root);
		fixture_close(&f);
	}
}

static void nesting_is_bounded(void **state)
{
	(void)state;
	for (int depth = 64; depth <= 65; depth++) {
		char text[200] = "";
		for (int i = 0; i < depth; i++)
			strcat(text, "[");
		for (int i = 0; i < depth; i++)
			strcat(text, "]");
		struct fixture f;
		struct json_doc doc;
		fixture_open(&f);
		assert_int_equal(
			json_parse(&f.ctx, "f", text, strlen(text), &doc),
			depth == 64);
		json_release(&doc);
		fixture_close(&f);
	}
}

static void items_know_where_they_stand(void **state)
{
	(void)state;
	static const char text[] = "{\n"
				   "  \"a\": [10, {\"b\" : true}],\n"
				   "  \"c\": \"d\"\n"
				   "}\n";
	struct fixture f;
	struct json_doc doc;
	fixture_open(&f);
	assert_true(json_parse(&f.ctx, "f", text, sizeof text - 1, &doc));
	const cJSON *a = json_member(doc.root, "a");
	const cJSON *ten = a->child, *inner = ten->next;
	/* clang-format off */
	const struct {
		const cJSON *item;
		int line, column;
	} cases[] = {
		{doc.root,                   1, 1},
		{a,                          2, 3},
		{ten,                        2, 9},
		{inner,                      2, 13},
		{json_member(inner, "b"),    2, 14},
		{json_member(doc.root, "c"), 3, 3},
		{NULL,                       0, 0},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct loc loc = json_loc(&doc, cases[i].item);
		assert_int_equal(loc.line, cases[i].line);
		assert_int_equal(loc.column, cases[i].column);
		assert_string_equal(loc.file, "f");
	}
	json_release(&doc);
	fixture_close(&f);
}

/* Every reader on every kind of member. */
static void members_are_checked(void **state)
{
	(void)state;
	static const char text[] =
		"{\"n\": 7, \"half\": 0.5, \"big\": 9007199254740992,\n"
		" \"inf\": 1e999, \"s\": \"x\", \"l\": [3, 4.5], \"o\": {},\n"
		" \"t\": true, \"ok\": [5, 6]}";
	struct fixture f;
	struct json_doc doc;
	int64_t n = 0, two[2];
	double x = 0;
	bool b = false;
	fixture_open(&f);
	assert_true(json_parse(&f.ctx, "f", text, sizeof text - 1, &doc));
	struct ctx *c = &f.ctx;
	const cJSON *r = doc.root;
	assert_true(json_int(c, &doc, json_need(c, &doc, r, "n"), 7, 7, &n));
	assert_int_equal(n, 7);
	assert_true(json_number(c, &doc, json_member(r, "half"), 0, 1, &x));
	assert_true(x == 0.5);
	assert_true(json_bool(c, &doc, json_member(r, "t"), &b) && b);
	assert_true(json_ints(c, &doc, json_member(r, "ok"), 2, 5, 6, two));
	assert_int_equal(two[1], 6);
	assert_string_equal(json_string(c, &doc, r, "s"), "x");
	assert_non_null(json_object(c, &doc, r, "o"));
	assert_non_null(json_array(c, &doc, r, "l"));
	assert_int_equal(c->errors, 0);

	assert_false(json_int(c, &doc, json_need(c, &doc, r, "N"), 1, 2, &n));
	assert_false(json_int(c, &doc, json_member(r, "n"), 8, 9, &n));
	assert_false(json_int(c, &doc, json_member(r, "half"), 0, 9, &n));
	assert_false(
		json_int(c, &doc, json_member(r, "big"), 0, INT64_MAX, &n));
	assert_false(json_int(c, &doc, json_member(r, "inf"), 0, 9, &n));
	assert_false(json_number(c, &doc, json_member(r, "inf"), 0, 9, &x));
	assert_false(json_number(c, &doc, json_member(r, "s"), 0, 9, &x));
	assert_false(json_bool(c, &doc, json_member(r, "n"), &b));
	assert_false(json_ints(c, &doc, json_member(r, "l"), 3, 1, 9, two));
	assert_false(json_ints(c, &doc, json_member(r, "l"), 2, 1, 9, two));
	assert_null(json_string(c, &doc, r, "l"));
	assert_null(json_need(c, &doc, json_member(r, "s"), "k"));
	fflush(c->messages);
	assert_string_equal(f.said,
		"f:1:1: error: key 'N' is missing\n"
		"f:1:2: error: key 'n': expected a whole number from 8 to 9, "
		"found 7\n"
		"f:1:10: error: key 'half': expected a whole number from 0 to "
		"9, found 0.5\n"
		"f:1:23: error: key 'big': expected a whole number from 0 to "
		"2^53 - 1, found 9007199254740992\n"
		"f:2:2: error: key 'inf': expected a whole number from 0 to 9, "
		"found a number beyond double\n"
		"f:2:2: error: key 'inf': expected a number from 0 to 9, found "
		"a number beyond double\n"
		"f:2:16: error: key 's': expected a number from 0 to 9, found "
		"the string 'x'\n"
		"f:1:2: error: key 'n': expected true or false, found 7\n"
		"f:2:26: error: key 'l': expected 3 numbers, found 2\n"
		"f:2:35: error: the value: expected a whole number from 1 to "
		"9, found 4.5\n"
		"f:2:26: error: key 'l': expected a string, found an array\n"
		"f:2:16: error: key 's': expected an object, found the string "
		"'x'\n");
	json_release(&doc);
	fixture_close(&f);
}

static void unknown_keys_get_a_suggestion(void **state)
{
	(void)state;
	static const char text[] =
		"{\"RF_SIZE\": 1, \"rf_siz\": 1, \"colour\": 2}";
	static const char *const known[] = {"CGRA_SIZE", "RF_SIZE", NULL};
	struct fixture f;
	struct json_doc doc;
	fixture_open(&f);
	assert_true(json_parse(&f.ctx, "f", text, sizeof text - 1, &doc));
	assert_false(json_keys(&f.ctx, &doc, doc.root, known));
	fflush(f.ctx.messages);
	assert_string_equal(f.said,
		"f:1:16: error: unknown key 'rf_siz', did you mean 'RF_SIZE'?\n"
		"f:1:29: error: unknown key 'colour'\n");
	json_release(&doc);
	fixture_close(&f);
}

static void files_are_read(void **state)
{
	(void)state;
	struct fixture f;
	struct json_doc doc;
	char path[] = "/tmp/nestwright_json_XXXXXX";
	fixture_open(&f);
	assert_false(json_read(&f.ctx, "/nowhere/x.json", &doc));
	assert_false(json_read(&f.ctx, "/tmp", &doc));
	fflush(f.ctx.messages);
	assert_string_equal(f.said,
		"/nowhere/x.json: error: cannot be opened: No such file or "
		"directory\n"
		"/tmp: error: cannot be read: Is a directory\n");
	/* longer than one block of reading, so that it grows */
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");
	fputc('[', file);
	for (int i = 0; i < 20000; i++)
		fprintf(file, "%d, ", i);
	fputs("0]", file);
	fclose(file);
	assert_true(json_read(&f.ctx, path, &doc));
	assert_int_equal(cJSON_GetArraySize(doc.root), 20001);
	json_release(&doc);
	unlink(path);
	fixture_close(&f);
}

static void written_texts_read_back_equal(void **state)
{
	(void)state;
	static const char want[] = "{\n"
				   "  \"s\": \"a\\\"\\\\\\u000a\",\n"
				   "  \"n\": [1, 0.1, 9007199254740993, "
				   "1e+300],\n"
				   "  \"o\": [\n"
				   "    {\"e\": []},\n"
				   "    true\n"
				   "  ],\n"
				   "  \"x\": {}\n"
				   "}\n";
	struct fixture f;
	struct json_doc doc;
	fixture_open(&f);
	cJSON *root = cJSON_CreateObject(), *n = cJSON_CreateArray();
	cJSON_AddStringToObject(root, "s", "a\"\\\n");
	cJSON_AddItemToArray(n, json_whole(1));
	cJSON_AddItemToArray(n, cJSON_CreateNumber(0.1));
	cJSON_AddItemToArray(n, json_whole(9007199254740993));
	cJSON_AddItemToArray(n, cJSON_CreateNumber(1e300));
	cJSON_AddItemToObject(root, "n", n);
	cJSON *o = cJSON_AddArrayToObject(root, "o");
	cJSON *e = cJSON_CreateObject();
	cJSON_AddArrayToObject(e, "e");
	cJSON_AddItemToArray(o, e);
	cJSON_AddItemToArray(o, cJSON_CreateTrue());
	cJSON_AddObjectToObject(root, "x");
	const char *text = json_text(&f.ctx, root);
	assert_string_equal(text, want);
	assert_true(json_parse(&f.ctx, "f", text, strlen(text), &doc));
	json_release(&doc);

	static const double numbers[] = {0.1, 1.0 / 3, 1e-310,
		4503599627370497.5, 9007199254740993.0, 1.7976931348623157e308,
		-0.0};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		assert_true(strtod(json_double(&f.ctx, numbers[i]), NULL) ==
			numbers[i]);
	fixture_close(&f);
}

/* Every prefix and every single changed byte of a text is either read or
 * refused with one line; the sanitizers watch. */
static void damaged_texts_do_not_crash(void **state)
{
	(void)state;
	static const char good[] =
		"{\"a\": [1, -2.5e+3, \"\\ud83d\\ude00\\n\", true], \"b\": "
		"{\"c\": null, \"\xe2\x82\xac\": false}}";
	static const char bytes[] = "{}[]\",:\\0-.eE+tu\x80\xff\n \x01";
	for (size_t i = 0; i < sizeof good - 1; i++) {
		for (size_t b = 0; b < sizeof bytes; b++) {
			char text[sizeof good];
			struct fixture f;
			struct json_doc doc;
			memcpy(text, good, sizeof good);
			size_t n = b ? sizeof good - 1 : i;
			text[i] = b ? bytes[b - 1] : text[i];
			fixture_open(&f);
			bool ok = json_parse(&f.ctx, "f", text, n, &doc);
			assert_int_equal(f.ctx.errors, !ok);
			json_release(&doc);
			fixture_close(&f);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_texts_are_refused_where_they_err),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(items_know_where_they_stand),
		cmocka_unit_test(members_are_checked),
		cmocka_unit_test(unknown_keys_get_a_suggestion),
		cmocka_unit_test(files_are_read),
		cmocka_unit_test(written_texts_read_back_equal),
		cmocka_unit_test(damaged_texts_do_not_crash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
