//! Text: case, wildcards, variables, base64.

use super::context::{Context, Found};

/// One character of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// This character.
    Is(char),
    /// `?`: any one.
    One,
    /// `*`: any run.
    Run,
}

/// A pattern without variables.
pub(super) fn pattern(text: &str) -> Vec<Piece> {
    text.chars().map(piece).collect()
}

fn piece(c: char) -> Piece {
    match c {
        '*' => Piece::Run,
        '?' => Piece::One,
        other => Piece::Is(other),
    }
}

/// The pattern with `*` and `?` standing for themselves.
pub(super) fn literally(pieces: &[Piece]) -> String {
    let character = |piece: &Piece| match piece {
        Piece::Is(c) => *c,
        Piece::One => '?',
        Piece::Run => '*',
    };
    pieces.iter().map(character).collect()
}

/// Whether the whole text matches. `table[i][j]`: the pattern from `i` matches the text from `j`.
pub(super) fn matches(pieces: &[Piece], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut table = vec![vec![false; text.len() + 1]; pieces.len() + 1];
    table[pieces.len()][text.len()] = true;
    for i in (0..pieces.len()).rev() {
        for j in (0..=text.len()).rev() {
            table[i][j] = match pieces[i] {
                Piece::Is(c) => j < text.len() && text[j] == c && table[i + 1][j + 1],
                Piece::One => j < text.len() && table[i + 1][j + 1],
                Piece::Run => table[i + 1][j] || (j < text.len() && table[i][j + 1]),
            };
        }
    }
    table[0][0]
}

/// Lower case of A-Z and of Latin-1; nothing else changes.
pub(super) fn fold(text: &str) -> String {
    let lower = |c: char| match c {
        '\u{d7}' => c,
        'A'..='Z' | '\u{c0}'..='\u{de}' => char::from_u32(u32::from(c) + 32).unwrap(),
        _ => c,
    };
    text.chars().map(lower).collect()
}

/// Where a closed `${...}` begins and ends in the text.
pub(super) fn first_variable(text: &str) -> Option<(usize, usize)> {
    let start = text.find("${")?;
    let len = text[start..].find('}')?;
    Some((start, start + len + 1))
}

/// The pattern with its variables replaced by the literal text of their values; `None` if one has no value.
pub(super) fn expand(text: &str, context: &Context, has_variables: bool) -> Option<Vec<Piece>> {
    let Some((start, end)) = first_variable(text).filter(|_| has_variables) else {
        return Some(pattern(text));
    };
    let mut pieces = pattern(&text[..start]);
    pieces.extend(value(&text[start + 2..end - 1], context)?.chars().map(Piece::Is));
    pieces.extend(expand(&text[end..], context, has_variables)?);
    Some(pieces)
}

fn value(inside: &str, context: &Context) -> Option<String> {
    if ["*", "?", "$"].contains(&inside) {
        return Some(inside.to_string());
    }
    let (name, default) = match inside.split_once(", '") {
        Some((name, rest)) if rest.ends_with('\'') => (name, rest.strip_suffix('\'')),
        _ => (inside, None),
    };
    match context.find(name) {
        Found::One(value) => Some(value),
        _ => default.map(str::to_string),
    }
}

/// The bytes that padded standard base64 stands for.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let data = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - data.len() > 2 {
        return None;
    }
    let mut bits = Vec::new();
    for letter in data.chars() {
        let number = LETTERS.find(letter)?;
        bits.extend((0..6).rev().map(|bit| number >> bit & 1 == 1));
    }
    // What is left over must be zero: each text of bytes has one spelling.
    let (whole, left_over) = bits.split_at(bits.len() / 8 * 8);
    if left_over.contains(&true) {
        return None;
    }
    Some(whole.chunks(8).map(|byte| byte.iter().fold(0, |number, bit| number * 2 + u8::from(*bit))).collect())
}

#[test]
fn patterns_match_the_whole_text() {
    for (wanted, text, expected) in [
        ("", "", true),
        ("*", "", true),
        ("?", "", false),
        ("a*b?c", "axxbyc", true),
        ("a*b?c", "abc", false),
        ("*a*a*", "aa", true),
        ("*a*a*", "a", false),
        ("?", "é", true),
        ("a", "A", false),
    ] {
        assert_eq!(matches(&pattern(wanted), text), expected, "{wanted} {text}");
    }
    assert_eq!(
        fold("AZaz\u{c0}\u{d7}\u{de}\u{df}\u{ff}\u{178}"),
        "azaz\u{e0}\u{d7}\u{fe}\u{df}\u{ff}\u{178}"
    );
}

#[test]
fn base64_is_padded_and_standard() {
    for (text, bytes) in [("", ""), ("QQ==", "A"), ("QUI=", "AB"), ("QUJD", "ABC"), ("w7/DvA==", "ÿü")] {
        assert_eq!(base64(text).unwrap(), bytes.as_bytes());
    }
    for not in ["Q", "QQ", "QQ=", "QQ===", "Q===", "====", "QU=I", "Q-_A", "QQ==\n", "QR=="] {
        assert_eq!(base64(not), None, "{not}");
    }
}
