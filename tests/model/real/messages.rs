//! Ciphertexts and MACs.

use strongroom_core::key::KeyId;
use strongroom_core::operation::{
    Decrypt, Encrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateMac, GenerateRandom,
    GenerateVersionedMac, ReEncrypt, VerifyMac, VerifyVersionedMac,
};
use strongroom_core::policy::Caller;
use strongroom_core::{Error, ciphertext_len};

use super::{Real, Sealed, bytes_from};
use crate::model::answer::{Answer, Under};
use crate::model::step::{Ask, CONTEXTS, Damage, GrantName, KeyName, User, mac_message};
use crate::world::caller;

/// Room for everything.
const ROOM: usize = ciphertext_len(4096);

fn damaged(bytes: &[u8], damage: Damage) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    match damage {
        Damage::None => {}
        Damage::Flipped => *bytes.last_mut().unwrap() ^= 1,
        Damage::Cut => bytes.truncate(20),
        Damage::Emptied => bytes.clear(),
    }
    bytes
}

impl Real<'_> {
    pub(super) fn take_on_messages(&mut self, by: User, ask: &Ask) -> Option<Result<Answer, Error>> {
        let caller = &caller(by.principal());
        Some(match ask {
            Ask::Encrypt { key, len, context, token, is_dry_run } => {
                self.encrypt(caller, *key, *len, *context, *token, *is_dry_run)
            }
            Ask::Decrypt { .. } => self.decrypt(caller, ask),
            Ask::ReEncrypt { .. } => self.re_encrypt(caller, ask),
            Ask::GenerateDataKey { key, len, context, is_dry_run } => {
                self.generate_data_key(caller, *key, *len, *context, *is_dry_run, true)
            }
            Ask::GenerateDataKeyWithoutPlaintext { key, len, context, is_dry_run } => {
                self.generate_data_key(caller, *key, *len, *context, *is_dry_run, false)
            }
            Ask::GenerateRandom { len } => {
                let request = GenerateRandom { number_of_bytes: *len };
                self.vault.generate_random(caller, request, &mut [0; 1024]).map(|_| Answer::Done)
            }
            _ => return None,
        })
    }

    fn tokens(&self, token: Option<GrantName>) -> Result<Vec<strongroom_core::grant::GrantToken>, Error> {
        token.into_iter().map(|token| self.grant_token(token)).collect()
    }

    fn under(&self, key_id: KeyId, version: u32) -> Under {
        Under { key: self.number(key_id), version }
    }

    fn keep(&mut self, ciphertext: &[u8], plaintext: Option<Vec<u8>>) -> usize {
        self.messages.push(Sealed { ciphertext: ciphertext.to_vec(), plaintext });
        self.messages.len() - 1
    }

    fn encrypt(
        &mut self,
        caller: &Caller<'_>,
        key: KeyName,
        len: usize,
        context: usize,
        token: Option<GrantName>,
        dry_run: bool,
    ) -> Result<Answer, Error> {
        let plaintext = bytes_from(1000 + self.messages.len() as u64, len);
        self.world.canaries.add(&plaintext);
        let (mut out, grant_tokens) = (vec![0; ROOM], self.tokens(token)?);
        let request = Encrypt {
            key_id: &self.text(key),
            plaintext: &plaintext,
            encryption_context: CONTEXTS[context],
            grant_tokens: &grant_tokens,
            dry_run,
        };
        let sealed = self.vault.encrypt(caller, request, &mut out)?;
        let under = self.under(sealed.key_id, sealed.version);
        Ok(Answer::Sealed { message: self.keep(sealed.ciphertext, Some(plaintext)), under })
    }

    fn generate_data_key(
        &mut self,
        caller: &Caller<'_>,
        key: KeyName,
        number_of_bytes: usize,
        context: usize,
        dry_run: bool,
        is_shown: bool,
    ) -> Result<Answer, Error> {
        let (mut shown, mut out) = ([0; 1024], vec![0; ROOM]);
        let request = GenerateDataKey {
            key_id: &self.text(key),
            number_of_bytes,
            encryption_context: CONTEXTS[context],
            grant_tokens: &[],
            dry_run,
        };
        let made = if is_shown {
            self.vault.generate_data_key(caller, request, &mut shown, &mut out)?
        } else {
            let request = GenerateDataKeyWithoutPlaintext(request);
            self.vault.generate_data_key_without_plaintext(caller, request, &mut out)?
        };
        let under = self.under(made.key_id, made.version);
        let plaintext = Some(made.plaintext.to_vec()).filter(|_| is_shown);
        Ok(Answer::Sealed { message: self.keep(made.ciphertext, plaintext), under })
    }

    fn decrypt(&mut self, caller: &Caller<'_>, ask: &Ask) -> Result<Answer, Error> {
        let Ask::Decrypt { key, message, damage, context, token, is_dry_run } = *ask else {
            panic!("{ask:?} opens nothing");
        };
        let (mut out, grant_tokens) = (vec![0; ROOM], self.tokens(token)?);
        let key_id = key.map(|key| self.text(key));
        let request = Decrypt {
            key_id: key_id.as_deref(),
            ciphertext: &damaged(&self.messages[message].ciphertext, damage),
            encryption_context: CONTEXTS[context],
            grant_tokens: &grant_tokens,
            dry_run: is_dry_run,
        };
        let opened = self.vault.decrypt(caller, request, &mut out)?;
        let under = self.under(opened.key_id, opened.version);
        let sealed = self.messages[message].plaintext.get_or_insert_with(|| opened.plaintext.to_vec());
        Ok(Answer::Opened { under, is_what_was_sealed: sealed == opened.plaintext })
    }

    fn re_encrypt(&mut self, caller: &Caller<'_>, ask: &Ask) -> Result<Answer, Error> {
        let Ask::ReEncrypt { source, message, damage, source_context, key, context, is_dry_run } = *ask
        else {
            panic!("{ask:?} moves nothing");
        };
        let mut out = vec![0; ROOM];
        let source = source.map(|source| self.text(source));
        let request = ReEncrypt {
            source_key_id: source.as_deref(),
            ciphertext: &damaged(&self.messages[message].ciphertext, damage),
            source_encryption_context: CONTEXTS[source_context],
            destination_key_id: &self.text(key),
            destination_encryption_context: CONTEXTS[context],
            grant_tokens: &[],
            dry_run: is_dry_run,
        };
        let moved = self.vault.re_encrypt(caller, request, &mut out)?;
        let under = self.under(moved.key_id, moved.version);
        let before = self.under(moved.source_key_id, moved.source_version);
        let plaintext = self.messages[message].plaintext.clone();
        Ok(Answer::ReSealed { message: self.keep(moved.ciphertext, plaintext), under, before })
    }

    pub(super) fn take_on_macs(&mut self, by: User, ask: &Ask) -> Option<Result<Answer, Error>> {
        let caller = &caller(by.principal());
        Some(match *ask {
            Ask::GenerateMac { key, algorithm, message, is_versioned, is_dry_run } => {
                let (mut out, key_id) = ([0; 128], &self.text(key));
                let mut request = GenerateMac::new(key_id, algorithm, mac_message(message));
                request.dry_run = is_dry_run;
                let made = if is_versioned {
                    self.vault.generate_versioned_mac(caller, GenerateVersionedMac(request), &mut out)
                } else {
                    self.vault.generate_mac(caller, request, &mut out)
                };
                made.map(|made| {
                    self.macs.push(made.mac.to_vec());
                    Answer::Mac { mac: self.macs.len() - 1, by: self.under(made.key_id, made.version) }
                })
            }
            Ask::VerifyMac { key, algorithm, message, mac, damage, is_versioned, is_dry_run } => {
                let (mac, key_id) = (damaged(&self.macs[mac], damage), &self.text(key));
                let mut request = VerifyMac::new(key_id, algorithm, mac_message(message), &mac);
                request.dry_run = is_dry_run;
                let verified = if is_versioned {
                    self.vault.verify_versioned_mac(caller, VerifyVersionedMac(request))
                } else {
                    self.vault.verify_mac(caller, request)
                };
                verified
                    .map(|verified| Answer::Verified { by: self.under(verified.key_id, verified.version) })
            }
            _ => return None,
        })
    }
}
