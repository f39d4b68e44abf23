//! Why a decision came out as it did: the statement that decided, or the one that came nearest and what in it did not
//! match. A second look at the policies, taken only when somebody wants to know.

use core::cell::Cell;
use core::fmt;

use super::condition::Truth;
use super::evaluate::{Authorization, Decider, Decision, Matching};
use super::form::{CompiledCondition, CompiledStatement, Policy, UnreadablePolicy};
use super::keys::{ConditionKeys, Values};
use super::language::{Effect, PolicyKind};
use super::requested_action::RequestedAction;
use super::resource::Resource;
use crate::error::Reason;
use crate::limits::PATTERN_STEPS_MAX;

/// Why a decision came out as it did.
#[derive(Clone, Copy, Debug)]
pub struct Explanation<'a> {
    /// The decision.
    pub decision: Decision,
    /// The statement that decided or, for an implicit denial, came nearest.
    pub statement: Option<Decider>,
    /// That statement's `Sid`.
    pub sid: Option<&'a str>,
    /// What did not match, where nothing allowed.
    pub mismatch: Option<Mismatch<'a>>,
}

/// The first element of a statement that did not match.
#[derive(Clone, Copy, Debug)]
pub struct Mismatch<'a> {
    /// Which one.
    pub element: Element<'a>,
    statement: CompiledStatement<'a>,
    principal: &'a str,
    action: RequestedAction<'a>,
    resource: Resource<'a>,
    values: Values<'a>,
}

/// An element of a statement.
#[derive(Clone, Copy, Debug)]
pub enum Element<'a> {
    /// `Principal` or `NotPrincipal`.
    Principal,
    /// `Action` or `NotAction`.
    Action,
    /// `Resource` or `NotResource`.
    Resource,
    /// One of the conditions.
    Condition(CompiledCondition<'a>),
}

/// The rank of a statement that matches as a whole.
const WHOLE: u16 = u16::MAX;

/// A statement by its rank, which counts the elements that match before the first that does not, and that element.
type Nearest<'a> = (u16, Decider, CompiledStatement<'a>, Option<(Element<'a>, Values<'a>)>);

/// Explains the decision that [`super::evaluate`] came to. What cannot be read any more has no explanation.
#[must_use]
pub fn explain<'a, C: ConditionKeys + ?Sized>(
    request: &Authorization<'a, C>,
    decision: Decision,
) -> Explanation<'a> {
    if let Decision::ImplicitDeny(reason) = decision {
        return explain_denial(request, reason);
    }
    let decider = decision.decider();
    let sid =
        decider.and_then(|decider| statement_of(request, &decider)).and_then(|statement| statement.sid());
    Explanation { decision, statement: decider, sid, mismatch: None }
}

fn explain_denial<'a, C: ConditionKeys + ?Sized>(
    request: &Authorization<'a, C>,
    reason: Reason,
) -> Explanation<'a> {
    let steps_left = Cell::new(PATTERN_STEPS_MAX);
    let by_key = request.key_policy.and_then(|policy| {
        // Where the key's policy delegates, what delegates matches, and what is sought is whatever else came near.
        let is_delegated = reason == Reason::NoIdentityPolicyAllows;
        let nearest = |is_sought: fn(&Nearest<'a>) -> bool| {
            nearest_in(request, policy, PolicyKind::Key, 0, &steps_left, is_sought).unwrap_or(None)
        };
        if is_delegated { nearest(|(rank, ..)| (1..WHOLE).contains(rank)) } else { nearest(|_| true) }
    });
    let by_identity = || {
        (0..=u8::MAX)
            .zip(request.identity_policies)
            .filter_map(|(document, policy)| {
                nearest_in(request, policy, PolicyKind::Identity, document, &steps_left, |_| true)
                    .unwrap_or(None)
            })
            .reduce(nearer)
    };
    let nearest = match (reason, request.key_policy) {
        (Reason::NoIdentityPolicyAllows, Some(policy)) => {
            let both = by_identity().map(|own| by_key.map_or(own, |by_key| nearer(own, by_key))).or(by_key);
            both.or_else(|| {
                nearest_in(request, policy, PolicyKind::Key, 0, &steps_left, |_| true).unwrap_or(None)
            })
        }
        (_, Some(_)) => by_key,
        (_, None) => by_identity(),
    };
    let mismatch = nearest.and_then(|(_, _, statement, mismatch)| {
        mismatch.map(|(element, values)| Mismatch {
            element,
            statement,
            principal: request.principal.as_str(),
            action: request.action,
            resource: request.resource,
            values,
        })
    });
    Explanation {
        decision: Decision::ImplicitDeny(reason),
        statement: nearest.map(|(_, decider, ..)| decider),
        sid: nearest.and_then(|(_, _, statement, _)| statement.sid()),
        mismatch,
    }
}

/// The first of the nearest.
fn nearer<'a>(left: Nearest<'a>, right: Nearest<'a>) -> Nearest<'a> {
    if right.0 > left.0 { right } else { left }
}

/// The Allow statement of a policy of which the most elements match, in the order principal, action, resource,
/// conditions.
fn nearest_in<'a, C: ConditionKeys + ?Sized>(
    request: &Authorization<'a, C>,
    bytes: &'a [u8],
    kind: PolicyKind,
    document: u8,
    steps_left: &Cell<u32>,
    is_sought: impl Fn(&Nearest<'a>) -> bool,
) -> Result<Option<Nearest<'a>>, UnreadablePolicy> {
    let policy = Policy::read(bytes)?;
    let mut best: Option<Nearest<'a>> = None;
    for (index, statement) in (0..=u16::MAX).zip(policy.statements()) {
        let statement = statement?;
        if statement.effect() != Effect::Allow {
            continue;
        }
        let matching = Matching { request, statement: &statement, language: policy.language(), steps_left };
        let decider = Decider { policy: kind, document, statement: index };
        let mut this = (0, decider, statement, Some((Element::Principal, Values::Absent)));
        if matching.principal(kind)?.is_some() {
            this = (1, decider, statement, Some((Element::Action, Values::Absent)));
            if matching.action()? {
                this = (2, decider, statement, Some((Element::Resource, Values::Absent)));
                if matching.resource()? {
                    this = (WHOLE, decider, statement, None);
                    for (rank, condition) in (3..WHOLE).zip(statement.conditions()) {
                        let condition = condition?;
                        if matching.condition(&condition) != Truth::True {
                            let values = request.keys.values(condition.key);
                            this = (rank, decider, statement, Some((Element::Condition(condition), values)));
                            break;
                        }
                    }
                }
            }
        }
        if is_sought(&this) {
            best = Some(best.map_or(this, |best| nearer(best, this)));
        }
    }
    Ok(best)
}

fn statement_of<'a, C: ?Sized>(
    request: &Authorization<'a, C>,
    decider: &Decider,
) -> Option<CompiledStatement<'a>> {
    let bytes = match decider.policy {
        PolicyKind::Key => request.key_policy?,
        PolicyKind::Identity => request.identity_policies.get(usize::from(decider.document)).copied()?,
        PolicyKind::None | PolicyKind::Grant => return None,
    };
    Policy::read(bytes).ok()?.statements().nth(usize::from(decider.statement))?.ok()
}

impl Element<'_> {
    /// The element's name in documents.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Element::Principal => "Principal",
            Element::Action => "Action",
            Element::Resource => "Resource",
            Element::Condition(_) => "Condition",
        }
    }

    /// The number in the audit log.
    pub(crate) fn number(&self) -> u8 {
        match self {
            Element::Principal => 1,
            Element::Action => 2,
            Element::Resource => 3,
            Element::Condition(_) => 4,
        }
    }
}

impl fmt::Display for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Element::Condition(condition) => write!(f, "Condition {condition}"),
            other => f.write_str(other.name()),
        }
    }
}

/// Text of a mismatch, to be displayed.
struct Expected<'m, 'a>(&'m Mismatch<'a>);
struct ExpectedByName<'m, 'a>(&'m Mismatch<'a>);
struct Found<'m, 'a>(&'m Mismatch<'a>);

impl<'a> Mismatch<'a> {
    /// What the statement asks for.
    #[must_use]
    pub fn expected(&self) -> impl fmt::Display + use<'_, 'a> {
        Expected(self)
    }

    /// As [`Mismatch::expected`]; a condition's operator and key come first: they say what the values are about.
    pub(crate) fn expected_by_name(&self) -> impl fmt::Display + use<'_, 'a> {
        ExpectedByName(self)
    }

    /// What the request has instead.
    #[must_use]
    pub fn found(&self) -> impl fmt::Display + use<'_, 'a> {
        Found(self)
    }
}

impl fmt::Display for Expected<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { element, statement, .. } = self.0;
        let not = |f: &mut fmt::Formatter<'_>, negated: bool| f.write_str(if negated { "not " } else { "" });
        match element {
            Element::Principal => {
                not(f, statement.not_principal())?;
                list(f, statement.principals())
            }
            Element::Action => {
                not(f, statement.not_action())?;
                list(f, statement.actions())
            }
            Element::Resource => {
                not(f, statement.not_resource())?;
                list(f, statement.resources())
            }
            Element::Condition(condition) => list(f, condition.values()),
        }
    }
}

impl fmt::Display for ExpectedByName<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Element::Condition(condition) = &self.0.element {
            write!(f, "{condition} = ")?;
        }
        Expected(self.0).fmt(f)
    }
}

impl fmt::Display for Found<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { element, principal, action, resource, values, .. } = self.0;
        match (element, values) {
            (Element::Principal, _) => f.write_str(principal),
            (Element::Action, _) => write!(f, "{action}"),
            (Element::Resource, _) => write!(f, "{resource}"),
            (Element::Condition(_), Values::Ambiguous) => f.write_str("several, in different spellings"),
            (Element::Condition(_), Values::Unknown) => f.write_str("unknown"),
            (Element::Condition(_), values) if values.is_absent() => f.write_str("nothing"),
            (Element::Condition(_), values) => list(f, values.iter().map(Ok::<_, UnreadablePolicy>)),
        }
    }
}

fn list<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    items: impl Iterator<Item = Result<T, UnreadablePolicy>>,
) -> fmt::Result {
    let mut separator = "";
    for item in items.flatten() {
        write!(f, "{separator}{item}")?;
        separator = ", ";
    }
    if separator.is_empty() { f.write_str("nothing") } else { Ok(()) }
}

impl fmt::Display for Decider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Decider { policy, document, statement } = self;
        match policy {
            PolicyKind::Key => write!(f, "statement {statement} of the key policy"),
            PolicyKind::Identity => write!(f, "statement {statement} of identity policy {document}"),
            PolicyKind::Grant => f.write_str("a grant"),
            PolicyKind::None => f.write_str("no statement"),
        }
    }
}

impl fmt::Display for Explanation<'_> {
    /// One line in plain words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Explanation { decision, statement, sid, mismatch } = self;
        match mismatch {
            None => in_words(f, *decision, *statement, *sid, None),
            Some(mismatch) => {
                let (expected, found) = (mismatch.expected_by_name(), mismatch.found());
                let mismatch: Told<'_> = (mismatch.element.name(), &expected, &found);
                in_words(f, *decision, *statement, *sid, Some(mismatch))
            }
        }
    }
}

/// What did not match, in texts: the element's name, what is expected of it, and what the request has.
pub(super) type Told<'t> = (&'t str, &'t dyn fmt::Display, &'t dyn fmt::Display);

/// The words for a decision.
pub(super) fn in_words(
    f: &mut fmt::Formatter<'_>,
    decision: Decision,
    statement: Option<Decider>,
    sid: Option<&str>,
    mismatch: Option<Told<'_>>,
) -> fmt::Result {
    match decision {
        Decision::Allow(None) => return f.write_str("allowed: the root user needs no policy for this"),
        Decision::Allow(Some(_)) => f.write_str("allowed by ")?,
        Decision::ExplicitDeny(_) => f.write_str("denied by ")?,
        Decision::ImplicitDeny(reason) => {
            write!(f, "not allowed: {reason}")?;
            f.write_str(if statement.is_some() { "; nearest is " } else { "" })?;
        }
    }
    if let Some(statement) = statement {
        write!(f, "{statement}")?;
    }
    if let Some(sid) = sid {
        write!(f, " (\"{sid}\")")?;
    }
    match mismatch {
        // A condition says itself how it compares.
        Some(("Condition", expected, found)) => {
            write!(f, ": Condition {expected}, the request has {found}")
        }
        Some((element, expected, found)) => write!(f, ": {element} is {expected}, the request has {found}"),
        None => Ok(()),
    }
}
