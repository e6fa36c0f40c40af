/* What digest.h promises: SHA-256, and a comparison that is exact. */
#include "unit.h"

#include "digest.h"

static void
hex(const char *data, size_t n, char out[DIGEST_SIZE * 2 + 1])
{
	unsigned char sum[DIGEST_SIZE];
	size_t i;

	digest(data, n, sum);
	for (i = 0; i < DIGEST_SIZE; i++)
		snprintf(out + 2 * i, 3, "%02x", sum[i]);
}

/* FIPS 180-4's examples. */
static void
test_the_digest_is_sha_256(void **state)
{
	char out[DIGEST_SIZE * 2 + 1], *big;

	(void)state;
	hex("", 0, out);
	assert_string_equal(out, "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	hex("abc", 3, out);
	assert_string_equal(out, "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	big = test_malloc(1000000);
	memset(big, 'a', 1000000);
	hex(big, 1000000, out);
	test_free(big);
	assert_string_equal(out, "cdc76e5c9914fb9281a1c7e284d73e67"
	    "f1809a48a497200e046d39ccc7112cd0");
}

static void
test_a_nul_byte_is_data_like_any_other(void **state)
{
	char a[DIGEST_SIZE * 2 + 1], b[DIGEST_SIZE * 2 + 1];

	(void)state;
	hex("a\0b", 3, a);
	hex("a\0c", 3, b);
	assert_string_not_equal(a, b);
}

static int
same(const char *a, const char *b)
{
	return digest_same(a, strlen(a), b, strlen(b));
}

static void
test_only_the_same_bytes_are_the_same_secret(void **state)
{
	(void)state;
	assert_true(same("sesame-0123456789", "sesame-0123456789"));
	assert_true(same("", ""));
	assert_false(same("", "sesame-0123456789"));
	assert_false(same("sesame-012345678", "sesame-0123456789"));
	assert_false(same("sesame-01234567890", "sesame-0123456789"));
	assert_false(same("Sesame-0123456789", "sesame-0123456789"));
	assert_false(digest_same("a\0b", 3, "a\0c", 3));
}

/* Among so many some have any one byte of their digest in common. */
static void
test_every_byte_of_the_digest_counts(void **state)
{
	char word[32];
	int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		snprintf(word, sizeof(word), "sesame-%d", i);
		assert_false(same(word, "sesame"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_digest_is_sha_256),
		cmocka_unit_test(test_a_nul_byte_is_data_like_any_other),
		cmocka_unit_test(test_only_the_same_bytes_are_the_same_secret),
		cmocka_unit_test(test_every_byte_of_the_digest_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
