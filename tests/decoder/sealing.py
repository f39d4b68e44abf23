"""docs/format.md, sections 1 and 2: reading bytes, SR-1, derivations."""

import hashlib
import hmac as std_hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CIPHERTEXT, RECORD, NODE, MANIFEST, SLOT, SEGMENT = 1, 2, 3, 4, 5, 6
LEVEL_RECORD, LEVEL_MANIFEST, LEVEL_SLOTS = 0x30, 0x40, 0x41


class Refused(Exception):
    """The bytes are refused; `kind` is the word that the vectors use."""

    def __init__(self, kind):
        super().__init__(kind)
        self.kind = kind


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def hmac(key, *parts):
    return std_hmac.digest(key, b"".join(parts), "sha256")


def equal(left, right):
    return std_hmac.compare_digest(left, right)


def extract(salt, ikm):
    return hmac(salt, ikm)


def hkdf(salt, ikm, info):
    """HKDF-SHA-256 with one block of output (RFC 5869)."""
    return hmac(extract(salt, ikm), info, b"\x01")


def u32(value):
    return value.to_bytes(4, "big")


class Reader:
    """Takes fields from the front; every failure is a `Refused` of one kind."""

    def __init__(self, data, kind):
        self.data, self.at, self.kind = data, 0, kind

    def refuse(self):
        raise Refused(self.kind)

    def check(self, holds):
        if not holds:
            self.refuse()

    def take(self, length):
        self.check(self.at + length <= len(self.data))
        self.at += length
        return self.data[self.at - length : self.at]

    def u(self, length):
        return int.from_bytes(self.take(length), "big")

    def string(self):
        return self.take(self.u(2))

    def text(self):
        try:
            return self.string().decode("utf-8")
        except UnicodeDecodeError:
            self.refuse()

    def rest(self):
        return self.take(len(self.data) - self.at)

    def end(self):
        self.check(self.at == len(self.data))

    def end_padded(self):
        self.check(not any(self.rest()))


class OpenedKey:
    """2.1: a key, opened for one purpose and owner."""

    def __init__(self, key, purpose, owner, version=0):
        self.m = b"SRk1" + bytes([1, purpose]) + owner + u32(version)
        self.purpose = purpose
        self.k_prime = hmac(key, b"\x01", self.m)
        self.kcv = hmac(key, b"\x02", self.m)[:8]

    def open(self, a, blob):
        """2.2: the plaintext and the values on the way to it."""
        if len(blob) < 76:
            raise Refused("too-short")
        s, n, c = blob[:16], blob[16:28], blob[28:60]
        x = b"SRv1" + bytes([1, self.purpose]) + s + sha256(a)
        e, expected = hmac(self.k_prime, b"\x01", x), hmac(self.k_prime, b"\x02", x)
        if not equal(c, expected):
            raise Refused("commitment")
        try:
            plaintext = AESGCM(e).decrypt(n, blob[60:], None)
        except InvalidTag:
            raise Refused("tag") from None
        on_the_way = {"m": self.m, "k_prime": self.k_prime, "kcv": self.kcv, "a": a, "a_hash": sha256(a)}
        return plaintext, {**on_the_way, "s": s, "n": n, "x": x, "e": e, "c": c, "plaintext": plaintext}


def open_as(kind, key, a, blob):
    """Opens a blob; whatever goes wrong is of one kind."""
    try:
        return key.open(a, blob)
    except Refused:
        raise Refused(kind) from None
