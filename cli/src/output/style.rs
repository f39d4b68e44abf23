//! Colours: on terminals, and only where nobody has said no to them (`NO_COLOR`, https://no-color.org).

use std::env;

use anstyle::{AnsiColor, Style as Codes};

/// What a line says that is about a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// `+`
    Added,
    /// `~`
    Changed,
    /// `-`
    Removed,
}

impl Tone {
    /// What the line begins with, so that colours add nothing.
    pub(crate) const fn mark(self) -> char {
        match self {
            Tone::Added => '+',
            Tone::Changed => '~',
            Tone::Removed => '-',
        }
    }
}

/// Whether texts have styles.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    is_on: bool,
}

impl Style {
    /// For a stream that is a terminal or not.
    pub(super) fn for_stream(is_terminal: bool) -> Self {
        let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        Style { is_on: is_terminal && !no_color && !is_dumb }
    }

    /// A label or a heading.
    pub(super) fn label(self, text: &str) -> String {
        self.styled(Codes::new().bold(), text)
    }

    /// The word that says that something went wrong.
    pub(super) fn error(self, text: &str) -> String {
        self.styled(AnsiColor::Red.on_default().bold(), text)
    }

    /// What is added, changed or taken away.
    pub(super) fn toned(self, tone: Tone, text: &str) -> String {
        let colour = match tone {
            Tone::Added => AnsiColor::Green,
            Tone::Changed => AnsiColor::Yellow,
            Tone::Removed => AnsiColor::Red,
        };
        self.styled(colour.on_default(), text)
    }

    fn styled(self, codes: Codes, text: &str) -> String {
        if self.is_on { format!("{codes}{text}{codes:#}") } else { text.to_owned() }
    }
}
