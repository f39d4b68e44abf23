//! The keys that bundles are sealed under.

use crate::crypto::sr1::SealingKey;
use crate::crypto::{Primitives, Purpose, labels};
use crate::key::KeyId;
use crate::secret::Secret;

/// `HKDF("SRkx", shared secret, transcript hash)`, opened for the bundle of one key. The shared secret is that of X-Wing, which
/// binds both public keys; the transcript is everything else that the two vaults must agree on.
pub(crate) fn bundle_key<C: Primitives>(
    shared: &Secret<32>,
    transcript_hash: &[u8; 32],
    key_id: &KeyId,
) -> SealingKey<C> {
    let mut key = Secret::zeroed();
    shared.expose(|shared| C::hkdf(labels::KEY_BUNDLE_KEY, shared, transcript_hash, &mut key));
    SealingKey::open(&key, Purpose::KeyBundle, key_id.as_bytes(), 0).0
}

/// `HKDF("SRwx", shared secret, hash of what the header states)`: the key of a bundle with a whole vault, whose segments it seals.
pub(crate) fn vault_bundle_key<C: Primitives>(
    shared: &Secret<32>,
    stated_hash: &[u8; 32],
    key: &mut Secret<32>,
) {
    shared.expose(|shared| C::hkdf(labels::VAULT_BUNDLE_KEY, shared, stated_hash, key));
}
