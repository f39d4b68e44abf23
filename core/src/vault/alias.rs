//! Reading the record of an alias.

use crate::crypto::Primitives;
use crate::error::{Error, Part};
use crate::key::Alias;
use crate::platform::Storage;
use crate::tree::{Names, View};

/// Reads the alias with this name; `None` if there is none. `buffer` needs room for a sealed alias record.
pub(crate) fn read_alias<'b, C: Primitives, S: Storage>(
    view: &View<'_, C, S>,
    names: &Names<C>,
    name: &str,
    buffer: &'b mut [u8],
) -> Result<Option<Alias<'b>>, Error> {
    let Some(plaintext) = view.record(&names.alias(name), buffer)? else { return Ok(None) };
    match Alias::read(plaintext) {
        Ok(alias) if alias.name == name => Ok(Some(alias)),
        Ok(_) | Err(_) => Err(Error::Damaged(Part::Record)),
    }
}
