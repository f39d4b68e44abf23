//! Did you mean …?

/// The name that was most likely meant by `text`: at most a third of its letters differ, case not counted.
#[must_use]
pub fn nearest_name<'n>(text: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let text: Vec<u8> = text.bytes().take(64).map(|byte| byte.to_ascii_lowercase()).collect();
    let allowed = (text.len() / 3).max(1);
    names
        .into_iter()
        .map(|name| (distance(&text, name), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters are to be inserted, removed, exchanged for another or for their neighbour.
fn distance(text: &[u8], name: &str) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=text.len()).collect();
    let mut previous = None;
    for byte in name.bytes().map(|byte| byte.to_ascii_lowercase()) {
        let mut row = vec![last.first().map_or(1, |first| first.saturating_add(1))];
        for (at, letter) in text.iter().enumerate() {
            let get = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX);
            let next = at.saturating_add(1);
            let changed = get(&last, at).saturating_add(usize::from(*letter != byte));
            let inserted = get(&row, at).min(get(&last, next)).saturating_add(1);
            let mut best = changed.min(inserted);
            let letter_before = at.checked_sub(1).and_then(|at| text.get(at));
            if previous == Some(*letter) && letter_before == Some(&byte) {
                best = best.min(get(&before, at.saturating_sub(1)).saturating_add(1));
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
        previous = Some(byte);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::nearest_name;

    #[test]
    fn slips_find_what_was_meant_and_other_words_find_nothing() {
        let names = ["StringEquals", "StringLike", "Bool", "Null"];
        for (text, meant) in [
            ("StringLikes", Some("StringLike")),
            ("stringequals", Some("StringEquals")),
            ("StirngLike", Some("StringLike")),
            ("StringEqual", Some("StringEquals")),
            ("Boole", Some("Bool")),
            ("", None),
            ("Everything", None),
        ] {
            assert_eq!(nearest_name(text, names), meant, "{text}");
        }
    }
}
