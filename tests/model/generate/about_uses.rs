//! Ciphertexts, MACs, and who may make them.

use strongroom_core::key::{KeySpec, KeyState, MacAlgorithm};
use strongroom_core::policy::Action;

use super::Generator;
use crate::model::state::{Grant, Key};
use crate::model::step::{Ask, CONTEXTS, Constraint, Damage, GrantName, KeyName, NewGrant, User};

const DRY_RUNS: usize = 10;

impl Generator<'_> {
    fn is_dry_run(&mut self) -> bool {
        self.dice.percent(DRY_RUNS)
    }

    /// Something that one of the user's grants allows, by and large.
    pub(super) fn used_grant(&mut self, by: User) -> Option<Ask> {
        let is_his = |grant: &&Grant| grant.is_live_on(grant.key) && grant.what.grantee == by;
        let his: Vec<&Grant> = self.model.grants.iter().filter(is_his).collect();
        if by == User::Root || his.is_empty() || self.dice.percent(30) {
            return None;
        }
        let grant = his[self.dice.below(his.len())];
        let (key, context) = (KeyName::Id(grant.key), self.context_of(grant));
        let is_dry_run = self.is_dry_run();
        let operations = &grant.what.operations;
        let ask = match operations[self.dice.below(operations.len())] {
            Action::Encrypt => Ask::Encrypt { key, len: 8, context, token: None, is_dry_run },
            Action::Decrypt => self.decrypt(Some(grant.key), Some(context)),
            Action::GenerateDataKey => Ask::GenerateDataKey { key, len: 16, context, is_dry_run },
            Action::GenerateDataKeyWithoutPlaintext => {
                Ask::GenerateDataKeyWithoutPlaintext { key, len: 16, context, is_dry_run }
            }
            Action::ReEncryptFrom | Action::ReEncryptTo => self.re_encrypt(Some(grant.key), Some(context)),
            Action::GenerateMac | Action::VerifyMac => self.about_macs_of(key),
            Action::DescribeKey => Ask::DescribeKey { key },
            Action::CreateGrant => {
                let mut narrower = grant.what.clone();
                narrower.grantee = self.one(&[User::Ann, User::Bob]);
                if self.dice.percent(50) {
                    narrower.operations.truncate(1);
                }
                if self.dice.percent(30) {
                    narrower.constraint = self.constraint();
                }
                Ask::CreateGrant { key, grant: narrower, is_dry_run }
            }
            _ => {
                let number = self.model.grants.iter().position(|other| std::ptr::eq(other, grant))?;
                Ask::RetireGrant { key, grant: GrantName::Made(number), is_dry_run }
            }
        };
        Some(ask)
    }

    /// A context that the grant lets through, most of the time.
    fn context_of(&mut self, grant: &Grant) -> usize {
        match grant.what.constraint {
            Some(Constraint::Equals(context) | Constraint::Subset(context)) if self.dice.percent(70) => {
                context
            }
            _ => self.context(),
        }
    }

    fn context(&mut self) -> usize {
        self.dice.below(CONTEXTS.len())
    }

    fn constraint(&mut self) -> Option<Constraint> {
        let context = self.context();
        self.one(&[None, Some(Constraint::Subset(context)), Some(Constraint::Equals(context))])
    }

    /// A ciphertext, mostly one of this key or of one that can open it.
    fn message(&mut self, of: Option<usize>) -> Option<usize> {
        let count = self.model.messages.len();
        let is_wanted = |message: &usize| {
            let key = self.model.messages[*message].under.key;
            of.map_or(self.model.keys[key].state == KeyState::Enabled, |of| key == of)
        };
        let wanted: Vec<usize> = (0..count).filter(is_wanted).collect();
        match self.number(wanted.len()) {
            Some(chosen) if self.dice.percent(85) => Some(wanted[chosen]),
            _ => self.number(count),
        }
    }

    fn damage(&mut self) -> Damage {
        if self.dice.percent(92) {
            return Damage::None;
        }
        self.one(&[Damage::Flipped, Damage::Cut, Damage::Emptied])
    }

    fn grant_name(&mut self) -> GrantName {
        let made = self.number(self.model.grants.len());
        match (made, self.dice.below(100)) {
            (_, 0..4) => GrantName::Malformed,
            (_, 4..8) | (None, _) => GrantName::Unknown,
            (Some(grant), _) => GrantName::Made(grant),
        }
    }

    /// A token to use a key with. What does not even look like one cannot be handed in.
    fn token(&mut self, percent: usize) -> Option<GrantName> {
        match self.grant_name() {
            _ if !self.dice.percent(percent) => None,
            GrantName::Malformed => Some(GrantName::Unknown),
            token => Some(token),
        }
    }

    pub(super) fn about_messages(&mut self) -> Ask {
        let key = self.key_or_alias(|key| key.is_symmetric() && key.state == KeyState::Enabled);
        let (context, is_dry_run) = (self.context(), self.is_dry_run());
        match self.weighted(&[36, 34, 16, 8, 6, 4]) {
            0 => {
                let len = self.one(&[1, 8, 8, 8, 33, 4096, 0, 4097]);
                Ask::Encrypt { key, len, context, token: self.token(12), is_dry_run }
            }
            1 => self.decrypt(None, None),
            2 => self.re_encrypt(None, None),
            3 => {
                let len = self.one(&[16, 32, 1024, 1, 0, 1025]);
                Ask::GenerateDataKey { key, len, context, is_dry_run }
            }
            4 => {
                let len = self.one(&[16, 32, 0, 1025]);
                Ask::GenerateDataKeyWithoutPlaintext { key, len, context, is_dry_run }
            }
            _ => Ask::GenerateRandom { len: self.one(&[1, 16, 1024, 0, 1025]) },
        }
    }

    fn decrypt(&mut self, of: Option<usize>, context: Option<usize>) -> Ask {
        let context = context.unwrap_or_else(|| self.context());
        let Some(message) = self.message(of) else {
            return Ask::Encrypt {
                key: self.key(Key::is_symmetric),
                len: 8,
                context,
                token: None,
                is_dry_run: false,
            };
        };
        let sealed = &self.model.messages[message];
        let (under, sealed_context) = (sealed.under, sealed.context);
        let own = self.model.aliases.iter().find(|(_, alias)| alias.key == under.key);
        let own = own.map_or(KeyName::Id(under.key), |(alias, _)| KeyName::Alias(*alias));
        let named = match self.dice.below(100) {
            0..60 => None,
            60..85 => Some(own),
            _ => Some(self.key_or_alias(|_| true)),
        };
        Ask::Decrypt {
            key: named,
            message,
            damage: self.damage(),
            context: if self.dice.percent(88) { sealed_context } else { context },
            token: self.token(8),
            is_dry_run: self.is_dry_run(),
        }
    }

    fn re_encrypt(&mut self, of: Option<usize>, context: Option<usize>) -> Ask {
        match self.decrypt(of, context) {
            Ask::Decrypt { key: source, message, damage, context: source_context, is_dry_run, .. } => {
                let key = match of {
                    Some(key) if self.dice.percent(60) => KeyName::Id(key),
                    _ => self.key_or_alias(|key| key.is_symmetric() && key.state == KeyState::Enabled),
                };
                let context = context.unwrap_or_else(|| self.context());
                Ask::ReEncrypt { source, message, damage, source_context, key, context, is_dry_run }
            }
            other => other,
        }
    }

    pub(super) fn about_macs(&mut self) -> Ask {
        let key = self.key_or_alias(|key| !key.is_symmetric() && key.state == KeyState::Enabled);
        self.about_macs_of(key)
    }

    fn about_macs_of(&mut self, key: KeyName) -> Ask {
        let own = self.meant(key).and_then(|key| key.spec.mac_algorithm());
        let algorithm = match own {
            Some(own) if self.dice.percent(94) => own,
            _ => self.one(&MacAlgorithm::ALL),
        };
        let message = if self.dice.percent(3) { 2 } else { self.dice.below(2) as u8 };
        let (is_versioned, is_dry_run) = (self.dice.percent(40), self.is_dry_run());
        let mac = self.number(self.model.macs.len());
        let Some(mac) = mac.filter(|_| self.dice.percent(60)) else {
            return Ask::GenerateMac { key, algorithm, message, is_versioned, is_dry_run };
        };
        // What was made by the key itself, most of the time.
        let made = &self.model.macs[mac];
        if self.dice.percent(80) {
            return Ask::VerifyMac {
                key: KeyName::Id(made.by.key),
                algorithm: made.algorithm,
                message: made.message,
                mac,
                damage: self.damage(),
                is_versioned: made.is_versioned,
                is_dry_run,
            };
        }
        Ask::VerifyMac { key, algorithm, message, mac, damage: Damage::None, is_versioned, is_dry_run }
    }

    fn new_grant(&mut self, key: KeyName) -> NewGrant {
        let is_symmetric = self.meant(key).is_none_or(|key| key.spec == KeySpec::SymmetricDefault);
        let own: &[Action] = if is_symmetric {
            &[
                Action::Encrypt,
                Action::Decrypt,
                Action::GenerateDataKey,
                Action::GenerateDataKeyWithoutPlaintext,
                Action::ReEncryptFrom,
                Action::ReEncryptTo,
            ]
        } else {
            &[Action::GenerateMac, Action::VerifyMac]
        };
        let mut operations: Vec<Action> = own.iter().copied().filter(|_| self.dice.percent(60)).collect();
        for operation in [Action::DescribeKey, Action::CreateGrant, Action::RetireGrant] {
            if self.dice.percent(30) {
                operations.push(operation);
            }
        }
        match self.dice.below(100) {
            0..3 => operations.push(Action::EnableKey),
            3..6 => operations.push(Action::VerifyMac),
            6..8 => operations.clear(),
            _ => {}
        }
        let constraint = self.constraint();
        NewGrant {
            grantee: self.one(&[User::Ann, User::Ann, User::Bob]),
            retiring: self.one(&[None, Some(User::Ann), Some(User::Bob)]),
            operations,
            constraint: constraint.filter(|_| is_symmetric && self.dice.percent(50)),
            name: self.one(&[None, None, Some(0), Some(1)]),
        }
    }

    pub(super) fn about_grants(&mut self) -> Ask {
        let grant = self.grant_name();
        // The key that has it, most of the time.
        let key = match grant {
            GrantName::Made(grant) if self.dice.percent(80) => KeyName::Id(self.model.grants[grant].key),
            _ => self.key(|_| true),
        };
        let is_dry_run = self.is_dry_run();
        match self.weighted(&[46, 14, 14, 10, 8, 8]) {
            0 => {
                let key = self.key(|key| key.state == KeyState::Enabled);
                // The same again, now and then: with a name that is no second grant.
                let again = self.model.grants.last().filter(|_| self.dice.percent(15));
                match again {
                    Some(again) => Ask::CreateGrant {
                        key: KeyName::Id(again.key),
                        grant: again.what.clone(),
                        is_dry_run,
                    },
                    None => Ask::CreateGrant { key, grant: self.new_grant(key), is_dry_run },
                }
            }
            1 => Ask::RevokeGrant { key, grant, is_dry_run },
            2 => Ask::RetireGrant { key, grant, is_dry_run },
            3 => Ask::RetireGrantByToken { grant, is_dry_run },
            4 => Ask::ListGrants { key: self.key(|_| true), limit: self.limit(100) },
            _ => Ask::ListRetirableGrants {
                retiring: self.one(&[User::Ann, User::Bob]),
                limit: self.limit(100),
            },
        }
    }
}
