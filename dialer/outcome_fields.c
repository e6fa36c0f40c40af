/*
 * What an extraction says: Bolna's dispositions, nested with a confidence, or
 * flat fields, as older agents have them.  A field or a value that no row of
 * outcome_field knows says nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include <json-c/json.h>

#include "body.h"
#include "log.h"
#include "outcome_int.h"

#define MAX_BYTES	(16 * 1024 * 1024)
#define MAX_MARKS	1000000
#define MAX_NAME	200	/* bytes of a name or value that count */

struct leaf {			/* a field and what it holds */
	const char		*name;
	const char		*value;
	double			 confidence;	/* < 0: not said */
};

struct reader {
	struct fields		*f;
	const struct policy	*p;
};

/* Small letters and digits, "_" between. */
static char *
plain(const char *s)
{
	char *cut = strndup(s, MAX_NAME), *out, *p;

	if (cut == NULL)
		fatal(EX_OSERR, NULL);
	out = words_fold(cut);
	free(cut);
	for (p = out; *p != '\0'; p++)
		if (*p == ' ')
			*p = '_';
	p = strcmp(out, "yes") == 0 || strcmp(out, "y") == 0 ? strdup("true") :
	    strcmp(out, "no") == 0 || strcmp(out, "n") == 0 ? strdup("false") :
	    strdup(out);
	if (p == NULL)
		fatal(EX_OSERR, NULL);
	free(out);
	return p;
}

static const char *
scalar(struct json_object *js)
{
	if (json_object_is_type(js, json_type_boolean))
		return json_object_get_boolean(js) ? "true" : "false";
	if (json_object_is_type(js, json_type_string) ||
	    json_object_is_type(js, json_type_int) ||
	    json_object_is_type(js, json_type_double))
		return json_object_get_string(js);
	return NULL;
}

/* As a share, as percent, or in Bolna's words. */
static double
confidence(struct json_object *js)
{
	const char *word;
	double d;

	if (body_number(js, "confidence", &d) == 0 ||
	    body_number(js, "confidence_score", &d) == 0)
		return d < 0 ? 0 : d <= 1 ? d : d <= 100 ? d / 100 : 1;
	if ((word = body_text(js, "confidence_label")) == NULL &&
	    (word = body_text(js, "confidence")) == NULL)
		return -1;
	return strcasecmp(word, "high") == 0 ? 0.9 :
	    strcasecmp(word, "medium") == 0 ? 0.6 : 0.3;
}

static int
meaning_cmp(const void *a, const void *b)
{
	const struct meaning_of *x = a, *y = b;
	int rc = strcmp(x->key, y->key);

	return rc != 0 ? rc : strcmp(x->value, y->value);
}

static const struct meaning_of *
look_up(const struct policy *p, char *key, char *value)
{
	struct meaning_of m = { .key = key, .value = value };

	return bsearch(&m, p->fields, p->nfields, sizeof(m), meaning_cmp);
}

static int
is_one_of(char *const *list, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(list[i], name) == 0)
			return 1;
	return 0;
}

/* Of two fields of one kind: who wants another time is no plain yes; a yes
 * and a no, or a no and another time, are a matter for a person. */
static void
combine(struct finding *f, enum outcome_word what, double conf,
    const char *rule, const char *span)
{
	static const int order[O__WORDS] = { [O_WRONG_PERSON] = 5,
	    [O_VOICEMAIL] = 4, [O_NEEDS_REVIEW] = 3, [O_CALLBACK] = 2,
	    [O_RESCHEDULED] = 2, [O_DECLINED] = 1, [O_CONFIRMED] = 1 };

	if (f->found && f->what == what) {
		if (conf > f->confidence)
			f->confidence = conf;
	} else if (f->found && order[f->what] < 3 && order[what] < 3 &&
	    (f->what == O_DECLINED || what == O_DECLINED)) {
		finding_set(f, O_NEEDS_REVIEW, conf, "fields that contradict "
		    "each other", span);
	} else if (!f->found || order[what] > order[f->what]) {
		finding_set(f, what, conf, rule, span);
	}
}

static void
judge(struct reader *r, const struct leaf *l)
{
	char *key = plain(l->name), *value = plain(l->value);
	const struct meaning_of *m = look_up(r->p, key, value);
	char *rule = NULL, *span = NULL;
	double conf;

	if (asprintf(&span, "%.80s: %.120s", l->name, l->value) == -1)
		fatal(EX_OSERR, NULL);
	utf8_whole(span);
	if (m != NULL) {
		conf = l->confidence >= 0 ? l->confidence : m->weight;
		if (asprintf(&rule, "%s %s", m->step == 1 ? "extraction" :
		    "field", key) == -1)
			fatal(EX_OSERR, NULL);
		if (m->outcome == O_OPT_OUT)
			combine(&r->f->opt_out, O_OPT_OUT, conf, rule, span);
		else if (conf < r->p->needs[m->outcome])
			combine(&r->f->hint, m->outcome, conf, rule, span);
		else
			combine(m->step == 1 ? &r->f->stated :
			    &r->f->implied, m->outcome, conf, rule, span);
	}
	free(rule);
	free(span);
	free(value);
	free(key);
}

/* --- the tree --- */

/* Is there a yes in it, by itself or somewhere inside?  The same question as
 * that of suppression_heard.sql. */
static int
has_yes(struct json_object *js)
{
	const char *s;
	size_t i;

	if (json_object_is_type(js, json_type_object)) {
		json_object_object_foreach(js, name, v) {
			(void)name;
			if (has_yes(v))
				return 1;
		}
	} else if (json_object_is_type(js, json_type_array)) {
		for (i = 0; i < json_object_array_length(js); i++)
			if (has_yes(json_object_array_get_idx(js, i)))
				return 1;
	} else if (json_object_is_type(js, json_type_boolean)) {
		return json_object_get_boolean(js);
	} else if (json_object_is_type(js, json_type_string)) {
		s = json_object_get_string(js);
		return strcasecmp(s, "true") == 0 || strcasecmp(s, "yes") == 0;
	}
	return 0;
}

/* What a slot says, be it text, {date, time, day_of_week} or a disposition. */
static void
take_slot(struct reader *r, struct json_object *v)
{
	static const char *const parts[] = { "objective", "value",
	    "datetime", "date", "time", "day_of_week", "subjective" };
	char *out = NULL, *longer;
	const char *s = scalar(v);
	size_t i;

	for (i = 0; s == NULL && i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *part = scalar(body_get(v, parts[i]));

		if (part == NULL || *part == '\0' || (i == 6 && out != NULL))
			continue;
		if (asprintf(&longer, "%s%s%.200s", out != NULL ? out : "",
		    out != NULL ? " " : "", part) == -1)
			fatal(EX_OSERR, NULL);
		free(out);
		out = longer;
	}
	if (s != NULL && *s != '\0' && (out = strndup(s, MAX_NAME)) == NULL)
		fatal(EX_OSERR, NULL);
	if (out == NULL)
		return;
	utf8_whole(out);
	free(r->f->slot);
	r->f->slot = out;
}

static void walk(struct reader *, struct json_object *);

static void
member(struct reader *r, struct json_object *in, const char *name,
    struct json_object *v)
{
	struct leaf leaf = { .name = name };
	char *key = plain(name);

	if (is_one_of(r->p->slots, r->p->nslots, key))
		take_slot(r, v);
	if (is_one_of(r->p->opt_outs, r->p->nopt_outs, key) && has_yes(v))
		finding_set(&r->f->opt_out, O_OPT_OUT, 1, "extraction opt-out",
		    name);
	free(key);
	if ((leaf.value = scalar(v)) != NULL) {
		leaf.confidence = confidence(in);
		judge(r, &leaf);
		return;
	}
	if (!json_object_is_type(v, json_type_object)) {
		walk(r, v);
		return;
	}
	leaf.value = scalar(body_get(v, "objective"));
	if (leaf.value == NULL || *leaf.value == '\0')
		leaf.value = scalar(body_get(v, "value"));
	if (leaf.value == NULL || *leaf.value == '\0')
		leaf.value = scalar(body_get(v, "subjective"));
	if (leaf.value != NULL) {
		leaf.confidence = confidence(v);
		judge(r, &leaf);
	} else {
		walk(r, v);
	}
}

static void
walk(struct reader *r, struct json_object *js)
{
	size_t i;

	if (json_object_is_type(js, json_type_array))
		for (i = 0; i < json_object_array_length(js); i++)
			walk(r, json_object_array_get_idx(js, i));
	if (json_object_is_type(js, json_type_object)) {
		json_object_object_foreach(js, name, v)
			member(r, js, name, v);
	}
}

void
fields_read(struct fields *f, const struct policy *p, const char *text)
{
	struct reader r = { f, p };
	struct json_object *js;
	const char *why;

	memset(f, 0, sizeof(*f));
	js = body_parse(text, strlen(text), MAX_BYTES, MAX_MARKS, &why);
	if (js == NULL && why == body_no_memory)
		fatal(EX_OSERR, NULL);
	walk(&r, js);
	json_object_put(js);
}

void
fields_free(struct fields *f)
{
	finding_clear(&f->stated);
	finding_clear(&f->implied);
	finding_clear(&f->hint);
	finding_clear(&f->opt_out);
	free(f->slot);
	memset(f, 0, sizeof(*f));
}
