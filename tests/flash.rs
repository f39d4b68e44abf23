//! The store in flash: on a flash that is stricter than hardware, cut at every step, rotting, lying.

mod audit;
mod cuts;
mod damage;
mod eraser;
mod layout;
mod script;
mod store;
