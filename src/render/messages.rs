//! Diagnostics one after the other, and how many there are.

use std::collections::BTreeMap;

use crate::diagnostics::{Diagnostic, Severity, Tally, json, text};
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

/// The lines that tell of diagnostics: at most a few of each code unless `verbose`, and how many there are of
/// each severity. Notes are shown one by one only if `verbose`.
#[must_use]
pub fn lines(
    diagnostics: &[Diagnostic],
    sources: &Sources,
    format: MessageFormat,
    verbose: bool,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut seen = BTreeMap::new();
    for diagnostic in diagnostics {
        let count = seen.entry(diagnostic.code).or_insert(0usize);
        *count += 1;
        let is_shown = match diagnostic.severity() {
            _ if verbose || format == MessageFormat::Json => true,
            Severity::Error | Severity::Warning => *count <= SHOWN,
            Severity::Note => false,
        };
        if is_shown {
            lines.push(match format {
                MessageFormat::Text => text::render(diagnostic, sources) + "\n",
                MessageFormat::Short => text::short(diagnostic, sources),
                MessageFormat::Json => json::render(diagnostic, sources),
            });
        }
    }
    if format == MessageFormat::Json || diagnostics.is_empty() {
        return lines;
    }
    let mut is_cut = false;
    for (code, count) in seen {
        let alone = diagnostics.iter().find(|found| found.code == code && found.place.is_none());
        if let Some(alone) = alone.filter(|_| count == 1 && !verbose && code.severity() == Severity::Note) {
            // It is as short as its title, and says more.
            lines.push(text::short(alone, sources));
            continue;
        }
        let shown = match code.severity() {
            _ if verbose => count,
            Severity::Note => 0,
            Severity::Error | Severity::Warning => SHOWN,
        };
        if count > shown {
            is_cut = true;
            let more = if shown > 0 { format!("{} more", count - shown) } else { count.to_string() };
            lines.push(format!("{}[{}]: {more} × {}", code.severity(), code.id(), code.title()));
        }
    }
    let hint = if is_cut { "; -v shows all" } else { "" };
    lines.push(format!("{}{hint}; hnsplan explain CODE says more", Tally::of(diagnostics)));
    lines
}
