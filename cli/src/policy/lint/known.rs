//! Names that a policy may use.

/// Actions without a key: identity policies alone decide, and only the resource `*` covers them.
pub(super) const ACTIONS_WITHOUT_A_KEY: &[&str] = &[
    "ConnectCustomKeyStore",
    "CreateCustomKeyStore",
    "CreateKey",
    "DeleteCustomKeyStore",
    "DescribeCustomKeyStores",
    "DisconnectCustomKeyStore",
    "GenerateRandom",
    "ListAliases",
    "ListKeys",
    "ListRetirableGrants",
    "UpdateCustomKeyStore",
];

/// Actions on the vault itself, whose resource is `vault/ID`.
pub(super) const ACTIONS_ON_A_VAULT: &[&str] = &[
    "AssumeRole",
    "CreateAccessKey",
    "CreateReceiveOffer",
    "DeleteAccessKey",
    "DeleteCaller",
    "DescribeCaller",
    "DescribeRoleTrust",
    "GetVaultIdentity",
    "ListAccessKeys",
    "ListCallers",
    "ListPeers",
    "PinPeer",
    "PutCaller",
    "PutRoleTrust",
    "ReceiveKey",
    "RemovePeer",
    "UpdateAccessKey",
];

/// Condition keys with many values.
pub(super) const MULTIVALUED: &[&str] = &[
    "aws:CalledVia",
    "aws:PrincipalOrgPaths",
    "aws:TagKeys",
    "kms:EncryptionContextKeys",
    "kms:GrantOperations",
    "kms:ResourceAliases",
];

/// Condition keys that say who calls, or for whom.
pub(super) const OF_CALLERS: &[&str] = &[
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIp",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:userid",
    "aws:username",
    "kms:CallerAccount",
    "kms:ViaService",
];

/// Other condition keys with a single value.
pub(super) const OTHERS: &[&str] = &[
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalType",
    "aws:RequestedRegion",
    "aws:SecureTransport",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:Referer",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:FederatedProvider",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "aws:SourceIdentity",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:VpcSourceIp",
    "aws:ViaAWSService",
    "kms:BypassPolicyLockoutSafetyCheck",
    "kms:CustomerMasterKeySpec",
    "kms:CustomerMasterKeyUsage",
    "kms:DataKeyPairSpec",
    "kms:EncryptionAlgorithm",
    "kms:ExpirationModel",
    "kms:GrantConstraintType",
    "kms:GrantIsForAWSResource",
    "kms:GranteePrincipal",
    "kms:KeyAgreementAlgorithm",
    "kms:KeyOrigin",
    "kms:KeySpec",
    "kms:KeyUsage",
    "kms:MacAlgorithm",
    "kms:MessageType",
    "kms:MultiRegion",
    "kms:MultiRegionKeyType",
    "kms:PrimaryRegion",
    "kms:ReEncryptOnSameKey",
    "kms:ReplicaRegion",
    "kms:RequestAlias",
    "kms:RetiringPrincipal",
    "kms:RotationPeriodInDays",
    "kms:ScheduleKeyDeletionPendingWindowInDays",
    "kms:SigningAlgorithm",
    "kms:ValidTo",
    "kms:WrappingAlgorithm",
    "kms:WrappingKeySpec",
];

/// Condition keys with a name behind them, which the caller or the key's owner chooses.
pub(super) const PREFIXES: &[&str] = &[
    "aws:PrincipalTag/",
    "aws:RequestTag/",
    "aws:ResourceTag/",
    "kms:EncryptionContext:",
    "kms:RecipientAttestation:",
];

#[cfg(test)]
mod tests {
    use strongroom_core::policy::Action;

    use super::{ACTIONS_ON_A_VAULT, ACTIONS_WITHOUT_A_KEY};

    #[test]
    fn these_are_actions_of_kms() {
        for name in ACTIONS_WITHOUT_A_KEY.iter().chain(ACTIONS_ON_A_VAULT) {
            assert!(Action::all().any(|action| action.name() == *name), "{name}");
        }
    }
}
