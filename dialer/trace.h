/*
 * A telephone number in text, however somebody has spelt it.
 */
#ifndef TRACE_H
#define TRACE_H

#include <stddef.h>

#include "phone.h"

struct trace {
	char	 digits[PHONE_SIZE];	/* without the country's code */
	size_t	 n;
};

/* What is looked for, of a number in E.164. */
void	 trace_of(struct trace *, const char *phone);

/* Where the number begins in n bytes at s, with its length there; NULL when
 * they do not hold it.  Blanks, dashes, dots and brackets between digits do
 * not hide it, nor that a text is UTF-16 or JSON. */
const char *trace_find(const struct trace *, const char *s, size_t n,
	    size_t *len);

/* Put something else in the place of its digits wherever it stands; what was
 * JSON stays JSON.  Returns how often. */
size_t	 trace_mask(const struct trace *, char *s, size_t n);

#endif
