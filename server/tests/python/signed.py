"""Real signatures: an access key, sessions of a role of another account, and what is refused."""

import datetime
import os
import urllib.error
import urllib.request
import ssl

import boto3
import botocore.session
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

URL = os.environ["STRONGROOM_URL"]
ACCESS_KEY, SECRET = os.environ["STRONGROOM_ACCESS_KEY"], os.environ["STRONGROOM_SECRET"]
ACCOUNT, OTHER, REGION = (os.environ[f"STRONGROOM_{name}"] for name in ("ACCOUNT", "OTHER_ACCOUNT", "REGION"))
KEY, CERTIFICATE = os.environ["STRONGROOM_KEY"], os.environ["STRONGROOM_CERTIFICATE"]
IS_TLS = URL.startswith("https:")
ROLE = f"arn:aws:iam::{OTHER}:role/team/Reader"


def client(service, access_key=ACCESS_KEY, secret=SECRET, token=None, region=REGION):
    return boto3.client(
        service, endpoint_url=URL, region_name=region, verify=CERTIFICATE if IS_TLS else None,
        aws_access_key_id=access_key, aws_secret_access_key=secret, aws_session_token=token,
        config=Config(retries={"max_attempts": 0}),
    )


def refused(code, call, **parameters):
    try:
        answer = call(**parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, (code, error.response)
        return error.response["Error"].get("Message", "")
    raise AssertionError(f"{code} expected, answered {answer}")


def sent(request):
    """Sends a signed request as it is; answers status and body."""
    headers = dict(request.headers.items())
    context = ssl.create_default_context(cafile=CERTIFICATE) if IS_TLS else None
    prepared = urllib.request.Request(request.url, data=request.data, headers=headers, method=request.method)
    try:
        with urllib.request.urlopen(prepared, context=context) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


kms, sts = client("kms"), client("sts")
sealed = kms.encrypt(KeyId=KEY, Plaintext=b"hello", EncryptionContext={"über": "Größe \u00e9\n"})
opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"über": "Größe \u00e9\n"})
assert opened["Plaintext"] == b"hello"
message = refused("InvalidSignatureException", client("kms", secret="x" * 40).list_keys)
assert message.startswith("The request signature we calculated does not match the signature you provided."), message
message = refused("UnrecognizedClientException", client("kms", access_key="AKIA" + "Q" * 16).list_keys)
assert message == "The security token included in the request is invalid.", message
refused("UnrecognizedClientException", client("kms", token="AAAA").list_keys)

who = sts.get_caller_identity()
assert (who["Arn"], who["Account"]) == (f"arn:aws:iam::{ACCOUNT}:user/alice", ACCOUNT), who
refused("SignatureDoesNotMatch", client("sts", secret="x" * 40).get_caller_identity)
refused("InvalidClientTokenId", client("sts", access_key="AKIA" + "Q" * 16).get_caller_identity)

# A role of another account: with its external id only.
asked = {"RoleArn": ROLE, "RoleSessionName": "tests"}
message = refused("AccessDenied", sts.assume_role, **asked)
assert message == f"User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: sts:AssumeRole on resource: {ROLE}", message
refused("AccessDenied", sts.assume_role, ExternalId="tenant-4712", **asked)
refused("AccessDenied", sts.assume_role, **{**asked, "RoleArn": f"arn:aws:iam::{OTHER}:role/Nobody"})
refused("AccessDenied", sts.assume_role, **{**asked, "RoleArn": "arn:aws:iam::999999999999:role/Nobody"})
refused("ValidationError", sts.assume_role, ExternalId="tenant-4711", DurationSeconds=43201, **asked)
made = sts.assume_role(ExternalId="tenant-4711", DurationSeconds=900, **asked)
session_arn = f"arn:aws:sts::{OTHER}:assumed-role/Reader/tests"
assert made["AssumedRoleUser"]["Arn"] == session_arn, made
lasts = made["Credentials"]["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
assert 850 < lasts.total_seconds() <= 900, lasts
access_key, secret, token = (made["Credentials"][name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
assert access_key.startswith("ASIA") and len(secret) == 40
theirs = client("kms", access_key, secret, token)
key = theirs.create_key()["KeyMetadata"]
assert key["AWSAccountId"] == OTHER, key
assert client("sts", access_key, secret, token).get_caller_identity()["Arn"] == session_arn
# Across the accounts: alice by the key policy of the other account, once it says so.
refused("AccessDeniedException", kms.encrypt, KeyId=key["Arn"], Plaintext=b"x")
policy = (
    '{"Statement":[{"Effect":"Allow","Principal":{"AWS":"%s"},"Action":"kms:*","Resource":"*"},'
    '{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:user/alice"},"Action":["kms:Encrypt","kms:Decrypt"],"Resource":"*"}]}'
)
theirs.put_key_policy(KeyId=key["KeyId"], Policy=policy % (OTHER, ACCOUNT))
sealed = kms.encrypt(KeyId=key["Arn"], Plaintext=b"across")["CiphertextBlob"]
assert theirs.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"across"

# A session without its token, with another one, with a part of it, with another secret.
refused("UnrecognizedClientException", client("kms", access_key, secret).list_keys)
refused("UnrecognizedClientException", client("kms", ACCESS_KEY, SECRET, token).list_keys)
refused("UnrecognizedClientException", client("kms", access_key, secret, token[:-4]).list_keys)
refused("UnrecognizedClientException", client("kms", access_key, secret, "B" + token[1:]).list_keys)
refused("UnrecognizedClientException", client("kms", access_key, secret, "no base64 !").list_keys)
refused("InvalidSignatureException", client("kms", access_key, SECRET, token).list_keys)
# Whoever is a session may not assume this role: it trusts alice.
refused("AccessDenied", client("sts", access_key, secret, token).assume_role, ExternalId="tenant-4711", **asked)

# botocore as the peer: headers and addresses that have one canonical form among many.
credentials = Credentials(ACCESS_KEY, SECRET)
base = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.ListKeys"}
for path in ("/", "//", "/./", "/a/../"):
    for extra in ({}, {"X-Extra": "  many   spaces  "}, {"X-Empty": ""}, {"X-Comma": "a,b , c"}):
        request = AWSRequest("POST", URL + path, headers={**base, **extra}, data=b"{}")
        SigV4Auth(credentials, "kms", REGION).add_auth(request)
        status, body = sent(request)
        assert status == 200, (path, extra, status, body)
for query in ("?a=1&b=2", "?b=2&a=1", "?a=%2F&A=%20x", "?a=~-._", "?a&b="):
    request = AWSRequest("POST", URL + "/" + query, headers=base, data=b"{}")
    SigV4Auth(credentials, "kms", REGION).add_auth(request)
    status, body = sent(request)
    assert status == 200, (query, status, body)

# In the query, as tokens for other services carry it.
def presigned(seconds, service="sts", action="GetCallerIdentity"):
    request = AWSRequest("GET", f"{URL}/?Action={action}&Version=2011-06-15")
    SigV4QueryAuth(credentials, service, REGION, expires=seconds).add_auth(request)
    return request


status, body = sent(presigned(60))
assert status == 200 and f"<Arn>arn:aws:iam::{ACCOUNT}:user/alice</Arn>" in body, (status, body)
altered = presigned(60)
altered.url = altered.url.replace("GetCallerIdentity", "AssumeRole")
assert sent(altered)[0] == 403
assert sent(presigned(60, service="kms"))[0] == 403
status, body = sent(presigned(60, action="NoSuchAction"))
assert status == 400 and "<Code>InvalidAction</Code>" in body, (status, body)
