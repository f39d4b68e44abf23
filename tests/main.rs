//! Integration tests, linked once.

mod file;
mod mount;
mod python_decoder;
mod slots;
mod tamper;
mod vectors;
mod world;
