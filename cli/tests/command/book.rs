//! Pages of the book, typed in as they stand: the commands of all blocks of a page go through one shell, one after the other, and
//! what comes back must be what the page shows. `SNAPSHOTS=overwrite` writes it into the page.
//!
//! A line `<!-- $ COMMAND -->` between the blocks is typed too, and not shown to readers: it must end well and say nothing.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use snapbox::Data;
use snapbox::assert_data_eq;

use super::transcripts::{Names, steady};
use super::{folder, run};

/// The pages whose blocks are typed in. Each has its test below.
const TYPED: [&str; 3] = ["quickstart-desktop.md", "quickstart-server.md", "operations.md"];
/// Where the pages say that the endpoint is. It is somewhere else here, since others may have that port.
const ENDPOINT: &str = "127.0.0.1:8080";
/// Behind what a command has written.
const END: char = '\u{1}';

fn documentation(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name)
}

/// A page, piece by piece.
enum Piece<'p> {
    /// A line that stays as it is.
    Line(&'p str),
    /// A command that is shown, with its further lines.
    Shown(String),
    /// A command that is not, as it stands in the page.
    Hidden(&'p str, &'p str),
}

/// Takes a page apart; what commands answered is left out.
fn pieces(page: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut lines = page.lines();
    let mut block = None;
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            block = if block.is_some() { None } else { Some(language) };
            pieces.push(Piece::Line(line));
        } else if block == Some("console") {
            let Some(command) = line.strip_prefix("$ ") else { continue };
            let mut command = command.to_owned();
            while command.ends_with('\\') {
                command.push('\n');
                command.push_str(lines.next().unwrap());
            }
            pieces.push(Piece::Shown(command));
        } else {
            let hidden = line.strip_prefix("<!-- $ ").and_then(|rest| rest.strip_suffix(" -->"));
            pieces.push(match hidden.filter(|_| block.is_none()) {
                Some(command) => Piece::Hidden(line, command),
                None => Piece::Line(line),
            });
        }
    }
    pieces
}

/// Types the commands into one shell, and gives what each of them wrote, and its status.
fn at_one_shell(commands: &[&str], port: u16) -> Vec<(String, i32)> {
    let (home, outside) = (folder(), folder());
    let mut script = String::from("trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n");
    for command in commands {
        let command = command.replace(ENDPOINT, &format!("127.0.0.1:{port}")).replace('\'', r"'\''");
        script.push_str(&format!("eval '{command}' </dev/null\nprintf '{END}%s\\n' $?\n"));
    }
    let (typed, shown) = (outside.path().join("typed"), outside.path().join("shown"));
    std::fs::write(&typed, script).unwrap();
    // A file and no pipe: what runs in the background would keep that open.
    let screen = File::create(&shown).unwrap();
    let bin = Path::new(env!("CARGO_BIN_EXE_strongroom")).parent().unwrap();
    Command::new("bash")
        .arg(&typed)
        .current_dir(home.path())
        .env_clear()
        .env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()))
        .env("HOME", home.path())
        .env("LC_ALL", "C")
        .stdout(screen.try_clone().unwrap())
        .stderr(screen)
        .status()
        .unwrap();
    let shown = String::from_utf8_lossy(&std::fs::read(&shown).unwrap()).into_owned();
    let shown =
        shown.replace(home.path().to_str().unwrap(), "~").replace(&format!("127.0.0.1:{port}"), ENDPOINT);
    let mut rest = shown.as_str();
    let mut answers = Vec::new();
    while let Some((answer, behind)) = rest.split_once(END) {
        let (status, behind) = behind.split_once('\n').unwrap();
        answers.push((answer.to_owned(), status.parse().unwrap()));
        rest = behind;
    }
    assert_eq!(answers.len(), commands.len(), "the shell ended early:\n{shown}");
    answers
}

fn type_in(name: &str) {
    assert!(TYPED.contains(&name));
    let path = documentation(name);
    let page = std::fs::read_to_string(&path).unwrap();
    let pieces = pieces(&page);
    let commands: Vec<&str> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Line(_) => None,
            Piece::Shown(command) => Some(command.as_str()),
            Piece::Hidden(_, command) => Some(command),
        })
        .collect();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut answers = at_one_shell(&commands, port).into_iter();
    let mut names = Names::default();
    let mut written = String::new();
    for piece in &pieces {
        match piece {
            Piece::Line(line) => written.push_str(&format!("{line}\n")),
            Piece::Hidden(line, _) => {
                written.push_str(&format!("{line}\n"));
                assert_eq!(answers.next(), Some((String::new(), 0)), "{line}");
            }
            Piece::Shown(command) => {
                let (answer, status) = answers.next().unwrap();
                written.push_str(&format!("$ {command}\n"));
                written.extend(names.replace(&answer).lines().map(|line| steady(line) + "\n"));
                if status != 0 {
                    written.push_str(&format!("[exit status {status}]\n"));
                }
            }
        }
    }
    assert_data_eq!(written, Data::read_from(&path, None).raw());
}

#[test]
fn the_quick_start_on_a_desktop() {
    type_in("quickstart-desktop.md");
}

#[test]
fn the_quick_start_of_a_server() {
    type_in("quickstart-server.md");
}

#[test]
fn the_guide_to_operations() {
    type_in("operations.md");
}

/// Blocks of other pages need a terminal, another machine or a name of the reader's own. Their commands and options must exist.
#[test]
fn every_command_and_option_that_a_page_shows_is_there() {
    let mut pages = vec![documentation("../README.md")];
    pages.extend(std::fs::read_dir(documentation("")).unwrap().map(|entry| entry.unwrap().path()));
    pages.retain(|path| path.extension().is_some_and(|end| end == "md"));
    pages.retain(|path| !TYPED.iter().any(|name| path.ends_with(name)));
    let mut looked_at = 0;
    for path in pages {
        let page = std::fs::read_to_string(&path).unwrap();
        let page = page.replace("source$ ", "$ ").replace("target$ ", "$ ");
        for piece in pieces(&page) {
            let Piece::Shown(command) = piece else { continue };
            for part in command.replace("\\\n", " ").split('|') {
                if let Some(wrong) = unknown(part, &mut looked_at) {
                    panic!("{}: {wrong}: {part}", path.display());
                }
            }
        }
    }
    assert!(looked_at > 40, "{looked_at} words were looked at: they are looked for in the wrong way");
}

/// What of a command line there is not, by its help.
fn unknown(line: &str, looked_at: &mut usize) -> Option<String> {
    let mut words = line.split_whitespace().skip_while(|word| *word != "strongroom");
    words.next()?;
    let words: Vec<&str> = words.collect();
    let is_name =
        |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-');
    let named: Vec<&str> = words.iter().copied().filter(is_name).collect();
    // As many of the words as name a command; those behind them are arguments.
    let help = (1..=named.len().min(3)).rev().find_map(|count| {
        let help = run(&[&["help"], &named[..count]].concat(), b"");
        (help.status == 0).then_some(help.out)
    });
    let Some(help) = help else { return Some("no such command".to_owned()) };
    let options =
        words.iter().filter(|word| word.starts_with("--")).map(|word| word.split('=').next().unwrap());
    *looked_at += words.len();
    options
        .into_iter()
        .find(|option| !help.contains(option))
        .map(|option| format!("{option} is no option of it"))
}
