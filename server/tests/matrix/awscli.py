"""The AWS command line: a key, an alias, a file encrypted and decrypted."""

import base64
import json
import pathlib
import subprocess
import sys
import tempfile

AWS = pathlib.Path(sys.executable).with_name("aws")


def aws(*arguments):
    """Runs `aws kms`, and answers what it says."""
    ran = subprocess.run([AWS, "kms", "--output", "json", *arguments], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout) if ran.stdout.strip() else {}


key = aws("create-key", "--description", "cli", "--tags", "TagKey=a,TagValue=b")["KeyMetadata"]["KeyId"]
aws("create-alias", "--alias-name", "alias/cli", "--target-key-id", key)
with tempfile.TemporaryDirectory() as name:
    plain, sealed = pathlib.Path(name) / "plain", pathlib.Path(name) / "sealed"
    plain.write_bytes(b"from the command line")
    context = ("--encryption-context", "purpose=test")
    made = aws("encrypt", "--key-id", "alias/cli", "--plaintext", f"fileb://{plain}", *context)
    sealed.write_bytes(base64.b64decode(made["CiphertextBlob"]))
    aws("rotate-key-on-demand", "--key-id", key)
    opened = aws("decrypt", "--ciphertext-blob", f"fileb://{sealed}", *context)
    assert base64.b64decode(opened["Plaintext"]) == plain.read_bytes()
assert [one["AliasName"] for one in aws("list-aliases")["Aliases"]] == ["alias/cli"]
aws("schedule-key-deletion", "--key-id", key, "--pending-window-in-days", "7")
