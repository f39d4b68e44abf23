"""CockroachDB's customer-managed keys: a role of another account, assumed with an external id; the customer revokes the key, and
gives it back."""

import json
import os

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

URL, CERTIFICATE = os.environ["STRONGROOM_URL"], os.environ["STRONGROOM_CERTIFICATE"]
OTHER, REGION = os.environ["STRONGROOM_OTHER_ACCOUNT"], os.environ["STRONGROOM_REGION"]
ROLE = f"arn:aws:iam::{OTHER}:role/team/Reader"


def client(service, access_key, secret, token=None):
    """A client that asks once."""
    return boto3.client(
        service,
        endpoint_url=URL,
        region_name=REGION,
        verify=CERTIFICATE if URL.startswith("https:") else None,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"max_attempts": 0}),
    )


def refused(code, call, **parameters):
    """Expects a call to be refused with an exception of this name."""
    try:
        answer = call(**parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, (code, error.response)
        return
    raise AssertionError(f"{code} expected, answered {answer}")


sts = client("sts", os.environ["STRONGROOM_ACCESS_KEY"], os.environ["STRONGROOM_SECRET"])
asked = {"RoleArn": ROLE, "RoleSessionName": "cockroach-cmek"}
refused("AccessDenied", sts.assume_role, **asked)
credentials = sts.assume_role(ExternalId="tenant-4711", **asked)["Credentials"]
kms = client("kms", *(credentials[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")))

# What the customer made in its own account.
key, next_key = (kms.create_key(Description="cmek")["KeyMetadata"]["Arn"] for _ in range(2))


def works(arn, blob):
    """What the cluster asks for."""
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["Enabled"] is True
    data = kms.generate_data_key(KeyId=arn, KeySpec="AES_256")
    assert kms.decrypt(KeyId=arn, CiphertextBlob=data["CiphertextBlob"])["Plaintext"] == data["Plaintext"]
    assert kms.decrypt(KeyId=arn, CiphertextBlob=blob)["Plaintext"] == b"store key"


store = kms.encrypt(KeyId=key, Plaintext=b"store key")["CiphertextBlob"]
works(key, store)

# Revoked by the state of the key, and recovered.
kms.disable_key(KeyId=key)
for call, parameters in (
    (kms.decrypt, {"CiphertextBlob": store}),
    (kms.encrypt, {"Plaintext": b"a"}),
    (kms.generate_data_key, {"KeySpec": "AES_256"}),
):
    refused("DisabledException", call, KeyId=key, **parameters)
assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
kms.enable_key(KeyId=key)
works(key, store)

# Revoked by its policy, and recovered.
policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
deny = {"Effect": "Deny", "Principal": {"AWS": ROLE}, "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"}
revoked = {**policy, "Statement": [*policy["Statement"], deny]}
kms.put_key_policy(KeyId=key, Policy=json.dumps(revoked))
refused("AccessDeniedException", kms.decrypt, KeyId=key, CiphertextBlob=store)
kms.put_key_policy(KeyId=key, Policy=json.dumps(policy))
works(key, store)

# To another key.
moved = kms.re_encrypt(CiphertextBlob=store, SourceKeyId=key, DestinationKeyId=next_key)
assert moved["SourceKeyId"] == key and moved["KeyId"] == next_key
works(next_key, moved["CiphertextBlob"])
