/*
 * Standard output without control characters.
 */
#ifndef PLAIN_H
#define PLAIN_H

struct plain {
	int	held;		/* the beginning of one, perhaps */
};

/* From now on, until the program ends. */
void	 plain_begin(struct plain *);

#endif
