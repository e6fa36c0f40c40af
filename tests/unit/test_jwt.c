/* What jwt.h promises, checked with OpenSSL's own reading of it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "jwt.h"

struct keys {
	EVP_PKEY	*pkey;
	char		*pkcs8;
	char		*pkcs1;
};

static char *
bio_text(BIO *bio)
{
	char *data, *text;
	long n = BIO_get_mem_data(bio, &data);

	assert_true(n > 0);
	text = strndup(data, (size_t)n);
	assert_non_null(text);
	BIO_free(bio);
	return text;
}

/* A private key in PEM; encrypted when there is a password. */
static char *
pem_of(EVP_PKEY *pkey, int traditional, const char *password)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const EVP_CIPHER *cipher = password ? EVP_aes_128_cbc() : NULL;
	int n = password ? (int)strlen(password) : 0;

	if (traditional)
		assert_int_equal(PEM_write_bio_PrivateKey_traditional(bio,
		    pkey, NULL, NULL, 0, NULL, NULL), 1);
	else
		assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, pkey,
		    cipher, password, n, NULL, NULL), 1);
	return bio_text(bio);
}

static int
setup(void **state)
{
	struct keys *k = calloc(1, sizeof(*k));

	assert_non_null(k);
	k->pkey = EVP_RSA_gen(2048);
	assert_non_null(k->pkey);
	k->pkcs8 = pem_of(k->pkey, 0, NULL);
	k->pkcs1 = pem_of(k->pkey, 1, NULL);
	*state = k;
	return 0;
}

static int
teardown(void **state)
{
	struct keys *k = *state;

	EVP_PKEY_free(k->pkey);
	free(k->pkcs8);
	free(k->pkcs1);
	free(k);
	return 0;
}

/* Decode n characters of base64url without padding; returns the length. */
static size_t
unbase64url(const char *s, size_t n, unsigned char *out, size_t size)
{
	char in[1024];
	size_t i, pad = (4 - n % 4) % 4;
	int len;

	assert_true(n + pad < sizeof(in) && n + pad <= size);
	assert_int_not_equal(n % 4, 1);
	for (i = 0; i < n; i++) {
		assert_null(strchr("+/=", s[i]));
		in[i] = s[i] == '-' ? '+' : s[i] == '_' ? '/' : s[i];
	}
	memset(in + n, '=', pad);
	len = EVP_DecodeBlock(out, (unsigned char *)in, (int)(n + pad));
	assert_true(len >= 0);
	return (size_t)len - pad;
}

static void
check_jwt(EVP_PKEY *pkey, const char *jwt, const char *claims)
{
	unsigned char part[1024];
	const char *dot = strchr(jwt, '.'), *dot2 = strrchr(jwt, '.');
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n;

	assert_true(dot != NULL && dot2 != dot);
	n = unbase64url(jwt, (size_t)(dot - jwt), part, sizeof(part));
	part[n] = '\0';
	assert_non_null(strstr((char *)part, "\"alg\":\"RS256\""));
	n = unbase64url(dot + 1, (size_t)(dot2 - dot - 1), part,
	    sizeof(part));
	assert_int_equal(n, strlen(claims));
	assert_memory_equal(part, claims, n);
	n = unbase64url(dot2 + 1, strlen(dot2 + 1), part, sizeof(part));
	assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL,
	    pkey), 1);
	assert_int_equal(EVP_DigestVerify(ctx, part, n,
	    (const unsigned char *)jwt, (size_t)(dot2 - jwt)), 1);
	EVP_MD_CTX_free(ctx);
}

static void
test_a_token_of_any_length_verifies_and_has_no_padding(void **state)
{
	static const char *const claims[] = {
		"", "1", "12", "123", "{\"iss\":\"a\"}", "\xff\xfe\xfb\xef",
		"{\"iss\":\"callsheet@demo.iam.gserviceaccount.com\"}"
	};
	struct keys *k = *state;
	struct jwt_key *key = jwt_key_read(k->pkcs8);
	size_t i;
	char *jwt;

	assert_non_null(key);
	for (i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		jwt = jwt_sign(key, claims[i]);
		assert_non_null(jwt);
		check_jwt(k->pkey, jwt, claims[i]);
		free(jwt);
	}
	jwt_key_free(key);
}

static void
test_the_older_key_format_is_read_too(void **state)
{
	struct keys *k = *state;
	struct jwt_key *key = jwt_key_read(k->pkcs1);
	char *jwt;

	assert_non_null(key);
	jwt = jwt_sign(key, "{}");
	assert_non_null(jwt);
	check_jwt(k->pkey, jwt, "{}");
	free(jwt);
	jwt_key_free(key);
}

static void
test_what_is_no_whole_private_key_is_refused(void **state)
{
	struct keys *k = *state;
	char *cut = strdup(k->pkcs8);

	assert_non_null(cut);
	cut[strlen(cut) / 2] = '\0';
	assert_null(jwt_key_read(cut));
	assert_null(jwt_key_read(""));
	assert_null(jwt_key_read("not a key"));
	free(cut);
}

static void
test_a_key_that_asks_for_a_password_is_refused_without_asking(void **state)
{
	struct keys *k = *state;
	char *pem = pem_of(k->pkey, 0, "secret");

	assert_null(jwt_key_read(pem));
	free(pem);
}

static void
test_a_key_of_another_kind_or_too_small_is_refused(void **state)
{
	EVP_PKEY *ec = EVP_EC_gen("P-256"), *small = EVP_RSA_gen(1024);
	char *pem;

	(void)state;
	pem = pem_of(ec, 0, NULL);
	assert_null(jwt_key_read(pem));
	free(pem);
	pem = pem_of(small, 0, NULL);
	assert_null(jwt_key_read(pem));
	free(pem);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(small);
}

static void
test_freeing_nothing_is_harmless(void **state)
{
	(void)state;
	jwt_key_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_token_of_any_length_verifies_and_has_no_padding),
		cmocka_unit_test(test_the_older_key_format_is_read_too),
		cmocka_unit_test(
		    test_what_is_no_whole_private_key_is_refused),
		cmocka_unit_test(
		    test_a_key_that_asks_for_a_password_is_refused_without_asking),
		cmocka_unit_test(
		    test_a_key_of_another_kind_or_too_small_is_refused),
		cmocka_unit_test(test_freeing_nothing_is_harmless),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
