//! boto3, and what is driven beside it: a program for each family of operations.

use std::process::Command;

use crate::environment::{environment, programs, run};
use crate::running::Running;

/// Runs a program of `tests/python` against a server of its own.
fn check(program: &str) {
    let Some(bin) = environment("python") else { return };
    let running = Running::dev();
    let mut python = Command::new(bin.join("python"));
    running.tell(python.arg("-B").arg(programs("python").join(program)));
    let said = run(&mut python).unwrap_or_else(|said| panic!("{program}: {said}"));
    println!("{said}");
}

#[test]
fn boto3_makes_keys_and_encrypts_with_them() {
    check("first.py");
}

#[test]
fn boto3_manages_keys() {
    check("keys.py");
}

#[test]
fn boto3_encrypts_and_makes_data_keys() {
    check("encryption.py");
}

#[test]
fn boto3_makes_and_verifies_macs() {
    check("macs.py");
}

#[test]
fn boto3_rotates_keys() {
    check("rotation.py");
}

#[test]
fn boto3_imports_key_material() {
    check("imports.py");
}

#[test]
fn boto3_reads_and_puts_key_policies() {
    check("policies.py");
}

#[test]
fn boto3_makes_and_ends_grants() {
    check("grants.py");
}

#[test]
fn boto3_names_and_tags_keys() {
    check("aliases.py");
}

#[test]
fn what_the_data_model_forbids_is_a_validation_exception() {
    check("shapes.py");
}

#[test]
fn accounts_and_regions_are_vaults_of_their_own() {
    check("accounts.py");
}

#[test]
fn the_calls_of_terraform_and_fabric_work() {
    check("tools.py");
}

#[test]
fn sops_encrypts_edits_rotates_and_decrypts() {
    check("sops.py");
}
