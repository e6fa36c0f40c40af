/*
 * Where a telephone number is at home: its country and time zones.
 */
#ifndef PLACE_H
#define PLACE_H

struct db;

struct place {
	char	 country[3];		/* ISO 3166 */
	char	*timezone;		/* IANA names with commas: all count */
};

/* The place of an E.164 number, from the rows of table place: 1, 0 when none
 * of them has it, or -1 after a message.  place_free when done, in any case. */
int	 place_find(struct db *, const char *phone, struct place *);
void	 place_free(struct place *);

#endif
