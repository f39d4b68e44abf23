//! Documents with something small changed.

use super::super::dice::Dice;
use super::super::json::Json;

/// A document with something small changed, which mostly spoils it.
pub(super) fn spoil(dice: &mut Dice, document: &Json) -> Json {
    // The first change is `null` as a whole, which in a line means that there is no document.
    let changes = changes(document);
    changes[1 + dice.below(changes.len() - 1)].clone()
}

fn changes(value: &Json) -> Vec<Json> {
    let mut all = vec![
        Json::Null,
        Json::text(""),
        Json::text("${aws:s}"),
        Json::List(Vec::new()),
        Json::Object(Vec::new()),
    ];
    match value {
        Json::List(items) => {
            for (index, item) in items.iter().enumerate() {
                let with = |changed: Json| {
                    let mut items = items.clone();
                    items[index] = changed;
                    Json::List(items)
                };
                all.extend(changes(item).into_iter().map(with));
            }
        }
        Json::Object(members) => {
            for (index, (name, member)) in members.iter().enumerate() {
                let with = |name: String, value: Json| {
                    let mut members = members.clone();
                    members[index] = (name, value);
                    Json::Object(members)
                };
                all.extend(changes(member).into_iter().map(|changed| with(name.clone(), changed)));
                all.push(with(name.to_lowercase(), member.clone()));
                all.push(with(format!("{name}x"), member.clone()));
                let mut members = members.clone();
                let copy = members[index].clone();
                members.push(copy);
                all.push(Json::Object(members.clone()));
                members.pop();
                members.remove(index);
                all.push(Json::Object(members));
            }
        }
        Json::Text(text) => {
            all.push(Json::Text(text.to_lowercase()));
            all.push(Json::Text(format!("{text}x")));
            all.push(Json::Text(format!("{text}☃")));
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
    all
}
