//! Words of a document inside a message.

/// Most characters of a document's text that a message repeats.
const REPEATED_MAX: usize = 60;

/// A text between backticks: short, on one line, and without anything that a terminal would obey.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("`");
    for each in text.chars().take(REPEATED_MAX) {
        if each.is_control() {
            quoted.extend(each.escape_default());
        } else {
            quoted.push(each);
        }
    }
    if text.chars().nth(REPEATED_MAX).is_some() {
        quoted.push('…');
    }
    quoted.push('`');
    quoted
}
