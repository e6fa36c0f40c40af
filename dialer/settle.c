/*
 * Calls that may have been placed: nobody knows, and sending again could call
 * a person twice.  They are looked for in Bolna's listing by the token they
 * carry.  A webhook or listing with the token settles it (lib/event.c);
 * absence from three whole listings over half an hour leaves it to a person,
 * or counts as not placed where redial_unsettled is set.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "event.h"
#include "execution.h"
#include "listing.h"
#include "log.h"

#define LIST_BEFORE	300	/* seconds: clocks differ */
#define LIST_AFTER	3600	/* the end is exclusive: some beyond now */
/* By which our clock may have been wrong, or set to another time zone: who is
 * not found is looked for in this span around it. */
#define LIST_WIDE	(15 * 3600)
#define SPAN		86400	/* of calls looked for in one walk */
#define AGAIN		30	/* seconds, after a list that was not whole */
#define ANOTHER_DAY	86400

struct lost {
	int64_t	 id, sent_at, account, looks;
	char	 token[64];
	char	 agent[EXECUTION_ID_SIZE];
	int	 redial;	/* the campaign's redial_unsettled */
	int	 found;
};

struct search {			/* some of one agent */
	struct dialer	*d;
	struct lost	*from, *to;
};

static struct lost *
lost_by_token(const struct search *s, const char *token)
{
	struct lost *l;

	for (l = s->from; l < s->to; l++)
		if (strcmp(l->token, token) == 0)
			return l;
	return NULL;
}

static int
look_at_element(void *arg, struct json_object *js)
{
	struct search *s = arg;
	struct execution ex;
	struct lost *l = NULL;
	enum event_result stored;
	int rc;

	memset(&ex, 0, sizeof(ex));
	rc = execution_decode(js, &ex);
	if (rc == 0 && ex.kind == EXECUTION_CALL && ex.token[0] != '\0')
		l = lost_by_token(s, ex.token);
	execution_clear(&ex);
	if (l == NULL)
		return rc;
	if (db_begin(s->d->db) == -1)
		return -1;
	stored = confirm_store(s->d, js, EVENT_LIST, NULL);
	if (stored == EVENT_FAILED) {
		db_rollback(s->d->db);
		return -1;
	}
	if (db_commit(s->d->db) == -1)
		return -1;
	/* Not when it was not taken for this call: of another number. */
	l->found = stored == EVENT_APPLIED;
	return 0;
}

static void
tell_sheet(struct dialer *d, int64_t lead)
{
	struct stmt *st = db_stmt(d->db, SQL_DELIVERY_LEAD);

	db_int(st, ":lead", lead);
	db_int(st, ":now", time(NULL));
	db_run(st);
}

static void
hand_to_person(struct dialer *d, const struct lost *l, int64_t lead)
{
	struct stmt *st = db_stmt(d->db, SQL_LEAD_HOLD);

	log_warnx("attempt %lld: Bolna's listings do not have this call; look "
	    "for it in Bolna's dashboard, then \"callsheet reconcile\" with "
	    "--placed or --not-placed", (long long)l->id);
	db_int(st, ":lead", lead);
	db_text(st, ":held", "review");
	db_text(st, ":note", "It could not be found out whether this call was "
	    "placed; look in Bolna's dashboard");
	db_run(st);
}

static void
free_for_another_day(struct dialer *d, const struct lost *l, int64_t lead)
{
	struct stmt *st = db_stmt(d->db, SQL_ATTEMPT_LOST);

	log_info("attempt %lld: Bolna's listings do not have this call: it "
	    "counts as not placed", (long long)l->id);
	db_int(st, ":attempt", l->id);
	db_int(st, ":now", time(NULL));
	db_text(st, ":note", "Bolna's listings do not have this call");
	db_run(st);
	st = db_stmt(d->db, SQL_LEAD_FREED);
	db_int(st, ":lead", lead);
	db_int(st, ":next_at", time(NULL) + ANOTHER_DAY);
	db_run(st);
}

static void
missed(struct dialer *d, const struct lost *l)
{
	struct stmt *st = db_stmt(d->db, SQL_ATTEMPT_MISSED);
	int64_t lead;

	db_int(st, ":attempt", l->id);
	db_int(st, ":now", time(NULL));
	if ((lead = db_value(st, 0)) == 0)
		return;
	if (l->redial)
		free_for_another_day(d, l, lead);
	else
		hand_to_person(d, l, lead);
	tell_sheet(d, lead);
}

static void
put_off(struct dialer *d, const struct lost *l)
{
	struct stmt *st = db_stmt(d->db, SQL_ATTEMPT_PUT_OFF);

	db_int(st, ":attempt", l->id);
	db_int(st, ":look_at", time(NULL) + AGAIN);
	db_run(st);
}

/* Calls of one agent: one walk through its listing. */
static void
look_for(struct search *s)
{
	struct dialer *d = s->d;
	int64_t before = LIST_BEFORE, after = LIST_AFTER;
	struct lost *l;
	int whole;

	for (l = s->from; l < s->to; l++)
		if (l->looks > 0)
			before = after = LIST_WIDE;
	whole = listing_walk(d, dialer_account(d, s->from->account),
	    s->from->agent, s->from->sent_at - before,
	    (s->to - 1)->sent_at + after, look_at_element, s) == 1;
	if (db_begin(d->db) == -1)
		return;
	for (l = s->from; l < s->to; l++) {
		if (l->found)
			continue;
		if (whole)
			missed(d, l);
		else
			put_off(d, l);
	}
	db_commit(d->db);
}

static int
redial(const struct dialer *d, int64_t campaign)
{
	size_t i;

	for (i = 0; i < d->ncampaigns; i++)
		if (d->campaigns[i].id == campaign)
			return (int)d->campaigns[i].conf->redial_unsettled;
	return 0;
}

static size_t
collect(struct dialer *d, struct lost **out)
{
	struct stmt *st = db_stmt(d->db, SQL_ATTEMPT_TO_FIND);
	struct lost *list = NULL, *l;
	size_t n = 0;

	db_int(st, ":now", time(NULL));
	while (db_step(st) == DB_ROW) {
		if ((list = reallocarray(list, n + 1, sizeof(*list))) == NULL)
			fatal(EX_OSERR, NULL);
		l = &list[n];
		memset(l, 0, sizeof(*l));
		l->id = db_col_int(st, 0);
		snprintf(l->token, sizeof(l->token), "%s",
		    db_col_text(st, 1));
		l->sent_at = db_col_int(st, 2);
		l->account = db_col_int(st, 3);
		snprintf(l->agent, sizeof(l->agent), "%s",
		    db_col_text(st, 4));
		l->redial = redial(d, db_col_int(st, 5));
		l->looks = db_col_int(st, 6);
		if (dialer_account(d, l->account) != NULL)
			n++;
	}
	db_reset(st);
	*out = list;
	return n;
}

/* Of one agent, and not too far apart? */
static int
together(const struct lost *a, const struct lost *b)
{
	return a->account == b->account && strcmp(a->agent, b->agent) == 0 &&
	    b->sent_at < a->sent_at + SPAN;
}

void
settle(struct dialer *d)
{
	struct lost *list;
	struct search s = { .d = d };
	size_t n = collect(d, &list), i, end;

	for (i = 0; i < n; i = end) {
		for (end = i + 1; end < n && together(&list[i], &list[end]);
		    end++)
			;
		s.from = &list[i];
		s.to = &list[end];
		look_for(&s);
	}
	free(list);
}
