//! The firmware in the emulator, asked by the client of `strongroom-std`: `cargo xtask firmware` builds it and says where it is.

#[path = "device/board.rs"]
mod board;
#[path = "device/cuts.rs"]
mod cuts;
#[path = "device/figures.rs"]
mod figures;
#[path = "device/line.rs"]
mod line;
#[path = "device/scenario.rs"]
mod scenario;
#[path = "device/vectors.rs"]
mod vectors;
