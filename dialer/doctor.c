/*
 * callsheet doctor: one line a check, with the cure.
 */
#include <sys/stat.h>

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "compose.h"
#include "conf.h"
#include "db.h"
#include "doctor.h"
#include "log.h"
#include "verbs.h"
#include "watch.h"

#define BUSY_MS		5000
#define LARGE_WAL	64		/* MB */

void
doctor_say(struct checkup *c, enum finding f, const char *what,
    const char *fmt, ...)
{
	static const char *const word[] = { "ok", "FAIL", "skip" };
	struct json_object *js;
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		fatal(EX_OSERR, NULL);
	va_end(ap);
	c->failed += f == FINDING_FAIL;
	if (c->list == NULL) {
		printf("%-5s %-16s %s\n", word[f], what, text);
		fflush(stdout);
	} else {
		js = compose_object();
		compose_put_text(js, "check", what);
		compose_put_text(js, "result", word[f]);
		compose_put_text(js, "says", text);
		compose_append(c->list, js);
	}
	free(text);
}

static void
check_integrity(struct checkup *c)
{
	struct stmt *st = db_stmt(c->db, SQL_INTEGRITY);
	const char *found = NULL;
	int ok;

	if (db_step(st) == DB_ROW)
		found = db_col_text(st, 0);
	ok = found != NULL && strcmp(found, "ok") == 0;
	doctor_say(c, ok ? FINDING_OK : FINDING_FAIL, "integrity",
	    "%s%s", found != NULL ? found : "unreadable",
	    ok ? "" : "; stop both programs and put the last backup back");
	db_reset(st);
}

static void
check_files(struct checkup *c, const char *path)
{
	struct stat sb;
	int64_t mb = watch_wal_mb(path);

	doctor_say(c, mb < LARGE_WAL ? FINDING_OK : FINDING_FAIL,
	    "write-ahead log", "%lld MB%s", (long long)mb, mb < LARGE_WAL ?
	    "" : ": a program keeps reading; close every sqlite3 shell");
	mb = watch_free_mb(path);
	doctor_say(c, mb >= c->conf->min_free ? FINDING_OK : FINDING_FAIL,
	    "free space", "%lld MB%s", (long long)mb, mb >=
	    c->conf->min_free ? "" : ", less than min_free: nobody is "
	    "called; delete something");
	if (stat(path, &sb) == -1)
		doctor_say(c, FINDING_FAIL, "file modes", "%s: %s", path,
		    strerror(errno));
	else if ((sb.st_mode & S_IRWXO) != 0)
		doctor_say(c, FINDING_FAIL, "file modes", "%s: everybody on "
		    "this host has access to people's numbers; chmod o= it",
		    path);
	else
		doctor_say(c, FINDING_OK, "file modes", "%s: %04o", path,
		    (unsigned int)(sb.st_mode & 07777));
}

static void
check_database(struct checkup *c)
{
	char *path = conf_path(c->conf, c->conf->database);

	c->db = db_open(path, BUSY_MS);
	doctor_say(c, c->db != NULL ? FINDING_OK : FINDING_FAIL, "database",
	    "%s%s", path, c->db != NULL ? "" : ": see the message above");
	if (c->db != NULL) {
		doctor_say(c, FINDING_OK, "version", "%d, SQLite %s",
		    DB_VERSION, db_library_version());
		check_integrity(c);
		check_files(c, path);
	}
	free(path);
}

int
verb_doctor(const struct conf *conf, struct args *args)
{
	struct checkup c = { .conf = conf };
	int database = 0, online = 0;

	while (args_more(args))
		if (!args_flag(args, "--database", &database) &&
		    !args_flag(args, "--online", &online))
			return args_bad(args);
	c.list = reply_array(&args->reply);
	if (conf == NULL) {
		doctor_say(&c, FINDING_FAIL, "settings", "cannot be used: see "
		    "the message above");
		return EX_CONFIG;
	}
	check_database(&c);
	if (!database) {
		doctor_local(&c);
		if (online)
			doctor_online(&c);
		else
			doctor_offline(&c);
	}
	db_close(c.db);
	return c.failed > 0 ? EX_CONFIG : 0;
}
