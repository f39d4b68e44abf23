//! Opened keys: from the cache, or from the tree into the cache.

use zeroize::Zeroizing;

use crate::crypto::sr1::{self, KeyCheckValue, SealingKey};
use crate::crypto::{Primitives, Purpose};
use crate::error::{Error, Part};
use crate::format::key_record::{BACKING_KEY_RECORD_LEN, BackingKeyRecord, KeyRecord};
use crate::key::{KeyFacts, KeyId, VersionState};
use crate::limits::WALK_RETRIES;
use crate::platform::{Cache, Fill, Platform, State};
use crate::secret::Secret;
use crate::vault::{DerivedKeys, Snapshot};

/// One version of a key, opened: what seals and opens, and what tells its material apart. Wiped on drop.
pub struct BackingKey<C: Primitives> {
    pub(crate) sealing: SealingKey<C>,
    pub(crate) kcv: KeyCheckValue,
    pub(crate) material_id: [u8; 32],
    pub(crate) state: VersionState,
}

impl<C: Primitives> core::fmt::Debug for BackingKey<C> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "BackingKey({:?})", self.state)
    }
}

/// Runs `read` on the tree as it stands. If that meets damage while a commit lands, it is run again: only a failure in
/// a still state is damage.
pub(crate) fn with_snapshot<P: Platform, R>(
    platform: &P,
    mut read: impl FnMut(&Snapshot<P::Primitives>) -> Result<R, Error>,
) -> Result<R, Error> {
    for _ in 0..WALK_RETRIES {
        let before = Snapshot::take(platform)?;
        match read(&before) {
            Err(Error::Damaged(part)) => {
                let after = Snapshot::take(platform)?;
                if before.is_still() && before.is_same_as(&after) {
                    return Err(Error::Damaged(part));
                }
            }
            answer => return answer,
        }
    }
    // Commits keep landing: hold them off for one walk.
    platform.state().lend_writer(|_, _| Snapshot::take(platform).and_then(|now| read(&now)))?
}

/// Lends a key's facts and policy; `None` if the key does not exist.
pub(crate) fn lend_key<P: Platform, R>(
    platform: &P,
    id: &KeyId,
    mut read: impl FnMut(&KeyFacts, &[u8]) -> R,
) -> Result<Option<R>, Error> {
    for _ in 0..=WALK_RETRIES {
        if let Some(answer) = platform.cache().lend_key(id, &mut read)? {
            return Ok(Some(answer));
        }
        let fill = with_snapshot(platform, |snapshot| {
            let address = snapshot.keys.names.key(&snapshot.keys.names.owner(id));
            platform.cache().fill_key(id, snapshot.revision, |buffer| {
                let view = snapshot.view(platform.storage());
                let Some(plaintext) = view.record(&address, buffer)? else { return Ok(None) };
                let record = KeyRecord::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?;
                if record.facts.key_id != *id {
                    return Err(Error::Damaged(Part::Record));
                }
                // The record ends with the policy and its padding; find the policy's place in the lent buffer.
                let end =
                    48usize.saturating_add(record.description.len()).saturating_add(record.policy.len());
                let end = end.saturating_add(sr1::HEAD_LEN);
                Ok(Some((record.facts, end.saturating_sub(record.policy.len())..end)))
            })
        })?;
        if fill == Fill::Absent {
            return Ok(None);
        }
    }
    Err(Error::Busy)
}

/// Lends one version of a key; `None` if there is no such version.
pub(crate) fn lend_backing_key<P: Platform, R>(
    platform: &P,
    id: &KeyId,
    version: u32,
    mut use_key: impl FnMut(&BackingKey<P::Primitives>) -> R,
) -> Result<Option<R>, Error> {
    for _ in 0..=WALK_RETRIES {
        if let Some(answer) = platform.cache().lend_backing_key(id, version, &mut use_key)? {
            return Ok(Some(answer));
        }
        let fill = with_snapshot(platform, |snapshot| {
            let address = snapshot.keys.names.backing_key(&snapshot.keys.names.owner(id), version);
            let mut buffer = Zeroizing::new([0; BACKING_KEY_RECORD_LEN + sr1::OVERHEAD]);
            let view = snapshot.view(platform.storage());
            let Some(plaintext) = view.record(&address, &mut *buffer)? else { return Ok(Fill::Absent) };
            let key = open_backing_key(&snapshot.keys, id, version, plaintext)?;
            platform.cache().fill_backing_key(id, version, snapshot.revision, key)
        })?;
        if fill == Fill::Absent {
            return Ok(None);
        }
    }
    Err(Error::Busy)
}

fn open_backing_key<C: Primitives>(
    keys: &DerivedKeys<C>,
    id: &KeyId,
    version: u32,
    plaintext: &[u8],
) -> Result<BackingKey<C>, Error> {
    let record = BackingKeyRecord::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?;
    if record.key_id != *id || record.version != version {
        return Err(Error::Damaged(Part::Record));
    }
    let mut material = Secret::zeroed();
    material.fill_with(|slot| *slot = *record.material);
    let (sealing, kcv) = SealingKey::open(&material, Purpose::Ciphertext, id.as_bytes(), version);
    Ok(BackingKey { sealing, kcv, material_id: keys.material_id(id, version, &kcv), state: record.state })
}
