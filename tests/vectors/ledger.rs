//! `ledger.txt`: the usage ledger, settings and counts of grants, section 4.6.

use strongroom_core::is_record;

use super::file::{Block, golden, hold};
use super::model::{cat, set};
use super::tree::record;

const KEY: [u8; 16] = [0x4b; 16];
const NONE: [u8; 8] = [0xff; 8];

struct Line {
    version: u32,
    counts: [u64; 4],
    last: [u8; 25],
    until: u64,
    budget: (u64, u8),
}

fn line(line: &Line) -> Vec<u8> {
    let mut bytes = cat(&[&[8, 1], &KEY, &line.version.to_be_bytes(), &1_700_000_000_000u64.to_be_bytes()]);
    line.counts.iter().for_each(|count| bytes.extend(count.to_be_bytes()));
    bytes.extend(line.last);
    bytes.extend(line.until.to_be_bytes());
    bytes.extend(line.budget.0.to_be_bytes());
    bytes.push(line.budget.1);
    bytes
}

fn used(action: u8) -> [u8; 25] {
    let mut last = [0x52; 25];
    last[..8].copy_from_slice(&1_700_000_000_500u64.to_be_bytes());
    last[8] = action;
    last
}

fn some_time() -> [u8; 25] {
    let mut last = used(20);
    last[..8].copy_from_slice(&NONE);
    last
}

fn never() -> [u8; 25] {
    let mut last = [0; 25];
    last[..8].copy_from_slice(&NONE);
    last[8] = 255;
    last
}

fn blocks() -> Vec<Block> {
    let of = |version, counts, last, until, budget| line(&Line { version, counts, last, until, budget });
    let version = of(3, [1034, 1024, 7, 0], used(20), 1_700_086_400_000, (0, 0));
    let totals = of(0, [2_000_000, 0, 7, 0], used(7), 0, (1 << 48, 1));
    let settings = {
        let mut bytes = vec![10, 1];
        [100_000u32, 50, 50_000, 25, u32::MAX].iter().for_each(|quota| bytes.extend(quota.to_be_bytes()));
        [10_000u32, 2000, 1000, 500, 100, 50, 15, 10, 5, 0]
            .iter()
            .for_each(|rate| bytes.extend(rate.to_be_bytes()));
        cat(&[&bytes, &17u32.to_be_bytes(), &4711u64.to_be_bytes()])
    };
    let count = cat(&[&[10, 1], &KEY, &4711u64.to_be_bytes(), &3u32.to_be_bytes()]);
    let good = |name: &str, content: &[u8]| Block::new(name, "ok").with("plaintext", record(content));
    let is = |name: &str, content: &[u8]| Block::new(name, "malformed").with("plaintext", record(content));
    vec![
        good("a version's line", &version),
        good("a key's line, with a budget that rotates", &totals),
        good("a line with a budget that refuses", &of(0, [0; 4], never(), 0, (1, 2))),
        good("a use at an unknown time", &of(1, [5, 5, 0, 0], some_time(), u64::MAX, (0, 0))),
        good("settings", &settings),
        good("a count of grants", &count),
        is("format 0", &set(&version, 1, 0)),
        is("format 2", &set(&version, 1, 2)),
        is("more sealings unsure than counted", &of(1, [4, 5, 0, 0], never(), 9, (0, 0))),
        is("more openings unsure than counted", &of(1, [0, 0, 4, 5], never(), 9, (0, 0))),
        is("a bound though nothing is unsure", &of(1, [5, 0, 5, 0], never(), 9, (0, 0))),
        is("an action that is none", &of(1, [5, 0, 0, 0], used(127), 0, (0, 0))),
        is("no use, and yet a request", &of(1, [5, 0, 0, 0], used(255), 0, (0, 0))),
        is("a budget of a version", &of(1, [5, 0, 0, 0], never(), 0, (9, 1))),
        is("a budget above 2^48", &of(0, [5, 0, 0, 0], never(), 0, ((1 << 48) + 1, 1))),
        is("a budget without an end", &of(0, [5, 0, 0, 0], never(), 0, (9, 0))),
        is("a budget with an unknown end", &of(0, [5, 0, 0, 0], never(), 0, (9, 3))),
        is("an end without a budget", &of(0, [5, 0, 0, 0], never(), 0, (0, 2))),
        is("a line and a byte behind", &cat(&[&version, &[0]])),
        is("a line that ends early", &version[..version.len() - 1]),
        is("settings of format 2", &set(&settings, 1, 2)),
        is("settings that end early", &settings[..settings.len() - 1]),
        is("settings and a byte behind", &cat(&[&settings, &[0]])),
        is("a count that ends early", &count[..count.len() - 1]),
        is("a count and a byte behind", &cat(&[&count, &[0]])),
    ]
}

fn answer(block: &Block) -> String {
    if is_record(&block.bytes("plaintext")) { "ok".to_owned() } else { "malformed".to_owned() }
}

#[test]
fn ledger_vectors_hold() {
    let about = "The usage ledger, settings and counts of grants.";
    let blocks = golden("ledger.txt", about, &blocks());
    hold("ledger.txt", &blocks, answer);
}
