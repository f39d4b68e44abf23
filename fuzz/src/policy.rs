//! The policy evaluator, asked many questions about one policy.

use strongroom_core::Realm;
use strongroom_core::error::Reason;
use strongroom_core::key::KeyId;
use strongroom_core::policy::{
    Action, Authorization, Decision, Policy, PolicyKind, Principal, RequestedAction, Resource, Values,
    evaluate, explain,
};

const CALLERS: &[&str] = &[
    "arn:aws:iam::000000000000:root",
    "arn:aws:iam::000000000000:user/alice",
    "arn:aws:sts::111111111111:assumed-role/reader/session",
];

/// Evaluates and explains the bytes as either kind of policy. Whoever checks a policy before storing it has seen every
/// byte, so that its evaluation meets nothing unreadable.
pub fn evaluate_all(data: &[u8]) {
    let policy = Policy::read(data);
    let is_whole = policy.is_ok_and(|policy| policy.check().is_ok());
    let realm = Realm::default();
    let keys = [
        ("aws:username", Values::One("alice")),
        ("aws:CurrentTime", Values::One("2026-03-01T10:00:00Z")),
        ("aws:SourceIp", Values::One("203.0.113.7")),
        ("kms:EncryptionContextKeys", Values::Many(&["app", "tenant"])),
        ("aws:PrincipalTag/team", Values::Ambiguous),
        ("aws:EpochTime", Values::Unknown),
    ];
    for principal in CALLERS.iter().filter_map(|principal| Principal::parse(principal).ok()) {
        for action in [Action::Decrypt, Action::CreateKey, Action::PutKeyPolicy] {
            let identity_policies = [data];
            let by_key = policy.is_ok_and(|policy| policy.kind() == PolicyKind::Key);
            let request = Authorization {
                principal: &principal,
                action: RequestedAction::Ours(action),
                resource: Resource::key(&realm, KeyId::from_bytes([3; 16])),
                key_policy: by_key.then_some(data),
                identity_policies: if by_key { &[] } else { &identity_policies },
                keys: keys.as_slice(),
            };
            let decision = evaluate(&request).decision;
            assert_eq!(decision, evaluate(&request).decision, "the same question, another answer");
            let explanation = explain(&request, decision).to_string();
            assert!(!explanation.is_empty());
            assert!(policy.is_ok() || !decision.is_allowed(), "a policy that cannot be read allows");
            let is_unreadable =
                matches!(decision, Decision::ImplicitDeny(Reason::PolicyUnreadable | Reason::PolicyNewer));
            assert!(!(is_whole && is_unreadable), "a policy that was checked cannot be read");
        }
    }
}
