/*
 * LD_PRELOAD: memory that runs out at a chosen moment.  What is to happen is
 * in a file that the test shares with the program (FAILALLOC_FILE), so that a
 * running program can be given one moment after the other, and what it had
 * counted is known even when it died.  strdup, asprintf, fopen and the like
 * get their memory here too.
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As in tests/system/failalloc.py. */
struct plan {
	atomic_long	 armed;		/* 0 idle, 1 counting, 2 counting from
					   the first look at a CGI request */
	atomic_long	 at;		/* this allocation fails; 0: none */
	atomic_long	 all;		/* and so do all that follow */
	atomic_long	 count;		/* allocations counted */
	atomic_long	 failed;	/* of these were refused */
};

extern void	*__libc_malloc(size_t);
extern void	*__libc_calloc(size_t, size_t);
extern void	*__libc_realloc(void *, size_t);
extern void	*__libc_memalign(size_t, size_t);

static struct plan idle;
static struct plan *plan = &idle;

static void __attribute__((constructor))
begin(void)
{
	const char *path = getenv("FAILALLOC_FILE");
	void *p;
	int fd;

	if (path == NULL || (fd = open(path, O_RDWR | O_CLOEXEC)) == -1)
		return;
	p = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0);
	close(fd);
	if (p != MAP_FAILED)
		plan = p;
}

static int
refused(void)
{
	long n, at;

	if (atomic_load(&plan->armed) != 1)
		return 0;
	n = atomic_fetch_add(&plan->count, 1) + 1;
	at = atomic_load(&plan->at);
	if (at == 0 || n < at || (n > at && !atomic_load(&plan->all)))
		return 0;
	atomic_fetch_add(&plan->failed, 1);
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t n)
{
	return refused() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return refused() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return refused() ? NULL : __libc_realloc(p, n);
}

void *
memalign(size_t align, size_t n)
{
	return refused() ? NULL : __libc_memalign(align, n);
}

void *
aligned_alloc(size_t align, size_t n)
{
	return memalign(align, n);
}

int
posix_memalign(void **out, size_t align, size_t n)
{
	void *p = memalign(align, n);

	if (p == NULL)
		return ENOMEM;
	*out = p;
	return 0;
}

/* A plain CGI program meets its request when it asks for it. */
char *
getenv(const char *name)
{
	extern char **environ;
	size_t len = strlen(name);
	long waiting = 2;
	char **e;

	if (strcmp(name, "REQUEST_URI") == 0)
		atomic_compare_exchange_strong(&plan->armed, &waiting, 1);
	for (e = environ; e != NULL && *e != NULL; e++)
		if (strncmp(*e, name, len) == 0 && (*e)[len] == '=')
			return *e + len + 1;
	return NULL;
}
