"""docs/format.md, sections 11.6 and 12: bundles between vaults, given the secret that source and target share."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import bundles
from sealing import OpenedKey, Reader, Refused, hkdf, sha256

KEY_BUNDLE = 9
MATERIAL_LEN = {1: 32, 2: 28, 3: 32, 4: 48, 5: 64}


def fingerprint(vault_id, public_key):
    return sha256(b"SRfp" + vault_id + public_key)


def check_signature(label, public_key, stated, signature):
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, label + sha256(stated))
    except (InvalidSignature, ValueError):
        raise Refused("other-signature") from None


def read_offer(data):
    """12.1."""
    reader = Reader(data, "not-a-bundle")
    reader.check(reader.take(8) == b"SRof\x01\0\0\0")
    offer = {"target_id": reader.take(16), "public_key": reader.take(32), "source": reader.take(32)}
    offer |= {"nonce": reader.take(16), "one_time_key": reader.take(1216)}
    signature = reader.take(64)
    reader.end()
    check_signature(b"SRos", offer["public_key"], data[:1320], signature)
    return offer


def read_parties(reader):
    """What both kinds of bundles say of the two vaults."""
    names = {"source_id": 16, "source_key": 32, "target_id": 16, "target": 32, "nonce": 16}
    return {name: reader.take(length) for name, length in names.items()}


def check_parties(parties, offer):
    """The checks of a target that has pinned nobody but whom the offer is for."""
    if fingerprint(parties["source_id"], parties["source_key"]) != offer["source"]:
        raise Refused("not-pinned")
    own = fingerprint(offer["target_id"], offer["public_key"])
    if (parties["target_id"], parties["target"]) != (offer["target_id"], own):
        raise Refused("other-vault")
    if parties["nonce"] != offer["nonce"]:
        raise Refused("no-such-offer")


def open_whole(data, offer, shared):
    """11.6: the bundle id, the bundle key, and the plaintext of every segment."""
    if data[:4] != b"SRbu":
        raise Refused("not-a-bundle")
    reader = Reader(data, "truncated")
    form, purpose, suite, zero = reader.take(8)[4:]
    if form > 1:
        raise Refused("from-the-future")
    if (form, purpose, zero) == (1, 1, 0):
        raise Refused("opens-otherwise")
    if (form, purpose, suite, zero) != (1, 2, 1, 0):
        raise Refused("not-a-bundle")
    bundle_id, parties = reader.take(16), read_parties(reader)
    reader.take(8 + 8 + 1120)
    stated_len = reader.at
    signature = reader.take(64)
    check_signature(b"SRws", parties["source_key"], data[:stated_len], signature)
    check_parties(parties, offer)
    bundle_key = hkdf(b"SRwx", shared, sha256(data[:stated_len]))
    plaintexts = bundles.open_segments(reader, bundle_key, bundle_id, data[: reader.at])
    return {"bundle_id": bundle_id, "bundle_key": bundle_key, "plaintexts": plaintexts}


def open_single(data, offer, shared):
    """12.2: the key's id and the material of each version."""
    if len(data) < 64:
        raise Refused("not-a-bundle")
    stated, signature = data[:-64], data[-64:]
    reader = Reader(stated, "not-a-bundle")
    reader.check(reader.take(8) == b"SRkb\x01\x01\x01\0")
    parties, key_id = read_parties(reader), reader.take(16)
    spec, _ = reader.u(1), reader.u(1)
    reader.check(spec in MATERIAL_LEN and reader.u(2) == 0)
    lineage, _, _ = reader.take(32), reader.take(8), reader.take(8)
    current, newest = reader.u(4), reader.u(4)
    reader.check(1 <= current == newest <= 64)
    versions = []
    for _ in range(newest):
        state, _, length = reader.u(1), reader.u(1), reader.u(2)
        reader.check(state in (1, 2, 4) and length == (0 if state == 4 else MATERIAL_LEN[spec]))
        versions.append((state, length, reader.take(8)))
        reader.take(8)
    reader.check(versions[-1][0] == 1)
    reader.take(1120)
    transcript, sealed = stated[: reader.at], reader.rest()
    reader.check(len(sealed) == 76 + sum(length for _, length, _ in versions))
    check_signature(b"SRks", parties["source_key"], stated, signature)
    check_parties(parties, offer)
    key = OpenedKey(hkdf(b"SRkx", shared, sha256(transcript)), KEY_BUNDLE, key_id)
    materials = Reader(key.open(transcript, sealed)[0], "other-material")
    opened = [materials.take(length) for _, length, _ in versions]
    if spec == 1:
        checks = [OpenedKey(one, 1, key_id, at + 1).kcv for at, one in enumerate(opened) if one]
        materials.check(checks == [kcv for _, length, kcv in versions if length])
    if lineage != fingerprint(parties["source_id"], parties["source_key"]):
        raise Refused("other-lineage")
    return {"key_id": key_id, "materials": opened}
