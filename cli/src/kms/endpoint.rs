//! An endpoint: operations out, and members of its answers in.

use serde::{Deserialize, Deserializer};
use strongroom_core::Ciphertext;
use strongroom_server::client::{Client, Object};
use strongroom_std::grant::GrantToken;
use strongroom_std::key::{
    KeyFacts, KeyId, KeyOrigin, KeySpec, KeyState, RotationSchedule, ScheduledDeletion,
};
use zeroize::Zeroizing;

use super::answers::Key;
use super::asked::{Answer, Refused};
use crate::error::CommandError;
use crate::exit::Kind;
use crate::input::from_base64;

/// Room for the longest request: 4096 bytes of a secret and 8192 of a context, however they are written. So none grows, which
/// would leave a copy behind.
const ROOM: usize = 64 << 10;

/// An endpoint.
pub(crate) struct Endpoint(pub(super) Client);

/// The body of an answer. Wiped on drop.
pub(super) struct Answered(Zeroizing<Vec<u8>>);

impl Endpoint {
    /// Asks for an operation.
    pub(super) fn ask(&self, operation: &str, write: impl FnOnce(&mut Object)) -> Answer<Answered> {
        let mut arguments = Object::with_room(ROOM);
        write(&mut arguments);
        Ok(Answered(self.0.ask(operation, arguments)?))
    }

    /// Asks for an operation on a key, and for what the key is then.
    pub(super) fn key(&self, operation: &str, key: &str, write: impl FnOnce(&mut Object)) -> Answer<Key> {
        self.with_facts(operation, |arguments| {
            arguments.text("KeyId", key);
            write(arguments);
        })
    }

    /// The same where the key has no name yet.
    pub(super) fn with_facts(&self, operation: &str, write: impl FnOnce(&mut Object)) -> Answer<Key> {
        let answered = self.ask(operation, |arguments| {
            arguments.truth("Facts", true);
            write(arguments);
        })?;
        answered.read::<Told<'_>>()?.facts.key()
    }
}

impl Answered {
    /// Its members.
    pub(super) fn read<'a, T: Deserialize<'a>>(&'a self) -> Answer<T> {
        serde_json::from_slice(&self.0).map_err(|_| garbled())
    }
}

/// An answer that is none to the question.
pub(super) fn garbled() -> Refused {
    CommandError::of(Kind::Other, "the answer of the endpoint is not what was asked for")
        .next(
            "--endpoint asks `strongroom serve`, of this version or a newer one; for AWS there is `aws kms`",
        )
        .into()
}

/// Writes grant tokens, if there are any.
pub(super) fn grant_tokens(arguments: &mut Object, tokens: &[GrantToken]) {
    if !tokens.is_empty() {
        let texts: Vec<String> = tokens.iter().map(ToString::to_string).collect();
        arguments.texts("GrantTokens", texts.iter().map(String::as_str));
    }
}

/// Writes names and values as members of an object, if there are any.
pub(super) fn pairs(arguments: &mut Object, name: &str, pairs: &[(&str, &str)]) {
    if !pairs.is_empty() {
        arguments.object(name, |object| pairs.iter().for_each(|(name, value)| object.text(name, value)));
    }
}

/// Bytes in base64, of which there is no other copy.
pub(super) fn bytes(text: &str) -> Answer<Zeroizing<Vec<u8>>> {
    from_base64(text.as_bytes()).map_err(|_| garbled())
}

/// The id in an ARN of a key, or alone.
pub(super) fn key_id(text: &str) -> Answer<KeyId> {
    let id = text.rsplit('/').next().unwrap_or(text);
    KeyId::parse(id).ok_or_else(garbled)
}

/// Which version of which key made a ciphertext, by what it says itself.
pub(super) fn made_by(ciphertext: &[u8]) -> Answer<(KeyId, u32)> {
    let header = Ciphertext::parse(ciphertext).map_err(|_| garbled())?.header;
    Ok((header.key_id, header.version))
}

/// Bytes in hexadecimal digits.
pub(super) fn hex<const N: usize>(text: &str) -> Answer<[u8; N]> {
    crate::input::from_hex(text).map_err(|_| garbled())
}

/// Asks for a page of so many, and for the one behind a marker.
pub(super) fn page(arguments: &mut Object, limit: usize, marker: Option<&[u8]>) {
    arguments.number("Limit", i64::try_from(limit).unwrap_or(i64::MAX));
    if let Some(marker) = marker {
        arguments.blob("Marker", marker);
    }
}

/// The marker of the next page, if there is one.
pub(super) fn marker<const N: usize>(text: Option<&str>) -> Answer<Option<[u8; N]>> {
    let Some(text) = text else { return Ok(None) };
    <[u8; N]>::try_from(bytes(text)?.as_slice()).map(Some).map_err(|_| garbled())
}

/// The one of these that has a name.
pub(super) fn named<T: Copy>(
    all: impl IntoIterator<Item = T>,
    name: fn(T) -> &'static str,
    wanted: &str,
) -> Answer<T> {
    all.into_iter().find(|one| name(*one) == wanted).ok_or_else(garbled)
}

/// A time: seconds since 1970, with a fraction; here in milliseconds.
#[derive(Clone, Copy)]
pub(super) struct Moment(pub(super) u64);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        // Exact to the millisecond for as long as anybody counts.
        let ms = format!("{:.0}", seconds * 1000.0).parse();
        ms.map(Moment).map_err(|_| serde::de::Error::custom("no time"))
    }
}

/// The milliseconds of a time that may be missing.
pub(super) fn ms(moment: Option<Moment>) -> Option<u64> {
    moment.map(|Moment(ms)| ms)
}

/// An answer that tells what the key is.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told<'a> {
    #[serde(borrow)]
    facts: Facts<'a>,
}

/// What Strongroom knows of a key.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Facts<'a> {
    key_id: &'a str,
    arn: &'a str,
    creation_date: Option<Moment>,
    key_state: &'a str,
    key_spec: &'a str,
    origin: &'a str,
    current_version: u32,
    newest_version: u32,
    on_demand_rotations: u32,
    rotation_period_in_days: Option<u16>,
    next_rotation_date: Option<Moment>,
    deletion_date: Option<Moment>,
    #[serde(flatten)]
    end: End,
    valid_to: Option<Moment>,
    missing_materials: u32,
    /// Only where the key is described.
    pub(super) current_key_material_id: Option<&'a str>,
}

/// How something ends.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct End {
    pending_window_in_days: Option<u16>,
    last_day: Option<bool>,
}

impl End {
    /// The end at this time.
    pub(super) fn at(&self, due: Option<Moment>) -> Option<ScheduledDeletion> {
        Some(ScheduledDeletion {
            window_days: self.pending_window_in_days?,
            due_ms: ms(due)?,
            // When exactly, only the vault has to know.
            destroy_at_observed_ms: self.last_day.filter(|is_last| *is_last).map(|_| 0),
        })
    }
}

impl Facts<'_> {
    pub(super) fn key(&self) -> Answer<Key> {
        let spec = named(KeySpec::ALL, KeySpec::name, self.key_spec)?;
        let facts = KeyFacts {
            key_id: key_id(self.key_id)?,
            created_ms: ms(self.creation_date),
            state: named(KeyState::ALL, KeyState::name, self.key_state)?,
            spec,
            usage: spec.usage(),
            origin: named([KeyOrigin::AwsKms, KeyOrigin::External], KeyOrigin::name, self.origin)?,
            current_version: self.current_version,
            newest_version: self.newest_version,
            on_demand_rotations: self.on_demand_rotations,
            rotation: self
                .rotation_period_in_days
                .zip(ms(self.next_rotation_date))
                .map(|(period_days, next_ms)| RotationSchedule { period_days, next_ms }),
            deletion: self.end.at(self.deletion_date),
            expires_ms: ms(self.valid_to),
            missing_materials: self.missing_materials,
            // Only the vault goes by it.
            rotates_from_observed_ms: 0,
        };
        Ok(Key { facts, arn: self.arn.to_owned() })
    }
}
