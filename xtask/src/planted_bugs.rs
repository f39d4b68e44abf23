//! Every safety check beside the bug that is planted for it. A check without a row here is not done.

mod access_keys;
mod administration;
mod aliases;
mod audit_log;
mod authorization;
mod backup;
mod book;
mod callers;
mod command;
mod deletion;
mod devices;
mod endpoint_client;
mod evidence;
mod faults;
mod features;
mod files;
mod flash;
mod flash_audit;
mod formats;
mod front;
mod grants;
mod import;
mod instructions;
mod key_records;
mod keys_as_code;
mod macs;
mod model;
mod mounting;
mod peers;
mod policies;
mod primitives;
mod processes;
mod quotas;
mod repair;
mod requests;
mod rotation;
mod shared_commits;
mod slots;
mod storage;
mod streams;
mod tags;
mod time;
mod usage;
mod wire;

/// A bug, and the test that must fail while it is in.
pub(crate) struct PlantedBug {
    /// What the bug does, in a few words; unique.
    pub name: &'static str,
    /// The file it goes into, from the repository's root.
    pub file: &'static str,
    /// Text that stands in the file exactly once.
    pub find: &'static str,
    /// What takes its place.
    pub replace: &'static str,
    /// Arguments of `cargo` that run the check, for example `test -p strongroom-tests tamper::`.
    pub check: &'static str,
}

impl PlantedBug {
    /// Whether `find` stands in the text of its file exactly once, and the bug changes anything.
    pub(crate) fn has_place_in(&self, text: &str) -> bool {
        text.matches(self.find).count() == 1 && self.find != self.replace
    }
}

/// All of them, area by area.
pub(crate) fn planted_bugs() -> impl Iterator<Item = &'static PlantedBug> {
    let by_area = [
        formats::PLANTED_BUGS,
        key_records::PLANTED_BUGS,
        storage::PLANTED_BUGS,
        shared_commits::PLANTED_BUGS,
        streams::PLANTED_BUGS,
        flash::PLANTED_BUGS,
        evidence::PLANTED_BUGS,
        faults::PLANTED_BUGS,
        features::PLANTED_BUGS,
        files::PLANTED_BUGS,
        flash_audit::PLANTED_BUGS,
        requests::PLANTED_BUGS,
        mounting::PLANTED_BUGS,
        slots::PLANTED_BUGS,
        authorization::PLANTED_BUGS,
        callers::PLANTED_BUGS,
        access_keys::PLANTED_BUGS,
        front::PLANTED_BUGS,
        command::PLANTED_BUGS,
        deletion::PLANTED_BUGS,
        grants::PLANTED_BUGS,
        import::PLANTED_BUGS,
        peers::PLANTED_BUGS,
        policies::PLANTED_BUGS,
        primitives::PLANTED_BUGS,
        instructions::PLANTED_BUGS,
        time::PLANTED_BUGS,
        administration::PLANTED_BUGS,
        aliases::PLANTED_BUGS,
        tags::PLANTED_BUGS,
        macs::PLANTED_BUGS,
        rotation::PLANTED_BUGS,
        usage::PLANTED_BUGS,
        quotas::PLANTED_BUGS,
        repair::PLANTED_BUGS,
        model::PLANTED_BUGS,
        audit_log::PLANTED_BUGS,
        backup::PLANTED_BUGS,
        book::PLANTED_BUGS,
        devices::PLANTED_BUGS,
        endpoint_client::PLANTED_BUGS,
        keys_as_code::PLANTED_BUGS,
        processes::PLANTED_BUGS,
        wire::PLANTED_BUGS,
    ];
    by_area.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::planted_bugs;
    use crate::tree::Tree;

    #[test]
    fn every_bug_has_exactly_one_place() {
        let tree = Tree::find().unwrap();
        let lost: Vec<_> = planted_bugs()
            .filter(|row| !tree.read(row.file).is_ok_and(|text| row.has_place_in(&text)))
            .map(|row| (row.name, row.file))
            .collect();
        assert_eq!(lost, []);
    }

    #[test]
    fn no_two_bugs_have_one_name() {
        let mut names: Vec<_> = planted_bugs().map(|row| row.name).collect();
        names.sort_unstable();
        let twice: Vec<_> =
            names.windows(2).filter(|pair| pair.first() == pair.last()).map(|pair| pair[0]).collect();
        assert_eq!(twice, [""; 0]);
    }
}
