//! Small secrets through a key: one file for each command. Input is read to its end before the vault is opened, and
//! output is written after it was closed, so that these commands can stand on both sides of a pipe.

mod encrypt;
mod mac;
mod make;

use clap::Args;
use strongroom_std::grant::GrantToken;

use crate::output::Output;
use crate::pairs::ContextOptions;

pub(crate) use self::encrypt::{Decrypt, Encrypt, Reencrypt, decrypt, encrypt, reencrypt};
pub(crate) use self::mac::{MacCommand, run as mac};
pub(crate) use self::make::{DataKey, Random, data_key, random};

/// What goes with every use of a key.
#[derive(Debug, Args)]
pub(crate) struct UseOptions {
    #[command(flatten)]
    pub(crate) context: ContextOptions,
    /// The token of a grant; may be repeated
    #[arg(long, value_name = "TOKEN", value_parser = crate::grant::token)]
    pub(crate) grant_token: Vec<GrantToken>,
    /// Check everything, release nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Whether bytes go out as a line of base64: if that is asked for, and always to people.
fn as_base64(asked_for: bool, output: &Output) -> bool {
    asked_for || output.is_terminal()
}
