/*
 * SQLite does not look at the names of its files again once it is in WAL mode:
 * a commit into a database that was renamed over or removed succeeds and is
 * lost.  And where only the log, its index or the lock are new, two programs
 * no longer see each other and overwrite each other's pages.
 */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "db_files.h"
#include "log.h"

#ifndef CIFS_SUPER_MAGIC
#define CIFS_SUPER_MAGIC 0xff534d42
#endif

#define LOCK_POLL_MS	2

enum { MAIN, LOG, INDEX };
static const char *const suffix[DB_FILES] = { "", "-wal", "-shm", ".lock" };

/* Links in the way are resolved: SQLite is told to follow none, so that nobody
 * can put one in the place of the database. */
char *
db_files_real(const char *path)
{
	char *copy = strdup(path), *base = strdup(path), *dir, *full = NULL;

	if (copy == NULL || base == NULL)
		fatal(EX_OSERR, NULL);
	if ((dir = realpath(dirname(copy), NULL)) != NULL &&
	    asprintf(&full, "%s/%s", dir, basename(base)) == -1)
		fatal(EX_OSERR, NULL);
	free(dir);
	free(base);
	free(copy);
	if (full == NULL && (full = strdup(path)) == NULL)
		fatal(EX_OSERR, NULL);
	return full;
}

/* Network file systems break SQLite's shared memory and locks. */
int
db_files_local(const char *path)
{
	struct statfs fs;

	if (statfs(path, &fs) == -1) {
		log_warn("database %s", path);
		return -1;
	}
	if (fs.f_type == NFS_SUPER_MAGIC || fs.f_type == SMB_SUPER_MAGIC ||
	    (uint32_t)fs.f_type == CIFS_SUPER_MAGIC) {
		log_warnx("database %s: lies on a network disk, where SQLite "
		    "cannot keep it safe; put it on a local one", path);
		return -1;
	}
	return 0;
}

static char *
name_of(const char *path, int i)
{
	char *name;

	if (asprintf(&name, "%s%s", path, suffix[i]) == -1)
		fatal(EX_OSERR, NULL);
	return name;
}

/* May the name be written?  What is not there yet is not in the way. */
static int
writable(const char *name, const char *what, int mode)
{
	if (faccessat(AT_FDCWD, name, mode, AT_EACCESS) == 0 ||
	    errno == ENOENT)
		return 1;
	log_warnx("%s %s: cannot be written; chown it to the user that runs "
	    "this, or run this as its owner", what, name);
	return 0;
}

int
db_files_writable(const char *path)
{
	char *copy = strdup(path), *name;
	int i, ok;

	if (copy == NULL)
		fatal(EX_OSERR, NULL);
	ok = writable(dirname(copy), "directory", W_OK | X_OK);
	free(copy);
	for (i = LOG; i <= INDEX && ok; i++) {
		name = name_of(path, i);
		ok = writable(name, "database", R_OK | W_OK);
		free(name);
	}
	return ok ? 0 : -1;
}

/* A file of root's beside the database would keep out whoever has that. */
static void
give(int fd, const char *path, const char *name)
{
	struct stat db, own;

	if (geteuid() != 0 || stat(path, &db) == -1 || fstat(fd, &own) == -1 ||
	    own.st_uid != 0 || db.st_uid == 0)
		return;
	if (fchown(fd, db.st_uid, db.st_gid) == -1)
		log_warn("%s", name);
}

int
db_files_open(const char *path, const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);

	if (fd != -1)
		give(fd, path, name);
	else if (errno == EACCES)
		log_warnx("%s: %s; chown it to the user that runs this, or "
		    "run this as its owner", name, strerror(EACCES));
	else
		log_warn("%s", name);
	return fd;
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int
db_files_lock(const char *path, int fd, long busy_ms)
{
	struct timespec nap = { 0, LOCK_POLL_MS * 1000000L };
	int64_t give_up = now_ms() + busy_ms;

	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK && errno != EINTR) {
			log_warn("database lock of %s", path);
			return -1;
		}
		if (now_ms() >= give_up) {
			log_warnx("database %s: another program has been "
			    "writing for %ld seconds", path, busy_ms / 1000);
			return -1;
		}
		nanosleep(&nap, NULL);
	}
	return 0;
}

/* What stands under the name of one of the files: 0 or -1. */
static int
look(const char *path, int i, struct stat *sb)
{
	char *name = name_of(path, i);
	int rc = stat(name, sb);

	free(name);
	return rc;
}

static int
is_same(const struct db_files *f, int i)
{
	struct stat sb;

	return stat(f->was[i].name, &sb) == 0 && sb.st_dev == f->was[i].dev &&
	    sb.st_ino == f->was[i].ino;
}

/* A log does not say whose it is, and SQLite would read it into whatever
 * database has the right name: a backup that was put there, for instance. */
int
db_files_own(const char *path, int fd)
{
	struct stat db, log;
	char was[32] = "", now[32];
	ssize_t n;

	if (look(path, MAIN, &db) == -1) {
		log_warn("database %s", path);
		return -1;
	}
	snprintf(now, sizeof(now), "%ju\n", (uintmax_t)db.st_ino);
	if ((n = pread(fd, was, sizeof(was) - 1, 0)) == -1) {
		log_warn("database lock of %s", path);
		return -1;
	}
	if (strcmp(was, now) == 0)
		return 0;
	if (n > 0 && look(path, LOG, &log) == 0 && log.st_size > 0) {
		log_warnx("database %s: is not the one that %s-wal was written "
		    "for: end every callsheet-webhook and start it again; if "
		    "both were copied here together, remove %s.lock", path,
		    path, path);
		return -1;
	}
	n = (ssize_t)strlen(now);
	if (pwrite(fd, now, (size_t)n, 0) == n && ftruncate(fd, n) == 0)
		return 0;
	log_warn("database lock of %s", path);	/* it is full: do without */
	return 0;
}

int
db_files_whose(const char *path)
{
	char *lock = name_of(path, DB_FILES - 1);
	int fd, rc = -1;

	if ((fd = open(lock, O_RDWR | O_CLOEXEC | O_NOFOLLOW)) == -1) {
		log_warn("database lock %s", lock);
	} else {
		rc = db_files_own(path, fd);
		close(fd);
	}
	free(lock);
	return rc;
}

int
db_files_note(struct db_files *f, const char *path)
{
	struct stat sb;
	int i;

	for (i = 0; i < DB_FILES; i++) {
		if (look(path, i, &sb) == -1) {
			log_warn("database %s%s", path, suffix[i]);
			return -1;
		}
		f->was[i].name = name_of(path, i);
		f->was[i].dev = sb.st_dev;
		f->was[i].ino = sb.st_ino;
	}
	return 0;
}

void
db_files_free(struct db_files *f)
{
	int i;

	for (i = 0; i < DB_FILES; i++) {
		free(f->was[i].name);
		f->was[i].name = NULL;
	}
}

const char *
db_files_changed(const struct db_files *f)
{
	int i;

	for (i = 0; i < DB_FILES && f->was[i].name != NULL; i++)
		if (!is_same(f, i))
			return suffix[i];
	return NULL;
}

void
db_files_forsake(const struct db_files *f)
{
	int i;

	if (is_same(f, MAIN))
		return;
	for (i = LOG; i <= INDEX; i++)
		if (is_same(f, i) && unlink(f->was[i].name) == -1)
			log_warn("%s", f->was[i].name);
}
