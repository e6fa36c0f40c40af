/*
 * What several unit tests share: what was said on standard error, how a
 * program ended, and a directory to write in.
 */
#ifndef UNIT_H
#define UNIT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LENGTH(a)	(sizeof(a) / sizeof((a)[0]))

/* From here to said_end standard error is kept; assert nothing in between. */
struct said {
	FILE	*fp;
	int	 before;
	char	 text[8192];
};

static inline void
said_begin(struct said *s)
{
	fflush(stderr);
	s->before = dup(STDERR_FILENO);
	if ((s->fp = tmpfile()) == NULL ||
	    dup2(fileno(s->fp), STDERR_FILENO) == -1)
		abort();
}

static inline const char *
said_end(struct said *s)
{
	size_t n;

	fflush(stderr);
	dup2(s->before, STDERR_FILENO);
	close(s->before);
	rewind(s->fp);
	n = fread(s->text, 1, sizeof(s->text) - 1, s->fp);
	s->text[n] = '\0';
	fclose(s->fp);
	return s->text;
}

/* The status with which f ends the program, what it said in s; -1 when it
 * came back or died of a signal. */
static inline int
exit_status(struct said *s, void (*f)(void *), void *arg)
{
	int status = 0;
	pid_t pid;

	said_begin(s);
	if ((pid = fork()) == 0) {
		f(arg);
		kill(getpid(), SIGKILL);
	}
	waitpid(pid, &status, 0);
	said_end(s);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A new directory as the test's state; every file in it goes with it. */
static inline int
scratch_make(void **state)
{
	char *dir = strdup("/tmp/callsheet-unit-XXXXXX");

	*state = dir;
	return dir != NULL && mkdtemp(dir) != NULL ? 0 : -1;
}

static inline int
scratch_remove(void **state)
{
	char command[256];
	int rc;

	snprintf(command, sizeof(command), "rm -rf '%s'", (char *)*state);
	rc = system(command);
	free(*state);
	return rc;
}

static inline const char *
scratch_path(void **state, const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", (char *)*state, name);
	return path;
}

static inline const char *
scratch_write(void **state, const char *name, const char *text)
{
	const char *path = scratch_path(state, name);
	FILE *fp = fopen(path, "w");

	if (fp == NULL || fputs(text, fp) == EOF || fclose(fp) == EOF ||
	    chmod(path, 0600) == -1)
		fail_msg("%s cannot be written", path);
	return path;
}

#endif
