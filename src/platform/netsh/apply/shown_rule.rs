//! What `advfirewall firewall show rule` prints of a rule: values in a fixed order, below labels of any language.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::net::{parse_cidr, parse_ip};
use crate::platform::netsh::model::{
    Action, Description, Endpoints, FirewallRule, Remote, RuleName, Transport,
};

/// A rule of ours, as far as its text tells. What it does not tell cannot differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ShownRule {
    /// Its name, without case.
    pub(super) name: String,
    /// What it does; `None` where its name alone is told.
    deed: Option<Deed>,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Deed {
    local_ip: Option<IpAddr>,
    remote: BTreeSet<(IpAddr, IpAddr)>,
    protocol: Transport,
    local_port: u16,
}

/// The values of a rule that follow its name: enabled, direction, profiles, grouping, and then these.
const LOCAL_IP: usize = 5;
const REMOTE_IP: usize = 6;
const PROTOCOL: usize = 7;
const LOCAL_PORT: usize = 8;

impl ShownRule {
    /// A rule that is known as a whole.
    pub(super) fn of(rule: &FirewallRule) -> Self {
        let deed = Deed {
            local_ip: rule.local_ip,
            remote: match &rule.remote {
                Remote::Any => BTreeSet::new(),
                Remote::Only(some) => some.iter().map(Endpoints::ends).collect(),
            },
            protocol: rule.protocol,
            local_port: rule.local_port,
        };
        Self { name: rule.name.as_str().to_ascii_lowercase(), deed: Some(deed) }
    }

    /// The rules of ours in a text.
    pub(super) fn all(text: &str) -> Vec<Self> {
        let mut found: Vec<Vec<&str>> = Vec::new();
        for line in text.lines() {
            let value = line.split_once(':').map(|(_, value)| value.trim());
            let is_name = value.is_some_and(|value| RuleName::new(value).is_ok_and(|name| name.is_ours()));
            match (value, found.last_mut()) {
                (Some(value), _) if is_name => found.push(vec![value]),
                (Some(value), Some(values)) => values.push(value),
                // An empty line ends a rule: what follows is of another one.
                (None, Some(values)) if line.trim().is_empty() && values.len() > 1 => found.push(Vec::new()),
                (Some(_) | None, _) => {}
            }
        }
        found.iter().filter_map(|values| Self::read(values)).collect()
    }

    fn read(values: &[&str]) -> Option<Self> {
        let name = (*values.first()?).to_ascii_lowercase();
        RuleName::new(&name).is_ok_and(|name| name.is_ours()).then(|| Self { name, deed: Deed::read(values) })
    }

    /// Whether it does what a rule is to do.
    pub(super) fn does_as(&self, rule: &FirewallRule) -> bool {
        self.deed.is_none() || self.deed == Self::of(rule).deed
    }

    /// The rule as plans have it, where the text tells what it does.
    pub(super) fn rule(&self) -> Option<FirewallRule> {
        let deed = self.deed.as_ref()?;
        let name = RuleName::new(&self.name).ok()?;
        // The names that plans give tell what a rule does.
        let action = if name.is_blocking() { Action::Block } else { Action::Allow };
        let remote =
            deed.remote.iter().map(|(first, last)| Endpoints::Range(*first, *last)).collect::<Vec<_>>();
        Some(FirewallRule {
            action,
            protocol: deed.protocol,
            local_ip: deed.local_ip,
            local_port: deed.local_port,
            remote: if remote.is_empty() { Remote::Any } else { Remote::Only(remote) },
            description: Description::of(""),
            name,
        })
    }

    /// What it does, in words.
    pub(super) fn describe(&self) -> String {
        let Some(deed) = &self.deed else { return "what it does is not known".to_owned() };
        let address = deed.local_ip.map_or_else(|| "any address".to_owned(), |ip| ip.to_string());
        let clients: Vec<String> =
            deed.remote.iter().map(|(first, last)| format!("{first}-{last}")).collect();
        let clients = if clients.is_empty() { "any client".to_owned() } else { clients.join(", ") };
        format!("it is for {address} port {}/{}, and {clients}", deed.local_port, deed.protocol.as_str())
    }
}

impl Deed {
    /// `None` where a value is not one that plans write.
    fn read(values: &[&str]) -> Option<Self> {
        let protocol = match *values.get(PROTOCOL)? {
            "6" => Transport::Tcp,
            "17" => Transport::Udp,
            word if word.eq_ignore_ascii_case("tcp") => Transport::Tcp,
            word if word.eq_ignore_ascii_case("udp") => Transport::Udp,
            _ => return None,
        };
        let local = addresses(values.get(LOCAL_IP)?)?;
        let local_ip = match local.iter().collect::<Vec<_>>()[..] {
            [] => None,
            [(first, last)] if first == last => Some(*first),
            _ => return None,
        };
        let remote = addresses(values.get(REMOTE_IP)?)?;
        let local_port = values.get(LOCAL_PORT)?.parse().ok()?;
        Some(Self { local_ip, remote, protocol, local_port })
    }
}

/// Addresses, networks and ranges; none for the word that means any, whatever the language. `None` where it is something
/// else.
fn addresses(value: &str) -> Option<BTreeSet<(IpAddr, IpAddr)>> {
    if !value.contains(['.', ':', ',']) {
        return Some(BTreeSet::new());
    }
    value.split(',').map(|part| ends(part.trim())).collect()
}

fn ends(text: &str) -> Option<(IpAddr, IpAddr)> {
    if let Some((first, last)) = text.split_once('-') {
        return parse_ip(first).zip(parse_ip(last));
    }
    if let Some(ip) = parse_ip(text) {
        return Some((ip, ip));
    }
    let net = parse_cidr(text)?;
    Some((net.network(), net.broadcast()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::netsh::model::{Command, Object};
    use crate::platform::netsh::read;

    fn rule(arguments: &str) -> FirewallRule {
        let line =
            format!("advfirewall firewall add rule name=k8svc-0123456789ab dir=in action=allow {arguments}");
        match read(&line).commands.pop() {
            Some(Command::Create(Object::Firewall(rule))) => rule,
            other => panic!("{line}: {other:?}"),
        }
    }

    /// What Windows prints, here in German.
    fn shown(name: &str, local: &str, remote: &str, protocol: &str, port: &str) -> String {
        format!(
            "\nRegelname:                            {name}\n\
             ----------------------------------------------------------------------\n\
             Aktiviert:                            Ja\nRichtung:                             Eingehend\n\
             Profile:                              Domäne,Privat,Öffentlich\nGruppierung:\n\
             Lokales IP:                           {local}\nRemote-IP:                            {remote}\n\
             Protokoll:                            {protocol}\nLokaler Port:                         {port}\n\
             Remoteport:                           Beliebig\nEdgeausnahme:                         Nein\n\
             Aktion:                               Zulassen\n\n"
        )
    }

    #[test]
    fn a_rule_that_does_something_else_is_not_the_same() {
        let wanted = rule("protocol=tcp localip=10.96.0.10 localport=80 remoteip=10.0.0.0/8,192.168.0.0/16");
        let text = |local: &str, remote: &str, protocol: &str, port: &str| {
            let text = shown("other-rule", "Beliebig", "Beliebig", "TCP", "1")
                + &shown("k8svc-0123456789ab", local, remote, protocol, port);
            let mut found = ShownRule::all(&text);
            assert_eq!(found.len(), 1, "{text}");
            found.remove(0)
        };
        let networks = "192.168.0.0/16,10.0.0.0/8";
        assert!(text("10.96.0.10/32", networks, "TCP", "80").does_as(&wanted));
        for (local, remote, protocol, port) in [
            ("10.96.0.11/32", networks, "TCP", "80"),
            ("Beliebig", networks, "TCP", "80"),
            ("10.96.0.10/32", "Beliebig", "TCP", "80"),
            ("10.96.0.10/32", "10.0.0.0/8", "TCP", "80"),
            ("10.96.0.10/32", networks, "UDP", "80"),
            ("10.96.0.10/32", networks, "TCP", "81"),
        ] {
            let found = text(local, remote, protocol, port);
            assert!(!found.does_as(&wanted), "{local} {remote} {protocol} {port}");
            let again = found.rule().expect("it is told");
            assert!(found.does_as(&again) && !found.describe().is_empty());
        }
    }

    #[test]
    fn what_is_not_told_of_a_rule_cannot_differ() {
        let wanted = rule("protocol=tcp localport=80");
        for text in [
            "Regelname: k8svc-0123456789ab\n".to_owned(),
            shown("k8svc-0123456789ab", "?.", "?:", "X", "80-90"),
        ] {
            let found = ShownRule::all(&text);
            assert!(found.len() == 1 && found[0].does_as(&wanted) && found[0].rule().is_none(), "{text}");
        }
    }
}
