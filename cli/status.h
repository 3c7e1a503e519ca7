/* What the exit status says, in one table: --help and the manual page print it,
 * and the commands that prove or check something share the options that turn
 * one status into another. */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

#include "cli/cli.h"

struct status_text {
	const char *status; /* "0", ..., "128+N" */
	const char *brief;  /* a few words */
	const char *text;   /* sentences, in paragraphs */
};
/* Ends with a NULL status. */
extern const struct status_text status_texts[];

/* What a command makes of work that is not all proven, or not all checked. */
struct ending_options {
	bool accept_unproven, require_proof;
};
/* Both of them contradict each other: false, with a diagnostic. */
bool ending_agrees(struct ctx *ctx, const struct command *command,
	const struct ending_options *options);
/* Of a command that has done what it can: ended early, or not. */
enum status ending_status(const struct ending_options *options, bool early);

/* Their rows, for a command whose options hold a struct ending_options. */
/* clang-format off */
#define ENDING_OPTIONS(offset) \
	{.name = "accept-unproven", .take = take_flag, \
	 .help = "exit with status 0, not 3, where the time limit or a " \
		 "signal ended the work early", \
	 .field = (offset) + \
		offsetof(struct ending_options, accept_unproven)}, \
	{.name = "require-proof", .take = take_flag, \
	 .help = "refuse, with status 1 and without writing anything, what " \
		 "is not proven, for whatever reason", \
	 .field = (offset) + \
		offsetof(struct ending_options, require_proof)}
/* clang-format on */

#endif
