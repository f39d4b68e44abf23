//! Integration tests, linked once.

mod audit;
mod contract;
mod file;
mod mount;
mod operations;
mod policy;
mod python_decoder;
mod slots;
mod tamper;
mod tree;
mod vectors;
mod world;
