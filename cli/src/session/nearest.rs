//! What was probably meant by a name that leads nowhere: only names that the caller may list.

use strongroom_std::operation::{ListAliases, ListCallers, ListKeys};
use strongroom_std::policy_json::nearest_name;

use super::Session;

/// Pages that are looked at, at most: a suggestion is not worth more.
const PAGES: usize = 10;

/// The alias or key id nearest to what was given, unless that is one.
pub(super) fn key(session: &Session, given: &str) -> Option<String> {
    let mut names = aliases(session);
    names.extend(keys(session));
    let bare = given.rsplit(':').next().unwrap_or(given);
    let is_known = |text: &str| names.iter().any(|name| name == text);
    if is_known(bare) || bare.strip_prefix("key/").is_some_and(is_known) {
        return None;
    }
    let as_alias = format!("alias/{bare}");
    let nearest = |text: &str| nearest_name(text, names.iter().map(String::as_str)).map(str::to_owned);
    nearest(bare).or_else(|| nearest(&as_alias))
}

/// The kept caller nearest to what was given.
pub(super) fn caller(session: &Session, given: &str) -> Option<String> {
    let list = ListCallers { limit: 1000, marker: None };
    let root = session.root();
    let root = strongroom_std::Caller::new(&root).ok()?;
    let page = session.vault().list_callers(&root, list).ok()?;
    nearest_name(given, page.names.iter().map(String::as_str)).map(str::to_owned)
}

fn aliases(session: &Session) -> Vec<String> {
    let mut names = Vec::new();
    let mut marker = None;
    for _ in 0..PAGES {
        let list = ListAliases { key_id: None, limit: 100, marker: marker.as_ref() };
        let Ok(page) = session.ask(|vault, caller| vault.list_aliases(caller, list)) else { break };
        names.extend(page.aliases.into_iter().map(|alias| alias.alias_name));
        marker = page.next_marker;
        if marker.is_none() {
            break;
        }
    }
    names
}

fn keys(session: &Session) -> Vec<String> {
    let list = ListKeys { limit: 1000, marker: None };
    let page = session.ask(|vault, caller| vault.list_keys(caller, list));
    page.map(|page| page.keys.iter().map(ToString::to_string).collect()).unwrap_or_default()
}
