//! Compiled policies of earlier lines: most lines repeat the policies of others.

use std::collections::HashMap;
use std::rc::Rc;

use strongroom_core::policy::PolicyKind;
use strongroom_std::PolicyError;
use strongroom_std::policy_json::compile_policy;

/// Most bytes that are kept, of documents and compiled forms together. When more come, all are forgotten.
const KEPT_LEN_MAX: usize = 1 << 23;

/// Documents with their compiled form, by kind. Refused documents are not kept.
#[derive(Default)]
pub(super) struct Cache {
    of_keys: HashMap<Box<str>, Rc<[u8]>>,
    of_callers: HashMap<Box<str>, Rc<[u8]>>,
    len: usize,
}

impl Cache {
    /// The compiled form of a document.
    ///
    /// # Errors
    /// As [`compile_policy`].
    pub(super) fn compile(&mut self, json: &str, kind: PolicyKind) -> Result<Rc<[u8]>, PolicyError> {
        let known = if kind == PolicyKind::Key { &mut self.of_keys } else { &mut self.of_callers };
        if let Some(compiled) = known.get(json) {
            return Ok(Rc::clone(compiled));
        }
        let compiled: Rc<[u8]> = compile_policy(json, kind)?.into();
        known.insert(json.into(), Rc::clone(&compiled));
        self.len = self.len.saturating_add(json.len()).saturating_add(compiled.len());
        if self.len > KEPT_LEN_MAX {
            *self = Cache::default();
        }
        Ok(compiled)
    }
}
