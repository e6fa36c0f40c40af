/*
 * What the parts of the outcome share: words as they were said, phrases and
 * fields with their meaning, and what follows from them.
 */
#ifndef OUTCOME_INT_H
#define OUTCOME_INT_H

#include <stddef.h>
#include <stdint.h>

#include "outcome.h"

struct db;
struct json_object;

/* What only phrases can be, beside an outcome. */
#define O_NOT		O__WORDS
#define O_PERHAPS	(O__WORDS + 1)
#define O_NOTHING	(O__WORDS + 2)

/* --- outcome_words.c: text as words --- */

struct word {
	size_t		 at;		/* folded, in words.text */
	size_t		 from, to;	/* in what was read */
	unsigned int	 turn, sentence, clause;
	unsigned char	 question;	/* its sentence ends with "?" */
	unsigned char	 not;		/* for outcome_talk.c */
};

struct words {
	char		*text;
	struct word	*w;
	size_t		 n, cap, len, size;
	unsigned int	 sentence, clause;
};

/* Append the words of n bytes of s; from and to count from base. */
void		 words_add(struct words *, const char *s, size_t n,
		    size_t base, unsigned int turn);
void		 words_free(struct words *);
const char	*words_get(const struct words *, size_t i);
/* Small letters without accents; "|", "*" and "%" stay.  Caller frees. */
char		*words_fold(const char *);
/* True when s is one of the words in "|a|b|c|". */
int		 words_among(const char *list, const char *s);
/* What was said from the word i on, its sentence, cut at some 200 bytes. */
char		*words_quote(const struct words *, const char *source,
		    size_t i);

/* --- policy: outcome_policy.c --- */

struct phrase {
	char		*pattern;	/* folded */
	char		*element[16];	/* in it; "*": a gap */
	size_t		 n, literals;
	int		 outcome;	/* or O_NOT, ... */
	double		 weight;
	char		*name;		/* "phrase en: not * interested" */
};

struct opening {			/* how phrases begin */
	const char	*word;
	size_t		 phrase;
};

struct meaning_of {			/* a row of outcome_field */
	char		*key, *value;
	enum outcome_word outcome;
	int		 step;
	double		 weight;
};

struct policy {
	struct phrase	*phrases;
	size_t		 nphrases;
	struct opening	*openings;	/* in the order of their words */
	size_t		 nopenings;
	size_t		*loose;		/* phrases that begin with a% */
	size_t		 nloose;
	struct meaning_of *fields;	/* in the order of key and value */
	size_t		 nfields;
	char		**slots, **opt_outs;
	size_t		 nslots, nopt_outs;
	double		 needs[O__WORDS];
};

/* NULL after a message. */
struct policy	*policy_read(struct db *);
void		 policy_free(struct policy *);

/* --- evidence --- */

struct finding {
	int		 found;
	enum outcome_word what;
	double		 confidence;
	char		*rule, *span;	/* owned */
	size_t		 word;		/* outcome_talk.c: where it begins */
};

void		 finding_clear(struct finding *);
/* Copies rule and span. */
void		 finding_set(struct finding *, enum outcome_word, double,
		    const char *rule, const char *span);

/* outcome_talk.c: what the person says in a transcript. */
struct talk {
	struct words	 words;		/* the person's */
	struct finding	 said;		/* the last clear statement */
	struct finding	 hint;		/* the best that is none */
	struct finding	 opt_out;	/* asked for, clearly or not */
	struct finding	 asked;		/* the last callback or rescheduled */
	int		 labelled;	/* it tells who speaks */
};

void		 talk_read(struct talk *, const struct policy *,
		    const char *transcript);
void		 talk_free(struct talk *);

/* outcome_fields.c: what an extraction says. */
struct fields {
	struct finding	 stated, implied;	/* by step */
	struct finding	 hint;
	struct finding	 opt_out;
	char		*slot;		/* the text of a time, NULL: none */
};

void		 fields_read(struct fields *, const struct policy *,
		    const char *extraction);
void		 fields_free(struct fields *);

/* outcome_time.c: the time that words name, seen from base in the zone (the
 * first, if there are several).  0 when they name none, -1 when it cannot be
 * read or is not in the half year after base. */
int64_t		 slot_read(const struct words *, size_t from, int64_t base,
		    const char *zones);
int64_t		 slot_read_text(const char *, int64_t base, const char *zones);

/* --- outcome_apply.c: what follows; each 0 or -1 after a message, inside a
 * transaction --- */

/* The lead's row is to be written. */
int		 outcome_tell(struct db *, int64_t lead);
/* The lead is called at that time, if that is allowed; by a rule, or because
 * a person says so.  And not any more. */
int		 outcome_set(struct db *, int64_t lead, int64_t attempt,
		    int64_t at, int rule);
int		 outcome_unset(struct db *, int64_t lead, int64_t at);
/* Whom a person has spoken for rests. */
int		 outcome_hold(struct db *, int64_t lead);
/* The number of this attempt goes onto the do-not-call list. */
int		 outcome_suppress(struct db *, int64_t attempt);
/* Store what a person says: of an attempt, or (0) of the lead's last.  where:
 * by what means.  The row's id, or 0. */
int64_t		 outcome_choose(struct db *, int64_t lead, int64_t attempt,
		    enum outcome_word, const char *where, const char *slot,
		    const char *note);
/* What follows from all that people have said: in a transaction, and with one
 * of its own. */
int		 outcome_apply_now(struct db *);
int		 outcome_apply(struct db *);

#endif
