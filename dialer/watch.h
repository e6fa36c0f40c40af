/*
 * Measuring what watch.c watches.
 */
#ifndef WATCH_H
#define WATCH_H

#include <stdint.h>

/* Megabytes that we may still write on the disk of this file, or -1 after a
 * message. */
int64_t	 watch_free_mb(const char *database);
/* Megabytes in the write-ahead log of this database. */
int64_t	 watch_wal_mb(const char *database);

#endif
