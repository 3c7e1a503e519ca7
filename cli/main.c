/* nestwright COMMAND [OPTIONS] OPERANDS: finds the command, runs it under the
 * guard that running out of memory jumps to, and turns its status into the exit
 * code. Nothing else exits. */
#include "base/json_doc.h"
#include "cli/cli.h"
#include "cli/version.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static enum status unknown_command(struct ctx *ctx, const char *name)
{
	const char *known[34] = {"--help", "--version"};
	size_t count = 2;
	for (const struct command *const *c = commands; *c && count < 33; c++)
		known[count++] = (*c)->name;
	const char *meant = diag_nearest(name, known);
	diag_error(ctx, NULL, "unknown %s '%s'%s%s%s",
		*name == '-' ? "option" : "command", diag_quote(ctx, name),
		meant ? ", did you mean '" : "", meant ? meant : "",
		meant ? "'?" : "");
	fputs("usage: nestwright COMMAND [OPTION]... (see nestwright --help)\n",
		ctx->messages);
	return STATUS_USAGE;
}

static enum status run(struct ctx *ctx, int argc, char **argv)
{
	if (argc < 2) {
		help_program(ctx->messages);
		return STATUS_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		help_program(stdout);
		return STATUS_DONE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("nestwright " NESTWRIGHT_VERSION);
		return STATUS_DONE;
	}
	const struct command *command = command_find(argv[1]);
	if (!command)
		return unknown_command(ctx, argv[1]);
	struct arguments arguments;
	bool help = false;
	if (!arguments_parse(
		    ctx, command, argc - 1, argv + 1, &arguments, &help))
		return STATUS_USAGE;
	if (help) {
		help_command(stdout, command);
		return STATUS_DONE;
	}
	return command->run(ctx, &arguments);
}

int main(int argc, char **argv)
{
	struct ctx ctx;
	jmp_buf guard;
	/* A file that grows beyond 'ulimit -f' is an error of its write. */
	signal(SIGXFSZ, SIG_IGN);
	ctx_init(&ctx, stderr, &guard);
	json_memory(&ctx.arena);
	enum status status;
	if (setjmp(guard)) {
		ctx.hold = NULL;
		diag_error(&ctx, NULL, "out of memory");
		status = STATUS_REFUSED;
	} else {
		status = run(&ctx, argc, argv);
	}
	/* What was printed counts as an output: it must have arrived. */
	if ((fflush(stdout) || ferror(stdout)) &&
		(status == STATUS_DONE || status == STATUS_ENDED)) {
		diag_error(&ctx, NULL, "cannot write to standard output");
		status = STATUS_REFUSED;
	}
	ctx_release(&ctx);
	return (int)status;
}
