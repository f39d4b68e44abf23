"""Every parameter of every operation, against botocore's own data model: what the model forbids is a ValidationException."""

import json

import botocore.session
from endpoint import client, refused

kms = client(parameter_validation=False)
model = botocore.session.get_session().get_service_model("kms")
KEY_STORES = {name for name in model.operation_names if "CustomKeyStore" in name}
# The service's own ranges hold where the model has more.
counted = 0


def camel(name):
    """As the service writes members in messages."""
    return name[0].lower() + name[1:]


def fitting(shape, name=""):
    """A value that the model takes."""
    if shape.type_name == "structure":
        return {member: fitting(shape.members[member], member) for member in shape.required_members}
    if shape.type_name == "list":
        return [fitting(shape.member)]
    if shape.type_name == "map":
        return {"a": "b"}
    if shape.type_name == "blob":
        return b"a"
    if shape.type_name == "boolean":
        return False
    if shape.type_name in ("integer", "long"):
        return max(shape.metadata.get("min", 1), 1)
    if shape.type_name == "timestamp":
        return 2_000_000_000
    if shape.enum:
        return shape.enum[0]
    if name == "ReplicaRegion" or name == "PrimaryRegion":
        return "us-west-2"
    return "a" * max(shape.metadata.get("min", 1), 1)


def unfitting(shape):
    """Values that it does not take, and what the message says then."""
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name == "string" and shape.enum:
        return [("NONE", "Member must satisfy enum value set: [")]
    if shape.type_name in ("integer", "long"):
        return [
            (low - 1, f"Member must have value greater than or equal to {low}"),
            (high + 1, f"Member must have value less than or equal to {high}"),
        ]
    make = {"string": lambda count: "a" * count, "blob": bytes, "list": lambda count: ["a"] * count}
    if shape.type_name not in make:
        return []
    wrong = []
    if low:
        wrong.append((make[shape.type_name](low - 1), f"Member must have length greater than or equal to {low}"))
    if high is not None:
        wrong.append((make[shape.type_name](high + 1), f"Member must have length less than or equal to {high}"))
    if shape.type_name == "string" and "pattern" in shape.metadata:
        wrong.append(("€" * max(low, 1), "Member must satisfy regular expression pattern: "))
    return wrong


for name in sorted(set(model.operation_names) - KEY_STORES):
    operation = model.operation_model(name)
    if operation.input_shape is None:
        continue
    method = getattr(kms, botocore.xform_name(name))
    base = fitting(operation.input_shape)
    for member in operation.input_shape.required_members:
        message = refused("ValidationException", method, **{key: base[key] for key in base if key != member})
        expected = f"Value null at '{camel(member)}' failed to satisfy constraint: Member must not be null"
        assert expected in message, f"{name}.{member}: {message}"
        counted += 1
    for member, shape in operation.input_shape.members.items():
        for value, constraint in unfitting(shape):
            message = refused("ValidationException", method, **{**base, member: value})
            assert constraint in message and f"'{camel(member)}'" in message, f"{name}.{member}: {message}"
            assert " detected: Value" in message, message
            if shape.type_name == "blob":
                assert f"Value at '{camel(member)}'" in message, message
            counted += 1
assert counted > 250, counted

# Two at once, and one within a list.
message = refused("ValidationException", kms.encrypt, KeyId="", Plaintext=b"")
assert message.startswith("2 validation errors detected: ") and "; " in message, message
long = "a" * 129
message = refused("ValidationException", kms.tag_resource, KeyId="a", Tags=[{"TagKey": long, "TagValue": ""}])
assert f"Value '{long}' at 'tags.1.member.tagKey' failed to satisfy constraint" in message, message
print(json.dumps({"checked": counted}))
