//! Every action of the KMS API, numbered once and for all.

/// An action that policies allow or deny (AWS KMS Developer Guide, *AWS KMS permissions*), or that only the audit log
/// names. Its number is its bit in compiled policies and its code in the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// `kms:CancelKeyDeletion`.
    CancelKeyDeletion,
    /// `kms:ConnectCustomKeyStore`.
    ConnectCustomKeyStore,
    /// `kms:CreateAlias`.
    CreateAlias,
    /// `kms:CreateCustomKeyStore`.
    CreateCustomKeyStore,
    /// `kms:CreateGrant`.
    CreateGrant,
    /// `kms:CreateKey`.
    CreateKey,
    /// `kms:Decapsulate`.
    Decapsulate,
    /// `kms:Decrypt`.
    Decrypt,
    /// `kms:DeleteAlias`.
    DeleteAlias,
    /// `kms:DeleteCustomKeyStore`.
    DeleteCustomKeyStore,
    /// `kms:DeleteImportedKeyMaterial`.
    DeleteImportedKeyMaterial,
    /// `kms:DeriveSharedSecret`.
    DeriveSharedSecret,
    /// `kms:DescribeCustomKeyStores`.
    DescribeCustomKeyStores,
    /// `kms:DescribeKey`.
    DescribeKey,
    /// `kms:DisableKey`.
    DisableKey,
    /// `kms:DisableKeyRotation`.
    DisableKeyRotation,
    /// `kms:DisconnectCustomKeyStore`.
    DisconnectCustomKeyStore,
    /// `kms:EnableKey`.
    EnableKey,
    /// `kms:EnableKeyRotation`.
    EnableKeyRotation,
    /// `kms:Encapsulate`.
    Encapsulate,
    /// `kms:Encrypt`.
    Encrypt,
    /// `kms:GenerateDataKey`.
    GenerateDataKey,
    /// `kms:GenerateDataKeyPair`.
    GenerateDataKeyPair,
    /// `kms:GenerateDataKeyPairWithoutPlaintext`.
    GenerateDataKeyPairWithoutPlaintext,
    /// `kms:GenerateDataKeyWithoutPlaintext`.
    GenerateDataKeyWithoutPlaintext,
    /// `kms:GenerateMac`.
    GenerateMac,
    /// `kms:GenerateRandom`.
    GenerateRandom,
    /// `kms:GetKeyLastUsage`.
    GetKeyLastUsage,
    /// `kms:GetKeyPolicy`.
    GetKeyPolicy,
    /// `kms:GetKeyRotationStatus`.
    GetKeyRotationStatus,
    /// `kms:GetParametersForImport`.
    GetParametersForImport,
    /// `kms:GetPublicKey`.
    GetPublicKey,
    /// `kms:ImportKeyMaterial`.
    ImportKeyMaterial,
    /// `kms:ListAliases`.
    ListAliases,
    /// `kms:ListGrants`.
    ListGrants,
    /// `kms:ListKeyPolicies`.
    ListKeyPolicies,
    /// `kms:ListKeyRotations`.
    ListKeyRotations,
    /// `kms:ListKeys`.
    ListKeys,
    /// `kms:ListResourceTags`.
    ListResourceTags,
    /// `kms:ListRetirableGrants`.
    ListRetirableGrants,
    /// `kms:PutKeyPolicy`.
    PutKeyPolicy,
    /// `kms:ReEncryptFrom`.
    ReEncryptFrom,
    /// `kms:ReEncryptTo`.
    ReEncryptTo,
    /// `kms:ReplicateKey`.
    ReplicateKey,
    /// `kms:RetireGrant`.
    RetireGrant,
    /// `kms:RevokeGrant`.
    RevokeGrant,
    /// `kms:RotateKeyOnDemand`.
    RotateKeyOnDemand,
    /// `kms:ScheduleKeyDeletion`.
    ScheduleKeyDeletion,
    /// `kms:Sign`.
    Sign,
    /// `kms:TagResource`.
    TagResource,
    /// `kms:UntagResource`.
    UntagResource,
    /// `kms:UpdateAlias`.
    UpdateAlias,
    /// `kms:UpdateCustomKeyStore`.
    UpdateCustomKeyStore,
    /// `kms:UpdateKeyDescription`.
    UpdateKeyDescription,
    /// `kms:UpdatePrimaryRegion`.
    UpdatePrimaryRegion,
    /// `kms:Verify`.
    Verify,
    /// `kms:VerifyMac`.
    VerifyMac,
    /// `kms:SynchronizeMultiRegionKey`.
    SynchronizeMultiRegionKey,
    /// `kms:PutCaller`: ours, on the vault.
    PutCaller,
    /// `kms:DescribeCaller`: ours, on the vault.
    DescribeCaller,
    /// `kms:DeleteCaller`: ours, on the vault.
    DeleteCaller,
    /// `kms:ListCallers`: ours, on the vault.
    ListCallers,
    /// `kms:CreateKeyVersion`: ours.
    CreateKeyVersion,
    /// `kms:ListKeyVersions`: ours.
    ListKeyVersions,
    /// `kms:RevokeKeyVersion`: ours.
    RevokeKeyVersion,
    /// `kms:RestoreKeyVersion`: ours.
    RestoreKeyVersion,
    /// `kms:ScheduleKeyVersionDestruction`: ours.
    ScheduleKeyVersionDestruction,
    /// `kms:CancelKeyVersionDestruction`: ours.
    CancelKeyVersionDestruction,
    /// `kms:ConfirmKeyVersionDestruction`: ours.
    ConfirmKeyVersionDestruction,
    /// `kms:ScheduleKeyRotation`: ours.
    ScheduleKeyRotation,
    /// `kms:ConfirmKeyDeletion`: ours.
    ConfirmKeyDeletion,
    /// `kms:RetireCheck`: ours.
    RetireCheck,
    /// `kms:PutUsageBudget`: ours.
    PutUsageBudget,
    /// `kms:AcceptTime`: ours, on the vault.
    AcceptTime,
    /// `kms:ResetClock`: ours, on the vault.
    ResetClock,
    /// `kms:Tick`: ours, on the vault.
    Tick,
    /// `kms:PutQuotas`: ours, on the vault.
    PutQuotas,
    /// `kms:DescribeQuotas`: ours, on the vault.
    DescribeQuotas,
    /// `kms:TakeAuditKey`: ours, on the vault.
    TakeAuditKey,
    /// `kms:StartAuditLog`: ours, on the vault.
    StartAuditLog,
    /// `kms:GetAuditHead`: ours, on the vault.
    GetAuditHead,
    /// `kms:ListSlots`: ours, on the vault.
    ListSlots,
    /// `kms:AddSlot`: ours, on the vault.
    AddSlot,
    /// `kms:ChangeSlot`: ours, on the vault.
    ChangeSlot,
    /// `kms:RemoveSlot`: ours, on the vault.
    RemoveSlot,
    /// `kms:Rekey`: ours, on the vault.
    Rekey,
    /// `kms:Repair`: ours, on the vault.
    Repair,
    /// `kms:DestroyDamagedKey`: ours, on the vault.
    DestroyDamagedKey,
    /// `kms:Backup`: ours, on the vault.
    Backup,
    /// `kms:CreateAccessKey`: ours, on the vault.
    CreateAccessKey,
    /// `kms:ListAccessKeys`: ours, on the vault.
    ListAccessKeys,
    /// `kms:UpdateAccessKey`: ours, on the vault.
    UpdateAccessKey,
    /// `kms:DeleteAccessKey`: ours, on the vault.
    DeleteAccessKey,
    /// `kms:PutRoleTrust`: ours, on the vault.
    PutRoleTrust,
    /// `kms:DescribeRoleTrust`: ours, on the vault.
    DescribeRoleTrust,
    /// `kms:AssumeRole`: ours, on the vault.
    AssumeRole,
    /// `kms:GetVaultIdentity`: ours, on the vault.
    GetVaultIdentity,
    /// `kms:PinPeer`: ours, on the vault.
    PinPeer,
    /// `kms:ListPeers`: ours, on the vault.
    ListPeers,
    /// `kms:RemovePeer`: ours, on the vault.
    RemovePeer,
    /// `kms:CreateReceiveOffer`: ours, on the vault.
    CreateReceiveOffer,
    /// `kms:ExportKey`: ours.
    ExportKey,
    /// `kms:ReceiveKey`: ours, on the vault.
    ReceiveKey,
    /// In the audit log only: ReEncrypt, which policies know as `ReEncryptFrom` and `ReEncryptTo`.
    ReEncrypt,
    /// In the audit log only: the vault was opened.
    Mount,
    /// In the audit log only: the vault was closed in order.
    Close,
    /// In the audit log only: the vault was opened after a session that was not closed.
    UncleanMount,
    /// In the audit log only: the vault was opened, and its log ends before the committed head.
    LogTruncated,
    /// In the audit log only: a key was rotated by its schedule.
    RotateKey,
    /// In the audit log only: a key's waiting period was found to be over.
    DeletionDue,
    /// In the audit log only: a key was destroyed.
    DeleteKey,
    /// In the audit log only: a version was destroyed.
    DestroyKeyVersion,
    /// In the audit log only: imported material expired.
    DeleteExpiredKeyMaterial,
    /// In the audit log only: the vault was opened, and its log knows a later state of it: the vault was rolled back, or its
    /// storage lost what it had acknowledged.
    LogAhead,
    /// In the audit log only: the vault was brought out of a damaged medium.
    Salvage,
    /// In the audit log only: the vault was made from a bundle; or a bundle that a peer sealed to it was opened, or used up.
    Restore,
    /// In the audit log only: the log is full, and goes on over its oldest entries.
    LogDropped,
}

/// Name and action; the position is the number. Append only.
const TABLE: [(&str, Action); 103] = [
    ("CancelKeyDeletion", Action::CancelKeyDeletion),
    ("ConnectCustomKeyStore", Action::ConnectCustomKeyStore),
    ("CreateAlias", Action::CreateAlias),
    ("CreateCustomKeyStore", Action::CreateCustomKeyStore),
    ("CreateGrant", Action::CreateGrant),
    ("CreateKey", Action::CreateKey),
    ("Decapsulate", Action::Decapsulate),
    ("Decrypt", Action::Decrypt),
    ("DeleteAlias", Action::DeleteAlias),
    ("DeleteCustomKeyStore", Action::DeleteCustomKeyStore),
    ("DeleteImportedKeyMaterial", Action::DeleteImportedKeyMaterial),
    ("DeriveSharedSecret", Action::DeriveSharedSecret),
    ("DescribeCustomKeyStores", Action::DescribeCustomKeyStores),
    ("DescribeKey", Action::DescribeKey),
    ("DisableKey", Action::DisableKey),
    ("DisableKeyRotation", Action::DisableKeyRotation),
    ("DisconnectCustomKeyStore", Action::DisconnectCustomKeyStore),
    ("EnableKey", Action::EnableKey),
    ("EnableKeyRotation", Action::EnableKeyRotation),
    ("Encapsulate", Action::Encapsulate),
    ("Encrypt", Action::Encrypt),
    ("GenerateDataKey", Action::GenerateDataKey),
    ("GenerateDataKeyPair", Action::GenerateDataKeyPair),
    ("GenerateDataKeyPairWithoutPlaintext", Action::GenerateDataKeyPairWithoutPlaintext),
    ("GenerateDataKeyWithoutPlaintext", Action::GenerateDataKeyWithoutPlaintext),
    ("GenerateMac", Action::GenerateMac),
    ("GenerateRandom", Action::GenerateRandom),
    ("GetKeyLastUsage", Action::GetKeyLastUsage),
    ("GetKeyPolicy", Action::GetKeyPolicy),
    ("GetKeyRotationStatus", Action::GetKeyRotationStatus),
    ("GetParametersForImport", Action::GetParametersForImport),
    ("GetPublicKey", Action::GetPublicKey),
    ("ImportKeyMaterial", Action::ImportKeyMaterial),
    ("ListAliases", Action::ListAliases),
    ("ListGrants", Action::ListGrants),
    ("ListKeyPolicies", Action::ListKeyPolicies),
    ("ListKeyRotations", Action::ListKeyRotations),
    ("ListKeys", Action::ListKeys),
    ("ListResourceTags", Action::ListResourceTags),
    ("ListRetirableGrants", Action::ListRetirableGrants),
    ("PutKeyPolicy", Action::PutKeyPolicy),
    ("ReEncryptFrom", Action::ReEncryptFrom),
    ("ReEncryptTo", Action::ReEncryptTo),
    ("ReplicateKey", Action::ReplicateKey),
    ("RetireGrant", Action::RetireGrant),
    ("RevokeGrant", Action::RevokeGrant),
    ("RotateKeyOnDemand", Action::RotateKeyOnDemand),
    ("ScheduleKeyDeletion", Action::ScheduleKeyDeletion),
    ("Sign", Action::Sign),
    ("TagResource", Action::TagResource),
    ("UntagResource", Action::UntagResource),
    ("UpdateAlias", Action::UpdateAlias),
    ("UpdateCustomKeyStore", Action::UpdateCustomKeyStore),
    ("UpdateKeyDescription", Action::UpdateKeyDescription),
    ("UpdatePrimaryRegion", Action::UpdatePrimaryRegion),
    ("Verify", Action::Verify),
    ("VerifyMac", Action::VerifyMac),
    ("SynchronizeMultiRegionKey", Action::SynchronizeMultiRegionKey),
    ("PutCaller", Action::PutCaller),
    ("DescribeCaller", Action::DescribeCaller),
    ("DeleteCaller", Action::DeleteCaller),
    ("ListCallers", Action::ListCallers),
    ("CreateKeyVersion", Action::CreateKeyVersion),
    ("ListKeyVersions", Action::ListKeyVersions),
    ("RevokeKeyVersion", Action::RevokeKeyVersion),
    ("RestoreKeyVersion", Action::RestoreKeyVersion),
    ("ScheduleKeyVersionDestruction", Action::ScheduleKeyVersionDestruction),
    ("CancelKeyVersionDestruction", Action::CancelKeyVersionDestruction),
    ("ConfirmKeyVersionDestruction", Action::ConfirmKeyVersionDestruction),
    ("ScheduleKeyRotation", Action::ScheduleKeyRotation),
    ("ConfirmKeyDeletion", Action::ConfirmKeyDeletion),
    ("RetireCheck", Action::RetireCheck),
    ("PutUsageBudget", Action::PutUsageBudget),
    ("AcceptTime", Action::AcceptTime),
    ("ResetClock", Action::ResetClock),
    ("Tick", Action::Tick),
    ("PutQuotas", Action::PutQuotas),
    ("DescribeQuotas", Action::DescribeQuotas),
    ("TakeAuditKey", Action::TakeAuditKey),
    ("StartAuditLog", Action::StartAuditLog),
    ("GetAuditHead", Action::GetAuditHead),
    ("ListSlots", Action::ListSlots),
    ("AddSlot", Action::AddSlot),
    ("ChangeSlot", Action::ChangeSlot),
    ("RemoveSlot", Action::RemoveSlot),
    ("Rekey", Action::Rekey),
    ("Repair", Action::Repair),
    ("DestroyDamagedKey", Action::DestroyDamagedKey),
    ("Backup", Action::Backup),
    ("CreateAccessKey", Action::CreateAccessKey),
    ("ListAccessKeys", Action::ListAccessKeys),
    ("UpdateAccessKey", Action::UpdateAccessKey),
    ("DeleteAccessKey", Action::DeleteAccessKey),
    ("PutRoleTrust", Action::PutRoleTrust),
    ("DescribeRoleTrust", Action::DescribeRoleTrust),
    ("AssumeRole", Action::AssumeRole),
    ("GetVaultIdentity", Action::GetVaultIdentity),
    ("PinPeer", Action::PinPeer),
    ("ListPeers", Action::ListPeers),
    ("RemovePeer", Action::RemovePeer),
    ("CreateReceiveOffer", Action::CreateReceiveOffer),
    ("ExportKey", Action::ExportKey),
    ("ReceiveKey", Action::ReceiveKey),
];

/// Codes of what only the audit log names.
const RECORDED: [(u8, Action); 14] = [
    (128, Action::ReEncrypt),
    (129, Action::Mount),
    (130, Action::Close),
    (131, Action::UncleanMount),
    (132, Action::LogTruncated),
    (133, Action::RotateKey),
    (134, Action::DeletionDue),
    (135, Action::DeleteKey),
    (136, Action::DestroyKeyVersion),
    (137, Action::DeleteExpiredKeyMaterial),
    (138, Action::LogAhead),
    (139, Action::Salvage),
    (140, Action::Restore),
    (141, Action::LogDropped),
];

impl Action {
    /// How many actions policies can name, in this version.
    pub(crate) const COUNT: u8 = 103;

    /// The bit in compiled policies, or the code in the audit log.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Action::CancelKeyDeletion => 0,
            Action::ConnectCustomKeyStore => 1,
            Action::CreateAlias => 2,
            Action::CreateCustomKeyStore => 3,
            Action::CreateGrant => 4,
            Action::CreateKey => 5,
            Action::Decapsulate => 6,
            Action::Decrypt => 7,
            Action::DeleteAlias => 8,
            Action::DeleteCustomKeyStore => 9,
            Action::DeleteImportedKeyMaterial => 10,
            Action::DeriveSharedSecret => 11,
            Action::DescribeCustomKeyStores => 12,
            Action::DescribeKey => 13,
            Action::DisableKey => 14,
            Action::DisableKeyRotation => 15,
            Action::DisconnectCustomKeyStore => 16,
            Action::EnableKey => 17,
            Action::EnableKeyRotation => 18,
            Action::Encapsulate => 19,
            Action::Encrypt => 20,
            Action::GenerateDataKey => 21,
            Action::GenerateDataKeyPair => 22,
            Action::GenerateDataKeyPairWithoutPlaintext => 23,
            Action::GenerateDataKeyWithoutPlaintext => 24,
            Action::GenerateMac => 25,
            Action::GenerateRandom => 26,
            Action::GetKeyLastUsage => 27,
            Action::GetKeyPolicy => 28,
            Action::GetKeyRotationStatus => 29,
            Action::GetParametersForImport => 30,
            Action::GetPublicKey => 31,
            Action::ImportKeyMaterial => 32,
            Action::ListAliases => 33,
            Action::ListGrants => 34,
            Action::ListKeyPolicies => 35,
            Action::ListKeyRotations => 36,
            Action::ListKeys => 37,
            Action::ListResourceTags => 38,
            Action::ListRetirableGrants => 39,
            Action::PutKeyPolicy => 40,
            Action::ReEncryptFrom => 41,
            Action::ReEncryptTo => 42,
            Action::ReplicateKey => 43,
            Action::RetireGrant => 44,
            Action::RevokeGrant => 45,
            Action::RotateKeyOnDemand => 46,
            Action::ScheduleKeyDeletion => 47,
            Action::Sign => 48,
            Action::TagResource => 49,
            Action::UntagResource => 50,
            Action::UpdateAlias => 51,
            Action::UpdateCustomKeyStore => 52,
            Action::UpdateKeyDescription => 53,
            Action::UpdatePrimaryRegion => 54,
            Action::Verify => 55,
            Action::VerifyMac => 56,
            Action::SynchronizeMultiRegionKey => 57,
            Action::PutCaller => 58,
            Action::DescribeCaller => 59,
            Action::DeleteCaller => 60,
            Action::ListCallers => 61,
            Action::CreateKeyVersion => 62,
            Action::ListKeyVersions => 63,
            Action::RevokeKeyVersion => 64,
            Action::RestoreKeyVersion => 65,
            Action::ScheduleKeyVersionDestruction => 66,
            Action::CancelKeyVersionDestruction => 67,
            Action::ConfirmKeyVersionDestruction => 68,
            Action::ScheduleKeyRotation => 69,
            Action::ConfirmKeyDeletion => 70,
            Action::RetireCheck => 71,
            Action::PutUsageBudget => 72,
            Action::AcceptTime => 73,
            Action::ResetClock => 74,
            Action::Tick => 75,
            Action::PutQuotas => 76,
            Action::DescribeQuotas => 77,
            Action::TakeAuditKey => 78,
            Action::StartAuditLog => 79,
            Action::GetAuditHead => 80,
            Action::ListSlots => 81,
            Action::AddSlot => 82,
            Action::ChangeSlot => 83,
            Action::RemoveSlot => 84,
            Action::Rekey => 85,
            Action::Repair => 86,
            Action::DestroyDamagedKey => 87,
            Action::Backup => 88,
            Action::CreateAccessKey => 89,
            Action::ListAccessKeys => 90,
            Action::UpdateAccessKey => 91,
            Action::DeleteAccessKey => 92,
            Action::PutRoleTrust => 93,
            Action::DescribeRoleTrust => 94,
            Action::AssumeRole => 95,
            Action::GetVaultIdentity => 96,
            Action::PinPeer => 97,
            Action::ListPeers => 98,
            Action::RemovePeer => 99,
            Action::CreateReceiveOffer => 100,
            Action::ExportKey => 101,
            Action::ReceiveKey => 102,
            Action::ReEncrypt => 128,
            Action::Mount => 129,
            Action::Close => 130,
            Action::UncleanMount => 131,
            Action::LogTruncated => 132,
            Action::RotateKey => 133,
            Action::DeletionDue => 134,
            Action::DeleteKey => 135,
            Action::DestroyKeyVersion => 136,
            Action::DeleteExpiredKeyMaterial => 137,
            Action::LogAhead => 138,
            Action::Salvage => 139,
            Action::Restore => 140,
            Action::LogDropped => 141,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        match TABLE.get(usize::from(number)) {
            Some((_, action)) => Some(*action),
            None => RECORDED.iter().find(|(code, _)| *code == number).map(|(_, action)| *action),
        }
    }

    /// The name behind `kms:`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Action::ReEncrypt => "ReEncrypt",
            Action::Mount => "Mount",
            Action::Close => "Close",
            Action::UncleanMount => "UncleanMount",
            Action::LogTruncated => "LogTruncated",
            Action::RotateKey => "RotateKey",
            Action::DeletionDue => "DeletionDue",
            Action::DeleteKey => "DeleteKey",
            Action::DestroyKeyVersion => "DestroyKeyVersion",
            Action::DeleteExpiredKeyMaterial => "DeleteExpiredKeyMaterial",
            Action::LogAhead => "LogAhead",
            Action::Salvage => "Salvage",
            Action::Restore => "Restore",
            Action::LogDropped => "LogDropped",
            policy_action => TABLE.get(usize::from(policy_action.number())).map_or("", |(name, _)| name),
        }
    }

    /// All actions that policies can name, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Action> {
        TABLE.iter().map(|(_, action)| *action)
    }

    /// Whether callers of other accounts can ever be allowed this (AWS KMS Developer Guide, *Allowing users in other
    /// accounts to use a KMS key*).
    pub(crate) const fn is_cross_account(self) -> bool {
        matches!(
            self,
            Action::Encrypt
                | Action::Decrypt
                | Action::ReEncryptFrom
                | Action::ReEncryptTo
                | Action::GenerateDataKey
                | Action::GenerateDataKeyWithoutPlaintext
                | Action::GenerateDataKeyPair
                | Action::GenerateDataKeyPairWithoutPlaintext
                | Action::Sign
                | Action::Verify
                | Action::GenerateMac
                | Action::VerifyMac
                | Action::DeriveSharedSecret
                | Action::CreateGrant
                | Action::DescribeKey
                | Action::GetKeyRotationStatus
                | Action::GetPublicKey
                | Action::ListGrants
                | Action::RetireGrant
                | Action::RevokeGrant
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_positions_agree() {
        for (number, action) in (0..Action::COUNT).zip(Action::all()) {
            assert_eq!(action.number(), number, "{action:?}");
            assert_eq!(Action::from_number(number), Some(action));
        }
        for (code, action) in RECORDED {
            assert_eq!((action.number(), Action::from_number(code)), (code, Some(action)));
        }
        assert_eq!(Action::from_number(Action::COUNT), None);
    }
}
