//! Passphrases, by Argon2id (RFC 9106).

use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use strongroom_core::limits::argon2::{MEMORY_KIB_MIN, PASSES_MAX};
use strongroom_core::{Error, Secret, SlotKind};
use zeroize::Zeroizing;

/// The time that unlocking should take.
const TARGET: Duration = Duration::from_millis(500);
/// Memory of a tuned slot, in KiB: twice what RFC 9106 recommends where memory is scarce.
const MEMORY_KIB: u32 = 128 * 1024;

/// How hard a passphrase is stretched in a new slot. The parameters are stored with the slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stretching {
    /// 128 MiB, and as many passes as make about half a second on this machine.
    #[default]
    Tuned,
    /// These Argon2id parameters, one lane.
    Fixed {
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes over the memory.
        passes: u32,
    },
    /// The least there is. NOT SECURE for passphrases: for tests.
    Minimum,
}

impl Stretching {
    pub(super) fn parameters(self) -> Result<SlotKind, Error> {
        let kind = match self {
            Stretching::Tuned => {
                SlotKind::Passphrase { memory_kib: MEMORY_KIB, passes: tuned_passes()?, lanes: 1 }
            }
            Stretching::Fixed { memory_kib, passes } => SlotKind::Passphrase { memory_kib, passes, lanes: 1 },
            Stretching::Minimum => SlotKind::Passphrase { memory_kib: MEMORY_KIB_MIN, passes: 1, lanes: 1 },
        };
        kind.check().map(|()| kind)
    }
}

/// Measures one pass.
fn tuned_passes() -> Result<u32, Error> {
    let started = Instant::now();
    stretch(b"measurement", &[0; 16], [MEMORY_KIB, 1, 1], &mut Secret::zeroed())?;
    let passes = TARGET.as_millis().checked_div(started.elapsed().as_millis().max(1)).unwrap_or(1);
    Ok(u32::try_from(passes).unwrap_or(PASSES_MAX).clamp(1, PASSES_MAX))
}

/// Argon2id of the passphrase and the slot's salt.
pub(super) fn stretch(
    passphrase: &[u8],
    salt: &[u8; 16],
    [memory_kib, passes, lanes]: [u32; 3],
    out: &mut Secret<32>,
) -> Result<(), Error> {
    let params = Params::new(memory_kib, passes, lanes, Some(32)).map_err(|_| Error::SlotParameters)?;
    // The last of the blocks is all that an attacker needs: they are wiped.
    let mut blocks = Zeroizing::new(Vec::new());
    blocks.try_reserve_exact(params.block_count()).map_err(|_| Error::Capacity)?;
    blocks.resize(params.block_count(), Block::new());
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    out.fill_with(|out| argon2.hash_password_into_with_memory(passphrase, salt, out, &mut *blocks))
        .map_err(|_| Error::SlotParameters)
}
