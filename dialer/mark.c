/*
 * Whose call a row shows: Latest Execution ID and Status are compared with what
 * we wrote there.  Rows are sorted, copied and overwritten by people, and other
 * systems may write into the same sheet.
 */
#include <string.h>

#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "import_int.h"

static int
is_foreign(struct reading *r, const struct person *p)
{
	struct stmt *st = db_stmt(r->d->db, SQL_ATTEMPT_FOREIGN);

	db_text(st, ":mark", p->execution);
	db_int(st, ":account", r->c->account->id);
	return db_value(st, 0) != 0;
}

enum mark
mark_read(struct reading *r, const struct person *p, const struct known *k)
{
	const char *ours = k == NULL ? "" : k->execution;
	const char *status = person_cell(&r->t, &r->c->layout, p->row,
	    COL_STATUS);
	struct stmt *st;

	/* An older copy of the row may have been saved over ours. */
	if (strcmp(p->execution, ours) == 0)
		return k != NULL && k->attempts > 0 && *k->status != '\0' &&
		    strcmp(status, k->status) != 0 ? MARK_LOST : MARK_OURS;
	if (*p->execution != '\0') {
		st = db_stmt(r->d->db, SQL_ATTEMPT_STRAY);
		db_text(st, ":mark", p->execution);
		db_text(st, ":phone", p->phone);
		db_int(st, ":campaign", r->c->id);
		if (db_value(st, 0) != 0)
			return MARK_STRAY;
		if (*ours != '\0' && strcmp(status, k->status) != 0 &&
		    is_foreign(r, p))
			return MARK_FOREIGN;
	}
	return *ours != '\0' ? MARK_LOST : MARK_OURS;
}
