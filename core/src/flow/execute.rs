//! Step 4: one primitive, or one staged change. Needs a permit, and uses it up.

use zeroize::Zeroize;

use super::authorize::Permit;
use super::trip::Baggage;
use crate::error::Error;
use crate::format::audit_entry::Touched;
use crate::format::context::Context;
use crate::grant::GrantId;
use crate::key::{KeyFacts, KeyId};
use crate::operation::Operation;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::realm::Realm;
use crate::vault::{Change, Vault};

/// Where an operation's output goes. Wiped whole if the operation fails or cannot be recorded.
#[derive(Default)]
pub struct Buffers<'o> {
    pub(crate) plaintext: &'o mut [u8],
    pub(crate) ciphertext: &'o mut [u8],
    pub(crate) keys: &'o mut [KeyId],
    pub(crate) plaintext_len: usize,
    pub(crate) ciphertext_len: usize,
    pub(crate) keys_len: usize,
    /// Recorded: from here on the content is the caller's.
    pub(super) is_released: bool,
}

impl Drop for Buffers<'_> {
    /// What was not recorded does not stay behind, also when the steps are abandoned half-way.
    fn drop(&mut self) {
        if !self.is_released {
            self.wipe();
        }
    }
}

impl core::fmt::Debug for Buffers<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Buffers").field("is_released", &self.is_released).finish_non_exhaustive()
    }
}

impl<'o> Buffers<'o> {
    pub(crate) fn new(plaintext: &'o mut [u8], ciphertext: &'o mut [u8], keys: &'o mut [KeyId]) -> Self {
        let (plaintext_len, ciphertext_len, keys_len, is_released) = (0, 0, 0, false);
        Buffers { plaintext, ciphertext, keys, plaintext_len, ciphertext_len, keys_len, is_released }
    }

    /// Room for a plaintext.
    #[must_use]
    pub fn plaintext(plaintext: &'o mut [u8]) -> Self {
        Buffers::new(plaintext, &mut [], &mut [])
    }

    /// Room for a ciphertext.
    #[must_use]
    pub fn ciphertext(ciphertext: &'o mut [u8]) -> Self {
        Buffers::new(&mut [], ciphertext, &mut [])
    }

    fn wipe(&mut self) {
        self.plaintext.zeroize();
        self.ciphertext.zeroize();
        self.keys.fill(KeyId::from_bytes([0; 16]));
    }
}

/// What an operation works with: the vault, and what the permit says of the keys.
pub(crate) struct Scene<'v, P: Platform> {
    pub(crate) vault: &'v Vault<P>,
    pub(crate) realm: &'v Realm,
    pub(crate) caller: &'v Caller<'v>,
    /// Vault time of the request.
    pub(crate) time_ms: Option<u64>,
    /// What the audit log calls the request.
    pub(crate) action: Action,
    pub(crate) request_id: [u8; 16],
    pub(crate) is_dry_run: bool,
    trust_id: Option<[u8; 16]>,
    context: &'v Context<'v>,
    key: Option<KeyFacts>,
    source_key: Option<KeyFacts>,
}

impl<P: Platform> Scene<'_, P> {
    /// The encryption context of the request; for ReEncrypt, of the destination.
    pub(crate) fn context(&self) -> &Context<'_> {
        self.context
    }

    /// The key permitted.
    pub(crate) fn key(&self) -> Result<KeyFacts, Error> {
        self.key.ok_or(Error::Bug)
    }

    /// The trust of a role that admitted the caller.
    pub(crate) fn trust_id(&self) -> Result<[u8; 16], Error> {
        self.trust_id.ok_or(Error::Bug)
    }

    /// The source key permitted.
    pub(crate) fn source_key(&self) -> Result<KeyFacts, Error> {
        self.source_key.ok_or(Error::Bug)
    }
}

/// What an operation did.
pub(crate) struct Done<'a, T> {
    pub(crate) output: T,
    pub(crate) change: Option<Change<'a>>,
    /// The version of the key that was used, 0 for none.
    pub(crate) version: u32,
    /// The version of the source key that was used, 0 for none.
    pub(crate) source_version: u32,
    /// The grant that was made, found or removed.
    pub(crate) grant_id: Option<GrantId>,
    /// A number for the audit event; where it is 0, the event keeps its own.
    pub(crate) detail: u64,
}

impl<T> Done<'_, T> {
    pub(crate) fn with(output: T) -> Self {
        Done { output, change: None, version: 0, source_version: 0, grant_id: None, detail: 0 }
    }
}

/// An operation that was executed, or refused, and is not recorded yet: its output is out of reach.
pub struct Executed<'t, 'a, 'o, T> {
    pub(super) trip: &'t mut Baggage<'a>,
    pub(super) recorded: bool,
    pub(super) done: Result<T, Error>,
    pub(super) buffers: Buffers<'o>,
}

impl<T> core::fmt::Debug for Executed<'_, '_, '_, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Executed").field("action", &self.trip.event.action).finish_non_exhaustive()
    }
}

impl<T> Executed<'_, '_, '_, T> {
    /// Wipes the output and makes `error` the outcome.
    pub(super) fn fail(&mut self, error: Error) {
        self.buffers.wipe();
        self.done = Err(error);
    }
}

/// Runs the permitted operation. A change is only staged: `record` commits it.
pub fn execute<'t, 'a, 'o, P: Platform, O: Operation<'a>>(
    vault: &Vault<P>,
    permit: Permit<'t, 'a, O>,
    mut buffers: Buffers<'o>,
) -> Executed<'t, 'a, 'o, O::Output> {
    let Permit { operation, key, source_key, trip } = permit;
    let Baggage { caller, realm, event, change, trust_id, .. } = &mut *trip;
    let scene = Scene {
        vault,
        realm,
        caller,
        time_ms: event.time_ms,
        action: event.action,
        request_id: event.request_id,
        is_dry_run: event.dry_run,
        trust_id: *trust_id,
        context: &event.context,
        key,
        source_key,
    };
    let done = operation.execute(&scene, &mut buffers).map(|done| {
        let used = |touched: Option<Touched>, version| touched.map(|touched| Touched { version, ..touched });
        event.key = used(event.key, done.version);
        event.source_key = used(event.source_key, done.source_version);
        event.grant_id = done.grant_id;
        if done.detail != 0 {
            event.detail = done.detail;
        }
        if done.change.is_some() {
            *change = done.change;
        }
        done.output
    });
    Executed { trip, recorded: true, done, buffers }
}
