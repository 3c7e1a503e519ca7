/* peak PROGRAM [ARGUMENT]...: runs a program, its output thrown away, and
 * prints its peak resident KiB and its milliseconds, user and system. A child
 * begins with the peak of the process that started it, so that a script cannot
 * measure this by itself; this program is small. Exits with the program's
 * status. */
#define _DEFAULT_SOURCE /* wait4 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double milliseconds(const struct timeval *t)
{
	return (double)t->tv_sec * 1e3 + (double)t->tv_usec * 1e-3;
}

int main(int argc, char **argv)
{
	struct rusage used;
	int status;
	if (argc < 2)
		return 2;
	pid_t child = fork();
	if (!child) {
		dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &used) != child)
		return 127;
	printf("%ld %.3f\n", used.ru_maxrss,
		milliseconds(&used.ru_utime) + milliseconds(&used.ru_stime));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}
