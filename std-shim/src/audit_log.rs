//! The audit log: its key and head from the open vault, and its verification without the vault or any unlock secret.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use strongroom_core::Error;
use strongroom_core::audit::{AnsweredHead, AuditKey, Entry, Finding, Verifier};
use strongroom_core::crypto::RustCrypto;
use strongroom_core::flash::{AuditArea, walk_audit_log};
use strongroom_core::operation::{GetAuditHead, StartAuditLog, TakeAuditKey};
use strongroom_core::platform::AuditSink;
use strongroom_core::policy::Caller;

use crate::error::OpenError;
use crate::file::{AuditDurability, AuditFile, SealedFile};
use crate::flash_image::FlashImage;
use crate::vault::{Settings, Vault};

/// Longest entry of a log in flash that is read from a copy, in bytes: no event is longer than 16 KiB.
const FLASH_ENTRY_MAX: usize = 1 << 15;

/// What became of the verification of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditReport {
    /// Entries that are as the vault wrote them.
    pub entries: u64,
    /// The number of the first of them.
    pub first: Option<u64>,
    /// What is wrong, in the order of the log. The last one may be where verification had to end.
    pub findings: Vec<Finding>,
}

/// Two copies of a vault have gone separate ways: both wrote an entry of this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditFork {
    /// The first number whose entries differ.
    pub sequence: u64,
    /// The mounts that wrote them.
    pub mounts: [[u8; 16]; 2],
}

impl Vault {
    /// Hands out the key of the running audit log, once.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::take_audit_key`].
    pub fn take_audit_key(&self, caller: &Caller<'_>) -> Result<AuditKey, Error> {
        let mut key = AuditKey::empty();
        self.core().take_audit_key(caller, TakeAuditKey, &mut key).map(|()| key)
    }

    /// Starts another audit log behind the last entry.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::start_audit_log`].
    pub fn start_audit_log(&self, caller: &Caller<'_>) -> Result<(), Error> {
        self.core().start_audit_log(caller, StartAuditLog)
    }

    /// Makes every event so far durable and tells where the log stands then.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::get_audit_head`].
    pub fn get_audit_head(&self, caller: &Caller<'_>, nonce: [u8; 16]) -> Result<AnsweredHead, Error> {
        self.core().get_audit_head(caller, GetAuditHead { nonce })
    }
}

/// Verifies the audit log in a vault's file, which must not be open elsewhere. With a head that the vault has answered to the
/// auditor's own nonce, an end that was cut off is noticed too; without one it is not.
///
/// A file that was not closed in order is put in order first, by its engine; no entry changes by that.
///
/// # Errors
/// See [`OpenError`]; [`OpenError::Damaged`]: the log cannot be read to its end, or the key is none.
pub fn verify_audit_log(
    path: &Path,
    key: &AuditKey,
    answered: Option<([u8; 16], AnsweredHead)>,
) -> Result<AuditReport, OpenError> {
    let mut verifier = new_verifier(path, key)?;
    if let Some((nonce, head)) = answered {
        verifier = verifier.expecting(nonce, head);
    }
    let mut report = AuditReport { entries: 0, first: None, findings: Vec::new() };
    let mut may_go_on = true;
    scan(path, |bytes| {
        let counts = match verifier.follow(bytes) {
            Ok(None) => false,
            Ok(Some(_)) => true,
            Err(finding) => {
                report.findings.push(finding);
                may_go_on = finding.can_go_on();
                may_go_on
            }
        };
        if counts {
            report.first = report.first.or_else(|| Entry::read(bytes).ok().map(|entry| entry.sequence));
            report.entries = report.entries.saturating_add(1);
        }
        may_go_on
    })?;
    if may_go_on && let Err(finding) = verifier.finish() {
        report.findings.push(finding);
    }
    Ok(report)
}

/// Verifies the audit log in a copy of a device's flash, as [`verify_audit_log`] does it in a file. What is missing where the log
/// goes on over its oldest entries is the first finding: declared, if the vault had said so.
///
/// # Errors
/// [`OpenError::Vault`] with [`Error::Audit`]: there is no such log in the copy, or the key is none.
pub fn verify_flash_audit_log(
    image: &[u8],
    area: AuditArea,
    key: &AuditKey,
    answered: Option<([u8; 16], AnsweredHead)>,
) -> Result<AuditReport, OpenError> {
    let refused = || OpenError::Vault(Error::Audit);
    let mut verifier = Verifier::<RustCrypto>::new(key).map_err(|_| refused())?;
    if let Some((nonce, head)) = answered {
        verifier = verifier.expecting(nonce, head);
    }
    let mut report = AuditReport { entries: 0, first: None, findings: Vec::new() };
    let mut may_go_on = true;
    let mut follow = |hash: &[u8; 32], bytes: &[u8]| {
        let counts = match verifier.follow_behind(hash, bytes) {
            Ok(None) => false,
            Ok(Some(_)) => true,
            Err(finding) => {
                report.findings.push(finding);
                may_go_on = finding.can_go_on();
                may_go_on
            }
        };
        if counts {
            report.first = report.first.or_else(|| Entry::read(bytes).ok().map(|entry| entry.sequence));
            report.entries = report.entries.saturating_add(1);
        }
        may_go_on
    };
    walk_audit_log::<_, FLASH_ENTRY_MAX>(FlashImage(image), area, &mut follow).map_err(|_| refused())?;
    if let Some(gap) = verifier.gap() {
        report.findings.insert(0, gap);
    }
    if may_go_on && let Err(finding) = verifier.finish() {
        report.findings.push(finding);
    }
    Ok(report)
}

/// Compares the audit logs of two files that say they are one vault: entries that both are as a vault wrote them, and yet
/// differ, are evidence that a copy was brought to life beside the original.
///
/// # Errors
/// See [`verify_audit_log`].
pub fn find_audit_fork(paths: [&Path; 2], key: &AuditKey) -> Result<Option<AuditFork>, OpenError> {
    let [first, second] = paths;
    let written = written_entries(first, key)?;
    let other = written_entries(second, key)?;
    let common = written.iter().filter_map(|(sequence, ours)| Some((*sequence, ours, other.get(sequence)?)));
    let mut forks = common.filter(|(_, ours, theirs)| ours != theirs);
    Ok(forks
        .next()
        .map(|(sequence, ours, theirs)| AuditFork { sequence, mounts: [ours.mount_id, theirs.mount_id] }))
}

/// What tells two entries of one number apart.
#[derive(PartialEq, Eq)]
struct WrittenEntry {
    mount_id: [u8; 16],
    mac: [u8; 32],
}

/// The entries of a log, up to the first that is not as the vault wrote it. Behind a gap that the vault has declared they go on.
fn written_entries(path: &Path, key: &AuditKey) -> Result<BTreeMap<u64, WrittenEntry>, OpenError> {
    let mut verifier = new_verifier(path, key)?;
    let mut written = BTreeMap::new();
    scan(path, |bytes| {
        let is_ours = match verifier.follow(bytes) {
            Ok(None) => return true,
            Ok(Some(_)) => true,
            Err(finding) => finding.can_go_on(),
        };
        if is_ours && let Ok(Entry { sequence, mount_id, mac, .. }) = Entry::read(bytes) {
            written.insert(sequence, WrittenEntry { mount_id, mac });
        }
        is_ours
    })?;
    Ok(written)
}

fn new_verifier(path: &Path, key: &AuditKey) -> Result<Verifier<RustCrypto>, OpenError> {
    Verifier::new(key).map_err(|_| OpenError::Damaged(path.to_owned()))
}

/// Visits the entries of a log in order, until `visit` answers `false`.
fn scan(path: &Path, mut visit: impl FnMut(&[u8]) -> bool) -> Result<(), OpenError> {
    let settings = Settings::default();
    let file = match SealedFile::open_read_only(path, &settings)? {
        Some(file) => file,
        None => SealedFile::open(path, &settings)?,
    };
    let log = AuditFile::new(Arc::new(file), AuditDurability::Strict);
    log.scan(0, &mut visit).map_err(|_| OpenError::Damaged(path.to_owned()))
}
