//! The changes of a commit, in memory.

use std::collections::BTreeMap;

use strongroom_core::Error;
use strongroom_core::platform::{Address, Transaction};

/// What each address is to hold: a blob, or nothing any more. Of what was put twice the last is left.
#[derive(Debug, Default)]
pub(crate) struct Gathered(pub(crate) BTreeMap<Address, Option<Vec<u8>>>);

impl Transaction for Gathered {
    fn put(&mut self, address: &Address, blob: &[u8]) -> Result<(), Error> {
        self.0.insert(*address, Some(blob.to_vec()));
        Ok(())
    }

    fn remove(&mut self, address: &Address) -> Result<(), Error> {
        self.0.insert(*address, None);
        Ok(())
    }
}
