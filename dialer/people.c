/*
 * Who a row is: the same answer for reading the sheet and for finding a row
 * again before it is written.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "conf.h"
#include "dialer.h"
#include "phone.h"

const char *
person_cell(const struct table *t, const struct layout *l, size_t row,
    enum column col)
{
	return l->at[col] == -1 ? "" : table_get(t, row, (size_t)l->at[col]);
}

int
person_phone(const struct campaign *c, const struct table *t,
    const struct layout *l, size_t row, char out[PERSON_PHONE_SIZE],
    const char **why)
{
	const char *cell = person_cell(t, l, row, COL_PHONE);
	char phone[PHONE_SIZE];

	if (phone_normalise(cell, table_is_number(t, row,
	    (size_t)l->at[COL_PHONE]), c->conf->country, phone, why) == 0) {
		snprintf(out, PERSON_PHONE_SIZE, "%s", phone);
		return 0;
	}
	snprintf(out, PERSON_PHONE_SIZE, "%s", cell);
	return -1;
}

void
person_control(const char *cell, char *out, size_t size)
{
	size_t n = 0;

	for (; *cell != '\0' && n + 1 < size; cell++) {
		if (!isspace((unsigned char)*cell))
			out[n++] = (char)tolower((unsigned char)*cell);
		else if (n > 0 && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}
