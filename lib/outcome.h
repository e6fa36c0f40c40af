/*
 * The words that an outcome can be, as in table outcome_word.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

enum outcome_word {
	O_CONFIRMED, O_DECLINED, O_RESCHEDULED, O_PENDING, O_WRONG_PERSON,
	O_VOICEMAIL, O_OPT_OUT, O_CALLBACK, O_NEEDS_REVIEW, O__WORDS
};

const char	*outcome_name(enum outcome_word);
/* Of a word as people write it ("Wrong person", "opt-out"), or -1. */
int		 outcome_named(const char *);

#endif
