//! What can be asked, in words that the vault and the model both understand: things are called by the order in which
//! they were made.

use strongroom_core::policy::Action;

pub use super::ask::Ask;

/// One request, or something that happens to the vault.
#[derive(Clone, Debug)]
pub struct Step {
    pub by: User,
    pub ask: Ask,
}

/// Who asks. Root may do everything, the others only what grants allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    Root,
    Ann,
    Bob,
}

impl User {
    pub const fn principal(self) -> &'static str {
        match self {
            User::Root => crate::world::ROOT,
            User::Ann => "arn:aws:iam::000000000000:user/ann",
            User::Bob => "arn:aws:iam::000000000000:user/bob",
        }
    }
}

/// How a request names a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyName {
    Id(usize),
    Arn(usize),
    Alias(u8),
    AliasArn(u8),
    /// The id of no key.
    Unknown,
    /// No id at all.
    Malformed,
    Empty,
}

/// An alias that only services can have.
pub const RESERVED_ALIAS: u8 = 250;
/// A text that is no alias.
pub const NO_ALIAS: u8 = 251;

pub fn alias_text(alias: u8) -> String {
    match alias {
        RESERVED_ALIAS => "alias/aws/mine".to_owned(),
        NO_ALIAS => "alias/with:colon".to_owned(),
        alias => format!("alias/name-{alias}"),
    }
}

/// A text that is no name of a caller.
pub const NO_CALLER: u8 = 251;

pub fn caller_text(name: u8) -> String {
    if name == NO_CALLER { "no name!".to_owned() } else { format!("caller-{name}") }
}

/// Encryption contexts, by their number.
pub const CONTEXTS: [&[(&str, &str)]; 4] = [&[], &[("a", "1")], &[("a", "1"), ("b", "2")], &[("a", "2")]];

/// What is done to a ciphertext or MAC before it is handed in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Damage {
    None,
    /// The last byte is another one.
    Flipped,
    /// Only so much of it that nobody can say what it was.
    Cut,
    /// Nothing of it.
    Emptied,
}

/// How a request names a grant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GrantName {
    Made(usize),
    Unknown,
    Malformed,
}

/// What narrows a grant, by the number of a context.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Constraint {
    Subset(usize),
    Equals(usize),
}

/// A grant that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct NewGrant {
    pub grantee: User,
    pub retiring: Option<User>,
    pub operations: Vec<Action>,
    pub constraint: Option<Constraint>,
    pub name: Option<u8>,
}

/// Tags, by their names and values.
pub type Tags = Vec<(String, String)>;

impl Ask {
    /// The operation's name.
    pub fn name(&self) -> String {
        let text = format!("{self:?}");
        text.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default().to_owned()
    }

    pub const fn is_dry_run(&self) -> bool {
        match self {
            Ask::CreateGrant { is_dry_run, .. }
            | Ask::RevokeGrant { is_dry_run, .. }
            | Ask::RetireGrant { is_dry_run, .. }
            | Ask::RetireGrantByToken { is_dry_run, .. }
            | Ask::Encrypt { is_dry_run, .. }
            | Ask::Decrypt { is_dry_run, .. }
            | Ask::ReEncrypt { is_dry_run, .. }
            | Ask::GenerateDataKey { is_dry_run, .. }
            | Ask::GenerateDataKeyWithoutPlaintext { is_dry_run, .. }
            | Ask::GenerateMac { is_dry_run, .. }
            | Ask::VerifyMac { is_dry_run, .. } => *is_dry_run,
            _ => false,
        }
    }
}

/// The message that a MAC is made of; the last one is empty.
pub fn mac_message(number: u8) -> &'static [u8] {
    [b"one".as_slice(), b"two", b""][usize::from(number)]
}
