/*
 * callsheet status: what the views say, in words.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "tell.h"
#include "verbs.h"

/* A list of all accounts, or of one. */
static struct stmt *
ask(struct db *db, enum sql what, int64_t account)
{
	struct stmt *st = db_stmt(db, what);

	if (account != 0)
		db_int(st, ":account", account);
	return st;
}

static void
print_campaigns(struct db *db, int64_t account)
{
	struct stmt *st = ask(db, SQL_PROGRESS_LIST, account);
	int i;

	printf("%-20s %7s %7s %6s %5s %6s %9s %8s %9s\n", "campaign", "rows",
	    "waiting", "held", "live", "calls", "completed", "cost",
	    "unwritten");
	while (db_step(st) == DB_ROW) {
		printf("%-20.20s", db_col_text(st, 0));
		for (i = 1; i < 7; i++)
			printf(" %*lld", i < 3 ? 7 : i == 6 ? 9 : i == 4 ? 5 :
			    6, (long long)db_col_int(st, i));
		printf(" %8.2f %9lld\n", db_col_real(st, 7),
		    (long long)db_col_int(st, 8));
	}
	db_reset(st);
}

static int
print_problems(struct db *db, int64_t account)
{
	struct stmt *st = ask(db, SQL_ANOMALY_LIST, account);
	const char *which, *since;
	int n = 0;

	while (db_step(st) == DB_ROW) {
		which = db_col_text(st, 1);
		since = db_col_text(st, 3);
		printf("%s%s%s%s: %s%s%s\n", n++ == 0 ? "\nProblems:\n" : "",
		    db_col_text(st, 0), which != NULL ? " " : "",
		    which != NULL ? which : "", db_col_text(st, 2),
		    since != NULL ? ", since " : "",
		    since != NULL ? since : "");
	}
	db_reset(st);
	return n;
}

static void
print_last(const struct conf *conf, struct db *db)
{
	struct stmt *st = db_stmt(db, SQL_RUN_LAST);

	if (conf->dry_run)
		puts("dry_run is on: nobody is called");
	if (conf->ncampaigns == 0)
		puts("the settings have no campaign: nobody is called");
	if (db_step(st) == DB_ROW)
		printf("last pass: %s, %lld calls placed, %lld rows "
		    "written\n\n", db_col_text(st, 0),
		    (long long)db_col_int(st, 2), (long long)db_col_int(st,
		    3));
	else
		puts("no pass has run yet: callsheet run\n");
	db_reset(st);
}

/* The same for a program; how many problems there are. */
static int
tell(const struct conf *conf, struct db *db, int64_t account,
    struct reply *a)
{
	static const char *const last[] = { "began", "#ended_at", "#placed",
	    "#synced", "#problems", "#status", NULL };
	static const char *const campaign[] = { "campaign", "#rows",
	    "#waiting", "#held", "#live", "#calls", "#completed", "#cost",
	    "#unwritten", "problem", NULL };
	static const char *const problem[] = { "what", "which", "why",
	    "since", NULL };
	struct json_object *problems;
	struct stmt *st = db_stmt(db, SQL_RUN_LAST);
	int n;

	reply_bool(a, "dry_run", conf->dry_run);
	reply_put(a, "last_pass", db_step(st) == DB_ROW ? tell_row(st,
	    last) : NULL);
	db_reset(st);
	reply_put(a, "campaigns", tell_array(ask(db, SQL_PROGRESS_LIST,
	    account), campaign));
	problems = tell_array(ask(db, SQL_ANOMALY_LIST, account), problem);
	n = (int)json_object_array_length(problems);
	reply_put(a, "problems", problems);
	return n;
}

/* The same for people. */
static int
print(const struct conf *conf, struct db *db, int64_t account)
{
	int n;

	print_last(conf, db);
	print_campaigns(db, account);
	n = print_problems(db, account);
	if (n == 0 && db_failures(db) == 0)
		puts("\nno problems");
	return n;
}

int
verb_status(const struct conf *conf, struct args *args)
{
	const char *name = NULL;
	int64_t account = 0;
	char *path;
	struct db *db;
	int n, known;

	while (args_more(args))
		if (!args_text(args, "--account", &name))
			return args_bad(args);
	if (args->bad)
		return args_bad(args);
	path = conf_path(conf, conf->database);
	db = db_open(path, 5000);
	free(path);
	if (db == NULL)
		return EX_CONFIG;
	if (name != NULL && (account = account_id(db, name)) == 0) {
		db_close(db);
		return EX_DATAERR;
	}
	n = args->reply.json ? tell(conf, db, account, &args->reply) :
	    print(conf, db, account);
	known = db_failures(db) == 0;
	db_close(db);
	return n == 0 && known ? 0 : EX_TEMPFAIL;
}
