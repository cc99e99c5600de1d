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
}

/// The XML document.
#[must_use]
pub fn render(groups: &[Group]) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for Group { name, results } in groups {
        let failures = results.iter().filter(|result| result.failure.is_some()).count();
        let _ = writeln!(
            text,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\">",
            xml_attribute(name),
            results.len()
        );
        for CaseResult { name: case, failure } in results {
            let head = format!(
                "    <testcase classname=\"{}\" name=\"{}\"",
                xml_attribute(name),
                xml_attribute(case)
            );
            let _ = match failure {
                None => writeln!(text, "{head}/>"),
                Some((message, details)) => writeln!(
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
            CaseResult { name: "x' onload=\"y".to_owned(), failure },
            CaseResult { name: "fine".to_owned(), failure: None },
        ];
        let xml = render(&[Group { name: "s".to_owned(), results }]);
        assert!(xml.contains("tests=\"2\" failures=\"1\""), "{xml}");
        assert!(!xml.contains('\u{1b}') && !xml.contains("<b>"), "{xml}");
        assert_eq!(xml.matches("</failure>").count(), 1, "{xml}");
        assert!(xml.contains("name=\"x&#39; onload=&quot;y\""), "{xml}");
    }
}
