"""An independent decoder of Strongroom's formats, written from docs/format.md alone.

    strongroom_decoder.py vectors FOLDER    checks the vectors, prints {"opened": n, "refused": m}
    strongroom_decoder.py open FILE         opens an exported vault, prints what is in it

FILE is JSON, all bytes in hexadecimal: {"unlock", "blobs": {address: blob}, "entries": [...],
"ciphertexts": [{"ciphertext", "context": [[name, value], ...]}], "marker"}.
"""

import json
import sys

from check_vectors import check, must_refuse
from layouts import write_context
from sealing import Refused, hmac
from vault import Vault, owner_of


def read_export(path):
    with open(path, encoding="utf-8") as file:
        export = json.load(file)
    blobs = {bytes.fromhex(at): bytes.fromhex(blob) for at, blob in export["blobs"].items()}
    entries = [bytes.fromhex(entry) for entry in export["entries"]]
    sealed = [
        (bytes.fromhex(one["ciphertext"]), write_context([(n.encode(), v.encode()) for n, v in one["context"]]))
        for one in export["ciphertexts"]
    ]
    return blobs, bytes.fromhex(export["unlock"]), entries, sealed, bytes.fromhex(export["marker"])


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def refuse_everything_else(blobs, unlock, entries, sealed):
    """Alters each thing in turn; answers how often that was refused. It raises if it once was not."""
    refused = 0
    vault = Vault(blobs, unlock)
    must_refuse(lambda: Vault(blobs, flip(unlock, 31)))
    for at, blob in blobs.items():
        if at[23] & 0x40:
            # Slot area and manifest: one copy is enough, both must be altered.
            continue
        for other in (flip(blob, 0), flip(blob, 30), flip(blob, len(blob) - 1), blob[:-1]):
            must_refuse(lambda: Vault({**blobs, at: other}, unlock))
            refused += 1
        must_refuse(lambda: Vault({key: value for key, value in blobs.items() if key != at}, unlock))
    for ciphertext, context in sealed:
        for at in range(len(ciphertext)):
            must_refuse(lambda: vault.decrypt(flip(ciphertext, at), context))
            refused += 1
        must_refuse(lambda: vault.decrypt(ciphertext, write_context([(b"other", b"context")])))
    for number, entry in enumerate(entries):
        logs = [[*entries[:number], flip(entry, at), *entries[number + 1 :]] for at in range(number % 7, len(entry), 7)]
        if number + 1 < len(entries):
            # A log that lacks its last entry, behind the head of the manifest, shows nothing.
            logs.append(entries[:number] + entries[number + 1 :])
        for log in logs:
            must_refuse(lambda: vault.check_log(log))
            refused += 1
    return refused


def describe(vault, key_id):
    record = vault.keys[key_id]
    versions = sorted(number for owner, number in vault.versions if owner == key_id)
    assert versions == list(range(1, record["newest_version"] + 1)), "versions have no gap"
    return {
        "key_id": key_id.hex(),
        "description": record["description"],
        "state": {1: "Enabled", 2: "Disabled", 3: "PendingImport", 4: "PendingDeletion"}[record["state"]],
        "current_version": record["current_version"],
    }


def open_export(path):
    blobs, unlock, entries, sealed, marker = read_export(path)
    vault = Vault(blobs, unlock)
    unseen = [at.hex() for at in blobs if at not in vault.seen and not at[23] & 0x40]
    opened = [vault.decrypt(ciphertext, context) for ciphertext, context in sealed]
    mac = hmac(vault.manifest["token_key"], b"SRpm", bytes([37]), marker[:8])
    owners = [owner_of(vault.manifest["name_key"], key_id) for key_id in vault.keys]
    events = vault.check_log(entries)
    return {
        "keys": [describe(vault, key_id) for key_id in sorted(vault.keys)],
        "plaintexts": [plaintext.hex() for plaintext, _ in opened],
        "material_ids": [material_id.hex() for _, material_id in opened],
        "events": [[event["action"], event["code"], event["principal"]] for event in events],
        "marker": marker[8:] == mac[:16] and marker[:8] in owners,
        "unseen": unseen,
        "refused": refuse_everything_else(blobs, unlock, entries, sealed),
    }


def main(command, path):
    if command == "vectors":
        opened, refused = check(path)
        answer = {"opened": opened, "refused": refused}
    else:
        answer = open_export(path)
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Refused as refusal:
        sys.exit(f"refused: {refusal.kind}")
