//! Files, and `-` for standard input; secrets from standard input, without a buffer that is not wiped.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use crate::error::CommandError;
use crate::secrets;

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

/// Standard input to its end: at most `len_max` bytes and one more, so that the vault says what is too long. At a
/// terminal, a line that is not shown.
pub(crate) fn standard(what: &str, len_max: usize) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    if io::stdin().is_terminal() {
        let line = secrets::prompt(&format!("{what} (a line, not shown): "))?;
        return Ok(Zeroizing::new(line.as_bytes().to_vec()));
    }
    Ok(limited(unbuffered()?, len_max)?)
}

/// Standard input without the buffer of the standard library, which would read ahead and is not wiped.
#[cfg(unix)]
pub(crate) fn unbuffered() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}

/// Standard input.
#[cfg(not(unix))]
pub(crate) fn unbuffered() -> io::Result<io::StdinLock<'static>> {
    Ok(io::stdin().lock())
}

/// All that there is, in a buffer that never grows, and so leaves nothing behind.
pub(crate) fn limited(mut from: impl Read, len_max: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; len_max.saturating_add(1)]);
    let mut len = 0usize;
    while let Some(room) = bytes.get_mut(len..).filter(|room| !room.is_empty()) {
        match from.read(room) {
            Ok(0) => break,
            Ok(read) => len = len.saturating_add(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(len);
    Ok(bytes)
}

/// Reads base64; white space does not count.
pub(crate) fn from_base64(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let wrong = || CommandError::new("the input is not base64").next("leave --base64 out if it is raw bytes");
    let mut plain = Zeroizing::new(Vec::with_capacity(text.len()));
    plain.extend(text.iter().filter(|byte| !byte.is_ascii_whitespace()));
    let mut bytes = Zeroizing::new(vec![0; plain.len()]);
    let len = Base64::decode(plain.as_slice(), &mut bytes).map_err(|_| wrong())?.len();
    bytes.truncate(len);
    Ok(bytes)
}

/// Most bytes of base64 for so many bytes, with room for line ends.
pub(crate) const fn base64_len(len: usize) -> usize {
    len.saturating_mul(2)
}

/// Reads hexadecimal digits.
pub(crate) fn from_hex<const N: usize>(text: &str) -> Result<[u8; N], String> {
    let wrong = || format!("expected {} hexadecimal digits", N.saturating_mul(2));
    let mut bytes = [0; N];
    if text.len() != N.saturating_mul(2) || !text.is_ascii() {
        return Err(wrong());
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
        if !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
    }
    Ok(bytes)
}
