//! Every capacity and bound, in one place, checked against each other at compile time.

/// Longest plaintext that Encrypt takes, in bytes (AWS KMS API Reference, *Encrypt*).
pub const PLAINTEXT_LEN_MAX: usize = 4096;
/// Longest ciphertext that Decrypt takes, in bytes (AWS KMS API Reference, *Decrypt*).
pub const CIPHERTEXT_LEN_MAX: usize = 6144;
/// Longest message that GenerateMac takes, in bytes (AWS KMS API Reference, *GenerateMac*).
pub const MESSAGE_LEN_MAX: usize = 4096;
/// Longest MAC that VerifyMac takes, in bytes (AWS KMS API Reference, *VerifyMac*).
pub const MAC_LEN_MAX: usize = 6144;
/// Versions that VerifyMac tries besides the current one: the newest that can be used.
pub const MAC_OLDER_VERSIONS: u32 = 7;
/// Versions that VerifyMac looks at to find them.
pub const MAC_VERSIONS_LOOKED_AT: u32 = 64;
/// Most bytes that one data key or one GenerateRandom gives (AWS KMS API Reference, *GenerateDataKey*).
pub const RANDOM_LEN_MAX: usize = 1024;
/// Longest key identifier in characters (AWS KMS API Reference, *KeyId*).
pub const KEY_REFERENCE_CHARS_MAX: usize = 2048;
/// Most pairs in an encryption context.
pub const CONTEXT_PAIRS_MAX: usize = 64;
/// Most bytes of an encryption context in its canonical form.
pub const CONTEXT_LEN_MAX: usize = 8192;
/// Longest description of a key, in characters (AWS KMS API Reference, *CreateKey*).
pub const DESCRIPTION_CHARS_MAX: usize = 8192;
/// Longest description of a key, in bytes.
pub const DESCRIPTION_LEN_MAX: usize = 4 * DESCRIPTION_CHARS_MAX;
/// Longest name of a policy, in bytes (AWS KMS API Reference, *GetKeyPolicy*).
pub const POLICY_NAME_LEN_MAX: usize = 128;
/// Longest key policy in its compiled form, in bytes (AWS KMS Developer Guide, *Resource quotas*: 32 KB).
pub const POLICY_LEN_MAX: usize = 32_768;
/// Longest principal that a caller can have, in bytes.
pub const PRINCIPAL_LEN_MAX: usize = 512;
/// Longest name of a kept caller, in bytes.
pub const CALLER_NAME_LEN_MAX: usize = 64;
/// Most tags of a caller (AWS IAM User Guide, *Tags for IAM resources*).
pub const CALLER_TAGS_MAX: usize = 50;
/// Longest name of a tag, in bytes.
pub const TAG_KEY_LEN_MAX: usize = 128;
/// Longest value of a tag, in bytes.
pub const TAG_VALUE_LEN_MAX: usize = 256;
/// Most identity policies of a kept caller (AWS IAM User Guide, *IAM and AWS STS quotas*).
pub const CALLER_POLICIES_MAX: usize = 10;
/// Most access keys of a kept caller (AWS IAM User Guide, *IAM and AWS STS quotas*).
pub const ACCESS_KEYS_MAX: usize = 2;
/// Most principals that a role trusts.
pub const TRUSTED_PRINCIPALS_MAX: usize = 10;
/// Longest external id of a role, in bytes (AWS STS API Reference, *AssumeRole*).
pub const EXTERNAL_ID_LEN_MAX: usize = 1224;
/// Longest record of whom a role trusts, in bytes.
pub const ROLE_TRUST_LEN_MAX: usize = 4416;
/// How long a session of a role can last, in seconds (AWS STS API Reference, *AssumeRole*).
pub const ROLE_SESSION_SECONDS: core::ops::RangeInclusive<u32> = 900..=43_200;
/// How long it can last where a session assumes another role, in seconds (AWS STS API Reference, *AssumeRole*).
pub const ROLE_CHAIN_SECONDS_MAX: u32 = 3600;
/// Longest sealed record of a caller, in bytes.
pub const CALLER_RECORD_LEN_MAX: usize = 32_768;
/// Most steps that the patterns of conditions take in one evaluation, together: some milliseconds. What is not decided by
/// then is an error, and an error denies.
pub const PATTERN_STEPS_MAX: u32 = 1_000_000;
/// Largest page of a listing (AWS KMS API Reference, *ListKeys*).
pub const LIST_LIMIT_MAX: usize = 1000;
/// How often a key can rotate by itself, in days (AWS KMS API Reference, *EnableKeyRotation*).
pub const ROTATION_PERIOD_DAYS: core::ops::RangeInclusive<u16> = 90..=2560;
/// How often it does where nothing else is said, in days.
pub const ROTATION_PERIOD_DAYS_DEFAULT: u16 = 365;
/// Least observed time between two automatic rotations of a key, in milliseconds.
pub const AUTOMATIC_ROTATION_REST_MS: u64 = 24 * 3_600_000;
/// How long before an automatic rotation none is done on demand, in milliseconds (AWS KMS API Reference,
/// *RotateKeyOnDemand*).
pub const ROTATION_CONFLICT_MS: u64 = 20 * 60_000;
/// How long a key or a version waits for its end, in days (AWS KMS API Reference, *ScheduleKeyDeletion*).
pub const WAITING_PERIOD_DAYS: core::ops::RangeInclusive<u16> = 7..=30;
/// How long it waits where nothing else is said, in days.
pub const WAITING_PERIOD_DAYS_DEFAULT: u16 = 30;
/// How long an end that was found to be due is still waited for, in milliseconds of observed time.
pub const LAST_WAIT_MS: u64 = 24 * 3_600_000;
/// Most that mounts add to the timers beyond observed time, in milliseconds, until `AcceptTime`.
pub const MOUNTS_ADD_MS_MAX: u64 = 24 * 3_600_000;
/// How far the timers follow a wall clock that differs from the monotonic one, in milliseconds of one session.
pub const TIMER_TOLERANCE_MS: u64 = 60_000;
/// Longest name of an alias, in bytes, `alias/` included (AWS KMS API Reference, *CreateAlias*).
pub const ALIAS_NAME_LEN_MAX: usize = 256;
/// Largest page of a listing of aliases (AWS KMS API Reference, *ListAliases*).
pub const ALIAS_LIST_LIMIT_MAX: usize = 100;
/// Page of a listing of aliases where nothing else is said.
pub const ALIAS_LIST_LIMIT_DEFAULT: usize = 50;
/// Most tags of a key (AWS KMS Developer Guide, *Tags in AWS KMS*).
pub const KEY_TAGS_MAX: usize = 50;
/// Longest name of a key's tag, in characters (AWS KMS API Reference, *Tag*).
pub const KEY_TAG_NAME_CHARS_MAX: usize = 128;
/// Longest value of a key's tag, in characters (AWS KMS API Reference, *Tag*).
pub const KEY_TAG_VALUE_CHARS_MAX: usize = 256;
/// Largest page of a listing of tags (AWS KMS API Reference, *ListResourceTags*).
pub const TAG_LIST_LIMIT_MAX: usize = 50;
/// Most messages that one version may seal: the compiled-in end of every budget. With the 224 random bits of SR-1 the chance
/// of two messages under one key and nonce is then below 2^-128.
pub const SEALINGS_PER_VERSION_MAX: u64 = 1 << 48;
/// How long a block of counted uses can be drawn on, in milliseconds: so much later than a known use the last one can have
/// been after a crash.
pub const USAGE_BLOCK_MS: u64 = 24 * 3_600_000;
/// On-demand rotations that one key can have, where the quota is set (AWS KMS Developer Guide, *Resource quotas*).
pub const ON_DEMAND_ROTATIONS_AWS: u32 = 25;
/// Keys that a vault can have, where the quota is set (AWS KMS Developer Guide, *Resource quotas*).
pub const KEYS_AWS: u32 = 100_000;
/// Aliases that one key can have, where the quota is set (AWS KMS Developer Guide, *Resource quotas*).
pub const ALIASES_PER_KEY_AWS: u32 = 50;
/// Tags that one key can have, where the quota is set (AWS KMS Developer Guide, *Resource quotas*).
pub const TAGS_PER_KEY_AWS: u32 = 50;
/// Grants that one key can have, where the quota is set (AWS KMS Developer Guide, *Resource quotas*).
pub const GRANTS_PER_KEY_AWS: u32 = 50_000;
/// Longest principal that a grant can name, in bytes (AWS KMS API Reference, *CreateGrant*).
pub const GRANT_PRINCIPAL_LEN_MAX: usize = 256;
/// Longest name of a grant, in bytes (AWS KMS API Reference, *CreateGrant*).
pub const GRANT_NAME_LEN_MAX: usize = 256;
/// Most pairs in a constraint of a grant (AWS KMS API Reference, *GrantConstraints*).
pub const GRANT_CONSTRAINT_PAIRS_MAX: usize = 8;
/// Longest value in a constraint of a grant, in characters (AWS KMS API Reference, *GrantConstraints*).
pub const GRANT_CONSTRAINT_VALUE_CHARS_MAX: usize = 384;
/// Most bytes of a constraint's pairs in their canonical form.
pub const GRANT_CONSTRAINT_LEN_MAX: usize = 4096;
/// Longest text that is looked at as the id of a grant, in bytes (AWS KMS API Reference, *RevokeGrant*).
pub const GRANT_ID_TEXT_LEN_MAX: usize = 128;
/// Longest text that is looked at as a grant token, in bytes (AWS KMS API Reference, *Encrypt*).
pub const GRANT_TOKEN_TEXT_LEN_MAX: usize = 8192;
/// Most grant tokens in one request (AWS KMS API Reference, *Encrypt*).
pub const GRANT_TOKENS_MAX: usize = 10;
/// Largest page of a listing of grants (AWS KMS API Reference, *ListGrants*).
pub const GRANT_LIST_LIMIT_MAX: usize = 100;
/// Most key slots of a vault.
pub const SLOTS_MAX: usize = 8;
/// Longest key material, in bytes.
pub const MATERIAL_LEN_MAX: usize = 128;
/// How long a wrapping key can be used, in milliseconds (AWS KMS API Reference, *GetParametersForImport*: a day).
pub const WRAPPING_KEY_LIFE_MS: u64 = 24 * 3_600_000;
/// Wrapping keys that one key has at a time: another takes the place of the oldest.
pub const WRAPPING_KEYS_MAX: usize = 4;
/// How far ahead imported material can expire at most, in days (AWS KMS API Reference, *ImportKeyMaterial*).
pub const VALID_DAYS_MAX: u64 = 365;
/// Most peers of a vault.
pub const PEERS_MAX: usize = 16;
/// Longest name of a peer, in bytes.
pub const PEER_NAME_LEN_MAX: usize = 64;
/// How long an offer to receive a key can be answered, in milliseconds.
pub const OFFER_LIFE_MS: u64 = 24 * 3_600_000;
/// Offers that a vault has at a time: another takes the place of the oldest.
pub const OFFERS_MAX: usize = 4;
/// Most versions of a key that goes to another vault: they land in one commit there.
pub const BUNDLE_VERSIONS_MAX: usize = 64;
/// Longest list of peers, in bytes.
pub const PEERS_LEN_MAX: usize = 1728;
/// Longest description of imported key material, in bytes (AWS KMS API Reference, *ImportKeyMaterial*).
pub const MATERIAL_DESCRIPTION_LEN_MAX: usize = 256;

/// Deepest path of tree nodes that a commit rewrites. Addresses are keyed hashes: a million keys use about nine levels.
///
/// A plan holds them on the stack, some 900 bytes each. With the feature `small` there are half as many, which is enough for
/// some hundred keys; a commit that would need more is refused ([`crate::Error::Capacity`]).
pub const TREE_NODES_PER_COMMIT: usize = if cfg!(feature = "small") { 12 } else { 24 };
/// As [`TREE_NODES_PER_COMMIT`], for the one commit that lands a received key with all its versions: its own part of the tree has
/// some 24 nodes then.
pub const TREE_NODES_PER_RECEIVED_KEY: usize = 64;
/// Levels of the tree whose nodes are stored twice: 0 up to, but not including, this one.
pub const TREE_LEVELS_DOUBLED: u8 = 3;
/// How often a read is repeated when a commit lands in the middle of it.
pub const WALK_RETRIES: usize = 3;
/// Room in the manifest for events that the audit sink has not acknowledged yet, in bytes.
pub const PENDING_AUDIT_LEN: usize = 1664;
/// Room in a bounded audit log that requests which change nothing leave for changes and for the vault itself, in bytes. Refused
/// requests leave twice as much.
pub const AUDIT_ROOM_KEPT: u32 = 4096;
/// Denials that are known at a time, so that those like them are counted; of each copy of the published half.
pub const DENIALS_MAX: usize = if cfg!(feature = "small") { 2 } else { 8 };
/// How long a recorded denial stands for those like it, in milliseconds.
pub const DENIAL_WINDOW_MS: u64 = 60_000;
/// Most bytes of the principal in the record of a count: the event that it refers to has all of it.
pub const DENIAL_PRINCIPAL_LEN: usize = if cfg!(feature = "small") { 96 } else { 192 };
/// Longest event of a change, in bytes: principal, alias, `Sid`, and what has a fixed length.
pub const CHANGE_EVENT_LEN_MAX: usize = PRINCIPAL_LEN_MAX + ALIAS_NAME_LEN_MAX + 192;

/// Longest segment of a bundle, in bytes: no platform has a longer record.
pub const BUNDLE_SEGMENT_LEN_MAX: usize = 80 * 1024;
/// Sealed records and nodes are padded to a multiple of this, in bytes.
pub const PADDING: usize = 64;
/// Largest plaintext of a tree node, padded.
pub const NODE_LEN_MAX: usize = 960;
/// Largest plaintext of the manifest.
pub const MANIFEST_LEN_MAX: usize = 2688;

/// Bounds of Argon2id parameters in a slot; anything outside is refused before it runs.
pub mod argon2 {
    /// Least memory, in KiB (RFC 9106 recommends 64 MiB; tests use this minimum).
    pub const MEMORY_KIB_MIN: u32 = 8;
    /// Most memory, in KiB: 1 GiB.
    pub const MEMORY_KIB_MAX: u32 = 1 << 20;
    /// Most passes over the memory.
    pub const PASSES_MAX: u32 = 32;
    /// Most lanes.
    pub const LANES_MAX: u32 = 16;
}

const _: () = assert!(NODE_LEN_MAX.is_multiple_of(PADDING));
const _: () = assert!(MANIFEST_LEN_MAX >= PENDING_AUDIT_LEN + 960);
const _: () = assert!(PENDING_AUDIT_LEN >= CHANGE_EVENT_LEN_MAX + 2);
const _: () = assert!(PENDING_AUDIT_LEN >= 2 * (PRINCIPAL_LEN_MAX + 320));
const _: () = assert!(PLAINTEXT_LEN_MAX + 108 <= CIPHERTEXT_LEN_MAX);
