//! The tests of the policy evaluator alone: mutation testing builds them hundreds of times.

mod authorization;
