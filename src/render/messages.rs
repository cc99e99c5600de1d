//! Diagnostics one after the other, and how many there are.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use crate::diagnostics::{Code, Diagnostic, Severity, Tally, json, text};
use crate::name::escaped;
use crate::source::Sources;

/// How diagnostics are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageFormat {
    /// With a snippet of the source.
    Text,
    /// One line each, as compilers print them: file, line, column, severity, code, message.
    Short,
    /// One JSON object a line.
    Json,
}

/// How many diagnostics of one code are shown, unless all are asked for.
const SHOWN: usize = 5;

/// What each code tells, message for message: diagnostics that say the same of several places have one cause.
type Cause<'d> = (&'d Diagnostic, Vec<&'d Diagnostic>);

/// The first diagnostic of each cause, with the others; or every diagnostic alone.
fn causes(diagnostics: &[Diagnostic], are_joined: bool) -> Vec<Cause<'_>> {
    let mut causes: Vec<Cause<'_>> = Vec::new();
    let mut known: HashMap<_, usize> = HashMap::new();
    for diagnostic in diagnostics {
        let says = (diagnostic.code, &diagnostic.message, &diagnostic.allowed, &diagnostic.help);
        match known.entry(says) {
            Entry::Occupied(at) if are_joined => causes[*at.get()].1.push(diagnostic),
            at => {
                at.insert_entry(causes.len());
                causes.push((diagnostic, Vec::new()));
            }
        }
    }
    causes
}

/// Where else the same holds.
fn elsewhere(others: &[&Diagnostic], sources: &Sources) -> Option<String> {
    let place = |of: &&Diagnostic| {
        let object = of.object.as_ref().map(ToString::to_string);
        let spot = of.place.as_ref().map(|place| escaped(&sources.spot(place).to_string()));
        match (object, spot) {
            (Some(object), Some(spot)) => format!("{object} ({spot})"),
            (object, spot) => object.or(spot).unwrap_or_default(),
        }
    };
    let named: Vec<String> = others.iter().take(SHOWN).map(place).filter(|place| !place.is_empty()).collect();
    let more = match others.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let times = match others.len() {
        0 => return None,
        1 => "once more".to_owned(),
        many => format!("{many} times more"),
    };
    Some(match &*named {
        [] => format!("the same {times}"),
        named => format!("the same {times}: {}{more}", named.join(", ")),
    })
}

/// The lines that tell of diagnostics: at most a few of each code unless `verbose`, and how many there are of
/// each severity. What says the same of several places is one message, with the places. Notes are shown one by one only if
/// `verbose`.
#[must_use]
pub fn lines(
    diagnostics: &[Diagnostic],
    sources: &Sources,
    format: MessageFormat,
    verbose: bool,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut is_cut = false;
    // How many causes of each code there are, and how many diagnostics are told, each alone or beside others.
    let mut seen: BTreeMap<Code, (usize, usize)> = BTreeMap::new();
    for (first, others) in causes(diagnostics, format == MessageFormat::Text && !verbose) {
        let (causes, told) = seen.entry(first.code).or_default();
        *causes += 1;
        let is_shown = match first.severity() {
            _ if verbose || format == MessageFormat::Json => true,
            Severity::Error | Severity::Warning => *causes <= SHOWN,
            Severity::Note => false,
        };
        if is_shown {
            *told += 1 + others.len();
            is_cut |= others.len() > SHOWN;
            lines.push(match format {
                MessageFormat::Text => text::render_with(first, elsewhere(&others, sources), sources) + "\n",
                MessageFormat::Short => text::short(first, sources),
                MessageFormat::Json => json::render(first, sources),
            });
        }
    }
    if format == MessageFormat::Json || diagnostics.is_empty() {
        return lines;
    }
    for (code, (_, told)) in seen {
        let count = diagnostics.iter().filter(|found| found.code == code).count();
        let alone = diagnostics.iter().find(|found| found.code == code && found.place.is_none());
        if let Some(alone) = alone.filter(|_| count == 1 && !verbose && code.severity() == Severity::Note) {
            // It is as short as its title, and says more.
            lines.push(text::short(alone, sources));
            continue;
        }
        if count > told {
            is_cut = true;
            let more = if told > 0 { format!("{} more", count - told) } else { count.to_string() };
            lines.push(format!("{}[{}]: {more} × {}", code.severity(), code.id(), code.title()));
        }
    }
    let hint = if is_cut { "; -v shows all" } else { "" };
    lines.push(format!("{}{hint}; hnsplan explain CODE says more", Tally::of(diagnostics)));
    lines
}
