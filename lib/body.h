/*
 * JSON that a peer sent: limits before parsing, then lookups that survive a
 * member being absent, null or of another type.
 */
#ifndef BODY_H
#define BODY_H

#include <stddef.h>
#include <stdint.h>

struct json_object;

/* json-c 0.16 takes up to 265 bytes of memory for one byte of "{},": what can
 * cost memory is counted before it is parsed. */
#define BODY_MAX_BYTES	(1024 * 1024)	/* Bolna's largest seen: 11 KB */
#define BODY_MAX_MARKS	20000		/* of { [ , : outside strings */
#define BODY_MAX_DEPTH	16

/* True when the n bytes are UTF-8 as RFC 3629 has it: no overlong forms, no
 * surrogates, nothing above U+10FFFF. */
int	 utf8_valid(const char *, size_t n);

/* Take out what is none: a text that was cut to fit ends within a character
 * as a rule, and would be refused wherever it goes. */
void	 utf8_whole(char *);

/* Why of a body that is not refused: there is no memory to read it with. */
extern const char body_no_memory[];

/* Parse one JSON object or array of at most max_bytes, max_marks structural
 * characters and BODY_MAX_DEPTH levels.  Returns NULL and sets *why to a
 * constant phrase ("not UTF-8", "nested too deep", ...) when it is refused, to
 * body_no_memory itself when it might be read another time.
 * A number that JSON does not have (NaN, 1e999) is null in the result.
 * Caller puts the result back with json_object_put. */
struct json_object *body_parse(const char *, size_t n, size_t max_bytes,
	    size_t max_marks, const char **why);

/* Member by dotted path ("telephony_data.duration"), NULL when any step is
 * absent, null or no object.  Borrowed. */
struct json_object *body_get(struct json_object *, const char *path);

/* A string member without NUL bytes inside, else NULL.  Borrowed. */
const char	*body_text(struct json_object *, const char *path);

/* A number, or a string that is wholly one ("49", "0.0"); returns 0 and sets
 * *out, or -1 when absent, of another type, or not finite. */
int	 body_number(struct json_object *, const char *path, double *out);

/* A string or integer member as text of at most size - 1 bytes: 0, or -1 when
 * absent, of another type, empty, too long or holding control characters. */
int	 body_word(struct json_object *, const char *path, char *out,
	    size_t size);

#endif
