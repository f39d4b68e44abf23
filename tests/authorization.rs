//! The policy language: the vault's evaluator against a table of cases and against a second, naive evaluator.

pub mod dice;
mod generate;
mod json;
mod line;
mod naive;
mod properties;
mod random;
mod real;
mod shrink;
mod sizes;
mod small;
mod table;
mod throws;
