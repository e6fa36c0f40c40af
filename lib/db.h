/*
 * The database: opened, checked, prepared and locked as sql/schema
 * promises.  Only db.c knows SQLite.  A struct db belongs to one thread.
 */
#ifndef DB_H
#define DB_H

#include <stddef.h>
#include <stdint.h>

#include "sql.h"

struct db;
struct stmt;

#define DB_APPLICATION_ID 0x63736874	/* "csht", marks the file as ours */
/* user_version that this code knows: sql/schema is always of today. */
#define DB_VERSION	  (1 + sql_upgrades)

enum { DB_FAIL = -1, DB_DONE = 0, DB_ROW = 1 };

/* Open an existing database and make sure that every statement but a reader's
 * fits it.  busy_ms is how long a write waits for others.  NULL after a logged
 * message that names the cure: not there, not ours, other version, network
 * disk, unwritable; with errno EAGAIN when the disk or somebody's lock is the
 * cause, which may pass. */
struct db	*db_open(const char *path, long busy_ms);
void		 db_close(struct db *);

/* Open it for reading only, and prepare only the queries named api_...: they
 * are the console's.  One that takes longer than two seconds fails.  NULL
 * after a message. */
struct db	*db_open_reader(const char *path);
/* True when the files that a reader has open are no longer those of its path:
 * to be closed, and opened anew. */
int		 db_moved(const struct db *);

/* Make the database at path, or bring the tables and views of an existing one
 * up to date, wholly or not at all.  Returns 1 when made, 0 when it was there,
 * -1 after a message. */
int		 db_create(const char *path);

/* A write transaction under the lock file: 0, or -1 after a message when the
 * lock or the disk cannot be had, or the files were replaced.  All of it is
 * stored or nothing: db_commit fails when one of its statements did, looked at
 * or not. */
int		 db_begin(struct db *);
/* True when the last db_begin failed because the database's files are no
 * longer those that were opened. */
int		 db_gone(struct db *);
/* Finish such a database and close it, so that db_open may open what lies
 * there now: 0, or -1 after a message when that has to wait. */
int		 db_leave(struct db *);
int		 db_commit(struct db *);
void		 db_rollback(struct db *);
/* What is read from here to db_rollback is of one moment, and nobody waits
 * for us: 0, or -1 after a message. */
int		 db_look(struct db *);
/* Write the database anew from what is in it, so that nothing that was deleted
 * is left in its files: 0, 1 when another program reads and the log keeps
 * something for it, or -1 after a message. */
int		 db_rewrite(struct db *);
/* Write what is there already, for the sake of the commit: 0 or -1. */
int		 db_touch(struct db *);

/* The statement, reset and without bindings.  Binding a name that it does not
 * have is a bug and ends the program. */
struct stmt	*db_stmt(struct db *, enum sql);
void		 db_int(struct stmt *, const char *name, int64_t);
void		 db_real(struct stmt *, const char *name, double);
void		 db_null(struct stmt *, const char *name);
/* Borrowed until the statement is reset or bound anew; NULL binds null. */
void		 db_text(struct stmt *, const char *name, const char *);
void		 db_textn(struct stmt *, const char *name, const char *,
		    size_t);
void		 db_blob(struct stmt *, const char *name, const void *, size_t);

/* DB_ROW, DB_DONE, or DB_FAIL after a message. */
int		 db_step(struct stmt *);
/* Step to the end and reset: 0, or -1 after a message. */
int		 db_run(struct stmt *);
/* One row's first column after binding, or fallback when there is no row or
 * it is null; resets. */
int64_t		 db_value(struct stmt *, int64_t fallback);
void		 db_reset(struct stmt *);

int64_t		 db_col_int(struct stmt *, int);
double		 db_col_real(struct stmt *, int);
int		 db_col_null(struct stmt *, int);
/* Borrowed until the next step or reset; NULL when null. */
const char	*db_col_text(struct stmt *, int);
/* The same, with "" in place of NULL. */
const char	*db_col_str(struct stmt *, int);
const void	*db_col_blob(struct stmt *, int, size_t *);

int64_t		 db_last_id(struct db *);
int64_t		 db_changes(struct db *);
/* Changes whenever another connection has committed. */
int64_t		 db_data_version(struct db *);
/* How often the database has said no since it was opened, each time with a
 * message. */
long		 db_failures(const struct db *);
/* "3.40.1", for messages. */
const char	*db_library_version(void);

#endif
