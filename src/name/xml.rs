//! Text within XML and HTML: between tags, and in attributes.

use super::is_unprintable;

/// A text between tags, of one or more lines. Characters that XML has no way to write, and those that do something else
/// than print, become U+FFFD.
#[must_use]
pub fn xml(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => encoded.push_str("&amp;"),
            '<' => encoded.push_str("&lt;"),
            '>' => encoded.push_str("&gt;"),
            '"' => encoded.push_str("&quot;"),
            '\'' => encoded.push_str("&#39;"),
            '\n' | '\t' => encoded.push(character),
            '\u{fffe}' | '\u{ffff}' => encoded.push('\u{fffd}'),
            control if is_unprintable(control) => encoded.push('\u{fffd}'),
            other => encoded.push(other),
        }
    }
    encoded
}

/// A text in an attribute, where line ends would become blanks.
#[must_use]
pub fn xml_attribute(text: &str) -> String {
    xml(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_stays_text() {
        assert_eq!(
            xml("<a href='x'>&\"\u{1}\u{ffff}\n"),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot;\u{fffd}\u{fffd}\n"
        );
        assert_eq!(xml_attribute("a\n\tb"), "a&#10;&#9;b");
    }

    proptest! {
        /// No text can end what it is written into, and reading it back gives the same where XML can hold it.
        #[test]
        fn what_is_written_is_read_back(text in "(\\PC|[<>&'\"\n\t])*") {
            for written in [xml(&text), xml_attribute(&text)] {
                prop_assert!(!written.contains(['<', '>', '"', '\'']));
                let read = written
                    .replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&quot;", "\"")
                    .replace("&#39;", "'")
                    .replace("&#10;", "\n")
                    .replace("&#9;", "\t")
                    .replace("&amp;", "&");
                let is_same = |(one, other): (char, char)| one == other || one == '\u{fffd}';
                prop_assert!(read.chars().zip(text.chars()).all(is_same), "{read}");
                prop_assert_eq!(read.chars().count(), text.chars().count());
            }
            prop_assert!(!xml_attribute(&text).contains(['\n', '\t']));
        }
    }
}
