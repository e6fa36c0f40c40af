/*
 * callsheet why: why a number was called, or not, in words; and the rehearsal
 * of a pass, which says the same of the whole list.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <json-c/json.h>

#include "compose.h"
#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "log.h"
#include "phone.h"
#include "tell.h"
#include "verbs.h"
#include "window.h"

#define BUSY_MS		30000

struct asked {
	int64_t	 lead, campaign;
	char	*campaign_name, *name, *zone, *account;
	int64_t	 attempts;
};

static char *
copy(const char *s)
{
	char *p = strdup(s == NULL ? "" : s);

	if (p == NULL)
		fatal(EX_OSERR, NULL);
	return p;
}

/* {"last":"busy","attempts":2} as ": last busy, attempts 2". */
void
why_facts(const char *text)
{
	struct json_object *js = json_tokener_parse(text);
	const char *between = " (";

	if (json_object_is_type(js, json_type_object)) {
		json_object_object_foreach(js, key, v) {
			if (v == NULL || strcmp(json_object_get_string(v),
			    "") == 0)
				continue;
			printf("%s%s: %s", between, key,
			    json_object_get_string(v));
			between = "; ";
		}
	}
	if (*between == ';')
		putchar(')');
	json_object_put(js);
}

/* Which rule it is now.  Returns 1 when its turn comes. */
static int
print_now(struct db *db, const struct asked *a)
{
	struct stmt *st = db_stmt(db, SQL_WHY_GET);
	int turn = 0;

	db_int(st, ":lead", a->lead);
	db_int(st, ":campaign", a->campaign);
	if (db_step(st) == DB_ROW) {
		turn = strcmp(db_col_str(st, 1), "turn") == 0;
		printf("  %s: %s", db_col_str(st, 0), db_col_str(st, 2));
		why_facts(db_col_str(st, 3));
		putchar('\n');
		if (!db_col_null(st, 4))
			printf("  asked again: %s there\n",
			    db_col_str(st, 4));
	}
	db_reset(st);
	return turn;
}

static void
print_turn(struct db *db, const struct asked *a)
{
	struct stmt *st = db_stmt(db, SQL_WHY_TURN);

	db_int(st, ":lead", a->lead);
	printf("  %lld are due before it\n", (long long)db_value(st, 0));
}

static void
print_before(struct db *db, const struct asked *a)
{
	struct stmt *st = db_stmt(db, SQL_WHY_BEFORE);
	int n = 0;

	db_int(st, ":lead", a->lead);
	db_int(st, ":campaign", a->campaign);
	while (db_step(st) == DB_ROW) {
		if (n++ == 0)
			printf("  decided before:\n");
		printf("    %s  %s%s: %s", db_col_str(st, 0),
		    db_col_str(st, 1), db_col_int(st, 4) ?
		    ", the whole campaign" : "", db_col_str(st, 2));
		why_facts(db_col_str(st, 3));
		putchar('\n');
	}
	db_reset(st);
}

static void
print_lead(struct db *db, const char *phone, struct asked *a)
{
	char *comma = strchr(a->zone, ',');

	if (comma != NULL)
		*comma = '\0';
	printf("%s %s, campaign %s of account %s, called ", phone, a->name,
	    a->campaign_name, a->account);
	if (a->attempts == 1)
		printf("once");
	else
		printf("%lld times", (long long)a->attempts);
	printf("; times of %s\n", *a->zone != '\0' ? a->zone : "UTC");
	window_localtime(*a->zone != '\0' ? a->zone : "UTC");
	if (print_now(db, a))
		print_turn(db, a);
	print_before(db, a);
}

static void
tell_lead(struct db *db, const char *phone, struct asked *a,
    struct json_object *list)
{
	static const char *const now[] = { "verdict", "rule", "says",
	    "{facts", "next", NULL };
	static const char *const before[] = { "at", "verdict", "says",
	    "{facts", "?campaign", NULL };
	struct json_object *js = compose_object();
	struct stmt *st = db_stmt(db, SQL_WHY_GET);

	compose_put_text(js, "phone", phone);
	compose_put_text(js, "name", a->name);
	compose_put_text(js, "campaign", a->campaign_name);
	compose_put_text(js, "account", a->account);
	compose_put_text(js, "timezone", a->zone);
	a->zone[strcspn(a->zone, ",")] = '\0';
	window_localtime(*a->zone != '\0' ? a->zone : "UTC");
	compose_put_int(js, "attempts", a->attempts);
	db_int(st, ":lead", a->lead);
	db_int(st, ":campaign", a->campaign);
	compose_put(js, "now", db_step(st) == DB_ROW ? tell_row(st, now) :
	    NULL);
	db_reset(st);
	st = db_stmt(db, SQL_WHY_BEFORE);
	db_int(st, ":lead", a->lead);
	db_int(st, ":campaign", a->campaign);
	compose_put(js, "before", tell_array(st, before));
	compose_append(list, js);
}

/* list NULL: for people. */
static int
explain(struct db *db, const char *phone, int64_t account,
    struct json_object *list)
{
	struct stmt *st = db_stmt(db, SQL_WHY_LEADS);
	struct asked a[32];
	size_t n = 0, i;

	db_text(st, ":phone", phone);
	if (account != 0)
		db_int(st, ":account", account);
	while (n < 32 && db_step(st) == DB_ROW) {
		a[n].lead = db_col_int(st, 0);
		a[n].campaign = db_col_int(st, 1);
		a[n].campaign_name = copy(db_col_str(st, 2));
		a[n].name = copy(db_col_str(st, 3));
		a[n].zone = copy(db_col_str(st, 4));
		a[n].account = copy(db_col_str(st, 5));
		a[n++].attempts = db_col_int(st, 6);
	}
	db_reset(st);
	for (i = 0; i < n; i++) {
		if (list != NULL)
			tell_lead(db, phone, &a[i], list);
		else
			print_lead(db, phone, &a[i]);
		free(a[i].campaign_name);
		free(a[i].name);
		free(a[i].zone);
		free(a[i].account);
	}
	if (n > 0)
		return 0;
	if (list == NULL)
		printf("%s stands in no row that callsheet has read\n", phone);
	return EX_DATAERR;
}

int
verb_why(const struct conf *conf, struct args *args)
{
	const char *account = NULL, *country = NULL, *word = NULL;
	char phone[PHONE_SIZE], *path;
	struct db *db;
	int64_t id = 0;
	int rc;

	while (args_more(args))
		if (!args_text(args, "--account", &account) &&
		    !args_text(args, "--country", &country) &&
		    !args_word(args, &word))
			return args_bad(args);
	if (args->bad || word == NULL)
		return args_bad(args);
	if (args_phone(args, word, country, phone) == -1)
		return EX_DATAERR;
	path = conf_path(conf, conf->database);
	db = db_open(path, BUSY_MS);
	free(path);
	if (db == NULL)
		return EX_CONFIG;
	if (account != NULL && (id = account_id(db, account)) == 0)
		rc = EX_DATAERR;
	else
		rc = explain(db, phone, id, reply_array(&args->reply));
	db_close(db);
	return rc;
}
