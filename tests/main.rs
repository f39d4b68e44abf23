//! Integration tests, linked once.

mod python_decoder;
mod vectors;
mod file;
