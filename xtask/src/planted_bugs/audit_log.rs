//! What an auditor relies on.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "the audit key is handed out again",
        file: "core/src/vault/commit_audit.rs",
        find: "mounted.manifest.audit.first_key = Secret::zeroed();",
        replace: "let _ = Secret::<32>::zeroed();",
        check: "test -p strongroom-tests audit::verification",
    },
    PlantedBug {
        name: "a verifier takes any MAC",
        file: "core/src/format/audit_chain.rs",
        find: ".is_ok_and(|link| link.sequence == entry.sequence && C::equal(&link.mac, &entry.mac))",
        replace: ".is_ok_and(|link| link.sequence == entry.sequence)",
        check: "test -p strongroom-tests audit::verification",
    },
    PlantedBug {
        name: "a verifier does not notice a gap",
        file: "core/src/audit/verifier.rs",
        find: "head.start_segment::<C>(&self.vault_id);\n        head.follow::<C>(&self.vault_id, entry).then_some(head)",
        replace: "head.next_sequence = entry.sequence;\n        head.hash = self.head.hash;\n        Some(head)",
        check: "test -p strongroom-tests audit::verification",
    },
    PlantedBug {
        name: "a verifier does not compare with the answered head",
        file: "core/src/audit/verifier.rs",
        find: "if is_same { Ok(()) } else { Err(Finding::HeadDiffers { sequence }) }",
        replace: "let _ = (is_same, sequence);\n        Ok(())",
        check: "test -p strongroom-tests audit::verification",
    },
    PlantedBug {
        name: "an end that was cut off looks whole",
        file: "core/src/audit/verifier.rs",
        find: "Err(Finding::Truncated { head: *head, found })",
        replace: "Ok(self.entries.max(u64::from(*head == 0)))",
        check: "test -p strongroom-tests audit::verification",
    },
    PlantedBug {
        name: "behind a truncated log nothing can be followed",
        file: "core/src/vault/mount.rs",
        find: "mounted.manifest.audit.start_segment::<P::Primitives>(&vault_id);",
        replace: "let _ = vault_id;",
        check: "test -p strongroom-tests audit::verification",
    },
    PlantedBug {
        name: "an answered head is good for every nonce",
        file: "core/src/format/audit_chain.rs",
        find: "[labels::AUDIT_ANSWER, &vault_id[..], nonce, sequence, &hash, revision_bytes, fresh_bytes];",
        replace: "[labels::AUDIT_ANSWER, &vault_id[..], &[0; 16], sequence, &hash, revision_bytes, fresh_bytes];\n        let _ = nonce;",
        check: "test -p strongroom-tests audit::verification",
    },
    PlantedBug {
        name: "the key of a successor log is that of the log before",
        file: "core/src/format/audit_chain.rs",
        find: "self.key.fill_with(|next| C::mac(&key, &[labels::AUDIT_SUCCESSOR, &log_id], next));",
        replace: "let _ = (key, labels::AUDIT_SUCCESSOR);",
        check: "test -p strongroom-tests audit::verification",
    },
    PlantedBug {
        name: "the audit key that was taken opens with an older manifest",
        file: "core/src/vault/commit_audit.rs",
        find: "                self.land_out_of_reach(mounted)",
        replace: "                self.land(mounted, &mut |_, _| Ok(()))",
        check: "test -p strongroom-tests audit::verification",
    },
    PlantedBug {
        name: "a session that was cut off looks closed",
        file: "core/src/vault/mount.rs",
        find: "(false, false) => (Action::UncleanMount, found),",
        replace: "(false, false) => (Action::Mount, found),",
        check: "test -p strongroom-tests --test tests audit::model",
    },
    PlantedBug {
        name: "a log that was cut off behind the head is not declared",
        file: "core/src/vault/mount.rs",
        find: "            (true, _) => (Action::LogTruncated, found),",
        replace: "            (true, _) => (Action::UncleanMount, found),",
        check: "test -p strongroom-tests --test tests audit::model",
    },
];
