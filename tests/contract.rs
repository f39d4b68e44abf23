//! What every implementation of a platform trait must do, whoever wrote it: suites over the trait alone, run here on the
//! parts that `core` ships and on the hostile ones, so that the tests do not rest on a wrong world.

pub mod audit_sink;
pub mod cache;
pub mod entropy;
pub mod storage;

use strongroom_core::ram::{RamCache, RamSink, RamStorage, SeededEntropy};

use crate::world::{HostileStorage, Log};

#[test]
fn ram_storage_keeps_the_storage_contract() {
    storage::suite(&RamStorage::<65_536>::new);
}

#[test]
fn ram_storage_that_is_full_keeps_what_it_had() {
    storage::full(&RamStorage::<4096>::new());
}

#[test]
fn the_hostile_storage_keeps_the_storage_contract_while_it_is_not_told_otherwise() {
    storage::suite(&HostileStorage::default);
}

#[test]
fn ram_sink_keeps_the_audit_sink_contract() {
    audit_sink::suite(&RamSink::<65_536>::new);
}

#[test]
fn ram_sink_that_is_full_refuses_and_keeps_what_it_had() {
    audit_sink::full(&RamSink::<1024>::new());
}

#[test]
fn the_logs_of_the_tests_keep_the_audit_sink_contract() {
    audit_sink::suite(&Log::default);
    audit_sink::suite(&|| {
        let log = Log::default();
        log.batch();
        log
    });
}

#[test]
fn the_log_of_the_tests_replaces_entries_by_number() {
    audit_sink::replaces(&Log::default());
}

#[test]
fn ram_cache_keeps_the_cache_contract() {
    cache::suite(&RamCache::<_, 4>::new);
}

#[test]
fn ram_cache_gives_up_the_least_recently_used() {
    cache::bounded(&RamCache::<_, 4>::new(), 4);
}

#[test]
fn the_seeded_entropy_keeps_the_entropy_contract() {
    entropy::suite(&SeededEntropy::new(1));
}

#[test]
fn a_generator_that_fails_is_never_short() {
    let entropy = SeededEntropy::new(1);
    entropy.fail_after(1);
    entropy::fails_at(&entropy, 1);
}
