//! Integration tests, linked once.

mod audit;
mod authorization;
mod callers;
mod conditions;
mod contract;
mod deletion;
mod explanations;
mod file;
mod flash;
mod grants;
mod hammer;
mod imports;
mod key_policies;
mod keys_as_code;
mod limits;
mod macs;
mod memory;
mod model;
mod mount;
mod names;
mod operations;
mod policy;
mod policy_json;
mod power;
mod python_decoder;
mod quotas;
<<<<<<< HEAD
mod rollback;
=======
mod repair;
>>>>>>> 22109c3 (vault: repair, quarantine, destruction of a damaged key; a log that knows more than the vault)
mod slots;
mod states;
mod streams;
mod tamper;
mod time;
mod time_machine;
mod tree;
mod usage;
mod vectors;
mod versions;
mod world;
