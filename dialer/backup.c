/*
 * callsheet backup: a whole and checked copy of the database, also while it is
 * being written.  The copy is a picture of the past: put back, it must not
 * call people again whom the present has called.  So the copy itself carries
 * the order to read Bolna's lists of calls before anybody is called
 * (reconcile.c).
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "conf.h"
#include "db.h"
#include "log.h"
#include "verbs.h"

#define BUSY_MS		30000

static int
sync_path(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags), rc;

	if (fd == -1)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

static int
sound(struct db *db, const char *path)
{
	struct stmt *st = db_stmt(db, SQL_INTEGRITY);
	int ok;

	ok = db_step(st) == DB_ROW && strcmp(db_col_text(st, 0), "ok") == 0;
	if (!ok)
		log_warnx("%s: the copy is not sound", path);
	db_reset(st);
	return ok;
}

/* Whoever puts the copy back calls nobody before Bolna was asked. */
static int
mark(struct db *db)
{
	struct stmt *st;

	if (db_begin(db) == -1)
		return -1;
	st = db_stmt(db, SQL_WATCH_PUT);
	db_text(st, ":what", "backup");
	db_int(st, ":stops", 1);
	db_text(st, ":why", "a backup was put back: Bolna's lists of calls are "
	    "read before anybody is called");
	if (db_run(st) == -1) {
		db_rollback(db);
		return -1;
	}
	return db_commit(db);
}

/* SQLite would say less about what is in the way. */
static int
can_make(const char *copy, const char *file)
{
	int fd = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd == -1) {
		log_warn("%s: cannot be made there", file);
		return 0;
	}
	close(fd);
	return 1;
}

static int
copy_into(struct db *db, const char *copy)
{
	struct stmt *st = db_stmt(db, SQL_BACKUP);
	struct db *there;
	int ok;

	db_text(st, ":file", copy);
	if (db_run(st) == -1 || db_create(copy) == -1 ||
	    (there = db_open(copy, BUSY_MS)) == NULL)
		return -1;
	ok = mark(there) == 0 && sound(there, copy);
	db_close(there);
	return ok ? 0 : -1;
}

/* The copy takes the place of FILE when all of it is on the disk. */
static int
publish(const char *copy, const char *file, struct reply *a)
{
	char *name = strdup(file);
	struct stat sb;
	int rc = -1;

	if (name == NULL)
		fatal(EX_OSERR, NULL);
	if (chmod(copy, 0600) == -1 || sync_path(copy, 0) == -1 ||
	    stat(copy, &sb) == -1 || rename(copy, file) == -1 ||
	    sync_path(dirname(name), O_DIRECTORY) == -1)
		log_warn("%s", file);
	else {
		rc = 0;
		reply_say(a, "%s: %.1f MB, whole\n", file,
		    (double)sb.st_size / (1024 * 1024));
		reply_text(a, "file", file);
		reply_int(a, "bytes", sb.st_size);
	}
	free(name);
	return rc;
}

static void
tidy(const char *copy)
{
	static const char *const suffix[] = { "", "-wal", "-shm", "-journal",
	    ".lock" };
	char *path;
	size_t i;

	for (i = 0; i < sizeof(suffix) / sizeof(suffix[0]); i++) {
		if (asprintf(&path, "%s%s", copy, suffix[i]) == -1)
			fatal(EX_OSERR, NULL);
		unlink(path);
		free(path);
	}
}

static int
is_same(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	    x.st_ino == y.st_ino;
}

int
verb_backup(const struct conf *conf, struct args *args)
{
	const char *file = NULL;
	char *path, *copy = NULL;
	struct db *db = NULL;
	int rc = EX_CANTCREAT;

	while (args_more(args))
		if (!args_word(args, &file))
			return args_bad(args);
	if (file == NULL)
		return args_bad(args);
	path = conf_path(conf, conf->database);
	if (asprintf(&copy, "%s.%ld.part", file, (long)getpid()) == -1)
		fatal(EX_OSERR, NULL);
	if (is_same(path, file))
		log_warnx("%s: is the database itself", file);
	else if ((db = db_open(path, BUSY_MS)) == NULL)
		rc = EX_CONFIG;
	else if (can_make(copy, file) &&
	    copy_into(db, copy) == 0 && publish(copy, file,
	    &args->reply) == 0)
		rc = 0;
	db_close(db);
	tidy(copy);
	free(copy);
	free(path);
	return rc;
}
