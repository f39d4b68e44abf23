//! MACs, plain and with the version in them.

use strongroom_core::key::{MacAlgorithm, VersionState};
use strongroom_core::policy::Action;

use super::answer::{Answer, Outcome, Under};
use super::may::{Asked, Code, check, check_state};
use super::state::{Key, Mac, Model};
use super::step::{Ask, Damage, KeyName, User, mac_message};

/// The current version is tried, and the newest before it.
const VERSIONS_TRIED: usize = 8;

/// Whether the key makes MACs, with this algorithm, now.
fn check_key(operation: &str, key: &Key, algorithm: MacAlgorithm) -> Result<(), Code> {
    if key.spec.mac_algorithm() != Some(algorithm) {
        return Err("InvalidKeyUsageException");
    }
    check_state(operation, key)
}

impl Model {
    pub fn generate_mac(
        &mut self,
        by: User,
        name: KeyName,
        algorithm: MacAlgorithm,
        message: u8,
        is_versioned: bool,
    ) -> Outcome {
        check(!mac_message(message).is_empty())?;
        let number = self.enter(Asked::of(by, Action::GenerateMac), name)?;
        let key = &self.keys[number];
        check_key("GenerateMac", key, algorithm)?;
        let by = self.count_sealing(number)?;
        let material = self.keys[number].version(by.version).material.clone();
        self.macs.push(Mac { by, material, algorithm, message, is_versioned });
        Ok(Answer::Mac { mac: self.macs.len() - 1, by })
    }

    pub fn verify_mac(&mut self, by: User, ask: &Ask) -> Outcome {
        let Ask::VerifyMac { key, algorithm, message, mac, damage, is_versioned, .. } = *ask else {
            panic!("{ask:?} verifies nothing");
        };
        check(!mac_message(message).is_empty() && damage != Damage::Emptied)?;
        let number = self.enter(Asked::of(by, Action::VerifyMac), key)?;
        let (key, mac) = (&self.keys[number], &self.macs[mac]);
        check_key("VerifyMac", key, algorithm)?;
        let usable = (1..=key.current).rev().filter(|version| {
            let version = key.version(*version);
            version.state == VersionState::Usable && version.has_material
        });
        let made_it = |version: &u32| key.version(*version).material == mac.material;
        let version = if is_versioned {
            usable.filter(|version| Under { key: number, version: *version } == mac.by).find(made_it)
        } else {
            usable.take(VERSIONS_TRIED).find(made_it)
        };
        let is_right = damage == Damage::None
            && (mac.algorithm, mac.message, mac.is_versioned) == (algorithm, message, is_versioned);
        match version.filter(|_| is_right) {
            Some(version) => {
                let by = Under { key: number, version };
                self.count_opening(by);
                Ok(Answer::Verified { by })
            }
            None => Err("KMSInvalidMacException"),
        }
    }
}
