/* What the importer refuses, each with one line that says what is wrong. */
#include "import/onnx_graph.h"
#include "tests/onnx_text.h"

#include "tests/cmocka.h"

#include <stdlib.h>
#include <string.h>

struct reading {
	struct ctx ctx;
	struct model *model;
	bool ok;
	char *messages;
	size_t message_bytes;
};

static struct reading read_bytes(const uint8_t *bytes, size_t length)
{
	struct reading r = {.ok = false};
	FILE *f = open_memstream(&r.messages, &r.message_bytes);
	ctx_init(&r.ctx, f, NULL);
	r.ok = onnx_read_bytes(&r.ctx, "m.onnx", bytes, length, &r.model);
	fclose(f);
	return r;
}

static void release(struct reading *r)
{
	ctx_release(&r->ctx);
	free(r->messages);
}

/* All messages are the one line that is wanted. */
static void expect_line(const struct reading *r, const char *want)
{
	size_t n = strlen(want);
	if (strlen(r->messages) != n + 1 || memcmp(r->messages, want, n) ||
		r->messages[n] != '\n')
		fail_msg("found    %sexpected %s", r->messages, want);
}

static struct reading read_text(struct arena *arena, const char *text)
{
	size_t length;
	uint8_t *bytes = onnx_text(arena, text, &length);
	return read_bytes(bytes, length);
}

/* --- the model and its values --------------------------------------------- */

/* clang-format off */

#define NODE(fields) "node { " fields " } "
#define RELU(in, out)                                                          \
	"node { op_type: 'Relu' name: 'to_" out "' input: '" in                \
	"' output: '" out "' } "
#define X ONNX_VALUE("input", "x", ONNX_DIM(2))
#define Y "output { name: 'y' } "
#define INIT(fields) "initializer { " fields " } "
#define ATTR(fields) NODE("op_type: 'Op' name: 'n' output: 'y' attribute { " fields " }")

static const struct {
	const char *text, *want;
} refusals[] = {
	/* the file */
	{"opset_import { version: 13 } graph { " RELU("x", "y") X Y "}",
		"m.onnx: error: it names no IR version, expected 3 to 13"},
	{"ir_version: 8 opset_import { version: 13 }",
		"m.onnx: error: not an ONNX model: it holds no graph"},
	{"ir_version: 2 graph { " RELU("x", "y") X Y "}",
		"m.onnx: error: its IR version is 2, expected 3 to 13: export the model with a newer ONNX"},
	{"ir_version: 8 graph { " RELU("x", "y") X Y "}",
		"m.onnx: error: it names no opset (opset_import is empty), expected opset 6 or newer of domain 'ai.onnx'"},
	{"ir_version: 8 opset_import { version: 5 } graph { " RELU("x", "y") X Y "}",
		"m.onnx: error: its opset is 5, expected 6 or newer: export it again, or convert it with onnx.version_converter"},
	{"ir_version: 8 opset_import { version: -1 } graph { " RELU("x", "y") X Y "}",
		"m.onnx: error: its opset is -1, expected 6 or newer: export it again, or convert it with onnx.version_converter"},
	{"ir_version: 8 opset_import { domain: 'com.microsoft' version: 1 } graph { " RELU("x", "y") X Y "}",
		"m.onnx: node 'to_y' (Relu): error: the file names no opset for domain 'ai.onnx', which this node is of"},
	{"ir_version: 8 opset_import { version: 13 } opset_import { domain: 'ai.onnx' version: 12 } graph { " RELU("x", "y") X Y "}",
		"m.onnx: error: opset_import names domain 'ai.onnx' twice, with versions 13 and 12"},
	{ONNX_GRAPH(X Y),
		"m.onnx: error: graph 'g' is empty: expected a model with nodes"},
	/* names */
	{ONNX_GRAPH(X X RELU("x", "y") Y),
		"m.onnx: error: value 'x' is defined twice in graph 'g'"},
	{ONNX_GRAPH(X RELU("x", "y") RELU("x", "y") Y),
		"m.onnx: error: value 'y' is defined twice in graph 'g'"},
	{ONNX_GRAPH(X RELU("x", "x") Y),
		"m.onnx: error: value 'x' is defined twice in graph 'g'"},
	{ONNX_GRAPH(X NODE("op_type: 'Split' input: 'x' output: ['y', 'y']") Y),
		"m.onnx: error: value 'y' is defined twice in graph 'g'"},
	{ONNX_GRAPH(X INIT("name: 'w' data_type: 1") INIT("name: 'w' data_type: 1") RELU("x", "y") Y),
		"m.onnx: error: value 'w' is defined twice in graph 'g'"},
	{ONNX_GRAPH(X INIT("name: 'y' data_type: 1") RELU("x", "y") Y),
		"m.onnx: error: value 'y' is defined twice in graph 'g'"},
	{ONNX_GRAPH("input { } " RELU("x", "y") Y),
		"m.onnx: error: input 0 of graph 'g' has no name"},
	{ONNX_GRAPH(X RELU("x", "y") Y INIT("data_type: 1")),
		"m.onnx: error: the initializer at byte 55 has no name"},
	{ONNX_GRAPH(X RELU("x\\x00", "y") Y),
		"m.onnx: node 'to_y' (Relu): error: nothing defines input 0, 'x'"},
	{ONNX_GRAPH(X RELU("x", "y\\x00") Y),
		"m.onnx: error: the name at byte 48 contains a zero byte"},
	{ONNX_GRAPH(X RELU("z\\x0a\\x0a", "y") Y),
		"m.onnx: node 'to_y' (Relu): error: nothing defines input 0, 'z\\x0a\\x0a'"},
	{ONNX_GRAPH(X NODE("op_type: 'Add' input: ['x', 'z'] output: 'y'") Y),
		"m.onnx: node 'y' (Add): error: nothing defines input 1, 'z'"},
	{ONNX_GRAPH(X RELU("x", "z") Y),
		"m.onnx: error: nothing defines output 'y' of graph 'g'"},
	{ONNX_GRAPH(X NODE("name: 'n' input: 'x' output: 'y'") Y),
		"m.onnx: node 'n' (): error: node 0 of graph 'g' has no op_type"},
	/* order */
	{ONNX_GRAPH(X RELU("y", "y") Y),
		"m.onnx: node 'to_y' (Relu): error: it needs its own output: the graph has a cycle"},
	{ONNX_GRAPH(X RELU("b", "a") RELU("a", "b") RELU("x", "y") Y),
		"m.onnx: node 'to_b' (Relu): error: it needs node 'to_a', which needs this node: the graph has a cycle"},
	{ONNX_GRAPH(X NODE("op_type: 'If' name: 'if' input: 'x' output: 'y' attribute { name: 'then_branch' type: GRAPH g { " RELU("y", "t") " output { name: 't' } } }") Y),
		"m.onnx: node 'if' (If): error: it needs its own output: the graph has a cycle"},
	/* sizes */
	{ONNX_GRAPH(ONNX_VALUE("input", "x", ONNX_DIM(4611686018427387905)) RELU("x", "y") Y),
		"m.onnx: error: dimension 0 of value 'x' is 4611686018427387905, expected 2^62 at most"},
	{ONNX_GRAPH(X RELU("x", "y") Y INIT("name: 'w' data_type: 1 dims: [3, -4]")),
		"m.onnx: error: dimension 1 of tensor 'w' is -4, expected 0 or more"},
	{ONNX_GRAPH(X RELU("x", "y") Y INIT("name: 'w' data_type: 1 dims: [4294967296, 4294967296]")),
		"m.onnx: error: tensor 'w' of 4294967296x4294967296: its size leaves 64 bits"},
	{ONNX_GRAPH(X RELU("x", "y") Y INIT("name: 'w' data_type: 99 dims: 3")),
		"m.onnx: error: tensor 'w' has element type 99, expected 1 to 26"},
	{ONNX_GRAPH(X RELU("x", "y") Y INIT("name: 'w' dims: 3")),
		"m.onnx: error: tensor 'w' has element type 0, expected 1 to 26"},
	{ONNX_GRAPH(X RELU("x", "y") Y INIT("name: 'w' data_type: 1 dims: [5, 3] raw_data: 'abcd'")),
		"m.onnx: error: tensor 'w' is 5x3 float, which needs 60 bytes; its raw_data has 4"},
	{ONNX_GRAPH(X RELU("x", "y") Y INIT("name: 'w' data_type: 22 dims: 3 raw_data: 'abc'")),
		"m.onnx: error: tensor 'w' is 3 int4, which needs 2 bytes; its raw_data has 3"},
	{ONNX_GRAPH(X RELU("x", "y") Y INIT("name: 'w' data_type: 1 dims: 1 segment { begin: 1 end: 2 }")),
		"m.onnx: error: tensor 'w' is a segment of a larger one, which is not supported"},
	/* attributes */
	{ONNX_GRAPH(ATTR("i: 1 type: INT") Y),
		"m.onnx: node 'n' (Op): error: the attribute at byte 25 has no name"},
	{ONNX_GRAPH(ATTR("name: 'a' i: 1 type: INT } attribute { name: 'a' i: 1 type: INT") Y),
		"m.onnx: node 'n' (Op): error: attribute 'a' is there twice"},
	{ONNX_GRAPH(ATTR("name: 'a' type: TENSOR") Y),
		"m.onnx: node 'n' (Op): error: attribute 'a' is a tensor, but holds none"},
	{ONNX_GRAPH(ATTR("name: 'a' type: GRAPH") Y),
		"m.onnx: node 'n' (Op): error: attribute 'a' is a graph, but holds none"},
	{ONNX_GRAPH(ATTR("name: 'a' ref_attr_name: 'b' type: INT") Y),
		"m.onnx: node 'n' (Op): error: attribute 'a' refers to attribute 'b' of a function, but the node is in none"},
	{"ir_version: 3 opset_import { version: 6 } graph { " X NODE("op_type: 'Add' name: 'n' input: ['x', 'x'] output: 'y' attribute { name: 'broadcast' i: 1 type: INT } attribute { name: 'axis' i: 0 type: INT }") Y "}",
		"m.onnx: node 'n' (Add): error: attribute 'axis' with 'broadcast' is of opset 6, expected opset 7 or newer: convert the model with onnx.version_converter"},
	{"ir_version: 3 opset_import { version: 6 } graph { " X NODE("op_type: 'Upsample' name: 'n' input: 'x' output: 'y' attribute { name: 'height_scale' f: 2 type: FLOAT } attribute { name: 'width_scale' f: 2 type: FLOAT }") Y "}",
		"m.onnx: node 'n' (Upsample): error: attribute 'height_scale' with 'width_scale' is of opset 6, expected opset 7 or newer: convert the model with onnx.version_converter"},
	/* external data */
#define EXTERNAL(entries) INIT("name: 'w' data_type: 1 dims: 2 data_location: EXTERNAL " entries)
#define ENTRY(key, value) "external_data { key: '" key "' value: '" value "' } "
	{ONNX_GRAPH(X RELU("x", "y") Y EXTERNAL("")),
		"m.onnx: error: external data of 'w': there is no location"},
	{ONNX_GRAPH(X RELU("x", "y") Y EXTERNAL(ENTRY("location", ""))),
		"m.onnx: error: external data of 'w': location '' is empty, expected a file in the model's folder"},
	{ONNX_GRAPH(X RELU("x", "y") Y EXTERNAL(ENTRY("location", "/etc/passwd"))),
		"m.onnx: error: external data of 'w': location '/etc/passwd' is an absolute path, expected a file in the model's folder"},
	{ONNX_GRAPH(X RELU("x", "y") Y EXTERNAL(ENTRY("location", "a/../../b"))),
		"m.onnx: error: external data of 'w': location 'a/../../b' leaves the model's folder, expected a file in the model's folder"},
	{ONNX_GRAPH(X RELU("x", "y") Y EXTERNAL(ENTRY("location", "a/.."))),
		"m.onnx: error: external data of 'w': location 'a/..' is a folder, expected a file in the model's folder"},
	{ONNX_GRAPH(X RELU("x", "y") Y EXTERNAL(ENTRY("location", "w") ENTRY("offset", "-4"))),
		"m.onnx: error: external data of 'w': offset is '-4', expected a whole number"},
	{ONNX_GRAPH(X RELU("x", "y") Y EXTERNAL(ENTRY("location", "w") ENTRY("offset", "9223372036854775808"))),
		"m.onnx: error: external data of 'w': offset is '9223372036854775808', expected a whole number"},
	{ONNX_GRAPH(X RELU("x", "y") Y EXTERNAL(ENTRY("location", "w") ENTRY("length", "7"))),
		"m.onnx: error: tensor 'w' is 2 float, which needs 8 bytes; its external data has 7"},
	/* functions */
#define CALL(fields) " opset_import { domain: 'f' version: 1 } graph { " X "node { op_type: 'F' domain: 'f' name: 'call' " fields " } " Y " } "
#define MODEL "ir_version: 8 opset_import { version: 13 } "
#define FUNCTION(fields) "functions { domain: 'f' name: 'F' opset_import { version: 13 } " fields " } "
	{MODEL CALL("input: 'x' output: 'y'") FUNCTION("input: 'a' output: 'b' node { op_type: 'F' domain: 'f' name: 'in' input: 'a' output: 'b' }"),
		"m.onnx: node 'call/in' (F): error: function 'F' calls itself, which ONNX does not allow"},
	{MODEL CALL("input: ['x', 'x'] output: 'y'") FUNCTION("input: 'a' output: 'b' " RELU("a", "b")),
		"m.onnx: node 'call' (F): error: function 'F' has 1 inputs and 1 outputs, the call gives 2 and 1"},
	{MODEL CALL("input: 'z' output: 'y'") FUNCTION("input: 'a' output: 'b' " RELU("a", "b")),
		"m.onnx: node 'call' (F): error: nothing defines input 0, 'z'"},
	{MODEL CALL("input: 'x' output: 'y'") FUNCTION("input: 'a' output: 'b' " RELU("x", "b")),
		"m.onnx: node 'call/to_b' (Relu): error: nothing defines input 0, 'x'"},
	{MODEL CALL("input: 'x' output: 'y'") FUNCTION("input: 'a' output: 'b' " RELU("a", "c")),
		"m.onnx: node 'call' (F): error: function 'F' does not define its output 0"},
	{MODEL CALL("output: 'y'") FUNCTION("input: 'a' output: 'a'"),
		"m.onnx: node 'call' (F): error: function 'F' does not define its output 0"},
	{MODEL CALL("input: 'x' output: 'y'") FUNCTION("input: ['a', 'a'] output: 'a'"),
		"m.onnx: node 'call' (F): error: function 'F' has two inputs 'a'"},
	{MODEL CALL("input: 'x' output: 'y'") FUNCTION("") FUNCTION(""),
		"m.onnx: error: function 'F' of domain 'f' is defined twice"},
	{MODEL CALL("input: 'x' output: 'y'") "functions { domain: 'f' }",
		"m.onnx: error: the function at byte 60 has no name"},
	{MODEL CALL("input: 'x' output: 'y'") FUNCTION("input: 'a' output: 'b' attribute_proto { name: 'd' ref_attr_name: 'd' type: INT } node { op_type: 'Op' name: 'n' output: 'b' attribute { name: 'e' ref_attr_name: 'd' type: INT } }"),
		"m.onnx: error: function 'F': the default of attribute 'd' refers to another attribute, expected a value"},
};
/* clang-format on */

static void refusals_say_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		struct arena arena;
		arena_init(&arena, NULL);
		struct reading r = read_text(&arena, refusals[i].text);
		assert_false(r.ok);
		expect_line(&r, refusals[i].want);
		release(&r);
		arena_release(&arena);
	}
}

/* --- files that are something else ---------------------------------------- */

/* clang-format off */
static const struct {
	const char *bytes;
	size_t length;
	const char *want;
} others[] = {
#define BYTES(s) s, sizeof s - 1
	{BYTES(""), "m.onnx: error: the file is empty"},
	{BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "m.onnx: error: this is a PNG image, expected an ONNX model"},
	{BYTES("{\"layers\": []}"), "m.onnx: error: this is a JSON file, expected an ONNX model"},
	{BYTES("\n\n hello\n"), "m.onnx: error: this is a text file, expected an ONNX model"},
	{BYTES("PK\3\4\x14\0\0\0\x08\x08"), "m.onnx: error: this is a zip archive (a PyTorch or Keras file? export it to ONNX), expected an ONNX model"},
	{BYTES("\x80\x02}q\0."), "m.onnx: error: this is a Python pickle (a PyTorch file? export it to ONNX), expected an ONNX model"},
	{BYTES("\x89HDF\r\n\x1a\n"), "m.onnx: error: this is an HDF5 file (a Keras model? export it to ONNX), expected an ONNX model"},
	{BYTES("\x1c\0\0\0TFL3\x14\0\x20\0"), "m.onnx: error: this is a TensorFlow Lite model (convert it with tf2onnx), expected an ONNX model"},
	{BYTES("version https://git-lfs.github.com/spec/v1\n"), "m.onnx: error: this is a Git LFS pointer (fetch the file with 'git lfs pull'), expected an ONNX model"},
	{BYTES("<?xml version=\"1.0\"?>"), "m.onnx: error: this is an XML file, expected an ONNX model"},
	{BYTES("\0\0\0\0\0\0"), "m.onnx: error: not an ONNX model: it does not begin with an IR version"},
	{BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), "m.onnx: error: not an ONNX model: it does not begin with an IR version"},
	/* ir_version 8, graph of 5 bytes with a node of 6 */
	{BYTES("\x08\x08\x42\x02\x10\x0d\x3a\x05\x0a\x06\x1a\x01n"), "m.onnx: error: truncated: the file ends at byte 13, the field at byte 8 needs 3 more bytes"},
	/* the same, and a field behind the graph */
	{BYTES("\x08\x08\x3a\x05\x0a\x06\x1a\x01n\x42\x02\x10\x0d"), "m.onnx: error: damaged at byte 4: expected a field of an ONNX message"},
	/* a group, which ONNX does not have */
	{BYTES("\x08\x08\x42\x02\x10\x0d\x3a\x02\x0b\x0c"), "m.onnx: error: damaged at byte 8: expected a field of an ONNX message"},
	/* a number of more than 10 bytes */
	{BYTES("\x08\x08\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\x3a\0"), "m.onnx: error: damaged at byte 2: expected a field of an ONNX message"},
	/* the graph's length beyond 64 bits of the file */
	{BYTES("\x08\x08\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"), "m.onnx: error: truncated: the file ends at byte 13, the field at byte 2 needs 18446744073709551615 more bytes"},
	/* opset_import whose domain is longer than the message */
	{BYTES("\x08\x08\x42\x02\x0a\x09\x3a\0"), "m.onnx: error: damaged at byte 4: expected a message of type OperatorSetIdProto"},
	/* a tensor's file: dims 3, type 1 */
	{BYTES("\x08\x03\x10\1"), "m.onnx: error: not an ONNX model: it holds no graph"},
};
/* clang-format on */

static void other_files_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct reading r = read_bytes(
			(const uint8_t *)others[i].bytes, others[i].length);
		assert_false(r.ok);
		expect_line(&r, others[i].want);
		release(&r);
	}
}

static void paths_are_checked(void **state)
{
	(void)state;
	/* clang-format off */
	static const char *const cases[][2] = {
		{"no/such/file.onnx", "no/such/file.onnx: error: No such file or directory"},
		{"/",                 "/: error: is a directory, expected a file"},
		{"/dev/null",         "/dev/null: error: is not a regular file"},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct reading r = {.ok = false};
		FILE *f = open_memstream(&r.messages, &r.message_bytes);
		ctx_init(&r.ctx, f, NULL);
		r.ok = onnx_read(&r.ctx, cases[i][0], &r.model);
		fclose(f);
		assert_false(r.ok);
		expect_line(&r, cases[i][1]);
		release(&r);
	}
}

/* --- every cut and every changed byte ------------------------------------- */

/* clang-format off */
static const char whole_model[] = MODEL
	"opset_import { domain: 'f' version: 1 } producer_name: 'p' " FUNCTION(
		"input: 'a' output: 'b' attribute_proto { name: 'd' i: 3 type: INT } "
		"node { op_type: 'Op' input: 'a' output: 'b' attribute { name: 'e' ref_attr_name: 'd' type: INT } }")
	"graph { name: 'g' " X
	"node { op_type: 'F' domain: 'f' name: 'call' input: 'x' output: 'h' attribute { name: 'd' floats: [1, 2] type: FLOATS } } "
	"node { op_type: 'If' input: 'x' output: 'y' attribute { name: 'then_branch' type: GRAPH g { " RELU("h", "t")
	" output { name: 't' } } } } "
	"initializer { name: 'w' data_type: 7 dims: [2, 1] int64_data: [3, 4] } "
	"initializer { name: 'v' data_type: 1 dims: 2 data_location: EXTERNAL " ENTRY("location", "w") "} "
	"sparse_initializer { values { name: 's' data_type: 1 dims: 1 raw_data: 'abcd' } indices { } dims: [5, 3] } "
	"value_info { name: 'h' type { sequence_type { elem_type { tensor_type { elem_type: 1 shape { dim { dim_param: 'N' } } } } } } } "
	Y "}";
/* clang-format on */

/* The graph stands last, so that each cut goes through it or leaves it out. */
static void cuts_are_refused(void **state)
{
	(void)state;
	struct arena arena;
	size_t length;
	arena_init(&arena, NULL);
	uint8_t *bytes = onnx_text(&arena, whole_model, &length);
	struct reading r = read_bytes(bytes, length);
	if (!r.ok)
		fail_msg("%s", r.messages);
	release(&r);
	for (size_t n = 0; n < length; n++) {
		/* Behind the last byte lies none that may be read. */
		uint8_t *cut = malloc(n ? n : 1);
		memcpy(cut, bytes, n);
		r = read_bytes(cut, n);
		assert_false(r.ok);
		assert_non_null(strstr(r.messages, ": error: "));
		release(&r);
		free(cut);
	}
	arena_release(&arena);
}

/* Most changes break something, some do not: what is asked for is no crash, and
 * a message with each refusal. */
static void changed_bytes_are_survived(void **state)
{
	(void)state;
	static const uint8_t changes[] = {0x01, 0x08, 0x10, 0x80, 0xff, 0x7f};
	struct arena arena;
	size_t length;
	arena_init(&arena, NULL);
	uint8_t *bytes = onnx_text(&arena, whole_model, &length);
	for (size_t n = 0; n < length; n++)
		for (size_t k = 0; k < sizeof changes; k++) {
			bytes[n] ^= changes[k];
			struct reading r = read_bytes(bytes, length);
			assert_true(r.ok || strstr(r.messages, ": error: "));
			release(&r);
			bytes[n] ^= changes[k];
		}
	arena_release(&arena);
}

/* --- depth and number ----------------------------------------------------- */

/* depth If nodes within one another; the innermost uses x. */
static char *nested_text(struct arena *arena, int depth)
{
	const char *text = RELU("x", "y");
	for (int i = 0; i < depth; i++)
		text = arena_printf(arena,
			"node { op_type: 'If' input: 'x' output: 'y' attribute "
			"{ name: 'then_branch' type: GRAPH g { %s output { "
			"name: 'y' } } } }",
			text);
	return arena_printf(arena, MODEL "graph { " X "%s " Y "}", text);
}

static void deep_nesting_is_bounded(void **state)
{
	(void)state;
	/* clang-format off */
	static const struct {
		int depth;
		bool ok;
	} cases[] = {
		{63,  true},
		{64,  false},
		{200, false},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena arena;
		arena_init(&arena, NULL);
		struct reading r =
			read_text(&arena, nested_text(&arena, cases[i].depth));
		assert_int_equal(r.ok, cases[i].ok);
		if (!r.ok)
			assert_non_null(strstr(
				r.messages, "nest deeper than 64 levels"));
		release(&r);
		arena_release(&arena);
	}
}

/* A type nested 100,000 deep takes no stack. */
static void deep_types_are_survived(void **state)
{
	(void)state;
	enum { DEPTH = 100 * 1000 };
	struct arena arena;
	arena_init(&arena, NULL);
	/* Written from the inside out, so backwards; each level is the two
	 * fields sequence_type (4) and elem_type (1). */
	size_t room = 12 * DEPTH + 100, at = room;
	uint8_t *bytes = arena_alloc(&arena, room);
	for (int i = 0; i < 2 * DEPTH; i++) {
		uint8_t head[6] = {i % 2 ? 0x22 : 0x0a};
		size_t n = 1, length = room - at;
		for (; length > 0x7f; length >>= 7)
			head[n++] = (uint8_t)(length | 0x80);
		head[n++] = (uint8_t)length;
		at -= n;
		memcpy(bytes + at, head, n);
	}
	/* ... as the type of an input 'x' of a graph with one node. */
	static const uint8_t node[] = "\x0a\x0c\x0a\1x\x12\1y\x22\4Relu";
	struct {
		uint8_t key;
		const char *before;
		size_t before_bytes;
	} around[] = {
		{0x12, "\x0a\1x",                  3              },
		{0x5a, (const char *)node,         sizeof node - 1},
		{0x3a, "\x08\x08\x42\x02\x10\x0d", 6              }
        };
	for (size_t i = 0; i < 3; i++) {
		uint8_t head[6] = {around[i].key};
		size_t n = 1, length = room - at;
		for (; length > 0x7f; length >>= 7)
			head[n++] = (uint8_t)(length | 0x80);
		head[n++] = (uint8_t)length;
		at -= n;
		memcpy(bytes + at, head, n);
		at -= around[i].before_bytes;
		memcpy(bytes + at, around[i].before, around[i].before_bytes);
	}
	struct reading r = read_bytes(bytes + at, room - at);
	if (!r.ok)
		fail_msg("%s", r.messages);
	assert_true(r.model->graph->inputs[0]->is_sequence);
	release(&r);
	arena_release(&arena);
}

/* Functions that each call the next one twice: 2^50 nodes in 50 lines. */
static void expansion_is_bounded(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena, NULL);
	char *text = MODEL "opset_import { domain: 'f' version: 1 } graph { " X
			   "node { op_type: 'F0' domain: 'f' input: 'x' "
			   "output: 'y' } " Y "} ";
	for (int i = 0; i < 50; i++)
		text = arena_printf(&arena,
			"%s functions { domain: 'f' name: 'F%d' input: 'a' "
			"output: 'c' opset_import { version: 13 } "
			"node { op_type: 'F%d' domain: 'f' input: 'a' output: "
			"'b' } "
			"node { op_type: 'F%d' domain: 'f' input: 'b' output: "
			"'c' } } ",
			text, i, i + 1, i + 1);
	struct reading r = read_text(&arena, text);
	assert_false(r.ok);
	expect_line(&r,
		"m.onnx: error: its functions expand to more than 500000 "
		"nodes");
	release(&r);
	arena_release(&arena);
}

static void errors_are_counted_out(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena, NULL);
	char *text = MODEL "graph { " Y;
	for (int i = 0; i < 100; i++)
		text = arena_printf(&arena,
			"%s node { op_type: 'Relu' input: 'n%d' output: 'v%d' "
			"} ",
			text, i, i);
	struct reading r =
		read_text(&arena, arena_printf(&arena, "%s }", text));
	assert_false(r.ok);
	assert_int_equal(r.ctx.errors, 20);
	release(&r);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals_say_why),
		cmocka_unit_test(other_files_are_named),
		cmocka_unit_test(paths_are_checked),
		cmocka_unit_test(cuts_are_refused),
		cmocka_unit_test(changed_bytes_are_survived),
		cmocka_unit_test(deep_nesting_is_bounded),
		cmocka_unit_test(deep_types_are_survived),
		cmocka_unit_test(expansion_is_bounded),
		cmocka_unit_test(errors_are_counted_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
