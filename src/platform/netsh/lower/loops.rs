//! Listeners that would connect to themselves, straight or by way of others.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::claims::{Claims, Place};

/// The listeners of all circles. Each listener leads to at most one other, so one walk finds them all.
pub(super) fn loops(claims: &Claims<'_>, is_own: impl Fn(IpAddr) -> bool) -> Vec<Place> {
    let mut seen: BTreeMap<Place, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for (walk, start) in claims.listeners.keys().enumerate() {
        let mut at = Some(*start);
        while let Some(place) = at.filter(|place| !seen.contains_key(place)) {
            seen.insert(place, walk);
            at = next(place, claims, &is_own);
        }
        // A place of this very walk closes a circle; one of an earlier walk has been looked at.
        let Some(entry) = at.filter(|place| seen.get(place) == Some(&walk)) else { continue };
        let mut place = entry;
        loop {
            found.push(place);
            match next(place, claims, &is_own) {
                Some(follows) if follows != entry => place = follows,
                _ => break,
            }
        }
    }
    found
}

/// The listener that a listener's connections arrive at, if it is one of this node.
fn next(place: Place, claims: &Claims<'_>, is_own: impl Fn(IpAddr) -> bool) -> Option<Place> {
    let target = claims.listeners.get(&place)?.target;
    let exact = (target.ip, target.port);
    let any: IpAddr = match target.ip {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let wildcard = (any, target.port);
    if claims.listeners.contains_key(&exact) {
        Some(exact)
    } else if claims.listeners.contains_key(&wildcard) && (target.ip.is_loopback() || is_own(target.ip)) {
        Some(wildcard)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::claims::Claim;
    use super::super::pick::Target;
    use super::*;

    /// Listeners as `address:port>address:port`; the node has 10.0.0.1.
    fn circles(listeners: &[&str]) -> Vec<String> {
        let place = |text: &str| -> Place {
            let (ip, port) = text.split_once(':').unwrap();
            (ip.parse().unwrap(), port.parse().unwrap())
        };
        let mut claims = Claims::default();
        for listener in listeners {
            let (from, to) = listener.split_once('>').unwrap();
            let (ip, port) = place(to);
            let claim = Claim {
                service: 0,
                target: Target { ip, port },
                needs_address: false,
                allowed: None,
                uses: BTreeSet::new(),
            };
            claims.add(place(from), claim).unwrap();
        }
        let own: IpAddr = [10, 0, 0, 1].into();
        let mut found: Vec<String> =
            loops(&claims, |ip| ip == own).into_iter().map(|(ip, port)| format!("{ip}:{port}")).collect();
        found.sort();
        found
    }

    #[test]
    fn a_circle_of_any_length_is_found_once() {
        assert_eq!(circles(&["10.0.0.1:80>10.0.0.1:80"]), ["10.0.0.1:80"]);
        assert_eq!(circles(&["10.0.0.1:80>10.0.0.1:81"]), [""; 0]);
        assert_eq!(
            circles(&[
                "1.1.1.1:1>2.2.2.2:2",
                "2.2.2.2:2>3.3.3.3:3",
                "3.3.3.3:3>2.2.2.2:2",
                "4.4.4.4:4>1.1.1.1:1"
            ]),
            ["2.2.2.2:2", "3.3.3.3:3"]
        );
    }

    #[test]
    fn a_wildcard_takes_what_goes_to_the_node() {
        assert_eq!(circles(&["0.0.0.0:80>10.0.0.1:80"]), ["0.0.0.0:80"]);
        assert_eq!(circles(&["0.0.0.0:80>127.0.0.1:80"]), ["0.0.0.0:80"]);
        assert_eq!(circles(&["0.0.0.0:80>10.0.0.2:80"]), [""; 0]);
    }
}
