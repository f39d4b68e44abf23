//! Bugs in keys as code: what a plan overlooks, and what applying it takes away.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "applying a plan takes away what was not allowed",
        file: "std-shim/src/keys_as_code/apply.rs",
        find: "step.change.is_destructive() && !allows_destruction",
        replace: "false && !allows_destruction",
        check: "test -p strongroom-tests keys_as_code::drift::what_is_not_declared",
    },
    PlantedBug {
        name: "revoking a grant counts as harmless",
        file: "std-shim/src/keys_as_code/step.rs",
        find: "=> !*is_replaced,",
        replace: "=> *is_replaced,",
        check: "test -p strongroom-tests keys_as_code::drift",
    },
    PlantedBug {
        name: "a key made by an interrupted run is not found again",
        file: "std-shim/src/keys_as_code/plan.rs",
        find: ".or_else(by_tag)",
        replace: ".or_else(|| by_tag().filter(|_| false))",
        check: "test -p strongroom-tests keys_as_code::an_interrupted_run",
    },
    PlantedBug {
        name: "a plan overlooks the policy",
        file: "std-shim/src/keys_as_code/plan.rs",
        find: "if to != present.policy {",
        replace: "if to.is_empty() {",
        check: "test -p strongroom-tests keys_as_code::drift",
    },
    PlantedBug {
        name: "a plan overlooks tags that are not declared",
        file: "std-shim/src/keys_as_code/plan.rs",
        find: "present.tags.iter().filter(|(tag, _)| !declared",
        replace: "present.tags.iter().filter(|(tag, _)| tag.is_empty() && !declared",
        check: "test -p strongroom-tests keys_as_code::drift",
    },
    PlantedBug {
        name: "a plan changes the spec of a key in silence",
        file: "std-shim/src/keys_as_code/plan.rs",
        find: "                check_immutable(name, declared, present)?;\n",
        replace: "                let _ = check_immutable(name, declared, present);\n",
        check: "test -p strongroom-tests keys_as_code::drift::what_cannot_be_changed",
    },
    PlantedBug {
        name: "two keys of a file share an alias",
        file: "std-shim/src/keys_as_code/declaration.rs",
        find: "        declaration.check_aliases()?;\n",
        replace: "        let _ = declaration.check_aliases();\n",
        check: "test -p strongroom-tests keys_as_code::files",
    },
    PlantedBug {
        name: "an export forgets that a key is disabled",
        file: "std-shim/src/keys_as_code/export.rs",
        find: "(facts.state == KeyState::Disabled).then_some(false)",
        replace: "(facts.state == KeyState::Disabled).then_some(true)",
        check: "test -p strongroom-tests keys_as_code::an_export",
    },
];
