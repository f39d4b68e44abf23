"""Runs every vector: what must open opens with the printed intermediate values, what must fail is refused as said."""

import base64
import pathlib

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

import bundles
import layouts
import peers
import policies
import vault as vaults
from sealing import CIPHERTEXT, NODE, RECORD, SEGMENT, OpenedKey, Refused, extract, hmac, open_as, sha256, u32


def parse(text):
    """docs/format.md, section 13: the blocks of a file, as dictionaries of fields."""
    blocks, block = [], {}
    for line in [*text.splitlines(), ""]:
        if line and not line.startswith("#"):
            field, _, value = line.partition(": ")
            block[field] = value
        elif block and not line:
            blocks.append(block)
            block = {}
    return blocks


class Block:
    def __init__(self, fields):
        self.fields, self.name, self.expect = fields, fields["name"], fields["expect"]

    def __contains__(self, field):
        return field in self.fields

    def items(self, field):
        texts = self.fields[field].split(" ") if field in self.fields else []
        return [b"" if text == "-" else bytes.fromhex(text) for text in texts]

    def __getitem__(self, field):
        (item,) = self.items(field)
        return item

    def number(self, field):
        return int.from_bytes(self[field], "big")

    def compare(self, values):
        """Every value that the vector prints is the one found here."""
        for field, value in values.items():
            if field in self:
                printed = self.items(field) if isinstance(value, list) else self[field]
                assert printed == value, f"{self.name}: {field}"


def sr1(block):
    key = OpenedKey(block["key"], block.number("purpose"), block["owner"], block.number("version"))
    block.compare(key.open(block["a"], block["blob"])[1])


def context(block):
    if "canonical" in block and block.expect != "ok":
        layouts.read_context(block["canonical"])
    else:
        pairs = list(zip(block.items("names"), block.items("values")))
        canonical = layouts.write_context(pairs)
        block.compare({"canonical": canonical})
        read = [(name.encode(), value.encode()) for name, value in layouts.read_context(canonical)]
        assert read == sorted(pairs)


def ciphertext(block):
    key_id, number, _ = layouts.read_header(block["ciphertext"])
    if key_id != block["key_id"]:
        raise Refused("no-such-key")
    layouts.read_context(block["context"])
    plaintext, way = vaults.open_ciphertext(versions_of(block).get(number), block["ciphertext"], block["context"])
    material_id = hmac(block["material_id_key"], b"SRmi", key_id, u32(number), way["kcv"])
    block.compare({**way, "material_id": material_id, "header": block["ciphertext"][:32]})


def versions_of(block):
    """The versions of the key that the vectors of ciphertexts and streams are under."""
    numbers = [int.from_bytes(item, "big") for item in block.items("versions")]
    states = [int.from_bytes(item, "big") for item in block.items("states")]
    return {
        number: {
            "state": state, "spec": 1, "material": material,
            "check": OpenedKey(material, CIPHERTEXT, block["key_id"], number).kcv,
        }
        for number, state, material in zip(numbers, states, block.items("materials"))
    }


def stream(block):
    header, wrapped = layouts.read_stream_header(block["stream"])
    key_id, number, _ = layouts.read_header(wrapped)
    if key_id != block["key_id"]:
        raise Refused("no-such-key")
    data_key, _ = vaults.open_ciphertext(versions_of(block).get(number), wrapped, block["context"])
    key = OpenedKey(data_key, SEGMENT, header["stream_id"], 1)
    opened = layouts.open_segments(key, header, block["stream"][164:])
    ways = {name: [way[name] for way in opened] for name in ("a", "e", "c")}
    values = {"data_key": data_key, "stream_id": header["stream_id"], "k_prime": key.k_prime}
    block.compare({**values, **ways, "plaintexts": [way["plaintext"] for way in opened]})


def slot(block):
    vault_id, slots = layouts.read_slot_area(block["slot_area"])
    refusal = None
    for candidate in slots:
        try:
            root_key, way = layouts.open_slot(vault_id, candidate, block["unlock"])
            break
        except Refused as refused:
            refusal = refused
    else:
        raise refusal
    if candidate[:1] + sha256(candidate) not in block.items("slot_hashes"):
        raise Refused("slot-stale")
    block.compare({**way, "vault_id": vault_id, "root_key": root_key})
    if "passphrase" in block:
        memory, passes, lanes = layouts.check_slot_head(candidate[:32])
        argon2 = Argon2id(salt=candidate[16:32], length=32, iterations=passes, lanes=lanes, memory_cost=memory)
        block.compare({"unlock": argon2.derive(block["passphrase"])})


def manifest(block):
    cell = layouts.read_cell(block["cell"]) if "cell" in block else None
    if "cell" in block and cell is None:
        raise Refused("damaged")
    vault_id = block["vault_id"]
    key = vaults.manifest_key(vault_id, block["root_key"], cell)
    read, way = vaults.open_manifest(vault_id, key, block["blob"])
    ikm = block["root_key"] + (cell or b"")
    info = b"SRmk root" if cell is None else b"SRmk root cell"
    prk = extract(vault_id, ikm)
    clocks = {name: read[name] for name in ("clock_mark", "timer", "observed", "mounts_added", "due_day")}
    block.compare({**way, **clocks, "ikm": ikm, "info": info, "prk": prk, "manifest_key": key})


def token(block):
    mac = hmac(block["token_key"], b"SRpm", block["action"], block["marker"][:8])
    if block["marker"][8:] != mac[:16]:
        raise Refused("refused")
    block.compare({"owner": block["marker"][:8]})


def grant_token(block):
    """7.1 and 7.3, for the question and the key of the vectors."""
    if "grant_token" in block:
        given, label, message = block["grant_token"], b"SRgt", block["grant_token"][:48]
        if given[:16] != block["key_id"]:
            raise Refused("refused")
    else:
        given, label = block["grant_marker"], b"SRgm"
        message = bytes([34]) + block["key_id"] + bytes(8) + given[:15]
    if given[-16:] != hmac(block["token_key"], label, message)[:16]:
        raise Refused("refused")


def address(block):
    name_key, key_id, version = block["name_key"], block["key_id"], block["version"]
    owner = vaults.owner_of(name_key, key_id)
    key_address = vaults.record_address(name_key, owner, 1)
    backing_key_address = vaults.record_address(name_key, owner, 2, version)
    if key_address != block["key_address"] or backing_key_address != block["backing_key_address"]:
        raise Refused("absent")
    nodes = [layouts.node_address(key_address, level) for level in (0, 1, 2, 3, 16, 45)]
    values = {"owner": owner, "owner_message": b"SRno\x01" + key_id, "key_message": b"SRnn" + owner + b"\x01"}
    values |= {"backing_key_message": b"SRnn" + owner + b"\x02" + version, "node_addresses": nodes}
    block.compare({**values, "copy_addresses": [layouts.copy_of(node) for node in nodes[:3]]})


def node(block):
    plaintext = block["plaintext"]
    children = layouts.read_node(block["address"], plaintext)
    key = OpenedKey(block["node_key"], NODE, block["vault_id"])
    opened, way = key.open(b"SRtn\x01" + block["address"], block["blob"])
    block.compare({**way, "children": [child for child, _ in children], "child_keys": [key for _, key in children]})
    assert opened == plaintext and len(plaintext) % 64 == 0


LENGTHS = {
    "created": 8, "state": 1, "spec": 1, "usage": 1, "origin": 1, "current_version": 4, "newest_version": 4,
    "on_demand_rotations": 4, "rotation_days": 2, "next_rotation": 8, "expires": 8, "missing_materials": 4, "rotates_from": 8,
    "version": 4, "cause": 1, "current_since": 8,
}


def printed(read):
    """The fields of a key or of a version as the vectors print them."""
    def number(value, length):
        return (2 ** (8 * length) - 1 if value is None else value).to_bytes(length, "big")

    values = {name: number(read[name], length) for name, length in LENGTHS.items() if name in read}
    days, due, destroyed = read["waiting"] or (0, None, None)
    values["waiting"] = number(days, 2) + number(due, 8) + number(destroyed, 8)
    values |= {name: read[name] for name in ("check", "material", "tags", "aliases", "policy") if name in read}
    return {**values, "description": read["description"].encode()}


def record(block):
    if "blob" not in block:
        layouts.read_record(block["plaintext"])
        return
    key = OpenedKey(block["record_key"], RECORD, block["vault_id"])
    plaintext, way = key.open(b"SRrc\x01" + block["address"], block["blob"])
    block.compare(way)
    read = layouts.read_record(plaintext)
    if read["type"] == 1:
        policies.check_key_policy(read["policy"])
    if read["type"] in (1, 2):
        block.compare(printed(read))
    # Another address or another key does not open it.
    for other in (block["address"][::-1], bytes(24)):
        must_refuse(lambda: open_as("damaged", key, b"SRrc\x01" + other, block["blob"]))


def alias(block):
    if "blob" not in block:
        return layouts.read_record(block["plaintext"])
    key = OpenedKey(block["record_key"], RECORD, block["vault_id"])
    plaintext, _ = key.open(b"SRrc\x01" + block["address"], block["blob"])
    block.compare({"plaintext": plaintext})
    name = layouts.read_record(plaintext)["name"]
    owner = hmac(block["name_key"], b"SRno", b"\x06")[:8]
    if vaults.record_address(block["name_key"], owner, 6, name.encode()) != block["address"]:
        raise Refused("other-name")


def access_key(block):
    """4.6: access keys, and whom roles trust, each in its place."""
    if "blob" not in block:
        return layouts.read_record(block["plaintext"])
    key = OpenedKey(block["record_key"], RECORD, block["vault_id"])
    plaintext, _ = key.open(b"SRrc\x01" + block["address"], block["blob"])
    block.compare({"plaintext": plaintext})
    read = layouts.read_record(plaintext)
    if read["type"] == 11:
        bucket = int.from_bytes(sha256(b"SRai" + read["caller"].encode())[:2], "big") >> 2
        assert layouts.read_access_key_id(read["id"]) >> 25 & 0x3FFF == bucket
        owner, name = hmac(block["name_key"], b"SRno", b"\x0b", bucket.to_bytes(2, "big"))[:8], read["id"]
    else:
        owner, name = hmac(block["name_key"], b"SRno", b"\x0c")[:8], read["role"].split("/")[-1]
    if vaults.record_address(block["name_key"], owner, read["type"], name.encode()) != block["address"]:
        raise Refused("other-name")


def session(block):
    """7.5, for the trust of the vectors."""
    token = block["token"]
    if hmac(block["token_key"], b"SRse", token[:-16])[:16] != token[-16:]:
        raise Refused("refused")
    read = layouts.read_session_token(token)
    bits = layouts.read_access_key_id(block["access_key_id"].decode())
    mac = int.from_bytes(hmac(block["token_key"], b"SRsi", token)[:8], "big")
    if read["vault_id"] != block["vault_id"] or read["trust_id"] != block["trust_id"] or (mac ^ bits) & (1 << 39) - 1:
        raise Refused("refused")
    block.compare({"secret": base64.b64encode(hmac(block["token_key"], b"SRss", token)[:30])})
    if block.number("now") >= read["expires"]:
        raise Refused("expired")


def audit(block):
    entries = block.items("entries")
    chain = vaults.follow(block["vault_id"], block["log_id"], block["first_key"], entries)
    macs, hashes, keys = (list(column) for column in zip(*chain))
    block.compare({"macs": macs[1:], "hashes": hashes, "keys": keys})


def event(block):
    read = layouts.read_event(block["event"])
    numbers = {"action": 1, "reason": 1, "statement": 2, "revision": 8, "version": 4, "detail": 8, "count": 8}
    values = {name: read[name].to_bytes(length, "big") for name, length in numbers.items()}
    values |= {"request_id": read["request_id"], "principal": read["principal"].encode()}
    values |= {name: read[name] or b"" for name in ("deciding_grant", "grant_id", "first")}
    block.compare({**values, "flags": bytes([read["flags"]]), "policy": bytes([read["policy"]])})


def policy(block):
    kind, name, statements = policies.check_key_policy(block["policy"])
    values = {"kind": bytes([kind]), "id": name.encode(), "sids": [one["sid"].encode() for one in statements]}
    block.compare({**values, "action_bits": [one["bits"] for one in statements]})


def must_refuse(attempt):
    try:
        attempt()
    except Refused as refused:
        return refused.kind
    raise AssertionError("it was not refused")


def ledger(block):
    layouts.read_record(block["plaintext"])


def bundle(block):
    read = bundles.open_bundle(block["bundle"], block["unlock"])
    names = ("bundle_id", "vault_id", "revision", "slot_key", "bundle_key", "plaintexts")
    block.compare({name: read[name] for name in names})


def peer(block):
    offer = peers.read_offer(block["offer"])
    open_it = peers.open_single if block.number("kind") == 1 else peers.open_whole
    block.compare(open_it(block["bundle"], offer, block["shared"]))


CHECKS = [
    sr1, context, ciphertext, stream, slot, manifest, token, grant_token, address, node, record, alias, access_key, session, ledger, audit, event, policy,
    bundle, peer,
]


def check(folder):
    """How many vectors opened, and how many were refused."""
    opened = refused = 0
    for run in CHECKS:
        blocks = parse((pathlib.Path(folder) / f"{run.__name__}.txt").read_text("utf-8"))
        assert blocks, run.__name__
        for block in map(Block, blocks):
            try:
                run(block)
                answer = "ok"
            except Refused as refusal:
                answer = refusal.kind
            assert answer == block.expect, f"{run.__name__}.txt: {block.name}: {answer}, not {block.expect}"
            opened, refused = opened + (answer == "ok"), refused + (answer != "ok")
    return opened, refused
