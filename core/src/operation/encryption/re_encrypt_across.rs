//! ReEncrypt from a key of one vault to a key of another: two requests, each judged and recorded by the vault whose key it is.

use zeroize::Zeroizing;

use crate::error::Error;
use crate::flow::{Buffers, Done, Named, Parsed, Scene, run};
use crate::format::ciphertext::{Ciphertext, ciphertext_len};
use crate::format::context::Context;
use crate::grant::{GrantToken, check_token_count, check_tokens};
use crate::limits::{GRANT_TOKENS_MAX, PLAINTEXT_LEN_MAX};
use crate::operation::Operation;
use crate::operation::encryption::encrypt::{ReEncrypt, ReEncrypted, check_ciphertext, opening_key};
use crate::operation::encryption::sealed_message::{SealedUnder, open, seal};
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::vault::Vault;

/// Which of two vaults refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedAcross {
    /// The one whose key made the ciphertext.
    BySource(Error),
    /// The one whose key it was to be moved to.
    ByDestination(Error),
}

impl<P: Platform> Vault<P> {
    /// Moves a ciphertext of this vault to a key of another one, such as that of another account: as [`Vault::re_encrypt`],
    /// with *ReEncryptFrom* judged and recorded here, and then *ReEncryptTo* there. Of the grant tokens each vault is shown those
    /// for its key alone.
    ///
    /// # Errors
    /// See [`Error`]: `out` is wiped. What the destination refuses has been recorded at the source as allowed, since it was.
    ///
    /// # Security
    /// The plaintext is in this process between the two, in memory that is wiped on every way out; whoever asked never has it.
    pub fn re_encrypt_across<'o, Q: Platform>(
        &self,
        destination: &Vault<Q>,
        caller: &Caller<'_>,
        request: ReEncrypt<'_>,
        out: &'o mut [u8],
    ) -> Result<ReEncrypted<'o>, RefusedAcross> {
        let (from, to) = (RefusedAcross::BySource, RefusedAcross::ByDestination);
        let mut plaintext = Zeroizing::new([0; PLAINTEXT_LEN_MAX]);
        let (leaving, arriving) = split(request);
        let leaving = Leaving { request, grant_tokens: &leaving };
        let (source, len) = match run(self, caller, leaving, Buffers::plaintext(&mut *plaintext)) {
            Ok(released) => (Some(released.output), released.into_plaintext().len()),
            // The destination is asked all the same: nothing leaves in a dry run, so zeros as many as it would be.
            Err(Error::DryRun) => (None, dry_len(request.ciphertext).map_err(from)?),
            Err(error) => return Err(from(error)),
        };
        let plaintext = plaintext.get(..len).ok_or(from(Error::Bug))?;
        let arriving = Arriving { request, grant_tokens: &arriving, plaintext };
        let released = run(destination, caller, arriving, Buffers::ciphertext(out)).map_err(to)?;
        let (source, moved) = (source.ok_or(from(Error::Bug))?, released.output);
        Ok(ReEncrypted {
            ciphertext: released.into_ciphertext(),
            key_id: moved.key_id,
            version: moved.version,
            destination_key_material_id: moved.material_id,
            source_key_id: source.key_id,
            source_version: source.version,
            source_key_material_id: source.material_id,
        })
    }
}

/// How long the plaintext of a ciphertext is, which has opened.
fn dry_len(ciphertext: &[u8]) -> Result<usize, Error> {
    let len = ciphertext.len().checked_sub(ciphertext_len(0)).ok_or(Error::Bug)?;
    if len > PLAINTEXT_LEN_MAX { Err(Error::Bug) } else { Ok(len) }
}

/// Grant tokens of one half.
type Tokens = heapless::Vec<GrantToken, GRANT_TOKENS_MAX>;

/// The tokens that name the key of the ciphertext, and all others, which the destination has to know. More than there may be
/// are refused by the source, before anybody looks at them.
fn split(request: ReEncrypt<'_>) -> (Tokens, Tokens) {
    let source = Ciphertext::parse(request.ciphertext).ok().map(|sealed| sealed.header.key_id);
    let is_leaving = |token: &&GrantToken| source.is_some() && token.key_id() == source;
    let tokens = request.grant_tokens.iter().take(GRANT_TOKENS_MAX);
    (
        tokens.clone().filter(is_leaving).copied().collect(),
        tokens.filter(|token| !is_leaving(token)).copied().collect(),
    )
}

/// The half at the source. Its plaintext goes to the other half, and nowhere else.
pub(in crate::operation) struct Leaving<'a> {
    request: ReEncrypt<'a>,
    grant_tokens: &'a [GrantToken],
}

/// The half at the destination.
pub(in crate::operation) struct Arriving<'a> {
    request: ReEncrypt<'a>,
    grant_tokens: &'a [GrantToken],
    plaintext: &'a [u8],
}

impl<'a> Operation<'a> for Leaving<'a> {
    type Output = SealedUnder;

    fn action(&self) -> Action {
        Action::ReEncrypt
    }

    fn is_dry_run(&self) -> bool {
        self.request.dry_run
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        let ReEncrypt { source_key_id, ciphertext, source_encryption_context, grant_tokens, .. } =
            self.request;
        check_ciphertext(ciphertext)?;
        check_token_count(grant_tokens)?;
        let context = Context::parse(source_encryption_context)?;
        let source = opening_key(Action::ReEncryptFrom, source_key_id, ciphertext)?;
        Ok(Parsed { source_pairs: context.pairs(), context, ..Parsed::on_source(source) })
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, SealedUnder>, Error> {
        check_tokens(scene, self.grant_tokens)?;
        let facts = scene.source_key()?;
        let (ciphertext, context) = (self.request.ciphertext, scene.context());
        let (source, len) =
            open(scene, Action::ReEncryptFrom, &facts, ciphertext, context, buffers.plaintext)?;
        buffers.plaintext_len = len;
        Ok(Done { source_version: source.version, ..Done::with(source) })
    }
}

impl<'a> Operation<'a> for Arriving<'a> {
    type Output = SealedUnder;

    fn action(&self) -> Action {
        Action::ReEncrypt
    }

    fn is_dry_run(&self) -> bool {
        self.request.dry_run
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        let context = Context::parse(self.request.destination_encryption_context)?;
        let destination = Named::text(Action::ReEncryptTo, self.request.destination_key_id)?;
        Ok(Parsed { context, ..Parsed::on(destination) })
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, SealedUnder>, Error> {
        check_tokens(scene, self.grant_tokens)?;
        let (facts, len) = (scene.key()?, self.plaintext.len());
        let copy = |place: &mut [u8]| {
            place.copy_from_slice(self.plaintext);
            Ok(())
        };
        let (sealed, len) =
            seal(scene, Action::ReEncryptTo, &facts, scene.context(), buffers.ciphertext, len, copy)?;
        buffers.ciphertext_len = len;
        Ok(Done { version: sealed.version, ..Done::with(sealed) })
    }
}
