//! Bodies of requests to the endpoint: the byte before them is the number of the operation, of which there are fewer than 96.

use super::{Seed, seed};

/// More than there are operations.
const NUMBERS: u8 = 96;
/// From this number of an operation on, a vault is asked too.
const ASKED: u8 = 128;

/// Every parameter of every operation, and what it may be.
const MEMBERS: &[(&str, &[&str])] = &[
    ("KeyId", &[r#""alias/a""#, r#""arn:aws:kms:eu-central-1:111122223333:key/a""#, r#""arn:aws:kms:a""#]),
    ("Plaintext", &[r#""YQ==""#]),
    ("CiphertextBlob", &[r#""YQ==""#]),
    ("Message", &[r#""YQ==""#]),
    ("Mac", &[r#""YQ==""#]),
    ("EncryptionContext", &[r#"{"a":"b"}"#]),
    ("SourceEncryptionContext", &[r#"{"a":"b"}"#]),
    ("DestinationEncryptionContext", &[r#"{"a":"b","c":""}"#]),
    ("GrantTokens", &["[]", r#"["YQ=="]"#]),
    ("DryRun", &["false", "true"]),
    ("KeySpec", &[r#""AES_256""#, r#""SYMMETRIC_DEFAULT""#, r#""HMAC_256""#, r#""RSA_2048""#]),
    ("KeyUsage", &[r#""ENCRYPT_DECRYPT""#, r#""ENCRYPT_DECRYPT""#, r#""GENERATE_VERIFY_MAC""#]),
    ("Origin", &[r#""AWS_KMS""#, r#""EXTERNAL""#, r#""AWS_CLOUDHSM""#]),
    ("NumberOfBytes", &["32"]),
    ("MacAlgorithm", &[r#""HMAC_SHA_256""#, r#""HMAC_SHA_512""#]),
    ("Limit", &["5"]),
    ("Marker", &[r#""YQ==""#]),
    ("ValidTo", &["1893456000.5"]),
    ("ExpirationModel", &[r#""KEY_MATERIAL_EXPIRES""#, r#""KEY_MATERIAL_DOES_NOT_EXPIRE""#]),
    ("ImportType", &[r#""NEW_KEY_MATERIAL""#, r#""EXISTING_KEY_MATERIAL""#]),
    ("KeyMaterialDescription", &[r#""a b""#]),
    ("KeyMaterialId", &[r#""0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef""#]),
    ("ImportToken", &[r#""YQ==""#]),
    ("EncryptedKeyMaterial", &[r#""YQ==""#]),
    ("WrappingAlgorithm", &[r#""RSAES_OAEP_SHA_256""#, r#""RSA_AES_KEY_WRAP_SHA_256""#]),
    ("WrappingKeySpec", &[r#""RSA_2048""#, r#""X25519""#, r#""RSA_3072""#, r#""RSA_4096""#]),
    ("Tags", &[r#"[{"TagKey":"a","TagValue":"b"}]"#]),
    ("TagKeys", &[r#"["a"]"#]),
    ("Policy", &[r#""{}""#]),
    ("Policies", &[r#"["{}"]"#]),
    ("PolicyName", &[r#""default""#]),
    ("Description", &[r#""""#, r#""a key""#]),
    ("AliasName", &[r#""alias/a""#]),
    ("TargetKeyId", &[r#""a""#]),
    ("GrantId", &[r#""0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef""#]),
    ("GrantToken", &[r#""YQ==""#]),
    ("GranteePrincipal", &[r#""arn:aws:iam::111122223333:role/a""#]),
    ("RetiringPrincipal", &[r#""arn:aws:iam::111122223333:role/a""#]),
    ("Operations", &[r#"["Decrypt"]"#]),
    (
        "Constraints",
        &[r#"{"EncryptionContextSubset":{"a":"b"}}"#, r#"{"EncryptionContextEquals":{"a":"b"}}"#],
    ),
    ("Name", &[r#""a""#]),
    ("DestinationKeyId", &[r#""alias/a""#]),
    ("SourceKeyId", &[r#""alias/a""#]),
    ("PendingWindowInDays", &["7"]),
    ("RotationPeriodInDays", &["90"]),
    ("Version", &["1"]),
    ("WithinDays", &["1"]),
    ("Sealings", &["5"]),
    ("Then", &[r#""ROTATE""#, r#""REFUSE""#]),
    ("CallerName", &[r#""nobody""#]),
    ("Principal", &[r#""arn:aws:iam::000000000000:user/nobody""#]),
    ("AccessKeyId", &[r#""AKIDEXAMPLE""#]),
    ("Status", &[r#""Active""#, r#""Inactive""#]),
    ("RoleName", &[r#""reader""#]),
    ("Principals", &[r#"["arn:aws:iam::000000000000:user/nobody"]"#]),
    ("ExternalId", &[r#""outside""#]),
    ("Facts", &["true"]),
];
/// Parameters that we do not support, or other operations have.
const UNSUPPORTED: &[(&str, &[&str])] = &[
    ("Recipient", &[r#"{"KeyEncryptionAlgorithm":"RSAES_OAEP_SHA_256","AttestationDocument":"YQ=="}"#]),
    ("GranteeServicePrincipal", &[r#""a.b.c""#, r#""a..c""#, r#""a.c""#]),
    ("RetiringServicePrincipal", &[r#""a.b.c""#]),
    ("CustomKeyStoreId", &[r#""a""#]),
    ("XksKeyId", &[r#""a-b_c.d""#, r#""a b""#]),
    ("MultiRegion", &["true"]),
    ("ReplicaRegion", &[r#""eu-central-1""#, r#""eu-central""#, r#""1""#]),
    ("PrimaryRegion", &[r#""eu-central-1""#, r#""eu--1""#]),
    ("MessageType", &[r#""RAW""#]),
    ("SigningAlgorithm", &[r#""RSASSA_PSS_SHA_256""#]),
    ("Signature", &[r#""YQ==""#]),
    ("KeyPairSpec", &[r#""RSA_2048""#]),
    ("KeyAgreementAlgorithm", &[r#""ECDH""#]),
    ("PublicKey", &[r#""YQ==""#]),
    ("SharedSecretCiphertextBlob", &[r#""YQ==""#]),
    ("EncapsulationAlgorithm", &[r#""ML_KEM""#]),
    ("BypassPolicyLockoutSafetyCheck", &["true"]),
    ("DryRunModifiers", &[r#"["IGNORE_CIPHERTEXT"]"#]),
    ("Unknown", &["[null,{}]"]),
];
/// What a member may be that is wrong in one way or another.
const WRONG: &[&str] = &[
    r#""""#,
    r#""\u0001""#,
    r#""\u00e9 \u20ac""#,
    "[]",
    "{}",
    "0",
    "-1",
    "99999999999",
    "1e300",
    "true",
    "null",
    r#""?""#,
    r#"[""]"#,
    r#"[{"TagKey":""}]"#,
    r#"{"EncryptionContextSubset":1}"#,
    r#"{"a":1}"#,
    r#"{"SourceArn":"arn:aws:a:b:c:000000000000:d"}"#,
    r#"["","","","","","","","","","",""]"#,
    "[1]",
];

/// Bodies with every parameter, with those that each wants, and with wrong ones; and some that are special.
pub(super) fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for number in 0..NUMBERS {
        for choice in 0..4 {
            let asked = object(MEMBERS, |values| chosen(values, choice));
            let name = format!("asked-{number:02}-{choice}");
            seeds.push(seed("request", &name, &[&[number.saturating_add(ASKED)], asked.as_bytes()]));
        }
        let all =
            [object(MEMBERS, |values| chosen(values, 0)), object(UNSUPPORTED, |values| chosen(values, 0))];
        let all = all.join(",").replace("},{", ",");
        seeds.push(seed(
            "request",
            &format!("full-{number:02}"),
            &[&[number.saturating_add(ASKED)], all.as_bytes()],
        ));
        for (choice, wrong) in WRONG.iter().enumerate() {
            let members = [MEMBERS, UNSUPPORTED].concat();
            let body = object(&members, |_| wrong);
            seeds.push(seed(
                "request",
                &format!("wrong-{number:02}-{choice:02}"),
                &[&[number], body.as_bytes()],
            ));
        }
        for choice in 1..3 {
            let body = object(UNSUPPORTED, |values| chosen(values, choice));
            seeds.push(seed(
                "request",
                &format!("unsupported-{number:02}-{choice}"),
                &[&[number], body.as_bytes()],
            ));
        }
    }
    // Two operations want a Region and little else.
    for (name, region) in
        [("region", "eu-central-1"), ("no-region", "eu-central"), ("no-region-number", "eu-central-")]
    {
        let body = format!(r#"{{"KeyId":"a","ReplicaRegion":"{region}","PrimaryRegion":"{region}"}}"#);
        for number in 0..NUMBERS {
            let name = format!("{name}-{number:02}");
            seeds.push(seed("request", &name, &[&[number.saturating_add(ASKED)], body.as_bytes()]));
        }
    }
    let long = format!(r#"{{"KeyId":"{}","Limit":1001}}"#, "k".repeat(2049));
    seeds.push(seed("request", "long", &[&[0], long.as_bytes()]));
    seeds.push(seed("request", "empty", &[&[0]]));
    seeds.push(seed("request", "escaped", &[&[0], br#"{"\u004beyId":"a\ud83d\ude00","Plaintext":"YQ=="}"#]));
    // Members that no operation knows, within the grammar of JSON, past every number and every text.
    seeds.push(seed("request", "unknown", &[&[0], br#"{"KeyId":"a","A":[1e400,"\ud800"],"B":{"C":-0.0}}"#]));
    seeds
}

/// A body with these members.
fn object<'a>(members: &[(&str, &'a [&'a str])], value: impl Fn(&'a [&'a str]) -> &'a str) -> String {
    let members = members.iter().map(|(name, values)| format!("\"{name}\":{}", value(values)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

fn chosen<'a>(values: &'a [&'a str], choice: usize) -> &'a str {
    choice.checked_rem(values.len()).and_then(|at| values.get(at)).copied().unwrap_or("null")
}
