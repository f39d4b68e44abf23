//! How far it is: a bar on a terminal, nothing anywhere else.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::harmless;

/// With a known end, and without.
const BAR: &str = "{msg}  [{bar:24}] {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left";
const COUNT: &str = "{msg}  {bytes}  {bytes_per_sec}  {elapsed}";

/// The bar of one file. Dropped, it is gone from the screen.
#[derive(Debug)]
pub(super) struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// On standard error, if that is a terminal and somebody wants it. `len` bytes are all, if that is known.
    pub(super) fn new(name: &str, len: Option<u64>, is_wanted: bool) -> Self {
        if !is_wanted || !io::stderr().is_terminal() {
            return Progress { bar: None };
        }
        let bar = ProgressBar::with_draw_target(len, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(if len.is_some() { BAR } else { COUNT }) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(harmless(name).replace('\n', " "));
        Progress { bar: Some(bar) }
    }

    /// So many bytes are done.
    pub(super) fn reach(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(bytes);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
