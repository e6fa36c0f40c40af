/*
 * What each call led to.  In this order: nobody was reached; a machine; an
 * opt-out, wherever it is heard; what the agent's extraction states; the
 * fields from which it follows; what the person says.  What speaks against
 * each other, or is weak, is left to a person: needs_review.  Nothing waits
 * for this phase, and what a person has chosen it does not touch.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "body.h"
#include "db.h"
#include "dialer.h"
#include "log.h"
#include "outcome_int.h"

#define BATCH		20	/* a transaction: webhooks want to get in */
#define MAX_DECIDED	200	/* a cycle; the rest follows in the next */
#define LATE		3600	/* a time that has just gone by is kept */

struct call {
	int64_t		 attempt, lead, account, ended_at;
	int		 answered, voicemail;
	char		*final, *transcript, *extraction, *zones;
};

struct verdict_of {
	struct finding	 f;
	char		*slot;		/* the words of a time, or NULL */
	int64_t		 slot_at;	/* 0: none */
	char		*note;		/* or NULL */
};

/* --- deciding --- */

static char *
copy(const char *s)
{
	char *p = s == NULL ? NULL : strdup(s);

	if (s != NULL && p == NULL)
		fatal(EX_OSERR, NULL);
	return p;
}

static void
choose(struct verdict_of *v, const struct finding *f)
{
	finding_set(&v->f, f->what, f->confidence, f->rule, f->span);
}

/* Speaks what was said against what the extraction makes of it? */
static int
contradicts(const struct finding *said, enum outcome_word what)
{
	if (!said->found || said->what == what)
		return 0;
	switch (said->what) {
	case O_CONFIRMED:
		return what == O_DECLINED || what == O_WRONG_PERSON;
	case O_DECLINED:
		return what == O_CONFIRMED || what == O_CALLBACK ||
		    what == O_RESCHEDULED;
	case O_WRONG_PERSON:
	case O_VOICEMAIL:
		return what == O_CONFIRMED || what == O_RESCHEDULED;
	case O_CALLBACK:
	case O_RESCHEDULED:
		return what == O_CONFIRMED || what == O_DECLINED;
	default:
		return 0;
	}
}

static void
by_fields(struct verdict_of *v, const struct finding *f, const struct talk *t)
{
	char *rule;

	if (contradicts(&t->said, f->what)) {
		if (asprintf(&rule, "%s, against %s", f->rule,
		    t->said.rule) == -1)
			fatal(EX_OSERR, NULL);
		finding_set(&v->f, O_NEEDS_REVIEW, f->confidence, rule,
		    t->said.span);
		free(rule);
	} else if (f->what == O_DECLINED && t->said.found &&
	    t->said.what == O_WRONG_PERSON) {
		choose(v, &t->said);
	} else {
		choose(v, f);
	}
}

/* The best that is not good enough, or the last that was said. */
static void
by_hints(struct verdict_of *v, const struct fields *f, const struct talk *t,
    const char *transcript)
{
	const struct finding *hint = f->hint.found ? &f->hint :
	    t->hint.found ? &t->hint : NULL;
	char *span = NULL, *rule = NULL;

	if (hint != NULL) {
		if (asprintf(&rule, "%s, weak", hint->rule) == -1)
			fatal(EX_OSERR, NULL);
		finding_set(&v->f, O_NEEDS_REVIEW, hint->confidence, rule,
		    hint->span);
	} else if (t->words.n > 0) {
		span = words_quote(&t->words, transcript, t->words.n - 1);
		finding_set(&v->f, O_NEEDS_REVIEW, 0, "nothing clear", span);
	} else if (*transcript != '\0' && !t->labelled) {
		finding_set(&v->f, O_NEEDS_REVIEW, 0, "nobody is named in "
		    "the transcript", "");
	} else {
		finding_set(&v->f, O_PENDING, 1, "no conversation", "");
	}
	free(span);
	free(rule);
}

static void
by_evidence(struct verdict_of *v, const struct policy *p,
    const struct fields *f, const struct talk *t, const char *transcript)
{
	const struct finding *weak = NULL;
	char *rule;

	if (f->opt_out.found && f->opt_out.confidence >= p->needs[O_OPT_OUT])
		choose(v, &f->opt_out);
	else if (t->opt_out.found &&
	    t->opt_out.confidence >= p->needs[O_OPT_OUT])
		choose(v, &t->opt_out);
	else if (f->opt_out.found || t->opt_out.found)
		weak = f->opt_out.found ? &f->opt_out : &t->opt_out;
	if (v->f.found)
		return;
	if (weak != NULL) {
		if (asprintf(&rule, "%s, weak", weak->rule) == -1)
			fatal(EX_OSERR, NULL);
		finding_set(&v->f, O_NEEDS_REVIEW, weak->confidence, rule,
		    weak->span);
		free(rule);
	} else if (f->stated.found) {
		by_fields(v, &f->stated, t);
	} else if (f->implied.found) {
		by_fields(v, &f->implied, t);
	} else if (t->said.found && !(t->said.what == O_CONFIRMED &&
	    f->hint.found && f->hint.what != O_CONFIRMED)) {
		choose(v, &t->said);
	} else {
		by_hints(v, f, t, transcript);
	}
}

/* When?  As the extraction says, else in the person's own words. */
static void
read_slot(struct verdict_of *v, const struct call *c, const struct fields *f,
    const struct talk *t)
{
	int64_t at = 0;
	size_t from = t->asked.word;

	if (v->f.what != O_CALLBACK && v->f.what != O_RESCHEDULED)
		return;
	if (f->slot != NULL) {
		at = slot_read_text(f->slot, c->ended_at, c->zones);
		v->slot = copy(f->slot);
	}
	if (at <= 0 && t->asked.found) {
		while (from > 0 && t->words.w[from - 1].turn ==
		    t->words.w[t->asked.word].turn)
			from--;
		at = slot_read(&t->words, from, c->ended_at, c->zones);
		if (v->slot == NULL && at != 0)
			v->slot = copy(t->asked.span);
	}
	if (at > 0 && at + LATE < time(NULL))
		at = -1;
	v->slot_at = at > 0 ? at : 0;
	if (at <= 0 && asprintf(&v->note, "Asks for another time, which needs "
	    "review: %s%.120s%s", v->slot != NULL ? "\"" : "", v->slot != NULL
	    ? v->slot : "none was named", v->slot != NULL ? "\" could not be "
	    "read as one to come" : "") == -1)
		fatal(EX_OSERR, NULL);
}

static void
decide(struct verdict_of *v, const struct policy *p, const struct call *c)
{
	const char *transcript = c->transcript == NULL ? "" : c->transcript;
	struct fields f;
	struct talk t;
	char *rule;

	memset(v, 0, sizeof(*v));
	if (!c->answered) {
		if (asprintf(&rule, "status %s", c->final) == -1)
			fatal(EX_OSERR, NULL);
		finding_set(&v->f, O_PENDING, 1, rule, "");
		free(rule);
		return;
	}
	if (c->voicemail) {
		finding_set(&v->f, O_VOICEMAIL, 1, "voicemail flag", "");
		return;
	}
	fields_read(&f, p, c->extraction == NULL ? "" : c->extraction);
	talk_read(&t, p, transcript);
	by_evidence(v, p, &f, &t, transcript);
	read_slot(v, c, &f, &t);
	if (v->f.what == O_NEEDS_REVIEW && v->note == NULL &&
	    asprintf(&v->note, "Outcome needs review: %s%s%.120s%s",
	    v->f.rule, *v->f.span != '\0' ? ": \"" : "", v->f.span,
	    *v->f.span != '\0' ? "\"" : "") == -1)
		fatal(EX_OSERR, NULL);
	if (v->note != NULL)
		utf8_whole(v->note);
	fields_free(&f);
	talk_free(&t);
}

/* --- the database --- */

static int
call_read(struct dialer *d, int64_t attempt, struct call *c)
{
	struct stmt *st = db_stmt(d->db, SQL_OUTCOME_CALL);
	int rc;

	memset(c, 0, sizeof(*c));
	db_int(st, ":attempt", attempt);
	if ((rc = db_step(st)) == DB_ROW) {
		c->attempt = attempt;
		c->lead = db_col_int(st, 0);
		c->account = db_col_int(st, 1);
		c->final = copy(db_col_text(st, 2));
		c->answered = (int)db_col_int(st, 3);
		c->voicemail = (int)db_col_int(st, 4);
		c->transcript = copy(db_col_text(st, 5));
		c->extraction = copy(db_col_text(st, 6));
		c->ended_at = db_col_int(st, 7);
		c->zones = copy(db_col_text(st, 8));
	}
	db_reset(st);
	return rc;
}

/* 1 when the rules said the same before, 0 when not, -1 after a message.  A
 * time that was set then is in *slot_at. */
static int
said_before(struct dialer *d, const struct call *c, const struct verdict_of *v,
    int64_t *slot_at)
{
	struct stmt *st = db_stmt(d->db, SQL_OUTCOME_BEFORE);
	int rc, same = 0;

	*slot_at = 0;
	db_int(st, ":attempt", c->attempt);
	if ((rc = db_step(st)) == DB_ROW) {
		*slot_at = db_col_int(st, 5);
		same = strcmp(db_col_text(st, 0), outcome_name(v->f.what)) ==
		    0 && strcmp(db_col_text(st, 1), v->f.rule) == 0 &&
		    db_col_real(st, 2) >= v->f.confidence &&
		    db_col_real(st, 2) <= v->f.confidence &&
		    strcmp(db_col_text(st, 3), v->f.span) == 0 &&
		    strcmp(db_col_text(st, 4), v->slot == NULL ? "" :
		    v->slot) == 0;
		/* That its time has come since is no news. */
		if (same && v->slot_at != *slot_at && v->slot_at != 0)
			same = 0;
	}
	db_reset(st);
	return rc == DB_FAIL ? -1 : same;
}

static int
put(struct dialer *d, const struct call *c, const struct verdict_of *v)
{
	struct stmt *st = db_stmt(d->db, SQL_OUTCOME_PUT);

	db_int(st, ":attempt", c->attempt);
	db_int(st, ":lead", c->lead);
	db_int(st, ":account", c->account);
	db_text(st, ":outcome", outcome_name(v->f.what));
	db_text(st, ":rule", v->f.rule);
	db_real(st, ":confidence", v->f.confidence);
	db_text(st, ":span", v->f.span);
	db_text(st, ":slot", v->slot == NULL ? "" : v->slot);
	if (v->slot_at != 0)
		db_int(st, ":slot_at", v->slot_at);
	db_text(st, ":note", v->note);
	db_int(st, ":now", time(NULL));
	return db_run(st);
}

/* What follows: the sheet is told, a time is set or taken back, and who wants
 * no calls gets none. */
static int
follow(struct dialer *d, const struct call *c, const struct verdict_of *v,
    int64_t before)
{
	if (before != 0 && before != v->slot_at &&
	    outcome_unset(d->db, c->lead, before) == -1)
		return -1;
	if (v->f.what == O_OPT_OUT && outcome_suppress(d->db, c->attempt) ==
	    -1)
		return -1;
	if (v->slot_at != 0 && outcome_set(d->db, c->lead, c->attempt,
	    v->slot_at, 1) == -1)
		return -1;
	if (outcome_hold(d->db, c->lead) == -1)
		return -1;
	log_info("attempt %lld: outcome %s by %s", (long long)c->attempt,
	    outcome_name(v->f.what), v->f.rule);
	return outcome_tell(d->db, c->lead);
}

static void
clear(struct call *c, struct verdict_of *v)
{
	free(c->final);
	free(c->transcript);
	free(c->extraction);
	free(c->zones);
	finding_clear(&v->f);
	free(v->slot);
	free(v->note);
}

/* Inside a transaction: the data are those of this moment. */
static int
decide_one(struct dialer *d, const struct policy *p, int64_t attempt)
{
	struct verdict_of v = { .slot = NULL };
	struct call c;
	struct stmt *st;
	int64_t before;
	int rc, same;

	if ((rc = call_read(d, attempt, &c)) == DB_ROW) {
		decide(&v, p, &c);
		same = said_before(d, &c, &v, &before);
		rc = same == -1 || (same == 0 && (put(d, &c, &v) == -1 ||
		    follow(d, &c, &v, before) == -1)) ? -1 : 0;
	}
	clear(&c, &v);
	if (rc == -1)
		return -1;
	st = db_stmt(d->db, SQL_OUTCOME_DECIDED);
	db_int(st, ":attempt", attempt);
	return db_run(st);
}

/* Together: 0, 1 when a call cannot be decided, -1 when the database takes
 * nothing. */
static int
decide_all(struct dialer *d, const struct policy *p, const int64_t *attempt,
    int n)
{
	int i;

	if (db_begin(d->db) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (decide_one(d, p, attempt[i]) == -1) {
			db_rollback(d->db);
			return 1;
		}
	return db_commit(d->db);
}

static int
waiting(struct dialer *d, int64_t after, int64_t *attempt, int limit)
{
	struct stmt *st = db_stmt(d->db, SQL_OUTCOME_WAITING);
	int n = 0;

	db_int(st, ":after", after);
	db_int(st, ":limit", limit);
	while (n < limit && db_step(st) == DB_ROW)
		attempt[n++] = db_col_int(st, 0);
	db_reset(st);
	return n;
}

/* How many there were after that one, or -1; how many of them are left, adds
 * to *left.  A call that cannot be decided keeps no other one waiting. */
static int
decide_some(struct dialer *d, const struct policy *p, int64_t *after,
    int *left)
{
	int64_t attempt[BATCH];
	int n = waiting(d, *after, attempt, BATCH), i, rc;

	if (n == 0)
		return 0;
	*after = attempt[n - 1];
	if ((rc = decide_all(d, p, attempt, n)) != 1)
		return rc == -1 ? -1 : n;
	for (i = 0; i < n; i++) {
		if ((rc = decide_all(d, p, &attempt[i], 1)) == -1)
			return -1;
		if (rc == 1)
			log_warnx("attempt %lld: its outcome cannot be "
			    "decided", (long long)attempt[i]);
		*left += rc;
	}
	return n;
}

void
outcomes(struct dialer *d)
{
	struct policy *p = NULL;
	int64_t after = 0, first;
	int n = BATCH, seen = 0, left = 0, rc = 0;

	if (outcome_apply(d->db) == -1)
		d->counts.problems++;
	if (waiting(d, after, &first, 1) == 0)
		return;
	if ((p = policy_read(d->db)) == NULL)
		rc = -1;
	/* However many of them stand at the head. */
	for (; rc != -1 && n == BATCH && seen - left < MAX_DECIDED &&
	    !pass_interrupted(); seen += n)
		rc = n = decide_some(d, p, &after, &left);
	policy_free(p);
	d->counts.problems += left + (rc == -1);
}
