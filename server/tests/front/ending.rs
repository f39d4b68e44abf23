//! The end of a server, and what it says of itself until then.

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use strongroom_server::{Server, Settings};
use strongroom_std::Caller;
use strongroom_std::operation::DescribeKey;

use super::kept::{ACCOUNT, Kept, given, root};
use super::raw::{Sent, answer, connect, exchange};

#[test]
fn what_was_answered_is_there_after_the_end() {
    let mut kept = Kept::start();
    let (address, alice) = (kept.address(), &kept.alice);
    let made = Mutex::new(Vec::new());
    let is_over = AtomicBool::new(false);
    let server = kept.server.take().unwrap();
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let Ok(mut stream) = std::net::TcpStream::connect(address) else { return };
                    let text = Sent::by(alice, "CreateKey", "{}").text();
                    let _ = stream.write_all(text.as_bytes());
                    let Some(answer) = answer(&mut stream) else { continue };
                    assert_eq!(answer.status, 200, "{}", answer.body);
                    let value: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
                    made.lock().unwrap().push(value["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned());
                }
            });
        }
        std::thread::sleep(Duration::from_millis(600));
        server.stop().unwrap();
        is_over.store(true, Ordering::Relaxed);
    });
    let made = made.into_inner().unwrap();
    assert!(!made.is_empty());
    let vault = kept.vault();
    let own = root(ACCOUNT);
    let own = Caller::new(&own).unwrap();
    for key_id in &made {
        assert!(vault.describe_key(&own, DescribeKey::new(key_id)).is_ok(), "{key_id} of {}", made.len());
    }
}

#[test]
fn a_request_that_is_under_way_at_the_end_is_answered() {
    let mut kept = Kept::start();
    let body = format!(r#"{{"KeyId":"{}"}}"#, kept.key_id);
    let text = Sent::by(&kept.alice, "DescribeKey", &body).text();
    let (first, rest) = text.split_at(text.len() - 5);
    let mut idle = connect(kept.address());
    let mut stream = connect(kept.address());
    stream.write_all(first.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let server = kept.server.take().unwrap();
    let address = server.address();
    std::thread::scope(|threads| {
        let stopping = threads.spawn(move || server.stop());
        std::thread::sleep(Duration::from_millis(200));
        stream.write_all(rest.as_bytes()).unwrap();
        let answer = answer(&mut stream).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        stopping.join().unwrap().unwrap();
    });
    assert!(answer(&mut idle).is_none_or(|answer| answer.status == 408));
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn a_server_says_whether_it_runs_and_whether_it_is_ready() {
    let mut kept = Kept::idle();
    kept.server = Some(Server::start(Settings { listen: given(), ..kept.settings() }).unwrap());
    let get = |path: &str| {
        exchange(kept.address(), format!("GET {path} HTTP/1.1\r\nhost: h\r\n\r\n").as_bytes()).status
    };
    assert_eq!((get("/healthz"), get("/readyz")), (200, 200));
    // Counters are told elsewhere, if at all.
    assert_eq!(get("/metrics"), 404);
}
