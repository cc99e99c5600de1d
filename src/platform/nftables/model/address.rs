//! Addresses, as they were read or as kube-proxy passes them on.

use std::net::IpAddr;

use super::text::Word;

/// An address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// One that was read.
    Ip(IpAddr),
    /// One that kube-proxy passes on as it is spelled.
    Verbatim(Word),
}

impl Address {
    /// The address that `nft` takes it for: octets with leading zeros are octal there (1.0.6 and 1.1.3). `None` if it
    /// refuses the text.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        let word = match self {
            Self::Ip(ip) => return Some(*ip),
            Self::Verbatim(word) => word.as_str(),
        };
        if word.contains(':') {
            return word.parse().ok();
        }
        let mut octets = [0; 4];
        let mut parts = word.split('.');
        for octet in &mut octets {
            *octet = octet_of(parts.next()?)?;
        }
        parts.next().is_none().then(|| IpAddr::from(octets))
    }
}

/// An octet as `inet_aton` reads it.
fn octet_of(text: &str) -> Option<u8> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let is_octal = text.len() > 1 && text.starts_with('0');
    u8::from_str_radix(text, if is_octal { 8 } else { 10 }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padded_octets_are_octal() {
        let ip = |text: &str| Address::Verbatim(Word::new(text).unwrap()).ip().map(|ip| ip.to_string());
        assert_eq!(ip("10.244.010.017").as_deref(), Some("10.244.8.15"));
        assert_eq!(ip("10.244.001.005").as_deref(), Some("10.244.1.5"));
        assert_eq!(ip("10.244.1.09"), None);
        assert_eq!(ip("10.244.1"), None);
        assert_eq!(ip("FD00::5").as_deref(), Some("fd00::5"));
        assert_eq!(ip("<nil>"), None);
    }
}
