//! The command at an endpoint: what it says on the file of a vault it says there.

use super::alike::alike;
use super::kept::{ACCOUNT, Kept, Ran, Serving};

/// What is typed on both sides, and what is fed to it. `F` is a file of the last output, in base64 where the command takes that.
const TYPED: [(&str, &str); 131] = [
    ("key list", ""),
    ("key list --long", ""),
    ("key create --description settings --alias alias/a --tag team=shop", ""),
    ("key create --spec HMAC_256 --alias alias/mac", ""),
    ("key create --origin EXTERNAL --alias alias/own", ""),
    ("key create --policy policy.json --alias alias/strict", ""),
    ("key create --alias alias/a", ""),
    ("key list", ""),
    ("key list --long", ""),
    ("key describe alias/a", ""),
    ("key describe alias/mac", ""),
    ("key describe alias/own", ""),
    ("key describe alias/aa", ""),
    ("key describe 11111111-2222-4333-8444-555555555555", ""),
    ("key update alias/a --description \"quoted\"\\n", ""),
    ("key disable alias/a", ""),
    ("encrypt --key alias/a", "secret"),
    ("key enable alias/a", ""),
    ("encrypt --key alias/a --context file=a --context x=\"y\" --base64", "secret"),
    ("decrypt --base64 --context file=a --context x=\"y\"", "F"),
    ("decrypt --base64 --context file=b", "F"),
    ("encrypt --key alias/a --dry-run", "secret"),
    ("encrypt --key alias/mac", "secret"),
    ("encrypt --key alias/a", ""),
    ("encrypt --key alias/a --base64", "once more"),
    ("reencrypt --to alias/strict --base64", "F"),
    ("reencrypt --to alias/a --new-context file=b --base64", "F"),
    ("decrypt --base64 --context file=b --key alias/a", "F"),
    ("decrypt --base64 --context file=b --key alias/strict", "F"),
    ("file encrypt policy.json --key alias/a --context a=b -o sealed --force", ""),
    ("file encrypt policy.json --key alias/a --context a=b -o sealed", ""),
    ("file encrypt policy.json --key alias/none -o other --force", ""),
    ("file encrypt policy.json --key alias/mac -o other --force", ""),
    ("file decrypt sealed -o opened --force --context a=b", ""),
    ("file decrypt sealed -o opened --force --context a=c", ""),
    ("file decrypt sealed -o opened --force --context a=b --key alias/strict", ""),
    ("file rewrap sealed --context a=c --key alias/strict", ""),
    ("file rewrap sealed --context a=b --key alias/none", ""),
    ("file rewrap sealed --context a=b --key alias/strict --new-context c=d", ""),
    ("file decrypt sealed -o opened --force --context c=d --key alias/strict", ""),
    ("file rewrap sealed --context c=d", ""),
    ("file decrypt policy.json -o opened --force", ""),
    ("key rotate alias/a", ""),
    ("key rotate alias/a --new-version", ""),
    ("key rotate alias/mac", ""),
    ("key versions alias/a", ""),
    ("key revoke alias/a --version 1", ""),
    ("key revoke alias/a --version 3", ""),
    ("key revoke alias/a --version 9", ""),
    ("key versions alias/a", ""),
    ("key restore alias/a --version 1", ""),
    ("key schedule-deletion alias/a --version 1 --days 7", ""),
    ("key versions alias/a", ""),
    ("key confirm-deletion alias/a --version 1", ""),
    ("key cancel-deletion alias/a --version 1", ""),
    ("key rotation alias/a", ""),
    ("key rotation alias/a --every 90", ""),
    ("key rotation alias/a", ""),
    ("key rotation alias/a --every 5", ""),
    ("key rotation alias/a --off", ""),
    ("key budget alias/a", ""),
    ("key budget alias/a --sealings 500 --then rotate", ""),
    ("key budget alias/a", ""),
    ("key budget alias/a --off", ""),
    ("key retire-check alias/a --version 3", ""),
    ("key retire-check alias/mac --version 1", ""),
    ("key schedule-deletion alias/strict --days 8", ""),
    ("key schedule-deletion alias/a --days 5", ""),
    ("key describe alias/strict", ""),
    ("key schedule-deletion alias/strict", ""),
    ("key confirm-deletion alias/strict", ""),
    ("key cancel-deletion alias/strict", ""),
    ("key enable alias/strict", ""),
    ("data-key --key alias/a --without-plaintext --base64", ""),
    ("data-key --key alias/a --json --context a=b", ""),
    ("random --bytes 32 --base64", ""),
    ("random --bytes 5000", ""),
    ("mac generate --key alias/mac --base64", "message"),
    ("mac verify --key alias/mac --mac last --base64", "message"),
    ("mac verify --key alias/mac --mac last --base64", "another"),
    ("mac generate --key alias/mac --versioned --base64", "message"),
    ("mac verify --key alias/mac --versioned --mac last --base64", "message"),
    ("mac generate --key alias/a", "message"),
    ("alias create alias/b alias/a", ""),
    ("alias create alias/b alias/a", ""),
    ("alias create b alias/a", ""),
    ("alias update alias/b alias/strict", ""),
    ("alias list", ""),
    ("alias list --key alias/a", ""),
    ("alias delete alias/b", ""),
    ("alias delete alias/b", ""),
    ("tag add alias/a team=x stage=\"1\"", ""),
    ("tag list alias/a", ""),
    ("tag remove alias/a team", ""),
    ("tag list alias/a", ""),
    ("tag add alias/a aws:x=1", ""),
    ("policy get alias/a", ""),
    ("policy get alias/strict", ""),
    ("policy put alias/a policy.json", ""),
    ("policy put alias/a lockout.json", ""),
    (
        "grant create alias/a --grantee arn:aws:iam::111122223333:role/r --operation Decrypt --name g --context-subset a=b",
        "",
    ),
    ("grant list alias/a", ""),
    ("grant list alias/a --grantee arn:aws:iam::111122223333:role/other", ""),
    ("key import parameters alias/own --public-key public --token token", ""),
    ("key import material alias/own --token token --wrapped public --never-expires", ""),
    (
        "key import parameters alias/own --algorithm HPKE_X25519_SHA_256_AES_256_GCM --public-key public --token token",
        "",
    ),
    ("key import material alias/own --token token --wrapped public --never-expires", ""),
    (
        "key import parameters alias/own --algorithm HPKE_X25519_SHA_256_AES_256_GCM --wrapping-key RSA_2048 --public-key public --token token",
        "",
    ),
    ("caller add carol --policy admin.json --tag team=x", ""),
    ("caller add carol", ""),
    ("caller add carol/x", ""),
    ("caller show carol", ""),
    ("caller show nobody", ""),
    ("caller policy carol", ""),
    ("caller policy carol --put admin.json --put admin.json", ""),
    ("caller policy carol --put policy.json", ""),
    ("caller show carol", ""),
    ("caller access-key create carol", ""),
    ("caller access-key create nobody", ""),
    ("caller access-key list carol", ""),
    ("caller access-key disable carol AKIAQAAAAAAAAAAAAAAA", ""),
    ("caller remove carol", ""),
    ("caller remove nobody", ""),
    ("caller add r --principal arn:aws:iam::111122223333:role/team/r --replace", ""),
    ("caller access-key create r", ""),
    ("caller trust r", ""),
    ("caller trust r --put arn:aws:iam::111122223333:user/carol --external-id tenant-1", ""),
    ("caller trust r", ""),
    ("caller trust carol --put arn:aws:iam::111122223333:user/carol", ""),
    ("caller trust r --none", ""),
    ("caller policy r --none", ""),
];

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},
    "Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:Sign","Resource":"*"}]}"#;
const LOCKOUT: &str = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/r"},
    "Action":"kms:Decrypt","Resource":"*"}]}"#;

/// Types all of it, as people and as scripts, on one side.
fn typed(kept: &Kept, ask: impl Fn(&[&str], &[u8]) -> Ran) -> Vec<(String, Ran)> {
    std::fs::write(kept.path("policy.json"), POLICY).unwrap();
    std::fs::write(kept.path("lockout.json"), LOCKOUT).unwrap();
    let mut said = Vec::new();
    for json in [false, true] {
        let mut last = Vec::new();
        for (line, input) in TYPED {
            for name in ["public", "token"] {
                if line.contains("parameters") {
                    let _ = std::fs::remove_file(kept.path(name));
                }
            }
            let mut arguments: Vec<&str> = line.split(' ').collect();
            // What follows is read as bytes.
            let is_json = json && !line.contains("base64");
            if is_json && !line.contains("--json") {
                arguments.push("--json");
            }
            let input = if input == "F" { last.clone() } else { input.as_bytes().to_vec() };
            let ran = ask(&arguments, &input);
            if line.contains("base64")
                && !line.contains("verify")
                && ran.0 == 0
                && !line.starts_with("decrypt")
            {
                last.clone_from(&ran.1);
                std::fs::write(kept.path("last"), &last).unwrap();
            }
            said.push((arguments.join(" "), ran));
        }
    }
    said
}

#[test]
fn what_is_said_on_the_file_is_said_at_an_endpoint() {
    let kept = Kept::new();
    let of_file = typed(&kept, |arguments, input| kept.on_the_file(arguments, input));
    // The root user on either side, and no rates, which a file has none of.
    let mut dev = kept.command(&["serve", "--dev", "--data", "dev", "--listen", "127.0.0.1:0"]);
    let serving = Serving::start(&mut dev);
    let root = (ACCOUNT.to_owned(), "anything".to_owned());
    let at_endpoint = typed(&kept, |arguments, input| kept.at(&serving.url, &root, arguments, input));
    let mut differences = Vec::new();
    for ((line, file), (_, endpoint)) in of_file.iter().zip(&at_endpoint) {
        let (there, here) = (of(line, endpoint), of(line, file));
        if there != here {
            differences.push(format!("{line}\n  at the endpoint {there:?}\n  on the file     {here:?}"));
        }
    }
    assert!(differences.is_empty(), "{} differ\n{}", differences.len(), differences.join("\n"));
    assert_eq!(of_file.len(), at_endpoint.len());
}

/// What has to be alike: the status, the output, and of a refusal its kind and its name. Its words are the endpoint's.
fn of(line: &str, (status, out, err): &Ran) -> (i32, Vec<String>, Vec<serde_json::Value>) {
    let text = alike(&String::from_utf8_lossy(out));
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // Keys are listed in an order of the vault's own, which their ids make.
    if line.starts_with("key list") {
        lines.iter_mut().for_each(|line| *line = line.replace(char::is_numeric, ""));
        lines.sort();
    }
    let told: serde_json::Value = serde_json::from_str(err).unwrap_or_default();
    let members = ["error", "exit_status", "code"].map(|name| told[name].clone());
    (*status, lines, members.to_vec())
}
