/*
 * People write an outcome as they like: both programs read it the same way.
 */
#include <ctype.h>
#include <string.h>

#include "outcome.h"

static const char *const names[O__WORDS] = { "confirmed", "declined",
    "rescheduled", "pending", "wrong_person", "voicemail", "opt_out",
    "callback", "needs_review" };

const char *
outcome_name(enum outcome_word o)
{
	return names[o];
}

/* Only the letters count: "Opt-out", "opt out" and "OPT_OUT" are one word. */
static int
is_same(const char *s, const char *name)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s >= 0x80)
			return 0;
		if (!isalnum((unsigned char)*s))
			continue;
		if (*name == '_')
			name++;
		if (tolower((unsigned char)*s) != *name++)
			return 0;
	}
	return *name == '\0';
}

int
outcome_named(const char *s)
{
	int i;

	for (i = 0; i < O__WORDS; i++)
		if (is_same(s, names[i]))
			return i;
	return -1;
}
