/*
 * From callsheet.conf to a dialer that is ready: accounts and campaigns become
 * rows, keys are read, sheets are opened.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "analysis.h"
#include "conf.h"
#include "csv.h"
#include "db.h"
#include "deliver.h"
#include "dialer.h"
#include "google.h"
#include "http.h"
#include "policy.h"
#include "log.h"
#include "phone.h"
#include "slack.h"
#include "window.h"

#define BUSY_MS		30000
/* Google allows 60 and 60 a minute; some are left for people's own tools. */
#define QUOTA		50
#define PATIENCE	20	/* seconds one read may go on retrying */

static int
quota_spend(void *arg, const char *email, int write)
{
	struct dialer *d = arg;
	struct stmt *st = db_stmt(d->db, SQL_QUOTA_GET);
	int64_t minute = time(NULL) / 60, used = 0;

	db_text(st, ":email", email);
	db_int(st, ":minute", minute);
	if (db_step(st) == DB_ROW)
		used = db_col_int(st, write ? 1 : 0);
	db_reset(st);
	if (used >= QUOTA)
		return -1;
	if (db_begin(d->db) == -1)
		return -1;
	st = db_stmt(d->db, SQL_QUOTA_TRIM);
	db_int(st, ":minute", minute - 5);
	db_run(st);
	st = db_stmt(d->db, SQL_QUOTA_SPEND);
	db_text(st, ":email", email);
	db_int(st, ":minute", minute);
	db_int(st, ":reads", !write);
	db_int(st, ":writes", write);
	db_run(st);
	return db_commit(d->db);
}

static int
read_google_key(struct dialer *d, struct account *a,
    const struct conf_account *ca)
{
	struct google_options o = { d->conf->google_api,
	    d->conf->google_token_url, quota_spend, d, PATIENCE };
	char *key, *path, why[256];
	size_t size;

	if (ca->google_key == NULL)
		return 0;
	if ((key = conf_file(d->conf, ca->google_key, 1, &size)) == NULL)
		return -1;
	a->google = google_open(d->http, &o, key, why, sizeof(why));
	explicit_bzero(key, size);
	free(key);
	if (a->google != NULL)
		return 0;
	path = conf_path(d->conf, ca->google_key);
	log_warnx("%s: %s", path, why);
	free(path);
	return -1;
}

static int
account_renamed(struct dialer *d, const char *name,
    const struct conf_campaign *cc)
{
	struct stmt *st = db_stmt(d->db, SQL_ACCOUNT_BEFORE);
	int64_t id = 0;

	db_text(st, ":campaign", cc->name);
	db_text(st, ":agent", cc->agent_id);
	db_text(st, ":sheet", cc->sheet);
	if (db_step(st) == DB_ROW &&
	    conf_account(d->conf, db_col_str(st, 1)) == NULL)
		id = db_col_int(st, 0);
	db_reset(st);
	if (id == 0)
		return 0;
	st = db_stmt(d->db, SQL_ACCOUNT_RENAME);
	db_int(st, ":account", id);
	db_text(st, ":name", name);
	return db_run(st);
}

/* An account whose section has another name now is known by its campaigns. */
static int
account_known(struct dialer *d, const char *name)
{
	size_t i;

	for (i = 0; i < d->conf->ncampaigns; i++)
		if (strcmp(d->conf->campaigns[i].account, name) == 0 &&
		    account_renamed(d, name, &d->conf->campaigns[i]) == -1)
			return -1;
	return 0;
}

static int
open_account(struct dialer *d, struct account *a,
    const struct conf_account *ca)
{
	struct stmt *st;

	a->name = ca->name;
	a->conf = ca;
	if (account_known(d, ca->name) == -1)
		return -1;
	st = db_stmt(d->db, SQL_ACCOUNT_PUT);
	db_text(st, ":name", ca->name);
	if ((a->id = db_value(st, 0)) == 0 || policy_account(d, a) == -1)
		return -1;
	a->key = account_key(d->conf, ca);
	if (a->key == NULL || read_google_key(d, a, ca) == -1)
		return -1;
	return analyst_open(d, a, ca);
}

static int
open_sheet(struct dialer *d, struct campaign *c)
{
	const struct conf_campaign *cc = c->conf;
	char why[256];

	if (strncmp(cc->sheet, "file:", 5) == 0) {
		c->file = conf_path(d->conf, cc->sheet);
		c->sheet = csv_sheet(c->file);
		if (c->sheet == NULL)
			fatal(EX_OSERR, NULL);
		return 0;
	}
	c->sheet = google_sheet(c->account->google, cc->sheet, why,
	    sizeof(why));
	if (c->sheet != NULL)
		return 0;
	log_warnx("campaign %s: %s", cc->name, why);
	return -1;
}

/* However it is spelled. */
static int
same_file(const struct dialer *d, const char *a, const char *b)
{
	char *one = conf_path(d->conf, a), *other = conf_path(d->conf, b);
	struct stat x, y;
	int same = strcmp(one, other) == 0;

	if (stat(one, &x) == 0 && stat(other, &y) == 0)
		same = x.st_dev == y.st_dev && x.st_ino == y.st_ino;
	free(one);
	free(other);
	return same;
}

static int
same_tab(const struct dialer *d, const char *a, const char *b)
{
	char id[128], other_id[128], why[256];
	long gid, other_gid;
	int file = strncmp(a, "file:", 5) == 0;

	if (file != (strncmp(b, "file:", 5) == 0))
		return 0;
	if (file)
		return same_file(d, a, b);
	return google_url(a, id, &gid, why, sizeof(why)) == 0 &&
	    google_url(b, other_id, &other_gid, why, sizeof(why)) == 0 &&
	    strcmp(id, other_id) == 0 && gid == other_gid;
}

/* One address of a tab may be spelled in many ways: what the database knows
 * under another one gets this one's, for by it a campaign is known again whose
 * section was renamed. */
static int
tab_known(struct dialer *d, const char *sheet)
{
	struct stmt *st = db_stmt(d->db, SQL_CAMPAIGN_SHEETS);
	char **old = NULL;
	size_t n = 0, i;
	int rc;

	while ((rc = db_step(st)) == DB_ROW) {
		if (strcmp(db_col_str(st, 0), sheet) == 0 ||
		    !same_tab(d, db_col_str(st, 0), sheet))
			continue;
		if ((old = reallocarray(old, n + 1, sizeof(*old))) == NULL ||
		    (old[n++] = strdup(db_col_str(st, 0))) == NULL)
			fatal(EX_OSERR, NULL);
	}
	db_reset(st);
	for (i = 0; i < n; i++) {
		st = db_stmt(d->db, SQL_CAMPAIGN_RESPELL);
		db_text(st, ":old", old[i]);
		db_text(st, ":sheet", sheet);
		if (db_run(st) == -1)
			rc = DB_FAIL;
		free(old[i]);
	}
	free(old);
	return rc == DB_FAIL ? -1 : 0;
}

/* Two campaigns on one tab would call the same people. */
static int
sheet_taken(const struct dialer *d, const struct campaign *c)
{
	const struct campaign *o;

	for (o = d->campaigns; o < c; o++)
		if (same_tab(d, o->conf->sheet, c->conf->sheet)) {
			log_warnx("campaign %s: its sheet is that of campaign "
			    "%s already", c->conf->name, o->conf->name);
			return 1;
		}
	return 0;
}

/* "+12025550143, +12025550144" into the campaign's numbers. */
static int
read_from(struct dialer *d, struct campaign *c)
{
	const char *p = c->conf->from_number, *why;
	char phone[PHONE_SIZE], *word;
	size_t n;

	for (; p != NULL && *p != '\0'; p += strspn(p, ", ")) {
		n = strcspn(p, ", ");
		if ((word = strndup(p, n)) == NULL ||
		    (c->from = reallocarray(c->from, c->nfrom + 1,
		    sizeof(*c->from))) == NULL)
			fatal(EX_OSERR, NULL);
		c->from[c->nfrom++] = word;
		if (word[0] != '+' ||
		    phone_normalise(word, 0, NULL, phone, &why) == -1 ||
		    strcmp(phone, word) != 0) {
			conf_complain(d->conf, "campaign", c->conf->name,
			    "from_number", "must be a number with + and its "
			    "country code, or several with commas");
			return -1;
		}
		p += n;
	}
	return 0;
}

static int
check_purpose(struct dialer *d, const struct conf_campaign *cc)
{
	if (cc->purpose == NULL || strcmp(cc->purpose, "promotional") == 0 ||
	    strcmp(cc->purpose, "service") == 0 ||
	    strcmp(cc->purpose, "transactional") == 0)
		return 0;
	conf_complain(d->conf, "campaign", cc->name, "purpose", "must be "
	    "promotional, service or transactional, not '%s'", cc->purpose);
	return -1;
}

/* In India promotion comes from 140 numbers, other calls of companies from 160
 * numbers: why this campaign's do not fit, or "". */
static const char *
series(const struct campaign *c)
{
	const char *purpose = c->conf->purpose;
	size_t i;

	for (i = 0; i < c->nfrom && purpose != NULL; i++) {
		if (strncmp(c->from[i], "+91", 3) != 0)
			continue;
		if (strcmp(purpose, "promotional") == 0 &&
		    strncmp(c->from[i], "+91140", 6) != 0)
			return "promotion in India is to come from numbers "
			    "that begin with 140";
		if (strcmp(purpose, "promotional") != 0 &&
		    strncmp(c->from[i], "+91160", 6) != 0)
			return "service and transactional calls in India are "
			    "to come from numbers that begin with 160";
	}
	return "";
}

static int
put_campaign(struct dialer *d, const struct campaign *c)
{
	const struct conf_campaign *cc = c->conf;
	static const enum sql before[] = { SQL_CAMPAIGN_ANOTHERS,
	    SQL_CAMPAIGN_RENAME };
	struct stmt *st;
	size_t i;

	for (i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		st = db_stmt(d->db, before[i]);
		db_int(st, ":account", c->account->id);
		db_text(st, ":name", cc->name);
		db_text(st, ":sheet", cc->sheet);
		if (db_run(st) == -1)
			return -1;
	}
	st = db_stmt(d->db, SQL_CAMPAIGN_PUT);
	db_int(st, ":account", c->account->id);
	db_text(st, ":name", cc->name);
	db_text(st, ":agent", cc->agent_id);
	db_text(st, ":sheet", cc->sheet);
	db_text(st, ":timezone", cc->timezone != NULL ? cc->timezone : "");
	db_int(st, ":calls_per_pass", cc->calls_per_pass);
	db_int(st, ":gap", cc->gap);
	db_int(st, ":max_live", cc->max_live);
	db_int(st, ":max_attempts", cc->max_attempts);
	db_text(st, ":purpose", cc->purpose != NULL ? cc->purpose : "");
	db_int(st, ":disclosed", cc->ai_disclosure);
	db_text(st, ":series", series(c));
	db_int(st, ":enforce_series", cc->enforce_series);
	db_int(st, ":last_secs", cc->last_minutes * 60);
	db_int(st, ":minute_cost", cc->minute_cost);
	db_int(st, ":call_cost", cc->max_minutes * cc->minute_cost);
	db_int(st, ":max_secs", cc->max_minutes * 60);
	db_int(st, ":dry_run", d->conf->dry_run);
	return db_run(st);
}

static int
open_campaign(struct dialer *d, struct campaign *c,
    const struct conf_campaign *cc)
{
	struct stmt *st;
	size_t i;

	c->conf = cc;
	for (i = 0; i < d->naccounts; i++)
		if (strcmp(d->accounts[i].name, cc->account) == 0)
			c->account = &d->accounts[i];
	if (check_purpose(d, cc) == -1 || read_from(d, c) == -1 ||
	    sheet_taken(d, c) || put_campaign(d, c) == -1)
		return -1;
	st = db_stmt(d->db, SQL_CAMPAIGN_GET);
	db_text(st, ":name", cc->name);
	if ((c->id = db_value(st, 0)) == 0)
		return -1;
	return open_sheet(d, c) == -1 || policy_campaign(d, c) == -1 ? -1 :
	    0;
}

/* All settings in one transaction: they hold together or not at all.  Where
 * they are only looked at, nothing of it stays. */
static int
open_all(struct dialer *d, int stays)
{
	size_t i;

	if (db_begin(d->db) == -1)
		return -1;
	if (db_run(db_stmt(d->db, SQL_ACCOUNT_REST)) == -1 ||
	    db_run(db_stmt(d->db, SQL_CAMPAIGN_REST)) == -1)
		goto err;
	for (i = 0; i < d->ncampaigns; i++)
		if (tab_known(d, d->conf->campaigns[i].sheet) == -1)
			goto err;
	for (i = 0; i < d->naccounts; i++)
		if (open_account(d, &d->accounts[i],
		    &d->conf->accounts[i]) == -1)
			goto err;
	for (i = 0; i < d->ncampaigns; i++)
		if (open_campaign(d, &d->campaigns[i],
		    &d->conf->campaigns[i]) == -1)
			goto err;
	if (policy_settings(d) == -1 || slack_open(d) == -1)
		goto err;
	if (stays)
		return db_commit(d->db);
	db_rollback(d->db);
	return 0;
err:
	db_rollback(d->db);
	return -1;
}

static struct dialer *
opened(const struct conf *conf, int *status, int stays)
{
	struct dialer *d;
	char *path = conf_path(conf, conf->database);

	if ((d = calloc(1, sizeof(*d))) == NULL)
		fatal(EX_OSERR, NULL);
	d->conf = conf;
	d->naccounts = conf->naccounts;
	d->ncampaigns = conf->ncampaigns;
	d->accounts = calloc(d->naccounts + 1, sizeof(*d->accounts));
	d->campaigns = calloc(d->ncampaigns + 1, sizeof(*d->campaigns));
	if (d->accounts == NULL || d->campaigns == NULL)
		fatal(EX_OSERR, NULL);
	d->db = db_open(path, BUSY_MS);
	*status = d->db == NULL && errno == EAGAIN ? EX_TEMPFAIL : EX_CONFIG;
	free(path);
	if (d->db != NULL && zones_check(conf) == 0 &&
	    (d->http = http_open("callsheet/0.1 (gzip)")) != NULL &&
	    open_all(d, stays) == 0)
		return d;
	if (d->db != NULL && db_failures(d->db) > 0)
		*status = EX_TEMPFAIL;
	dialer_close(d);
	return NULL;
}

struct dialer *
dialer_open(const struct conf *conf, int *status)
{
	return opened(conf, status, 1);
}

int
dialer_check(const struct conf *conf)
{
	int status;
	struct dialer *d = opened(conf, &status, 0);

	if (d == NULL)
		return status;
	dialer_close(d);
	return 0;
}

void
dialer_close(struct dialer *d)
{
	struct campaign *c;
	struct account *a;
	size_t i;

	if (d == NULL)
		return;
	for (c = d->campaigns; c < d->campaigns + d->ncampaigns; c++) {
		if (c->sheet != NULL)
			c->sheet->ops->close(c->sheet);
		layout_free(&c->layout);
		for (i = 0; i < c->nfrom; i++)
			free(c->from[i]);
		free(c->from);
		free(c->file);
	}
	for (a = d->accounts; a < d->accounts + d->naccounts; a++) {
		google_close(a->google);
		analyst_close(a->analyst);
		account_key_free(a->key);
	}
	http_close(d->http);
	deliver_close(d);
	slack_close(d);
	db_close(d->db);
	free(d->accounts);
	free(d->campaigns);
	free(d);
}

void
campaign_localtime(const struct campaign *c)
{
	window_localtime(c->conf->timezone != NULL ? c->conf->timezone : "UTC");
}

void
campaign_problem(struct dialer *d, struct campaign *c, const char *why)
{
	struct stmt *st;

	/* For everybody to hear it is an alarm (alarm.c). */
	log_info("campaign %s: %s", c->conf->name, why);
	d->counts.problems++;
	c->usable = 0;
	if (db_begin(d->db) == -1)
		return;
	st = db_stmt(d->db, SQL_CAMPAIGN_PROBLEM);
	db_int(st, ":campaign", c->id);
	db_int(st, ":now", time(NULL));
	db_text(st, ":problem", why);
	db_run(st);
	db_commit(d->db);
}

struct account *
dialer_account(struct dialer *d, int64_t id)
{
	size_t i;

	for (i = 0; i < d->naccounts; i++)
		if (d->accounts[i].id == id)
			return &d->accounts[i];
	return NULL;
}

int64_t
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
