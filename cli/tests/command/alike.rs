//! Output of two vaults compared: what is another in each, by what it is.

/// The text with ids, times, ciphertexts and the like by their kind; ids by the order in which they turn up.
pub(super) fn alike(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-:+/=_.".contains(c);
    let mut seen: Vec<String> = Vec::new();
    let mut alike = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, word) = rest.split_at(start);
        let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        alike.push_str(before);
        alike.push_str(&of(word, &mut seen));
        rest = after;
    }
    // Columns are as wide as what is in them.
    (alike + rest).split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn of(word: &str, seen: &mut Vec<String>) -> String {
    for (at, _) in word.char_indices() {
        let (before, part) = word.split_at(at);
        if let Some(id) = part.get(..36).filter(|id| is_uuid(id)) {
            let number = seen.iter().position(|known| known == id).unwrap_or_else(|| {
                seen.push(id.to_owned());
                seen.len() - 1
            });
            return format!("{before}KEY-{number}{}", &part[36..]);
        }
    }
    let is_time = word.len() >= 20 && word.ends_with('Z') && word[10..].starts_with('T');
    let is_hex = word.len() >= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_blob = word.len() >= 40 && !word.contains([':', '.', '_']);
    let is_access_key = word.len() == 20 && word.starts_with("AKIA");
    match (is_time, is_hex, is_blob) {
        _ if is_access_key => "ACCESS-KEY".to_owned(),
        (true, ..) => "TIME".to_owned(),
        (_, true, _) => "HEX".to_owned(),
        (_, _, true) => "BASE64".to_owned(),
        _ => word.to_owned(),
    }
}

fn is_uuid(text: &str) -> bool {
    text.char_indices().all(|(at, c)| match at {
        8 | 13 | 18 | 23 => c == '-',
        _ => c.is_ascii_digit() || ('a'..='f').contains(&c),
    })
}
