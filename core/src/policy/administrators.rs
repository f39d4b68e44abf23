//! Who could change a policy: the answer that goes with a refusal to lock everybody out.

use super::action::Action;
use super::form::{CompiledStatement, Policy};
use super::language::{Effect, PrincipalEntry};
use super::requested_action::RequestedAction;

/// Somebody whom a key policy lets change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Administrator<'a> {
    /// As the policy names them. An account delegates to its identity policies, apart from its root user.
    pub principal: PrincipalEntry<'a>,
    /// Whether a condition has to hold besides.
    pub is_conditional: bool,
}

impl<'a> Policy<'a> {
    /// The principals whom a statement of this key policy allows to call PutKeyPolicy. Denies, and what the callers'
    /// own policies say, are left out of account: somebody named here may be denied all the same, and whoever is not
    /// named here can never change the policy. What cannot be read names nobody.
    pub fn administrators(&self) -> impl Iterator<Item = Administrator<'a>> + use<'a> {
        let put = RequestedAction::Ours(Action::PutKeyPolicy);
        let allows = move |statement: &CompiledStatement<'a>| {
            let is_about_it =
                statement.lists_action(&put).is_ok_and(|listed| listed != statement.not_action());
            statement.effect() == Effect::Allow && is_about_it && !statement.is_ineffective()
        };
        self.statements().flatten().filter(allows).flat_map(|statement| {
            let is_conditional = statement.conditions().next().is_some();
            let entries = statement.principals().flatten();
            entries.map(move |principal| Administrator { principal, is_conditional })
        })
    }
}
