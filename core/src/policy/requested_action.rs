//! Actions as requests name them, and which patterns cover them.

use super::action::Action;
use super::pattern::matches_ignoring_case;

/// The action that a request asks for: one of ours, or any other that policies can speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestedAction<'a> {
    /// An action of a vault.
    Ours(Action),
    /// An action of another service, or one that this version does not know.
    Other {
        /// For example `s3`.
        service: &'a str,
        /// For example `GetObject`.
        name: &'a str,
    },
}

impl<'a> RequestedAction<'a> {
    /// Reads `service:Name`, case of ASCII letters aside; `None` for anything else.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let (service, name) =
            text.split_once(':').filter(|(service, name)| !service.is_empty() && !name.is_empty())?;
        let ours = Action::all().find(|ours| ours.name().eq_ignore_ascii_case(name));
        Some(match ours.filter(|_| service.eq_ignore_ascii_case("kms")) {
            Some(action) => RequestedAction::Ours(action),
            None => RequestedAction::Other { service, name },
        })
    }

    fn parts(&self) -> (&'a str, &'a str) {
        match *self {
            RequestedAction::Ours(action) => ("kms", action.name()),
            RequestedAction::Other { service, name } => (service, name),
        }
    }

    /// Whether an action pattern such as `kms:Re*` or `*` covers it.
    pub(super) fn is_listed_by(&self, pattern: &str) -> bool {
        let (service, name) = self.parts();
        match pattern.split_once(':') {
            None => pattern == "*",
            Some((listed, pattern)) => {
                listed.eq_ignore_ascii_case(service) && matches_ignoring_case(pattern, name)
            }
        }
    }

    pub(super) const fn is_cross_account(&self) -> bool {
        match self {
            RequestedAction::Ours(action) => action.is_cross_account(),
            RequestedAction::Other { .. } => false,
        }
    }
}

impl core::fmt::Display for RequestedAction<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (service, name) = self.parts();
        write!(f, "{service}:{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_has_a_service_and_a_name() {
        for text in ["", ":", "kms", "kms:", ":Decrypt", "Decrypt"] {
            assert_eq!(RequestedAction::parse(text), None, "{text:?}");
        }
        assert_eq!(RequestedAction::parse("KMS:decrypt"), Some(RequestedAction::Ours(Action::Decrypt)));
        let other = |service, name| Some(RequestedAction::Other { service, name });
        assert_eq!(RequestedAction::parse("s3:Decrypt"), other("s3", "Decrypt"));
        assert_eq!(RequestedAction::parse("kms:Decrypt:a"), other("kms", "Decrypt:a"));
    }
}
