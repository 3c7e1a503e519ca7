/* External data behind links: beside the model's path, beside the file that the
 * path leads to, and nowhere else unless that is asked for. */
#include "import/onnx_graph.h"

#include "tests/cmocka.h"
#include "tests/onnx_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char model_text[] = ONNX_GRAPH(
	"initializer { name: 'w' data_type: 6 dims: 1 data_location: 1 "
	"external_data { key: 'location' value: 'sub/../w.bin' } } "
	"node { op_type: 'Identity' input: 'w' output: 'y' } "
	"output { name: 'y' type { tensor_type { elem_type: 6 shape { "
	"dim { dim_value: 1 } } } } }");

enum outcome { READ, MISSING, REFUSED };

/* The folder that a case is set up in holds m (the model), a.bin and b.bin
 * (elements 1 and 2). */
static const struct {
	const char *setup, *path;
	enum outcome outcome;
	int element;
} cases[] = {
	{"mkdir d d/sub; cp m d/m.onnx; cp a.bin d/w.bin",            "d/m.onnx",      READ,                                          1                                 },
	{"mkdir sub; cp m m.onnx; cp a.bin w.bin",                    "m.onnx",        READ,                                          1                                 },
	{"mkdir d d/sub; cp m d/m.onnx",                              "d/m.onnx",      MISSING,                                       0                                 },
 /* A cache: both are links into one folder. */
	{"mkdir -p blobs snap/1/sub; cp m blobs/77; cp a.bin blobs/88;"
	 "ln -s ../../blobs/77 snap/1/m.onnx; ln -s ../../blobs/88 "
	 "snap/1/w.bin",				     "snap/1/m.onnx", READ,					  1                                 },
 /* The model alone is a link: its data lies beside the file itself. */
	{"mkdir d e d/sub e/sub; cp m d/m.onnx; cp a.bin d/w.bin;"
	 "ln -s ../d/m.onnx e/m.onnx",		       "e/m.onnx",      READ,					  1                                 },
 /* What is beside the given path goes first. */
	{"mkdir d e d/sub e/sub; cp m d/m.onnx; cp a.bin d/w.bin;"
	 "cp b.bin e/w.bin; ln -s ../d/m.onnx e/m.onnx",     "e/m.onnx",      READ,					  2                                 },
 /* The folder itself is a link. */
	{"mkdir d d/sub; cp m d/m.onnx; cp a.bin d/w.bin; ln -s d e",
         "e/m.onnx",								   READ,					  1                                 },
 /* Within the folder. */
	{"mkdir d d/sub d/x; cp m d/m.onnx; cp a.bin d/x/v;"
	 "ln -s x/v d/w.bin",				"d/m.onnx",      READ,					  1                                 },
 /* Out of both. */
	{"mkdir d d/sub; cp m d/m.onnx; ln -s ../a.bin d/w.bin",      "d/m.onnx",
         REFUSED,														     1				 },
	{"mkdir d dd d/sub; cp m d/m.onnx; cp a.bin dd/v;"
	 "ln -s ../dd/v d/w.bin",			    "d/m.onnx",      REFUSED,				       1                                 },
	{"mkdir d dd dd/sub; cp m d/m.onnx; cp a.bin dd/w.bin;"
	 "ln -s ../dd/sub d/sub; ln -s ../dd/w.bin d/w.bin", "d/m.onnx",      REFUSED,				       1                                 },
	{"mkdir -p blobs snap/sub; cp m blobs/77; ln -s ../blobs/77 "
	 "snap/m.onnx;"
	 "ln -s ../a.bin snap/w.bin",							    "snap/m.onnx",						  REFUSED,                       1},
	{"mkdir d e d/sub e/sub; cp m d/m.onnx; ln -s ../a.bin d/w.bin;"
	 "ln -s ../d/m.onnx e/m.onnx",							   "e/m.onnx",				      REFUSED,               1    },
 /* Links to nothing, and in a circle. */
	{"mkdir d d/sub; cp m d/m.onnx; ln -s none d/w.bin",                                                           "d/m.onnx",
         MISSING,  0																			},
	{"mkdir d d/sub; cp m d/m.onnx; ln -s w.bin d/w.bin",                                                           "d/m.onnx",
         MISSING, 0																			},
};

struct said {
	char *text;
	size_t size;
	FILE *file;
	struct ctx ctx;
};

static void said_open(struct said *said)
{
	said->file = open_memstream(&said->text, &said->size);
	ctx_init(&said->ctx, said->file, NULL);
}

static void said_close(struct said *said)
{
	ctx_release(&said->ctx);
	fclose(said->file);
	free(said->text);
}

/* Reads the model and its only initializer; 0: it has no elements. */
static bool element_read(
	struct said *said, const char *path, bool trusted, int *element)
{
	struct model *m;
	*element = 0;
	if (!(trusted ? onnx_read_trusted : onnx_read)(&said->ctx, path, &m))
		return false;
	struct value *w = m->graph->values[0];
	if (m->load(&said->ctx, m, w, 1))
		*element = (int)w->data->ints[0];
	onnx_close(m);
	return true;
}

static void file_write(const char *name, const void *bytes, size_t length)
{
	FILE *f = fopen(name, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, length, f), length);
	assert_int_equal(fclose(f), 0);
}

static void case_setup(size_t i)
{
	struct arena arena;
	size_t length;
	assert_int_equal(system("rm -rf ./*"), 0);
	arena_init(&arena, NULL);
	const uint8_t *model = onnx_text(&arena, model_text, &length);
	file_write("m", model, length);
	arena_release(&arena);
	file_write("a.bin", "\1\0\0\0", 4);
	file_write("b.bin", "\2\0\0\0", 4);
	assert_int_equal(system(cases[i].setup), 0);
}

static void links_are_followed_within_two_folders(void **state)
{
	(void)state;
	char dir[] = "/tmp/external.XXXXXX";
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct said said;
		int element;
		case_setup(i);
		said_open(&said);
		bool ok = element_read(&said, cases[i].path, false, &element);
		fflush(said.file);
		if (ok != (cases[i].outcome != REFUSED) ||
			(cases[i].outcome == READ &&
				element != cases[i].element) ||
			(cases[i].outcome == MISSING && element))
			fail_msg("%s: %d, %d: %s", cases[i].setup, ok, element,
				said.text);
		bool named = strstr(said.text, "--allow-external-links");
		assert_int_equal(named, cases[i].outcome == REFUSED);
		said_close(&said);
		said_open(&said);
		assert_true(element_read(&said, cases[i].path, true, &element));
		assert_int_equal(element, cases[i].element);
		said_close(&said);
	}
	assert_int_equal(chdir("/"), 0);
	char command[64];
	snprintf(command, sizeof command, "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_are_followed_within_two_folders),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
