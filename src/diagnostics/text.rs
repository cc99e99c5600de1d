//! Diagnostics for people: message, source snippet, what is allowed, what to do.

use std::fmt::Write as _;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Severity};
use crate::name::printable;
use crate::source::{Place, Sources};

/// How much of a line of source is shown around the place.
const LONGEST_LINE: usize = 400;

/// Renders one diagnostic with its snippet; colours are left in and stripped by the stream.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(&diagnostic.message).id(diagnostic.code.id());
    let label = label(diagnostic);
    let mut group = Group::with_title(title);
    if let Some(window) = diagnostic.place.as_ref().and_then(|place| Window::new(sources, place)) {
        let mut annotation = AnnotationKind::Primary.span(window.mark.clone());
        if !label.is_empty() {
            annotation = annotation.label(&label);
        }
        group = group.element(
            Snippet::source(window.text)
                .line_start(window.line)
                .path(printable(window.file))
                .fold(true)
                .annotation(annotation),
        );
    } else if !label.is_empty() {
        group = group.element(Level::NOTE.message(&label));
    }
    if let Some(allowed) = &diagnostic.allowed {
        group = group.element(Level::NOTE.message(format!("allowed: {allowed}")));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help));
    }
    Renderer::styled().decor_style(DecorStyle::Ascii).render(&[group])
}

/// One line a diagnostic: `file:line:column: severity[CODE]: message`.
#[must_use]
pub fn short(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let mut line = String::new();
    if let Some(place) = &diagnostic.place {
        let _ = write!(line, "{}: ", printable(&sources.spot(place).to_string()));
    }
    let severity = diagnostic.severity();
    let _ = write!(line, "{severity}[{}]: {}", diagnostic.code.id(), diagnostic.message);
    let label = label(diagnostic);
    if !label.is_empty() {
        let _ = write!(line, " ({label})");
    }
    line
}

/// `spec.ports[0].port of Service shop/front`
fn label(diagnostic: &Diagnostic) -> String {
    let path = diagnostic.place.as_ref().map_or("", |place| &place.path);
    match (&diagnostic.object, path) {
        (Some(object), "") => object.to_string(),
        (Some(object), path) => format!("{} of {object}", printable(path)),
        (None, path) => printable(path),
    }
}

/// The lines of source around a place.
struct Window<'s> {
    file: &'s str,
    text: &'s str,
    line: usize,
    mark: std::ops::Range<usize>,
}

impl<'s> Window<'s> {
    fn new(sources: &'s Sources, place: &Place) -> Option<Self> {
        let file = sources.file(place.origin.source);
        let mark = sources.bytes(place);
        let text = file.text.as_str();
        // Two lines above the place tell which list entry it is in.
        let start = (0..3).fold(mark.start, |at, _| text[..at].rfind('\n').unwrap_or(0));
        let start = if text[start..].starts_with('\n') { start + 1 } else { start };
        let end = text[mark.start..].find('\n').map_or(text.len(), |newline| mark.start + newline);
        if end < start || end - start > 3 * LONGEST_LINE {
            return None;
        }
        let above = memchr::memchr_iter(b'\n', &text.as_bytes()[start..mark.start]).count();
        let line = sources.line_of(place.origin, mark.start) - above;
        let mark = mark.start - start..mark.end.min(end).max(mark.start) - start;
        Some(Self { file: &file.name, text: &text[start..end], line, mark })
    }
}
