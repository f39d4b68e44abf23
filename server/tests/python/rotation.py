"""Rotation: by itself, on demand, and what is listed of it."""

import datetime

from endpoint import arn, client, pages, refused

kms = client()
made = kms.create_key()["KeyMetadata"]
key, first = made["KeyId"], made["CurrentKeyMaterialId"]
status = kms.get_key_rotation_status(KeyId=key)
assert status["KeyRotationEnabled"] is False and "NextRotationDate" not in status

kms.enable_key_rotation(KeyId=key)
status = kms.get_key_rotation_status(KeyId=arn(key))
assert status["KeyRotationEnabled"] is True and status["RotationPeriodInDays"] == 365
kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
status = kms.get_key_rotation_status(KeyId=key)
days = (status["NextRotationDate"] - datetime.datetime.now(datetime.timezone.utc)).total_seconds() / 86400
assert status["RotationPeriodInDays"] == 90 and 89.9 < days < 90.1, status
kms.disable_key_rotation(KeyId=key)
assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False

before = kms.encrypt(KeyId=key, Plaintext=b"before")["CiphertextBlob"]
materials = [first]
for _ in range(4):
    assert kms.rotate_key_on_demand(KeyId=key)["KeyId"] == arn(key)
    materials.append(kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"])
assert len(set(materials)) == 5
opened = kms.decrypt(CiphertextBlob=before)
assert opened["Plaintext"] == b"before" and opened["KeyMaterialId"] == first

rotations, count = pages(kms, "list_key_rotations", "Rotations", 3, KeyId=key)
assert count == 2 and [entry["KeyMaterialId"] for entry in rotations] == materials[1:], rotations
assert all(entry["RotationType"] == "ON_DEMAND" and "RotationDate" in entry for entry in rotations)
every, _ = pages(kms, "list_key_rotations", "Rotations", 100, KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
assert [entry["KeyMaterialId"] for entry in every] == materials
assert [entry["KeyMaterialState"] for entry in every] == ["NON_CURRENT"] * 4 + ["CURRENT"]
assert "RotationDate" not in every[0] and "ImportState" not in every[0]

# 25 in the life of a key.
for _ in range(21):
    kms.rotate_key_on_demand(KeyId=key)
limit = "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed"
refused(
    "LimitExceededException", kms.rotate_key_on_demand, KeyId=key, message=f"{limit} for this key: {arn(key)}"
)

mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
refused("UnsupportedOperationException", kms.enable_key_rotation, KeyId=mac)
refused("UnsupportedOperationException", kms.rotate_key_on_demand, KeyId=mac)
kms.disable_key(KeyId=key)
refused("DisabledException", kms.enable_key_rotation, KeyId=key, message=f"{arn(key)} is disabled.")
