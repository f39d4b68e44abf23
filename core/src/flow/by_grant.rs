//! What grants add to the answer of the policies, and who may retire one.

use super::authorize::{Judge, verdict};
use crate::error::{Error, Reason};
use crate::grant::{AskedOfGrants, Grant, GrantId, allowing_grant, find, may_retire};
use crate::key::KeyId;
use crate::keyring;
use crate::operation::RetiredGrant;
use crate::platform::Platform;
use crate::policy::{Action, Decider, Evaluation, PolicyKind};
use crate::short_text::ShortText;
use crate::vault::Vault;

/// A token that this vault did not make says nothing, not even which key it is about.
pub(super) fn check_retiring_token<P: Platform>(
    vault: &Vault<P>,
    retired: Option<RetiredGrant<'_>>,
) -> Result<(), Error> {
    match retired {
        Some(RetiredGrant::Token(token)) => {
            keyring::with_snapshot(vault.platform(), |snapshot| token.open(&snapshot.keys).map(|_| ()))
        }
        Some(RetiredGrant::Id { .. }) | None => Ok(()),
    }
}

impl Judge<'_, '_> {
    /// What policies and grants together come to. A deny stands, and so does a policy that cannot be read.
    pub(super) fn settle<P: Platform>(
        &mut self,
        platform: &P,
        action: Action,
        key_id: &KeyId,
        evaluation: Evaluation,
        pairs: &[(&str, &str)],
    ) -> Result<(), Error> {
        let refused = match (verdict(evaluation.decision), self.retired) {
            (Ok(()), None) => return Ok(()),
            (Ok(()), Some(_)) => {
                // What allows it in a policy does not count.
                (self.event.decider, self.event.sid) = (None, ShortText::EMPTY);
                Error::AccessDenied(Reason::MayNotRetire)
            }
            (Err(error), _) => error,
        };
        if matches!(
            refused.reason(),
            Reason::StatementDenies | Reason::PolicyUnreadable | Reason::PolicyNewer
        ) {
            return Err(refused);
        }
        let grant_id = match self.retired {
            Some(retired) => self.retiring_grant(platform, key_id, retired, evaluation),
            None => {
                let asked = AskedOfGrants {
                    principal: &self.caller.principal,
                    realm: self.realm,
                    action,
                    pairs,
                    made: self.parameters.grant,
                    is_allowed_by_identity: evaluation.is_allowed_by_identity,
                };
                allowing_grant(platform, key_id, &asked).and_then(|found| found.ok_or(refused))
            }
        };
        let grant_id = grant_id.map_err(|error| match error {
            // The same as for a key that is not there: nobody is told more than that it cannot be decided.
            Error::Damaged(_) | Error::Storage(_) | Error::Capacity => {
                Error::AccessDenied(Reason::GrantUnreadable)
            }
            other => other,
        })?;
        self.event.decider = Some(Decider { policy: PolicyKind::Grant, ..Decider::NONE });
        (self.event.sid, self.event.mismatch) = (ShortText::EMPTY, None);
        self.event.deciding_grant = Some(grant_id);
        Ok(())
    }

    /// The grant to retire, if it lets the caller: what policies allow does not matter.
    fn retiring_grant<P: Platform>(
        &self,
        platform: &P,
        key_id: &KeyId,
        retired: RetiredGrant<'_>,
        evaluation: Evaluation,
    ) -> Result<GrantId, Error> {
        let grant_id = retired.id()?;
        let Evaluation { decision, is_allowed_by_identity } = evaluation;
        let may =
            |grant: &Grant<'_>| may_retire(grant, &self.caller.principal, self.realm, is_allowed_by_identity);
        let found =
            keyring::with_snapshot(platform, |snapshot| find(platform, snapshot, key_id, &grant_id, may))?;
        match (found, retired) {
            (Some(true), _) => Ok(grant_id),
            (None, RetiredGrant::Token(_)) => Err(Error::InvalidGrantToken),
            (None, RetiredGrant::Id { .. }) if decision.is_allowed() => Err(Error::NotFound),
            (Some(false) | None, _) => Err(Error::AccessDenied(Reason::MayNotRetire)),
        }
    }
}
