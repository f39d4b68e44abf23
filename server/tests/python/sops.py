"""The program sops on a YAML file: encrypt, edit, rotate, decrypt."""

import os
import pathlib
import stat
import subprocess
import sys
import tempfile

from endpoint import ACCOUNT, URL, arn, client

SOPS = pathlib.Path(sys.executable).with_name("sops")
kms = client()
key = kms.create_key(Description="sops")["KeyMetadata"]["KeyId"]
environment = {
    **os.environ,
    "AWS_ACCESS_KEY_ID": ACCOUNT,
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_ENDPOINT_URL": URL,
    "AWS_EC2_METADATA_DISABLED": "true",
}

with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    plain, sealed, editor = folder / "plain.yaml", folder / "sealed.yaml", folder / "editor"
    plain.write_text("user: app\npassword: hunter2\n")
    editor.write_text('#!/bin/sh\nsed -i "s/hunter2/correct horse/" "$1"\n')
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)

    def sops(*arguments, works=True):
        """Runs sops, and answers what it says."""
        ran = subprocess.run(
            [SOPS, "--disable-version-check", *arguments],
            env={**environment, "EDITOR": str(editor)},
            capture_output=True,
            cwd=folder,
            text=True,
        )
        assert (ran.returncode == 0) == works, f"{arguments}: {ran.stdout}{ran.stderr}"
        return ran.stdout if works else ran.stderr

    sealed.write_text(
        sops("encrypt", "--kms", arn(key), "--encryption-context", "app:shop,stage:test", str(plain))
    )
    text = sealed.read_text()
    assert "hunter2" not in text and arn(key) in text and "stage: test" in text, text
    assert sops("decrypt", str(sealed)) == plain.read_text()
    sops("edit", str(sealed))
    assert sops("decrypt", "--extract", '["password"]', str(sealed)) == "correct horse"
    before = sealed.read_text()
    kms.rotate_key_on_demand(KeyId=key)
    sops("rotate", "-i", str(sealed))
    assert sealed.read_text() != before
    assert sops("decrypt", str(sealed)) == plain.read_text().replace("hunter2", "correct horse")
    # The context is part of it.
    sealed.write_text(sealed.read_text().replace("stage: test", "stage: live"))
    assert "InvalidCiphertext" in sops("decrypt", str(sealed), works=False)
