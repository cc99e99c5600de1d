//! What a log tells, for terminals.

use crate::answer::lexicon::LogMessage;
use crate::explain::{Joined, LogEntry, LogReport};
use crate::name::{counted, printable};
use crate::render::columns::{block, wrapped};

/// The indentation of texts beside their names.
const INDENT: usize = 10;

/// How many Services and addresses of an entry are named.
const NAMED: usize = 8;

/// What a log tells, in lines of at most `width` characters: troubles first, then what went well.
#[must_use]
pub fn log(report: &LogReport, width: usize) -> String {
    let is_trouble = |of: &&LogEntry| {
        of.message.map_or(of.is_error || of.error.is_some(), LogMessage::is_trouble) || of.error.is_some()
    };
    let (troubles, rest): (Vec<&LogEntry>, Vec<&LogEntry>) = report.entries.iter().partition(is_trouble);
    let mut text: String = troubles.into_iter().chain(rest).map(|of| entry(of, width) + "\n").collect();
    let total = report.explained + report.work + report.unknown + report.others;
    let more = [
        (report.explained, "explained"),
        (report.work, "that only say that work goes on"),
        (report.unknown, "of the log that nothing is known of"),
        (report.others, "that are none of such a log"),
    ];
    let more: Vec<String> =
        more.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let summary = format!("{}: {}", counted(total, "line"), more.join(", "));
    text.push_str(&wrapped(&summary, width).join("\n"));
    text.push('\n');
    text
}

/// What a name of the log is in the manifests.
fn joined(of: &Joined) -> String {
    let name = printable(&of.name);
    match &of.service {
        None => format!("no manifest has {name}"),
        Some((service, place)) if **service == *of.name => format!("{name} at {place}"),
        Some((service, place)) => format!("{name} of {service} at {place}"),
    }
}

fn entry(of: &LogEntry, width: usize) -> String {
    let place = match of.lines {
        [first, last] if first == last => format!("line {first}, {}", printable(&of.times[0])),
        [first, last] => {
            let times = of.times.each_ref().map(|time| printable(time));
            format!("lines {first} to {last}, {} times, {} to {}", of.count, times[0], times[1])
        }
    };
    let head = format!("{} ({place})", printable(&of.text));
    let mut text = wrapped(&head, width).join("\n") + "\n";
    let mut row = |name: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&block(&format!("  {name}"), INDENT, value, width));
        }
    };
    let mut about: Vec<String> = of.about.iter().take(NAMED).map(|name| printable(name)).collect();
    if of.about.len() > NAMED {
        about.push(format!("{} more", of.about.len() - NAMED));
    }
    row("about", &about.join(", "));
    let mut found: Vec<String> = of.manifests.iter().take(NAMED).map(joined).collect();
    if of.manifests.len() > NAMED {
        found.push(format!("{} more", of.manifests.len() - NAMED));
    }
    row("from", &found.join(", "));
    let unknown = if of.error.is_none() { "Nothing is known of this message." } else { "" };
    row("tells", of.message.map_or(unknown, |message| message.meaning));
    if let Some(error) = of.error {
        row("error", &format!("{} (0x{:08X}). {}", error.symbol, error.code, error.meaning));
        row("advice", error.advice);
    }
    row("next", of.message.map_or("", |message| message.advice));
    text
}
