//! After something failed: the vault is opened again, and says which of the possible states it is in.

use strongroom_core::Error;

use crate::model::look::look_at_changes;
use crate::model::state::Model;
use crate::model::step::{Ask, GrantName, Step, User};
use crate::model::times::{DAY, HOUR, MINUTE};

use super::fault::Fault;
use super::run::{Simulation, Wrong, agrees};

impl Simulation<'_, '_> {
    /// A step failed, and was not to. Finds out what became of it; `landed` says whether something was committed.
    pub fn recover(
        &mut self,
        step: &Step,
        mut before: Model,
        mut after: Model,
        landed: bool,
    ) -> Result<(), Wrong> {
        if landed {
            self.committed = before.times;
        }
        // Changes that were acknowledged to nobody may be there, if there was a commit at all.
        let may_be_done = landed && leaves_something(&step.ask);
        let goes_on = self.real.is_open() && !landed && self.dice.percent(60);
        if !goes_on {
            let ms = self.crash()?;
            for model in [&mut before, &mut after] {
                model.times.crash(self.committed);
                model.times.remount(ms);
            }
            self.committed = before.times;
        }
        let (model, was_done) = match &step.ask {
            Ask::CreateKey { .. } => {
                let made = self.real.learn_keys().map_err(|error| Wrong::says("learning keys", error))?;
                match (made, may_be_done) {
                    (0, _) => (before, false),
                    (1, true) => (after, true),
                    _ => {
                        return Err(Wrong::new(
                            "no key, or one where a commit landed",
                            format!("{made} keys"),
                        ));
                    }
                }
            }
            Ask::CreateGrant { key, .. } if may_be_done && before.grants.len() != after.grants.len() => {
                // Nobody has its token. It is taken back, and all is as before.
                let revoked = self.real.revoke_unknown_grants(*key);
                let revoked = revoked.map_err(|error| Wrong::says("revoking a grant", error))?;
                if revoked > 0 {
                    let grant = GrantName::Unknown;
                    self.book.note(&Ask::RevokeGrant { key: *key, grant, is_dry_run: false }, true);
                }
                (before, revoked > 0)
            }
            _ if may_be_done => self.tell_apart(&step.ask, before, after)?,
            _ => (before, false),
        };
        self.model = model;
        if was_done {
            self.tally.landed += 1;
            self.book.note(&step.ask, true);
        } else {
            self.tally.not_landed += 1;
        }
        self.check_book()
    }

    /// Looks at what differs. The vault must be in one of both states, and in no other.
    fn tell_apart(&mut self, ask: &Ask, before: Model, after: Model) -> Result<(Model, bool), Wrong> {
        let looks = look_at_changes(&before, &after);
        let (mut as_before, mut as_after) = (Some(before), Some(after));
        for ask in looks {
            let step = Step { by: User::Root, ask };
            let (found, told) = self.ask(&step);
            let mut wrong = Wrong::new("", told);
            for state in [&mut as_before, &mut as_after] {
                let Some(model) = state else { continue };
                let expected = model.predict(&step);
                if !found.as_ref().is_some_and(|found| agrees(found, &expected)) {
                    wrong.expected = format!("{} {step:?}: {expected:?};", wrong.expected);
                    *state = None;
                }
            }
            if as_before.is_none() && as_after.is_none() {
                return Err(wrong);
            }
        }
        match (as_before, as_after) {
            (None, Some(model)) => Ok((model, true)),
            (Some(model), None) => Ok((model, false)),
            // It made no difference. The log knows.
            (_, Some(model)) => {
                self.flush()?;
                Ok((model, self.book.has_one_more(ask, &self.world.log)))
            }
            (None, None) => Err(Wrong::new("one of two states", "neither".to_owned())),
        }
    }

    /// Cuts the power, and opens the vault after a while; answers after how long.
    pub fn crash(&mut self) -> Result<u64, Wrong> {
        self.tally.crashes += 1;
        Fault::disarm(self.world);
        self.world.cut_power();
        let long = [0, 0, 1, MINUTE, HOUR, DAY + HOUR, 40 * DAY, 3650 * DAY];
        let ms = long[self.dice.below(long.len())];
        self.world.clock.advance_ms(ms);
        self.mount()?;
        Ok(ms)
    }

    /// Opens the vault, which may fail as often as something is in the way.
    fn mount(&mut self) -> Result<(), Wrong> {
        for attempt in 0..3 {
            let fault = match attempt < 2 && self.dice.percent(25) {
                true => Fault::draw(&mut self.dice, &Ask::DescribeQuotas),
                false => None,
            };
            if let Some(fault) = fault {
                fault.arm(self.world);
            }
            let mounted = self.real.mount();
            Fault::disarm(self.world);
            self.tell(&format!("mount, {fault:?}: {mounted:?}"));
            match (mounted, fault) {
                (Ok(()), _) => return Ok(()),
                (Err(error), Some(fault)) if fault.explains(&error) || is_of_a_mount(&error, fault) => {
                    self.tally.failed_mounts += 1;
                    self.world.cut_power();
                }
                (Err(error), _) => return Err(Wrong::says("a mount", error)),
            }
        }
        Err(Wrong::new("a vault that opens", "three mounts that failed".to_owned()))
    }
}

/// A slot area or manifest that reads wrong is damaged, and one that is not there at all is no vault.
fn is_of_a_mount(error: &Error, fault: Fault) -> bool {
    matches!(fault, Fault::ReadLies { .. })
        && matches!(error, Error::NotAVault | Error::Busy | Error::FromTheFuture { .. })
}

/// Whether it changes something that is there after it.
fn leaves_something(ask: &Ask) -> bool {
    !ask.is_dry_run()
        && !matches!(
            ask,
            Ask::Tick
                | Ask::GetParametersForImport { .. }
                | Ask::ImportKeyMaterial { .. }
                | Ask::StartAuditLog
                | Ask::TakeAuditKey
                | Ask::AcceptTime
                | Ask::ResetClock
                | Ask::Encrypt { .. }
                | Ask::Decrypt { .. }
                | Ask::ReEncrypt { .. }
                | Ask::GenerateDataKey { .. }
                | Ask::GenerateDataKeyWithoutPlaintext { .. }
                | Ask::GenerateMac { .. }
                | Ask::VerifyMac { .. }
                | Ask::GenerateRandom { .. }
        )
}
