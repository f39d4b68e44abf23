//! Bugs around devices: the self-test, the line, images that are provisioned.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "the self-test trusts a comparison that always agrees",
        file: "core/src/crypto/self_test.rs",
        find: "C::equal(&TAG, &TAG) && !C::equal(&TAG, &altered)",
        replace: "C::equal(&TAG, &TAG)",
        check: "test -p strongroom-core --lib crypto::self_test",
    },
    PlantedBug {
        name: "the self-test does not ask for MACs of messages",
        file: "core/src/crypto/self_test.rs",
        find: "mac.expose(|bytes| bytes.starts_with(&expected))",
        replace: "mac.expose(|bytes| !bytes.is_empty() || bytes.starts_with(&expected))",
        check: "test -p strongroom-core --lib crypto::self_test",
    },
    PlantedBug {
        name: "a generator that repeats its block is healthy",
        file: "core/src/crypto/self_test.rs",
        find: "if repeats || now == before {",
        replace: "if repeats {",
        check: "test -p strongroom-core --lib crypto::self_test",
    },
    PlantedBug {
        name: "a vault opens without asking its primitives",
        file: "core/src/vault/mount.rs",
        find: "        self.check_primitives()?;\n",
        replace: "",
        check: "test -p strongroom-core --lib vault::self_test",
    },
    PlantedBug {
        name: "a vault is made without asking its primitives",
        file: "core/src/vault/create.rs",
        find: "        self.check_primitives()?;\n",
        replace: "",
        check: "test -p strongroom-core --lib vault::self_test",
    },
    PlantedBug {
        name: "a vault stays open when its self-test fails",
        file: "core/src/vault/self_test.rs",
        find: "let _ = self.lock();",
        replace: "",
        check: "test -p strongroom-core --lib vault::self_test",
    },
    PlantedBug {
        name: "the posture hides a failed self-test",
        file: "core/src/vault/posture.rs",
        find: "Err(unfit) => Protection::SelfTestFailed(unfit),",
        replace: "Err(_) => Protection::RecordsAuthenticated,",
        check: "test -p strongroom-core --lib vault::self_test",
    },
    PlantedBug {
        name: "a damaged message on the line is believed",
        file: "core/src/device/frame.rs",
        find: "CHECKSUM.checksum(content).to_be_bytes() != checksum",
        replace: "CHECKSUM.checksum(content).to_be_bytes() == [0; 4]",
        check: "test -p strongroom-core --features device --lib device::frame",
    },
    PlantedBug {
        name: "what follows a message in its frame is overlooked",
        file: "core/src/device/frame.rs",
        find: "Ok((message, [])) => Ok(message),",
        replace: "Ok((message, _)) => Ok(message),",
        check: "test -p strongroom-core --features device --lib device::frame",
    },
    PlantedBug {
        name: "what was on the line before a board was switched on is taken for an answer",
        file: "std-shim/src/device/client.rs",
        find: "    pub fn wait_for_power_on(&mut self) -> Result<(), ClientError> {\n        self.read_frame()\n",
        replace: "    pub fn wait_for_power_on(&mut self) -> Result<(), ClientError> {\n        self.to.flush().map_err(ClientError::Io)\n",
        check: "test -p strongroom-std --lib device::client",
    },
    PlantedBug {
        name: "a message that is longer than any ends where the room does",
        file: "std-shim/src/device/client.rs",
        find: "_ if self.frame.len() > frame_len(MESSAGE_LEN_MAX) => return Err(ClientError::Garbled),",
        replace: "_ if self.frame.len() > frame_len(MESSAGE_LEN_MAX) => return Ok(()),",
        check: "test -p strongroom-std --lib device::client",
    },
    PlantedBug {
        name: "variables that lie in flash are not seen",
        file: "xtask/src/bare.rs",
        find: "if in_flash && in_ram { size } else { 0 }",
        replace: "if in_flash && in_ram && size > 64 { size } else { 0 }",
        check: "test -p xtask bare::",
    },
    PlantedBug {
        name: "provisioning leaves the vault behind in which it made the keys",
        file: "std-shim/src/device/provision.rs",
        find: "let _ = std::fs::remove_file(self.0);",
        replace: "let _ = self.0;",
        check: "test -p strongroom-tests device_image::an_image_opens",
    },
    PlantedBug {
        name: "an image is provisioned with records that its device cannot read",
        file: "std-shim/src/device/platform.rs",
        find: "ThreadedState::with_record_len(layout.record_len)",
        replace: "ThreadedState::with_record_len(layout.record_len.max(80 * 1024))",
        check: "test -p strongroom-tests device_image::a_record_that",
    },
];
