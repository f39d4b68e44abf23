//! The command at an endpoint: whom it believes, and what keeps it from asking.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use super::kept::{ACCOUNT, Kept, REGION, Ran, Serving, ran};

pub(super) fn said(ran: &Ran, status: i32, parts: &[&str]) {
    assert_eq!(ran.0, status, "{}", ran.2);
    for part in parts {
        assert!(ran.2.contains(part), "{part}: {}", ran.2);
    }
}

#[test]
fn whoever_is_not_believed_or_may_not_is_told_what_to_look_at() {
    let kept = Kept::new();
    let serving = kept.serve(&[]);
    let list = ["key", "list"];
    let at = |who: &(String, String)| kept.at(&serving.url, who, &list, b"");
    assert_eq!(at(&kept.alice).0, 0);
    let other = if kept.alice.1.starts_with('x') { 'y' } else { 'x' };
    let wrong = (kept.alice.0.clone(), format!("{other}{}", &kept.alice.1[1..]));
    said(&at(&wrong), 6, &["the secret is another one", "AWS_SECRET_ACCESS_KEY"]);
    said(&at(&("AKIAQAAAAAAAAAAAAAAA".to_owned(), wrong.1)), 6, &["knows no such access key"]);
    said(&at(&kept.bob), 3, &["user/bob is not authorized to perform: kms:ListKeys", "--region"]);
    let mut elsewhere = kept.command(&["--endpoint", &serving.url, "key", "list", "--region", "eu-west-3"]);
    let (id, secret) = &kept.alice;
    elsewhere.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret).env("AWS_REGION", REGION);
    said(&ran(&mut elsewhere, b""), 3, &["not authorized", "of another Region, ask with --region"]);
    let mut nobody = kept.command(&["--endpoint", &serving.url, "key", "list", "--region", REGION]);
    said(&ran(&mut nobody, b""), 2, &["AWS_ACCESS_KEY_ID is not set", "access-key create"]);
    nobody.env("AWS_ACCESS_KEY_ID", id);
    said(&ran(&mut nobody, b""), 2, &["AWS_SECRET_ACCESS_KEY is not set"]);
    let mut nowhere = kept.command(&["--endpoint", &serving.url, "key", "list"]);
    nowhere.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret);
    said(&ran(&mut nowhere, b""), 2, &["of which Region", "AWS_REGION"]);
    nowhere.env("AWS_DEFAULT_REGION", REGION);
    assert_eq!(ran(&mut nowhere, b"").0, 0);
    // A secret is in no message.
    let told = kept.at(&serving.url, &kept.alice, &["key", "describe", "alias/none", "--json"], b"");
    said(&told, 4, &[r#""code":"NotFoundException""#]);
    assert!(!told.2.contains(&kept.alice.1));
}

#[test]
fn who_is_not_there_or_is_no_endpoint_is_told_from_who_refuses() {
    let kept = Kept::new();
    let list = ["key", "list"];
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = kept.at(&format!("http://{free}"), &kept.alice, &list, b"");
    said(&nobody, 9, &["cannot be reached", "refused", "`strongroom serve` runs there"]);
    said(&kept.at("http://192.0.2.1", &kept.alice, &list, b""), 2, &["this machine only: use https"]);
    said(&kept.at("127.0.0.1:8080", &kept.alice, &list, b""), 2, &["expected https://HOST:PORT"]);
    // Whoever answers, with what.
    for (status_line, body, status, parts) in [
        ("200 OK", "hi", 9, vec!["not what was asked for"]),
        ("404 Not Found", "hi", 9, vec!["no endpoint of AWS KMS (status 404)"]),
        (
            "400 Bad Request",
            r#"{"__type":"ExpiredTokenException","message":"is expired"}"#,
            6,
            vec!["the session is over", "assume the role again"],
        ),
        (
            "503 Service Unavailable",
            r#"{"__type":"KMSInternalException"}"#,
            9,
            vec!["KMSInternalException", "the log of `strongroom serve`"],
        ),
        ("400 Bad Request", r#"{"__type":"ThrottlingException"}"#, 8, vec!["try again"]),
    ] {
        let answer = format!("HTTP/1.1 {status_line}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let (ran, asked) = answered(&kept, answer);
        said(&ran, status, &parts);
        assert!(asked.contains("SignedHeaders=content-type;host;x-amz-date;x-amz-target"), "{asked}");
    }
    for cut in ["nothing like HTTP\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nhi", ""] {
        said(&answered(&kept, cut.to_owned()).0, 9, &["cannot be reached"]);
    }
    // No page of anything is so long.
    let long = 9 << 20;
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {long}\r\n\r\n{}", " ".repeat(long));
    said(&answered(&kept, answer).0, 9, &["no endpoint of AWS KMS (status 200)"]);
}

/// What the command makes of this answer, and what it had asked.
fn answered(kept: &Kept, answer: String) -> (Ran, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answers = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut first = String::new();
        // Whoever is refused for now comes back, over the same connection.
        while let Some(asked) = request(&mut reader) {
            if first.is_empty() {
                first = asked;
            }
            // It may have heard enough before the end.
            let _ = stream.write_all(answer.as_bytes());
            if !answer.contains("Throttling") {
                break;
            }
        }
        first
    });
    let ran = kept.at(&url, &kept.alice, &["key", "list"], b"");
    (ran, answers.join().unwrap())
}

/// The head of the next request, whose body is read too; nothing when there is no other.
fn request(reader: &mut impl BufRead) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    reader.read_exact(&mut vec![0; length.unwrap_or(0)]).ok()?;
    Some(head)
}

#[test]
fn commands_that_need_the_file_say_so_and_nothing_of_an_endpoint_is_passed_over() {
    let kept = Kept::new();
    let url = "http://127.0.0.1:9";
    for line in [
        "init",
        "status",
        "slot list",
        "peer list",
        "plan keys.toml",
        "apply keys.toml",
        "export",
        "file inspect policy.json",
        "audit tail",
        "verify",
        "repair",
        "backup x.bundle",
        "restore x.bundle",
        "salvage x y",
        "tick",
        "accept-time",
        "policy check policy.json",
        "key destroy-damaged alias/a",
        "serve --data data --listen 127.0.0.1:0",
    ] {
        let arguments: Vec<&str> = line.split(' ').collect();
        let ran = kept.at(url, &kept.alice, &arguments, b"");
        said(&ran, 2, &["works on the vault's file", "without --endpoint"]);
    }
    let behind = kept.command(&["status", "--endpoint", url]);
    said(&ran(&mut { behind }, b""), 2, &["works on the vault's file"]);
    said(&kept.on_the_file(&["key", "list", "--region", REGION], b""), 2, &["give --endpoint URL too"]);
    said(&kept.on_the_file(&["key", "list", "--ca-file", "x"], b""), 2, &["give --endpoint URL too"]);
    said(&kept.at(url, &kept.alice, &["key", "list", "--as", "bob"], b""), 2, &["leave --as out"]);
    let grant = ["grant", "create", "alias/a", "--grantee", "bob", "--operation", "Decrypt"];
    let serving = kept.serve(&[]);
    kept.at(&serving.url, &kept.alice, &["key", "create", "--alias", "alias/a"], b"");
    said(&kept.at(&serving.url, &kept.alice, &grant, b""), 2, &["`bob` is no ARN"]);
}

/// A fresh certificate for this name, and its key.
pub(super) fn certificate(folder: &Path, name: &str) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    std::fs::write(folder.join("tls.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("tls.key"), made.signing_key.serialize_pem()).unwrap();
}

#[test]
fn an_endpoint_behind_tls_is_believed_by_the_certificates_that_are_named_and_by_no_others() {
    let kept = Kept::new();
    certificate(kept.folder.path(), "localhost");
    let serving = kept.serve(&["--tls-certificates", "tls.pem", "--tls-key", "tls.key"]);
    let url = serving.url.replace("127.0.0.1", "localhost");
    let list = ["key", "list", "--ca-file", "tls.pem"];
    assert_eq!(kept.at(&url, &kept.alice, &list, b"").0, 0);
    let mut by_environment = kept.command(&["--endpoint", &url, "key", "list", "--region", REGION]);
    let (id, secret) = &kept.alice;
    by_environment
        .env("AWS_ACCESS_KEY_ID", id)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .env("AWS_CA_BUNDLE", "tls.pem");
    assert_eq!(ran(&mut by_environment, b"").0, 0);
    let mut by_platform = kept.command(&["--endpoint", &url, "key", "list", "--region", REGION]);
    by_platform.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret);
    assert_eq!(ran(by_platform.env("SSL_CERT_FILE", "tls.pem"), b"").0, 0);
    said(&ran(by_platform.env("SSL_CERT_FILE", "admin.json"), b""), 2, &["there are none"]);
    by_platform.env("SSL_CERT_FILE", "none.pem");
    said(&ran(&mut by_platform, b""), 2, &["of the platform", "none.pem"]);
    // A name that is not in the certificate, a certificate that nobody vouches for, none at all.
    said(&kept.at(&serving.url, &kept.alice, &list, b""), 9, &["is not believed", "--ca-file"]);
    std::fs::rename(kept.path("tls.pem"), kept.path("first.pem")).unwrap();
    certificate(kept.folder.path(), "localhost");
    std::fs::rename(kept.path("tls.pem"), kept.path("other.pem")).unwrap();
    let list = ["key", "list", "--ca-file", "other.pem"];
    said(&kept.at(&url, &kept.alice, &list, b""), 9, &["is not believed"]);
    let list = ["key", "list", "--ca-file", "admin.json"];
    said(&kept.at(&url, &kept.alice, &list, b""), 2, &["there is no certificate in it"]);
    let list = ["key", "list", "--ca-file", "none.pem"];
    said(&kept.at(&url, &kept.alice, &list, b""), 2, &["none.pem"]);
}

#[test]
fn an_endpoint_for_tests_takes_any_secret() {
    let kept = Kept::new();
    let mut command = kept.command(&["serve", "--dev", "--data", "dev", "--listen", "127.0.0.1:0"]);
    let serving = Serving::start(&mut command);
    let anybody = (ACCOUNT.to_owned(), "anything".to_owned());
    let made = kept.at(&serving.url, &anybody, &["key", "create", "--alias", "alias/a", "--json"], b"");
    assert_eq!(made.0, 0, "{}", made.2);
    let made: serde_json::Value = serde_json::from_slice(&made.1).unwrap();
    let arn = made["arn"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:kms:eu-central-1:111122223333:key/"), "{arn}");
    // From another account by its ARN, as the policy of the key does not allow.
    let other = ("444455556666".to_owned(), "anything".to_owned());
    said(&kept.at(&serving.url, &other, &["key", "describe", arn], b""), 3, &["not authorized"]);
    // By the ARN of an alias too.
    let alias = arn.replace(&format!("key/{}", made["key_id"].as_str().unwrap()), "alias/a");
    let tagged = kept.at(&serving.url, &anybody, &["tag", "add", &alias, "a=b"], b"");
    assert_eq!((tagged.0, tagged.1), (0, format!("{arn} is tagged\n").into_bytes()), "{}", tagged.2);
}

#[test]
fn the_lines_of_the_documentation_do_what_they_say() {
    const PAGE: &str = include_str!("../../../docs/endpoint.md");
    let kept = Kept::new();
    let serving = kept.serve(&[]);
    let section = PAGE.split("\n## The command at an endpoint\n").nth(1).unwrap();
    let block = section.split("```").nth(1).unwrap();
    let bin = Path::new(env!("CARGO_BIN_EXE_strongroom")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let (id, secret) = &kept.alice;
    let lines: Vec<&str> = block.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    assert_eq!(lines.len(), 3, "{block}");
    assert_eq!(lines[0], "export AWS_ACCESS_KEY_ID=AKIA… AWS_SECRET_ACCESS_KEY=… AWS_REGION=eu-central-1");
    let again = section.split("```").nth(3).unwrap();
    let administering: Vec<&str> = again.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    assert_eq!(administering.len(), 3, "{again}");
    let type_in = |line: &str| {
        let mut shell = Command::new("bash");
        shell.args(["-c", line]).current_dir(kept.folder.path()).env("PATH", &path).env("AWS_REGION", REGION);
        ran(shell.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret), b"")
    };
    for line in &lines[1..] {
        let typed = type_in(&line.replace("https://vault.example.com:8443", &serving.url));
        assert_eq!(typed.0, 0, "{line}: {}", typed.2);
    }
    let opened = type_in(&format!("strongroom --endpoint {} decrypt <password.sealed", serving.url));
    assert_eq!((opened.0, opened.1.as_slice()), (0, b"hunter2\n".as_slice()), "{}", opened.2);
    std::fs::copy(kept.path("admin.json"), kept.path("backup.json")).unwrap();
    for line in administering {
        let line = line.replace("https://vault.example.com:8443", &serving.url).replace("AKIA…", id);
        let typed = type_in(&line);
        assert_eq!(typed.0, 0, "{line}: {}", typed.2);
    }
    said(&kept.at(&serving.url, &kept.alice, &["key", "list"], b""), 6, &["or it is disabled"]);
}
