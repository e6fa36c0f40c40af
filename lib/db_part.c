/*
 * A database whose files are replaced or removed while they are open, and the
 * lock that every writer takes.
 */
#include <sys/file.h>

#include "db.h"
#include "db_files.h"
#include "db_int.h"
#include "log.h"

int
db_lock(struct db *db)
{
	db->locked = db_files_lock(db->path, db->lockfd, db->busy_ms) == 0;
	db->failures += !db->locked;
	return db->locked ? 0 : -1;
}

void
db_unlock(struct db *db)
{
	if (db->locked)
		flock(db->lockfd, LOCK_UN);
	db->locked = db->spoilt = 0;
}

/* Where the files were replaced: what is in the log belongs to the one that
 * was opened, wherever that is now, and by no means to the one that has taken
 * its name.  0, or -1 when the log is in use. */
int
db_part(struct db *db)
{
	int64_t busy;

	if (db_files_changed(&db->files) == NULL)
		return 0;
	if (db_lock(db) == -1)
		return -1;
	busy = db_pragma(db, "PRAGMA wal_checkpoint(TRUNCATE)");
	db_unlock(db);
	if (busy != 0)
		return -1;
	db_files_forsake(&db->files);
	return 0;
}

int
db_leave(struct db *db)
{
	if (db_part(db) == -1) {
		log_warnx("database %s: the log of the one that was replaced "
		    "is in use by another program", db->path);
		return -1;
	}
	db_close(db);
	return 0;
}

/* A database that was taken away can still be written, and nobody would ever
 * read it. */
int
db_check_files(struct db *db)
{
	const char *which = db_files_changed(&db->files);

	db->gone = which != NULL;
	if (!db->gone)
		return 0;
	db->failures++;
	log_warnx("database %s%s: was replaced or removed while it was in use; "
	    "nothing more is written to what was there", db->path, which);
	return -1;
}

int
db_gone(struct db *db)
{
	return db->gone;
}

int
db_moved(const struct db *db)
{
	return db_files_changed(&db->files) != NULL;
}
