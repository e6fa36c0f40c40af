/*
 * What an event does: it is stored, folded into the projection of its
 * execution (event_fold.c), and the attempt and lead are brought up to date.
 *
 * An event that comes in order is folded onto the stored state; one that comes
 * late makes the state be folded anew from the journal.
 */
#include <stdio.h>
#include <string.h>

#include "db.h"
#include "event.h"
#include "event_int.h"
#include "execution.h"
#include "log.h"

#define ASK_GAP		5	/* seconds between questions about a call */

static const char *const source_name[] = { "webhook", "get", "list" };

/* The first column of the first row: 1, 0 when there is none, or -1. */
static int
one_value(struct stmt *st, int64_t *v)
{
	int rc = db_step(st);

	*v = rc == DB_ROW ? db_col_int(st, 0) : 0;
	db_reset(st);
	return rc;
}

/* Who has been claimed for a number that turns out to be on the line, and was
 * not sent to yet, waits for the end of that call. */
static int
yield(struct db *db, int64_t attempt, int64_t now)
{
	static const enum sql then[] = { SQL_LEAD_AGAIN, SQL_DELIVERY_LEAD };
	struct stmt *st = db_stmt(db, SQL_ATTEMPT_YIELD);
	int64_t lead;
	size_t i;
	int rc;

	db_int(st, ":attempt", attempt);
	db_int(st, ":now", now);
	if ((rc = one_value(st, &lead)) != DB_ROW)
		return rc;
	st = db_stmt(db, SQL_ATTEMPT_RESUMED);
	db_int(st, ":attempt", attempt);
	rc = db_run(st);
	for (i = 0; i < sizeof(then) / sizeof(then[0]) && rc == 0; i++) {
		st = db_stmt(db, then[i]);
		db_int(st, ":lead", lead);
		db_int(st, then[i] == SQL_LEAD_AGAIN ? ":next_at" : ":now",
		    now);
		rc = db_run(st);
	}
	return rc;
}

/* Whose call is it?  The one whose POST was answered with this id, else the
 * one whose token came back; an attempt thought lost is found here. */
static int
find_owner(struct db *db, const struct execution *ex, struct row *row,
    int64_t now)
{
	struct stmt *st;
	int rc;

	st = db_stmt(db, SQL_ATTEMPT_BY_EXECUTION);
	db_text(st, ":execution", ex->id);
	rc = one_value(st, &row->attempt);
	if (rc != DB_DONE || ex->token[0] == '\0')
		return rc == DB_FAIL ? -1 : 0;
	st = db_stmt(db, SQL_ATTEMPT_ADOPT);
	db_text(st, ":execution", ex->id);
	db_text(st, ":token", ex->token);
	db_text(st, ":phone", ex->phone);
	if ((rc = one_value(st, &row->attempt)) == DB_ROW) {
		log_info("attempt %lld: found as execution %s",
		    (long long)row->attempt, ex->id);
		rc = yield(db, row->attempt, now);
	}
	return rc == DB_FAIL ? -1 : 0;
}

static int
tell_sheet(struct db *db, int64_t attempt, int64_t now)
{
	struct stmt *st = db_stmt(db, SQL_DELIVERY_SHEET);

	db_int(st, ":attempt", attempt);
	db_int(st, ":now", now);
	return db_run(st);
}

/* The token in Bolna's record is proof against the answer to a POST, which may
 * have been another's: then nobody's words reach a stranger's row. */
static int
look_for_mistake(struct db *db, const struct execution *ex, struct row *row,
    int64_t now)
{
	struct stmt *st = db_stmt(db, SQL_ATTEMPT_MISTAKEN);
	int64_t was;
	int rc;

	db_int(st, ":attempt", row->attempt);
	db_text(st, ":token", ex->token);
	db_text(st, ":phone", ex->phone);
	db_int(st, ":now", now);
	if ((rc = one_value(st, &was)) != DB_ROW)
		return rc == DB_FAIL ? -1 : 0;
	log_warnx("attempt %lld: execution %s, with which Bolna has answered, "
	    "is another call", (long long)was, ex->id);
	row->attempt = 0;
	return tell_sheet(db, was, now);
}

/* The first end was told as it became known (trigger post_end). */
static int
tell_corrected(struct db *db, const struct row *row, const char *final,
    int64_t now)
{
	struct stmt *st = db_stmt(db, SQL_POST_CORRECTED);

	db_int(st, ":attempt", row->attempt);
	db_text(st, ":status", final);
	db_int(st, ":now", now);
	return db_run(st);
}

/* Who has been reached after all is not called once more. */
static int
spare(struct db *db, const struct row *row, const char *final, int64_t now)
{
	struct stmt *st = db_stmt(db, SQL_ATTEMPT_SPARED);

	db_int(st, ":attempt", row->attempt);
	db_text(st, ":status", final);
	db_int(st, ":now", now);
	return db_run(st);
}

/* Final and confirmed: the attempt is over and the lead rests, or waits for
 * its next turn as retry_rule says; anew when Bolna corrects the end.  Only
 * its last call says so. */
static int
settle(struct db *db, const struct row *row, const char *final, int64_t now)
{
	struct stmt *st;
	int64_t lead;
	int rc, corrected = *row->final != '\0' &&
	    strcmp(row->final, final) != 0;

	if (corrected && (tell_corrected(db, row, final, now) == -1 ||
	    spare(db, row, final, now) == -1))
		return -1;
	st = db_stmt(db, SQL_ATTEMPT_DONE);
	db_int(st, ":attempt", row->attempt);
	db_int(st, ":now", now);
	db_int(st, ":corrected", corrected);
	if ((rc = one_value(st, &lead)) != DB_ROW)
		return rc;		/* it was over before, or a fault */
	log_info("attempt %lld: over, %s", (long long)row->attempt, final);
	if (lead == 0)
		return 0;		/* it has been called since */
	st = db_stmt(db, SQL_LEAD_AFTER);
	db_int(st, ":lead", lead);
	db_text(st, ":status", final);
	db_int(st, ":now", now);
	return db_run(st);
}

/* When to ask Bolna next: at once about what is final but unconfirmed, after
 * a silence about the rest, never again about what is confirmed, unless a
 * webhook brings something new or a list was the first to tell, which may hold
 * less than the answer about the one call.  The state decides and not the
 * event, which may be an old one that comes late. */
static int
plan_question(struct db *db, const struct row *row, const struct item *it,
    const struct state *s, int64_t now, int64_t *ask)
{
	const char *word = s->text[T_FINAL] != NULL ? s->text[T_FINAL] :
	    s->text[T_STAGE] != NULL ? s->text[T_STAGE] : "queued";
	struct meaning m;

	*ask = 0;
	if (s->verified && !it->listed && (it->place.rank < 0 ||
	    it->place.rank >= CLASS_RANK))
		return 0;
	if (meaning_look_up(db, word, &m) == -1)
		return -1;
	*ask = now + m.ask_after;
	if (*ask < row->asked_at + ASK_GAP)
		*ask = row->asked_at + ASK_GAP;
	return 0;
}

/* Who asks in a call not to be called again is not, from now on. */
static int
opt_out(struct db *db, const struct row *row, int64_t now)
{
	struct stmt *st = db_stmt(db, SQL_SUPPRESSION_HEARD);
	int64_t id;
	int rc;

	db_int(st, ":attempt", row->attempt);
	if ((rc = one_value(st, &id)) != DB_ROW)
		return rc;
	log_info("attempt %lld: the person asks not to be called again",
	    (long long)row->attempt);
	st = db_stmt(db, SQL_LEAD_HEARD);
	db_int(st, ":attempt", row->attempt);
	if (db_run(st) == -1)
		return -1;
	st = db_stmt(db, SQL_DELIVERY_HEARD);
	db_int(st, ":attempt", row->attempt);
	db_int(st, ":now", now);
	return db_run(st);
}

/* What was said is read by the dialer: nothing here waits for that. */
static int
want_outcome(struct db *db, const struct row *row)
{
	struct stmt *st = db_stmt(db, SQL_OUTCOME_WANT);

	db_int(st, ":attempt", row->attempt);
	return db_run(st);
}

static int
consequences(struct db *db, const char *id, const struct row *row,
    const struct state *s, int64_t now)
{
	struct stmt *st;

	if (row->attempt == 0)
		return 0;
	st = db_stmt(db, SQL_ATTEMPT_HEARD);
	db_int(st, ":attempt", row->attempt);
	db_text(st, ":execution", id);
	if (db_run(st) == -1)
		return -1;
	if (s->verified && (settle(db, row, s->text[T_FINAL], now) == -1 ||
	    opt_out(db, row, now) == -1 || want_outcome(db, row) == -1))
		return -1;
	return tell_sheet(db, row->attempt, now);
}

/* Was some of the journal pruned?  Then the state knows more than the journal,
 * and is not made anew from it. */
static int
is_pruned(struct db *db, const char *id, int64_t *yes)
{
	struct stmt *st = db_stmt(db, SQL_EVENT_PRUNED);

	db_text(st, ":execution", id);
	return one_value(st, yes) == DB_ROW ? 0 : -1;
}

/* What comes too late for its place in the order. */
static int
fold_late(struct db *db, const char *id, struct state *s)
{
	int64_t pruned;

	if (is_pruned(db, id, &pruned) == -1)
		return -1;
	return pruned ? 0 : fold_journal(db, id, s, NULL);
}

static int
project(struct db *db, struct item *it, int ours, int64_t now,
    int64_t *attempt)
{
	const char *id = it->ex.id;
	struct state s;
	struct row row;
	int64_t ask;
	int rc = -1;

	if (state_load(db, id, &row, &s) == -1)
		goto out;
	if (ours && row.attempt != 0 && it->ex.token[0] != '\0' &&
	    look_for_mistake(db, &it->ex, &row, now) == -1)
		goto out;
	if (row.attempt == 0 && find_owner(db, &it->ex, &row, now) ==
	    -1)
		goto out;
	if (!row.exists || item_is_next(it, &s))
		fold(&s, it);
	else if (fold_late(db, id, &s) == -1)
		goto out;
	if (s.failed) {
		log_warnx("execution %s: out of memory", id);
		goto out;
	}
	if (plan_question(db, &row, it, &s, now, &ask) == -1 ||
	    state_save(db, id, &row, &s, ask, now) == -1 ||
	    consequences(db, id, &row, &s, now) == -1)
		goto out;
	*attempt = row.attempt;
	rc = 0;
out:
	state_clear(&s);
	return rc;
}

int
event_link(struct db *db, const char *execution, int64_t attempt, int64_t now)
{
	struct item it = { .place = { .rank = -1 } };
	struct state s;
	struct row row;
	int64_t ask;
	int rc = -1;

	if (state_load(db, execution, &row, &s) == -1)
		return -1;
	row.attempt = attempt;
	if (!s.failed &&
	    plan_question(db, &row, &it, &s, now, &ask) == 0 &&
	    state_save(db, execution, &row, &s, ask, now) == 0)
		rc = consequences(db, execution, &row, &s, now);
	state_clear(&s);
	return rc;
}

enum event_result
event_store(struct db *db, const struct event *ev)
{
	struct stmt *st = db_stmt(db, SQL_EVENT_PUT);
	struct item it = { 0 };
	int64_t attempt = 0;

	db_text(st, ":execution", ev->ex->kind == EXECUTION_CALL ? ev->ex->id :
	    "");
	db_blob(st, ":digest", ev->digest, DIGEST_SIZE);
	db_text(st, ":source", source_name[ev->source]);
	db_int(st, ":at", ev->at);
	db_textn(st, ":body", ev->body, ev->size);
	db_text(st, ":token", ev->ex->token);
	if (db_run(st) == -1)
		return EVENT_FAILED;
	if (db_changes(db) == 0)
		return EVENT_KNOWN;
	if (ev->ex->kind != EXECUTION_CALL)
		return EVENT_STORED;
	it.ex = *ev->ex;	/* borrowed: not cleared here */
	if (item_fill(db, &it, ev->source, ev->digest, ev->at) == -1 ||
	    project(db, &it, ev->source != EVENT_WEBHOOK, ev->at, &attempt) ==
	    -1)
		return EVENT_FAILED;
	return attempt != 0 ? EVENT_APPLIED : EVENT_STORED;
}

/* --- replay --- */

static const char *const text_name[] = { "agent", "phone", "stage", "final",
    "odd status", "transcript", "summary", "recording", "extraction", "error",
    "smart status", "hangup by", "hangup reason", "hangup code" };
static const char *const real_name[] = { "talk time", "line time", "cost" };
static const char *const stamp_name[] = { "ringing", "answered",
    "disconnected", "ended" };

struct change {
	char	*out;
	size_t	 size, len;
	int	 any;
};

/* Statuses are shown; of the rest, which may be private, only the name. */
static void
note_change(struct change *c, const char *name, const char *was,
    const char *is)
{
	int n;

	n = snprintf(c->out + c->len, c->size - c->len,
	    was != NULL ? "%s%s %s -> %s" : "%s%s", c->any ? ", " : "", name,
	    was, is);
	if (n > 0 && (size_t)n < c->size - c->len)
		c->len += (size_t)n;
	c->any = 1;
}

static int
differs(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "") != 0;
}

static const char *
shown(const char *status)
{
	return status == NULL || *status == '\0' ? "nothing" : status;
}

static int
compare(const struct state *a, const struct state *b, struct change *c)
{
	int i;

	for (i = 0; i < T__N; i++)
		if (!differs(a->text[i], b->text[i]))
			continue;
		else if (i == T_STAGE || i == T_FINAL)
			note_change(c, text_name[i], shown(a->text[i]),
			    shown(b->text[i]));
		else
			note_change(c, text_name[i], NULL, NULL);
	for (i = 0; i < R__N; i++)
		if ((a->real[i] < 0) != (b->real[i] < 0) || (a->real[i] >= 0 &&
		    (a->real[i] < b->real[i] || a->real[i] > b->real[i])))
			note_change(c, real_name[i], NULL, NULL);
	for (i = 0; i < S__N; i++)
		if (a->stamp[i] != b->stamp[i])
			note_change(c, stamp_name[i], NULL, NULL);
	if (a->verified != b->verified)
		note_change(c, "confirmed", NULL, NULL);
	if (a->voicemail != b->voicemail)
		note_change(c, "voicemail", NULL, NULL);
	if (a->retry_count != b->retry_count)
		note_change(c, "retry count", NULL, NULL);
	return c->any;
}

static int
replace(struct db *db, const char *id, struct row *row, const char *token,
    const struct state *s, int64_t now)
{
	struct item it = { .place = { .rank = -1 } };
	int64_t ask;

	snprintf(it.ex.id, sizeof(it.ex.id), "%s", id);
	snprintf(it.ex.token, sizeof(it.ex.token), "%s", token);
	if (row->attempt == 0 && find_owner(db, &it.ex, row, now) == -1)
		return -1;
	if (plan_question(db, row, &it, s, now, &ask) == -1 ||
	    state_save(db, id, row, s, ask, now) == -1)
		return -1;
	return consequences(db, id, row, s, now);
}

int
event_replay(struct db *db, const char *id, int64_t now, int dry, char *what,
    size_t size)
{
	struct change c = { what, size, 0, 0 };
	char token[sizeof(((struct execution *)NULL)->token)] = "";
	struct state was, is;
	struct row row;
	int64_t pruned;
	int rc;

	what[0] = '\0';
	state_init(&is);
	if ((rc = state_load(db, id, &row, &was)) == -1 ||
	    (rc = is_pruned(db, id, &pruned)) == -1)
		goto out;
	if (pruned && row.exists)
		goto out;
	if ((rc = fold_journal(db, id, &is, token)) == -1)
		goto out;
	/* Without its events a confirmed end stays what it is. */
	if (is.head.rank == -1 || (was.verified && !is.verified))
		goto out;
	if (was.failed || is.failed) {
		log_warnx("execution %s: out of memory", id);
		rc = -1;
		goto out;
	}
	if (!row.exists)
		note_change(&c, "the whole record", NULL, NULL);
	rc = compare(&was, &is, &c);
	if (rc == 1 && !dry && replace(db, id, &row, token, &is, now) == -1)
		rc = -1;
out:
	state_clear(&was);
	state_clear(&is);
	return rc;
}
