/* What event.h promises of the projection: any order of arrival ends in the
 * same state, and what Bolna confirms wins over what somebody says. */
#include "journal.h"

#define RICH	",\"transcript\":\"user: yes\",\"summary\":\"She said yes.\"," \
	"\"conversation_duration\":73.4,\"total_cost\":12.5," \
	"\"telephony_data\":{\"duration\":\"75\",\"recording_url\":" \
	"\"https://rec.example.org/1\",\"hangup_by\":\"Callee\"}"

struct said_thing {
	enum event_source	 source;
	const char		*body;
};

static void
add_row(FILE *fp, struct stmt *st, int from, int n)
{
	const unsigned char *p;
	size_t size, i;
	int c;

	assert_int_equal(db_step(st), DB_ROW);
	for (c = from; c < n; c++) {
		p = db_col_blob(st, c, &size);
		for (i = 0; i < size; i++)
			fprintf(fp, p[i] < 0x20 || p[i] > 0x7e ? "<%02x>" :
			    "%c", p[i]);
		fputc('|', fp);
	}
	db_reset(st);
}

/* All that is known of the call and all that the sheet will say, as text. */
static char *
snapshot(void)
{
	struct stmt *st;
	size_t size;
	char *text;
	FILE *fp = open_memstream(&text, &size);

	assert_non_null(fp);
	st = db_stmt(db, SQL_EXECUTION_GET);
	db_text(st, ":id", "e-1");
	add_row(fp, st, 0, 29);
	fputc('\n', fp);
	st = db_stmt(db, SQL_DELIVERY_LIST);
	db_int(st, ":campaign", 1);
	db_int(st, ":now", NOW + 1);
	db_int(st, ":limit", 10);
	add_row(fp, st, 0, 20);
	fclose(fp);
	return text;
}

/* The outcome of telling the things in this order; nothing is kept. */
static char *
outcome(const struct said_thing *things, const int *order, int n)
{
	const struct said_thing *t;
	char *text;
	int i;

	assert_int_equal(db_begin(db), 0);
	for (i = 0; i < n; i++) {
		t = &things[order[i]];
		assert_int_equal(store_n(t->source, t->body,
		    strlen(t->body)), EVENT_APPLIED);
	}
	text = snapshot();
	db_rollback(db);
	return text;
}

static void
permute(const struct said_thing *things, int *order, int at, int n,
    const char *want)
{
	char *got;
	int i, swap;

	if (at == n) {
		got = outcome(things, order, n);
		if (strcmp(got, want) != 0) {
			for (i = 0; i < n; i++)
				print_error("%s\n", things[order[i]].body);
			fail_msg("\n%s\n not\n%s", got, want);
		}
		free(got);
		return;
	}
	for (i = at; i < n; i++) {
		swap = order[at], order[at] = order[i], order[i] = swap;
		permute(things, order, at + 1, n, want);
		swap = order[at], order[at] = order[i], order[i] = swap;
	}
}

static void
same_in_any_order(const struct said_thing *things, int n)
{
	int order[8] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	char *want = outcome(things, order, n);

	permute(things, order, 0, n, want);
	free(want);
}

static void
test_a_call_told_in_any_order_is_the_same_call(void **state)
{
	static const struct said_thing things[] = {
		{ EVENT_WEBHOOK, SAY("queued", "01", "") },
		{ EVENT_WEBHOOK, SAY("ringing", "02", "") },
		{ EVENT_WEBHOOK, SAY("in-progress", "03",
		    ",\"total_cost\":1") },
		{ EVENT_WEBHOOK, SAY("call-disconnected", "04",
		    ",\"conversation_duration\":73.4") },
		{ EVENT_WEBHOOK, SAY("completed", "05",
		    ",\"transcript\":\"forged\",\"error_message\":\"x\"") },
		{ EVENT_GET, SAY("completed", "06", RICH) },
	};

	(void)state;
	same_in_any_order(things, 6);
}

static void
test_contradictions_are_settled_the_same_way_in_any_order(void **state)
{
	static const struct said_thing things[] = {
		{ EVENT_GET, SAY("no-answer", "05", "") },
		{ EVENT_GET, SAY("completed", "09", RICH) },
		{ EVENT_WEBHOOK, SAY("busy", "08", ",\"retry_count\":2") },
		{ EVENT_WEBHOOK, SAY("levitating", "07", "") },
		{ EVENT_LIST, SAY("ringing", "03", "") },
	};

	(void)state;
	same_in_any_order(things, 5);
}

static void
test_what_cannot_be_told_apart_by_time_is_ordered_all_the_same(void **state)
{
	static const struct said_thing things[] = {
		{ EVENT_GET, "{\"id\":\"e-1\",\"status\":\"busy\"}" },
		{ EVENT_GET, "{\"id\":\"e-1\",\"status\":\"failed\","
		    "\"error_message\":\"a\"}" },
		{ EVENT_LIST, "{\"id\":\"e-1\",\"status\":\"failed\","
		    "\"error_message\":\"b\"}" },
		{ EVENT_LIST, "{\"id\":\"e-1\",\"status\":\"busy\"}" },
		{ EVENT_WEBHOOK, "{\"id\":\"e-1\",\"status\":\"odd-one\"}" },
		{ EVENT_WEBHOOK, "{\"id\":\"e-1\",\"status\":\"odd-two\"}" },
	};

	(void)state;
	same_in_any_order(things, 6);
}

static void
test_the_same_words_again_change_nothing(void **state)
{
	const char *body = SAY("completed", "05", RICH);
	char *before, *after;

	(void)state;
	assert_int_equal(webhook(body), EVENT_APPLIED);
	before = snapshot();
	assert_int_equal(webhook(body), EVENT_KNOWN);
	after = snapshot();
	assert_string_equal(after, before);
	is("SELECT count(*) FROM event", "1");
	/* From Bolna itself they are news. */
	assert_int_equal(answer(body), EVENT_APPLIED);
	assert_int_equal(answer(body), EVENT_KNOWN);
	is("SELECT verified FROM execution", "1");
	free(before);
	free(after);
}

static void
test_the_journal_keeps_the_words_as_they_came(void **state)
{
	const char *body = " {\"id\": \"e-1\", \"status\":\n\"RINGING\" }";

	(void)state;
	assert_int_equal(webhook(body), EVENT_APPLIED);
	is("SELECT body FROM event", body);
	is("SELECT source || received_at || execution FROM event",
	    "webhook1772618400e-1");
	is("SELECT stage FROM execution", "ringing");
}

static void
test_what_a_webhook_claims_ends_nothing_and_is_not_shown(void **state)
{
	(void)state;
	assert_int_equal(webhook(SAY("ringing", "02", "")), EVENT_APPLIED);
	assert_int_equal(webhook(SAY("completed", "05", RICH)),
	    EVENT_APPLIED);
	is("SELECT state FROM attempt", "accepted");
	is("SELECT verified || final FROM execution", "0completed");
	is("SELECT status FROM sheet_row", "ringing");
	is("SELECT coalesce(transcript, summary, cost, duration)"
	    " FROM sheet_row", "");
	/* It is a reason to ask Bolna, and nothing more. */
	is_at("SELECT confirm_at FROM execution", NOW);
}

static void
test_what_bolna_does_not_confirm_is_forgotten(void **state)
{
	(void)state;
	webhook(SAY("completed", "05", ",\"transcript\":\"forged\","
	    "\"summary\":\"forged\",\"total_cost\":99,\"error_message\":\"x\","
	    "\"retry_count\":3,\"answered_by_voice_mail\":true,"
	    "\"telephony_data\":{\"recording_url\":\"https://evil.example\"}"));
	answer(SAY("completed", "04", ",\"transcript\":\"real\""));
	is("SELECT transcript FROM execution", "real");
	is("SELECT coalesce(summary, recording, error, cost_cents, voicemail,"
	    " '') FROM execution", "");
	/* But that Bolna redials is believed: it only keeps us from calling. */
	is("SELECT retry_count FROM execution", "3");
	is("SELECT transcript FROM sheet_row", "real");
	is("SELECT summary FROM sheet_row", "");
	/* A forgery that comes later is no better. */
	webhook(SAY("completed", "59", ",\"transcript\":\"forged again\","
	    "\"summary\":\"forged again\""));
	is("SELECT transcript || coalesce(summary, '') FROM sheet_row",
	    "real");
}

static void
test_of_two_transcripts_of_one_moment_the_longer_stays(void **state)
{
	static const char *const less[] = { "user: yes", "user: no", "user: a",
	    "user: b", "user: c", "user: d" };
	size_t i;
	char body[256];

	(void)state;
	answer(SAY("completed", "05", ",\"transcript\":\"user: yes, and\""));
	for (i = 0; i < sizeof(less) / sizeof(less[0]); i++) {
		snprintf(body, sizeof(body), SAY("completed", "05",
		    ",\"transcript\":\"%s\""), less[i]);
		answer(body);
		is("SELECT transcript FROM execution", "user: yes, and");
	}
	answer(SAY("completed", "05",
	    ",\"transcript\":\"user: yes, and more\""));
	is("SELECT transcript FROM execution", "user: yes, and more");
	answer(SAY("completed", "06", ",\"transcript\":\"user: yes\""));
	is("SELECT transcript FROM execution", "user: yes");
}

static void
test_richer_data_are_never_erased_by_poorer(void **state)
{
	(void)state;
	answer(SAY("completed", "05", RICH));
	answer(SAY("completed", "09", ",\"transcript\":\"\",\"summary\":null,"
	    "\"conversation_duration\":0,\"total_cost\":0,"
	    "\"telephony_data\":{\"duration\":\"0.0\",\"recording_url\":\"\"}"));
	is("SELECT transcript || summary FROM execution",
	    "user: yesShe said yes.");
	is("SELECT talk_secs || ' ' || line_secs || ' ' || cost_cents"
	    " FROM execution", "73.4 75.0 12.5");
	is("SELECT recording FROM execution", "https://rec.example.org/1");
	answer("{\"id\":\"e-1\",\"status\":\"completed\","
	    "\"updated_at\":\"2026-03-04T10:10:00Z\"}");
	is("SELECT agent_id FROM execution", "agent-1");
	/* Better ones replace them. */
	answer(SAY("completed", "11", ",\"total_cost\":13.5"));
	is("SELECT cost_cents FROM execution", "13.5");
}

static void
test_of_two_words_the_later_by_bolnas_clock_counts(void **state)
{
	char body[200];
	int i;

	(void)state;
	for (i = 59; i >= 50; i--) {
		snprintf(body, sizeof(body), "{\"id\":\"e-1\",\"status\":"
		    "\"completed\",\"updated_at\":\"2026-03-04T10:%d:00Z\","
		    "\"summary\":\"of %d\"}", i, i);
		answer(body);
	}
	is("SELECT summary FROM execution", "of 59");
}

static void
test_a_call_only_moves_up(void **state)
{
	(void)state;
	webhook(SAY("call-disconnected", "04", ""));
	webhook(SAY("ringing", "09", ""));
	is("SELECT stage FROM execution", "call-disconnected");
	is("SELECT shown FROM disposition d, execution e"
	    " WHERE d.status = e.stage", "call-disconnected");
	answer(SAY("busy", "05", ""));
	answer(SAY("in-progress", "10", ""));
	is("SELECT final || verified FROM execution", "busy1");
	is("SELECT status FROM sheet_row", "busy");
}

static void
test_other_spellings_of_a_status_mean_the_same(void **state)
{
	(void)state;
	webhook(SAY("Calling", "02", ""));
	is("SELECT stage FROM execution", "ringing");
	answer(SAY("No_Answer", "03", ""));
	is("SELECT final FROM execution", "no-answer");
	is("SELECT status FROM sheet_row", "no-answer");
}

static void
test_a_status_that_nobody_knows_is_kept_and_moves_nothing(void **state)
{
	(void)state;
	webhook(SAY("ringing", "02", ""));
	assert_int_equal(answer(SAY("levitating", "05", "")), EVENT_APPLIED);
	is("SELECT stage || final || verified FROM execution", "ringing0");
	is("SELECT odd_status FROM execution", "levitating");
	is("SELECT state FROM attempt", "accepted");
	/* The next who looks may know it. */
	shell("INSERT INTO disposition (status, means, shown, rank, final,"
	    " answered, ask_after) VALUES ('levitating', 'levitating', 'up',"
	    " 6, 0, 1, 900)");
	webhook(SAY("queued", "01", ""));
	is("SELECT stage FROM execution", "levitating");
}

static void
test_moments_of_a_call_are_the_earliest_that_were_told(void **state)
{
	(void)state;
	webhook(SAY("ringing", "03", ""));
	webhook(SAY("ringing", "02", ""));
	webhook(SAY("in-progress", "04", ""));
	answer(SAY("completed", "06", ""));
	is("SELECT strftime('%H:%M', ringing_at, 'unixepoch') || ' ' ||"
	    " strftime('%H:%M', answered_at, 'unixepoch') || ' ' ||"
	    " strftime('%H:%M', ended_at, 'unixepoch') FROM execution",
	    "10:02 10:04 10:06");
}

/* An answer may be larger than any webhook: what was taken once must be
 * understood again when the journal is folded. */
static void
test_a_very_large_answer_survives_a_late_webhook(void **state)
{
	size_t size = 3 * 1024 * 1024, n;
	char *body = test_malloc(size);
	int i;

	(void)state;
	n = (size_t)snprintf(body, size, "{\"id\":\"e-1\",\"status\":"
	    "\"completed\",\"transcript\":\"");
	memset(body + n, 'x', 2 * 1024 * 1024);
	n += 2 * 1024 * 1024;
	n += (size_t)snprintf(body + n, size - n, "\",\"latency\":[0");
	for (i = 0; i < 50000; i++)
		n += (size_t)snprintf(body + n, size - n, ",%d", i);
	snprintf(body + n, size - n, "]}");
	assert_int_equal(answer(body), EVENT_APPLIED);
	test_free(body);
	webhook(SAY("ringing", "02", ""));
	is("SELECT verified || final || length(transcript) FROM execution",
	    "1completed2097152");
}

static void
test_news_of_a_batch_is_kept_and_is_about_nobody(void **state)
{
	const char *body = "{\"batch_id\":\"b-1\",\"status\":\"completed\"}";

	(void)state;
	assert_int_equal(webhook(body), EVENT_STORED);
	assert_int_equal(webhook(body), EVENT_KNOWN);
	is("SELECT count(*) FROM event WHERE execution = ''", "1");
	is("SELECT count(*) FROM execution", "0");
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, journal_make, journal_remove)
	const struct CMUnitTest tests[] = {
		T(test_a_call_told_in_any_order_is_the_same_call),
		T(test_contradictions_are_settled_the_same_way_in_any_order),
		T(test_what_cannot_be_told_apart_by_time_is_ordered_all_the_same),
		T(test_the_same_words_again_change_nothing),
		T(test_the_journal_keeps_the_words_as_they_came),
		T(test_what_a_webhook_claims_ends_nothing_and_is_not_shown),
		T(test_what_bolna_does_not_confirm_is_forgotten),
		T(test_of_two_transcripts_of_one_moment_the_longer_stays),
		T(test_richer_data_are_never_erased_by_poorer),
		T(test_of_two_words_the_later_by_bolnas_clock_counts),
		T(test_a_call_only_moves_up),
		T(test_other_spellings_of_a_status_mean_the_same),
		T(test_a_status_that_nobody_knows_is_kept_and_moves_nothing),
		T(test_moments_of_a_call_are_the_earliest_that_were_told),
		T(test_a_very_large_answer_survives_a_late_webhook),
		T(test_news_of_a_batch_is_kept_and_is_about_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
