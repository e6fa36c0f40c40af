/* What address.h promises: bits decide, and a doubtful list is no list. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "address.h"

static struct in6_addr
ip(const char *s)
{
	struct in6_addr a;

	if (address_parse(s, &a) == -1)
		fail_msg("%s was refused", s);
	return a;
}

static int
has(const struct address_list *list, const char *s)
{
	struct in6_addr a = ip(s);

	return address_list_has(list, &a);
}

static struct address_list
list_of(const char *text)
{
	struct address_list list;
	const char *why = NULL;
	size_t line = 0;

	if (address_list_read(&list, text, &line, &why) == -1)
		fail_msg("line %zu: %s", line, why);
	return list;
}

static void
refused(const char *text, size_t expected_line, const char *reason)
{
	struct address_list list;
	const char *why = NULL;
	size_t line = 0;

	if (address_list_read(&list, text, &line, &why) != -1)
		fail_msg("%s was accepted", text);
	assert_string_equal(why, reason);
	assert_int_equal(line, expected_line);
	assert_null(list.entries);
	assert_int_equal(list.n, 0);
}

static void
test_a_mapped_address_is_the_ipv4_address_it_maps(void **state)
{
	struct in6_addr a = ip("192.0.2.7"), b = ip("::ffff:192.0.2.7");
	struct in6_addr c = ip("::FFFF:c000:207"), d = ip("::192.0.2.7");

	(void)state;
	assert_memory_equal(&a, &b, sizeof(a));
	assert_memory_equal(&a, &c, sizeof(a));
	assert_memory_not_equal(&a, &d, sizeof(a));
}

static void
test_a_text_that_only_looks_like_an_address_is_refused(void **state)
{
	static const char *const bad[] = {
		"", " ", "192.0.2.1530", "192.0.2.256", "192.0.2", "192.0.2.",
		"192.0.2.7.8", "0192.0.2.7", "192.000.2.7", "192.0.02.7",
		"192.0.2.7 ", " 192.0.2.7", "192.0.2.7\n", "192.0.2.7/32",
		"192.0.2.7%eth0", "fe80::1%eth0", "fe80::1%1", "[::1]",
		"192.0.2.7:80", "0xc0.0.2.7", "3221225991", "::ffff:192.0.2",
		"::ffff:192.0.2.07", "1::2::3", "12345::", "localhost", "-",
		"192.0.2.-7", "192.0.2.7x", "192,0,2,7"
	};
	struct in6_addr a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (address_parse(bad[i], &a) != -1)
			fail_msg("%s was accepted", bad[i]);
}

static void
test_only_listed_addresses_are_in_the_list(void **state)
{
	struct address_list list = list_of("192.0.2.153\n198.51.100.9\n"
	    "2001:db8::5\n");

	(void)state;
	assert_int_equal(list.n, 3);
	assert_true(has(&list, "192.0.2.153"));
	assert_true(has(&list, "::ffff:192.0.2.153"));
	assert_true(has(&list, "198.51.100.9"));
	assert_true(has(&list, "2001:DB8:0::5"));
	assert_false(has(&list, "192.0.2.152"));
	assert_false(has(&list, "192.0.2.15"));
	assert_false(has(&list, "::192.0.2.153"));
	assert_false(has(&list, "2001:db8::6"));
	address_list_free(&list);
	assert_int_equal(list.n, 0);
}

static void
test_a_prefix_admits_its_network_and_nothing_beside_it(void **state)
{
	struct address_list list = list_of("198.51.100.16/29 203.0.113.0/24,"
	    "2001:db8:40::/42 ::ffff:192.0.2.0/120 203.0.112.1/32");

	(void)state;
	assert_true(has(&list, "198.51.100.16"));
	assert_true(has(&list, "198.51.100.23"));
	assert_false(has(&list, "198.51.100.15"));
	assert_false(has(&list, "198.51.100.24"));
	assert_true(has(&list, "203.0.113.255"));
	assert_false(has(&list, "203.0.114.0"));
	assert_true(has(&list, "2001:db8:7f:ffff::1"));
	assert_false(has(&list, "2001:db8:80::"));
	assert_false(has(&list, "2001:db8:3f::"));
	assert_true(has(&list, "192.0.2.200"));
	assert_false(has(&list, "192.0.3.0"));
	assert_true(has(&list, "203.0.112.1"));
	assert_false(has(&list, "203.0.112.0"));
	address_list_free(&list);
}

static void
test_comments_blank_lines_and_both_line_ends_are_read_over(void **state)
{
	struct address_list list = list_of("# who may call\r\n\r\n"
	    "192.0.2.1 # first\r\n\t192.0.2.2,192.0.2.3#last, 1.2.3.4\n,,\n"
	    "#192.0.2.9\n192.0.2.4");

	(void)state;
	assert_int_equal(list.n, 4);
	assert_true(has(&list, "192.0.2.3"));
	assert_true(has(&list, "192.0.2.4"));
	assert_false(has(&list, "192.0.2.9"));
	assert_false(has(&list, "1.2.3.4"));
	address_list_free(&list);
}

static void
test_an_empty_list_is_read_and_admits_nobody(void **state)
{
	struct address_list list = list_of("# nobody\n");

	(void)state;
	assert_int_equal(list.n, 0);
	assert_false(has(&list, "0.0.0.0"));
	assert_false(has(&list, "::"));
	address_list_free(&list);
	list = list_of("");
	assert_int_equal(list.n, 0);
	address_list_free(&list);
}

static void
test_one_bad_entry_refuses_the_whole_list_and_names_its_line(void **state)
{
	static const char number[] = "the prefix is not a number";
	static const char longer[] =
	    "the prefix is longer than the address";

	(void)state;
	refused("192.0.2.1\n# note\n192.0.2.1530\n192.0.2.2\n", 3,
	    "not an address");
	refused("192.0.2.1 fe80::1%eth0", 1, "not an address");
	refused("192.0.2.1;192.0.2.2", 1, "not an address");
	refused("\n/24", 2, "not an address");
	refused("0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/1",
	    1, "not an address");
	refused("192.0.2.0/", 1, number);
	refused("192.0.2.0/2x", 1, number);
	refused("192.0.2.0/024", 1, number);
	refused("192.0.2.0/-1", 1, number);
	refused("192.0.2.0/24/24", 1, number);
	refused("192.0.2.0/255.255.255.0", 1, number);
	refused("192.0.2.0/4294967320", 1, number);
	refused("192.0.2.0/33", 1, longer);
	refused("2001:db8::/129", 1, longer);
}

static void
test_host_bits_behind_a_prefix_are_refused(void **state)
{
	static const char bits[] = "has bits set behind the prefix";

	(void)state;
	refused("192.0.2.1/24", 1, bits);
	refused("192.0.2.1/31", 1, bits);
	refused("2001:db8::1/64", 1, bits);
	refused("::ffff:192.0.2.0/24", 1, "admits everybody");
}

static void
test_a_network_that_admits_everybody_is_refused(void **state)
{
	static const char all[] = "admits everybody";

	(void)state;
	refused("0.0.0.0/0", 1, all);
	refused("192.0.2.0/0", 1, all);
	refused("::/0", 1, all);
	refused("::ffff:0:0/96", 1, all);
	refused("::/1", 1, all);
	refused("::/80", 1, all);
}

static void
test_loopback_is_known_in_every_spelling(void **state)
{
	static const char *const yes[] = {
		"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"
	};
	static const char *const no[] = {
		"126.255.255.255", "128.0.0.1", "::", "::2", "::127.0.0.1",
		"0.0.0.0", "192.0.2.127"
	};
	struct in6_addr a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		a = ip(yes[i]);
		assert_true(address_is_loopback(&a));
	}
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		a = ip(no[i]);
		assert_false(address_is_loopback(&a));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_mapped_address_is_the_ipv4_address_it_maps),
		cmocka_unit_test(
		    test_a_text_that_only_looks_like_an_address_is_refused),
		cmocka_unit_test(test_only_listed_addresses_are_in_the_list),
		cmocka_unit_test(
		    test_a_prefix_admits_its_network_and_nothing_beside_it),
		cmocka_unit_test(
		    test_comments_blank_lines_and_both_line_ends_are_read_over),
		cmocka_unit_test(
		    test_an_empty_list_is_read_and_admits_nobody),
		cmocka_unit_test(
		    test_one_bad_entry_refuses_the_whole_list_and_names_its_line),
		cmocka_unit_test(test_host_bits_behind_a_prefix_are_refused),
		cmocka_unit_test(
		    test_a_network_that_admits_everybody_is_refused),
		cmocka_unit_test(test_loopback_is_known_in_every_spelling),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
