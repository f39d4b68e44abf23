"""What the programs here share: clients of the endpoint, and what they expect of it."""

import os

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

URL = os.environ["STRONGROOM_URL"]
ACCOUNT = "111122223333"
REGION = "eu-central-1"


# What any operation may answer. Of what is not supported, the data model does not always know that it may not be.
COMMON = {"AccessDeniedException", "ValidationException", "UnsupportedOperationException"}
MODEL = botocore.session.get_session().get_service_model("kms")


def arn(key, account=ACCOUNT, region=REGION):
    """The ARN of a key."""
    return f"arn:aws:kms:{region}:{account}:key/{key}"


def alias_arn(alias):
    """The ARN of an alias."""
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:{alias}"


def client(account=ACCOUNT, region=REGION, **config):
    """A client whose access key is the account."""
    return boto3.client(
        "kms",
        endpoint_url=URL,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key="secret",
        config=Config(retries={"max_attempts": 0}, **config),
    )


def pages(kms, operation, member, size, **parameters):
    """All entries of a listing, page by page."""
    entries, marker, count = [], {}, 0
    while True:
        page = getattr(kms, operation)(Limit=size, **parameters, **marker)
        entries += page[member]
        count += 1
        assert len(page[member]) <= size and page["Truncated"] == ("NextMarker" in page), page
        if not page["Truncated"]:
            return entries, count
        marker = {"Marker": page["NextMarker"]}


def refused(code, call, *arguments, message=None, status=400, **parameters):
    """Expects a call to be refused with an exception of this name; answers its message."""
    try:
        answer = call(*arguments, **parameters)
    except ClientError as error:
        found = error.response["Error"]
        assert found["Code"] == code, f"{found} instead of {code}"
        modelled = MODEL.operation_model(error.operation_name).error_shapes
        assert code in COMMON or code in {shape.name for shape in modelled}, f"{error.operation_name}: {code}"
        metadata = error.response["ResponseMetadata"]
        assert metadata["HTTPStatusCode"] == status, metadata
        assert len(metadata["RequestId"]) == 36, metadata
        if message is not None:
            assert found.get("Message", "") == message, f"{found} instead of {message}"
        return found.get("Message", "")
    raise AssertionError(f"{code} expected, answered {answer}")
