/*
 * The policy of outcomes, from its rows into memory: phrases by the word with
 * which they begin, fields by their name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "db.h"
#include "log.h"
#include "outcome_int.h"

static int
find_name(const char *s)
{
	return strcmp(s, "not") == 0 ? O_NOT : strcmp(s, "perhaps") == 0 ?
	    O_PERHAPS : strcmp(s, "nothing") == 0 ? O_NOTHING :
	    outcome_named(s);
}

void
finding_clear(struct finding *f)
{
	free(f->rule);
	free(f->span);
	memset(f, 0, sizeof(*f));
}

void
finding_set(struct finding *f, enum outcome_word what, double confidence,
    const char *rule, const char *span)
{
	finding_clear(f);
	f->found = 1;
	f->what = what;
	f->confidence = confidence;
	f->rule = strdup(rule);
	f->span = strdup(span);
	if (f->rule == NULL || f->span == NULL)
		fatal(EX_OSERR, NULL);
}

/* --- reading --- */

static void *
grow(void *list, size_t n, size_t size)
{
	/* By doubling: at every power of two. */
	if ((n & (n - 1)) == 0 && (list = reallocarray(list,
	    n == 0 ? 1 : n * 2, size)) == NULL)
		fatal(EX_OSERR, NULL);
	return list;
}

static char *
copy(const char *s)
{
	char *p = strdup(s == NULL ? "" : s);

	if (p == NULL)
		fatal(EX_OSERR, NULL);
	return p;
}

static void
read_phrase(struct policy *p, struct stmt *st)
{
	struct phrase *ph;
	char *s, *e;
	int what = find_name(db_col_text(st, 2));

	p->phrases = grow(p->phrases, p->nphrases, sizeof(*ph));
	ph = &p->phrases[p->nphrases];
	memset(ph, 0, sizeof(*ph));
	ph->pattern = s = words_fold(db_col_text(st, 1));
	while ((e = strsep(&s, " ")) != NULL && ph->n <
	    sizeof(ph->element) / sizeof(ph->element[0])) {
		if (*e == '\0')
			continue;
		ph->element[ph->n++] = e;
		ph->literals += strcmp(e, "*") != 0;
	}
	/* One that begins with a gap, or is too long, would fit anywhere. */
	if (what == -1 || e != NULL || ph->n == 0 ||
	    strcmp(ph->element[0], "*") == 0) {
		log_warnx("outcome_phrase: '%s' is passed over",
		    db_col_text(st, 1));
		free(ph->pattern);
		return;
	}
	ph->outcome = what;
	ph->weight = db_col_real(st, 3);
	if (asprintf(&ph->name, "phrase %s: %s", db_col_text(st, 0),
	    db_col_text(st, 1)) == -1)
		fatal(EX_OSERR, NULL);
	p->nphrases++;
}

static int
opening_cmp(const void *a, const void *b)
{
	return strcmp(((const struct opening *)a)->word,
	    ((const struct opening *)b)->word);
}

/* The words with which phrase i begins; from here on they are apart. */
static void
read_openings(struct policy *p, size_t i)
{
	char *s = copy(p->phrases[i].element[0]), *first = s, *e;
	int loose = 0;

	while ((e = strsep(&s, "|")) != NULL) {
		if (*e == '\0')
			continue;
		if (e[strlen(e) - 1] == '%') {
			loose = 1;
			continue;
		}
		p->openings = grow(p->openings, p->nopenings,
		    sizeof(*p->openings));
		p->openings[p->nopenings].word = copy(e);
		p->openings[p->nopenings++].phrase = i;
	}
	if (loose) {
		p->loose = grow(p->loose, p->nloose, sizeof(*p->loose));
		p->loose[p->nloose++] = i;
	}
	free(first);
}

static void
read_field(struct policy *p, struct stmt *st)
{
	struct meaning_of *m;
	int what = outcome_named(db_col_text(st, 2));

	if (what == -1)
		return;
	p->fields = grow(p->fields, p->nfields, sizeof(*m));
	m = &p->fields[p->nfields++];
	m->key = copy(db_col_text(st, 0));
	m->value = copy(db_col_text(st, 1));
	m->outcome = (enum outcome_word)what;
	m->step = (int)db_col_int(st, 3);
	m->weight = db_col_real(st, 4);
}

static int
read_names(struct db *db, enum sql id, char ***list, size_t *n)
{
	struct stmt *st = db_stmt(db, id);
	int rc;

	while ((rc = db_step(st)) == DB_ROW) {
		*list = grow(*list, *n, sizeof(**list));
		(*list)[(*n)++] = copy(db_col_text(st, 0));
	}
	db_reset(st);
	return rc;
}

static int
read_rows(struct policy *p, struct db *db)
{
	struct stmt *st;
	int rc, what;

	st = db_stmt(db, SQL_OUTCOME_WORDS);
	while ((rc = db_step(st)) == DB_ROW)
		if ((what = outcome_named(db_col_text(st, 0))) != -1)
			p->needs[what] = db_col_real(st, 1);
	db_reset(st);
	if (rc == DB_FAIL)
		return -1;
	st = db_stmt(db, SQL_OUTCOME_PHRASES);
	while ((rc = db_step(st)) == DB_ROW)
		read_phrase(p, st);
	db_reset(st);
	if (rc == DB_FAIL)
		return -1;
	st = db_stmt(db, SQL_OUTCOME_FIELDS);
	while ((rc = db_step(st)) == DB_ROW)
		read_field(p, st);
	db_reset(st);
	if (rc == DB_FAIL ||
	    read_names(db, SQL_OUTCOME_SLOTS, &p->slots, &p->nslots) == -1)
		return -1;
	return read_names(db, SQL_OUTCOME_OPT_OUTS, &p->opt_outs,
	    &p->nopt_outs);
}

struct policy *
policy_read(struct db *db)
{
	struct policy *p;
	size_t i;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal(EX_OSERR, NULL);
	if (read_rows(p, db) == -1) {
		policy_free(p);
		return NULL;
	}
	for (i = 0; i < p->nphrases; i++)
		read_openings(p, i);
	if (p->nopenings > 0)
		qsort(p->openings, p->nopenings, sizeof(*p->openings),
		    opening_cmp);
	return p;
}

static void
free_names(char **list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

void
policy_free(struct policy *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->nphrases; i++) {
		free(p->phrases[i].pattern);
		free(p->phrases[i].name);
	}
	for (i = 0; i < p->nopenings; i++)
		free((void *)(uintptr_t)p->openings[i].word);
	for (i = 0; i < p->nfields; i++) {
		free(p->fields[i].key);
		free(p->fields[i].value);
	}
	free(p->phrases);
	free(p->openings);
	free(p->loose);
	free(p->fields);
	free_names(p->slots, p->nslots);
	free_names(p->opt_outs, p->nopt_outs);
	free(p);
}
