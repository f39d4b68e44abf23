//! Making what a commit takes out irrecoverable: the eraser cell under which older manifests are sealed goes with it
//! (`protocols`, 3).

use super::Vault;
use super::commit::Stage;
use super::manifest_key::{self, read_cell, write_cell};
use super::state::Mounted;
use crate::error::Error;
use crate::platform::{Eraser, Platform};
use crate::secret::Secret;
use crate::tree::Plan;

/// How thoroughly something was destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Destruction {
    /// Beyond reach, whatever remains of old pages and old copies of the vault: its cell outside them was erased.
    Erased,
    /// Out of the vault. Without an eraser, old pages and old copies of the vault still hold it.
    Unlinked,
}

impl<P: Platform> Vault<P> {
    /// Lands a plan that destroys. On return older manifests, and all that hung from them alone, are beyond reach where
    /// the platform has an eraser.
    pub(super) fn land_destruction(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        plan: &mut Plan,
        records: &mut [super::commit::NewRecord<'_>],
    ) -> Result<Destruction, Error> {
        if mounted.cell.is_none() {
            self.land_plan(mounted, plan, records)?;
            return Ok(Destruction::Unlinked);
        }
        let replaced = self.replace_cell(mounted, &mut |mounted, transaction| {
            self.write_plan(mounted, plan, records, transaction)
        });
        match replaced {
            Ok(()) => Ok(Destruction::Erased),
            Err(error) => {
                // Which cell the manifest is sealed under is for the next mount to find out; it finishes the erasure.
                self.end(mounted)?;
                Err(error)
            }
        }
    }

    /// Lands a commit of nothing but the manifest, after which no older one can be opened, where the platform has an eraser.
    pub(super) fn land_out_of_reach(&self, mounted: &mut Mounted<P::Primitives>) -> Result<(), Error> {
        if mounted.cell.is_none() {
            return self.land(mounted, &mut |_, _| Ok(()));
        }
        let replaced = self.replace_cell(mounted, &mut |_, _| Ok(()));
        if replaced.is_err() {
            self.end(mounted)?;
        }
        replaced
    }

    /// A fresh cell, the manifest under it in one commit with what `stage` writes, then the old cell erased. Cells that the
    /// manifest was not sealed under are never adopted: they may be torn.
    pub(super) fn replace_cell(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        stage: &mut Stage<'_, P::Primitives>,
    ) -> Result<(), Error> {
        let (eraser, entropy) = (self.platform.eraser(), self.platform.entropy());
        let old = mounted.cell.ok_or(Error::Bug)?;
        let fresh = old.other();
        eraser.erase(fresh).map_err(|_| Error::Anchor)?;
        let mut value = Secret::zeroed();
        write_cell::<P::Primitives>(eraser, entropy, fresh, &mut value)?;
        mounted.manifest_key =
            manifest_key::derive(&mounted.manifest.vault_id, &mounted.root_key, Some(&value));
        mounted.manifest.erase_outstanding = true;
        self.land(mounted, stage)?;
        mounted.cell = Some(fresh);

        eraser.erase(old).map_err(|_| Error::Anchor)?;
        let mut gone = Secret::zeroed();
        if read_cell::<P::Primitives>(eraser, old, &mut gone)? {
            return Err(Error::Anchor);
        }
        // Carried by the next commit.
        mounted.manifest.erase_outstanding = false;
        Ok(())
    }
}
