"""Accounts and Regions: each a vault of its own, on one URL."""

import json

from endpoint import ACCOUNT, arn, client, refused

OTHER = "444455556666"
ours, theirs = client(), client(account=OTHER)
key = ours.create_key()["KeyMetadata"]["KeyId"]
sealed = ours.encrypt(KeyId=key, Plaintext=b"a")["CiphertextBlob"]
theirs.create_key()

# Whether the key exists is not for another account to know.
for name in (arn(key), arn("1234abcd-12ab-34cd-56ef-1234567890ab"), arn(key, account="999999999999")):
    refused("AccessDeniedException", theirs.describe_key, KeyId=name)
    refused("AccessDeniedException", theirs.encrypt, KeyId=name, Plaintext=b"a")
refused("AccessDeniedException", theirs.decrypt, CiphertextBlob=sealed)
refused("NotFoundException", theirs.describe_key, KeyId=key)

statement = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
principals = [{"AWS": f"arn:aws:iam::{account}:root"} for account in (ACCOUNT, OTHER)]
policy = {"Version": "2012-10-17", "Statement": [{**statement, "Principal": one} for one in principals]}
ours.put_key_policy(KeyId=key, Policy=json.dumps(policy))
described = theirs.describe_key(KeyId=arn(key))["KeyMetadata"]
assert described["AWSAccountId"] == ACCOUNT and described["Arn"] == arn(key)
for parameters in ({}, {"KeyId": key}, {"KeyId": arn(key)}):
    opened = theirs.decrypt(CiphertextBlob=sealed, **parameters)
    assert opened["Plaintext"] == b"a" and opened["KeyId"] == arn(key)
back = theirs.encrypt(KeyId=arn(key), Plaintext=b"b")
assert back["KeyId"] == arn(key) and ours.decrypt(CiphertextBlob=back["CiphertextBlob"])["Plaintext"] == b"b"
# What is never done across accounts.
refused("AccessDeniedException", theirs.schedule_key_deletion, KeyId=arn(key))
assert [entry["KeyId"] for entry in ours.list_keys()["Keys"]] == [key]

# Other Regions and partitions.
PARTITIONS = {"us-east-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "eusc-de-east-1": "aws-eusc"}
for region, partition in PARTITIONS.items():
    there = client(region=region)
    made = there.create_key()["KeyMetadata"]
    assert made["Arn"] == f"arn:{partition}:kms:{region}:{ACCOUNT}:key/{made['KeyId']}"
    refused("AccessDeniedException", there.decrypt, CiphertextBlob=sealed)
    refused("NotFoundException", there.describe_key, KeyId=arn(key))

# An access key that is no account is of the one that the server was started with.
assert client(account="AKIAIOSFODNN7EXAMPLE").create_key()["KeyMetadata"]["AWSAccountId"] == "000000000000"
