"""Keys: made, described, listed, disabled, deleted."""

import datetime

from endpoint import ACCOUNT, REGION, arn, client, refused

kms = client()
made = kms.create_key(
    Description="orders",
    Tags=[{"TagKey": "team", "TagValue": "payments"}],
    KeySpec="SYMMETRIC_DEFAULT",
    KeyUsage="ENCRYPT_DECRYPT",
)["KeyMetadata"]
key = made["KeyId"]
assert made["Arn"] == arn(key) and made["AWSAccountId"] == ACCOUNT
assert made["EncryptionAlgorithms"] == ["SYMMETRIC_DEFAULT"] and made["MultiRegion"] is False
assert made["KeyManager"] == "CUSTOMER" and made["Origin"] == "AWS_KMS"
assert abs((datetime.datetime.now(datetime.timezone.utc) - made["CreationDate"]).total_seconds()) < 60
for absent in ("DeletionDate", "ValidTo", "ExpirationModel", "MacAlgorithms", "MultiRegionConfiguration"):
    assert absent not in made, absent
for name in (key, arn(key)):
    assert kms.describe_key(KeyId=name)["KeyMetadata"] == made

# Names that lead nowhere.
other = "1234abcd-12ab-34cd-56ef-1234567890ab"
refused("NotFoundException", kms.describe_key, KeyId=other, message=f"Key '{arn(other)}' does not exist")
refused("NotFoundException", kms.describe_key, KeyId="nothing", message="Invalid keyId 'nothing'")
refused("NotFoundException", kms.describe_key, KeyId=key.replace("-", ""))
mrk = "mrk-" + "0" * 32
refused("NotFoundException", kms.describe_key, KeyId=mrk, message=f"Key '{arn(mrk)}' does not exist")
elsewhere = arn(key).replace(REGION, "us-west-2")
refused("NotFoundException", kms.describe_key, KeyId=elsewhere, message="Invalid arn us-west-2")
alias = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/none"
refused("NotFoundException", kms.describe_key, KeyId="alias/none", message=f"Alias {alias} is not found.")
refused("InvalidArnException", kms.describe_key, KeyId="arn:aws:s3:::bucket")
refused("UnsupportedOperationException", kms.describe_key, KeyId="alias/aws/s3")

# States.
kms.update_key_description(KeyId=key, Description="other")
for _ in range(2):
    kms.disable_key(KeyId=key)
described = kms.describe_key(KeyId=key)["KeyMetadata"]
assert described["KeyState"] == "Disabled" and described["Enabled"] is False
assert described["Description"] == "other"
refused("DisabledException", kms.encrypt, KeyId=key, Plaintext=b"a", message=f"{arn(key)} is disabled.")
kms.create_alias(AliasName="alias/orders", TargetKeyId=key)
disabled = f"{arn(key)} is disabled."
refused("DisabledException", kms.encrypt, KeyId="alias/orders", Plaintext=b"a", message=disabled)
for _ in range(2):
    kms.enable_key(KeyId=key)
kms.encrypt(KeyId=key, Plaintext=b"a")

scheduled = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
assert scheduled["KeyId"] == arn(key) and scheduled["KeyState"] == "PendingDeletion"
assert scheduled["PendingWindowInDays"] == 7
days = (scheduled["DeletionDate"] - datetime.datetime.now(datetime.timezone.utc)).total_seconds() / 86400
assert 6.9 < days < 7.1, days
pending = f"{arn(key)} is pending deletion."
refused("KMSInvalidStateException", kms.encrypt, KeyId=key, Plaintext=b"a", message=pending)
refused("KMSInvalidStateException", kms.enable_key, KeyId=key, message=pending)
refused("KMSInvalidStateException", kms.schedule_key_deletion, KeyId=key, message=pending)
assert kms.describe_key(KeyId=key)["KeyMetadata"]["DeletionDate"] == scheduled["DeletionDate"]
assert kms.cancel_key_deletion(KeyId=key)["KeyId"] == arn(key)
assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
refused(
    "KMSInvalidStateException",
    kms.cancel_key_deletion,
    KeyId=key,
    message=f"{arn(key)} is not pending deletion.",
)
refused("ValidationException", kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=31)
refused("ValidationException", kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=6)
assert kms.schedule_key_deletion(KeyId=key)["PendingWindowInDays"] == 30

# Kinds.
mac = kms.create_key(KeySpec="HMAC_384", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]
assert mac["MacAlgorithms"] == ["HMAC_SHA_384"] and "EncryptionAlgorithms" not in mac
assert mac["CustomerMasterKeySpec"] == "HMAC_384" and "CurrentKeyMaterialId" not in mac
refused(
    "ValidationException",
    kms.create_key,
    KeySpec="HMAC_256",
    message="You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
)
refused(
    "ValidationException",
    kms.create_key,
    KeySpec="HMAC_256",
    KeyUsage="ENCRYPT_DECRYPT",
    message="KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec HMAC_256",
)
refused("ValidationException", kms.create_key, KeySpec="HMAC_256", CustomerMasterKeySpec="HMAC_256")
refused("UnsupportedOperationException", kms.create_key, KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
refused("UnsupportedOperationException", kms.create_key, MultiRegion=True)
refused("UnsupportedOperationException", kms.create_key, Origin="AWS_CLOUDHSM", CustomKeyStoreId="cks-1")
refused("UnsupportedOperationException", kms.get_public_key, KeyId=key)
refused("UnsupportedOperationException", kms.describe_custom_key_stores)
refused("UnsupportedOperationException", kms.replicate_key, KeyId=key, ReplicaRegion="us-west-2")

# Pages.
keys = {kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(5)} | {key, mac["KeyId"]}
pages = list(kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}))
listed = [entry for page in pages for entry in page["Keys"]]
assert len(pages) == 4 and {entry["KeyId"] for entry in listed} == keys and len(listed) == 7
assert all(entry["KeyArn"] == arn(entry["KeyId"]) for entry in listed)
assert "NextMarker" not in pages[-1] and pages[-1]["Truncated"] is False
refused("InvalidMarkerException", kms.list_keys, Marker="AAAA")
assert kms.list_keys(ResourceOwners=["OTHER_ACCOUNTS_VIA_RAM"])["Keys"] == []

# When it was used.
usage = kms.get_key_last_usage(KeyId=key)
assert usage["KeyLastUsage"]["Operation"] == "Encrypt" and usage["KeyId"] == arn(key), usage
assert kms.get_key_last_usage(KeyId=mac["KeyId"])["KeyLastUsage"] == {}
