"""docs/format.md, section 8: compiled policies."""

import base64
import datetime
import ipaddress
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
    UpdatePrimaryRegion Verify VerifyMac SynchronizeMultiRegionKey PutCaller DescribeCaller DeleteCaller
    ListCallers CreateKeyVersion ListKeyVersions RevokeKeyVersion RestoreKeyVersion
    ScheduleKeyVersionDestruction CancelKeyVersionDestruction ConfirmKeyVersionDestruction ScheduleKeyRotation
    ConfirmKeyDeletion RetireCheck PutUsageBudget AcceptTime ResetClock Tick PutQuotas DescribeQuotas
    TakeAuditKey StartAuditLog GetAuditHead
    ListSlots AddSlot ChangeSlot RemoveSlot Rekey Repair DestroyDamagedKey Backup
    CreateAccessKey ListAccessKeys UpdateAccessKey DeleteAccessKey PutRoleTrust DescribeRoleTrust AssumeRole
    GetVaultIdentity PinPeer ListPeers RemovePeer CreateReceiveOffer ExportKey ReceiveKey
""".split()
OPERATORS = """
    StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike
    NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan
    NumericGreaterThanEquals DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan
    DateGreaterThanEquals Bool BinaryEquals IpAddress NotIpAddress ArnEquals ArnLike ArnNotEquals ArnNotLike Null
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
    statement["sid"], statement["flags"] = reader.text(), flags
    count, items = reader.u(2), Reader(reader.take(reader.u(4)), "malformed")
    statement["conditions"] = [read_condition(items) for _ in range(count)]
    items.end()
    reader.end()
    return statement


def read_principal(reader):
    kind, text = reader.u(1), reader.text()
    reader.check(kind <= 3)
    return kind, text


def read_resource(reader):
    kind = reader.u(1)
    reader.check(kind <= 1)
    if not kind:
        return None
    lengths = [reader.u(1) for _ in range(5)] + [reader.u(2)]
    return [decode(reader, reader.take(length)) for length in lengths]


def decode(reader, data):
    try:
        return data.decode()
    except UnicodeDecodeError:
        reader.check(False)


def read_condition(reader):
    operator, flags = reader.u(1), reader.u(1)
    reader.check(operator < len(OPERATORS) and flags < 8 and flags & 6 != 6)
    key, count, items = reader.text(), reader.u(2), Reader(reader.take(reader.u(4)), "malformed")
    values = [items.text() for _ in range(count)]
    items.end()
    return OPERATORS[operator], flags, key, values


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


def is_readable(operator, value):
    """Whether an operator can read a value of a policy."""
    if operator.startswith("Numeric"):
        return bool(re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,9})?", value))
    if operator.startswith("Date"):
        return is_instant(value)
    if operator in ("Bool", "Null"):
        return value in ("true", "false")
    if operator == "BinaryEquals":
        try:
            return base64.b64encode(base64.b64decode(value, validate=True)).decode() == value
        except ValueError:
            return False
    if "IpAddress" in operator:
        address, slash, prefix = value.partition("/")
        try:
            bits = ipaddress.ip_address(address).max_prefixlen
        except ValueError:
            return False
        is_prefix = re.fullmatch("0|[1-9][0-9]{0,2}", prefix) and int(prefix) <= bits
        return "%" not in address and (bool(is_prefix) if slash else True)
    return True


def is_instant(value):
    if re.fullmatch("-?[0-9]{1,18}", value):
        return True
    date, t, time = value.partition("T")
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", date)
    clock = re.fullmatch(
        r"([0-9]{2}):([0-9]{2})(:([0-9]{2})(\.[0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])", time
    )
    if not match or (t and not clock):
        return False
    year, month, day = map(int, match.groups())
    if clock and (int(clock[1]) > 23 or int(clock[2]) > 59 or int(clock[4] or 0) > 59):
        return False
    try:
        # The year 0 is a leap year, and outside Python's calendar.
        datetime.date(year or 2000, month, day)
    except ValueError:
        return False
    return True


def has_variable(text):
    return "}" in text.partition("${")[2]


def check_condition(reader, language, condition):
    operator, flags, key, values = condition
    reader.check(values and not (operator == "Null" and flags))
    name = key.lower()
    reader.check(not name.startswith(("aws:resourcetag/", "kms:resourcetag/")) and name != "kms:resourcealiases")
    reader.check(not (flags & 2 and name.startswith(("kms:encryptioncontext:", "aws:requesttag/"))))
    reader.check(not (language and has_variable(key)))
    for value in values:
        takes_variables = operator.startswith(("String", "Arn"))
        reader.check(not (language and has_variable(value) and not takes_variables))
        reader.check(is_readable(operator, value))


def is_policy_text(text):
    return all(letter in "\t\n\r" or " " <= letter <= "\xff" for letter in text)


def check_key_policy(data):
    """The statements of what may be stored as a key policy."""
    kind, language, name, statements = read_policy(data)
    reader = Reader(b"", "malformed")
    reader.check(kind == 1 and statements and is_policy_text(name))
    for statement in statements:
        sid = statement["sid"]
        reader.check(re.fullmatch("[A-Za-z0-9 ]*", sid) and (statement["flags"] & 8 or not sid))
        reader.check(statement["principals"] and statement["known"] <= len(ACTIONS))
        reader.check(all(is_principal(*principal) for principal in statement["principals"]))
        for pattern in statement["actions"]:
            reader.check(pattern == "*" or re.fullmatch("[A-Za-z0-9-]+:[A-Za-z0-9*?]+", pattern))
        for number, action in enumerate(ACTIONS[: statement["known"]]):
            bit = statement["bits"][number // 8] >> number % 8 & 1
            reader.check(bit == any(lists(pattern, action) for pattern in statement["actions"]))
        for fields in filter(None, statement["resources"]):
            front = ":".join(fields[:5])
            early = front.find("${") >= 0 and "}" in ":".join(fields).partition("${")[2]
            reader.check(fields[0] == "arn" and not (language and early))
        for condition in statement["conditions"]:
            reader.check(all(is_policy_text(text) for text in [condition[2], *condition[3]]))
            check_condition(reader, language, condition)
    return kind, name, statements
