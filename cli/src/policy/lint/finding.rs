//! A finding, for people and for programs.

use std::fmt;

use serde::Serialize;

use super::subject::Subject;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// Fine where it is meant.
    Note,
    /// Hardly meant.
    Warning,
    /// Dangerous.
    Error,
}

impl Severity {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    /// A name for programs, which stays.
    pub(crate) name: &'static str,
    /// Which statement, from 0; none for the whole policy.
    pub(crate) statement: Option<usize>,
    pub(crate) sid: Option<String>,
    /// What was found, in one sentence.
    pub(crate) finding: String,
    /// What to do about it.
    pub(crate) advice: String,
}

impl Finding {
    /// A finding about a statement.
    pub(super) fn new(severity: Severity, name: &'static str, subject: &Subject<'_>) -> Self {
        Finding {
            severity,
            name,
            statement: Some(subject.index),
            sid: subject.sid.map(str::to_owned),
            finding: String::new(),
            advice: String::new(),
        }
    }

    /// A finding about the whole policy.
    pub(super) fn of_policy(severity: Severity, name: &'static str) -> Self {
        Finding { severity, name, statement: None, sid: None, finding: String::new(), advice: String::new() }
    }

    /// With its words.
    pub(super) fn saying(self, finding: impl Into<String>, advice: impl Into<String>) -> Self {
        Finding { finding: finding.into(), advice: advice.into(), ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.severity.name())?;
        match (self.statement, &self.sid) {
            (Some(statement), Some(sid)) => write!(f, "statement {statement} (Sid \"{sid}\"): ")?,
            (Some(statement), None) => write!(f, "statement {statement}: ")?,
            (None, _) => {}
        }
        write!(f, "{}\n  {} [{}]", self.finding, self.advice, self.name)
    }
}
