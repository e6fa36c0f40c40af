/*
 * When people may be called: the hours that table calling_hours or [country
 * XX] allows, less what the campaign leaves out, worked out for each country
 * and time zone among its leads (table hours).
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "log.h"
#include "place.h"
#include "week.h"
#include "window.h"

static int
read_holidays(const struct conf *conf, const struct conf_campaign *cc,
    struct hours *h, char why[WEEK_WHY])
{
	char *text;
	int rc;

	if (cc->holidays == NULL)
		return 0;
	if (cc->holidays[0] != '@') {
		snprintf(why, WEEK_WHY, "must name a file: @holidays");
		return -1;
	}
	if ((text = conf_file(conf, cc->holidays, 0, NULL)) == NULL) {
		snprintf(why, WEEK_WHY, "cannot be read");
		return -1;
	}
	rc = week_holidays(h, text, why);
	free(text);
	return rc;
}

/* What the campaign leaves of a week: 0, or -1 after a message. */
static int
campaign_week(const struct conf *conf, const struct conf_campaign *cc,
    struct hours *h)
{
	char why[WEEK_WHY];
	const char *key = "window";
	int rc;

	memset(h, 0, sizeof(*h));
	rc = week_window(h, cc->window != NULL ? cc->window : "00:00-24:00",
	    why);
	if (rc == 0 && cc->weekdays != NULL) {
		key = "weekdays";
		rc = week_days(h, cc->weekdays, why);
	}
	if (rc == 0) {
		key = "holidays";
		rc = read_holidays(conf, cc, h, why);
	}
	if (rc == -1) {
		conf_complain(conf, "campaign", cc->name, key, "%s", why);
		week_free(h);
	}
	return rc;
}

static int
country_week(const struct conf *conf, const struct conf_country *p,
    struct hours *h)
{
	char why[WEEK_WHY];
	const char *key = "window";

	memset(h, 0, sizeof(*h));
	if (week_window(h, p->window, why) == 0) {
		key = "weekdays";
		if (p->weekdays == NULL || week_days(h, p->weekdays, why) == 0)
			return 0;
	}
	conf_complain(conf, "country", p->name, key, "%s", why);
	return -1;
}

int
zones_check(const struct conf *conf)
{
	const struct conf_campaign *cc;
	struct hours h;
	size_t i;

	for (i = 0; i < conf->ncountries; i++)
		if (country_week(conf, &conf->countries[i], &h) == -1)
			return -1;
	for (i = 0; i < conf->ncampaigns; i++) {
		cc = &conf->campaigns[i];
		if (cc->timezone != NULL && !window_zone_known(cc->timezone)) {
			conf_complain(conf, "campaign", cc->name, "timezone",
			    "must be like Asia/Kolkata; this host does not "
			    "know '%s'; is tzdata installed?", cc->timezone);
			return -1;
		}
		if (campaign_week(conf, cc, &h) == -1)
			return -1;
		week_free(&h);
	}
	return 0;
}

/* The rows of table calling_hours: 1, 0 when there is none, -1. */
static int
lawful_week(struct dialer *d, const struct campaign *c, const char *country,
    struct hours *h)
{
	struct stmt *st = db_stmt(d->db, SQL_CALLING_HOURS);
	struct hours part;
	char why[WEEK_WHY];
	int rc, n = 0;

	db_text(st, ":country", country);
	db_text(st, ":purpose", c->conf->purpose != NULL ? c->conf->purpose :
	    "");
	while ((rc = db_step(st)) == DB_ROW) {
		memset(&part, 0, sizeof(part));
		if (week_window(&part, db_col_str(st, 1), why) == -1 ||
		    week_days(&part, db_col_str(st, 0), why) == -1 ||
		    week_unite(h, &part, why) == -1) {
			log_warnx("table calling_hours, %s: %s", country, why);
			n = 0;
			break;
		}
		n = 1;
	}
	db_reset(st);
	return rc == DB_FAIL ? -1 : n;
}

/* When people of a country may be called for a campaign: 1, 0 when nothing is
 * known of the country, -1 after a message. */
static int
week_of(struct dialer *d, const struct campaign *c, const char *country,
    struct hours *h)
{
	const struct conf *conf = d->conf;
	struct hours own;
	char why[WEEK_WHY];
	size_t i;
	int rc;

	memset(h, 0, sizeof(*h));
	for (i = 0; i < conf->ncountries; i++)
		if (strcmp(conf->countries[i].name, country) == 0)
			break;
	if (i < conf->ncountries)
		rc = country_week(conf, &conf->countries[i], h) == 0 ? 1 : -1;
	else
		rc = lawful_week(d, c, country, h);
	if (rc != 1)
		return rc;
	if (campaign_week(conf, c->conf, &own) == -1)
		return -1;
	/* Nothing left is told by the next window: there is none. */
	week_intersect(&own, h, why);
	*h = own;
	return 1;
}

/* The next hours into the statement; what is wrong, or NULL. */
static const char *
work_out(struct stmt *st, const char *zone, const struct hours *h)
{
	int64_t now = time(NULL), opens, closes, again, end;
	int rc;

	if (*zone == '\0')
		return "timezone";
	if ((rc = window_next(zone, h, now, &opens, &closes)) != 0)
		return rc == 1 ? "never" : "timezone";
	db_int(st, ":opens_at", opens);
	db_int(st, ":closes_at", closes);
	if (window_next(zone, h, closes, &again, &end) == 0)
		db_int(st, ":again_at", again);
	return NULL;
}

int
zones_put(struct dialer *d, const struct campaign *c, const char *country,
    const char *zone)
{
	struct stmt *st;
	struct hours h;
	const char *problem = "country";
	int known;

	if ((known = week_of(d, c, country, &h)) == -1)
		return -1;
	st = db_stmt(d->db, SQL_HOURS_PUT);
	db_int(st, ":campaign", c->id);
	db_text(st, ":country", country);
	db_text(st, ":timezone", zone);
	if (known)
		problem = work_out(st, zone, &h);
	if (problem != NULL)
		db_text(st, ":problem", problem);
	week_free(&h);
	return db_run(st) == -1 ? -1 :
	    problem == NULL || strcmp(problem, "timezone") != 0;
}

struct spot {
	char	*country, *zone;
};

static char *
copy(const char *s)
{
	char *p = strdup(s);

	if (p == NULL)
		fatal(EX_OSERR, NULL);
	return p;
}

/* Where the leads of a campaign are. */
static struct spot *
spots(struct dialer *d, const struct campaign *c, size_t *n)
{
	struct stmt *st = db_stmt(d->db, SQL_HOURS_LIST);
	struct spot *list = NULL;

	*n = 0;
	db_int(st, ":campaign", c->id);
	while (db_step(st) == DB_ROW) {
		if ((list = reallocarray(list, *n + 1, sizeof(*list))) == NULL)
			fatal(EX_OSERR, NULL);
		list[*n].country = copy(db_col_str(st, 0));
		list[(*n)++].zone = copy(db_col_str(st, 1));
	}
	db_reset(st);
	return list;
}

static int
zones_of(struct dialer *d, const struct campaign *c)
{
	struct spot *list;
	size_t n, i;
	int rc = 0;

	list = spots(d, c, &n);
	for (i = 0; i < n; i++) {
		if (rc == 0 &&
		    zones_put(d, c, list[i].country, list[i].zone) == -1)
			rc = -1;
		free(list[i].country);
		free(list[i].zone);
	}
	free(list);
	return rc;
}

int
zones_all(struct dialer *d)
{
	size_t i;
	int rc = 0;

	if (db_begin(d->db) == -1)
		return -1;
	for (i = 0; i < d->ncampaigns && rc == 0; i++)
		rc = zones_of(d, &d->campaigns[i]);
	if (rc == 0)
		return db_commit(d->db);
	db_rollback(d->db);
	return -1;
}

/* Is it one of the zones, which are separated by commas? */
static int
among(const char *zone, const char *zones)
{
	size_t n = strlen(zone);
	const char *p;

	for (p = zones; (p = strstr(p, zone)) != NULL; p += n)
		if ((p == zones || p[-1] == ',') &&
		    (p[n] == '\0' || p[n] == ','))
			return 1;
	return 0;
}

/* The campaign's zone is that of its country; who has another number has
 * another zone. */
static int
campaign_zone_fits(const struct conf_campaign *cc, const char *phone,
    const char *zones)
{
	if (cc->timezone == NULL)
		return 0;
	if (cc->country != NULL)
		return strncmp(phone + 1, cc->country,
		    strlen(cc->country)) == 0;
	return *zones == '\0' || among(cc->timezone, zones);
}

/* Does the number tell another zone than the campaign, and more than its
 * country code would?  Behind one code there may be several zones.  1, 0 or
 * -1. */
static int
number_disagrees(struct dialer *d, const struct conf_campaign *cc,
    const char *zones)
{
	struct place place;
	char code[16];
	int rc;

	if (cc->country == NULL || among(cc->timezone, zones))
		return 0;
	snprintf(code, sizeof(code), "+%s", cc->country);
	if ((rc = place_find(d->db, code, &place)) == 1)
		rc = strcmp(place.timezone, zones) != 0;
	place_free(&place);
	return rc;
}

/* Both must allow it.  What does not fit is not left out: then none is
 * known. */
static void
zones_set(struct whereabouts *w, const char *zone, const char *other)
{
	size_t n = strlen(zone), m = other != NULL ? strlen(other) + 1 : 0;

	if (n + m >= sizeof(w->timezone))
		return;
	memcpy(w->timezone, zone, n + 1);
	if (m > 0) {
		w->timezone[n] = ',';
		memcpy(w->timezone + n + 1, other, m);
	}
}

int
zones_place(struct dialer *d, const struct campaign *c, const char *phone,
    const char *cell, struct whereabouts *w)
{
	struct place place;
	const char *zone, *zones, *other = NULL;
	int rc, both = 0;

	memset(w, 0, sizeof(*w));
	rc = place_find(d->db, phone, &place);
	zones = rc == 1 ? place.timezone : "";
	snprintf(w->country, sizeof(w->country), "%s", rc == 1 ?
	    place.country : "");
	if (*cell != '\0') {
		zone = cell;
		w->from = "row";
	} else if (campaign_zone_fits(c->conf, phone, zones)) {
		zone = c->conf->timezone;
		w->from = "campaign";
		if (*zones != '\0' &&
		    (both = number_disagrees(d, c->conf, zones)) == 1) {
			other = zone;
			zone = zones;
			w->from = "number and campaign";
		}
	} else {
		zone = zones;
		w->from = "number";
	}
	zones_set(w, zone, other);
	place_free(&place);
	return rc == -1 || both == -1 ? -1 : 0;
}
