//! A line: documents and one request, as `strongroom policy evaluate` reads them, and the answer.

use super::json::Json;

/// The input of one decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub id: String,
    /// `None` for an action without a key.
    pub key_policy: Option<Json>,
    pub identity_policies: Vec<Json>,
    pub principal: String,
    pub action: String,
    pub resource: String,
    /// The condition keys, as written.
    pub context: Vec<(String, Json)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Decision {
    Allow,
    ExplicitDeny,
    ImplicitDeny,
}

/// The output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub decision: Decision,
    /// Whether a document or the request could not be read.
    pub is_error: bool,
}

impl Answer {
    pub(super) const ERROR: Answer = Answer { decision: Decision::ImplicitDeny, is_error: true };
}

impl Line {
    /// Reads a line of the table: the input, and the answer that is expected.
    pub(super) fn parse(text: &str) -> Option<(Line, Answer)> {
        let json = Json::parse(text)?;
        let request = json.get("request")?;
        let word = |name: &str| request.get(name)?.as_text().map(str::to_string);
        let line = Line {
            id: json.get("id")?.as_text()?.to_string(),
            key_policy: json.get("key_policy").filter(|policy| **policy != Json::Null).cloned(),
            identity_policies: json.get("identity_policies")?.one_or_many().into_iter().cloned().collect(),
            principal: word("principal")?,
            action: word("action")?,
            resource: word("resource")?,
            context: request.get("context")?.members().to_vec(),
        };
        let decision = match json.get("decision")?.as_text()? {
            "Allow" => Decision::Allow,
            "ExplicitDeny" => Decision::ExplicitDeny,
            "ImplicitDeny" => Decision::ImplicitDeny,
            _ => return None,
        };
        Some((line, Answer { decision, is_error: json.get("error").is_some() }))
    }

    /// The line with an answer, for the table.
    pub(super) fn with(&self, answer: Answer) -> String {
        let request = Json::object(&[
            ("principal", Json::text(&self.principal)),
            ("action", Json::text(&self.action)),
            ("resource", Json::text(&self.resource)),
            ("context", Json::Object(self.context.clone())),
        ]);
        let mut members = vec![
            ("id", Json::text(&self.id)),
            ("key_policy", self.key_policy.clone().unwrap_or(Json::Null)),
            ("identity_policies", Json::List(self.identity_policies.clone())),
            ("request", request),
            ("decision", Json::text(&format!("{:?}", answer.decision))),
        ];
        if answer.is_error {
            members.push(("error", Json::Bool(true)));
        }
        Json::object(&members).to_string()
    }
}
