//! Secrets that may be found nowhere: each eight bytes of them, in bytes and in texts.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

/// So many bytes of a secret together are a leak; fewer may be chance.
const WINDOW: usize = 8;
/// Of a longer secret the beginning is looked for.
const LEN_MAX: usize = 64;

/// What is looked for.
#[derive(Debug, Default)]
pub struct Canaries {
    windows: RefCell<HashSet<[u8; WINDOW]>>,
    is_watching: Cell<bool>,
}

impl Canaries {
    /// Whether secrets count from now on.
    pub fn watch(&self, is_watching: bool) {
        self.is_watching.set(is_watching);
    }

    /// Looks for this too.
    pub fn add(&self, secret: &[u8]) {
        if !self.is_watching.get() {
            return;
        }
        let windows = secret[..secret.len().min(LEN_MAX)].windows(WINDOW);
        self.windows.borrow_mut().extend(windows.map(|window| <[u8; WINDOW]>::try_from(window).unwrap()));
    }

    /// How many windows are looked for.
    pub fn count(&self) -> usize {
        self.windows.borrow().len()
    }

    /// The first place where eight bytes of a secret begin.
    pub fn find(&self, bytes: &[u8]) -> Option<usize> {
        let wanted = self.windows.borrow();
        bytes.windows(WINDOW).position(|window| wanted.contains(window))
    }

    /// What a text says of a secret: as it is, or its bytes in hexadecimal, in base64 or as a list of numbers.
    pub fn find_in_text(&self, text: &str) -> Option<Vec<u8>> {
        std::iter::once(text.as_bytes().to_vec())
            .chain(hexadecimal(text))
            .chain(base64(text))
            .chain(numbers(text))
            .find_map(|bytes| self.find(&bytes).map(|start| bytes[start..start + WINDOW].to_vec()))
    }
}

/// The runs of such characters that are long enough for a window.
fn runs(text: &str, len_min: usize, is_one: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    text.split(move |c| !is_one(c)).filter(move |run| run.len() >= len_min)
}

fn hexadecimal(text: &str) -> impl Iterator<Item = Vec<u8>> {
    let read = |run: &str, start: usize| -> Vec<u8> {
        let pairs = run.as_bytes()[start..].chunks_exact(2);
        pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    };
    runs(text, 2 * WINDOW, |c| c.is_ascii_hexdigit()).flat_map(move |run| [read(run, 0), read(run, 1)])
}

/// In both alphabets, from any letter on.
fn base64(text: &str) -> impl Iterator<Item = Vec<u8>> {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let value = |letter: u8| match letter {
        b'-' => 62,
        b'_' => 63,
        other => LETTERS.find(char::from(other)).unwrap() as u32,
    };
    let read = move |run: &str, start: usize| -> Vec<u8> {
        let groups = run.as_bytes()[start..].chunks_exact(4);
        let bits = groups.map(|group| group.iter().fold(0, |bits, letter| bits << 6 | value(*letter)));
        bits.flat_map(|bits: u32| bits.to_be_bytes()[1..].to_vec()).collect()
    };
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "+/-_".contains(c);
    runs(text, 3 * WINDOW / 2, is_letter).flat_map(move |run| (0..4).map(move |start| read(run, start)))
}

/// As `Debug` writes bytes: `[1, 2, 3]`. What is no byte ends a run: nothing is put together that does not stand together.
fn numbers(text: &str) -> impl Iterator<Item = Vec<u8>> {
    text.split(['[', ']']).flat_map(|list| {
        let bytes: Vec<Option<u8>> = list.split(", ").map(|number| number.parse().ok()).collect();
        bytes.split(Option::is_none).map(|run| run.iter().flatten().copied().collect()).collect::<Vec<_>>()
    })
}

#[test]
fn a_secret_is_found_in_every_spelling() {
    let canaries = Canaries::default();
    canaries.add(&[1; 8]);
    assert_eq!(canaries.count(), 0);
    canaries.watch(true);
    let secret: Vec<u8> = (0..32).map(|n: u8| n.wrapping_mul(37) ^ 0xa5).collect();
    canaries.add(&secret);
    assert_eq!(canaries.count(), 25);
    let part = &secret[9..17];
    let hexadecimal: String = part.iter().map(|byte| format!("{byte:02x}")).collect();
    for text in [
        format!("{part:?}"),
        format!("Answer {{ bytes: {part:?}, len: 8 }}"),
        hexadecimal.clone(),
        format!("a{}", hexadecimal.to_uppercase()),
        // The eight bytes among others, by Python's `base64`.
        "AejXMhlEo471AgM=".to_owned(),
        "a AQLo1zIZRKOO9QME=".to_owned(),
        "6NcyGUSjjvUDBAUG".to_owned(),
    ] {
        assert_eq!(canaries.find_in_text(&text).as_deref(), Some(part), "{text}");
    }
    assert_eq!(canaries.find(&[&[0; 100], part].concat()), Some(100));
    // Seven bytes are none, and neither are eight that do not stand together.
    assert_eq!(canaries.find_in_text(&format!("{:?} {:?}", &part[..7], &part[7..])), None);
    assert_eq!(
        canaries.find_in_text(
            &format!("{:?}, 256, {:?}", &part[..4], &part[4..]).replace("], 256, [", ", 256, ")
        ),
        None
    );
    assert_eq!(canaries.find(&[&part[..7], &[0], &part[7..]].concat()), None);
}
