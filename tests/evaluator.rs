//! The tests of the policy evaluator alone, for commands that build them often or with all optimization.

mod authorization;
