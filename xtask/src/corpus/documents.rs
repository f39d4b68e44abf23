//! Policies in JSON: the byte before them is 0 for key policies, 1 for identity policies.

use super::{Seed, seed};

/// Documents that compile, and some that do not.
pub(super) fn seeds() -> Vec<Seed> {
    let statement = |principal: &str, more: &str| {
        format!(r#"{{"Effect":"Deny",{principal}"Action":["kms:De*","s3:*"],"Resource":"*"{more}}}"#)
    };
    let conditions = [
        r#""StringLike":{"aws:username":["a*",7,true]},"Null":{"kms:EncryptionContextKeys":"false"}"#,
        r#""ForAnyValue:StringEqualsIfExists":{"kms:EncryptionContextKeys":["app","\u00e9"]}"#,
        r#""NumericLessThan":{"aws:MultiFactorAuthAge":9e1},"BinaryEquals":{"a:b":"YWxpY2U="}"#,
        r#""DateGreaterThan":{"aws:CurrentTime":"2026-03-01T10:00:00+02:00"},"Bool":{"kms:MultiRegion":false}"#,
        r#""NotIpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]}"#,
        r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/${aws:username, 'none'}"}"#,
    ];
    let mut seeds = Vec::new();
    for (number, condition) in conditions.iter().enumerate() {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
            statement("", &format!(r#","Condition":{{{condition}}}"#))
        );
        seeds.push(seed("policy", &format!("conditions-{number}"), &[&[1], document.as_bytes()]));
    }
    let everyone = statement(r#""Principal":"*","#, r#","Sid":"a b""#);
    let listed = statement(r#""NotPrincipal":{"AWS":["000000000000"],"Service":"s3.amazonaws.com"},"#, "");
    let document = format!(r#"{{"Id":"k","Statement":[{everyone},{listed}],"Version":"2008-10-17"}}"#);
    seeds.push(seed("policy", "principals", &[&[0], document.as_bytes()]));
    let document = format!("{{\n\t\"Statement\": {everyone}\n}}\n");
    seeds.push(seed("policy", "one-statement", &[&[0], document.as_bytes()]));
    seeds.push(seed(
        "policy",
        "unclosed",
        &[&[0], br#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":["#],
    ));
    for (number, rest) in WHOLE.iter().enumerate() {
        let document = format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{rest}}}]}}"#);
        seeds.push(seed("policy", &format!("whole-{number}"), &[&[0], document.as_bytes()]));
        seeds.push(seed("policy", &format!("whole-{number}-of-a-user"), &[&[1], document.as_bytes()]));
    }
    for (number, document) in WRONG.iter().enumerate() {
        seeds.push(seed("policy", &format!("wrong-{number:02}"), &[&[0], document.as_bytes()]));
        seeds.push(seed("policy", &format!("wrong-{number:02}-of-a-user"), &[&[1], document.as_bytes()]));
    }
    // Longer than it may be, and compiled longer than it was taken for.
    let long = format!(r#"{{"Id":"{}","Statement":[]}}"#, "i".repeat(32_768));
    seeds.push(seed("policy", "long", &[&[0], long.as_bytes()]));
    seeds.push(seed("policy", "long-of-a-user", &[&[1], long.as_bytes()]));
    let empty = r#"{"Effect":"Deny","Action":[],"Resource":[],"Principal":"*"},"#.repeat(500);
    let many = format!(r#"{{"Statement":[{}]}}"#, empty.trim_end_matches(','));
    seeds.push(seed("policy", "many", &[&[0], many.as_bytes()]));
    seeds
}

/// The rest of a statement that allows something.
const WHOLE: &[&str] = &[
    r#""Principal":{"AWS":["arn:aws:iam::000000000000:user/a","000000000000"],"Service":["a.amazonaws.com","b.amazonaws.com"]},
       "NotAction":"kms:Put*","NotResource":["arn:aws:kms:*:*:key/*"]"#,
    r#""Principal":{"AWS":"*"},"Action":"*","Resource":"*","Sid":"x","Condition":{
       "ForAllValues:StringLikeIfExists":{"a:b":["\"","\\","\t\r\n","\u007f","\u00ff"],"a:c":"d"},
       "ForAnyValue:StringNotEquals":{"kms:EncryptionContextKeys":"x"},"BoolIfExists":{"a:b":["true",false]},
       "StringEqualsIgnoreCase":{"a:b":"${aws:username}","a:c":"${*}"},"NumericEquals":{"a:b":[1,2.5,-3,"4e2"]}}"#,
    r#""Action":["kms:*"],"Resource":["arn:aws:kms:*:*:key/${aws:username}"]"#,
];
/// What does not compile, each for another reason.
const WRONG: &[&str] = &[
    "",
    "[]",
    "1",
    "{}",
    r#"{"Statement":1}"#,
    r#"{"Statement":[1]}"#,
    r#"{"Statement":[],"Statement":[]}"#,
    r#"{"Version":"2010-01-01","Statement":[]}"#,
    r#"{"Version":1}"#,
    r#"{"Id":1}"#,
    r#"{"Id":"\u0100","Statement":[]}"#,
    r#"{"Statment":[]}"#,
    r#"{"Statement":[]} x"#,
    "{\"Statement\":\u{1}}",
    "{\"Statement\":\"\u{20ac}\"}",
    r#"{"Statement":{"Effect":"Permit"}}"#,
    r#"{"Statement":{"Effect":1}}"#,
    r#"{"Statement":{"Effect":"Allow","Effect":"Allow"}}"#,
    r#"{"Statement":{"Effect":"Allow","Efect":1}}"#,
    r#"{"Statement":{"Effect":"Allow","Sid":"-"}}"#,
    r#"{"Statement":{"Effect":"Allow","Principal":1}}"#,
    r#"{"Statement":{"Effect":"Allow","Principal":"a"}}"#,
    r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":1}}}"#,
    r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":[]}}}"#,
    r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":["x"]}}}"#,
    r#"{"Statement":{"Effect":"Allow","Principal":{"Aws":"*"}}}"#,
    r#"{"Statement":{"Effect":"Allow","Principal":{"Federated":"x"}}}"#,
    r#"{"Statement":{"Effect":"Allow","NotPrincipal":"*"}}"#,
    r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"*","AWS":"*"}}}"#,
    r#"{"Statement":{"Effect":"Allow","Action":1}}"#,
    r#"{"Statement":{"Effect":"Allow","Action":[[]]}}"#,
    r#"{"Statement":{"Effect":"Allow","Action":"\u006bms"}}"#,
    r#"{"Statement":{"Effect":"Allow","Action":["kms:*","\u0100"]}}"#,
    r#"{"Statement":{"Effect":"Allow","Action":"a","NotAction":"b"}}"#,
    r#"{"Statement":{"Effect":"Allow","Resource":"a"}}"#,
    r#"{"Statement":{"Effect":"Allow","Resource":"arn:aws:${a}:b:c:d"}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":1}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"X":1}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"StringEquals":1}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"StringEquals":{},"StringEquals":{}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"StringEquals":{"a:b":"c","a:b":"c"}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"StringEquals":{"a:b":[]}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"StringEquals":{"a:b":null}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"StringEquals":{"a:b":[[]]}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"StringEquals":{"a:b":{}}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"StringEquals":{"a:b":"\ud800"}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"StringEquals":{"a:b":"\u0100"}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"NumericEquals":{"a:b":"x"}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"DateEquals":{"a:b":"2026-02-30"}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"DateEquals":{"a:b":"2026-04-31T10:00:00.5-01:30"}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"DateEquals":{"a:b":"2026-04-30T10:00"}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"Bool":{"a:b":"x"}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"BinaryEquals":{"a:b":"?"}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"IpAddress":{"a:b":"1.2.3"}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"IpAddress":{"a:b":"1.2.3.4/33"}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"NullIfExists":{"a:b":"true"}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"ForAllValues:StringEquals":{"kms:EncryptionContext:a":"b"}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"StringEquals":{"aws:ResourceTag/a":"b"}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"NumericEquals":{"a:b":"${aws:username}"}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Condition":{"StringEquals":{"${aws:username}":"b"}}}}"#,
];
