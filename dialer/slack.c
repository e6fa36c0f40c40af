/*
 * Slack behind struct service: which webhook a post goes to, and what Slack's
 * answer proves.  A webhook takes no key that would make Slack drop a second
 * message about the same thing, so a message of which no answer came is sent
 * again once, ten minutes later, and says so: one that comes twice can be seen
 * to, one that never came cannot.
 */
#include <ctype.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "compose.h"
#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "log.h"
#include "slack.h"

#define TIMEOUT_MS	10000
#define GAP_MS		1100	/* Slack: one a second for each webhook */
#define TRIES		16	/* some four hours */
#define KEEP		86400	/* what is older is no news */
#define RATE_AFTER	30	/* seconds, when a 429 does not say */

struct hook {
	struct lane	 lane;
	char		*url;
	char		*name;
	struct hook	*next;
};

/* --- settings --- */

/* The one line of a secret file, or NULL after a message. */
static char *
read_url(struct dialer *d, const char *value)
{
	char *s = conf_file(d->conf, value, 1, NULL), *path;
	size_t len;

	if (s == NULL)
		return NULL;
	len = strcspn(s, " \t\r\n");
	if (len > 0 && s[len + strspn(s + len, " \t\r\n")] == '\0') {
		s[len] = '\0';
		if (conf_url_ok(s))
			return s;
	}
	path = conf_path(d->conf, value);
	log_warnx("%s: want one line with the address of a Slack incoming "
	    "webhook, https://hooks.slack.com/services/...", path);
	free(path);
	explicit_bzero(s, strlen(s));
	free(s);
	return NULL;
}

/* Two settings with the same address share its pace and its troubles. */
static struct hook *
hook_get(struct dialer *d, const char *value, int64_t account,
    const char *name, const char *campaign)
{
	char *url = read_url(d, value);
	struct hook *h;

	if (url == NULL)
		return NULL;
	for (h = d->hooks; h != NULL && strcmp(h->url, url) != 0; h = h->next)
		;
	if (h != NULL) {
		explicit_bzero(url, strlen(url));
		free(url);
		return h;
	}
	if ((h = calloc(1, sizeof(*h))) == NULL || asprintf(&h->name,
	    "slack %s%s%s", name, campaign != NULL ? "/" : "", campaign !=
	    NULL ? campaign : "") == -1)
		fatal(EX_OSERR, NULL);
	h->url = url;
	h->lane.name = h->name;
	h->lane.account = account;
	h->next = d->hooks;
	d->hooks = h;
	return lane_open(d, &h->lane) == 0 ? h : NULL;
}

static int
status_known(struct dialer *d, const char *word)
{
	struct stmt *st = db_stmt(d->db, SQL_DISPOSITION_GET);
	int known;

	db_text(st, ":status", word);
	known = db_step(st) == DB_ROW && strcmp(db_col_text(st, 0), word) == 0;
	db_reset(st);
	return known;
}

/* "completed, failed" as a JSON array, or NULL after a message. */
static char *
read_statuses(struct dialer *d, const char *list, const char *campaign)
{
	struct json_object *a = compose_array();
	char *copy = strdup(list), *rest = copy, *word, *out;

	if (copy == NULL)
		fatal(EX_OSERR, NULL);
	while ((word = strsep(&rest, ", \t")) != NULL) {
		if (*word == '\0' || strcmp(word, "none") == 0)
			continue;
		if (!status_known(d, word)) {
			log_warnx("campaign %s: slack_statuses: Bolna has no "
			    "status '%s'", campaign, word);
			json_object_put(a);
			free(copy);
			return NULL;
		}
		compose_append(a, compose_text(word, strlen(word)));
	}
	out = strdup(compose_line(a));
	if (out == NULL)
		fatal(EX_OSERR, NULL);
	json_object_put(a);
	free(copy);
	return out;
}

static int
open_campaign(struct dialer *d, struct campaign *c,
    const struct conf_account *ca)
{
	const struct conf_campaign *cc = c->conf;
	char *statuses;
	int rc;

	c->slack = c->account->slack;
	if (cc->slack_url != NULL && (c->slack = hook_get(d, cc->slack_url,
	    c->account->id, ca->name, cc->name)) == NULL)
		return -1;
	statuses = read_statuses(d, c->slack == NULL ? "none" :
	    cc->slack_statuses != NULL ? cc->slack_statuses :
	    ca->slack_statuses, cc->name);
	if (statuses == NULL)
		return -1;
	rc = notify_set(d, c->id, "slack", statuses);
	free(statuses);
	return rc;
}

int
slack_open(struct dialer *d)
{
	const struct conf_account *ca;
	struct account *a;
	size_t i;

	for (i = 0; i < d->naccounts; i++) {
		ca = &d->conf->accounts[i];
		a = &d->accounts[i];
		if (ca->slack_url != NULL && (a->slack = hook_get(d,
		    ca->slack_url, a->id, ca->name, NULL)) == NULL)
			return -1;
	}
	for (i = 0; i < d->ncampaigns; i++)
		if (open_campaign(d, &d->campaigns[i], conf_account(d->conf,
		    d->campaigns[i].conf->account)) == -1)
			return -1;
	return 0;
}

void
slack_close(struct dialer *d)
{
	struct hook *h;

	while ((h = d->hooks) != NULL) {
		d->hooks = h->next;
		explicit_bzero(h->url, strlen(h->url));
		free(h->url);
		free(h->name);
		free(h);
	}
}

/* --- alarms --- */

int
slack_alarm(struct dialer *d, const char *what, const char *which,
    int64_t about, const char *text, int64_t now)
{
	static const enum sql steps[] = { SQL_POST_ALARM_MORE,
	    SQL_POST_ALARM };
	struct stmt *st;
	size_t i, k;

	/* That Slack fails is not told to Slack. */
	if ((strcmp(what, "service") == 0 || strcmp(what, "post") == 0) &&
	    strncmp(which, "slack ", 6) == 0)
		return 0;
	for (i = 0; i < d->naccounts; i++) {
		if (d->accounts[i].slack == NULL)
			continue;
		for (k = 0; k < 2; k++) {
			st = db_stmt(d->db, steps[k]);
			db_int(st, ":account", d->accounts[i].id);
			db_text(st, ":what", what);
			db_text(st, ":which", which);
			db_int(st, ":about", about);
			db_text(st, ":text", text);
			db_int(st, ":now", now);
			if (db_run(st) == -1)
				return -1;
			if (db_changes(d->db) > 0)
				break;
		}
	}
	return 0;
}

/* --- the service --- */

/* The campaign's own, unless it has gone over to another account since. */
static struct hook *
hook_of(struct dialer *d, const struct post *p)
{
	struct account *a = dialer_account(d, p->account);
	size_t i;

	for (i = 0; p->campaign != 0 && i < d->ncampaigns; i++)
		if (d->campaigns[i].id == p->campaign &&
		    d->campaigns[i].account == a)
			return d->campaigns[i].slack;
	return a != NULL ? a->slack : NULL;
}

static struct lane *
lane_of(struct dialer *d, const struct post *p)
{
	struct hook *h = hook_of(d, p);

	return h != NULL ? &h->lane : NULL;
}

static char *
compose_call(struct dialer *d, const struct post *p)
{
	struct stmt *st = db_stmt(d->db, SQL_POST_CALL);
	struct slack_call c = { .again = p->doubt };
	char *s = NULL;

	db_int(st, ":attempt", p->attempt);
	if (db_step(st) == DB_ROW) {
		c.id = db_col_text(st, 0);
		c.agent = db_col_text(st, 1);
		c.status = db_col_text(st, 2);
		c.secs = db_col_null(st, 3) ? -1 : db_col_real(st, 3);
		c.transcript = db_col_text(st, 4);
		c.campaign = db_col_text(st, 5);
		c.phone = db_col_text(st, 6);
		c.reason = db_col_text(st, 7);
		s = slack_call_message(&c, p->again);
	}
	db_reset(st);
	return s;
}

static int
compose(struct dialer *d, struct post *p, char *why, size_t size)
{
	struct http_request *r = &p->request;

	if (p->attempt == 0)
		r->body = slack_alarm_message(p->text != NULL ? p->text : "",
		    p->doubt, p->again);
	else
		r->body = compose_call(d, p);
	if (r->body == NULL) {
		snprintf(why, size, "the call is not known any more");
		return -1;
	}
	r->url = strdup(hook_of(d, p)->url);
	if (r->url == NULL)
		fatal(EX_OSERR, NULL);
	r->method = "POST";
	r->type = "application/json";
	r->bodysz = strlen(r->body);
	return 0;
}

/* Slack's answers are one word; anything else is not repeated. */
static const char *
word_of(const struct http_request *r, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	if (r->reply == NULL)
		return buf;
	while (islower((unsigned char)r->reply[n]) || r->reply[n] == '_')
		n++;
	if (n > 0 && n < size && r->reply[n + strspn(r->reply + n, " \r\n")] ==
	    '\0')
		snprintf(buf, size, " %.*s", (int)n, r->reply);
	return buf;
}

static void
judge_silence(const struct http_request *r, struct answer *a)
{
	snprintf(a->why, sizeof(a->why), "no answer from Slack: %.200s",
	    r->error);
	a->verdict = VERDICT_TEMPFAIL;
	if (r->sent)
		a->verdict = VERDICT_UNKNOWN;
	else if (strncmp(r->error, "not sent: ", 10) == 0 &&
	    strcmp(r->error, HTTP_NO_MEMORY) != 0) {
		a->verdict = VERDICT_PERMFAIL;
		a->refused = 1;
	}
}

static void
judge_refusal(const struct post *p, long status, const char *word,
    struct answer *a)
{
	a->verdict = VERDICT_PERMFAIL;
	snprintf(a->why, sizeof(a->why), "Slack refuses the message (%ld%s)",
	    status, word);
	if (status == 400) {
		/* It does not say what is wrong with the layout: rather
		 * without any than not at all. */
		a->again = !p->again;
		return;
	}
	if (status == 413)
		return;
	a->refused = 1;
	snprintf(a->why, sizeof(a->why), "Slack does not accept the address "
	    "in slack_url (%ld%s): make a new incoming webhook there, or let "
	    "its channel be posted to", status, word);
}

static void
judge(struct dialer *d, struct post *p, struct answer *a)
{
	const struct http_request *r = &p->request;
	char word[80];
	long status = r->status;

	(void)d;
	word_of(r, word, sizeof(word));
	if (status == 0) {
		judge_silence(r, a);
	} else if (status == 200 && strcmp(r->reply_type, "text/html") != 0) {
		a->verdict = VERDICT_OK;
	} else if (status == 429) {
		a->verdict = VERDICT_TEMPFAIL;
		a->after = r->retry_after >= 0 ? r->retry_after : RATE_AFTER;
		snprintf(a->why, sizeof(a->why), "Slack asks for patience "
		    "(429%s)", word);
	} else if (status == 408 || status == 504) {
		a->verdict = VERDICT_UNKNOWN;
		snprintf(a->why, sizeof(a->why), "Slack did not get to the "
		    "end of it (%ld)", status);
	} else if (status >= 500) {
		a->verdict = VERDICT_TEMPFAIL;
		snprintf(a->why, sizeof(a->why), "Slack is in trouble "
		    "(%ld%s)", status, word);
	} else if (status >= 400) {
		judge_refusal(p, status, word, a);
	} else {
		a->verdict = VERDICT_PERMFAIL;
		a->refused = 1;
		snprintf(a->why, sizeof(a->why), "something else than Slack "
		    "answers (%ld): is the address in slack_url right?",
		    status);
	}
}

const struct service slack_service = {
	.kind = "slack",
	.tries = TRIES,
	.keep = KEEP,
	.parallel = 1,
	.gap_ms = GAP_MS,
	.timeout_ms = TIMEOUT_MS,
	.lane = lane_of,
	.compose = compose,
	.judge = judge,
};
