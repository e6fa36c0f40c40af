/*
 * callsheet credits: what the owner of an account has sold to who calls with
 * it, what is left of that, and where the rest went.  Calls are charged by the
 * database itself (sql/schema/money.sql), so that none can be forgotten here.
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
#include "verbs.h"

#define BUSY_MS		30000
#define SHOWN		20	/* entries, the last */
#define AMOUNT_SIZE	32

struct credits {
	struct db		*db;
	int64_t			 account;	/* 0: all */
	const char		*note;
	struct json_object	*list;		/* for --json, or NULL */
};

/* -12500 is "-1.2500". */
static const char *
amount(int64_t v, char out[AMOUNT_SIZE])
{
	int64_t n = v < 0 ? -v : v;

	snprintf(out, AMOUNT_SIZE, "%s%lld.%04lld", v < 0 ? "-" : "",
	    (long long)(n / CONF_UNIT), (long long)(n % CONF_UNIT));
	return out;
}

static void
put_amount(struct json_object *js, const char *name, int64_t v)
{
	char s[AMOUNT_SIZE];

	compose_put(js, name, compose_number((double)v / CONF_UNIT,
	    amount(v, s)));
}

static void
print_entry(struct stmt *st)
{
	char s[AMOUNT_SIZE];

	printf("  %s  %-10s  %12s", db_col_str(st, 1), db_col_str(st, 2),
	    amount(db_col_int(st, 3), s));
	if (!db_col_null(st, 4))
		printf("  attempt %lld", (long long)db_col_int(st, 4));
	if (*db_col_str(st, 5) != '\0')
		printf("  %s", db_col_str(st, 5));
	putchar('\n');
}

static struct json_object *
entry(struct stmt *st)
{
	struct json_object *js = compose_object();

	compose_put_int(js, "entry", db_col_int(st, 0));
	compose_put_text(js, "at", db_col_str(st, 1));
	compose_put_text(js, "kind", db_col_str(st, 2));
	put_amount(js, "amount", db_col_int(st, 3));
	if (db_col_null(st, 4))
		compose_put(js, "attempt", NULL);
	else
		compose_put_int(js, "attempt", db_col_int(st, 4));
	compose_put_text(js, "note", db_col_str(st, 5));
	return js;
}

/* The last entries, newest first, into the list or onto the terminal. */
static void
entries(struct credits *x, int64_t account, struct json_object *js)
{
	struct json_object *list = js != NULL ? compose_array() : NULL;
	struct stmt *st = db_stmt(x->db, SQL_CREDIT_LIST);

	db_int(st, ":account", account);
	db_int(st, ":limit", SHOWN);
	while (db_step(st) == DB_ROW) {
		if (list != NULL)
			compose_append(list, entry(st));
		else
			print_entry(st);
	}
	db_reset(st);
	if (js != NULL)
		compose_put(js, "entries", list);
}

static void
print_balance(struct stmt *st)
{
	char left[AMOUNT_SIZE], aside[AMOUNT_SIZE], price[AMOUNT_SIZE];

	printf("%s: %s credits are left, %s of them kept aside for calls "
	    "under way; a minute is %s, counted in steps of %lld seconds\n",
	    db_col_str(st, 1), amount(db_col_int(st, 2), left),
	    amount(db_col_int(st, 3), aside), amount(db_col_int(st, 4),
	    price), (long long)db_col_int(st, 5));
}

static struct json_object *
balance(struct stmt *st)
{
	struct json_object *js = compose_object();

	compose_put_text(js, "account", db_col_str(st, 1));
	put_amount(js, "left", db_col_int(st, 2));
	put_amount(js, "reserved", db_col_int(st, 3));
	put_amount(js, "price", db_col_int(st, 4));
	compose_put_int(js, "pulse", db_col_int(st, 5));
	return js;
}

static int
show(struct credits *x)
{
	struct stmt *st = db_stmt(x->db, SQL_CREDIT_BALANCE);
	struct json_object *js;
	int rc, n = 0;

	if (x->account != 0)
		db_int(st, ":account", x->account);
	for (; (rc = db_step(st)) == DB_ROW; n++) {
		js = NULL;
		if (x->list != NULL)
			js = balance(st);
		else
			print_balance(st);
		entries(x, db_col_int(st, 0), js);
		if (js != NULL)
			compose_append(x->list, js);
	}
	db_reset(st);
	if (rc == DB_FAIL)
		return EX_TEMPFAIL;
	if (n > 0 || x->list != NULL)
		return 0;
	puts("no credits are asked for: there is no credit_price in the "
	    "settings, or no pass has run since");
	return 0;
}

/* Which account gets them, when none was named? */
static int
choose(struct credits *x)
{
	if (x->account == 0)
		x->account = db_value(db_stmt(x->db, SQL_CREDIT_ACCOUNT), 0);
	if (x->account != 0)
		return 0;
	fprintf(stderr, "callsheet credits: which account? Name it with "
	    "--account\n");
	return -1;
}

static int
enter(struct credits *x, int64_t v)
{
	struct stmt *st = db_stmt(x->db, SQL_CREDIT_ADD);
	char s[AMOUNT_SIZE];

	if (choose(x) == -1)
		return EX_DATAERR;
	if (db_begin(x->db) == -1)
		return EX_TEMPFAIL;
	db_int(st, ":account", x->account);
	db_int(st, ":amount", v);
	db_text(st, ":note", x->note);
	if (db_run(st) == -1) {
		db_rollback(x->db);
		return EX_TEMPFAIL;
	}
	st = db_stmt(x->db, SQL_CREDIT_LEFT);
	db_int(st, ":account", x->account);
	v = db_value(st, 0);
	if (db_commit(x->db) == -1)
		return EX_TEMPFAIL;
	if (x->list != NULL)
		return show(x);
	printf("entered; %s credits are left\n", amount(v, s));
	return 0;
}

static int
act(struct credits *x, struct args *args, const char *what, const char *much)
{
	int take = what != NULL && strcmp(what, "take") == 0;
	long v;

	if (what == NULL)
		return x->note == NULL ? show(x) : args_bad(args);
	if (!take && strcmp(what, "add") != 0)
		return args_unknown(args, what);
	if (much == NULL)
		return args_bad(args);
	if (conf_money(much, strlen(much), &v) == -1 || v == 0) {
		fprintf(stderr, "callsheet credits: want an amount such as "
		    "12.50, not '%s'\n", much);
		return EX_DATAERR;
	}
	if (x->note == NULL || *x->note == '\0') {
		fprintf(stderr, "callsheet credits: entries are never edited: "
		    "say with --note what this one is for\n");
		args->bad = 1;
		return args_bad(args);
	}
	return enter(x, take ? -v : v);
}

int
verb_credits(const struct conf *conf, struct args *args)
{
	const char *what = NULL, *much = NULL, *account = NULL;
	struct credits x = { 0 };
	char *path;
	int rc;

	while (args_more(args))
		if (!args_text(args, "--account", &account) &&
		    !args_text(args, "--note", &x.note) &&
		    !args_word(args, &what) && !args_word(args, &much))
			return args_bad(args);
	if (args->bad)
		return args_bad(args);
	path = conf_path(conf, conf->database);
	x.db = db_open(path, BUSY_MS);
	free(path);
	if (x.db == NULL)
		return EX_CONFIG;
	x.list = args->reply.json ? compose_array() : NULL;
	if (account != NULL && (x.account = account_id(x.db, account)) == 0)
		rc = EX_DATAERR;
	else
		rc = act(&x, args, what, much);
	if (rc == 0)
		args->reply.js = x.list;
	else
		json_object_put(x.list);
	db_close(x.db);
	return rc;
}
