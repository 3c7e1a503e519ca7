/* The table of exit statuses, and the options that change them. */
#include "cli/status.h"

const struct status_text status_texts[] = {
	{"0", "done", "Done; all files are written."},
	{"1", "refused, refuted or different",
		"The input is refused, and nothing is written; a claim is "
		"refuted; something differs from what it should be. A "
		"diagnostic says what. Goes before 3."},
	{"2", "wrong usage", "The command line is wrong."},
	{"3", "ended early",
		"A time limit, SIGINT, SIGTERM or SIGHUP ended the work early: "
		"all files are written and whole, but not all in them is "
		"proven, or not all was checked. A warning says what is not, "
		"even with --quiet. With --accept-unproven the status is 0, "
		"with --require-proof 1."},
	{"128+N", "ended by signal N",
		"Signal N ended the program before anything was written, as a "
		"shell tells it: 130 for SIGINT, 143 for SIGTERM, 129 for "
		"SIGHUP. What was there before is still there."},
	{0},
};

bool ending_agrees(struct ctx *ctx, const struct command *command,
	const struct ending_options *options)
{
	return !options->accept_unproven || !options->require_proof ||
		usage_error(ctx, command,
			"--accept-unproven and --require-proof contradict each "
			"other: leave out one");
}

enum status ending_status(const struct ending_options *options, bool early)
{
	if (!early)
		return STATUS_DONE;
	if (options->require_proof)
		return STATUS_REFUSED;
	return options->accept_unproven ? STATUS_DONE : STATUS_ENDED;
}
