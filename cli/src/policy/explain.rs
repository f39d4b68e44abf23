//! `policy explain`: one request, in plain words.

use std::borrow::Cow;
use std::path::PathBuf;

use strongroom_core::policy::{Decision, PolicyKind};

use super::context::Context;
use super::decide::{Because, decide};
use super::line::Request;
use super::source;
use crate::Answer;
use crate::arguments::Explain;
use crate::error::CommandError;
use crate::input;
use crate::output::Output;

/// Decides and says why. The answer is yes where the request is allowed.
pub(super) fn run(arguments: &Explain, output: &mut Output) -> Result<Answer, CommandError> {
    let mut context = Context::default();
    for pair in &arguments.context {
        let (name, value) = pair.split_once('=').ok_or_else(|| {
            CommandError::new(format_args!("--context {pair}: expected NAME=VALUE, such as kms:ViaService=x"))
        })?;
        match name.strip_suffix("[]") {
            Some(name) => context.add(name, value, true),
            None => context.add(name, value, false),
        }
    }
    let key_policy = match &arguments.key_policy {
        Some(path) => Some(source::compiled(path, PolicyKind::Key)?),
        None => None,
    };
    let mut identity_policies = Vec::new();
    for path in &arguments.identity_policies {
        identity_policies.push(source::compiled(path, PolicyKind::Identity)?);
    }
    let identity_policies: Vec<&[u8]> = identity_policies.iter().map(Vec::as_slice).collect();
    let request = Request {
        principal: Cow::Borrowed(&arguments.principal),
        action: Cow::Borrowed(&arguments.action),
        resource: arguments.resource.as_deref().map(Cow::Borrowed),
        context,
    };
    let verdict = decide(&request, key_policy.as_deref(), &identity_policies, true)
        .map_err(|wrong| CommandError::new(format_args!("--{wrong}")))?;
    if let Some(because) = &verdict.because {
        output.line(told(verdict.name(), because, arguments).trim_end())?;
    }
    Ok(match verdict.decision {
        Decision::Allow(_) => Answer::Yes,
        Decision::ExplicitDeny(_) | Decision::ImplicitDeny(_) => Answer::No,
    })
}

/// The decision in a line, and below it what it rests on.
fn told(decision: &str, because: &Because, arguments: &Explain) -> String {
    let mut text = format!("{decision}: {}\n", because.words);
    let file = match (because.policy, because.document) {
        (Some("key"), _) => arguments.key_policy.as_deref(),
        (Some("identity"), Some(document)) => {
            arguments.identity_policies.get(usize::from(document)).map(PathBuf::as_path)
        }
        _ => None,
    };
    if let (Some(file), Some(statement)) = (file, because.statement) {
        let sid = because.sid.as_ref().map(|sid| format!(" (Sid \"{sid}\")")).unwrap_or_default();
        text.push_str(&format!("  policy     {}\n  statement  {statement}{sid}\n", input::name(file)));
    }
    for (name, value) in
        [("element ", &because.element), ("expected", &because.expected), ("found   ", &because.found)]
    {
        if let Some(value) = value {
            text.push_str(&format!("  {name}   {value}\n"));
        }
    }
    text
}
