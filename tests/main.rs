//! Integration tests, linked once.

mod vectors;
mod file;
