/*
 * The files that settings name.  One that holds a secret must be safe where it
 * lies.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "conf.h"
#include "conf_int.h"
#include "log.h"

#define MAX_FILE	(1024 * 1024)
#define MIN_WORD	16	/* characters; shorter ones can be guessed */

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

static const char *
user_name(uid_t uid, char name[64])
{
	struct passwd pw, *found;
	char buf[2048];

	if (getpwuid_r(uid, &pw, buf, sizeof(buf), &found) == 0 &&
	    found != NULL)
		snprintf(name, 64, "%s", pw.pw_name);
	else
		snprintf(name, 64, "user %lu", (unsigned long)uid);
	return name;
}

void
conf_say_closed(const char *path)
{
	char owner[64], me[64], *copy = strdup(path), *p = copy;
	struct stat sb;
	int rc;

	if (copy == NULL)
		fatal(EX_OSERR, NULL);
	/* Of a directory that is closed to us, what is in it is hidden. */
	while ((rc = stat(p, &sb)) == -1 && errno == EACCES &&
	    strcmp(p, "/") != 0 && strcmp(p, ".") != 0)
		p = dirname(p);
	user_name(rc == 0 ? sb.st_uid : 0, owner);
	user_name(geteuid(), me);
	errno = EACCES;
	if (rc == -1)
		log_warn("%s", path);
	else if (sb.st_uid == geteuid())
		log_warn("%s: chmod u+r%s %s", path, S_ISDIR(sb.st_mode) ?
		    "wx" : "w", p);
	else if (sb.st_uid == 0 && strcmp(p, path) == 0)
		log_warn("%s: belongs to root; chown it to %s", path, me);
	else
		log_warn("%s: run this as %s, not as %s", path, owner, me);
	free(copy);
}

/* Somebody who could change or read a secret file owns the secret. */
static int
check_secret(const char *path, const struct stat *sb)
{
	char owner[64], me[64];

	if (sb->st_uid != geteuid() && sb->st_uid != 0)
		log_warnx("%s: belongs to %s; run this as %s%s%s", path,
		    user_name(sb->st_uid, owner), owner, geteuid() != 0 ?
		    ", or chown it to " : "", geteuid() != 0 ?
		    user_name(geteuid(), me) : "");
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
	if (fd == -1 && errno == EACCES) {
		conf_say_closed(path);
		goto out;
	}
	if (fd == -1 || fstat(fd, &sb) == -1) {
		log_warn("%s%s", path, errno == ELOOP ?
		    ": a secret must not be a symbolic link" : errno == ENOENT ?
		    secret ? ": the settings name it: make it, with mode 600" :
		    ": the settings name it: make it" : "");
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

void
conf_words_free(struct conf_words *w)
{
	size_t i;

	for (i = 0; i < w->n; i++) {
		explicit_bzero(w->word[i], strlen(w->word[i]));
		free(w->word[i]);
	}
	w->n = 0;
}

/* Blank lines and trailing blanks do not count. */
static int
take_word(struct conf_words *w, char *line, const char *path)
{
	size_t len = strlen(line);

	while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		line[--len] = '\0';
	if (len == 0)
		return 0;
	if (len < MIN_WORD || strpbrk(line, " \t/?#%") != NULL)
		log_warnx("%s: a secret needs at least %d characters and none "
		    "of blank / ? # %%", path, MIN_WORD);
	else if (w->n == CONF_WORDS)
		log_warnx("%s: more than %d secrets", path, CONF_WORDS);
	else if ((w->word[w->n] = strdup(line)) == NULL)
		fatal(EX_OSERR, NULL);
	else {
		w->n++;
		return 0;
	}
	return -1;
}

int
conf_words(const struct conf *c, const char *value, struct conf_words *w)
{
	char *text, *path, *p, *line;
	size_t size;
	int rc = 0;

	memset(w, 0, sizeof(*w));
	if (value == NULL)
		return 0;
	if ((text = conf_file(c, value, 1, &size)) == NULL)
		return -1;
	path = conf_path(c, value);
	for (p = text; rc == 0 && (line = strsep(&p, "\r\n")) != NULL; )
		rc = take_word(w, line, path);
	if (rc == 0 && w->n == 0) {
		log_warnx("%s: is empty", path);
		rc = -1;
	}
	explicit_bzero(text, size);
	free(text);
	free(path);
	if (rc == -1)
		conf_words_free(w);
	return rc;
}
