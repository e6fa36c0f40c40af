/*
 * From a service account's key file to an access token.  The address to send
 * the signed claim to comes from the settings, never from the key file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "body.h"
#include "compose.h"
#include "google_int.h"
#include "jwt.h"
#include "log.h"
#include "phone.h"

#define KEY_MAX_BYTES	65536
#define TOKEN_AUDIENCE	"https://oauth2.googleapis.com/token"
#define TOKEN_SCOPE	"https://www.googleapis.com/auth/spreadsheets"
#define TOKEN_GRANT	"urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3A" \
			"jwt-bearer"
#define TOKEN_LIFE	3600	/* the most Google allows */
#define TOKEN_BACKDATE	30	/* our clock may be a little fast */
#define TOKEN_EARLY	300	/* renew when less is left */
#define TOKEN_MIN	30	/* when renewing fails, use it until here */
#define CLOCK_TOLERANCE	20	/* seconds; Google's own is not documented */

static int
ends_with(const char *s, const char *end)
{
	size_t	n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

/* json-c frees without wiping. */
static void
wipe_string(struct json_object *o, const char *member)
{
	struct json_object	*v = body_get(o, member);

	if (json_object_is_type(v, json_type_string))
		explicit_bzero((void *)(uintptr_t)json_object_get_string(v),
		    (size_t)json_object_get_string_len(v));
}

static int
take_key(struct google *g, struct json_object *o, char *why, size_t whysz)
{
	const char	*type, *email, *pem, *project;

	type = body_text(o, "type");
	if (type == NULL || strcmp(type, "service_account") != 0) {
		snprintf(why, whysz, "the Google key is not that of a service "
		    "account; create one in the Cloud console and download "
		    "its key as JSON");
		return -1;
	}
	email = body_text(o, "client_email");
	if (email == NULL || !ends_with(email, ".gserviceaccount.com")) {
		snprintf(why, whysz, "the Google key has no client_email that "
		    "ends in .gserviceaccount.com");
		return -1;
	}
	pem = body_text(o, "private_key");
	if (pem == NULL || (g->key = jwt_key_read(pem)) == NULL) {
		snprintf(why, whysz, "the private_key in the Google key is "
		    "not a whole RSA key; download the file again");
		return -1;
	}
	project = body_text(o, "project_id");
	g->email = strdup(email);
	g->project = strdup(project != NULL ? project : "");
	if (g->email == NULL || g->project == NULL) {
		snprintf(why, whysz, "out of memory");
		return -1;
	}
	return 0;
}

int
google_key(struct google *g, const char *json, char *why, size_t whysz)
{
	struct json_object	*o;
	const char		*reason = NULL;
	int			 rc;

	o = body_parse(json, strlen(json), KEY_MAX_BYTES, BODY_MAX_MARKS,
	    &reason);
	if (o == NULL) {
		snprintf(why, whysz, "the Google key is not a JSON file as "
		    "Google hands it out (%s)",
		    reason != NULL ? reason : "no JSON");
		return -1;
	}
	rc = take_key(g, o, why, whysz);
	wipe_string(o, "private_key");
	json_object_put(o);
	return rc;
}

void
google_token_drop(struct google *g)
{
	if (g->token != NULL)
		explicit_bzero(g->token, strlen(g->token));
	free(g->token);
	g->token = NULL;
}

/* The form to post; NULL when out of memory or signing fails. */
static char *
make_form(struct google *g)
{
	struct json_object	*o;
	char			*jwt = NULL, *form = NULL;
	int64_t			 iat;

	o = compose_object();
	iat = (int64_t)time(NULL) + g->skew - TOKEN_BACKDATE;
	compose_put_text(o, "iss", g->email);
	compose_put_text(o, "scope", TOKEN_SCOPE);
	compose_put_text(o, "aud", TOKEN_AUDIENCE);
	compose_put_int(o, "iat", iat);
	compose_put_int(o, "exp", iat + TOKEN_LIFE);
	jwt = jwt_sign(g->key, compose_line(o));
	if (jwt != NULL && asprintf(&form, "grant_type=%s&assertion=%s",
	    TOKEN_GRANT, jwt) == -1)
		form = NULL;
	if (jwt != NULL)
		explicit_bzero(jwt, strlen(jwt));
	free(jwt);
	json_object_put(o);
	return form;
}

/* It goes into a header line of each request: nothing in it may end that. */
static int
token_ok(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	while (*p > ' ' && *p < 0x7f)
		p++;
	return *s != '\0' && *p == '\0';
}

static enum verdict
take_token(struct google *g, struct json_object *o, time_t asked, char *why,
    size_t whysz)
{
	const char	*token;
	double		 life;

	token = body_text(o, "access_token");
	if (token == NULL || !token_ok(token)) {
		snprintf(why, whysz, "Google accepted the login of %s but "
		    "gave no access token%s", g->email,
		    body_text(o, "id_token") != NULL ?
		    ", only an id token: it does not know the scope asked for"
		    : "");
		return VERDICT_PERMFAIL;
	}
	if (body_number(o, "expires_in", &life) == -1 || life < 0 ||
	    life > 86400)
		life = TOKEN_LIFE;
	google_token_drop(g);
	if ((g->token = strdup(token)) == NULL) {
		snprintf(why, whysz, "out of memory");
		return VERDICT_TEMPFAIL;
	}
	g->token_until = asked + (time_t)life;
	return VERDICT_OK;
}

/* "4000 s ahead of", of the clock that is wrong by skew. */
static const char *
clock_words(int64_t skew, char buf[48])
{
	snprintf(buf, 48, "%lld s %s", (long long)(skew < 0 ? -skew : skew),
	    skew < 0 ? "ahead of" : "behind");
	return buf;
}

static void
say_refused(const struct google *g, struct json_object *o,
    const struct http_request *r, char *why, size_t whysz)
{
	const char	*text, *error;
	int64_t		 skew;
	char		 words[48], quoted[200];

	text = body_text(o, "error_description");
	error = body_text(o, "error");
	if (text == NULL)
		text = error != NULL ? error : "no reason given";
	if (strstr(text, "Invalid JWT Signature") != NULL)
		snprintf(why, whysz, "Google does not know the key of %s: it "
		    "was deleted in the Cloud console or belongs to another "
		    "account; create a new key", g->email);
	else if (strstr(text, "account not found") != NULL)
		snprintf(why, whysz, "the service account %s does not exist "
		    "any more; create one and share the sheet with it",
		    g->email);
	else if (strstr(text, "reasonable timeframe") != NULL &&
	    r->date != 0) {
		skew = r->date - (int64_t)time(NULL);
		snprintf(why, whysz, "Google finds the login outside its "
		    "time: this machine's clock is %s Google's; set the "
		    "clock", clock_words(skew, words));
	} else if (strstr(text, "reasonable timeframe") != NULL)
		snprintf(why, whysz, "Google finds the login outside its "
		    "time; is this machine's clock right?");
	else {
		snprintf(quoted, sizeof(quoted), "%s", text);
		phone_hide(quoted);
		snprintf(why, whysz, "Google refused the login of %s: %s",
		    g->email, quoted);
	}
}

/* True when the clock was the reason and the server's time is worth a try. */
static int
clock_corrected(struct google *g, struct json_object *o,
    const struct http_request *r)
{
	const char	*text = body_text(o, "error_description");
	int64_t		 skew;
	char		 words[48];

	if (text == NULL || strstr(text, "reasonable timeframe") == NULL ||
	    r->date == 0 || g->skew != 0)
		return 0;
	skew = r->date - (int64_t)time(NULL);
	if (skew > -CLOCK_TOLERANCE && skew < CLOCK_TOLERANCE)
		return 0;
	g->skew = skew;
	log_warnx("clock: this machine's is %s Google's, set it",
	    clock_words(skew, words));
	return 1;
}

/* What came back from the token endpoint; *retry is set to 1 when it is worth
 * asking once more at once, to 2 after a pause. */
static enum verdict
judge_token(struct google *g, const struct http_request *r, time_t asked,
    int *retry, char *why, size_t whysz)
{
	struct json_object	*o = NULL;
	const char		*reason;
	enum verdict		 v = VERDICT_PERMFAIL;

	*retry = 0;
	if (strncmp(r->error, "not sent: ", 10) == 0 &&
	    strcmp(r->error, HTTP_NO_MEMORY) != 0) {
		snprintf(why, whysz, "google_token_url: %s", r->error);
		return VERDICT_PERMFAIL;
	}
	if (r->error[0] != '\0' || r->status == 0 || r->status == 408 ||
	    r->status == 429 || r->status >= 500) {
		*retry = 2;
		if (r->error[0] != '\0')
			snprintf(why, whysz, "no answer from Google's login: "
			    "%s", r->error);
		else
			snprintf(why, whysz, "Google's login is in trouble "
			    "(%ld)", r->status);
		return VERDICT_TEMPFAIL;
	}
	o = body_parse(r->reply != NULL ? r->reply : "", r->replysz,
	    BODY_MAX_BYTES, BODY_MAX_MARKS, &reason);
	if (o == NULL)
		snprintf(why, whysz, "what answers at google_token_url is not "
		    "Google's login (%ld, no JSON); is there a proxy or "
		    "login page between this machine and Google?", r->status);
	else if (r->status == 200)
		v = take_token(g, o, asked, why, whysz);
	else if (clock_corrected(g, o, r))
		*retry = 1;
	else
		say_refused(g, o, r, why, whysz);
	wipe_string(o, "access_token");
	json_object_put(o);
	return v;
}

static enum verdict
fetch_token(struct google *g, int *retry, struct http_request *r, char *why,
    size_t whysz)
{
	enum verdict	 v;
	time_t		 asked = time(NULL);
	char		*form;

	*retry = 0;
	if ((form = make_form(g)) == NULL) {
		snprintf(why, whysz, "the login for Google cannot be signed");
		return VERDICT_TEMPFAIL;
	}
	memset(r, 0, sizeof(*r));
	r->method = "POST";
	r->url = g->token_url;
	r->type = "application/x-www-form-urlencoded";
	r->body = form;
	r->bodysz = strlen(form);
	http_run(g->http, r, 1, 1);
	v = judge_token(g, r, asked, retry, why, whysz);
	explicit_bzero(form, strlen(form));
	free(form);
	if (r->reply != NULL)
		explicit_bzero(r->reply, r->replysz);
	http_clear(r);
	return v;
}

enum verdict
google_token(struct google *g, char *why, size_t whysz)
{
	struct http_request	r;
	enum verdict		v;
	int			retry, tries = 0;

	if (g->token != NULL && time(NULL) < g->token_until - TOKEN_EARLY)
		return VERDICT_OK;
	do {
		v = fetch_token(g, &retry, &r, why, whysz);
		if (v == VERDICT_OK)
			return v;
		if (g->token != NULL &&
		    time(NULL) < g->token_until - TOKEN_MIN)
			return VERDICT_OK;
	} while (retry == 1 ||
	    (retry == 2 && google_wait(g, tries++, &r) == 0));
	return v;
}
