"""docs/format.md, sections 3 to 6: what the bytes mean once they are open."""

import base64
import re

from sealing import (
    CIPHERTEXT, LEVEL_RECORD, OpenedKey, Reader, Refused, SLOT, extract, hmac, open_as, sha256, u32,
)

UNKNOWN_TIME = 2**64 - 1
CODES = [
    None, "AccessDeniedException", "NotFoundException", "ValidationException", "InvalidCiphertextException",
    "IncorrectKeyException", "DisabledException", "KMSInvalidStateException", "InvalidKeyUsageException",
    "LimitExceededException", "MalformedPolicyDocumentException", "UnsupportedOperationException",
    "InvalidMarkerException", "DryRunOperationException", "KeyUnavailableException", "KMSInternalException",
    "InvalidGrantIdException", "InvalidGrantTokenException", "AlreadyExistsException", "TagException",
    "KMSInvalidMacException", "InvalidImportTokenException", "ExpiredImportTokenException",
    "IncorrectKeyMaterialException", "ConflictException", "ThrottlingException", "InvalidAliasNameException",
]
ACTIONS = {*range(103), *range(128, 142)}
GRANT_OPERATIONS = {4, 7, 11, 13, *range(20, 26), 31, 41, 42, 44, 48, 55, 56}
REASONS = {*range(12), *range(16, 32)}


def time(value):
    return None if value == UNKNOWN_TIME else value


def read_context(data):
    """3.1: the pairs of a canonical context."""
    reader, pairs = Reader(data, "malformed"), []
    for _ in range(reader.u(2)):
        pairs.append((reader.text(), reader.text()))
        reader.check(len(pairs) < 2 or pairs[-2][0].encode() < pairs[-1][0].encode())
    reader.end()
    return pairs


def write_context(pairs):
    """3.1: the canonical form of (name, value) byte strings."""
    pairs = sorted(pairs)
    if len(pairs) > 64 or len({name for name, _ in pairs}) != len(pairs):
        raise Refused("refused")
    strings = [len(text).to_bytes(2, "big") + text for pair in pairs for text in pair]
    canonical = len(pairs).to_bytes(2, "big") + b"".join(strings)
    if len(canonical) > 8192:
        raise Refused("refused")
    return canonical


def read_header(ciphertext):
    """3.2: key id, version and kcv of a ciphertext."""
    if len(ciphertext) < 108 or ciphertext[:4] != b"\x01\x01\x00\x00":
        raise Refused("malformed")
    return ciphertext[4:20], int.from_bytes(ciphertext[20:24], "big"), ciphertext[24:32]


def read_stream_header(stream):
    """3.4: what a stream says about itself, and its sealed data key."""
    reader = Reader(stream, "malformed")
    reader.check(reader.take(4) == b"SRst")
    shape = reader.take(4)
    reader.check(shape[:2] == b"\x01\x01" and 10 <= shape[2] <= 20 and shape[3] == 0)
    return {"shape": shape, "stream_id": reader.take(16)}, reader.take(140)


def open_segments(key, header, sealed):
    """3.4: the segments of a stream, each with the values on the way to it."""
    full = 1 << header["shape"][2]
    segments = [sealed[at : at + full + 76] for at in range(0, len(sealed), full + 76)] or [b""]
    ways = []
    for index, segment in enumerate(segments):
        is_last = index + 1 == len(segments)
        if len(segment) < 76 or (len(segment) == 76 and index > 0):
            raise Refused("length")
        a = b"SRsg" + header["shape"] + index.to_bytes(8, "big")
        try:
            ways.append(key.open(a + bytes([is_last]), segment)[1])
        except Refused as refused:
            if refused.kind == "commitment":
                open_as("altered", key, a + bytes([not is_last]), segment)
                raise Refused("cut-off" if is_last else "appended") from None
            raise Refused("altered") from None
    return ways


def nibble(address, position):
    return address[position // 2] >> 4 if position % 2 == 0 else address[position // 2] & 15


def node_address(address, level):
    """The address of the node with the first `level` nibbles of an address as its prefix."""
    nibbles = [nibble(address, at) for at in range(level)] + [0] * (46 - level)
    return bytes(high << 4 | low for high, low in zip(nibbles[::2], nibbles[1::2])) + bytes([level])


def copy_of(address):
    return bytes(byte ^ 0xFF for byte in address[:23]) + bytes([address[23] | 0x80])


def read_node(address, plaintext):
    """4.2: the children of a node, as (address, key)."""
    reader, level, children = Reader(plaintext, "damaged"), address[23], []
    bitmap = reader.u(2)
    for position in range(16):
        if not bitmap >> position & 1:
            continue
        child_level, key = reader.u(1), reader.take(32)
        reader.check(level < child_level < 46 or child_level == LEVEL_RECORD)
        child = bytearray(address)
        child[level // 2] |= position << 4 if level % 2 == 0 else position
        if child_level != level + 1:
            start, end = (level + 1) // 2, (min(child_level, 46) + 1) // 2
            child[start:end] = reader.take(end - start)
        child[23] = child_level
        child = bytes(child)
        reader.check(node_address(child, level) == address and nibble(child, level) == position)
        reader.check(child_level == LEVEL_RECORD or node_address(child, child_level) == child)
        children.append((child, key))
    reader.end_padded()
    reader.check(level == 0 or children)
    return children


def read_record(plaintext):
    """4.6: a key, a version, a grant, a retirable grant, a caller, an alias, or what comes due."""
    outer = Reader(plaintext, "malformed")
    reader = Reader(outer.take(outer.u(4)), "malformed")
    outer.end_padded()
    kind, form = reader.u(1), reader.u(1)
    reader.check(kind in (1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12) and form == 1)
    if kind == 8:
        return read_usage(reader)
    if kind == 10:
        return read_settings(reader)
    if kind == 5:
        return read_caller(reader)
    if kind == 11:
        return read_access_key(reader)
    if kind == 12:
        return read_trust(reader)
    record = {"type": kind, "key_id": reader.take(16)}
    if kind in (3, 4):
        record["grant_id"] = reader.take(32)
    if kind == 3:
        record |= read_grant(reader)
    elif kind == 2:
        record |= read_version(reader, record["key_id"])
    elif kind == 7:
        record["version"] = reader.u(4)
    elif kind == 1:
        record |= read_key(reader)
    elif kind == 6:
        record |= {"created": time(reader.u(8)), "updated": time(reader.u(8)), "name": reader.text()}
        reader.check(is_alias_name(record["name"]))
    reader.end()
    return record


def read_key(reader):
    """4.6: a key, behind its id."""
    key = {"created": time(reader.u(8)), "state": reader.u(1), "spec": reader.u(1), "usage": reader.u(1)}
    key |= {"origin": reader.u(1), "current_version": reader.u(4), "newest_version": reader.u(4)}
    key |= {"on_demand_rotations": reader.u(4), "rotation_days": reader.u(2), "next_rotation": time(reader.u(8))}
    key |= {"waiting": read_waiting(reader), "expires": time(reader.u(8)), "missing_materials": reader.u(4)}
    key["rotates_from"] = reader.u(8)
    names = ("description", "tags", "aliases", "policy")
    key |= {name: reader.take(reader.u(4)) for name in names}
    is_external, current = key["origin"] == 2, key["current_version"]
    reader.check(1 <= key["state"] <= 4 and 1 <= key["spec"] <= 5 and 1 <= key["origin"] <= 2)
    reader.check(key["usage"] == (1 if key["spec"] == 1 else 2))
    reader.check(current <= key["newest_version"] and key["missing_materials"] <= key["newest_version"])
    reader.check(key["rotation_days"] == 0 or 90 <= key["rotation_days"] <= 2560)
    reader.check((key["rotation_days"] == 0) == (key["next_rotation"] is None))
    reader.check((key["state"] == 4) == (key["waiting"] is not None) and (is_external or key["state"] != 3))
    reader.check(current > 0 or (is_external and key["state"] != 1))
    reader.check(len(key["description"]) <= 8192 and len(key["policy"]) <= 32768)
    key["description"] = utf8(reader, key["description"])
    tags = read_texts(key["tags"])
    reader.check(len(tags) % 2 == 0 and len(tags) <= 100)
    key["alias_names"] = read_texts(key["aliases"])
    reader.check(all(is_alias_name(name) for name in key["alias_names"]))
    return key


def read_texts(data):
    """4.6: texts in a row."""
    texts, inner = [], Reader(data, "malformed")
    while inner.at < len(data):
        texts.append(inner.text())
    return texts


def is_alias_name(name):
    """4.6: `alias/` and at least one of a few letters."""
    return len(name) <= 256 and re.fullmatch("alias/[A-Za-z0-9/_-]+", name) is not None


def read_waiting(reader):
    """4.6: (days, due, destroyed at) of a waiting period, or `None`."""
    days, due, destroyed = reader.u(2), time(reader.u(8)), time(reader.u(8))
    if days == 0:
        reader.check(due is None and destroyed is None)
        return None
    reader.check(7 <= days <= 30 and due is not None)
    return days, due, destroyed


def utf8(reader, data):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        reader.refuse()


def read_version(reader, key_id):
    """4.6: a version, behind its key's id."""
    version = {"version": reader.u(4), "state": reader.u(1), "suite": reader.u(1), "cause": reader.u(1)}
    version |= {"spec": reader.u(1), "current_since": time(reader.u(8)), "expires": time(reader.u(8))}
    version |= {"waiting": read_waiting(reader), "check": reader.take(8), "material": reader.string()}
    version["description"] = reader.text()
    reader.check(version["version"] > 0 and 1 <= version["state"] <= 4 and version["suite"] == 1)
    reader.check(1 <= version["cause"] <= 5 and 1 <= version["spec"] <= 5)
    reader.check((version["state"] == 3) == (version["waiting"] is not None))
    reader.check(len(version["material"]) <= 128 and len(version["description"].encode()) <= 256)
    if version["material"]:
        reader.check(version["state"] != 4)
        found = check_value(reader, key_id, version["version"], version["spec"], version["material"])
        reader.check(found == version["check"])
    return version


def check_value(reader, key_id, version, spec, material):
    """2.1 and 2.3: the check value of material."""
    if spec != 1:
        return hmac(b"SRhc" + key_id + u32(version), material)[:8]
    reader.check(len(material) == 32)
    return OpenedKey(material, CIPHERTEXT, key_id, version).kcv


def read_grant(reader):
    """4.6: a grant, behind its ids."""
    grant = {"created": time(reader.u(8))}
    bits, constraint, zero = int.from_bytes(reader.take(16), "little"), reader.u(1), reader.u(1)
    grant["operations"] = {n for n in range(128) if bits >> n & 1}
    reader.check(grant["operations"] and grant["operations"] <= GRANT_OPERATIONS and constraint <= 2 and zero == 0)
    grant["issuing_account"] = reader.take(12)
    reader.check(set(grant["issuing_account"]) <= set(b"0123456789"))
    for name in ("grantee", "retiring", "name"):
        grant[name] = reader.text()
        reader.check(len(grant[name].encode()) <= 256)
    reader.check(grant["grantee"])
    pairs = reader.rest()
    reader.check(bool(pairs) == bool(constraint) and len(pairs) <= 4096)
    grant["constraint"], grant["pairs"] = constraint, read_context(pairs) if pairs else []
    reader.check(len(grant["pairs"]) <= 8)
    return grant


def read_caller(reader):
    """4.6: a caller, behind its type."""
    caller = {"type": 5, "written": time(reader.u(8)), "name": reader.text(), "principal": reader.text()}
    caller["tags"] = [(reader.text(), reader.text()) for _ in range(reader.u(1))]
    caller["policies"] = [reader.take(reader.u(4)) for _ in range(reader.u(1))]
    reader.check(len(caller["tags"]) <= 50 and len(caller["policies"]) <= 10)
    reader.end()
    return caller


def read_access_key_id(text):
    """4.1: the 80 bits of the id of an access key, or `None`."""
    if re.fullmatch("(AKIA|ASIA)[A-Z2-7]{16}", text) is None:
        return None
    bits = int.from_bytes(base64.b32decode(text[4:]), "big")
    account = bits >> 39 & (1 << 40) - 1
    return bits if bits >> 79 and account < 10**12 else None


def read_access_key(reader):
    """4.6: an access key, behind its type."""
    key = {"type": 11, "id": utf8(reader, reader.take(20)), "created": time(reader.u(8)), "status": reader.u(1)}
    key |= {"secret": reader.take(40), "caller": reader.text()}
    reader.check(key["id"].startswith("AKIA") and read_access_key_id(key["id"]) is not None)
    reader.check(key["status"] in (1, 2) and 1 <= len(key["caller"].encode()) <= 64)
    reader.end()
    return key


def read_trust(reader):
    """4.6: whom a role trusts, behind its type."""
    trust = {"type": 12, "trust_id": reader.take(16), "written": time(reader.u(8)), "role": reader.text()}
    trust["external_id"] = reader.text()
    trust["principals"] = [reader.text() for _ in range(reader.u(1))]
    reader.check(1 <= len(trust["principals"]) <= 10 and len(trust["role"].encode()) <= 512)
    reader.check(len(trust["external_id"].encode()) <= 1224)
    reader.check(all(len(principal.encode()) <= 256 for principal in trust["principals"]))
    reader.end()
    return trust


def read_session_token(token):
    """7.5: what a session token states, without its MAC."""
    reader = Reader(token[:-16], "refused")
    reader.check(reader.take(4) == b"\x01\0\0\0")
    session = {"vault_id": reader.take(16), "trust_id": reader.take(16), "issued": reader.u(8), "expires": reader.u(8)}
    session |= {"random": reader.take(16), "role": reader.text(), "name": reader.text()}
    reader.end()
    return session


def read_usage(reader):
    """4.6: a line of the usage ledger, behind its type."""
    line = {"type": 8, "key_id": reader.take(16), "version": reader.u(4), "since": time(reader.u(8))}
    line |= {name: reader.u(8) for name in ("sealings", "sealings_unsure", "openings", "openings_unsure")}
    line |= {"last": time(reader.u(8)), "action": reader.u(1), "request_id": reader.take(16)}
    line |= {"not_later_than": reader.u(8), "budget": reader.u(8), "budget_end": reader.u(1)}
    reader.check(line["sealings_unsure"] <= line["sealings"] and line["openings_unsure"] <= line["openings"])
    is_unsure = line["sealings_unsure"] or line["openings_unsure"]
    reader.check(is_unsure or line["not_later_than"] == 0)
    reader.check(line["action"] < 103 or line["action"] in range(128, 142) or line["action"] == 255)
    reader.check(line["action"] != 255 or (line["last"] is None and not any(line["request_id"])))
    reader.check((line["budget"] == 0) == (line["budget_end"] == 0) and line["budget_end"] <= 2)
    reader.check(line["budget"] == 0 or (line["version"] == 0 and line["budget"] <= 1 << 48))
    reader.end()
    return line


def read_settings(reader):
    """4.6: the vault's settings, or a count of grants, behind their type."""
    rest = reader.rest()
    reader.check(len(rest) in (28, 72))
    number = lambda at, size: int.from_bytes(rest[at : at + size], "big")
    if len(rest) == 28:
        return {"type": 10, "key_id": rest[:16], "since": number(16, 8), "grants": number(24, 4)}
    quotas = [number(4 * at, 4) for at in range(5)]
    rates = [number(20 + 4 * at, 4) for at in range(10)]
    return {"type": 10, "quotas": quotas, "rates": rates, "keys": number(60, 4), "grants_since": number(64, 8)}


def read_slot_area(data):
    """5.1: the vault id and the slots."""
    reader = Reader(data, "not-a-vault")
    reader.check(reader.take(4) == b"SRvt")
    form = reader.u(1)
    if form > 1:
        raise Refused("from-the-future")
    reader.kind = "damaged"
    count, zero, vault_id = reader.u(1), reader.u(2), reader.take(16)
    reader.check(form == 1 and zero == 0 and 1 <= count <= 8)
    slots = [reader.take(140) for _ in range(count)]
    reader.end()
    return vault_id, slots


def check_slot_head(head):
    """5.2: the stretching parameters, or `None` where there are none."""
    reader = Reader(head, "damaged")
    _, kind, stretching, zero = reader.take(4)
    memory, passes, lanes = reader.u(4), reader.u(4), reader.u(4)
    if (kind, stretching, zero) in ((2, 0, 0), (3, 0, 0)):
        reader.check(memory == passes == lanes == 0)
        return None
    reader.check((kind, stretching, zero) == (1, 1, 0))
    if not (1 <= lanes <= 16 and 1 <= passes <= 32 and 8 * lanes <= memory <= 1 << 20):
        raise Refused("parameters")
    return memory, passes, lanes


def open_slot(vault_id, slot, unlock):
    """5.3: the root key and the values on the way to it."""
    check_slot_head(slot[:32])
    a = b"SRsl" + vault_id + slot[:32]
    slot_key = extract(a, unlock)
    root_key, way = open_as("wrong-secret", OpenedKey(slot_key, SLOT, vault_id), a, slot[32:])
    return root_key, {**way, "slot_key": slot_key, "slot_head": slot[:32]}


def read_cell(content):
    """5.4: the value of an eraser cell, from the first copy that holds, or `None`."""
    for at in (0, 36, 72):
        value = content[at : at + 32]
        if sha256(value)[:4] == content[at + 32 : at + 36]:
            return value
    return None


def read_manifest(plaintext):
    """5.5."""
    reader = Reader(plaintext, "damaged")
    form, flags = reader.u(1), reader.u(1)
    reader.check(form == 1 and flags <= 15)
    names = {"vault_id": 16, "mount_id": 16, "revision": 8, "fresh": 8, "top_key": 32, "name_key": 32}
    names |= {"token_key": 32, "material_id_key": 32}
    manifest = {name: reader.take(length) for name, length in names.items()}
    partition, account, region = reader.text(), reader.text(), reader.text()
    word = set("abcdefghijklmnopqrstuvwxyz0123456789-")
    reader.check(1 <= len(partition) <= 16 and 1 <= len(region) <= 32 and set(partition + region) <= word)
    reader.check(len(account) == 12 and set(account) <= set("0123456789"))
    count = reader.u(1)
    reader.check(count <= 8)
    manifest["slot_hashes"] = [reader.take(33) for _ in range(count)]
    names = {"log_id": 16, "first_key": 32, "next_sequence": 8, "hash": 32, "key": 32, "clock_mark": 8}
    names |= {"timer": 8, "observed": 8, "mounts_added": 8, "due_day": 4}
    manifest |= {name: reader.take(length) for name, length in names.items()}
    manifest["pending"] = reader.string()
    reader.check(len(manifest["pending"]) <= 1664)
    reader.end_padded()
    return manifest


def read_event(data):
    """6.3."""
    reader = Reader(data, "malformed")
    form, flags, action, outcome, reason, policy = reader.take(6)
    reader.check(form == 1 and flags < 128 and action in ACTIONS and outcome < len(CODES))
    reader.check(reason in REASONS and policy <= 3)
    event = {"flags": flags, "action": action, "code": CODES[outcome], "reason": reason, "policy": policy}
    event |= {"document": reader.u(1), "statement": reader.u(2), "element": reader.u(1)}
    reader.check(event["element"] <= 4)
    event |= {"time": time(reader.u(8)), "request_id": reader.take(16)}
    event |= {"revision": reader.u(8), "key_id": reader.take(16), "version": reader.u(4)}
    event |= {"source_key_id": reader.take(16), "source_version": reader.u(4), "detail": reader.u(8)}
    event |= {"principal": reader.text(), "subject": reader.text(), "sid": reader.text(), "expected": reader.text()}
    event |= {"found": reader.text(), "deciding_grant": reader.take(32) if flags & 16 else None}
    event |= {"grant_id": reader.take(32) if flags & 32 else None}
    repeats = (reader.take(16), reader.u(8), time(reader.u(8))) if flags & 64 else (None, 0, None)
    event |= dict(zip(("first", "count", "since"), repeats)) | {"context": read_context(reader.rest())}
    return event
