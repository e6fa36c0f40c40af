/*
 * A database is made, or brought up to date: sql/schema, the rows of policy
 * (policy.sql, rules.sql, outcomes.sql, places.sql) and sql/view, and for an
 * older one the steps in sql/upgrade.
 */
#include <stdio.h>

#include "db.h"
#include "db_int.h"

#define BUSY_MS		30000
/* Policy that came with version 3, and before it had no tables. */
static const char *const since_3[] = { sql_rules, sql_outcomes, sql_places };
#define NSINCE_3	(sizeof(since_3) / sizeof(since_3[0]))

/* Mark the file as ours and of today. */
static int
set_version(struct db *db)
{
	char head[128];

	snprintf(head, sizeof(head), "PRAGMA application_id = %d;"
	    "PRAGMA user_version = %d;", DB_APPLICATION_ID, DB_VERSION);
	return db_exec(db, head);
}

int
db_touch(struct db *db)
{
	return set_version(db);
}

static int
fill_since_3(struct db *db)
{
	size_t i;

	for (i = 0; i < NSINCE_3; i++)
		if (db_exec(db, since_3[i]) == -1)
			return -1;
	return 0;
}

static int
upgrade(struct db *db)
{
	int64_t version = db_pragma(db, "PRAGMA user_version");
	int64_t id = db_pragma(db, "PRAGMA application_id");

	if (id == DB_APPLICATION_ID && version >= 1 && version < DB_VERSION) {
		for (; version < DB_VERSION; version++)
			if (db_exec(db, sql_upgrade[version - 1]) == -1 ||
			    (version + 1 == 3 && fill_since_3(db) == -1))
				return -1;
		return set_version(db);
	}
	return db_check_version(db);
}

static int
is_empty(struct db *db)
{
	return db_pragma(db, "PRAGMA application_id") == 0 &&
	    db_pragma(db, "SELECT count(*) FROM sqlite_schema") == 0;
}

/* All in one transaction, and the version is read under the lock: two may be
 * starting at once. */
static int
fill(struct db *db, int *made)
{
	int rc;

	if (db_begin(db) == -1)
		return -1;
	*made = is_empty(db);
	if (*made)
		rc = set_version(db) == -1 || db_exec(db, sql_schema) == -1 ||
		    db_exec(db, sql_policy) == -1 ||
		    fill_since_3(db) == -1 ? -1 : 0;
	else
		rc = upgrade(db);
	if (rc == 0 && db_exec(db, sql_view) == 0)
		return db_commit(db);
	db_rollback(db);
	return -1;
}

/* All statements fit what the schema is now. */
static int
note_checked(struct db *db)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "DELETE FROM checked;"
	    "INSERT INTO checked SELECT '%.32s', schema_version"
	    " FROM pragma_schema_version", sql_build);
	if (db_begin(db) == -1)
		return -1;
	if (db_exec(db, sql) == 0)
		return db_commit(db);
	db_rollback(db);
	return -1;
}

int
db_create(const char *path)
{
	struct db *db;
	int made = 0, rc = -1;

	db = db_connect(path, 1, BUSY_MS);
	if (db == NULL)
		return -1;
	/* The journal mode stays with the file: not with somebody else's. */
	if (!is_empty(db) && db_pragma(db, "PRAGMA application_id") !=
	    DB_APPLICATION_ID && db_check_version(db) == -1)
		goto out;
	if (db_exec(db, "PRAGMA journal_mode = WAL") == -1 ||
	    db_setup(db) == -1 || fill(db, &made) == -1 ||
	    db_try_all(db) == -1 || note_checked(db) == -1)
		goto out;
	rc = made;
out:
	db_close(db);
	return rc;
}
