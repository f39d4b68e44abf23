"""Imported key material, wrapped by `cryptography`."""

import datetime
import os

from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from endpoint import arn, client, pages, refused

kms = client()
OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


def wrapped(key, material, algorithm="RSAES_OAEP_SHA_256", spec="RSA_2048"):
    """What ImportKeyMaterial takes."""
    parameters = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec=spec)
    assert parameters["KeyId"] == arn(key)
    valid = parameters["ParametersValidTo"] - datetime.datetime.now(datetime.timezone.utc)
    assert 86300 < valid.total_seconds() <= 86400, valid
    public = serialization.load_der_public_key(parameters["PublicKey"])
    assert public.key_size == int(spec.removeprefix("RSA_"))
    if algorithm == "RSA_AES_KEY_WRAP_SHA_256":
        ephemeral = os.urandom(32)
        blob = public.encrypt(ephemeral, OAEP) + keywrap.aes_key_wrap_with_padding(ephemeral, material)
    else:
        blob = public.encrypt(material, OAEP)
    return {"KeyId": key, "ImportToken": parameters["ImportToken"], "EncryptedKeyMaterial": blob}


lasting = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
made = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
key = made["KeyId"]
assert made["KeyState"] == "PendingImport" and made["Enabled"] is False and made["Origin"] == "EXTERNAL"
assert "ExpirationModel" not in made and "CurrentKeyMaterialId" not in made
pending = f"{arn(key)} is pending import."
refused("KMSInvalidStateException", kms.encrypt, KeyId=key, Plaintext=b"a", message=pending)
own = kms.create_key()["KeyMetadata"]["KeyId"]
refused(
    "UnsupportedOperationException",
    kms.get_parameters_for_import,
    KeyId=own,
    WrappingAlgorithm="RSAES_OAEP_SHA_256",
    WrappingKeySpec="RSA_2048",
    message=f"{arn(own)} origin is AWS_KMS which is not valid for this operation.",
)
refused(
    "UnsupportedOperationException",
    kms.get_parameters_for_import,
    KeyId=key,
    WrappingAlgorithm="RSAES_OAEP_SHA_1",
    WrappingKeySpec="RSA_2048",
)

material = os.urandom(32)
request = wrapped(key, material)
refused(
    "ValidationException",
    kms.import_key_material,
    message="A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES",
    **request,
)
past = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
refused("ValidationException", kms.import_key_material, ValidTo=past, **request)
refused("ValidationException", kms.import_key_material, ValidTo=past, **lasting, **request)
other = {**request, "ImportToken": b"forged"}
refused("InvalidImportTokenException", kms.import_key_material, **lasting, **other)
altered = {**request, "EncryptedKeyMaterial": bytes(256)}
refused("InvalidCiphertextException", kms.import_key_material, **lasting, **altered)

imported = kms.import_key_material(KeyMaterialDescription="first: of 2026", **lasting, **wrapped(key, material))
assert imported["KeyId"] == arn(key) and len(imported["KeyMaterialId"]) == 64
described = kms.describe_key(KeyId=key)["KeyMetadata"]
assert described["KeyState"] == "Enabled" and described["CurrentKeyMaterialId"] == imported["KeyMaterialId"]
assert described["ExpirationModel"] == "KEY_MATERIAL_DOES_NOT_EXPIRE" and "ValidTo" not in described
sealed = kms.encrypt(KeyId=key, Plaintext=b"sealed")["CiphertextBlob"]

# Taken out, and brought back: only the same will do.
deleted = kms.delete_imported_key_material(KeyId=key)
assert deleted["KeyMaterialId"] == imported["KeyMaterialId"]
refused("KMSInvalidStateException", kms.decrypt, CiphertextBlob=sealed)
wrong = wrapped(key, os.urandom(32))
refused("IncorrectKeyMaterialException", kms.import_key_material, **lasting, **wrong)
until = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=30)
again = wrapped(key, material, "RSA_AES_KEY_WRAP_SHA_256", "RSA_3072")
kms.import_key_material(ValidTo=until, ExpirationModel="KEY_MATERIAL_EXPIRES", **again)
assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"sealed"
assert kms.describe_key(KeyId=key)["KeyMetadata"]["ValidTo"] == until

# The next one waits for its rotation.
new = kms.import_key_material(ImportType="NEW_KEY_MATERIAL", **lasting, **wrapped(key, os.urandom(32)))
listed, _ = pages(kms, "list_key_rotations", "Rotations", 100, KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
assert [entry["KeyMaterialState"] for entry in listed] == ["CURRENT", "PENDING_ROTATION"], listed
assert [entry["ImportState"] for entry in listed] == ["IMPORTED", "IMPORTED"]
assert listed[0]["KeyMaterialDescription"] == "first: of 2026" and listed[0]["ValidTo"] == until
kms.rotate_key_on_demand(KeyId=key)
assert kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"] == new["KeyMaterialId"]
assert kms.decrypt(CiphertextBlob=sealed)["KeyMaterialId"] == imported["KeyMaterialId"]
refused(
    "KMSInvalidStateException",
    kms.rotate_key_on_demand,
    KeyId=key,
    message=f"No available key material pending rotation for the key: {arn(key)}.",
)
