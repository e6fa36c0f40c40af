/*
 * usage: cost PROGRAM ARGUMENT...; runs it and prints its exit status, the
 * microseconds of CPU and the kilobytes resident it took.  A program of its
 * own, because a child inherits the size of who starts it.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	struct rusage u;
	int status, null;
	pid_t pid;

	if (argc < 2)
		return EXIT_FAILURE;
	if ((pid = fork()) == 0) {
		null = open("/dev/null", O_WRONLY);
		dup2(null, STDOUT_FILENO);
		execv(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	if (pid == -1 || wait4(pid, &status, 0, &u) == -1) {
		perror("cost");
		return EXIT_FAILURE;
	}
	printf("%d %ld %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1,
	    (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000L +
	    u.ru_utime.tv_usec + u.ru_stime.tv_usec, u.ru_maxrss);
	return EXIT_SUCCESS;
}
