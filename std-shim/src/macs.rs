//! The operations on message authentication codes, with answers that own their bytes.

use strongroom_core::operation::{
    GenerateMac, GenerateVersionedMac, VerifiedMac, VerifyMac, VerifyVersionedMac,
};
use strongroom_core::policy::Caller;
use strongroom_core::{Error, versioned_mac_len};

use crate::output::MacOutput;
use crate::vault::Vault;

impl Vault {
    /// Makes the MAC of 1 to 4096 bytes.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::generate_mac`].
    pub fn generate_mac(&self, caller: &Caller<'_>, request: GenerateMac<'_>) -> Result<MacOutput, Error> {
        let mut mac = vec![0; request.mac_algorithm.mac_len()];
        let made = self.core().generate_mac(caller, request, &mut mac)?;
        let (key_id, version, key_material_id) = (made.key_id, made.version, made.key_material_id);
        Ok(MacOutput { mac, key_id, version, key_material_id })
    }

    /// Makes a MAC that names its version.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::generate_versioned_mac`].
    pub fn generate_versioned_mac(
        &self,
        caller: &Caller<'_>,
        request: GenerateVersionedMac<'_>,
    ) -> Result<MacOutput, Error> {
        let mut mac = vec![0; versioned_mac_len(request.0.mac_algorithm)];
        let made = self.core().generate_versioned_mac(caller, request, &mut mac)?;
        let (key_id, version, key_material_id) = (made.key_id, made.version, made.key_material_id);
        Ok(MacOutput { mac, key_id, version, key_material_id })
    }

    /// Verifies a MAC.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::verify_mac`].
    pub fn verify_mac(&self, caller: &Caller<'_>, request: VerifyMac<'_>) -> Result<VerifiedMac, Error> {
        self.core().verify_mac(caller, request)
    }

    /// Verifies a MAC that names its version.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::verify_versioned_mac`].
    pub fn verify_versioned_mac(
        &self,
        caller: &Caller<'_>,
        request: VerifyVersionedMac<'_>,
    ) -> Result<VerifiedMac, Error> {
        self.core().verify_versioned_mac(caller, request)
    }
}
