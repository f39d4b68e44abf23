//! Writing into a flash what its log could hold: the checksums there say that nothing was lost, and anybody can make them.

use crc::{CRC_32_ISCSI, Crc};

use crate::input::Input;

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// Where a log's parts lie, and what its format calls them (`docs/format.md`).
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Offset of the first segment or block.
    pub start: usize,
    /// Its length.
    pub part_len: usize,
    /// How many there are.
    pub parts: usize,
    /// The first bytes of a header.
    pub magic: [u8; 4],
    /// The numbers behind the epoch in a header.
    pub numbers: [u32; 2],
    /// The lowest kind of a record, and that of the one which commits.
    pub kinds: (u8, u8),
}

/// Changes a flash as the input says, up to fifteen times: bytes, bits, headers and records with the right checksum.
pub fn scribble(flash: &mut [u8], layout: &Layout, input: &mut Input<'_>) {
    for _ in 0..input.byte() % 16 {
        let (what, part) = (input.byte(), usize::from(input.byte()) % layout.parts);
        let at = input.number() % layout.part_len;
        let start = layout.start + part * layout.part_len;
        let Some(part) = flash.get_mut(start..start + layout.part_len) else { return };
        match what % 6 {
            0 => {
                let len = usize::from(input.byte());
                part.iter_mut().skip(at).zip(input.bytes(len)).for_each(|(to, from)| *to = *from);
            }
            1 => part[at] ^= input.byte(),
            2 => part[at..].fill(0xff),
            3 => {
                let header = header(layout, input);
                let place = at % 2 * 32;
                part[place..place + 32].copy_from_slice(&header);
            }
            _ => {
                let at = (at - at % 32).min(layout.part_len - 32);
                let record = record(part, at, layout, input);
                part[at..at + 32].copy_from_slice(&record);
            }
        }
    }
}

fn header(layout: &Layout, input: &mut Input<'_>) -> [u8; 32] {
    let (format, epoch) = (input.byte() % 4, u64::from(input.byte()));
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&layout.magic);
    bytes[4] = format.clamp(1, 2);
    bytes[8..16].copy_from_slice(&epoch.to_be_bytes());
    bytes[16..20].copy_from_slice(&layout.numbers[0].to_be_bytes());
    bytes[20..24].copy_from_slice(&layout.numbers[1].to_be_bytes());
    bytes[27] = input.byte() % 8;
    let is_of_place = layout.kinds.0 > 7;
    if is_of_place {
        bytes[24..28].fill(0);
        seal(&mut bytes, 0, 0);
    } else {
        let crc = CRC.checksum(&bytes[..28]);
        bytes[28..].copy_from_slice(&crc.to_be_bytes());
    }
    bytes
}

/// A record: its kind, an epoch, and numbers. One that commits can have the checksum of what stands before it.
fn record(part: &[u8], at: usize, layout: &Layout, input: &mut Input<'_>) -> [u8; 32] {
    let kind = layout.kinds.0 + input.byte() % 8;
    let (epoch, revision) = (u64::from(input.byte()), input.byte());
    let len = input.number();
    let mut bytes = [0; 32];
    bytes[0] = kind;
    let is_commit = kind == layout.kinds.1;
    let from = at.saturating_sub(len - len % 32);
    if is_commit {
        let content = CRC.checksum(&part[from..at]);
        if layout.kinds.0 > 7 {
            bytes[12..16].copy_from_slice(&content.to_be_bytes());
            bytes[16..20].copy_from_slice(&u32::try_from(from).unwrap_or_default().to_be_bytes());
        } else {
            bytes[12..16].copy_from_slice(&u32::try_from(at - from).unwrap_or_default().to_be_bytes());
            bytes[16..20].copy_from_slice(&content.to_be_bytes());
            bytes[20..24].copy_from_slice(&(!content).to_be_bytes());
        }
        bytes[11] = revision;
    } else if kind == 3 || kind == 4 {
        // An address, and the length of its blob.
        bytes[2..4].copy_from_slice(&u16::try_from(len).unwrap_or_default().to_be_bytes());
        bytes[4..28].fill(revision % 8);
    } else {
        bytes[11] = revision;
        bytes[14..16].copy_from_slice(&u16::try_from(len).unwrap_or_default().to_be_bytes());
    }
    seal(&mut bytes, epoch, at);
    bytes
}

/// Puts the checksum into the last four bytes, which binds the place.
fn seal(bytes: &mut [u8; 32], epoch: u64, at: usize) {
    let mut crc = CRC.digest();
    crc.update(&epoch.to_be_bytes());
    crc.update(&u32::try_from(at).unwrap_or_default().to_be_bytes());
    crc.update(&bytes[..28]);
    let crc = crc.finalize();
    bytes[28..].copy_from_slice(&crc.to_be_bytes());
}
