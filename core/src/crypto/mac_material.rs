//! Material for message authentication codes, as it was drawn or imported.

use super::labels;
use super::primitives::Primitives;
use super::sr1::KeyCheckValue;
use crate::error::Error;
use crate::limits::MATERIAL_LEN_MAX;
use crate::secret::Secret;

/// Between 28 and 128 bytes of key, lent inside. Wiped on drop.
pub(crate) struct MacMaterial {
    bytes: Secret<MATERIAL_LEN_MAX>,
    len: usize,
}

impl MacMaterial {
    /// Takes a copy of the material, and its check value `HMAC("SRhc" ‖ owner ‖ version, material)[0..8]`: the material is
    /// the message there, so that no MAC that users get can be this one.
    pub(crate) fn open<C: Primitives>(
        material: &[u8],
        owner: &[u8; 16],
        version: u32,
    ) -> Result<(Self, KeyCheckValue), Error> {
        let mut bytes = Secret::zeroed();
        bytes.fill_with(|slot| {
            slot.get_mut(..material.len()).map(|slot| slot.copy_from_slice(material)).ok_or(Error::Bug)
        })?;
        let mut salt = [0; 24];
        let mut writer = crate::format::bytes::Writer::new(&mut salt);
        writer.put(labels::MAC_CHECK);
        writer.put(owner);
        writer.u32(version);
        let mut check = Secret::zeroed();
        C::hkdf_extract(&salt, material, &mut check);
        let kcv = check.expose(|[a, b, c, d, e, f, g, h, ..]| [*a, *b, *c, *d, *e, *f, *g, *h]);
        Ok((MacMaterial { bytes, len: material.len() }, kcv))
    }

    /// Lends the material.
    pub(crate) fn expose<R>(&self, read: impl FnOnce(&[u8]) -> R) -> R {
        self.bytes.expose(|bytes| read(bytes.get(..self.len).unwrap_or_default()))
    }
}
