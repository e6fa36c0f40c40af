/*
 * callsheet evidence: all that is known about the calls to one number, as
 * files that a lawyer and a program can read.  The same data give the same
 * bytes: two packs can be compared, and one can be checked years later.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "conf.h"
#include "csv_file.h"
#include "db.h"
#include "dialer.h"
#include "log.h"
#include "pack.h"
#include "phone.h"
#include "verbs.h"
#include "window.h"

#define BUSY_MS	30000

struct evidence {
	struct db	*db;
	struct pack	*pack;
	char		 phone[PHONE_SIZE];
	int64_t		 account;	/* 0: all */
	const char	*account_name;
	long		 leads, decisions, calls, events, transcripts,
			 recordings, suppressions, settings, outcomes,
			 analyses, contacts;
};

/* A table of the pack: the columns of the query after its first, which is the
 * person's time zone.  One that begins with "@" is a time and becomes two, one
 * with "/" is kept in a file of its own, of which the column has the name. */
struct table_file {
	const char	*name;
	enum sql	 query;
	const char	*columns;
	const char	*sub;		/* names of those files, with the number
					   of the row */
};

static const struct table_file tables[] = {
	{ "leads.csv", SQL_EVIDENCE_LEADS, "lead account campaign sheet phone "
	    "name key other_columns country timezone timezone_from consent "
	    "consent_date control status_before present held held_note "
	    "granted @next @first_seen", NULL },
	{ "decisions.csv", SQL_EVIDENCE_DECISIONS, "decision @at campaign for "
	    "lead verdict rule says facts @next settings", NULL },
	{ "attempts.csv", SQL_EVIDENCE_CALLS, "attempt account campaign lead "
	    "phone agent from_number state execution @decided @sent @over "
	    "http_status note stage status confirmed talk_seconds "
	    "line_seconds cost_cents @ringing @answered @disconnected @ended "
	    "hangup_by hangup_reason hangup_code voicemail redialled_by_bolna "
	    "error summary extraction recording @pruned /transcript",
	    "transcripts/%04ld.txt" },
	{ "events.csv", SQL_EVIDENCE_EVENTS, "event execution source "
	    "@received sha256 /body", "events/%04ld.json" },
	{ "suppression.csv", SQL_EVIDENCE_SUPPRESSIONS, "entry account phone "
	    "source note @added @removed @erased", NULL },
	{ "outcomes.csv", SQL_EVIDENCE_OUTCOMES, "outcome account campaign "
	    "lead attempt source says rule confidence words asked_for "
	    "@asked_for note @decided @applied", NULL },
	{ "analyses.csv", SQL_EVIDENCE_ANALYSES, "analysis account phone kind "
	    "attempt state error result score calls model response "
	    "input_tokens output_tokens @asked @answered", NULL },
	{ "contacts.csv", SQL_EVIDENCE_CONTACTS, "contact account phone email "
	    "name other_phone phone_from email_from name_from @created "
	    "@changed", NULL },
};

static void
add(struct csv_buffer *b, const char *s, size_t n)
{
	if (csv_buffer_add(b, s, n) == -1)
		fatal(EX_OSERR, NULL);
}

/* A cell and a comma.  What a spreadsheet would calculate gets a quote before
 * it, and so does what begins with one. */
static void
add_cell(struct csv_buffer *row, const char *s)
{
	struct csv_buffer value = { 0 };

	if (csv_is_formula(s) || *s == '\'' || *s == '\r')
		add(&value, "'", 1);
	add(&value, s, strlen(s));
	if (csv_field_add(row, &value) == -1)
		fatal(EX_OSERR, NULL);
	add(row, ",", 1);
	free(value.s);
}

static void
end_row(struct csv_buffer *out)
{
	out->s[out->len - 1] = '\n';
}

static void
add_heads(struct csv_buffer *out, const char *columns)
{
	char head[64];
	const char *s;
	size_t n;

	for (s = columns; *s != '\0'; s += n + strspn(s + n, " ")) {
		n = strcspn(s, " ");
		snprintf(head, sizeof(head), "%.*s%s", (int)n - (*s == '@' ||
		    *s == '/'), s + (*s == '@' || *s == '/'), *s == '@' ?
		    "_utc" : "");
		add_cell(out, head);
		if (*s == '@') {
			snprintf(head, sizeof(head), "%.*s_local", (int)n - 1,
			    s + 1);
			add_cell(out, head);
		}
	}
	add_cell(out, "zone");
	end_row(out);
}

/* The process's zone from here on: the first of those that the person may be
 * in.  Returns its name. */
static const char *
be_in(const char *zones, char out[80])
{
	snprintf(out, 80, "%.*s", zones == NULL ? 0 :
	    (int)strcspn(zones, ","), zones == NULL ? "" : zones);
	if (!window_zone_known(out))
		snprintf(out, 80, "UTC");
	window_localtime(out);
	return out;
}

/* 2026-11-21T09:15:00Z, and the same as 2026-11-21T14:45:00+05:30. */
static void
add_time(struct csv_buffer *row, struct stmt *st, int i)
{
	char s[64] = "", offset[8];
	struct tm tm;
	time_t t;

	if (db_col_null(st, i)) {
		add_cell(row, "");
		add_cell(row, "");
		return;
	}
	t = (time_t)db_col_int(st, i);
	strftime(s, sizeof(s), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
	add_cell(row, s);
	localtime_r(&t, &tm);
	strftime(offset, sizeof(offset), "%z", &tm);
	strftime(s, sizeof(s), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(s + strlen(s), sizeof(s) - strlen(s), "%.3s:%s", offset,
	    offset + 3);
	add_cell(row, s);
}

/* A text in a file of its own; nothing for none. */
static int
add_file(struct evidence *x, struct csv_buffer *row, struct stmt *st, int i,
    const char *sub, long nth)
{
	char name[64] = "";
	const char *body;
	size_t n;

	body = db_col_blob(st, i, &n);
	if (n > 0) {
		/* One of the table above, all with one %ld. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(name, sizeof(name), sub, nth);
#pragma GCC diagnostic pop
		if (pack_file(x->pack, name, body, n) == -1)
			return -1;
		x->transcripts += strncmp(sub, "transcripts", 11) == 0;
	}
	add_cell(row, name);
	return 0;
}

static int
add_row(struct evidence *x, struct csv_buffer *out, struct stmt *st,
    const struct table_file *t, long nth)
{
	const char *s, *v;
	char zone[80];
	int i = 1;

	be_in(db_col_text(st, 0), zone);
	for (s = t->columns; *s != '\0'; s += strcspn(s, " "),
	    s += strspn(s, " "), i++) {
		if (*s == '@') {
			add_time(out, st, i);
		} else if (*s == '/') {
			if (add_file(x, out, st, i, t->sub, nth) == -1)
				return -1;
		} else {
			v = db_col_text(st, i);
			add_cell(out, v != NULL ? v : "");
		}
	}
	add_cell(out, zone);
	end_row(out);
	return 0;
}

static struct stmt *
ask(struct evidence *x, enum sql query)
{
	struct stmt *st = db_stmt(x->db, query);

	db_text(st, ":phone", x->phone);
	if (x->account != 0)
		db_int(st, ":account", x->account);
	return st;
}

/* How many rows, or -1 after a message. */
static long
write_table(struct evidence *x, const struct table_file *t)
{
	struct csv_buffer out = { 0 };
	struct stmt *st = ask(x, t->query);
	long n = 0;
	int rc;

	add_heads(&out, t->columns);
	while ((rc = db_step(st)) == DB_ROW)
		if (add_row(x, &out, st, t, ++n) == -1)
			break;
	db_reset(st);
	if (rc != DB_DONE || pack_file(x->pack, t->name, out.s, out.len) == -1)
		n = -1;
	free(out.s);
	return n;
}

/* The addresses by themselves, for who has to fetch what is said there. */
static long
write_recordings(struct evidence *x)
{
	static const char head[] = "attempt,execution,recording\n";
	struct csv_buffer out = { 0 };
	struct stmt *st = ask(x, SQL_EVIDENCE_CALLS);
	const char *url;
	long n = 0;
	int rc;

	add(&out, head, sizeof(head) - 1);
	while ((rc = db_step(st)) == DB_ROW) {
		if ((url = db_col_text(st, 33)) == NULL)
			continue;
		add_cell(&out, db_col_null(st, 1) ? "" :
		    db_col_text(st, 1));
		add_cell(&out, db_col_text(st, 9));
		add_cell(&out, url);
		end_row(&out);
		n++;
	}
	db_reset(st);
	if (rc != DB_DONE || pack_file(x->pack, "recordings.csv", out.s,
	    out.len) == -1)
		n = -1;
	free(out.s);
	return n;
}

/* Is the section of settings, up to end, for the eyes of the account? */
static int
is_own_section(const char *p, const char *end, const char *account)
{
	char own[128];
	size_t n;

	if (strncmp(p, "[account ", 9) == 0)
		n = (size_t)snprintf(own, sizeof(own), "[account %s]\n",
		    account);
	else if (strncmp(p, "[campaign ", 10) == 0)
		n = (size_t)snprintf(own, sizeof(own), "\naccount = %s\n",
		    account);
	else
		return 1;
	return memmem(p, (size_t)(end - p), own, n) != NULL;
}

/* The settings without the sections of other accounts.  Caller frees. */
static char *
own_settings(const char *text, const char *account, size_t *size)
{
	const char *p = text, *end;
	char *out = NULL;
	FILE *fp = open_memstream(&out, size);

	if (fp == NULL)
		fatal(EX_OSERR, NULL);
	fprintf(fp, "; The digest is that of all settings; these are those of "
	    "account %s.\n", account);
	for (; *p != '\0'; p = end) {
		end = strstr(p, "\n[");
		end = end != NULL ? end + 1 : p + strlen(p);
		if (is_own_section(p, end, account))
			fwrite(p, 1, (size_t)(end - p), fp);
	}
	if (ferror(fp) | (fclose(fp) != 0) || out == NULL)
		fatal(EX_OSERR, NULL);
	return out;
}

static int
write_one_settings(struct evidence *x, const char *name, const char *text)
{
	size_t size = strlen(text);
	char *own = NULL;
	int rc;

	if (x->account != 0)
		text = own = own_settings(text, x->account_name, &size);
	rc = pack_file(x->pack, name, text, size);
	free(own);
	return rc;
}

static long
write_settings(struct evidence *x)
{
	struct stmt *st = ask(x, SQL_EVIDENCE_SETTINGS);
	char name[128];
	long n = 0;
	int rc;

	while ((rc = db_step(st)) == DB_ROW) {
		snprintf(name, sizeof(name), "settings/%.64s.conf",
		    db_col_str(st, 0));
		if (write_one_settings(x, name, db_col_str(st, 1)) == -1)
			break;
		n++;
	}
	db_reset(st);
	return rc == DB_DONE ? n : -1;
}

static const char readme[] =
"Times ending in _utc are UTC; those ending in _local are the person's, with\n"
"the distance from UTC, in the time zone of column \"zone\" (the first, where\n"
"the number may be in several). All files are UTF-8.\n"
"\n"
"leads.csv        the rows of the sheets that have this number, as last read\n"
"decisions.csv    why the number was called, put off or blocked: the rule, in\n"
"                 words, what it looked at, and under which settings; \"for\"\n"
"                 says whether for this row or for the campaign as a whole\n"
"attempts.csv     every decision to dial, whether or not a call came of it.\n"
"                 \"sent\" is when the request to call left, \"confirmed\" 1\n"
"                 when Bolna, the telephone service, has confirmed the end to\n"
"                 our question. State \"not ours\": a call to this number of\n"
"                 which Bolna speaks and which callsheet has not placed.\n"
"                 Cost is in hundredths of Bolna's currency; \"pruned\" is\n"
"                 when words and recording were removed for their age\n"
"transcripts/     what was said, one file a call; named in attempts.csv\n"
"events.csv       what Bolna has said about the calls, in order of arrival\n"
"events/          the same word for word. \"sha256\" in events.csv is the\n"
"                 digest that was taken on arrival; where there is no file,\n"
"                 the body was removed for its age and the digest is left.\n"
"                 Where file and digest differ, somebody else's number was\n"
"                 starred out, who asked to be forgotten\n"
"recordings.csv   addresses of recordings. The sound itself is kept by Bolna,\n"
"                 not here, and may be deleted there: fetch it in time\n"
"suppression.csv  the number on the do-not-call list, past and present\n"
"outcomes.csv     what the calls led to, by which rule or by whom, and the\n"
"                 words it rests on\n"
"analyses.csv     what a language model made of each call, and of all of\n"
"                 them together; \"result\" is its answer\n"
"contacts.csv     who the number is known as, and from which attempt\n"
"settings/        the settings of each decision, by their digest, without\n"
"                 secrets\n"
"SHA256SUMS       the digest of each file: sha256sum -c SHA256SUMS\n"
"\n"
"Cells in the .csv files: a spreadsheet would calculate a cell that begins\n"
"with = + - @ or a tab. Such a cell, and so every telephone number, has one '\n"
"before it, and so has a cell that begins with '. A program takes one ' away\n"
"from the beginning of each cell that has one, and has what was stored.\n"
"\n"
"The same data give the same files, byte for byte.\n";

static int
write_readme(struct evidence *x, const char *account)
{
	char *text;
	int n, rc;

	n = asprintf(&text, "What callsheet knows about calls to %s%s%s.\n\n"
	    "%ld rows of sheets, %ld decisions, %ld attempts, %ld events, "
	    "%ld transcripts,\n%ld recordings, %ld entries of the do-not-call "
	    "list, %ld outcomes,\n%ld analyses, %ld contacts, %ld versions "
	    "of the settings.\n\n%s", x->phone,
	    account != NULL ? " for the account " : "", account != NULL ?
	    account : "", x->leads, x->decisions, x->calls, x->events,
	    x->transcripts, x->recordings, x->suppressions, x->outcomes,
	    x->analyses, x->contacts, x->settings, readme);
	if (n == -1)
		fatal(EX_OSERR, NULL);
	rc = pack_file(x->pack, "README.txt", text, (size_t)n);
	free(text);
	return rc;
}

static int
write_pack(struct evidence *x, const char *account)
{
	long *const count[] = { &x->leads, &x->decisions, &x->calls,
	    &x->events, &x->suppressions, &x->outcomes, &x->analyses,
	    &x->contacts };
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if ((*count[i] = write_table(x, &tables[i])) == -1)
			return -1;
	if ((x->recordings = write_recordings(x)) == -1 ||
	    (x->settings = write_settings(x)) == -1 ||
	    write_readme(x, account) == -1)
		return -1;
	return pack_sums(x->pack);
}

/* Is there anything to write? */
static int
is_known(struct evidence *x)
{
	struct stmt *st;
	int known = 0;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]) && !known; i++) {
		st = ask(x, tables[i].query);
		known = db_step(st) == DB_ROW;
		db_reset(st);
	}
	return known;
}

/* All files are of one moment, that of the transaction around it. */
static int
make_pack(struct evidence *x, const char *account, const char *dir)
{
	int rc;

	if (!is_known(x) && db_failures(x->db) == 0) {
		fprintf(stderr, "callsheet evidence: nothing is known of this "
		    "number%s%s; %s was not made\n",
		    account != NULL ? " by account " : "", account != NULL ?
		    account : "", dir);
		return EX_DATAERR;
	}
	if ((x->pack = pack_open(dir)) == NULL)
		return EX_CANTCREAT;
	rc = write_pack(x, account);
	pack_close(x->pack);
	if (rc == 0)
		return 0;
	log_warnx("%s: is not whole; remove it and try again", dir);
	return EX_TEMPFAIL;
}

static int
evidence(struct evidence *x, const char *account, const char *dir,
    struct reply *a)
{
	int rc;

	x->account_name = account;
	if (account != NULL && (x->account = account_id(x->db, account)) == 0)
		return EX_DATAERR;
	if (db_look(x->db) == -1)
		return EX_TEMPFAIL;
	rc = make_pack(x, account, dir);
	db_rollback(x->db);
	if (rc != 0)
		return rc;
	reply_say(a, "%s: %ld rows, %ld decisions, %ld attempts, %ld events, "
	    "%ld transcripts\n", dir, x->leads, x->decisions, x->calls,
	    x->events, x->transcripts);
	reply_text(a, "directory", dir);
	reply_int(a, "rows", x->leads);
	reply_int(a, "decisions", x->decisions);
	reply_int(a, "attempts", x->calls);
	reply_int(a, "events", x->events);
	reply_int(a, "transcripts", x->transcripts);
	return 0;
}

int
verb_evidence(const struct conf *conf, struct args *args)
{
	const char *account = NULL, *country = NULL, *word = NULL;
	const char *dir = NULL;
	struct evidence x = { 0 };
	char *path;
	int rc;

	while (args_more(args))
		if (!args_text(args, "--account", &account) &&
		    !args_text(args, "--country", &country) &&
		    !args_word(args, &word) && !args_word(args, &dir))
			return args_bad(args);
	if (args->bad || dir == NULL)
		return args_bad(args);
	if (args_phone(args, word, country, x.phone) == -1)
		return EX_DATAERR;
	path = conf_path(conf, conf->database);
	x.db = db_open(path, BUSY_MS);
	free(path);
	if (x.db == NULL)
		return EX_CONFIG;
	rc = evidence(&x, account, dir, &args->reply);
	db_close(x.db);
	return rc;
}
