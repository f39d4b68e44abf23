//! Every safety check beside the bug that is planted for it. A check without a row here is not done.

mod authorization;
mod callers;
mod formats;
mod grants;
mod mounting;
mod policies;
mod requests;
mod storage;

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

/// All of them, area by area.
pub(crate) fn planted_bugs() -> impl Iterator<Item = &'static PlantedBug> {
    let by_area = [
        formats::PLANTED_BUGS,
        storage::PLANTED_BUGS,
        requests::PLANTED_BUGS,
        mounting::PLANTED_BUGS,
        authorization::PLANTED_BUGS,
        callers::PLANTED_BUGS,
        grants::PLANTED_BUGS,
        policies::PLANTED_BUGS,
    ];
    by_area.into_iter().flatten()
}
