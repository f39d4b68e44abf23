//! `strongroom serve`: ready at once, over what a request makes, until it is asked to end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use super::folder;

/// A server under way, and where it listens.
struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    fn start(folder: &tempfile::TempDir, arguments: &[&str]) -> Self {
        let began = Instant::now();
        let mut child = Command::new("env")
            .args(["--default-signal=HUP,INT,TERM", env!("CARGO_BIN_EXE_strongroom"), "serve"])
            .args(["--data", "data", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        println!("ready after {} ms: {line}", began.elapsed().as_millis());
        let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
        Serving { child, address }
    }

    fn ask(&self, operation: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!(
            "POST / HTTP/1.1\r\nhost: {}\r\nconnection: close\r\nx-amz-target: TrentService.{operation}\r\n\
             content-type: application/x-amz-json-1.1\r\nauthorization: AWS4-HMAC-SHA256 \
             Credential=111122223333/20260101/us-east-1/kms/aws4_request\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Asks it to end; answers its status and what it said for people.
    fn end(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (status.code(), said)
    }
}

#[test]
fn serve_dev_answers_until_it_is_asked_to_end_and_keeps_what_it_made() {
    let folder = folder();
    std::fs::write(
        folder.path().join("seed.toml"),
        "[keys.orders]\nid = \"11111111-2222-4333-8444-555555555555\"\naliases = [\"alias/orders\"]\n",
    )
    .unwrap();
    let arguments = ["--dev", "--account", "111122223333", "--seed", "seed.toml"];
    let serving = Serving::start(&folder, &arguments);
    let made = serving.ask("CreateKey", r#"{"Description":"kept"}"#);
    assert!(made.starts_with("HTTP/1.1 200 "), "{made}");
    let (status, said) = serving.end();
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("for tests only"), "{said}");

    let serving = Serving::start(&folder, &arguments);
    let listed = serving.ask("ListKeys", "{}");
    assert_eq!(listed.matches("KeyArn").count(), 2, "{listed}");
    let described = serving.ask("DescribeKey", r#"{"KeyId":"alias/orders"}"#);
    assert!(described.contains("11111111-2222-4333-8444-555555555555"), "{described}");
    assert_eq!(serving.end().0, Some(0));
}

/// A signal that came between would end the process with its vaults open.
#[cfg(target_os = "linux")]
#[test]
fn a_server_hears_signals_before_it_says_that_it_is_there() {
    use rustix::fs::{OFlags, fcntl_setfl};

    // Nobody reads what it says: it stands where it says it.
    let (mut said, full) = std::io::pipe().unwrap();
    fcntl_setfl(&full, OFlags::NONBLOCK).unwrap();
    while (&full).write(&[b'.'; 512]).is_ok() {}
    fcntl_setfl(&full, OFlags::empty()).unwrap();
    let folder = folder();
    let mut child = Command::new("env")
        .args(["--default-signal=HUP,INT,TERM", env!("CARGO_BIN_EXE_strongroom"), "serve", "--dev"])
        .args(["--data", "data", "--listen", "127.0.0.1:0"])
        .current_dir(folder.path())
        .stdout(full)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    let hears_terminate = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        u64::from_str_radix(caught.trim(), 16).unwrap() >> 14 & 1 == 1
    };
    let mut hears = false;
    while !hears && began.elapsed().as_secs() < 20 {
        std::thread::sleep(std::time::Duration::from_millis(10));
        hears = hears_terminate();
    }
    if !hears {
        child.kill().unwrap();
        panic!("it says that it is there, and hears no signals");
    }
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let mut line = String::new();
    said.read_to_string(&mut line).unwrap();
    assert!(line.contains("listening on http://"), "{line}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn serve_says_what_is_missing() {
    let folder = folder();
    let serve = |arguments: &[&str]| {
        let ran = Command::new(env!("CARGO_BIN_EXE_strongroom"))
            .args(["serve", "--data", "data", "--listen"])
            .args(arguments)
            .current_dir(folder.path())
            .env_remove("STRONGROOM_KEY_FILE")
            .output()
            .unwrap();
        assert!(!ran.status.success());
        String::from_utf8(ran.stderr).unwrap()
    };
    assert!(serve(&["127.0.0.1:0"]).contains("nothing says what opens the vaults"));
    assert!(serve(&["0.0.0.0:0", "--dev"]).contains("--dev looks at no signatures"));
    assert!(serve(&["127.0.0.1:0", "--dev", "--account", "1"]).contains("twelve digits"));
    assert!(serve(&["127.0.0.1:0", "--seed", "none"]).contains("--dev"));
}
