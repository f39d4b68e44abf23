//! CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant.

use strongroom_std::grant::ConstraintKind;
use strongroom_std::operation::{
    CreateGrant, GrantConstraints, GrantMarker, ListGrants, ListRetirableGrants, RetireGrant, RetiredGrant,
    RevokeGrant,
};
use strongroom_std::{Action, GrantListEntry, GrantPage, Vault};

use super::arguments::{Arguments, grant_token};
use super::asked::{Asked, Target};
use super::pages::{Page, end};
use super::refusal::{Refusal, Subject};
use super::shape::{
    DRY_RUN, GRANT_TOKENS, KEY_ID, LIMIT, MARKER, PLAIN_NAME, PRINCIPAL, SERVICE, SOURCE_ARN, Shape, list,
    matching, optional, required, text,
};
use super::table::{Operation, waits};
use crate::object::Object;
use crate::who::partition;

const GRANT_OPERATIONS: [&str; 19] = [
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "Sign",
    "Verify",
    "GetPublicKey",
    "CreateGrant",
    "RetireGrant",
    "DescribeKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "VerifyMac",
    "DeriveSharedSecret",
    "Encapsulate",
    "Decapsulate",
];

const CONSTRAINTS: Shape = Shape::Structure(&[
    optional("EncryptionContextSubset", Shape::Pairs),
    optional("EncryptionContextEquals", Shape::Pairs),
    optional("SourceArn", matching(20, 512, &SOURCE_ARN)),
]);

pub(super) const OPERATIONS: &[Operation] = &[
    waits(
        "CreateGrant",
        &[
            KEY_ID,
            optional("GranteePrincipal", PRINCIPAL),
            optional("RetiringPrincipal", PRINCIPAL),
            required("Operations", list(&Shape::Word(&GRANT_OPERATIONS))),
            optional("Constraints", CONSTRAINTS),
            GRANT_TOKENS,
            optional("Name", PLAIN_NAME),
            DRY_RUN,
            optional("GranteeServicePrincipal", SERVICE),
            optional("RetiringServicePrincipal", SERVICE),
        ],
        create_grant,
    ),
    waits(
        "ListGrants",
        &[
            LIMIT,
            MARKER,
            KEY_ID,
            optional("GrantId", text(1, 128)),
            optional("GranteePrincipal", PRINCIPAL),
            optional("GranteeServicePrincipal", SERVICE),
        ],
        list_grants,
    ),
    waits(
        "ListRetirableGrants",
        &[
            LIMIT,
            MARKER,
            optional("RetiringPrincipal", PRINCIPAL),
            optional("RetiringServicePrincipal", SERVICE),
        ],
        list_retirable_grants,
    ),
    waits(
        "RetireGrant",
        &[
            optional("GrantToken", text(1, 8192)),
            optional("KeyId", text(1, 2048)),
            optional("GrantId", text(1, 128)),
            DRY_RUN,
        ],
        retire_grant,
    ),
    waits("RevokeGrant", &[KEY_ID, required("GrantId", text(1, 128)), DRY_RUN], revoke_grant),
];

fn create_grant(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let (arguments, target) = (asked.arguments, asked.key()?);
    without_services(asked)?;
    let grantee_principal = arguments.text("GranteePrincipal").ok_or_else(|| {
        Refusal::validation("Either a GranteePrincipal or a GranteeServicePrincipal must be specified.")
    })?;
    let operations = arguments.texts("Operations");
    let operations: Vec<Action> =
        Action::all().filter(|action| operations.contains(&action.name())).collect();
    let given = arguments.structure("Constraints");
    let (subset, equals) = (pairs(given, "EncryptionContextSubset"), pairs(given, "EncryptionContextEquals"));
    if given.is_some_and(|given| given.has("SourceArn")) {
        return Err(Refusal::unsupported("The SourceArn constraint is not supported here."));
    }
    let constraints = match (&subset, &equals) {
        (Some(_), Some(_)) => {
            return Err(Refusal::validation(
                "Only one of EncryptionContextSubset and EncryptionContextEquals can be specified.",
            ));
        }
        (Some(pairs), None) => Some(GrantConstraints::EncryptionContextSubset(pairs)),
        (None, Some(pairs)) => Some(GrantConstraints::EncryptionContextEquals(pairs)),
        (None, None) => None,
    };
    let made = asked.ask_about(&target, |vault, caller| {
        let request = CreateGrant {
            key_id: target.key,
            grantee_principal,
            retiring_principal: arguments.text("RetiringPrincipal"),
            operations: &operations,
            constraints,
            name: arguments.text("Name"),
            grant_tokens: &arguments.grant_tokens()?,
            dry_run: arguments.truth("DryRun"),
        };
        vault.create_grant(caller, request)
    })?;
    reply.text("GrantToken", &made.grant_token.to_string());
    reply.text("GrantId", &made.grant_id.to_string());
    Ok(())
}

fn list_grants(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let (arguments, target) = (asked.arguments, asked.key()?);
    without_services(asked)?;
    let Page { limit, marker } = Page::<31>::of(asked, 50, 100);
    let marker = marker.map(GrantMarker);
    let request = ListGrants {
        key_id: target.key,
        grant_id: arguments.text("GrantId"),
        grantee_principal: arguments.text("GranteePrincipal"),
        limit,
        marker: marker.as_ref(),
    };
    let page = asked.ask_about(&target, |vault, caller| vault.list_grants(caller, request))?;
    grants(&target.vault, &page, reply);
    Ok(())
}

fn list_retirable_grants(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let (arguments, vault) = (asked.arguments, asked.own()?);
    without_services(asked)?;
    let retiring_principal = arguments.text("RetiringPrincipal").ok_or_else(|| {
        Refusal::validation("Either a RetiringPrincipal or a RetiringServicePrincipal must be specified.")
    })?;
    let Page { limit, marker } = Page::<31>::of(asked, 50, 100);
    let marker = marker.map(GrantMarker);
    let request = ListRetirableGrants { retiring_principal, limit, marker: marker.as_ref() };
    let page =
        asked.ask(&vault, &Subject::Nothing, |vault, caller| vault.list_retirable_grants(caller, request))?;
    grants(&vault, &page, reply);
    Ok(())
}

fn retire_grant(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let arguments = asked.arguments;
    let dry_run = arguments.truth("DryRun");
    match (arguments.text("GrantToken"), arguments.text("KeyId"), arguments.text("GrantId")) {
        (Some(token), None, None) => {
            let token = grant_token(token).map_err(|error| asked.refuse(error, &Subject::Nothing))?;
            let vault = match token.key_id() {
                Some(key_id) => asked.holder(key_id)?,
                None => asked.own()?,
            };
            let request = RetireGrant { grant: RetiredGrant::Token(&token), dry_run };
            asked.ask(&vault, &Subject::Nothing, |vault, caller| vault.retire_grant(caller, request))?;
        }
        (None, Some(key), Some(grant_id)) => {
            let Target { vault, key: key_id, subject } = asked.target(key)?;
            let request = RetireGrant { grant: RetiredGrant::Id { key_id, grant_id }, dry_run };
            asked.ask(&vault, &subject, |vault, caller| vault.retire_grant(caller, request))?;
        }
        _ => {
            return Err(Refusal::validation(
                "A grant is named by its GrantToken, or by its GrantId and the KeyId, and not by both.",
            ));
        }
    }
    reply.nothing();
    Ok(())
}

fn revoke_grant(asked: &Asked<'_>, reply: &mut Object) -> Result<(), Refusal> {
    let (arguments, target) = (asked.arguments, asked.key()?);
    let request = RevokeGrant {
        key_id: target.key,
        grant_id: arguments.required("GrantId"),
        dry_run: arguments.truth("DryRun"),
    };
    asked.ask_about(&target, |vault, caller| vault.revoke_grant(caller, request))?;
    reply.nothing();
    Ok(())
}

/// Services are no principals of grants here.
fn without_services(asked: &Asked<'_>) -> Result<(), Refusal> {
    let named = ["GranteeServicePrincipal", "RetiringServicePrincipal"];
    match named.into_iter().find(|name| asked.arguments.has(name)) {
        Some(name) => Err(Refusal::unsupported(format!("{name} is not supported here."))),
        None => Ok(()),
    }
}

/// The pairs of a constraint, if it is there.
fn pairs<'g>(given: Option<&'g Arguments<'_>>, name: &str) -> Option<Vec<(&'g str, &'g str)>> {
    given.filter(|given| given.has(name)).map(|given| given.pairs(name))
}

fn grants(vault: &Vault, page: &GrantPage, reply: &mut Object) {
    reply.objects("Grants", &page.grants, |reply, grant| entry(vault, grant, reply));
    end(reply, page.next_marker.map(|marker| marker.0));
}

fn entry(vault: &Vault, grant: &GrantListEntry, reply: &mut Object) {
    reply.text("KeyId", &vault.arn(grant.key_id));
    reply.text("GrantId", &grant.grant_id.to_string());
    reply.text("Name", &grant.name);
    reply.moment("CreationDate", grant.created_ms);
    reply.text("GranteePrincipal", &grant.grantee_principal);
    reply.text_if("RetiringPrincipal", grant.retiring_principal.as_deref());
    let partition = partition(vault.realm().region());
    reply.text("IssuingAccount", &format!("arn:{partition}:iam::{}:root", grant.issuing_account.as_str()));
    reply.texts("Operations", grant.operations.iter().map(|operation| operation.name()));
    if let Some((kind, pairs)) = &grant.constraints {
        reply.object("Constraints", |reply| {
            let kind = match kind {
                ConstraintKind::EncryptionContextSubset => "EncryptionContextSubset",
                ConstraintKind::EncryptionContextEquals => "EncryptionContextEquals",
            };
            reply.object(kind, |reply| {
                for (name, value) in pairs {
                    reply.text(name, value);
                }
            });
        });
    }
}
