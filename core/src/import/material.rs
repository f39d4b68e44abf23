use crate::crypto::{Primitives, Purpose, labels};
use crate::error::Error;
use crate::format::bytes::Writer;
use crate::key::{KeyId, KeySpec, KeyUsage};
use crate::keyring::open_material;
use crate::limits::MATERIAL_LEN_MAX;
use crate::secret::Secret;

/// Imported material as it is kept. Wiped on drop.
pub(crate) struct ImportedMaterial {
    bytes: Secret<MATERIAL_LEN_MAX>,
    len: usize,
}

impl ImportedMaterial {
    /// Nothing yet.
    pub(crate) const fn empty() -> Self {
        ImportedMaterial { bytes: Secret::zeroed(), len: 0 }
    }

    /// Takes in what is kept of what was unwrapped. Keys for sealing take `HKDF-Extract("SRim" ‖ purpose ‖ key id, material)`: only
    /// bytes that a vault drew are SR-1 keys as they are (`protocols`, 7), and the same bytes in two keys have nothing in
    /// common. Keys for MACs take the bytes themselves, so that others who have them make the same MACs.
    ///
    /// # Errors
    /// [`Error::IncorrectKeyMaterial`]: not of a length that the key can have.
    pub(crate) fn take<C: Primitives>(
        &mut self,
        spec: KeySpec,
        key_id: &KeyId,
        unwrapped: &Secret<MATERIAL_LEN_MAX>,
        len: usize,
    ) -> Result<(), Error> {
        let least = spec.material_len();
        let (most, purpose) = match spec.usage() {
            KeyUsage::EncryptDecrypt => (least, Some(Purpose::Ciphertext)),
            KeyUsage::GenerateVerifyMac => (MATERIAL_LEN_MAX, None),
        };
        if len < least || len > most {
            return Err(Error::IncorrectKeyMaterial);
        }
        self.len = unwrapped.expose(|unwrapped| {
            let unwrapped = unwrapped.get(..len).ok_or(Error::Bug)?;
            match purpose {
                Some(purpose) => {
                    let mut salt = [0; 21];
                    let mut writer = Writer::new(&mut salt);
                    writer.put(labels::IMPORT);
                    writer.u8(purpose.number());
                    writer.put(key_id.as_bytes());
                    let mut extracted = Secret::zeroed();
                    C::hkdf_extract(&salt, unwrapped, &mut extracted);
                    extracted.expose(|extracted| Self::copy(extracted, &mut self.bytes))
                }
                None => Self::copy(unwrapped, &mut self.bytes),
            }
        })?;
        Ok(())
    }

    fn copy(from: &[u8], to: &mut Secret<MATERIAL_LEN_MAX>) -> Result<usize, Error> {
        to.fill_with(|to| to.get_mut(..from.len()).map(|to| to.copy_from_slice(from)).ok_or(Error::Bug))?;
        Ok(from.len())
    }

    /// The check value that it has, or would have, as this version.
    pub(crate) fn check_value<C: Primitives>(
        &self,
        spec: KeySpec,
        key_id: &KeyId,
        version: u32,
    ) -> Result<[u8; 8], Error> {
        self.expose(|material| open_material::<C>(spec, key_id, version, material).map(|(_, kcv)| kcv))
    }

    /// Lends the material.
    pub(crate) fn expose<R>(&self, read: impl FnOnce(&[u8]) -> R) -> R {
        self.bytes.expose(|bytes| read(bytes.get(..self.len).unwrap_or_default()))
    }
}
