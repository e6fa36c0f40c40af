/*
 * callsheet doctor --online: what only Bolna, Google, Slack, the server for
 * analyses and our own web server can tell.  Nothing is changed anywhere, and
 * nobody is told anything.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agents.h"
#include "body.h"
#include "bolna.h"
#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "doctor.h"
#include "google.h"
#include "http.h"
#include "knock.h"
#include "openai.h"
#include "public.h"

#define CENT		100	/* in hundredths of one, as all money */
#define SKEW		120	/* seconds */
#define PATIENCE	20	/* seconds for one sheet */
#define COUNTED_MS	3000	/* the receiver counts the refused in a while */
#define NAP_MS		100
#define TIMEOUT_MS	10000

/* --- Bolna --- */

static void
check_wallet(struct checkup *c, const struct conf_account *a,
    struct json_object *js)
{
	double wallet;

	if (body_number(js, "wallet", &wallet) == -1)
		doctor_say(c, FINDING_SKIP, "wallet", "account %s: Bolna does "
		    "not say what is in it", a->name);
	else if (wallet <= 0 || (a->wallet_floor != CONF_NONE &&
	    wallet * CENT <= (double)a->wallet_floor))
		doctor_say(c, FINDING_FAIL, "wallet", "account %s: %.2f is "
		    "left%s: nobody is called; add credit", a->name,
		    wallet / 100, wallet > 0 ? ", not more than wallet_floor" :
		    "");
	else
		doctor_say(c, FINDING_OK, "wallet", "account %s: %.2f",
		    a->name, wallet / 100);
}

static void
check_concurrency(struct checkup *c, const struct conf_account *a,
    struct json_object *js)
{
	const struct conf_campaign *p = c->conf->campaigns;
	double most;
	long want = 0;

	for (; p < c->conf->campaigns + c->conf->ncampaigns; p++)
		if (strcmp(p->account, a->name) == 0)
			want += p->max_live;
	if (a->max_live > 0 && want > a->max_live)
		want = a->max_live;
	if (body_number(js, "concurrency.max", &most) == -1)
		doctor_say(c, FINDING_SKIP, "concurrency", "account %s: Bolna "
		    "does not say how many calls it places at once", a->name);
	else if (most < 1)
		doctor_say(c, FINDING_FAIL, "concurrency", "account %s: Bolna "
		    "places no calls for it; ask Bolna", a->name);
	else
		doctor_say(c, FINDING_OK, "concurrency", "account %s: %.0f "
		    "calls at once%s", a->name, most, (double)want > most ?
		    ", fewer than max_live says: callsheet keeps to it" : "");
}

static void
check_account(struct checkup *c, struct http *http,
    const struct conf_account *a, const char *key)
{
	struct http_request r;
	struct json_object *js;
	enum bolna_refusal why;
	char say[400];
	int gone;

	bolna_me(&r, c->conf->bolna_api, key);
	http_run(http, &r, 1, 1);
	js = bolna_answer(&r, &gone, &why, say, sizeof(say));
	bolna_free(&r);
	if (js == NULL) {
		doctor_say(c, FINDING_FAIL, "Bolna key", "account %s: %s%s",
		    a->name, say, why == BOLNA_KEY ? "; make a new key in "
		    "Bolna's dashboard and put it into the file" : "");
		return;
	}
	doctor_say(c, FINDING_OK, "Bolna key", "account %s: accepted",
	    a->name);
	check_wallet(c, a, js);
	check_concurrency(c, a, js);
	json_object_put(js);
}

static void
check_agents(struct checkup *c, struct http *http,
    const struct conf_account *a, const char *key, const struct public *public)
{
	static const enum finding result[] = { FINDING_OK, FINDING_FAIL,
	    FINDING_SKIP };
	const struct conf_campaign *p = c->conf->campaigns;
	enum agent_hook rc;
	char say[700];

	for (; p < c->conf->campaigns + c->conf->ncampaigns; p++) {
		if (strcmp(p->account, a->name) != 0)
			continue;
		rc = agent_check(http, c->conf, key, p->agent_id, public, say,
		    sizeof(say));
		doctor_say(c, result[rc], "agent webhook", "campaign %s: %s",
		    p->name, say);
	}
}

static void
check_bolna(struct checkup *c, struct http *http, const struct public *public)
{
	const struct conf_account *a = c->conf->accounts;
	char *key;

	for (; a < c->conf->accounts + c->conf->naccounts; a++) {
		/* What is wrong with the file was said before. */
		if ((key = account_key(c->conf, a)) == NULL)
			continue;
		check_account(c, http, a, key);
		check_agents(c, http, a, key, public);
		account_key_free(key);
	}
}

static void
check_clock(struct checkup *c, struct http *http)
{
	int64_t skew;

	if (http_skew(http, &skew) == -1)
		doctor_say(c, FINDING_SKIP, "clock", "nobody told the time");
	else if (skew > SKEW || skew < -SKEW)
		doctor_say(c, FINDING_FAIL, "clock", "this host's clock is "
		    "%lld s %s Bolna's or Google's: set it, and let the host "
		    "keep it right", (long long)llabs(skew), skew < 0 ?
		    "ahead of" : "behind");
	else
		doctor_say(c, FINDING_OK, "clock", "within %d s of the others'",
		    SKEW);
}

/* --- Google --- */

static int
spend(void *arg, const char *email, int write)
{
	(void)arg;
	(void)email;
	return write ? -1 : 0;
}

static void
check_tab(struct checkup *c, struct google *g, const struct conf_campaign *p)
{
	struct layout layout = { 0 };
	struct table table;
	char why[256] = "";
	struct sheet *s = google_sheet(g, p->sheet, why, sizeof(why));

	table_init(&table, 0);
	if (s == NULL)
		doctor_say(c, FINDING_FAIL, "Google sheet", "campaign %s: %s",
		    p->name, why);
	else if (s->ops->read(s, SHEET_IDENTITY, &layout, &table) !=
	    VERDICT_OK)
		doctor_say(c, FINDING_FAIL, "Google sheet", "campaign %s: %s",
		    p->name, s->why);
	else
		doctor_say(c, FINDING_OK, "Google sheet", "campaign %s: "
		    "shared, with all headers", p->name);
	layout_free(&layout);
	table_free(&table);
	if (s != NULL)
		s->ops->close(s);
}

static void
check_google(struct checkup *c, struct http *http)
{
	struct google_options o = { c->conf->google_api,
	    c->conf->google_token_url, spend, NULL, PATIENCE };
	const struct conf_account *a = c->conf->accounts;
	const struct conf_campaign *p;
	struct google *g;
	char *key, why[256];
	size_t n;

	for (; a < c->conf->accounts + c->conf->naccounts; a++) {
		if (a->google_key == NULL ||
		    (key = conf_file(c->conf, a->google_key, 1, &n)) == NULL)
			continue;
		g = google_open(http, &o, key, why, sizeof(why));
		explicit_bzero(key, n);
		free(key);
		if (g == NULL)
			doctor_say(c, FINDING_FAIL, "Google key",
			    "account %s: %s", a->name, why);
		for (p = c->conf->campaigns; g != NULL && p <
		    c->conf->campaigns + c->conf->ncampaigns; p++)
			if (strcmp(p->account, a->name) == 0 &&
			    strncmp(p->sheet, "file:", 5) != 0)
				check_tab(c, g, p);
		google_close(g);
	}
}

/* --- the server for analyses --- */

static void
check_analysis(struct checkup *c, struct http *http)
{
	static const enum finding result[] = { FINDING_OK, FINDING_FAIL,
	    FINDING_SKIP };
	const struct conf_account *a = c->conf->accounts;
	enum openai_look rc;
	char say[500], *key;

	for (; a < c->conf->accounts + c->conf->naccounts; a++) {
		/* What is wrong with the settings was said before. */
		if (a->openai_key == NULL || a->openai_model == NULL ||
		    !conf_url_ok(c->conf->openai_api) || (key = dialer_key(
		    c->conf, a->openai_key, "the API key for openai_api")) ==
		    NULL)
			continue;
		rc = openai_look(http, c->conf->openai_api, key,
		    a->openai_model, say, sizeof(say));
		doctor_say(c, result[rc], "analysis server", "account %s: %s",
		    a->name, say);
		account_key_free(key);
	}
}

/* --- our own web server --- */

/* The first address that may send webhooks, without its prefix length. */
static void
bolnas_address(const struct conf *conf, char *out, size_t size)
{
	char *text = NULL, *p, *rest = NULL;

	out[0] = '\0';
	if (*conf->allow == '@')
		text = conf_file(conf, conf->allow, 0, NULL);
	else
		text = strdup(conf->allow);
	if (text == NULL)
		return;
	for (p = strtok_r(text, "\r\n", &rest); p != NULL && out[0] == '\0';
	    p = strtok_r(NULL, "\r\n", &rest)) {
		p += strspn(p, " \t,");
		p[strcspn(p, " \t,/#")] = '\0';
		snprintf(out, size, "%s", p);
	}
	free(text);
}

/* As whom does the receiver know this host? */
static void
check_seen(struct checkup *c, int64_t since)
{
	struct timespec nap = { 0, NAP_MS * 1000000L };
	struct stmt *st = db_stmt(c->db, SQL_REFUSED_SINCE);
	int i, rc = DB_DONE;

	for (i = 0; i < COUNTED_MS / NAP_MS && rc == DB_DONE; i++) {
		nanosleep(&nap, NULL);
		db_int(st, ":since", since);
		if ((rc = db_step(st)) == DB_ROW)
			doctor_say(c, FINDING_OK, "web server", "this host is "
			    "refused, as it should be, and known as %s: if "
			    "that is a proxy's address, set_real_ip_from is "
			    "missing", db_col_str(st, 0));
		db_reset(st);
	}
	if (rc != DB_ROW)
		doctor_say(c, FINDING_FAIL, "web server", "this host is "
		    "refused, but not by the receiver of this database: does "
		    "another installation answer?");
}

static void
check_forged(struct checkup *c, struct http *http, const struct public *public)
{
	static const char *const header[] = { "X-Forwarded-For", "X-Real-IP" };
	char bolna[64], say[300];
	size_t i;

	bolnas_address(c->conf, bolna, sizeof(bolna));
	for (i = 0; i < sizeof(header) / sizeof(header[0]); i++) {
		if (knock(http, public, header[i], bolna, say, sizeof(say)) ==
		    KNOCK_REFUSED)
			continue;
		doctor_say(c, FINDING_FAIL, "real address", "whoever sends a "
		    "header %s passes for Bolna: name in set_real_ip_from "
		    "only proxies of your own", header[i]);
		return;
	}
	doctor_say(c, FINDING_OK, "real address", "a header that names "
	    "Bolna's address does not open the door");
}

static void
check_public(struct checkup *c, struct http *http, const struct public *public)
{
	int64_t since = time(NULL);
	char say[300];

	if (public->base == NULL) {
		doctor_say(c, FINDING_SKIP, "web server", "url in [webhook] "
		    "does not say what the public address is");
		return;
	}
	switch (knock(http, public, NULL, NULL, say, sizeof(say))) {
	case KNOCK_FAILED:
		doctor_say(c, FINDING_FAIL, "web server", "%s: %s",
		    public->base, say);
		break;
	case KNOCK_ADMITTED:
		doctor_say(c, FINDING_OK, "web server", "%s leads to the "
		    "receiver", public->base);
		doctor_say(c, FINDING_SKIP, "real address", "this host may "
		    "send webhooks itself, so it cannot be told");
		break;
	case KNOCK_REFUSED:
		if (c->db != NULL)
			check_seen(c, since);
		check_forged(c, http, public);
		break;
	}
}

/* --- Slack --- */

/* An empty message is refused by a webhook that is there, and posts nothing. */
static void
say_hook(struct checkup *c, const char *kind, const char *name,
    const struct http_request *r)
{
	if (r->status == 0)
		doctor_say(c, FINDING_FAIL, "Slack", "%s %s: no answer: %s",
		    kind, name, r->error);
	else if (r->status == 400)
		doctor_say(c, FINDING_OK, "Slack", "%s %s: the webhook is "
		    "there: it has refused an empty message, and nothing was "
		    "posted", kind, name);
	else if (r->status == 429)
		doctor_say(c, FINDING_SKIP, "Slack", "%s %s: cannot verify: "
		    "Slack was sent too much (429); ask again later", kind,
		    name);
	else if (r->status >= 500)
		doctor_say(c, FINDING_FAIL, "Slack", "%s %s: Slack has "
		    "trouble of its own (%ld): messages wait; ask again "
		    "later", kind, name, r->status);
	else
		doctor_say(c, FINDING_FAIL, "Slack", "%s %s: Slack does not "
		    "know the webhook (%ld %.40s): make a new one and put it "
		    "into the file", kind, name, r->status, r->reply != NULL ?
		    r->reply : "");
}

static void
check_hook(struct checkup *c, struct http *http, const char *kind,
    const char *name, const char *value)
{
	struct http_request r = { .method = "POST", .type = "application/json",
	    .body = "{}", .bodysz = 2, .timeout_ms = TIMEOUT_MS, .once = 1 };
	char *url;
	size_t n;

	if (value == NULL ||
	    (url = conf_file(c->conf, value, 1, &n)) == NULL)
		return;
	url[strcspn(url, " \t\r\n")] = '\0';
	r.url = url;
	http_run(http, &r, 1, 1);
	say_hook(c, kind, name, &r);
	http_clear(&r);
	explicit_bzero(url, n);
	free(url);
}

static void
check_slack(struct checkup *c, struct http *http)
{
	const struct conf_account *a = c->conf->accounts;
	const struct conf_campaign *p = c->conf->campaigns;

	for (; a < c->conf->accounts + c->conf->naccounts; a++)
		check_hook(c, http, "account", a->name, a->slack_url);
	for (; p < c->conf->campaigns + c->conf->ncampaigns; p++)
		check_hook(c, http, "campaign", p->name, p->slack_url);
}

void
doctor_online(struct checkup *c)
{
	struct http *http = http_open("callsheet/0.1 (gzip)");
	struct public public;
	int known;

	if (http == NULL) {
		doctor_say(c, FINDING_FAIL, "network", "see the message "
		    "above");
		return;
	}
	known = public_open(&public, c->conf, NULL) == 0;
	if (known)
		check_bolna(c, http, &public);
	check_google(c, http);
	check_analysis(c, http);
	/* Before our own web server, whose clock is ours, has answered. */
	check_clock(c, http);
	if (known)
		check_public(c, http, &public);
	check_slack(c, http);
	public_close(&public);
	http_close(http);
}

void
doctor_offline(struct checkup *c)
{
	doctor_say(c, FINDING_SKIP, "others", "Bolna's key, wallet, "
	    "concurrency and agents, Google's sheets, Slack, the analysis "
	    "server and the web server: callsheet doctor --online asks them");
}
