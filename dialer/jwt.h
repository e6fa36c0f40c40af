/*
 * Signed JSON Web Tokens (RFC 7515, RS256), as Google's token endpoint wants
 * them.  Only jwt.c knows OpenSSL.
 */
#ifndef JWT_H
#define JWT_H

struct jwt_key;

/* A PKCS#8 or PKCS#1 RSA private key in PEM; NULL when it is not one. */
struct jwt_key	*jwt_key_read(const char *pem);
void		 jwt_key_free(struct jwt_key *);

/* base64url(header).base64url(claims).base64url(signature), without padding;
 * claims is JSON text.  NULL when signing fails.  Caller frees. */
char		*jwt_sign(struct jwt_key *, const char *claims);

#endif
