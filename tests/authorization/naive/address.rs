//! Addresses and ranges, compared bit by bit.

use std::net::IpAddr;

/// Whether the text is an address.
pub(super) fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

/// Whether the text is `address[/prefix]`.
pub(super) fn is_range(text: &str) -> bool {
    read(text).is_some()
}

/// Whether the address lies in the range.
pub(super) fn contains(range: &str, address: &str) -> bool {
    let ((range, prefix), address) = (read(range).unwrap(), bits(&address.parse().unwrap()));
    range.len() == address.len() && range[..prefix] == address[..prefix]
}

fn read(text: &str) -> Option<(Vec<bool>, usize)> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let bits = bits(&address.parse().ok()?);
    let prefix = match prefix {
        None => bits.len(),
        Some(prefix) => (0..=bits.len()).find(|number| number.to_string() == prefix)?,
    };
    Some((bits, prefix))
}

fn bits(address: &IpAddr) -> Vec<bool> {
    let bytes = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect()
}

#[test]
fn ranges_hold_the_addresses_of_their_family() {
    for (range, address, expected) in [
        ("0.0.0.0/0", "255.1.2.3", true),
        ("0.0.0.0/0", "::1", false),
        ("::/0", "::1", true),
        ("::/0", "1.2.3.4", false),
        ("10.0.0.9/8", "10.255.0.1", true),
        ("10.0.0.0/8", "11.0.0.0", false),
        ("10.0.0.1", "10.0.0.1", true),
        ("10.0.0.1", "10.0.0.0", false),
        ("2001:DB8::/32", "2001:db8:0:0::1", true),
        ("1.2.3.0/24", "::ffff:1.2.3.4", false),
        ("::ffff:0:0/96", "::ffff:1.2.3.4", true),
    ] {
        assert_eq!(contains(range, address), expected, "{range} {address}");
    }
    for not in [
        "",
        "1.2.3",
        "1.2.3.4.5",
        "01.2.3.4",
        "256.1.1.1",
        "1.2.3.4/33",
        "1.2.3.4/",
        "1.2.3.4/+8",
        "1.2.3.4/08",
        "::1/129",
        ":::",
        "fe80::1%eth0",
        "[::1]",
        " ::1",
    ] {
        assert!(!is_range(not), "{not}");
    }
}
