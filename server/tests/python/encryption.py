"""Encrypt, Decrypt, ReEncrypt, data keys, random bytes."""

from endpoint import arn, client, refused

kms = client()
one = kms.create_key()["KeyMetadata"]
two = kms.create_key()["KeyMetadata"]
mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]
kms.create_alias(AliasName="alias/one", TargetKeyId=one["KeyId"])
key, material = one["KeyId"], one["CurrentKeyMaterialId"]

# The largest plaintext, a context in any order, a key by all its names.
context = {"tenant": "blue", "ä": "日本", "": "empty"}
for name in (key, arn(key), "alias/one", arn(key).replace(f"key/{key}", "alias/one")):
    sealed = kms.encrypt(KeyId=name, Plaintext=bytes(4096), EncryptionContext=context)
    assert sealed["KeyId"] == arn(key) and "KeyMaterialId" not in sealed
    assert len(sealed["CiphertextBlob"]) <= 6144
    opened = kms.decrypt(
        KeyId=name,
        CiphertextBlob=sealed["CiphertextBlob"],
        EncryptionContext=dict(reversed(context.items())),
        EncryptionAlgorithm="SYMMETRIC_DEFAULT",
    )
    assert opened["Plaintext"] == bytes(4096) and opened["KeyId"] == arn(key)
    assert opened["KeyMaterialId"] == material and opened["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
blob = sealed["CiphertextBlob"]

# What does not open.
for wrong in ({}, {"tenant": "blue"}, {**context, "more": ""}, {**context, "tenant": "Blue"}):
    refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=blob, EncryptionContext=wrong, message="")
altered = blob[:-1] + bytes([blob[-1] ^ 1])
refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=altered, EncryptionContext=context, message="")
refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=b"nothing", message="")
refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=blob[:50], EncryptionContext=context)
unknown = blob[:4] + bytes(16) + blob[20:]
refused(
    "AccessDeniedException",
    kms.decrypt,
    CiphertextBlob=unknown,
    EncryptionContext=context,
    message="The ciphertext refers to a customer master key that does not exist, does not exist in this region, "
    "or you are not allowed to access.",
)
wrong_key = "The key ID in the request does not identify a CMK that can perform this operation."
for other in (two, mac):
    refused(
        "IncorrectKeyException",
        kms.decrypt,
        KeyId=other["KeyId"],
        CiphertextBlob=blob,
        EncryptionContext=context,
        message=wrong_key,
    )
refused("NotFoundException", kms.decrypt, KeyId=arn("1234abcd-12ab-34cd-56ef-1234567890ab"), CiphertextBlob=blob)
refused(
    "InvalidKeyUsageException",
    kms.encrypt,
    KeyId=mac["KeyId"],
    Plaintext=b"a",
    message=f"{mac['Arn']} key usage is GENERATE_VERIFY_MAC which is not valid for Encrypt.",
)
refused("NotFoundException", kms.encrypt, KeyId="arn:aws:s3:::bucket", Plaintext=b"a")
algorithm = "RSAES_OAEP_SHA_256"
incompatible = f"Algorithm {algorithm} is incompatible with key spec SYMMETRIC_DEFAULT."
refused(
    "InvalidKeyUsageException",
    kms.encrypt,
    KeyId=key,
    Plaintext=b"a",
    EncryptionAlgorithm=algorithm,
    message=incompatible,
)
refused(
    "InvalidKeyUsageException",
    kms.decrypt,
    CiphertextBlob=blob,
    EncryptionContext=context,
    EncryptionAlgorithm=algorithm,
    message=incompatible,
)
refused("NotFoundException", kms.encrypt, KeyId="none", Plaintext=b"a", EncryptionAlgorithm=algorithm)
refused(
    "UnsupportedOperationException",
    kms.decrypt,
    CiphertextBlob=blob,
    EncryptionContext=context,
    Recipient={"AttestationDocument": b"a", "KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256"},
)

# Dry runs end in an exception in any case.
dry = "The request would have succeeded, but the DryRun option is set."
refused("DryRunOperationException", kms.encrypt, KeyId=key, Plaintext=b"a", DryRun=True, message=dry)
refused("DryRunOperationException", kms.decrypt, CiphertextBlob=blob, EncryptionContext=context, DryRun=True)
refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=blob, DryRun=True)
refused("DryRunOperationException", kms.generate_data_key, KeyId=key, KeySpec="AES_256", DryRun=True)
refused("NotFoundException", kms.encrypt, KeyId="none", Plaintext=b"a", DryRun=True)

# To another key, and to another context.
moved = kms.re_encrypt(
    CiphertextBlob=blob,
    SourceEncryptionContext=context,
    DestinationKeyId=two["KeyId"],
    DestinationEncryptionContext={"tenant": "green"},
)
assert moved["SourceKeyId"] == one["Arn"] and moved["KeyId"] == two["Arn"]
assert moved["SourceKeyMaterialId"] == material
assert moved["DestinationKeyMaterialId"] == two["CurrentKeyMaterialId"]
assert moved["SourceEncryptionAlgorithm"] == moved["DestinationEncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
opened = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"tenant": "green"})
assert opened["Plaintext"] == bytes(4096) and opened["KeyId"] == two["Arn"]
refused(
    "IncorrectKeyException",
    kms.re_encrypt,
    CiphertextBlob=blob,
    SourceKeyId=two["KeyId"],
    SourceEncryptionContext=context,
    DestinationKeyId=key,
)

# Data keys.
for size, parameters in ((32, {"KeySpec": "AES_256"}), (16, {"KeySpec": "AES_128"}), (1024, {"NumberOfBytes": 1024})):
    made = kms.generate_data_key(KeyId=key, EncryptionContext={"a": "b"}, **parameters)
    assert len(made["Plaintext"]) == size and made["KeyId"] == arn(key) and made["KeyMaterialId"] == material
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"})
    assert opened["Plaintext"] == made["Plaintext"]
    sealed = kms.generate_data_key_without_plaintext(KeyId=key, **parameters)
    assert "Plaintext" not in sealed and sealed["KeyMaterialId"] == material
    assert len(kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"]) == size
neither = "Please specify either number of bytes or key spec."
refused("ValidationException", kms.generate_data_key, KeyId=key, message=neither)
refused("ValidationException", kms.generate_data_key, KeyId=key, KeySpec="AES_256", NumberOfBytes=1, message=neither)

assert len(kms.generate_random(NumberOfBytes=1024)["Plaintext"]) == 1024
refused("ValidationException", kms.generate_random, message="NumberOfBytes is required.")
