//! GenerateMac: plain as in AWS KMS, and in a form of ours that names the version that made it.

use super::message_mac::{check_key, parameters, parse, usable, with_mac};
use crate::error::{Error, StateConflict};
use crate::flow::{Buffers, Done, Parameters, Parsed, Scene, run};
use crate::format::versioned_mac::VersionedMac;
use crate::grant::{GrantToken, check_tokens};
use crate::key::{KeyFacts, KeyId, MacAlgorithm};
use crate::operation::Operation;
use crate::operation::encryption::sealed_message::SealedUnder;
use crate::operation::versions::counted::{ROTATIONS_MAX, Used, use_version};
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::usage::Use;
use crate::vault::Vault;

/// Makes the MAC of 1 to 4096 bytes (AWS KMS API Reference, *GenerateMac*).
#[derive(Clone, Copy)]
pub struct GenerateMac<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// The message.
    pub message: &'a [u8],
    /// The algorithm; must be the one of the key's spec.
    pub mac_algorithm: MacAlgorithm,
    /// Grant tokens, at most 10.
    pub grant_tokens: &'a [GrantToken],
    /// Check everything, release nothing.
    pub dry_run: bool,
}

/// Makes a MAC with a header that names the version that made it. An operation of ours, allowed by `kms:GenerateMac`.
#[derive(Clone, Copy, Debug)]
pub struct GenerateVersionedMac<'a>(
    /// The same parameters.
    pub GenerateMac<'a>,
);

/// A MAC, in the caller's buffer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct GeneratedMac<'o> {
    /// The MAC, or the versioned MAC.
    pub mac: &'o [u8],
    /// How it was made.
    pub mac_algorithm: MacAlgorithm,
    /// The key.
    pub key_id: KeyId,
    /// The version that made it.
    pub version: u32,
    /// The id of that version's material.
    pub key_material_id: [u8; 32],
}

impl core::fmt::Debug for GenerateMac<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("GenerateMac").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl<'a> GenerateMac<'a> {
    /// The MAC of `message`.
    #[must_use]
    pub const fn new(key_id: &'a str, mac_algorithm: MacAlgorithm, message: &'a [u8]) -> Self {
        GenerateMac { key_id, message, mac_algorithm, grant_tokens: &[], dry_run: false }
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        parse(Action::GenerateMac, self.key_id, self.message, self.grant_tokens)
    }

    /// Makes the MAC with the key's current version, behind a header if it is to have one.
    fn make<P: Platform>(
        &self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
        is_versioned: bool,
    ) -> Result<Done<'a, SealedUnder>, Error> {
        check_tokens(scene, self.grant_tokens)?;
        let facts = scene.key()?;
        check_key(Action::GenerateMac, &facts, self.mac_algorithm)?;
        let mut facts = facts;
        for _ in 0..=ROTATIONS_MAX {
            match self.make_with(scene, &facts, buffers, is_versioned)? {
                Used::Done(made) => return Ok(Done { version: made.version, ..Done::with(made) }),
                Used::Rotated(rotated) => {
                    check_key(Action::GenerateMac, &rotated, self.mac_algorithm)?;
                    facts = rotated;
                }
            }
        }
        Err(Error::Busy)
    }

    /// Makes it with the current version of these facts, unless that has reached its budget.
    fn make_with<P: Platform>(
        &self,
        scene: &Scene<'_, P>,
        facts: &KeyFacts,
        buffers: &mut Buffers<'_>,
        is_versioned: bool,
    ) -> Result<Used, Error> {
        let (algorithm, version) = (self.mac_algorithm, facts.current_version);
        let made = use_version(scene, &facts.key_id, version, Use::Sealing, &mut |key| {
            let material = usable(key).ok_or(Error::InvalidState(StateConflict::Version))?;
            let header = VersionedMac::header(algorithm, &facts.key_id, version, &key.kcv);
            let header = if is_versioned { &header[..] } else { &[] };
            let needed = header.len().saturating_add(algorithm.mac_len());
            let out = buffers.ciphertext.get_mut(..needed).ok_or(Error::BufferTooSmall { needed })?;
            let (header_out, mac_out) = out.split_at_mut_checked(header.len()).ok_or(Error::Bug)?;
            header_out.copy_from_slice(header);
            with_mac::<P::Primitives, _>(material, algorithm, self.message, |mac| {
                mac_out.copy_from_slice(mac);
            });
            buffers.ciphertext_len = needed;
            Ok(SealedUnder { key_id: facts.key_id, version, material_id: key.material_id })
        })?;
        // The key record names its current version, so a version that is not there is damage.
        made.ok_or(Error::Damaged(crate::error::Part::Record))
    }
}

impl<P: Platform> Vault<P> {
    /// Makes a MAC into `out`, which needs [`MacAlgorithm::mac_len`].
    ///
    /// # Errors
    /// [`Error::InvalidKeyUsage`]: the key makes no MACs, or not with this algorithm. Others: see [`Error`]. Nothing has
    /// changed after any of them, and `out` is wiped.
    pub fn generate_mac<'o>(
        &self,
        caller: &Caller<'_>,
        request: GenerateMac<'_>,
        out: &'o mut [u8],
    ) -> Result<GeneratedMac<'o>, Error> {
        let released = run(self, caller, request, Buffers::ciphertext(out))?;
        let SealedUnder { key_id, version, material_id } = released.output;
        let (mac, mac_algorithm) = (released.into_ciphertext(), request.mac_algorithm);
        Ok(GeneratedMac { mac, mac_algorithm, key_id, version, key_material_id: material_id })
    }

    /// Makes a versioned MAC into `out`, which needs [`versioned_mac_len`](crate::versioned_mac_len).
    ///
    /// # Errors
    /// As [`Vault::generate_mac`].
    pub fn generate_versioned_mac<'o>(
        &self,
        caller: &Caller<'_>,
        request: GenerateVersionedMac<'_>,
        out: &'o mut [u8],
    ) -> Result<GeneratedMac<'o>, Error> {
        let released = run(self, caller, request, Buffers::ciphertext(out))?;
        let SealedUnder { key_id, version, material_id } = released.output;
        let (mac, mac_algorithm) = (released.into_ciphertext(), request.0.mac_algorithm);
        Ok(GeneratedMac { mac, mac_algorithm, key_id, version, key_material_id: material_id })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for GenerateMac<'a> {
    type Output = SealedUnder;

    fn action(&self) -> Action {
        Action::GenerateMac
    }

    fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    fn parameters(&self) -> Parameters<'_> {
        parameters(self.mac_algorithm)
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        self.parse()
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, SealedUnder>, Error> {
        self.make(scene, buffers, false)
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for GenerateVersionedMac<'a> {
    type Output = SealedUnder;

    fn action(&self) -> Action {
        Action::GenerateMac
    }

    fn is_dry_run(&self) -> bool {
        self.0.dry_run
    }

    fn parameters(&self) -> Parameters<'_> {
        parameters(self.0.mac_algorithm)
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        self.0.parse()
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, SealedUnder>, Error> {
        self.0.make(scene, buffers, true)
    }
}
