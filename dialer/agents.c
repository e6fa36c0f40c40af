/*
 * callsheet agents: which agents there are at Bolna, and where they send their
 * webhooks.  Each is asked about with the key of its own account.  Bolna does
 * not document where it shows the address, so "cannot verify" is an answer.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "agents.h"
#include "body.h"
#include "bolna.h"
#include "compose.h"
#include "conf.h"
#include "dialer.h"
#include "public.h"
#include "http.h"
#include "log.h"
#include "verbs.h"

struct asking {
	const struct conf	*conf;
	struct http		*http;
	struct public		 hook;
	const char		*account;	/* NULL: all */
	int			 wrong, unseen;
	struct json_object	*list;		/* for --json, or NULL */
};

/* The address that Bolna shows: 1, 0 when it shows that there is none, -1 when
 * it shows nothing. */
static int
shown_url(struct json_object *js, const char **url)
{
	static const char *const path[] = { "webhook_url", "agent_config" };
	struct json_object *v = NULL;

	*url = "";
	if (!json_object_object_get_ex(js, path[0], &v) &&
	    !(json_object_object_get_ex(js, path[1], &v) &&
	    json_object_is_type(v, json_type_object) &&
	    json_object_object_get_ex(v, path[0], &v)))
		return -1;
	if (v != NULL && !json_object_is_type(v, json_type_string))
		return -1;
	*url = v != NULL ? json_object_get_string(v) : "";
	return **url != '\0';
}

static struct json_object *
ask(struct http *http, struct http_request *r, char *say, size_t size)
{
	struct json_object *js;
	enum bolna_refusal why;
	int gone;

	http_run(http, r, 1, 1);
	js = bolna_answer(r, &gone, &why, say, size);
	if (gone)
		snprintf(say, size, "Bolna knows no such agent in this "
		    "account");
	bolna_free(r);
	return js;
}

static enum agent_hook
compare(const struct public *hook, struct json_object *js, char *say,
    size_t size)
{
	const char *url, *fault;
	char *shown;
	int there = shown_url(js, &url);

	if (there == -1) {
		snprintf(say, size, "cannot verify: Bolna does not show the "
		    "webhook address; look at the agent in its dashboard");
		return AGENT_UNSEEN;
	}
	if (there == 0) {
		snprintf(say, size, "it sends its webhooks nowhere: callsheet "
		    "agents webhook set");
		return AGENT_WRONG;
	}
	shown = public_shown(hook, url);
	if ((fault = public_fault(url)) != NULL)
		snprintf(say, size, "%.200s: Bolna cannot deliver there, %s",
		    shown, fault);
	else if (hook->base == NULL)
		snprintf(say, size, "cannot verify: it sends to %.200s, and "
		    "url in [webhook] does not say whether that is right",
		    shown);
	else if (public_is(hook, url))
		snprintf(say, size, "%.200s", shown);
	else
		snprintf(say, size, "it sends to %.200s, which is not %.200s",
		    shown, hook->base);
	free(shown);
	return fault == NULL && hook->base == NULL ? AGENT_UNSEEN :
	    fault == NULL && public_is(hook, url) ? AGENT_RIGHT : AGENT_WRONG;
}

enum agent_hook
agent_check(struct http *http, const struct conf *conf, const char *key,
    const char *agent_id, const struct public *hook, char *say, size_t size)
{
	struct http_request r;
	struct json_object *js;
	enum agent_hook rc;

	bolna_agent(&r, conf->bolna_api, key, agent_id);
	if ((js = ask(http, &r, say, size)) == NULL)
		return AGENT_UNSEEN;
	rc = compare(hook, js, say, size);
	json_object_put(js);
	return rc;
}

/* Set and read back. */
static enum agent_hook
set_one(struct asking *x, const char *key, const char *agent, char *say,
    size_t size)
{
	struct http_request r;
	struct json_object *js;
	enum agent_hook rc;
	char seen[600];

	bolna_hook(&r, x->conf->bolna_api, key, agent, x->hook.url);
	if ((js = ask(x->http, &r, say, size)) == NULL)
		return AGENT_WRONG;
	json_object_put(js);
	rc = agent_check(x->http, x->conf, key, agent, &x->hook, seen,
	    sizeof(seen));
	if (rc == AGENT_RIGHT)
		snprintf(say, size, "set, and Bolna shows it: %s", seen);
	else if (rc == AGENT_UNSEEN)
		snprintf(say, size, "set; %s", seen);
	else
		snprintf(say, size, "Bolna took it and shows another: %s",
		    seen);
	return rc;
}

static void
report(struct asking *x, const struct conf_campaign *c, enum agent_hook rc,
    const char *say)
{
	static const char *const word[] = { "ok", "FAIL", "?" };
	struct json_object *js;

	x->wrong += rc == AGENT_WRONG;
	x->unseen += rc == AGENT_UNSEEN;
	if (x->list == NULL) {
		printf("%-5s campaign %s, agent %s: %s\n", word[rc], c->name,
		    c->agent_id, say);
		return;
	}
	js = compose_object();
	compose_put_text(js, "account", c->account);
	compose_put_text(js, "campaign", c->name);
	compose_put_text(js, "agent", c->agent_id);
	compose_put_text(js, "result", rc == AGENT_UNSEEN ? "cannot verify" :
	    rc == AGENT_RIGHT ? "ok" : "wrong");
	compose_put_text(js, "says", say);
	compose_append(x->list, js);
}

static int
asked_before(const struct conf *conf, const struct conf_campaign *c)
{
	const struct conf_campaign *o;

	for (o = conf->campaigns; o < c; o++)
		if (strcmp(o->account, c->account) == 0 &&
		    strcmp(o->agent_id, c->agent_id) == 0)
			return 1;
	return 0;
}

/* The agents of all campaigns, or of those of one account, each once. */
static int
each_agent(struct asking *x, int set)
{
	const struct conf_campaign *c = x->conf->campaigns, *end =
	    c + x->conf->ncampaigns;
	enum agent_hook rc;
	char say[700], *key;
	int n = 0;

	for (; c < end; c++) {
		if ((x->account != NULL && strcmp(x->account, c->account) !=
		    0) || asked_before(x->conf, c))
			continue;
		key = account_key(x->conf, conf_account(x->conf, c->account));
		if (key == NULL)
			return EX_CONFIG;
		rc = set ? set_one(x, key, c->agent_id, say, sizeof(say)) :
		    agent_check(x->http, x->conf, key, c->agent_id, &x->hook,
		    say, sizeof(say));
		report(x, c, rc, say);
		account_key_free(key);
		n++;
	}
	if (n == 0)
		log_warnx("there is no campaign in the settings%s%s",
		    x->account != NULL ? " for account " : "",
		    x->account != NULL ? x->account : "");
	return n == 0 || x->wrong > 0 ? EX_DATAERR : x->unseen > 0 ?
	    EX_TEMPFAIL : 0;
}

/* --- list --- */

static struct json_object *
campaigns_of(const struct conf *conf, const char *account, const char *agent)
{
	struct json_object *names = compose_array();
	const struct conf_campaign *c;

	for (c = conf->campaigns; c < conf->campaigns + conf->ncampaigns; c++)
		if (strcmp(c->account, account) == 0 &&
		    strcmp(c->agent_id, agent) == 0)
			compose_append(names, compose_text(c->name,
			    strlen(c->name)));
	return names;
}

static void
list_agent(struct asking *x, const char *account, struct json_object *agent)
{
	struct json_object *js = compose_object();
	char id[128], name[200];
	const char *url;
	char *shown;
	int there = shown_url(agent, &url);

	if (body_word(agent, "id", id, sizeof(id)) == -1 &&
	    body_word(agent, "agent_id", id, sizeof(id)) == -1)
		id[0] = '\0';
	if (body_word(agent, "agent_name", name, sizeof(name)) == -1)
		name[0] = '\0';
	shown = public_shown(&x->hook, url);
	compose_put_text(js, "account", account);
	compose_put_text(js, "agent", id);
	compose_put_text(js, "name", name);
	compose_put(js, "campaigns", campaigns_of(x->conf, account, id));
	compose_put(js, "webhook", there == 1 ? compose_text(shown,
	    strlen(shown)) : NULL);
	compose_put(js, "shown", json_object_new_boolean(there != -1));
	free(shown);
	if (x->list != NULL) {
		compose_append(x->list, js);
		return;
	}
	printf("%s  %s  %s  %s  %s\n", account, id, name,
	    compose_line(body_get(js, "campaigns")), there == 1 ?
	    body_text(js, "webhook") : there == 0 ? "no webhook" :
	    "Bolna does not show the webhook");
	json_object_put(js);
}

static int
list_account(struct asking *x, const struct conf_account *a)
{
	struct http_request r;
	struct json_object *js;
	char say[400], *key = account_key(x->conf, a);
	size_t i;
	int rc = 0;

	if (key == NULL)
		return EX_CONFIG;
	bolna_agents(&r, x->conf->bolna_api, key);
	js = ask(x->http, &r, say, sizeof(say));
	account_key_free(key);
	if (js != NULL && !json_object_is_type(js, json_type_array))
		snprintf(say, sizeof(say), "Bolna's answer is no list");
	if (js == NULL || !json_object_is_type(js, json_type_array)) {
		log_warnx("account %s: %s", a->name, say);
		rc = EX_TEMPFAIL;
	} else {
		for (i = 0; i < json_object_array_length(js); i++)
			list_agent(x, a->name, json_object_array_get_idx(js,
			    i));
	}
	json_object_put(js);
	return rc;
}

static int
list(struct asking *x)
{
	const struct conf_account *a;
	int rc = 0, one;

	for (a = x->conf->accounts; a < x->conf->accounts +
	    x->conf->naccounts; a++) {
		if (x->account != NULL && strcmp(x->account, a->name) != 0)
			continue;
		if ((one = list_account(x, a)) != 0)
			rc = one;
	}
	return rc;
}

/* --- the verb --- */

static int
act(struct asking *x, const char *what, const char *how, const char *url)
{
	int set = how != NULL && strcmp(how, "set") == 0;
	const char *fault;

	if (x->account != NULL && conf_account(x->conf, x->account) == NULL) {
		log_warnx("there is no account %s in the settings",
		    x->account);
		return EX_DATAERR;
	}
	if (public_open(&x->hook, x->conf, url) == -1)
		return EX_CONFIG;
	if (strcmp(what, "list") == 0)
		return list(x);
	if (set && x->hook.url == NULL) {
		fprintf(stderr, "callsheet agents: which address? Give it, or "
		    "set url in [webhook]\n");
		return EX_USAGE;
	}
	if (set && (fault = public_fault(x->hook.url)) != NULL) {
		fprintf(stderr, "callsheet agents: Bolna cannot deliver to "
		    "this address: %s\n", fault);
		return EX_USAGE;
	}
	return each_agent(x, set);
}

/* The first word that cannot be meant, or NULL. */
static const char *
stray(const char *what, const char *how, const char *url)
{
	if (strcmp(what, "list") == 0)
		return how;
	if (strcmp(what, "webhook") != 0)
		return what;
	if (how == NULL || strcmp(how, "set") == 0)
		return NULL;
	return strcmp(how, "check") == 0 ? url : how;
}

int
verb_agents(const struct conf *conf, struct args *args)
{
	struct asking x = { .conf = conf };
	const char *what = NULL, *how = NULL, *url = NULL;
	const char *odd;
	int rc;

	while (args_more(args))
		if (!args_text(args, "--account", &x.account) &&
		    !args_word(args, &what) && !args_word(args, &how) &&
		    !args_word(args, &url))
			return args_bad(args);
	if (args->bad || what == NULL)
		return args_bad(args);
	if ((odd = stray(what, how, url)) != NULL)
		return args_unknown(args, odd);
	if (how == NULL && strcmp(what, "list") != 0)
		return args_bad(args);
	if ((x.http = http_open("callsheet/0.1")) == NULL)
		return EX_OSERR;
	x.list = args->reply.json ? compose_array() : NULL;
	rc = act(&x, what, how, url);
	if (rc != EX_USAGE && rc != EX_CONFIG)
		args->reply.js = x.list;
	else
		json_object_put(x.list);
	public_close(&x.hook);
	http_close(x.http);
	return rc;
}
