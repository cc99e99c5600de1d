//! Diagnostics as commands of GitHub's workflow runner, which shows them beside the changed lines.

use std::fmt::Write as _;

use crate::diagnostics::{Diagnostic, Severity};
use crate::fill::Marks;
use crate::name::escaped;
use crate::source::Sources;

/// `::error file=a.yaml,line=1,col=2,title=M0107 port …::message`, one line.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &Sources, marks: &Marks) -> String {
    let command = match diagnostic.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut line = format!("::{command} ");
    if let Some(place) = &diagnostic.place {
        let spot = sources.spot(place);
        let file = property(&escaped(&spot.file));
        let _ = write!(line, "file={file},line={},col={},", spot.line, spot.column);
    }
    let code = diagnostic.code;
    let _ = write!(line, "title={}::", property(&format!("{} {}", code.id(), code.title())));
    let message = diagnostic.sentences();
    let remark = super::fill::remark(&message, marks);
    line.push_str(&data(&escaped(&(message + &remark))));
    line
}

/// A message: no percent sign of its own, no new line, so it cannot begin another command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property: no comma or colon either, so it cannot end itself.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::codes;

    #[test]
    fn hostile_text_stays_inside_of_its_property() {
        let mut sources = Sources::default();
        let name = "a,line=9::error::x\n::warning::%0A.yaml";
        let id = sources.add(name, "a: 1\n").unwrap();
        let origin = crate::source::Origin { source: id, start: 0, end: 5, line: 1, item: None };
        let diagnostic = Diagnostic::new(codes::PORT_OUT_OF_RANGE, "100%\n::error::x").at(origin.field("a"));
        let line = render(&diagnostic, &sources, &Marks::default());
        assert!(
            line.starts_with(
                "::error file=a%2Cline=9%3A%3Aerror%3A%3Ax\\n%3A%3Awarning%3A%3A%250A.yaml,line=1,col=4,"
            ),
            "{line}"
        );
        assert!(line.ends_with("::100%25\\n::error::x"), "{line}");
        assert_eq!(line.lines().count(), 1);
    }
}
