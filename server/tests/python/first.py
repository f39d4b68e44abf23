"""The first steps: a key, a ciphertext, and back."""

from endpoint import ACCOUNT, REGION, client, refused

kms = client()
key = kms.create_key(Description="first")["KeyMetadata"]
arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key['KeyId']}"
assert key["Arn"] == arn and key["AWSAccountId"] == ACCOUNT, key
assert key["KeyState"] == "Enabled" and key["Enabled"] is True, key

sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"hello", EncryptionContext={"a": "b"})
assert sealed["KeyId"] == arn and sealed["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT", sealed
opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"a": "b"})
assert opened["Plaintext"] == b"hello" and opened["KeyId"] == arn, opened
assert opened["KeyMaterialId"] == key["CurrentKeyMaterialId"], opened

refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"], message="")

# Another Region is another vault, and another account one more.
for other in (client(region="us-east-1"), client(account="444455556666")):
    refused("NotFoundException", other.describe_key, KeyId=key["KeyId"])
