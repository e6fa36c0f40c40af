/*
 * Alarms: every anomaly is told once when it appears, in a message, to Slack
 * and by the exit status, and not again by each pass while it lasts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "db.h"
#include "dialer.h"
#include "log.h"
#include "phone.h"
#include "slack.h"

#define SUBJECT_SIZE	200
#define QUIET	3600		/* seconds: one that comes back is old news */
#define KEEP	(30 * 86400)

/* What it is about, without a whole telephone number; one may also stand in
 * the name of a row.  An address is none. */
static const char *
subject(const char *what, const char *which, char masked[SUBJECT_SIZE])
{
	if (which[0] != '+' && strcmp(what, "row") != 0)
		return which;
	snprintf(masked, SUBJECT_SIZE, "%s", which);
	phone_hide(masked);
	return masked;
}

static int
raise_new(struct dialer *d, int64_t now)
{
	struct stmt *st = db_stmt(d->db, SQL_ALARM_RAISE);
	char masked[SUBJECT_SIZE], *text;
	const char *which;
	int rc, told = 0;

	db_int(st, ":now", now);
	db_int(st, ":quiet", now - QUIET);
	if (db_run(st) == -1)
		return -1;
	st = db_stmt(d->db, SQL_ALARM_TELL);
	while ((rc = db_step(st)) == DB_ROW && told == 0) {
		which = subject(db_col_text(st, 0), db_col_text(st, 1),
		    masked);
		if (asprintf(&text, "%s%s%s: %s", db_col_text(st, 0),
		    *which != '\0' ? " " : "", which, db_col_text(st, 2)) ==
		    -1)
			fatal(EX_OSERR, NULL);
		log_warnx("%s", text);
		told = slack_alarm(d, db_col_text(st, 0), db_col_text(st, 1),
		    db_col_int(st, 3), text, now);
		free(text);
		d->counts.problems++;
	}
	db_reset(st);
	return rc == DB_DONE && told == 0 ? 0 : -1;
}

static int
end_old(struct dialer *d, int64_t now)
{
	struct stmt *st = db_stmt(d->db, SQL_ALARM_OVER);
	char masked[SUBJECT_SIZE];
	const char *which;
	int rc;

	db_int(st, ":now", now);
	while ((rc = db_step(st)) == DB_ROW) {
		which = subject(db_col_text(st, 0), db_col_text(st, 1),
		    masked);
		log_info("%s%s%s: no longer a problem", db_col_text(st, 0),
		    *which != '\0' ? " " : "", which);
	}
	db_reset(st);
	st = db_stmt(d->db, SQL_ALARM_TRIM);
	db_int(st, ":before", now - KEEP);
	if (rc != DB_DONE || db_run(st) == -1)
		return -1;
	st = db_stmt(d->db, SQL_POST_TRIM);
	db_int(st, ":before", now - KEEP);
	return db_run(st);
}

/* The rows of calls that are not settled say that dialling is stopped. */
static int
tell_rows(struct dialer *d, int64_t now)
{
	struct stmt *st = db_stmt(d->db, SQL_DELIVERY_UNSETTLED);

	db_int(st, ":now", now);
	return db_run(st);
}

void
alarms(struct dialer *d)
{
	struct stmt *st = db_stmt(d->db, SQL_ALARM_CHANGES);
	int64_t now = time(NULL);

	if (db_value(st, 0) == 0 || db_begin(d->db) == -1)
		return;
	if (raise_new(d, now) == -1 || end_old(d, now) == -1 ||
	    tell_rows(d, now) == -1)
		db_rollback(d->db);
	else
		db_commit(d->db);
}
