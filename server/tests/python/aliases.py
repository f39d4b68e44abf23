"""Aliases and tags."""

from endpoint import alias_arn, arn, client, pages, refused

kms = client()
one, two = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]

kms.create_alias(AliasName="alias/app/db_1", TargetKeyId=one)
refused(
    "AlreadyExistsException",
    kms.create_alias,
    AliasName="alias/app/db_1",
    TargetKeyId=two,
    message=f"An alias with the name {alias_arn('alias/app/db_1')} already exists",
)
(listed,) = kms.list_aliases(KeyId=one)["Aliases"]
assert listed["AliasName"] == "alias/app/db_1" and listed["AliasArn"] == alias_arn("alias/app/db_1")
assert listed["TargetKeyId"] == one and listed["CreationDate"] == listed["LastUpdatedDate"]
sealed = kms.encrypt(KeyId="alias/app/db_1", Plaintext=b"a")["CiphertextBlob"]
kms.update_alias(AliasName="alias/app/db_1", TargetKeyId=arn(two))
assert kms.describe_key(KeyId="alias/app/db_1")["KeyMetadata"]["KeyId"] == two
refused("IncorrectKeyException", kms.decrypt, KeyId="alias/app/db_1", CiphertextBlob=sealed)
assert kms.list_aliases(KeyId=one)["Aliases"] == []

refused("ValidationException", kms.update_alias, AliasName="alias/app/db_1", TargetKeyId=mac)
none = f"Alias {alias_arn('alias/none')} is not found."
refused("NotFoundException", kms.update_alias, AliasName="alias/none", TargetKeyId=one, message=none)
refused("NotFoundException", kms.delete_alias, AliasName="alias/none", message=none)
refused(
    "ValidationException",
    kms.create_alias,
    AliasName="app",
    TargetKeyId=one,
    message='Alias must start with the prefix "alias/". Please see '
    "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
)
colon = "alias/a:b contains invalid characters for an alias"
refused("ValidationException", kms.create_alias, AliasName="alias/a:b", TargetKeyId=one, message=colon)
refused("InvalidAliasNameException", kms.create_alias, AliasName="alias/aws/s3", TargetKeyId=one)
refused("NotFoundException", kms.create_alias, AliasName="alias/x", TargetKeyId="alias/app/db_1")
# Only what uses a key goes by its aliases.
refused("NotFoundException", kms.disable_key, KeyId="alias/app/db_1")

for number in range(4):
    kms.create_alias(AliasName=f"alias/page-{number}", TargetKeyId=one)
every, count = pages(kms, "list_aliases", "Aliases", 2)
assert count == 3 and len({entry["AliasName"] for entry in every}) == 5
kms.delete_alias(AliasName="alias/page-0")
assert len(pages(kms, "list_aliases", "Aliases", 100, KeyId=one)[0]) == 3

# Tags.
tags = [{"TagKey": f"key-{number}", "TagValue": "ä" * number} for number in range(5)]
kms.tag_resource(KeyId=one, Tags=tags)
kms.tag_resource(KeyId=one, Tags=[{"TagKey": "key-0", "TagValue": "other"}])
listed, count = pages(kms, "list_resource_tags", "Tags", 2, KeyId=one)
assert count == 3
tags[0]["TagValue"] = "other"
assert sorted(listed, key=lambda tag: tag["TagKey"]) == tags, listed
kms.untag_resource(KeyId=one, TagKeys=["key-0", "none"])
assert len(kms.list_resource_tags(KeyId=one)["Tags"]) == 4


def tag(*names):
    """Tags with these names."""
    return [{"TagKey": name, "TagValue": ""} for name in names]


for names, message in (
    (("a", "a"), "Duplicate tag keys"),
    (("AWS:a",), "Tags beginning with aws: are reserved"),
    ([str(number) for number in range(51)], "Too many tags"),
):
    refused("TagException", kms.tag_resource, KeyId=one, Tags=tag(*names), message=message)
    refused("TagException", kms.create_key, Tags=tag(*names), message=message)
kms.schedule_key_deletion(KeyId=one)
refused("KMSInvalidStateException", kms.tag_resource, KeyId=one, Tags=tag("a"))
