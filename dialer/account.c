/*
 * What Bolna says of an account: how much is in its wallet, in cents, and how
 * many calls it places at once; what is above that waits in its queue, perhaps
 * until nobody may be called any more (its page "Get user info").
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "body.h"
#include "bolna.h"
#include "conf.h"
#include "db.h"
#include "dialer.h"
#include "log.h"

#define CENT		100	/* our unit of money is a hundredth of it */
#define OFTEN		60	/* seconds: while a floor is to be kept */
#define SELDOM		600

/* The number under a name, or -1. */
static double
number(struct json_object *js, const char *name)
{
	struct json_object *v;
	double x;

	if (!json_object_object_get_ex(js, name, &v) ||
	    (!json_object_is_type(v, json_type_double) &&
	    !json_object_is_type(v, json_type_int)))
		return -1;
	x = json_object_get_double(v);
	return isfinite(x) && x < 1e12 ? x : -1;
}

static void
take(struct dialer *d, const struct account *a, struct json_object *js)
{
	struct json_object *v;
	struct stmt *st;
	double wallet = number(js, "wallet"), most = -1;

	if (json_object_object_get_ex(js, "concurrency", &v) &&
	    json_object_is_type(v, json_type_object))
		most = number(v, "max");
	if (db_begin(d->db) == -1)
		return;
	st = db_stmt(d->db, SQL_ACCOUNT_TOLD);
	db_int(st, ":account", a->id);
	db_int(st, ":now", time(NULL));
	if (wallet >= 0)
		db_int(st, ":wallet", (int64_t)(wallet * CENT));
	if (most >= 0)
		db_int(st, ":concurrency", (int64_t)most);
	db_run(st);
	db_commit(d->db);
}

void
account_ask(struct dialer *d, struct account *a)
{
	struct stmt *st = db_stmt(d->db, SQL_ACCOUNT_TO_ASK);
	struct json_object *js;
	struct http_request r;
	enum bolna_refusal why;
	char say[200];
	int gone;

	db_int(st, ":account", a->id);
	db_int(st, ":now", time(NULL));
	db_int(st, ":secs", a->conf->wallet_floor == CONF_NONE ? SELDOM :
	    OFTEN);
	if (db_value(st, 0) == 0)
		return;
	bolna_me(&r, d->conf->bolna_api, a->key);
	http_run(d->http, &r, 1, 1);
	if ((js = bolna_answer(&r, &gone, &why, say, sizeof(say))) != NULL)
		take(d, a, js);
	else
		log_info("account %s: Bolna does not say what is in the "
		    "wallet: %s", a->name, say);
	json_object_put(js);
	bolna_free(&r);
}

int64_t
account_id(struct db *db, const char *name)
{
	struct stmt *st = db_stmt(db, SQL_ACCOUNT_GET);
	int64_t id;

	db_text(st, ":name", name);
	if ((id = db_value(st, 0)) == 0)
		log_warnx("there is no account %s, or no pass has run yet: "
		    "\"callsheet run\" takes in those of the settings", name);
	return id;
}

char *
dialer_key(const struct conf *conf, const char *value, const char *what)
{
	char *key = conf_file(conf, value, 1, NULL), *path;
	size_t len;

	if (key == NULL)
		return NULL;
	len = strcspn(key, " \t\r\n");
	if (len > 0 && key[len + strspn(key + len, " \t\r\n")] == '\0') {
		key[len] = '\0';
		return key;
	}
	path = conf_path(conf, value);
	log_warnx("%s: want one line with %s", path, what);
	free(path);
	account_key_free(key);
	return NULL;
}

char *
account_key(const struct conf *conf, const struct conf_account *ca)
{
	return dialer_key(conf, ca->bolna_key, "Bolna's API key");
}

void
account_key_free(char *key)
{
	if (key != NULL)
		explicit_bzero(key, strlen(key));
	free(key);
}
