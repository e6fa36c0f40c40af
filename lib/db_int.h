/*
 * What db.c, db_part.c and db_create.c share.
 */
#ifndef DB_INT_H
#define DB_INT_H

#include <stdint.h>
#include <time.h>

#include "db.h"
#include "db_files.h"

struct stmt {
	struct sqlite3_stmt *raw;
	struct db	*db;
};

struct db {
	struct sqlite3	*h;
	struct stmt	 st[SQL__MAX];
	char		*path;
	struct db_files	 files;
	int		 gone;
	int		 lockfd;
	int		 locked;
	int		 spoilt;	/* it must not be committed */
	long		 failures;
	long		 busy_ms;
	time_t		 until;		/* a reader's query must be over */
};

/* Open the file and its lock, set the connection up; no look at its content.
 * make: it need not exist.  NULL after a message. */
struct db	*db_connect(const char *path, int make, long busy_ms);
/* Durability and limits of the connection: 0, or -1 after a message. */
int		 db_setup(struct db *);
/* Is it ours and of today?  0, or -1 after a message. */
int		 db_check_version(struct db *);
/* Prepare every statement: 0, or -1 after a message. */
int		 db_try_all(struct db *);
/* The same, unless that was done before: then each when it is needed. */
int		 db_prepare(struct db *);
/* Statements without parameters: 0, or -1 after a message. */
int		 db_exec(struct db *, const char *sql);
/* The first value of the first row, or -1. */
int64_t		 db_pragma(struct db *, const char *sql);

/* Wait for the lock of writers: 0, or -1 after a message. */
int		 db_lock(struct db *);
void		 db_unlock(struct db *);
/* Take leave of files that were replaced: 0, or -1 when they are in use. */
int		 db_part(struct db *);
/* 0, or -1 after a message when files were replaced or removed. */
int		 db_check_files(struct db *);

#endif
