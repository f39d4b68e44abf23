//! Proof by linking: the vault in a static library that has no `std`, no `alloc` and no allocator.
//!
//! If anything below `strongroom-core` pulls `std` in, there are two panic handlers (E0152). If anything pulls `alloc`
//! in, there is no global allocator. `cargo xtask probe` builds this, links it to a C `main` and runs it.
#![no_std]

use strongroom_no_std_probe as _;

#[panic_handler]
fn halt(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
