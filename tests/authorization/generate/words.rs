//! The few names that random documents and requests are made of.

use super::values::Values;

pub(super) const CALLERS: [&str; 14] = [
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/bob",
    "arn:aws:iam::111122223333:role/team/App",
    "arn:aws:sts::111122223333:assumed-role/App/one",
    "arn:aws:sts::111122223333:assumed-role/App/two",
    "arn:aws:sts::111122223333:assumed-role/App2/one",
    "arn:aws:sts::111122223333:federated-user/alice",
    "arn:aws:iam::444455556666:root",
    "arn:aws:iam::444455556666:user/alice",
    "arn:aws:sts::444455556666:assumed-role/App/one",
    "arn:aws-cn:iam::111122223333:user/alice",
    "s3.amazonaws.com",
];

pub(super) const ENTRIES: [&str; 16] = [
    "*",
    "*",
    "111122223333",
    "444455556666",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::444455556666:root",
    "arn:aws-cn:iam::111122223333:root",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/bob",
    "arn:aws:iam::111122223333:role/team/App",
    "arn:aws:iam::111122223333:role/App",
    "arn:aws:iam::111122223333:role/App2",
    "arn:aws:iam::444455556666:role/App",
    "arn:aws:sts::111122223333:assumed-role/App/one",
    "arn:aws:sts::111122223333:federated-user/alice",
    "arn:aws:iam::444455556666:user/alice",
];

pub(super) const SERVICES: [&str; 2] = ["s3.amazonaws.com", "ec2.amazonaws.com"];

pub(super) const ACTIONS: [&str; 10] = [
    "kms:Decrypt",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:DescribeKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "kms:RotateKeyOnDemand",
];

pub(super) const KEYLESS_ACTIONS: [&str; 3] = ["kms:CreateKey", "kms:ListKeys", "kms:GenerateRandom"];

pub(super) const ACTION_PATTERNS: [&str; 22] = [
    "*",
    "*",
    "kms:*",
    "kms:*",
    "KMS:decrypt",
    "kms:Decrypt",
    "kms:De*",
    "kms:*crypt",
    "kms:*Key*",
    "kms:ReEncrypt*",
    "kms:Encrypt",
    "kms:?ncrypt",
    "kms:Re*To",
    "kms:*crypt*from",
    "kms:G*Pair*",
    "kms:Decryp",
    "kms:????????*",
    "kms:Create*",
    "kms:Put*",
    "s3:*",
    "kms:??????Grant",
    "kms:*o*",
];

pub(super) const KEYS: [&str; 4] = [
    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
    "arn:aws:kms:eu-west-1:444455556666:key/0987dcba-09fe-87dc-65ba-ab0987654321",
];

/// What a field of a resource pattern may be, and its alternatives.
pub(super) const RESOURCE_FIELDS: [&[&str]; 6] = [
    &["arn"],
    &["aws", "aws", "*", "aws*", "aws-cn", "a?s"],
    &["kms", "kms", "kms", "kms", "kms", "*", "s3", "KMS"],
    &["us-east-1", "us-east-1", "*", "us-*", "us-east-?", "eu-west-1", "u*", ""],
    &[
        "111122223333",
        "111122223333",
        "111122223333",
        "*",
        "*",
        "*",
        "1111*",
        "1111*",
        "444455556666",
        "1111*",
        "*",
        "${",
    ],
    &[
        "*",
        "*",
        "key/*",
        "key/*",
        "key/*",
        "key/1234*",
        "key/mrk-*",
        "key/*ab",
        "key/*-12ab-*",
        "k*/*",
        "key*",
        "**",
        "alias/*",
        "key/${aws:s}*",
        "key/${aws:id}",
        "key/${aws:id, '1234'}*",
        "${aws:kind}/*",
        "key/*${aws:s}",
        "key/${*}",
        "key/${",
        "key/1234abcd-12ab-34cd-56ef-1234567890a?",
        "${aws:whole}",
        "key/?*?",
        "KEY/*",
    ],
];

/// A condition key and the kind of values it mostly has.
pub(super) const CONDITION_KEYS: [(&str, Values); 10] = [
    ("aws:s", Values::String),
    ("aws:t", Values::String),
    ("aws:n", Values::Numeric),
    ("aws:d", Values::Date),
    ("aws:b", Values::Bool),
    ("aws:i", Values::Ip),
    ("aws:r", Values::Arn),
    ("kms:EncryptionContext:É", Values::String),
    ("aws:id", Values::Id),
    ("aws:y", Values::Binary),
];

/// Operators by the values they compare.
pub(super) const OPERATORS: [(Values, &[&str]); 7] = [
    (
        Values::String,
        &[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
            "StringLike",
            "StringNotLike",
        ],
    ),
    (
        Values::Numeric,
        &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
    ),
    (
        Values::Date,
        &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
    ),
    (Values::Bool, &["Bool"]),
    (Values::Ip, &["IpAddress", "NotIpAddress"]),
    (Values::Arn, &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"]),
    (Values::Binary, &["BinaryEquals"]),
];
