/*
 * A JSON reader that keeps nothing but its place.  It knows where in the
 * answer the rows are, collects the bytes of one row, and leaves those to
 * json-c.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "body.h"
#include "rows.h"

#define ROWS_MAX_DEPTH	16
#define ROWS_PATH	5	/* containers open around a row */

enum state {
	WANT_VALUE,		/* after ":" or "," */
	WANT_ITEM,		/* after "[": a value or "]" */
	WANT_KEY,		/* after "," in an object */
	WANT_MEMBER,		/* after "{": a key or "}" */
	WANT_COLON,
	WANT_NEXT,		/* after a value: "," or the end */
	IN_KEY,
	IN_STRING,
	IN_WORD,		/* number, true, false, null */
	IN_ROW,
	IN_ROW_STRING,
	AT_END
};

struct rows {
	rows_row	 call;
	void		*arg;
	const char	*why;
	enum state	 state;
	int		 escaped;
	int		 depth;		/* open containers */
	int		 onpath;	/* of these, on the way to the rows */
	char		 open[ROWS_MAX_DEPTH];
	char		 key[16];	/* the latest, cut */
	size_t		 keylen;
	char		 where[ROWS_RANGE_SIZE];
	size_t		 wherelen;
	int		 keep;		/* this string goes to where */
	size_t		 nranges, nrows;	/* values begun so far */
	int		 rowdepth;
	char		*buf;
	size_t		 len, cap;
};

struct rows *
rows_new(rows_row call, void *arg)
{
	struct rows	*r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	r->call = call;
	r->arg = arg;
	return r;
}

void
rows_free(struct rows *r)
{
	if (r == NULL)
		return;
	free(r->buf);
	free(r);
}

void
rows_reset(struct rows *r)
{
	r->why = NULL;
	r->state = WANT_VALUE;
	r->escaped = r->depth = r->onpath = r->keep = r->rowdepth = 0;
	r->keylen = r->wherelen = r->len = r->nranges = r->nrows = 0;
	r->where[0] = '\0';
}

const char *
rows_why(const struct rows *r)
{
	return r->why != NULL ? r->why : "it is cut off";
}

int
rows_end(const struct rows *r, size_t *nranges)
{
	if (nranges != NULL)
		*nranges = r->nranges;
	return r->why == NULL && r->state == AT_END ? 0 : -1;
}

static int
refuse(struct rows *r, const char *why)
{
	r->why = why;
	return -1;
}

static int
key_is(const struct rows *r, const char *name)
{
	return r->keylen == strlen(name) &&
	    memcmp(r->key, name, r->keylen) == 0;
}

/* Does the container that opens now lead further to the rows? */
static int
leads_on(const struct rows *r, char c)
{
	if (r->onpath != r->depth)
		return 0;
	switch (r->depth) {
	case 0:
	case 2:
		return c == '{';
	case 1:
		return c == '[' && key_is(r, "valueRanges");
	case 3:
		return c == '{' && key_is(r, "valueRange");
	case 4:
		return c == '[' && key_is(r, "values");
	default:
		return 0;
	}
}

static int
open_container(struct rows *r, char c)
{
	if (r->depth == ROWS_MAX_DEPTH)
		return refuse(r, "it is nested too deep");
	if (leads_on(r, c)) {
		r->onpath = r->depth + 1;
		if (r->onpath == 2)
			r->nranges = 0;
		if (r->onpath == ROWS_PATH)
			r->nrows = 0;
	}
	r->open[r->depth++] = c;
	r->state = c == '{' ? WANT_MEMBER : WANT_ITEM;
	return 0;
}

static int
close_container(struct rows *r, char c)
{
	if (r->depth == 0 ||
	    r->open[r->depth - 1] != (c == '}' ? '{' : '['))
		return refuse(r, "its brackets do not match");
	r->depth--;
	if (r->onpath > r->depth)
		r->onpath = r->depth;
	r->state = r->depth == 0 ? AT_END : WANT_NEXT;
	return 0;
}

static int
keep_byte(struct rows *r, char c)
{
	size_t	 cap;
	char	*p;

	if (r->len == ROWS_MAX_BYTES)
		return refuse(r, "a row is too large");
	if (r->len == r->cap) {
		cap = r->cap > 0 ? r->cap * 2 : 4096;
		if ((p = realloc(r->buf, cap)) == NULL)
			return refuse(r, "out of memory");
		r->buf = p;
		r->cap = cap;
	}
	r->buf[r->len++] = c;
	return 0;
}

static int
row_done(struct rows *r)
{
	struct json_object	*row;
	const char		*why = NULL;
	int			 rc;

	row = body_parse(r->buf, r->len, ROWS_MAX_BYTES, ROWS_MAX_CELLS, &why);
	if (row == NULL)
		return refuse(r, why != NULL ? why : "a row is no JSON");
	rc = r->call(r->arg, r->where, r->nranges - 1, r->nrows - 1, row);
	json_object_put(row);
	r->state = WANT_NEXT;
	return rc == 0 ? 0 : refuse(r, "stopped");
}

static int
row_byte(struct rows *r, char c)
{
	if (keep_byte(r, c) == -1)
		return -1;
	if (r->state == IN_ROW_STRING) {
		if (r->escaped)
			r->escaped = 0;
		else if (c == '\\')
			r->escaped = 1;
		else if (c == '"')
			r->state = IN_ROW;
		return 0;
	}
	if (c == '"')
		r->state = IN_ROW_STRING;
	else if (c == '[' || c == '{')
		r->rowdepth++;
	else if ((c == ']' || c == '}') && --r->rowdepth == 0)
		return row_done(r);
	return 0;
}

/* The first byte of a value. */
static int
begin_value(struct rows *r, char c)
{
	if (r->depth == 2 && r->onpath == 2) {
		r->nranges++;
		r->where[0] = '\0';
		r->wherelen = 0;
	}
	if (r->depth == ROWS_PATH && r->onpath == ROWS_PATH) {
		if (c != '[')
			return refuse(r, "a row is no list");
		r->nrows++;
		r->len = 0;
		r->rowdepth = 0;
		r->escaped = 0;
		r->state = IN_ROW;
		return row_byte(r, c);
	}
	if (c == '{' || c == '[')
		return open_container(r, c);
	if (r->depth == 0)
		return refuse(r, "it is no object");
	if (c == '"') {
		r->keep = r->depth == 4 && r->onpath == 4 &&
		    key_is(r, "range");
		r->escaped = 0;
		r->state = IN_STRING;
		return 0;
	}
	if (isalnum((unsigned char)c) || c == '-') {
		r->state = IN_WORD;
		return 0;
	}
	return refuse(r, "it is not JSON");
}

static void
string_byte(struct rows *r, char c)
{
	if (!r->escaped && c == '"') {
		r->state = r->state == IN_KEY ? WANT_COLON : WANT_NEXT;
		return;
	}
	if (r->state == IN_KEY) {
		if (r->keylen < sizeof(r->key))
			r->key[r->keylen] = c;
		r->keylen++;
	} else if (r->keep && r->wherelen < sizeof(r->where) - 1) {
		r->where[r->wherelen++] = c;
		r->where[r->wherelen] = '\0';
	}
	r->escaped = !r->escaped && c == '\\';
}

/* A byte between values. */
static int
mark_byte(struct rows *r, char c)
{
	switch (r->state) {
	case WANT_ITEM:
		if (c == ']')
			return close_container(r, c);
		/* FALLTHROUGH */
	case WANT_VALUE:
		return begin_value(r, c);
	case WANT_MEMBER:
		if (c == '}')
			return close_container(r, c);
		/* FALLTHROUGH */
	case WANT_KEY:
		if (c != '"')
			return refuse(r, "it is not JSON");
		r->keylen = 0;
		r->escaped = 0;
		r->state = IN_KEY;
		return 0;
	case WANT_COLON:
		r->state = WANT_VALUE;
		return c == ':' ? 0 : refuse(r, "it is not JSON");
	case WANT_NEXT:
		if (c == '}' || c == ']')
			return close_container(r, c);
		r->state = r->open[r->depth - 1] == '{' ? WANT_KEY :
		    WANT_VALUE;
		return c == ',' ? 0 : refuse(r, "it is not JSON");
	default:
		return refuse(r, "something follows its end");
	}
}

int
rows_feed(struct rows *r, const char *data, size_t n)
{
	size_t	i;
	char	c;
	int	rc;

	for (i = 0, rc = 0; i < n && r->why == NULL && rc == 0; i++) {
		c = data[i];
		if (r->state == IN_ROW || r->state == IN_ROW_STRING) {
			rc = row_byte(r, c);
			continue;
		}
		if (r->state == IN_KEY || r->state == IN_STRING) {
			string_byte(r, c);
			continue;
		}
		if (r->state == IN_WORD) {
			if (isalnum((unsigned char)c) || c == '.' ||
			    c == '+' || c == '-')
				continue;
			r->state = WANT_NEXT;
		}
		if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
			rc = mark_byte(r, c);
	}
	return r->why == NULL ? 0 : -1;
}
