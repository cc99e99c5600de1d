//! What an answer comes to, in one line.

use std::fmt::Write;

use super::path::{Conclusion, Summary};
use crate::answer::verdict::SourceAddress;

impl Summary {
    /// What the answer comes to; a sentence without its end, safe to print.
    #[must_use]
    pub fn sentence(&self) -> String {
        sentence(self)
    }
}

fn sentence(summary: &Summary) -> String {
    let mut text = match summary.conclusion {
        Conclusion::Delivered => format!("DELIVERED to {}", endpoints(summary)),
        Conclusion::Answered => format!("ANSWERED by kube-proxy: {}", answered(summary)),
        Conclusion::Unhandled => "UNHANDLED: no rule matches; the packet is routed unchanged".to_owned(),
        Conclusion::Rejected => "REJECTED: the client gets \"connection refused\"".to_owned(),
        Conclusion::Dropped => "DROPPED: silently discarded; the client times out".to_owned(),
        Conclusion::Undecided => "UNDECIDED because ".to_owned() + &reasons(summary),
        Conclusion::Mixed => format!("MIXED: delivered to {}, but not always", endpoints(summary)),
    };
    if summary.conclusion == Conclusion::Mixed && !summary.undecided.is_empty() {
        text.push_str("; undecided because ");
        text.push_str(&reasons(summary));
    }
    match summary.affinity.map(|affinity| affinity.timeout_seconds) {
        None => {}
        Some(Some(seconds)) => {
            let _ = write!(text, "; session affinity for {seconds} s");
        }
        Some(None) => text.push_str("; session affinity without a timeout"),
    }
    text
}

fn answered(summary: &Summary) -> String {
    let answered: Vec<&str> = summary.answered.iter().map(|what| &**what).collect();
    answered.join("; ")
}

fn reasons(summary: &Summary) -> String {
    let reasons: Vec<&str> = summary.undecided.iter().map(|reason| &**reason).collect();
    reasons.join("; ")
}

fn endpoints(summary: &Summary) -> String {
    let sources: Vec<String> = summary.sources.iter().map(|source| describe_source(*source)).collect();
    let sources = sources.join(" or ");
    match summary.endpoints.len() {
        1 => {
            let only = summary.endpoints.first().map(ToString::to_string).unwrap_or_default();
            format!("{only}; {sources}")
        }
        many => format!("{many} endpoints; {sources}"),
    }
}

/// What becomes of the source address, in words.
#[must_use]
pub fn describe_source(source: SourceAddress) -> String {
    match source {
        SourceAddress::Kept => "source address preserved".to_owned(),
        SourceAddress::DirectReturn => "source address preserved, replies bypass the node (DSR)".to_owned(),
        SourceAddress::Masqueraded => "source address replaced by one of the node".to_owned(),
        SourceAddress::SourceVip(ip) => format!("source address replaced by the source VIP {ip}"),
    }
}
