//! What a client may take of a server. Whatever one does, the others are answered and the vault is as it was.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use strongroom_server::Limits;

use super::kept::Kept;
use super::raw::{Sent, answer, connect, exchange};

/// One who does everything right is answered.
fn is_well(kept: &Kept) {
    let body = format!(r#"{{"KeyId":"{}"}}"#, kept.key_id);
    let answer = Sent::by(&kept.alice, "DescribeKey", &body).send(kept.address());
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[test]
fn a_body_that_is_too_long_is_refused_before_it_has_come() {
    let kept = Kept::start();
    let len = Limits::default().body_len;
    let stated = format!(
        "POST / HTTP/1.1\r\nhost: h\r\ncontent-type: application/x-amz-json-1.1\r\n\
         x-amz-target: TrentService.Encrypt\r\ncontent-length: {}\r\n\r\n",
        len + 1
    );
    let refused = exchange(kept.address(), stated.as_bytes());
    assert_eq!((refused.status, refused.exception().as_str()), (413, "RequestEntityTooLargeException"));
    assert!(refused.head.to_ascii_lowercase().contains("connection: close"));
    // One that does not say so beforehand.
    let head = "POST / HTTP/1.1\r\nhost: h\r\ncontent-type: application/x-amz-json-1.1\r\n\
                x-amz-target: TrentService.Encrypt\r\ntransfer-encoding: chunked\r\n\r\n";
    let mut stream = connect(kept.address());
    stream.write_all(head.as_bytes()).unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..=len / 0x10000 {
        if stream.write_all(chunk.as_bytes()).is_err() {
            break;
        }
    }
    if let Some(refused) = answer(&mut stream) {
        assert_eq!(refused.status, 413, "{}", refused.body);
    }
    is_well(&kept);
    // As much as is allowed is read, and then refused for what it says.
    let sent = Sent::by(&kept.alice, "Encrypt", &" ".repeat(len));
    assert_eq!(sent.send(kept.address()).exception(), "SerializationException");
}

#[test]
fn a_head_that_is_too_long_is_refused() {
    let kept = Kept::start();
    let text = format!("POST / HTTP/1.1\r\nhost: h\r\nx: {}\r\n\r\n", "x".repeat(64 * 1024));
    let mut stream = connect(kept.address());
    let _ = stream.write_all(text.as_bytes());
    if let Some(refused) = answer(&mut stream) {
        assert_eq!(refused.status, 431);
    }
    let many: String = (0..200).map(|number| format!("x{number}: 1\r\n")).collect();
    let refused = exchange(kept.address(), format!("POST / HTTP/1.1\r\nhost: h\r\n{many}\r\n").as_bytes());
    assert_eq!(refused.status, 431);
    is_well(&kept);
}

/// Sends the first bytes, then one at a time; answers what comes back before the connection ends.
fn slowly(to: SocketAddr, first: &str, rest: &str) -> Vec<u8> {
    let mut stream = connect(to);
    stream.write_all(first.as_bytes()).unwrap();
    let mut slow = stream.try_clone().unwrap();
    let rest = rest.to_owned();
    std::thread::spawn(move || {
        for byte in rest.bytes().cycle() {
            if slow.write_all(&[byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    until_it_is_cut(&mut stream)
}

/// What the server says before it ends the connection, which it must do before the reader loses patience.
fn until_it_is_cut(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    if let Err(error) = stream.read_to_end(&mut all) {
        let is_patience_lost = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
        assert!(!is_patience_lost, "it was not cut: {error}");
    }
    all
}

#[test]
fn whoever_sends_slower_than_is_allowed_is_cut() {
    // Nobody is cut for being idle here.
    let idle_time = Duration::from_secs(3600);
    let kept = Kept::start_with(Limits { idle_time, ..Kept::short() });
    // A head that never ends, one that never begins, and a body byte by byte.
    slowly(kept.address(), "POST / HTTP/1.1\r\nhost: h\r\nx: ", "y");
    let silent = until_it_is_cut(&mut connect(kept.address()));
    assert!(silent.is_empty() || silent.starts_with(b"HTTP/1.1 408"), "{silent:?}");
    let head = "POST / HTTP/1.1\r\nhost: h\r\ncontent-type: application/x-amz-json-1.1\r\n\
                x-amz-target: TrentService.Encrypt\r\ncontent-length: 100000\r\n\r\n{";
    let cut = slowly(kept.address(), head, " ");
    assert!(cut.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&cut));
    is_well(&kept);
}

#[test]
fn what_is_no_request_of_the_protocol_is_answered_as_the_service_does() {
    let kept = Kept::start();
    let good = Sent::by(&kept.alice, "ListKeys", "{}");
    for body in ["{", "", "[]", "null", "{}x", "{\"Limit\":}", "\u{fffd}"] {
        let refused = Sent { body: body.to_owned(), ..good.clone() }.send(kept.address());
        // A body that is no object; an empty one stands for an empty object where the service takes that.
        let found = refused.exception();
        assert!(
            found == "SerializationException" || (body.is_empty() && found.is_empty()),
            "{body}: {found}"
        );
    }
    for (content_type, target) in [
        ("text/plain", "ListKeys"),
        ("application/json", "ListKeys"),
        ("", "ListKeys"),
        ("application/x-amz-json-1.1", "NoSuchOperation"),
        ("application/x-amz-json-1.1", ""),
        ("application/x-amz-json-1.1", "ListKeys\u{7f}"),
    ] {
        let refused = Sent { content_type, target, ..good.clone() }.send(kept.address());
        assert!(matches!(refused.status, 400 | 404), "{}", refused.status);
        if target.is_ascii() && !target.contains('\u{7f}') {
            assert_eq!(refused.exception(), "UnknownOperationException", "{content_type} {target}");
        }
    }
    for text in [
        "GET / HTTP/1.1\r\nhost: h\r\n\r\n",
        "PUT / HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n",
        "nonsense\r\n\r\n",
        "POST / HTTP/9.9\r\n\r\n",
        "\u{0}\u{1}\u{2}\u{3}\r\n\r\n",
    ] {
        let mut stream = connect(kept.address());
        stream.write_all(text.as_bytes()).unwrap();
        if let Some(refused) = answer(&mut stream) {
            assert!((400..500).contains(&refused.status), "{text}: {}", refused.status);
        }
    }
    is_well(&kept);
}

#[test]
fn a_thousand_half_open_connections_keep_nobody_out() {
    let kept = Kept::start_with(Limits { head_time: Duration::from_secs(20), ..Kept::short() });
    let count = descriptors().saturating_sub(200).min(2 * 1000) / 2;
    if count < 1000 {
        println!("{count} of a thousand: the system gives no more files");
    }
    let mut open = Vec::new();
    for number in 0..count {
        let mut stream = connect(kept.address());
        if number % 2 == 0 {
            stream.write_all(b"POST / HTTP/1.1\r\nhost: h").unwrap();
        }
        open.push(stream);
        if number % 100 == 0 {
            is_well(&kept);
        }
    }
    is_well(&kept);
    drop(open);
    is_well(&kept);
}

/// How many files this process may have open.
fn descriptors() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap_or_default();
    line.split_whitespace().nth(3).and_then(|number| number.parse().ok()).unwrap_or(256)
}

#[test]
fn one_connection_too_many_is_cut_and_room_comes_back() {
    let kept = Kept::start_with(Limits { connections: 3, ..Kept::short() });
    let open: Vec<_> = (0..3)
        .map(|_| {
            let mut stream = connect(kept.address());
            let body = format!(r#"{{"KeyId":"{}"}}"#, kept.key_id);
            stream.write_all(Sent::by(&kept.alice, "DescribeKey", &body).text().as_bytes()).unwrap();
            assert_eq!(answer(&mut stream).unwrap().status, 200);
            stream
        })
        .collect();
    let mut refused = connect(kept.address());
    let _ = refused.write_all(b"GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n");
    assert!(answer(&mut refused).is_none());
    drop(open);
    for _ in 0..100 {
        let mut stream = connect(kept.address());
        let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n");
        if answer(&mut stream).is_some() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("no room came back");
}

#[test]
fn a_connection_is_used_again_and_closed_when_it_is_idle() {
    let kept = Kept::start();
    let mut stream = connect(kept.address());
    for _ in 0..5 {
        let body = format!(r#"{{"KeyId":"{}"}}"#, kept.key_id);
        stream.write_all(Sent::by(&kept.alice, "DescribeKey", &body).text().as_bytes()).unwrap();
        assert_eq!(answer(&mut stream).unwrap().status, 200);
    }
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"));
}
