//! Integration tests, linked once.

mod audit;
mod authorization;
mod callers;
mod conditions;
mod contract;
mod deletion;
mod explanations;
mod file;
mod grants;
mod imports;
mod key_policies;
mod macs;
mod mount;
mod names;
mod operations;
mod policy;
mod policy_json;
mod python_decoder;
mod slots;
mod states;
mod tamper;
mod time;
mod tree;
mod vectors;
mod versions;
mod world;
