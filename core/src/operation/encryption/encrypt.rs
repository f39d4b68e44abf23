//! Encrypt, Decrypt, ReEncrypt: small data under a key of the vault.

use zeroize::Zeroizing;

use crate::error::{Error, Parameter, Reason};
use crate::flow::{Buffers, Done, Named, Parsed, Released, Scene, run};
use crate::format::ciphertext::Ciphertext;
use crate::format::context::Context;
use crate::grant::{GrantToken, check_token_count, check_tokens};
use crate::key::KeyId;
use crate::limits::{CIPHERTEXT_LEN_MAX, PLAINTEXT_LEN_MAX};
use crate::operation::Operation;
use crate::operation::encryption::sealed_message::{SealedUnder, open, seal};
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::vault::Vault;

/// Name and value pairs that are authenticated with the data and must be given again to open it. Not secret: it stands
/// in the audit log.
pub type EncryptionContext<'a> = &'a [(&'a str, &'a str)];

/// Encrypts 1 to 4096 bytes (AWS KMS API Reference, *Encrypt*).
#[derive(Clone, Copy)]
pub struct Encrypt<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// The data.
    pub plaintext: &'a [u8],
    /// The encryption context.
    pub encryption_context: EncryptionContext<'a>,
    /// Grant tokens, at most 10.
    pub grant_tokens: &'a [GrantToken],
    /// Check everything, release nothing.
    pub dry_run: bool,
}

/// Opens what Encrypt, ReEncrypt or GenerateDataKey made (AWS KMS API Reference, *Decrypt*).
#[derive(Clone, Copy, Debug)]
pub struct Decrypt<'a> {
    /// The key id or key ARN that must have made it, or `None` to go by the ciphertext.
    pub key_id: Option<&'a str>,
    /// The ciphertext.
    pub ciphertext: &'a [u8],
    /// The encryption context it was made with.
    pub encryption_context: EncryptionContext<'a>,
    /// Grant tokens, at most 10.
    pub grant_tokens: &'a [GrantToken],
    /// Check everything, release nothing.
    pub dry_run: bool,
}

/// Moves a ciphertext to another key, or to the current version of its own (AWS KMS API Reference, *ReEncrypt*). The
/// plaintext stays inside.
#[derive(Clone, Copy, Debug)]
pub struct ReEncrypt<'a> {
    /// The key id or key ARN that must have made it, or `None` to go by the ciphertext.
    pub source_key_id: Option<&'a str>,
    /// The ciphertext.
    pub ciphertext: &'a [u8],
    /// The encryption context it was made with.
    pub source_encryption_context: EncryptionContext<'a>,
    /// The key id or key ARN to encrypt under.
    pub destination_key_id: &'a str,
    /// The new encryption context.
    pub destination_encryption_context: EncryptionContext<'a>,
    /// Grant tokens, at most 10.
    pub grant_tokens: &'a [GrantToken],
    /// Check everything, release nothing.
    pub dry_run: bool,
}

/// A new ciphertext, in the caller's buffer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Encrypted<'o> {
    /// The ciphertext.
    pub ciphertext: &'o [u8],
    /// The key.
    pub key_id: KeyId,
    /// The version that made it.
    pub version: u32,
}

/// An opened plaintext, in the caller's buffer.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Decrypted<'o> {
    /// The plaintext. A secret: wipe the buffer after use.
    pub plaintext: &'o [u8],
    /// The key.
    pub key_id: KeyId,
    /// The version that opened it.
    pub version: u32,
    /// The id of that version's material.
    pub key_material_id: [u8; 32],
}

impl core::fmt::Debug for Decrypted<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Decrypted")
            .field("key_id", &self.key_id)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// A ciphertext under its new key, in the caller's buffer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ReEncrypted<'o> {
    /// The ciphertext.
    pub ciphertext: &'o [u8],
    /// The key it is under now.
    pub key_id: KeyId,
    /// The version it is under now.
    pub version: u32,
    /// The id of that version's material.
    pub destination_key_material_id: [u8; 32],
    /// The key it was under.
    pub source_key_id: KeyId,
    /// The version it was under.
    pub source_version: u32,
    /// The id of that version's material.
    pub source_key_material_id: [u8; 32],
}

impl core::fmt::Debug for Encrypt<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Encrypt").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl<'a> Encrypt<'a> {
    /// Encrypts `plaintext` without an encryption context.
    #[must_use]
    pub const fn new(key_id: &'a str, plaintext: &'a [u8]) -> Self {
        Encrypt { key_id, plaintext, encryption_context: &[], grant_tokens: &[], dry_run: false }
    }
}

impl<'a> Decrypt<'a> {
    /// Opens `ciphertext`, made without an encryption context, under the key it names.
    #[must_use]
    pub const fn new(ciphertext: &'a [u8]) -> Self {
        Decrypt { key_id: None, ciphertext, encryption_context: &[], grant_tokens: &[], dry_run: false }
    }
}

impl<'a> ReEncrypt<'a> {
    /// Moves `ciphertext`, made without an encryption context, to a key.
    #[must_use]
    pub const fn new(ciphertext: &'a [u8], destination_key_id: &'a str) -> Self {
        ReEncrypt {
            source_key_id: None,
            ciphertext,
            source_encryption_context: &[],
            destination_key_id,
            destination_encryption_context: &[],
            grant_tokens: &[],
            dry_run: false,
        }
    }
}

impl<P: Platform> Vault<P> {
    /// Encrypts into `out`, which needs [`ciphertext_len`](crate::ciphertext_len) of the plaintext's length.
    ///
    /// # Errors
    /// See [`Error`]: nothing has changed after any of them, and `out` is wiped.
    pub fn encrypt<'o>(
        &self,
        caller: &Caller<'_>,
        request: Encrypt<'_>,
        out: &'o mut [u8],
    ) -> Result<Encrypted<'o>, Error> {
        let released = run(self, caller, request, Buffers::ciphertext(out))?;
        let SealedUnder { key_id, version, .. } = released.output;
        Ok(Encrypted { ciphertext: released.into_ciphertext(), key_id, version })
    }

    /// Decrypts into `out`, which needs the plaintext's length; [`crate::limits::PLAINTEXT_LEN_MAX`] is always enough.
    ///
    /// # Errors
    /// See [`Error`]: nothing has changed after any of them, and `out` is wiped.
    pub fn decrypt<'o>(
        &self,
        caller: &Caller<'_>,
        request: Decrypt<'_>,
        out: &'o mut [u8],
    ) -> Result<Decrypted<'o>, Error> {
        let released = run(self, caller, request, Buffers::plaintext(out))?;
        let SealedUnder { key_id, version, material_id } = released.output;
        Ok(Decrypted { plaintext: released.into_plaintext(), key_id, version, key_material_id: material_id })
    }

    /// Decrypts and encrypts again into `out`, which needs as many bytes as the ciphertext has.
    ///
    /// # Errors
    /// See [`Error`]: nothing has changed after any of them, and `out` is wiped.
    pub fn re_encrypt<'o>(
        &self,
        caller: &Caller<'_>,
        request: ReEncrypt<'_>,
        out: &'o mut [u8],
    ) -> Result<ReEncrypted<'o>, Error> {
        let released: Released<'o, (SealedUnder, SealedUnder)> =
            run(self, caller, request, Buffers::ciphertext(out))?;
        let (source, destination) = released.output;
        Ok(ReEncrypted {
            ciphertext: released.into_ciphertext(),
            key_id: destination.key_id,
            version: destination.version,
            destination_key_material_id: destination.material_id,
            source_key_id: source.key_id,
            source_version: source.version,
            source_key_material_id: source.material_id,
        })
    }
}

pub(in crate::operation) fn check_ciphertext(bytes: &[u8]) -> Result<(), Error> {
    if bytes.is_empty() || bytes.len() > CIPHERTEXT_LEN_MAX {
        return Err(Error::Validation(Parameter::CiphertextBlob));
    }
    Ok(())
}

/// The key to authorize for opening: the one named, or the one in the header.
pub(in crate::operation) fn opening_key<'a>(
    action: Action,
    key_id: Option<&'a str>,
    bytes: &[u8],
) -> Result<Named<'a>, Error> {
    match key_id {
        Some(text) => Named::text(action, text),
        None => match Ciphertext::parse(bytes) {
            Ok(sealed) => Ok(Named::ciphertext(action, sealed.header.key_id)),
            Err(_) => Err(Error::InvalidCiphertext(Reason::NotOurs)),
        },
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for Encrypt<'a> {
    type Output = SealedUnder;

    fn action(&self) -> Action {
        Action::Encrypt
    }

    fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        if self.plaintext.is_empty() || self.plaintext.len() > PLAINTEXT_LEN_MAX {
            return Err(Error::Validation(Parameter::Plaintext));
        }
        check_token_count(self.grant_tokens)?;
        let context = Context::parse(self.encryption_context)?;
        Ok(Parsed { context, ..Parsed::on(Named::text(Action::Encrypt, self.key_id)?) })
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, SealedUnder>, Error> {
        check_tokens(scene, self.grant_tokens)?;
        let copy = |place: &mut [u8]| {
            place.copy_from_slice(self.plaintext);
            Ok(())
        };
        let (sealed, len) = seal(
            scene,
            Action::Encrypt,
            &scene.key()?,
            scene.context(),
            buffers.ciphertext,
            self.plaintext.len(),
            copy,
        )?;
        buffers.ciphertext_len = len;
        Ok(Done { version: sealed.version, ..Done::with(sealed) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for Decrypt<'a> {
    type Output = SealedUnder;

    fn action(&self) -> Action {
        Action::Decrypt
    }

    fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_ciphertext(self.ciphertext)?;
        check_token_count(self.grant_tokens)?;
        let context = Context::parse(self.encryption_context)?;
        Ok(Parsed { context, ..Parsed::on(opening_key(Action::Decrypt, self.key_id, self.ciphertext)?) })
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, SealedUnder>, Error> {
        check_tokens(scene, self.grant_tokens)?;
        let facts = scene.key()?;
        let (opened, len) =
            open(scene, Action::Decrypt, &facts, self.ciphertext, scene.context(), buffers.plaintext)?;
        buffers.plaintext_len = len;
        Ok(Done { version: opened.version, ..Done::with(opened) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ReEncrypt<'a> {
    type Output = (SealedUnder, SealedUnder);

    fn action(&self) -> Action {
        Action::ReEncrypt
    }

    fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_ciphertext(self.ciphertext)?;
        check_token_count(self.grant_tokens)?;
        let source_context = Context::parse(self.source_encryption_context)?;
        let context = Context::parse(self.destination_encryption_context)?;
        let destination = Named::text(Action::ReEncryptTo, self.destination_key_id)?;
        let source = opening_key(Action::ReEncryptFrom, self.source_key_id, self.ciphertext)?;
        Ok(Parsed {
            source_key: Some(source),
            source_pairs: source_context.pairs(),
            context,
            ..Parsed::on(destination)
        })
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, Self::Output>, Error> {
        check_tokens(scene, self.grant_tokens)?;
        // The plaintext has the longest length a ciphertext can carry, on the stack, wiped on every way out.
        let mut plaintext = Zeroizing::new([0; PLAINTEXT_LEN_MAX]);
        let source_context = Context::parse(self.source_encryption_context)?;
        let (source, len) = open(
            scene,
            Action::ReEncryptFrom,
            &scene.source_key()?,
            self.ciphertext,
            &source_context,
            &mut *plaintext,
        )?;
        let opened = plaintext.get(..len).ok_or(Error::Bug)?;
        let copy = |place: &mut [u8]| {
            place.copy_from_slice(opened);
            Ok(())
        };
        let (destination, len) =
            seal(scene, Action::ReEncryptTo, &scene.key()?, scene.context(), buffers.ciphertext, len, copy)?;
        buffers.ciphertext_len = len;
        Ok(Done {
            version: destination.version,
            source_version: source.version,
            ..Done::with((source, destination))
        })
    }
}
