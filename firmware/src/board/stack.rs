//! How deep the stack has been: what lies below it is painted at the start, and what was painted over tells.
#![expect(unsafe_code, reason = "looks at the stack itself")]

const PAINT: u32 = 0xcafe_f00d;
/// Left alone below the frame that paints, in bytes.
const MARGIN: usize = 256;

unsafe extern "C" {
    /// The stack may grow down to here; what the linker places is elsewhere.
    #[cfg_attr(target_arch = "arm", link_name = "_stack_end")]
    #[cfg_attr(target_arch = "riscv32", link_name = "__estack")]
    static LOW: u32;
    /// Where the stack begins.
    #[link_name = "_stack_start"]
    static HIGH: u32;
}

/// Lowest and highest address of the stack.
fn bounds() -> (usize, usize) {
    ((&raw const LOW).addr().next_multiple_of(4), (&raw const HIGH).addr())
}

/// Paints what is not in use.
#[inline(never)]
pub fn paint() {
    let here = 0u32;
    let (low, _) = bounds();
    let end = (&raw const here).addr().saturating_sub(MARGIN);
    for at in (low..end).step_by(4) {
        // SAFETY: aligned, within the stack, in which the linker placed nothing, and below every frame there is.
        unsafe { core::ptr::with_exposed_provenance_mut::<u32>(at).write_volatile(PAINT) }
    }
}

/// How much of the stack was used since, in bytes.
pub fn peak() -> u32 {
    let (low, high) = bounds();
    // SAFETY: aligned, and within the stack.
    let is_painted =
        |at: &usize| unsafe { core::ptr::with_exposed_provenance::<u32>(*at).read_volatile() } == PAINT;
    let first = (low..high).step_by(4).find(|at| !is_painted(at)).unwrap_or(high);
    u32::try_from(high.saturating_sub(first)).unwrap_or(u32::MAX)
}
