/* What log.h promises: one line a message, whatever is in it. */
#include "unit.h"

#include <errno.h>
#include <sysexits.h>
#include <syslog.h>

#include "log.h"

/* Instead of the C library's, whose daemon a test does not have: what was sent
 * goes to standard error. */
void
openlog(const char *ident, int option, int facility)
{
	fprintf(stderr, "open %s %d %d\n", ident, option == LOG_PID,
	    facility == LOG_DAEMON);
}

void
syslog(int priority, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%d ", priority);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static void
test_a_message_is_one_line_that_begins_with_the_program(void **state)
{
	struct said s;

	(void)state;
	said_begin(&s);
	log_warnx("attempt %d: over", 7);
	assert_string_equal(said_end(&s), "callsheet: attempt 7: over\n");
}

static void
test_nothing_in_a_message_can_begin_a_line_or_drive_a_terminal(void **state)
{
	static const struct { const char *text, *line; } cases[] = {
		{ "a\nb", "a\\x0ab" },
		{ "a\r\tb", "a\\x0d\\x09b" },
		{ "\033[2Jx\007", "\\x1b[2Jx\\x07" },
		{ "\177", "\\x7f" },
		/* CSI as one character of Unicode */
		{ "\xc2\x9b" "31m", "\\xc2\\x9b31m" },
		{ "caf\xc3\xa9 \xe0\xa4\xa8", "caf\xc3\xa9 \xe0\xa4\xa8" },
		{ "\xc2\xa0", "\xc2\xa0" },
		{ "100%s %n", "100%s %n" },
	};
	char want[128];
	struct said s;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		said_begin(&s);
		log_warnx("%s", cases[i].text);
		said_end(&s);
		snprintf(want, sizeof(want), "callsheet: %s\n",
		    cases[i].line);
		assert_string_equal(s.text, want);
	}
}

static void
test_a_message_of_any_length_stays_one_whole_line(void **state)
{
	char big[5000];
	struct said s;

	(void)state;
	memset(big, '\n', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	said_begin(&s);
	log_warnx("%s", big);
	said_end(&s);
	assert_true(strlen(s.text) > 900 && strlen(s.text) < 1100);
	assert_ptr_equal(strchr(s.text, '\n'), s.text + strlen(s.text) - 1);
}

static void
test_a_warning_says_the_cause_and_leaves_errno_alone(void **state)
{
	struct said s;
	int error, full;

	(void)state;
	said_begin(&s);
	errno = ENOENT;
	log_warn("file %s", "x");
	/* Even when the message itself could not be written. */
	full = open("/dev/full", O_WRONLY);
	dup2(full, STDERR_FILENO);
	close(full);
	errno = ENOENT;
	log_warn("file %s", "y");
	error = errno;
	said_end(&s);
	assert_int_equal(error, ENOENT);
	assert_string_equal(s.text,
	    "callsheet: file x: No such file or directory\n");
}

static void
test_what_is_only_for_the_curious_needs_v(void **state)
{
	struct said s;
	int i;

	(void)state;
	said_begin(&s);
	for (i = 0; i < 3; i++) {
		log_init("prog", i, 0);
		log_info("info %d", i);
		log_debug("debug %d", i);
	}
	log_init("callsheet", 0, 0);
	assert_string_equal(said_end(&s),
	    "prog: info 1\nprog: info 2\nprog: debug 2\n");
}

static void
end_with_reason(void *arg)
{
	(void)arg;
	fatalx(EX_SOFTWARE, "query %s", "x");
}

static void
end_for_want_of_memory(void *arg)
{
	(void)arg;
	errno = ENOMEM;
	fatal(EX_OSERR, NULL);
}

static void
test_a_fault_of_ours_ends_the_program_with_its_status(void **state)
{
	struct said s;

	(void)state;
	assert_int_equal(exit_status(&s, end_with_reason, NULL), 70);
	assert_string_equal(s.text, "callsheet: query x\n");
	assert_int_equal(exit_status(&s, end_for_want_of_memory, NULL), 71);
	assert_string_equal(s.text, "callsheet: Cannot allocate memory\n");
}

static void
test_syslog_gets_each_message_as_one_line_with_its_weight(void **state)
{
	struct said s;

	(void)state;
	said_begin(&s);
	log_init("callsheet-webhook", 1, 1);
	log_warnx("a\nb %s", "100%s");
	log_info("c");
	log_debug("for the curious");
	said_end(&s);
	log_init("callsheet", 0, 0);
	assert_string_equal(s.text, "open callsheet-webhook 1 1\n"
	    "4 a\\x0ab 100%s\n6 c\n");
}

static void
test_a_masked_number_keeps_its_ends_only(void **state)
{
	static const struct { const char *phone, *masked; } cases[] = {
		{ "+919999903210", "+91******3210" },
		{ "+12025550143", "+12*****0143" },
		{ "+120255501", "+12***5501" },
		{ "+12025550", "*********" },
		{ "12345", "*****" },
		{ "", "" },
	};
	char buf[PHONE_MASK_SIZE], big[200];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++)
		assert_string_equal(phone_mask(cases[i].phone, buf),
		    cases[i].masked);
	memset(big, '5', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	phone_mask(big, buf);
	assert_int_equal(strlen(buf), PHONE_MASK_SIZE - 1);
	assert_int_equal(strspn(buf + 3, "*"), PHONE_MASK_SIZE - 1 - 7);
}

static void
test_a_number_in_what_others_have_said_is_masked(void **state)
{
	static const struct { const char *text, *line; } cases[] = {
		{ "stored 919999900001", "stored 91******0001" },
		{ "+919999900001: no line", "+91******0001: no line" },
		{ "\"9999900001\"", "\"99****0001\"" },
		{ "1234567890 and 123456789012345",
		    "12****7890 and 12*********2345" },
		/* these are none */
		{ "execution 0f5e1b3c-0000-4000-8000-000000000001",
		    "execution 0f5e1b3c-0000-4000-8000-000000000001" },
		{ "execution a1234567890", "execution a1234567890" },
		{ "execution 1234567890a", "execution 1234567890a" },
		{ "/var/20261121091500.db", "/var/20261121091500.db" },
		{ "from 203.0.113.101, 123456789 bytes at 2026-11-21 09:15",
		    "from 203.0.113.101, 123456789 bytes at 2026-11-21 09:15" },
		{ "1234567890123456", "1234567890123456" },
	};
	char want[128];
	struct said s;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		said_begin(&s);
		log_warnx("%s", cases[i].text);
		said_end(&s);
		snprintf(want, sizeof(want), "callsheet: %s\n",
		    cases[i].line);
		assert_string_equal(s.text, want);
	}
}

int
main(void)
{
#define T(f) cmocka_unit_test(f)
	const struct CMUnitTest tests[] = {
		T(test_a_message_is_one_line_that_begins_with_the_program),
		T(test_nothing_in_a_message_can_begin_a_line_or_drive_a_terminal),
		T(test_a_message_of_any_length_stays_one_whole_line),
		T(test_a_warning_says_the_cause_and_leaves_errno_alone),
		T(test_what_is_only_for_the_curious_needs_v),
		T(test_a_fault_of_ours_ends_the_program_with_its_status),
		T(test_syslog_gets_each_message_as_one_line_with_its_weight),
		T(test_a_masked_number_keeps_its_ends_only),
		T(test_a_number_in_what_others_have_said_is_masked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
