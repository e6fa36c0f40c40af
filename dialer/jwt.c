/*
 * Signing with OpenSSL, apart from everything else because it holds the
 * private key.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "jwt.h"

#define JWT_HEADER	"{\"alg\":\"RS256\",\"typ\":\"JWT\"}"
#define JWT_MIN_BITS	2048	/* RFC 7518, 3.3 */

struct jwt_key {
	EVP_PKEY	*pkey;
};

/* OpenSSL would ask for a password on the terminal. */
static int
no_password(char *buf, int size, int rw, void *arg)
{
	(void)buf;
	(void)size;
	(void)rw;
	(void)arg;
	return -1;
}

struct jwt_key *
jwt_key_read(const char *pem)
{
	struct jwt_key	*key = NULL;
	EVP_PKEY	*pkey = NULL;
	BIO		*bio;

	if ((bio = BIO_new_mem_buf(pem, -1)) == NULL)
		goto out;
	pkey = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	if (pkey == NULL || EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA ||
	    EVP_PKEY_get_bits(pkey) < JWT_MIN_BITS ||
	    (key = malloc(sizeof(*key))) == NULL)
		goto out;
	key->pkey = pkey;
	pkey = NULL;
out:
	EVP_PKEY_free(pkey);
	BIO_free(bio);
	ERR_clear_error();
	return key;
}

void
jwt_key_free(struct jwt_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);	/* wipes the numbers */
	free(key);
}

/* Base64 in the URL's alphabet, without padding. */
static char *
base64url(const unsigned char *data, size_t n)
{
	char	*out, *p;

	if (n > 1 << 20 || (out = malloc((n + 2) / 3 * 4 + 1)) == NULL)
		return NULL;
	EVP_EncodeBlock((unsigned char *)out, data, (int)n);
	out[strcspn(out, "=")] = '\0';
	for (p = out; *p != '\0'; p++) {
		if (*p == '+')
			*p = '-';
		else if (*p == '/')
			*p = '_';
	}
	return out;
}

/* The signature over text, as base64url. */
static char *
sign(EVP_PKEY *pkey, const char *text)
{
	EVP_MD_CTX	*ctx;
	unsigned char	*sig = NULL;
	char		*out = NULL;
	size_t		 n = 0;

	if ((ctx = EVP_MD_CTX_new()) == NULL)
		goto out;
	if (EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey) != 1 ||
	    EVP_DigestSign(ctx, NULL, &n, (const unsigned char *)text,
	    strlen(text)) != 1 ||
	    (sig = malloc(n)) == NULL ||
	    EVP_DigestSign(ctx, sig, &n, (const unsigned char *)text,
	    strlen(text)) != 1)
		goto out;
	out = base64url(sig, n);
out:
	free(sig);
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return out;
}

char *
jwt_sign(struct jwt_key *key, const char *claims)
{
	char	*head, *body, *sig = NULL, *text = NULL, *jwt = NULL;

	head = base64url((const unsigned char *)JWT_HEADER,
	    strlen(JWT_HEADER));
	body = base64url((const unsigned char *)claims, strlen(claims));
	if (head == NULL || body == NULL)
		goto out;
	if (asprintf(&text, "%s.%s", head, body) == -1) {
		text = NULL;
		goto out;
	}
	if ((sig = sign(key->pkey, text)) == NULL)
		goto out;
	if (asprintf(&jwt, "%s.%s", text, sig) == -1)
		jwt = NULL;
out:
	free(head);
	free(body);
	free(sig);
	free(text);
	return jwt;
}
