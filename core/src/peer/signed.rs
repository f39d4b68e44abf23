//! What vaults sign: a label, and a hash of everything that is stated.

use crate::crypto::Primitives;
use crate::error::{Error, Reason};
use crate::peer::{PeerCryptography, SIGNATURE_LEN};
use crate::secret::Secret;

/// `label ‖ SHA-256(stated)`: the label keeps offers and bundles apart.
fn message<C: Primitives>(label: &[u8; 4], stated: &[u8]) -> [u8; 36] {
    let mut message = [0; 36];
    let (front, hash) = message.split_at_mut(label.len());
    front.copy_from_slice(label);
    hash.copy_from_slice(&C::sha256(core::iter::once(stated)));
    message
}

/// Signs what stands before the signature.
pub(crate) fn sign<C: Primitives>(
    cryptography: &dyn PeerCryptography,
    seed: &Secret<32>,
    label: &[u8; 4],
    stated: &[u8],
) -> [u8; SIGNATURE_LEN] {
    cryptography.sign(seed, &message::<C>(label, stated))
}

/// Checks a signature over what stands before it.
///
/// # Errors
/// [`Reason::OtherSignature`].
pub(crate) fn check<C: Primitives>(
    cryptography: &dyn PeerCryptography,
    public_key: &[u8; 32],
    label: &[u8; 4],
    stated: &[u8],
    signature: &[u8; SIGNATURE_LEN],
) -> Result<(), Error> {
    if cryptography.verify(public_key, &message::<C>(label, stated), signature) {
        Ok(())
    } else {
        Err(Error::Exchange(Reason::OtherSignature))
    }
}
