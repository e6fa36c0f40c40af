/*
 * Phone numbers as people and spreadsheets write them, to E.164.
 */
#ifndef PHONE_H
#define PHONE_H

#include <stddef.h>

#define PHONE_SIZE	17	/* "+", 15 digits (E.164), NUL */

/* Normalise text to E.164 in out.  country is the calling code (digits, may
 * be NULL) for numbers written without one; was_number says that the sheet
 * had a number there, so that a leading "+" or zeros may be lost.  Returns 0,
 * or -1 with a sentence for the Notes column in *why (constant) when the
 * number is invalid or could be read in two ways: never a guess. */
int	 phone_normalise(const char *text, int was_number, const char *country,
	    char out[PHONE_SIZE], const char **why);

/* The same of a number that a verb was given: where it is refused, the words
 * are about that and not about a cell.  option: --country may be said. */
int	 phone_given(const char *text, const char *country, int option,
	    char out[PHONE_SIZE], const char **why);

/* Others quote numbers in what they say: of what looks like one only the ends
 * stay.  For messages. */
void	 phone_hide(char *text);

#endif
