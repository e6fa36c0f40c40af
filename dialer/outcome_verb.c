/*
 * callsheet outcome: a person says what a call led to.  Their word stands, and
 * what follows from it follows at once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "conf.h"
#include "db.h"
#include "log.h"
#include "outcome_int.h"
#include "phone.h"
#include "verbs.h"

#define BUSY_MS		30000
#define MAX_NOTE	500	/* bytes */

struct asked {
	struct db	*db;
	const char	*who, *word, *note, *campaign, *at;
	char		 phone[PHONE_SIZE];
	int64_t		 attempt, lead;
	struct reply	*reply;
};

/* A number with its "+", or without where the campaign says the country; all
 * else that is only digits is an attempt. */
static int
read_who(const struct conf *conf, const struct args *args, struct asked *a)
{
	const char *country = NULL;
	size_t i;

	if (strspn(a->who, "0123456789") == strlen(a->who) &&
	    strlen(a->who) < 10) {
		a->attempt = atoll(a->who);
		return 0;
	}
	for (i = 0; i < conf->ncampaigns && a->campaign != NULL; i++)
		if (strcmp(conf->campaigns[i].name, a->campaign) == 0)
			country = conf->campaigns[i].country;
	return args_phone(args, a->who, country, a->phone);
}

/* One row, and no doubt which. */
static int
find_lead(struct asked *a)
{
	struct stmt *st = db_stmt(a->db, SQL_LEAD_NAMED);
	char first[200] = "";
	int several = 0;

	if (*a->phone != '\0')
		db_text(st, ":phone", a->phone);
	if (a->attempt != 0)
		db_int(st, ":attempt", a->attempt);
	db_text(st, ":campaign", a->campaign);
	while (db_step(st) == DB_ROW) {
		if (a->lead == 0) {
			a->lead = db_col_int(st, 0);
			snprintf(first, sizeof(first), "%s",
			    db_col_text(st, 1));
		} else if (strcmp(first, db_col_text(st, 1)) != 0) {
			several = 1;
		}
	}
	db_reset(st);
	if (a->lead == 0)
		log_warnx("no row has that number or attempt");
	else if (several)
		log_warnx("the number is in several campaigns: say which with "
		    "--campaign");
	return a->lead == 0 || several ? -1 : 0;
}

static int
store(struct asked *a, enum outcome_word what)
{
	if (db_begin(a->db) == -1)
		return EX_TEMPFAIL;
	if (find_lead(a) == -1) {
		db_rollback(a->db);
		return EX_DATAERR;
	}
	if (outcome_choose(a->db, a->lead, a->attempt, what, "verb", a->at,
	    a->note) == 0 || outcome_apply_now(a->db) == -1) {
		db_rollback(a->db);
		return EX_TEMPFAIL;
	}
	if (db_commit(a->db) == -1)
		return EX_TEMPFAIL;
	reply_say(a->reply, "%s\n", outcome_name(what));
	reply_text(a->reply, "outcome", outcome_name(what));
	return 0;
}

/* What was made of the time, if one was given. */
static int
tell_time(struct asked *a)
{
	struct stmt *st = db_stmt(a->db, SQL_LEAD_NEXT);
	int rc = 0;

	if (a->at == NULL)
		return 0;
	db_int(st, ":lead", a->lead);
	if (db_step(st) == DB_ROW && !db_col_null(st, 0)) {
		reply_say(a->reply, "next attempt: %s\n",
		    db_col_text(st, 0));
		reply_text(a->reply, "next_attempt", db_col_text(st, 0));
	} else {
		log_warnx("no call follows: '%.60s' is no time to come, or "
		    "the outcome or a rule allows none", a->at);
		rc = EX_DATAERR;
	}
	db_reset(st);
	return rc;
}

int
verb_outcome(const struct conf *conf, struct args *args)
{
	struct asked a = { .reply = &args->reply };
	char *path;
	int what, rc;

	while (args_more(args))
		if (!args_text(args, "--note", &a.note) &&
		    !args_text(args, "--campaign", &a.campaign) &&
		    !args_text(args, "--at", &a.at) &&
		    !args_word(args, &a.who) && !args_word(args, &a.word))
			return args_bad(args);
	if (args->bad || a.word == NULL)
		return args_bad(args);
	if ((what = outcome_named(a.word)) == -1) {
		log_warnx("'%.40s' is no outcome; it takes confirmed, "
		    "declined, rescheduled, pending, wrong_person, voicemail, "
		    "opt_out, callback or needs_review", a.word);
		return EX_DATAERR;
	}
	if (a.note != NULL && (strlen(a.note) > MAX_NOTE)) {
		log_warnx("the note is longer than %d bytes", MAX_NOTE);
		return EX_DATAERR;
	}
	if (read_who(conf, args, &a) == -1)
		return EX_DATAERR;
	path = conf_path(conf, conf->database);
	a.db = db_open(path, BUSY_MS);
	free(path);
	if (a.db == NULL)
		return EX_CONFIG;
	if ((rc = store(&a, (enum outcome_word)what)) == 0)
		rc = tell_time(&a);
	db_close(a.db);
	return rc;
}
