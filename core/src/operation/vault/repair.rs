//! Repair, DestroyDamagedKey: what to do about damage. Actions of ours, on the vault itself.

use crate::error::Error;
use crate::flow::{Buffers, Done, Parsed, Scene, check_key_reference, run};
use crate::key::{KeyId, KeyReference};
use crate::operation::Operation;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::vault::{Change, Destruction, Findings, RepairCounts, RepairItem, Vault};

/// Puts right what can be put right from what is intact, and lists what cannot.
#[derive(Clone, Copy, Debug, Default)]
pub struct Repair {
    /// Says what it would do, and does nothing.
    pub dry_run: bool,
}

/// What a repair found and did, or would do.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Repaired<'o> {
    /// One by one, as far as there was room.
    pub items: &'o [RepairItem],
    /// How many there are in all.
    pub counts: RepairCounts,
}

/// Destroys a key of which the own record does not open.
#[derive(Clone, Copy, Debug)]
pub struct DestroyDamagedKey<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
}

impl<P: Platform> Vault<P> {
    /// Writes lost copies again from the ones that open, and entries of indexes from the keys that they are about; removes
    /// blobs that nothing refers to, and entries that lead to a key or grant that is gone; lists what does not open. What
    /// does not open is never removed. Each change is a commit with an event of its own; reading goes on meanwhile,
    /// changes wait.
    ///
    /// Needs `kms:Repair` on the vault.
    ///
    /// # Errors
    /// See [`Error`]. What was put right before it stays so. `items` is empty then.
    pub fn repair<'o>(
        &self,
        caller: &Caller<'_>,
        request: Repair,
        items: &'o mut [RepairItem],
    ) -> Result<Repaired<'o>, Error> {
        items.fill(RepairItem::EMPTY);
        let mut findings = Findings::new(items, request.dry_run);
        let done = run(self, caller, Repairing { findings: &mut findings }, Buffers::default());
        let (len, counts) = (findings.len, findings.counts);
        match done.map(|_| ()) {
            Ok(()) => {}
            Err(Error::DryRun) if request.dry_run => {}
            Err(error) => {
                // Not recorded, not told.
                items.fill(RepairItem::EMPTY);
                return Err(error);
            }
        }
        Ok(Repaired { items: items.get(..len).unwrap_or_default(), counts })
    }

    /// Destroys a key whose own record does not open, at once and durably: everything that it has, and the aliases and
    /// entries that still lead to it. Nothing brings it back. Its policy cannot be read, so the vault's decides: needs
    /// `kms:DestroyDamagedKey` on the vault.
    ///
    /// # Errors
    /// [`Error::InvalidState`] with [`crate::error::StateConflict::NotDamaged`]: the key can be read, and is destroyed by
    /// scheduling its deletion. [`Error::NotFound`]: there is no such key. [`Error::Damaged`]: a node is damaged that other
    /// keys hang below too. Others: see [`Error`]. The key is as it was, but what leads to it may be gone; after
    /// [`Error::Storage`] and [`Error::Anchor`], which end the session, it may be gone too.
    pub fn destroy_damaged_key(
        &self,
        caller: &Caller<'_>,
        request: DestroyDamagedKey<'_>,
    ) -> Result<Destruction, Error> {
        run(self, caller, request, Buffers::default())?.destruction.ok_or(Error::Bug)
    }
}

/// A repair under way.
pub(in crate::operation) struct Repairing<'f, 'i> {
    findings: &'f mut Findings<'i>,
}

impl<'a> Operation<'a> for Repairing<'_, '_> {
    type Output = ();

    fn action(&self) -> Action {
        Action::Repair
    }

    fn is_dry_run(&self) -> bool {
        self.findings.is_dry_run()
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on_vault(Action::Repair))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        // Each change is a commit of its own: nothing of it waits for this request's event.
        scene.vault.repair_all(self.findings)?;
        Ok(Done { detail: self.findings.counts.mended, ..Done::with(()) })
    }
}

fn key_id_of<P: Platform>(scene: &Scene<'_, P>, text: &str) -> Result<KeyId, Error> {
    match KeyReference::parse(text, scene.realm) {
        KeyReference::Id(key_id) => Ok(key_id),
        KeyReference::Alias(_) | KeyReference::Nowhere => Err(Error::NotFound),
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for DestroyDamagedKey<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::DestroyDamagedKey
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_key_reference(self.key_id)?;
        Ok(Parsed { listed_key: Some(self.key_id), ..Parsed::on_vault(Action::DestroyDamagedKey) })
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        let key_id = key_id_of(scene, self.key_id)?;
        scene.vault.check_damaged(&key_id)?;
        Ok(Done { change: Some(Change::DestroyDamaged(key_id)), ..Done::with(()) })
    }
}
