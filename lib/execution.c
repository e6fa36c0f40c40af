/*
 * Bolna has spelt the same record in many ways over two years, and wrappers
 * of it exist.  All those spellings end here: the rest of the code sees one
 * struct in which everything may be unknown and nothing is doubtful.
 */
#include <json-c/json.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "body.h"
#include "execution.h"

#define URL_MAX_BYTES	2000
#define DURATION_MAX	(7 * 24 * 3600.0)	/* no call lasts longer */
#define COST_MAX	1e7		/* cents: no call costs more */
#define COUNT_MAX	1000

#define TOKEN_CHARS	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
			"0123456789_-"

static const char *const id_names[] = { "id", "execution_id", "executionId" };
static const char *const nested[] = { "execution", "data" };

#define LENGTH(a)	(sizeof(a) / sizeof((a)[0]))

/* Where to look: the record, then what is wrapped around or inside it. */
struct sources {
	struct json_object	*root;
	struct json_object	*record;
	struct json_object	*other;		/* may be NULL */
	int			*failed;	/* set when memory runs out */
};

/* s, which is only NULL when memory has run out. */
static char *
have(const struct sources *src, char *s)
{
	if (s == NULL)
		*src->failed = 1;
	return s;
}

static const char *
json_text(const struct sources *src, struct json_object *v)
{
	const char *s;

	errno = 0;
	s = json_object_to_json_string_ext(v, JSON_C_TO_STRING_PLAIN |
	    JSON_C_TO_STRING_NOSLASHESCAPE);
	/* With too little memory for all of it, json-c gives a part. */
	if (s == NULL || errno == ENOMEM) {
		*src->failed = 1;
		return NULL;
	}
	return s;
}

/* One of the places where a value may stand. */
struct place {
	struct json_object	*in;
	char			 path[64];
};

/* The k-th place for a list of paths ("updated_at updatedAt"): all of them in
 * the record first, then in the other object.  0 when there are no more. */
static int
place(struct place *p, const struct sources *src, const char *paths, size_t k)
{
	struct json_object *const in[] = { src->record, src->other };
	const char *s;
	size_t i, n;

	for (i = 0; i < 2; i++) {
		for (s = paths; *s != '\0'; s += n + strspn(s + n, " ")) {
			n = strcspn(s, " ");
			if (k-- > 0)
				continue;
			p->in = in[i];
			snprintf(p->path, sizeof(p->path), "%.*s", (int)n, s);
			return 1;
		}
	}
	return 0;
}

static void
find_word(const struct sources *src, const char *paths, char *out,
    size_t size)
{
	struct place p;
	size_t k;

	for (k = 0; place(&p, src, paths, k); k++)
		if (body_word(p.in, p.path, out, size) == 0 &&
		    out[strspn(out, " ")] != '\0')
			return;
	out[0] = '\0';
}

/* The first number from 0 to max, else what was given for unknown. */
static double
find_number(const struct sources *src, const char *paths, double max,
    double unknown)
{
	struct place p;
	double d;
	size_t k;

	for (k = 0; place(&p, src, paths, k); k++)
		if (body_number(p.in, p.path, &d) == 0 && d >= 0 && d <= max)
			return d == 0 ? 0 : d;	/* never -0 */
	return unknown;
}

/* The first readable time.  A number in JSON is read from its own text. */
static int64_t
find_time(const struct sources *src, const char *paths)
{
	struct json_object *o;
	struct place p;
	const char *s;
	int64_t t;
	size_t k;

	for (k = 0; place(&p, src, paths, k); k++) {
		o = body_get(p.in, p.path);
		if (!json_object_is_type(o, json_type_string) &&
		    !json_object_is_type(o, json_type_int) &&
		    !json_object_is_type(o, json_type_double))
			continue;
		s = json_object_is_type(o, json_type_string) ?
		    json_object_get_string(o) : json_text(src, o);
		if ((t = execution_time(s)) != 0)
			return t;
	}
	return 0;
}

/* A copy of the first string that says something, without NUL bytes: they
 * would end it early wherever it goes. */
static char *
find_text(const struct sources *src, const char *paths)
{
	struct json_object *o;
	struct place p;
	const char *s;
	char *copy, *to;
	size_t k;
	int i, n, seen;

	for (k = 0; place(&p, src, paths, k); k++) {
		o = body_get(p.in, p.path);
		if (!json_object_is_type(o, json_type_string))
			continue;
		s = json_object_get_string(o);
		n = json_object_get_string_len(o);
		if ((to = copy = have(src, malloc((size_t)n + 1))) == NULL)
			return NULL;
		for (i = seen = 0; i < n; i++) {
			if (s[i] != '\0')
				*to++ = s[i];
			if (s[i] != '\0' && !isspace((unsigned char)s[i]))
				seen = 1;
		}
		*to = '\0';
		if (seen)
			return copy;
		free(copy);
	}
	return NULL;
}

/* An address that a browser may be sent to: never a script or a file, and
 * nothing that could end the attribute or line it is shown in. */
static int
is_web_url(const char *s)
{
	const unsigned char *p;
	size_t scheme;

	if (strncasecmp(s, "https://", 8) == 0)
		scheme = 8;
	else if (strncasecmp(s, "http://", 7) == 0)
		scheme = 7;
	else
		return 0;
	if (s[scheme] == '\0' || strlen(s) > URL_MAX_BYTES)
		return 0;
	for (p = (const unsigned char *)s; *p != '\0'; p++)
		if (*p <= ' ' || *p == 0x7f || strchr("\"'<>\\`", *p) != NULL)
			return 0;
	return 1;
}

static char *
find_url(const struct sources *src, const char *paths)
{
	struct place p;
	const char *s;
	size_t k;

	for (k = 0; place(&p, src, paths, k); k++)
		if ((s = body_text(p.in, p.path)) != NULL && is_web_url(s))
			return have(src, strdup(s));
	return NULL;
}

/* JSON text of an object or array with something in it, else NULL. */
static char *
container_text(const struct sources *src, struct json_object *v)
{
	const char *s;
	size_t n = 0;

	if (json_object_is_type(v, json_type_object))
		n = (size_t)json_object_object_length(v);
	else if (json_object_is_type(v, json_type_array))
		n = json_object_array_length(v);
	if (n == 0)
		return NULL;
	s = json_text(src, v);
	return s == NULL ? NULL : have(src, strdup(s));
}

/* What one member holds: an object, a string with JSON in it, or words. */
static char *
extraction_text(const struct sources *src, struct json_object *v)
{
	struct json_object *inner;
	const char *s, *why;
	char *text;
	int n;

	if (!json_object_is_type(v, json_type_string))
		return container_text(src, v);
	s = json_object_get_string(v);
	n = json_object_get_string_len(v);
	inner = body_parse(s, (size_t)n, BODY_MAX_BYTES, BODY_MAX_MARKS, &why);
	if (inner != NULL) {
		text = container_text(src, inner);
		json_object_put(inner);
		return text;
	}
	if (why == body_no_memory)
		*src->failed = 1;
	s += strspn(s, " \t\r\n");
	if (*s == '\0' || strcmp(s, "null") == 0 || strcmp(s, "\"\"") == 0)
		return NULL;
	s = json_text(src, v);
	return s == NULL ? NULL : have(src, strdup(s));
}

static char *
find_extraction(const struct sources *src)
{
	struct place p;
	char *text;
	size_t k;

	for (k = 0; place(&p, src, "extracted_data custom_extractions "
	    "agent_extraction", k); k++)
		if ((text = extraction_text(src, body_get(p.in, p.path))) !=
		    NULL)
			return text;
	return NULL;
}

/* Spelling only: what a status means is in the disposition table. */
static void
status_read(struct json_object *o, const char *name, char *out, size_t size)
{
	const char *s;
	size_t i, n;

	out[0] = '\0';
	if ((s = body_text(o, name)) == NULL)
		return;
	while (isspace((unsigned char)*s))
		s++;
	for (n = strlen(s); n > 0 && isspace((unsigned char)s[n - 1]); n--)
		continue;
	if (n >= size)
		return;
	for (i = 0; i < n; i++) {
		if (iscntrl((unsigned char)s[i])) {
			i = 0;
			break;
		}
		out[i] = s[i] == '_' || s[i] == ' ' ? '-' :
		    (char)tolower((unsigned char)s[i]);
	}
	out[i] = '\0';
}

static int
has_status(struct json_object *o)
{
	char status[sizeof(((struct execution *)NULL)->status)];

	status_read(o, "status", status, sizeof(status));
	return status[0] != '\0';
}

/* An id goes into the path of a URL, so it is a plain word there. */
static int
id_read(struct json_object *o, char id[EXECUTION_ID_SIZE])
{
	size_t i;

	for (i = 0; i < LENGTH(id_names); i++)
		if (body_word(o, id_names[i], id, EXECUTION_ID_SIZE) == 0 &&
		    isalnum((unsigned char)id[0]) &&
		    id[strspn(id, TOKEN_CHARS ".:")] == '\0')
			return 0;
	id[0] = '\0';
	return -1;
}

/* True when something stands where an id could be, readable or not. */
static int
has_id_member(struct json_object *o)
{
	size_t i;

	for (i = 0; i < LENGTH(id_names); i++)
		if (body_get(o, id_names[i]) != NULL)
			return 1;
	return 0;
}

/*
 * Find the id and which object is the record.  An object inside is taken
 * only when it brings the id that is missing outside, or when it speaks of
 * the same id and has the status; one with another id is something else
 * (a pre-call webhook carries whatever its author put in).
 */
static int
find_record(struct sources *src, char id[EXECUTION_ID_SIZE])
{
	struct json_object *in;
	char inner[EXECUTION_ID_SIZE];
	int known, inner_known, outer_status, inner_status;
	size_t i;

	known = id_read(src->root, id) == 0;
	outer_status = has_status(src->root);
	for (i = 0; i < LENGTH(nested); i++) {
		if ((in = body_get(src->root, nested[i])) == NULL)
			continue;
		inner_known = id_read(in, inner) == 0;
		inner_status = has_status(in);
		if (!known && inner_known) {
			memcpy(id, inner, sizeof(inner));
			known = 1;
			src->other = in;
			if (inner_status || !outer_status) {
				src->record = in;
				src->other = src->root;
			}
			break;
		}
		if (known && !outer_status && inner_status &&
		    (inner_known ? strcmp(id, inner) == 0 :
		    !has_id_member(in))) {
			src->record = in;
			src->other = src->root;
			break;
		}
	}
	return known ? 0 : -1;
}

/* About a batch only when no id stands anywhere: a call of a batch whose id
 * cannot be read is not news of the batch. */
static int
find_batch(struct json_object *root, char id[EXECUTION_ID_SIZE])
{
	size_t i;

	if (has_id_member(root))
		return -1;
	for (i = 0; i < LENGTH(nested); i++)
		if (has_id_member(body_get(root, nested[i])))
			return -1;
	return body_word(root, "batch_id", id, EXECUTION_ID_SIZE);
}

static int
flag_read(struct json_object *v)
{
	const char *s;

	if (json_object_is_type(v, json_type_boolean))
		return json_object_get_boolean(v) ? 1 : 0;
	if (!json_object_is_type(v, json_type_string))
		return -1;
	s = json_object_get_string(v);
	return strcasecmp(s, "true") == 0 ? 1 :
	    strcasecmp(s, "false") == 0 ? 0 : -1;
}

static void
token_read(const struct sources *src, char *out, size_t size)
{
	struct place p;
	const char *s;
	size_t k;

	for (k = 0; place(&p, src,
	    "context_details.recipient_data.callsheet_attempt "
	    "user_data.callsheet_attempt", k); k++) {
		s = body_text(p.in, p.path);
		if (s == NULL || *s == '\0' || strlen(s) >= size ||
		    s[strspn(s, TOKEN_CHARS)] != '\0')
			continue;
		memcpy(out, s, strlen(s) + 1);
		return;
	}
}

static void
phone_read(const struct sources *src, char *out, size_t size)
{
	const char *type = body_text(src->record, "telephony_data.call_type");

	if (type == NULL)
		type = body_text(src->other, "telephony_data.call_type");
	if (type != NULL && strcasecmp(type, "inbound") == 0)
		find_word(src, "context_details.recipient_phone_number "
		    "recipient_phone_number user_number "
		    "telephony_data.from_number phone_number phone",
		    out, size);
	else
		find_word(src, "context_details.recipient_phone_number "
		    "recipient_phone_number user_number "
		    "telephony_data.to_number phone_number phone",
		    out, size);
}

static void
decode_words(const struct sources *src, struct execution *ex)
{
	find_word(src, "agent_id agentId", ex->agent, sizeof(ex->agent));
	status_read(src->record, "status", ex->status, sizeof(ex->status));
	/* Some name the stage in "event" only. */
	if (ex->status[0] == '\0')
		status_read(src->record, "event", ex->status,
		    sizeof(ex->status));
	if (ex->status[0] == '\0')
		status_read(src->other, "event", ex->status,
		    sizeof(ex->status));
	phone_read(src, ex->phone, sizeof(ex->phone));
	token_read(src, ex->token, sizeof(ex->token));
	find_word(src, "telephony_data.hangup_by hangup_by",
	    ex->hangup_by, sizeof(ex->hangup_by));
	find_word(src, "telephony_data.hangup_provider_code "
	    "telephony_data.hangup_code hangup_provider_code hangup_code",
	    ex->hangup_code, sizeof(ex->hangup_code));
}

static void
decode_numbers(const struct sources *src, struct execution *ex)
{
	ex->updated_at = find_time(src,
	    "updated_at updatedAt updated_at_str");
	ex->created_at = find_time(src,
	    "created_at createdAt created_at_str");
	ex->talk_secs = find_number(src, "conversation_duration "
	    "conversation_time duration telephony_data.duration",
	    DURATION_MAX, -1);
	ex->line_secs = find_number(src, "telephony_data.duration",
	    DURATION_MAX, -1);
	ex->cost_cents = find_number(src, "total_cost", COST_MAX, -1);
	ex->retry_count = (long)find_number(src, "retry_count", COUNT_MAX, 0);
	ex->voicemail = flag_read(body_get(src->record,
	    "answered_by_voice_mail"));
	if (ex->voicemail == -1)
		ex->voicemail = flag_read(body_get(src->other,
		    "answered_by_voice_mail"));
}

static void
decode_texts(const struct sources *src, struct execution *ex)
{
	ex->hangup_reason = find_text(src,
	    "telephony_data.hangup_reason hangup_reason");
	ex->error = find_text(src, "error_message");
	ex->transcript = find_text(src, "transcript transcription");
	ex->summary = find_text(src, "summary");
	ex->recording = find_url(src,
	    "telephony_data.recording_url recording_url recordingUrl");
	ex->extraction = find_extraction(src);
	ex->smart_status = find_text(src, "smart_status");
}

int
execution_decode(struct json_object *root, struct execution *ex)
{
	int failed = 0;
	struct sources src = { .root = root, .record = root,
	    .failed = &failed };

	memset(ex, 0, sizeof(*ex));
	if (find_record(&src, ex->id) == 0)
		ex->kind = EXECUTION_CALL;
	else if (find_batch(root, ex->id) == 0)
		ex->kind = EXECUTION_BATCH;
	else
		ex->kind = EXECUTION_NONE;
	decode_words(&src, ex);
	decode_numbers(&src, ex);
	decode_texts(&src, ex);
	return failed ? -1 : 0;
}

void
execution_clear(struct execution *ex)
{
	free(ex->hangup_reason);
	free(ex->error);
	free(ex->transcript);
	free(ex->summary);
	free(ex->recording);
	free(ex->extraction);
	free(ex->smart_status);
	memset(ex, 0, sizeof(*ex));
}
