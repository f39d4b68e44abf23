//! What a refusal of the vault means to a person at a terminal, and what to do next. What the vault does not say is not
//! said here either.

use strongroom_core::error::{Parameter, Part, Reason, StateConflict, StorageError};
use strongroom_std::Error;

/// What went wrong.
pub(crate) fn message(error: &Error) -> String {
    match error {
        Error::Validation(parameter) => limits(*parameter).to_owned(),
        Error::Storage(StorageError::Full) => "the disk is full; nothing has changed".to_owned(),
        Error::Storage(_) => "the disk failed, or refused".to_owned(),
        Error::Damaged(Part::Record) => "a record of this key, alias or caller is damaged".to_owned(),
        other => other.to_string(),
    }
}

/// What to do next, if there is something to say.
pub(crate) fn next(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::AccessDenied(_) => {
            "`strongroom audit show --refused` shows why, to whoever can open the vault; `strongroom help callers` says who may do what"
        }
        Error::NotFound => "`strongroom key list` and `strongroom alias list` show what there is",
        Error::InvalidCiphertext(Reason::RevokedVersion) => {
            "`strongroom key restore KEY` takes a revocation back"
        }
        Error::InvalidCiphertext(Reason::DestroyedVersion) => "nothing opens it any more",
        Error::InvalidCiphertext(Reason::NotUnwrapped) => {
            "the wrapping key is used up: get another one with `strongroom key import parameters`"
        }
        Error::InvalidCiphertext(_) => {
            "give the same --context as when it was encrypted, and the ciphertext as it was; with --base64 if it is text"
        }
        Error::IncorrectKey => "leave --key out: the ciphertext names its key itself",
        Error::Disabled => "`strongroom key enable KEY` makes it usable again",
        Error::InvalidState(conflict) => state(*conflict)?,
        Error::InvalidKeyUsage => {
            "keys for encryption make no MACs, and keys for MACs do not encrypt; `strongroom key describe KEY`"
        }
        Error::PolicyLocksOut => {
            "keep a statement that lets you call kms:PutKeyPolicy, or give --bypass-lockout-check"
        }
        Error::DeleteConflict => "`strongroom caller access-key delete` takes them out",
        Error::AlreadyExists => "`strongroom alias update` gives an alias to another key",
        Error::Storage(StorageError::Full) => "make room and try again",
        Error::Storage(_) | Error::SessionEnded => {
            "try again: what the vault holds now, it says when it is opened"
        }
        Error::Audit => "the log could not be written, so nothing was released: make room and try again",
        Error::Damaged(_) => "`strongroom repair --dry-run` says what is damaged and what can be put right",
        Error::Busy | Error::Conflict | Error::Throttling => "try again",
        Error::SlotStale => "use another slot, and `strongroom slot list` to see what became of this one",
        Error::ExpiredImportToken | Error::InvalidImportToken => {
            "get another one with `strongroom key import parameters`"
        }
        Error::Exchange(reason) => exchange(*reason)?,
        Error::Bug => "this is a mistake of ours",
        _ => return None,
    })
}

const fn state(conflict: StateConflict) -> Option<&'static str> {
    Some(match conflict {
        StateConflict::PendingDeletion => "`strongroom key cancel-deletion KEY` brings it back",
        StateConflict::NotDue => "wait; `strongroom key describe KEY` says until when",
        StateConflict::PendingImport => "`strongroom key import` brings its material",
        StateConflict::Version => {
            "`strongroom key versions KEY` shows their states; the current one has to be replaced first: `strongroom key rotate KEY`"
        }
        StateConflict::LastSlot => "`strongroom slot add` another one first",
        _ => return None,
    })
}

/// What to do about something that came from another vault.
const fn exchange(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::NotPinned => {
            "`strongroom peer list` shows whom this vault knows; `strongroom peer pin` adds one"
        }
        Reason::NoIdentity => "`strongroom peer identity` makes it",
        Reason::OtherVault | Reason::NoSuchOffer => {
            "make another offer with `strongroom peer offer`, and have the key or the backup made for that"
        }
        Reason::OlderBundle | Reason::OtherMaterial => {
            "a key that came from elsewhere is rotated where it came from, and sent again"
        }
        Reason::OtherLineage => "a key with this id is here already, and comes from elsewhere",
        _ => return None,
    })
}

const fn limits(parameter: Parameter) -> &'static str {
    match parameter {
        Parameter::KeyId => "a key is named by 1 to 2048 characters",
        Parameter::Plaintext => {
            "1 to 4096 bytes can be encrypted at once; for more there is `strongroom file encrypt`"
        }
        Parameter::CiphertextBlob => "a ciphertext has 1 to 6144 bytes",
        Parameter::EncryptionContext => {
            "an encryption context has at most 64 pairs and 8192 bytes, and no name twice"
        }
        Parameter::NumberOfBytes => "1 to 1024 bytes can be drawn at once",
        Parameter::Description => "a description has at most 8192 characters",
        Parameter::PeerName => "the name of a peer is 1 to 64 letters, digits and +=,.@_-",
        Parameter::Request => "the request has not the form that it must have",
        Parameter::Fingerprint => "a fingerprint has 64 hexadecimal digits",
        Parameter::CallerName => "the name of a caller is 1 to 64 letters, digits and +=,.@_-",
        Parameter::Tags => {
            "a caller has at most 50 tags: names of 1 to 128 bytes that differ by more than case, values of at most 256"
        }
        Parameter::GrantOperations => {
            "a grant confers at least one operation, and only such as the key can do"
        }
        Parameter::GrantConstraints => {
            "a constraint has at most 8 pairs, no name twice, and values of at most 384 characters"
        }
        Parameter::GranteePrincipal => "a grantee is the ARN of a user, role or session of this partition",
        Parameter::RetiringPrincipal => {
            "a retiring principal is the ARN of a user, role or session of this partition"
        }
        Parameter::GrantName => "the name of a grant is 1 to 256 of A-Z a-z 0-9 : / _ -",
        Parameter::GrantId => "the id of a grant has 64 hexadecimal digits",
        Parameter::GrantTokens => "at most 10 grant tokens go with a request",
        Parameter::Realm => {
            "partition and Region are lower-case letters, digits and dashes, an account is 12 digits"
        }
        Parameter::AliasName => {
            "an alias is `alias/` and A-Z a-z 0-9 / _ -, at most 256 characters, such as alias/settings"
        }
        Parameter::AliasTarget => "an alias moves only to a key of the same kind and usage",
        Parameter::KeyTags => "tags have names of 1 to 128 characters and values of at most 256",
        Parameter::KeyUsage => "this usage does not go with the spec",
        Parameter::Message => "a MAC is made of 1 to 4096 bytes",
        Parameter::Mac => "a MAC has 1 to 6144 bytes",
        Parameter::RotationPeriod => "keys rotate every 90 to 2560 days",
        Parameter::UsageBudget => "a version may seal 1 to 281474976710656 times",
        Parameter::PendingWindow => "the waiting period is 7 to 30 days",
        Parameter::Version => "the key has no such version",
        Parameter::Time => "this vault has a clock: no time can be given to it",
        Parameter::ValidTo => {
            "material that expires needs a date at most 365 days ahead, and material that does not needs none"
        }
        Parameter::ImportType => "this import type or material id does not go with the key",
        Parameter::KeyMaterialDescription => {
            "a description of material has at most 256 of A-Z a-z 0-9 : / _ . - and white space"
        }
        Parameter::ImportToken => "an import token has 1 to 6144 bytes",
        Parameter::WrappingAlgorithm => "this wrapping algorithm and this kind of key do not go together",
        Parameter::Slots => "each slot is kept once",
        _ => "a value is outside its limits",
    }
}
