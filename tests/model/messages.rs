//! Ciphertexts: made, opened, moved; data keys.

use strongroom_core::key::VersionState;
use strongroom_core::policy::Action;

use super::answer::{Answer, Outcome, Under};
use super::may::{ACCESS_DENIED, Asked, Code, check, check_name, check_state, only_root};
use super::state::{Message, Model};
use super::step::{Ask, CONTEXTS, Damage, GrantName, KeyName, User};

const INVALID_CIPHERTEXT: Code = "InvalidCiphertextException";

/// A ciphertext as it is handed in.
#[derive(Clone, Copy)]
struct HandedIn {
    key: Option<KeyName>,
    message: usize,
    damage: Damage,
    context: usize,
}

impl HandedIn {
    /// Before anybody is asked: a ciphertext of some length, and a key to begin with.
    fn check(&self) -> Result<(), Code> {
        check(self.damage != Damage::Emptied)?;
        self.key.map_or(Ok(()), check_name)
    }
}

impl Model {
    pub fn encrypt(
        &mut self,
        by: User,
        name: KeyName,
        len: usize,
        context: usize,
        token: Option<GrantName>,
    ) -> Outcome {
        check((1..=4096).contains(&len))?;
        let key = self.enter(Asked { context, ..Asked::of(by, Action::Encrypt) }, name)?;
        self.check_token(token, &[key])?;
        let (message, under) = self.seal(key, context)?;
        Ok(Answer::Sealed { message, under })
    }

    pub fn generate_data_key(
        &mut self,
        by: User,
        name: KeyName,
        len: usize,
        context: usize,
        is_shown: bool,
    ) -> Outcome {
        check((1..=1024).contains(&len))?;
        let action = if is_shown { Action::GenerateDataKey } else { Action::GenerateDataKeyWithoutPlaintext };
        let key = self.enter(Asked { context, ..Asked::of(by, action) }, name)?;
        let (message, under) = self.seal(key, context)?;
        Ok(Answer::Sealed { message, under })
    }

    pub fn generate_random(&self, by: User, len: usize) -> Outcome {
        check((1..=1024).contains(&len))?;
        only_root(by)?;
        Ok(Answer::Done)
    }

    /// The current version encrypts.
    fn seal(&mut self, key: usize, context: usize) -> Result<(usize, Under), Code> {
        check_state("Encrypt", &self.keys[key])?;
        let under = self.count_sealing(key)?;
        self.messages.push(Message { under, context });
        Ok((self.messages.len() - 1, under))
    }

    /// The key that is to open it: the one named, or the one that the ciphertext names.
    fn opening_key(&self, by: User, action: Action, given: &HandedIn) -> Result<usize, Code> {
        let asked = Asked { context: given.context, ..Asked::of(by, action) };
        match given.key {
            Some(name) => self.find(asked, name),
            None if given.damage == Damage::Cut => Err(INVALID_CIPHERTEXT),
            None => self.admit(asked, Some(self.messages[given.message].under.key), ACCESS_DENIED),
        }
    }

    fn open(&self, key: usize, given: &HandedIn) -> Result<Under, Code> {
        if given.damage == Damage::Cut {
            return Err(INVALID_CIPHERTEXT);
        }
        let Message { under, context } = self.messages[given.message];
        if under.key != key {
            return Err("IncorrectKeyException");
        }
        let key = &self.keys[key];
        check_state("Decrypt", key)?;
        let is_intact = given.damage == Damage::None && CONTEXTS[given.context] == CONTEXTS[context];
        let is_usable = key.version(under.version).state == VersionState::Usable;
        if is_intact && is_usable { Ok(under) } else { Err(INVALID_CIPHERTEXT) }
    }

    pub fn decrypt(&mut self, by: User, ask: &Ask) -> Outcome {
        let Ask::Decrypt { key, message, damage, context, token, .. } = *ask else {
            panic!("{ask:?} opens nothing");
        };
        let given = HandedIn { key, message, damage, context };
        given.check()?;
        let key = self.opening_key(by, Action::Decrypt, &given)?;
        self.settle(key);
        self.check_token(token, &[key])?;
        let under = self.open(key, &given)?;
        self.count_opening(under);
        Ok(Answer::Opened { under, is_what_was_sealed: true })
    }

    /// From one key to another, or to the current version of the same.
    pub fn re_encrypt(&mut self, by: User, ask: &Ask) -> Outcome {
        let Ask::ReEncrypt { source, message, damage, source_context, key, context, .. } = *ask else {
            panic!("{ask:?} moves nothing");
        };
        let given = HandedIn { key: source, message, damage, context: source_context };
        given.check()?;
        check_name(key)?;
        let source = self.opening_key(by, Action::ReEncryptFrom, &given)?;
        let key = self.find(Asked { context, ..Asked::of(by, Action::ReEncryptTo) }, key)?;
        self.settle(source);
        self.settle(key);
        let before = self.open(source, &given)?;
        // It was opened, also where nothing comes of that.
        self.count_opening(before);
        let (message, under) = self.seal(key, context)?;
        Ok(Answer::ReSealed { message, under, before })
    }
}
