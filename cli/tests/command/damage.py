"""Changes one byte of a vault's file, so that `strongroom repair --dry-run` finds exactly one thing.

Arguments: the file, an alias, and what is to be found: a remedy, or a kind of record of that key. The key gets another
description first: what was written then is looked at first.
"""

import json
import subprocess
import sys

STEP = 128


def ask(*arguments):
    ran = subprocess.run(["strongroom", *arguments, "--json"], capture_output=True, text=True)
    return json.loads(ran.stdout) if ran.stdout else None


def main():
    path, alias, wanted = sys.argv[1:4]
    vault = ["--vault", path]
    with open(path, "rb") as file:
        before = file.read()
    key = ask("key", "update", alias, "--description", "as it was " + wanted, *vault)["key_id"]
    with open(path, "rb") as file:
        whole = file.read()

    def is_new(place):
        return whole[place : place + STEP] != before[place : place + STEP]

    places = range(8192, len(whole) - STEP, STEP)
    for place in [*filter(is_new, places), *places]:
        changed = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        with open(path, "wb") as file:
            file.write(changed)
        found = ask("repair", "--dry-run", *vault)
        if found is None or len(found["items"]) != 1:
            continue
        item = found["items"][0]
        if wanted == item["remedy"] or (wanted, key) == (item["kind"], item["key_id"]):
            with open(path, "wb") as file:
                file.write(changed)
            print("one byte is another now")
            return
    sys.exit("no such place was found")


main()
