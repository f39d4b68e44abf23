//! VerifyMac: what GenerateMac made in either form, also before the last rotations.

use super::message_mac::{check_key, parameters, parse, usable, with_mac};
use crate::crypto::Primitives;
use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, Parameters, Parsed, Scene, run};
use crate::format::versioned_mac::VersionedMac;
use crate::grant::{GrantToken, check_tokens};
use crate::key::{KeyFacts, KeyId, MacAlgorithm};
use crate::keyring;
use crate::limits::{MAC_LEN_MAX, MAC_OLDER_VERSIONS, MAC_VERSIONS_LOOKED_AT};
use crate::operation::Operation;
use crate::operation::encryption::sealed_message::SealedUnder;
use crate::operation::versions::counted::{Used, use_version};
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::usage::Use;
use crate::vault::Vault;

/// Verifies what GenerateMac made (AWS KMS API Reference, *VerifyMac*), also before the last rotations: the current
/// version is tried, and the 7 newest before it that are neither revoked nor on their way out. Of many that are, 64
/// versions back are looked at.
#[derive(Clone, Copy)]
pub struct VerifyMac<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// The message.
    pub message: &'a [u8],
    /// The algorithm; must be the one of the key's spec.
    pub mac_algorithm: MacAlgorithm,
    /// The MAC, 1 to 6144 bytes.
    pub mac: &'a [u8],
    /// Grant tokens, at most 10.
    pub grant_tokens: &'a [GrantToken],
    /// Check everything, release nothing.
    pub dry_run: bool,
}

/// Verifies what GenerateVersionedMac made, with the version that it names, however old. An operation of ours, allowed
/// by `kms:VerifyMac`.
#[derive(Clone, Copy, Debug)]
pub struct VerifyVersionedMac<'a>(
    /// The same parameters.
    pub VerifyMac<'a>,
);

/// The MAC is that of the message.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct VerifiedMac {
    /// How it was made.
    pub mac_algorithm: MacAlgorithm,
    /// The key.
    pub key_id: KeyId,
    /// The version that made it.
    pub version: u32,
    /// The id of that version's material.
    pub key_material_id: [u8; 32],
}

impl core::fmt::Debug for VerifyMac<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("VerifyMac").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl<'a> VerifyMac<'a> {
    /// Whether `mac` is that of `message`.
    #[must_use]
    pub const fn new(key_id: &'a str, mac_algorithm: MacAlgorithm, message: &'a [u8], mac: &'a [u8]) -> Self {
        VerifyMac { key_id, message, mac_algorithm, mac, grant_tokens: &[], dry_run: false }
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        if self.mac.is_empty() || self.mac.len() > MAC_LEN_MAX {
            return Err(Error::Validation(Parameter::Mac));
        }
        parse(Action::VerifyMac, self.key_id, self.message, self.grant_tokens)
    }

    fn check<P: Platform>(&self, scene: &Scene<'_, P>) -> Result<KeyFacts, Error> {
        check_tokens(scene, self.grant_tokens)?;
        let facts = scene.key()?;
        check_key(Action::VerifyMac, &facts, self.mac_algorithm)?;
        Ok(facts)
    }

    /// Whether `mac` is what this version makes of the message; `None` for one that is not to be used. What is compared
    /// is of one length, and the comparison tells nothing by its time.
    fn matches<P: Platform>(
        &self,
        platform: &P,
        key_id: &KeyId,
        version: u32,
        mac: &[u8],
    ) -> Result<Option<(bool, [u8; 32])>, Error> {
        let tried = keyring::lend_backing_key(platform, key_id, version, |key| {
            usable(key).map(|material| {
                let is_same =
                    with_mac::<P::Primitives, _>(material, self.mac_algorithm, self.message, |expected| {
                        P::Primitives::equal(expected, mac)
                    });
                (is_same, key.material_id)
            })
        })?;
        Ok(tried.flatten())
    }
}

impl<P: Platform> Vault<P> {
    /// Verifies a MAC.
    ///
    /// # Errors
    /// [`Error::InvalidMac`]: it is not that of the message. [`Error::Damaged`]: none of the versions that could be read
    /// made it, and one could not be read. Others as [`Vault::generate_mac`].
    pub fn verify_mac(&self, caller: &Caller<'_>, request: VerifyMac<'_>) -> Result<VerifiedMac, Error> {
        let SealedUnder { key_id, version, material_id } =
            run(self, caller, request, Buffers::default())?.output;
        let mac_algorithm = request.mac_algorithm;
        Ok(VerifiedMac { mac_algorithm, key_id, version, key_material_id: material_id })
    }

    /// Verifies a versioned MAC.
    ///
    /// # Errors
    /// [`Error::InvalidMac`]: it is not that of the message under this key, its version is not to be used, or it is no
    /// versioned MAC. Others as [`Vault::generate_mac`].
    pub fn verify_versioned_mac(
        &self,
        caller: &Caller<'_>,
        request: VerifyVersionedMac<'_>,
    ) -> Result<VerifiedMac, Error> {
        let SealedUnder { key_id, version, material_id } =
            run(self, caller, request, Buffers::default())?.output;
        let mac_algorithm = request.0.mac_algorithm;
        Ok(VerifiedMac { mac_algorithm, key_id, version, key_material_id: material_id })
    }
}

/// Counts a MAC that was found to be right as a use of the version that made it.
fn count_verified<P: Platform>(scene: &Scene<'_, P>, key_id: &KeyId, version: u32) -> Result<(), Error> {
    let counted = use_version(scene, key_id, version, Use::Opening, &mut |key| {
        // It may have been revoked since.
        usable(key).ok_or(Error::InvalidMac)?;
        Ok(SealedUnder { key_id: *key_id, version, material_id: key.material_id })
    })?;
    match counted.ok_or(Error::InvalidMac)? {
        Used::Done(_) => Ok(()),
        // No budget keeps anybody from verifying.
        Used::Rotated(_) => Err(Error::Bug),
    }
}

/// Which version made a MAC, found without telling by time which one it was.
struct Found {
    /// 0 for none.
    version: u32,
    material_id: [u8; 32],
}

impl Found {
    /// Takes these in if `is_same`, by masks.
    fn take_if(&mut self, is_same: bool, version: u32, material_id: &[u8; 32]) {
        let mask = 0u8.wrapping_sub(u8::from(is_same));
        let wide = u32::from_be_bytes([mask; 4]);
        self.version = self.version & !wide | version & wide;
        for (kept, new) in self.material_id.iter_mut().zip(material_id) {
            *kept = *kept & !mask | new & mask;
        }
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for VerifyMac<'a> {
    type Output = SealedUnder;

    fn action(&self) -> Action {
        Action::VerifyMac
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
        _: &mut Buffers<'_>,
    ) -> Result<Done<'a, SealedUnder>, Error> {
        let KeyFacts { key_id, current_version, .. } = self.check(scene)?;
        if self.mac.len() != self.mac_algorithm.mac_len() {
            return Err(Error::InvalidMac);
        }
        let mut found = Found { version: 0, material_id: [0; 32] };
        let (mut left, mut unreadable) = (MAC_OLDER_VERSIONS.saturating_add(1), None);
        // To the end, whichever matches.
        for back in 0..MAC_VERSIONS_LOOKED_AT {
            let version = current_version.saturating_sub(back);
            if version == 0 || left == 0 {
                break;
            }
            match self.matches(scene.vault.platform(), &key_id, version, self.mac) {
                Ok(Some((is_same, material_id))) => {
                    found.take_if(is_same, version, &material_id);
                    left = left.saturating_sub(1);
                }
                Ok(None) => {}
                // The others are tried all the same.
                Err(damaged @ Error::Damaged(_)) => unreadable = Some(damaged),
                Err(other) => return Err(other),
            }
        }
        let Found { version, material_id } = found;
        if version == 0 {
            return Err(unreadable.unwrap_or(Error::InvalidMac));
        }
        count_verified(scene, &key_id, version)?;
        Ok(Done { version, ..Done::with(SealedUnder { key_id, version, material_id }) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for VerifyVersionedMac<'a> {
    type Output = SealedUnder;

    fn action(&self) -> Action {
        Action::VerifyMac
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
        _: &mut Buffers<'_>,
    ) -> Result<Done<'a, SealedUnder>, Error> {
        let KeyFacts { key_id, current_version, .. } = self.0.check(scene)?;
        let named = VersionedMac::parse(self.0.mac).map_err(|_| Error::InvalidMac)?;
        let version = named.version;
        let platform = scene.vault.platform();
        if (named.algorithm, named.key_id) != (self.0.mac_algorithm, key_id) || version > current_version {
            return Err(Error::InvalidMac);
        }
        let is_its = keyring::lend_backing_key(platform, &key_id, version, |key| key.kcv == named.kcv)?;
        match is_its {
            Some(true) => {}
            Some(false) | None => return Err(Error::InvalidMac),
        }
        match self.0.matches(platform, &key_id, version, named.mac)? {
            Some((true, material_id)) => {
                count_verified(scene, &key_id, version)?;
                Ok(Done { version, ..Done::with(SealedUnder { key_id, version, material_id }) })
            }
            Some((false, _)) | None => Err(Error::InvalidMac),
        }
    }
}
