/*
 * The files that settings name.  One that holds a secret must be safe where it
 * lies.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "conf.h"
#include "log.h"

#define MAX_FILE	(1024 * 1024)

char *
conf_path(const struct conf *c, const char *value)
{
	char *base, *full = NULL;

	if (*value == '@')
		value++;
	else if (strncmp(value, "file:", 5) == 0)
		value += 5;
	if ((base = strdup(*value == '/' ? value : c->path)) == NULL)
		fatal(EX_OSERR, NULL);
	if (*value == '/')
		return base;
	if (asprintf(&full, "%s/%s", dirname(base), value) == -1)
		fatal(EX_OSERR, NULL);
	free(base);
	return full;
}

/* Somebody who could change or read a secret file owns the secret. */
static int
check_secret(const char *path, const struct stat *sb)
{
	if (sb->st_uid != geteuid() && sb->st_uid != 0)
		log_warnx("%s: belongs to another user; chown it, or "
		    "run this as its owner", path);
	else if ((sb->st_mode & (S_IRWXG | S_IRWXO)) != 0)
		log_warnx("%s: group or others have access; chmod 600 it",
		    path);
	else
		return 0;
	return -1;
}

char *
conf_file(const struct conf *c, const char *value, int secret, size_t *sizep)
{
	char *path = conf_path(c, value), *buf = NULL;
	struct stat sb;
	ssize_t n = -1;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
	    (secret ? O_NOFOLLOW : 0));
	if (fd == -1 || fstat(fd, &sb) == -1) {
		log_warn("%s%s", path, errno == ELOOP ?
		    ": a secret must not be a symbolic link" : errno == ENOENT ?
		    secret ? ": the settings name it: make it, with mode 600" :
		    ": the settings name it: make it" : errno == EACCES ?
		    ": run this as its owner" : "");
		goto out;
	}
	if (secret && check_secret(path, &sb) == -1)
		goto out;
	if (!S_ISREG(sb.st_mode) || sb.st_size > MAX_FILE) {
		log_warnx("%s: not a file of at most 1 MB", path);
		goto out;
	}
	if ((buf = calloc(1, (size_t)sb.st_size + 1)) == NULL)
		fatal(EX_OSERR, NULL);
	if ((n = read(fd, buf, (size_t)sb.st_size)) == -1)
		log_warn("%s", path);
out:
	if (n == -1) {
		free(buf);
		buf = NULL;
	} else if (sizep != NULL)
		*sizep = (size_t)n;
	if (fd != -1)
		close(fd);
	free(path);
	return buf;
}
