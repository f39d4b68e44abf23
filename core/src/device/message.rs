//! What is said on the line.

use heapless::Vec;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Most pairs in an encryption context that a device takes.
pub const CONTEXT_PAIRS: usize = 8;
/// Longest sealed record of a caller that a device takes, in bytes.
pub const CALLER_RECORD_LEN: usize = 1024;

/// An encryption context.
pub type Context<'a> = Vec<(&'a str, &'a str), CONTEXT_PAIRS>;

/// One request of the host.
#[derive(Debug, Deserialize, Serialize)]
#[expect(clippy::large_enum_variant, reason = "there is no heap to put the larger one into")]
pub enum Request<'a> {
    /// To the board.
    Board(#[serde(borrow)] Board<'a>),
    /// To the vault.
    Vault {
        /// Who asks: the name of a kept caller, or nothing for the root user of the vault's account.
        caller: &'a str,
        /// What.
        #[serde(borrow)]
        ask: Ask<'a>,
    },
}

/// What a board does itself.
#[derive(Debug, Deserialize, Serialize)]
pub enum Board<'a> {
    /// Begins a session: what a real board has of its own, a demonstration is told. NOT SECURE.
    Start {
        /// Seeds the generator.
        seed: [u8; 32],
        /// Milliseconds since 1970, or `None` for a board without a clock.
        wall_ms: Option<u64>,
    },
    /// Opens the vault in the flash.
    Mount {
        /// What opens its slot: 32 bytes.
        secret: &'a [u8],
    },
    /// Makes a vault in blank flash, and opens it.
    Create {
        /// What will open its slot: 32 bytes.
        secret: &'a [u8],
    },
    /// Flushes the audit log and closes the vault.
    Close,
    /// How much stack and how many instructions were used.
    Figures,
    /// Opens a message that SR-1 sealed under a key that is told: for test vectors.
    OpenSealed(#[serde(borrow)] SealedVector<'a>),
    /// Ends the program with this status.
    Exit(u8),
}

/// A message that SR-1 sealed, and under what.
#[derive(Debug, Deserialize, Serialize)]
pub struct SealedVector<'a> {
    /// The key as a vault would have drawn it.
    pub key: [u8; 32],
    /// The number of the purpose.
    pub purpose: u8,
    /// Whose key it is.
    pub owner: [u8; 16],
    /// Its version.
    pub version: u32,
    /// What is authenticated with it.
    pub associated: &'a [u8],
    /// What was sealed.
    pub sealed: &'a [u8],
}

/// A request to the vault, by family.
#[derive(Debug, Deserialize, Serialize)]
pub enum Ask<'a> {
    /// Data.
    Data(#[serde(borrow)] Data<'a>),
    /// Keys.
    Keys(#[serde(borrow)] Keys<'a>),
    /// Message authentication codes.
    Macs(#[serde(borrow)] Macs<'a>),
    /// Data of any size.
    Streams(#[serde(borrow)] Streaming<'a>),
    /// The vault itself.
    Administration(Administration),
}

impl Ask<'_> {
    /// Which family it is of.
    #[must_use]
    pub const fn family(&self) -> Family {
        match self {
            Ask::Data(_) => Family::Data,
            Ask::Keys(_) => Family::Keys,
            Ask::Macs(_) => Family::Macs,
            Ask::Streams(_) => Family::Streams,
            Ask::Administration(_) => Family::Administration,
        }
    }
}

/// Encrypting and decrypting; see the operations of the same names.
#[derive(Debug, Deserialize, Serialize)]
pub enum Data<'a> {
    /// Answers [`Answer::Bytes`].
    Encrypt {
        /// A key id, key ARN or alias.
        key: &'a str,
        /// The plaintext.
        plaintext: &'a [u8],
        /// The encryption context.
        #[serde(borrow)]
        context: Context<'a>,
    },
    /// Answers [`Answer::Bytes`].
    Decrypt {
        /// The ciphertext.
        ciphertext: &'a [u8],
        /// The encryption context.
        #[serde(borrow)]
        context: Context<'a>,
    },
    /// Answers [`Answer::DataKey`].
    GenerateDataKey {
        /// A key id, key ARN or alias.
        key: &'a str,
        /// How many bytes.
        number_of_bytes: u16,
        /// The encryption context.
        #[serde(borrow)]
        context: Context<'a>,
    },
    /// Answers [`Answer::Bytes`].
    GenerateRandom {
        /// How many bytes.
        number_of_bytes: u16,
    },
}

/// Making, changing and ending keys. All answer [`Answer::Key`], but [`Keys::ConfirmDeletion`].
#[derive(Debug, Deserialize, Serialize)]
pub enum Keys<'a> {
    /// CreateKey, with the default policy or a compiled one.
    Create {
        /// What it is for.
        description: &'a str,
        /// The compiled key policy.
        policy: Option<&'a [u8]>,
        /// Whether it is for HMAC with SHA-256.
        is_for_macs: bool,
    },
    /// DescribeKey.
    Describe(&'a str),
    /// RotateKeyOnDemand.
    Rotate(&'a str),
    /// EnableKey.
    Enable(&'a str),
    /// DisableKey.
    Disable(&'a str),
    /// PutKeyPolicy, with a compiled policy.
    PutPolicy {
        /// A key id or key ARN.
        key: &'a str,
        /// The policy.
        policy: &'a [u8],
    },
    /// ScheduleKeyDeletion.
    ScheduleDeletion {
        /// A key id or key ARN.
        key: &'a str,
        /// The waiting period.
        days: u16,
    },
    /// CancelKeyDeletion.
    CancelDeletion(&'a str),
    /// ConfirmKeyDeletion: [`Answer::Destroyed`].
    ConfirmDeletion(&'a str),
}

/// HMAC with SHA-256.
#[derive(Debug, Deserialize, Serialize)]
pub enum Macs<'a> {
    /// Answers [`Answer::Bytes`].
    Generate {
        /// A key id, key ARN or alias.
        key: &'a str,
        /// The message.
        message: &'a [u8],
    },
    /// Answers [`Answer::Key`], or refuses.
    Verify {
        /// A key id, key ARN or alias.
        key: &'a str,
        /// The message.
        message: &'a [u8],
        /// Its MAC.
        mac: &'a [u8],
    },
}

/// One stream at a time in each direction, in segments of 1 KiB.
#[derive(Debug, Deserialize, Serialize)]
pub enum Streaming<'a> {
    /// Begins one: [`Answer::Bytes`] with its header.
    Begin {
        /// A key id, key ARN or alias.
        key: &'a str,
        /// The encryption context.
        #[serde(borrow)]
        context: Context<'a>,
    },
    /// Seals its next segment: [`Answer::Bytes`].
    Seal {
        /// The plaintext: of full length but in the last one.
        plaintext: &'a [u8],
        /// Whether none follows.
        is_last: bool,
    },
    /// Opens one by its header: [`Answer::Done`].
    Open {
        /// The header.
        header: &'a [u8],
        /// The encryption context.
        #[serde(borrow)]
        context: Context<'a>,
    },
    /// Opens a segment: [`Answer::Bytes`].
    OpenSegment {
        /// Its place, from 0.
        index: u64,
        /// Whether none follows.
        is_last: bool,
        /// The segment.
        segment: &'a [u8],
    },
}

/// The vault itself.
#[derive(Debug, Deserialize, Serialize)]
pub enum Administration {
    /// The posture, one line after the other: [`Answer::Bytes`].
    Posture,
    /// AcceptTime: lets the timers follow the clock.
    AcceptTime {
        /// For a vault without a clock: the time, in milliseconds.
        time_ms: Option<u64>,
    },
    /// Does what is due, at most so many steps of it.
    Tick {
        /// How many.
        steps: u32,
    },
    /// Writes the audit log's window to flash.
    FlushAudit,
}

/// One answer of the device.
#[derive(Debug, Deserialize, Serialize)]
pub enum Answer<'a> {
    /// It was done, and there is nothing to say.
    Done,
    /// The vault, or the board, refused.
    Refused {
        /// The exception's name in the API of AWS KMS.
        code: &'a str,
    },
    /// The request could not be read.
    Garbled,
    /// This image was built without that.
    NotBuilt(Family),
    /// The power-on self-test failed, and the vault stays closed.
    SelfTestFailed,
    /// The board has started.
    Started {
        /// What it is.
        board: &'a str,
    },
    /// A key as it is now.
    Key {
        /// Its id.
        key_id: [u8; 16],
        /// Its current version.
        version: u32,
        /// Whether it can be used.
        is_enabled: bool,
    },
    /// A result.
    Bytes {
        /// The version of the key that made it, or 0.
        version: u32,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// A data key.
    DataKey {
        /// In clear.
        plaintext: &'a [u8],
        /// Sealed.
        ciphertext: &'a [u8],
    },
    /// A key was destroyed.
    Destroyed {
        /// Whether no old page of the flash can bring it back.
        is_erased: bool,
    },
    /// What was used.
    Figures(Figures),
}

/// What a request can ask for that an image may have been built without.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub enum Family {
    /// Making a vault in blank flash.
    Create,
    /// [`Ask::Data`].
    Data,
    /// [`Ask::Keys`].
    Keys,
    /// [`Ask::Macs`].
    Macs,
    /// [`Ask::Streams`].
    Streams,
    /// [`Ask::Administration`].
    Administration,
    /// Test vectors.
    Vectors,
}

/// The primitives whose cost an image can count, in the order of [`Figures::primitives`].
pub const PRIMITIVES: [&str; 6] =
    ["SHA-256", "HMAC keys", "HMAC", "HKDF", "AES-256-GCM sealing", "AES-256-GCM opening"];

/// What was spent in a primitive.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Spent {
    /// How often it was called.
    pub calls: u32,
    /// Ticks within it.
    pub ticks: u64,
}

/// Measured on the device.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// The deepest that the stack has been since the last figures, or the start, in bytes.
    pub stack_peak: u32,
    /// Ticks of the counter that the last request took.
    pub last_ticks: u64,
    /// How many instructions are a tick, where the emulator counts them.
    pub instructions_per_tick: u32,
    /// What was spent in each of [`PRIMITIVES`] since the last figures, or the start: zeros where the image does not count it.
    pub primitives: [Spent; PRIMITIVES.len()],
}

impl Answer<'_> {
    /// The answer to a request that failed.
    #[must_use]
    pub const fn refused(error: &Error) -> Answer<'static> {
        Answer::Refused { code: error.code() }
    }
}
