//! `policy check`: what is wrong with a policy, and what it was probably not meant to do.

use serde::Serialize;
use strongroom_std::PolicyError;
use strongroom_std::policy_json::compile_policy_bytes;

use super::lint::{Finding, Severity, findings};
use super::source::shown;
use crate::Answer;
use crate::arguments::Check;
use crate::error::CommandError;
use crate::input;
use crate::output::Output;

/// Compiles the policy and looks at it. The answer is no where something is wrong.
pub(super) fn run(arguments: &Check, output: &mut Output) -> Result<Answer, CommandError> {
    if let Some(account) = arguments.account.as_deref()
        && !(account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(CommandError::new("--account: expected the 12 digits of an account"));
    }
    let source = input::read(&arguments.file)?;
    let name = input::name(&arguments.file);
    let compiled = match compile_policy_bytes(&source, arguments.kind.policy_kind()) {
        Ok(compiled) => compiled,
        Err(error) => {
            if arguments.json {
                output.line(&answer(&name, Some(&error), &[])?)?;
            } else {
                output.line(&format!("error: {}", shown(&name, &source, &error)))?;
            }
            return Ok(Answer::No);
        }
    };
    let found = findings(&compiled, arguments.account.as_deref())
        .map_err(|_| CommandError::new(format_args!("{name}: the compiled policy cannot be read back")))?;
    if arguments.json {
        output.line(&answer(&name, None, &found)?)?;
    } else {
        for finding in &found {
            output.line(&finding.to_string())?;
        }
        output.line(&summary(&name, compiled.len(), &found))?;
    }
    let is_fine = found.iter().all(|finding| finding.severity == Severity::Note);
    Ok(if is_fine { Answer::Yes } else { Answer::No })
}

/// The answer in JSON.
#[derive(Serialize)]
struct Answered<'a> {
    policy: &'a str,
    error: Option<Refusal<'a>>,
    findings: &'a [Finding],
}

/// Why a policy does not compile.
#[derive(Serialize)]
struct Refusal<'a> {
    line: usize,
    column: usize,
    message: &'a str,
    code: &'a str,
}

fn answer(policy: &str, error: Option<&PolicyError>, findings: &[Finding]) -> Result<String, CommandError> {
    let error = error.map(|error| Refusal {
        line: error.line,
        column: error.column,
        message: &error.message,
        code: error.error.code(),
    });
    serde_json::to_string(&Answered { policy, error, findings }).map_err(CommandError::new)
}

fn summary(name: &str, len: usize, found: &[Finding]) -> String {
    let count = |severity| found.iter().filter(|finding| finding.severity == severity).count();
    let counted: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter(|severity| count(*severity) > 0)
        .map(|severity| match count(severity) {
            1 => format!("1 {}", severity.name()),
            many => format!("{many} {}s", severity.name()),
        })
        .collect();
    let found = if counted.is_empty() { "nothing found".to_owned() } else { counted.join(", ") };
    format!("{name}: {found}; {len} bytes compiled")
}
