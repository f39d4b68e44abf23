"""GenerateMac and VerifyMac."""

from endpoint import client, refused

kms = client()
for bits, algorithm in ((224, "HMAC_SHA_224"), (256, "HMAC_SHA_256"), (384, "HMAC_SHA_384"), (512, "HMAC_SHA_512")):
    key = kms.create_key(KeySpec=f"HMAC_{bits}", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]
    named = {"KeyId": key["KeyId"], "MacAlgorithm": algorithm}
    made = kms.generate_mac(Message=b"message", **named)
    assert len(made["Mac"]) == bits // 8 and made["KeyId"] == key["Arn"] and made["MacAlgorithm"] == algorithm
    assert kms.generate_mac(Message=b"message", **named)["Mac"] == made["Mac"]
    verified = kms.verify_mac(Message=b"message", Mac=made["Mac"], **named)
    assert verified["MacValid"] is True and verified["KeyId"] == key["Arn"]
    refused("KMSInvalidMacException", kms.verify_mac, Message=b"other", Mac=made["Mac"], message="", **named)
    refused("KMSInvalidMacException", kms.verify_mac, Message=b"message", Mac=made["Mac"][:-1], **named)
    refused("DryRunOperationException", kms.generate_mac, Message=b"message", DryRun=True, **named)
refused("InvalidKeyUsageException", kms.generate_mac, KeyId=key["KeyId"], Message=b"a", MacAlgorithm="HMAC_SHA_224")
symmetric = kms.create_key()["KeyMetadata"]["KeyId"]
refused("InvalidKeyUsageException", kms.generate_mac, KeyId=symmetric, Message=b"a", MacAlgorithm="HMAC_SHA_256")
