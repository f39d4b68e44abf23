"""Encryption in front of S3 and DynamoDB, which moto serves: the clients keep their data keys under ours."""

import boto3
from dynamodb_encryption_sdk.encrypted.table import EncryptedTable
from dynamodb_encryption_sdk.identifiers import CryptoAction
from dynamodb_encryption_sdk.material_providers.aws_kms import AwsKmsCryptographicMaterialsProvider
from dynamodb_encryption_sdk.structures import AttributeActions
from moto.server import ThreadedMotoServer
from s3_encryption import S3EncryptionClient, S3EncryptionClientConfig
from s3_encryption.materials.kms_keyring import KmsKeyring

kms = boto3.client("kms")
arn = kms.create_key()["KeyMetadata"]["Arn"]
moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
moto.start()
host, port = moto.get_host_and_port()
url = f"http://{host}:{port}"

# DynamoDB.
dynamodb = boto3.resource("dynamodb", endpoint_url=url)
table = dynamodb.create_table(
    TableName="orders",
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    BillingMode="PAY_PER_REQUEST",
)
encrypted = EncryptedTable(
    table=table,
    materials_provider=AwsKmsCryptographicMaterialsProvider(key_id=arn),
    attribute_actions=AttributeActions(
        default_action=CryptoAction.ENCRYPT_AND_SIGN, attribute_actions={"public": CryptoAction.DO_NOTHING}
    ),
)
encrypted.put_item(Item={"id": "1", "card": "4111", "public": "yes"})
stored = table.get_item(Key={"id": "1"})["Item"]
assert stored["public"] == "yes" and stored["card"] != "4111", stored
kms.rotate_key_on_demand(KeyId=arn)
assert encrypted.get_item(Key={"id": "1"})["Item"] == {"id": "1", "card": "4111", "public": "yes"}

# S3.
s3 = boto3.client("s3", endpoint_url=url)
s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
# The client is changed by what is put around it.
sealing = S3EncryptionClient(boto3.client("s3", endpoint_url=url), S3EncryptionClientConfig(keyring=KmsKeyring(kms, arn)))
sealing.put_object(Bucket="bucket", Key="object", Body=b"secret data")
assert s3.get_object(Bucket="bucket", Key="object")["Body"].read() != b"secret data"
kms.rotate_key_on_demand(KeyId=arn)
assert sealing.get_object(Bucket="bucket", Key="object")["Body"].read() == b"secret data"
kms.disable_key(KeyId=arn)
try:
    sealing.get_object(Bucket="bucket", Key="object")["Body"].read()
except Exception as error:  # The client wraps what it was answered in errors of its own.
    assert "is disabled" in str(error), error
else:
    raise AssertionError("a disabled key opens")
moto.stop()
