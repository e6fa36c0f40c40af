/*
 * The keys of callsheet.conf: of what type, between which bounds and with which
 * default each is.  Their meaning is in callsheet.conf(5).
 */
#include "conf.h"
#include "conf_int.h"

#define M(f)	offsetof(struct conf, f)
#define A(f)	offsetof(struct conf_account, f)
#define C(f)	offsetof(struct conf_campaign, f)

const struct key conf_keys[] = {
	{ MAIN, "database", TEXT, M(database),
	    "/var/lib/callsheet/callsheet.db", 1, 0, 0 },
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
	{ WEBHOOK, "allow", TEXT, M(allow), "@bolna-addresses", 1, 0, 0 },
	{ WEBHOOK, "secret", SECRET, M(secret), NULL, 0, 0, 0 },
	{ WEBHOOK, "gate", SECRET, M(gate), NULL, 0, 0, 0 },
	{ WEBHOOK, "development", YESNO, M(development), "no", 0, 0, 1 },
	{ ACCOUNT, "bolna_key", SECRET, A(bolna_key), NULL, 1, 0, 0 },
	{ ACCOUNT, "google_key", SECRET, A(google_key), NULL, 0, 0, 0 },
	{ CAMPAIGN, "account", TEXT, C(account), NULL, 1, 0, 0 },
	{ CAMPAIGN, "agent_id", TEXT, C(agent_id), NULL, 1, 0, 0 },
	{ CAMPAIGN, "sheet", TEXT, C(sheet), NULL, 1, 0, 0 },
	{ CAMPAIGN, "country", TEXT, C(country), NULL, 0, 0, 0 },
	{ CAMPAIGN, "timezone", TEXT, C(timezone), NULL, 1, 0, 0 },
	{ CAMPAIGN, "window", TEXT, C(window), "09:00-21:00", 0, 0, 0 },
	{ CAMPAIGN, "from_number", TEXT, C(from_number), NULL, 0, 0, 0 },
	{ CAMPAIGN, "calls_per_pass", NUMBER, C(calls_per_pass), "1", 0,
	    0, 1000 },
	{ CAMPAIGN, "gap", NUMBER, C(gap), "5", 0, 0, 3600 },
	{ CAMPAIGN, "max_live", NUMBER, C(max_live), "1", 0, 1, 1000 },
	{ CAMPAIGN, "max_attempts", NUMBER, C(max_attempts), "4", 0, 1, 100 },
	{ CAMPAIGN, "redial_unsettled", YESNO, C(redial_unsettled), "no", 0,
	    0, 1 },
};

const size_t conf_nkeys = sizeof(conf_keys) / sizeof(conf_keys[0]);
