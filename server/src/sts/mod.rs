//! As much of AWS STS as cross-account scenarios need: AssumeRole and GetCallerIdentity, in the query protocol with answers
//! in XML.

mod answer;
mod assume_role;
mod form;

use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::{Method, Uri};

pub(crate) use self::answer::StsAnswer;
use self::answer::{StsError, escaped};
pub(crate) use self::form::Form;
use crate::directory::Directory;
use crate::signature::Flaw;
use crate::who::Who;

/// Whether a request is for STS, and not for KMS.
pub(crate) fn is_for_sts(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    let content = headers.get(CONTENT_TYPE).and_then(|content| content.to_str().ok()).unwrap_or_default();
    let is_form = content.split(';').next().unwrap_or_default().trim() == "application/x-www-form-urlencoded";
    (method == Method::POST && is_form) || (method == Method::GET && form::has_action(uri))
}

/// Answers a request of whoever was established; `request_id` names it.
pub(crate) fn answer(directory: &Directory, who: &Who, form: &Form, request_id: &str) -> StsAnswer {
    let answered = match form.get("Action") {
        Some("GetCallerIdentity") => Ok(caller_identity(who)),
        Some("AssumeRole") => assume_role::run(directory, who, form),
        Some(other) => Err(StsError::new("InvalidAction", 400, format!("Could not find operation {other}"))),
        None => Err(StsError::new("MissingAction", 400, "There is no Action in the request.")),
    };
    match answered {
        Ok(result) => StsAnswer::of(form.get("Action").unwrap_or_default(), &result, request_id),
        Err(error) => error.into_answer(request_id),
    }
}

/// The answer to a signature that is not believed.
pub(crate) fn refused(flaw: &Flaw, request_id: &str) -> StsAnswer {
    let (code, status) = flaw.of_sts();
    StsError::new(code, status, flaw.message()).into_answer(request_id)
}

/// The answer where no vault can be asked.
pub(crate) fn failed(request_id: &str) -> StsAnswer {
    StsError::new("InternalFailure", 500, "The request processing has failed.").into_answer(request_id)
}

/// The answer to a body that is no form.
pub(crate) fn malformed(request_id: &str) -> StsAnswer {
    StsError::new("MalformedQueryString", 400, "The query string contains a syntax error.")
        .into_answer(request_id)
}

fn caller_identity(who: &Who) -> String {
    let (arn, account) = (escaped(&who.principal), who.account.as_str());
    let user = escaped(&user_id(&who.principal, account));
    format!("<Arn>{arn}</Arn><UserId>{user}</UserId><Account>{account}</Account>")
}

/// What stands for the ids of IAM, which vaults do not have: the account, or the name.
fn user_id(principal: &str, account: &str) -> String {
    match principal.rsplit_once('/') {
        None => account.to_owned(),
        Some((rest, session)) if rest.contains(":assumed-role/") => {
            format!("{}:{session}", rest.rsplit('/').next().unwrap_or_default())
        }
        Some((_, name)) => name.to_owned(),
    }
}
