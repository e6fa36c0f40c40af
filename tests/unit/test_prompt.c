/* What prompt.h promises: what somebody said stays data, whatever it says. */
#include "unit.h"

#include "body.h"
#include "prompt.h"

#define CALL	"Describe the call.\n---\n{{name}}:\n{{transcript}}\nEnd.\n"

static const char *
reads(enum prompt_kind kind, const char *text)
{
	static char why[200];
	struct prompt p;

	why[0] = '\0';
	if (prompt_read(&p, kind, text, why, sizeof(why)) == 0)
		prompt_clear(&p);
	else
		assert_true(why[0] != '\0');
	return why;
}

static char *
filled(const char *text, const char *name, const char *value)
{
	const struct prompt_value list[] = { { name, value }, { NULL, NULL } };

	return prompt_fill(text, list);
}

static void
assert_filled(const char *text, const char *name, const char *value,
    const char *want)
{
	char *s = filled(text, name, value);

	assert_string_equal(s, want);
	free(s);
}

static void
test_what_is_built_in_can_be_read(void **state)
{
	(void)state;
	assert_string_equal(reads(PROMPT_CALL, prompt_default[PROMPT_CALL]),
	    "");
	assert_string_equal(reads(PROMPT_HISTORY,
	    prompt_default[PROMPT_HISTORY]), "");
}

static void
test_a_prompt_has_instructions_and_a_message(void **state)
{
	struct prompt p;
	char why[200];

	(void)state;
	assert_int_equal(prompt_read(&p, PROMPT_CALL, CALL, why, sizeof(why)),
	    0);
	assert_string_equal(p.instructions, "Describe the call.");
	assert_string_equal(p.message, "{{name}}:\n{{transcript}}\nEnd.\n");
	prompt_clear(&p);
	assert_non_null(strstr(reads(PROMPT_CALL, "{{transcript}}"),
	    "a line ---"));
	assert_non_null(strstr(reads(PROMPT_CALL, "\xff\n---\n"), "UTF-8"));
}

static void
test_what_somebody_said_may_not_stand_in_the_instructions(void **state)
{
	static const char *const spoken[] = { "transcript", "summary", "name" };
	char text[200];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(spoken); i++) {
		snprintf(text, sizeof(text), "{{%s}}\n---\n{{transcript}}",
		    spoken[i]);
		assert_non_null(strstr(reads(PROMPT_CALL, text),
		    "is no instruction"));
	}
	assert_string_equal(reads(PROMPT_CALL,
	    "{{campaign}}\n---\n{{transcript}}"), "");
}

static void
test_unknown_and_missing_variables_are_named(void **state)
{
	(void)state;
	assert_string_equal(reads(PROMPT_CALL, "A\n---\n{{transcipt}}"),
	    "{{transcipt}} is no variable here");
	assert_string_equal(reads(PROMPT_CALL, "A\n---\n{{history}}"),
	    "{{history}} is no variable here");
	assert_string_equal(reads(PROMPT_CALL, "A\n---\n{{transcript"),
	    "{{transcript is no variable here");
	assert_string_equal(reads(PROMPT_CALL, "A\n---\n{{name}}"),
	    "{{transcript}} is missing");
	assert_string_equal(reads(PROMPT_HISTORY, "A\n---\n{{transcript}}"),
	    "{{history}} is missing");
}

static void
test_each_line_of_speech_is_marked(void **state)
{
	(void)state;
	assert_filled("[{{transcript}}]", "transcript", "one\ntwo\n",
	    "[> one\n> two]");
	assert_filled("[{{transcript}}]", "transcript", "", "[> ]");
	assert_filled("[{{transcript}}]", "transcript", NULL, "[> ]");
	/* whatever else a reader may take for the end of a line */
	assert_filled("{{transcript}}", "transcript",
	    "a\rb\r\nc\vd\fe\xc2\x85" "f\xe2\x80\xa8g\xe2\x80\xa9h\x1bi",
	    "> a\n> b\n> c\n> d\n> e\n> f\n> g\n> h i");
	assert_filled("To {{name}}.", "name", "As\nha\r\n---\n\x01",
	    "To As ha ---  .");
}

static void
test_what_looks_like_a_variable_in_speech_is_left_alone(void **state)
{
	(void)state;
	assert_filled("{{transcript}}{{name}}", "transcript",
	    "{{name}} {{transcript}} {{", "> {{name}} {{transcript}} {{");
}

/* Its beginning and its end say most; characters stay whole. */
static void
test_a_long_transcript_loses_its_middle(void **state)
{
	size_t n = 400000, i;
	char *text = calloc(n + 1, 1), *s;

	(void)state;
	assert_non_null(text);
	for (i = 0; i + 3 <= n; i += 3)
		memcpy(text + i, "\xe0\xa4\x85", 3);
	memcpy(text, "BEG", 3);
	memcpy(text + i - 3, "END", 3);
	s = filled("{{transcript}}", "transcript", text);
	assert_true(strlen(s) < 50000);
	assert_non_null(strstr(s, "> BEG"));
	assert_non_null(strstr(s, "bytes are left out here)\n> "));
	assert_string_equal(s + strlen(s) - 3, "END");
	assert_true(utf8_valid(s, strlen(s)));
	free(s);
	free(text);
}

int
main(void)
{
#define T(f) cmocka_unit_test(f)
	const struct CMUnitTest tests[] = {
		T(test_what_is_built_in_can_be_read),
		T(test_a_prompt_has_instructions_and_a_message),
		T(test_what_somebody_said_may_not_stand_in_the_instructions),
		T(test_unknown_and_missing_variables_are_named),
		T(test_each_line_of_speech_is_marked),
		T(test_what_looks_like_a_variable_in_speech_is_left_alone),
		T(test_a_long_transcript_loses_its_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
