//! The line of a policy that an error is about, with a caret under the place.

use std::path::Path;

use strongroom_core::policy::PolicyKind;
use strongroom_std::PolicyError;
use strongroom_std::policy_json::compile_policy_bytes;

use crate::error::CommandError;
use crate::input;

/// Most characters of a line that are shown.
const SHOWN_MAX: usize = 100;

/// A policy's file, read and compiled.
///
/// # Errors
/// The file cannot be read, or the policy does not compile.
pub(crate) fn compiled(path: &Path, kind: PolicyKind) -> Result<Vec<u8>, CommandError> {
    let source = input::read(path)?;
    let refused = |error| CommandError::new(shown(&input::name(path), &source, &error));
    compile_policy_bytes(&source, kind).map_err(refused)
}

/// An error as people read it.
pub(crate) fn shown(name: &str, source: &[u8], error: &PolicyError) -> String {
    if error.line == 0 {
        return format!("{}\n  --> {name}", error.message);
    }
    let number = error.line.to_string();
    let margin = " ".repeat(number.len());
    let (line, before) = excerpt(source, error);
    let caret: String = before.chars().map(|each| if each == '\t' { '\t' } else { ' ' }).collect();
    format!(
        "{}\n{margin}--> {name}:{}:{}\n{margin} |\n{number} | {line}\n{margin} | {caret}^",
        error.message, error.line, error.column
    )
}

/// The part of the line around the place, and what of it stands before the place.
fn excerpt(source: &[u8], error: &PolicyError) -> (String, String) {
    let text = String::from_utf8_lossy(source);
    let line = text.split('\n').nth(error.line.saturating_sub(1)).unwrap_or_default().trim_end();
    let at = error.column.saturating_sub(1);
    let start = if at < SHOWN_MAX { 0 } else { at.saturating_sub(SHOWN_MAX / 2) };
    let plain = |each: char| if each.is_control() && each != '\t' { '\u{fffd}' } else { each };
    let part: String = line.chars().skip(start).take(SHOWN_MAX).map(plain).collect();
    let mut before: String = part.chars().take(at.saturating_sub(start)).collect();
    let mut shown = part;
    if start > 0 {
        shown.insert(0, '…');
        before.insert(0, '…');
    }
    if line.chars().nth(start.saturating_add(SHOWN_MAX)).is_some() {
        shown.push('…');
    }
    (shown, before)
}
