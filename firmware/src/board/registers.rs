//! Memory that is no memory: registers of devices, and flash.
#![expect(unsafe_code, reason = "registers are reached by their addresses")]

/// A range of addresses that belongs to one device of the board, and to nothing that Rust knows of.
#[derive(Clone, Copy, Debug)]
pub struct Registers {
    base: usize,
    len: usize,
}

impl Registers {
    /// The range from `base` on, which is a multiple of 4.
    ///
    /// # Safety
    /// The whole range is a device's, or memory that the linker gives to nothing, and reading it changes nothing that
    /// Rust knows of.
    pub const unsafe fn new(base: usize, len: usize) -> Self {
        Registers { base, len }
    }

    fn place(self, offset: usize, len: usize) -> Option<usize> {
        let is_within = offset.checked_add(len)? <= self.len && offset.is_multiple_of(len);
        if is_within { self.base.checked_add(offset) } else { None }
    }

    /// A word; 0 outside the range.
    pub fn read(self, offset: usize) -> u32 {
        // SAFETY: within the range, which is this device's, and aligned.
        self.place(offset, 4)
            .map_or(0, |at| unsafe { core::ptr::with_exposed_provenance::<u32>(at).read_volatile() })
    }

    /// Writes a word; nothing outside the range.
    pub fn write(self, offset: usize, word: u32) {
        if let Some(at) = self.place(offset, 4) {
            // SAFETY: within the range, which is this device's, and aligned.
            unsafe { core::ptr::with_exposed_provenance_mut::<u32>(at).write_volatile(word) }
        }
    }

    /// A byte; 0 outside the range.
    #[cfg(target_arch = "riscv32")]
    pub fn read_byte(self, offset: usize) -> u8 {
        // SAFETY: within the range, which is this device's.
        self.place(offset, 1)
            .map_or(0, |at| unsafe { core::ptr::with_exposed_provenance::<u8>(at).read_volatile() })
    }

    /// Writes a byte; nothing outside the range.
    #[cfg(target_arch = "riscv32")]
    pub fn write_byte(self, offset: usize, byte: u8) {
        if let Some(at) = self.place(offset, 1) {
            // SAFETY: within the range, which is this device's.
            unsafe { core::ptr::with_exposed_provenance_mut::<u8>(at).write_volatile(byte) }
        }
    }
}
