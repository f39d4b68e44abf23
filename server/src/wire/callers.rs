//! PutCaller, DescribeCaller, DeleteCaller, ListCallers: the users and roles that the vault of the caller's own account keeps. Names
//! of our own; clients of AWS KMS have nothing like them.

use strongroom_core::policy::PolicyKind;
use strongroom_std::Error;
use strongroom_std::operation::{CallerMarker, DeleteCaller, DescribeCaller, ListCallers, PutCaller};
use strongroom_std::policy_json::{compile_policy, to_json};

use super::asked::Asked;
use super::pages::{Page, end};
use super::policies::Compiled;
use super::refusal::{Refusal, Subject};
use super::shape::{LIMIT, MARKER, POLICY, Parameter, Shape, TAGS, list, optional, required, text};
use super::table::{Operation, waits};
use super::tags::pairs;
use crate::object::Object;

/// The name that a user or role is kept under.
pub(super) const CALLER_NAME: Parameter = required("CallerName", text(1, 64));
/// The ARN of a principal, whatever the vault has to say to it.
pub(super) const ARN: Shape = text(1, 256);

pub(super) const OPERATIONS: &[Operation] = &[
    waits(
        "PutCaller",
        &[
            CALLER_NAME,
            optional("Principal", ARN),
            optional("Tags", TAGS),
            optional("Policies", list(&POLICY)),
        ],
        put_caller,
    ),
    waits("DescribeCaller", &[CALLER_NAME], describe_caller),
    waits("DeleteCaller", &[CALLER_NAME], delete_caller),
    waits("ListCallers", &[LIMIT, MARKER], list_callers),
];

fn put_caller(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let (arguments, vault) = (asked.arguments, asked.own()?);
    let (name, realm) = (arguments.required("CallerName"), vault.realm());
    let own_user = || format!("arn:{}:iam::{}:user/{name}", realm.partition(), realm.account());
    let principal = arguments.text("Principal").map_or_else(own_user, str::to_owned);
    let compile = |json| Compiled::of(compile_policy(json, PolicyKind::Identity));
    let policies: Vec<Compiled> = arguments.texts("Policies").into_iter().map(compile).collect();
    let identity_policies: Vec<&[u8]> = policies.iter().map(|policy| policy.bytes.as_slice()).collect();
    let tags = pairs(asked, "Tags");
    let request =
        PutCaller { name, principal: &principal, tags: &tags, identity_policies: &identity_policies };
    let put = asked.judge(|caller| vault.put_caller(caller, request));
    put.map_err(|error| {
        let wrong = policies.iter().find(|policy| policy.wrong.is_some());
        match (error, wrong) {
            (Error::MalformedPolicyDocument | Error::LimitExceeded, Some(wrong)) => {
                wrong.refusal(error, asked, &Subject::Nothing)
            }
            (error, _) => asked.refuse(error, &Subject::Nothing),
        }
    })?;
    reply.nothing();
    Ok(())
}

fn describe_caller(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let vault = asked.own()?;
    let request = DescribeCaller { name: asked.arguments.required("CallerName") };
    let mut buffer = Vec::new();
    let kept = asked.judge(|caller| vault.describe_caller(caller, request, &mut buffer));
    let kept = kept.map_err(|error| asked.refuse(error, &Subject::Nothing))?;
    // What is stored was made from JSON, or by who did without.
    let policies: Result<Vec<String>, _> =
        kept.identity_policies.iter().map(|policy| to_json(policy)).collect();
    let policies = policies.map_err(|error| asked.refuse(error.error, &Subject::Nothing))?;
    reply.text("CallerName", kept.name);
    reply.text("Principal", kept.principal);
    reply.moment("WrittenDate", kept.written_ms);
    reply.objects("Tags", kept.tags.iter(), |reply, (name, value)| {
        reply.text("TagKey", name);
        reply.text("TagValue", value);
    });
    reply.texts("Policies", policies.iter().map(String::as_str));
    Ok(())
}

fn delete_caller(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let request = DeleteCaller { name: asked.arguments.required("CallerName") };
    asked.ask(&asked.own()?, &Subject::Nothing, |vault, caller| vault.delete_caller(caller, request))?;
    reply.nothing();
    Ok(())
}

fn list_callers(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let Page { limit, marker } = Page::<31>::of(asked, 100, 1000);
    let marker = marker.map(CallerMarker);
    let request = ListCallers { limit, marker: marker.as_ref() };
    let page =
        asked.ask(&asked.own()?, &Subject::Nothing, |vault, caller| vault.list_callers(caller, request))?;
    reply.texts("CallerNames", page.names.iter().map(String::as_str));
    end(reply, page.next_marker.map(|marker| marker.0));
    Ok(())
}
