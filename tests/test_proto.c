/* Our schema against what it must agree with: each field of the installed
 * onnx.proto (libonnx-dev), and the rows of import/onnx_fields.def. */
#include "import/onnx_wire.h"
#include "proto/onnx.pb-c.h"

#include "tests/cmocka.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char installed[] = "/usr/include/onnx/onnx.proto";

/* --- descriptors by their full name, "onnx.TypeProto.Tensor" ----------------
 */

enum { MESSAGES_MAX = 100 };

struct messages {
	int count;
	const ProtobufCMessageDescriptor *at[MESSAGES_MAX];
};

static void collect(
	struct messages *all, const ProtobufCMessageDescriptor *message)
{
	for (int i = 0; i < all->count; i++)
		if (all->at[i] == message)
			return;
	assert_true(all->count < MESSAGES_MAX);
	all->at[all->count++] = message;
	for (unsigned i = 0; i < message->n_fields; i++)
		if (message->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
			collect(all, message->fields[i].descriptor);
}

static const ProtobufCMessageDescriptor *message_of(
	const struct messages *all, const char *name)
{
	for (int i = 0; i < all->count; i++)
		if (!strcmp(all->at[i]->name, name))
			return all->at[i];
	fail_msg("proto/onnx.proto has no message '%s'", name);
	return NULL;
}

/* --- the text of a .proto ---------------------------------------------------
 */

struct text {
	FILE *file;
	char token[256];
};

static int skip_line(FILE *file)
{
	int c;
	do
		c = getc(file);
	while (c != EOF && c != '\n');
	return c;
}

/* Words, numbers and single characters; comments and white space are skipped.
 * False at the end. */
static bool next(struct text *t)
{
	int c;
	do {
		c = getc(t->file);
		if (c == '/')
			c = skip_line(t->file);
	} while (c != EOF && isspace(c));
	if (c == EOF)
		return false;
	size_t n = 0;
	t->token[n++] = (char)c;
	while (isalnum(c) || c == '_' || c == '.') {
		c = getc(t->file);
		if (!isalnum(c) && c != '_' && c != '.') {
			ungetc(c, t->file);
			break;
		}
		assert_true(n < sizeof t->token - 1);
		t->token[n++] = (char)c;
	}
	t->token[n] = '\0';
	return true;
}

static bool is(const struct text *t, const char *word)
{
	return !strcmp(t->token, word);
}

static void skip_to(struct text *t, const char *end)
{
	while (!is(t, end))
		assert_true(next(t));
}

/* --- comparing ---------------------------------------------------------------
 */

static const struct {
	const char *word;
	ProtobufCType type;
} scalars[] = {
	{"int32",  PROTOBUF_C_TYPE_INT32 },
	{"int64",  PROTOBUF_C_TYPE_INT64 },
	{"uint64", PROTOBUF_C_TYPE_UINT64},
	{"float",  PROTOBUF_C_TYPE_FLOAT },
	{"double", PROTOBUF_C_TYPE_DOUBLE},
	{"string", PROTOBUF_C_TYPE_STRING},
	{"bytes",  PROTOBUF_C_TYPE_BYTES },
};

/* The type of a field against the word that the text gives for it. */
static void compare_type(const ProtobufCFieldDescriptor *field,
	const char *word, const char *where)
{
	for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
		if (!strcmp(scalars[i].word, word)) {
			if (field->type != scalars[i].type)
				fail_msg("%s is not %s", where, word);
			return;
		}
	const char *name = "?";
	if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
		const ProtobufCMessageDescriptor *m = field->descriptor;
		name = m->short_name;
	} else if (field->type == PROTOBUF_C_TYPE_ENUM) {
		const ProtobufCEnumDescriptor *e = field->descriptor;
		name = e->short_name;
	}
	if (strcmp(name, word))
		fail_msg("%s is a %s, expected a %s", where, name, word);
}

static int compare_field(struct text *t,
	const ProtobufCMessageDescriptor *message, bool repeated)
{
	char type[256], where[600], name[256];
	strcpy(type, t->token);
	assert_true(next(t));
	strcpy(name, t->token);
	snprintf(where, sizeof where, "%s.%s", message->name, name);
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(message, name);
	if (!field)
		fail_msg("proto/onnx.proto lacks %s", where);
	compare_type(field, type, where);
	assert_true(next(t) && is(t, "="));
	assert_true(next(t));
	if (atoi(t->token) != (int)field->id)
		fail_msg("%s is %u, expected %s", where, field->id, t->token);
	if (repeated != (field->label == PROTOBUF_C_LABEL_REPEATED))
		fail_msg("%s differs in being repeated", where);
	bool packed = false;
	while (!is(t, ";")) {
		assert_true(next(t));
		packed |= is(t, "packed");
	}
	assert_int_equal(
		packed, (field->flags & PROTOBUF_C_FIELD_FLAG_PACKED) != 0);
	return 1;
}

static int compare_enum(struct text *t, const ProtobufCEnumDescriptor *e)
{
	int count = 0;
	assert_true(next(t) && is(t, "{"));
	while (next(t) && !is(t, "}")) {
		const ProtobufCEnumValue *value = e
			? protobuf_c_enum_descriptor_get_value_by_name(
				  e, t->token)
			: NULL;
		if (e && !value)
			fail_msg("%s lacks %s", e->name, t->token);
		skip_to(t, "=");
		assert_true(next(t));
		if (e && value->value != (int)strtol(t->token, NULL, 0))
			fail_msg("%s.%s is %d, expected %s", e->name,
				value->name, value->value, t->token);
		skip_to(t, ";");
		count += e != NULL;
	}
	return count;
}

/* Version and OperatorStatus are not used by any field. */
static const ProtobufCEnumDescriptor *enum_of(const char *name)
{
	static const ProtobufCEnumDescriptor *const all[] = {
		&onnx__attribute_proto__attribute_type__descriptor,
		&onnx__tensor_proto__data_type__descriptor,
		&onnx__tensor_proto__data_location__descriptor,
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (!strcmp(all[i]->short_name, name))
			return all[i];
	return NULL;
}

/* From behind the '{' of a message, or the start of the file with message NULL,
 * to its '}'. Counts the fields. */
static int compare_message(struct text *t, const struct messages *all,
	const ProtobufCMessageDescriptor *message)
{
	char name[600];
	int count = 0;
	bool repeated = false;
	while (next(t) && !is(t, "}")) {
		if (is(t, "message")) {
			assert_true(next(t));
			snprintf(name, sizeof name, "%s.%s",
				message ? message->name : "onnx", t->token);
			assert_true(next(t) && is(t, "{"));
			count += compare_message(t, all, message_of(all, name));
		} else if (is(t, "enum")) {
			assert_true(next(t));
			count += compare_enum(t, enum_of(t->token));
		} else if (is(t, "oneof")) {
			assert_true(next(t) && next(t) && is(t, "{"));
			count += compare_message(t, all, message);
		} else if (is(t, "syntax") || is(t, "package") ||
			is(t, "reserved") || is(t, "option")) {
			skip_to(t, ";");
		} else if (is(t, "repeated") || is(t, "optional")) {
			repeated = is(t, "repeated");
		} else if (!is(t, ";")) {
			count += compare_field(t, message, repeated);
			repeated = false;
		}
	}
	return count;
}

static void schema_has_all_that_is_installed(void **state)
{
	(void)state;
	struct text text = {.file = fopen(installed, "r")};
	struct messages all = {.count = 0};
	if (!text.file) {
		printf("skipped: %s is not installed\n", installed);
		skip();
	}
	collect(&all, &onnx__model_proto__descriptor);
	int count = compare_message(&text, &all, NULL);
	fclose(text.file);
	/* ONNX 1.12, the oldest we compare with, has 130 and more. */
	assert_true(count > 130);
}

/* --- the walked fields -------------------------------------------------------
 */

static unsigned wire_type_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return WIRE_BYTES;
	case PROTOBUF_C_TYPE_FLOAT:
		return WIRE_FIXED32;
	case PROTOBUF_C_TYPE_DOUBLE:
		return WIRE_FIXED64;
	default:
		return WIRE_VARINT;
	}
}

/* The messages of onnx_fields.def. */
static const struct {
	const char *name;
	const ProtobufCMessageDescriptor *message;
} walked[] = {
	{"model",          &onnx__model_proto__descriptor         },
	{"graph",          &onnx__graph_proto__descriptor         },
	{"function",       &onnx__function_proto__descriptor      },
	{"node",           &onnx__node_proto__descriptor          },
	{"attribute",      &onnx__attribute_proto__descriptor     },
	{"tensor",         &onnx__tensor_proto__descriptor        },
	{"sparse_tensor",  &onnx__sparse_tensor_proto__descriptor },
	{"value_info",     &onnx__value_info_proto__descriptor    },
	{"type",           &onnx__type_proto__descriptor          },
	{"type__tensor",   &onnx__type_proto__tensor__descriptor  },
	{"type__sequence", &onnx__type_proto__sequence__descriptor},
	{"tensor_shape",   &onnx__tensor_shape_proto__descriptor  },
};

static const ProtobufCFieldDescriptor *walked_field(
	const char *message, const char *field)
{
	for (size_t i = 0; i < sizeof walked / sizeof *walked; i++)
		if (!strcmp(walked[i].name, message))
			return protobuf_c_message_descriptor_get_field_by_name(
				walked[i].message, field);
	return NULL;
}

static void walked_fields_match_schema(void **state)
{
	(void)state;
	const struct {
		const char *message, *field;
		unsigned number, type;
	} rows[] = {
#define FIELD(message, field, number, type) \
	{#message, #field, number, WIRE_##type},
#include "import/onnx_fields.def"
#undef FIELD
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const ProtobufCFieldDescriptor *field =
			walked_field(rows[i].message, rows[i].field);
		if (!field || field->id != rows[i].number ||
			wire_type_of(field->type) != rows[i].type)
			fail_msg("%s.%s differs from proto/onnx.proto",
				rows[i].message, rows[i].field);
	}
}

/* The walker reads the types of sequences and optionals, and of tensors and
 * sparse tensors, by the same rows. */
static void like_messages_are_alike(void **state)
{
	(void)state;
	assert_int_equal(onnx__type_proto__optional__descriptor.fields[0].id,
		onnx__type_proto__sequence__descriptor.fields[0].id);
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			onnx__type_proto__sparse_tensor__descriptor.fields[i]
				.id,
			onnx__type_proto__tensor__descriptor.fields[i].id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schema_has_all_that_is_installed),
		cmocka_unit_test(walked_fields_match_schema),
		cmocka_unit_test(like_messages_are_alike),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
