/*
 * What a row says about calling its person: whether, when, and with which
 * variables for the prompt.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <json-c/json.h>

#include "body.h"
#include "compose.h"
#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "import_int.h"
#include "log.h"

#define MAX_VALUE	2000	/* bytes of one variable */
#define MAX_VARIABLES	20000	/* Bolna takes 25 KB of user_data a call */

/* Header to the name of a prompt variable: "Appointment Day" becomes
 * appointment_day. */
static void
variable_name(const char *header, char *out, size_t size)
{
	size_t n = 0;

	for (; *header != '\0' && n + 1 < size; header++) {
		if (isalnum((unsigned char)*header) ||
		    (unsigned char)*header >= 0x80)
			out[n++] = (char)tolower((unsigned char)*header);
		else if (n > 0 && out[n - 1] != '_')
			out[n++] = '_';
	}
	while (n > 0 && out[n - 1] == '_')
		n--;
	out[n] = '\0';
}

/* Control characters would be no help to a prompt; a value is cut where a
 * character begins. */
static struct json_object *
variable_value(const char *cell)
{
	struct json_object *js;
	size_t n = strlen(cell), i;
	char *s;

	if (n > MAX_VALUE)
		for (n = MAX_VALUE; n > 0 && (cell[n] & 0xc0) == 0x80; n--)
			;
	if ((s = strndup(cell, n)) == NULL)
		fatal(EX_OSERR, NULL);
	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 && s[i] != '\n')
			s[i] = ' ';
	js = compose_text(s, n);
	free(s);
	return js;
}

static char *
variables(const struct reading *r, size_t row)
{
	struct json_object *js = compose_object();
	const struct layout *l = &r->c->layout;
	const char *cell;
	char name[128], *out;
	size_t i;

	for (i = 0; i < l->ncols; i++) {
		if (l->known[i] != -1 || *l->header[i] == '\0' ||
		    *(cell = table_get(&r->t, row, i)) == '\0')
			continue;
		variable_name(l->header[i], name, sizeof(name));
		if (*name != '\0' &&
		    !json_object_object_get_ex(js, name, NULL))
			compose_put(js, name, variable_value(cell));
	}
	out = strdup(compose_line(js));
	json_object_put(js);
	if (out == NULL)
		fatal(EX_OSERR, NULL);
	return out;
}

static void
hold(struct judgement *j, const char *held, const char *fmt, const char *arg)
{
	if (j->held != NULL)
		return;
	j->held = held;
	j->note = j->buf;
	/* One of ours below, all with at most one %s. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(j->buf, sizeof(j->buf), fmt, arg);
#pragma GCC diagnostic pop
	utf8_whole(j->buf);
}

/* Once on the list, the sheet does not take a number off it. */
static void
judge_list(struct reading *r, struct judgement *j, const char *phone)
{
	struct stmt *st = db_stmt(r->d->db, SQL_SUPPRESSION_GET);
	const char *how;

	db_text(st, ":phone", phone);
	db_int(st, ":account", r->c->account->id);
	if (db_step(st) == DB_ROW) {
		how = db_col_text(st, 1);
		hold(j, "dnc", strcmp(how, "call") == 0 ?
		    "Asked in a call not to be called again%s" :
		    strcmp(how, "sheet") == 0 ?
		    "Control said dnc: not called%s" :
		    "On the do-not-call list%s", "");
	}
	db_reset(st);
}

int
judge_erased(struct reading *r, const struct person *p)
{
	struct stmt *st = db_stmt(r->d->db, SQL_SUPPRESSION_ERASED);

	db_text(st, ":phone", p->phone);
	db_int(st, ":account", r->c->account->id);
	return db_value(st, 0) != 0;
}

static void
judge_control(struct judgement *j)
{
	if (strcmp(j->control, "dnc") == 0)
		hold(j, "dnc", "Control says dnc: not called%s", "");
	else if (strcmp(j->control, "pause") == 0 ||
	    strcmp(j->control, "stop") == 0)
		hold(j, "pause", "Control says %s", j->control);
	else if (*j->control != '\0' && strcmp(j->control, "resume") != 0 &&
	    strcmp(j->control, "retry now") != 0)
		hold(j, "control", "Control says '%.40s'; it takes pause, "
		    "stop, resume, dnc or retry now", j->control);
}

static int
is_blank_status(const char *s)
{
	return *s == '\0' || strcmp(s, "new") == 0 ||
	    strcmp(s, "pending") == 0;
}

/* A row that was never called by us but has a Status: from an earlier system,
 * or typed by a person.  What it means is said by the disposition rows. */
static void
judge_status(struct reading *r, struct judgement *j, int is_news)
{
	struct stmt *st;
	int final = 0, retry = 0;
	int64_t after = 0;

	if (is_blank_status(j->status)) {
		j->next_at = r->now;
		return;
	}
	st = db_stmt(r->d->db, SQL_RETRY_GET);
	db_text(st, ":status", j->status);
	if (db_step(st) == DB_ROW) {
		final = (int)db_col_int(st, 0);
		retry = !db_col_null(st, 2);
		after = db_col_int(st, 2);
	}
	db_reset(st);
	if (final && retry) {
		if (is_news && j->next_at == 0)
			j->next_at = r->now + after;
	} else if (final) {
		hold(j, "status", "Status was '%.40s' before callsheet saw "
		    "this row; empty it to have the row called", j->status);
	} else {
		hold(j, "status", "Status says '%.40s', of which callsheet "
		    "knows nothing; empty it to have the row called",
		    j->status);
	}
}

/* "retry now" acts once, when it appears. */
static void
judge_retry(struct reading *r, struct judgement *j, const struct known *k)
{
	int64_t max = r->c->conf->max_attempts;

	j->granted = k == NULL ? 0 : k->granted;
	if (k == NULL || strcmp(j->control, "retry now") != 0 ||
	    strcmp(k->control, "retry now") == 0)
		return;
	if (j->granted < k->attempts + 1 - max)
		j->granted = k->attempts + 1 - max;
	j->next_at = r->now;
}

static void
judge_past(struct reading *r, struct judgement *j, const struct known *k)
{
	if (j->held != NULL || k == NULL || k->attempts == 0)
		return;
	if (j->next_at == 0 && (strcmp(k->held, "rejected") == 0 ||
	    strcmp(k->held, "review") == 0)) {
		j->held = k->held;
		j->note = k->held_note;
	} else if (k->attempts >= r->c->conf->max_attempts + j->granted) {
		j->held = "max_attempts";
	}
}

/* Two installations on one sheet would each call a person.  Its own cells are
 * written over that evidence, so that the row is held until a person has
 * looked, whatever else the row says meanwhile. */
static void
judge_foreign(struct judgement *j, const struct person *p,
    const struct known *k)
{
	if (k == NULL || j->next_at != 0 || strcmp(k->held, "rejected") == 0 ||
	    strcmp(k->held, "review") == 0)
		return;
	if (strcmp(k->held, "foreign") == 0)
		hold(j, "foreign", "%s", k->held_note);
	else if (p->mark == MARK_FOREIGN && k->waits)
		hold(j, "foreign", "The row showed call %.40s, of which "
		    "callsheet knows nothing: does another installation call "
		    "from this sheet?", p->execution);
}

/* Where the person is; hours for a new place are worked out. */
static void
judge_place(struct reading *r, struct judgement *j, const struct person *p,
    const struct known *k)
{
	const struct layout *l = &r->c->layout;
	struct stmt *st;
	const char *cell = person_cell(&r->t, l, p->row, COL_TIMEZONE);
	int known;

	if (zones_place(r->d, r->c, p->phone, cell, &j->where) == -1)
		return;
	if (k != NULL && strcmp(k->timezone, j->where.timezone) == 0 &&
	    strcmp(k->country, j->where.country) == 0) {
		if (strcmp(k->held, "timezone") != 0)
			return;
	}
	st = db_stmt(r->d->db, SQL_HOURS_GET);
	db_int(st, ":campaign", r->c->id);
	db_text(st, ":country", j->where.country);
	db_text(st, ":timezone", j->where.timezone);
	known = (int)db_value(st, -1);
	if (known == -1 && import_change(r, SQL_HOURS_PUT) != NULL)
		known = zones_put(r->d, r->c, j->where.country,
		    j->where.timezone);
	if (known == 0 && *cell != '\0')
		hold(j, "timezone", "The time zone '%.60s' is not known; write "
		    "it like Asia/Kolkata", cell);
}

/* Consent and its day; a day that is none stays text and is no consent. */
static void
judge_consent(struct reading *r, struct judgement *j, size_t row)
{
	const struct layout *l = &r->c->layout;

	j->consent = person_cell(&r->t, l, row, COL_CONSENT);
	snprintf(j->consent_on, sizeof(j->consent_on), "%s",
	    person_cell(&r->t, l, row, COL_CONSENT_DATE));
	utf8_whole(j->consent_on);
}

void
judge(struct reading *r, const struct person *p, const struct known *k,
    const char *doubled, struct judgement *j)
{
	const struct layout *l = &r->c->layout;

	memset(j, 0, sizeof(*j));
	j->variables = variables(r, p->row);
	person_control(person_cell(&r->t, l, p->row, COL_CONTROL), j->control,
	    sizeof(j->control));
	person_control(person_cell(&r->t, l, p->row, COL_STATUS), j->status,
	    sizeof(j->status));
	utf8_whole(j->control);
	utf8_whole(j->status);
	/* What we wrote there ourselves is no news. */
	if (p->mark == MARK_STRAY || (k != NULL && *k->status != '\0' &&
	    strcasecmp(j->status, k->status) == 0))
		snprintf(j->status, sizeof(j->status), "%s", k == NULL ? "" :
		    k->status_cell);
	j->priority = strtol(person_cell(&r->t, l, p->row, COL_PRIORITY), NULL,
	    10);
	judge_consent(r, j, p->row);
	judge_retry(r, j, k);
	judge_foreign(j, p, k);
	if (p->why != NULL)
		hold(j, "phone", "%s", p->why);
	else if (doubled != NULL)
		hold(j, "duplicate", "%s", doubled);
	judge_place(r, j, p, k);
	judge_control(j);
	judge_list(r, j, p->phone);
	if (k == NULL)
		judge_status(r, j, 1);
	else if (k->attempts == 0 && (strcmp(k->status_cell, j->status) != 0 ||
	    !is_blank_status(j->status)))
		judge_status(r, j, strcmp(k->status_cell, j->status) != 0);
	judge_past(r, j, k);
	if (strlen(j->variables) > MAX_VARIABLES)
		hold(j, "variables", "The other columns hold more than Bolna "
		    "takes for one call%s", "");
}

/* A header that was mistyped, or a column that was taken out with its words:
 * who was paused would be called, and "retry now" would act once more when it
 * is put back. */
int
judge_columns(struct dialer *d, struct campaign *c)
{
	struct stmt *st = db_stmt(d->db, SQL_LEAD_HEEDED);
	char why[160] = "";

	db_int(st, ":campaign", c->id);
	db_int(st, ":control", c->layout.at[COL_CONTROL] == -1);
	db_int(st, ":timezone", c->layout.at[COL_TIMEZONE] == -1);
	if (db_step(st) == DB_ROW && !db_col_null(st, 0))
		snprintf(why, sizeof(why), "the column \"%s\" is gone, and "
		    "rows had words in it that count; put it back (it may be "
		    "emptied before it is taken out)", db_col_text(st, 0));
	db_reset(st);
	if (*why == '\0')
		return 0;
	campaign_problem(d, c, why);
	return -1;
}
