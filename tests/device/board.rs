//! A board in the emulator, with its flash in a file.

use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use strongroom_std::UnlockSecret;
use strongroom_std::device::protocol::{Answer, Board as ToBoard, Figures, Request};
use strongroom_std::device::{DeviceClient, DeviceImage, Layout};

use crate::line::Line;

pub(crate) const LAYOUT: Layout = Layout::DEMONSTRATION;
/// The bank of flash of the board `virt`, in bytes.
const BANK_LEN: usize = 32 << 20;

/// How long an emulator may take to end.
const EXIT_MAX: Duration = Duration::from_secs(60);

/// Which board runs which image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    CortexM4,
    CortexM0,
    RiscV,
}

impl Kind {
    pub(crate) const ALL: [Kind; 3] = [Kind::CortexM4, Kind::CortexM0, Kind::RiscV];

    pub(crate) fn triple(self) -> &'static str {
        match self {
            Kind::CortexM4 => "thumbv7em-none-eabihf",
            Kind::CortexM0 => "thumbv6m-none-eabi",
            Kind::RiscV => "riscv32imac-unknown-none-elf",
        }
    }

    /// Whether what it writes to flash outlives the emulator.
    pub(crate) fn keeps_flash(self) -> bool {
        self == Kind::RiscV
    }
}

/// The boards whose image is there: `STRONGROOM_FIRMWARE` is the folder of the images, `STRONGROOM_FIRMWARE_BOARDS` the targets
/// to try, all where it is not set.
pub(crate) fn boards() -> Vec<(Kind, PathBuf)> {
    let folder =
        PathBuf::from(std::env::var_os("STRONGROOM_FIRMWARE").expect("`cargo xtask firmware` runs this"));
    let wanted = std::env::var("STRONGROOM_FIRMWARE_BOARDS").unwrap_or_default();
    let is_wanted = |kind: &Kind| wanted.is_empty() || wanted.split(',').any(|name| name == kind.triple());
    let image = |kind: Kind| folder.join(kind.triple()).join("release/firmware");
    Kind::ALL.into_iter().filter(is_wanted).map(|kind| (kind, image(kind))).collect()
}

pub(crate) fn secret() -> UnlockSecret {
    UnlockSecret::key_file(b"the secret that lies in a fuse of the device").unwrap()
}

pub(crate) fn now_ms() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// A running board.
pub(crate) struct Board {
    child: Child,
    pub(crate) client: DeviceClient<Line, ChildStdin>,
}

impl Board {
    /// Switches on: the vault is closed.
    pub(crate) fn power_on(kind: Kind, image: &Path, flash: &Path, counts_instructions: bool) -> Self {
        let mut command = match kind {
            Kind::CortexM4 | Kind::CortexM0 => {
                let board = if kind == Kind::CortexM4 { "mps2-an386" } else { "mps2-an385" };
                let mut command = Command::new("qemu-system-arm");
                command.args(["-M", board, "-kernel"]).arg(image);
                command
                    .arg("-device")
                    .arg(format!("loader,file={},addr=0x21000000,force-raw=on", flash.display()));
                command
            }
            Kind::RiscV => {
                let mut command = Command::new("qemu-system-riscv32");
                command.args(["-M", "virt", "-bios", "none", "-drive"]);
                command.arg(format!("if=pflash,unit=1,format=raw,file={}", flash.display()));
                command.arg("-device").arg(format!("loader,file={},cpu-num=0", image.display()));
                command
            }
        };
        command.args(["-display", "none", "-monitor", "none", "-serial", "stdio"]);
        command.args(["-semihosting-config", "enable=on,target=native"]);
        if counts_instructions {
            command.args(["-icount", "shift=0,sleep=on"]);
        }
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the emulator starts");
        let client = DeviceClient::new(Line::of(child.stdout.take().unwrap()), child.stdin.take().unwrap());
        let mut board = Board { child, client };
        board.client.wait_for_power_on().unwrap();
        board
    }

    /// Switches on, and opens the vault.
    pub(crate) fn start(kind: Kind, image: &Path, flash: &Path, wall_ms: u64) -> Self {
        let mut board = Self::power_on(kind, image, flash, false);
        board.client.start(seed(), Some(wall_ms)).unwrap();
        board.client.mount(&secret()).unwrap();
        board
    }

    /// The power goes.
    pub(crate) fn cut(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends the program in order, with this status.
    pub(crate) fn exit(mut self, status: u8) {
        self.client.send(&Request::Board(ToBoard::Exit(status))).unwrap();
        let end = Instant::now() + EXIT_MAX;
        let ended = loop {
            match self.child.try_wait().unwrap() {
                Some(ended) => break ended,
                None if Instant::now() > end => panic!("the emulator was to end {EXIT_MAX:?} ago, and runs"),
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        };
        assert_eq!(ended.code(), Some(i32::from(status)), "the exit status");
    }

    pub(crate) fn figures(&mut self) -> Figures {
        match self.client.ask(&Request::Board(ToBoard::Figures)).unwrap() {
            Answer::Figures(figures) => figures,
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Another for each session, or what is drawn would repeat.
pub(crate) fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    let entropy = strongroom_std::OsEntropy;
    strongroom_core::platform::Entropy::fill(&entropy, &mut seed).unwrap();
    seed
}

/// Puts an image into the file that a board has as its flash.
pub(crate) fn flash(kind: Kind, image: &DeviceImage<4>, file: &Path) {
    std::fs::write(file, image.as_bytes()).unwrap();
    if kind.keeps_flash() {
        let len = u64::try_from(BANK_LEN).unwrap();
        std::fs::OpenOptions::new().write(true).open(file).unwrap().set_len(len).unwrap();
    }
}

/// Reads the flash of a board that is switched off.
pub(crate) fn read_back(file: &Path) -> DeviceImage<4> {
    let mut bytes = std::fs::read(file).unwrap();
    bytes.truncate(usize::try_from(LAYOUT.flash_len).unwrap());
    DeviceImage::of(bytes)
}
