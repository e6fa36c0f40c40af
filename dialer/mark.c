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

int
mark_is_foreign(struct dialer *d, const struct campaign *c, const char *mark,
    const char *status, const char *our_mark, const char *our_status)
{
	struct stmt *st;

	if (*mark == '\0' || *our_mark == '\0' ||
	    strcmp(mark, our_mark) == 0 || strcmp(status, our_status) == 0)
		return 0;
	st = db_stmt(d->db, SQL_ATTEMPT_FOREIGN);
	db_text(st, ":mark", mark);
	db_int(st, ":account", c->account->id);
	return (int)db_value(st, 0);
}

enum mark
mark_read(struct reading *r, const struct person *p, const struct known *k)
{
	const char *ours = k == NULL ? "" : k->execution;
	const char *status = person_cell(&r->t, &r->c->layout, p->row,
	    COL_STATUS);
	struct stmt *st;
	int foreign;

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
		foreign = k == NULL ? 0 : mark_is_foreign(r->d, r->c,
		    p->execution, status, ours, k->status);
		if (foreign != 0)
			return foreign == 1 ? MARK_FOREIGN : MARK_DOUBT;
	}
	return *ours != '\0' ? MARK_LOST : MARK_OURS;
}
