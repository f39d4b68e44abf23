//! May this caller do this? A pure function of policies and request (`policy-evaluation`, section 7).

use core::cell::Cell;

use super::condition::{Test, Truth};
use super::form::{CompiledCondition, CompiledStatement, Policy, UnreadablePolicy};
use super::keys::ConditionKeys;
use super::language::{Effect, Language, PolicyKind, ResourcePattern};
use super::principal::{Level, Principal};
use super::requested_action::RequestedAction;
use super::resource::Resource;
use crate::error::Reason;
use crate::limits::PATTERN_STEPS_MAX;

/// What is to be decided.
///
/// # Security
/// A vault and [`super::Caller`] take policies only after [`Policy::check`] has seen every byte of them. Whoever evaluates
/// policies of other origin checks them first: what no compiler writes may mean more than its author intended.
#[derive(Debug)]
pub struct Authorization<'a, C: ?Sized> {
    /// Who asks.
    pub principal: &'a Principal<'a>,
    /// For what.
    pub action: RequestedAction<'a>,
    /// On what.
    pub resource: Resource<'a>,
    /// The compiled policy of the key, or `None` for actions without a key.
    pub key_policy: Option<&'a [u8]>,
    /// The compiled policies of the caller.
    pub identity_policies: &'a [&'a [u8]],
    /// What else the request says of itself.
    pub keys: &'a C,
}

impl<C: ?Sized> Clone for Authorization<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: ?Sized> Copy for Authorization<'_, C> {}

/// The statement that decided, or came nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decider {
    /// Which kind of policy.
    pub policy: PolicyKind,
    /// Which of the caller's identity policies, from 0; 0 for the key policy.
    pub document: u8,
    /// Which statement in it, from 0.
    pub statement: u16,
}

impl Decider {
    pub(crate) const NONE: Decider = Decider { policy: PolicyKind::None, document: 0, statement: 0 };
}

/// The answer. Anything but `Allow` denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allowed, by this statement, or by being the root user where no key policy takes part.
    Allow(Option<Decider>),
    /// A statement denies, whatever others allow.
    ExplicitDeny(Decider),
    /// Nothing allows, or a policy could not be read.
    ImplicitDeny(Reason),
}

impl Decision {
    /// The statement that decided.
    pub(crate) fn decider(&self) -> Option<Decider> {
        match self {
            Decision::Allow(decider) => *decider,
            Decision::ExplicitDeny(decider) => Some(*decider),
            Decision::ImplicitDeny(_) => None,
        }
    }

    /// Whether it is an Allow.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        matches!(self, Decision::Allow(_))
    }
}

/// A decision, and what a grant needs to know to overrule an implicit denial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// The answer of the policies.
    pub decision: Decision,
    /// Whether an identity policy of the caller allows the action.
    pub is_allowed_by_identity: bool,
}

/// Which statements of the policies apply, the first of each kind.
#[derive(Default)]
struct Applicable<'a> {
    deny: Option<Decider>,
    direct: Option<Decider>,
    account: Option<Decider>,
    /// Their `Sid`s.
    sids: heapless::Vec<(Decider, &'a [u8]), 3>,
}

/// Decides. Bounded by the length of the policies; no allocation, no recursion, no clock.
#[must_use]
pub fn evaluate<C: ConditionKeys + ?Sized>(request: &Authorization<'_, C>) -> Evaluation {
    evaluate_by_name(request).0
}

/// As [`evaluate`], with the `Sid` of the statement that decided, empty if there is none.
pub(crate) fn evaluate_by_name<'a, C: ConditionKeys + ?Sized>(
    request: &Authorization<'a, C>,
) -> (Evaluation, &'a str) {
    decide(request).unwrap_or_else(|unreadable| {
        let decision = Decision::ImplicitDeny(match unreadable {
            UnreadablePolicy::Malformed => Reason::PolicyUnreadable,
            UnreadablePolicy::Newer => Reason::PolicyNewer,
        });
        (Evaluation { decision, is_allowed_by_identity: false }, "")
    })
}

fn decide<'a, C: ConditionKeys + ?Sized>(
    request: &Authorization<'a, C>,
) -> Result<(Evaluation, &'a str), UnreadablePolicy> {
    let steps_left = Cell::new(PATTERN_STEPS_MAX);
    let mut by_identity = Applicable::default();
    for (index, bytes) in request.identity_policies.iter().enumerate() {
        // However many there are, every one counts; those behind the 255th share its number.
        let document = u8::try_from(index).unwrap_or(u8::MAX);
        find_applicable(request, bytes, PolicyKind::Identity, document, &steps_left, &mut by_identity)?;
    }
    let mut by_key = Applicable::default();
    if let Some(bytes) = request.key_policy {
        find_applicable(request, bytes, PolicyKind::Key, 0, &steps_left, &mut by_key)?;
    }
    let decision = combine(request, &by_key, &by_identity);
    let sid = decision.decider().map_or("", |decider| {
        let mut sids = by_key.sids.iter().chain(&by_identity.sids);
        let sid = sids.find(|(other, _)| *other == decider).map_or(&b""[..], |(_, sid)| *sid);
        core::str::from_utf8(sid).unwrap_or_default()
    });
    Ok((Evaluation { decision, is_allowed_by_identity: by_identity.direct.is_some() }, sid))
}

/// Section 7: what the statements that apply come to.
fn combine<C: ?Sized>(
    request: &Authorization<'_, C>,
    by_key: &Applicable<'_>,
    by_identity: &Applicable<'_>,
) -> Decision {
    let (principal, identity) = (request.principal, by_identity.direct);
    let refuse = Decision::ImplicitDeny;
    // 1. A deny beats everything.
    if let Some(decider) = by_key.deny.or(by_identity.deny) {
        return Decision::ExplicitDeny(decider);
    }
    // Only what no key policy guards may belong to nobody.
    let is_guarded = request.key_policy.is_some();
    if !principal.is_service() && !request.resource.is_in_partition(principal.partition(), is_guarded) {
        return refuse(Reason::OtherAccount);
    }
    let is_of_account = request.resource.is_of_account(principal.account(), is_guarded);
    // 2. Actions without a key: identity policies alone, and the root user.
    if request.key_policy.is_none() {
        return match identity {
            _ if !is_of_account && !principal.is_service() => refuse(Reason::OtherAccount),
            None if principal.is_root() => Decision::Allow(None),
            None => refuse(Reason::NoIdentityPolicyAllows),
            Some(decider) => Decision::Allow(Some(decider)),
        };
    }
    // 3. A service needs a direct statement.
    if principal.is_service() {
        return match by_key.direct {
            Some(decider) => Decision::Allow(Some(decider)),
            None => refuse(Reason::NoStatementAllows),
        };
    }
    // 4. Same account: a direct statement, or the account's together with an identity policy.
    if is_of_account {
        return match (by_key.direct, by_key.account, identity) {
            (Some(decider), _, _) | (None, Some(_), Some(decider)) => Decision::Allow(Some(decider)),
            (None, Some(_), None) => refuse(Reason::NoIdentityPolicyAllows),
            (None, None, _) => refuse(Reason::NoStatementAllows),
        };
    }
    // 5. Another account: both sides must allow, and only some actions can be. Its root user has no identity policies
    //    and needs none.
    if !request.action.is_cross_account() {
        return refuse(Reason::OtherAccount);
    }
    match (by_key.direct.or(by_key.account), identity) {
        (Some(decider), None) if principal.is_root() => Decision::Allow(Some(decider)),
        (Some(_), Some(decider)) => Decision::Allow(Some(decider)),
        (Some(_), None) => refuse(Reason::NoIdentityPolicyAllows),
        (None, _) => refuse(Reason::NoStatementAllows),
    }
}

/// Finds the statements of one policy that apply.
fn find_applicable<'a, C: ConditionKeys + ?Sized>(
    request: &Authorization<'a, C>,
    bytes: &'a [u8],
    kind: PolicyKind,
    document: u8,
    steps_left: &Cell<u32>,
    found: &mut Applicable<'a>,
) -> Result<(), UnreadablePolicy> {
    let policy = Policy::read(bytes)?;
    if policy.kind() != kind {
        return Err(UnreadablePolicy::Malformed);
    }
    for (index, statement) in (0..=u16::MAX).zip(policy.statements()) {
        let statement = statement?;
        let matching = Matching { request, statement: &statement, language: policy.language(), steps_left };
        // The cheapest question first: most statements are about other actions.
        if !matching.action()? || !matching.resource()? {
            continue;
        }
        let Some(level) = matching.principal(kind)? else { continue };
        let place = match (statement.effect(), matching.conditions()?, level) {
            (Effect::Deny, Truth::True | Truth::Error, _) => &mut found.deny,
            (Effect::Allow, Truth::True, Level::Direct) => &mut found.direct,
            (Effect::Allow, Truth::True, Level::Account) => &mut found.account,
            (Effect::Deny, Truth::False, _) | (Effect::Allow, Truth::False | Truth::Error, _) => continue,
        };
        if place.is_none() {
            let decider = Decider { policy: kind, document, statement: index };
            *place = Some(decider);
            // Fits: there are three places.
            let _ = found.sids.push((decider, statement.sid));
        }
    }
    Ok(())
}

/// One statement against one request, element by element.
pub(super) struct Matching<'m, 'a, C: ?Sized> {
    pub(super) request: &'m Authorization<'a, C>,
    pub(super) statement: &'m CompiledStatement<'m>,
    pub(super) language: Language,
    /// How many steps the patterns of this evaluation may still take.
    pub(super) steps_left: &'m Cell<u32>,
}

impl<C: ConditionKeys + ?Sized> Matching<'_, '_, C> {
    /// Whether the statement is about this action, and about any at all.
    pub(super) fn action(&self) -> Result<bool, UnreadablePolicy> {
        let is_listed = self.statement.lists_action(&self.request.action)?;
        Ok(!self.statement.is_ineffective() && is_listed != self.statement.not_action())
    }

    /// Whether the statement is about this resource. A variable without a value makes its pattern match nothing, and
    /// a `NotResource` not apply.
    pub(super) fn resource(&self) -> Result<bool, UnreadablePolicy> {
        let keys = self.language.has_variables().then_some(self.request.keys);
        let mut is_listed = false;
        for pattern in self.statement.resources() {
            match pattern? {
                ResourcePattern::Everything => is_listed = true,
                pattern => match self.request.resource.is_listed_by(&pattern, keys) {
                    Some(matches) => is_listed |= matches,
                    None if self.statement.not_resource() => return Ok(false),
                    None => {}
                },
            }
        }
        Ok(is_listed != self.statement.not_resource())
    }

    /// Whether the statement is about this caller, and how it names them.
    pub(super) fn principal(&self, kind: PolicyKind) -> Result<Option<Level>, UnreadablePolicy> {
        if kind != PolicyKind::Key {
            return Ok(Some(Level::Direct));
        }
        let mut best = None;
        for entry in self.statement.principals() {
            best = best.max(self.request.principal.matched_by(&entry?));
        }
        Ok(match (self.statement.not_principal(), best) {
            (false, level) => level,
            // Only a direct entry exempts.
            (true, Some(Level::Direct)) => None,
            (true, _) => Some(Level::Direct),
        })
    }

    /// Whether every condition holds.
    pub(super) fn conditions(&self) -> Result<Truth, UnreadablePolicy> {
        let mut all = Truth::True;
        for condition in self.statement.conditions() {
            all = all.and(self.condition(&condition?));
        }
        Ok(all)
    }

    /// Whether one condition holds.
    pub(super) fn condition(&self, condition: &CompiledCondition<'_>) -> Truth {
        let keys = self.request.keys;
        let test = Test {
            qualifier: condition.qualifier,
            operator: condition.operator,
            if_exists: condition.if_exists,
            keys,
            has_variables: self.language.has_variables(),
            steps_left: self.steps_left,
        };
        test.holds(keys.values(condition.key), || condition.values())
    }
}
