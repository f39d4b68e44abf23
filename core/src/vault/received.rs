//! What a bundle may do to the key that is here: pure judgement, under the writer's lock.

use super::commit::version_buffer;
use crate::crypto::Primitives;
use crate::crypto::sr1::OVERHEAD;
use crate::error::{Error, Part, Reason};
use crate::format::key_record::KeyRecord;
use crate::format::lineage_record::{LINEAGE_RECORD_LEN, LineageRecord};
use crate::format::version_record::VersionRecord;
use crate::key::{KeyFacts, KeyOrigin, KeyState, VersionState, permits};
use crate::keyring::open_material;
use crate::peer::KeyBundleHeader;
use crate::platform::Storage;
use crate::policy::Action;
use crate::tree::{Names, Owner, View};

/// Checks that the materials of a bundle are those that its check values are of, which its header binds and ciphertexts name.
pub(super) fn check_materials<C: Primitives>(
    header: &KeyBundleHeader,
    materials: &[u8],
) -> Result<(), Error> {
    let mut rest = materials;
    for (version, sent) in (1u32..).zip(&header.versions) {
        let (material, behind) = rest.split_at_checked(usize::from(sent.material_len)).ok_or(Error::Bug)?;
        rest = behind;
        if material.is_empty() {
            continue;
        }
        let (_, kcv) = open_material::<C>(header.spec, &header.key_id, version, material)?;
        if kcv != sent.kcv {
            return Err(Error::Exchange(Reason::OtherMaterial));
        }
    }
    Ok(())
}

/// What the key is here now, if it is; and that the bundle goes on from there.
///
/// # Errors
/// [`Reason::OtherLineage`]: the key here was drawn elsewhere than the one in the bundle. [`Reason::OlderBundle`]: the key here has
/// gone further. [`Reason::OtherMaterial`]: a version is another one. [`Reason::DestroyedVersion`]: one that was destroyed here would
/// come back.
pub(super) fn judge<C: Primitives, S: Storage>(
    view: &View<'_, C, S>,
    names: &Names<C>,
    owner: &Owner,
    header: &KeyBundleHeader,
    scratch: &mut [u8],
) -> Result<Option<KeyFacts>, Error> {
    // Sources send only what they have drawn.
    if header.lineage != header.parties.source.fingerprint {
        return Err(Error::Exchange(Reason::OtherLineage));
    }
    let damaged = Error::Damaged(Part::Record);
    let Some(plaintext) = view.record(&names.key(owner), scratch)? else {
        return if view.is_taken(owner)? { Err(Error::AlreadyExists) } else { Ok(None) };
    };
    let facts = KeyRecord::read(plaintext).map_err(|_| damaged)?.facts;
    if facts.key_id != header.key_id {
        return Err(damaged);
    }
    let mut buffer = [0; LINEAGE_RECORD_LEN + OVERHEAD];
    let known = match view.record(&names.lineage(owner), &mut buffer)? {
        // It was drawn here.
        None => return Err(Error::Exchange(Reason::OtherLineage)),
        Some(plaintext) => LineageRecord::read_of(plaintext, &facts.key_id).map_err(|_| damaged)?,
    };
    if known.lineage != header.lineage || facts.spec != header.spec {
        return Err(Error::Exchange(Reason::OtherLineage));
    }
    permits(Action::ReceiveKey, &facts)?;
    let newest = usize::try_from(facts.newest_version).map_err(|_| Error::Bug)?;
    if header.revision < known.revision || header.versions.len() < newest {
        return Err(Error::Exchange(Reason::OlderBundle));
    }
    for (version, sent) in (1..=facts.newest_version).zip(&header.versions) {
        let mut buffer = version_buffer();
        let plaintext = view.record(&names.backing_key(owner, version), &mut *buffer)?.ok_or(damaged)?;
        let here = VersionRecord::read_of(plaintext, &facts.key_id, version).map_err(|_| damaged)?.facts;
        if here.kcv != sent.kcv {
            return Err(Error::Exchange(Reason::OtherMaterial));
        }
        if here.state == VersionState::Destroyed && sent.material_len > 0 {
            return Err(Error::Exchange(Reason::DestroyedVersion));
        }
    }
    Ok(Some(facts))
}

/// The facts of the key once it has the versions of the bundle. State, dates and everything else that the target says of it stay.
pub(super) fn received_facts(header: &KeyBundleHeader, here: Option<KeyFacts>) -> Result<KeyFacts, Error> {
    let newest = u32::try_from(header.versions.len()).map_err(|_| Error::Bug)?;
    Ok(match here {
        Some(facts) => KeyFacts { current_version: newest, newest_version: newest, ..facts },
        None => KeyFacts {
            key_id: header.key_id,
            created_ms: header.created_ms,
            state: KeyState::Enabled,
            spec: header.spec,
            usage: header.spec.usage(),
            origin: KeyOrigin::AwsKms,
            current_version: newest,
            newest_version: newest,
            on_demand_rotations: 0,
            rotation: None,
            deletion: None,
            expires_ms: None,
            missing_materials: 0,
            rotates_from_observed_ms: 0,
        },
    })
}
