//! Requests that are refused before a vault has judged them: for their form, or because no vault has what they ask for. They leave
//! an event all the same, in the vault of the caller's own account.

use strongroom_core::error::Parameter;
use strongroom_std::operation::RecordRefusal;
use strongroom_std::{Action, Error};

use super::refusal::{About, Refusal, Subject};
use crate::directory::Directory;
use crate::who::Who;

/// Has a refusal recorded, and answers what the caller is told. Where there is no vault, nobody records it.
pub(super) fn recorded(
    directory: &Directory,
    who: &Who,
    operation: &'static str,
    refusal: Refusal,
) -> Refusal {
    let (Some(action), Ok(vault)) = (action(operation), directory.vault(who.account, &who.region)) else {
        return refusal;
    };
    let error = match refusal.code() {
        "UnsupportedOperationException" => Error::UnsupportedOperation,
        _ => Error::Validation(Parameter::Request),
    };
    let told =
        who.ask(|caller| Err::<(), Error>(vault.record_refusal(caller, RecordRefusal { action, error })));
    match told {
        // Too many of them are refused as too many of any are.
        Err(Error::Throttling) => {
            let about = About { operation, principal: &who.principal, subject: &Subject::Nothing };
            Refusal::of(Error::Throttling, &about)
        }
        _ => refusal,
    }
}

/// What the audit log calls an operation.
fn action(operation: &str) -> Option<Action> {
    let name = match operation {
        "ReEncrypt" => return Some(Action::ReEncrypt),
        "GetParametersForHpkeImport" => "GetParametersForImport",
        "GenerateVersionedMac" => "GenerateMac",
        "VerifyVersionedMac" => "VerifyMac",
        name => name,
    };
    Action::all().find(|action| action.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audit_log_has_a_name_for_every_operation() {
        let nameless: Vec<&str> =
            super::super::operations().filter(|operation| action(operation).is_none()).collect();
        assert_eq!(nameless, Vec::<&str>::new());
    }
}
