/*
 * Everything that is known about SQLite: how it is opened, locked and asked.
 * Durability: WAL with synchronous=FULL, so what db_commit said yes to is on
 * disk.  Every write transaction is taken under flock on PATH.lock, because
 * SQLite before 3.51.3 can lose committed pages when a checkpoint meets
 * another writer; a file of its own, since closing any descriptor of the
 * database file would drop SQLite's own locks.  How a database is made is in
 * db_create.c, the lock and files that are replaced in db_part.c.
 */
#include <sys/stat.h>

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "db.h"
#include "db_files.h"
#include "db_int.h"
#include "log.h"

#define READER_SECS	2	/* that a query may take */

long
db_failures(const struct db *db)
{
	return db->failures;
}

const char *
db_library_version(void)
{
	return sqlite3_libversion();
}

int
db_exec(struct db *db, const char *sql)
{
	char *msg = NULL;

	if (sqlite3_exec(db->h, sql, NULL, NULL, &msg) == SQLITE_OK)
		return 0;
	db->failures++;
	log_warnx("database %s: %s", db->path,
	    msg != NULL ? msg : sqlite3_errmsg(db->h));
	sqlite3_free(msg);
	return -1;
}

int64_t
db_pragma(struct db *db, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int64_t v = -1;

	if (sqlite3_prepare_v2(db->h, sql, -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		v = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return v;
}

/* The disk, or somebody's lock: it may be had at the next try. */
static int
may_pass(struct db *db)
{
	int rc = sqlite3_errcode(db->h) & 0xff, e = sqlite3_system_errno(db->h);

	return rc == SQLITE_IOERR || rc == SQLITE_FULL || rc == SQLITE_BUSY ||
	    rc == SQLITE_PROTOCOL || (rc == SQLITE_CANTOPEN &&
	    (e == EIO || e == ENOSPC || e == EDQUOT || e == ENFILE));
}

static int
configure(struct db *db)
{
	sqlite3_busy_timeout(db->h, (int)db->busy_ms);
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_extended_result_codes(db->h, 1);
	return db_exec(db, "PRAGMA temp_store = MEMORY");
}

/* Open the file and its lock, set the connection up; no look at its content. */
struct db *
db_connect(const char *path, int make, long busy_ms)
{
	struct db *db = NULL;
	char *lock = NULL;

	if ((db = calloc(1, sizeof(*db))) == NULL)
		fatal(EX_OSERR, NULL);
	/* Nobody asks SQLite how much memory it has: not counting it is a tenth
	 * of a pass.  Refused, without harm, when SQLite is in use. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	path = db->path = db_files_real(path);
	if (asprintf(&lock, "%s.lock", path) == -1)
		fatal(EX_OSERR, NULL);
	db->lockfd = -1;
	db->busy_ms = busy_ms;
	if (sqlite3_open_v2(path, &db->h, SQLITE_OPEN_READWRITE |
	    (make ? SQLITE_OPEN_CREATE : 0) | SQLITE_OPEN_NOMUTEX |
	    SQLITE_OPEN_NOFOLLOW, NULL) != SQLITE_OK) {
		log_warnx("database %s: %s%s", path, db->h != NULL ?
		    sqlite3_errmsg(db->h) : "out of memory",
		    sqlite3_extended_errcode(db->h) ==
		    SQLITE_CANTOPEN_SYMLINK ? ": it is a symbolic link" : "");
		goto err;
	}
	if (db_files_local(path) == -1)
		goto err;
	db->lockfd = db_files_open(path, lock);
	if (db->lockfd == -1 || db_files_own(path, db->lockfd) == -1 ||
	    configure(db) == -1)
		goto err;
	free(lock);
	return db;
err:
	free(lock);
	db_close(db);
	errno = 0;
	return NULL;
}

int
db_setup(struct db *db)
{
	return db_exec(db, "PRAGMA synchronous = FULL;"
	    "PRAGMA foreign_keys = ON; PRAGMA mmap_size = 0;"
	    "PRAGMA cell_size_check = ON;"
	    "PRAGMA secure_delete = ON;"
	    "PRAGMA journal_size_limit = 16777216;");
}

int
db_check_version(struct db *db)
{
	int64_t id = db_pragma(db, "PRAGMA application_id");
	int64_t version = id == -1 ? -1 : db_pragma(db, "PRAGMA user_version");

	if ((id == -1 || version == -1) && may_pass(db))
		log_warnx("database %s: %s", db->path, sqlite3_errmsg(db->h));
	else if (id != DB_APPLICATION_ID)
		log_warnx("database %s: is not callsheet's%s; name the right "
		    "file in callsheet.conf", db->path, id == -1 ?
		    " or cannot be read" : "");
	else if (version != DB_VERSION)
		log_warnx("database %s: has version %lld, this program needs "
		    "%d; %s", db->path, (long long)version, DB_VERSION,
		    version > DB_VERSION ? "install the newer callsheet again" :
		    "run \"callsheet init\" to bring it up to date");
	else
		return 0;
	return -1;
}

/* It has no lock: it never writes. */
static int
is_reader(const struct db *db)
{
	return db->lockfd == -1;
}

static int
prepare(struct db *db, int i)
{
	const char *tail;

	if (sqlite3_prepare_v3(db->h, sql_text[i], -1,
	    SQLITE_PREPARE_PERSISTENT, &db->st[i].raw, &tail) != SQLITE_OK) {
		log_warnx("database %s: query %s: %s", db->path, sql_name[i],
		    sqlite3_errmsg(db->h));
		return -1;
	}
	if (tail[strspn(tail, " \t\n")] == '\0')
		return 0;
	log_warnx("query %s: more than one statement", sql_name[i]);
	return -1;
}

int
db_try_all(struct db *db)
{
	int i;

	for (i = 0; i < SQL__MAX; i++) {
		db->st[i].db = db;
		if (is_reader(db) != (strncmp(sql_name[i], "api_", 4) == 0))
			continue;
		if (prepare(db, i) == -1)
			return -1;
	}
	return 0;
}

/* Were these statements tried on these very tables and views? */
static int
is_checked(struct db *db)
{
	char sql[128];
	int64_t cookie;

	snprintf(sql, sizeof(sql), "SELECT cookie FROM checked"
	    " WHERE build = '%.32s'", sql_build);
	cookie = db_pragma(db, sql);
	return cookie != -1 &&
	    cookie == db_pragma(db, "PRAGMA schema_version");
}

int
db_prepare(struct db *db)
{
	int i;

	for (i = 0; i < SQL__MAX; i++)
		db->st[i].db = db;
	return is_checked(db) ? 0 : db_try_all(db);
}

/* From the first read on SQLite has all its files open and keeps them until
 * the end.  What it has open must be what the names say, now and later. */
static int
note_files(struct db *db, const char *path)
{
	int moved = 0;

	if (db_files_note(&db->files, path) == -1)
		return -1;
	sqlite3_file_control(db->h, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	if (moved)
		log_warnx("database %s: was replaced while it was being "
		    "opened", path);
	return moved ? -1 : 0;
}

struct db *
db_open(const char *path, long busy_ms)
{
	struct db *db;
	struct stat sb;
	int e;

	if (stat(path, &sb) == -1) {
		log_warn("database %s%s", path, errno == ENOENT ?
		    ": run \"callsheet init\" first" : "");
		return NULL;	/* errno is not EAGAIN */
	}
	if (db_files_writable(path) == -1 ||
	    (db = db_connect(path, 0, busy_ms)) == NULL)
		return NULL;
	/* SQLite opens what it may not write for reading. */
	if (sqlite3_db_readonly(db->h, "main") != 0)
		log_warnx("database %s: cannot be written; chown it to the "
		    "user that runs this", path);
	else if (db_check_version(db) == 0 && db_setup(db) == 0 &&
	    db_prepare(db) == 0 && note_files(db, path) == 0)
		return db;
	e = may_pass(db) ? EAGAIN : 0;
	db_close(db);
	errno = e;
	return NULL;
}

/* Whoever only looks must not keep others waiting, whatever was asked. */
static int
takes_too_long(void *arg)
{
	return time(NULL) > ((struct db *)arg)->until;
}

struct db *
db_open_reader(const char *path)
{
	struct db *db;

	if ((db = calloc(1, sizeof(*db))) == NULL)
		fatal(EX_OSERR, NULL);
	db->path = db_files_real(path);
	db->lockfd = -1;
	db->busy_ms = READER_SECS * 1000;
	if (db_files_whose(db->path) == 0 && sqlite3_open_v2(db->path, &db->h,
	    SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
	    NULL) == SQLITE_OK && configure(db) == 0 && db_check_version(db)
	    == 0 && db_prepare(db) == 0 && note_files(db, path) == 0) {
		sqlite3_progress_handler(db->h, 10000, takes_too_long, db);
		return db;
	}
	log_warnx("database %s: cannot be read now", db->path);
	db_close(db);
	return NULL;
}

void
db_close(struct db *db)
{
	int i;

	if (db == NULL)
		return;
	if (!is_reader(db))
		db_part(db);
	for (i = 0; i < SQL__MAX; i++)
		sqlite3_finalize(db->st[i].raw);
	sqlite3_close(db->h);
	if (db->lockfd != -1)
		close(db->lockfd);
	db_files_free(&db->files);
	free(db->path);
	free(db);
}

int
db_begin(struct db *db)
{
	if (db_lock(db) == -1)
		return -1;
	/* For want of memory the last rollback may have failed. */
	if (!sqlite3_get_autocommit(db->h))
		db_exec(db, "ROLLBACK");
	if (db_exec(db, "BEGIN IMMEDIATE") == 0 && db_check_files(db) == 0)
		return 0;
	db_rollback(db);
	return -1;
}

int
db_look(struct db *db)
{
	return db_exec(db, "BEGIN");
}

int
db_rewrite(struct db *db)
{
	int64_t busy = -1;

	if (db_lock(db) == -1)
		return -1;
	/* In memory the copy would take as much of it as the database. */
	if (db_check_files(db) == 0 && db_exec(db, "PRAGMA temp_store = FILE;"
	    "VACUUM; PRAGMA temp_store = MEMORY") == 0)
		busy = db_pragma(db, "PRAGMA wal_checkpoint(TRUNCATE)");
	db_unlock(db);
	return busy == 0 ? 0 : busy > 0 ? 1 : -1;
}

int
db_commit(struct db *db)
{
	if (!db->spoilt && db_exec(db, "COMMIT") == 0) {
		db_unlock(db);
		return 0;
	}
	db_rollback(db);
	return -1;
}

void
db_rollback(struct db *db)
{
	/* A full disk or an I/O error may have rolled it back already. */
	if (!sqlite3_get_autocommit(db->h))
		db_exec(db, "ROLLBACK");
	db_unlock(db);
}

struct stmt *
db_stmt(struct db *db, enum sql id)
{
	db->until = time(NULL) + READER_SECS;
	if (db->st[id].raw == NULL && prepare(db, id) == -1) {
		db->failures++;
		db->spoilt = db->locked;
		return &db->st[id];	/* fails when it is stepped */
	}
	sqlite3_reset(db->st[id].raw);
	sqlite3_clear_bindings(db->st[id].raw);
	return &db->st[id];
}

static int
param(struct stmt *st, const char *name)
{
	int i = st->raw == NULL ? 1 :
	    sqlite3_bind_parameter_index(st->raw, name);

	if (i == 0)
		fatalx(EX_SOFTWARE, "no parameter %s in: %s", name,
		    sqlite3_sql(st->raw));
	return i;
}

static void
bound(struct stmt *st, const char *name, int rc)
{
	if (st->raw == NULL)
		return;		/* it fails when it is stepped */
	if (rc != SQLITE_OK)
		fatalx(EX_SOFTWARE, "parameter %s: %s in: %s", name,
		    sqlite3_errstr(rc), sqlite3_sql(st->raw));
}

void
db_int(struct stmt *st, const char *name, int64_t v)
{
	bound(st, name, sqlite3_bind_int64(st->raw, param(st, name), v));
}

void
db_real(struct stmt *st, const char *name, double v)
{
	bound(st, name, sqlite3_bind_double(st->raw, param(st, name), v));
}

void
db_null(struct stmt *st, const char *name)
{
	bound(st, name, sqlite3_bind_null(st->raw, param(st, name)));
}

void
db_text(struct stmt *st, const char *name, const char *v)
{
	bound(st, name, sqlite3_bind_text(st->raw, param(st, name), v, -1,
	    SQLITE_STATIC));
}

void
db_textn(struct stmt *st, const char *name, const char *v, size_t n)
{
	bound(st, name, sqlite3_bind_text64(st->raw, param(st, name), v, n,
	    SQLITE_STATIC, SQLITE_UTF8));
}

void
db_blob(struct stmt *st, const char *name, const void *v, size_t n)
{
	bound(st, name, sqlite3_bind_blob64(st->raw, param(st, name), v, n,
	    SQLITE_STATIC));
}

int
db_step(struct stmt *st)
{
	int rc;

	/* SQLite may have rolled the transaction back and would commit each
	 * further statement by itself. */
	if (st->db->spoilt || st->raw == NULL)
		return DB_FAIL;
	if ((rc = sqlite3_step(st->raw)) == SQLITE_ROW)
		return DB_ROW;
	if (rc == SQLITE_DONE)
		return DB_DONE;
	log_warnx("database: %s", sqlite3_errmsg(st->db->h));
	st->db->failures++;
	st->db->spoilt = st->db->locked;
	sqlite3_reset(st->raw);
	return DB_FAIL;
}

int
db_run(struct stmt *st)
{
	int rc;

	while ((rc = db_step(st)) == DB_ROW)
		;
	sqlite3_reset(st->raw);
	return rc;
}

int64_t
db_value(struct stmt *st, int64_t fallback)
{
	int64_t v = fallback;

	if (db_step(st) == DB_ROW && !db_col_null(st, 0))
		v = db_col_int(st, 0);
	sqlite3_reset(st->raw);
	return v;
}

void
db_reset(struct stmt *st)
{
	sqlite3_reset(st->raw);
}

int64_t
db_col_int(struct stmt *st, int i)
{
	return sqlite3_column_int64(st->raw, i);
}

double
db_col_real(struct stmt *st, int i)
{
	return sqlite3_column_double(st->raw, i);
}

int
db_col_null(struct stmt *st, int i)
{
	return sqlite3_column_type(st->raw, i) == SQLITE_NULL;
}

/* A value may need memory on its way out; without it, it looks like null. */
static const void *
found(struct stmt *st, int i, const void *p)
{
	if (p == NULL && sqlite3_errcode(st->db->h) == SQLITE_NOMEM)
		fatalx(EX_OSERR, "database: out of memory for column %s",
		    sqlite3_column_name(st->raw, i));
	return p;
}

const char *
db_col_text(struct stmt *st, int i)
{
	return found(st, i, sqlite3_column_text(st->raw, i));
}

const char *
db_col_str(struct stmt *st, int i)
{
	const char *s = db_col_text(st, i);

	return s != NULL ? s : "";
}

const void *
db_col_blob(struct stmt *st, int i, size_t *n)
{
	const void *p = found(st, i, sqlite3_column_blob(st->raw, i));

	*n = (size_t)sqlite3_column_bytes(st->raw, i);
	return p;
}

int64_t
db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->h);
}

int64_t
db_changes(struct db *db)
{
	return sqlite3_changes64(db->h);
}

int64_t
db_data_version(struct db *db)
{
	return db_pragma(db, "PRAGMA data_version");
}
