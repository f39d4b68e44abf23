"""The AWS Encryption SDK for Python, and its command line: messages that still open after a rotation."""

import pathlib
import subprocess
import sys
import tempfile

import aws_encryption_sdk
import boto3

kms = boto3.client("kms")
arn = kms.create_key()["KeyMetadata"]["Arn"]
client = aws_encryption_sdk.EncryptionSDKClient(
    commitment_policy=aws_encryption_sdk.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
)
provider = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[arn])
plaintext = b"a message of several frames " * 1000
message, _ = client.encrypt(
    source=plaintext, key_provider=provider, encryption_context={"tenant": "blue"}, frame_length=4096
)
kms.rotate_key_on_demand(KeyId=arn)
opened, header = client.decrypt(source=message, key_provider=provider)
assert opened == plaintext and header.encryption_context["tenant"] == "blue"
(wrapped,) = header.encrypted_data_keys
assert wrapped.key_provider.key_info.decode() == arn

with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    plain, sealed, again = folder / "plain", folder / "sealed", folder / "again"
    plain.write_bytes(plaintext)

    def cli(*arguments):
        """Runs the command line."""
        program = pathlib.Path(sys.executable).with_name("aws-encryption-cli")
        ran = subprocess.run([program, "-S", *arguments], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr

    context = ("--encryption-context", "purpose=test", "--wrapping-keys", f"key={arn}")
    cli("--encrypt", "--input", str(plain), "--output", str(sealed), *context)
    kms.rotate_key_on_demand(KeyId=arn)
    cli("--decrypt", "--input", str(sealed), "--output", str(again), *context)
    assert again.read_bytes() == plaintext and sealed.read_bytes() != plaintext
