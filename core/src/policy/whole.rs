//! The whole of a compiled policy, looked at once before it is stored or attached: nothing in it that
//! [`super::PolicyBuilder`] would not write.

use super::action::Action;
use super::check;
use super::condition::Operator;
use super::form::{CompiledCondition, CompiledStatement, List, MALFORMED, Policy, Read, UnreadablePolicy};
use super::language::{PolicyKind, Qualifier, ResourcePattern};
use super::requested_action::RequestedAction;
use crate::format::bytes::Reader;

impl<'a> Policy<'a> {
    /// Reads every byte once, so that nothing is stored that [`super::PolicyBuilder`] would not write.
    ///
    /// # Errors
    /// [`UnreadablePolicy`].
    pub fn check(&self) -> Read<()> {
        let is_marked = self.kind == PolicyKind::Key || self.id.is_empty();
        let id = core::str::from_utf8(self.id).map_err(|_| MALFORMED)?;
        if self.count == 0 || !is_marked || check::text(id).is_err() {
            return Err(MALFORMED);
        }
        self.statements().try_for_each(|statement| statement?.check(self))
    }
}

impl<'a> CompiledStatement<'a> {
    pub(super) fn check(&self, policy: &Policy<'a>) -> Read<()> {
        if self.action_count > Action::COUNT || (self.sid().is_none() && !self.sid.is_empty()) {
            return Err(MALFORMED);
        }
        check::sid(core::str::from_utf8(self.sid).map_err(|_| MALFORMED)?, policy.kind)?;
        match policy.kind {
            PolicyKind::Key if self.principals.count == 0 => return Err(MALFORMED),
            PolicyKind::Key => {}
            _ if self.principals.count > 0 || self.not_principal() || self.is_ineffective() => {
                return Err(MALFORMED);
            }
            _ => {}
        }
        self.principals().try_for_each(|entry| Ok::<_, UnreadablePolicy>(check::principal(&entry?)?))?;
        self.actions().try_for_each(|pattern| Ok::<_, UnreadablePolicy>(check::action(pattern?)?))?;
        for action in Action::all().take(usize::from(self.action_count)) {
            let by_pattern = self.actions().any(|pattern| {
                pattern.is_ok_and(|pattern| RequestedAction::Ours(action).is_listed_by(pattern))
            });
            if self.lists_action(&RequestedAction::Ours(action))? != by_pattern {
                return Err(MALFORMED);
            }
        }
        self.resources().try_for_each(|pattern| match pattern? {
            ResourcePattern::Everything => Ok(()),
            ResourcePattern::Arn(fields) => {
                Ok::<_, UnreadablePolicy>(check::fields(&fields, policy.language)?)
            }
        })?;
        self.conditions().try_for_each(|condition| condition?.check(policy))?;
        let are_whole = self.actions.ends_behind(List::text)
            && self.principals.ends_behind(List::principal)
            && self.resources.ends_behind(List::resource)
            && self.conditions.ends_behind(CompiledCondition::take);
        if are_whole { Ok(()) } else { Err(MALFORMED) }
    }
}

impl<'a> CompiledCondition<'a> {
    pub(super) fn check(&self, policy: &Policy<'a>) -> Read<()> {
        let is_qualified = self.if_exists || self.qualifier != Qualifier::None;
        if self.values.count == 0 || (self.operator == Operator::Null && is_qualified) {
            return Err(MALFORMED);
        }
        check::text(self.key)?;
        check::condition_key(self.key, policy.language, policy.kind, self.qualifier)?;
        for value in self.values.each(List::text) {
            check::text(value?)?;
            check::condition_value(self.operator, value?, policy.language)?;
        }
        if self.values.ends_behind(List::text) { Ok(()) } else { Err(MALFORMED) }
    }
}

impl<'a> List<'a> {
    /// Whether nothing lies behind the counted items.
    fn ends_behind<T>(self, take: fn(&mut Reader<'a>) -> Read<T>) -> bool {
        let List { count, mut items } = self;
        (0..count).all(|_| take(&mut items).is_ok()) && items.rest().is_empty()
    }
}
