/*
 * What db.c and db_create.c share.
 */
#ifndef DB_INT_H
#define DB_INT_H

#include <stdint.h>

#include "db.h"

/* Open the file and its lock, set the connection up; no look at its content.
 * make: it need not exist.  NULL after a message. */
struct db	*db_connect(const char *path, int make, long busy_ms);
/* Durability and limits of the connection: 0, or -1 after a message. */
int		 db_setup(struct db *);
/* Is it ours and of today?  0, or -1 after a message. */
int		 db_check_version(struct db *);
/* Prepare every statement: 0, or -1 after a message. */
int		 db_prepare(struct db *);
/* Statements without parameters: 0, or -1 after a message. */
int		 db_exec(struct db *, const char *sql);
/* The first value of the first row, or -1. */
int64_t		 db_pragma(struct db *, const char *sql);

#endif
