/*
 * What the columns of a sheet mean, by their headers: people move, add and
 * rename columns, so that no position is ever assumed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheet.h"

#define HEADER_SIZE 64	/* of a folded header; longer ones are variables */

static const struct {
	const char	*name;
	int		 ours;
	int		 bulky;
} columns[COL__MAX] = {
	[COL_NAME] =		{ "Name", 0, 0 },
	[COL_PHONE] =		{ "Phone Number", 0, 0 },
	[COL_STATUS] =		{ "Status", 1, 0 },
	[COL_EXECUTION] =	{ "Latest Execution ID", 1, 0 },
	[COL_DURATION] =	{ "Duration", 1, 0 },
	[COL_LAST_ATTEMPT] =	{ "Last Attempt Time", 1, 0 },
	[COL_NOTES] =		{ "Notes", 1, 1 },
	[COL_TRANSCRIPT] =	{ "Transcript", 1, 1 },
	[COL_SUMMARY] =		{ "Summary", 1, 1 },
	/* People may correct it, which is why it is read back. */
	[COL_OUTCOME] =		{ "Outcome", 1, 0 },
	[COL_NEXT_ATTEMPT] =	{ "Next Attempt", 1, 0 },
	[COL_RECORDING] =	{ "Recording", 1, 1 },
	[COL_COST] =		{ "Cost", 1, 0 },
	[COL_KEY] =		{ "Key", 0, 0 },
	[COL_CONTROL] =		{ "Control", 0, 0 },
	[COL_TIMEZONE] =	{ "Timezone", 0, 0 },
	[COL_CONSENT] =		{ "Consent", 0, 0 },
	[COL_CONSENT_DATE] =	{ "Consent Date", 0, 0 },
	[COL_PRIORITY] =	{ "Priority", 0, 0 },
};

/* Taken only where no column has the proper header, folded. */
static const struct {
	const char	*name;
	enum column	 column;
} aliases[] = {
	{ "phone", COL_PHONE },
	{ "mobile", COL_PHONE },
	{ "mobile number", COL_PHONE },
	{ "execution id", COL_EXECUTION },
	{ "time zone", COL_TIMEZONE },
};

int
column_is_ours(enum column c)
{
	return columns[c].ours;
}

int
column_is_bulky(enum column c)
{
	return columns[c].bulky;
}

const char *
column_name(enum column c)
{
	return columns[c].name;
}

/* Fold a header for comparison; "" when it is longer than any of ours. */
static void
header_fold(const char *s, char out[HEADER_SIZE])
{
	size_t n = 0, len;
	uint32_t rune;
	int gap = 0;

	for (; (rune = table_rune(s, &len)) != 0; s += len) {
		if (table_is_mark(rune))
			continue;
		if (table_is_blank(rune)) {
			gap = n > 0;
			continue;
		}
		if (n + len + 2 > HEADER_SIZE) {
			n = 0;
			break;
		}
		if (gap)
			out[n++] = ' ';
		gap = 0;
		memcpy(out + n, s, len);
		if (rune >= 'A' && rune <= 'Z')
			out[n] += 'a' - 'A';
		n += len;
	}
	out[n] = '\0';
}

static int
header_column(const char *folded)
{
	char name[HEADER_SIZE];
	int c;

	for (c = 0; c < COL__MAX; c++) {
		header_fold(columns[c].name, name);
		if (strcmp(folded, name) == 0)
			return c;
	}
	return -1;
}

static int
header_alias(const char *folded)
{
	size_t i;

	for (i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(folded, aliases[i].name) == 0)
			return (int)aliases[i].column;
	return -1;
}

/* A column's letters as spreadsheet programs show them. */
static const char *
column_letters(int at, char out[4])
{
	if (at < 26)
		snprintf(out, 4, "%c", 'A' + at);
	else
		snprintf(out, 4, "%c%c", 'A' + (at / 26 - 1) % 26,
		    'A' + at % 26);
	return out;
}

/* Give column i its meaning; -1 when another column has it already. */
static int
layout_place(struct layout *l, size_t i, int c, char *why, size_t whysz)
{
	char a[4], b[4];

	if (l->at[c] != -1) {
		snprintf(why, whysz, "the header \"%s\" is there twice, in "
		    "columns %s and %s; remove or rename one",
		    columns[c].name, column_letters(l->at[c], a),
		    column_letters((int)i, b));
		return -1;
	}
	l->at[c] = (int)i;
	l->known[i] = c;
	return 0;
}

/* Proper headers first, so that an alias beside one is a variable. */
static int
layout_match(struct layout *l, char *why, size_t whysz)
{
	char folded[HEADER_SIZE];
	int proper[COL__MAX];
	size_t i;
	int c;

	for (i = 0; i < l->ncols; i++) {
		header_fold(l->header[i], folded);
		if ((c = header_column(folded)) != -1 &&
		    layout_place(l, i, c, why, whysz) == -1)
			return -1;
	}
	memcpy(proper, l->at, sizeof(proper));
	for (i = 0; i < l->ncols; i++) {
		header_fold(l->header[i], folded);
		if (l->known[i] == -1 && (c = header_alias(folded)) != -1 &&
		    proper[c] == -1 &&
		    layout_place(l, i, c, why, whysz) == -1)
			return -1;
	}
	return 0;
}

static int
layout_complete(const struct layout *l, char *why, size_t whysz)
{
	char missing[256] = "";
	size_t n = 0;
	int c, count = 0;

	for (c = 0; c < COL__REQUIRED; c++)
		if (l->at[c] == -1)
			n += (size_t)snprintf(missing + n, sizeof(missing) - n,
			    "%s\"%s\"", count++ > 0 ? ", " : "",
			    columns[c].name);
	if (count == 0)
		return 0;
	snprintf(why, whysz, "the header%s %s %s missing in the first row",
	    count > 1 ? "s" : "", missing, count > 1 ? "are" : "is");
	return -1;
}

int
layout_read(struct layout *l, const struct table *t, char *why, size_t whysz)
{
	size_t i, ncols = t->ncols;

	memset(l, 0, sizeof(*l));
	memset(l->at, -1, sizeof(l->at));
	memset(l->known, -1, sizeof(l->known));
	while (ncols > 0 && *table_get(t, 0, ncols - 1) == '\0')
		ncols--;
	if (ncols > SHEET_MAX_COLS) {
		snprintf(why, whysz, "the sheet has %zu columns, %d at most "
		    "can be used", ncols, SHEET_MAX_COLS);
		return -1;
	}
	for (i = 0; i < ncols; i++) {
		l->header[i] = strdup(table_get(t, 0, i));
		if (l->header[i] == NULL) {
			snprintf(why, whysz, "out of memory");
			layout_free(l);
			return -1;
		}
		l->ncols++;
	}
	if (layout_match(l, why, whysz) == -1 ||
	    layout_complete(l, why, whysz) == -1) {
		layout_free(l);
		return -1;
	}
	return 0;
}

void
layout_free(struct layout *l)
{
	size_t i;

	for (i = 0; i < l->ncols; i++)
		free(l->header[i]);
	memset(l, 0, sizeof(*l));
	memset(l->at, -1, sizeof(l->at));
	memset(l->known, -1, sizeof(l->known));
}

/* A known header may be written differently, a variable is its header. */
int
layout_same(const struct layout *a, const struct layout *b)
{
	size_t i;

	if (a->ncols != b->ncols || memcmp(a->at, b->at, sizeof(a->at)) != 0)
		return 0;
	for (i = 0; i < a->ncols; i++)
		if (a->known[i] == -1 &&
		    strcmp(a->header[i], b->header[i]) != 0)
			return 0;
	return 1;
}

int
sheet_write_is(const struct sheet_write *w, const char *phone,
    const char *name, const char *key)
{
	return (w->phone == NULL || strcmp(w->phone, phone) == 0) &&
	    (w->name == NULL || strcmp(w->name, name) == 0) &&
	    (w->key == NULL || strcmp(w->key, key) == 0);
}

void
sheet_hit_set(struct sheet_hit *hit, const char *phone, const char *name,
    const char *key)
{
	sheet_hit_clear(hit);
	hit->phone = strdup(phone);
	hit->name = strdup(name);
	hit->key = strdup(key);
	if (hit->phone == NULL || hit->name == NULL || hit->key == NULL)
		sheet_hit_clear(hit);
}

void
sheet_hit_clear(struct sheet_hit *hit)
{
	free(hit->phone);
	free(hit->name);
	free(hit->key);
	memset(hit, 0, sizeof(*hit));
}
