//! May this caller do this? A pure function of policies and request (`policy-evaluation`, section 7).

use core::fmt::Write;

use super::Action;
use super::form::{
    CompiledStatement, Effect, MalformedPolicy, NOT_ACTION, NOT_PRINCIPAL, NOT_RESOURCE, Policy, PolicyKind,
};
use super::pattern::matches_exactly;
use super::principal::{Caller, Level};
use crate::error::Reason;
use crate::key::KeyId;
use crate::realm::Realm;

/// What is to be decided.
#[derive(Clone, Copy, Debug)]
pub struct Authorization<'a> {
    /// Who asks.
    pub caller: &'a Caller<'a>,
    /// For what.
    pub action: Action,
    /// The vault the key lives in.
    pub realm: &'a Realm,
    /// The key and its compiled policy, or `None` for actions without a key.
    pub key: Option<(KeyId, &'a [u8])>,
}

/// The statement that decided, or came nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decider {
    /// Which policy.
    pub policy: PolicyKind,
    /// Which statement in it, from 0.
    pub statement: u16,
}

impl Decider {
    pub(crate) const NONE: Decider = Decider { policy: PolicyKind::None, statement: 0 };
}

/// The answer. Anything but `Allow` denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allowed, by this statement, or by being the root user where no key policy takes part.
    Allow(Option<Decider>),
    /// A statement denies, whatever others allow.
    ExplicitDeny(Decider),
    /// Nothing allows, or a policy could not be read; the statement that came nearest, if one did.
    ImplicitDeny(Reason, Option<Decider>),
}

/// Which statements of one policy apply.
#[derive(Default)]
struct Applicable {
    deny: Option<u16>,
    direct: Option<u16>,
    account: Option<u16>,
    /// The first Allow that names the caller or its account, but not the action or resource.
    nearest: Option<u16>,
}

/// Decides. Bounded by the length of the policies; no allocation, no recursion, no clock.
#[must_use]
pub fn evaluate(request: &Authorization<'_>) -> Decision {
    decide(request).unwrap_or(Decision::ImplicitDeny(Reason::PolicyUnreadable, None))
}

fn decide(request: &Authorization<'_>) -> Result<Decision, MalformedPolicy> {
    let principal = &request.caller.principal;
    if !principal.is_service() && !principal.is_in_partition(request.realm) {
        return Ok(Decision::ImplicitDeny(Reason::OtherAccount, None));
    }
    let by = |policy| move |statement| Decider { policy, statement };
    let by_key = by(PolicyKind::Key);

    let mut identity = Applicable::default();
    for bytes in request.caller.identity_policies {
        let applicable = applicable(request, bytes, PolicyKind::Identity)?;
        identity.deny = identity.deny.or(applicable.deny);
        identity.direct = identity.direct.or(applicable.direct);
        identity.nearest = identity.nearest.or(applicable.nearest);
    }
    let key = match request.key {
        Some((_, policy)) => applicable(request, policy, PolicyKind::Key)?,
        None => Applicable::default(),
    };

    // 1. A deny beats everything.
    let deny = key.deny.map(by_key).or(identity.deny.map(by(PolicyKind::Identity)));
    if let Some(decider) = deny {
        return Ok(Decision::ExplicitDeny(decider));
    }
    let identity_allows = identity.direct.map(by(PolicyKind::Identity));
    let nearest = key.nearest.map(by_key).or(identity.nearest.map(by(PolicyKind::Identity)));
    let refuse = |reason, nearest| Ok(Decision::ImplicitDeny(reason, nearest));

    // 2. Actions without a key: identity policies alone, and the root user.
    if request.key.is_none() {
        return if principal.is_root() && principal.is_of(request.realm) {
            Ok(Decision::Allow(None))
        } else if let Some(decider) = identity_allows.filter(|_| principal.is_of(request.realm)) {
            Ok(Decision::Allow(Some(decider)))
        } else {
            refuse(Reason::NoStatementAllows, nearest)
        };
    }
    // 3. A service needs a direct statement.
    if principal.is_service() {
        return match key.direct {
            Some(statement) => Ok(Decision::Allow(Some(by_key(statement)))),
            None => refuse(Reason::NoStatementAllows, nearest),
        };
    }
    // 4. Same account: a direct statement, or the account's together with an identity policy.
    if principal.is_of(request.realm) {
        return match (key.direct, key.account, identity_allows) {
            (Some(statement), _, _) => Ok(Decision::Allow(Some(by_key(statement)))),
            (None, Some(_), Some(decider)) => Ok(Decision::Allow(Some(decider))),
            (None, Some(statement), None) => refuse(Reason::NoIdentityPolicyAllows, Some(by_key(statement))),
            (None, None, _) => refuse(Reason::NoStatementAllows, nearest),
        };
    }
    // 5. Another account: both sides must allow, and only some actions can be. Its root user has no identity policies
    //    and needs none.
    if !request.action.is_cross_account() {
        return refuse(Reason::OtherAccount, nearest);
    }
    match (key.direct.or(key.account), identity_allows) {
        (Some(statement), None) if principal.is_root() => Ok(Decision::Allow(Some(by_key(statement)))),
        (Some(_), Some(decider)) => Ok(Decision::Allow(Some(decider))),
        (Some(statement), None) => refuse(Reason::NoIdentityPolicyAllows, Some(by_key(statement))),
        (None, _) => refuse(Reason::NoStatementAllows, nearest),
    }
}

/// Finds the statements that apply. Every statement is read, so that nothing malformed hides behind a match.
fn applicable(
    request: &Authorization<'_>,
    bytes: &[u8],
    kind: PolicyKind,
) -> Result<Applicable, MalformedPolicy> {
    let policy = Policy::read(bytes)?;
    if policy.kind != kind {
        return Err(MalformedPolicy);
    }
    let mut found = Applicable::default();
    for (index, statement) in (0..=u16::MAX).zip(policy.statements()) {
        let statement = statement?;
        let level = match kind {
            PolicyKind::Key => principal_level(request, &statement)?,
            PolicyKind::Identity | PolicyKind::None => Some(Level::Direct),
        };
        let Some(level) = level.filter(|_| !statement.is_ineffective()) else { continue };
        let applies = statement.lists_action(request.action)? != statement.has(NOT_ACTION)
            && lists_resource(request, &statement)? != statement.has(NOT_RESOURCE);
        let place = match (applies, statement.effect, level) {
            (true, Effect::Deny, _) => &mut found.deny,
            (true, Effect::Allow, Level::Direct) => &mut found.direct,
            (true, Effect::Allow, Level::Account) => &mut found.account,
            (false, Effect::Allow, _) => &mut found.nearest,
            (false, Effect::Deny, _) => continue,
        };
        place.get_or_insert(index);
    }
    Ok(found)
}

/// Whether the statement is about this caller, and how it names them.
fn principal_level(
    request: &Authorization<'_>,
    statement: &CompiledStatement<'_>,
) -> Result<Option<Level>, MalformedPolicy> {
    let mut best = None;
    for entry in statement.principals()? {
        best = best.max(request.caller.principal.matched_by(&entry?));
    }
    Ok(match (statement.has(NOT_PRINCIPAL), best) {
        (false, level) => level,
        // Only a direct entry exempts.
        (true, Some(Level::Direct)) => None,
        (true, _) => Some(Level::Direct),
    })
}

fn lists_resource(
    request: &Authorization<'_>,
    statement: &CompiledStatement<'_>,
) -> Result<bool, MalformedPolicy> {
    let mut listed = false;
    for pattern in statement.resources() {
        listed |= match (pattern?, request.key) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some([arn, partition, service, region, account, resource]), Some((key_id, _))) => {
                let mut name = heapless::String::<40>::new();
                write!(name, "key/{key_id}").map_err(|_| MalformedPolicy)?;
                // No wildcard stands for the service or for the resource's type.
                let type_is_key =
                    resource.strip_prefix('*').is_some_and(str::is_empty) || resource.starts_with("key/");
                arn == "arn"
                    && service == "kms"
                    && type_is_key
                    && matches_exactly(partition, request.realm.partition())
                    && matches_exactly(region, request.realm.region())
                    && matches_exactly(account, request.realm.account())
                    && matches_exactly(resource, &name)
            }
        };
    }
    Ok(listed)
}
