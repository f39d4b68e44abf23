"""A whole vault: from blobs and an unlock secret down to every record, ciphertext and audit entry."""

from layouts import copy_of, open_slot, read_event, read_header, read_manifest, read_node, read_record, read_slot_area
from sealing import (
    CIPHERTEXT, LEVEL_MANIFEST, LEVEL_RECORD, LEVEL_SLOTS, MANIFEST, NODE, RECORD,
    OpenedKey, Reader, Refused, equal, hkdf, hmac, open_as, sha256, u32,
)

ROOT = bytes(24)


def fixed(level):
    return bytes(23) + bytes([level])


def owner_of(name_key, key_id):
    return hmac(name_key, b"SRno\x01", key_id)[:8]


def retiring_owner(name_key, principal):
    return hmac(name_key, b"SRno\x04", principal.encode())[:8]


def grantee_hash(name_key, owner, grantee):
    """4.1: of a role's ARN without the path."""
    head, mark, path = grantee.partition(":role/")
    if mark:
        grantee = head + mark + path.rsplit("/", 1)[-1]
    return hmac(name_key, b"SRng", owner, grantee.encode())[:7]


def record_address(name_key, owner, kind, name=b""):
    return owner + hmac(name_key, b"SRnn", owner, bytes([kind]), name)[:15] + bytes([LEVEL_RECORD])


def manifest_key(vault_id, root_key, cell=None):
    """5.4."""
    if cell is None:
        return hkdf(vault_id, root_key, b"SRmk root")
    return hkdf(vault_id, root_key + cell, b"SRmk root cell")


def open_manifest(vault_id, key, blob):
    """5.5: the fields, and the values on the way to them."""
    a = b"SRmf\x01" + vault_id
    plaintext, way = open_as("damaged", OpenedKey(key, MANIFEST, vault_id), a, blob)
    manifest = read_manifest(plaintext)
    if manifest["vault_id"] != vault_id:
        raise Refused("damaged")
    return manifest, way


def first_that_opens(attempts):
    """The results of the attempts that are not refused; the last refusal if all are."""
    results, refusal = [], None
    for attempt in attempts:
        try:
            results.append(attempt())
        except Refused as refused:
            refusal = refused
    if not results:
        raise refusal
    return results


class Vault:
    def __init__(self, blobs, unlock, cell=None):
        self.blobs = blobs
        addresses = [fixed(LEVEL_SLOTS), copy_of(fixed(LEVEL_SLOTS))]
        self.vault_id, slots = first_that_opens(
            [lambda at=at: read_slot_area(blobs.get(at, b"")) for at in addresses])[0]
        root_key, self.slot = first_that_opens(
            [lambda slot=slot: (open_slot(self.vault_id, slot, unlock)[0], slot) for slot in slots])[0]
        key = manifest_key(self.vault_id, root_key, cell)
        addresses = [fixed(LEVEL_MANIFEST), copy_of(fixed(LEVEL_MANIFEST))]
        manifests = first_that_opens(
            [lambda at=at: open_manifest(self.vault_id, key, blobs.get(at, b""))[0] for at in addresses])
        self.manifest = max(manifests, key=lambda manifest: manifest["revision"])
        if self.slot[:1] + sha256(self.slot) not in self.manifest["slot_hashes"]:
            raise Refused("slot-stale")
        self.records, self.seen = {}, set()
        self.walk(ROOT, self.manifest["top_key"])
        self.keys, self.versions, self.grants = self.sort_records()

    def open_blob(self, label, purpose, address, key, at):
        if at not in self.blobs:
            raise Refused("damaged")
        self.seen.add(at)
        a = label + b"\x01" + address
        return open_as("damaged", OpenedKey(key, purpose, self.vault_id), a, self.blobs[at])[0]

    def walk(self, address, key):
        """4.2, 4.5: every record below a node, and both copies of what has two."""
        places = [address, copy_of(address)] if address[23] < 3 else [address]
        plaintexts = [self.open_blob(b"SRtn", NODE, address, key, at) for at in places]
        for child, child_key in read_node(address, plaintexts[0]):
            if child[23] == LEVEL_RECORD:
                plaintext = self.open_blob(b"SRrc", RECORD, child, child_key, child)
                self.records[child] = read_record(plaintext)
            else:
                self.walk(child, child_key)

    def sort_records(self):
        """4.1, 4.6: every record lies where its name says, each grant is found by its retiring principal, and every key
        knows its aliases."""
        keys, versions, grants, retirable, callers, aliases = {}, {}, {}, {}, {}, {}
        name_key = self.manifest["name_key"]
        for address, record in self.records.items():
            if record["type"] in (5, 6):
                owner = hmac(name_key, b"SRno", bytes([record["type"]]))[:8]
                if record_address(name_key, owner, record["type"], record["name"].encode()) != address:
                    raise Refused("damaged")
                (callers if record["type"] == 5 else aliases)[record["name"]] = record
                continue
            if record["type"] == 10 and "key_id" not in record:
                owner = hmac(name_key, b"SRno", b"\x0a")[:8]
                if record_address(name_key, owner, 10, b"") != address:
                    raise Refused("damaged")
                continue
            owner = owner_of(name_key, record["key_id"])
            if record["type"] in (3, 4):
                (grants if record["type"] == 3 else retirable)[record["grant_id"]] = (address, record)
                continue
            name = u32(record["version"]) if record["type"] in (2, 8) else b""
            if record_address(name_key, owner, record["type"], name) != address:
                raise Refused("damaged")
            if record["type"] in (8, 10):
                continue
            if record["type"] == 1:
                keys[record["key_id"]] = record
            else:
                versions[record["key_id"], record["version"]] = record
        known = [(name, key_id) for key_id, key in keys.items() for name in key["alias_names"]]
        if sorted(known) != sorted((name, alias["key_id"]) for name, alias in aliases.items()):
            raise Refused("damaged")
        for grant_id, (address, grant) in grants.items():
            owner = owner_of(name_key, grant["key_id"])
            place = grant_id[:15] + bytes([LEVEL_RECORD])
            if address != owner + place or not grant_id.startswith(grantee_hash(name_key, owner, grant["grantee"])):
                raise Refused("damaged")
            found = retirable.pop(grant_id, None)
            expected = retiring_owner(name_key, grant["retiring"]) + place if grant["retiring"] else None
            if (found and found[0]) != expected or (found and found[1]["key_id"] != grant["key_id"]):
                raise Refused("damaged")
        return keys, versions, {grant_id: grant for grant_id, (_, grant) in grants.items()}

    def decrypt(self, ciphertext, context):
        """3.2: plaintext, material id."""
        key_id, version, _ = read_header(ciphertext)
        if key_id not in self.keys:
            raise Refused("no-such-key")
        plaintext, way = open_ciphertext(self.versions.get((key_id, version)), ciphertext, context)
        material_id = hmac(self.manifest["material_id_key"], b"SRmi", key_id, u32(version), way["kcv"])
        return plaintext, material_id

    def check_log(self, entries):
        """6.2: the events, if the log ends in the head of the manifest."""
        head = self.manifest
        chain = follow(self.vault_id, head["log_id"], head["first_key"], entries)
        reached = int.from_bytes(head["next_sequence"], "big")
        if reached > len(entries):
            raise Refused("cut-off")
        _, h, k = chain[reached]
        if h != head["hash"] or k != head["key"]:
            raise Refused("broken")
        return [read_event(event) for entry in entries for event in split_events(entry[56:])]


def open_ciphertext(version, ciphertext, context):
    """3.2, with the record of the version that the header names: plaintext, values on the way."""
    key_id, number, kcv = read_header(ciphertext)
    if version is None:
        raise Refused("unknown-version")
    if version["check"] != kcv:
        raise Refused("other-material")
    if version["state"] == 4:
        raise Refused("destroyed-version")
    if version["state"] != 1 or version["spec"] != 1 or not version["material"]:
        raise Refused("revoked-version")
    key = OpenedKey(version["material"], CIPHERTEXT, key_id, number)
    return key.open(b"SRct" + ciphertext[:32] + context, ciphertext[32:])


def split_events(data):
    reader, events = Reader(data, "broken"), []
    while reader.at < len(data):
        events.append(reader.string())
    return events


def follow(vault_id, log_id, first_key, entries):
    """6.2: (mac, h, k) before the first entry and behind each one."""
    chain = [(b"", sha256(b"SRlg", vault_id, log_id), first_key)]
    for sequence, entry in enumerate(entries):
        reader = Reader(entry, "broken")
        number, mount_id, mac, events = reader.u(8), reader.take(16), reader.take(32), reader.rest()
        _, h, k = chain[-1]
        h = sha256(h, events)
        expected = hmac(k, vault_id, mount_id, sequence.to_bytes(8, "big"), h)
        reader.check(number == sequence and equal(mac, expected) and split_events(events))
        chain.append((mac, h, hmac(k, b"next")))
    return chain
