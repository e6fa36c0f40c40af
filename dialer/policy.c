/*
 * Limits and rules from callsheet.conf into rows (budget, cap, settings), where
 * the views find them, and decisions can be explained later.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include <json-c/json.h>

#include "compose.h"
#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "digest.h"
#include "policy.h"
#include "log.h"

#define DAY		86400L
#define EVER		(100 * 365 * DAY)

static int
budget(struct dialer *d, const struct account *a, const char *name, long secs,
    long calls)
{
	struct stmt *st;
	int none = secs == 0 || calls == 0;

	st = db_stmt(d->db, none ? SQL_BUDGET_REST : SQL_BUDGET_PUT);
	db_int(st, ":account", a->id);
	db_text(st, ":name", name);
	if (!none) {
		db_int(st, ":secs", secs);
		db_int(st, ":calls", calls);
	}
	return db_run(st);
}

/* campaign NULL: of the account. */
static int
cap(struct dialer *d, const struct account *a, const struct campaign *c,
    const char *name, long amount)
{
	struct stmt *st;

	st = db_stmt(d->db, amount == CONF_NONE ? SQL_CAP_REST : SQL_CAP_PUT);
	db_int(st, ":account", a->id);
	db_int(st, ":campaign", c != NULL ? c->id : 0);
	db_text(st, ":name", name);
	if (amount != CONF_NONE)
		db_int(st, ":amount", amount);
	return db_run(st);
}

/* "15, 5, 0" as [150000,50000,0]; 0 is always one of them: then nobody is
 * called.  NULL after a message; the caller puts it. */
static struct json_object *
levels(struct dialer *d, const struct conf_account *ca)
{
	struct json_object *list = compose_array();
	const char *p = ca->credit_alerts;
	char digits[32];
	size_t n;
	long v;

	compose_append(list, compose_number(0, "0"));
	for (; *p != '\0'; p += n + strspn(p + n, ", ")) {
		n = strcspn(p, ", ");
		if (conf_money(p, n, &v) == -1) {
			conf_complain(d->conf, "account", ca->name,
			    "credit_alerts", "must be amounts with commas "
			    "between them, such as 15, 5, 0, not '%s'",
			    ca->credit_alerts);
			json_object_put(list);
			return NULL;
		}
		snprintf(digits, sizeof(digits), "%ld", v);
		compose_append(list, compose_number((double)v, digits));
	}
	return list;
}

static int
limits(struct dialer *d, const struct account *a)
{
	const struct conf_account *ca = a->conf;
	struct json_object *told = levels(d, ca);
	struct stmt *st;
	int rc;

	if (told == NULL)
		return -1;
	st = db_stmt(d->db, SQL_ACCOUNT_LIMITS);
	db_int(st, ":account", a->id);
	db_int(st, ":max_live", ca->max_live);
	db_int(st, ":rate", ca->rate);
	if (ca->wallet_floor != CONF_NONE)
		db_int(st, ":floor", ca->wallet_floor);
	if (ca->credit_price != CONF_NONE)
		db_int(st, ":price", ca->credit_price);
	db_int(st, ":pulse", ca->credit_pulse);
	db_text(st, ":levels", compose_line(told));
	rc = db_run(st);
	json_object_put(told);
	return rc;
}

int
policy_account(struct dialer *d, const struct account *a)
{
	const struct conf_account *ca = a->conf;

	return limits(d, a) == -1 ||
	    budget(d, a, "gap", ca->number_gap * 60, 1) == -1 ||
	    budget(d, a, "day", DAY, ca->number_day) == -1 ||
	    budget(d, a, "week", 7 * DAY, ca->number_week) == -1 ||
	    budget(d, a, "month", 30 * DAY, ca->number_month) == -1 ||
	    budget(d, a, "life", EVER, ca->number_life) == -1 ||
	    cap(d, a, NULL, "day", ca->cap_day) == -1 ||
	    cap(d, a, NULL, "total", ca->cap_total) == -1 ? -1 : 0;
}

int
policy_campaign(struct dialer *d, const struct campaign *c)
{
	const struct conf_campaign *cc = c->conf;
	struct stmt *st = db_stmt(d->db, SQL_LEAD_PUT_OFF_ODD);

	db_int(st, ":campaign", c->id);
	db_int(st, ":now", time(NULL));
	return db_run(st) == -1 ||
	    cap(d, c->account, c, "pass", cc->cap_pass) == -1 ||
	    cap(d, c->account, c, "day", cc->cap_day) == -1 ||
	    cap(d, c->account, c, "total", cc->cap_total) == -1 ? -1 : 0;
}

/* What files say, which are named in callsheet.conf. */
static void
holidays_in_words(struct dialer *d, FILE *fp)
{
	const struct conf_campaign *cc;
	char *text;
	size_t i;

	for (i = 0; i < d->conf->ncampaigns; i++) {
		cc = &d->conf->campaigns[i];
		if (cc->holidays == NULL || (text = conf_file(d->conf,
		    cc->holidays, 0, NULL)) == NULL)
			continue;
		fprintf(fp, "\nholidays of %s:\n%s", cc->name, text);
		free(text);
	}
}

/* All that decides, as text.  Caller frees. */
static char *
in_words(struct dialer *d, size_t *size)
{
	struct stmt *st = db_stmt(d->db, SQL_SETTINGS_POLICY);
	char *text = NULL;
	FILE *fp = open_memstream(&text, size);

	if (fp == NULL)
		fatal(EX_OSERR, NULL);
	conf_dump(d->conf, fp);
	holidays_in_words(d, fp);
	if (db_step(st) == DB_ROW)
		fprintf(fp, "\n%s\n", db_col_str(st, 0));
	db_reset(st);
	/* A memory stream may fail without saying so at the end. */
	if (ferror(fp) | (fclose(fp) != 0) || text == NULL)
		fatal(EX_OSERR, NULL);
	return text;
}

/* Is this the hash that is in force already? */
static int
in_force(struct dialer *d, const char *hash)
{
	struct stmt *st = db_stmt(d->db, SQL_SETTINGS_GET);
	int same = db_step(st) == DB_ROW &&
	    strcmp(db_col_str(st, 0), hash) == 0;

	db_reset(st);
	return same;
}

int
policy_settings(struct dialer *d)
{
	unsigned char raw[DIGEST_SIZE];
	char hash[2 * DIGEST_SIZE + 1], *text;
	struct stmt *st;
	size_t size, i;
	int rc = 0;

	text = in_words(d, &size);
	digest(text, size, raw);
	for (i = 0; i < sizeof(raw); i++)
		snprintf(hash + 2 * i, 3, "%02x", raw[i]);
	if (!in_force(d, hash)) {
		st = db_stmt(d->db, SQL_SETTINGS_PUT);
		db_text(st, ":hash", hash);
		db_text(st, ":text", text);
		db_int(st, ":now", time(NULL));
		if ((rc = db_run(st)) == 0)
			rc = db_run(db_stmt(d->db, SQL_LEAD_JUDGE_ALL));
	}
	free(text);
	return rc;
}
