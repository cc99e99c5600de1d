//! What a node shows of netsh, or what a script makes.

use super::compare::NetshSide;
use super::model::Relay;
use super::packets::{HeldModel, planned};
use super::{Captured, Netsh, read};
use crate::answer::picture::RuleGraph;
use crate::answer::telling::Telling;
use crate::net::Family;
use crate::platform::{Context, DumpFormat, DumpText, Held, Match, Model, Objects, Platform, Read};

/// What texts of netsh tell.
#[derive(Debug, Clone)]
pub struct NetshHeld {
    /// All that was understood.
    pub captured: Captured,
    /// Whether a plan makes it so, and no node holds it yet.
    pub is_planned: bool,
}

/// The name of the format that dumps have.
pub(super) const FORMAT: &str = "netsh";

/// What dumps look like.
pub(super) const FORMATS: &[DumpFormat] = &[DumpFormat {
    name: FORMAT,
    about: "What netsh dump or netsh show prints, or a script of netsh",
    flag: "",
}];

impl NetshHeld {
    /// What was read of a node.
    #[must_use]
    pub fn of(captured: Captured) -> Self {
        Self { captured, is_planned: false }
    }
}

impl Held for NetshHeld {
    fn platform(&self) -> &'static dyn Platform {
        &Netsh
    }

    /// What is wanted and cannot be shown by any text is taken to be there.
    fn model<'c>(&'c self, context: Context<'c>) -> Box<dyn Model + 'c> {
        let with_untold = planned(context).plan.as_shown(&self.captured);
        let without_untold = with_untold.without_untold(&self.captured);
        Box::new(HeldModel { with_untold, without_untold })
    }

    fn into_objects(self: Box<Self>) -> Box<dyn Objects> {
        Box::new(if self.is_planned {
            NetshSide::planned(&self.captured)
        } else {
            NetshSide::captured(self.captured)
        })
    }

    fn picture(&self, context: Context<'_>) -> RuleGraph {
        let telling = |family| self.captured.tellings.of_listeners(Relay { from: family, to: family });
        let open = Family::ALL.into_iter().filter(|family| telling(*family) != Telling::Whole);
        let open: Vec<Family> = open.collect();
        RuleGraph::of_netsh(context.rules, &planned(context).plan.as_shown(&self.captured), &open)
    }

    fn duplicate(&self) -> Box<dyn Held> {
        Box::new(self.clone())
    }

    fn assumptions(&self, context: Context<'_>) -> Vec<String> {
        let plan = planned(context).plan;
        let mut found = Vec::new();
        let granted = plan.taken_for_granted(&self.captured);
        if granted > 0 {
            let what = "wanted firewall rules, which no dump of netsh shows: they are taken to be there";
            found.push(format!("{granted} {what}"));
        }
        let with_untold = plan.as_shown(&self.captured);
        if let Some(told) = with_untold.without_untold(&self.captured) {
            let untold = with_untold.objects.len() - told.objects.len();
            let what = "wanted listeners and addresses that it does not tell: what they decide is undecided";
            found.push(format!("{untold} {what}"));
        }
        found
    }
}

/// What a text that quotes netsh is.
pub(super) fn resembles(text: &str) -> Option<String> {
    let captured = read(text);
    let quotes = !captured.commands.is_empty() && is_prose(text, &captured);
    quotes.then(|| format!("is mostly other text than commands and tables of netsh; {HOW}"))
}

/// Whether a text has commands or tables of netsh. In JSON, netsh would find words of its own.
pub(super) fn recognize(text: &str) -> Match {
    if text.trim_start().starts_with(['{', '[']) {
        return Match::No;
    }
    let captured = read(text);
    let is_netsh = !captured.commands.is_empty() || captured.tellings.is_of_node();
    match is_netsh && !is_prose(text, &captured) {
        true if captured.has_commands => Match::Certain,
        // Headings and labels of tables are in any language: lines with texts in quotes and addresses look like them.
        true => Match::Possible,
        false => Match::No,
    }
}

/// How a dump is made.
const HOW: &str = "dump it with `netsh dump`, or `netsh interface portproxy show all`";

/// Whether most lines of a text are none of netsh: notes that quote a command, say.
fn is_prose(text: &str, captured: &Captured) -> bool {
    let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
    let is_command = |text: &str| {
        let verb = text.split_ascii_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        ["netsh", "netsh.exe", "add", "set", "delete", "show", "reset", "pushd", "popd", "commit"]
            .contains(&verb.as_str())
    };
    let strange = captured.unknown.iter().filter(|line| !is_command(&line.text)).count();
    2 * strange > lines
}

/// How many lines that are not understood are named one by one.
const UNKNOWN_LINES: usize = 3;

/// Reads texts into one.
pub(super) fn read_texts(texts: &[DumpText]) -> Read {
    let mut all = Captured::default();
    let (mut remarks, mut refused) = (Vec::new(), Vec::new());
    for DumpText { name, text, .. } in texts {
        let found = read(text);
        let is_empty = found.commands.is_empty() && found.excluded_ports.is_empty() && !found.is_of_node();
        if is_empty && found.notes.is_empty() {
            refused.push(format!("{name} has no command and no table of netsh, which tells nothing; {HOW}"));
        } else if is_prose(text, &found) {
            refused.push(format!("{name} is mostly other text than commands and tables of netsh; {HOW}"));
        }
        for line in found.unknown.iter().take(UNKNOWN_LINES) {
            remarks.push(format!("{name}:{}: not read: {}", line.line, line.why));
        }
        match found.unknown.len().saturating_sub(UNKNOWN_LINES) {
            0 => {}
            1 => remarks.push(format!("{name}: 1 more line not read")),
            more => remarks.push(format!("{name}: {more} more lines not read")),
        }
        all.commands.extend(found.commands);
        all.excluded_ports.extend(found.excluded_ports);
        all.tellings.add(found.tellings);
        all.resets |= found.resets;
    }
    Read { held: Some(Box::new(NetshHeld::of(all))), refused, problems: Vec::new(), remarks }
}
