//! The child, its stops, and its memory as the operating system shows it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::child::FOLDER;
use super::secrets::{Kind, PIECE, Secrets};

const PAGE: usize = 4096;
/// Read at once.
const STRETCH: usize = 1 << 20;

pub struct Observed {
    child: Child,
    answers: ChildStdin,
    says: BufReader<ChildStdout>,
}

impl Observed {
    pub fn start(folder: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["memory::child::is_observed", "--exact", "--nocapture", "--test-threads=1"])
            .env(FOLDER, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (answers, says) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Observed { child, answers, says }
    }

    /// Lets it run to a stop.
    pub fn go_to(&mut self, stop: &str) {
        self.answers.write_all(b"\n").unwrap();
        let mut line = String::new();
        loop {
            line.clear();
            assert!(self.says.read_line(&mut line).unwrap() > 0, "the child ended before {stop}");
            if let Some((_, said)) = line.trim_end().split_once('@') {
                assert_eq!(said, stop);
                return;
            }
        }
    }

    /// Every place in writable memory where there is a piece of a secret of these kinds.
    pub fn search(&self, secrets: &Secrets, kinds: &[Kind]) -> Vec<String> {
        let folder = PathBuf::from(format!("/proc/{}", self.child.id()));
        let maps = std::fs::read_to_string(folder.join("maps")).unwrap();
        let mut memory = File::open(folder.join("mem")).unwrap();
        let mut found = Vec::new();
        for line in maps.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [range, rights, ..] = words[..] else { continue };
            let name = words.get(5).copied().unwrap_or("without a name");
            if !rights.starts_with("rw") || name.starts_with("[v") {
                continue;
            }
            let (start, end) = range.split_once('-').unwrap();
            let [start, end] = [start, end].map(|text| u64::from_str_radix(text, 16).unwrap());
            search_range(&mut memory, start, end, |at, bytes| {
                if let Some((secret, kind)) = secrets.find(bytes)
                    && kinds.contains(kind)
                {
                    found.push(format!("{secret} ({kind:?}) at {at:x} in {name}, {range}"));
                    return true;
                }
                false
            });
        }
        found
    }
}

/// Shows every place of a range to `look`, with at least a piece's length behind it; where that answers true, the rest of
/// that secret is passed by.
fn search_range(memory: &mut File, start: u64, end: u64, mut look: impl FnMut(u64, &[u8]) -> bool) {
    let mut bytes = vec![0; STRETCH + PIECE];
    let mut at = start;
    while at < end {
        let len = usize::try_from(end - at).unwrap_or(usize::MAX).min(bytes.len());
        memory.seek(SeekFrom::Start(at)).unwrap();
        // What is not there cannot be read: a guard page, or a page that nobody touched yet.
        if memory.read_exact(&mut bytes[..len]).is_ok() {
            for (page_at, page) in (0..len.min(STRETCH)).step_by(PAGE).map(|from| (from, &bytes[from..len])) {
                let own = page.len().min(PAGE);
                if page[..own].iter().all(|byte| *byte == 0) {
                    continue;
                }
                let mut from = 0;
                while from < own {
                    let is_found = look(at + (page_at + from) as u64, &page[from..]);
                    from += if is_found { PIECE } else { 1 };
                }
            }
        }
        at += STRETCH as u64;
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
