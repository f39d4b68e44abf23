//! The key that a bundle is sealed under.

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
