/*
 * Bolna's answers.  The first line is the HTTP status, with "u" behind it when
 * nothing was sent and "e" when the answer did not arrive whole; the rest is
 * the answer, and once more the variables of a call.
 */
#include "fuzz.h"

#include <ctype.h>
#include <json-c/json.h>

#include "body.h"
#include "bolna.h"

static int
usable(const char *id)
{
	const char *p;

	for (p = id; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f ||
		    strchr("/?#%&", *p) != NULL)
			return 0;
	return p > id;
}

/* What the answer to POST /call proves about the call. */
static void
placed(const struct http_request *q)
{
	enum bolna_refusal refusal;
	enum verdict v;
	char id[128], say[300];

	memset(id, 'x', sizeof(id));
	memset(say, 'x', sizeof(say));
	v = bolna_placed(q, id, sizeof(id), &refusal, say, sizeof(say));
	CLAIM(memchr(say, '\0', sizeof(say)) != NULL);
	CLAIM((v == VERDICT_OK) == (*say == '\0'));
	if (!q->sent) {
		CLAIM(v == VERDICT_TEMPFAIL);
		return;
	}
	if (v == VERDICT_OK) {
		CLAIM(memchr(id, '\0', sizeof(id)) != NULL && usable(id));
		CLAIM(q->status / 100 == 2 && q->error[0] == '\0');
	}
	/* Only a refusal proves that there is no call. */
	if (q->status / 100 != 4 || q->status == 408 || q->status == 425) {
		CLAIM(v == VERDICT_OK || v == VERDICT_UNKNOWN);
		CLAIM(refusal == BOLNA_NONE);
		return;
	}
	CLAIM(refusal != BOLNA_NONE);
	CLAIM(v == (refusal == BOLNA_CALL ? VERDICT_PERMFAIL :
	    VERDICT_TEMPFAIL));
	CLAIM((refusal == BOLNA_RATE) == (q->status == 429));
	CLAIM((refusal == BOLNA_KEY) == (q->status == 401 ||
	    q->status == 403 || q->status == 404));
}

/* An answer to GET is JSON that came whole with a 200, or it is none. */
static void
answered(const struct http_request *q)
{
	struct json_object *js;
	enum bolna_refusal refusal;
	char say[300];
	int gone;

	memset(say, 'x', sizeof(say));
	say[0] = '\0';
	js = bolna_answer(q, &gone, &refusal, say, sizeof(say));
	CLAIM(gone == (q->status == 404));
	CLAIM(js == NULL || (q->status == 200 && q->error[0] == '\0'));
	CLAIM(js != NULL || (*say != '\0' && memchr(say, '\0',
	    sizeof(say)) != NULL));
	CLAIM(js == NULL || refusal == BOLNA_NONE);
	CLAIM((refusal == BOLNA_KEY) == (q->status == 401 ||
	    q->status == 403));
	json_object_put(js);
}

static void
is_text(struct json_object *js, const char *path, const char *want)
{
	const char *s = body_text(js, path);

	CLAIM(s != NULL && strcmp(s, want) == 0);
}

/* No column of a sheet changes whom we call, or the token. */
static void
request(const char *variables)
{
	const struct bolna_call call = { "agent-1", "+919999900001", NULL,
	    "Asha", "Asia/Kolkata", "t-1", variables };
	struct json_tokener *tok;
	struct json_object *js;
	struct http_request q;

	bolna_place(&q, "http://127.0.0.1", "key", &call);
	tok = json_tokener_new_ex(100);	/* variables may be 32 deep */
	js = json_tokener_parse_ex(tok, q.body, -1);
	json_tokener_free(tok);
	CLAIM(json_object_is_type(js, json_type_object));
	CLAIM(json_object_object_length(js) == 3);
	is_text(js, "agent_id", call.agent_id);
	is_text(js, "recipient_phone_number", call.phone);
	is_text(js, "user_data.callsheet_attempt", call.token);
	is_text(js, "user_data.phone_number", call.phone);
	is_text(js, "user_data.name", call.name);
	is_text(js, "user_data.timezone", call.timezone);
	json_object_put(js);
	CLAIM(q.once == 1 && q.bodysz == strlen(q.body));
	bolna_free(&q);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_begin();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_request q = { .sent = 1 };
	struct part p;

	fuzz_part(&p, (const char *)data, size);
	q.status = p.size > 0 ? strtol(p.head, NULL, 10) % 1000 : 0;
	if (q.status < 100)
		q.status = 0;
	if (strchr(p.head, 'u') != NULL) {
		q.sent = 0;
		q.status = 0;
	}
	if (strchr(p.head, 'e') != NULL || q.status == 0)
		snprintf(q.error, sizeof(q.error), "transfer closed");
	q.reply = q.status != 0 && p.size > 0 ? p.text : NULL;
	q.replysz = q.reply != NULL ? p.size : 0;
	placed(&q);
	answered(&q);
	request(p.text);
	free(p.text);
	return 0;
}
