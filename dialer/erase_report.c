/*
 * What "callsheet erase" says: what a person still has to do by hand, and
 * whether the bytes on the disk are free of the number.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "db.h"
#include "erase_int.h"
#include "log.h"
#include "sheet.h"

#define CHUNK	(1024 * 1024)

struct report {
	char	*rows, *calls;	/* as they are printed */
	size_t	 nrows, ncalls;
	struct reply told;	/* the same for programs */
};

static void
print_row(FILE *fp, struct stmt *st, struct report *r)
{
	const char *others = db_col_text(st, 3);
	struct reply item = reply_item(&r->told, "rows_by_hand");
	enum column col;

	reply_text(&item, "campaign", db_col_text(st, 0));
	reply_text(&item, "sheet", db_col_text(st, 1));
	reply_bool(&item, "there", db_col_int(st, 2) != 0);

	fprintf(fp, "  campaign %s, %s: clear the row of this number%s\n"
	    "    ", db_col_text(st, 0), db_col_text(st, 1),
	    db_col_int(st, 2) ? "" : ", if it is still there");
	for (col = 0; col < COL__MAX; col++)
		fprintf(fp, "%s%s", col == 0 ? "" : ", ", column_name(col));
	fprintf(fp, "%s%s\n", others != NULL && *others != '\0' ?
	    "; and what became " : "", others != NULL ? others : "");
}

/* One row a line, or one call. */
static size_t
collect(struct erase *x, enum sql what, FILE *fp, struct report *r)
{
	struct reply item;
	struct stmt *st;
	size_t i, n = 0;

	for (i = 0; i < x->leads.n; i++) {
		st = db_stmt(x->db, what);
		db_int(st, ":lead", x->leads.id[i]);
		for (; db_step(st) == DB_ROW; n++) {
			if (what == SQL_ERASE_SHEET) {
				print_row(fp, st, r);
				continue;
			}
			fprintf(fp, "  %s\n", db_col_text(st, 0));
			item = reply_item(&r->told, "calls_at_bolna");
			reply_text(&item, "execution", db_col_text(st, 0));
		}
		db_reset(st);
	}
	return n;
}

struct report *
erase_report(struct erase *x)
{
	struct report *r = calloc(1, sizeof(*r));
	FILE *rows, *calls;
	size_t size;

	if (r == NULL || (rows = open_memstream(&r->rows, &size)) == NULL ||
	    (calls = open_memstream(&r->calls, &size)) == NULL)
		fatal(EX_OSERR, NULL);
	r->told.json = x->reply->json;
	reply_list(&r->told, "rows_by_hand");
	reply_list(&r->told, "calls_at_bolna");
	r->nrows = collect(x, SQL_ERASE_SHEET, rows, r);
	r->ncalls = collect(x, SQL_ERASE_CALLS, calls, r);
	if (fclose(rows) == EOF || fclose(calls) == EOF)
		fatal(EX_OSERR, NULL);
	return r;
}

void
erase_report_free(struct report *r)
{
	if (r == NULL)
		return;
	free(r->rows);
	free(r->calls);
	json_object_put(r->told.js);
	free(r);
}

static void
tell(const struct erase *x, struct report *r)
{
	*x->reply = r->told;
	r->told.js = NULL;
	reply_int(x->reply, "rows", (int64_t)r->nrows);
	reply_int(x->reply, "calls", (int64_t)r->ncalls);
	reply_int(x->reply, "calls_of_others", x->strays);
	reply_int(x->reply, "bodies", (int64_t)x->bodies.n);
	reply_int(x->reply, "starred_out", x->masked);
}

void
erase_say(const struct erase *x, struct report *r)
{
	if (x->reply->json) {
		tell(x, r);
		return;
	}
	printf("erased: %zu rows, %zu calls, %ld calls of others to or about "
	    "this number, %zu bodies in quarantine\n", r->nrows, r->ncalls,
	    x->strays, x->bodies.n);
	if (x->masked > 0)
		printf("in what %ld others have said the number is starred "
		    "out\n", x->masked);
	printf("the number %s on the do-not-call list, and its row is not "
	    "taken in again, until \"callsheet dnc remove\"\n",
	    x->closed ? "is now" : "stays");
	if (r->nrows > 0)
		printf("by hand, and in the history that Google keeps of a "
		    "sheet:\n%s", r->rows);
	if (r->ncalls > 0)
		printf("Bolna still has these calls, with their recordings:\n"
		    "%s", r->calls);
	puts("copies of the database from before still hold the person");
}

/* How often the digits stand in a file that may be missing, or -1. */
static long
count_in(const char *path, const struct trace *t)
{
	size_t keep = 0, len;
	const char *p, *end;
	char *buf;
	long n = 0;
	ssize_t got;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return errno == ENOENT ? 0 : -1;
	if ((buf = malloc(CHUNK + PHONE_SIZE)) == NULL)
		fatal(EX_OSERR, NULL);
	while ((got = read(fd, buf + keep, CHUNK)) > 0) {
		len = keep + (size_t)got;
		end = buf + len;
		for (p = buf; (p = memmem(p, (size_t)(end - p), t->digits,
		    t->n)) != NULL; p += t->n)
			n++;
		/* One that lies across the border is counted next time. */
		keep = len < t->n - 1 ? len : t->n - 1;
		memmove(buf, end - keep, keep);
	}
	free(buf);
	close(fd);
	return got == -1 ? -1 : n;
}

/* Closing a descriptor of the database drops the locks that SQLite has on it:
 * it is closed before. */
static int
search(struct erase *x, long expected)
{
	static const char *const suffix[] = { "", "-wal" };
	long n = 0, got = 0;
	char *path;
	size_t i;

	db_close(x->db);
	x->db = NULL;
	for (i = 0; i < 2 && got != -1; i++) {
		if (asprintf(&path, "%s%s", x->path, suffix[i]) == -1)
			fatal(EX_OSERR, NULL);
		if ((got = count_in(path, &x->trace)) == -1)
			log_warn("%s", path);
		free(path);
		n += got;
	}
	if (got == -1)
		return EX_IOERR;
	reply_int(x->reply, "left", n > expected ? n - expected : 0);
	if (n > expected) {
		log_warnx("the number still stands in %ld places of the "
		    "database's files: something came in meanwhile, or it is "
		    "part of something else; erase again", n - expected);
		return EX_TEMPFAIL;
	}
	reply_say(x->reply, "verified: the database's files hold the number "
	    "nowhere else\n");
	return 0;
}

int
erase_verify(struct erase *x)
{
	struct stmt *st = db_stmt(x->db, SQL_SUPPRESSION_COUNT);
	int64_t expected;
	int rc;

	db_text(st, ":phone", x->phone);
	expected = db_value(st, -1);
	rc = db_rewrite(x->db);
	if (rc != 0 || expected == -1) {
		log_warnx("the person is erased, but %s; erase again later",
		    rc == 1 ? "another program reads the database, whose log "
		    "still holds them" : "the database's file could not be "
		    "written anew and may still hold them");
		return EX_TEMPFAIL;
	}
	if (x->mentioned > 0) {
		reply_say(x->reply, "%ld rows of other people hold the "
		    "number, the first in campaign %s: clear it in the sheet, "
		    "let a pass run, erase again\n", x->mentioned, x->where);
		reply_int(x->reply, "rows_of_others", x->mentioned);
		return EX_TEMPFAIL;
	}
	if (x->account != 0) {
		st = db_stmt(x->db, SQL_ERASE_ELSEWHERE);
		db_text(st, ":phone", x->phone);
		db_int(st, ":account", x->account);
		if (db_value(st, 0) > 0) {
			reply_say(x->reply, "other accounts keep what they "
			    "have about it\n");
			reply_bool(x->reply, "elsewhere", 1);
			return 0;
		}
	}
	return search(x, (long)expected);
}
