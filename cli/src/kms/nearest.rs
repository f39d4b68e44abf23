//! Which key was probably meant by a name that leads nowhere: only names that the caller may list.

use strongroom_std::operation::{ListAliases, ListKeys};
use strongroom_std::policy_json::nearest_name;

use super::Kms;

/// Pages that are looked at, at most: a suggestion is not worth more.
const PAGES: usize = 10;

/// The alias or key id nearest to what was given, unless that is one.
pub(super) fn key(kms: Kms<'_>, given: &str) -> Option<String> {
    let mut names = aliases(kms);
    names.extend(keys(kms));
    let bare = given.rsplit(':').next().unwrap_or(given);
    let is_known = |text: &str| names.iter().any(|name| name == text);
    if is_known(bare) || bare.strip_prefix("key/").is_some_and(is_known) {
        return None;
    }
    let as_alias = format!("alias/{bare}");
    let nearest = |text: &str| nearest_name(text, names.iter().map(String::as_str)).map(str::to_owned);
    nearest(bare).or_else(|| nearest(&as_alias))
}

fn aliases(kms: Kms<'_>) -> Vec<String> {
    let mut names = Vec::new();
    let mut marker = None;
    for _ in 0..PAGES {
        let list = ListAliases { key_id: None, limit: 100, marker: marker.as_ref() };
        let Ok(page) = kms.ask(|asked| asked.list_aliases(list)) else { break };
        names.extend(page.aliases.into_iter().map(|alias| alias.alias_name));
        marker = page.next_marker;
        if marker.is_none() {
            break;
        }
    }
    names
}

fn keys(kms: Kms<'_>) -> Vec<String> {
    let list = ListKeys { limit: 1000, marker: None };
    let page = kms.ask(|asked| asked.list_keys(list));
    page.map(|page| page.keys.iter().map(|(key_id, _)| key_id.to_string()).collect()).unwrap_or_default()
}
