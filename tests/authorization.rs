//! The policy language: the vault's evaluator against a table of cases and against a second, naive evaluator.

mod json;
mod line;
mod naive;
mod table;
