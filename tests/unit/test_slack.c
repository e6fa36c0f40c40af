/* What slack.h promises: whatever was said, what Slack gets is within its
 * limits, gives no orders, and is JSON. */
#include "unit.h"

#include <json-c/json.h>

#include "slack.h"

#define MARK	"... (truncated)"
#define ZW	"\xe2\x80\x8b"

static char *
repeat(const char *s, size_t n)
{
	size_t len = strlen(s), i;
	char *out = malloc(n * len + 1);

	assert_non_null(out);
	for (i = 0; i < n; i++)
		memcpy(out + i * len, s, len);
	out[n * len] = '\0';
	return out;
}

/* Characters, not bytes. */
static size_t
count(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void
test_text_is_escaped_and_stays_text(void **state)
{
	static const struct {
		const char	*in, *out;
		int		 code;
	} cases[] = {
		{ "a & b <c>", "a &amp; b &lt;c&gt;", 0 },
		{ "&amp;", "&amp;amp;", 0 },
		{ "<!channel>", "&lt;!channel&gt;", 1 },
		{ "a\nb\tc \r\n\n", "a\nb\tc", 0 },
		{ "\r\x1b[1m\x01x\x7f", "[1mx", 0 },
		{ "```", "```", 0 },
		{ "```", "``" ZW "`", 1 },
		{ "``````", "``" ZW "``" ZW "``", 1 },
		{ "`a``b`", "`a``b`", 1 },
		{ "``\x01`", "``" ZW "`", 1 },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", 0 },
		{ "a\xff" "b\xc3", "a?b?", 0 },
		{ "\xed\xa0\x80", "???", 0 },
		{ "", "", 0 },
	};
	size_t i;
	char *s;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		s = slack_escape(cases[i].in, 100, cases[i].code);
		assert_string_equal(s, cases[i].out);
		free(s);
	}
}

static void
test_text_is_cut_between_two_characters_and_not_in_an_entity(void **state)
{
	static const char *const one[] = { "x", "\xc3\xa9", "\xe2\x82\xac",
	    "\xf0\x9f\x98\x80" };
	char *in, *out;
	size_t i, n;

	(void)state;
	for (i = 0; i < LENGTH(one); i++)
		for (n = 9; n <= 11; n++) {
			in = repeat(one[i], n);
			out = slack_escape(in, 10, 0);
			if (n <= 10)
				assert_string_equal(out, in);
			else
				assert_memory_equal(out + strlen(one[i]) * 10,
				    MARK, sizeof(MARK));
			free(in);
			free(out);
		}
	out = slack_escape("12345&x", 10, 0);
	assert_string_equal(out, "12345&amp;" MARK);
	free(out);
	out = slack_escape("123456&x", 10, 0);
	assert_string_equal(out, "123456" MARK);
	free(out);
	out = slack_escape("1234567```", 10, 1);
	assert_string_equal(out, "1234567``" MARK);
	free(out);
	/* Nothing is missing where only blanks are. */
	out = slack_escape("1234567890 \n\n", 10, 1);
	assert_string_equal(out, "1234567890");
	free(out);
}

static struct json_object *
at(struct json_object *o, const char *path)
{
	struct json_object *v = NULL;

	assert_int_equal(json_pointer_get(o, path, &v), 0);
	return v;
}

static const char *
text_at(struct json_object *o, const char *path)
{
	return json_object_get_string(at(o, path));
}

static struct json_object *
message(const struct slack_call *c, int plain)
{
	char *s = slack_call_message(c, plain);
	struct json_object *js = json_tokener_parse(s);

	assert_non_null(js);
	free(s);
	return js;
}

static const struct slack_call yes = { .id = "e1", .agent = "a1",
    .status = "completed", .secs = 73.4, .transcript = "user: yes",
    .campaign = "interviews", .phone = "+919999900001", .reason = "" };

static void
test_durations_are_read_at_a_glance(void **state)
{
	static const struct {
		double		 secs;
		const char	*said;
	} cases[] = { { 73.4, "1m 13s" }, { 0, "0s" }, { 59.99, "59s" },
	    { 60, "1m 0s" }, { 3599.9, "59m 59s" }, { 3725, "1h 2m 5s" },
	    { -1, "unknown" }, { 1e300, "unknown" } };
	struct slack_call c = yes;
	struct json_object *js;
	char want[40];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		c.secs = cases[i].secs;
		js = message(&c, 0);
		snprintf(want, sizeof(want), "*Duration*\n%s", cases[i].said);
		assert_string_equal(text_at(js, "/blocks/1/fields/2/text"),
		    want);
		json_object_put(js);
	}
}

/* The worst that can be in each text at once. */
static void
test_no_text_is_longer_than_slack_takes(void **state)
{
	char *tick = repeat("`", 9000), *and = repeat("&", 9000);
	struct slack_call c = { .id = and, .agent = and, .status = and,
	    .secs = 1, .transcript = tick, .campaign = and, .phone = "+1",
	    .reason = and, .again = 1 };
	struct json_object *js = message(&c, 0);
	size_t all = 0, i;
	char path[40];

	(void)state;
	assert_true(count(text_at(js, "/blocks/0/text/text")) <= 150);
	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "/blocks/1/fields/%zu/text", i);
		assert_true(count(text_at(js, path)) <= 2000);
		all += count(text_at(js, path));
	}
	assert_true(count(text_at(js, "/blocks/3/text/text")) <= 3000);
	assert_true(count(text_at(js, "/blocks/3/text/text")) >= 2800);
	assert_true(count(text_at(js, "/blocks/4/elements/0/text")) <= 2000);
	assert_memory_equal(text_at(js, "/blocks/4/elements/0/text"),
	    "Sent again", 10);
	assert_true(count(text_at(js, "/text")) <= 4000);
	assert_true(all + 3000 + 2000 + 150 <= 12000);
	json_object_put(js);
	js = message(&c, 1);
	assert_true(count(text_at(js, "/text")) <= 5000);
	json_object_put(js);
	free(tick);
	free(and);
}

static void
test_a_second_time_is_said_to_be_one(void **state)
{
	struct slack_call c = yes;
	struct json_object *js;
	int plain;

	(void)state;
	for (plain = 0; plain < 2; plain++) {
		c.again = 0;
		js = message(&c, plain);
		assert_null(strstr(json_object_to_json_string(js),
		    "Sent again"));
		json_object_put(js);
		c.again = 1;
		js = message(&c, plain);
		assert_non_null(strstr(json_object_to_json_string(js),
		    "Sent again"));
		json_object_put(js);
	}
}

static void
test_an_alarm_is_text_and_nothing_else(void **state)
{
	char *s = slack_alarm_message("row <Asha>: gone", 0, 0);
	struct json_object *js = json_tokener_parse(s);

	(void)state;
	assert_string_equal(text_at(js, "/text"),
	    "callsheet alarm: row &lt;Asha&gt;: gone");
	assert_string_equal(text_at(js, "/blocks/1/text/type"), "plain_text");
	assert_string_equal(text_at(js, "/blocks/1/text/text"),
	    "row &lt;Asha&gt;: gone");
	json_object_put(js);
	free(s);
	s = slack_alarm_message("gone", 1, 1);
	js = json_tokener_parse(s);
	assert_int_equal(json_object_object_length(js), 1);
	json_object_put(js);
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_is_escaped_and_stays_text),
		cmocka_unit_test(
		    test_text_is_cut_between_two_characters_and_not_in_an_entity),
		cmocka_unit_test(test_durations_are_read_at_a_glance),
		cmocka_unit_test(test_no_text_is_longer_than_slack_takes),
		cmocka_unit_test(test_a_second_time_is_said_to_be_one),
		cmocka_unit_test(test_an_alarm_is_text_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
