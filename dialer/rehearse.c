/*
 * A pass that calls nobody: the same rules over the whole list, no network, and
 * nothing that a later pass would be bound by.  New installations begin so.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "log.h"
#include "window.h"

static double
money(struct stmt *st, int column)
{
	return (double)db_col_int(st, column) / CONF_UNIT;
}

static void
print_lead(struct stmt *st)
{
	printf("%-16.16s %-17s %-20.20s %-8s %7.2f %8.2f  %s%s%s\n",
	    db_col_str(st, 0), db_col_str(st, 1), db_col_str(st, 2),
	    db_col_str(st, 3), money(st, 6), money(st, 7),
	    db_col_str(st, 4), db_col_null(st, 5) ? "" : "; asked again ",
	    db_col_null(st, 5) ? "" : db_col_str(st, 5));
}

/* Where a list ends that would take more than the money set aside. */
static void
print_forecast(struct dialer *d)
{
	struct stmt *st = db_stmt(d->db, SQL_FORECAST_LIST);

	while (db_step(st) == DB_ROW) {
		printf("%s: %lld people, from %.2f to %.2f; %.2f spent",
		    db_col_str(st, 0), (long long)db_col_int(st, 1),
		    db_col_real(st, 2), db_col_real(st, 3),
		    db_col_real(st, 4));
		if (!db_col_null(st, 5))
			printf(", %.2f more are allowed", db_col_real(st, 5));
		putchar('\n');
	}
	db_reset(st);
}

int
rehearse_all(struct dialer *d)
{
	struct stmt *st;
	long n = 0, called = 0;
	double lowest = 0, highest = 0;
	const char *zone;
	size_t i;

	/* A file is at hand; what stands in Google was read by the last
	 * pass. */
	for (i = 0; i < d->ncampaigns; i++)
		if (d->campaigns[i].file != NULL)
			import(d, &d->campaigns[i]);
	st = db_stmt(d->db, SQL_WHY_LIST);
	zone = d->ncampaigns > 0 ? d->campaigns[0].conf->timezone : NULL;
	window_localtime(zone != NULL ? zone : "UTC");
	printf("%-16s %-17s %-20s %-8s %7s %8s  why (times of %s)\n",
	    "campaign", "phone", "name", "verdict", "lowest", "highest",
	    zone != NULL ? zone : "UTC");
	for (; db_step(st) == DB_ROW; n++) {
		print_lead(st);
		called += strcmp(db_col_str(st, 3), "call") == 0;
		lowest += money(st, 6);
		highest += money(st, 7);
	}
	db_reset(st);
	putchar('\n');
	print_forecast(d);
	printf("%ld people, %ld of them could be called now; to reach all "
	    "who may be: from %.2f to %.2f\n", n, called, lowest, highest);
	return db_failures(d->db) > 0 ? EX_TEMPFAIL : 0;
}
