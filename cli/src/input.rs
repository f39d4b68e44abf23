//! Files, and `-` for standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::CommandError;

/// Most bytes of a file that holds a policy: far more than a policy may have, and little enough for any machine.
const FILE_LEN_MAX: usize = 1 << 20;

/// Reads a whole file, or standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, CommandError> {
    let wrong = |error: io::Error| CommandError::file(path, &error);
    let mut bytes = Vec::new();
    let limit = u64::try_from(FILE_LEN_MAX.saturating_add(1)).unwrap_or(u64::MAX);
    if path == Path::new("-") {
        io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(wrong)?;
    } else {
        File::open(path).map_err(wrong)?.take(limit).read_to_end(&mut bytes).map_err(wrong)?;
    }
    if bytes.len() > FILE_LEN_MAX {
        return Err(CommandError::new(format_args!(
            "{}: this has more than {FILE_LEN_MAX} bytes; a policy has at most 32768",
            path.display()
        )));
    }
    Ok(bytes)
}

/// How a file is called in messages.
pub(crate) fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}
