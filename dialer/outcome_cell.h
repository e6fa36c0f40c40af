/*
 * The Outcome cell of a row, for import and sync.
 */
#ifndef OUTCOME_CELL_H
#define OUTCOME_CELL_H

#include <stdint.h>

struct db;
struct known;
struct person;
struct reading;

/* Does a cell hold something else than our word?  An empty one does not. */
int	 outcome_cell_differs(const char *cell, const char *ours);
int	 outcome_cell_is_word(const char *cell);
/* Does a row that shows an earlier call of its lead hold a word that was never
 * known of the lead? */
int	 outcome_cell_is_fresh(struct db *, int64_t lead, const char *mark,
	    const char *cell);

/* What a person has written there since is their choice; inside the import's
 * transaction.  k is NULL for a new row. */
void	 outcome_cell_read(struct reading *, const struct person *,
	    const struct known *k);
/* What stands there now is ours. */
void	 outcome_cell_written(struct db *, int64_t lead, const char *shown);

#endif
