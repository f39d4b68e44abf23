//! Integration tests, linked once.

mod vectors;
