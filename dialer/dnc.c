/*
 * callsheet dnc: the do-not-call list.  A number that is closed here is closed
 * for every campaign of the account, or of all accounts, at once: before each
 * claim, before each call, and for calls that Bolna has still queued.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "log.h"
#include "phone.h"
#include "tell.h"
#include "verbs.h"

#define BUSY_MS		30000
#define MAX_WORD	200

struct dnc {
	struct db	*db;
	const char	*note, *country, *source;
	const char	*reference, *date;	/* of a scrub; NULL: today */
	long		 numbers;
	int64_t		 id;		/* of the account; 0: all */
	struct reply	*reply;
	long		 changed, known, bad;
};

static void
bind_account(const struct dnc *x, struct stmt *st)
{
	if (x->id != 0)
		db_int(st, ":account", x->id);
}

/* The rows of the number say so, and stop or start waiting. */
static int
tell_rows(struct dnc *x, const char *phone, int closed)
{
	struct stmt *st = db_stmt(x->db, closed ? SQL_LEAD_CLOSED :
	    SQL_LEAD_OPENED), *tell;
	int64_t lead[64];
	size_t n, i;

	do {
		db_text(st, ":phone", phone);
		if (closed) {
			bind_account(x, st);
			db_text(st, ":note", "On the do-not-call list");
		}
		for (n = 0; n < 64 && db_step(st) == DB_ROW; n++)
			lead[n] = db_col_int(st, 0);
		db_reset(st);
		for (i = 0; i < n; i++) {
			tell = db_stmt(x->db, SQL_DELIVERY_LEAD);
			db_int(tell, ":lead", lead[i]);
			db_int(tell, ":now", time(NULL));
			if (db_run(tell) == -1)
				return -1;
		}
	} while (n == 64);
	return 0;
}

static void
none(struct dnc *x, const char *text, const char *why)
{
	struct reply item = reply_item(x->reply, "none");

	reply_text(&item, "given", text);
	reply_text(&item, "why", why);
}

static void
tell_counts(struct dnc *x)
{
	reply_int(x->reply, "changed", x->changed);
	reply_int(x->reply, "unchanged", x->known);
	reply_list(x->reply, "none");
}

/* One number, in a transaction: 0 or -1. */
static int
change(struct dnc *x, const char *text, int add)
{
	char phone[PHONE_SIZE];
	struct stmt *st;
	const char *why;
	int rc;

	if (phone_given(text, x->country, 1, phone, &why) == -1) {
		reply_say(x->reply, "%.*s: %s\n", MAX_WORD, text, why);
		none(x, text, why);
		x->bad++;
		return 0;
	}
	st = db_stmt(x->db, add ? SQL_SUPPRESSION_ADD :
	    SQL_SUPPRESSION_REMOVE);
	bind_account(x, st);
	db_text(st, ":phone", phone);
	if (add) {
		db_text(st, ":source", x->source);
		db_text(st, ":note", x->note);
	} else {
		db_int(st, ":now", time(NULL));
	}
	rc = db_step(st);
	db_reset(st);
	if (rc == DB_FAIL)
		return -1;
	x->changed += rc == DB_ROW;
	x->known += rc != DB_ROW;
	return rc == DB_ROW ? tell_rows(x, phone, add) : 0;
}

static int
change_one(struct dnc *x, const char *text, int add)
{
	if (db_begin(x->db) == -1)
		return EX_TEMPFAIL;
	if (change(x, text, add) == -1) {
		db_rollback(x->db);
		return EX_TEMPFAIL;
	}
	if (db_commit(x->db) == -1)
		return EX_TEMPFAIL;
	if (x->bad == 0)
		reply_say(x->reply, "%s\n", x->changed > 0 ? add ?
		    "closed" : "open again" : add ? "was closed before" :
		    "was not on the list");
	tell_counts(x);
	return x->bad > 0 ? EX_DATAERR : 0;
}

/* One number a line; a comma, and what follows it, is left out. */
static int
import_file(struct dnc *x, const char *path)
{
	FILE *fp = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char line[512];
	int rc = 0;

	if (fp == NULL) {
		log_warn("%s", path);
		return EX_NOINPUT;
	}
	if (db_begin(x->db) == -1)
		rc = EX_TEMPFAIL;
	while (rc == 0 && fgets(line, sizeof(line), fp) != NULL) {
		line[strcspn(line, ",;\t\r\n")] = '\0';
		if (*line != '\0' && change(x, line, 1) == -1)
			rc = EX_TEMPFAIL;
	}
	if (rc == 0 && ferror(fp)) {
		log_warn("%s", path);
		rc = EX_IOERR;
	}
	if (fp != stdin)
		fclose(fp);
	if (rc != 0) {
		db_rollback(x->db);
		return rc;
	}
	if (db_commit(x->db) == -1)
		return EX_TEMPFAIL;
	reply_say(x->reply, "%ld numbers closed, %ld were closed before, "
	    "%ld are none\n", x->changed, x->known, x->bad);
	tell_counts(x);
	return x->bad > 0 ? EX_DATAERR : 0;
}

static int
list(struct dnc *x)
{
	static const char *const names[] = { "phone", "account", "since",
	    "source", "note", NULL };
	struct stmt *st = db_stmt(x->db, SQL_SUPPRESSION_LIST);
	int i;

	bind_account(x, st);
	if (x->reply->json) {
		x->reply->js = tell_array(st, names);
		return 0;
	}
	while (db_step(st) == DB_ROW)
		for (i = 0; i < 5; i++)
			printf("%s%c", db_col_null(st, i) ? "" :
			    db_col_text(st, i), i < 4 ? '\t' : '\n');
	db_reset(st);
	return 0;
}

/* Whoever compares a list with a country's register writes it down. */
static int
scrub(struct dnc *x)
{
	struct stmt *st = db_stmt(x->db, SQL_SCRUB_ADD);
	int64_t id;

	if (x->id == 0 || x->country == NULL || x->reference == NULL) {
		fprintf(stderr, "callsheet dnc: scrub wants --account, "
		    "--country (IN, US, ...) and --reference\n");
		return EX_USAGE;
	}
	if (db_begin(x->db) == -1)
		return EX_TEMPFAIL;
	bind_account(x, st);
	db_text(st, ":country", x->country);
	db_text(st, ":reference", x->reference);
	db_text(st, ":date", x->date);
	db_int(st, ":numbers", x->numbers);
	if ((id = db_value(st, 0)) != 0)
		db_run(db_stmt(x->db, SQL_LEAD_JUDGE_ALL));
	if (db_commit(x->db) == -1)
		return EX_TEMPFAIL;
	if (id != 0) {
		reply_say(x->reply, "taken down\n");
		reply_int(x->reply, "scrub", id);
		return 0;
	}
	fprintf(stderr, "callsheet dnc: there is no register for %s in table "
	    "registry, or --date is no day such as 2026-03-04, or is to "
	    "come\n", x->country);
	return EX_DATAERR;
}

static int
act(struct dnc *x, struct args *args, const char *what, const char *word)
{
	if (strcmp(what, "list") == 0 && word == NULL)
		return list(x);
	if (strcmp(what, "scrub") == 0 && word == NULL)
		return scrub(x);
	if (strcmp(what, "list") == 0 || strcmp(what, "scrub") == 0)
		return args_unknown(args, word);
	x->source = strcmp(what, "import") == 0 ? "file" : "verb";
	if (strcmp(what, "add") != 0 && strcmp(what, "remove") != 0 &&
	    strcmp(what, "import") != 0)
		return args_unknown(args, what);
	if (word == NULL)
		return args_bad(args);
	if (strcmp(what, "import") == 0)
		return import_file(x, word);
	return change_one(x, word, strcmp(what, "add") == 0);
}

int
verb_dnc(const struct conf *conf, struct args *args)
{
	struct dnc x = { .reply = &args->reply };
	const char *what = NULL, *word = NULL, *account = NULL;
	char *path;
	int rc;

	while (args_more(args))
		if (!args_text(args, "--account", &account) &&
		    !args_text(args, "--note", &x.note) &&
		    !args_text(args, "--country", &x.country) &&
		    !args_text(args, "--reference", &x.reference) &&
		    !args_text(args, "--date", &x.date) &&
		    !args_number(args, "--numbers", 0, 100000000,
		    &x.numbers) &&
		    !args_word(args, &what) && !args_word(args, &word))
			return args_bad(args);
	if (args->bad || what == NULL)
		return args_bad(args);
	path = conf_path(conf, conf->database);
	x.db = db_open(path, BUSY_MS);
	free(path);
	if (x.db == NULL)
		return EX_CONFIG;
	if (account != NULL && (x.id = account_id(x.db, account)) == 0)
		rc = EX_DATAERR;
	else
		rc = act(&x, args, what, word);
	db_close(x.db);
	return rc;
}
