//! Grants, and taking records out of the key tree.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "a node with one child stays",
        file: "core/src/tree/plan.rs",
        find: "if node.address == ROOT || node.children.len() > 1 {",
        replace: "if node.address == ROOT || !node.children.is_empty() {",
        check: "test -p strongroom-core tree::",
    },
    PlantedBug {
        name: "the blob of a removed record stays",
        file: "core/src/tree/plan.rs",
        find: "            transaction.remove(address)?;",
        replace: "            if address.0[23] < 48 { transaction.remove(address)?; }",
        check: "test -p strongroom-core tree::",
    },
    PlantedBug {
        name: "the second copy of a node that fell away stays",
        file: "core/src/tree/plan.rs",
        find: "transaction.remove(&copy_of(address))?;",
        replace: "let _ = copy_of(address);",
        check: "test -p strongroom-core tree::",
    },
    PlantedBug {
        name: "what came back in the same commit is removed",
        file: "core/src/tree/plan.rs",
        find: "if children.into_iter().any(|child| child.address == *address) {",
        replace: "if false && children.into_iter().any(|child| child.address == *address) {",
        check: "test -p strongroom-core tree::",
    },
];
