"""docs/format.md, section 8: compiled policies."""

import re

from sealing import Reader

ACTIONS = """
    CancelKeyDeletion ConnectCustomKeyStore CreateAlias CreateCustomKeyStore CreateGrant CreateKey
    Decapsulate Decrypt DeleteAlias DeleteCustomKeyStore DeleteImportedKeyMaterial DeriveSharedSecret
    DescribeCustomKeyStores DescribeKey DisableKey DisableKeyRotation DisconnectCustomKeyStore EnableKey
    EnableKeyRotation Encapsulate Encrypt GenerateDataKey GenerateDataKeyPair
    GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac GenerateRandom
    GetKeyLastUsage GetKeyPolicy GetKeyRotationStatus GetParametersForImport GetPublicKey ImportKeyMaterial
    ListAliases ListGrants ListKeyPolicies ListKeyRotations ListKeys ListResourceTags ListRetirableGrants
    PutKeyPolicy ReEncryptFrom ReEncryptTo ReplicateKey RetireGrant RevokeGrant RotateKeyOnDemand
    ScheduleKeyDeletion Sign TagResource UntagResource UpdateAlias UpdateCustomKeyStore UpdateKeyDescription
    UpdatePrimaryRegion Verify VerifyMac SynchronizeMultiRegionKey
""".split()
PATH, WORD = r"[A-Za-z0-9+=,.@_:/-]+", r"[A-Za-z0-9+=,.@_:-]+"
ARN = re.compile(
    rf"arn:[^:]+:(iam::\d{{12}}:(root|(user|role)/{PATH})"
    rf"|sts::\d{{12}}:(federated-user/{PATH}|assumed-role/{WORD}/{WORD}))"
)
SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com")


def read_policy(data):
    """(kind, language, id, statements)."""
    reader = Reader(data, "malformed")
    form, kind, language, zero = reader.take(4)
    reader.check(form == 1 and kind in (1, 2) and language <= 1 and zero == 0)
    count, name = reader.u(2), reader.text()
    statements = [read_statement(reader.take(reader.u(4))) for _ in range(count)]
    reader.end()
    return kind, language, name, statements


def read_statement(data):
    reader = Reader(data, "malformed")
    effect, flags, known, zero = reader.take(4)
    reader.check(effect in (1, 2) and flags < 16 and zero == 0 and not (effect == 1 and flags & 1))
    statement = {"known": known, "bits": reader.take(16)}
    readers = {"actions": Reader.text, "principals": read_principal, "resources": read_resource}
    for name, read in readers.items():
        count, items = reader.u(2), Reader(reader.take(reader.u(4)), "malformed")
        statement[name] = [read(items) for _ in range(count)]
        items.end()
    statement["sid"] = reader.text()
    reader.check(reader.u(4) == 0)
    reader.end()
    return statement


def read_principal(reader):
    kind, text = reader.u(1), reader.text()
    reader.check(kind <= 3)
    return kind, text


def read_resource(reader):
    kind = reader.u(1)
    reader.check(kind <= 1)
    return [reader.text() for _ in range(6)] if kind else None


def lists(pattern, action):
    """Whether an action pattern covers an action of ours."""
    service, colon, name = pattern.partition(":")
    if not colon:
        return pattern == "*"
    expression = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in name)
    return service.lower() == "kms" and bool(re.fullmatch(expression, action, re.IGNORECASE | re.DOTALL))


def is_principal(kind, text):
    patterns = {0: re.compile(""), 1: re.compile(r"\d{12}", re.ASCII), 2: ARN, 3: SERVICE}
    return bool(patterns[kind].fullmatch(text))


def check_key_policy(data):
    """The statements of what may be stored as a key policy."""
    kind, _, name, statements = read_policy(data)
    reader = Reader(b"", "malformed")
    reader.check(kind == 1 and statements)
    for statement in statements:
        reader.check(statement["principals"] and statement["known"] <= len(ACTIONS))
        reader.check(all(is_principal(*principal) for principal in statement["principals"]))
        for pattern in statement["actions"]:
            service, _, rest = pattern.partition(":")
            reader.check(pattern == "*" or (service and rest and not set(service) & set("*?")))
        for number, action in enumerate(ACTIONS[: statement["known"]]):
            bit = statement["bits"][number // 8] >> number % 8 & 1
            reader.check(bit == any(lists(pattern, action) for pattern in statement["actions"]))
        for fields in filter(None, statement["resources"]):
            reader.check(fields[0] == "arn" and "${" not in fields[5])
    return kind, name, statements
