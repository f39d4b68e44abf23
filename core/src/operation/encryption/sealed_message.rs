//! The one way into a ciphertext and out of it, for every operation that makes or opens one.

use crate::crypto::Purpose;
use crate::crypto::sr1;
use crate::error::{Error, Reason, StateConflict};
use crate::flow::Scene;
use crate::format::ciphertext::{self, Ciphertext, HEADER_LEN, Header, ciphertext_len};
use crate::format::context::Context;
use crate::key::{KeyFacts, KeyId, VersionState, permits};
use crate::keyring::Material;
use crate::limits::PLAINTEXT_LEN_MAX;
use crate::operation::versions::counted::{ROTATIONS_MAX, Used, use_version};
use crate::platform::Platform;
use crate::policy::Action;
use crate::usage::Use;

/// Which version of which key seals a ciphertext.
#[derive(Clone, Copy, Debug)]
pub struct SealedUnder {
    pub(in crate::operation) key_id: KeyId,
    pub(in crate::operation) version: u32,
    pub(in crate::operation) material_id: [u8; 32],
}

/// Seals the first `plaintext_len` bytes behind the headers in `out`, under the key's current version; returns the
/// ciphertext's length. The plaintext already lies in its place.
fn seal_in_place<P: Platform>(
    scene: &Scene<'_, P>,
    facts: &KeyFacts,
    context: &Context<'_>,
    out: &mut [u8],
    plaintext_len: usize,
) -> Result<Used, Error> {
    let platform = scene.vault.platform();
    let version = facts.current_version;
    let sealed = use_version(scene, &facts.key_id, version, Use::Sealing, &mut |key| {
        let (VersionState::Usable, Material::Sealing(sealing)) = (key.state, &key.material) else {
            return Err(Error::InvalidState(StateConflict::Version));
        };
        let header = Header { key_id: facts.key_id, version, kcv: key.kcv }.to_bytes();
        let associated = ciphertext::associated::<P::Primitives>(&header, context);
        let (header_out, blob) = out.split_first_chunk_mut::<HEADER_LEN>().ok_or(Error::Bug)?;
        *header_out = header;
        sr1::seal_blob(sealing, Purpose::Ciphertext, &associated, platform.entropy(), blob, plaintext_len)?;
        Ok(SealedUnder { key_id: facts.key_id, version, material_id: key.material_id })
    })?;
    // The key record names its current version, so a version that is not there is damage.
    sealed.ok_or(Error::Damaged(crate::error::Part::Record))
}

/// Encrypts what `fill` brings into its place, and answers the length of the ciphertext.
pub(in crate::operation) fn seal<P: Platform>(
    scene: &Scene<'_, P>,
    action: Action,
    facts: &KeyFacts,
    context: &Context<'_>,
    out: &mut [u8],
    plaintext_len: usize,
    fill: impl FnOnce(&mut [u8]) -> Result<(), Error>,
) -> Result<(SealedUnder, usize), Error> {
    permits(action, facts)?;
    let len = ciphertext_len(plaintext_len);
    let out = out.get_mut(..len).ok_or(Error::BufferTooSmall { needed: len })?;
    let start = HEADER_LEN + sr1::HEAD_LEN;
    let place = out.get_mut(start..start.saturating_add(plaintext_len)).ok_or(Error::Bug)?;
    fill(place)?;
    let mut facts = *facts;
    for _ in 0..=ROTATIONS_MAX {
        match seal_in_place(scene, &facts, context, out, plaintext_len)? {
            Used::Done(sealed) => return Ok((sealed, len)),
            Used::Rotated(rotated) => {
                permits(action, &rotated)?;
                facts = rotated;
            }
        }
    }
    Err(Error::Busy)
}

/// Opens a ciphertext under the key that the permit is for, into the front of `out`.
pub(in crate::operation) fn open<P: Platform>(
    scene: &Scene<'_, P>,
    action: Action,
    facts: &KeyFacts,
    bytes: &[u8],
    context: &Context<'_>,
    out: &mut [u8],
) -> Result<(SealedUnder, usize), Error> {
    let not = |reason| Error::InvalidCiphertext(reason);
    let sealed = Ciphertext::parse(bytes).map_err(|_| not(Reason::NotOurs))?;
    let Header { key_id, version, kcv } = sealed.header;
    if key_id != facts.key_id {
        return Err(Error::IncorrectKey);
    }
    permits(action, facts)?;
    let len = sealed.body.len();
    if len > PLAINTEXT_LEN_MAX {
        // Nothing sealed here is that long, and no buffer would be enough.
        return Err(not(Reason::BodyAltered));
    }
    let body = out.get_mut(..len).ok_or(Error::BufferTooSmall { needed: len })?;
    body.copy_from_slice(sealed.body);
    let opened = use_version(scene, &key_id, version, Use::Opening, &mut |key| {
        if key.kcv != kcv {
            return Err(not(Reason::OtherMaterial));
        }
        let sealing = match (key.state, &key.material) {
            (VersionState::Usable, Material::Sealing(sealing)) => sealing,
            (VersionState::Destroyed, _) => return Err(not(Reason::DestroyedVersion)),
            _ => return Err(not(Reason::RevokedVersion)),
        };
        let associated = sealed.associated::<P::Primitives>(context);
        sr1::open(sealing, Purpose::Ciphertext, &associated, sealed.head, body, sealed.tag).map_err(
            |error| match error {
                sr1::OpenError::Commitment => not(Reason::ContextOrHeaderDiffers),
                sr1::OpenError::Tag => not(Reason::BodyAltered),
                sr1::OpenError::TooShort => not(Reason::NotOurs),
            },
        )?;
        Ok(SealedUnder { key_id, version, material_id: key.material_id })
    })?;
    match opened.ok_or(not(Reason::UnknownVersion))? {
        Used::Done(opened) => Ok((opened, len)),
        // No budget keeps anybody from opening.
        Used::Rotated(_) => Err(Error::Bug),
    }
}
