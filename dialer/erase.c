/*
 * callsheet erase: a person is forgotten.  What names them goes: rows, what
 * Bolna has said, what others have said about them, bodies that were not
 * understood.  What sums are made of stays, without them: that there was a
 * call, when, and what it did cost.  The number stays closed, because its row
 * is still in the sheet and would be a new person's.
 *
 * No pass runs meanwhile: it has rows of the person in memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "erase_int.h"
#include "execution.h"
#include "log.h"
#include "phone.h"
#include "sheet.h"
#include "verbs.h"

#define BUSY_MS		30000
#define WAIT_SECS	180	/* a pass lingers for a minute */

/* --- what is searched, before anybody has to wait for us --- */

static void
id_add(struct id_list *l, int64_t id)
{
	l->id = reallocarray(l->id, l->n + 1, sizeof(*l->id));
	if (l->id == NULL)
		fatal(EX_OSERR, NULL);
	l->id[l->n++] = id;
}

static void
name_add(struct name_list *l, const char *name)
{
	l->name = reallocarray(l->name, l->n + 1, sizeof(*l->name));
	if (l->name == NULL || (l->name[l->n++] = strdup(name)) == NULL)
		fatal(EX_OSERR, NULL);
}

static void
bind_account(const struct erase *x, struct stmt *st)
{
	if (x->account != 0)
		db_int(st, ":account", x->account);
}

/* Does one of the columns hold the number? */
static int
holds(const struct erase *x, struct stmt *st, int from, int to)
{
	const char *s;
	size_t n, len;
	int i;

	for (i = from; i < to; i++)
		if ((s = db_col_blob(st, i, &n)) != NULL &&
		    trace_find(&x->trace, s, n, &len) != NULL)
			return 1;
	return 0;
}

/* Events, or bodies in quarantine, that came after the last look: 0 or -1. */
static int
look_at_bodies(struct erase *x, enum sql which, struct id_list *found)
{
	struct stmt *st = db_stmt(x->db, which);
	int rc;

	db_int(st, ":after", found->last);
	while ((rc = db_step(st)) == DB_ROW) {
		found->last = db_col_int(st, 0);
		if (holds(x, st, 1, 2))
			id_add(found, found->last);
	}
	db_reset(st);
	return rc == DB_DONE ? 0 : -1;
}

static int
look_at_texts(struct erase *x)
{
	struct stmt *st = db_stmt(x->db, SQL_ERASE_LOOK_TEXTS);
	int rc;

	bind_account(x, st);
	while ((rc = db_step(st)) == DB_ROW)
		if (holds(x, st, 1, 9))
			name_add(&x->calls, db_col_text(st, 0));
	db_reset(st);
	return rc == DB_DONE ? 0 : -1;
}

/* A cell that holds the number and more is no number, but it is theirs.  What
 * other people's rows say is in their sheets, and changed there. */
static int
look_at_leads(struct erase *x)
{
	struct stmt *st = db_stmt(x->db, SQL_ERASE_LOOK_LEADS);
	int rc, own;

	while ((rc = db_step(st)) == DB_ROW) {
		if (strcmp(db_col_text(st, 2), x->phone) == 0 ||
		    (x->account != 0 && db_col_int(st, 11) != x->account))
			continue;
		own = holds(x, st, 2, 3);
		if (own)
			id_add(&x->leads, db_col_int(st, 0));
		else if (!holds(x, st, 3, 10))
			continue;
		else if (db_col_int(st, 1) == 0)
			id_add(&x->others, db_col_int(st, 0));
		else if (x->mentioned++ == 0)
			x->where = strdup(db_col_text(st, 10));
	}
	db_reset(st);
	return rc == DB_DONE ? 0 : -1;
}

static int
look_at_own(struct erase *x)
{
	struct stmt *st = db_stmt(x->db, SQL_ERASE_LEADS);
	int rc;

	db_text(st, ":phone", x->phone);
	bind_account(x, st);
	while ((rc = db_step(st)) == DB_ROW)
		id_add(&x->leads, db_col_int(st, 0));
	db_reset(st);
	return rc == DB_DONE ? 0 : -1;
}

/* --- what is changed, in one transaction --- */

static int
run_with(struct erase *x, enum sql what, const char *param, int64_t value)
{
	struct stmt *st = db_stmt(x->db, what);

	db_int(st, param, value);
	return db_run(st);
}

static int
run_for(struct erase *x, enum sql what, const char *execution)
{
	struct stmt *st = db_stmt(x->db, what);

	db_text(st, ":execution", execution);
	return db_run(st);
}

static int
erase_lead(struct erase *x, int64_t lead)
{
	static const enum sql steps[] = {
		SQL_ERASE_ALARMS, SQL_ERASE_POSTS, SQL_ERASE_TOLD,
		SQL_ERASE_DELIVERIES, SQL_ERASE_DECISIONS, SQL_ERASE_WISHES,
		SQL_ERASE_ANALYSES, SQL_ERASE_CONTACTS,
		SQL_ERASE_CONTACT_FIELDS,
		SQL_ERASE_MARKS, SQL_ERASE_EVENTS, SQL_ERASE_EXECUTIONS,
		SQL_ERASE_ATTEMPTS, SQL_ERASE_OUTCOMES,
		SQL_ERASE_OUTCOMES_DUE, SQL_ERASE_OUTCOME_CELL,
		SQL_ERASE_LEAD, SQL_ERASE_UNCALLED,
	};
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (run_with(x, steps[i], ":lead", lead) == -1)
			return -1;
	return 0;
}

/* A call that belongs to nobody here, and what Bolna has said in it. */
static int
erase_stray(struct erase *x, const char *execution)
{
	x->strays++;
	return run_for(x, SQL_ERASE_MARK, execution) == -1 ||
	    run_for(x, SQL_ERASE_STRAY_EVENTS, execution) == -1 ||
	    run_for(x, SQL_ERASE_STRAY, execution) == -1 ? -1 : 0;
}

/* The same columns again, without the number. */
static int
mask_columns(struct erase *x, struct stmt *from, int n, struct stmt *to)
{
	char name[16], *copy[8] = { NULL };
	const char *s;
	int i, rc;

	for (i = 0; i < n; i++) {
		if ((s = db_col_text(from, i)) == NULL)
			continue;
		if ((copy[i] = strdup(s)) == NULL)
			fatal(EX_OSERR, NULL);
		trace_mask(&x->trace, copy[i], strlen(copy[i]));
		snprintf(name, sizeof(name), ":t%d", i);
		db_text(to, name, copy[i]);
	}
	db_reset(from);
	rc = db_run(to);
	for (i = 0; i < n; i++)
		free(copy[i]);
	return rc;
}

/* What was said in somebody else's call stays theirs, without the number. */
static int
erase_from_call(struct erase *x, const char *execution)
{
	struct stmt *st = db_stmt(x->db, SQL_ERASE_TEXT_GET), *put;
	int rc;

	db_text(st, ":execution", execution);
	if ((rc = db_step(st)) != DB_ROW) {
		db_reset(st);
		return rc;
	}
	if (db_col_null(st, 7)) {
		db_reset(st);
		return erase_stray(x, execution);
	}
	x->masked += holds(x, st, 0, 7);
	if (run_for(x, SQL_ERASE_HEARD, execution) == -1 ||
	    run_for(x, SQL_ERASE_OTHER_PHONE, execution) == -1) {
		db_reset(st);
		return -1;
	}
	put = db_stmt(x->db, SQL_ERASE_TEXT_PUT);
	db_text(put, ":execution", execution);
	return mask_columns(x, st, 7, put);
}

static int
mask_event(struct erase *x, int64_t event, const char *body, size_t size)
{
	struct stmt *st = db_stmt(x->db, SQL_ERASE_EVENT_MASK);
	char *copy = malloc(size + 1);
	int rc;

	if (copy == NULL)
		fatal(EX_OSERR, NULL);
	memcpy(copy, body, size);
	trace_mask(&x->trace, copy, size);
	db_int(st, ":event", event);
	db_textn(st, ":body", copy, size);
	rc = db_run(st);
	free(copy);
	return rc;
}

/* An event that holds the number and was not one of the person's own calls'. */
static int
erase_event(struct erase *x, int64_t event)
{
	struct stmt *st = db_stmt(x->db, SQL_ERASE_EVENT_GET);
	char execution[EXECUTION_ID_SIZE];
	const char *body;
	size_t size;
	int rc, ours;

	db_int(st, ":event", event);
	bind_account(x, st);
	if ((rc = db_step(st)) != DB_ROW) {
		db_reset(st);
		return rc;	/* it is gone already */
	}
	snprintf(execution, sizeof(execution), "%s", db_col_text(st, 0));
	ours = !db_col_null(st, 2);
	body = db_col_blob(st, 1, &size);
	rc = ours ? mask_event(x, event, body, size) : 0;
	db_reset(st);
	if (rc == -1)
		return -1;
	if (ours)
		return erase_from_call(x, execution);
	if (*execution != '\0' && erase_stray(x, execution) == -1)
		return -1;
	return run_with(x, SQL_ERASE_EVENT, ":event", event);
}

static int
erase_from_lead(struct erase *x, int64_t lead)
{
	struct stmt *st = db_stmt(x->db, SQL_ERASE_LEAD_GET), *put;
	int rc;

	db_int(st, ":lead", lead);
	if ((rc = db_step(st)) != DB_ROW) {
		db_reset(st);
		return rc;
	}
	x->masked++;
	put = db_stmt(x->db, SQL_ERASE_LEAD_PUT);
	db_int(put, ":lead", lead);
	return mask_columns(x, st, 7, put);
}

static int
close_number(struct erase *x)
{
	static const enum sql steps[] = {
		SQL_SUPPRESSION_ERASE, SQL_SUPPRESSION_REDUCE,
		SQL_SUPPRESSION_FORGET,
	};
	struct stmt *st;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		st = db_stmt(x->db, steps[i]);
		db_text(st, ":phone", x->phone);
		bind_account(x, st);
		if (steps[i] != SQL_SUPPRESSION_FORGET)
			db_int(st, ":now", time(NULL));
		rc = db_step(st);
		if (i == 0)
			x->closed = rc == DB_ROW && db_col_int(st, 0) != 0;
		db_reset(st);
		if (rc == DB_FAIL)
			return -1;
	}
	return 0;
}

static int
erase_all(struct erase *x)
{
	size_t i;

	for (i = 0; i < x->leads.n; i++)
		if (erase_lead(x, x->leads.id[i]) == -1)
			return -1;
	for (i = 0; i < x->calls.n; i++)
		if (erase_from_call(x, x->calls.name[i]) == -1)
			return -1;
	if (look_at_bodies(x, SQL_ERASE_LOOK_EVENTS, &x->events) == -1 ||
	    look_at_bodies(x, SQL_ERASE_LOOK_QUARANTINE, &x->bodies) == -1)
		return -1;
	for (i = 0; i < x->events.n; i++)
		if (erase_event(x, x->events.id[i]) == -1)
			return -1;
	for (i = 0; i < x->bodies.n; i++)
		if (run_with(x, SQL_ERASE_QUARANTINE, ":id",
		    x->bodies.id[i]) == -1)
			return -1;
	for (i = 0; i < x->others.n; i++)
		if (erase_from_lead(x, x->others.id[i]) == -1)
			return -1;
	return close_number(x);
}

/* Calls that are not over: their result would come back to nobody. */
static int
on_the_line(struct erase *x)
{
	struct stmt *st = db_stmt(x->db, SQL_ERASE_LIVE);
	struct reply item;
	int live = 0, rc;

	db_text(st, ":phone", x->phone);
	bind_account(x, st);
	while ((rc = db_step(st)) == DB_ROW) {
		live++;
		item = reply_item(x->reply, "not_over");
		reply_int(&item, "attempt", db_col_int(st, 0));
		reply_text(&item, "state", db_col_text(st, 1));
		reply_say(x->reply, "attempt %lld is not over (%s)%s\n",
		    (long long)db_col_int(st, 0), db_col_text(st, 1),
		    strcmp(db_col_text(st, 1), "unknown") == 0 ? ": look for "
		    "it in Bolna's dashboard, then \"callsheet reconcile\" "
		    "with --placed or --not-placed" : "");
	}
	db_reset(st);
	if (live > 0)
		reply_say(x->reply, "nothing was erased: close the number "
		    "with \"callsheet dnc add\", wait for the call to end, "
		    "erase then\n");
	return rc == DB_FAIL ? -1 : live;
}

static int
change(struct erase *x)
{
	int live;

	if (db_begin(x->db) == -1)
		return EX_TEMPFAIL;
	live = on_the_line(x);
	if (live != 0 || erase_all(x) == -1) {
		db_rollback(x->db);
		return EX_TEMPFAIL;
	}
	return db_commit(x->db) == 0 ? 0 : EX_TEMPFAIL;
}

/* --- the verb --- */

static int
wait_for_pass(const struct conf *conf)
{
	int fd, i;

	for (i = 0; (fd = pass_lock(conf)) == -2 && i < WAIT_SECS * 10; i++) {
		if (i == 10)
			fputs("waiting for the pass that is at work\n", stderr);
		usleep(100000);
	}
	if (fd == -2)
		log_warnx("a pass has been at work for %d seconds; try again",
		    WAIT_SECS);
	return fd;
}

static int
erase(struct erase *x, const char *account)
{
	struct report *said = NULL;
	int rc;

	if ((x->db = db_open(x->path, BUSY_MS)) == NULL)
		return EX_CONFIG;
	if (account != NULL && (x->account = account_id(x->db, account)) ==
	    0) {
		rc = EX_DATAERR;
	} else if (look_at_own(x) == -1 || look_at_leads(x) == -1 ||
	    look_at_texts(x) == -1 || look_at_bodies(x,
	    SQL_ERASE_LOOK_EVENTS, &x->events) == -1) {
		rc = EX_TEMPFAIL;
	} else {
		said = erase_report(x);
		rc = change(x);
	}
	if (rc == 0) {
		erase_say(x, said);
		rc = erase_verify(x);
	}
	erase_report_free(said);
	db_close(x->db);
	return rc;
}

static void
release(struct erase *x)
{
	size_t i;

	for (i = 0; i < x->calls.n; i++)
		free(x->calls.name[i]);
	free(x->calls.name);
	free(x->leads.id);
	free(x->others.id);
	free(x->events.id);
	free(x->bodies.id);
	free(x->where);
	free(x->path);
}

int
verb_erase(const struct conf *conf, struct args *args)
{
	const char *account = NULL, *country = NULL, *word = NULL;
	struct erase x = { .reply = &args->reply };
	int lock, rc;

	while (args_more(args))
		if (!args_text(args, "--account", &account) &&
		    !args_text(args, "--country", &country) &&
		    !args_word(args, &word))
			return args_bad(args);
	if (args->bad || word == NULL)
		return args_bad(args);
	if (args_phone(args, word, country, x.phone) == -1)
		return EX_DATAERR;
	if ((lock = wait_for_pass(conf)) < 0)
		return lock == -2 ? EX_TEMPFAIL : EX_CANTCREAT;
	trace_of(&x.trace, x.phone);
	x.path = conf_path(conf, conf->database);
	rc = erase(&x, account);
	release(&x);
	close(lock);
	return rc;
}
