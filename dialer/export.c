/*
 * callsheet export: the calls and what came of them, for other programs and
 * for spreadsheets.  A row at a time, so that a million need no more memory
 * than one.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "compose.h"
#include "conf.h"
#include "csv_file.h"
#include "db.h"
#include "log.h"
#include "tell.h"
#include "verbs.h"

#define BUSY_MS		30000
#define PAGE		500
#define FOREVER		INT64_C(253402300800)	/* the year 10000 */

/* The columns of export_calls.sql, as tell.h has them. */
static const char *const fields[] = { "#attempt", "account", "campaign",
    "agent", "key", "name", "phone", "from", "placed", "ringing", "answered",
    "ended", "state", "status", "?confirmed", "execution", "note", "error",
    "#seconds", "#cost", "hangup_by", "hangup_code", "hangup_reason",
    "?voicemail", "summary", "transcript", "recording", "{extraction", NULL };

struct export {
	struct db	*db;
	const char	*account, *campaign;
	int64_t		 since, until;
	const struct format *format;
	struct csv_buffer line, value;
	long		 rows;
};

struct format {
	const char	*name;
	void		(*head)(struct export *);
	void		(*row)(struct export *, struct stmt *);
	void		(*tail)(struct export *);
};

/* --- JSON: one array, or one object a line --- */

static void
ndjson_row(struct export *x, struct stmt *st)
{
	struct json_object *js = tell_row(st, fields);

	(void)x;
	puts(compose_line(js));
	json_object_put(js);
}

static void
json_head(struct export *x)
{
	(void)x;
	putchar('[');
}

static void
json_row(struct export *x, struct stmt *st)
{
	puts(x->rows == 0 ? "" : ",");
	ndjson_row(x, st);
}

static void
json_tail(struct export *x)
{
	(void)x;
	puts("]");
}

static void
nothing(struct export *x)
{
	(void)x;
}

/* --- CSV as RFC 4180 has it; what a spreadsheet would run is text --- */

static void
csv_end(struct export *x)
{
	if (csv_buffer_add(&x->line, "\r\n", 2) == -1)
		fatal(EX_OSERR, NULL);
	fwrite(x->line.s, 1, x->line.len, stdout);
}

static void
csv_add(struct export *x, int i, const char *text)
{
	int rc = csv_buffer_set(&x->value, "", 0);

	/* A telephone number is one, not a formula: "+" and digits. */
	if (csv_is_formula(text) && !(text[0] == '+' &&
	    text[1 + strspn(text + 1, "0123456789")] == '\0'))
		rc |= csv_buffer_add(&x->value, "'", 1);
	rc |= csv_buffer_add(&x->value, text, strlen(text));
	if (i == 0)
		rc |= csv_buffer_set(&x->line, "", 0);
	else
		rc |= csv_buffer_add(&x->line, ",", 1);
	if (rc != 0 || csv_field_add(&x->line, &x->value) == -1)
		fatal(EX_OSERR, NULL);
}

static void
csv_head(struct export *x)
{
	int i;

	for (i = 0; fields[i] != NULL; i++)
		csv_add(x, i, fields[i] + (strchr("#?{", fields[i][0]) !=
		    NULL));
	csv_end(x);
}

static void
csv_row(struct export *x, struct stmt *st)
{
	int i;

	for (i = 0; fields[i] != NULL; i++)
		csv_add(x, i, db_col_str(st, i));
	csv_end(x);
}

static const struct format formats[] = {
	{ "json", json_head, json_row, json_tail },
	{ "ndjson", nothing, ndjson_row, nothing },
	{ "csv", csv_head, csv_row, nothing },
};

static const struct format *
format_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(name, formats[i].name) == 0)
			return &formats[i];
	fprintf(stderr, "callsheet export: --format is json, ndjson or csv, "
	    "not '%s'\n", name);
	return NULL;
}

/* The next calls after one: how many, or -1. */
static int
page(struct export *x, int64_t *after)
{
	struct stmt *st = db_stmt(x->db, SQL_EXPORT_CALLS);
	int n = 0, rc;

	db_int(st, ":after", *after);
	db_text(st, ":account", x->account);
	db_text(st, ":campaign", x->campaign);
	db_int(st, ":since", x->since);
	db_int(st, ":until", x->until);
	db_int(st, ":limit", PAGE);
	while ((rc = db_step(st)) == DB_ROW && !ferror(stdout)) {
		*after = db_col_int(st, 0);
		x->format->row(x, st);
		x->rows++;
		n++;
	}
	db_reset(st);
	return rc == DB_FAIL ? -1 : n;
}

static int
export(struct export *x)
{
	struct stmt *st = db_stmt(x->db, SQL_EXPORT_KNOWN);
	int64_t after = 0;
	int n;

	db_text(st, ":account", x->account);
	db_text(st, ":campaign", x->campaign);
	if ((x->account != NULL || x->campaign != NULL) &&
	    db_value(st, 0) == 0) {
		log_warnx("there is no %s%s%s%s, or no pass has run yet: "
		    "\"callsheet run\" takes in those of the settings",
		    x->campaign != NULL ? "campaign " : "",
		    x->campaign != NULL ? x->campaign : "",
		    x->account == NULL ? "" : x->campaign != NULL ?
		    " of account " : "account ",
		    x->account == NULL ? "" : x->account);
		return EX_DATAERR;
	}
	x->format->head(x);
	while ((n = page(x, &after)) == PAGE && !ferror(stdout))
		;
	if (n == -1)
		return EX_TEMPFAIL;
	x->format->tail(x);
	return 0;
}

int
verb_export(const struct conf *conf, struct args *args)
{
	struct export x = { .until = FOREVER };
	const char *format = "ndjson";
	char *path;
	int rc;

	while (args_more(args))
		if (!args_text(args, "--format", &format) &&
		    !args_text(args, "--account", &x.account) &&
		    !args_text(args, "--campaign", &x.campaign) &&
		    !args_time(args, "--since", &x.since) &&
		    !args_time(args, "--until", &x.until))
			return args_bad(args);
	if (args->bad)
		return args_bad(args);
	if ((x.format = format_find(format)) == NULL)
		return EX_USAGE;
	if (x.since >= x.until) {
		fprintf(stderr, "callsheet export: --since must be before "
		    "--until\n");
		return EX_USAGE;
	}
	path = conf_path(conf, conf->database);
	x.db = db_open(path, BUSY_MS);
	free(path);
	if (x.db == NULL)
		return EX_CONFIG;
	rc = export(&x);
	db_close(x.db);
	free(x.line.s);
	free(x.value.s);
	return rc;
}
