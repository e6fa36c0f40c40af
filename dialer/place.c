/*
 * A number's first digits tell where the person probably is.  The rows are
 * policy (sql/places.sql); here they are only looked up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "db.h"
#include "log.h"
#include "place.h"

int
place_find(struct db *db, const char *phone, struct place *place)
{
	struct stmt *st = db_stmt(db, SQL_PLACE_GET);
	int rc;

	memset(place, 0, sizeof(*place));
	if (*phone != '+')
		return 0;
	db_text(st, ":digits", phone + 1);
	rc = db_step(st);
	if (rc == DB_ROW) {
		snprintf(place->country, sizeof(place->country), "%s",
		    db_col_str(st, 0));
		place->timezone = strdup(db_col_str(st, 1));
		if (place->timezone == NULL)
			fatal(EX_OSERR, NULL);
	}
	db_reset(st);
	return rc == DB_ROW ? 1 : rc == DB_DONE ? 0 : -1;
}

void
place_free(struct place *place)
{
	free(place->timezone);
	memset(place, 0, sizeof(*place));
}
