//! What a board says, with an end to the wait.

use std::io::{self, Read};
use std::process::ChildStdout;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// Longer than any answer takes where four boards share a busy processor, by far.
const SILENCE_MAX: Duration = Duration::from_secs(120);

/// The output of an emulator. A read that nothing comes for fails, instead of lasting.
pub(crate) struct Line {
    from: Receiver<Vec<u8>>,
    left: Vec<u8>,
}

impl Line {
    pub(crate) fn of(mut output: ChildStdout) -> Self {
        let (to, from) = channel();
        // It ends with the emulator, or with the line.
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(len @ 1..) = output.read(&mut bytes) {
                if to.send(bytes[..len].to_vec()).is_err() {
                    break;
                }
            }
        });
        Line { from, left: Vec::new() }
    }
}

impl Read for Line {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.left.is_empty() {
            self.left = match self.from.recv_timeout(SILENCE_MAX) {
                Ok(bytes) => bytes,
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
                Err(RecvTimeoutError::Timeout) => {
                    let silence = format!("the board has said nothing for {} seconds", SILENCE_MAX.as_secs());
                    return Err(io::Error::new(io::ErrorKind::TimedOut, silence));
                }
            };
        }
        let len = to.len().min(self.left.len());
        to[..len].copy_from_slice(&self.left[..len]);
        self.left.drain(..len);
        Ok(len)
    }
}
