//! What the reference says, and nothing of what the vault does.

use strongroom_core::key::{KeyOrigin, KeySpec, KeyState};

use super::kind::{Kind, Material};

/// AWS KMS Developer Guide, *Key states of AWS KMS keys*: Enabled, Disabled, PendingDeletion, PendingImport. `y` goes
/// ahead, the numbers are the notes of the page. The rows behind the line are ours, in the same manner.
const TABLE: &str = "
CancelKeyDeletion                    4 4 y 4
CreateAlias                          y y 3 y
CreateGrant                          y 1 3 5
Decrypt                              y 1 3 5
DeleteAlias                          y y y y
DeleteImportedKeyMaterial            y y y y
DeriveSharedSecret                   y 1 3 5
DescribeKey                          y y y y
DisableKey                           y y 3 5
DisableKeyRotation                   y 1 3 6
EnableKey                            y y 3 5
EnableKeyRotation                    y 1 3 6
Encrypt                              y 1 3 5
GenerateDataKey                      y 1 3 5
GenerateDataKeyPair                  y 1 3 5
GenerateDataKeyPairWithoutPlaintext  y 1 3 5
GenerateDataKeyWithoutPlaintext      y 1 3 5
GenerateMac                          y 1 3 5
GetKeyLastUsage                      y y y y
GetKeyPolicy                         y y y y
GetKeyRotationStatus                 y y y 6
GetParametersForImport               y y 8 y
GetPublicKey                         y y 3 y
ImportKeyMaterial                    y y 8 y
ListAliases                          y y y y
ListGrants                           y y y y
ListKeyPolicies                      y y y y
ListKeyRotations                     y y y y
ListResourceTags                     y y y y
PutKeyPolicy                         y y y y
ReEncrypt                            y 1 3 5
ReplicateKey                         y 1 3 5
RetireGrant                          y y y y
RevokeGrant                          y y y y
RotateKeyOnDemand                    y 1 3 5
ScheduleKeyDeletion                  y y 3 y
Sign                                 y 1 3 5
TagResource                          y y 3 y
UntagResource                        y y 3 y
UpdateAlias                          y y 3 y
UpdateKeyDescription                 y y 3 y
UpdatePrimaryRegion                  y 1 3 5
Verify                               y 1 3 5
VerifyMac                            y 1 3 5
---
CreateKeyVersion                     y 1 3 5
ListKeyVersions                      y y y y
RevokeKeyVersion                     y y 3 y
RestoreKeyVersion                    y y 3 y
ScheduleKeyVersionDestruction        y y 3 y
ScheduleKeyRotation                  y y 3 y
GenerateVersionedMac                 y 1 3 5
VerifyVersionedMac                   y 1 3 5
PutUsageBudget                       y y 3 y
RetireCheck                          y y y y
ExportKey                            y y 3 5
ReceiveKey                           y y 3 5
BackupToPeer                         y y y y
";

/// The operations of the page, and ours.
pub fn rows() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "---")
}

/// What an operation on a key of this kind in this state answers: nothing, or the exception.
pub fn expected(operation: &str, kind: Kind, state: KeyState) -> Result<(), &'static str> {
    let is_imported = kind.material == Material::Imported;
    match (cell(operation, kind.spec, kind.origin(), state), operation) {
        // On-demand rotation of imported keys needs material that waits for it; that has tests of its own. Of versions they
        // have one here, the current one.
        (Ok(()), "RotateKeyOnDemand" | "RevokeKeyVersion" | "ScheduleKeyVersionDestruction")
            if is_imported =>
        {
            Err("KMSInvalidStateException")
        }
        // It is sent from where it was drawn, and comes from there.
        (Ok(()), "ExportKey") if kind.material == Material::Received => Err("UnsupportedOperationException"),
        (_, "ReceiveKey") if kind.material != Material::Received => Err("KMSInvalidStateException"),
        (answer, _) => answer,
    }
}

/// The cell of the table, for keys of this kind.
pub fn cell(operation: &str, spec: KeySpec, origin: KeyOrigin, state: KeyState) -> Result<(), &'static str> {
    let unsupported = Err("UnsupportedOperationException");
    let is_symmetric = spec == KeySpec::SymmetricDefault;
    let is_imported = origin == KeyOrigin::External;
    match operation {
        // Key spec reference, and Key type reference.
        "Encrypt" | "Decrypt" | "ReEncrypt" | "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext"
            if !is_symmetric =>
        {
            return Err("InvalidKeyUsageException");
        }
        "GenerateMac" | "VerifyMac" | "GenerateVersionedMac" | "VerifyVersionedMac" if is_symmetric => {
            return Err("InvalidKeyUsageException");
        }
        "EnableKeyRotation" | "DisableKeyRotation" if !is_symmetric || is_imported => return unsupported,
        "RotateKeyOnDemand" if !is_symmetric => return unsupported,
        // Imported material is not drawn.
        "CreateKeyVersion" | "ScheduleKeyRotation" | "ExportKey" if is_imported => return unsupported,
        // Notes 8 and 9.
        "GetParametersForImport" | "ImportKeyMaterial" | "DeleteImportedKeyMaterial" if !is_imported => {
            return unsupported;
        }
        _ => {}
    }
    let row = TABLE.lines().find(|line| line.split_whitespace().next() == Some(operation));
    let column = match state {
        KeyState::Enabled => 1,
        KeyState::Disabled => 2,
        KeyState::PendingDeletion => 3,
        KeyState::PendingImport => 4,
        _ => panic!("{state:?} is no column"),
    };
    match row.unwrap().split_whitespace().nth(column).unwrap() {
        "y" => Ok(()),
        "1" => Err("DisabledException"),
        "6" => unsupported,
        _ => Err("KMSInvalidStateException"),
    }
}
