/*
 * Contacts: whom an account knows, from calls that were analysed.  The number
 * is the one that was dialled; address and name are what a model heard, so
 * they only fill what is empty, and nothing here is ever dialled.
 */
#include <string.h>

#include "analysis.h"
#include "db.h"
#include "dialer.h"
#include "log.h"

#define MAX_EMAIL	254	/* bytes, RFC 5321 */
#define MAX_NAME	200
#define MAX_PHONE	40

struct heard {
	char	 email[MAX_EMAIL + 1];	/* "" when there is none */
	char	 name[MAX_NAME + 1];
	char	 other[MAX_PHONE + 1];
};

/* Without blanks at its ends; "" when it is too long to be one. */
static void
copy(char *out, size_t size, const char *s)
{
	size_t n;

	out[0] = '\0';
	if (s == NULL)
		return;
	s += strspn(s, " \t");
	for (n = strlen(s); n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t');
	    n--)
		;
	if (n >= size)
		return;
	memcpy(out, s, n);
	out[n] = '\0';
}

/* Something like an address: what is none would stand for one for ever. */
static int
is_email(const char *s)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	const char *at = strchr(s, '@'), *host, *dot;
	size_t n = strcspn(s, "@ \t\"(),:;<>[\\]");

	if (at == NULL || n == 0 || s + n != at || n > 64)
		return 0;
	host = at + 1;
	dot = strrchr(host, '.');
	return host[strspn(host, word)] == '\0' && dot != NULL &&
	    dot > host && strlen(dot) > 2 && strstr(host, "..") == NULL;
}

static void
bind(struct stmt *st, const char *name, const char *s)
{
	if (*s != '\0')
		db_text(st, name, s);
}

/* 1, 0 when the call tells nothing about the person, or -1. */
static int
read_heard(struct dialer *d, int64_t account, const char *phone,
    int64_t attempt, struct heard *h)
{
	struct stmt *st = db_stmt(d->db, SQL_CONTACT_HEARD);
	int rc;

	db_int(st, ":account", account);
	db_text(st, ":phone", phone);
	db_int(st, ":attempt", attempt);
	if ((rc = db_step(st)) == DB_ROW) {
		copy(h->name, sizeof(h->name), db_col_text(st, 0));
		copy(h->email, sizeof(h->email), db_col_text(st, 1));
		copy(h->other, sizeof(h->other), db_col_text(st, 2));
	}
	db_reset(st);
	if (!is_email(h->email))
		h->email[0] = '\0';
	return rc == DB_FAIL ? -1 : rc == DB_ROW;
}

int
contact_heard(struct dialer *d, int64_t account, const char *phone,
    int64_t attempt)
{
	struct heard h;
	struct stmt *st;
	int64_t id;
	int rc;

	memset(&h, 0, sizeof(h));
	if ((rc = read_heard(d, account, phone, attempt, &h)) != 1)
		return rc;
	st = db_stmt(d->db, SQL_CONTACT_FIND);
	db_int(st, ":account", account);
	db_text(st, ":phone", phone);
	bind(st, ":email", h.email);
	id = db_value(st, 0);
	st = db_stmt(d->db, id == 0 ? SQL_CONTACT_NEW : SQL_CONTACT_FILL);
	db_int(st, ":account", account);
	db_int(st, ":attempt", attempt);
	db_text(st, ":phone", phone);
	bind(st, ":email", h.email);
	bind(st, ":name", h.name);
	bind(st, ":other", h.other);
	if (id != 0)
		db_int(st, ":contact", id);
	return db_run(st);
}
