//! CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey, PutRoleTrust, DescribeRoleTrust: what kept users sign with, and
//! whom kept roles trust. The names are those of IAM, in the protocol of AWS KMS.

use strongroom_std::access_key::AccessKeyId;
use strongroom_std::operation::{
    CreateAccessKey, DeleteAccessKey, DescribeRoleTrust, ListAccessKeys, PutRoleTrust, UpdateAccessKey,
};

use super::asked::Asked;
use super::callers::{ARN, CALLER_NAME};
use super::refusal::{Refusal, Subject};
use super::shape::{Parameter, Shape, list, optional, required, text};
use super::table::{Operation, waits};
use crate::object::Object;

const ACCESS_KEY_ID: Parameter = required("AccessKeyId", text(1, 128));
const ROLE_NAME: Parameter = required("RoleName", text(1, 64));

/// What an access key is.
const STATUSES: [(&str, bool); 2] = [("Active", true), ("Inactive", false)];

pub(super) const OPERATIONS: &[Operation] = &[
    waits("CreateAccessKey", &[CALLER_NAME], create_access_key),
    waits("ListAccessKeys", &[CALLER_NAME], list_access_keys),
    waits(
        "UpdateAccessKey",
        &[CALLER_NAME, ACCESS_KEY_ID, required("Status", Shape::Word(&["Active", "Inactive"]))],
        update_access_key,
    ),
    waits("DeleteAccessKey", &[CALLER_NAME, ACCESS_KEY_ID], delete_access_key),
    waits(
        "PutRoleTrust",
        &[ROLE_NAME, required("Principals", list(&ARN)), optional("ExternalId", text(1, 1224))],
        put_role_trust,
    ),
    waits("DescribeRoleTrust", &[ROLE_NAME], describe_role_trust),
];

/// The name of the caller whose access keys it is about.
fn name<'r>(asked: &Asked<'r>) -> &'r str {
    asked.arguments.required("CallerName")
}

fn access_key_id(asked: &Asked<'_>) -> Result<AccessKeyId, Refusal> {
    let id = AccessKeyId::parse(asked.arguments.required("AccessKeyId"));
    id.ok_or_else(|| Refusal::validation("AccessKeyId is no access key id of a vault."))
}

fn create_access_key(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let request = CreateAccessKey { caller: name(asked) };
    let made = asked
        .ask(&asked.own()?, &Subject::Nothing, |vault, caller| vault.create_access_key(caller, request))?;
    reply.text("AccessKeyId", made.id.as_str());
    // Letters, digits and the like, into a body that is wiped.
    reply.text("SecretAccessKey", std::str::from_utf8(made.secret.as_bytes()).unwrap_or_default());
    Ok(())
}

fn list_access_keys(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let request = ListAccessKeys { caller: name(asked) };
    let listed = asked
        .ask(&asked.own()?, &Subject::Nothing, |vault, caller| vault.list_access_keys(caller, request))?;
    reply.objects("AccessKeys", &listed, |reply, facts| {
        let status = STATUSES.iter().find(|(_, is_active)| *is_active == facts.is_active);
        reply.text("AccessKeyId", facts.id.as_str());
        reply.moment("CreateDate", facts.created_ms);
        reply.text_if("Status", status.map(|(name, _)| *name));
    });
    Ok(())
}

fn update_access_key(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let access_key_id = access_key_id(asked)?;
    let is_active = STATUSES.contains(&(asked.arguments.required("Status"), true));
    let request = UpdateAccessKey { caller: name(asked), access_key_id, is_active };
    asked.ask(&asked.own()?, &Subject::Nothing, |vault, caller| vault.update_access_key(caller, request))?;
    reply.nothing();
    Ok(())
}

fn delete_access_key(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let request = DeleteAccessKey { caller: name(asked), access_key_id: access_key_id(asked)? };
    asked.ask(&asked.own()?, &Subject::Nothing, |vault, caller| vault.delete_access_key(caller, request))?;
    reply.nothing();
    Ok(())
}

fn put_role_trust(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let principals = asked.arguments.texts("Principals");
    let request = PutRoleTrust {
        role: asked.arguments.required("RoleName"),
        principals: &principals,
        external_id: asked.arguments.text("ExternalId"),
    };
    asked.ask(&asked.own()?, &Subject::Nothing, |vault, caller| vault.put_role_trust(caller, request))?;
    reply.nothing();
    Ok(())
}

fn describe_role_trust(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let request = DescribeRoleTrust { role: asked.arguments.required("RoleName") };
    let trust = asked
        .ask(&asked.own()?, &Subject::Nothing, |vault, caller| vault.describe_role_trust(caller, request))?;
    reply.texts("Principals", trust.principals.iter().map(String::as_str));
    reply.text_if("ExternalId", trust.external_id.as_deref());
    reply.moment("WrittenDate", trust.written_ms);
    Ok(())
}
