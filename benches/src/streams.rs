//! A large file through the command `strongroom`, and through other commands, in turns: how fast, and how much memory.
//!
//! Everything is read from a file that is in memory already, and written to `/dev/null`, so that the disk does not count.
//! The last rows write a file that is on the disk in the end.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::measure::percentile;

/// Each command runs so often; medians are over these.
const ROUNDS: usize = 5;
const MIB: u64 = 1 << 20;

/// What one command does with the file.
struct Candidate {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
}

pub fn run(mib: usize) {
    let mib = mib as u64;
    let folder = tempfile::tempdir().unwrap();
    let strongroom = std::env::current_exe().unwrap().with_file_name("strongroom");
    make(&folder.path().join("plain"), mib * MIB);
    make(&folder.path().join("small"), MIB);
    let must = |arguments: &str| {
        let mut command = command(folder.path(), &strongroom);
        let ran = command.args(arguments.split(' ')).stdout(Stdio::null()).status();
        assert!(ran.unwrap().success(), "strongroom {arguments}");
    };
    must("init --make-key-file");
    must("key create --alias alias/a");
    must("file encrypt plain small --key alias/a");

    println!("{mib} MiB, median of {ROUNDS} runs in turns; × is the speed beside strongroom's\n");
    let heading = |what: &str| println!("{what:<44}{:>10}{:>8}{:>14}", "MB/s", "×", "peak, MiB");
    let ours = |name: &str, arguments: &str| Candidate::new(name, &strongroom, &format!("file {arguments}"));

    heading("encrypt, to /dev/null");
    let mut encrypt = vec![ours("strongroom file encrypt", "encrypt plain -o - --key alias/a")];
    encrypt.extend(openssl("plain", ""));
    encrypt.extend(age(folder.path(), "plain"));
    table(folder.path(), mib, &encrypt);

    heading("\ndecrypt, to /dev/null");
    let mut decrypt = vec![ours("strongroom file decrypt", "decrypt plain.sealed -o -")];
    decrypt.extend(openssl("plain", "-d "));
    decrypt.extend(age_back(folder.path()));
    table(folder.path(), mib, &decrypt);

    heading("\nto a file, durable; rewrap copies");
    let files = [
        ours("strongroom file encrypt", "encrypt plain -o out --force --key alias/a"),
        ours("strongroom file decrypt", "decrypt plain.sealed -o out --force"),
        ours("strongroom file rewrap", "rewrap plain.sealed -o out --force"),
        Candidate::new(
            "dd, a copy and fsync",
            Path::new("dd"),
            "if=plain of=out bs=64k conv=fsync status=none",
        ),
    ];
    table(folder.path(), mib, &files);

    heading("\nthe same with a file of 1 MiB");
    let small = [
        ours("strongroom file encrypt", "encrypt small -o - --key alias/a"),
        ours("strongroom file decrypt", "decrypt small.sealed -o -"),
    ];
    table(folder.path(), 1, &small);
}

impl Candidate {
    fn new(name: &str, program: &Path, arguments: &str) -> Self {
        let arguments = arguments.split_whitespace().map(str::to_owned).collect();
        Candidate { name: name.to_owned(), program: program.to_owned(), arguments }
    }
}

/// Bytes that nothing compresses.
fn make(path: &Path, len: u64) {
    let mut block = vec![0; MIB as usize];
    getrandom::fill(&mut block).unwrap();
    let mut file = File::create(path).unwrap();
    for number in 0..len / MIB {
        block[..8].copy_from_slice(&number.to_be_bytes());
        file.write_all(&block).unwrap();
    }
}

fn command(folder: &Path, program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    command.env("STRONGROOM_VAULT", "app.vault").env("STRONGROOM_KEY_FILE", "app.key");
    command
}

/// Whether a program can be had; if not, a line says so.
fn is_there(program: &str) -> bool {
    let asked = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let is_there = !asked.is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    if !is_there {
        println!("SKIPPED: {program} cannot be had");
    }
    is_there
}

/// AES-256 in counter mode with a key that is given: what it costs to encrypt and authenticate nothing.
fn openssl(file: &str, back: &str) -> Option<Candidate> {
    let key = "00112233445566778899aabbccddeeff".repeat(2);
    let arguments =
        format!("enc {back}-aes-256-ctr -K {key} -iv {} -in {file} -out /dev/null", "00".repeat(16));
    is_there("openssl")
        .then(|| Candidate::new("openssl enc -aes-256-ctr, no MAC", Path::new("openssl"), &arguments))
}

/// `rage` or `age`, for a recipient made here.
fn age(folder: &Path, file: &str) -> Option<Candidate> {
    let program = ["rage", "age"].into_iter().find(|program| is_there(program))?;
    let made =
        command(folder, Path::new(&format!("{program}-keygen"))).args(["-o", "age.key"]).output().ok()?;
    let identity = fs::read_to_string(folder.join("age.key")).ok()?;
    let recipient = identity.lines().find_map(|line| line.split_once("public key: "));
    let recipient = recipient.filter(|_| made.status.success()).map(|(_, recipient)| recipient)?;
    let seal = format!("-r {recipient} -o plain.age {file}");
    let sealed = command(folder, Path::new(program)).args(seal.split(' ')).status().ok()?;
    let arguments = format!("-r {recipient} -o - {file}");
    sealed.success().then(|| Candidate::new(program, Path::new(program), &arguments))
}

/// The same program, back; after [`age`] has sealed the file.
fn age_back(folder: &Path) -> Option<Candidate> {
    folder.join("plain.age").exists().then_some(())?;
    let program = ["rage", "age"].into_iter().find(|program| is_there(program))?;
    Some(Candidate::new(program, Path::new(program), "-d -i age.key -o - plain.age"))
}

/// Runs all of them in turns, and prints a row for each. The first one is what the others are compared with.
fn table(folder: &Path, mib: u64, candidates: &[Candidate]) {
    let mut speeds = vec![Vec::new(); candidates.len()];
    let mut peaks = vec![0.0_f64; candidates.len()];
    // The first round brings programs and files into memory.
    for round in 0..=ROUNDS {
        for (place, candidate) in candidates.iter().enumerate() {
            let (seconds, peak) = measure(folder, candidate);
            if round > 0 {
                speeds[place].push((mib * MIB) as f64 / 1e6 / seconds);
            }
            peaks[place] = peaks[place].max(peak);
        }
    }
    let speeds: Vec<f64> = speeds.into_iter().map(|speeds| percentile(speeds, 50)).collect();
    for ((candidate, speed), peak) in candidates.iter().zip(&speeds).zip(&peaks) {
        println!("{:<44}{speed:>10.0}{:>8.2}{peak:>14.1}", candidate.name, speed / speeds[0]);
    }
}

/// How long a command takes, in seconds, and its peak resident memory in MiB.
fn measure(folder: &Path, candidate: &Candidate) -> (f64, f64) {
    let mut command = command(folder, &candidate.program);
    command.args(&candidate.arguments).stdout(Stdio::null());
    let started = Instant::now();
    let mut child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = f64::NAN;
    let ended = loop {
        // Gone once the process has ended: the last look counts.
        let shown = fs::read_to_string(&status).unwrap_or_default();
        let line = shown.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        if let Some(kib) = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()) {
            peak = kib / 1024.0;
        }
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        thread::sleep(Duration::from_millis(2));
    };
    assert!(ended.success(), "{} {:?}", candidate.name, candidate.arguments);
    (started.elapsed().as_secs_f64(), peak)
}
