//! Every way a request can end other than well, in one `Copy` value.

pub use crate::crypto::Unfit;
pub use crate::reason::Reason;

/// What went wrong, as the one who asked may know it.
///
/// No variant carries key material, plaintext, policy text or names. Unless a variant says otherwise, the vault is
/// as it was before the request and repeating the same request gives the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The caller may not do this, or the key does not exist and the caller may not know that.
    AccessDenied(Reason),
    /// The key or alias does not exist, told only to a caller whom the default key policy would have admitted; or the key
    /// has no such grant.
    NotFound,
    /// A parameter is outside its limits.
    Validation(Parameter),
    /// The bytes are not a ciphertext of this key under this context.
    InvalidCiphertext(Reason),
    /// The named key is not the one that made the ciphertext.
    IncorrectKey,
    /// The key is disabled; enabling it helps.
    Disabled,
    /// The state of the key or of its material forbids the operation.
    InvalidState(StateConflict),
    /// The key's usage or algorithm does not fit the operation.
    InvalidKeyUsage,
    /// A quota or a length limit is reached.
    LimitExceeded,
    /// A policy is malformed.
    MalformedPolicyDocument,
    /// Under the new key policy the caller could not change it again; [`crate::policy::Policy::administrators`] says who
    /// could.
    PolicyLocksOut,
    /// This kind of key or parameter is not supported here.
    UnsupportedOperation,
    /// There is an alias of this name already, or a key with the id that a key was to be made with.
    AlreadyExists,
    /// The caller has access keys; deleting them first helps.
    DeleteConflict,
    /// The session is over; assuming the role again helps.
    ExpiredToken,
    /// The name is one that only services can give an alias.
    InvalidAliasName,
    /// A tag is reserved, given twice, or there are too many.
    Tag,
    /// The MAC is not that of this message under this key.
    InvalidMac,
    /// The import token was not made by this vault for this key, or was used already.
    InvalidImportToken,
    /// The import token is older than a day; getting another helps.
    ExpiredImportToken,
    /// The imported material is not of the right length, not the one it must be, or one that the key has.
    IncorrectKeyMaterial,
    /// An automatic rotation is due; asking again later helps.
    Conflict,
    /// Too many requests in a short time; asking again later helps.
    Throttling,
    /// The pagination marker was not made by this vault for this listing.
    InvalidMarker,
    /// The text is no grant id.
    InvalidGrantId,
    /// The grant token was not made by this vault, is for another key, or its grant is gone.
    InvalidGrantToken,
    /// The request would have succeeded, but `dry_run` is set.
    DryRun,

    /// The output buffer is too small; `needed` bytes would do. A retry with a larger buffer helps.
    BufferTooSmall {
        /// The length in bytes that would have been enough.
        needed: usize,
    },
    /// A caller's name is not a principal, or not one of the kind that is asked for, or is longer than [`crate::limits::PRINCIPAL_LEN_MAX`].
    InvalidCaller,
    /// Stored bytes do not open: missing, altered, exchanged or old. Other keys keep working.
    Damaged(Part),
    /// The storage medium failed or refused. After a failed commit the session has ended, see [`Error::SessionEnded`].
    Storage(StorageError),
    /// No randomness could be had. Nothing was made; a retry may help.
    Entropy,
    /// The audit record could not be written, so nothing was released. A retry may help once the sink works.
    Audit,
    /// The freshness counter or the eraser cell could not be read or moved. The session has ended.
    Anchor,
    /// Somebody else holds what is needed just now. A retry helps.
    Busy,
    /// The vault is not open: never mounted, or locked.
    Locked,
    /// A commit failed half-way or its outcome is unknown; mount the vault again to learn it. Nothing is answered until then.
    SessionEnded,
    /// More fits into the key tree, but not into this platform's buffers or fixed capacities.
    Capacity,

    /// There is no vault in this storage.
    NotAVault,
    /// There is a vault in this storage already; creating another would destroy it.
    AlreadyAVault,
    /// The vault was written by a newer version, in the named format.
    FromTheFuture {
        /// The format number found.
        format: u8,
    },
    /// No key slot opens with this secret.
    WrongSecret,
    /// The slot that opened is not the one the manifest knows: an old slot was put back.
    SlotStale,
    /// A slot asks for key-stretching parameters outside the compiled bounds.
    SlotParameters,
    /// The image is older than the freshness counter says: it was rolled back.
    RolledBack {
        /// The number in the image.
        image: u64,
        /// The number of the counter.
        counter: u64,
    },
    /// What came from another vault is of no use here, or not for it; the reason says why.
    Exchange(Reason),
    /// The bundle is not whole, or none. Nothing was made of it.
    Bundle(BundleFault),

    /// A primitive or the generator does not answer as it must: the self-test failed, and the vault is closed. Nothing but
    /// another platform, or its repair, helps.
    SelfTest(Unfit),
    /// An invariant of ours does not hold. Please report it.
    Bug,
}

/// Which state stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StateConflict {
    /// The key is pending deletion; cancelling that helps.
    PendingDeletion,
    /// The key is not pending deletion.
    NotPendingDeletion,
    /// The waiting period is not over; waiting helps.
    NotDue,
    /// The destruction was confirmed or has begun, and cannot be called off.
    DestructionBegun,
    /// The key has not all of its imported material; importing it helps.
    PendingImport,
    /// No imported material waits for a rotation.
    NoMaterialPendingRotation,
    /// Imported material waits for its rotation already; only one can.
    MaterialPendingRotation,
    /// The version is revoked, pending destruction or destroyed, or not so where it would have to be; or it is the key's
    /// current one.
    Version,
    /// Without this key slot nothing would open the vault; adding another first helps.
    LastSlot,
    /// The key can be read: it is destroyed by scheduling its deletion.
    NotDamaged,
}

impl StateConflict {
    const fn text(self) -> &'static str {
        match self {
            StateConflict::PendingDeletion => "the key is pending deletion",
            StateConflict::NotPendingDeletion => "the key is not pending deletion",
            StateConflict::NotDue => "the waiting period is not over",
            StateConflict::DestructionBegun => "the destruction has begun",
            StateConflict::PendingImport => "the key is pending import",
            StateConflict::NoMaterialPendingRotation => "no imported material waits for a rotation",
            StateConflict::MaterialPendingRotation => "other imported material waits for its rotation",
            StateConflict::Version => "the state of the version forbids this",
            StateConflict::LastSlot => "no other key slot opens the vault",
            StateConflict::NotDamaged => "the key can be read",
        }
    }
}

/// Which parameter of a request is outside its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Parameter {
    /// A key identifier: 1 to 2048 characters.
    KeyId,
    /// A plaintext: 1 to 4096 bytes.
    Plaintext,
    /// A ciphertext: 1 to 6144 bytes.
    CiphertextBlob,
    /// An encryption context: at most 64 pairs and 8192 canonical bytes, no key twice.
    EncryptionContext,
    /// Both of `KeySpec` and `NumberOfBytes`, or neither, or a number outside 1 to 1024.
    NumberOfBytes,
    /// A description: at most 8192 characters.
    Description,
    /// A page size: 1 to 1000, for grants and aliases 1 to 100, for tags 1 to 50.
    Limit,
    /// The name of a policy: 1 to 128 of `A-Z a-z 0-9 _`; only `default` can be set.
    PolicyName,
    /// The name of a kept caller: 1 to 64 letters, digits and `+=,.@_-`.
    CallerName,
    /// Tags: at most 50, names of 1 to 128 bytes that differ by more than case, values of at most 256 bytes.
    Tags,
    /// The operations of a grant: at least one, all of which grants can confer and the key can do.
    GrantOperations,
    /// The constraint of a grant: at most 8 pairs, no name twice, values of at most 384 characters, 4096 bytes in all.
    GrantConstraints,
    /// A grantee: the ARN of a principal of this partition that is no service, at most 256 bytes.
    GranteePrincipal,
    /// A retiring principal: as a grantee.
    RetiringPrincipal,
    /// The name of a grant: 1 to 256 of `A-Z a-z 0-9 : / _ -`.
    GrantName,
    /// The id of a grant: a text of 1 to 128 bytes.
    GrantId,
    /// Grant tokens: at most 10, each a text of 1 to 8192 bytes.
    GrantTokens,
    /// A grant to retire: named by its token, or by its id and the key.
    Grant,
    /// A partition, account or Region name.
    Realm,
    /// An alias: `alias/` and at least one of `A-Z a-z 0-9 / _ -`, 256 bytes at most in all.
    AliasName,
    /// The key behind an alias: of the same kind and usage as the one before.
    AliasTarget,
    /// The tags of a key: names of 1 to 128 characters, values of at most 256 characters.
    KeyTags,
    /// A usage that does not go with the spec.
    KeyUsage,
    /// A message: 1 to 4096 bytes.
    Message,
    /// A MAC: 1 to 6144 bytes.
    Mac,
    /// A rotation period: 90 to 2560 days.
    RotationPeriod,
    /// A waiting period: 7 to 30 days.
    PendingWindow,
    /// The number of a version that the key has.
    Version,
    /// A usage budget: 1 to 2^48 uses.
    UsageBudget,
    /// A time to accept: not before the timers, and none where the vault has a clock.
    Time,
    /// An expiry date: later than now, at most 365 days; there where material expires, and only there.
    ValidTo,
    /// An import type or material id that does not go with the key or with the other parameters.
    ImportType,
    /// A description of key material: at most 256 of `A-Z a-z 0-9 : / _ . -` and white space.
    KeyMaterialDescription,
    /// An import token: 1 to 6144 bytes.
    ImportToken,
    /// A wrapping algorithm and key that do not go with each other or with the key.
    WrappingAlgorithm,
    /// Quotas: outside what they can be.
    Quotas,
    /// Key slots to keep: each once.
    Slots,
    /// A segment of a stream: in its turn, and of a length that its place can have.
    Segment,
    /// What a signing key is good for: a date of eight digits, a Region and a service.
    SigningScope,
    /// A role: kept under the last part of its ARN, which is 1 to 64 letters, digits and `+=,.@_-`.
    Role,
    /// The name of a session: 2 to 64 letters, digits and `_+=,.@-`.
    SessionName,
    /// How long a session lasts: 900 to 43,200 seconds, or 3,600 where it begins in another one.
    DurationSeconds,
    /// An external id: 2 to 1224 letters, digits and `_+=,.@:/-`.
    ExternalId,
    /// Whom a role trusts: at most 10 ARNs of principals that are no services, each of at most 256 bytes.
    TrustedPrincipals,
    /// The name of a peer: 1 to 64 letters, digits and `+=,.@_-`.
    PeerName,
    /// The fingerprint of a vault's identity: 64 hexadecimal digits.
    Fingerprint,
    /// The form of a request, as whoever embeds the vault reads it.
    Request,
}

/// Which part of the stored vault does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The slot area.
    Slots,
    /// The manifest.
    Manifest,
    /// A node of the key tree.
    Node,
    /// A record: a key or one of its versions.
    Record,
}

/// What is wrong with a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BundleFault {
    /// These bytes are no bundle, or one of another purpose.
    NotABundle,
    /// It ends before its end mark: it was cut off, or never finished.
    Truncated,
    /// A part does not open: it was altered, or is of another bundle or place.
    Altered,
    /// There are bytes behind its end.
    Trailing,
    /// It opens, but what it holds is not what a vault holds.
    Content,
    /// It is sealed to a vault and not to secrets, or the other way round.
    OpensOtherwise,
}

impl BundleFault {
    const fn text(self) -> &'static str {
        match self {
            BundleFault::NotABundle => "it is no bundle of a vault",
            BundleFault::Truncated => "it ends before its end mark",
            BundleFault::Altered => "a part of it does not open",
            BundleFault::Trailing => "there are bytes behind its end",
            BundleFault::Content => "it does not hold what a vault holds",
            BundleFault::OpensOtherwise => {
                "it is sealed to a vault and not to secrets, or the other way round"
            }
        }
    }
}

/// What the storage said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StorageError {
    /// Reading or writing failed.
    Medium,
    /// There is no room left.
    Full,
    /// The revision is not the expected one: somebody else wrote.
    Conflict,
    /// The blob is larger than the buffer; `needed` bytes would do.
    BufferTooSmall {
        /// The length of the blob in bytes.
        needed: usize,
    },
    /// Somebody else holds the storage just now.
    Busy,
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        Error::Storage(error)
    }
}

impl Error {
    /// The exception name of the KMS API (AWS KMS API Reference, *Common Error Types* and each operation's list).
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Error::AccessDenied(_) => "AccessDeniedException",
            Error::NotFound => "NotFoundException",
            Error::Validation(_) | Error::InvalidCaller | Error::BufferTooSmall { .. } => {
                "ValidationException"
            }
            Error::InvalidCiphertext(_) => "InvalidCiphertextException",
            Error::IncorrectKey => "IncorrectKeyException",
            Error::Disabled => "DisabledException",
            Error::InvalidState(_) | Error::Exchange(_) => "KMSInvalidStateException",
            Error::InvalidKeyUsage => "InvalidKeyUsageException",
            Error::LimitExceeded | Error::Capacity => "LimitExceededException",
            Error::MalformedPolicyDocument | Error::PolicyLocksOut => "MalformedPolicyDocumentException",
            Error::UnsupportedOperation => "UnsupportedOperationException",
            Error::AlreadyExists => "AlreadyExistsException",
            Error::DeleteConflict => "DeleteConflictException",
            Error::ExpiredToken => "ExpiredTokenException",
            Error::InvalidAliasName => "InvalidAliasNameException",
            Error::Tag => "TagException",
            Error::InvalidMac => "KMSInvalidMacException",
            Error::InvalidImportToken => "InvalidImportTokenException",
            Error::ExpiredImportToken => "ExpiredImportTokenException",
            Error::IncorrectKeyMaterial => "IncorrectKeyMaterialException",
            Error::Conflict => "ConflictException",
            Error::Throttling => "ThrottlingException",
            Error::InvalidMarker => "InvalidMarkerException",
            Error::InvalidGrantId => "InvalidGrantIdException",
            Error::InvalidGrantToken => "InvalidGrantTokenException",
            Error::DryRun => "DryRunOperationException",
            Error::Busy | Error::Locked => "KeyUnavailableException",
            Error::Damaged(_)
            | Error::Storage(_)
            | Error::Entropy
            | Error::Audit
            | Error::Anchor
            | Error::SessionEnded
            | Error::NotAVault
            | Error::AlreadyAVault
            | Error::FromTheFuture { .. }
            | Error::WrongSecret
            | Error::SlotStale
            | Error::SlotParameters
            | Error::RolledBack { .. }
            | Error::Bundle(_)
            | Error::SelfTest(_)
            | Error::Bug => "KMSInternalException",
        }
    }

    /// The same error without its reason, for callers who may not see explanations.
    #[must_use]
    pub(crate) const fn withheld(self) -> Self {
        match self {
            Error::AccessDenied(_) => Error::AccessDenied(Reason::Withheld),
            Error::InvalidCiphertext(_) => Error::InvalidCiphertext(Reason::Withheld),
            other => other,
        }
    }

    /// The reason within, or [`Reason::Withheld`].
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Error::AccessDenied(reason) | Error::InvalidCiphertext(reason) | Error::Exchange(reason) => {
                *reason
            }
            _ => Reason::Withheld,
        }
    }
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Error::AccessDenied(reason) => write!(f, "not authorized: {reason}"),
            Error::NotFound => f.write_str("the key, alias or grant does not exist"),
            Error::Validation(parameter) => write!(f, "the parameter {parameter:?} is outside its limits"),
            Error::InvalidCiphertext(reason) => write!(f, "the ciphertext does not open: {reason}"),
            Error::IncorrectKey => f.write_str("the named key did not make this ciphertext"),
            Error::Disabled => f.write_str("the key is disabled"),
            Error::InvalidState(conflict) => f.write_str(conflict.text()),
            Error::InvalidKeyUsage => f.write_str("the usage or algorithm of the key forbids this"),
            Error::LimitExceeded => f.write_str("a quota or a length limit is reached"),
            Error::MalformedPolicyDocument => f.write_str("the policy is malformed"),
            Error::PolicyLocksOut => {
                f.write_str("the new key policy will not allow you to update the key policy in the future")
            }
            Error::UnsupportedOperation => f.write_str("not supported for this kind of key"),
            Error::AlreadyExists => f.write_str("there is an alias of this name already"),
            Error::DeleteConflict => f.write_str("the caller has access keys, which go first"),
            Error::ExpiredToken => f.write_str("the session is over"),
            Error::InvalidAliasName => f.write_str("aliases that begin with alias/aws/ are reserved"),
            Error::Tag => f.write_str("a tag is reserved, given twice, or one too many"),
            Error::InvalidMac => f.write_str("the MAC is not that of this message under this key"),
            Error::InvalidImportToken => {
                f.write_str("the import token is not of this key, or was used already")
            }
            Error::ExpiredImportToken => f.write_str("the import token has expired"),
            Error::IncorrectKeyMaterial => {
                f.write_str("the imported material is not of the length or the identity that it must have")
            }
            Error::Conflict => f.write_str("an automatic rotation is due, try again later"),
            Error::Throttling => f.write_str("too many requests, try again later"),
            Error::InvalidMarker => f.write_str("the marker does not belong to this listing"),
            Error::InvalidGrantId => f.write_str("a grant id has 64 lower-case hexadecimal digits"),
            Error::InvalidGrantToken => f.write_str("the grant token is not valid for this request"),
            Error::DryRun => f.write_str("the request would have succeeded, but the dry-run option is set"),
            Error::BufferTooSmall { needed } => {
                write!(f, "the buffer is too small, {needed} bytes are needed")
            }
            Error::InvalidCaller => f.write_str("the caller is not named by a valid principal"),
            Error::Damaged(part) => write!(f, "stored bytes do not open: {part:?}"),
            Error::Storage(error) => write!(f, "the storage failed: {error:?}"),
            Error::Entropy => f.write_str("no randomness could be had"),
            Error::Audit => f.write_str("the audit record could not be written, so nothing was released"),
            Error::Anchor => f.write_str("the freshness counter or the eraser cell failed"),
            Error::Busy => f.write_str("busy, try again"),
            Error::Locked => f.write_str("the vault is locked"),
            Error::SessionEnded => f.write_str("a commit failed, open the vault again"),
            Error::Capacity => f.write_str("a fixed capacity of this platform is reached"),
            Error::NotAVault => f.write_str("there is no vault here"),
            Error::AlreadyAVault => f.write_str("there is a vault here already"),
            Error::FromTheFuture { format } => write!(f, "written by a newer version, in format {format}"),
            Error::WrongSecret => f.write_str("no key slot opens with this secret"),
            Error::SlotStale => f.write_str("the key slot is an old one that was put back"),
            Error::SlotParameters => {
                f.write_str("a key slot asks for parameters outside the accepted bounds")
            }
            Error::RolledBack { image, counter } => {
                write!(
                    f,
                    "the image is number {image}, but the counter stands at {counter}: it was rolled back"
                )
            }
            Error::Exchange(reason) => write!(f, "not exchanged: {reason}"),
            Error::Bundle(fault) => write!(f, "the bundle is of no use: {}", fault.text()),
            Error::SelfTest(unfit) => write!(f, "the self-test failed: {unfit:?}"),
            Error::Bug => f.write_str("an internal invariant does not hold; please report this"),
        }
    }
}

impl core::error::Error for Error {}
