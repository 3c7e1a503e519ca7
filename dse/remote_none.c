/* dse without MPI: there is no other rank. */
#include "dse/remote.h"

void remote_join(struct remote *remote)
{
	*remote = (struct remote){.rank = 0, .size = 1};
}

bool remote_serve(struct remote *remote, struct explore *explore, int threads)
{
	remote->stopped = true;
	return explore_run(explore, threads);
}

void remote_work(struct remote *remote, struct explore *explore)
{
	(void)remote, (void)explore;
}

void remote_leave(struct remote *remote)
{
	(void)remote;
}
