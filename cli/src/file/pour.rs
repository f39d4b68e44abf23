//! Everything from one place to another, through one buffer.

use std::io::{self, Read, Write};

use zeroize::Zeroizing;

use super::progress::Progress;

/// Bytes at a time.
const BUFFER_LEN: usize = 1 << 16;

/// Which side failed.
pub(super) enum Broken {
    Input(io::Error),
    Output(io::Error),
}

/// Reads to the end and writes all of it. Answers how much that was.
pub(super) fn pour(input: &mut impl Read, out: &mut impl Write, progress: &Progress) -> Result<u64, Broken> {
    let mut buffer = Zeroizing::new(vec![0; BUFFER_LEN]);
    let mut total = 0u64;
    loop {
        let len = match input.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(len) => len,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Broken::Input(error)),
        };
        out.write_all(buffer.get(..len).unwrap_or_default()).map_err(Broken::Output)?;
        total = total.saturating_add(u64::try_from(len).unwrap_or(u64::MAX));
        progress.reach(total);
    }
}
