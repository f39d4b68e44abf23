//! A statement, read and ready to be looked at.

use std::collections::BTreeSet;

use strongroom_core::policy::{
    Action, Authorization, CompiledCondition, CompiledStatement, Effect, Language, Policy, PolicyBuilder,
    PolicyKind, Principal, PrincipalEntry, RequestedAction, Resource, Statement, UnreadablePolicy, Values,
    evaluate,
};

/// A statement with everything it holds.
pub(super) struct Subject<'a> {
    pub(super) kind: PolicyKind,
    pub(super) language: Language,
    pub(super) index: usize,
    pub(super) effect: Effect,
    pub(super) sid: Option<&'a str>,
    pub(super) principals: Vec<PrincipalEntry<'a>>,
    pub(super) not_principal: bool,
    pub(super) actions: Vec<&'a str>,
    pub(super) not_action: bool,
    pub(super) resources: Vec<String>,
    pub(super) not_resource: bool,
    pub(super) conditions: Vec<CompiledCondition<'a>>,
    /// The actions of KMS that it is about.
    pub(super) covered: BTreeSet<&'static str>,
}

impl<'a> Subject<'a> {
    /// The statements of a policy.
    pub(super) fn all(policy: &Policy<'a>) -> Result<Vec<Self>, UnreadablePolicy> {
        policy.statements().enumerate().map(|(index, read)| Self::read(policy, index, &read?)).collect()
    }

    fn read(
        policy: &Policy<'a>,
        index: usize,
        statement: &CompiledStatement<'a>,
    ) -> Result<Self, UnreadablePolicy> {
        let actions: Vec<&str> = statement.actions().collect::<Result<_, _>>()?;
        let covered =
            if actions.is_empty() { BTreeSet::new() } else { covered(&actions, statement.not_action()) };
        Ok(Subject {
            kind: policy.kind(),
            language: policy.language(),
            index,
            effect: statement.effect(),
            sid: statement.sid(),
            principals: statement.principals().collect::<Result<_, _>>()?,
            not_principal: statement.not_principal(),
            actions,
            not_action: statement.not_action(),
            resources: statement
                .resources()
                .map(|pattern| pattern.map(|pattern| pattern.to_string()))
                .collect::<Result<_, _>>()?,
            not_resource: statement.not_resource(),
            conditions: statement.conditions().collect::<Result<_, _>>()?,
            covered,
        })
    }

    pub(super) fn is_allow(&self) -> bool {
        self.effect == Effect::Allow
    }

    pub(super) fn is_of_key(&self) -> bool {
        self.kind == PolicyKind::Key
    }

    /// A statement of a key policy that lacks an element has no effect at all.
    pub(super) fn is_ineffective(&self) -> bool {
        self.actions.is_empty() || self.resources.is_empty()
    }

    /// Whether it covers all that a key policy can be asked for.
    pub(super) fn is_about_everything(&self) -> bool {
        self.covered.len() == Action::all().count()
    }

    pub(super) fn has_every_resource(&self) -> bool {
        !self.not_resource && self.resources.iter().any(|pattern| pattern == "*")
    }
}

/// The actions of KMS that these patterns cover, or that they do not.
///
/// The evaluator is asked for each, with a policy that has nothing else in it.
pub(super) fn covered(patterns: &[&str], not_action: bool) -> BTreeSet<&'static str> {
    let len = patterns.iter().map(|pattern| pattern.len().saturating_add(2)).fold(256, usize::saturating_add);
    let mut buffer = vec![0; len];
    let covered = (|| {
        let mut builder =
            PolicyBuilder::new(&mut buffer, PolicyKind::Identity, Language::Version2008, "").ok()?;
        let statement = Statement { not_action, ..Statement::allow(&[], patterns) };
        builder.statement(&statement).ok()?;
        let policies: [&[u8]; 1] = [builder.finish()];
        let principal = Principal::parse("arn:aws:iam::000000000000:user/anybody").ok()?;
        let resource = Resource::parse("*")?;
        let none: [(&str, Values<'_>); 0] = [];
        let is_covered = |action: &Action| {
            let asked = Authorization {
                principal: &principal,
                action: RequestedAction::Ours(*action),
                resource,
                key_policy: None,
                identity_policies: &policies,
                keys: none.as_slice(),
            };
            evaluate(&asked).decision.is_allowed()
        };
        Some(Action::all().filter(is_covered).map(Action::name).collect())
    })();
    covered.unwrap_or_default()
}
