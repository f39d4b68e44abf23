//! Ranges of IP addresses.

use core::net::IpAddr;

use super::decimal::is_digits;

/// A range in CIDR notation; a bare address is a range of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            None => (text, None),
            Some((address, prefix)) => (address, Some(prefix)),
        };
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => bits,
            Some(digits) if is_digits(digits) && (digits == "0" || !digits.starts_with('0')) => {
                digits.parse().ok()?
            }
            Some(_) => return None,
        };
        (prefix <= bits).then_some(Network { address, prefix })
    }

    /// Addresses of another family lie outside.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        // A shift by the whole width leaves nothing to compare.
        match (self.address, address) {
            (IpAddr::V4(range), IpAddr::V4(address)) => {
                let differ = range.to_bits() ^ address.to_bits();
                differ.checked_shr(32u32.saturating_sub(self.prefix)).unwrap_or(0) == 0
            }
            (IpAddr::V6(range), IpAddr::V6(address)) => {
                let differ = range.to_bits() ^ address.to_bits();
                differ.checked_shr(128u32.saturating_sub(self.prefix)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_its_addresses_and_no_other() {
        for (range, inside, outside) in [
            ("10.1.2.0/24", "10.1.2.255", "10.1.3.0"),
            ("10.1.2.77/24", "10.1.2.0", "10.1.1.255"),
            ("10.1.2.3", "10.1.2.3", "10.1.2.2"),
            ("0.0.0.0/0", "255.255.255.255", "::1"),
            ("128.0.0.0/1", "128.0.0.0", "127.255.255.255"),
            ("::/0", "ffff::1", "1.2.3.4"),
            ("2001:db8::/32", "2001:0DB8:ffff::1", "2001:db9::"),
            ("::ffff:1.2.3.4", "::ffff:102:304", "1.2.3.4"),
        ] {
            let range = Network::parse(range).unwrap();
            assert!(range.contains(inside.parse().unwrap()), "{range:?} {inside}");
            assert!(!range.contains(outside.parse().unwrap()), "{range:?} {outside}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "",
            "10.0.0",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "10.0.0.0/08",
            "010.0.0.1",
            "a/8",
        ] {
            assert!(Network::parse(text).is_none(), "{text}");
        }
    }
}
