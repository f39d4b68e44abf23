//! A vault on a microcontroller: requests come in over the console, answers go out, and the vault lies in flash.
//!
//! `docs/firmware.md` says how to bring it to a board of your own. The generator and the wall clock of these images are
//! told by the host: NOT SECURE, and good for trying only.
#![no_std]
#![no_main]

mod board;
mod clock;
mod console;
mod device;
mod entropy;
mod layout;
mod primitives;
mod session;

use board::Board;

/// What the board's start-up calls.
fn run() -> ! {
    board::paint_stack();
    let board = Board::start();
    session::serve(&board)
}

#[panic_handler]
fn halt(_: &core::panic::PanicInfo<'_>) -> ! {
    board::exit(101)
}
