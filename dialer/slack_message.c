/*
 * What a message to Slack looks like.  Slack refuses a whole message when one
 * text in it is too long, and takes "<!channel>" in what somebody said on the
 * phone for an order: lengths and characters are looked at here, once.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <json-c/json.h>

#include "body.h"
#include "compose.h"
#include "log.h"
#include "slack.h"

#define MAX_TEXT	2800	/* characters; Slack: 3000 in all */
#define MAX_HEADER	130	/* Slack: 150 */
#define MAX_FIELD	500	/* Slack: 2000 */
#define MARK		"... (truncated)"
#define GAP		"\xe2\x80\x8b"	/* a blank without width */
#define AGAIN		"Sent again: no answer came to the first."

struct piece {			/* one character as it is sent */
	const char	*s;
	size_t		 size, chars;
};

/* Bytes of the character at s; 0 when there is none. */
static size_t
char_size(const char *s)
{
	unsigned char c = (unsigned char)*s;
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	return strnlen(s, n) == n && utf8_valid(s, n) ? n : 0;
}

/* The next character.  Three backticks would end a code block. */
static struct piece
next_piece(const char *s, size_t n, size_t ticks, int code)
{
	if (n == 0)
		return (struct piece){ "?", 1, 1 };
	if (((unsigned char)*s < ' ' && *s != '\n' && *s != '\t') ||
	    *s == 0x7f)
		return (struct piece){ "", 0, 0 };
	switch (*s) {
	case '&':
		return (struct piece){ "&amp;", 5, 5 };
	case '<':
		return (struct piece){ "&lt;", 4, 4 };
	case '>':
		return (struct piece){ "&gt;", 4, 4 };
	case '`':
		if (code && ticks > 0 && ticks % 2 == 0)
			return (struct piece){ GAP "`", 4, 2 };
		break;
	}
	return (struct piece){ s, n, 1 };
}

char *
slack_escape(const char *s, size_t max, int code)
{
	char *out = malloc(strlen(s) * 5 + sizeof(MARK)), *p = out;
	size_t chars = 0, ticks = 0, n;
	const char *end = s + strlen(s);
	struct piece piece;

	if (out == NULL)
		fatal(EX_OSERR, NULL);
	while (end > s && strchr(" \t\r\n", end[-1]) != NULL)
		end--;
	for (; s < end; s += n > 0 ? n : 1) {
		n = char_size(s);
		piece = next_piece(s, n, ticks, code);
		if (chars + piece.chars > max) {
			memcpy(p, MARK, sizeof(MARK) - 1);
			p += sizeof(MARK) - 1;
			break;
		}
		memcpy(p, piece.s, piece.size);
		p += piece.size;
		chars += piece.chars;
		if (piece.size > 0)
			ticks = *s == '`' ? ticks + 1 : 0;
	}
	*p = '\0';
	return out;
}

static struct json_object *
text_object(const char *type, const char *text)
{
	struct json_object *o = compose_object();

	compose_put_text(o, "type", type);
	compose_put_text(o, "text", text);
	return o;
}

static struct json_object *
block(const char *type)
{
	struct json_object *o = compose_object();

	compose_put_text(o, "type", type);
	return o;
}

static void
add_header(struct json_object *blocks, const char *title)
{
	struct json_object *o = block("header");

	compose_put(o, "text", text_object("plain_text", title));
	compose_append(blocks, o);
}

static void
add_section(struct json_object *blocks, const char *type, const char *text)
{
	struct json_object *o = block("section");

	compose_put(o, "text", text_object(type, text));
	compose_append(blocks, o);
}

static void
add_context(struct json_object *blocks, const char *text)
{
	struct json_object *o = block("context"), *list = compose_array();

	compose_append(list, text_object("plain_text", text));
	compose_put(o, "elements", list);
	compose_append(blocks, o);
}

static char * __attribute__((format(printf, 1, 2)))
print(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) == -1)
		fatal(EX_OSERR, NULL);
	va_end(ap);
	return s;
}

static void
add_field(struct json_object *fields, const char *name, const char *value)
{
	char *safe = slack_escape(value, MAX_FIELD, 0);
	char *text = print("*%s*\n%s", name, safe);

	compose_append(fields, text_object("mrkdwn", text));
	free(text);
	free(safe);
}

/* "1m 13s" */
static const char *
duration(double secs, char *buf, size_t size)
{
	long s = secs >= 0 && secs < 1e6 ? (long)secs : -1;

	if (s < 0)
		snprintf(buf, size, "unknown");
	else if (s < 60)
		snprintf(buf, size, "%lds", s);
	else if (s < 3600)
		snprintf(buf, size, "%ldm %lds", s / 60, s % 60);
	else
		snprintf(buf, size, "%ldh %ldm %lds", s / 3600, s / 60 % 60,
		    s % 60);
	return buf;
}

static char *
finish(struct json_object *message)
{
	char *s = strdup(compose_line(message));

	if (s == NULL)
		fatal(EX_OSERR, NULL);
	json_object_put(message);
	return s;
}

/* Whose call it was, and why it ended so. */
static char *
circumstances(const struct slack_call *c)
{
	char masked[PHONE_MASK_SIZE], *text, *safe;

	text = print("%s%s, %s%s%s", c->again ? AGAIN "\n" : "", c->campaign,
	    phone_mask(c->phone, masked), *c->reason != '\0' ? ", " : "",
	    c->reason);
	safe = slack_escape(text, MAX_FIELD, 0);
	free(text);
	return safe;
}

static struct json_object *
call_blocks(const struct slack_call *c, const char *title, const char *spoken,
    const char *about)
{
	struct json_object *blocks = compose_array(), *grid = block("section");
	struct json_object *fields = compose_array();
	char buf[40], *text;

	add_header(blocks, title);
	add_field(fields, "Call ID", c->id);
	add_field(fields, "Agent ID", c->agent);
	add_field(fields, "Duration", duration(c->secs, buf, sizeof(buf)));
	add_field(fields, "Status", c->status);
	compose_put(grid, "fields", fields);
	compose_append(blocks, grid);
	if (spoken != NULL) {
		compose_append(blocks, block("divider"));
		text = print("```\n%s\n```", spoken);
		add_section(blocks, "mrkdwn", text);
		free(text);
	}
	add_context(blocks, about);
	return blocks;
}

static char *
call_text(const struct slack_call *c, const char *title, const char *spoken,
    const char *about)
{
	char buf[40], *id = slack_escape(c->id, MAX_FIELD, 0);
	char *agent = slack_escape(c->agent, MAX_FIELD, 0), *text;

	text = print("%s\nCall ID: %s\nAgent ID: %s\nDuration: %s\n%s%s%s",
	    title, id, agent, duration(c->secs, buf, sizeof(buf)), about,
	    spoken != NULL ? "\n\n" : "", spoken != NULL ? spoken : "");
	free(id);
	free(agent);
	return text;
}

char *
slack_call_message(const struct slack_call *c, int plain)
{
	struct json_object *message = compose_object();
	char buf[40], *head = print("Bolna call ended: %s", c->status);
	char *title = slack_escape(head, MAX_HEADER, 0);
	char *about = circumstances(c), *spoken = NULL, *text;

	if (c->transcript != NULL && c->transcript[strspn(c->transcript,
	    " \t\r\n")] != '\0')
		spoken = slack_escape(c->transcript, MAX_TEXT, !plain);
	if (plain)
		text = call_text(c, title, spoken, about);
	else
		text = print("%s, %s", title, duration(c->secs, buf,
		    sizeof(buf)));
	compose_put_text(message, "text", text);
	if (!plain)
		compose_put(message, "blocks", call_blocks(c, title, spoken,
		    about));
	free(text);
	free(spoken);
	free(about);
	free(title);
	free(head);
	return finish(message);
}

char *
slack_alarm_message(const char *alarm, int again, int plain)
{
	struct json_object *message = compose_object(), *blocks;
	char *safe = slack_escape(alarm, MAX_TEXT, 0);
	char *text = print("callsheet alarm: %s%s%s", safe,
	    again && plain ? "\n" : "", again && plain ? AGAIN : "");

	compose_put_text(message, "text", text);
	if (!plain) {
		blocks = compose_array();
		add_header(blocks, "callsheet alarm");
		add_section(blocks, "plain_text", safe);
		if (again)
			add_context(blocks, AGAIN);
		compose_put(message, "blocks", blocks);
	}
	free(text);
	free(safe);
	return finish(message);
}
