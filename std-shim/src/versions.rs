//! The operations on versions and rotation, with answers that own their bytes.

use strongroom_core::Error;
use strongroom_core::key::KeyFacts;
use strongroom_core::operation::{
    CreateKeyVersion, DisableKeyRotation, EnableKeyRotation, GetKeyRotationStatus, KeyRotationStatus,
    ListKeyRotations, ListKeyVersions, RestoreKeyVersion, RevokeKeyVersion, ScheduleKeyRotation,
};
use strongroom_core::policy::Caller;

use crate::output::VersionPage;
use crate::vault::Vault;

/// Room for a page: for a hundred versions and more, with the longest descriptions.
const PAGE_LEN: usize = 64 << 10;

impl Vault {
    /// Adds a version to a key of any spec and makes it current, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::create_key_version`].
    pub fn create_key_version(
        &self,
        caller: &Caller<'_>,
        request: CreateKeyVersion<'_>,
    ) -> Result<KeyFacts, Error> {
        self.core().create_key_version(caller, request)
    }

    /// Revokes a version, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::revoke_key_version`].
    pub fn revoke_key_version(
        &self,
        caller: &Caller<'_>,
        request: RevokeKeyVersion<'_>,
    ) -> Result<KeyFacts, Error> {
        self.core().revoke_key_version(caller, request)
    }

    /// Restores a revoked version, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::restore_key_version`].
    pub fn restore_key_version(
        &self,
        caller: &Caller<'_>,
        request: RestoreKeyVersion<'_>,
    ) -> Result<KeyFacts, Error> {
        self.core().restore_key_version(caller, request)
    }

    /// Lists the versions of a key.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::list_key_versions`].
    pub fn list_key_versions(
        &self,
        caller: &Caller<'_>,
        request: ListKeyVersions<'_>,
    ) -> Result<VersionPage, Error> {
        let mut page = vec![0; PAGE_LEN];
        self.core().list_key_versions(caller, request, &mut page).map(|listed| VersionPage::of(&listed))
    }

    /// Lists the rotations of a key.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::list_key_rotations`].
    pub fn list_key_rotations(
        &self,
        caller: &Caller<'_>,
        request: ListKeyRotations<'_>,
    ) -> Result<VersionPage, Error> {
        let mut page = vec![0; PAGE_LEN];
        self.core().list_key_rotations(caller, request, &mut page).map(|listed| VersionPage::of(&listed))
    }

    /// Has a symmetric key rotate by itself, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::enable_key_rotation`].
    pub fn enable_key_rotation(
        &self,
        caller: &Caller<'_>,
        request: EnableKeyRotation<'_>,
    ) -> Result<KeyFacts, Error> {
        self.core().enable_key_rotation(caller, request)
    }

    /// Has a symmetric key not rotate by itself any more, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::disable_key_rotation`].
    pub fn disable_key_rotation(
        &self,
        caller: &Caller<'_>,
        request: DisableKeyRotation<'_>,
    ) -> Result<KeyFacts, Error> {
        self.core().disable_key_rotation(caller, request)
    }

    /// Has a key of any spec rotate by itself or not, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::schedule_key_rotation`].
    pub fn schedule_key_rotation(
        &self,
        caller: &Caller<'_>,
        request: ScheduleKeyRotation<'_>,
    ) -> Result<KeyFacts, Error> {
        self.core().schedule_key_rotation(caller, request)
    }

    /// Whether a key rotates by itself, and when next.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::get_key_rotation_status`].
    pub fn get_key_rotation_status(
        &self,
        caller: &Caller<'_>,
        request: GetKeyRotationStatus<'_>,
    ) -> Result<KeyRotationStatus, Error> {
        self.core().get_key_rotation_status(caller, request)
    }
}
