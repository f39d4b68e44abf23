//! `policy evaluate`: a line in, a line out, one at a time.

use std::io::{self, BufRead, BufReader, Read};

use serde::Serialize;
use serde_json::value::RawValue;
use strongroom_core::policy::PolicyKind;
use strongroom_std::PolicyError;

use super::cache::Cache;
use super::decide::{Verdict, decide};
use super::line::{Line, Request, documents, given};
use crate::Answer;
use crate::arguments::Evaluate;
use crate::error::CommandError;
use crate::output::Output;

/// Most bytes of a line. Longer ones are skipped and denied.
const LINE_LEN_MAX: usize = 1 << 22;

/// Reads requests until the end of the input. Answers are handed on whenever more input has to be waited for.
pub(super) fn run(arguments: &Evaluate, output: &mut Output) -> Result<Answer, CommandError> {
    let mut input = BufReader::with_capacity(1 << 16, io::stdin().lock());
    let (mut line, mut answer, mut cache) = (Vec::new(), Vec::new(), Cache::default());
    loop {
        if !input.buffer().contains(&b'\n') {
            output.flush()?;
        }
        line.clear();
        let limit = u64::try_from(LINE_LEN_MAX.saturating_add(1)).unwrap_or(u64::MAX);
        if input.by_ref().take(limit).read_until(b'\n', &mut line)? == 0 {
            return Ok(Answer::Yes);
        }
        answer.clear();
        if line.len() > LINE_LEN_MAX && !line.ends_with(b"\n") {
            input.skip_until(b'\n')?;
            deny(&mut answer, None, &format!("the line has more than {LINE_LEN_MAX} bytes"));
        } else if !line.trim_ascii().is_empty() {
            answer_line(&line, arguments.explain, &mut cache, &mut answer);
        }
        output.bytes(&answer)?;
    }
}

fn answer_line(line: &[u8], explain: bool, cache: &mut Cache, out: &mut Vec<u8>) {
    let Ok(text) = std::str::from_utf8(line) else {
        return deny(out, None, "the line is not UTF-8");
    };
    let parts: Line<'_> = match serde_json::from_str(text) {
        Ok(parts) => parts,
        Err(error) => return deny(out, None, &format!("the line is no JSON object with a request: {error}")),
    };
    match verdict(&parts, explain, cache) {
        Ok(verdict) => write(out, parts.id, &verdict),
        Err(error) => deny(out, parts.id, &error),
    }
}

fn verdict(parts: &Line<'_>, explain: bool, cache: &mut Cache) -> Result<Verdict, String> {
    if let Some(name) = parts.twice {
        return Err(format!("`{name}` is given twice"));
    }
    let request: Request<'_> = match given(parts.request) {
        Some(request) => serde_json::from_str(request).map_err(|error| format!("request: {error}"))?,
        None => return Err("`request` is missing".to_owned()),
    };
    let key_policy = given(parts.key_policy).map(|json| {
        let wrong = |error: PolicyError| format!("key_policy: {error}");
        cache.compile(json, PolicyKind::Key).map_err(wrong)
    });
    let key_policy = key_policy.transpose()?;
    let list = given(parts.identity_policies).map_or(Ok(Vec::new()), documents)?;
    let mut identity_policies = Vec::with_capacity(list.len());
    for (index, json) in list.iter().enumerate() {
        let wrong = |error: PolicyError| format!("identity_policies[{index}]: {error}");
        identity_policies.push(cache.compile(json.get(), PolicyKind::Identity).map_err(wrong)?);
    }
    let identity_policies: Vec<&[u8]> = identity_policies.iter().map(|compiled| &**compiled).collect();
    decide(&request, key_policy.as_deref(), &identity_policies, explain)
}

/// `{"id":…,"decision":…}`, with `because` if it is known.
fn write(out: &mut Vec<u8>, id: Option<&RawValue>, verdict: &Verdict) {
    begin(out, id, verdict.name());
    if let Some(because) = &verdict.because {
        out.extend_from_slice(b",\"because\":");
        to_json(out, because);
    }
    out.extend_from_slice(b"}\n");
}

fn deny(out: &mut Vec<u8>, id: Option<&RawValue>, error: &str) {
    begin(out, id, "ImplicitDeny");
    out.extend_from_slice(b",\"error\":");
    to_json(out, error);
    out.extend_from_slice(b"}\n");
}

/// Writing to a vector does not fail, and neither does what is written here.
fn to_json<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.extend_from_slice(b"null");
    }
}

fn begin(out: &mut Vec<u8>, id: Option<&RawValue>, decision: &str) {
    out.extend_from_slice(b"{\"id\":");
    out.extend_from_slice(id.map_or("null", RawValue::get).as_bytes());
    out.extend_from_slice(b",\"decision\":\"");
    out.extend_from_slice(decision.as_bytes());
    out.push(b'"');
}
