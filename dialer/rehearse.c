/*
 * A pass that calls nobody: the same rules over the whole list, no network, and
 * nothing that a later pass would be bound by.  New installations begin so.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "compose.h"
#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "log.h"
#include "reply.h"
#include "tell.h"
#include "window.h"

#define BUSY_MS		30000

/* What those come to who may be called, of a campaign or of all. */
struct sum {
	long	 people, due;
	double	 lowest, highest;
};

/* The columns of SQL_WHY_LIST. */
enum { CAMPAIGN, PHONE, NAME, VERDICT, SAYS, NEXT, LOWEST, HIGHEST,
    RULE, FACTS, NOTE };
static const char *const names[] = { "campaign", "phone", "name", "verdict",
    "says", "next", "#lowest", "#highest", "rule",
    "{facts", NULL };

static void
print_lead(struct stmt *st)
{
	printf("%-16.16s %-17s %-20.20s %-8s %7.2f %8.2f  %s%s%s%s%s\n",
	    db_col_str(st, CAMPAIGN), db_col_str(st, PHONE),
	    db_col_str(st, NAME), db_col_str(st, VERDICT),
	    db_col_real(st, LOWEST), db_col_real(st, HIGHEST),
	    db_col_str(st, SAYS), db_col_null(st, NOTE) ? "" : ": ",
	    db_col_str(st, NOTE), db_col_null(st, NEXT) ? "" :
	    "; asked again ", db_col_null(st, NEXT) ? "" :
	    db_col_str(st, NEXT));
}

static void
add(struct sum *s, struct stmt *st)
{
	s->people += strcmp(db_col_str(st, VERDICT), "block") != 0;
	s->due += strcmp(db_col_str(st, VERDICT), "call") == 0;
	s->lowest += db_col_real(st, LOWEST);
	s->highest += db_col_real(st, HIGHEST);
}

static size_t
which(const struct conf *conf, const char *name)
{
	size_t i;

	for (i = 0; i < conf->ncampaigns; i++)
		if (strcmp(conf->campaigns[i].name, name) == 0)
			break;
	return i;
}

/* How many people there are.  sums has one for each campaign, and behind them
 * that of all. */
static long
say_leads(const struct conf *conf, struct db *db, struct reply *a,
    struct sum *sums)
{
	struct json_object *leads = compose_array();
	struct stmt *st = db_stmt(db, SQL_WHY_LIST);
	size_t i;
	long n = 0;

	while (db_step(st) == DB_ROW) {
		if (a->json)
			compose_append(leads, tell_row(st, names));
		else
			print_lead(st);
		n++;
		i = which(conf, db_col_str(st, CAMPAIGN));
		add(&sums[conf->ncampaigns], st);
		if (i < conf->ncampaigns)
			add(&sums[i], st);
	}
	db_reset(st);
	reply_put(a, "leads", leads);
	return n;
}

static void
tell_money(struct reply *a, const char *name, double value)
{
	char s[32];

	snprintf(s, sizeof(s), "%.4f", value);
	reply_put(a, name, compose_number(value, s));
}

static void
say_campaign(struct reply *a, struct stmt *st, const struct sum *s)
{
	struct reply item = reply_item(a, "campaigns");
	const char *problem = db_col_text(st, 3);

	if (problem != NULL)
		reply_say(a, "%s: the sheet cannot be used: %s\n",
		    db_col_str(st, 0), problem);
	reply_say(a, "%s: %ld people, from %.2f to %.2f; %.2f spent",
	    db_col_str(st, 0), s->people, s->lowest, s->highest,
	    db_col_real(st, 1));
	if (!db_col_null(st, 2))
		reply_say(a, ", %.2f more are allowed", db_col_real(st, 2));
	reply_say(a, "\n");
	reply_text(&item, "campaign", db_col_text(st, 0));
	reply_int(&item, "people", s->people);
	reply_int(&item, "due", s->due);
	tell_money(&item, "lowest", s->lowest);
	tell_money(&item, "highest", s->highest);
	tell_money(&item, "spent", db_col_real(st, 1));
	if (db_col_null(st, 2))
		reply_put(&item, "allowed", NULL);
	else
		tell_money(&item, "allowed", db_col_real(st, 2));
	reply_text(&item, "problem", problem);
}

/* Where a list ends that would take more than the money set aside, and of
 * which sheet nothing is known.  Returns how many those are. */
static int
say_campaigns(const struct conf *conf, struct db *db, struct reply *a,
    const struct sum *sums)
{
	struct stmt *st = db_stmt(db, SQL_FORECAST_LIST);
	int problems = 0;
	size_t i;

	reply_list(a, "campaigns");
	while (db_step(st) == DB_ROW) {
		i = which(conf, db_col_str(st, 0));
		if (i == conf->ncampaigns)
			continue;
		say_campaign(a, st, &sums[i]);
		problems += !db_col_null(st, 3);
	}
	db_reset(st);
	return problems;
}

static int
say(const struct conf *conf, struct db *db, struct reply *a)
{
	struct sum *sums, *all;
	const char *zone;
	int problems;
	long n;

	if ((sums = calloc(conf->ncampaigns + 1, sizeof(*sums))) == NULL)
		fatal(EX_OSERR, NULL);
	all = &sums[conf->ncampaigns];
	zone = conf->ncampaigns > 0 ? conf->campaigns[0].timezone : NULL;
	zone = zone != NULL ? zone : "UTC";
	window_localtime(zone);
	reply_text(a, "timezone", zone);
	reply_say(a, "%-16s %-17s %-20s %-8s %7s %8s  why (times of %s)\n",
	    "campaign", "phone", "name", "verdict", "lowest", "highest", zone);
	n = say_leads(conf, db, a, sums);
	reply_say(a, conf->ncampaigns > 0 ? "\n" :
	    "\nthe settings have no campaign: nobody is called\n");
	problems = say_campaigns(conf, db, a, sums);
	reply_say(a, "%ld people, %ld of them could be called now; to reach "
	    "all who may be: from %.2f to %.2f\n", n, all->due,
	    all->lowest, all->highest);
	free(sums);
	return problems > 0 || db_failures(db) > 0 ? EX_TEMPFAIL : 0;
}

int
rehearse_all(struct dialer *d, struct reply *a)
{
	size_t i;

	zones_all(d);
	/* A file is at hand; what stands in Google was read by the last
	 * pass. */
	for (i = 0; i < d->ncampaigns; i++)
		if (d->campaigns[i].file != NULL)
			import(d, &d->campaigns[i]);
	return say(d->conf, d->db, a);
}

int
rehearse_beside(const struct conf *conf, struct reply *a)
{
	char *path = conf_path(conf, conf->database);
	struct db *db = db_open(path, BUSY_MS);
	int status;

	free(path);
	if (db == NULL)
		return EX_CONFIG;
	status = say(conf, db, a);
	db_close(db);
	return status;
}
