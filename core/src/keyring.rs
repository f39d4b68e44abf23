//! Opened keys: from the cache, or from the tree into the cache.

use zeroize::Zeroizing;

use crate::crypto::sr1::{self, KeyCheckValue, SealingKey};
use crate::crypto::{MacMaterial, Primitives, Purpose};
use crate::error::{Error, Part};
use crate::format::key_record::{self, KeyRecord, KeyTexts, read_kept_texts};
use crate::format::version_record::{VERSION_RECORD_LEN, VersionRecord};
use crate::key::{KeyFacts, KeyId, KeySpec, KeyUsage, VersionState};
use crate::limits::WALK_RETRIES;
use crate::platform::{Cache, Fill, Platform, State};
use crate::secret::Secret;
use crate::usage::{Block, Rest};
use crate::vault::{DerivedKeys, Snapshot, return_rest};

/// One version of a key, opened: its material, and what tells it apart. Wiped on drop.
pub struct BackingKey<C: Primitives> {
    pub(crate) material: Material<C>,
    pub(crate) kcv: KeyCheckValue,
    pub(crate) material_id: [u8; 32],
    pub(crate) state: VersionState,
    /// Its part of a block of counted uses.
    pub(crate) usage: Block,
}

/// What a version can be used for.
pub(crate) enum Material<C: Primitives> {
    /// Sealing and opening.
    Sealing(SealingKey<C>),
    /// Message authentication codes.
    Mac(MacMaterial),
    /// Nothing: it was destroyed, or is to be imported again.
    Gone,
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

/// Lends a key's facts, and its texts but the description; `None` if the key does not exist.
pub(crate) fn lend_key<P: Platform, R>(
    platform: &P,
    id: &KeyId,
    mut read: impl FnMut(&KeyFacts, &KeyTexts<'_>) -> R,
) -> Result<Option<R>, Error> {
    for _ in 0..=WALK_RETRIES {
        let mut read_kept = |facts: &KeyFacts, kept: &[u8]| {
            read_kept_texts(kept).map(|texts| read(facts, &texts)).map_err(|_| Error::Bug)
        };
        if let Some(answer) = platform.cache().lend_key(id, &mut read_kept)? {
            return answer.map(Some);
        }
        let fill = fill_key(platform, id)?;
        if fill == Fill::Absent {
            return Ok(None);
        }
    }
    Err(Error::Busy)
}

/// Takes a key's record from the tree into the cache.
fn fill_key<P: Platform>(platform: &P, id: &KeyId) -> Result<Fill, Error> {
    with_snapshot(platform, |snapshot| {
        let address = snapshot.keys.names.key(&snapshot.keys.names.owner(id));
        platform.cache().fill_key(id, snapshot.revision, |buffer| {
            let view = snapshot.view(platform.storage());
            let Some(plaintext) = view.record(&address, buffer)? else { return Ok(None) };
            let record = KeyRecord::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?;
            if record.facts.key_id != *id {
                return Err(Error::Damaged(Part::Record));
            }
            let kept = key_record::kept_texts(&record.texts);
            let place = |at: usize| at.saturating_add(sr1::HEAD_LEN);
            Ok(Some((record.facts, place(kept.start)..place(kept.end))))
        })
    })
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
        let fill = fill_backing_key(platform, id, version)?;
        if fill == Fill::Absent {
            return Ok(None);
        }
    }
    Err(Error::Busy)
}

/// Takes a version's record from the tree into the cache. What the one that made room for it had not used is written back.
fn fill_backing_key<P: Platform>(platform: &P, id: &KeyId, version: u32) -> Result<Fill, Error> {
    let mut given_up: Option<Rest> = None;
    let fill = with_snapshot(platform, |snapshot| {
        let address = snapshot.keys.names.backing_key(&snapshot.keys.names.owner(id), version);
        let mut buffer = Zeroizing::new([0; VERSION_RECORD_LEN + sr1::OVERHEAD]);
        let view = snapshot.view(platform.storage());
        let Some(plaintext) = view.record(&address, &mut *buffer)? else { return Ok(Fill::Absent) };
        let key = open_backing_key(&snapshot.keys, id, version, plaintext)?;
        let mut give_up = |key: &BackingKey<P::Primitives>| given_up = Some(key.usage.take());
        platform.cache().fill_backing_key(id, version, snapshot.revision, key, &mut give_up)
    })?;
    if let Some(rest) = given_up.filter(|rest| !rest.is_empty()) {
        return_rest(platform, &rest);
    }
    Ok(fill)
}

fn open_backing_key<C: Primitives>(
    keys: &DerivedKeys<C>,
    id: &KeyId,
    version: u32,
    plaintext: &[u8],
) -> Result<BackingKey<C>, Error> {
    let damaged = Error::Damaged(Part::Record);
    let record = VersionRecord::read_of(plaintext, id, version).map_err(|_| damaged)?;
    let material = if record.facts.has_material {
        let (material, kcv) = open_material(record.facts.spec, id, version, record.material)?;
        if kcv != record.facts.kcv {
            return Err(damaged);
        }
        material
    } else {
        Material::Gone
    };
    let kcv = record.facts.kcv;
    let material_id = keys.material_id(id, version, &kcv);
    Ok(BackingKey {
        material,
        kcv,
        material_id,
        state: record.facts.state,
        usage: Block::empty(*id, version),
    })
}

/// Material as its key uses it, and the value that tells it apart.
pub(crate) fn open_material<C: Primitives>(
    spec: KeySpec,
    id: &KeyId,
    version: u32,
    material: &[u8],
) -> Result<(Material<C>, KeyCheckValue), Error> {
    match spec.usage() {
        KeyUsage::EncryptDecrypt => {
            let mut key = Secret::zeroed();
            key.fill_with(|slot| {
                let material: &[u8; 32] = material.try_into().map_err(|_| Error::Damaged(Part::Record))?;
                *slot = *material;
                Ok::<_, Error>(())
            })?;
            let (sealing, kcv) = SealingKey::open(&key, Purpose::Ciphertext, id.as_bytes(), version);
            Ok((Material::Sealing(sealing), kcv))
        }
        KeyUsage::GenerateVerifyMac => {
            let (mac, kcv) = MacMaterial::open::<C>(material, id.as_bytes(), version)?;
            Ok((Material::Mac(mac), kcv))
        }
    }
}
