"""docs/format.md, section 11: bundles."""

import layouts
from sealing import OpenedKey, Reader, Refused, extract, open_as, sha256

BUNDLE_KEY, BUNDLE_SEGMENT = 7, 8
SEGMENT_LEN_MAX = 81920


def read_header(reader):
    """11.1: the fields, and the bytes of the header."""
    front = reader.data[:8]
    if front[:4] != b"SRbu":
        raise Refused("not-a-bundle")
    form, purpose, count, zero = reader.take(8)[4:]
    if form > 1:
        raise Refused("from-the-future")
    if (form, purpose, zero) == (1, 2, 0):
        raise Refused("opens-otherwise")
    if (form, purpose, zero) != (1, 1, 0) or not 1 <= count <= 8:
        raise Refused("not-a-bundle")
    header = {"bundle_id": reader.take(16), "vault_id": reader.take(16), "revision": reader.take(8)}
    header |= {"made": layouts.time(reader.u(8)), "slots": [reader.take(140) for _ in range(count)]}
    return header, reader.data[: reader.at]


def open_key(header, unlock):
    """11.2: the bundle key and the slot key, from the first slot that opens."""
    refusal = None
    for slot in header["slots"]:
        try:
            layouts.check_slot_head(slot[:32])
            a = b"SRbk" + header["bundle_id"] + slot[:32]
            slot_key = extract(a, unlock)
            key = OpenedKey(slot_key, BUNDLE_KEY, header["bundle_id"])
            return open_as("wrong-secret", key, a, slot[32:])[0], slot_key
        except Refused as refused:
            refusal = refused
    raise refusal


def read_facts(plaintext):
    """11.4."""
    reader = Reader(plaintext, "content")
    form, flags = reader.u(1), reader.u(1)
    reader.check(form == 1 and flags <= 1)
    facts = {"realm": [reader.text() for _ in range(3)], "material_id_key": reader.take(32)}
    facts |= {name: reader.u(8) for name in ("clock_mark", "timer", "observed", "mounts_added")}
    facts["due_day"] = reader.u(4)
    reader.end_padded()
    return facts


class Follower:
    """11.5: what may come next."""

    def __init__(self):
        self.key, self.seen, self.has_settings, self.counts = None, 0, False, [0, 0, 0]

    def check(self, holds):
        if not holds:
            raise Refused("content")

    def is_complete(self):
        return self.key is None or self.key["newest_version"] == self.seen

    def take(self, plaintext):
        try:
            record = layouts.read_record(plaintext)
        except Refused:
            raise Refused("content") from None
        kind = record["type"]
        self.counts = [self.counts[0] + 1, self.counts[1] + (kind == 1), self.counts[2] + (kind == 2)]
        if kind == 2:
            self.check(self.key is not None and record["key_id"] == self.key["key_id"])
            self.seen += 1
            self.check(record["version"] == self.seen <= self.key["newest_version"])
            return self.check(record["spec"] == self.key["spec"])
        self.check(self.is_complete() and kind in (1, 3, 5, 6, 8, 10))
        if kind == 1:
            waiting = record["waiting"]
            self.check(waiting is None or waiting[2] != 0)
            self.key, self.seen = record, 0
        elif kind in (3, 8):
            self.check(self.key is not None and record["key_id"] == self.key["key_id"])
        elif kind == 10:
            self.check(not self.has_settings and "key_id" not in record)
            self.has_settings = True


def open_bundle(data, unlock):
    """The header's fields, the keys, and the plaintext of every segment."""
    reader = Reader(data, "truncated")
    header, header_bytes = read_header(reader)
    bundle_key, slot_key = open_key(header, unlock)
    plaintexts = open_segments(reader, bundle_key, header["bundle_id"], header_bytes)
    return {**header, "bundle_key": bundle_key, "slot_key": slot_key, "plaintexts": plaintexts}


def open_segments(reader, bundle_key, bundle_id, header_bytes):
    """11.3: the plaintext of every segment, to the end of the bundle."""
    key = OpenedKey(bundle_key, BUNDLE_SEGMENT, bundle_id)
    follower, plaintexts, kind = Follower(), [], None
    while kind != 3:
        kind, length = reader.u(1), reader.u(4)
        if kind not in (1, 2, 3) or length > SEGMENT_LEN_MAX:
            raise Refused("altered")
        place = len(plaintexts).to_bytes(8, "big")
        a = b"SRbs\x01" + sha256(header_bytes) + place + bytes([kind])
        plaintext, _ = open_as("altered", key, a, reader.take(length))
        follower.check((kind == 1) == (not plaintexts))
        plaintexts.append(plaintext)
        if kind == 1:
            read_facts(plaintext)
        elif kind == 2:
            follower.take(plaintext)
        else:
            mark = Reader(plaintext, "content")
            mark.check(mark.u(1) == 1)
            mark.check([mark.u(8) for _ in range(3)] == follower.counts and follower.is_complete())
            mark.u(8)
            mark.end_padded()
    if reader.at != len(reader.data):
        raise Refused("trailing")
    return plaintexts
