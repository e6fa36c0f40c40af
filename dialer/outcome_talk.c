/*
 * What the person says in a transcript: phrases, in the order in which they
 * were said.  Weak words ("okay, bye") never become a statement, and neither
 * does a strong one that is negated, doubted or asked.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "log.h"
#include "outcome_int.h"

#define GAP		3	/* words that "*" stands for, at most */
#define BEFORE		4	/* words at which a "not" still counts */
#define AFTER		2
#define WEAK		0.5

struct match {
	const struct phrase	*p;
	size_t			 from, to;
};

/* --- phrases --- */

static int
fits(const char *element, const char *word)
{
	size_t n, len = strlen(word);
	const char *e;

	for (e = element; ; e += n + 1) {
		n = strcspn(e, "|");
		if (n > 0 && e[n - 1] == '%' ? len >= n - 1 &&
		    memcmp(e, word, n - 1) == 0 :
		    n == len && memcmp(e, word, n) == 0)
			return 1;
		if (e[n] == '\0')
			return 0;
	}
}

/* Where the rest of a phrase ends that is at word i in the clause of word
 * first; 0: it is not there. */
static size_t
rest(const struct words *w, const struct phrase *p, size_t e, size_t i,
    size_t first)
{
	size_t gap, end;

	for (; e < p->n; e++, i++) {
		if (strcmp(p->element[e], "*") == 0)
			break;
		if (i >= w->n || w->w[i].clause != w->w[first].clause ||
		    !fits(p->element[e], words_get(w, i)))
			return 0;
	}
	if (e == p->n)
		return i;
	for (gap = 0; gap <= GAP; gap++) {
		if ((end = rest(w, p, e + 1, i + gap, first)) != 0)
			return end;
		if (i + gap >= w->n || w->w[i + gap].not)
			break;
	}
	return 0;
}

static int
better(const struct match *a, const struct match *b)
{
	if (b->p == NULL || a->p->literals != b->p->literals)
		return b->p == NULL || a->p->literals > b->p->literals;
	if (a->p->weight < b->p->weight || a->p->weight > b->p->weight)
		return a->p->weight > b->p->weight;
	return a->to > b->to;
}

static void
try(const struct words *w, const struct phrase *p, size_t i,
    struct match *best)
{
	struct match m = { p, i, rest(w, p, 0, i, i) };

	if (m.to != 0 && better(&m, best))
		*best = m;
}

static int
opening_cmp(const void *key, const void *elem)
{
	return strcmp(key, ((const struct opening *)elem)->word);
}

/* The phrase that begins at word i and says most. */
static struct match
match_at(const struct words *w, const struct policy *p, size_t i)
{
	struct match best = { NULL, i, i + 1 };
	const char *word = words_get(w, i);
	const struct opening *o, *end = p->openings + p->nopenings;
	size_t k;

	o = bsearch(word, p->openings, p->nopenings, sizeof(*o), opening_cmp);
	while (o != NULL && o > p->openings && strcmp(o[-1].word, word) == 0)
		o--;
	for (; o != NULL && o < end && strcmp(o->word, word) == 0; o++)
		try(w, &p->phrases[o->phrase], i, &best);
	for (k = 0; k < p->nloose; k++)
		try(w, &p->phrases[p->loose[k]], i, &best);
	return best;
}

static void
mark_nots(struct words *w, const struct policy *p)
{
	const struct opening *o, *end = p->openings + p->nopenings;
	size_t i;

	for (i = 0; i < w->n; i++) {
		o = bsearch(words_get(w, i), p->openings, p->nopenings,
		    sizeof(*o), opening_cmp);
		while (o != NULL && o > p->openings &&
		    strcmp(o[-1].word, o->word) == 0)
			o--;
		for (; o != NULL && o < end && strcmp(o->word,
		    words_get(w, i)) == 0; o++)
			w->w[i].not |= p->phrases[o->phrase].n == 1 &&
			    p->phrases[o->phrase].outcome == O_NOT;
	}
}

/* --- what they mean together --- */

/* A "not" beside the phrase, in its clause.  Before anything but a promise, a
 * "no" that begins the clause is an answer: "No, cancel it". */
static int
negated(const struct words *w, const struct match *m)
{
	size_t i, before = m->p->outcome == O_CONFIRMED ? BEFORE : 2;

	for (i = m->from; i > 0 && m->from - i < before; i--) {
		if (w->w[i - 1].clause != w->w[m->from].clause)
			break;
		if (w->w[i - 1].not && (m->p->outcome == O_CONFIRMED ||
		    (i > 1 && w->w[i - 2].clause == w->w[i - 1].clause)))
			return 1;
	}
	for (i = m->to; m->p->outcome == O_CONFIRMED && i < w->n &&
	    i - m->to < AFTER; i++)
		if (w->w[i].not && w->w[i].clause == w->w[m->from].clause)
			return 1;
	return 0;
}

struct reader {
	struct talk		*t;
	const struct policy	*p;
	const char		*source;
	unsigned int		 doubtful;	/* sentence + 1 */
};

static void
keep(const struct reader *r, struct finding *f, const struct match *m,
    enum outcome_word what, double weight)
{
	char *span = words_quote(&r->t->words, r->source, m->from);

	finding_set(f, what, weight, m->p->name, span);
	f->word = m->from;
	free(span);
}

/* What counts against a phrase. */
static double
weigh(const struct reader *r, const struct match *m, enum outcome_word *what)
{
	const struct words *w = &r->t->words;
	double weight = m->p->weight;
	int promise = *what == O_CONFIRMED || *what == O_DECLINED;

	if (*what == O_VOICEMAIL || *what == O_NEEDS_REVIEW)
		return weight;
	if (negated(w, m)) {
		if (promise)
			*what = *what == O_CONFIRMED ? O_DECLINED :
			    O_NEEDS_REVIEW;
		return weight < WEAK ? weight : WEAK;
	}
	if (promise && weight > WEAK && (w->w[m->from].question ||
	    r->doubtful == w->w[m->from].sentence + 1))
		return WEAK;
	return weight;
}

static void
take(struct reader *r, const struct match *m)
{
	struct talk *t = r->t;
	enum outcome_word what;
	double weight;

	if (m->p->outcome >= O__WORDS)
		return;
	what = (enum outcome_word)m->p->outcome;
	weight = weigh(r, m, &what);
	if (what == O_OPT_OUT) {
		if (!t->opt_out.found || weight > t->opt_out.confidence)
			keep(r, &t->opt_out, m, what, weight);
		return;
	}
	if (weight < r->p->needs[what]) {
		if (!t->hint.found || weight >= t->hint.confidence)
			keep(r, &t->hint, m, what, weight);
		return;
	}
	/* Nothing makes a wrong person or a machine the right one. */
	if (t->said.found && (t->said.what == O_WRONG_PERSON ||
	    t->said.what == O_VOICEMAIL) && what != O_CONFIRMED)
		return;
	if (t->said.found && t->said.what == O_WRONG_PERSON)
		what = O_NEEDS_REVIEW;
	if (t->said.found && t->said.what == O_VOICEMAIL)
		return;
	keep(r, &t->said, m, what, weight);
	if (what == O_CALLBACK || what == O_RESCHEDULED)
		keep(r, &t->asked, m, what, weight);
}

/* A doubt counts for its whole sentence, also before it is uttered. */
static int
is_doubtful(const struct reader *r, const struct match *m, size_t n)
{
	const struct words *w = &r->t->words;
	size_t i;

	for (i = 0; i < n && w->w[m[i].from].sentence ==
	    w->w[m->from].sentence; i++)
		if (m[i].p->outcome == O_PERHAPS)
			return 1;
	return 0;
}

static void
read_matches(struct reader *r, const struct match *m, size_t n)
{
	const struct words *w = &r->t->words;
	size_t i;

	for (i = 0; i < n; i++) {
		if ((i == 0 || w->w[m[i].from].sentence !=
		    w->w[m[i - 1].from].sentence) &&
		    is_doubtful(r, m + i, n - i))
			r->doubtful = w->w[m[i].from].sentence + 1;
		take(r, &m[i]);
	}
}

/* --- who speaks --- */

static size_t
label(const char *line, const char *const *names)
{
	const char *p = line + strspn(line, " \t*");
	size_t n;

	for (; *names != NULL; names++) {
		n = strlen(*names);
		if (strncasecmp(p, *names, n) != 0)
			continue;
		if (p[n + strspn(p + n, " \t*")] == ':')
			return (size_t)(p - line) + n +
			    strspn(p + n, " \t*") + 1;
	}
	return 0;
}

static void
read_lines(struct talk *t, const char *source)
{
	static const char *const person[] = { "user", "human", "customer",
	    "recipient", NULL };
	static const char *const machine[] = { "assistant", "agent", "bot",
	    "ai", "system", NULL };
	const char *line, *text;
	unsigned int turn = 0;
	int theirs = 0;
	size_t n, skip;

	for (line = source; *line != '\0'; line += n + (line[n] == '\n')) {
		n = strcspn(line, "\n");
		text = line;
		if ((skip = label(line, person)) != 0) {
			theirs = t->labelled = 1;
			turn++;
		} else if ((skip = label(line, machine)) != 0) {
			theirs = 0;
			t->labelled = 1;
		}
		if (skip > n)
			skip = n;
		text += skip;
		if (theirs)
			words_add(&t->words, text, n - skip,
			    (size_t)(text - source), turn);
	}
}

void
talk_read(struct talk *t, const struct policy *p, const char *transcript)
{
	struct reader r = { .t = t, .p = p, .source = transcript };
	struct match *m, found;
	size_t i, n = 0;

	memset(t, 0, sizeof(*t));
	read_lines(t, transcript);
	if (t->words.n == 0)
		return;
	mark_nots(&t->words, p);
	if ((m = calloc(t->words.n, sizeof(*m))) == NULL)
		fatal(EX_OSERR, NULL);
	for (i = 0; i < t->words.n; i = found.to) {
		found = match_at(&t->words, p, i);
		if (found.p != NULL)
			m[n++] = found;
	}
	read_matches(&r, m, n);
	free(m);
}

void
talk_free(struct talk *t)
{
	words_free(&t->words);
	finding_clear(&t->said);
	finding_clear(&t->hint);
	finding_clear(&t->opt_out);
	finding_clear(&t->asked);
}
