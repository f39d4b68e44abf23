//! Message authentication codes.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "a long MAC key is cut off instead of hashed",
        file: "core/src/crypto/primitives.rs",
        find: "    if key.len() > block.len() {",
        replace: "    if key.len() > usize::MAX.min(block.len().saturating_mul(100)) {",
        check: "test -p strongroom-tests macs::the_primitive",
    },
    PlantedBug {
        name: "any algorithm goes with any MAC key",
        file: "core/src/operation/macs/message_mac.rs",
        find: "if facts.spec.mac_algorithm() != Some(algorithm) {",
        replace: "if facts.spec.mac_algorithm().is_none() && Some(algorithm).is_some() {",
        check: "test -p strongroom-tests macs::rules",
    },
    PlantedBug {
        name: "a disabled key makes MACs",
        file: "core/src/operation/macs/message_mac.rs",
        find: "    permits(action, facts)\n",
        replace: "    permits(action, facts).or(Ok(()))\n",
        check: "test -p strongroom-tests macs::rules",
    },
    PlantedBug {
        name: "every MAC of the right length is valid",
        file: "core/src/operation/macs/verify_mac.rs",
        find: "                        P::Primitives::equal(expected, mac)\n",
        replace: "                        expected.len() == mac.len()\n",
        check: "test -p strongroom-tests macs::an_altered",
    },
    PlantedBug {
        name: "a revoked version verifies MACs",
        file: "core/src/operation/macs/message_mac.rs",
        find: "(VersionState::Usable, Material::Mac(material)) => Some(material),",
        replace: "(VersionState::Usable | VersionState::Revoked, Material::Mac(material)) => Some(material),",
        check: "test -p strongroom-tests versions::verify_mac",
    },
    PlantedBug {
        name: "VerifyMac tries every version there ever was",
        file: "core/src/operation/macs/verify_mac.rs",
        find: "left = left.saturating_sub(1);",
        replace: "left = left.saturating_sub(0);",
        check: "test -p strongroom-tests versions::verify_mac",
    },
    PlantedBug {
        name: "VerifyMac names the last version it tried",
        file: "core/src/operation/macs/verify_mac.rs",
        find: "self.version = self.version & !wide | version & wide;",
        replace: "self.version = if self.version & wide == u32::MAX { 0 } else { version };",
        check: "test -p strongroom-tests versions::verify_mac",
    },
    PlantedBug {
        name: "the key in the header of a versioned MAC is not looked at",
        file: "core/src/operation/macs/verify_mac.rs",
        find: "if (named.algorithm, named.key_id) != (self.0.mac_algorithm, key_id) || version > current_version {",
        replace: "if named.algorithm != self.0.mac_algorithm || version > current_version {",
        check: "test -p strongroom-tests macs::forms",
    },
    PlantedBug {
        name: "the check value in the header of a versioned MAC is not looked at",
        file: "core/src/operation/macs/verify_mac.rs",
        find: "|key| key.kcv == named.kcv)?;",
        replace: "|key| key.kcv.len() == named.kcv.len())?;",
        check: "test -p strongroom-tests macs::forms",
    },
    PlantedBug {
        name: "flags in the header of a versioned MAC are not looked at",
        file: "core/src/format/versioned_mac.rs",
        find: "if [format, flags, zero] != [FORMAT, 0, 0] {",
        replace: "if [format, flags & 0, zero] != [FORMAT, 0, 0] {",
        check: "test -p strongroom-tests macs::forms",
    },
    PlantedBug {
        name: "bytes behind a versioned MAC are not looked at",
        file: "core/src/format/versioned_mac.rs",
        find: "        reader.end()?;\n",
        replace: "        let _ = reader.end();\n",
        check: "test -p strongroom-tests macs::forms",
    },
    PlantedBug {
        name: "an empty message has a MAC",
        file: "core/src/operation/macs/message_mac.rs",
        find: "if message.is_empty() || message.len() > MESSAGE_LEN_MAX {",
        replace: "if message.len() > MESSAGE_LEN_MAX {",
        check: "test -p strongroom-tests macs::rules",
    },
    PlantedBug {
        name: "policies do not see the MAC algorithm",
        file: "core/src/operation/macs/message_mac.rs",
        find: "Parameters { mac_algorithm: Some(algorithm), ..Parameters::NONE }",
        replace: "{ let _ = algorithm; Parameters::NONE }",
        check: "test -p strongroom-tests macs::rules",
    },
];
