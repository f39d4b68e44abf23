//! The contract suites of the fault kit: run on the parts that `core` ships and on the hostile ones, so that the tests do not
//! rest on a wrong world, and on parts that break one clause each, so that the suites are seen to catch it.

mod broken_anchors;
mod broken_cache;
mod broken_entropy_and_clock;
mod broken_sink;
mod broken_staging;
mod broken_state;
mod broken_storage;
mod power_cuts;

use strongroom_core::crypto::RustCrypto;
use strongroom_core::platform::Cell;
use strongroom_core::ram::{
    ManualClock, ManualEraser, ManualFreshness, RamCache, RamSink, RamState, RamStorage, SeededEntropy,
};
use strongroom_std::faults::contract::{
    Clause, Report, Violation, audit_sink, cache, clock, entropy, eraser, freshness, state, storage,
};
use strongroom_std::{SystemClock, ThreadedState};

use crate::world::{Cells, Counter, HostileStorage, Log};

/// The suite must have found that this clause is broken.
fn catches(result: Result<Report, Violation>, clause: Clause) {
    match result {
        Err(violation) => assert_eq!(violation.clause, clause, "{violation}"),
        Ok(report) => panic!("nothing is found; {clause:?} is broken. {report}"),
    }
}

#[test]
fn ram_storage_keeps_the_storage_contract() {
    storage::check(RamStorage::<65_536>::new).unwrap();
}

#[test]
fn ram_storage_that_is_full_keeps_what_it_had() {
    storage::check_bounded(&RamStorage::<4096>::new()).unwrap();
}

#[test]
fn the_hostile_storage_keeps_the_storage_contract_while_it_is_not_told_otherwise() {
    storage::check(HostileStorage::default).unwrap();
}

#[test]
fn ram_sink_keeps_the_audit_sink_contract() {
    audit_sink::check(RamSink::<65_536>::new).unwrap();
}

#[test]
fn ram_sink_that_is_full_refuses_and_keeps_what_it_had() {
    audit_sink::check_bounded(&RamSink::<1024>::new()).unwrap();
}

#[test]
fn the_logs_of_the_tests_keep_the_audit_sink_contract() {
    audit_sink::check(Log::default).unwrap();
    let batched = || {
        let log = Log::default();
        log.batch();
        log
    };
    audit_sink::check(batched).unwrap();
}

#[test]
fn the_log_of_the_tests_replaces_entries_by_number_and_makes_up_for_a_failed_flush() {
    audit_sink::check_replacement(&Log::default()).unwrap();
    audit_sink::check_failing(&Log::default(), |log| log.fail_flushes(1)).unwrap();
}

#[test]
fn ram_cache_keeps_the_cache_contract() {
    cache::check(RamCache::<RustCrypto, 4>::new).unwrap();
    cache::check_bounded(&RamCache::<RustCrypto, 4>::new(), 4).unwrap();
}

#[test]
fn the_states_keep_the_state_contract() {
    state::check(RamState::<RustCrypto>::new).unwrap();
    state::check(ThreadedState::<RustCrypto>::new).unwrap();
    state::check_threads(&ThreadedState::<RustCrypto>::new()).unwrap();
}

#[test]
fn the_seeded_entropy_keeps_the_entropy_contract() {
    entropy::check(&SeededEntropy::new(1)).unwrap();
}

#[test]
fn a_generator_that_fails_is_never_short() {
    entropy::check_failing(&SeededEntropy::new(1), |entropy| entropy.fail_after(0)).unwrap();
}

#[test]
fn the_clocks_keep_the_clock_contract() {
    let clock = ManualClock::new();
    clock::check(&clock, |ms| clock.advance_ms(ms)).unwrap();
    clock.set_wall_ms(Some(1_700_000_000_000));
    clock::check(&clock, |ms| clock.advance_ms(ms)).unwrap();
    let sleep = |ms| std::thread::sleep(std::time::Duration::from_millis(ms));
    clock::check(&SystemClock::new(), sleep).unwrap();
}

#[test]
fn the_counters_keep_the_freshness_contract() {
    freshness::check(&ManualFreshness::new(3)).unwrap();
    freshness::check(&Counter::at(0)).unwrap();
    let absent = freshness::check(&()).unwrap();
    assert_eq!(absent.clauses(), [Clause::AbsenceIsTold]);
    assert_eq!(freshness::check(&Counter::none()).unwrap(), absent);
}

#[test]
fn the_cells_keep_the_eraser_contract() {
    eraser::check(&ManualEraser::new()).unwrap();
    let cells = Cells::blank();
    eraser::check_medium(&cells, || cells.contents().concat()).unwrap();
    let absent = eraser::check(&()).unwrap();
    assert_eq!(absent.clauses(), [Clause::AbsenceIsTold]);
    assert_eq!(eraser::check(&Cells::none()).unwrap(), absent);
    assert_eq!(Cell::A.other(), Cell::B);
}

#[test]
fn a_report_names_what_was_checked_and_a_violation_what_is_broken() {
    let report = freshness::check(&ManualFreshness::new(0)).unwrap();
    let told = report.to_string();
    assert!(told.starts_with("3 clauses kept\n  Freshness: the counter does not move by itself"), "{told}");
    let violation = Violation { clause: Clause::CommitIsWhole, found: "half of it".to_owned() };
    let told = "Storage, \"a commit applies all its changes or none\": half of it";
    assert_eq!(violation.to_string(), told);
}
