//! Files while they are written: what is there if the command ends in the middle, who may look, how much memory it takes.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use super::folder;

const MIB: usize = 1 << 20;
const SIGNALS: [(&str, i32); 4] = [("HUP", 1), ("INT", 2), ("TERM", 15), ("KILL", 9)];
const ENCRYPT: [&str; 6] = ["file", "encrypt", "-", "--key", "alias/a", "-o"];
const DECRYPT: [&str; 4] = ["file", "decrypt", "-", "-o"];

/// A folder with a vault, a key `alias/a`, and an empty folder `out`.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Desk { folder: folder() };
        desk.must(&["init", "--make-key-file"]);
        desk.must(&["key", "create", "--alias", "alias/a"]);
        fs::create_dir(desk.folder.path().join("out")).unwrap();
        desk
    }

    fn command(&self, arguments: &[&str]) -> Command {
        // Whoever runs the tests in the background has some of them ignored.
        let mut command = Command::new("env");
        command.args(["--default-signal=HUP,INT,TERM", env!("CARGO_BIN_EXE_strongroom")]);
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("PATH", std::env::var("PATH").unwrap());
        command.env("STRONGROOM_VAULT", "app.vault").env("STRONGROOM_KEY_FILE", "app.key");
        command
    }

    fn must(&self, arguments: &[&str]) {
        let ran = self.command(arguments).output().unwrap();
        assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }

    /// A command that has taken all these bytes, but for what a pipe holds, and waits for more.
    fn amid(&self, mut command: Command, bytes: &[u8]) -> Child {
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(bytes).unwrap();
        child.stdin = Some(stdin);
        child
    }

    fn sealed(&self, len: usize) -> Vec<u8> {
        fs::write(self.folder.path().join("plain"), vec![7; len]).unwrap();
        self.must(&["file", "encrypt", "plain", "--force", "--key", "alias/a"]);
        fs::read(self.folder.path().join("plain.sealed")).unwrap()
    }

    /// What lies in `out`, hidden or not.
    fn out(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join("out")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

/// How a command ends by a signal that comes while it waits for more: its input stays open until then.
fn ended_by(name: &str, mut child: Child) -> Output {
    let _open = child.stdin.take();
    signal(&child, name);
    child.wait_with_output().unwrap()
}

/// Peak resident memory of a process that is alive, in KiB.
fn peak_kib(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn has_unnamed_files(folder: &Path) -> bool {
    use rustix::fs::{Mode, OFlags, open};
    let has = open(folder, OFlags::TMPFILE | OFlags::RDWR, Mode::RUSR).is_ok();
    if !has {
        println!("SKIPPED: the file system of {} has no unnamed files", folder.display());
    }
    has
}

#[test]
fn whatever_ends_the_command_nothing_is_left() {
    let desk = Desk::new();
    let sealed = desk.sealed(MIB);
    if !has_unnamed_files(desk.folder.path()) {
        return;
    }
    for (name, number) in SIGNALS {
        let encrypting = desk.amid(desk.command(&[&ENCRYPT[..], &["out/a"]].concat()), &vec![7; MIB]);
        let decrypting =
            desk.amid(desk.command(&[&DECRYPT[..], &["out/b"]].concat()), &sealed[..sealed.len() - 1]);
        assert!(desk.out().is_empty(), "while they are at it there is nothing either");
        for child in [encrypting, decrypting] {
            let ended = ended_by(name, child);
            assert_eq!(ended.status.signal(), Some(number), "{}", String::from_utf8_lossy(&ended.stderr));
            assert_eq!(desk.out(), Vec::<String>::new(), "{name}");
        }
    }
    desk.must(&["verify"]);
}

#[test]
fn where_files_need_names_signals_take_them_away() {
    let desk = Desk::new();
    let amid = |output: &str| {
        let mut command = desk.command(&[&ENCRYPT[..], &[output]].concat());
        command.env("STRONGROOM_NAMED_TEMPORARY", "1");
        desk.amid(command, &vec![7; MIB])
    };
    for (name, number) in &SIGNALS[..3] {
        let child = amid("out/a");
        assert!(desk.out()[0].starts_with(".strongroom-"), "{:?}", desk.out());
        assert_eq!(ended_by(name, child).status.signal(), Some(*number));
        assert_eq!(desk.out(), Vec::<String>::new(), "{name}");
    }
    // An error takes it away, too; and if all goes well it becomes the file.
    let child = amid("out/a");
    fs::write(desk.folder.path().join("out/a"), "somebody else's").unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(5));
    assert_eq!(desk.out(), ["a"]);
    assert!(amid("out/b").wait_with_output().unwrap().status.success());
    assert_eq!(desk.out().len(), 2, "{:?}", desk.out());
}

#[test]
fn a_file_that_appears_in_the_meantime_is_not_overwritten() {
    let desk = Desk::new();
    let child = desk.amid(desk.command(&[&ENCRYPT[..], &["out/a"]].concat()), &vec![7; MIB]);
    fs::write(desk.folder.path().join("out/a"), "somebody else's").unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(5), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(fs::read(desk.folder.path().join("out/a")).unwrap(), b"somebody else's");
    assert_eq!(desk.out(), ["a"]);
}

#[test]
fn the_vault_is_free_while_bytes_are_written() {
    let desk = Desk::new();
    let sealed = desk.sealed(MIB);
    let children = [
        desk.amid(desk.command(&[&ENCRYPT[..], &["out/a"]].concat()), &vec![7; MIB]),
        desk.amid(desk.command(&[&DECRYPT[..], &["out/b"]].concat()), &sealed[..sealed.len() - 1]),
    ];
    desk.must(&["status"]);
    let mut last = children.into_iter().zip([&b"x"[..], &sealed[sealed.len() - 1..]]);
    assert!(last.all(|(mut child, bytes)| {
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        child.wait().unwrap().success()
    }));
    assert_eq!(fs::read(desk.folder.path().join("out/b")).unwrap(), vec![7; MIB]);
}

#[test]
fn many_files_go_one_after_the_other_and_the_first_that_fails_is_the_last() {
    let desk = Desk::new();
    let names: Vec<String> = (0..40).map(|number| format!("out/{number:02}")).collect();
    for name in &names {
        fs::write(desk.folder.path().join(name), name).unwrap();
    }
    let all = |command: &str, names: &[String]| {
        let mut child = desk.command(&["file", command]);
        child.args(names);
        if command == "encrypt" {
            child.args(["--key", "alias/a"]);
        }
        child.output().unwrap().status.code().unwrap()
    };
    assert_eq!(all("encrypt", &names), 0);
    let sealed: Vec<String> = names.iter().map(|name| format!("{name}.sealed")).collect();
    assert_eq!(desk.out().len(), 80);
    names.iter().for_each(|name| fs::remove_file(desk.folder.path().join(name)).unwrap());
    let cut = desk.folder.path().join(&sealed[20]);
    File::options().write(true).open(cut).unwrap().set_len(200).unwrap();
    assert_eq!(all("decrypt", &sealed), 1);
    let mut opened = desk.out();
    opened.retain(|name| !name.ends_with(".sealed"));
    opened.sort();
    assert_eq!(opened, (0..20).map(|number| format!("{number:02}")).collect::<Vec<_>>());
    assert_eq!(fs::read(desk.folder.path().join("out/19")).unwrap(), b"out/19");
}

#[test]
fn a_file_that_was_cut_anywhere_is_never_handed_out_as_whole() {
    let desk = Desk::new();
    let sealed = desk.sealed(200_000);
    for len in
        [0, 163, 164, 165, 239, 240, 164 + 65_612, 164 + 65_612 + 76, 164 + 2 * 65_612, sealed.len() - 1]
    {
        for output in ["out/a", "-"] {
            let child = desk.amid(desk.command(&[&DECRYPT[..], &[output]].concat()), &sealed[..len]);
            assert_eq!(child.wait_with_output().unwrap().status.code(), Some(1), "{len} bytes to {output}");
            assert_eq!(desk.out(), Vec::<String>::new(), "{len} bytes");
        }
    }
}

/// `STRONGROOM_FILE_MIB=1024` takes a file of a gibibyte.
#[test]
fn memory_does_not_grow_with_the_file() {
    let desk = Desk::new();
    let large = std::env::var("STRONGROOM_FILE_MIB").map_or(48, |mib| mib.parse().unwrap());
    let sealed = |mib: usize| {
        let path = desk.folder.path().join("zeros");
        File::create(&path).unwrap().set_len(u64::try_from(mib * MIB).unwrap()).unwrap();
        desk.must(&["file", "encrypt", "zeros", "--force", "--key", "alias/a"]);
        File::open(desk.folder.path().join("zeros.sealed")).unwrap()
    };
    let encrypting = |mib: usize| {
        let mut child = desk.amid(desk.command(&[&ENCRYPT[..], &["-"]].concat()), &[]);
        let chunk = vec![7; MIB];
        let stdin = child.stdin.as_mut().unwrap();
        (0..mib).for_each(|_| stdin.write_all(&chunk).unwrap());
        let peak = peak_kib(&child);
        assert!(child.wait_with_output().unwrap().status.success());
        peak
    };
    let decrypting = |mib: usize| {
        let mut child = desk.amid(desk.command(&[&DECRYPT[..], &["-"]].concat()), &[]);
        std::io::copy(&mut sealed(mib), child.stdin.as_mut().unwrap()).unwrap();
        let peak = peak_kib(&child);
        assert!(child.wait_with_output().unwrap().status.success());
        peak
    };
    for (what, small, large) in
        [("encrypting", encrypting(1), encrypting(large)), ("decrypting", decrypting(1), decrypting(large))]
    {
        assert!(large < small + 4096, "{what}: {small} KiB for a small file, {large} KiB for a large one");
    }
}
