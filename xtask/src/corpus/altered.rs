//! Changes to things that the targets make themselves, and steps of those that do something.

use super::{Seed, seed};

/// Things that targets make and read from their beginning: the target, its mode, from which length on and up to which one they
/// are cut, so that each field of them is the last once.
const CUT: &[(&str, u8, u16, u16)] = &[
    ("stream", 3, 0, 148),
    ("bundle", 3, 0, 320),
    ("peer", 3, 64, 380),
    ("peer", 7, 0, 320),
    ("peer", 11, 64, 190),
];

/// The seeds of all such targets.
pub(super) fn seeds() -> Vec<Seed> {
    let mut seeds = named();
    for (target, mode, from, to) in CUT {
        seeds.extend((*from..*to).map(|len| {
            let [high, low] = len.to_be_bytes();
            seed(target, &format!("cut-{mode}-{len:03}"), &[&[*mode, 1, high, low]])
        }));
    }
    seeds
}

fn named() -> Vec<Seed> {
    vec![
        seed("ciphertext", "unaltered", &[&[1, 0]]),
        seed("ciphertext", "unaltered-in-context", &[&[3, 5]]),
        seed("ciphertext", "other-format", &[&[1, 1], &[0, 0, 0, 1]]),
        seed("ciphertext", "other-version", &[&[1, 17], &[0, 0, 23, 3]]),
        seed("ciphertext", "other-body", &[&[1, 0], &[0, 0, 100, 128]]),
        seed("ciphertext", "cut", &[&[1, 0], &[2, 0, 91]]),
        seed("bundle", "unaltered", &[&[2]]),
        seed("bundle", "unaltered-without-seals", &[&[3]]),
        seed("bundle", "other-header", &[&[2], &[0, 0, 60, 1]]),
        seed("bundle", "other-record-without-seals", &[&[3], &[0, 1, 64, 1], &[3, 2, 0, 1, 0, 0, 40]]),
        seed("bundle", "cut", &[&[2], &[1, 2, 0]]),
        seed("bundle", "appended", &[&[3], &[2, 0, 0, 5, 0, 0, 0, 0, 9]]),
        seed("stream", "unaltered", &[&[2]]),
        seed("stream", "unaltered-without-seals", &[&[3]]),
        seed("stream", "moved", &[&[6]]),
        seed("stream", "other-header", &[&[6], &[0, 0, 30, 1]]),
        seed("stream", "other-length-without-seals", &[&[3], &[0, 0, 6, 2]]),
        seed("stream", "other-segment", &[&[2], &[0, 4, 0, 1]]),
        seed("stream", "cut", &[&[2], &[1, 16, 0]]),
        seed("stream", "cut-behind-a-segment", &[&[2], &[1, 4, 208]]),
        seed("stream", "cut-behind-an-empty-segment", &[&[2], &[1, 5, 12]]),
        seed("stream", "segment-exchanged", &[&[2], &[3, 0, 200, 17, 0, 16, 60]]),
        seed("open", "unaltered", &[&[2]]),
        seed("open", "unaltered-without-seals", &[&[3]]),
        seed("open", "with-its-log", &[&[6]]),
        seed("open", "with-its-log-without-seals", &[&[7]]),
        seed("open", "with-a-shorter-log", &[&[6, 0, 1], &[2, 3]]),
        seed("open", "with-a-shorter-log-without-seals", &[&[7, 0, 1], &[2, 3]]),
        seed("open", "with-an-altered-log", &[&[6, 0, 1], &[0, 5, 0, 0, 40, 1]]),
        seed("open", "with-a-gap-in-its-log", &[&[7, 0, 1], &[1, 4]]),
        seed("open", "with-more-in-its-log", &[&[7, 0, 1], &[3, 4]]),
        seed("open", "bit-before-mount", &[&[2, 1], &[0, 1, 0, 70, 1]]),
        seed("open", "old-record-while-open", &[&[2, 0, 3], &[7, 3], &[7, 5], &[7, 7]]),
        seed("open", "exchanged-without-seals", &[&[3, 1], &[6, 4, 5], &[1], &[6, 6, 7]]),
        seed(
            "open",
            "new-bytes-without-seals",
            &[&[3, 0, 2], &[2, 3, 0, 60, 4, 0, 0, 0, 255], &[3, 4, 0, 80]],
        ),
        seed("peer", "key", &[&[2]]),
        seed("peer", "key-without-seals", &[&[3]]),
        seed("peer", "vault", &[&[6]]),
        seed("peer", "vault-without-seals", &[&[7]]),
        seed("peer", "offer", &[&[10]]),
        seed("peer", "offer-without-seals", &[&[11]]),
        seed("peer", "other-source", &[&[3], &[0, 0, 10, 1]]),
        seed("peer", "other-spec", &[&[3], &[0, 0, 136, 3]]),
        seed("peer", "other-lineage", &[&[3], &[0, 0, 150, 1]]),
        seed("peer", "one-version-less", &[&[3], &[0, 0, 191, 3], &[0, 0, 195, 3]]),
        seed("peer", "version-destroyed", &[&[3], &[0, 0, 196, 3], &[0, 0, 199, 32]]),
        seed("peer", "other-nonce", &[&[3], &[0, 0, 105, 1]]),
        seed("peer", "vault-of-other-purpose", &[&[7], &[0, 0, 5, 3]]),
        seed("peer", "vault-cut", &[&[7], &[1, 6, 0]]),
        seed("peer", "offer-by-another", &[&[11], &[0, 0, 9, 1]]),
        seed("peer", "bit-of-a-signature", &[&[2], &[0, 6, 0, 1]]),
        seed(
            "peer",
            "fingerprint",
            &[&[14], b"000102030405060708090a0B0c0d0e0f101112131415161718191a1b1c1d1e1f"],
        ),
        seed("peer", "fingerprint-other-digit", &[&[14], b"g".repeat(64).as_slice()]),
        seed("peer", "fingerprint-short", &[&[14], b"00"]),
        seed("peer", "fingerprint-odd", &[&[14], b"0"]),
        seed("peer", "spec-of-another-usage", &[&[3], &[0, 0, 137, 3]]),
        seed("peer", "version-pending", &[&[3], &[0, 0, 196, 2]]),
        seed("peer", "version-shorter", &[&[3], &[0, 0, 199, 1]]),
        seed("peer", "current-version-revoked", &[&[3], &[0, 0, 216, 3]]),
        seed("audit", "unaltered", &[&[2]]),
        seed("audit", "unaltered-without-seals", &[&[3]]),
        seed("audit", "unaltered-behind-hashes", &[&[6]]),
        seed("audit", "entry-left-out", &[&[2], &[0, 3]]),
        seed("audit", "beginning-left-out", &[&[14], &[2, 4]]),
        seed("audit", "end-left-out", &[&[2], &[1, 5]]),
        seed("audit", "gap-behind-hashes", &[&[14], &[0, 3], &[0, 3]]),
        seed("audit", "entries-exchanged", &[&[2], &[4, 2, 5]]),
        seed("audit", "entry-repeated", &[&[3], &[3, 2]]),
        seed("audit", "bit-of-an-entry", &[&[2], &[7, 3, 0, 70, 1]]),
        seed("audit", "other-number-without-seals", &[&[3], &[7, 3, 0, 7, 8]]),
        seed("import", "whole", &[&[2]]),
        seed("import", "whole-for-macs", &[&[18]]),
        seed("import", "with-options", &[&[34, 15]]),
        seed("import", "as-new", &[&[34, 6]]),
        seed("import", "expiring", &[&[34, 1]]),
        seed("import", "other-material", &[&[2], &[0, 0, 40, 1]]),
        seed("import", "longer-for-macs", &[&[18], &[2, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]]),
        seed("import", "other-token", &[&[6], &[0, 0, 20, 1]]),
        seed("import", "other-token-without-seals", &[&[7], &[0, 0, 1, 3]]),
        seed("import", "by-hpke", &[&[10]]),
        seed("flash", "blank", &[&[0, 0], &[1, 1, 1, 0, 40, 0]]),
        seed("flash", "commits", &[&[1, 0], &[1, 3, 1, 0, 40, 2, 1, 0, 3, 0, 9, 1, 4], &[3], &[0]]),
        seed(
            "flash",
            "power-goes",
            &[&[1, 0], &[2, 1, 1, 0, 40, 0, 0, 12, 1], &[2, 1, 1, 0, 40, 0, 0, 20, 4]],
        ),
        seed("flash", "bit", &[&[1, 1], &[1, 0, 1, 0, 4], &[3], &[1, 1, 1, 0, 40, 0]]),
        seed("flash", "other-header", &[&[1, 1], &[3, 1, 0, 0, 1, 200, 0], &[3]]),
        seed("flash", "record", &[&[1, 1], &[4, 1, 3, 0, 2, 7, 3, 0, 32], &[3]]),
        seed("ring", "blank", &[&[0, 0], &[1, 0, 40], &[1, 0, 50], &[3, 0, 0]]),
        seed("ring", "entries", &[&[3, 0], &[1, 4, 0], &[1, 4, 0], &[1, 4, 0], &[3, 0, 0]]),
        seed("ring", "power-goes", &[&[3, 0], &[2, 0, 40, 0, 12, 1], &[2, 0, 40, 0, 20, 4]]),
        seed("ring", "bit", &[&[1, 1], &[1, 0, 1, 0, 4], &[3, 0, 0]]),
        seed("ring", "other-header", &[&[1, 1], &[3, 1, 0, 0, 1, 200, 0], &[3, 0, 0]]),
        seed("ring", "released", &[&[1, 0], &[0, 0, 0, 3], &[1, 4, 0], &[3, 0, 0]]),
    ]
}
