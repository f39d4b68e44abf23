//! GenerateDataKey: fresh bytes for the caller's own encryption, and the same bytes sealed.

use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, Named, Parsed, Scene, run};
use crate::format::context::Context;
use crate::grant::{GrantToken, check_token_count, check_tokens};
use crate::key::KeyId;
use crate::limits::RANDOM_LEN_MAX;
use crate::operation::Operation;
use crate::operation::encryption::encrypt::EncryptionContext;
use crate::operation::encryption::sealed_message::{SealedUnder, seal};
use crate::platform::{Entropy, Platform};
use crate::policy::{Action, Caller};
use crate::vault::Vault;

/// Makes a data key, plain and sealed (AWS KMS API Reference, *GenerateDataKey*).
#[derive(Clone, Copy, Debug)]
pub struct GenerateDataKey<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// How many bytes, 1 to 1024; `AES_256` is 32 and `AES_128` is 16.
    pub number_of_bytes: usize,
    /// The encryption context.
    pub encryption_context: EncryptionContext<'a>,
    /// Grant tokens, at most 10.
    pub grant_tokens: &'a [GrantToken],
    /// Check everything, release nothing.
    pub dry_run: bool,
}

/// Makes a data key, sealed only (AWS KMS API Reference, *GenerateDataKeyWithoutPlaintext*).
#[derive(Clone, Copy, Debug)]
pub struct GenerateDataKeyWithoutPlaintext<'a>(
    /// The same parameters.
    pub GenerateDataKey<'a>,
);

/// A data key, in the caller's buffers.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct GeneratedDataKey<'o> {
    /// The data key; empty if asked for without plaintext. A secret: wipe the buffer after use.
    pub plaintext: &'o [u8],
    /// The data key, sealed: Decrypt opens it.
    pub ciphertext: &'o [u8],
    /// The key that sealed it.
    pub key_id: KeyId,
    /// The version that sealed it.
    pub version: u32,
    /// The id of that version's material.
    pub key_material_id: [u8; 32],
}

impl core::fmt::Debug for GeneratedDataKey<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("GeneratedDataKey").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl<'a> GenerateDataKey<'a> {
    /// A data key of 32 bytes, without an encryption context.
    #[must_use]
    pub const fn aes_256(key_id: &'a str) -> Self {
        GenerateDataKey {
            key_id,
            number_of_bytes: 32,
            encryption_context: &[],
            grant_tokens: &[],
            dry_run: false,
        }
    }

    fn parse_as(&self, action: Action) -> Result<Parsed<'a>, Error> {
        if self.number_of_bytes == 0 || self.number_of_bytes > RANDOM_LEN_MAX {
            return Err(Error::Validation(Parameter::NumberOfBytes));
        }
        check_token_count(self.grant_tokens)?;
        let context = Context::parse(self.encryption_context)?;
        Ok(Parsed { context, ..Parsed::on(Named::text(action, self.key_id)?) })
    }

    /// Draws the data key in its place in the ciphertext, shows it to `copy`, and seals it.
    fn make<P: Platform>(
        &self,
        action: Action,
        scene: &Scene<'_, P>,
        ciphertext: &mut [u8],
        copy: impl FnOnce(&[u8]) -> Result<(), Error>,
    ) -> Result<(SealedUnder, usize), Error> {
        check_tokens(scene, self.grant_tokens)?;
        seal(scene, action, &scene.key()?, scene.context(), ciphertext, self.number_of_bytes, |place| {
            scene.vault.platform().entropy().fill(place).map_err(|_| Error::Entropy)?;
            copy(place)
        })
    }
}

impl<P: Platform> Vault<P> {
    /// Makes a data key: plain into `plaintext`, which needs `number_of_bytes`, and sealed into `ciphertext`, which needs
    /// [`crate::ciphertext_len`] of it.
    ///
    /// # Errors
    /// See [`Error`]: nothing has changed after any of them, and both buffers are wiped.
    pub fn generate_data_key<'o>(
        &self,
        caller: &Caller<'_>,
        request: GenerateDataKey<'_>,
        plaintext: &'o mut [u8],
        ciphertext: &'o mut [u8],
    ) -> Result<GeneratedDataKey<'o>, Error> {
        let buffers = Buffers::new(plaintext, ciphertext, &mut []);
        let released = run(self, caller, request, buffers)?;
        let SealedUnder { key_id, version, material_id } = released.output;
        let (plaintext, ciphertext) = released.into_both();
        Ok(GeneratedDataKey { plaintext, ciphertext, key_id, version, key_material_id: material_id })
    }

    /// Makes a data key that nobody has seen, sealed into `ciphertext`, which needs [`crate::ciphertext_len`] of
    /// `number_of_bytes`.
    ///
    /// # Errors
    /// See [`Error`]: nothing has changed after any of them, and the buffer is wiped.
    pub fn generate_data_key_without_plaintext<'o>(
        &self,
        caller: &Caller<'_>,
        request: GenerateDataKeyWithoutPlaintext<'_>,
        ciphertext: &'o mut [u8],
    ) -> Result<GeneratedDataKey<'o>, Error> {
        let released = run(self, caller, request, Buffers::ciphertext(ciphertext))?;
        let SealedUnder { key_id, version, material_id } = released.output;
        let (plaintext, ciphertext) = released.into_both();
        Ok(GeneratedDataKey { plaintext, ciphertext, key_id, version, key_material_id: material_id })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for GenerateDataKey<'a> {
    type Output = SealedUnder;

    fn action(&self) -> Action {
        Action::GenerateDataKey
    }

    fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        self.parse_as(Action::GenerateDataKey)
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, SealedUnder>, Error> {
        let needed = self.number_of_bytes;
        let plaintext = buffers.plaintext.get_mut(..needed).ok_or(Error::BufferTooSmall { needed })?;
        let copy = |data_key: &[u8]| {
            plaintext.copy_from_slice(data_key);
            Ok(())
        };
        let (sealed, len) = self.make(Action::GenerateDataKey, scene, buffers.ciphertext, copy)?;
        buffers.plaintext_len = needed;
        buffers.ciphertext_len = len;
        Ok(Done { version: sealed.version, ..Done::with(sealed) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for GenerateDataKeyWithoutPlaintext<'a> {
    type Output = SealedUnder;

    fn action(&self) -> Action {
        Action::GenerateDataKeyWithoutPlaintext
    }

    fn is_dry_run(&self) -> bool {
        self.0.dry_run
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        self.0.parse_as(Action::GenerateDataKeyWithoutPlaintext)
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, SealedUnder>, Error> {
        let action = Action::GenerateDataKeyWithoutPlaintext;
        let (sealed, len) = self.0.make(action, scene, buffers.ciphertext, |_| Ok(()))?;
        buffers.ciphertext_len = len;
        Ok(Done { version: sealed.version, ..Done::with(sealed) })
    }
}
