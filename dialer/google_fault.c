/*
 * What Google's answers mean, in sentences that say what to do.
 */
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "body.h"
#include "google_int.h"
#include "phone.h"

struct fault {
	const char	*status;	/* "PERMISSION_DENIED", "" */
	const char	*reason;	/* "SERVICE_DISABLED", "" */
	const char	*consumer;	/* "projects/1", "" */
};

static const char *
text_or(const char *s, const char *otherwise)
{
	return s != NULL ? s : otherwise;
}

/* Take Google's error body apart; f borrows from the result, which the
 * caller puts back. */
static struct json_object *
read_fault(struct google_call *c, struct fault *f)
{
	struct json_object	*o, *details, *d;
	const char		*why, *text;
	size_t			 i;

	f->status = f->reason = f->consumer = "";
	c->text[0] = '\0';
	o = body_parse(text_or(c->r.reply, ""), c->r.replysz, BODY_MAX_BYTES,
	    BODY_MAX_MARKS, &why);
	if (o == NULL)
		return NULL;
	snprintf(c->text, sizeof(c->text), "%s",
	    text_or(body_text(o, "error.message"), ""));
	phone_hide(c->text);
	f->status = text_or(body_text(o, "error.status"), "");
	details = body_get(o, "error.details");
	if (!json_object_is_type(details, json_type_array))
		return o;
	for (i = 0; i < json_object_array_length(details); i++) {
		d = json_object_array_get_idx(details, i);
		if ((text = body_text(d, "reason")) == NULL)
			continue;
		f->reason = text;
		f->consumer = text_or(body_text(d, "metadata.consumer"), "");
	}
	return o;
}

/* The message without "Invalid data[3]: ", which means nothing to people. */
static const char *
plain(const char *text)
{
	const char	*p;

	if (strncmp(text, "Invalid data", 12) != 0 ||
	    (p = strstr(text, "]: ")) == NULL)
		return text;
	return p + 3;
}

static enum verdict
judge_400(const struct google *g, struct google_call *c, char *why,
    size_t whysz)
{
	c->fault = GOOGLE_ARGUMENT;
	if (strstr(c->text, "Office file") != NULL) {
		c->fault = GOOGLE_OTHER;
		snprintf(why, whysz, "the file is an Excel file that Google "
		    "only shows; open it and choose File, Save as Google "
		    "Sheets, then use the new address");
	} else if (strstr(c->text, "No grid with id") != NULL) {
		c->fault = GOOGLE_NO_TAB;
		snprintf(why, whysz, "the tab is no longer there");
	} else if (strstr(c->text, "exceeds grid limits") != NULL) {
		c->fault = GOOGLE_LIMITS;
		snprintf(why, whysz, "a row or column is no longer in the "
		    "sheet (%s)", plain(c->text));
	} else if (strstr(c->text, "protected cell") != NULL) {
		snprintf(why, whysz, "cells are protected in the sheet; let "
		    "%s edit them (Data, Protect sheets and ranges)",
		    g->email);
	} else
		snprintf(why, whysz, "Google refused the request: %s",
		    c->text[0] != '\0' ? plain(c->text) :
		    "no reason given");
	return VERDICT_PERMFAIL;
}

static enum verdict
judge_403(const struct google *g, struct google_call *c,
    const struct fault *f, char *why, size_t whysz)
{
	const char	*project;

	c->fault = GOOGLE_OTHER;
	if (strcasecmp(f->reason, "rateLimitExceeded") == 0 ||
	    strcasecmp(f->reason, "userRateLimitExceeded") == 0 ||
	    strcmp(f->reason, "RATE_LIMIT_EXCEEDED") == 0) {
		snprintf(why, whysz, "Google's quota for %s is used up",
		    g->email);
		return VERDICT_TEMPFAIL;
	}
	if (strcmp(f->reason, "SERVICE_DISABLED") == 0 ||
	    strcmp(f->reason, "accessNotConfigured") == 0) {
		project = f->consumer;
		if (strncmp(project, "projects/", 9) == 0)
			project += 9;
		snprintf(why, whysz, "the Google Sheets API is not enabled in "
		    "the key's project %s (%s); enable it at "
		    "https://console.cloud.google.com/apis/library/"
		    "sheets.googleapis.com and wait a few minutes",
		    g->project, *project != '\0' ? project : "no number");
	} else if (strcmp(f->reason, "ACCESS_TOKEN_SCOPE_INSUFFICIENT") == 0)
		snprintf(why, whysz, "Google does not let %s use "
		    "spreadsheets: %s", g->email, c->text);
	else
		snprintf(why, whysz, "the sheet is not shared with %s for "
		    "editing; share the sheet with %s as Editor", g->email,
		    g->email);
	return VERDICT_PERMFAIL;
}

static enum verdict
judge_refusal(const struct google *g, struct google_call *c,
    const struct fault *f, char *why, size_t whysz)
{
	switch (c->r.status) {
	case 400:
		return judge_400(g, c, why, whysz);
	case 401:
		snprintf(why, whysz, "Google does not accept the login of %s "
		    "(401 %s); is its key still valid in the Cloud console?",
		    g->email, *f->reason != '\0' ? f->reason : f->status);
		break;
	case 403:
		return judge_403(g, c, f, why, whysz);
	case 404:
		snprintf(why, whysz, "no such spreadsheet; check the address "
		    "in the settings, or was the sheet deleted?");
		break;
	case 429:
		snprintf(why, whysz, "Google's quota of requests a minute "
		    "for %s is used up", g->email);
		return VERDICT_TEMPFAIL;
	default:
		snprintf(why, whysz, "Google answered %ld: %s", c->r.status,
		    c->text[0] != '\0' ? c->text : "no reason given");
	}
	return VERDICT_PERMFAIL;
}

/* A 2xx. */
static enum verdict
judge_success(struct google_call *c, char *why, size_t whysz)
{
	int	json;

	json = strcmp(c->r.reply_type, "application/json") == 0;
	if (c->r.error[0] == '\0' && json)
		return VERDICT_OK;
	if (!json) {
		c->fault = GOOGLE_ANSWER;
		snprintf(why, whysz, "a web page came instead of Google's "
		    "data; is google_api right, is there a proxy or login "
		    "page between this machine and Google?");
	} else {
		c->fault = strcmp(c->r.error, "answer is not understood") ==
		    0 ? GOOGLE_ANSWER : GOOGLE_OTHER;
		snprintf(why, whysz, "Google's answer did not arrive whole: "
		    "%s", c->r.error);
	}
	return c->write ? VERDICT_UNKNOWN : VERDICT_TEMPFAIL;
}

/* No answer, or one that says no more than that something went wrong. */
static enum verdict
judge_trouble(struct google_call *c, char *why, size_t whysz)
{
	if (c->r.status == 0)
		snprintf(why, whysz, "no answer from Google: %s",
		    c->r.error[0] != '\0' ? c->r.error : "unknown reason");
	else
		snprintf(why, whysz, "Google is in trouble (%ld)",
		    c->r.status);
	if (strncmp(c->r.error, "not sent: ", 10) == 0 &&
	    strcmp(c->r.error, HTTP_NO_MEMORY) != 0)
		return VERDICT_PERMFAIL;	/* as it is set up, never */
	return c->write && c->r.sent ? VERDICT_UNKNOWN : VERDICT_TEMPFAIL;
}

enum verdict
google_judge(const struct google *g, struct google_call *c, char *why,
    size_t whysz)
{
	struct json_object	*o;
	struct fault		 f;
	enum verdict		 v;
	long			 status = c->r.status;

	c->fault = GOOGLE_FINE;
	c->text[0] = '\0';
	if (status >= 200 && status < 300)
		return judge_success(c, why, whysz);
	c->fault = GOOGLE_OTHER;
	if (status < 300 || status == 408 || status >= 500)
		return judge_trouble(c, why, whysz);
	o = read_fault(c, &f);
	if (o == NULL && status != 401 && status != 429) {
		snprintf(why, whysz, status == 404 ? "google_api does not "
		    "lead to Google Sheets (%ld with a web page)" :
		    "an answer came that is not Google's (%ld); is google_api "
		    "right, is there a proxy or filter between this machine "
		    "and Google?", status);
		return VERDICT_PERMFAIL;
	}
	v = judge_refusal(g, c, &f, why, whysz);
	json_object_put(o);
	return v;
}
