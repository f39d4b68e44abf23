//! The boards. All unsafe code of the image is in this folder.

mod alone;
mod registers;
mod stack;

#[cfg(target_arch = "arm")]
mod arm;
#[cfg(target_arch = "riscv32")]
mod riscv;

#[cfg(target_arch = "arm")]
pub use arm::{Board, Flash, INSTRUCTIONS_PER_TICK, NAME, ticks, uptime_ms};
#[cfg(target_arch = "riscv32")]
pub use riscv::{Board, Flash, INSTRUCTIONS_PER_TICK, NAME, ticks, uptime_ms};

pub use alone::{Alone, Once};
pub use stack::{paint as paint_stack, peak as stack_peak};

/// The status of a program that did what the processor cannot do.
const FAULT: u8 = 103;

/// Ends the program; the emulator's exit status is this. On hardware without a debugger it stops here.
pub fn exit(status: u8) -> ! {
    semihosting::process::exit(i32::from(status))
}
