/*
 * PUT /api/candidate/<id>/status: a person says what a call led to.
 */
#ifndef CANDIDATE_H
#define CANDIDATE_H

#include <stddef.h>
#include <stdint.h>

struct db;

#define CANDIDATE_ID	128	/* bytes of an id, its end included */
#define CANDIDATE_BODY	16384	/* bytes of a body */

struct candidate {
	char	 id[CANDIDATE_ID];	/* Bolna's execution, or a row's Key */
	char	 user[64];		/* who says so */
	char	 word[32];		/* what */
	char	 at[200], note[512];	/* "": not said */
};

/* True when the path is one of these, with a readable id. */
int	 candidate_path(const char *path, char id[CANDIDATE_ID]);

/* The rest of *c from a body: 0, or -1 and a constant phrase in *why. */
int	 candidate_read(struct candidate *, const char *body, size_t n,
	    const char **why);

enum candidate_result {
	CANDIDATE_FAILED = -1,	/* after a message; roll back */
	CANDIDATE_STORED,
	CANDIDATE_ABSENT,	/* not known, or not in this user's account */
	CANDIDATE_SEVERAL	/* rows have this key */
};

/* Store the choice, inside a transaction. */
enum candidate_result candidate_store(struct db *, const struct candidate *,
	    int64_t now);

#endif
