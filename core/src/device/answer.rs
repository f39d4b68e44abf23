//! Carrying out what was asked, family by family.

use super::message::{Administration, Answer, CALLER_RECORD_LEN, Data, Keys, Macs, SealedVector, Streaming};
use crate::crypto::sr1::{self, SealingKey};
use crate::crypto::{Primitives, Purpose};
use crate::error::{Error, Parameter, Reason};
use crate::key::{KeyFacts, KeySpec, KeyState, KeyUsage, MacAlgorithm};
use crate::operation::{
    AcceptTime, CancelKeyDeletion, ConfirmKeyDeletion, CreateKey, Decrypt, DescribeKey, DisableKey,
    EnableKey, Encrypt, GenerateDataKey, GenerateMac, GenerateRandom, PutKeyPolicy, RotateKeyOnDemand,
    ScheduleKeyDeletion, Tick, VerifyMac,
};
use crate::platform::Platform;
use crate::policy::Caller;
use crate::secret::Secret;
use crate::stream::{OpenStream, SealStream, SegmentLen, SegmentOpener, SegmentSealer, segment_place};
use crate::vault::{Destruction, Vault};

/// Does something as the caller of this name, or as the root user of the vault's account where there is none.
///
/// # Errors
/// [`Error::NotFound`]: there is no such caller; others of [`Vault::caller`], and what `ask` answers.
///
/// # Security
/// Nobody has established who asks: that is for whoever owns the line.
pub fn as_caller<P: Platform, R>(
    vault: &Vault<P>,
    name: &str,
    ask: impl FnOnce(&Caller<'_>) -> Result<R, Error>,
) -> Result<R, Error> {
    if name.is_empty() {
        let realm = vault.realm()?;
        let mut principal = heapless::String::<64>::new();
        let (partition, account) = (realm.partition(), realm.account());
        for part in ["arn:", partition, ":iam::", account, ":root"] {
            principal.push_str(part).map_err(|_| Error::Capacity)?;
        }
        return ask(&Caller::new(&principal)?);
    }
    let mut record = [0; CALLER_RECORD_LEN];
    let stored = vault.caller(name, &mut record)?;
    ask(&stored.as_caller()?)
}

/// Encrypts, decrypts, generates.
///
/// # Errors
/// What the operation answers. `out` is wiped then.
pub fn data<'o, P: Platform>(
    vault: &Vault<P>,
    caller: &Caller<'_>,
    ask: &Data<'_>,
    out: &'o mut [u8],
) -> Result<Answer<'o>, Error> {
    match ask {
        Data::Encrypt { key, plaintext, context } => {
            let request = Encrypt { encryption_context: context, ..Encrypt::new(key, plaintext) };
            let done = vault.encrypt(caller, request, out)?;
            Ok(Answer::Bytes { version: done.version, bytes: done.ciphertext })
        }
        Data::Decrypt { ciphertext, context } => {
            let request = Decrypt { encryption_context: context, ..Decrypt::new(ciphertext) };
            let done = vault.decrypt(caller, request, out)?;
            Ok(Answer::Bytes { version: done.version, bytes: done.plaintext })
        }
        Data::GenerateDataKey { key, number_of_bytes, context } => {
            let number_of_bytes = usize::from(*number_of_bytes);
            let request = GenerateDataKey {
                number_of_bytes,
                encryption_context: context,
                ..GenerateDataKey::aes_256(key)
            };
            let too_long = Error::Validation(Parameter::NumberOfBytes);
            let (plaintext, ciphertext) = out.split_at_mut_checked(number_of_bytes).ok_or(too_long)?;
            let done = vault.generate_data_key(caller, request, plaintext, ciphertext)?;
            Ok(Answer::DataKey { plaintext: done.plaintext, ciphertext: done.ciphertext })
        }
        Data::GenerateRandom { number_of_bytes } => {
            let number_of_bytes = usize::from(*number_of_bytes);
            let bytes = vault.generate_random(caller, GenerateRandom { number_of_bytes }, out)?;
            Ok(Answer::Bytes { version: 0, bytes })
        }
    }
}

/// Makes, changes and ends keys.
///
/// # Errors
/// What the operation answers.
pub fn keys<P: Platform>(
    vault: &Vault<P>,
    caller: &Caller<'_>,
    ask: &Keys<'_>,
    out: &mut [u8],
) -> Result<Answer<'static>, Error> {
    let facts = match *ask {
        Keys::Create { description, policy, is_for_macs } => {
            let (key_spec, key_usage) = if is_for_macs {
                (KeySpec::Hmac256, KeyUsage::GenerateVerifyMac)
            } else {
                Default::default()
            };
            vault.create_key(
                caller,
                CreateKey { description, policy, key_spec, key_usage, ..CreateKey::default() },
            )
        }
        Keys::Describe(key_id) => {
            vault.describe_key(caller, DescribeKey { key_id, grant_tokens: &[] }, out).map(|key| key.facts)
        }
        Keys::Rotate(key_id) => vault.rotate_key_on_demand(caller, RotateKeyOnDemand { key_id }),
        Keys::Enable(key_id) => vault.enable_key(caller, EnableKey { key_id }),
        Keys::Disable(key_id) => vault.disable_key(caller, DisableKey { key_id }),
        Keys::PutPolicy { key: key_id, policy } => {
            let policy_name = "default";
            let request =
                PutKeyPolicy { key_id, policy_name, policy, bypass_policy_lockout_safety_check: false };
            vault.put_key_policy(caller, request)
        }
        Keys::ScheduleDeletion { key: key_id, days } => {
            vault.schedule_key_deletion(caller, ScheduleKeyDeletion { key_id, pending_window_in_days: days })
        }
        Keys::CancelDeletion(key_id) => vault.cancel_key_deletion(caller, CancelKeyDeletion { key_id }),
        Keys::ConfirmDeletion(key_id) => {
            let destruction = vault.confirm_key_deletion(caller, ConfirmKeyDeletion { key_id })?;
            return Ok(Answer::Destroyed { is_erased: destruction == Destruction::Erased });
        }
    };
    facts.map(|facts| key(&facts))
}

fn key(facts: &KeyFacts) -> Answer<'static> {
    Answer::Key {
        key_id: *facts.key_id.as_bytes(),
        version: facts.current_version,
        is_enabled: facts.state == KeyState::Enabled,
    }
}

/// Makes and verifies MACs.
///
/// # Errors
/// What the operation answers.
pub fn macs<'o, P: Platform>(
    vault: &Vault<P>,
    caller: &Caller<'_>,
    ask: &Macs<'_>,
    out: &'o mut [u8],
) -> Result<Answer<'o>, Error> {
    let mac_algorithm = MacAlgorithm::HmacSha256;
    match *ask {
        Macs::Generate { key: key_id, message } => {
            let request = GenerateMac { key_id, message, mac_algorithm, grant_tokens: &[], dry_run: false };
            let made = vault.generate_mac(caller, request, out)?;
            Ok(Answer::Bytes { version: made.version, bytes: made.mac })
        }
        Macs::Verify { key: key_id, message, mac } => {
            let request =
                VerifyMac { key_id, message, mac, mac_algorithm, grant_tokens: &[], dry_run: false };
            let verified = vault.verify_mac(caller, request)?;
            let (key_id, version) = (*verified.key_id.as_bytes(), verified.version);
            Ok(Answer::Key { key_id, version, is_enabled: true })
        }
    }
}

/// The stream that is being sealed, and the one that is being opened.
#[derive(Debug, Default)]
pub struct Streams<C: Primitives> {
    sealer: SegmentSealer<C>,
    opener: SegmentOpener<C>,
}

impl<C: Primitives> Streams<C> {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Streams { sealer: SegmentSealer::new(), opener: SegmentOpener::new() }
    }
}

/// Seals and opens streams in segments of 1 KiB.
///
/// # Errors
/// What the operation answers. [`Error::InvalidCiphertext`]: a segment does not open.
pub fn streams<'o, P: Platform>(
    vault: &Vault<P>,
    caller: &Caller<'_>,
    streams: &mut Streams<P::Primitives>,
    ask: &Streaming<'_>,
    out: &'o mut [u8],
) -> Result<Answer<'o>, Error> {
    let Streams { sealer, opener } = streams;
    let len = match ask {
        Streaming::Begin { key, context } => {
            let request = SealStream {
                encryption_context: context,
                segment_len: SegmentLen::MIN,
                ..SealStream::new(key)
            };
            let header = vault.seal_stream(caller, request, sealer)?;
            put(out, &header)?
        }
        Streaming::Seal { plaintext, is_last } => {
            segment_place(out, plaintext.len())?.copy_from_slice(plaintext);
            let entropy = vault.platform().entropy();
            if *is_last {
                sealer.seal_last(entropy, out, plaintext.len())?
            } else {
                sealer.seal(entropy, out)?
            }
        }
        Streaming::Open { header, context } => {
            let request = OpenStream { encryption_context: context, ..OpenStream::default() };
            vault.open_stream(caller, request, header, opener)?;
            return Ok(Answer::Done);
        }
        Streaming::OpenSegment { index, is_last, segment } => {
            let len = put(out, segment)?;
            let segment = out.get_mut(..len).ok_or(Error::Bug)?;
            let wrong = Error::InvalidCiphertext(Reason::Withheld);
            let bytes = opener.open(*index, *is_last, segment).map_err(|_| wrong)?;
            return Ok(Answer::Bytes { version: 0, bytes });
        }
    };
    Ok(Answer::Bytes { version: 0, bytes: out.get(..len).ok_or(Error::Bug)? })
}

fn put(out: &mut [u8], bytes: &[u8]) -> Result<usize, Error> {
    let needed = bytes.len();
    out.get_mut(..needed).ok_or(Error::BufferTooSmall { needed })?.copy_from_slice(bytes);
    Ok(needed)
}

/// Looks after the vault.
///
/// # Errors
/// What the operation answers.
pub fn administer<'o, P: Platform>(
    vault: &Vault<P>,
    caller: &Caller<'_>,
    ask: &Administration,
    out: &'o mut [u8],
) -> Result<Answer<'o>, Error> {
    match *ask {
        Administration::Posture => {
            let lines = vault.posture()?.map(|line| u8::from(line.is_protected()));
            let len = put(out, &lines)?;
            return Ok(Answer::Bytes { version: 0, bytes: out.get(..len).ok_or(Error::Bug)? });
        }
        Administration::AcceptTime { time_ms } => {
            vault.accept_time(caller, AcceptTime { time_ms })?;
        }
        Administration::Tick { steps } => {
            vault.tick_for(caller, Tick { steps })?;
        }
        Administration::FlushAudit => vault.flush_audit()?,
    }
    Ok(Answer::Done)
}

/// Opens a test vector under the key that it tells.
///
/// # Errors
/// [`Error::InvalidCiphertext`]: it does not open, or there is no such purpose.
pub fn open_sealed<'o, C: Primitives>(
    vector: &SealedVector<'_>,
    out: &'o mut [u8],
) -> Result<Answer<'o>, Error> {
    let wrong = Error::InvalidCiphertext(Reason::Withheld);
    let purpose = Purpose::ALL.into_iter().find(|purpose| purpose.number() == vector.purpose).ok_or(wrong)?;
    let mut key = Secret::zeroed();
    key.fill_with(|bytes| *bytes = vector.key);
    let (key, _) = SealingKey::<C>::open(&key, purpose, &vector.owner, vector.version);
    let associated = C::sha256([vector.associated].into_iter());
    let len = put(out, vector.sealed)?;
    let bytes = sr1::open_blob(&key, purpose, &associated, out.get_mut(..len).ok_or(Error::Bug)?);
    Ok(Answer::Bytes { version: vector.version, bytes: bytes.map_err(|_| wrong)? })
}
