/*
 * A directory of files that belong together, with the digest of each.
 */
#ifndef PACK_H
#define PACK_H

#include <stddef.h>

struct pack;

/* Make the directory, for its owner only; one that exists must be empty.
 * NULL after a message. */
struct pack	*pack_open(const char *dir);
/* One file; name may have one directory before it, which is made.  0, or -1
 * after a message. */
int		 pack_file(struct pack *, const char *name, const void *,
		    size_t);
/* Write SHA256SUMS: 0, or -1 after a message. */
int		 pack_sums(struct pack *);
void		 pack_close(struct pack *);

#endif
