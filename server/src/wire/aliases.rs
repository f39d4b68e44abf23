//! CreateAlias, UpdateAlias, DeleteAlias, ListAliases.

use strongroom_core::error::Parameter as Wrong;
use strongroom_std::operation::{AliasMarker, CreateAlias, DeleteAlias, ListAliases, UpdateAlias};
use strongroom_std::{Error, Vault};

use super::asked::Asked;
use super::pages::{Page, end};
use super::refusal::{Refusal, Subject};
use super::shape::{LIMIT, MARKER, PLAIN_NAME, Parameter, optional, required, text};
use super::table::{Operation, waits};
use crate::object::Object;

const ALIAS_NAME: Parameter = required("AliasName", PLAIN_NAME);
const TARGET_KEY_ID: Parameter = required("TargetKeyId", text(1, 2048));

pub(super) const OPERATIONS: &[Operation] = &[
    waits("CreateAlias", &[ALIAS_NAME, TARGET_KEY_ID], create_alias),
    waits("UpdateAlias", &[ALIAS_NAME, TARGET_KEY_ID], update_alias),
    waits("DeleteAlias", &[ALIAS_NAME], delete_alias),
    waits("ListAliases", &[optional("KeyId", text(1, 2048)), LIMIT, MARKER], list_aliases),
];

fn create_alias(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let vault = asked.own()?;
    let (alias_name, target_key_id) = names(asked);
    let request = CreateAlias { alias_name, target_key_id };
    let made = asked.judge(|caller| vault.create_alias(caller, request));
    made.map_err(|error| match error {
        Error::AlreadyExists => Refusal::new(
            "AlreadyExistsException",
            format!("An alias with the name {} already exists", arn(&vault, alias_name)),
        ),
        error => refused(asked, error, &asked.subject(target_key_id)),
    })?;
    reply.nothing();
    Ok(())
}

fn update_alias(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let vault = asked.own()?;
    let (alias_name, target_key_id) = names(asked);
    let request = UpdateAlias { alias_name, target_key_id };
    let updated = asked.judge(|caller| vault.update_alias(caller, request));
    updated.map_err(|error| match error {
        // The alias or the key: of the two, the alias is the one that is named by its name.
        Error::NotFound => asked.refuse(error, &Subject::Alias(arn(&vault, alias_name))),
        Error::Validation(Wrong::AliasTarget) => Refusal::validation(format!(
            "Alias {} cannot be changed to a key of another kind or usage.",
            arn(&vault, alias_name)
        )),
        error => refused(asked, error, &asked.subject(target_key_id)),
    })?;
    reply.nothing();
    Ok(())
}

fn delete_alias(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let vault = asked.own()?;
    let alias_name = asked.arguments.required("AliasName");
    let deleted = asked.judge(|caller| vault.delete_alias(caller, DeleteAlias { alias_name }));
    deleted.map_err(|error| refused(asked, error, &Subject::Alias(arn(&vault, alias_name))))?;
    reply.nothing();
    Ok(())
}

fn list_aliases(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let key = asked.arguments.text("KeyId");
    let (vault, subject) = match key {
        Some(key) => asked.target(key).map(|target| (target.vault, target.subject))?,
        None => (asked.own()?, Subject::Nothing),
    };
    let Page { limit, marker } = Page::<31>::of(asked, 50, 100);
    let marker = marker.map(AliasMarker);
    let request = ListAliases { key_id: key, limit, marker: marker.as_ref() };
    let page = asked.ask(&vault, &subject, |vault, caller| vault.list_aliases(caller, request))?;
    reply.objects("Aliases", &page.aliases, |reply, alias| {
        reply.text("AliasName", &alias.alias_name);
        reply.text("AliasArn", &arn(&vault, &alias.alias_name));
        reply.text("TargetKeyId", &alias.target_key_id.to_string());
        reply.moment("CreationDate", alias.created_ms);
        reply.moment("LastUpdatedDate", alias.last_updated_ms);
    });
    end(reply, page.next_marker.map(|marker| marker.0));
    Ok(())
}

fn names<'r>(asked: &Asked<'r>) -> (&'r str, &'r str) {
    (asked.arguments.required("AliasName"), asked.arguments.required("TargetKeyId"))
}

/// The ARN of an alias.
fn arn(vault: &Vault, alias_name: &str) -> String {
    let realm = vault.realm();
    format!("arn:{}:kms:{}:{}:{alias_name}", realm.partition(), realm.region(), realm.account())
}

fn refused(asked: &Asked<'_>, error: Error, subject: &Subject) -> Refusal {
    let name = asked.arguments.required("AliasName");
    match error {
        Error::Validation(Wrong::AliasName) if !name.starts_with("alias/") => Refusal::validation(
            "Alias must start with the prefix \"alias/\". Please see \
             https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        ),
        Error::Validation(Wrong::AliasName) => {
            Refusal::validation(format!("{name} contains invalid characters for an alias"))
        }
        error => asked.refuse(error, subject),
    }
}
