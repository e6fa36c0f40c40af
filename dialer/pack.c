/*
 * What is handed to a lawyer must be whole, and must be seen to be: each file
 * is made anew, and its digest stands in a list that sha256sum(1) reads.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "digest.h"
#include "log.h"
#include "pack.h"

#define SUMS	"SHA256SUMS"

struct pack {
	const char	*dir;
	int		 fd;
	char		*sums;
	size_t		 size;
	FILE		*fp;		/* to sums */
};

static int
is_empty(int fd)
{
	int copy = dup(fd), n = 0;
	DIR *d = copy == -1 ? NULL : fdopendir(copy);

	if (d == NULL)
		fatal(EX_OSERR, NULL);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n <= 2;		/* itself and its parent */
}

struct pack *
pack_open(const char *dir)
{
	struct pack *p = calloc(1, sizeof(*p));

	if (p == NULL)
		fatal(EX_OSERR, NULL);
	p->dir = dir;
	p->fd = -1;
	if ((mkdir(dir, 0700) == -1 && errno != EEXIST) ||
	    (p->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		log_warn("%s", dir);
	else if (!is_empty(p->fd))
		log_warnx("%s: is there already, and not empty", dir);
	else if ((p->fp = open_memstream(&p->sums, &p->size)) == NULL)
		fatal(EX_OSERR, NULL);
	if (p->fp != NULL)
		return p;
	pack_close(p);
	return NULL;
}

void
pack_close(struct pack *p)
{
	if (p == NULL)
		return;
	if (p->fp != NULL)
		fclose(p->fp);
	if (p->fd != -1)
		close(p->fd);
	free(p->sums);
	free(p);
}

static int
write_all(int fd, const char *s, size_t n)
{
	ssize_t done;

	for (; n > 0; s += done, n -= (size_t)done)
		if ((done = write(fd, s, n)) == -1) {
			if (errno != EINTR)
				return -1;
			done = 0;
		}
	return fsync(fd);
}

/* The directory that stands before the name. */
static int
make_directory(struct pack *p, const char *name)
{
	const char *slash = strchr(name, '/');
	char sub[64];

	if (slash == NULL)
		return 0;
	snprintf(sub, sizeof(sub), "%.*s", (int)(slash - name), name);
	return mkdirat(p->fd, sub, 0700) == 0 || errno == EEXIST ? 0 : -1;
}

static int
put(struct pack *p, const char *name, const void *data, size_t n)
{
	int fd, rc;

	if (make_directory(p, name) == -1 ||
	    (fd = openat(p->fd, name, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600)) == -1) {
		log_warn("%s/%s", p->dir, name);
		return -1;
	}
	if ((rc = write_all(fd, data, n)) == -1)
		log_warn("%s/%s", p->dir, name);
	if (close(fd) == -1 && rc == 0) {
		log_warn("%s/%s", p->dir, name);
		rc = -1;
	}
	return rc;
}

int
pack_file(struct pack *p, const char *name, const void *data, size_t n)
{
	unsigned char sum[DIGEST_SIZE];
	size_t i;

	if (put(p, name, data, n) == -1)
		return -1;
	digest(data, n, sum);
	for (i = 0; i < sizeof(sum); i++)
		fprintf(p->fp, "%02x", sum[i]);
	fprintf(p->fp, "  %s\n", name);
	return 0;
}

int
pack_sums(struct pack *p)
{
	if (fflush(p->fp) == EOF)
		fatal(EX_OSERR, NULL);
	return put(p, SUMS, p->sums, p->size);
}
