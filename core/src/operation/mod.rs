//! What a vault can be asked, grouped by family. The structs are the requests of the KMS API, with its names.

mod encryption;
mod grants;
mod imports;
mod keys;
mod listing;
mod macs;
mod names;
mod peers;
mod vault;
mod versions;

pub use encryption::data_key::{GenerateDataKey, GenerateDataKeyWithoutPlaintext, GeneratedDataKey};
pub use encryption::encrypt::{
    Decrypt, Decrypted, Encrypt, Encrypted, EncryptionContext, ReEncrypt, ReEncrypted,
};
pub use encryption::random::GenerateRandom;
pub use encryption::re_encrypt_across::RefusedAcross;
pub use encryption::sealed_message::SealedUnder;
pub use grants::end_grant::{RetireGrant, RetiredGrant, RevokeGrant};
pub use grants::grant::{CreateGrant, CreatedGrant, GrantConstraints};
pub use grants::list_grants::{GrantMarker, ListGrants, ListRetirableGrants, ListedGrants};
pub use imports::import::{
    DeleteImportedKeyMaterial, DeletedKeyMaterial, ExpirationModel, ImportKeyMaterial, ImportType,
    ImportedKeyMaterial,
};
pub use imports::import_parameters::{GetParametersForImport, ParametersForImport};
pub use keys::deletion::{CancelKeyDeletion, ConfirmKeyDeletion, ScheduleKeyDeletion};
pub use keys::describe::{DescribeKey, ListKeys, ListedKeys, Marker};
pub use keys::key_policy::{GetKeyPolicy, ListKeyPolicies, POLICY_NAME, PutKeyPolicy};
pub use keys::manage::{CreateKey, DisableKey, EnableKey, RotateKeyOnDemand, SeedKey, UpdateKeyDescription};
pub use macs::generate_mac::{GenerateMac, GenerateVersionedMac, GeneratedMac};
pub use macs::verify_mac::{VerifiedMac, VerifyMac, VerifyVersionedMac};
pub use names::alias::{CreateAlias, DeleteAlias, UpdateAlias};
pub use names::list_aliases::{AliasMarker, ListAliases, ListedAliases};
pub use names::tag::{ListResourceTags, ListedTags, Tag, TagMarker, TagResource, UntagResource};
pub use peers::backup::BackupToPeer;
pub use peers::export::{ExportKey, ExportedKey};
pub use peers::offer::{CreateReceiveOffer, ReceiveOffer};
pub use peers::peer::{ListPeers, PinPeer, RemovePeer};
pub use peers::receive::ReceiveKey;
pub use vault::access_key::{
    AccessKeyFacts, CallerName, CreateAccessKey, DeleteAccessKey, ListAccessKeys, UpdateAccessKey,
};
pub use vault::audit_log::{GetAuditHead, StartAuditLog, TakeAuditKey};
pub use vault::backup::Backup;
pub use vault::caller::{CallerMarker, DeleteCaller, DescribeCaller, ListCallers, ListedCallers, PutCaller};
pub use vault::clock::{AcceptTime, ResetClock};
pub use vault::quota::{DescribeQuotas, PutQuotas};
pub use vault::refusal::RecordRefusal;
pub use vault::rekey::{KeptSlot, Rekey, Rekeyed};
pub use vault::repair::{DestroyDamagedKey, Repair, Repaired};
pub use vault::role::{AssumeRole, AssumedRole, DescribeRoleTrust, PutRoleTrust, RoleTrust};
pub use vault::slot::{AddSlot, ChangeSlot, ListSlots, RemoveSlot, Revocation};
pub use vault::tick::Tick;
pub use versions::list_versions::{
    IncludeKeyMaterial, KeyVersion, ListKeyRotations, ListKeyVersions, ListedVersions, VersionMarker,
};
pub use versions::rotation::{
    DisableKeyRotation, EnableKeyRotation, GetKeyRotationStatus, KeyRotationStatus, ScheduleKeyRotation,
};
pub use versions::usage::{GetKeyLastUsage, KeyLastUsage, PutUsageBudget, RetireCheck, VersionUsage};
pub use versions::version::{CreateKeyVersion, RestoreKeyVersion, RevokeKeyVersion};
pub use versions::version_destruction::{
    CancelKeyVersionDestruction, ConfirmKeyVersionDestruction, ScheduleKeyVersionDestruction,
};

pub(crate) use peers::backup::sealed_bundle_name;
pub(crate) use versions::usage::last_moment;

use crate::error::Error;
use crate::flow::{Buffers, Done, Parameters, Parsed, Scene};
use crate::platform::Platform;
use crate::policy::Action;

/// One operation's own part of the trip. Sealed: only this crate implements it.
#[expect(private_interfaces, reason = "its methods take values that only the flow can make")]
pub trait Operation<'a>: sealed::Sealed + Sized {
    /// What it answers besides bytes.
    type Output;

    /// What the audit log calls it.
    fn action(&self) -> Action;

    /// Whether it is a dry run.
    fn is_dry_run(&self) -> bool {
        false
    }

    /// What policies can ask of it.
    fn parameters(&self) -> Parameters<'_> {
        Parameters::NONE
    }

    /// The grant that is to be retired: it says who may.
    fn retired(&self) -> Option<RetiredGrant<'a>> {
        None
    }

    /// Checks the arguments.
    ///
    /// # Errors
    /// The first argument that is outside its limits.
    fn parse(&self) -> Result<Parsed<'a>, Error>;

    /// Does it, with permission.
    ///
    /// # Errors
    /// Nothing has changed; the buffers are wiped by the flow.
    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, Self::Output>, Error>;
}

mod sealed {
    #[expect(unnameable_types, reason = "that is what seals the trait")]
    pub trait Sealed {}
    impl Sealed for super::Encrypt<'_> {}
    impl Sealed for super::Decrypt<'_> {}
    impl Sealed for super::ReEncrypt<'_> {}
    impl Sealed for super::encryption::re_encrypt_across::Leaving<'_> {}
    impl Sealed for super::encryption::re_encrypt_across::Arriving<'_> {}
    impl Sealed for super::GenerateDataKey<'_> {}
    impl Sealed for super::GenerateDataKeyWithoutPlaintext<'_> {}
    impl Sealed for super::GenerateRandom {}
    impl Sealed for super::GenerateMac<'_> {}
    impl Sealed for super::GenerateVersionedMac<'_> {}
    impl Sealed for super::VerifyMac<'_> {}
    impl Sealed for super::VerifyVersionedMac<'_> {}
    impl Sealed for super::CreateKeyVersion<'_> {}
    impl Sealed for super::RevokeKeyVersion<'_> {}
    impl Sealed for super::RestoreKeyVersion<'_> {}
    impl Sealed for super::ListKeyVersions<'_> {}
    impl Sealed for super::ListKeyRotations<'_> {}
    impl Sealed for super::EnableKeyRotation<'_> {}
    impl Sealed for super::DisableKeyRotation<'_> {}
    impl Sealed for super::GetKeyRotationStatus<'_> {}
    impl Sealed for super::ScheduleKeyRotation<'_> {}
    impl Sealed for super::CreateKey<'_> {}
    impl Sealed for super::SeedKey<'_> {}
    impl Sealed for super::DescribeKey<'_> {}
    impl Sealed for super::ListKeys<'_> {}
    impl Sealed for super::EnableKey<'_> {}
    impl Sealed for super::DisableKey<'_> {}
    impl Sealed for super::RotateKeyOnDemand<'_> {}
    impl Sealed for super::GetKeyPolicy<'_> {}
    impl Sealed for super::PutCaller<'_> {}
    impl Sealed for super::DescribeCaller<'_> {}
    impl Sealed for super::DeleteCaller<'_> {}
    impl Sealed for super::ListCallers<'_> {}
    impl Sealed for super::vault::access_key::Creating<'_> {}
    impl Sealed for super::ListAccessKeys<'_> {}
    impl Sealed for super::UpdateAccessKey<'_> {}
    impl Sealed for super::DeleteAccessKey<'_> {}
    impl Sealed for super::PutRoleTrust<'_> {}
    impl Sealed for super::DescribeRoleTrust<'_> {}
    impl Sealed for super::AssumeRole<'_> {}
    impl Sealed for super::PutKeyPolicy<'_> {}
    impl Sealed for super::ListKeyPolicies<'_> {}
    impl Sealed for super::CreateGrant<'_> {}
    impl Sealed for super::RetireGrant<'_> {}
    impl Sealed for super::RevokeGrant<'_> {}
    impl Sealed for super::ListGrants<'_> {}
    impl Sealed for super::ListRetirableGrants<'_> {}
    impl Sealed for super::CreateAlias<'_> {}
    impl Sealed for super::UpdateAlias<'_> {}
    impl Sealed for super::DeleteAlias<'_> {}
    impl Sealed for super::ListAliases<'_> {}
    impl Sealed for super::TagResource<'_> {}
    impl Sealed for super::UntagResource<'_> {}
    impl Sealed for super::ListResourceTags<'_> {}
    impl Sealed for super::UpdateKeyDescription<'_> {}
    impl Sealed for super::imports::import_parameters::Prepare<'_> {}
    impl Sealed for super::imports::import::Import<'_> {}
    impl Sealed for super::DeleteImportedKeyMaterial<'_> {}
    impl Sealed for super::ScheduleKeyDeletion<'_> {}
    impl Sealed for super::CancelKeyDeletion<'_> {}
    impl Sealed for super::ConfirmKeyDeletion<'_> {}
    impl Sealed for super::ScheduleKeyVersionDestruction<'_> {}
    impl Sealed for super::CancelKeyVersionDestruction<'_> {}
    impl Sealed for super::ConfirmKeyVersionDestruction<'_> {}
    impl Sealed for super::Tick {}
    impl Sealed for super::AcceptTime {}
    impl Sealed for super::ResetClock {}
    impl Sealed for super::GetKeyLastUsage<'_> {}
    impl Sealed for super::RetireCheck<'_> {}
    impl Sealed for super::PutUsageBudget<'_> {}
    impl Sealed for super::PutQuotas {}
    impl Sealed for super::DescribeQuotas {}
    impl Sealed for super::TakeAuditKey {}
    impl Sealed for super::StartAuditLog {}
    impl Sealed for super::GetAuditHead {}
    impl Sealed for super::RecordRefusal {}
    impl Sealed for super::ListSlots {}
    impl Sealed for super::vault::slot::Putting<'_, '_> {}
    impl Sealed for super::vault::slot::Removing<'_> {}
    impl Sealed for super::vault::rekey::Rekeying<'_, '_> {}
    impl Sealed for super::vault::backup::BackingUp<'_, '_> {}
    impl Sealed for super::vault::repair::Repairing<'_, '_> {}
    impl Sealed for super::DestroyDamagedKey<'_> {}
    impl Sealed for super::peers::identity::GetVaultIdentity<'_> {}
    impl Sealed for super::peers::export::Exporting<'_> {}
    impl Sealed for super::peers::offer::Offering<'_> {}
    impl Sealed for super::peers::receive::Receiving<'_> {}
    impl Sealed for super::peers::backup::SealingVault<'_, '_> {}
    impl Sealed for super::peers::restore::Opening<'_> {}
    impl Sealed for super::PinPeer<'_> {}
    impl Sealed for super::ListPeers {}
    impl Sealed for super::RemovePeer<'_> {}
}
