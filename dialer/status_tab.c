/*
 * The tab "callsheet" of a spreadsheet, for people who see nothing else: what
 * view status_line says of each campaign in it.  It is the last thing that
 * matters: it never waits, its failure is put off, and nothing is asked of
 * Google while there is nothing new to say.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "google.h"
#include "log.h"

#define GAP		60	/* seconds between two writes of a tab */
#define FRESH		600	/* after which the time alone is worth one */
#define REFUSED		600	/* until a tab that a person must mend */
#define NO_PROBLEM	"none"

struct page {
	struct dialer	*d;
	struct campaign	*c;		/* whose key is used */
	struct google_status tab;
	int64_t		 now;
	struct table	 t;
	char		*memo;		/* the lines, less the time */
	size_t		 memosz;

	/* as it was written last */
	int		 known;
	int64_t		 gid, written_at, due_at;
	size_t		 before;
	char		*shown;
	int		 problem;
};

static void
set(struct page *p, size_t row, size_t col, const char *text)
{
	if (table_set(&p->t, row, col, TABLE_TEXT, text, strlen(text)) == -1)
		fatal(EX_OSERR, NULL);
}

static void
add(struct page *p, const char *campaign, const char *what,
    const char *value)
{
	size_t row = p->t.nrows;

	set(p, row, 0, campaign);
	set(p, row, 1, what);
	set(p, row, 2, value);
}

/* The lines of a campaign, at times of its zone; 0 or -1. */
static int
add_campaign(struct page *p, const struct campaign *c, FILE *memo)
{
	struct stmt *st = db_stmt(p->d->db, SQL_STATUS_LINES);
	const char *what, *value;
	int rc, problems = 0;

	campaign_localtime(c);
	db_int(st, ":campaign", c->id);
	while ((rc = db_step(st)) == DB_ROW) {
		what = db_col_str(st, 1);
		value = db_col_str(st, 2);
		add(p, c->conf->name, what, value);
		problems += strcmp(what, "Problem") == 0;
		/* That a pass has run is no news. */
		if (db_col_int(st, 0) > 0)
			fprintf(memo, "%s\t%s\t%s\n", c->conf->name, what,
			    value);
	}
	db_reset(st);
	if (problems == 0)
		add(p, c->conf->name, "Problem", NO_PROBLEM);
	return rc == DB_DONE ? 0 : -1;
}

static int
same_book(const struct campaign *c, const struct page *p)
{
	struct google_status st;

	return c->file == NULL && google_status_find(c->sheet, &st) != -1 &&
	    strcmp(st.book, p->tab.book) == 0;
}

/* All campaigns of the spreadsheet; 0 or -1. */
static int
compose_page(struct page *p)
{
	const struct campaign *c, *end = p->d->campaigns + p->d->ncampaigns;
	FILE *memo = open_memstream(&p->memo, &p->memosz);
	int rc = 0;

	if (memo == NULL)
		fatal(EX_OSERR, NULL);
	table_init(&p->t, GOOGLE_STATUS_COLS);
	add(p, "callsheet", "written by callsheet: columns A to C are its own",
	    "");
	for (c = p->c; c < end && rc == 0; c++)
		if (same_book(c, p))
			rc = add_campaign(p, c, memo);
	/* A memory stream may fail without saying so at the end. */
	if (ferror(memo) | (fclose(memo) != 0) || p->memo == NULL)
		fatal(EX_OSERR, NULL);
	return rc;
}

/* What is known of the tab; 0 or -1. */
static int
recall_page(struct page *p)
{
	struct stmt *st = db_stmt(p->d->db, SQL_STATUS_TAB_GET);
	int rc;

	db_text(st, ":book", p->tab.book);
	if ((rc = db_step(st)) == DB_ROW) {
		p->known = 1;
		p->gid = db_col_int(st, 0);
		if ((p->shown = strdup(db_col_str(st, 1))) == NULL)
			fatal(EX_OSERR, NULL);
		p->before = (size_t)db_col_int(st, 2);
		p->written_at = db_col_int(st, 3);
		p->due_at = db_col_int(st, 4);
		p->problem = (int)db_col_int(st, 5);
	}
	db_reset(st);
	return rc == DB_FAIL ? -1 : 0;
}

/* A time that lies ahead is a clock's that was wrong. */
static int
is_due(const struct page *p)
{
	return p->gid != p->tab.gid || p->now >= p->due_at ||
	    p->due_at > p->now + REFUSED;
}

static int
is_news(const struct page *p)
{
	return !p->known || p->gid != p->tab.gid || p->problem ||
	    strcmp(p->shown, p->memo) != 0 ||
	    p->now >= p->written_at + FRESH || p->written_at > p->now;
}

static void
note(struct page *p, enum verdict v)
{
	struct stmt *st;

	if (db_begin(p->d->db) == -1)
		return;
	st = db_stmt(p->d->db, v == VERDICT_OK ? SQL_STATUS_TAB_PUT :
	    SQL_STATUS_TAB_FAILED);
	db_text(st, ":book", p->tab.book);
	db_int(st, ":campaign", p->c->id);
	db_int(st, ":gid", p->tab.gid);
	db_int(st, ":now", p->now);
	db_int(st, ":due_at", p->now + (v == VERDICT_PERMFAIL ? REFUSED :
	    GAP));
	db_int(st, ":rows", v == VERDICT_OK || v == VERDICT_UNKNOWN ?
	    (int64_t)p->t.nrows : 0);
	if (v == VERDICT_OK) {
		db_text(st, ":shown", p->memo);
	} else if (v == VERDICT_PERMFAIL) {
		db_text(st, ":problem", p->c->sheet->why);
	}
	db_run(st);
	db_commit(p->d->db);
}

static void
write_page(struct page *p)
{
	enum verdict v;

	v = google_status_put(p->c->sheet, &p->t,
	    p->gid == p->tab.gid ? p->before : 0);
	/* What a person must do is told once, as an alarm. */
	if (v != VERDICT_OK && v != VERDICT_PERMFAIL)
		log_warnx("campaign %s: status tab: %s", p->c->conf->name,
		    p->c->sheet->why);
	p->d->counts.problems += v != VERDICT_OK && v != VERDICT_PERMFAIL;
	note(p, v);
}

/* The tab is not there, or not any more. */
static void
forget(struct page *p)
{
	struct stmt *st;

	if (!p->known || db_begin(p->d->db) == -1)
		return;
	st = db_stmt(p->d->db, SQL_STATUS_TAB_GONE);
	db_text(st, ":book", p->tab.book);
	db_run(st);
	db_commit(p->d->db);
}

/* A tab of that name with people to call in it is none. */
static int
is_sheet(const struct page *p)
{
	const struct campaign *c, *end = p->d->campaigns + p->d->ncampaigns;
	struct google_status st;

	for (c = p->c; c < end; c++)
		if (same_book(c, p) && google_status_find(c->sheet, &st) !=
		    -1 && st.own == p->tab.gid)
			return 1;
	return 0;
}

/* The first campaign of a spreadsheet speaks for all of them. */
static int
speaks(struct page *p)
{
	const struct campaign *c;

	for (c = p->d->campaigns; c < p->c; c++)
		if (same_book(c, p))
			return 0;
	return 1;
}

static void
tell(struct dialer *d, struct campaign *c)
{
	struct page p = { .d = d, .c = c, .now = time(NULL) };
	int there;

	if (c->file != NULL ||
	    (there = google_status_find(c->sheet, &p.tab)) == -1 ||
	    !speaks(&p) || recall_page(&p) == -1)
		return;
	if (!there || is_sheet(&p))
		forget(&p);
	else if (is_due(&p) && compose_page(&p) == 0 && is_news(&p))
		write_page(&p);
	table_free(&p.t);
	free(p.memo);
	free(p.shown);
}

void
status_tabs(struct dialer *d)
{
	struct campaign *c;

	for (c = d->campaigns; c < d->campaigns + d->ncampaigns; c++)
		if (!pass_interrupted())
			tell(d, c);
}
