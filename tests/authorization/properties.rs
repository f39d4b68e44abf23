//! What holds for all documents, tried on random ones.

use super::dice::Dice;
use super::generate::{line, request};
use super::json::Json;
use super::line::{Answer, Decision, Line};
use super::naive::{Kind, is_well_formed};
use super::{generate, real};

/// Documents that compile, with a request each; so many.
fn lines(seed: u64, count: usize) -> impl Iterator<Item = (Line, Answer)> {
    let mut dice = Dice(seed);
    let next = move || {
        let mut line = line(&mut dice);
        request(&mut dice, &mut line);
        line
    };
    std::iter::repeat_with(next)
        .map(|line| (real::answer(&line), line))
        .filter(|(answer, _)| !answer.is_error)
        .map(|(answer, line)| (line, answer))
        .take(count)
}

/// The documents of a line: the identity policies and then the key policy.
fn documents(line: &mut Line) -> Vec<&mut Json> {
    line.identity_policies.iter_mut().chain(&mut line.key_policy).collect()
}

fn statements(document: &Json) -> Vec<Json> {
    document.get("Statement").unwrap().one_or_many().into_iter().cloned().collect()
}

fn set_statements(document: &mut Json, statements: Vec<Json>) {
    set(document, "Statement", Json::List(statements));
}

fn set(object: &mut Json, name: &str, value: Json) {
    let Json::Object(members) = object else { panic!("no object") };
    members.retain(|(known, _)| known != name);
    members.push((name.to_string(), value));
}

fn effect(statement: &Json) -> &str {
    statement.get("Effect").unwrap().as_text().unwrap()
}

/// Every line that differs by the change of one document's statements.
fn changed(line: &Line, change: &dyn Fn(Vec<Json>) -> Vec<Vec<Json>>) -> Vec<Line> {
    let mut all = Vec::new();
    for document in 0..documents(&mut line.clone()).len() {
        for statements in change(statements(documents(&mut line.clone())[document])) {
            let mut changed = line.clone();
            set_statements(documents(&mut changed)[document], statements);
            all.push(changed);
        }
    }
    all
}

#[test]
fn adding_a_deny_never_grants() {
    // A line gets a statement of another line, as a Deny.
    let others: Vec<Line> = lines(12, 500).map(|(line, _)| line).collect();
    for ((line, answer), other) in lines(11, 4_000).zip(others.iter().cycle()) {
        for (document, theirs) in [(&line.key_policy, &other.key_policy), (&None, &None)] {
            let (Some(_), Some(theirs)) = (document, theirs) else { continue };
            for mut statement in statements(theirs) {
                set(&mut statement, "Effect", Json::text("Deny"));
                let mut more = line.clone();
                let mut all = statements(more.key_policy.as_ref().unwrap());
                all.push(statement);
                set_statements(more.key_policy.as_mut().unwrap(), all);
                never_grants(&more, answer);
            }
        }
        let mut more = line.clone();
        for document in &other.identity_policies {
            let mut document = document.clone();
            let denying = statements(&document)
                .into_iter()
                .filter(|statement| effect(statement) == "Deny")
                .collect::<Vec<_>>();
            if !denying.is_empty() {
                set_statements(&mut document, denying);
                more.identity_policies.push(document);
            }
        }
        never_grants(&more, answer);
    }
}

fn never_grants(more: &Line, before: Answer) {
    let after = real::answer(more);
    let is_kept = match before.decision {
        Decision::Allow => after.decision != Decision::ImplicitDeny || after.is_error,
        Decision::ExplicitDeny => after.decision == Decision::ExplicitDeny || after.is_error,
        Decision::ImplicitDeny => after.decision != Decision::Allow,
    };
    assert!(is_kept, "{before:?} becomes {after:?} by a Deny\n{}", more.with(before));
}

#[test]
fn removing_an_allow_never_grants() {
    for (line, answer) in lines(21, 4_000) {
        let without_one = |all: Vec<Json>| {
            let allowing = (0..all.len()).filter(|index| all.len() > 1 && effect(&all[*index]) == "Allow");
            allowing.map(|index| [&all[..index], &all[index + 1..]].concat()).collect()
        };
        for less in changed(&line, &without_one) {
            let after = real::answer(&less);
            let is_kept = after == answer
                || (answer.decision == Decision::Allow && after.decision == Decision::ImplicitDeny);
            assert!(is_kept, "{answer:?} becomes {after:?} without an Allow\n{}", less.with(answer));
        }
        for index in 0..line.identity_policies.len() {
            let mut less = line.clone();
            let removed = less.identity_policies.remove(index);
            if statements(&removed).iter().all(|statement| effect(statement) == "Allow") {
                let after = real::answer(&less);
                assert!(after.decision == answer.decision || after.decision == Decision::ImplicitDeny);
            }
        }
    }
}

#[test]
fn order_never_matters() {
    let mut dice = Dice(31);
    for (line, answer) in lines(32, 6_000) {
        let mut other = line.clone();
        shuffle(&mut dice, &mut other.identity_policies);
        for document in documents(&mut other) {
            shuffle_all(&mut dice, document);
        }
        shuffle(&mut dice, &mut other.context);
        assert_eq!(real::answer(&other), answer, "\n{}\n{}", line.with(answer), other.with(answer));
    }
}

fn shuffle<T>(dice: &mut Dice, items: &mut [T]) {
    for end in (1..=items.len()).rev() {
        items.swap(end - 1, dice.below(end));
    }
}

fn shuffle_all(dice: &mut Dice, value: &mut Json) {
    match value {
        Json::List(items) => {
            shuffle(dice, items);
            items.iter_mut().for_each(|item| shuffle_all(dice, item));
        }
        Json::Object(members) => {
            shuffle(dice, members);
            members.iter_mut().for_each(|(_, member)| shuffle_all(dice, member));
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => {}
    }
}

#[test]
fn no_match_is_a_denial() {
    for (line, answer) in lines(41, 3_000) {
        // Without a statement that allows, nothing is allowed, whoever asks.
        let deny_only = |all: Vec<Json>| {
            let mut none = all[0].clone();
            set(&mut none, "Effect", Json::text("Allow"));
            set(&mut none, "Condition", Json::parse(r#"{"Null":{"aws:never":"false"}}"#).unwrap());
            let denying = all.into_iter().filter(|statement| effect(statement) == "Deny");
            let mut none = vec![none];
            if none[0].get("NotPrincipal").is_some() {
                none.clear();
            }
            none.extend(denying);
            vec![none]
        };
        let mut bare = line.clone();
        for document in documents(&mut bare) {
            let all = deny_only(statements(document)).remove(0);
            set_statements(document, all);
        }
        let is_root_without_key = line.key_policy.is_none() && line.principal.ends_with(":root");
        let after = real::answer(&bare).decision;
        assert!(after != Decision::Allow || is_root_without_key, "\n{}", bare.with(answer));
        // Nobody is named, so nobody is allowed.
        if line.key_policy.is_none() {
            continue;
        }
        let mut other = line.clone();
        other.key_policy = Some(
            Json::parse(r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"*","Resource":"*"}}"#)
                .unwrap(),
        );
        assert_ne!(real::answer(&other).decision, Decision::Allow, "\n{}", other.with(answer));
    }
}

#[test]
fn a_value_is_a_list_of_one() {
    for (line, answer) in lines(51, 6_000) {
        let mut other = line.clone();
        for document in documents(&mut other) {
            let mut all = statements(document);
            for statement in &mut all {
                let Json::Object(members) = statement else { panic!("no object") };
                for (name, value) in members {
                    match name.as_str() {
                        "Action" | "NotAction" | "Resource" | "NotResource" => turn(value),
                        "Principal" | "NotPrincipal" => each_member(value, &turn),
                        "Condition" => each_member(value, &|keys| each_member(keys, &turn)),
                        _ => {}
                    }
                }
            }
            let is_one = all.len() == 1 && !matches!(document.get("Statement"), Some(Json::Object(_)));
            let statement = if is_one { all.remove(0) } else { Json::List(all) };
            set(document, "Statement", statement);
        }
        assert_eq!(real::answer(&other), answer, "\n{}\n{}", line.with(answer), other.with(answer));
    }
}

/// A value into a list of it, and a list of one into its element.
fn turn(value: &mut Json) {
    *value = match &*value {
        Json::List(items) if items.len() == 1 => items[0].clone(),
        Json::List(items) => Json::List(items.clone()),
        other => Json::List(vec![other.clone()]),
    };
}

fn each_member(value: &mut Json, change: &dyn Fn(&mut Json)) {
    if let Json::Object(members) = value {
        members.iter_mut().for_each(|(_, member)| change(member));
    }
}

#[test]
fn a_compiled_document_turns_back_into_an_equal_one() {
    let mut dice = Dice(61);
    let mut compared = 0;
    while compared < 4_000 {
        for kind in [Kind::Key, Kind::Identity] {
            let document = generate::document(&mut dice, kind);
            if !is_well_formed(&document, kind) {
                continue;
            }
            let compiled = real::compile_document(&document, kind).unwrap();
            let written = Json::parse(&real::to_json(&compiled)).unwrap();
            assert_eq!(normal(&written), normal(&document), "\n{written}\n{document}");
            assert_eq!(real::compile_document(&written, kind).unwrap(), compiled, "\n{written}\n{document}");
            compared += 1;
        }
    }
}

/// The one way to write a document: everything that may be a list is one, members by name, conditions as a flat list.
fn normal(document: &Json) -> Json {
    let version = document.get("Version").cloned().unwrap_or(Json::text("2008-10-17"));
    let statements = statements(document).iter().map(normal_statement).collect();
    Json::object(&[("Version", version), ("Statement", Json::List(statements))])
}

fn normal_statement(statement: &Json) -> Json {
    let mut members = Vec::new();
    for (name, value) in statement.members() {
        let value = match name.as_str() {
            "Principal" | "NotPrincipal" if value.as_text() == Some("*") => {
                Json::object(&[("AWS", list(&Json::text("*")))])
            }
            "Principal" | "NotPrincipal" => {
                let mut types: Vec<_> =
                    value.members().iter().map(|(name, entries)| (name.clone(), list(entries))).collect();
                types.sort();
                Json::Object(types)
            }
            "Action" | "NotAction" | "Resource" | "NotResource" => list(value),
            "Condition" => normal_condition(value),
            _ => value.clone(),
        };
        let is_empty = matches!(&value, Json::List(items) if items.is_empty());
        if !is_empty {
            members.push((name.clone(), value));
        }
    }
    members.sort();
    Json::Object(members)
}

fn normal_condition(condition: &Json) -> Json {
    let mut flat = Vec::new();
    for (operator, keys) in condition.members() {
        for (key, values) in keys.members() {
            let texts = values.one_or_many().into_iter().map(|value| Json::Text(value.scalar().unwrap()));
            flat.push(Json::List(vec![Json::text(operator), Json::text(key), Json::List(texts.collect())]));
        }
    }
    flat.sort();
    Json::List(flat)
}

fn list(value: &Json) -> Json {
    Json::List(value.one_or_many().into_iter().cloned().collect())
}

#[test]
fn however_many_identity_policies_there_are_every_one_counts() {
    let policy = |effect: &str, action: &str| {
        let text = format!(r#"{{"Statement":{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}}}"#);
        Json::parse(&text).unwrap()
    };
    for count in [1, 2, 10, 255, 256, 257, 400] {
        for (last, expected) in [("Allow", Decision::Allow), ("Deny", Decision::ExplicitDeny)] {
            let mut line = lines(71, 1).next().unwrap().0;
            line.key_policy = None;
            line.principal = "arn:aws:iam::111122223333:user/alice".to_string();
            (line.action, line.resource) = ("kms:CreateKey".to_string(), "*".to_string());
            line.identity_policies = vec![policy("Allow", "kms:ListKeys"); count - 1];
            line.identity_policies.push(policy(last, "kms:CreateKey"));
            assert_eq!(real::answer(&line).decision, expected, "{last} in the last of {count}");
        }
    }
}
