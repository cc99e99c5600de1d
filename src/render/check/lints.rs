//! Draws for people what is known to go wrong on the node: each kind once, with its places.

use std::fmt::Write;

use super::{Detail, INDENT, LISTED};
use crate::diagnostics::{Diagnostic, Tally};
use crate::name::{escaped, printable};
use crate::render::columns::wrapped;
use crate::source::Sources;

/// All of them; those of one code stand together.
pub(super) fn draw(lints: &[Diagnostic], sources: &Sources, detail: Detail) -> String {
    let mut text = String::new();
    for kind in lints.chunk_by(|a, b| a.code == b.code) {
        draw_kind(&mut text, kind, sources, detail);
        text.push('\n');
    }
    text
}

/// `on this node: 1 error, 2 warnings`
pub(super) fn sum(lints: &[Diagnostic]) -> Option<String> {
    (!lints.is_empty()).then(|| format!("on this node: {}", Tally::of(lints)))
}

fn draw_kind(text: &mut String, kind: &[Diagnostic], sources: &Sources, detail: Detail) {
    let [first, ..] = kind else { return };
    let code = first.code;
    let head = format!("{} {:7}  {}", code.id(), code.severity(), code.title());
    let _ = writeln!(text, "{head:75}  this node");
    for line in wrapped(code.explanation(), detail.width - INDENT) {
        let _ = writeln!(text, "     {line}");
    }
    let listed = if detail.all { usize::MAX } else { LISTED };
    for lint in kind.iter().take(listed) {
        let _ = writeln!(text, "     {}", lint.message);
        if let Some(allowed) = &lint.allowed {
            let _ = writeln!(text, "       allowed: {allowed}");
        }
        if let Some(place) = &lint.place {
            let spot = escaped(&sources.spot(place).to_string());
            let object = lint.object.as_ref().map(|object| format!(" of {object}")).unwrap_or_default();
            let _ = writeln!(text, "       at {spot}  {}{object}", printable(&place.path));
        }
    }
    if kind.len() > listed {
        let _ = writeln!(text, "     and {} more; -v names all", kind.len() - listed);
    }
    if let Some(help) = &first.help {
        let _ = writeln!(text, "     → {help}");
    }
}
