//! Flows that the connection tracking of Linux remembers, and what becomes of them over a sequence.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::net::Protocol;

/// A flow that is remembered: the kernel sends its packets where the first one went, whatever rules say by now.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Flow {
    /// Its protocol.
    pub protocol: Protocol,
    /// Who sends.
    pub from: SocketAddr,
    /// Where it is sent to: a frontend.
    pub to: SocketAddr,
    /// Who answers: the pod, or the frontend itself if it was never led to a pod.
    pub answers: SocketAddr,
}

/// A flow as it is written, with the words of `conntrack -L`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    protocol: String,
    orig_src: String,
    orig_dst: String,
    reply_src: String,
}

impl TryFrom<Written> for Flow {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { protocol, orig_src, orig_dst, reply_src } = written;
        let known = Protocol::parse(&protocol.to_ascii_uppercase());
        let protocol =
            known.ok_or_else(|| format!("protocol `{protocol}`: expected one of tcp, udp, sctp"))?;
        let address = |name: &str, text: &str| {
            let expected = "expected an address with a port, as 10.244.1.9:40000 or [fd00::9]:40000";
            text.parse::<SocketAddr>().map_err(|_| format!("{name} `{text}`: {expected}"))
        };
        let from = address("origSrc", &orig_src)?;
        let to = address("origDst", &orig_dst)?;
        let answers = address("replySrc", &reply_src)?;
        for (name, text, of) in [("origSrc", &orig_src, from), ("replySrc", &reply_src, answers)] {
            if of.is_ipv4() != to.is_ipv4() {
                return Err(format!("{name} `{text}`: expected an address of the family of origDst `{to}`"));
            }
        }
        Ok(Self { protocol, from, to, answers })
    }
}

/// What became of a flow over a sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlowRecord {
    /// Its protocol.
    pub protocol: Protocol,
    /// Who sends.
    #[schemars(with = "String")]
    pub orig_src: SocketAddr,
    /// Where it is sent to.
    #[schemars(with = "String")]
    pub orig_dst: SocketAddr,
    /// Who answers: a pod, or the frontend itself if the flow was never led to a pod.
    #[schemars(with = "String")]
    pub reply_src: SocketAddr,
    /// The service port that it is sent to; absent if no Service has ever had that frontend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Box<str>>,
    /// When it led to nobody who serves, after the sync of that step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<Loss>,
    /// The step whose sync makes the kernel forget it: its next packet goes where rules lead it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted: Option<usize>,
    /// Whether its pod served then: up to 1.31 kube-proxy cuts such flows as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut_while_served: bool,
}

/// From which step to which a flow led to nobody who serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Loss {
    /// The step after whose sync it began.
    pub from: usize,
    /// The step after whose sync it was over; absent if it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<usize>,
    /// Whether an endpoint of the Service served meanwhile, so that another flow would have been answered.
    pub others_serve: bool,
}

impl FlowRecord {
    /// A flow of which nothing is known yet.
    pub(super) fn new(flow: &Flow) -> Self {
        Self {
            protocol: flow.protocol,
            orig_src: flow.from,
            orig_dst: flow.to,
            reply_src: flow.answers,
            service: None,
            lost: Vec::new(),
            deleted: None,
            cut_while_served: false,
        }
    }

    /// Whether it was ever led to a pod.
    #[must_use]
    pub fn is_led(&self) -> bool {
        self.reply_src != self.orig_dst
    }

    /// Whether its client waits in vain although others are answered. A connection of TCP or SCTP ends with its pod on
    /// every platform, so that does not count.
    #[must_use]
    pub fn is_felt(&self) -> bool {
        self.protocol == Protocol::Udp && self.lost.iter().any(|of| of.others_serve)
    }

    /// Notes after the sync of a step whether it leads to somebody who serves.
    pub(super) fn note(&mut self, step: usize, is_lost: bool, others_serve: bool) {
        match self.lost.last_mut().filter(|of| of.to.is_none()) {
            Some(open) if is_lost => open.others_serve |= others_serve,
            Some(open) => open.to = Some(step),
            None if is_lost => self.lost.push(Loss { from: step, to: None, others_serve }),
            None => {}
        }
    }

    /// Notes that it is forgotten.
    pub(super) fn delete(&mut self, step: usize) {
        self.note(step, false, false);
        self.deleted = Some(step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(protocol: &str, from: &str, to: &str, answers: &str) -> Result<Flow, String> {
        let text = format!(
            r#"{{"protocol": "{protocol}", "origSrc": "{from}", "origDst": "{to}", "replySrc": "{answers}"}}"#
        );
        serde_json::from_str(&text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_flow_is_read_in_both_families() {
        let flow = read("udp", "10.244.1.9:40000", "10.96.0.10:53", "10.244.2.5:53").unwrap();
        assert_eq!((flow.protocol, flow.to.port()), (Protocol::Udp, 53));
        assert!(read("TCP", "[fd00::9]:1", "[fd00:96::a]:53", "[fd00::5]:53").is_ok());
    }

    #[test]
    fn what_is_wrong_with_a_flow_is_told_with_its_field() {
        let address = "10.244.1.9:40000";
        for (of, field) in [
            (read("icmp", address, address, address), "protocol `icmp`: expected one of tcp, udp, sctp"),
            (read("udp", "10.244.1.9", address, address), "origSrc `10.244.1.9`: expected an address"),
            (read("udp", address, "web:53", address), "origDst `web:53`: expected an address"),
            (
                read("udp", address, address, "[fd00::5]:53"),
                "replySrc `[fd00::5]:53`: expected an address of",
            ),
        ] {
            let error = of.expect_err(field);
            assert!(error.contains(field), "{error}");
        }
    }

    #[test]
    fn losses_begin_and_end() {
        let mut record = FlowRecord::new(&read("udp", "10.0.0.9:1", "10.96.0.10:53", "10.0.0.5:53").unwrap());
        for (step, is_lost, others) in [(1, false, true), (2, true, false), (3, true, false)] {
            record.note(step, is_lost, others);
        }
        assert!(!record.is_felt() && record.is_led());
        record.note(4, true, true);
        assert!(record.is_felt());
        record.delete(5);
        assert_eq!(record.lost, [Loss { from: 2, to: Some(5), others_serve: true }]);
    }
}
