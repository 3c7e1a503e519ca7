/* The options with which a model is read, shared by the commands that take
 * one. */
#ifndef CLI_MODEL_H
#define CLI_MODEL_H

#include "cli/cli.h"
#include "lib/nestwright.h"

struct model_options {
	struct dim_options dims;
	bool external_links;
};

option_take take_dim;   /* struct dim_options: NAME=V */
option_take take_input; /* struct dim_options: NAME=1x3x224x224 */
option_take take_value; /* struct dim_options: NAME=1,0,2 */

/* Their rows, for a command whose options hold a struct model_options at
 * offset. */
/* clang-format off */
#define MODEL_OPTIONS(offset) \
	{.name = "batch-size", .values = "N", .take = take_positive, \
	 .help = "set the first dimension of every input where it is open", \
	 .field = (offset) + offsetof(struct model_options, dims.batch_size)}, \
	{.name = "dim", .values = "NAME=N", .take = take_dim, \
	 .help = "set the symbolic dimension NAME; INPUT:AXIS=N where a " \
		 "dimension has no name; VALUE:AXIS=N of a size that hangs " \
		 "on data, as behind NonZero; NODE:expertK=N, rows of an " \
		 "expert of MoE", \
	 .field = (offset) + offsetof(struct model_options, dims)}, \
	{.name = "input", .values = "NAME=SHAPE", .take = take_input, \
	 .help = "set the shape of an input, as in x=1x3x224x224; a size may " \
		 "be 0, and 'x=' is a scalar", \
	 .field = (offset) + offsetof(struct model_options, dims)}, \
	VALUE_OPTION((offset) + offsetof(struct model_options, dims)), \
	LINKS_OPTION((offset) + offsetof(struct model_options, external_links))
#define VALUE_OPTION(offset) \
	{.name = "value", .values = "NAME=V[,V...]", .take = take_value, \
	 .help = "set the value of an input, all its elements in order, as in " \
		 "sr=16000: what follows from it is computed while compiling, " \
		 "and decides branches", \
	 .field = (offset)}
#define LINKS_OPTION(offset) \
	{.name = "allow-external-links", .take = take_flag, \
	 .help = "follow links to a model's external data out of its folder, " \
		 "and out of the folder of the file that MODEL is a link to", \
	 .field = (offset)}
/* clang-format on */

/* What they ask of the library. */
struct compile_request model_request(const struct model_options *options);

#endif
