//! Load: clients in processes of their own that are killed at random, and how fast answers come.
//!
//! A few seconds by default; `cargo xtask endpoint` makes it minutes, and compares with moto.

use std::io::Write;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use strongroom_server::{Server, Settings};

use super::kept::{AccessKey, Kept};
use super::raw::{Sent, answer, connect, exchange};

/// Where a client of this process sends its requests, and with what; only set where it is one.
const TARGET: &str = "STRONGROOM_LOAD_TARGET";
/// How long clients are killed, in seconds.
const SECONDS: &str = "STRONGROOM_LOAD_SECONDS";
/// How long each measurement takes, in seconds; nothing is measured without it.
const SPEED: &str = "STRONGROOM_SPEED_SECONDS";
/// Where moto answers.
const MOTO: &str = "STRONGROOM_MOTO";
const CLIENTS: usize = 6;
/// What caches take when they are full: the file's 64 MiB, the gathered events of each thread, and the allocator's share of both.
const FILLED_KIB: u64 = 160 << 10;
/// What they take while a run of seconds fills them.
const FILLING_KIB: u64 = 64 << 10;
/// They are full in half of this time, and from then on memory grows no more
const FILLING_SECONDS: u64 = 120;
/// than by this.
const GROWTH_KIB: u64 = 16 << 10;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// A client that goes on until it is killed: seals, opens and compares. Whatever is answered otherwise ends it badly.
#[test]
fn client() {
    let Ok(target) = std::env::var(TARGET) else { return };
    let [address, key_id, id, secret] = target.split(' ').collect::<Vec<_>>()[..] else { panic!("{target}") };
    let address: SocketAddr = address.parse().unwrap();
    let id = strongroom_std::access_key::AccessKeyId::parse(id).unwrap();
    let access_key = AccessKey { id, secret: secret.to_owned() };
    loop {
        let mut stream = connect(address);
        for number in 0..20 {
            let mut ask = |operation: &str, body: &str| {
                let text = Sent::by(&access_key, operation, body).text();
                stream.write_all(text.as_bytes()).unwrap();
                let answer = answer(&mut stream).expect("the server cut the connection");
                assert_eq!(answer.status, 200, "{}", answer.body);
                serde_json::from_str::<serde_json::Value>(&answer.body).unwrap_or_default()
            };
            let body = format!(r#"{{"KeyId":"{key_id}","Plaintext":"aGVsbG8="}}"#);
            let sealed = ask("Encrypt", &body);
            let blob = sealed["CiphertextBlob"].as_str().unwrap();
            let opened = ask("Decrypt", &format!(r#"{{"CiphertextBlob":"{blob}"}}"#));
            assert_eq!(opened["Plaintext"], "aGVsbG8=");
            if number == 0 {
                let description = format!("of process {}", std::process::id());
                ask(
                    "UpdateKeyDescription",
                    &format!(r#"{{"KeyId":"{key_id}","Description":"{description}"}}"#),
                );
            }
        }
    }
}

fn start_client(kept: &Kept) -> Child {
    let target = format!("{} {} {} {}", kept.address(), kept.key_id, kept.alice.id, kept.alice.secret);
    let mut client = Command::new(std::env::current_exe().unwrap());
    client.args(["--exact", "load::client", "--nocapture"]).env(TARGET, target);
    client.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap()
}

/// Memory in use and open files of this process; nothing where the system does not say.
fn resources() -> Option<(u64, usize)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes = line.split_whitespace().nth(1)?.parse().ok()?;
    Some((kilobytes, std::fs::read_dir("/proc/self/fd").ok()?.count()))
}

fn counter(kept: &Kept, name: &str) -> u64 {
    let at = kept.server.as_ref().unwrap().metrics_address().unwrap();
    let text = exchange(at, b"GET /metrics HTTP/1.1\r\nhost: h\r\n\r\n").body;
    let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
    line.unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn clients_that_are_killed_leave_nothing_behind() {
    let seconds = number(SECONDS).unwrap_or(3);
    let mut kept = Kept::idle();
    let metrics = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    kept.server = Some(Server::start(Settings { metrics, ..kept.settings() }).unwrap());
    let mut clients: Vec<Child> = (0..CLIENTS).map(|_| start_client(&kept)).collect();
    // As much as it takes while it works.
    std::thread::sleep(Duration::from_secs(1));
    let before = resources();
    let (began, mut killed, mut draw) = (Instant::now(), 0u64, 1u64);
    let mut half_way = None;
    while began.elapsed() < Duration::from_secs(seconds) {
        if half_way.is_none() && began.elapsed() >= Duration::from_secs(seconds) / 2 {
            half_way = resources();
        }
        // Any sequence will do, as long as it is irregular.
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_millis(20 + (draw >> 33) % 200));
        let which = usize::try_from(draw >> 40).unwrap() % CLIENTS;
        let victim = &mut clients[which];
        assert!(victim.try_wait().unwrap().is_none(), "a client ended by itself");
        victim.kill().unwrap();
        victim.wait().unwrap();
        clients[which] = start_client(&kept);
        killed += 1;
    }
    for client in &mut clients {
        assert!(client.try_wait().unwrap().is_none(), "a client ended by itself");
        client.kill().unwrap();
        client.wait().unwrap();
    }
    // All of their connections are noticed to have ended.
    for _ in 0..600 {
        if counter(&kept, "strongroom_connections") == 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(counter(&kept, "strongroom_connections"), 0);
    let answered = counter(&kept, "strongroom_request_seconds_count");
    assert!(answered > 0);
    let after = resources();
    println!(
        "{killed} clients killed in {seconds} s, {answered} requests answered; memory (KiB) and files {before:?}, \
         {half_way:?} half-way, {after:?} in the end"
    );
    if let (Some((before, files_before)), Some((after, files_after))) = (before, after) {
        assert!(files_after <= files_before, "{files_before} files, then {files_after}");
        let room = if seconds >= FILLING_SECONDS { FILLED_KIB } else { FILLING_KIB };
        assert!(after < before + room, "{before} KiB, then {after} KiB");
        if seconds >= FILLING_SECONDS {
            let (half, _) = half_way.expect("memory half-way");
            assert!(after < half + GROWTH_KIB, "{half} KiB half-way, then {after} KiB");
        }
    }
    let vault = kept.vault();
    assert_eq!(vault.verify().unwrap().damaged, 0);
}

/// Encrypts 256 bytes over so many connections for so long; answers the times in microseconds, in order.
fn measure(to: SocketAddr, text: &str, connections: usize, seconds: u64) -> Vec<u128> {
    let until = Instant::now() + Duration::from_secs(seconds);
    let one = || {
        let mut times = Vec::new();
        let mut stream = connect(to);
        while Instant::now() < until {
            let began = Instant::now();
            stream.write_all(text.as_bytes()).unwrap();
            let answer = answer(&mut stream).expect("no answer");
            assert_eq!(answer.status, 200, "{}", answer.body);
            times.push(began.elapsed().as_micros());
            if answer.head.to_ascii_lowercase().contains("connection: close") {
                stream = connect(to);
            }
        }
        times
    };
    let mut all: Vec<u128> = std::thread::scope(|threads| {
        let running: Vec<_> = (0..connections).map(|_| threads.spawn(one)).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    all.sort_unstable();
    all
}

fn tell(who: &str, to: SocketAddr, text: &str, seconds: u64) {
    for connections in [1, 4, 64] {
        measure(to, text, connections, 1);
        let times = measure(to, text, connections, seconds);
        let at = |part: usize| times[(times.len() - 1) * part / 100];
        let per_second = u64::try_from(times.len()).unwrap() / seconds;
        println!(
            "{who:12} {connections:3} connections  {per_second:7} requests/s  p50 {:7} µs  p99 {:7} µs",
            at(50),
            at(99)
        );
    }
}

#[test]
fn speed() {
    let Some(seconds) = number(SPEED) else { return };
    let kept = Kept::start_with(strongroom_server::Limits::default());
    // A signature is good for a while: the client signs once.
    let plaintext = "QUJD".repeat(85);
    let body = format!(r#"{{"KeyId":"{}","Plaintext":"{}"}}"#, kept.key_id, plaintext);
    tell("strongroom", kept.address(), &Sent::by(&kept.alice, "Encrypt", &body).text(), seconds);
    println!("strongroom: memory (KiB) and files {:?}", resources());
    let Ok(moto) = std::env::var(MOTO) else { return };
    let moto: SocketAddr = moto.parse().unwrap();
    let made = Sent::by(&kept.alice, "CreateKey", "{}").send(moto);
    let made: serde_json::Value = serde_json::from_str(&made.body).unwrap();
    let key_id = made["KeyMetadata"]["KeyId"].as_str().unwrap();
    let body = format!(r#"{{"KeyId":"{key_id}","Plaintext":"{}"}}"#, plaintext);
    tell("moto", moto, &Sent::by(&kept.alice, "Encrypt", &body).text(), seconds);
}
