/*
 * The files under an open database: itself, SQLite's log and its index, and
 * our lock.  Whoever has them open keeps them when their names are taken away
 * and would go on writing where nobody looks.
 */
#ifndef DB_FILES_H
#define DB_FILES_H

#include <sys/types.h>

#define DB_FILES 4	/* database, log, index, lock */

struct db_files {
	struct {
		char	*name;
		dev_t	 dev;
		ino_t	 ino;
	} was[DB_FILES];
};

/* Directories that are links resolved, the name itself not.  Caller frees. */
char		*db_files_real(const char *path);
/* 0, or -1 after a message when path lies on a network disk. */
int		 db_files_local(const char *path);
/* 0, or -1 after a message when SQLite could not keep its log there, about
 * which it says no more than that it cannot open. */
int		 db_files_writable(const char *path);
/* Open name, a lock of ours beside the database path, and make it where it is
 * missing: a descriptor, or -1 after a message. */
int		 db_files_open(const char *path, const char *name);
/* Wait at most busy_ms for the lock: 0, or -1 after a message. */
int		 db_files_lock(const char *path, int fd, long busy_ms);

/* Note in the lock file, open as fd, which file the database is: 0, or -1
 * after a message when a log lies there that was written for another one. */
int		 db_files_own(const char *path, int fd);
/* The same for who has not opened the lock: for readers. */
int		 db_files_whose(const char *path);

/* Remember which files stand under path now: 0, or -1 after a message when
 * one is missing. */
int		 db_files_note(struct db_files *, const char *path);
void		 db_files_free(struct db_files *);
/* NULL when the same files still stand there, or nothing was noted; else what
 * follows the path in the name of the first that does not. */
const char	*db_files_changed(const struct db_files *);
/* Where the database itself is another one, remove the log and the index that
 * belong to the one before. */
void		 db_files_forsake(const struct db_files *);

#endif
