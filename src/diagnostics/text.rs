//! Diagnostics for people: message, source snippet, what is allowed, what to do.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Severity};
use crate::name::{escaped, is_unprintable, printable};
use crate::source::{Place, Sources, Spot, line_start};

/// Longer excerpts than this are not shown: no line of a manifest for people is.
const LONGEST_EXCERPT: usize = 1200;

/// Renders one diagnostic with its snippet; colours are left in and stripped by the stream.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &Sources) -> String {
    render_with(diagnostic, None, sources)
}

/// The same with one more note, which is safe to print.
#[must_use]
pub fn render_with(diagnostic: &Diagnostic, note: Option<String>, sources: &Sources) -> String {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(&diagnostic.message).id(diagnostic.code.id());
    let label = label(diagnostic);
    let mut group = Group::with_title(title);
    match diagnostic.place.as_ref().map(|place| Window::new(sources, place)) {
        Some(window) if window.text.len() <= LONGEST_EXCERPT => {
            let mut annotation = AnnotationKind::Primary.span(window.mark.clone());
            if !label.is_empty() {
                annotation = annotation.label(&label);
            }
            let snippet = Snippet::source(window.text).line_start(window.line).path(window.file).fold(true);
            group = group.element(snippet.annotation(annotation));
        }
        Some(window) => {
            let origin = Origin::path(window.file).line(window.spot.line).char_column(window.spot.column);
            group = group.element(origin);
            if !label.is_empty() {
                group = group.element(Level::NOTE.message(&label));
            }
        }
        None if label.is_empty() => {}
        None => group = group.element(Level::NOTE.message(&label)),
    }
    if let Some(note) = note {
        group = group.element(Level::NOTE.message(note));
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
        let _ = write!(line, "{}: ", escaped(&sources.spot(place).to_string()));
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
struct Window {
    file: String,
    text: String,
    line: usize,
    mark: Range<usize>,
    spot: Spot,
}

impl Window {
    fn new(sources: &Sources, place: &Place) -> Self {
        let file = sources.file(place.origin.source);
        let text = file.text.as_str();
        let mark = sources.bytes(place);
        // Two lines above the place tell which list entry it is in.
        let line_above = |start: usize, _| line_start(text, start.saturating_sub(1));
        let start = (0..2).fold(line_start(text, mark.start), line_above);
        let end = mark.start + text[mark.start..].find('\n').unwrap_or(text.len() - mark.start);
        let mark = mark.start..mark.end.min(end).max(mark.start);

        // What is shown is as long as what it shows, part by part.
        let mut shown = harmless(text, start..mark.start);
        let from = shown.len();
        shown.push_str(&harmless(text, mark.clone()));
        let to = shown.len();
        shown.push_str(&harmless(text, mark.end..end));
        let spot = sources.spot(place);
        let above = memchr::memchr_iter(b'\n', &text.as_bytes()[start..mark.start]).count();
        Self { file: escaped(&file.name), text: shown, line: spot.line - above, mark: from..to, spot }
    }
}

/// Source text without characters that do something else than print, and without the first half of the line ends
/// of Windows.
fn harmless(text: &str, range: Range<usize>) -> String {
    let is_line_end = |at: usize| matches!(text.as_bytes().get(at + 1), None | Some(b'\n'));
    let harmless = |(at, character)| match character {
        '\n' | '\t' => Some(character),
        '\r' if is_line_end(range.start + at) => None,
        character if is_unprintable(character) => Some('\u{fffd}'),
        character => Some(character),
    };
    text[range.clone()].char_indices().filter_map(harmless).collect()
}
