"""A stand-in for Google's OAuth token endpoint (service accounts only).

The assertion is checked in Google's order: structure, signature, issuer,
presence of iat and exp, time window, scope, audience, subject.
"""

import base64
import binascii
import hashlib
import json
import os
import secrets
import subprocess
from urllib.parse import parse_qs

AUDIENCE = "https://oauth2.googleapis.com/token"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUTH = "https://www.googleapis.com/auth/"
FULL = AUTH + "spreadsheets"
READONLY = AUTH + "spreadsheets.readonly"
SCOPES = {FULL, READONLY, AUTH + "drive", AUTH + "drive.file",
          AUTH + "drive.readonly", AUTH + "cloud-platform"}
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
TIMEFRAME = ("Invalid JWT: Token must be a short-lived token (60 minutes) "
             "and in a reasonable timeframe. Check your iat and exp values "
             "in the JWT claim.")


class TokenError(Exception):
    """A refusal in the shape of RFC 6749."""

    def __init__(self, error, description):
        super().__init__(error, description)
        self.body = {"error": error, "error_description": description}


def _openssl(*arguments, **options):
    return subprocess.run(("openssl",) + arguments, check=True,
                          capture_output=True, text=True, **options).stdout


class Key:
    """An RSA key pair and the service account it belongs to."""

    def __init__(self, project="callsheet-demo"):
        self.project = project
        self.email = f"callsheet@{project}.iam.gserviceaccount.com"
        self.id = secrets.token_hex(20)
        self.pem = _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt",
                            "rsa_keygen_bits:2048")
        modulus = _openssl("rsa", "-noout", "-modulus", input=self.pem)
        self.modulus = int(modulus.strip().partition("=")[2], 16)

    def info(self):
        """The content of the key file a person downloads."""
        return {"type": "service_account", "project_id": self.project,
                "private_key_id": self.id, "private_key": self.pem,
                "client_email": self.email,
                "client_id": "100000000000000000001",
                "auth_uri": "https://accounts.google.com/o/oauth2/auth",
                "token_uri": AUDIENCE,
                "auth_provider_x509_cert_url":
                    "https://www.googleapis.com/oauth2/v1/certs",
                "client_x509_cert_url":
                    "https://www.googleapis.com/robot/v1/metadata/x509/"
                    + self.email.replace("@", "%40"),
                "universe_domain": "googleapis.com"}

    def write(self, path):
        """Write the key file so that only its owner can read it."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with open(os.open(path, flags, 0o600), "w", encoding="ascii") as out:
            os.fchmod(out.fileno(), 0o600)
            json.dump(self.info(), out, indent=2)
            out.write("\n")

    def verify(self, message, signature):
        """True if signature is RSASSA-PKCS1-v1_5 with SHA-256."""
        size = (self.modulus.bit_length() + 7) // 8
        if len(signature) != size:
            return False
        number = pow(int.from_bytes(signature, "big"), 65537, self.modulus)
        digest = SHA256_PREFIX + hashlib.sha256(message).digest()
        padding = b"\xff" * (size - len(digest) - 3)
        expected = b"\0\1" + padding + b"\0" + digest
        return number.to_bytes(size, "big") == expected


def _unpack(part, strict):
    """One part of a JWT: base64url, if strict without padding."""
    if not strict:
        part = part.rstrip("=")
    if not part or set(part) & set("=+/"):
        raise ValueError("not base64url")
    text = part.encode("ascii").translate(bytes.maketrans(b"-_", b"+/"))
    return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)


def _decode(assertion, strict):
    """Header, claims and signature; TokenError if it is no JWT."""
    try:
        head, claims, signature = assertion.split(".")
        head = json.loads(_unpack(head, strict))
        claims = json.loads(_unpack(claims, strict))
        if isinstance(head, dict) and isinstance(claims, dict):
            return head, claims, _unpack(signature, strict)
    except (ValueError, binascii.Error, RecursionError):
        pass
    raise TokenError("invalid_request", "Bad Request")


class Tokens:
    """Issues access tokens and knows which of them still work."""

    def __init__(self, key, now):
        self.key = key
        self.now = now              # function: seconds since 1970
        self.life = 3599
        self.strict = True          # False: '=' may pad parts of a JWT
        self.account_exists = True
        self.key_exists = True
        self.issued = {}            # token -> (expiry, set of scopes)

    def answer(self, body):
        """The reply to a form body; raises TokenError."""
        form = parse_qs(body.decode("latin-1"), keep_blank_values=True)
        grant = form.get("grant_type", [""])[0]
        if grant != GRANT:
            raise TokenError("unsupported_grant_type",
                             f"Invalid grant_type: {grant}")
        assertion = form.get("assertion", [""])[0]
        parts = _decode(assertion, self.strict)
        scopes = self._check(assertion, *parts)
        if not scopes <= SCOPES:
            return {"id_token": "e30.e30." + secrets.token_urlsafe(32)}
        token = "ya29.c." + secrets.token_urlsafe(48)
        self.issued[token] = (self.now() + self.life, scopes)
        return {"access_token": token, "expires_in": self.life,
                "token_type": "Bearer"}

    def _check(self, assertion, head, claims, signature):
        message = assertion.rpartition(".")[0].encode("ascii")
        if (head.get("alg") != "RS256" or not self.key_exists
                or not self.key.verify(message, signature)):
            raise TokenError("invalid_grant", "Invalid JWT Signature.")
        if claims.get("iss") != self.key.email or not self.account_exists:
            raise TokenError("invalid_grant",
                             "Invalid grant: account not found")
        self._check_time(claims.get("iat"), claims.get("exp"))
        scopes = set(str(claims.get("scope") or "").split())
        if not scopes:
            raise TokenError("invalid_scope", "Invalid OAuth scope or ID "
                             "token audience provided.")
        if claims.get("aud") != AUDIENCE:
            raise TokenError("invalid_grant",
                             "Invalid JWT: Failed audience check.")
        if claims.get("sub", self.key.email) != self.key.email:
            raise TokenError("unauthorized_client",
                             "Client is unauthorized to retrieve access "
                             "tokens using this method.")
        return scopes

    def _check_time(self, start, end):
        now = self.now()
        if not (type(start) in (int, float) and type(end) in (int, float)
                and start <= now < end and 0 < end - start <= 3600):
            raise TokenError("invalid_grant", TIMEFRAME)

    def revoke(self, token=None):
        """Make one token, or all of them, worthless."""
        if token is None:
            self.issued.clear()
        else:
            self.issued.pop(token, None)

    def scopes_of(self, token):
        """What a token allows; None if it is unknown or expired."""
        expiry, scopes = self.issued.get(token, (0, None))
        return scopes if self.now() < expiry else None
