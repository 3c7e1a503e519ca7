/* Other processes that search designs for this one: those that mpirun started
 * in the program with MPI (remote_mpi.c), none in the one without
 * (remote_none.c). Rank 0 hands out designs one by one and writes everything;
 * the others send back lines for the journal. */
#ifndef DSE_REMOTE_H
#define DSE_REMOTE_H

#include "dse/explore.h"

struct remote {
	int rank, size;
	bool stopped; /* rank 0 has sent all others home */
};

/* Joins the processes that were started together; alone, rank 0 of 1. */
void remote_join(struct remote *remote);
/* Rank 0: searches on so many threads of its own and on all other ranks. False
 * with a diagnostic. */
bool remote_serve(struct remote *remote, struct explore *explore, int threads);
/* Any other rank: searches what rank 0 hands out until it is sent home. */
void remote_work(struct remote *remote, struct explore *explore);
/* To be called last, by every rank. */
void remote_leave(struct remote *remote);

#endif
