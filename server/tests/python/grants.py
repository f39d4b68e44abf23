"""Grants: made, listed, retired, revoked."""

from endpoint import ACCOUNT, arn, client, pages, refused

kms = client()
key = kms.create_key()["KeyMetadata"]["KeyId"]
role, auditor = f"arn:aws:iam::{ACCOUNT}:role/app", f"arn:aws:iam::{ACCOUNT}:user/auditor"
request = {
    "KeyId": key,
    "GranteePrincipal": role,
    "RetiringPrincipal": auditor,
    "Operations": ["Encrypt", "Decrypt", "GenerateDataKey", "DescribeKey"],
    "Constraints": {"EncryptionContextSubset": {"tenant": "blue"}},
    "Name": "app",
}
made = kms.create_grant(**request)
again = kms.create_grant(**request)
assert again["GrantId"] == made["GrantId"] and len(made["GrantId"]) == 64

(listed,) = kms.list_grants(KeyId=key)["Grants"]
assert listed["KeyId"] == arn(key) and listed["GrantId"] == made["GrantId"] and listed["Name"] == "app"
assert listed["GranteePrincipal"] == role and listed["RetiringPrincipal"] == auditor
assert listed["IssuingAccount"] == f"arn:aws:iam::{ACCOUNT}:root" and "CreationDate" in listed
assert sorted(listed["Operations"]) == sorted(request["Operations"])
assert listed["Constraints"] == request["Constraints"] and "GrantToken" not in listed

others = {
    kms.create_grant(KeyId=key, GranteePrincipal=f"{role}-{number}", Operations=["Decrypt"])["GrantId"]
    for number in range(5)
}
entries, count = pages(kms, "list_grants", "Grants", 2, KeyId=key)
assert count == 3 and {entry["GrantId"] for entry in entries} == others | {made["GrantId"]}
assert [entry["Name"] for entry in kms.list_grants(KeyId=key, GranteePrincipal=f"{role}-3")["Grants"]] == [""]
assert len(kms.list_grants(KeyId=key, GrantId=made["GrantId"])["Grants"]) == 1
retirable, _ = pages(kms, "list_retirable_grants", "Grants", 2, RetiringPrincipal=auditor)
assert [entry["GrantId"] for entry in retirable] == [made["GrantId"]]

# A grant's token is taken along by whoever has it.
kms.encrypt(KeyId=key, Plaintext=b"a", GrantTokens=[made["GrantToken"]])
refused("InvalidGrantTokenException", kms.encrypt, KeyId=key, Plaintext=b"a", GrantTokens=["bm9uZQ=="])

refused("DryRunOperationException", kms.revoke_grant, KeyId=key, GrantId=made["GrantId"], DryRun=True)
refused("DryRunOperationException", kms.create_grant, DryRun=True, **{**request, "Name": "other"})
for grant_id in others:
    kms.revoke_grant(KeyId=key, GrantId=grant_id)
refused("NotFoundException", kms.revoke_grant, KeyId=key, GrantId=next(iter(others)))
refused("InvalidGrantIdException", kms.revoke_grant, KeyId=key, GrantId="none")
kms.retire_grant(GrantToken=made["GrantToken"])
refused("InvalidGrantTokenException", kms.retire_grant, GrantToken=made["GrantToken"])
named = kms.create_grant(**request)
kms.retire_grant(KeyId=arn(key), GrantId=named["GrantId"])
assert kms.list_grants(KeyId=key)["Grants"] == []

# What no grant can be.
refused("ValidationException", kms.create_grant, KeyId=key, Operations=["Decrypt"])
refused("ValidationException", kms.create_grant, KeyId=key, GranteePrincipal=role, Operations=["Sign"])
refused("ValidationException", kms.create_grant, KeyId=key, GranteePrincipal=role, Operations=[])
refused("ValidationException", kms.retire_grant, KeyId=key)
service = {"GranteeServicePrincipal": "dynamodb.eu-central-1.amazonaws.com"}
refused("UnsupportedOperationException", kms.create_grant, KeyId=key, Operations=["Decrypt"], **service)
source = {"SourceArn": "arn:aws:s3:::bucket-of-somebody", "EncryptionContextSubset": {"a": "b"}}
refused(
    "UnsupportedOperationException",
    kms.create_grant,
    KeyId=key,
    GranteePrincipal=role,
    Operations=["Decrypt"],
    Constraints=source,
)
both = {"EncryptionContextSubset": {"a": "b"}, "EncryptionContextEquals": {"a": "b"}}
refused(
    "ValidationException",
    kms.create_grant,
    KeyId=key,
    GranteePrincipal=role,
    Operations=["Decrypt"],
    Constraints=both,
)
kms.disable_key(KeyId=key)
refused("DisabledException", kms.create_grant, **request)
