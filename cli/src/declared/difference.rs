//! Two texts, line by line.

use crate::output::Tone;

/// The lines that are in one of them only: all between what they begin with and what they end with alike.
pub(super) fn lines<'t>(before: &'t str, after: &'t str) -> Vec<(Tone, &'t str)> {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let alike = before.iter().zip(&after).take_while(|(one, other)| one == other).count();
    let rest = |lines: &[&'t str]| lines.get(alike..).unwrap_or_default().to_vec();
    let (mut before, mut after) = (rest(&before), rest(&after));
    while before.last().is_some() && before.last() == after.last() {
        before.pop();
        after.pop();
    }
    let removed = before.into_iter().map(|line| (Tone::Removed, line));
    removed.chain(after.into_iter().map(|line| (Tone::Added, line))).collect()
}

#[cfg(test)]
mod tests {
    use super::lines;
    use crate::output::Tone::{Added, Removed};

    #[test]
    fn the_lines_that_differ_are_shown_and_no_others() {
        assert_eq!(lines("a\nb\nc\n", "a\nx\nc\n"), [(Removed, "b"), (Added, "x")]);
        assert_eq!(lines("a\nc", "a\nb\nc"), [(Added, "b")]);
        assert_eq!(lines("a\na", "a"), [(Removed, "a")]);
        assert_eq!(lines("", "a"), [(Added, "a")]);
        assert_eq!(lines("a\nb", "a\nb"), []);
    }
}
