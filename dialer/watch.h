/*
 * Measuring what watch.c watches.
 */
#ifndef WATCH_H
#define WATCH_H

#include <stdint.h>

struct conf;

/* Megabytes that we may still write on the disk of this file, or -1 after a
 * message. */
int64_t	 watch_free_mb(const char *database);
/* Is there a file with the database's name and ".stop"?  Whoever can make it
 * can stop all calls, without a password or a manual. */
int	 watch_stop_file(const struct conf *);
/* Megabytes in the write-ahead log of this database. */
int64_t	 watch_wal_mb(const char *database);

#endif
