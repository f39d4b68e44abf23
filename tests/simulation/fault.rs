use strongroom_core::error::{Error, StorageError};

use crate::authorization::dice::Dice;
use crate::model::step::Ask;
use crate::world::{CommitFate, Lie, World};

/// What goes wrong during one step, or one mount. All of it is within the contracts of the platform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// After so many commits that land, one fails, and nothing of it is kept.
    CommitFails { after: usize },
    /// The same, but all of it is kept.
    CommitLandsAndFails { after: usize },
    /// The next commit fails, is kept or not, and from then on nothing works any more.
    PowerGoes { is_kept: bool },
    /// After so many reads one fails.
    ReadFails { after: u64 },
    /// After so many reads one gives nothing, or what nobody wrote.
    ReadLies { after: u64, is_absent: bool },
    /// So many events are not taken.
    AppendsFail { count: u32 },
    /// So many flushes fail.
    FlushesFail { count: u32 },
    /// After so many draws there is no randomness.
    EntropyFails { after: u64 },
    /// After so many accesses the eraser's cells fail.
    CellsFail { after: u32 },
    /// The freshness counter does not move, after it moved so often.
    AdvanceFails { after: u32 },
}

impl Fault {
    /// A fault for this step, or none that it is tried with.
    pub fn draw(dice: &mut Dice, ask: &Ask) -> Option<Fault> {
        let (few, some, is_kept) = (dice.below(3), dice.below(24) as u64, dice.percent(50));
        let count = 1 + few as u32;
        let kind = dice.below(20);
        let fault = match kind {
            0..=3 => Fault::CommitFails { after: few / 2 },
            4..=7 => Fault::CommitLandsAndFails { after: few / 2 },
            8..=10 => Fault::PowerGoes { is_kept },
            11 | 12 => Fault::ReadFails { after: some },
            13 => Fault::ReadLies { after: some, is_absent: is_kept },
            14 => Fault::AppendsFail { count },
            15 | 16 => Fault::FlushesFail { count },
            17 => Fault::EntropyFails { after: some },
            18 => Fault::CellsFail { after: some as u32 },
            _ => Fault::AdvanceFails { after: few as u32 },
        };
        match ask {
            // What happens to the world is done to it whole.
            Ask::Wait { .. } | Ask::Remount { .. } | Ask::Cool => None,
            // It makes many commits, and what each of them does cannot be told apart from outside.
            Ask::Tick => Some(Fault::CommitFails { after: 0 }),
            // Whether the key is still there to be taken shows only when it is taken.
            Ask::TakeAuditKey | Ask::StartAuditLog => Some(Fault::CommitFails { after: 0 }),
            // Of what they leave nothing can be seen, so it must be known whether they were done.
            Ask::GetParametersForImport { .. } | Ask::ImportKeyMaterial { .. } | Ask::AcceptTime => {
                Some(match fault {
                    Fault::AppendsFail { .. } | Fault::FlushesFail { .. } => fault,
                    _ => Fault::CommitFails { after: 0 },
                })
            }
            _ => Some(fault),
        }
    }

    pub fn arm(self, world: &World) {
        match self {
            Fault::CommitFails { after } => world.storage.decide_after(after, &[CommitFate::Fails]),
            Fault::CommitLandsAndFails { after } => {
                world.storage.decide_after(after, &[CommitFate::LandsAndFails]);
            }
            Fault::PowerGoes { is_kept } => {
                let last = if is_kept { CommitFate::LandsAndFails } else { CommitFate::Fails };
                world.storage.decide(&[&[last][..], &[CommitFate::Fails; 20]].concat());
                let is_silent = world.log.silence();
                world.storage.when_committing(move || is_silent.set(true));
            }
            Fault::ReadFails { after } => world.storage.lie_at(after, Lie::Fails(StorageError::Medium)),
            Fault::ReadLies { after, is_absent } => {
                let lie = if is_absent { Lie::Absent } else { Lie::Bytes([0x5a; 77].as_slice().into()) };
                world.storage.lie_at(after, lie);
            }
            Fault::AppendsFail { count } => world.log.fail_appends(count),
            Fault::FlushesFail { count } => world.log.fail_flushes(count),
            Fault::EntropyFails { after } => world.entropy.fail_after(after),
            Fault::CellsFail { after } => world.cells.fail_after(after),
            Fault::AdvanceFails { after } => world.counter.fail_advance_after(after),
        }
    }

    /// Everything works again.
    pub fn disarm(world: &World) {
        world.storage.decide_no_more();
        world.storage.stop_lying();
        world.storage.when_committing(|| ());
        world.log.silence().set(false);
        world.log.fail_appends(0);
        world.log.fail_flushes(0);
        world.entropy.fail_after(u64::MAX);
        world.cells.fail_after(u32::MAX);
        world.counter.fail_advance_after(0);
        world.counter.fail_advances(0);
    }

    /// Whether a request may end so because of it. What cannot be read denies.
    pub fn explains(self, error: &Error) -> bool {
        let is_read = matches!(self, Fault::ReadFails { .. } | Fault::ReadLies { .. });
        match error {
            Error::Storage(_) | Error::Audit | Error::Entropy | Error::Anchor | Error::SessionEnded => true,
            Error::Damaged(_) | Error::AccessDenied(_) => is_read,
            _ => false,
        }
    }
}
