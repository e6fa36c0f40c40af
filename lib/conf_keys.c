/*
 * The keys of callsheet.conf: of what type, between which bounds and with which
 * default each is.  Their meaning is in callsheet.conf(5).
 */
#include <stdint.h>

#include "conf.h"
#include "conf_int.h"
#include "paths.h"

#define M(f)	offsetof(struct conf, f)
#define A(f)	offsetof(struct conf_account, f)
#define C(f)	offsetof(struct conf_campaign, f)
#define L(f)	offsetof(struct conf_country, f)
#define MUCH	(100000L * CONF_UNIT)	/* money: surely a mistake above */

const struct key conf_keys[] = {
	{ MAIN, "database", TEXT, M(database),
	    STATE_DIR "/callsheet.db", 1, 0, 0 },
	/* A new install calls nobody until a person says so. */
	{ MAIN, "dry_run", YESNO, M(dry_run), "yes", 0, 0, 1 },
	/* Cron starts the next pass after 60 seconds. */
	{ MAIN, "linger", NUMBER, M(linger), "55", 0, 0, 58 },
	/* No room for the result, no call. */
	{ MAIN, "min_free", NUMBER, M(min_free), "100", 0, 0, 1000000 },
	{ MAIN, "bolna_api", TEXT, M(bolna_api),
	    "https://api.bolna.ai", 1, 0, 0 },
	{ MAIN, "google_api", TEXT, M(google_api),
	    "https://sheets.googleapis.com", 1, 0, 0 },
	{ MAIN, "google_token_url", TEXT, M(google_token_url),
	    "https://oauth2.googleapis.com/token", 1, 0, 0 },
	{ MAIN, "openai_api", TEXT, M(openai_api),
	    "https://api.openai.com/v1", 1, 0, 0 },
	{ WEBHOOK, "allow", TEXT, M(allow), "@bolna-addresses", 1, 0, 0 },
	{ WEBHOOK, "secret", SECRET, M(secret), NULL, 0, 0, 0 },
	{ WEBHOOK, "gate", SECRET, M(gate), NULL, 0, 0, 0 },
	{ WEBHOOK, "url", TEXT, M(url), NULL, 0, 0, 0 },
	{ WEBHOOK, "socket", TEXT, M(socket), NULL, 0, 0, 0 },
	{ WEBHOOK, "development", YESNO, M(development), "no", 0, 0, 1 },
	{ ACCOUNT, "bolna_key", SECRET, A(bolna_key), NULL, 1, 0, 0 },
	{ ACCOUNT, "google_key", SECRET, A(google_key), NULL, 0, 0, 0 },
	{ ACCOUNT, "max_live", NUMBER, A(max_live), "0", 0, 0, 1000 },
	/* Bolna takes 500 a minute. */
	{ ACCOUNT, "rate", NUMBER, A(rate), "300", 0, 1, 480 },
	{ ACCOUNT, "number_gap", NUMBER, A(number_gap), "30", 0, 0, 10080 },
	{ ACCOUNT, "number_day", NUMBER, A(number_day), "3", 0, 0, 100 },
	{ ACCOUNT, "number_week", NUMBER, A(number_week), "7", 0, 0, 500 },
	{ ACCOUNT, "number_month", NUMBER, A(number_month), "15", 0, 0, 1000 },
	{ ACCOUNT, "number_life", NUMBER, A(number_life), "50", 0, 0, 10000 },
	{ ACCOUNT, "cap_day", MONEY, A(cap_day), NULL, 0, 0, MUCH },
	{ ACCOUNT, "cap_total", MONEY, A(cap_total), NULL, 0, 0, MUCH },
	{ ACCOUNT, "wallet_floor", MONEY, A(wallet_floor), NULL, 0, 0, MUCH },
	/* Without a price an account has no credits, and needs none. */
	{ ACCOUNT, "credit_price", MONEY, A(credit_price), NULL, 0, 0, MUCH },
	{ ACCOUNT, "credit_pulse", NUMBER, A(credit_pulse), "60", 0, 1, 3600 },
	{ ACCOUNT, "credit_alerts", TEXT, A(credit_alerts), "15, 5, 0", 0, 0,
	    0 },
	{ ACCOUNT, "slack_url", SECRET, A(slack_url), NULL, 0, 0, 0 },
	/* As it was before callsheet; of each call only the last is told. */
	{ ACCOUNT, "slack_statuses", TEXT, A(slack_statuses),
	    "completed, call-disconnected, failed, no-answer, busy, canceled, "
	    "stopped, error", 0, 0, 0 },
	/* Without it nothing that was said leaves this machine. */
	{ ACCOUNT, "openai_key", SECRET, A(openai_key), NULL, 0, 0, 0 },
	{ ACCOUNT, "openai_model", TEXT, A(openai_model), NULL, 0, 0, 0 },
	/* Below a minute: a pass waits for its answers. */
	{ ACCOUNT, "openai_timeout", NUMBER, A(openai_timeout), "30", 0,
	    1, 35 },
	{ ACCOUNT, "analysis_tokens", NUMBER, A(analysis_tokens), "1000000",
	    0, 1000, 2000000000 },
	{ ACCOUNT, "call_prompt", TEXT, A(call_prompt), NULL, 0, 0, 0 },
	{ ACCOUNT, "history_prompt", TEXT, A(history_prompt), NULL, 0, 0, 0 },
	{ ACCOUNT, "call_prompt_id", TEXT, A(call_prompt_id), NULL, 0, 0, 0 },
	{ ACCOUNT, "history_prompt_id", TEXT, A(history_prompt_id), NULL, 0,
	    0, 0 },
	{ CAMPAIGN, "account", TEXT, C(account), NULL, 1, 0, 0 },
	{ CAMPAIGN, "agent_id", TEXT, C(agent_id), NULL, 1, 0, 0 },
	{ CAMPAIGN, "sheet", TEXT, C(sheet), NULL, 1, 0, 0 },
	{ CAMPAIGN, "country", TEXT, C(country), NULL, 0, 0, 0 },
	{ CAMPAIGN, "timezone", TEXT, C(timezone), NULL, 0, 0, 0 },
	{ CAMPAIGN, "window", TEXT, C(window), NULL, 0, 0, 0 },
	{ CAMPAIGN, "weekdays", TEXT, C(weekdays), NULL, 0, 0, 0 },
	{ CAMPAIGN, "holidays", TEXT, C(holidays), NULL, 0, 0, 0 },
	/* Bolna may let a call wait in its queue. */
	{ CAMPAIGN, "last_minutes", NUMBER, C(last_minutes), "10", 0, 0, 120 },
	{ CAMPAIGN, "purpose", TEXT, C(purpose), NULL, 0, 0, 0 },
	{ CAMPAIGN, "ai_disclosure", YESNO, C(ai_disclosure), "no", 0, 0, 1 },
	{ CAMPAIGN, "from_number", TEXT, C(from_number), NULL, 0, 0, 0 },
	{ CAMPAIGN, "enforce_series", YESNO, C(enforce_series), "no", 0, 0,
	    1 },
	{ CAMPAIGN, "max_minutes", NUMBER, C(max_minutes), "10", 0, 1, 120 },
	{ CAMPAIGN, "minute_cost", MONEY, C(minute_cost), "0.20", 0, 0, MUCH },
	{ CAMPAIGN, "cap_pass", MONEY, C(cap_pass), NULL, 0, 0, MUCH },
	{ CAMPAIGN, "cap_day", MONEY, C(cap_day), NULL, 0, 0, MUCH },
	{ CAMPAIGN, "cap_total", MONEY, C(cap_total), NULL, 0, 0, MUCH },
	{ CAMPAIGN, "calls_per_pass", NUMBER, C(calls_per_pass), "1", 0,
	    0, 1000 },
	{ CAMPAIGN, "gap", NUMBER, C(gap), "5", 0, 0, 3600 },
	{ CAMPAIGN, "max_live", NUMBER, C(max_live), "1", 0, 1, 1000 },
	{ CAMPAIGN, "max_attempts", NUMBER, C(max_attempts), "4", 0, 1, 100 },
	{ CAMPAIGN, "redial_unsettled", YESNO, C(redial_unsettled), "no", 0,
	    0, 1 },
	{ CAMPAIGN, "slack_url", SECRET, C(slack_url), NULL, 0, 0, 0 },
	{ CAMPAIGN, "slack_statuses", TEXT, C(slack_statuses), NULL, 0, 0,
	    0 },
	{ COUNTRY, "window", TEXT, L(window), NULL, 1, 0, 0 },
	{ COUNTRY, "weekdays", TEXT, L(weekdays), NULL, 0, 0, 0 },
};

const size_t conf_nkeys = sizeof(conf_keys) / sizeof(conf_keys[0]);

const struct kind conf_kinds[] = {
	{ "account ", ACCOUNT, sizeof(struct conf_account),
	    offsetof(struct conf, accounts), offsetof(struct conf, naccounts) },
	{ "campaign ", CAMPAIGN, sizeof(struct conf_campaign),
	    offsetof(struct conf, campaigns),
	    offsetof(struct conf, ncampaigns) },
	{ "country ", COUNTRY, sizeof(struct conf_country),
	    offsetof(struct conf, countries),
	    offsetof(struct conf, ncountries) },
};

const size_t conf_nkinds = sizeof(conf_kinds) / sizeof(conf_kinds[0]);

size_t *
conf_kind_count(const struct kind *k, const struct conf *c)
{
	return (size_t *)((uintptr_t)c + k->count);
}

struct named *
conf_kind_item(const struct kind *k, const struct conf *c, size_t i)
{
	return (struct named *)(*(const uintptr_t *)((uintptr_t)c + k->list) +
	    i * k->size);
}
