//! Why a request was refused.

/// Why, for callers who may see explanations, and for the audit record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The caller may not see explanations.
    Withheld,
    /// No statement allows it.
    NoStatementAllows,
    /// A statement denies it.
    StatementDenies,
    /// A policy could not be understood, so it denies.
    PolicyUnreadable,
    /// A policy is of a newer version, so it denies.
    PolicyNewer,
    /// The account is admitted by the key policy, but no identity policy of the caller allows it.
    NoIdentityPolicyAllows,
    /// The caller is neither the grant's retiring principal, nor a grantee who may retire it, nor acts for the account that
    /// made it.
    MayNotRetire,
    /// No policy allows it, and a grant that might cannot be read.
    GrantUnreadable,
    /// Callers of other accounts can never do this.
    OtherAccount,
    /// The caller was changed since it was read from the vault; reading it again helps.
    CallerOutdated,
    /// There is no such role, or it does not trust the caller, or asks for another external id.
    NotTrusted,
    /// The key does not exist.
    NoSuchKey,
    /// The key's record cannot be read.
    KeyUnreadable,
    /// The bytes are no ciphertext of a Strongroom vault.
    NotOurs,
    /// The ciphertext names a version that the key does not have.
    UnknownVersion,
    /// The version that made the ciphertext is revoked, or waits for its destruction.
    RevokedVersion,
    /// The version that made the ciphertext was destroyed.
    DestroyedVersion,
    /// The version exists, but with other material: another vault or a restored one made the ciphertext.
    OtherMaterial,
    /// The encryption context or the header differs from what was sealed.
    ContextOrHeaderDiffers,
    /// The body or its tag was altered.
    BodyAltered,
    /// The wrapped key material does not unwrap.
    NotUnwrapped,
    /// No pinned peer has this identity.
    NotPinned,
    /// The signature is not that of the identity that is named.
    OtherSignature,
    /// It is for another vault, or from another one than it was asked of.
    OtherVault,
    /// The offer was never made for this peer, was used, or has expired.
    NoSuchOffer,
    /// The key here was drawn elsewhere than the one in the bundle.
    OtherLineage,
    /// The key here has gone further than the one in the bundle.
    OlderBundle,
    /// The vault has no identity yet; asking for it helps.
    NoIdentity,
    /// The bytes are no offer, or no bundle with a key.
    NotABundle,
}

impl Reason {
    const ALL: [Reason; 29] = [
        Reason::Withheld,
        Reason::NoStatementAllows,
        Reason::StatementDenies,
        Reason::PolicyUnreadable,
        Reason::PolicyNewer,
        Reason::CallerOutdated,
        Reason::MayNotRetire,
        Reason::GrantUnreadable,
        Reason::NoIdentityPolicyAllows,
        Reason::OtherAccount,
        Reason::NotTrusted,
        Reason::NoSuchKey,
        Reason::KeyUnreadable,
        Reason::NotOurs,
        Reason::UnknownVersion,
        Reason::RevokedVersion,
        Reason::DestroyedVersion,
        Reason::OtherMaterial,
        Reason::ContextOrHeaderDiffers,
        Reason::BodyAltered,
        Reason::NotUnwrapped,
        Reason::NotPinned,
        Reason::OtherSignature,
        Reason::OtherVault,
        Reason::NoSuchOffer,
        Reason::OtherLineage,
        Reason::OlderBundle,
        Reason::NoIdentity,
        Reason::NotABundle,
    ];

    /// The number in the audit log; it never changes its meaning.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Reason::Withheld => 0,
            Reason::NoStatementAllows => 1,
            Reason::StatementDenies => 2,
            Reason::PolicyUnreadable => 3,
            Reason::NoIdentityPolicyAllows => 4,
            Reason::OtherAccount => 5,
            Reason::NoSuchKey => 6,
            Reason::KeyUnreadable => 7,
            Reason::PolicyNewer => 8,
            Reason::MayNotRetire => 9,
            Reason::GrantUnreadable => 10,
            Reason::CallerOutdated => 11,
            Reason::NotTrusted => 12,
            Reason::NotOurs => 16,
            Reason::UnknownVersion => 17,
            Reason::RevokedVersion => 18,
            Reason::OtherMaterial => 19,
            Reason::ContextOrHeaderDiffers => 20,
            Reason::BodyAltered => 21,
            Reason::DestroyedVersion => 22,
            Reason::NotUnwrapped => 23,
            Reason::NotPinned => 24,
            Reason::OtherSignature => 25,
            Reason::OtherVault => 26,
            Reason::NoSuchOffer => 27,
            Reason::OtherLineage => 28,
            Reason::OlderBundle => 29,
            Reason::NoIdentity => 30,
            Reason::NotABundle => 31,
        }
    }

    /// The reason with this number: `Some(None)` for 0, which stands for none, and `None` for an unknown number.
    pub(crate) fn from_number(number: u8) -> Option<Option<Self>> {
        let reason = Self::ALL.into_iter().find(|reason| reason.number() == number)?;
        Some(Some(reason).filter(|reason| *reason != Reason::Withheld))
    }
}

impl core::fmt::Display for Reason {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Reason::Withheld => "the reason is in the audit record",
            Reason::NoStatementAllows => "no statement of the key policy allows it",
            Reason::StatementDenies => "a statement denies it",
            Reason::PolicyUnreadable => "a policy could not be understood, so it denies",
            Reason::CallerOutdated => "callers have changed since this one was read",
            Reason::PolicyNewer => "a policy is of a newer version, so it denies",
            Reason::NoIdentityPolicyAllows => "no identity policy of the caller allows it",
            Reason::MayNotRetire => "the caller is none of those who may retire the grant",
            Reason::GrantUnreadable => "no policy allows it, and a grant that might cannot be read",
            Reason::OtherAccount => "callers of other accounts can never do this",
            Reason::NotTrusted => "the role does not trust the caller, or asks for another external id",
            Reason::NoSuchKey => "the key does not exist",
            Reason::KeyUnreadable => "the key's record cannot be read",
            Reason::NotOurs => "the bytes are not a Strongroom ciphertext",
            Reason::UnknownVersion => "the key has no such version",
            Reason::RevokedVersion => "the version is revoked",
            Reason::DestroyedVersion => "the version was destroyed",
            Reason::OtherMaterial => "the version has other material",
            Reason::ContextOrHeaderDiffers => "the encryption context or the header differs",
            Reason::BodyAltered => "the body was altered",
            Reason::NotUnwrapped => "the wrapped key material does not unwrap",
            Reason::NotPinned => "no pinned peer has this identity",
            Reason::OtherSignature => "the signature is not that of the identity that it names",
            Reason::OtherVault => "it is for another vault",
            Reason::NoSuchOffer => {
                "the offer that it answers was not made for this peer, was used, or has expired"
            }
            Reason::OtherLineage => "the key here was drawn elsewhere than the one in the bundle",
            Reason::OlderBundle => "the key here has gone further than the one in the bundle",
            Reason::NoIdentity => "the vault has no identity yet",
            Reason::NotABundle => "the bytes are no offer, or no bundle with a key",
        })
    }
}
