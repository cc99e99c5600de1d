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
        Conclusion::Unhandled => "UNHANDLED: no Service is there, it goes where it was sent".to_owned(),
        Conclusion::Rejected => "REJECTED: the client is told that nobody is there".to_owned(),
        Conclusion::Dropped => "DROPPED: nobody is told".to_owned(),
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
            let _ = write!(text, "; a client keeps its endpoint for {seconds} s");
        }
        Some(None) => text.push_str("; a client keeps its endpoint, no time is set"),
    }
    text
}

fn reasons(summary: &Summary) -> String {
    let reasons: Vec<&str> = summary.undecided.iter().map(|reason| &**reason).collect();
    reasons.join("; ")
}

fn endpoints(summary: &Summary) -> String {
    let seen: Vec<String> = summary.sources.iter().map(|source| seen(*source)).collect();
    match summary.endpoints.len() {
        1 => {
            let only = summary.endpoints.first().map(ToString::to_string).unwrap_or_default();
            format!("{only}, which sees {}", seen.join(" or "))
        }
        many => format!("{many} endpoints, which see {}", seen.join(" or ")),
    }
}

/// Whom an endpoint sees, in words.
#[must_use]
pub fn seen(source: SourceAddress) -> String {
    match source {
        SourceAddress::Kept => "the client".to_owned(),
        SourceAddress::DirectReturn => "the client, and answers to it directly".to_owned(),
        SourceAddress::Masqueraded => "an address of the node".to_owned(),
        SourceAddress::SourceVip(ip) => format!("the SourceVIP {ip}"),
    }
}
