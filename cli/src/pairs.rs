//! `NAME=VALUE` on the command line: encryption contexts, tags.

use clap::Args;

/// A name and a value.
#[derive(Clone, Debug)]
pub(crate) struct Pair(pub(crate) String, pub(crate) String);

/// Reads `NAME=VALUE`; the value may hold further signs of equality.
pub(crate) fn pair(text: &str) -> Result<Pair, String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok(Pair(name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE, such as file=settings.toml".to_owned()),
    }
}

/// As the vault takes them.
pub(crate) fn borrowed(pairs: &[Pair]) -> Vec<(&str, &str)> {
    pairs.iter().map(|Pair(name, value)| (name.as_str(), value.as_str())).collect()
}

/// An encryption context.
#[derive(Debug, Args)]
pub(crate) struct ContextOptions {
    /// A pair of the encryption context: not secret, and needed again to decrypt; may be repeated
    #[arg(long = "context", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) context: Vec<Pair>,
}
