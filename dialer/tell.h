/*
 * Rows of the database as JSON, for the verbs that programs read.
 */
#ifndef TELL_H
#define TELL_H

struct json_object;
struct stmt;

/* The row at which a statement stands, as an object.  names, one a column and
 * NULL at the end, begin with "#" for a number, "?" for yes or no and "{" for
 * JSON; the rest is text. */
struct json_object *tell_row(struct stmt *, const char *const *names);
/* All rows of a bound statement, as an array; resets it. */
struct json_object *tell_array(struct stmt *, const char *const *names);

#endif
