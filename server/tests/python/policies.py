"""Key policies."""

import json

from endpoint import ACCOUNT, arn, client, refused

kms = client()
key = kms.create_key()["KeyMetadata"]["KeyId"]
root = f"arn:aws:iam::{ACCOUNT}:root"
default = kms.get_key_policy(KeyId=key)
assert default["PolicyName"] == "default"
assert json.loads(default["Policy"]) == {
    "Version": "2012-10-17",
    "Id": "key-default-1",
    "Statement": [
        {
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": root},
            "Action": "kms:*",
            "Resource": "*",
        }
    ],
}, default
assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]
refused("NotFoundException", kms.get_key_policy, KeyId=key, PolicyName="other", message="No such policy exists")


def policy(*statements):
    """A policy with these statements, on this key, for the root user."""
    common = {"Principal": {"AWS": root}, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**common, **one} for one in statements]})


allow = {"Effect": "Allow", "Action": "kms:*"}
deny = {"Sid": "NoData", "Effect": "Deny", "Action": ["kms:Encrypt"]}
kms.put_key_policy(KeyId=key, Policy=policy(allow, deny))
expected = json.loads(policy(allow, deny))
expected["Statement"][1]["Action"] = "kms:Encrypt"
assert json.loads(kms.get_key_policy(KeyId=key)["Policy"]) == expected
refused(
    "AccessDeniedException",
    kms.encrypt,
    KeyId=key,
    Plaintext=b"a",
    message=f"User: {root} is not authorized to perform: kms:Encrypt on resource: {arn(key)} with an explicit deny "
    "in a resource-based policy",
)
kms.generate_data_key(KeyId=key, KeySpec="AES_256")

lockout = "The new key policy will not allow you to update the key policy in the future."
only = policy({"Effect": "Allow", "Action": "kms:Describe*"})
refused("MalformedPolicyDocumentException", kms.put_key_policy, KeyId=key, Policy=only, message=lockout)
refused("MalformedPolicyDocumentException", kms.create_key, Policy=only, message=lockout)
refused("MalformedPolicyDocumentException", kms.put_key_policy, KeyId=key, Policy="{")
refused("MalformedPolicyDocumentException", kms.create_key, Policy="{}")
refused("LimitExceededException", kms.put_key_policy, KeyId=key, Policy=policy(allow) + " " * 32768)
refused(
    "ValidationException",
    kms.put_key_policy,
    KeyId=key,
    PolicyName="AWS_RAM",
    Policy=policy(allow),
    message="The AWS_RAM policy can only be managed by the RAM service",
)
locked = kms.create_key(Policy=only, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["KeyId"]
refused("AccessDeniedException", kms.put_key_policy, KeyId=locked, Policy=policy(allow))
kms.describe_key(KeyId=locked)
