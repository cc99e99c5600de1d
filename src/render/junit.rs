//! Results as JUnit XML, which most CI systems show.

use std::fmt::Write;

use crate::name::{xml, xml_attribute};

/// A group of results: a folder of cases, or a kind of finding.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its results.
    pub results: Vec<CaseResult>,
}

/// What came of one thing that was tried.
#[derive(Debug, Clone)]
pub struct CaseResult {
    /// What was tried.
    pub name: String,
    /// Why it failed, if it did: a headline, and the details.
    pub failure: Option<(String, String)>,
    /// Why nothing came of it, if nothing did: it neither passed nor failed.
    pub skipped: Option<String>,
}

impl CaseResult {
    /// One that passed.
    #[must_use]
    pub fn passed(name: String) -> Self {
        Self { name, failure: None, skipped: None }
    }
}

/// The XML document.
#[must_use]
pub fn render(groups: &[Group]) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for Group { name, results } in groups {
        let failures = results.iter().filter(|result| result.failure.is_some()).count();
        let skipped = results.iter().filter(|result| result.skipped.is_some()).count();
        let skipped = if skipped > 0 { format!(" skipped=\"{skipped}\"") } else { String::new() };
        let _ = writeln!(
            text,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\"{skipped}>",
            xml_attribute(name),
            results.len()
        );
        for CaseResult { name: case, failure, skipped } in results {
            let head = format!(
                "    <testcase classname=\"{}\" name=\"{}\"",
                xml_attribute(name),
                xml_attribute(case)
            );
            let _ = match (failure, skipped) {
                (None, None) => writeln!(text, "{head}/>"),
                (None, Some(why)) => writeln!(
                    text,
                    "{head}>\n      <skipped message=\"{}\"/>\n    </testcase>",
                    xml_attribute(why)
                ),
                (Some((message, details)), _) => writeln!(
                    text,
                    "{head}>\n      <failure message=\"{}\">{}</failure>\n    </testcase>",
                    xml_attribute(message),
                    xml(details)
                ),
            };
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_text() {
        let failure = Some(("a\"<b>\u{1b}[31m".to_owned(), "]]></failure>&\nx".to_owned()));
        let results = vec![
            CaseResult { failure, ..CaseResult::passed("x' onload=\"y".to_owned()) },
            CaseResult { skipped: Some("\"/><b>".to_owned()), ..CaseResult::passed("open".to_owned()) },
            CaseResult::passed("fine".to_owned()),
        ];
        let xml = render(&[Group { name: "s".to_owned(), results }]);
        assert!(xml.contains("tests=\"3\" failures=\"1\" skipped=\"1\""), "{xml}");
        assert!(!xml.contains('\u{1b}') && !xml.contains("<b>"), "{xml}");
        assert_eq!(xml.matches("<skipped").count(), 1, "{xml}");
        assert_eq!(xml.matches("</failure>").count(), 1, "{xml}");
        assert!(xml.contains("name=\"x&#39; onload=&quot;y\""), "{xml}");
    }
}
