/* Every message to rank 0 is a line for the journal and asks for work: "" where
 * there is no line, FAILED where a search failed. The answer is a design, or
 * HOME. Only main threads speak MPI. */
#include "dse/remote.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TAG_ASK, TAG_ANSWER };
enum { HOME = -1 };
static const char FAILED[] = "!";

/* Whether mpirun, or another launcher of MPI programs, started this one:
 * MPI_Init alone would look for one for seconds. */
static bool was_launched(void)
{
	return getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMIX_RANK") ||
		getenv("PMI_RANK");
}

void remote_join(struct remote *remote)
{
	int provided;
	*remote = (struct remote){.rank = 0, .size = 1};
	if (!was_launched())
		return;
	MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
	MPI_Comm_rank(MPI_COMM_WORLD, &remote->rank);
	MPI_Comm_size(MPI_COMM_WORLD, &remote->size);
}

void remote_leave(struct remote *remote)
{
	int joined;
	MPI_Initialized(&joined);
	if (!joined)
		return;
	/* Others may still wait for an answer that will not come. */
	if (remote->rank == 0 && remote->size > 1 && !remote->stopped)
		MPI_Abort(MPI_COMM_WORLD, 1);
	MPI_Finalize();
}

/* --- rank 0 --------------------------------------------------------------- */

/* Takes the line of one message, if one is there, and answers. *away: ranks
 * that were sent home. */
static bool message_serve(struct explore *e, struct ctx *ctx, int *away)
{
	MPI_Status status;
	int there, length;
	MPI_Iprobe(MPI_ANY_SOURCE, TAG_ASK, MPI_COMM_WORLD, &there, &status);
	if (!there)
		return false;
	MPI_Get_count(&status, MPI_CHAR, &length);
	char *line = arena_alloc(&ctx->arena, (size_t)length + 1);
	MPI_Recv(line, length, MPI_CHAR, status.MPI_SOURCE, TAG_ASK,
		MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	if (*line)
		explore_take(e, ctx, line);
	size_t design = explore_next(e);
	long long answer = design == SIZE_MAX ? HOME : (long long)design;
	*away += answer == HOME;
	MPI_Send(&answer, 1, MPI_LONG_LONG, status.MPI_SOURCE, TAG_ANSWER,
		MPI_COMM_WORLD);
	return true;
}

bool remote_serve(struct remote *remote, struct explore *explore, int threads)
{
	static const struct timespec pause = {.tv_nsec = 200000};
	struct crew crew;
	int away = 0;
	if (remote->size > 1) {
		explore_start(explore, threads, &crew);
		while (away < remote->size - 1) {
			struct ctx ctx;
			ctx_init(&ctx, explore->ctx->messages,
				explore->ctx->arena.guard);
			if (!message_serve(explore, &ctx, &away))
				nanosleep(&pause, NULL);
			ctx_release(&ctx);
		}
		explore_join(explore, &crew);
	}
	remote->stopped = true;
	/* Alone; or threads that could not be started left something. */
	return explore_run(explore, threads);
}

/* --- other ranks ---------------------------------------------------------- */

void remote_work(struct remote *remote, struct explore *explore)
{
	(void)remote;
	const char *line = "";
	long long design;
	struct ctx ctx;
	ctx_init(&ctx, explore->ctx->messages, explore->ctx->arena.guard);
	for (;;) {
		MPI_Send(line, (int)strlen(line) + 1, MPI_CHAR, 0, TAG_ASK,
			MPI_COMM_WORLD);
		MPI_Recv(&design, 1, MPI_LONG_LONG, 0, TAG_ANSWER,
			MPI_COMM_WORLD, MPI_STATUS_IGNORE);
		if (design == HOME)
			break;
		arena_reset(&ctx.arena);
		line = explore_search(explore, &ctx, (size_t)design);
		if (!line)
			line = explore_ended(explore) ? "" : FAILED;
	}
	ctx_release(&ctx);
}
