/*
 * callsheet doctor: one line a check, with the cure.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "conf.h"
#include "db.h"
#include "verbs.h"
#include "watch.h"

#define BUSY_MS		5000
#define LARGE_WAL	64		/* MB */

struct checkup {
	int	 failed;
};

/* One finding: "ok" or "FAIL", what was looked at, what was seen. */
static void __attribute__((format(printf, 4, 5)))
say(struct checkup *c, int ok, const char *what, const char *fmt, ...)
{
	va_list ap;

	printf("%-5s %-16s ", ok ? "ok" : "FAIL", what);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	c->failed += !ok;
}

static void
check_integrity(struct checkup *c, struct db *db)
{
	struct stmt *st = db_stmt(db, SQL_INTEGRITY);
	const char *found = NULL;
	int ok;

	if (db_step(st) == DB_ROW)
		found = db_col_text(st, 0);
	ok = found != NULL && strcmp(found, "ok") == 0;
	say(c, ok, "integrity", "%s%s", found != NULL ? found : "unreadable",
	    ok ? "" : "; stop both programs and put the last backup back");
	db_reset(st);
}

static void
check_database(struct checkup *c, const struct conf *conf)
{
	char *path = conf_path(conf, conf->database);
	struct db *db = db_open(path, BUSY_MS);
	int64_t mb;

	say(c, db != NULL, "database", "%s%s", path, db != NULL ? "" :
	    ": see the message above");
	if (db == NULL)
		goto out;
	say(c, 1, "version", "%d, SQLite %s", DB_VERSION,
	    db_library_version());
	check_integrity(c, db);
	mb = watch_wal_mb(path);
	say(c, mb < LARGE_WAL, "write-ahead log", "%lld MB%s", (long long)mb,
	    mb < LARGE_WAL ? "" : ": a program keeps reading; close every "
	    "sqlite3 shell");
	mb = watch_free_mb(path);
	say(c, mb >= conf->min_free, "free space", "%lld MB%s", (long long)mb,
	    mb >= conf->min_free ? "" : ", less than min_free: nobody is "
	    "called; delete something");
	db_close(db);
out:
	free(path);
}

int
verb_doctor(const struct conf *conf, struct args *args)
{
	struct checkup c = { 0 };
	int database = 0;

	while (args_more(args))
		if (!args_flag(args, "--database", &database))
			return args_bad(args);
	check_database(&c, conf);
	return c.failed > 0 ? EX_CONFIG : 0;
}
