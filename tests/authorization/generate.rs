//! Random documents and requests, of few words, so that they often match.

mod spoil;
mod values;
mod words;

use self::spoil::spoil;
use self::values::{Values, arn, listed, requested};
use self::words::{
    ACTION_PATTERNS, ACTIONS, CALLERS, CONDITION_KEYS, ENTRIES, KEYLESS_ACTIONS, KEYS, OPERATORS,
    RESOURCE_FIELDS, SERVICES,
};
use super::dice::Dice;
use super::json::Json;
use super::line::Line;
use super::naive::Kind;

impl Dice {
    /// One item, or a list of one to three.
    fn one_or_many(&mut self, mut item: impl FnMut(&mut Dice) -> Json) -> Json {
        if self.percent(60) {
            return item(self);
        }
        Json::List((0..=self.below(3)).map(|_| item(self)).collect())
    }
}

/// A line with documents and a request.
pub(super) fn line(dice: &mut Dice) -> Line {
    let key_policy = (!dice.percent(10)).then(|| document(dice, Kind::Key));
    let identity_policies = (0..dice.below(3)).map(|_| document(dice, Kind::Identity)).collect();
    let mut line = Line {
        id: "random".to_string(),
        key_policy,
        identity_policies,
        principal: String::new(),
        action: String::new(),
        resource: String::new(),
        context: Vec::new(),
    };
    request(dice, &mut line);
    line
}

/// Another request for the same documents.
pub(super) fn request(dice: &mut Dice, line: &mut Line) {
    line.principal = dice.pick(&CALLERS).to_string();
    (line.action, line.resource) = match line.key_policy {
        Some(_) => (dice.pick(&ACTIONS).to_string(), dice.pick(&KEYS).to_string()),
        None => (dice.pick(&KEYLESS_ACTIONS).to_string(), "*".to_string()),
    };
    line.context = context(dice);
}

fn context(dice: &mut Dice) -> Vec<(String, Json)> {
    let mut context = Vec::new();
    for (key, values) in CONDITION_KEYS {
        let mut add = |dice: &mut Dice| {
            let value = |dice: &mut Dice| {
                let values = if dice.percent(92) { values } else { CONDITION_KEYS[dice.below(10)].1 };
                Json::Text(requested(dice, values))
            };
            let json = match dice.below(10) {
                0 | 1 => Json::List((0..dice.below(4)).map(|_| value(dice)).collect()),
                2 if values == Values::Bool => Json::Bool(dice.percent(50)),
                2 if values == Values::Numeric => {
                    Json::Number(dice.pick(&["1", "1.0", "10e-1", "-2", "12"]).to_string())
                }
                _ => value(dice),
            };
            context.push((spelled(dice, key), json));
        };
        if dice.percent(65) {
            add(dice);
        }
        if dice.percent(3) {
            add(dice);
        }
    }
    if dice.percent(50) {
        context.push(("aws:kind".to_string(), Json::text(dice.pick(&["key", "alias", "*", "k"]))));
    }
    if dice.percent(50) {
        let whole = ["*", "key/*", "key/1234abcd-12ab-34cd-56ef-1234567890ab"];
        context.push(("aws:whole".to_string(), Json::text(dice.pick(&whole))));
    }
    context
}

/// The name of a key, now and then in another case.
fn spelled(dice: &mut Dice, key: &str) -> String {
    match dice.below(6) {
        0 => key.to_uppercase(),
        1 => key.to_lowercase(),
        _ => key.to_string(),
    }
}

/// A document, now and then a malformed one.
pub(super) fn document(dice: &mut Dice, kind: Kind) -> Json {
    let mut members = Vec::new();
    let version = match dice.below(8) {
        0 => None,
        1 => Some("2008-10-17"),
        _ => Some("2012-10-17"),
    };
    members.extend(version.map(|version| ("Version", Json::text(version))));
    let statements = match dice.below(4) {
        0 => statement(dice, kind),
        _ => Json::List((0..=dice.below(4)).map(|_| statement(dice, kind)).collect()),
    };
    members.push(("Statement", statements));
    let document = Json::object(&members);
    if dice.percent(1) { spoil(dice, &document) } else { document }
}

fn statement(dice: &mut Dice, kind: Kind) -> Json {
    let is_deny = dice.percent(22);
    let mut members = vec![("Effect", Json::text(if is_deny { "Deny" } else { "Allow" }))];
    if kind == Kind::Key {
        let name = if is_deny && dice.percent(25) { "NotPrincipal" } else { "Principal" };
        members.push((name, principal(dice)));
    }
    let is_open = dice.percent(50);
    if kind == Kind::Identity || !dice.percent(2) {
        let name = if dice.percent(8) { "NotAction" } else { "Action" };
        let patterns = if is_open { &ACTION_PATTERNS[..4] } else { &ACTION_PATTERNS };
        members.push((name, dice.one_or_many(|dice| Json::text(dice.pick(patterns)))));
    }
    if kind == Kind::Identity || !dice.percent(2) {
        let name = if dice.percent(8) { "NotResource" } else { "Resource" };
        members.push((name, dice.one_or_many(|dice| resource(dice, is_open))));
    }
    if dice.percent(55) {
        members.push(("Condition", condition(dice)));
    }
    let turn = dice.below(members.len());
    members.rotate_left(turn);
    Json::object(&members)
}

fn principal(dice: &mut Dice) -> Json {
    match dice.below(10) {
        0..=2 => Json::text("*"),
        3 => Json::object(&[("Service", dice.one_or_many(|dice| Json::text(dice.pick(&SERVICES))))]),
        4 => Json::object(&[
            ("AWS", dice.one_or_many(|dice| Json::text(dice.pick(&ENTRIES)))),
            ("Service", dice.one_or_many(|dice| Json::text(dice.pick(&SERVICES)))),
        ]),
        _ => Json::object(&[("AWS", dice.one_or_many(|dice| Json::text(dice.pick(&ENTRIES))))]),
    }
}

fn resource(dice: &mut Dice, is_open: bool) -> Json {
    if is_open || dice.percent(30) {
        return Json::text("*");
    }
    Json::Text(arn(dice, &RESOURCE_FIELDS).replace("${:", "1111${:"))
}

fn condition(dice: &mut Dice) -> Json {
    let mut operators: Vec<(String, Vec<(String, Json)>)> = Vec::new();
    for _ in 0..=dice.below(3) {
        let (operator, keys) = operator(dice);
        match operators.iter_mut().find(|(known, _)| *known == operator) {
            Some((_, known)) => {
                for (key, value) in keys {
                    if known.iter().all(|(other, _)| *other != key) {
                        known.push((key, value));
                    }
                }
            }
            None => operators.push((operator, keys)),
        }
    }
    Json::Object(operators.into_iter().map(|(operator, keys)| (operator, Json::Object(keys))).collect())
}

/// An operator with one key.
fn operator(dice: &mut Dice) -> (String, Vec<(String, Json)>) {
    if dice.percent(8) {
        let (key, _) = CONDITION_KEYS[dice.below(10)];
        let value = dice.one_or_many(|dice| Json::Bool(dice.percent(50)));
        return ("Null".to_string(), vec![(spelled(dice, key), value)]);
    }
    // Text is the commonest.
    let (values, names) = OPERATORS[[0, 0, 0, 1, 2, 3, 4, 5, 6][dice.below(9)]];
    let qualifier = dice.pick(&["", "", "", "ForAllValues:", "ForAnyValue:"]);
    let if_exists = if dice.percent(20) { "IfExists" } else { "" };
    let name = format!("{qualifier}{}{if_exists}", dice.pick(names));
    let fitting: Vec<&str> =
        CONDITION_KEYS.iter().filter(|(_, known)| *known == values).map(|(key, _)| *key).collect();
    let key = if dice.percent(90) { dice.pick(&fitting) } else { CONDITION_KEYS[dice.below(10)].0 };
    let key =
        spelled(dice, if qualifier == "ForAllValues:" && key.starts_with("kms:") { "aws:s" } else { key });
    (name, vec![(key, dice.one_or_many(|dice| listed(dice, values)))])
}
