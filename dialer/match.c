/*
 * The execution that we wrote into a row is proof of whose it is; then comes
 * the name; then, for want of anything better, that there is only one.  Of
 * copies of one person's row the topmost serves.
 */
#include <string.h>

#include "match.h"

enum round {
	BY_MARK_AND_NAME,
	BY_MARK_AND_KEY,	/* the name was edited */
	BY_MARK,		/* the key was edited */
	BY_KEY_AND_NAME,	/* a row that shows nobody's call */
	BY_KEY_AND_OLD_NAME,	/* whatever it shows */
	BY_NAME,		/* a Key column came or went */
	BY_KEY,			/* the name was edited, and it shows no call */
	BY_NUMBER,
	ROUND__MAX
};

static int
fits(const struct match_row *r, const struct match_lead *l, enum round round)
{
	int key = strcmp(r->key, l->key) == 0;
	int name = strcmp(r->name, l->name) == 0;
	int nokey = *r->key == '\0' || *l->key == '\0';
	/* Whoever edits a name leaves our call beside it: with another name
	 * and without the call it is somebody else's row, of a shared number,
	 * in the place of one that was taken out. */
	int other = *l->mark != '\0' && *r->mark == '\0' && nokey;
	int mark = *l->mark != '\0' && strcmp(r->mark, l->mark) == 0;

	switch (round) {
	case BY_MARK_AND_NAME:
		return mark && key && name;
	case BY_MARK_AND_KEY:
		return mark && key;
	case BY_MARK:
		return mark;
	case BY_KEY_AND_NAME:
		return key && name && *r->mark == '\0';
	case BY_KEY_AND_OLD_NAME:
		return key && name;
	case BY_NAME:
		return nokey && name;
	case BY_KEY:
		/* Another name in place of a row that was taken out is
		 * another person. */
		return key && l->present && !other;
	case BY_NUMBER:
		return nokey && l->present && !other;
	default:
		return 0;
	}
}

static void
match_round(struct match_row *rows, size_t nrows, struct match_lead *leads,
    size_t nleads, enum round round)
{
	struct match_row *r;
	struct match_lead *l;

	for (r = rows; r < rows + nrows; r++)
		for (l = leads; l < leads + nleads && r->lead == NULL; l++)
			if (l->row == NULL && fits(r, l, round)) {
				r->lead = l;
				l->row = r;
			}
}

/* Whoever has no row by now is unsure when two could be it. */
static void
match_doubt(struct match_row *rows, size_t nrows, struct match_lead *leads,
    size_t nleads)
{
	const struct match_row *r, *first;
	struct match_lead *l;
	size_t left = 0;

	for (l = leads; l < leads + nleads; l++)
		left += l->row == NULL && l->present;
	for (l = leads; l < leads + nleads; l++) {
		if (l->row != NULL)
			continue;
		l->unsure = left > 1;
		first = NULL;
		for (r = rows; r < rows + nrows; r++) {
			if (r->lead != NULL)
				continue;
			if (first == NULL)
				first = r;
			else if (strcmp(r->name, first->name) != 0)
				l->unsure = 1;
		}
	}
}

void
match(struct match_row *rows, size_t nrows, struct match_lead *leads,
    size_t nleads)
{
	int round;

	for (round = 0; round < ROUND__MAX; round++) {
		if (round == BY_KEY)
			match_doubt(rows, nrows, leads, nleads);
		match_round(rows, nrows, leads, nleads, (enum round)round);
	}
}
