/* Options of compile that are dMazeRunner's: which models, which of their
 * layers. docs/from-dmazerunner.md has all of its options. */
#ifndef CLI_SEED_OPTIONS_H
#define CLI_SEED_OPTIONS_H

#include "cli/cli.h"
#include "ir/layer.h"

option_take take_texts;   /* struct text_list, appended */
option_take take_choices; /* unsigned: bits 1 << index in choices, added */

enum frontend { FRONTEND_NONE, FRONTEND_MXNET, FRONTEND_KERAS };

struct seed_options {
	struct text_list specs, names;
	int frontend;        /* enum frontend - 1; below 0: not given */
	unsigned operations; /* bits of operation_names; 0: all */
	bool list_layers, filter_redundant;
};
extern const char *const frontend_names[], *const operation_names[];

/* Their rows, for a command whose options hold a struct seed_options at
 * offset. */
/* clang-format off */
#define SEED_FIELD(offset, name) \
	((offset) + offsetof(struct seed_options, name))
#define SEED_OPTIONS(offset) \
	{.name = "files-model-spec", .values = "FILE...", .take = take_texts, \
	 .help = "compile these model specifications, too: the same as " \
		 "naming them as a MODEL", \
	 .field = SEED_FIELD(offset, specs)}, \
	{.name = "operations", .values = "KIND...", .take = take_choices, \
	 .choices = operation_names, \
	 .help = "compile only layers of these kinds: CONV, GEMM, DW_CONV", \
	 .field = SEED_FIELD(offset, operations)}, \
	{.name = "filter-redundant-layers", .take = take_flag, \
	 .help = "write one layer in place of equal ones, its executions " \
		 "added up, as dMazeRunner does; for specifications. Equal " \
		 "layers are searched once in any case", \
	 .field = SEED_FIELD(offset, filter_redundant)}, \
	{.name = "list-layers", .take = take_flag, \
	 .help = "list the layers of the models, as 'nestwright layers' does, " \
		 "and compile nothing", \
	 .field = SEED_FIELD(offset, list_layers)}, \
	{.name = "frontend", .values = "FRAMEWORK", .take = take_choice, \
	 .choices = frontend_names, \
	 .help = "mxnet or keras: tells how to export the networks of " \
		 "--models to ONNX; nothing is downloaded here", \
	 .field = SEED_FIELD(offset, frontend)}, \
	{.name = "models", .values = "NAME...", .take = take_texts, \
	 .help = "networks of the framework that --frontend names", \
	 .field = SEED_FIELD(offset, names)}, \
	{.name = "model", .values = "NAME", .take = take_texts, \
	 .help = "the same as --models, for one network", \
	 .field = SEED_FIELD(offset, names)}
/* clang-format on */

/* Refuses what makes no sense together, as wrong usage; a network of a
 * framework with the way to export it (*status: STATUS_REFUSED then). operands:
 * the models that the command line names otherwise. */
bool seed_options_agree(struct ctx *ctx, const struct command *command,
	const struct seed_options *options, int operands, enum status *status);

/* Keeps the layers of --operations, and with --filter-redundant-layers the
 * first of equal ones. False with a diagnostic at path when none is left,
 * executions leave int64_t, or equal layers of an ONNX model were to go. */
bool seed_layers_select(struct ctx *ctx, const struct seed_options *options,
	const char *path, struct layer_list *list);

#endif
