/*
 * callsheet status: what the views say, in words.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "compose.h"
#include "conf.h"
#include "db.h"
#include "tell.h"
#include "verbs.h"

static void
print_campaigns(struct db *db)
{
	struct stmt *st = db_stmt(db, SQL_PROGRESS_LIST);
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
print_problems(struct db *db)
{
	struct stmt *st = db_stmt(db, SQL_ANOMALY_LIST);
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
tell(const struct conf *conf, struct db *db)
{
	static const char *const last[] = { "began", "#ended_at", "#placed",
	    "#synced", "#problems", "#status", NULL };
	static const char *const campaign[] = { "campaign", "#rows",
	    "#waiting", "#held", "#live", "#calls", "#completed", "#cost",
	    "#unwritten", "problem", NULL };
	static const char *const problem[] = { "what", "which", "why",
	    "since", NULL };
	struct json_object *js = compose_object(), *problems;
	struct stmt *st = db_stmt(db, SQL_RUN_LAST);
	int n;

	compose_put(js, "dry_run", json_object_new_boolean(conf->dry_run !=
	    0));
	compose_put(js, "last_pass", db_step(st) == DB_ROW ? tell_row(st,
	    last) : NULL);
	db_reset(st);
	compose_put(js, "campaigns", tell_array(db_stmt(db,
	    SQL_PROGRESS_LIST), campaign));
	problems = tell_array(db_stmt(db, SQL_ANOMALY_LIST), problem);
	n = (int)json_object_array_length(problems);
	compose_put(js, "problems", problems);
	puts(compose_line(js));
	json_object_put(js);
	return n;
}

/* The same for people. */
static int
print(const struct conf *conf, struct db *db)
{
	int n;

	print_last(conf, db);
	print_campaigns(db);
	n = print_problems(db);
	if (n == 0 && db_failures(db) == 0)
		puts("\nno problems");
	return n;
}

int
verb_status(const struct conf *conf, struct args *args)
{
	char *path;
	struct db *db;
	int n, known, json = 0;

	while (args_more(args))
		if (!args_flag(args, "--json", &json))
			return args_bad(args);
	path = conf_path(conf, conf->database);
	db = db_open(path, 5000);
	free(path);
	if (db == NULL)
		return EX_CONFIG;
	n = json ? tell(conf, db) : print(conf, db);
	known = db_failures(db) == 0;
	db_close(db);
	if (fflush(stdout) != 0)
		return EX_IOERR;
	return n == 0 && known ? 0 : EX_TEMPFAIL;
}
