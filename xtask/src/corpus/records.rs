//! A record of each type, as `docs/format.md` has them: type, format, and what follows.

use strongroom_core::is_record;
use strongroom_core::limits::PADDING;
use strongroom_core::policy::Action;

use super::{Seed, seed};

const KEY_ID: [u8; 16] = [3; 16];
const NO_TIME: [u8; 8] = [255; 8];
/// No days, and two times that nobody knows.
const NOTHING_WAITS: [u8; 18] =
    [0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255];

/// Every one of them can be read: otherwise the target would find only what is wrong with it.
pub(super) fn seeds() -> Result<Vec<Seed>, String> {
    let uses = |version: u8, rest: &[u8]| {
        let counted = [[0, 0, 0, 0, 0, 0, 0, 9], [0; 8]].concat();
        [&[8, 1][..], &KEY_ID, &[0, 0, 0, version], &NO_TIME, &counted, &counted, rest].concat()
    };
    let never_used = [&NO_TIME[..], &[255], &[0; 16], &[0; 8]].concat();
    let budget = |end| [&never_used[..], &[0, 0, 0, 0, 0, 0, 0, 5, end]].concat();
    let used = [&[0; 8][..], &[1], &[4; 16], &[0; 8], &[0; 9]].concat();
    let policy = [0, 0, 0, 2, 7, 7];
    let granted = 1u128.checked_shl(u32::from(Action::Decrypt.number())).unwrap_or_default().to_le_bytes();
    let records: [(&str, Vec<u8>); 20] = [
        (
            "key",
            [
                &[1, 1][..],
                &KEY_ID,
                &NO_TIME,
                &[1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1],
                &[0; 4],
                &[0, 0],
                &NO_TIME,
                &NOTHING_WAITS,
                &NO_TIME,
                &[0; 4],
                &[0; 8],
                &[0; 16],
            ]
            .concat(),
        ),
        (
            "backing-key",
            [
                &[2, 1][..],
                &KEY_ID,
                &[0, 0, 0, 1, 1, 1, 1, 1],
                &NO_TIME,
                &NO_TIME,
                &NOTHING_WAITS,
                &[8; 8],
                &[0, 32],
                &[9; 32],
                &text("m"),
            ]
            .concat(),
        ),
        (
            "grant",
            [
                &[3, 1][..],
                &KEY_ID,
                &[5; 32],
                &NO_TIME,
                &granted,
                &[0, 0],
                b"000000000000",
                &text("arn:aws:iam::000000000000:user/a"),
                &text(""),
                &text("n"),
            ]
            .concat(),
        ),
        ("retirable", [&[4, 1][..], &KEY_ID, &[5; 32]].concat()),
        (
            "caller",
            [
                &[5, 1][..],
                &NO_TIME,
                &text("a"),
                &text("arn:aws:iam::000000000000:user/a"),
                &[1],
                &text("k"),
                &text("v"),
                &[1],
                &policy,
            ]
            .concat(),
        ),
        ("alias", [&[6, 1][..], &KEY_ID, &NO_TIME, &NO_TIME, &text("alias/a")].concat()),
        ("due", [&[7, 1][..], &KEY_ID, &[0; 4]].concat()),
        ("uses-none", uses(1, &[&never_used[..], &[0; 9]].concat())),
        ("uses", uses(1, &used)),
        ("uses-budget-rotate", uses(0, &budget(1))),
        ("uses-budget-refuse", uses(0, &budget(2))),
        ("wrapping-key", [&[9, 1][..], &KEY_ID, &[6; 16], &[1, 1], &[0; 16], &text("private")].concat()),
        ("settings", [&[10, 1][..], &[0, 0, 0, 9].repeat(16), &[0; 8]].concat()),
        ("count-of-grants", [&[10, 1][..], &KEY_ID, &[0; 12]].concat()),
        (
            "access-key",
            [&[11, 1][..], b"AKIAQAAAAAAAAAAAAAAA", &NO_TIME, &[1], &[b'k'; 40], &text("a")].concat(),
        ),
        (
            "trust",
            [
                &[12, 1][..],
                &[7; 16],
                &NO_TIME,
                &text("arn:aws:iam::000000000000:role/r"),
                &text(""),
                &[1],
                &text("arn:aws:iam::000000000000:user/a"),
            ]
            .concat(),
        ),
        ("identity", [&[13, 1][..], &NO_TIME, &[8; 32]].concat()),
        ("peers", [&[14, 1, 1][..], &[9; 32], &NO_TIME, &text("target")].concat()),
        ("offer", [&[15, 1][..], &[1; 16], &[9; 32], &[8; 32], &[0; 16]].concat()),
        ("lineage", [&[16, 1][..], &KEY_ID, &[9; 32], &[0; 8], &NO_TIME].concat()),
    ];
    records
        .into_iter()
        .map(|(name, content)| {
            let len = u32::try_from(content.len()).unwrap_or_default().to_be_bytes();
            let mut record = [&len[..], &content].concat();
            record.resize(record.len().next_multiple_of(PADDING), 0);
            if is_record(&record) {
                Ok(seed("record", name, &[&record]))
            } else {
                Err(format!("the seed `{name}` is no record"))
            }
        })
        .collect()
}

/// A text behind its length.
fn text(text: &str) -> Vec<u8> {
    [&u16::try_from(text.len()).unwrap_or_default().to_be_bytes()[..], text.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::{is_record, seeds};

    #[test]
    fn every_seed_is_a_record_and_is_none_without_its_last_byte() {
        let seeds = seeds().unwrap();
        assert_eq!(seeds.len(), 20);
        for (_, name, record) in seeds {
            let (len, content) = record.split_first_chunk().unwrap();
            let shorter = u32::from_be_bytes(*len) - 1;
            let content = &content[..usize::try_from(shorter).unwrap()];
            assert!(is_record(&record), "{name}");
            assert!(!is_record(&[&shorter.to_be_bytes()[..], content].concat()), "{name}");
        }
    }
}
