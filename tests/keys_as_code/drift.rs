//! What somebody changed by hand is said exactly, and put right; what would be lost is lost only where that is allowed.

use strongroom_std::keys_as_code::{Applied, Change, Plan, PlanError};
use strongroom_std::operation::{
    CancelKeyDeletion, CreateAlias, CreateGrant, CreateKey, DescribeKey, DisableKey, DisableKeyRotation,
    POLICY_NAME, PutCaller, PutKeyPolicy, ScheduleKeyDeletion, TagResource, UntagResource, UpdateAlias,
    UpdateKeyDescription,
};
use strongroom_std::{Action, Error, Vault};

use super::{Desk, FILE, declare};
use crate::file::root;

fn id_of(vault: &Vault, alias: &str) -> String {
    vault.describe_key(&root(), DescribeKey::new(alias)).unwrap().facts.key_id.to_string()
}

/// What somebody does by hand, to the key with this id.
type ByHand<'c> = &'c dyn Fn(&Vault, &str);

#[test]
fn each_change_by_hand_is_one_line_and_is_put_right() {
    let changes: [(&str, ByHand<'_>); 9] = [
        ("key payments: description: \"mine\" becomes \"card numbers\"", &|vault, key_id| {
            let request = UpdateKeyDescription { key_id, description: "mine" };
            vault.update_key_description(&root(), request).unwrap();
        }),
        ("key payments: automatic rotation: off becomes every 180 days", &|vault, key_id| {
            vault.disable_key_rotation(&root(), DisableKeyRotation { key_id }).unwrap();
        }),
        ("key payments: enable it: it is disabled", &|vault, key_id| {
            vault.disable_key(&root(), DisableKey { key_id }).unwrap();
        }),
        ("key payments: tag tier: \"2\" becomes \"1\"", &|vault, key_id| {
            vault.tag_resource(&root(), TagResource { key_id, tags: &[("tier", "2")] }).unwrap();
        }),
        ("key payments: tag team: \"pay\"", &|vault, key_id| {
            vault.untag_resource(&root(), UntagResource { key_id, tag_keys: &["team"] }).unwrap();
        }),
        ("key payments: take the tag owner off, \"me\": it is not declared", &|vault, key_id| {
            vault.tag_resource(&root(), TagResource { key_id, tags: &[("owner", "me")] }).unwrap();
        }),
        ("key payments: replace its policy: another one is declared", &|vault, key_id| {
            let json = super::KEY_POLICY.replace("kms:Encrypt", "kms:Decrypt");
            let policy = strongroom_std::compile_key_policy(&json).unwrap();
            let request = PutKeyPolicy {
                key_id,
                policy_name: POLICY_NAME,
                policy: &policy,
                bypass_policy_lockout_safety_check: false,
            };
            vault.put_key_policy(&root(), request).unwrap();
        }),
        ("key payments: give it alias/cards, which is an alias of ", &|vault, _| {
            let other = vault.create_key(&root(), CreateKey::default()).unwrap().key_id.to_string();
            // It waits for its end, so that it is not declared without being a difference.
            let alias = UpdateAlias { alias_name: "alias/cards", target_key_id: &other };
            vault.update_alias(&root(), alias).unwrap();
            let request = ScheduleKeyDeletion { key_id: &other, pending_window_in_days: 7 };
            vault.schedule_key_deletion(&root(), request).unwrap();
        }),
        ("caller worker: principal arn:aws:iam::000000000000:user/other becomes ", &|vault, _| {
            let policy = strongroom_std::policy_json::compile_policy(
                super::CALLER_POLICY,
                strongroom_core::policy::PolicyKind::Identity,
            );
            let request = PutCaller {
                name: "worker",
                principal: "arn:aws:iam::000000000000:user/other",
                tags: &[("team", "pay")],
                identity_policies: &[&policy.unwrap()],
            };
            vault.put_caller(&root(), request).unwrap();
        }),
    ];
    let desk = Desk::new();
    desk.apply(FILE);
    for (line, change) in changes {
        change(&desk.vault, &id_of(&desk.vault, "alias/payments"));
        let lines = desk.lines(FILE);
        assert!(lines.len() == 1 && lines[0].starts_with(line), "{lines:?}, not {line}");
        assert_eq!(desk.apply(FILE), Applied { done: 1, left: 0 }, "{line}");
        assert_eq!(desk.lines(FILE), [""; 0], "{line}");
    }
}

#[test]
fn a_changed_policy_is_shown_before_and_after() {
    let desk = Desk::new();
    desk.apply(FILE);
    let plan = desk.plan(&FILE.replace("policy = \"policies/payments.json\"", ""));
    let [from, to] = plan.steps[0].change.policies().unwrap();
    assert!(from.contains("user/worker") && !to.contains("user/worker"), "{from}\n{to}");
}

#[test]
fn a_changed_grant_is_replaced() {
    let desk = Desk::new();
    desk.apply(FILE);
    let file = FILE.replace("[\"Decrypt\", \"Encrypt\"]", "[\"Decrypt\"]");
    let lines = desk.lines(&file);
    assert_eq!(lines[0], "key payments: revoke grant worker: another of its name follows");
    let again = "key payments: grant worker: arn:aws:iam::000000000000:user/worker may Decrypt if the context has app=pay";
    assert_eq!(lines[1], again);
    assert_eq!(desk.apply(&file), Applied { done: 2, left: 0 });
    assert_eq!(desk.lines(&file), [""; 0]);
}

#[test]
fn what_is_not_declared_is_taken_away_only_where_that_is_allowed() {
    let desk = Desk::new();
    desk.apply(FILE);
    let key_id = id_of(&desk.vault, "alias/payments");
    let alias = CreateAlias { alias_name: "alias/extra", target_key_id: &key_id };
    desk.vault.create_alias(&root(), alias).unwrap();
    let grant = CreateGrant {
        name: Some("extra"),
        ..CreateGrant::new(&key_id, "arn:aws:iam::000000000000:user/x", &[Action::Decrypt])
    };
    desk.vault.create_grant(&root(), grant).unwrap();
    // Without a name: a program's, and none of the file's business.
    desk.vault.create_grant(&root(), CreateGrant { name: None, ..grant }).unwrap();
    let file = FILE.split("[keys.\"logs/mac\"]").next().unwrap();
    let expected = [
        "caller worker: take it out: it is not declared",
        "key payments: take alias/extra away: it is not declared",
        "key payments: revoke grant extra: it is not declared",
        "key logs/mac: schedule its deletion in 30 days: it is not declared",
    ];
    assert_eq!(desk.lines(file), expected);
    let plan = desk.plan(file);
    assert!(plan.is_destructive());
    assert_eq!(plan.apply(&desk.vault, &root(), false, |_| {}).unwrap(), Applied { done: 0, left: 4 });
    assert_eq!(desk.lines(file), expected, "nothing was taken away");
    assert_eq!(plan.apply(&desk.vault, &root(), true, |_| {}).unwrap(), Applied { done: 4, left: 0 });
    assert_eq!(desk.lines(file), [""; 0]);

    // A key on its way out that is declared again comes back.
    let lines = desk.lines(FILE);
    assert_eq!(lines[1], "key logs/mac: cancel its deletion: it is declared, and pending deletion");
    desk.apply(FILE);
    assert_eq!(desk.lines(FILE), [""; 0]);
    let mac = id_of(&desk.vault, "alias/logs/mac");
    let cancel = CancelKeyDeletion { key_id: &mac };
    assert!(matches!(desk.vault.cancel_key_deletion(&root(), cancel), Err(Error::InvalidState(_))));
}

#[test]
fn what_cannot_be_changed_is_said_before_anything_is_done() {
    let desk = Desk::new();
    desk.apply("[keys.a]");
    let refused = |file: &str| Plan::of(&desk.vault, &root(), &declare(file).unwrap()).unwrap_err();
    let error = refused("[keys.a]\nspec = \"HMAC_384\"");
    assert!(matches!(error, PlanError::Immutable { .. }));
    assert_eq!(
        error.to_string(),
        "keys.a: `spec` is SYMMETRIC_DEFAULT and cannot become HMAC_384; declare a new key under another name"
    );
    let error = refused("[keys.a]\norigin = \"EXTERNAL\"");
    assert!(error.to_string().contains("`origin` is AWS_KMS"), "{error}");
    let error = refused("[keys.b]\nid = \"01234567-89ab-4def-8123-456789abcdef\"");
    assert!(matches!(error, PlanError::NoSuchKey { .. }), "{error}");
    let id = id_of(&desk.vault, "alias/a");
    let error = refused(&format!("[keys.a]\n[keys.b]\nid = \"{id}\""));
    assert!(matches!(error, PlanError::SameKey { .. }), "{error}");
}

#[test]
fn a_step_that_the_vault_refuses_names_itself_and_what_was_done_stays() {
    let desk = Desk::new();
    let file = "[keys.a]\n[keys.b]\nrotation_days = 7";
    let plan = desk.plan(file);
    let error = plan.apply(&desk.vault, &root(), false, |_| {}).unwrap_err();
    assert_eq!(error.done, 4);
    assert!(matches!(error.step.change, Change::Rotation { to: Some(7), .. }), "{error}");
    assert!(matches!(error.error, Error::Validation(_)));
    assert_eq!(
        desk.lines(&file.replace('7', "90")),
        ["key b: automatic rotation: off becomes every 90 days"]
    );
}
