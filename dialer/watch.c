/*
 * What only the program can see and the database cannot: room on the disk, the
 * size of the write-ahead log, the clock.  Rows of table watch while it lasts;
 * some stop all calls (view blocked).
 */
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bolna.h"
#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "http.h"
#include "log.h"
#include "watch.h"

#define MEGABYTE	(1024 * 1024)
#define MAX_WAL		64		/* MB */
#define MAX_SKEW	120		/* seconds: hours of calling, JWT */

int64_t
watch_free_mb(const char *database)
{
	struct statvfs fs;

	if (statvfs(database, &fs) == -1) {
		log_warn("%s", database);
		return -1;
	}
	return (int64_t)(fs.f_bavail * (fs.f_frsize / 1024) / 1024);
}

int64_t
watch_wal_mb(const char *database)
{
	char *path = NULL;
	struct stat sb;

	if (asprintf(&path, "%s-wal", database) == -1)
		fatal(EX_OSERR, NULL);
	if (stat(path, &sb) == -1)
		sb.st_size = 0;
	free(path);
	return sb.st_size / MEGABYTE;
}

int
watch_stop_file(const struct conf *conf)
{
	char *database = conf_path(conf, conf->database), *path = NULL;
	int there;

	if (asprintf(&path, "%s.stop", database) == -1)
		fatal(EX_OSERR, NULL);
	there = access(path, F_OK) == 0;
	free(path);
	free(database);
	return there;
}

/* Nothing is written while nothing changes. */
static void
set(struct dialer *d, const char *what, int on, int stops, const char *why)
{
	struct stmt *st = db_stmt(d->db, SQL_WATCH_GET);
	int was;

	db_text(st, ":what", what);
	was = db_value(st, 0) != 0;
	if (was == on || db_begin(d->db) == -1)
		return;
	st = db_stmt(d->db, on ? SQL_WATCH_PUT : SQL_WATCH_OVER);
	db_text(st, ":what", what);
	if (on) {
		db_int(st, ":stops", stops);
		db_text(st, ":why", why);
	}
	db_run(st);
	db_commit(d->db);
}

/* Any answer tells the time. */
static void
ask_the_time(struct dialer *d)
{
	struct http_request r;

	if (d->naccounts == 0)
		return;
	bolna_me(&r, d->conf->bolna_api, d->accounts[0].key);
	http_run(d->http, &r, 1, 1);
	bolna_free(&r);
}

static void
watch_clock(struct dialer *d)
{
	struct stmt *st = db_stmt(d->db, SQL_WATCH_GET);
	char why[160];
	int64_t skew;

	db_text(st, ":what", "clock");
	if (db_value(st, 0) != 0 && http_skew(d->http, &skew) == -1)
		ask_the_time(d);	/* nobody is called, so nobody asks */
	if (http_skew(d->http, &skew) == -1)
		return;
	snprintf(why, sizeof(why), "this host's clock is %lld s %s Bolna's or "
	    "Google's, so the calling hours cannot be kept; set it",
	    (long long)(skew < 0 ? -skew : skew), skew < 0 ? "ahead of" :
	    "behind");
	set(d, "clock", skew > MAX_SKEW || skew < -MAX_SKEW, 1, why);
}

void
watch(struct dialer *d)
{
	char *path = conf_path(d->conf, d->conf->database);
	int64_t mb = watch_free_mb(path);

	set(d, "disk", mb < d->conf->min_free, 1, "there is less room on the "
	    "disk of the database than min_free asks for: delete something");
	mb = watch_wal_mb(path);
	set(d, "wal", mb >= MAX_WAL, 0, "the write-ahead log of the database "
	    "is large: a program keeps reading, an sqlite3 shell perhaps");
	set(d, "stop", watch_stop_file(d->conf), 1, "the stop file is there, "
	    "the database's name with .stop: remove it to go on");
	watch_clock(d);
	free(path);
}
