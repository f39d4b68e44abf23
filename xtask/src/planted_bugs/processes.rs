//! Processes that are killed, processes whose memory is searched, and whole images that are put back.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "a commit to a file is acknowledged before it is durable",
        file: "std-shim/src/file/sealed_file.rs",
        find: "transaction.set_quick_repair(self.quick_repair);",
        replace: "let _ = transaction.set_durability(redb::Durability::None);",
        check: "test -p strongroom-tests --test processes hammer::",
    },
    PlantedBug {
        name: "the hash and the cipher leave their traces on the stack",
        file: "core/src/stack.rs",
        find: "    clear_stack::<LEN>();",
        replace: "",
        check: "test -p strongroom-tests --test processes memory::",
    },
    PlantedBug {
        name: "an operation that read the file leaves its frames as they were",
        file: "std-shim/src/threads/stack.rs",
        find: "clear_stack::<DEPTH>();",
        replace: "clear_stack::<1>();",
        check: "test -p strongroom-tests --test processes memory::",
    },
    PlantedBug {
        name: "a locked vault keeps its root key",
        file: "core/src/vault/mod.rs",
        find: "            writer.mounted = None;\n",
        replace: "",
        check: "test -p strongroom-tests --test processes memory::",
    },
    PlantedBug {
        name: "an import leaves its material behind",
        file: "std-shim/src/cryptography/import_wrapping.rs",
        find: "opened.map(Zeroizing::new).map_err(|_| REFUSED)",
        replace: "opened.inspect(|material| std::mem::forget(material.clone())).map(Zeroizing::new).map_err(|_| REFUSED)",
        check: "test -p strongroom-tests --test processes memory::",
    },
    PlantedBug {
        name: "a rekey keeps the root key that it replaces",
        file: "core/src/vault/commit_slots.rs",
        find: "mounted.root_key.set_from(root_key);",
        replace: "mounted.manifest.audit.first_key.set_from(&mounted.root_key);\n            mounted.root_key.set_from(root_key);",
        check: "test -p strongroom-tests --test processes memory::",
    },
    PlantedBug {
        name: "recovery shares are not wiped",
        file: "std-shim/src/cryptography/recovery_shares.rs",
        find: "Some(RecoveryShare { number: *number, words: to_words(&bytes) })",
        replace: "let words = to_words(&bytes);\n    std::mem::forget(words.clone());\n    Some(RecoveryShare { number: *number, words })",
        check: "test -p strongroom-tests --test processes memory::",
    },
    PlantedBug {
        name: "a plaintext is not wiped with what Decrypt answered",
        file: "std-shim/src/output.rs",
        find: "        self.0.zeroize();",
        replace: "",
        check: "test -p strongroom-tests --test processes memory::",
    },
    PlantedBug {
        name: "the image before the last one opens",
        file: "core/src/vault/choose.rs",
        find: "Some(image) != counter.checked_add(1) => {",
        replace: "Some(image) != counter.checked_add(1) && image.checked_add(1) != Some(counter) => {",
        check: "test -p strongroom-tests --test attacks rollback::",
    },
    PlantedBug {
        name: "after a fork the counter moves once",
        file: "core/src/vault/mount.rs",
        find: "        if in_step {\n            self.land(",
        replace: "        if false && in_step {\n            self.land(",
        check: "test -p strongroom-tests --test attacks rollback::a_fork",
    },
    PlantedBug {
        name: "a listing opens the neighbour's node",
        file: "core/src/tree/read.rs",
        find: "self.first_of(right.filter(|(address, _)| owner_of(address) == *owner))",
        replace: "Ok(self.first_of(right)?.filter(|next| owner_of(next) == *owner))",
        check: "test -p strongroom-tests --test attacks bits::",
    },
    PlantedBug {
        name: "the last byte of a commitment is not compared",
        file: "core/src/crypto/sr1.rs",
        find: "if !C::equal(&stated, &*commitment) {",
        replace: "if !C::equal(stated.split_at(31).0, commitment.split_at(31).0) {",
        check: "test -p strongroom-tests --test attacks bits::no_bit_of_a_ciphertext",
    },
];
