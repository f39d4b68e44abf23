//! Policies in JSON: what compiles, what is refused and where, and the way back.

mod both_ways;
mod refusals;

/// A statement of a key policy with which nothing is wrong.
fn key_statement() -> String {
    r#"{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}"#.to_owned()
}

/// A key policy whose statement has these members, too.
fn with_members(members: &str) -> String {
    let good = key_statement();
    format!(r#"{{"Version":"2012-10-17","Statement":[{},{members}}}]}}"#, good.trim_end_matches('}'))
}
