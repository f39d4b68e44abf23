//! What operations cost on a device: printed, for `cargo xtask firmware`. The emulator runs one instruction in a nanosecond, so
//! that the board's counter counts them.

use std::path::{Path, PathBuf};

use strongroom_std::device::protocol::{Figures, Keys, PRIMITIVES};

use crate::board::{Board, Kind, boards, flash, now_ms, secret, seed};
use crate::scenario::{is_refused, provisioned};

/// Switches a device on, asks for each operation, and tells the figures of each.
fn measured(kind: Kind, image: &Path, mut tell: impl FnMut(&str, &Figures)) {
    let folder = tempfile::tempdir().unwrap();
    let nv = folder.path().join("flash");
    flash(kind, &provisioned(folder.path()), &nv);
    let mut board = Board::power_on(kind, image, &nv, true);
    board.client.start(seed(), Some(now_ms())).unwrap();
    let mut figure = |board: &mut Board, what: &str| tell(what, &board.figures());
    let key = "alias/telemetry";
    figure(&mut board, "start, self-test");
    board.client.mount(&secret()).unwrap();
    figure(&mut board, "mount");
    let sealed = board.client.encrypt("", key, &[7; 32]).unwrap();
    figure(&mut board, "encrypt, first use");
    board.client.encrypt("", key, &[7; 32]).unwrap();
    figure(&mut board, "encrypt 32 bytes");
    board.client.decrypt("", &sealed.bytes).unwrap();
    figure(&mut board, "decrypt, first use");
    board.client.decrypt("", &sealed.bytes).unwrap();
    figure(&mut board, "decrypt 32 bytes");
    board.client.encrypt("", key, &[7; 1024]).unwrap();
    figure(&mut board, "encrypt 1024 bytes");
    is_refused(board.client.encrypt("operator", "alias/firmware", &[7; 32]), "AccessDeniedException");
    figure(&mut board, "denied");
    let create = Keys::Create { description: "", policy: None, is_for_macs: false };
    let (made, _) = board.client.key("", create).unwrap();
    figure(&mut board, "create a key");
    board.client.key("", Keys::Rotate(&made.to_string())).unwrap();
    figure(&mut board, "rotate it");
    board.client.close().unwrap();
    figure(&mut board, "close");
    board.exit(0);
}

fn instructions(figures: &Figures, ticks: u64) -> u64 {
    ticks * u64::from(figures.instructions_per_tick)
}

/// All that the linker scripts leave for the stack, and what has to stay free of it for what is not measured here.
const STACK_LEN: u32 = 46 * 1024;
const STACK_FREE: u32 = 4 * 1024;

#[test]
fn figures_of_a_device() {
    for (kind, image) in boards() {
        measured(kind, &image, |what, figures| {
            println!(
                "{:<29} {what:<22} {:>12} instructions {:>8} bytes of stack",
                kind.triple(),
                instructions(figures, figures.last_ticks),
                figures.stack_peak
            );
            assert!(figures.stack_peak <= STACK_LEN - STACK_FREE, "{what} takes too much stack");
        });
    }
}

/// Of an image that counts them; `STRONGROOM_FIRMWARE_SHARES` is its path, and without it there is nothing to count.
#[test]
fn shares_of_the_primitives() {
    let Some(image) = std::env::var_os("STRONGROOM_FIRMWARE_SHARES").map(PathBuf::from) else { return };
    println!("{:<22} {:>12}  share of the instructions, and calls", "", "instructions");
    measured(Kind::RiscV, &image, |what, figures| {
        let total = instructions(figures, figures.last_ticks);
        let mut rest = total;
        print!("{what:<22} {total:>12}");
        for (name, spent) in PRIMITIVES.iter().zip(figures.primitives) {
            let spent_in = instructions(figures, spent.ticks);
            rest = rest.checked_sub(spent_in).expect("a part is less than the whole");
            if spent.calls > 0 {
                print!("  {name} {} % ({})", spent_in * 100 / total, spent.calls);
            }
        }
        println!("  the rest {} %", rest * 100 / total);
        let has_ciphers = figures.primitives[4].calls + figures.primitives[5].calls > 0;
        assert!(has_ciphers || what == "close", "{what} counts no cipher");
    });
}
