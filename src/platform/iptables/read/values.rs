//! The values of options.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::platform::iptables::model::{
    Address, ConntrackStates, Interface, Masked, Probability, SocketAddress, Word,
};

/// An address of `-s` and `-d`; `None` for a list of several.
///
/// An address in an unusual spelling is kept as it stands, since kube-proxy 1.30 passes it on.
pub(super) fn address(text: &str) -> Option<Address> {
    if let Some(ip) = canonical_ip(text) {
        return Some(Address::Ip(ip));
    }
    if let Some(net) = text.split_once('/').and_then(|(ip, length)| network(ip, length)) {
        return Some(Address::Net(net));
    }
    if text.contains(',') { None } else { Word::new(text).map(Address::Verbatim) }
}

/// An address in the only spelling that is printed again.
fn canonical_ip(text: &str) -> Option<IpAddr> {
    let ip: IpAddr = text.parse().ok()?;
    // The parser takes one spelling of IPv4 addresses only.
    (ip.is_ipv4() || ip.to_string() == text).then_some(ip)
}

fn network(ip: &str, length: &str) -> Option<IpNet> {
    let ip = ip.parse().ok()?;
    let length = match ip {
        _ if length.len() <= 3 => decimal(length)?.try_into().ok()?,
        IpAddr::V4(_) => mask_length(u128::from(length.parse::<Ipv4Addr>().ok()?.to_bits()) << 96)?,
        IpAddr::V6(_) => mask_length(length.parse::<Ipv6Addr>().ok()?.to_bits())?,
    };
    IpNet::new(ip, length).ok()
}

/// The length of a mask whose bits stand together.
fn mask_length(mask: u128) -> Option<u8> {
    let ones = mask.leading_ones();
    (mask.count_ones() == ones).then(|| u8::try_from(ones).ok())?
}

/// A decimal number as it is printed: without sign and leading zeros.
pub(super) fn decimal(text: &str) -> Option<u32> {
    let canonical = text == "0" || !text.starts_with(['0', '+']);
    if canonical { text.parse().ok() } else { None }
}

/// A number as C writes it: decimal, `0x` hexadecimal, `0` octal (iptables 1.8.9, `xtables_strtoui`).
pub(super) fn number(text: &str) -> Option<u32> {
    let unsigned = |digits: &str, radix| {
        let value = u32::from_str_radix(digits, radix).ok();
        value.filter(|_| !digits.starts_with('+'))
    };
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        unsigned(digits, 16)
    } else if text.len() > 1 && text.starts_with('0') {
        unsigned(text, 8)
    } else {
        unsigned(text, 10)
    }
}

/// `value/mask`; all bits count where no mask is given.
pub(super) fn masked(text: &str) -> Option<Masked> {
    match text.split_once('/') {
        Some((value, mask)) => Some(Masked { value: number(value)?, mask: number(mask)? }),
        None => Some(Masked { value: number(text)?, mask: u32::MAX }),
    }
}

/// `NEW,RELATED`, in any case of letters (iptables 1.8.9, `conntrack_parse_state`).
pub(super) fn states(text: &str) -> Option<ConntrackStates> {
    let state = |text: &str| {
        let found = ConntrackStates::NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(text));
        found.map(|(state, _)| *state)
    };
    text.split(',').try_fold(ConntrackStates::default(), |states, text| Some(states.or(state(text)?)))
}

/// An interface; `None` for the lone `+`, which is every interface.
pub(super) fn interface(text: &str) -> Option<Interface> {
    let prefix = text.strip_suffix('+');
    Some(Interface { name: Word::new(prefix.unwrap_or(text))?, prefix: prefix.is_some() })
}

/// A fraction between 0 and 1, as 1/k where the kernel does not see the difference.
pub(super) fn probability(text: &str) -> Option<Probability> {
    let fraction: f64 = text.parse().ok()?;
    if !(0.0..=1.0).contains(&fraction) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts of floats saturate")]
    let (raw, k) = ((fraction * f64::from(1u32 << 31)).round() as u32, fraction.recip().round() as u32);
    let (exact, one_in) = (Probability::Raw(raw), Probability::OneIn(k));
    Some(if one_in == exact && raw > 0 { one_in } else { exact })
}

/// `ip:port` or `[ip]:port`; `None` for ranges, and where address or port are missing.
pub(super) fn socket_address(text: &str) -> Option<SocketAddress> {
    let (host, port) = text.rsplit_once(':')?;
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host = bracketed.unwrap_or(host);
    let several = host.contains(['-', ',', '/', '[', ']']);
    if several || bracketed.is_some() != host.contains(':') {
        return None;
    }
    let address = match canonical_ip(host) {
        Some(ip) => Address::Ip(ip),
        None => Address::Verbatim(Word::new(host)?),
    };
    Some(SocketAddress { address, port: decimal(port)?.try_into().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verbatim(text: &str) -> Address {
        Address::Verbatim(Word::new(text).unwrap())
    }

    #[test]
    fn addresses_keep_their_spelling() {
        assert_eq!(address("10.0.0.1"), Some(Address::Ip("10.0.0.1".parse().unwrap())));
        assert_eq!(address("10.0.0.1/32"), Some(Address::Net("10.0.0.1/32".parse().unwrap())));
        assert_eq!(address("fd00::1"), Some(Address::Ip("fd00::1".parse().unwrap())));
        for unusual in
            ["010.0.0.1", "FD00::1", "fd00:0::1", "<nil>", "10.0.0.1/08", "10.0.0.1/33", "localhost"]
        {
            assert_eq!(address(unusual), Some(verbatim(unusual)), "{unusual}");
        }
        assert_eq!(address("10.0.0.1,10.0.0.2"), None);
    }

    #[test]
    fn masks_are_lengths() {
        assert_eq!(address("10.0.0.0/255.0.0.0"), Some(Address::Net("10.0.0.0/8".parse().unwrap())));
        assert_eq!(address("0.0.0.0/0.0.0.0"), Some(Address::Net("0.0.0.0/0".parse().unwrap())));
        assert_eq!(address("fd00::/ffff::"), Some(Address::Net("fd00::/16".parse().unwrap())));
        assert_eq!(address("10.0.0.0/255.0.255.0"), Some(verbatim("10.0.0.0/255.0.255.0")));
    }

    #[test]
    fn numbers_are_those_of_c() {
        assert_eq!(masked("0x4000/0x00004000"), Some(Masked { value: 0x4000, mask: 0x4000 }));
        assert_eq!(masked("010"), Some(Masked { value: 8, mask: u32::MAX }));
        for bad in ["", "0x", "-1", "+1", "0x+1", "0x100000000", "1/", "1/2/3", "09"] {
            assert_eq!(masked(bad), None, "{bad}");
        }
    }

    #[test]
    fn states_are_a_set() {
        let both = ConntrackStates::RELATED.or(ConntrackStates::ESTABLISHED);
        assert_eq!(states("ESTABLISHED,related"), Some(both));
        assert_eq!(states("NEW,"), None);
        assert_eq!(states(""), None);
    }

    #[test]
    fn probabilities_of_both_spellings_are_equal() {
        for (text, k) in [("0.3333333333", 3), ("0.33333333349", 3), ("0.50000000000", 2), ("1", 1)] {
            assert!(matches!(probability(text), Some(Probability::OneIn(read)) if read == k), "{text}");
        }
        assert!(matches!(probability("0.7"), Some(Probability::Raw(1_503_238_554))));
        assert!(matches!(probability("0"), Some(Probability::Raw(0))));
        for bad in ["1.1", "-0.1", "NaN", "inf", "", "x"] {
            assert_eq!(probability(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_destination_has_address_and_port() {
        let destination = |address, port| Some(SocketAddress { address, port });
        assert_eq!(socket_address("10.0.0.1:80"), destination(Address::Ip([10, 0, 0, 1].into()), 80));
        let v6 = Address::Ip("fd00::1".parse().unwrap());
        assert_eq!(socket_address("[fd00::1]:80"), destination(v6, 80));
        assert_eq!(socket_address("010.0.0.1:80"), destination(verbatim("010.0.0.1"), 80));
        for other in
            ["10.0.0.1", "10.0.0.1-10.0.0.9:80", "10.0.0.1:80-90", "fd00::1", "[10.0.0.1]:80", "x:65536"]
        {
            assert_eq!(socket_address(other), None, "{other}");
        }
    }
}
