//! QEMU's mps2-an385 (Cortex-M3) and mps2-an386 (Cortex-M4). They have no flash that the program can write: memory stands
//! in for it, which the emulator fills from a file, and which is gone with the power.
#![expect(unsafe_code, reason = "start-up, and which addresses are whose")]

use core::arch::asm;
use core::cell::Cell;

use cortex_m_rt::{ExceptionFrame, entry, exception};
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

use super::Alone;
use super::registers::Registers;
use crate::layout::{FLASH_LEN, SECTOR};

/// What the device calls itself.
pub const NAME: &str = "mps2";
/// At one instruction in a nanosecond, which the emulator can be told.
pub const INSTRUCTIONS_PER_TICK: u32 = 40;
const TICKS_PER_MS: u64 = 25_000;

// SAFETY: devices of the board, by its manual (Application Note AN385, memory map).
const TIMER: Registers = unsafe { Registers::new(0x4000_0000, 0x1000) };
// SAFETY: as above.
const ALARM: Registers = unsafe { Registers::new(0x4000_1000, 0x1000) };
// SAFETY: as above.
const UART: Registers = unsafe { Registers::new(0x4000_4000, 0x1000) };
// SAFETY: the interrupt controller of the processor, which only says what wakes it: no handler is ever run.
const INTERRUPTS: Registers = unsafe { Registers::new(0xe000_e100, 0x200) };
// SAFETY: external memory, outside what the linker script names.
const MEMORY: Registers = unsafe { Registers::new(0x2100_0000, FLASH_LEN as usize) };

const TIMER_CONTROL: usize = 0;
const TIMER_VALUE: usize = 4;
const TIMER_RELOAD: usize = 8;
const TIMER_INTERRUPT: usize = 12;
const TIMER_ENABLED: u32 = 1;
const TIMER_INTERRUPTS: u32 = 8;
/// Between two alarms: much less than a turn of the timer.
const ALARM_TICKS: u32 = 0x4000_0000;

const UART_DATA: usize = 0;
const UART_STATE: usize = 4;
const UART_CONTROL: usize = 8;
const UART_INTERRUPT: usize = 12;
const UART_DIVISOR: usize = 16;
const UART_IS_FULL: u32 = 1;
const UART_HAS_BYTE: u32 = 2;
const UART_BYTE_CAME: u32 = 2;
/// Both directions, and an interrupt for each byte that came.
const UART_ENABLED: u32 = 1 | 2 | 8;

const INTERRUPT_ENABLE: usize = 0;
const INTERRUPT_CLEAR: usize = 0x180;
/// What wakes the processor: a byte on the line, and the alarm.
const WAKING: u32 = 1 | 1 << 9;

#[entry]
fn main() -> ! {
    crate::run()
}

/// What the processor cannot do, an access below the stack among it, ends the program.
#[exception]
unsafe fn HardFault(_: &ExceptionFrame) -> ! {
    super::exit(super::FAULT)
}

/// The serial line.
#[derive(Debug)]
pub struct Board(());

impl Board {
    /// Starts the timers and the line.
    pub fn start() -> Self {
        // SAFETY: from here on no interrupt has its handler run; nothing else changes.
        unsafe { asm!("cpsid i", options(nomem, nostack, preserves_flags)) }
        TIMER.write(TIMER_RELOAD, u32::MAX);
        TIMER.write(TIMER_VALUE, u32::MAX);
        TIMER.write(TIMER_CONTROL, TIMER_ENABLED);
        ALARM.write(TIMER_RELOAD, ALARM_TICKS);
        ALARM.write(TIMER_VALUE, ALARM_TICKS);
        ALARM.write(TIMER_CONTROL, TIMER_ENABLED | TIMER_INTERRUPTS);
        UART.write(UART_DIVISOR, 16);
        UART.write(UART_CONTROL, UART_ENABLED);
        INTERRUPTS.write(INTERRUPT_ENABLE, WAKING);
        // What came before is not kept. And the emulator, which found the line switched off, looks at it again when this is read.
        UART.read(UART_DATA);
        Board(())
    }

    /// Waits for a byte, asleep: the emulator brings one byte at a time, and on a busy host it comes to that once its processor
    /// rests.
    pub fn read_byte(&self) -> u8 {
        loop {
            // First, so that a byte that comes after the look wakes.
            UART.write(UART_INTERRUPT, UART_BYTE_CAME);
            ALARM.write(TIMER_INTERRUPT, 1);
            INTERRUPTS.write(INTERRUPT_CLEAR, WAKING);
            if UART.read(UART_STATE) & UART_HAS_BYTE != 0 {
                break;
            }
            // So that no turn of the timer is missed.
            ticks();
            // SAFETY: stops until an interrupt is pending, whose handler is not run.
            unsafe { asm!("wfi", options(nomem, nostack, preserves_flags)) }
        }
        let [byte, ..] = UART.read(UART_DATA).to_le_bytes();
        byte
    }

    /// Sends a byte.
    pub fn write_byte(&self, byte: u8) {
        while UART.read(UART_STATE) & UART_IS_FULL != 0 {}
        UART.write(UART_DATA, u32::from(byte));
    }
}

/// Ticks of the timer, and what it had counted at the last reading: it has 32 bits, and turns over in three minutes.
static ELAPSED: Alone<Cell<(u64, u32)>> = Alone::new(Cell::new((0, 0)));

/// Ticks since the start.
pub fn ticks() -> u64 {
    let (elapsed, last) = ELAPSED.get();
    // It counts down.
    let counted = !TIMER.read(TIMER_VALUE);
    let elapsed = elapsed.saturating_add(u64::from(counted.wrapping_sub(last)));
    ELAPSED.set((elapsed, counted));
    elapsed
}

/// Milliseconds since the start.
pub fn uptime_ms() -> u64 {
    ticks().checked_div(TICKS_PER_MS).unwrap_or_default()
}

/// Memory that behaves as NOR flash does: bits only fall until a sector is erased.
#[derive(Debug)]
pub struct Flash(());

impl Flash {
    /// The flash of the board.
    pub const fn new() -> Self {
        Flash(())
    }
}

fn index(offset: u32) -> Result<usize, NorFlashErrorKind> {
    usize::try_from(offset).map_err(|_| NorFlashErrorKind::OutOfBounds)
}

impl ErrorType for Flash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        for (at, word) in (index(offset)?..).step_by(4).zip(bytes.chunks_mut(4)) {
            word.copy_from_slice(MEMORY.read(at).to_le_bytes().get(..word.len()).unwrap_or_default());
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        FLASH_LEN as usize
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = SECTOR as usize;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        (index(from)?..index(to)?).step_by(4).for_each(|at| MEMORY.write(at, u32::MAX));
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        let (words, _) = bytes.as_chunks::<4>();
        for (at, word) in (index(offset)?..).step_by(4).zip(words) {
            MEMORY.write(at, MEMORY.read(at) & u32::from_le_bytes(*word));
        }
        Ok(())
    }
}
