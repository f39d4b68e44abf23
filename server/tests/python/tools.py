"""The call sequences of programs that keep their keys in AWS KMS."""

import json

import boto3
from endpoint import ACCOUNT, REGION, URL, arn, client, refused

kms = client()

# Terraform: aws_kms_key, created and read.
made = kms.create_key(
    BypassPolicyLockoutSafetyCheck=False,
    CustomerMasterKeySpec="SYMMETRIC_DEFAULT",
    Description="terraform",
    KeyUsage="ENCRYPT_DECRYPT",
    MultiRegion=False,
    Tags=[{"TagKey": "Name", "TagValue": "app"}],
)["KeyMetadata"]
key = made["KeyId"]
kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)


def read():
    """What Terraform's refresh asks for."""
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    text = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    rotation = kms.get_key_rotation_status(KeyId=key)
    tags = kms.list_resource_tags(KeyId=key, Limit=50)["Tags"]
    return metadata, json.loads(text), rotation, tags


metadata, document, rotation, tags = read()
assert metadata["KeyState"] == "Enabled" and rotation["RotationPeriodInDays"] == 180
assert tags == [{"TagKey": "Name", "TagValue": "app"}]
# Applied again, nothing differs.
assert read()[:2] == (metadata, document)
# Updated.
document["Statement"].append(
    {
        "Sid": "Use",
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:role/one", f"arn:aws:iam::{ACCOUNT}:role/two"]},
        "Action": ["kms:Encrypt", "kms:Decrypt"],
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}},
    }
)
kms.update_key_description(KeyId=key, Description="terraform, updated")
kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document), BypassPolicyLockoutSafetyCheck=False)
kms.disable_key_rotation(KeyId=key)
kms.untag_resource(KeyId=key, TagKeys=["Name"])
kms.tag_resource(KeyId=key, Tags=[{"TagKey": "Env", "TagValue": "test"}])
kms.disable_key(KeyId=key)
# Somebody else changes it: the next plan sees it, and the next apply puts it right.
kms.enable_key(KeyId=key)
kms.tag_resource(KeyId=key, Tags=[{"TagKey": "Drift", "TagValue": "yes"}])
metadata, found, rotation, tags = read()
assert metadata["Enabled"] is True and metadata["Description"] == "terraform, updated"
assert found == document and rotation["KeyRotationEnabled"] is False
assert {tag["TagKey"] for tag in tags} == {"Env", "Drift"}
kms.untag_resource(KeyId=key, TagKeys=["Drift"])

# aws_kms_alias.
kms.create_alias(AliasName="alias/terraform", TargetKeyId=key)
(alias,) = [one for one in kms.list_aliases()["Aliases"] if one["AliasName"] == "alias/terraform"]
assert alias["TargetKeyId"] == key
second = kms.create_key(Description="other")["KeyMetadata"]["KeyId"]
kms.update_alias(AliasName="alias/terraform", TargetKeyId=second)
kms.update_alias(AliasName="alias/terraform", TargetKeyId=key)

# aws_kms_grant.
grant = kms.create_grant(
    KeyId=key,
    GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:role/lambda",
    Operations=["Encrypt", "Decrypt", "GenerateDataKey"],
    Constraints={"EncryptionContextEquals": {"Department": "Finance"}},
    Name="my-grant",
)
(listed,) = kms.list_grants(KeyId=key, Limit=100)["Grants"]
assert listed["GrantId"] == grant["GrantId"] and listed["Name"] == "my-grant"

# Destroyed.
kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
assert kms.list_grants(KeyId=key)["Grants"] == []
kms.delete_alias(AliasName="alias/terraform")
kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"

# As Fabric's Java libraries are configured: access key, secret, Region and the ARN or alias of the key, for envelope encryption.


fabric = boto3.client(
    "kms",
    endpoint_url=URL,
    region_name=REGION,
    aws_access_key_id=ACCOUNT,
    aws_secret_access_key="fabric-secret",
)
fabric.create_alias(AliasName="alias/fabric", TargetKeyId=second)
assert fabric.describe_key(KeyId="alias/fabric")["KeyMetadata"]["Enabled"]
context = {"purpose": "fabric", "column": "ssn"}
data = fabric.generate_data_key(KeyId=arn(second), KeySpec="AES_256", EncryptionContext=context)
opened = fabric.decrypt(CiphertextBlob=data["CiphertextBlob"], EncryptionContext=context)
assert opened["Plaintext"] == data["Plaintext"] and opened["KeyId"] == arn(second)
refused("InvalidCiphertextException", fabric.decrypt, CiphertextBlob=data["CiphertextBlob"])
