/*
 * JSON that we send.  Whole or not at all: where memory runs out the program
 * ends with a message, and nothing has left.
 */
#ifndef COMPOSE_H
#define COMPOSE_H

#include <stddef.h>
#include <stdint.h>

struct json_object;

struct json_object *compose_object(void);
struct json_object *compose_array(void);
/* Give a value to an object under a name, or to the end of an array; NULL is
 * JSON's null. */
void	 compose_put(struct json_object *, const char *name,
	    struct json_object *value);
void	 compose_append(struct json_object *, struct json_object *value);

void	 compose_put_text(struct json_object *, const char *name,
	    const char *);
void	 compose_put_int(struct json_object *, const char *name, int64_t);
struct json_object *compose_true(void);
struct json_object *compose_false(void);
struct json_object *compose_text(const char *, size_t n);
/* s is how the number is written. */
struct json_object *compose_number(double, const char *s);

/* All of it on one line.  Borrowed. */
const char	*compose_line(struct json_object *);

#endif
