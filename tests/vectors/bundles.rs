//! `bundle.txt`: bundles, section 11. A whole one with what lies in its segments, and those that must be refused.

use strongroom_core::Error;
use strongroom_core::error::BundleFault;

use super::file::{Block, golden, hold};
use crate::backup::forge::Forge;
use crate::backup::{BUNDLE_SECRET, HEADER, drill_with, full, segment_starts};

fn answer(block: &Block) -> String {
    let unlock = block.bytes("unlock")[0];
    match drill_with(&block.bytes("bundle"), unlock) {
        Ok(summary) => {
            if let Some(bundle_id) = block.find("bundle_id") {
                assert_eq!(bundle_id, crate::hex::hex(&summary.bundle_id));
                assert_eq!(block.bytes("revision"), summary.revision.to_be_bytes());
            }
            "ok"
        }
        Err(Error::WrongSecret) => "wrong-secret",
        Err(Error::SlotParameters) => "parameters",
        Err(Error::FromTheFuture { .. }) => "from-the-future",
        Err(Error::Bundle(fault)) => match fault {
            BundleFault::NotABundle => "not-a-bundle",
            BundleFault::Truncated => "truncated",
            BundleFault::Altered => "altered",
            BundleFault::Trailing => "trailing",
            BundleFault::Content => "content",
            BundleFault::OpensOtherwise => "opens-otherwise",
            _ => "another fault",
        },
        Err(_) => "another error",
    }
    .to_owned()
}

fn blocks() -> Vec<Block> {
    let forge = full();
    let bundle = forge.seal();
    let plaintexts: Vec<&[u8]> = forge.segments.iter().map(|(_, plaintext)| plaintext.as_slice()).collect();
    let good = Block::new("a vault with a record of every type", "ok")
        .with("unlock", [BUNDLE_SECRET; 32])
        .with("bundle", &bundle)
        .with("bundle_id", &forge.header[8..24])
        .with("vault_id", &forge.header[24..40])
        .with("revision", &forge.header[40..48])
        .with("slot_key", forge.slot_key)
        .with("bundle_key", forge.bundle_key)
        .list("plaintexts", plaintexts);
    let starts = segment_starts(&bundle);
    let but =
        |name, expect, bytes: &[u8]| good.but(name, expect, "bundle", bytes).only(&["unlock", "bundle"]);
    let with = |at: usize, byte: u8| {
        let mut changed = bundle.clone();
        changed[at] = byte;
        changed
    };
    let forged = |change: &dyn Fn(&mut Forge)| {
        let mut forge = forge.clone();
        change(&mut forge);
        forge.seal()
    };
    let (version, grant) = (forge.of_type(2)[0], forge.of_type(3)[0]);
    let end = forge.segments.len() - 1;
    let swapped =
        [&bundle[..starts[1]], &bundle[starts[2]..starts[3]], &bundle[starts[1]..starts[2]]].concat();
    vec![
        good.clone(),
        good.but("another secret", "wrong-secret", "unlock", [BUNDLE_SECRET + 1; 32])
            .only(&["unlock", "bundle"]),
        but("other first bytes", "not-a-bundle", &with(3, b't')),
        but("a newer format", "from-the-future", &with(4, 2)),
        but("another purpose", "not-a-bundle", &with(5, 3)),
        but("sealed to a vault", "opens-otherwise", &with(5, 2)),
        but("no slots", "not-a-bundle", &with(6, 0)),
        but("nine slots", "not-a-bundle", &with(6, 9)),
        but("another revision in the header", "altered", &with(47, bundle[47] ^ 1)),
        but("another time in the header", "altered", &with(55, bundle[55] ^ 1)),
        but("another salt in the slot", "wrong-secret", &with(56 + 31, bundle[56 + 31] ^ 1)),
        but("parameters out of bounds", "parameters", &{
            let mut changed = bundle.clone();
            changed[57..59].copy_from_slice(&[1, 1]);
            changed[60..72].copy_from_slice(&[0xff, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
            changed
        }),
        but("cut off in the header", "truncated", &bundle[..HEADER - 1]),
        but("cut off before the end mark", "truncated", &bundle[..starts[end]]),
        but("cut off in the end mark", "truncated", &bundle[..bundle.len() - 1]),
        but("a byte behind the end", "trailing", &[&bundle[..], &[0]].concat()),
        but("two segments exchanged", "altered", &swapped),
        but("an altered segment", "altered", &with(starts[1] + 100, bundle[starts[1] + 100] ^ 1)),
        but("a kind that there is not", "altered", &with(starts[1], 4)),
        but("a record called the end", "altered", &with(starts[1], 3)),
        but("a length that no segment has", "altered", &with(starts[1] + 1, 1)),
        but(
            "a version is missing",
            "content",
            &forged(&|forge| {
                forge.segments.remove(version);
                forge.count_again();
            }),
        ),
        but(
            "material that its kcv does not belong to",
            "content",
            &forged(&|forge| {
                forge.segments[version].1[80] ^= 1;
            }),
        ),
        but("a grant of another key", "content", &forged(&|forge| forge.segments[grant].1[10] ^= 1)),
        but(
            "one record more than the end mark counts",
            "content",
            &forged(&|forge| {
                forge.segments[end].1[8] ^= 1;
            }),
        ),
        but("no beginning", "content", &forged(&|forge| drop(forge.segments.remove(0)))),
    ]
}

#[test]
fn bundles_open_and_are_refused_as_the_vectors_say() {
    let stored = golden("bundle.txt", "Bundles: a whole vault in one stream, section 11.", &blocks());
    hold("bundle.txt", &stored, answer);
}
