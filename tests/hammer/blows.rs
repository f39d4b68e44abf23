//! Starts the child, listens, kills it, and compares.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use strongroom_std::key::MacAlgorithm;
use strongroom_std::operation::{
    CancelKeyDeletion, Decrypt, EnableKey, RestoreKeyVersion, VerifyMac, VerifyVersionedMac,
};
use strongroom_std::{Error, NewVault, Vault};
use tempfile::TempDir;

use super::child::VAULT;
use super::look::{look, root, secret};
use super::model::{Change, Keys, Standing, THREADS, VERBS, Verb};
use crate::authorization::dice::Dice;

/// Of earlier rounds' ciphertexts, so many are opened again after each.
const OLD: usize = 500;
/// No child lives longer after it was ready, in milliseconds.
const LIFE_MS: usize = 400;

/// Something that a version of a key made, and of what.
struct Made {
    key: String,
    version: u32,
    is_mac: bool,
    text: String,
    bytes: Vec<u8>,
}

/// What came of it.
#[derive(Default)]
pub struct Tally {
    pub rounds: u64,
    pub kills: u64,
    pub changes: u64,
    /// Changes that were under way when the process was killed, and are there.
    pub unasked: u64,
    pub ciphertexts: u64,
    pub opened: u64,
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Tally { rounds, kills, changes, unasked, ciphertexts, opened } = self;
        write!(
            f,
            "hammer: {rounds} rounds, {kills} kills, {changes} acknowledged changes ({unasked} landed without), \
             {ciphertexts} ciphertexts and MACs opened {opened} times, 0 lost"
        )
    }
}

pub struct Hammer {
    folder: TempDir,
    dice: Dice,
    keys: Keys,
    made: Vec<Made>,
    /// Successful events that the log must hold, and those seen in it.
    events: BTreeMap<Verb, u64>,
    seen: BTreeMap<Verb, u64>,
    next_entry: u64,
    pub tally: Tally,
}

impl Hammer {
    pub fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir_in(place()).unwrap();
        Vault::create(&folder.path().join("test.vault"), &NewVault::default(), &secret())
            .unwrap()
            .close()
            .unwrap();
        Hammer {
            folder,
            dice: Dice(seed),
            keys: Keys::new(),
            made: Vec::new(),
            events: BTreeMap::new(),
            seen: BTreeMap::new(),
            next_entry: 0,
            tally: Tally::default(),
        }
    }

    fn open(&self) -> Vault {
        Vault::open(&self.folder.path().join("test.vault"), &secret()).unwrap()
    }

    /// Starts the child, kills it, and looks whether all is there.
    pub fn round(&mut self) {
        let said = self.strike();
        let new = self.made.len();
        let under_way = self.hear(&said);
        let vault = self.open();
        self.compare(&vault, under_way);
        self.check_log(&vault);
        let verified = vault.verify().unwrap();
        assert_eq!((verified.damaged, verified.damaged_copies), (0, 0));
        let old: Vec<usize> = (0..OLD.min(new)).map(|_| self.dice.below(new)).collect();
        for index in old.into_iter().chain(new..self.made.len()) {
            self.check_opens(&vault, index);
        }
        self.tally.rounds += 1;
        if self.dice.percent(70) {
            vault.close().unwrap();
        }
    }

    /// Lets a child live for a while; answers its whole lines. Sometimes it does not even get to open the vault.
    fn strike(&mut self) -> Vec<String> {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["hammer::child::is_killed", "--exact", "--nocapture", "--test-threads=1"])
            .env(VAULT, self.folder.path().join("test.vault"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = listen(child.stdout.take().unwrap());
        let mut said = Vec::new();
        let mut kill_at = None;
        if self.dice.percent(10) {
            kill_at = Some(Instant::now() + Duration::from_millis(self.dice.below(40) as u64));
        }
        loop {
            let wait =
                kill_at.map_or(Duration::from_secs(60), |at| at.saturating_duration_since(Instant::now()));
            match lines.recv_timeout(wait) {
                Ok(line) if line == "ready" && kill_at.is_none() => {
                    kill_at = Some(Instant::now() + Duration::from_millis(self.dice.below(LIFE_MS) as u64));
                }
                Ok(line) => said.push(line),
                Err(RecvTimeoutError::Timeout) if kill_at.is_some() => break,
                Err(error) => panic!("the child did not live on: {error}, {:?}", said.last()),
            }
        }
        kill(&mut child);
        self.tally.kills += 1;
        said.extend(lines);
        said
    }

    /// Applies what was acknowledged; answers what each thread was about to do.
    fn hear(&mut self, said: &[String]) -> BTreeMap<u8, Change> {
        let mut under_way = BTreeMap::new();
        for line in said {
            let (what, rest) = line.split_once(' ').unwrap_or((line, ""));
            let words: Vec<&str> = rest.split(' ').collect();
            match (what, &words[..]) {
                ("begin", [thread, change @ ..]) => {
                    let change = Change::parse(&change.join(" ")).unwrap();
                    assert_eq!(under_way.insert(thread.parse().unwrap(), change), None);
                }
                ("done", [thread, answer]) => {
                    let thread = thread.parse().unwrap();
                    let change = under_way.remove(&thread).unwrap();
                    self.note(thread, &change, answer);
                    self.tally.changes += 1;
                }
                ("ciphertext" | "mac", [key, version, text, hex]) => {
                    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
                    let bytes = (0..hex.len()).step_by(2).map(byte).collect();
                    let (version, is_mac) = (version.parse().unwrap(), what == "mac");
                    let (key, text) = ((*key).to_owned(), (*text).to_owned());
                    self.made.push(Made { key, version, is_mac, text, bytes });
                    self.tally.ciphertexts += 1;
                }
                ("ready", _) => {}
                _ => panic!("the child says: {line}"),
            }
        }
        under_way
    }

    /// A change is there: so is its event.
    fn note(&mut self, thread: u8, change: &Change, answer: &str) {
        change.apply(thread, answer, &mut self.keys);
        *self.events.entry(change.verb).or_default() += 1;
    }

    /// Every thread's keys are as they were acknowledged, or as after the one change that was under way.
    fn compare(&mut self, vault: &Vault, mut under_way: BTreeMap<u8, Change>) {
        let found = look(vault);
        for thread in 0..THREADS {
            let of_thread = |keys: &Keys| -> Keys {
                keys.iter()
                    .filter(|(_, key)| key.thread == thread)
                    .map(|(id, key)| (id.clone(), key.clone()))
                    .collect()
            };
            let found = of_thread(&found);
            if found == of_thread(&self.keys) {
                continue;
            }
            let change = under_way.remove(&thread);
            let change = change.unwrap_or_else(|| {
                panic!("thread {thread}: found {found:#?}, acknowledged {:#?}", of_thread(&self.keys))
            });
            // An id that nobody was told.
            let new_key = found.keys().find(|id| !self.keys.contains_key(*id));
            let new_grant = found.get(&change.key).and_then(|key| key.grants.get(&change.word));
            let answer = new_key.or(new_grant).cloned().unwrap_or_default();
            self.note(thread, &change, &answer);
            self.tally.unasked += 1;
            let expected = of_thread(&self.keys);
            assert_eq!(found, expected, "thread {thread} was about to {change:?}");
        }
        assert_eq!(found, self.keys);
    }

    /// The log has one event of each change, and no other.
    fn check_log(&mut self, vault: &Vault) {
        let (seen, next) = (&mut self.seen, &mut self.next_entry);
        let from = *next;
        let scanned = vault.audit_events(from, |sequence, event| {
            *next = sequence + 1;
            let verb = VERBS.iter().find(|(_, action)| *action == event.action).map(|(verb, _)| *verb);
            if let (Some(verb), None) = (verb, event.error_code) {
                *seen.entry(verb).or_default() += 1;
            }
        });
        scanned.unwrap();
        assert_eq!(self.seen, self.events, "successful events in the log, and changes");
    }

    /// Opens what a version made, or is told why not.
    fn check_opens(&mut self, vault: &Vault, index: usize) {
        let Made { key: id, version, is_mac, text, bytes } = &self.made[index];
        let key = &self.keys[id];
        let opened = if *is_mac {
            let request = VerifyMac::new(id, MacAlgorithm::HmacSha256, text.as_bytes(), bytes);
            vault.verify_versioned_mac(&root(), VerifyVersionedMac(request)).map(|verified| verified.version)
        } else {
            vault.decrypt(&root(), Decrypt::new(bytes)).map(|opened| {
                assert_eq!(opened.plaintext.as_bytes(), text.as_bytes(), "another plaintext");
                opened.version
            })
        };
        let is_usable = key.standing == Standing::Enabled && !key.revoked.contains(version);
        match opened {
            Ok(opened) => assert!(is_usable && opened == *version, "{text} of {id} opened: {key:?}"),
            Err(
                Error::Disabled | Error::InvalidState(_) | Error::InvalidCiphertext(_) | Error::InvalidMac,
            ) if !is_usable => {}
            Err(error) => panic!("{text} of {id} version {version}: {error:?}, {key:?}"),
        }
        self.tally.opened += u64::from(is_usable);
    }

    /// Makes every key and version usable again, and opens everything there ever was.
    pub fn open_everything(&mut self) {
        let vault = self.open();
        for (key_id, key) in &mut self.keys {
            if key.standing == Standing::Doomed {
                vault.cancel_key_deletion(&root(), CancelKeyDeletion { key_id }).unwrap();
            }
            if key.standing != Standing::Enabled {
                vault.enable_key(&root(), EnableKey { key_id }).unwrap();
            }
            key.standing = Standing::Enabled;
            for version in std::mem::take(&mut key.revoked) {
                vault.restore_key_version(&root(), RestoreKeyVersion { key_id, version }).unwrap();
            }
        }
        (0..self.made.len()).for_each(|index| self.check_opens(&vault, index));
    }
}

/// Where the vault's file lies: by default in memory, if there is such a place, since a kill loses nothing that was written
/// and waiting for a disk only makes blows rarer.
fn place() -> PathBuf {
    let asked = std::env::var_os("STRONGROOM_HAMMER_FOLDER").map(PathBuf::from);
    let memory = PathBuf::from("/dev/shm");
    asked.or_else(|| memory.is_dir().then_some(memory)).unwrap_or_else(std::env::temp_dir)
}

/// SIGKILL, and until it is gone.
fn kill(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The whole lines that are for us, as they come.
fn listen(output: ChildStdout) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = String::new();
        while output.read_line(&mut line).is_ok_and(|len| len > 0) {
            if let Some((_, said)) = line.split_once('@').filter(|_| line.ends_with('\n')) {
                let _ = sender.send(said.trim_end().to_owned());
            }
            line.clear();
        }
    });
    lines
}
