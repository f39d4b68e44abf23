//! Talking to a device.

use std::fmt;
use std::io::{self, Read, Write};

use strongroom_core::device::{
    Answer, Ask, Board, Context, Data, Keys, Request, decode, frame_len, frame_of, write,
};
use strongroom_core::key::KeyId;
use strongroom_core::{Error, Secret, SlotKind, SlotParameters};
use zeroize::{Zeroize, Zeroizing};

use crate::cryptography::UnlockSecret;

/// Longest message that a device may answer, in bytes.
const MESSAGE_LEN_MAX: usize = 64 * 1024;

/// A device at the other end of a line. One request at a time; the line is trusted, see
/// [`protocol`](crate::device::protocol). It waits as long as the line does: a line that gives up after a time answers
/// [`io::ErrorKind::TimedOut`], and is then not asked again, since the answer may come yet.
#[derive(Debug)]
pub struct DeviceClient<R, W> {
    from: R,
    to: W,
    /// The last frame received.
    frame: Vec<u8>,
    /// An answer has not come whole: the next one may be of the request before.
    is_lost: bool,
}

/// Why a request was not answered as hoped.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientError {
    /// The line failed, or ended.
    Io(io::Error),
    /// What came is no answer.
    Garbled,
    /// The device refused; the code is the exception's name in the API of AWS KMS.
    Refused(String),
    /// The device answered something else than what was asked for.
    Unexpected(String),
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientError::Io(error) => write!(f, "the line to the device failed: {error}"),
            ClientError::Garbled => f.write_str("what the device sent is no answer"),
            ClientError::Refused(code) => write!(f, "the device refused: {code}"),
            ClientError::Unexpected(answer) => write!(f, "the device answered {answer}"),
        }
    }
}

impl std::error::Error for ClientError {}

impl From<io::Error> for ClientError {
    fn from(error: io::Error) -> Self {
        ClientError::Io(error)
    }
}

/// Bytes that a device answered, and the version of the key that made them. Wiped on drop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The version.
    pub version: u32,
    /// The bytes.
    pub bytes: Zeroizing<Vec<u8>>,
}

impl<R: Read, W: Write> DeviceClient<R, W> {
    /// A device that is read from `from` and written to `to`.
    pub fn new(from: R, to: W) -> Self {
        DeviceClient { from, to, frame: Vec::new(), is_lost: false }
    }

    /// Waits until a board that was just switched on hears the line, which it tells with a zero. Whatever came before that was
    /// on the line while it was off, and a request that is sent sooner may be lost.
    ///
    /// # Errors
    /// [`ClientError::Io`], [`ClientError::Garbled`]: more came than any message is long, and no zero.
    pub fn wait_for_power_on(&mut self) -> Result<(), ClientError> {
        self.is_lost = false;
        self.read_frame()
    }

    /// Sends a request, without waiting for its answer.
    ///
    /// # Errors
    /// [`ClientError::Io`], [`ClientError::Garbled`]: the request is too long, or an answer has not come whole.
    pub fn send(&mut self, request: &Request<'_>) -> Result<(), ClientError> {
        if self.is_lost {
            return Err(ClientError::Garbled);
        }
        let mut plain = Zeroizing::new(vec![0; MESSAGE_LEN_MAX]);
        let len = write(request, &mut plain).map_err(|_| ClientError::Garbled)?;
        let mut frame = Zeroizing::new(vec![0; frame_len(len)]);
        let frame = frame_of(&mut plain, len, &mut frame).map_err(|_| ClientError::Garbled)?;
        self.to.write_all(frame)?;
        self.to.flush()?;
        Ok(())
    }

    /// Waits for the next answer.
    ///
    /// # Errors
    /// [`ClientError::Io`], [`ClientError::Garbled`]: which answer comes next is not known any more, and nothing more is asked
    /// before [`Self::wait_for_power_on`].
    pub fn receive(&mut self) -> Result<Answer<'_>, ClientError> {
        self.is_lost = true;
        self.read_frame()?;
        // A board that was switched on says so with a frame that has nothing in it; that is no answer.
        while self.frame.is_empty() {
            self.read_frame()?;
        }
        let answer = decode(&mut self.frame).map_err(|_| ClientError::Garbled)?;
        self.is_lost = false;
        Ok(answer)
    }

    /// Reads up to the next zero.
    fn read_frame(&mut self) -> Result<(), ClientError> {
        self.frame.zeroize();
        loop {
            let mut byte = [0];
            self.from.read_exact(&mut byte)?;
            match byte {
                [0] => return Ok(()),
                _ if self.frame.len() > frame_len(MESSAGE_LEN_MAX) => return Err(ClientError::Garbled),
                [byte] => self.frame.push(byte),
            }
        }
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// [`ClientError`]; [`ClientError::Refused`] where the device refused.
    pub fn ask(&mut self, request: &Request<'_>) -> Result<Answer<'_>, ClientError> {
        self.send(request)?;
        match self.receive()? {
            Answer::Refused { code } => Err(ClientError::Refused(code.to_owned())),
            answer => Ok(answer),
        }
    }

    /// Begins a session with a board that has no randomness and no clock of its own. NOT SECURE.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn start(&mut self, seed: [u8; 32], wall_ms: Option<u64>) -> Result<String, ClientError> {
        match self.ask(&Request::Board(Board::Start { seed, wall_ms }))? {
            Answer::Started { board } => Ok(board.to_owned()),
            other => Err(unexpected(&other)),
        }
    }

    /// Opens the vault of the device with its secret, which is no passphrase: a device does not stretch.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn mount(&mut self, secret: &UnlockSecret) -> Result<(), ClientError> {
        let secret = stretched(secret).map_err(|error| ClientError::Refused(error.code().to_owned()))?;
        let request = |secret: &[u8; 32]| self.ask(&Request::Board(Board::Mount { secret })).and_then(done);
        secret.expose(request)
    }

    /// Makes a vault in the blank flash of a device, and opens it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn create(&mut self, secret: &UnlockSecret) -> Result<(), ClientError> {
        let secret = stretched(secret).map_err(|error| ClientError::Refused(error.code().to_owned()))?;
        let request = |secret: &[u8; 32]| self.ask(&Request::Board(Board::Create { secret })).and_then(done);
        secret.expose(request)
    }

    /// Closes the vault.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn close(&mut self) -> Result<(), ClientError> {
        self.ask(&Request::Board(Board::Close)).and_then(done)
    }

    /// Makes a key or changes one, as a caller that the vault keeps, or as root where the name is empty; answers its id and its
    /// current version.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn key(&mut self, caller: &str, ask: Keys<'_>) -> Result<(KeyId, u32), ClientError> {
        match self.ask(&Request::Vault { caller, ask: Ask::Keys(ask) })? {
            Answer::Key { key_id, version, .. } => Ok((KeyId::from_bytes(key_id), version)),
            other => Err(unexpected(&other)),
        }
    }

    /// Asks for something that is answered with bytes.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn bytes(&mut self, caller: &str, ask: Ask<'_>) -> Result<Made, ClientError> {
        match self.ask(&Request::Vault { caller, ask })? {
            Answer::Bytes { version, bytes } => Ok(Made { version, bytes: Zeroizing::new(bytes.to_vec()) }),
            other => Err(unexpected(&other)),
        }
    }

    /// Encrypts without an encryption context.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn encrypt(&mut self, caller: &str, key: &str, plaintext: &[u8]) -> Result<Made, ClientError> {
        let context = Context::new();
        self.bytes(caller, Ask::Data(Data::Encrypt { key, plaintext, context }))
    }

    /// Decrypts what was encrypted without an encryption context.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn decrypt(&mut self, caller: &str, ciphertext: &[u8]) -> Result<Made, ClientError> {
        let context = Context::new();
        self.bytes(caller, Ask::Data(Data::Decrypt { ciphertext, context }))
    }
}

fn done(answer: Answer<'_>) -> Result<(), ClientError> {
    match answer {
        Answer::Done => Ok(()),
        other => Err(unexpected(&other)),
    }
}

/// Says which answer it was, and nothing of what is in it.
fn unexpected(answer: &Answer<'_>) -> ClientError {
    let name = match answer {
        Answer::Done => "that it is done".to_owned(),
        Answer::Refused { code } => return ClientError::Refused((*code).to_owned()),
        Answer::Garbled => "that it could not read the request".to_owned(),
        Answer::NotBuilt(family) => format!("that it was built without {family:?}"),
        Answer::SelfTestFailed => "that its self-test failed".to_owned(),
        Answer::Started { .. } => "that it has started".to_owned(),
        Answer::Key { .. } => "with a key".to_owned(),
        Answer::Bytes { .. } => "with bytes".to_owned(),
        Answer::DataKey { .. } => "with a data key".to_owned(),
        Answer::Destroyed { .. } => "that a key was destroyed".to_owned(),
        Answer::Figures(_) => "with figures".to_owned(),
    };
    ClientError::Unexpected(name)
}

/// What a device is given of a secret: the 32 bytes that open its slot.
fn stretched(secret: &UnlockSecret) -> Result<Secret<32>, Error> {
    let slot = SlotParameters { slot_id: 0, kind: SlotKind::KeyFile, salt: [0; 16] };
    let mut out = Secret::zeroed();
    if secret.stretch(&slot, &mut out)? { Ok(out) } else { Err(Error::WrongSecret) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a device says, framed.
    fn said(answer: &Answer<'_>) -> Vec<u8> {
        let (mut plain, mut frame) = ([0; 64], [0; 64]);
        let len = write(answer, &mut plain).unwrap();
        frame_of(&mut plain, len, &mut frame).unwrap().to_vec()
    }

    #[test]
    fn what_was_on_the_line_before_a_board_was_switched_on_is_no_answer() {
        let line =
            [&b"\xff\x01noise"[..], &[0], &[0], &said(&Answer::Done), &said(&Answer::Garbled)].concat();
        let mut device = DeviceClient::new(&line[..], io::sink());
        device.wait_for_power_on().unwrap();
        device.close().unwrap();
        assert!(matches!(device.close(), Err(ClientError::Unexpected(_))), "one answer for each request");
        assert!(matches!(device.wait_for_power_on(), Err(ClientError::Io(_))), "the line has ended");
    }

    #[test]
    fn after_an_answer_that_did_not_come_whole_nothing_is_asked_before_a_power_on() {
        let line = [&b"\x07noise\0"[..], &said(&Answer::Done), &[0], &said(&Answer::Done)].concat();
        let mut device = DeviceClient::new(&line[..], io::sink());
        assert!(matches!(device.close(), Err(ClientError::Garbled)));
        assert!(
            matches!(device.close(), Err(ClientError::Garbled)),
            "it would get the answer of the one before"
        );
        device.wait_for_power_on().unwrap();
        device.close().unwrap();
    }

    #[test]
    fn a_line_without_an_end_of_a_message_is_given_up() {
        let mut device = DeviceClient::new(io::repeat(7), io::sink());
        assert!(matches!(device.wait_for_power_on(), Err(ClientError::Garbled)));
        assert!(matches!(device.receive(), Err(ClientError::Garbled)));
    }
}
