//! GetParametersForImport: a wrapping key for one import.

use core::cell::Cell;
use core::fmt;

use zeroize::Zeroize;

use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, Named, Parameters, Parsed, Scene, run};
use crate::import::{ImportTicket, ImportToken, Wrapping, WrappingAlgorithm, WrappingKeySpec};
use crate::key::{KeyId, permits};
use crate::limits::WRAPPING_KEY_LIFE_MS;
use crate::operation::Operation;
use crate::platform::{Entropy, Platform};
use crate::policy::{Action, Caller};
use crate::vault::{Change, ImportChange, NewWrappingKey, Snapshot, Vault};

/// Makes a wrapping key for one import into a key of origin EXTERNAL (AWS KMS API Reference, *GetParametersForImport*).
#[derive(Clone, Copy, Debug)]
pub struct GetParametersForImport<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// How the material will be wrapped.
    pub wrapping_algorithm: WrappingAlgorithm,
    /// The kind of wrapping key.
    pub wrapping_key_spec: WrappingKeySpec,
}

/// What one import needs.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ParametersForImport<'o> {
    /// The key to import into.
    pub key_id: KeyId,
    /// To be handed in with the wrapped material.
    pub import_token: ImportToken,
    /// The key to wrap the material with, as a SubjectPublicKeyInfo in DER.
    pub public_key: &'o [u8],
    /// Until when both can be used, in wall time; `None` where the vault has no clock, and it is a day from now.
    pub valid_to_ms: Option<u64>,
}

impl<P: Platform> Vault<P> {
    /// Makes a wrapping key, durably: good for one import within a day, whatever comes of it. Its public half goes into
    /// `public_key`, which needs [`WrappingKeySpec::public_key_len`]. `room` is where the private half is made, on its way
    /// into the vault; it needs [`WrappingKeySpec::private_key_len_max`] and is wiped. A key has at most
    /// [`crate::limits::WRAPPING_KEYS_MAX`] wrapping keys: one more takes the place of the one that ends first.
    ///
    /// # Errors
    /// [`Error::UnsupportedOperation`]: the key's material is not imported, or `wrapping` does not know the algorithm.
    /// Others: see [`Error`].
    pub fn get_parameters_for_import<'o>(
        &self,
        caller: &Caller<'_>,
        request: GetParametersForImport<'_>,
        wrapping: &dyn Wrapping,
        room: &mut [u8],
        public_key: &'o mut [u8],
    ) -> Result<ParametersForImport<'o>, Error> {
        let private = Cell::from_mut(&mut *room).as_slice_of_cells();
        let released =
            run(self, caller, Prepare { request, wrapping, private }, Buffers::ciphertext(public_key));
        room.zeroize();
        let released = released?;
        let (key_id, import_token, valid_to_ms) = released.output;
        Ok(ParametersForImport { key_id, import_token, public_key: released.into_ciphertext(), valid_to_ms })
    }
}

/// The request, and what it is carried out with.
#[derive(Clone, Copy)]
pub(in crate::operation) struct Prepare<'a> {
    request: GetParametersForImport<'a>,
    wrapping: &'a dyn Wrapping,
    private: &'a [Cell<u8>],
}

impl fmt::Debug for Prepare<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.request.fmt(f)
    }
}

impl<'a> Operation<'a> for Prepare<'a> {
    type Output = (KeyId, ImportToken, Option<u64>);

    fn action(&self) -> Action {
        Action::GetParametersForImport
    }

    fn parameters(&self) -> Parameters<'_> {
        let GetParametersForImport { wrapping_algorithm, wrapping_key_spec, .. } = self.request;
        let wrapping = Some((wrapping_algorithm, wrapping_key_spec));
        Parameters { wrapping, ..Parameters::NONE }
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        let GetParametersForImport { key_id, wrapping_algorithm, wrapping_key_spec } = self.request;
        if !wrapping_algorithm.goes_with(wrapping_key_spec) {
            return Err(Error::Validation(Parameter::WrappingAlgorithm));
        }
        Ok(Parsed::on(Named::text(Action::GetParametersForImport, key_id)?))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, Self::Output>, Error> {
        let facts = scene.key()?;
        permits(Action::GetParametersForImport, &facts)?;
        let Prepare { request, wrapping, private } = self;
        let (algorithm, spec) = (request.wrapping_algorithm, request.wrapping_key_spec);
        let needed = spec.public_key_len();
        let public = buffers.ciphertext.get_mut(..needed).ok_or(Error::BufferTooSmall { needed })?;
        let needed = spec.private_key_len_max();
        let private = private.get(..needed).ok_or(Error::BufferTooSmall { needed })?;

        let platform = scene.vault.platform();
        let mut wrapping_id = [0; 16];
        platform.entropy().fill(&mut wrapping_id).map_err(|_| Error::Entropy)?;
        let mut private_len = 0;
        let mut keep = |made: &[u8]| {
            for (to, from) in private.get(..made.len()).ok_or(Error::Bug)?.iter().zip(made) {
                to.set(*from);
            }
            private_len = made.len();
            Ok(())
        };
        buffers.ciphertext_len = wrapping.make(algorithm, spec, &mut keep, public)?;
        let private = private.get(..private_len).ok_or(Error::Bug)?;

        let timers = scene.vault.timers()?;
        let ticket = ImportTicket {
            key_id: facts.key_id,
            wrapping_id,
            algorithm,
            spec,
            expires_ms: timers.timer_ms.saturating_add(WRAPPING_KEY_LIFE_MS),
            expires_at_observed_ms: timers.observed_ms.saturating_add(WRAPPING_KEY_LIFE_MS),
        };
        let snapshot = Snapshot::take(platform)?;
        let token = ticket.token(&snapshot.keys, &snapshot.vault_id)?;
        let valid_to_ms = scene.time_ms.map(|now_ms| now_ms.saturating_add(WRAPPING_KEY_LIFE_MS));
        let change = ImportChange::Prepare(NewWrappingKey { ticket, private });
        Ok(Done {
            change: Some(Change::Import(facts.key_id, change)),
            version: facts.current_version,
            ..Done::with((facts.key_id, token, valid_to_ms))
        })
    }
}
