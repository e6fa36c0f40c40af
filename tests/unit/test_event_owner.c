/* What event.h promises of the people called: whose call it is, when it is
 * over, when they are called again, and when Bolna is asked. */
#include "journal.h"

/* Another attempt for the same person, in this state. */
static void
attempt(const char *id, const char *state)
{
	char sql[512];

	snprintf(sql, sizeof(sql), "INSERT INTO attempt (id, lead, campaign,"
	    " account, phone, token, state, claimed_at, sent_at, look_at)"
	    " VALUES (%s, 1, 1, 1, '+919999900001', 'token-%s', '%s',"
	    " 1772618000, 1772618002, 1772618020)", id, id, state);
	shell(sql);
}

/* The first attempt, as if Bolna had not answered yet. */
static void
unanswered(const char *state)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "UPDATE attempt SET execution = NULL,"
	    " state = '%s', look_at = 1772618020", state);
	shell(sql);
}

static int
link_now(const char *execution, int64_t id)
{
	int rc;

	assert_int_equal(db_begin(db), 0);
	rc = event_link(db, execution, id, NOW);
	assert_int_equal(db_commit(db), 0);
	return rc;
}

/* What dial.c does when Bolna has answered. */
static void
answered(const char *execution)
{
	struct stmt *st;

	assert_int_equal(db_begin(db), 0);
	st = db_stmt(db, SQL_ATTEMPT_ACCEPTED);
	db_int(st, ":attempt", 1);
	db_text(st, ":execution", execution);
	db_int(st, ":http", 200);
	assert_int_equal(db_value(st, 0), 1);
	assert_int_equal(event_link(db, execution, 1, NOW), 0);
	assert_int_equal(db_commit(db), 0);
}

/* --- over, and then? --- */

static void
test_a_confirmed_end_ends_the_attempt(void **state)
{
	(void)state;
	answer(SAY("completed", "05", ""));
	is("SELECT state FROM attempt", "done");
	is_at("SELECT ended_at FROM attempt", NOW);
	is("SELECT next_at FROM lead", NEVER);
	is("SELECT held FROM lead", "");
	is("SELECT count(*) FROM delivery WHERE lead = 1", "1");
}

static void
test_who_was_busy_is_called_again_as_the_rules_say(void **state)
{
	(void)state;
	answer(SAY("busy", "05", ""));
	is_at("SELECT next_at FROM lead", NOW + 600);
}

static void
test_the_operators_rules_count_and_not_the_programs(void **state)
{
	(void)state;
	shell("UPDATE retry_rule SET after_secs = 77 WHERE status = 'busy'");
	answer(SAY("busy", "05", ""));
	is_at("SELECT next_at FROM lead", NOW + 77);
}

static void
test_a_status_without_a_rule_waits_for_a_person(void **state)
{
	(void)state;
	answer(SAY("canceled", "05", ""));
	is("SELECT state FROM attempt", "done");
	is("SELECT next_at FROM lead", NEVER);
}

static void
test_a_rule_with_a_limit_stops_at_its_limit(void **state)
{
	(void)state;
	answer(SAY("error", "05", ""));
	is_at("SELECT next_at FROM lead", NOW + 600);
	attempt("2", "accepted");
	shell("UPDATE attempt SET execution = 'e-2' WHERE id = 2");
	answer(SAY_OF("e-2", "error", "07", ""));
	is("SELECT next_at FROM lead", NEVER);
}

static void
test_attempts_are_counted_up_to_the_campaigns_limit(void **state)
{
	(void)state;
	attempt("2", "released");	/* never happened */
	attempt("3", "done");
	attempt("4", "rejected");
	answer(SAY("no-answer", "05", ""));
	is("SELECT held FROM lead", "");
	attempt("5", "accepted");
	shell("UPDATE attempt SET execution = 'e-5' WHERE id = 5");
	answer(SAY_OF("e-5", "no-answer", "05", ""));
	is("SELECT held FROM lead", "max_attempts");
}

static void
test_an_end_counts_once(void **state)
{
	(void)state;
	answer(SAY("busy", "05", ""));
	shell("UPDATE lead SET next_at = 5");
	answer(SAY("busy", "06", ""));
	listing(SAY("busy", "07", ""));
	webhook(SAY("busy", "08", ""));
	is("SELECT next_at FROM lead", "5");
}

static void
test_who_has_spoken_after_all_is_not_called_again(void **state)
{
	(void)state;
	answer(SAY("no-answer", "05", ""));
	is_at("SELECT next_at FROM lead", NOW + 600);
	answer(SAY("completed", "09", ""));
	is("SELECT next_at FROM lead", NEVER);
	is("SELECT status FROM sheet_row", "completed");
}

static void
test_a_correction_of_an_earlier_call_leaves_a_later_one_alone(void **state)
{
	(void)state;
	answer(SAY("completed", "05", ""));
	attempt("2", "intent");
	answer(SAY("busy", "09", ""));
	is("SELECT next_at FROM lead", NEVER);
	is("SELECT state FROM attempt WHERE id = 2", "intent");
}

static void
test_who_was_reached_after_all_is_not_called_though_claimed(void **state)
{
	(void)state;
	answer(SAY("busy", "05", ""));
	attempt("2", "intent");
	answer(SAY("completed", "09", ""));
	is("SELECT state FROM attempt WHERE id = 2", "released");
	is("SELECT next_at FROM lead", NEVER);
}

static void
test_what_a_person_has_stopped_stays_stopped(void **state)
{
	(void)state;
	shell("UPDATE lead SET held = 'pause', held_note = 'Control says"
	    " pause'");
	answer(SAY("busy", "05", ""));
	is("SELECT held || held_note FROM lead", "pauseControl says pause");
}

static void
test_a_call_that_was_given_up_and_turns_up_is_no_riddle_any_more(
    void **state)
{
	(void)state;
	unanswered("unknown");
	shell("UPDATE lead SET held = 'review', held_note = 'look'");
	answer(SAY("completed", "05", TOKEN("token-1")));
	is("SELECT state || execution FROM attempt", "donee-1");
	is("SELECT coalesce(held, held_note, '-') FROM lead", "-");
}

/* --- whose call is it? --- */

static void
test_a_token_brings_a_lost_call_home(void **state)
{
	static const char *const states[] = { "sending", "unknown",
	    "rejected", "released" };
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(states); i++) {
		unanswered(states[i]);
		shell("DELETE FROM event; DELETE FROM execution");
		assert_int_equal(webhook(SAY("ringing", "02",
		    TOKEN("token-1"))), EVENT_APPLIED);
		is("SELECT state || execution || coalesce(look_at, '-')"
		    " FROM attempt", "acceptede-1-");
		is("SELECT attempt FROM execution", "1");
		is("SELECT status FROM sheet_row", "ringing");
	}
}

static void
test_a_token_is_believed_only_with_the_right_number(void **state)
{
	(void)state;
	unanswered("unknown");
	assert_int_equal(webhook(SAY("ringing", "02", ",\"context_details\":{"
	    "\"recipient_data\":{\"callsheet_attempt\":\"token-1\"},"
	    "\"recipient_phone_number\":\"+12025550199\"}")), EVENT_STORED);
	is("SELECT state FROM attempt", "unknown");
	assert_int_equal(webhook(SAY("ringing", "03", TOKEN("token-9"))),
	    EVENT_STORED);
	is("SELECT state || coalesce(execution, '-') FROM attempt",
	    "unknown-");
}

static void
spelt(const char *number, const char *state)
{
	char body[512], sql[128];

	unanswered("unknown");
	shell("DELETE FROM event; DELETE FROM execution");
	snprintf(body, sizeof(body), SAY("ringing", "02",
	    ",\"context_details\":{\"recipient_phone_number\":\"%s\","
	    "\"recipient_data\":{\"callsheet_attempt\":\"token-1\"}}"), number);
	webhook(body);
	snprintf(sql, sizeof(sql), "SELECT state FROM attempt /* %s */",
	    number);
	is(sql, state);
}

static void
test_the_right_number_may_be_spelt_otherwise(void **state)
{
	(void)state;
	spelt("919999900001", "accepted");
	spelt("00919999900001", "accepted");
	spelt("+91 99999-00001", "accepted");
	spelt("09999900001", "accepted");
	spelt("900001", "unknown");
	spelt("+", "unknown");
	spelt("+1919999900001", "unknown");
}

static void
test_a_call_has_one_execution_and_never_another(void **state)
{
	(void)state;
	assert_int_equal(webhook(SAY_OF("e-2", "ringing", "02",
	    TOKEN("token-1"))), EVENT_STORED);
	is("SELECT execution FROM attempt", "e-1");
	is("SELECT coalesce(attempt, '-') FROM execution WHERE id = 'e-2'",
	    "-");
	shell("UPDATE attempt SET state = 'unknown'");
	webhook(SAY_OF("e-2", "in-progress", "03", TOKEN("token-1")));
	is("SELECT execution || state FROM attempt", "e-1unknown");
}

static void
test_a_lost_call_does_not_push_a_live_one_aside(void **state)
{
	(void)state;
	unanswered("released");
	attempt("2", "accepted");
	/* It was placed after all, and is over for us: known, with its data. */
	assert_int_equal(webhook(SAY("ringing", "02", TOKEN("token-1"))),
	    EVENT_APPLIED);
	is("SELECT state FROM attempt WHERE id = 1", "done");
	is("SELECT state FROM attempt WHERE id = 2", "accepted");
	is("SELECT attempt FROM execution", "1");
	assert_int_equal(webhook(SAY("completed", "05", TOKEN("token-1"))),
	    EVENT_APPLIED);
	is("SELECT stage || final FROM execution", "ringingcompleted");
}

static void
test_a_strangers_call_is_kept_apart(void **state)
{
	(void)state;
	assert_int_equal(webhook(SAY_OF("e-7", "completed", "05", "")),
	    EVENT_STORED);
	is("SELECT coalesce(attempt, '-') || account FROM execution", "-1");
	is_at("SELECT confirm_at FROM execution", NOW);
	is("SELECT count(*) FROM delivery", "0");
	/* Of an agent that is none of ours there is nobody to ask. */
	assert_int_equal(webhook("{\"id\":\"e-8\",\"agent_id\":\"their\","
	    "\"status\":\"completed\"}"), EVENT_STORED);
	is("SELECT coalesce(account, '-') || coalesce(confirm_at, '-')"
	    " FROM execution WHERE id = 'e-8'", "--");
}

/* --- the answer to our POST comes after the webhooks --- */

static void
test_webhooks_that_were_faster_than_the_answer_are_not_lost(void **state)
{
	(void)state;
	unanswered("sending");
	assert_int_equal(webhook(SAY("ringing", "02", "")), EVENT_STORED);
	assert_int_equal(webhook(SAY("busy", "03", "")), EVENT_STORED);
	is("SELECT state FROM attempt", "sending");
	answered("e-1");
	is("SELECT attempt || stage || final FROM execution",
	    "1ringingbusy");
	is("SELECT status FROM sheet_row", "ringing");
	is_at("SELECT confirm_at FROM execution", NOW);
	answer(SAY("busy", "03", ""));
	is("SELECT state FROM attempt", "done");
}

static void
test_an_end_that_was_confirmed_before_the_answer_counts(void **state)
{
	(void)state;
	unanswered("sending");
	assert_int_equal(answer(SAY("busy", "03", "")), EVENT_STORED);
	is("SELECT next_at FROM lead", NEVER);
	answered("e-1");
	is("SELECT state FROM attempt", "done");
	is_at("SELECT next_at FROM lead", NOW + 600);
	is("SELECT coalesce(confirm_at, '-') FROM execution", "-");
}

static void
test_an_answer_without_webhooks_leaves_a_place_for_them(void **state)
{
	(void)state;
	unanswered("sending");
	answered("e-1");
	is("SELECT attempt || stage || final || verified FROM execution",
	    "10");
	is("SELECT status FROM sheet_row", "initiated");
	/* Silence is asked about. */
	is_at("SELECT confirm_at FROM execution", NOW + 900);
	assert_int_equal(webhook(SAY("ringing", "02", "")), EVENT_APPLIED);
	is("SELECT stage FROM execution", "ringing");
	is("SELECT attempt FROM execution", "1");
}

static void
test_linking_twice_is_linking_once(void **state)
{
	(void)state;
	webhook(SAY("ringing", "02", ""));
	assert_int_equal(link_now("e-1", 1), 0);
	assert_int_equal(link_now("e-1", 1), 0);
	is("SELECT attempt || stage FROM execution", "1ringing");
	is("SELECT state FROM attempt", "accepted");
}

/* --- when Bolna is asked --- */

static void
test_silence_is_asked_about_sooner_near_the_end(void **state)
{
	(void)state;
	webhook(SAY("ringing", "02", ""));
	is_at("SELECT confirm_at FROM execution", NOW + 900);
	webhook(SAY("call-disconnected", "04", ""));
	is_at("SELECT confirm_at FROM execution", NOW + 60);
	webhook(SAY("completed", "05", ""));
	is_at("SELECT confirm_at FROM execution", NOW);
}

static void
test_a_late_word_does_not_put_the_question_off(void **state)
{
	(void)state;
	webhook(SAY("call-disconnected", "04", ""));
	webhook(SAY("ringing", "02", ""));
	is_at("SELECT confirm_at FROM execution", NOW + 60);
	webhook(SAY("completed", "05", ""));
	webhook(SAY("in-progress", "03", ""));
	webhook(SAY("levitating", "09", ""));
	is_at("SELECT confirm_at FROM execution", NOW);
}

static void
test_a_flood_of_news_is_asked_about_in_measure(void **state)
{
	char sql[128];

	(void)state;
	webhook(SAY("ringing", "02", ""));
	snprintf(sql, sizeof(sql), "UPDATE execution SET asked_at = %lld",
	    (long long)NOW - 1);
	shell(sql);
	webhook(SAY("completed", "05", ""));
	is_at("SELECT confirm_at FROM execution", NOW + 4);
}

static void
test_what_is_confirmed_is_asked_about_only_when_there_is_news(void **state)
{
	(void)state;
	answer(SAY("completed", "05", ""));
	is("SELECT coalesce(confirm_at, '-') FROM execution", "-");
	answer(SAY("completed", "06", ""));
	is("SELECT coalesce(confirm_at, '-') FROM execution", "-");
	webhook(SAY("completed", "07", ",\"summary\":\"late\""));
	is_at("SELECT confirm_at FROM execution", NOW);
	is("SELECT confirms FROM execution", "0");
}

/* --- a database that fails --- */

static void
test_a_fault_of_the_database_is_never_taken_for_an_answer(void **state)
{
	static const char *const faults[] = {
		"BEFORE INSERT ON event", "BEFORE INSERT ON execution",
		"BEFORE UPDATE OF state ON attempt", "BEFORE UPDATE ON lead",
		"BEFORE INSERT ON delivery" };
	struct said s;
	char sql[256];
	size_t i;
	enum event_result rc;

	(void)state;
	for (i = 0; i < LENGTH(faults); i++) {
		snprintf(sql, sizeof(sql), "CREATE TRIGGER fault %s BEGIN"
		    " SELECT raise(ABORT, 'disk on fire'); END", faults[i]);
		shell(sql);
		said_begin(&s);
		rc = answer(SAY("busy", "05", ""));
		said_end(&s);
		if (rc != EVENT_FAILED || strstr(s.text, "disk on fire") ==
		    NULL)
			fail_msg("%s: %d", faults[i], rc);
		shell("DROP TRIGGER fault");
	}
	is("SELECT count(*) FROM event", "0");
	is("SELECT state FROM attempt", "accepted");
	assert_int_equal(answer(SAY("busy", "05", "")), EVENT_APPLIED);
}

static void
test_a_fault_while_a_call_is_adopted_is_a_fault(void **state)
{
	enum event_result rc;
	struct said s;

	(void)state;
	unanswered("unknown");
	shell("CREATE TRIGGER fault BEFORE UPDATE ON attempt BEGIN"
	    " SELECT raise(ABORT, 'disk on fire'); END");
	said_begin(&s);
	rc = webhook(SAY("ringing", "02", TOKEN("token-1")));
	said_end(&s);
	assert_int_equal(rc, EVENT_FAILED);
	is("SELECT count(*) FROM execution", "0");
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, journal_make, journal_remove)
	const struct CMUnitTest tests[] = {
		T(test_a_confirmed_end_ends_the_attempt),
		T(test_who_was_busy_is_called_again_as_the_rules_say),
		T(test_the_operators_rules_count_and_not_the_programs),
		T(test_a_status_without_a_rule_waits_for_a_person),
		T(test_a_rule_with_a_limit_stops_at_its_limit),
		T(test_attempts_are_counted_up_to_the_campaigns_limit),
		T(test_an_end_counts_once),
		T(test_who_has_spoken_after_all_is_not_called_again),
		T(test_a_correction_of_an_earlier_call_leaves_a_later_one_alone),
		T(test_who_was_reached_after_all_is_not_called_though_claimed),
		T(test_what_a_person_has_stopped_stays_stopped),
		T(test_a_call_that_was_given_up_and_turns_up_is_no_riddle_any_more),
		T(test_a_token_brings_a_lost_call_home),
		T(test_a_token_is_believed_only_with_the_right_number),
		T(test_the_right_number_may_be_spelt_otherwise),
		T(test_a_call_has_one_execution_and_never_another),
		T(test_a_lost_call_does_not_push_a_live_one_aside),
		T(test_a_strangers_call_is_kept_apart),
		T(test_webhooks_that_were_faster_than_the_answer_are_not_lost),
		T(test_an_end_that_was_confirmed_before_the_answer_counts),
		T(test_an_answer_without_webhooks_leaves_a_place_for_them),
		T(test_linking_twice_is_linking_once),
		T(test_silence_is_asked_about_sooner_near_the_end),
		T(test_a_late_word_does_not_put_the_question_off),
		T(test_a_flood_of_news_is_asked_about_in_measure),
		T(test_what_is_confirmed_is_asked_about_only_when_there_is_news),
		T(test_a_fault_of_the_database_is_never_taken_for_an_answer),
		T(test_a_fault_while_a_call_is_adopted_is_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
