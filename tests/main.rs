//! Integration tests, linked once.

mod file;
mod mount;
mod operations;
mod python_decoder;
mod slots;
mod tamper;
mod vectors;
mod world;
