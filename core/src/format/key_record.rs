//! The record of a KMS key: its facts, then its texts.

use super::bytes::{Malformed, Reader, Writer, move_bytes};
use core::ops::Range;

use super::access_key_record::AccessKeyRecord;
use super::caller_record;
use super::due_record::DueRecord;
use super::grant_record::RetirableRecord;
use super::identity_record::IdentityRecord;
use super::lineage_record::LineageRecord;
use super::offer_record::OfferRecord;
use super::peers_record::PeersRecord;
use super::settings_record::{GrantCount, Settings};
use super::strings::Strings;
use super::trust_record::TrustRecord;
use super::version_record::VersionRecord;
use super::wrapping_key_record::WrappingKeyRecord;
use crate::error::{Error, Part};
use crate::grant::Grant;
use crate::key::{
    Alias, KeyFacts, KeyId, KeyOrigin, KeySpec, KeyState, KeyUsage, RotationSchedule, ScheduledDeletion,
    is_alias_name,
};
use crate::limits::{
    DESCRIPTION_LEN_MAX, KEY_TAGS_MAX, PADDING, POLICY_LEN_MAX, ROTATION_PERIOD_DAYS, WAITING_PERIOD_DAYS,
};
use crate::policy::Action;
use crate::usage::UsageLine;

/// The type of a key record, in its name and in its first byte.
pub(crate) const KEY: u8 = 1;
const FORMAT: u8 = 1;
/// Where the facts end and the texts begin, in a plaintext.
const TEXTS_START: usize = 94;
/// A time that is not known, or not set.
pub(crate) const UNKNOWN_TIME: u64 = u64::MAX;

/// A text of a key record, in their order. Each lies behind its own length of four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// What the key is for.
    Description,
    /// `(string name ‖ string value)…`
    Tags,
    /// `(string name)…`
    Aliases,
    /// The compiled key policy.
    Policy,
}

impl Section {
    /// The operation that replaces it.
    pub(crate) const fn written_by(self) -> Action {
        match self {
            Section::Description => Action::UpdateKeyDescription,
            Section::Tags => Action::TagResource,
            Section::Aliases => Action::UpdateAlias,
            Section::Policy => Action::PutKeyPolicy,
        }
    }
}

/// The texts of a key record.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyTexts<'a> {
    pub(crate) description: &'a str,
    pub(crate) tags: &'a [u8],
    pub(crate) aliases: &'a [u8],
    pub(crate) policy: &'a [u8],
}

/// A key record, borrowed from its plaintext.
#[derive(Debug)]
pub(crate) struct KeyRecord<'a> {
    pub(crate) facts: KeyFacts,
    pub(crate) texts: KeyTexts<'a>,
}

impl<'a> KeyRecord<'a> {
    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let KeyTexts { description, tags, aliases, policy } = self.texts;
        let sections = [description.as_bytes(), tags, aliases, policy];
        let content_len = sections.iter().fold(TEXTS_START.saturating_sub(4), |len, text| {
            len.saturating_add(4).saturating_add(text.len())
        });
        let mut writer = Writer::new(buffer);
        writer.u32(u32::try_from(content_len).map_err(|_| Error::LimitExceeded)?);
        write_facts(&mut writer, &self.facts);
        for text in sections {
            writer.u32(u32::try_from(text.len()).map_err(|_| Error::LimitExceeded)?);
            writer.put(text);
        }
        writer.pad(PADDING);
        writer.finish()
    }

    pub(crate) fn read(plaintext: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = content(plaintext)?;
        let facts = read_facts(&mut reader)?;
        let mut text = || {
            let len = usize::try_from(reader.u32()?).map_err(|_| Malformed)?;
            reader.take(len)
        };
        let (description, tags, aliases, policy) = (text()?, text()?, text()?, text()?);
        reader.end()?;
        let description = core::str::from_utf8(description).map_err(|_| Malformed)?;
        if description.len() > DESCRIPTION_LEN_MAX || policy.len() > POLICY_LEN_MAX {
            return Err(Malformed);
        }
        check_names(Strings::new(tags), Strings::new(aliases))?;
        Ok(KeyRecord { facts, texts: KeyTexts { description, tags, aliases, policy } })
    }
}

/// Tags are pairs, at most 50; aliases have names that aliases can have.
fn check_names(tags: Strings<'_>, aliases: Strings<'_>) -> Result<(), Malformed> {
    let tags = tags.count()?;
    aliases.count()?;
    if tags.is_multiple_of(2) && tags <= 2 * KEY_TAGS_MAX && aliases.iter().all(is_alias_name) {
        Ok(())
    } else {
        Err(Malformed)
    }
}

/// Which bytes of a plaintext the cache keeps: tags, aliases and policy, each behind its length.
pub(crate) fn kept_texts(texts: &KeyTexts<'_>) -> Range<usize> {
    let start = TEXTS_START.saturating_add(4).saturating_add(texts.description.len());
    let len = [texts.tags, texts.aliases, texts.policy]
        .iter()
        .fold(0usize, |len, text| len.saturating_add(4).saturating_add(text.len()));
    start..start.saturating_add(len)
}

/// Reads what [`kept_texts`] kept.
pub(crate) fn read_kept_texts(kept: &[u8]) -> Result<KeyTexts<'_>, Malformed> {
    let mut reader = Reader::new(kept);
    let mut text = || {
        let len = usize::try_from(reader.u32()?).map_err(|_| Malformed)?;
        reader.take(len)
    };
    Ok(KeyTexts { description: "", tags: text()?, aliases: text()?, policy: text()? })
}

fn write_facts(writer: &mut Writer<'_>, facts: &KeyFacts) {
    writer.put(&[KEY, FORMAT]);
    writer.put(facts.key_id.as_bytes());
    writer.u64(facts.created_ms.unwrap_or(UNKNOWN_TIME));
    writer.put(&[facts.state.number(), facts.spec.number(), facts.usage.number(), facts.origin.number()]);
    writer.u32(facts.current_version);
    writer.u32(facts.newest_version);
    writer.u32(facts.on_demand_rotations);
    writer.u16(facts.rotation.map_or(0, |rotation| rotation.period_days));
    writer.u64(facts.rotation.map_or(UNKNOWN_TIME, |rotation| rotation.next_ms));
    write_deletion(writer, facts.deletion);
    writer.u64(facts.expires_ms.unwrap_or(UNKNOWN_TIME));
    writer.u32(facts.missing_materials);
    writer.u64(facts.rotates_from_observed_ms);
}

fn read_facts(reader: &mut Reader<'_>) -> Result<KeyFacts, Malformed> {
    if reader.array()? != [KEY, FORMAT] {
        return Err(Malformed);
    }
    let facts = KeyFacts {
        key_id: KeyId::from_bytes(reader.array()?),
        created_ms: time(reader.u64()?),
        state: KeyState::from_number(reader.u8()?).ok_or(Malformed)?,
        spec: KeySpec::from_number(reader.u8()?).ok_or(Malformed)?,
        usage: KeyUsage::from_number(reader.u8()?).ok_or(Malformed)?,
        origin: KeyOrigin::from_number(reader.u8()?).ok_or(Malformed)?,
        current_version: reader.u32()?,
        newest_version: reader.u32()?,
        on_demand_rotations: reader.u32()?,
        rotation: match (reader.u16()?, time(reader.u64()?)) {
            (0, None) => None,
            (period_days, Some(next_ms)) if ROTATION_PERIOD_DAYS.contains(&period_days) => {
                Some(RotationSchedule { period_days, next_ms })
            }
            _ => return Err(Malformed),
        },
        deletion: read_deletion(reader)?,
        expires_ms: time(reader.u64()?),
        missing_materials: reader.u32()?,
        rotates_from_observed_ms: reader.u64()?,
    };
    let is_imported = facts.origin == KeyOrigin::External;
    if facts.spec.usage() != facts.usage
        || facts.newest_version < facts.current_version
        || facts.missing_materials > facts.newest_version
        || (facts.state == KeyState::PendingDeletion) != facts.deletion.is_some()
        || (facts.state == KeyState::PendingImport && !is_imported)
        || (facts.current_version == 0 && (!is_imported || facts.state == KeyState::Enabled))
    {
        return Err(Malformed);
    }
    Ok(facts)
}

/// `u16 days ‖ time due ‖ time destroyed at`: of a key, or of a version.
pub(super) fn write_deletion(writer: &mut Writer<'_>, deletion: Option<ScheduledDeletion>) {
    writer.u16(deletion.map_or(0, |deletion| deletion.window_days));
    writer.u64(deletion.map_or(UNKNOWN_TIME, |deletion| deletion.due_ms));
    writer.u64(deletion.and_then(|deletion| deletion.destroy_at_observed_ms).unwrap_or(UNKNOWN_TIME));
}

pub(super) fn read_deletion(reader: &mut Reader<'_>) -> Result<Option<ScheduledDeletion>, Malformed> {
    match (reader.u16()?, time(reader.u64()?), time(reader.u64()?)) {
        (0, None, None) => Ok(None),
        (window_days, Some(due_ms), destroy_at_observed_ms) if WAITING_PERIOD_DAYS.contains(&window_days) => {
            Ok(Some(ScheduledDeletion { window_days, due_ms, destroy_at_observed_ms }))
        }
        _ => Err(Malformed),
    }
}

/// Replaces the facts in a plaintext of a key record and leaves its texts; all facts have fixed places.
pub(crate) fn replace_facts(plaintext: &mut [u8], facts: &KeyFacts) -> Result<(), Error> {
    let place = plaintext.get_mut(4..TEXTS_START).ok_or(Error::Bug)?;
    let mut writer = Writer::new(place);
    write_facts(&mut writer, facts);
    writer.finish().map(|_| ())
}

/// Replaces one text in a plaintext of a key record, which lies at the front of `body`, and answers the new length.
pub(crate) fn replace_text(body: &mut [u8], section: Section, text: &[u8]) -> Result<usize, Error> {
    splice_text(body, section, 0..usize::MAX, &[text])
}

/// As [`replace_text`], but replaces only the bytes of the text in `range`, as far as it reaches.
pub(crate) fn splice_text(
    body: &mut [u8],
    section: Section,
    range: Range<usize>,
    pieces: &[&[u8]],
) -> Result<usize, Error> {
    let content_end = len_at(body, 0)?.saturating_add(4);
    let start = section_start(body, section)?;
    let old_len = len_at(body, start)?;
    let text_start = start.saturating_add(4);
    let cut = range.start.min(old_len)..range.end.min(old_len);
    let new_len =
        pieces.iter().fold(old_len.saturating_sub(cut.len()), |len, piece| len.saturating_add(piece.len()));
    let content_len = content_end.saturating_sub(old_len).saturating_add(new_len);
    let padded = content_len.next_multiple_of(PADDING);
    if padded > body.len() || text_start.saturating_add(old_len) > content_end {
        return Err(Error::Capacity);
    }
    let cut_start = text_start.saturating_add(cut.start);
    let pieces_len = pieces.iter().fold(0usize, |len, piece| len.saturating_add(piece.len()));
    let room = body.get_mut(cut_start..).ok_or(Error::Bug)?;
    move_bytes(room, cut.len()..content_end.saturating_sub(cut_start), pieces_len)?;
    let mut writer = Writer::new(body.get_mut(cut_start..).ok_or(Error::Bug)?);
    pieces.iter().for_each(|piece| writer.put(piece));
    for (at, len) in [(0, content_len.saturating_sub(4)), (start, new_len)] {
        let mut writer = Writer::new(body.get_mut(at..).ok_or(Error::Bug)?);
        writer.u32(u32::try_from(len).map_err(|_| Error::LimitExceeded)?);
    }
    body.get_mut(content_len..padded).ok_or(Error::Bug)?.fill(0);
    Ok(padded)
}

/// The four bytes of a length.
fn len_at(body: &[u8], at: usize) -> Result<usize, Error> {
    let len = body.get(at..at.saturating_add(4)).and_then(|len| len.first_chunk::<4>().copied());
    usize::try_from(u32::from_be_bytes(len.ok_or(Error::Bug)?)).map_err(|_| Error::Bug)
}

/// Where a text's length stands.
fn section_start(body: &[u8], section: Section) -> Result<usize, Error> {
    let before = match section {
        Section::Description => 0,
        Section::Tags => 1,
        Section::Aliases => 2,
        Section::Policy => 3,
    };
    let mut start = TEXTS_START;
    for _ in 0..before {
        start = start.saturating_add(4).saturating_add(len_at(body, start)?);
    }
    Ok(start)
}

/// One of the lists in a plaintext of a key record.
pub(crate) fn strings(body: &[u8], section: Section) -> Result<Strings<'_>, Error> {
    let start = section_start(body, section)?;
    let text_start = start.saturating_add(4);
    let text = body.get(text_start..text_start.saturating_add(len_at(body, start)?));
    text.map(Strings::new).ok_or(Error::Bug)
}

/// Adds the name of an alias to a plaintext of a key record, and answers the new length.
pub(crate) fn add_alias(body: &mut [u8], name: &str) -> Result<usize, Error> {
    let end = strings(body, Section::Aliases)?.len();
    let len = u16::try_from(name.len()).map_err(|_| Error::Bug)?.to_be_bytes();
    splice_text(body, Section::Aliases, end..end, &[&len, name.as_bytes()])
}

/// Takes the name of an alias out of a plaintext of a key record, and answers the new length.
pub(crate) fn remove_alias(body: &mut [u8], name: &str) -> Result<usize, Error> {
    let place = strings(body, Section::Aliases)?.place_of(name).ok_or(Error::Damaged(Part::Record))?;
    splice_text(body, Section::Aliases, place, &[])
}

/// Sets tags in a plaintext of a key record, new ones behind the others, and answers the new length.
pub(crate) fn set_tags(body: &mut [u8], tags: &[(&str, &str)]) -> Result<usize, Error> {
    let mut len = splice_text(body, Section::Tags, 0..0, &[])?;
    for (name, value) in tags {
        let stored = strings(body, Section::Tags)?;
        let place = stored.place_of_pair(name).unwrap_or(stored.len()..stored.len());
        let [name_len, value_len] = [name, value].map(|text| u16::try_from(text.len()).map(u16::to_be_bytes));
        let (name_len, value_len) = (name_len.map_err(|_| Error::Bug)?, value_len.map_err(|_| Error::Bug)?);
        let pieces = [&name_len[..], name.as_bytes(), &value_len, value.as_bytes()];
        len = splice_text(body, Section::Tags, place, &pieces)?;
    }
    if strings(body, Section::Tags)?.pairs().count() > KEY_TAGS_MAX {
        return Err(Error::Tag);
    }
    Ok(len)
}

/// Takes tags out of a plaintext of a key record, as far as they are there, and answers the new length.
pub(crate) fn remove_tags(body: &mut [u8], names: &[&str]) -> Result<usize, Error> {
    let mut len = splice_text(body, Section::Tags, 0..0, &[])?;
    for name in names {
        if let Some(place) = strings(body, Section::Tags)?.place_of_pair(name) {
            len = splice_text(body, Section::Tags, place, &[])?;
        }
    }
    Ok(len)
}

pub(crate) fn time(stored: u64) -> Option<u64> {
    (stored != UNKNOWN_TIME).then_some(stored)
}

/// Writes `u32 length ‖ content ‖ zeros`; the content is written twice, first to be measured.
pub(crate) fn write_padded(
    buffer: &mut [u8],
    write_content: &dyn Fn(&mut Writer<'_>) -> Result<(), Error>,
) -> Result<usize, Error> {
    let mut measure = Writer::new(&mut []);
    write_content(&mut measure)?;
    let mut writer = Writer::new(buffer);
    writer.u32(u32::try_from(measure.written()).map_err(|_| Error::Bug)?);
    write_content(&mut writer)?;
    writer.pad(PADDING);
    writer.finish()
}

/// Takes the content out of `u32 length ‖ content ‖ zeros`.
pub(crate) fn content(plaintext: &[u8]) -> Result<Reader<'_>, Malformed> {
    let mut reader = Reader::new(plaintext);
    let len = usize::try_from(reader.u32()?).map_err(|_| Malformed)?;
    let content = reader.take(len)?;
    reader.end_padded()?;
    Ok(Reader::new(content))
}

/// The type of the record in a plaintext.
pub(crate) fn record_type(plaintext: &[u8]) -> Result<u8, Malformed> {
    content(plaintext)?.u8()
}

/// Whether a record's plaintext can be decoded, for fuzzing: any bytes give an answer, none a panic.
#[must_use]
pub fn is_record(plaintext: &[u8]) -> bool {
    KeyRecord::read(plaintext).is_ok()
        || VersionRecord::read(plaintext).is_ok()
        || Grant::read(plaintext).is_ok_and(|grant| grant.is_some())
        || RetirableRecord::read(plaintext).is_ok()
        || caller_record::read(plaintext).is_ok()
        || AccessKeyRecord::read(plaintext).is_ok()
        || TrustRecord::read(plaintext).is_ok()
        || DueRecord::read(plaintext).is_ok()
        || Alias::read(plaintext).is_ok()
        || WrappingKeyRecord::read(plaintext).is_ok()
        || UsageLine::read(plaintext).is_ok()
        || Settings::read(plaintext).is_ok()
        || GrantCount::read(plaintext).is_ok()
        || IdentityRecord::read(plaintext).is_ok()
        || PeersRecord::read(plaintext).is_ok()
        || OfferRecord::read(plaintext).is_ok()
        || LineageRecord::read(plaintext).is_ok()
}
