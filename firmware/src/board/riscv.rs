//! QEMU's riscv32 board `virt`. The flash of the vault is its second bank of CFI flash, a file on the host, so that it survives
//! the emulator.
#![expect(unsafe_code, reason = "start-up, and which addresses are whose")]

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};
use riscv_rt::{TrapFrame, entry};

use super::registers::Registers;
use crate::layout::{FLASH_LEN, SECTOR};

/// What the device calls itself.
pub const NAME: &str = "virt";
/// The processor counts instructions itself.
pub const INSTRUCTIONS_PER_TICK: u32 = 1;
const TIMER_TICKS_PER_MS: u64 = 10_000;

// SAFETY: devices of the board, by its memory map.
const TIMER: Registers = unsafe { Registers::new(0x0200_bff8, 8) };
// SAFETY: as above.
const UART: Registers = unsafe { Registers::new(0x1000_0000, 8) };
// SAFETY: as above; the interrupt controller, which only says what wakes the processor: no handler is ever run.
const INTERRUPTS: Registers = unsafe { Registers::new(0x0c00_0000, 0x40_0000) };
// SAFETY: as above; the bank of flash that no code runs from.
const BANK: Registers = unsafe { Registers::new(0x2200_0000, FLASH_LEN as usize) };

const UART_DATA: usize = 0;
const UART_INTERRUPTS: usize = 1;
const UART_LINE: usize = 5;
const UART_TELLS_OF_BYTES: u8 = 0x01;
const UART_HAS_BYTE: u8 = 0x01;
const UART_IS_EMPTY: u8 = 0x20;

/// The interrupt of the line, its priority, and where the processor enables, takes and gives back interrupts.
const LINE: u32 = 10;
const LINE_PRIORITY: usize = 4 * 10;
const INTERRUPT_ENABLE: usize = 0x2000;
const INTERRUPT_CLAIM: usize = 0x20_0004;

#[entry]
fn main() -> ! {
    crate::run()
}

/// What the processor cannot do ends the program.
// SAFETY: the start-up crate asks for a function of this name and kind, and there is no other.
#[unsafe(export_name = "ExceptionHandler")]
fn fault(_: &TrapFrame) -> ! {
    super::exit(super::FAULT)
}

/// The serial line.
#[derive(Debug)]
pub struct Board(());

impl Board {
    /// Everything is started by the emulator, but what wakes the processor.
    pub fn start() -> Self {
        BANK.write(0, READ_ARRAY);
        INTERRUPTS.write(LINE_PRIORITY, 1);
        INTERRUPTS.write(INTERRUPT_ENABLE, 1 << LINE);
        UART.write_byte(UART_INTERRUPTS, UART_TELLS_OF_BYTES);
        // SAFETY: interrupts as a whole are off, and stay so: this one wakes, and its handler is not run.
        unsafe { riscv::register::mie::set_mext() }
        Board(())
    }

    /// Waits for a byte, asleep: a processor that asks again and again takes the time of whoever is to bring the byte.
    pub fn read_byte(&self) -> u8 {
        while UART.read_byte(UART_LINE) & UART_HAS_BYTE == 0 {
            riscv::asm::wfi();
            // Taken and given back: the next byte wakes again.
            INTERRUPTS.write(INTERRUPT_CLAIM, INTERRUPTS.read(INTERRUPT_CLAIM));
        }
        UART.read_byte(UART_DATA)
    }

    /// Sends a byte.
    pub fn write_byte(&self, byte: u8) {
        while UART.read_byte(UART_LINE) & UART_IS_EMPTY == 0 {}
        UART.write_byte(UART_DATA, byte);
    }
}

/// Instructions since the start.
pub fn ticks() -> u64 {
    riscv::register::minstret::read64()
}

/// Milliseconds since the start.
pub fn uptime_ms() -> u64 {
    let (mut high, mut low) = (TIMER.read(4), TIMER.read(0));
    while TIMER.read(4) != high {
        (high, low) = (TIMER.read(4), TIMER.read(0));
    }
    let ticks = u64::from(high).unbounded_shl(32) | u64::from(low);
    ticks.checked_div(TIMER_TICKS_PER_MS).unwrap_or_default()
}

/// The commands of CFI flash (Intel's command set), for two chips side by side.
const READ_ARRAY: u32 = 0x00ff_00ff;
const PROGRAM: u32 = 0x0040_0040;
const ERASE: u32 = 0x0020_0020;
const CONFIRM: u32 = 0x00d0_00d0;
const IS_READY: u32 = 0x0080_0080;
const WENT_WRONG: u32 = 0x007e_007e;

/// The flash of the board.
#[derive(Debug)]
pub struct Flash(());

impl Flash {
    /// The flash of the board.
    pub const fn new() -> Self {
        Flash(())
    }

    /// Waits for the end of a command, and goes back to reading.
    fn settle(at: usize) -> Result<(), NorFlashErrorKind> {
        let mut status = BANK.read(at);
        while status & IS_READY != IS_READY {
            status = BANK.read(at);
        }
        BANK.write(at, READ_ARRAY);
        if status & WENT_WRONG == 0 { Ok(()) } else { Err(NorFlashErrorKind::Other) }
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
            word.copy_from_slice(BANK.read(at).to_le_bytes().get(..word.len()).unwrap_or_default());
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
        for at in (index(from)?..index(to)?).step_by(SECTOR as usize) {
            BANK.write(at, ERASE);
            BANK.write(at, CONFIRM);
            Self::settle(at)?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        let (words, _) = bytes.as_chunks::<4>();
        for (at, word) in (index(offset)?..).step_by(4).zip(words) {
            BANK.write(at, PROGRAM);
            BANK.write(at, u32::from_le_bytes(*word));
            Self::settle(at)?;
        }
        Ok(())
    }
}
