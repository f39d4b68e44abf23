//! Bugs in the book and in what keeps it whole.

use super::PlantedBug;

pub(super) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "a link of the book leads nowhere",
        file: "docs/index.md",
        find: "| break it | [the threat model](threat-model.md)",
        replace: "| break it | [the threat model](threats.md)",
        check: "xtask book",
    },
    PlantedBug {
        name: "a page is outside the book",
        file: "docs/SUMMARY.md",
        find: "- [Operations](operations.md)\n",
        replace: "",
        check: "xtask book",
    },
    PlantedBug {
        name: "the threat model names a test that nobody wrote",
        file: "docs/threat-model.md",
        find: "`tests/tamper/images.rs::with_a_counter_every_older_image_is_refused`",
        replace: "`tests/tamper/images.rs::with_a_counter_every_older_image_is_noticed`",
        check: "xtask book",
    },
    PlantedBug {
        name: "a line of the threat model has nothing behind it",
        file: "docs/threat-model.md",
        find: "*Shown by.* `cargo xtask constant-time`, which finds",
        replace: "`cargo xtask constant-time` finds",
        check: "xtask book",
    },
    PlantedBug {
        name: "a page shows what the command does not do",
        file: "docs/quickstart-desktop.md",
        find: "$ strongroom key rotate alias/settings\nKEY-1 has a new version",
        replace: "$ strongroom key rotate alias/settings\nKEY-1 has another version",
        check: "test -p strongroom-cli book::the_quick_start_on_a_desktop",
    },
    PlantedBug {
        name: "a page shows an option that the command does not have",
        file: "docs/backup.md",
        find: "$ strongroom backup vault.bundle --new-bundle-shares 3/5",
        replace: "$ strongroom backup vault.bundle --bundle-shares-of 3/5",
        check: "test -p strongroom-cli book::every_command",
    },
    PlantedBug {
        name: "dead anchors pass",
        file: "xtask/src/book/links.rs",
        find: "} else if !anchor.is_empty()",
        replace: "} else if anchor.is_empty()",
        check: "test -p xtask book::tests::dead_links",
    },
    PlantedBug {
        name: "any function passes for a test",
        file: "xtask/src/book/backing.rs",
        find: "line.trim() == \"#[test]\" ||",
        replace: "true || line.trim() == \"#[test]\" ||",
        check: "test -p xtask book::tests::what_is_said",
    },
];
