/*
 * What a verb answers: lines for people as it goes, or, where --json was
 * given, one line of JSON for programs when it is over.  A verb says both and
 * need not know which is wanted.
 */
#ifndef REPLY_H
#define REPLY_H

#include <stdint.h>

struct json_object;

struct reply {
	int			 json;	/* --json was given */
	struct json_object	*js;	/* for programs; NULL: nothing yet */
};

/* For people: printf. */
void	 reply_say(const struct reply *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* For programs: a member of an object.  A text may be NULL. */
void	 reply_text(struct reply *, const char *name, const char *);
void	 reply_int(struct reply *, const char *name, int64_t);
void	 reply_bool(struct reply *, const char *name, int);
/* The value is given away, also where nobody wants it. */
void	 reply_put(struct reply *, const char *name, struct json_object *);
/* One more object in the list of that name, to be filled; the list itself
 * without an item, so that an empty one is there. */
void	 reply_list(struct reply *, const char *name);
struct reply reply_item(struct reply *, const char *name);
/* The answer as a whole is a list; NULL for people. */
struct json_object *reply_array(struct reply *);

/* The exit status, when all is said. */
int	 reply_end(struct reply *, int status);

#endif
