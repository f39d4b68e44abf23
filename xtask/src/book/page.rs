//! One page in Markdown: enough of it to find headings, links and code.

/// A page, with what is code and what is not told apart.
pub(crate) struct Page {
    /// Its path from the root of the tree.
    pub(crate) name: String,
    /// The text as it stands.
    pub(crate) text: String,
    /// The text without blocks of code; lines stay where they are.
    pub(crate) prose: String,
    /// Anchors of its headings, as mdbook and the usual forges make them.
    pub(crate) anchors: Vec<String>,
}

impl Page {
    pub(crate) fn new(name: String, text: &str) -> Self {
        let mut prose = String::new();
        let mut is_block = false;
        for line in text.lines() {
            let is_fence = line.trim_start().starts_with("```");
            if !is_fence && !is_block {
                prose.push_str(line);
            }
            is_block ^= is_fence;
            prose.push('\n');
        }
        let mut anchors: Vec<String> = Vec::new();
        for heading in prose.lines().filter_map(heading) {
            let anchor = anchor(heading);
            let again = anchors.iter().filter(|known| **known == anchor).count();
            anchors.push(if again == 0 { anchor } else { format!("{anchor}-{again}") });
        }
        Page { name, text: text.to_owned(), prose, anchors }
    }

    /// Where links lead, with the numbers of their lines.
    pub(crate) fn links(&self) -> Vec<(usize, String)> {
        let without_code = blank_spans(&self.prose);
        let mut links = Vec::new();
        for (number, line) in (1..).zip(without_code.lines()) {
            let targets = line.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
            links.extend(targets.map(|(target, _)| (number, target.trim().to_owned())));
        }
        links
    }
}

/// The text of a heading, or nothing if the line is none.
fn heading(line: &str) -> Option<&str> {
    line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')).map(str::trim)
}

fn anchor(heading: &str) -> String {
    let is_kept = |each: &char| each.is_alphanumeric() || matches!(each, ' ' | '-' | '_');
    heading
        .chars()
        .filter(is_kept)
        .flat_map(char::to_lowercase)
        .map(|each| if each == ' ' { '-' } else { each })
        .collect()
}

/// Contents of spans of code: what stands between two single backticks. A span may go on in the next line.
pub(crate) fn spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The text with spans of code blanked, each paragraph by itself so that a lone backtick spoils no more than that.
fn blank_spans(text: &str) -> String {
    let blank = |paragraph: &str| {
        let parts = paragraph.split('`').enumerate();
        let blanked = parts.map(|(at, part)| {
            let is_code = at % 2 == 1;
            part.chars().map(|each| if is_code && each != '\n' { ' ' } else { each }).collect::<String>()
        });
        blanked.collect::<Vec<_>>().join(" ")
    };
    text.split("\n\n").map(blank).collect::<Vec<_>>().join("\n\n")
}
