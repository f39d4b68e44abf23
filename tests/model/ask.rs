//! Every request, and what happens to the vault besides.

use strongroom_core::key::{KeyOrigin, KeySpec, MacAlgorithm};
use strongroom_core::operation::ImportType;
use strongroom_core::quota::Quotas;
use strongroom_core::usage::UsageBudget;

use super::step::{Damage, GrantName, KeyName, NewGrant, Tags, User};

#[derive(Clone, Debug)]
pub enum Ask {
    CreateKey {
        spec: KeySpec,
        origin: KeyOrigin,
        is_usage_right: bool,
        description: String,
        tags: Tags,
    },
    DescribeKey {
        key: KeyName,
    },
    ListKeys {
        limit: usize,
    },
    EnableKey {
        key: KeyName,
    },
    DisableKey {
        key: KeyName,
    },
    UpdateKeyDescription {
        key: KeyName,
        description: String,
    },
    GetKeyPolicy {
        key: KeyName,
    },
    ListKeyPolicies {
        key: KeyName,
    },
    PutKeyPolicy {
        key: KeyName,
        is_well_formed: bool,
    },
    ScheduleKeyDeletion {
        key: KeyName,
        days: u16,
    },
    CancelKeyDeletion {
        key: KeyName,
    },
    ConfirmKeyDeletion {
        key: KeyName,
    },

    RotateKeyOnDemand {
        key: KeyName,
    },
    EnableKeyRotation {
        key: KeyName,
        days: Option<u16>,
    },
    DisableKeyRotation {
        key: KeyName,
    },
    ScheduleKeyRotation {
        key: KeyName,
        days: Option<u16>,
    },
    GetKeyRotationStatus {
        key: KeyName,
    },
    ListKeyRotations {
        key: KeyName,
        is_all: bool,
        limit: usize,
    },

    CreateKeyVersion {
        key: KeyName,
    },
    ListKeyVersions {
        key: KeyName,
        limit: usize,
    },
    RevokeKeyVersion {
        key: KeyName,
        version: u32,
    },
    RestoreKeyVersion {
        key: KeyName,
        version: u32,
    },
    ScheduleKeyVersionDestruction {
        key: KeyName,
        version: u32,
        days: u16,
    },
    CancelKeyVersionDestruction {
        key: KeyName,
        version: u32,
    },
    ConfirmKeyVersionDestruction {
        key: KeyName,
        version: u32,
    },

    GetParametersForImport {
        key: KeyName,
    },
    ImportKeyMaterial {
        key: KeyName,
        /// Which of the tokens there were, or a forged one.
        token: Option<usize>,
        /// Bytes that are all this one.
        byte: u8,
        len: usize,
        /// Whether the material is wrapped as it must be.
        is_wrapped: bool,
        import_type: Option<ImportType>,
        expires_in_ms: Option<i64>,
    },
    DeleteImportedKeyMaterial {
        key: KeyName,
        version: Option<u32>,
    },

    CreateAlias {
        alias: u8,
        key: KeyName,
    },
    UpdateAlias {
        alias: u8,
        key: KeyName,
    },
    DeleteAlias {
        alias: u8,
    },
    ListAliases {
        key: Option<KeyName>,
        limit: usize,
    },
    TagResource {
        key: KeyName,
        tags: Tags,
    },
    UntagResource {
        key: KeyName,
        names: Vec<String>,
    },
    ListResourceTags {
        key: KeyName,
        limit: usize,
    },

    CreateGrant {
        key: KeyName,
        grant: NewGrant,
        is_dry_run: bool,
    },
    RevokeGrant {
        key: KeyName,
        grant: GrantName,
        is_dry_run: bool,
    },
    RetireGrant {
        key: KeyName,
        grant: GrantName,
        is_dry_run: bool,
    },
    RetireGrantByToken {
        grant: GrantName,
        is_dry_run: bool,
    },
    ListGrants {
        key: KeyName,
        limit: usize,
    },
    ListRetirableGrants {
        retiring: User,
        limit: usize,
    },

    Encrypt {
        key: KeyName,
        len: usize,
        context: usize,
        token: Option<GrantName>,
        is_dry_run: bool,
    },
    Decrypt {
        key: Option<KeyName>,
        message: usize,
        damage: Damage,
        context: usize,
        token: Option<GrantName>,
        is_dry_run: bool,
    },
    ReEncrypt {
        source: Option<KeyName>,
        message: usize,
        damage: Damage,
        source_context: usize,
        key: KeyName,
        context: usize,
        is_dry_run: bool,
    },
    GenerateDataKey {
        key: KeyName,
        len: usize,
        context: usize,
        is_dry_run: bool,
    },
    GenerateDataKeyWithoutPlaintext {
        key: KeyName,
        len: usize,
        context: usize,
        is_dry_run: bool,
    },
    GenerateRandom {
        len: usize,
    },
    GenerateMac {
        key: KeyName,
        algorithm: MacAlgorithm,
        message: u8,
        is_versioned: bool,
        is_dry_run: bool,
    },
    VerifyMac {
        key: KeyName,
        algorithm: MacAlgorithm,
        message: u8,
        mac: usize,
        damage: Damage,
        is_versioned: bool,
        is_dry_run: bool,
    },

    GetKeyLastUsage {
        key: KeyName,
    },
    RetireCheck {
        key: KeyName,
        version: u32,
        within_days: u16,
    },
    PutUsageBudget {
        key: KeyName,
        budget: Option<UsageBudget>,
    },

    PutCaller {
        name: u8,
        user: User,
    },
    DescribeCaller {
        name: u8,
    },
    DeleteCaller {
        name: u8,
    },
    ListCallers {
        limit: usize,
    },
    CreateAccessKey {
        name: u8,
    },
    /// Of the first that is active.
    DisableAccessKey {
        name: u8,
    },
    /// Of the first that there is, an active one if there is one.
    DeleteAccessKey {
        name: u8,
    },
    ListAccessKeys {
        name: u8,
    },

    ListSlots,
    AddSlot {
        secret: u8,
    },
    ChangeSlot {
        slot: u8,
        secret: u8,
    },
    RemoveSlot {
        slot: u8,
    },
    Rekey {
        keep: Vec<u8>,
        /// Whether the secrets presented are those of the slots.
        is_right: bool,
    },

    StartAuditLog,
    TakeAuditKey,
    GetAuditHead,

    PutQuotas {
        quotas: Quotas,
    },
    DescribeQuotas,
    Tick,
    AcceptTime,
    ResetClock,

    /// Time passes.
    Wait {
        ms: u64,
    },
    /// The vault is closed, no secret that has ended opens it, time passes, and it is opened again.
    Remount {
        ms: u64,
    },
    /// What is in memory of keys is forgotten.
    Cool,
}
