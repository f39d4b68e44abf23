//! Rust source without what is not code: enough of a lexer to look for words.

/// Replaces comments and the content of strings and characters by spaces; lines stay where they are.
pub(crate) fn code_only(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let after_word = code.ends_with(|last: char| last.is_alphanumeric() || last == '_');
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if first == '"' {
            string(rest)
        } else if let Some(len) = raw_string(rest).filter(|_| !after_word) {
            len
        } else if first == '\'' {
            character(rest)
        } else {
            0
        };
        let (gone, kept) = rest.split_at_checked(skipped.max(first.len_utf8())).unwrap_or((rest, ""));
        if skipped == 0 {
            code.push_str(gone);
        } else {
            code.extend(gone.chars().map(|each| if each == '\n' { '\n' } else { ' ' }));
        }
        rest = kept;
    }
    code
}

/// The numbers of the lines in which `word` stands as a word of its own.
pub(crate) fn lines_with(code: &str, word: &str) -> Vec<usize> {
    let is_part = |each: char| each.is_alphanumeric() || each == '_';
    let has = |line: &str| {
        line.match_indices(word).any(|(at, found)| {
            let (before, rest) = line.split_at(at);
            let after = rest.strip_prefix(found).unwrap_or_default();
            !before.ends_with(is_part) && !after.starts_with(is_part)
        })
    };
    (1..).zip(code.lines()).filter(|(_, line)| has(line)).map(|(number, _)| number).collect()
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0u32;
    let mut at = 0usize;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth = depth.saturating_add(1);
            at = at.saturating_add(2);
        } else if rest.starts_with("*/") {
            depth = depth.saturating_sub(1);
            at = at.saturating_add(2);
            if depth == 0 {
                return at;
            }
        } else {
            at = at.saturating_add(rest.chars().next().map_or(1, char::len_utf8));
        }
    }
    text.len()
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, each) in text.char_indices().skip(1) {
        match each {
            '"' if !escaped => return at.saturating_add(1),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// `r"…"`, `br"…"`, `r#"…"#` and so on; not `r#word`.
fn raw_string(text: &str) -> Option<usize> {
    let body = text.strip_prefix('b').or(text.strip_prefix('c')).unwrap_or(text).strip_prefix('r')?;
    let unquoted = body.trim_start_matches('#');
    let hashes = body.get(..body.len().checked_sub(unquoted.len())?)?;
    let content = unquoted.strip_prefix('"')?;
    let end = format!("\"{hashes}");
    let after = content.split_once(&end).map_or("", |(_, after)| after);
    text.len().checked_sub(after.len())
}

/// A character literal, or 1 for the quote of a lifetime.
fn character(text: &str) -> usize {
    let inner = text.strip_prefix('\'').unwrap_or_default();
    let mut chars = inner.char_indices();
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some(_)) => {
            let rest = inner.char_indices().skip(2).find(|(_, each)| *each == '\'');
            rest.map_or(1, |(at, _)| at.saturating_add(2))
        }
        (Some(_), Some((at, '\''))) => at.saturating_add(2),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{code_only, lines_with};

    #[test]
    fn words_are_found_in_code_only() {
        let source = "// unsafe\n/* unsafe /* unsafe */ unsafe */ a\n\"unsafe\" r#\"unsafe \" unsafe\"# '\"' \"\n\
                      unsafe\" fn f<'a>(x: &'a str) {}\nlet q = '\\''; unsafe { } // unsafe\nunsafe_code r#unsafe";
        let code = code_only(source);
        assert_eq!(code.lines().count(), source.lines().count());
        assert_eq!(lines_with(&code, "unsafe"), [5, 6]);
    }
}
