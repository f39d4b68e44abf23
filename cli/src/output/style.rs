//! Colours: on terminals, and only where nobody has said no to them (`NO_COLOR`, https://no-color.org).

use std::env;

use anstyle::{AnsiColor, Style as Codes};

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

    fn styled(self, codes: Codes, text: &str) -> String {
        if self.is_on { format!("{codes}{text}{codes:#}") } else { text.to_owned() }
    }
}
