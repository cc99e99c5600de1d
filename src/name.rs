//! Checked texts: a value of these types is safe in a rule, a script, a comment and on a terminal.
//!
//! Whether a name is *valid* for Kubernetes is a question for validation, which reports it. Whether
//! it is *safe* is decided here, once: letters, digits, `.`, `-`, `_` and nothing else. kube-proxy
//! gets its names from an API server that refuses all others, so nothing that can exist is lost.
//!
//! **Invariant:** no type here can hold a blank, a quote, a backslash, a control character or a
//! leading dash.

mod near;
mod xml;

use std::fmt::Write;

pub use near::{did_you_mean, nearest};
pub use xml::{xml, xml_attribute};

use schemars::JsonSchema;
use serde::Serialize;

/// A name is longer or has other characters than could ever be written safely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not made of 1 to {longest} letters, digits, `.`, `-` or `_`, or starts with `-`")]
pub struct UnsafeName {
    longest: usize,
}

fn check(text: &str, longest: usize) -> Result<Box<str>, UnsafeName> {
    let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    let fits = (1..=longest).contains(&text.len()) && !text.starts_with('-');
    if fits && text.bytes().all(safe) { Ok(text.into()) } else { Err(UnsafeName { longest }) }
}

/// A name of at most 63 bytes: a namespace, a Service, a port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Label(Box<str>);

impl Label {
    /// Checks a text.
    ///
    /// # Errors
    /// When the text is empty, longer than 63 bytes or has an unsafe character.
    pub fn new(text: &str) -> Result<Self, UnsafeName> {
        check(text, 63).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A name of at most 253 bytes: a node, an `EndpointSlice`, a zone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Subdomain(Box<str>);

impl Subdomain {
    /// Checks a text.
    ///
    /// # Errors
    /// When the text is empty, longer than 253 bytes or has an unsafe character.
    pub fn new(text: &str) -> Result<Self, UnsafeName> {
        check(text, 253).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a port; the only name that may be empty, for an unnamed port.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct PortName(Box<str>);

impl PortName {
    /// Checks a text; the empty text is the unnamed port.
    ///
    /// # Errors
    /// When the text is longer than 63 bytes or has an unsafe character.
    pub fn new(text: &str) -> Result<Self, UnsafeName> {
        if text.is_empty() { Ok(Self::default()) } else { check(text, 63).map(Self) }
    }

    /// The text, empty for an unnamed port.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a network interface as Linux allows it: at most 15 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct InterfaceName(Box<str>);

impl InterfaceName {
    /// Checks a text.
    ///
    /// # Errors
    /// When the text is empty, longer than 15 bytes or has an unsafe character.
    pub fn new(text: &str) -> Result<Self, UnsafeName> {
        check(text, 15).map(Self)
    }

    /// Checks a text that kube-proxy takes for a name: of any length that a rule may have, though no interface has it.
    ///
    /// # Errors
    /// When the text is empty, longer than 255 bytes or has an unsafe character.
    pub fn as_configured(text: &str) -> Result<Self, UnsafeName> {
        check(text, 255).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Shows types around a checked text as that text.
macro_rules! display_as_text {
    ($($name:ident),*) => {$(
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}
pub(crate) use display_as_text;

display_as_text!(Label, Subdomain, PortName, InterfaceName);

/// `1 packet class`, `2 packet classes`
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    let ending = match count {
        1 => "",
        _ if noun.ends_with('s') => "es",
        _ => "s",
    };
    format!("{count} {noun}{ending}")
}

/// The first of several names, and a sign that there are more: `a, b, …`
#[must_use]
pub fn first_names(names: impl IntoIterator<Item = impl Into<String>>, most: usize) -> String {
    let mut names = names.into_iter().map(Into::into);
    let mut shown: Vec<String> = names.by_ref().take(most).collect();
    shown.extend(names.next().map(|_| "…".to_owned()));
    shown.join(", ")
}

/// Whether a text matches a pattern with `*` and `?`. Linear in the text for each star.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p, t));
                p += 1;
            }
            Some(wanted) if *wanted == b'?' || *wanted == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((star, at)) => {
                    retry = Some((star, at + 1));
                    p = star + 1;
                    t = at + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|rest| *rest == b'*')
}

/// Shows hostile text to a person: [`escaped`], and a very long text is cut.
#[must_use]
pub fn printable(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => escaped(&text[..end]) + "…",
        None => escaped(text),
    }
}

/// Escapes control characters and what could steer a terminal or reverse the reading direction.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unprintable(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// A JSON text that shows every character: those that print nothing, or that turn the direction of writing, are written
/// as JSON escapes them. They can only be in its texts.
#[must_use]
pub fn visible_json(text: String) -> String {
    escape_in_json(text, is_invisible)
}

/// A JSON text in which some characters are written as JSON escapes them: it means the same. They can only be in its
/// texts.
pub(crate) fn escape_in_json(text: String, is_escaped: fn(char) -> bool) -> String {
    if !text.contains(is_escaped) {
        return text;
    }
    let mut shown = String::with_capacity(text.len() + 64);
    for character in text.chars() {
        if is_escaped(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Whether a character prints nothing, or does something else than print.
#[must_use]
pub fn is_unprintable(character: char) -> bool {
    character.is_control() || is_invisible(character)
}

/// Characters that print nothing or change the direction of what follows.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_carry_what_a_rule_text_would_interpret() {
        for bad in
            ["", "-j", "a b", "a\"b", "a'b", "a\nb", "a\\b", "a\u{1b}[31m", "a/b", "ä", &"a".repeat(64)]
        {
            assert!(Label::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(Label::new("shop-1.a_B").unwrap().as_str(), "shop-1.a_B");
    }

    #[test]
    fn invisible_signs_in_json_are_escapes_of_the_same_text() {
        for text in
            ["plain ü", "a\u{202e}b", "\u{2066}x\u{2069}\u{2028}", "\u{e0041}\u{feff}", "\\\u{200f}\""]
        {
            let json = visible_json(serde_json::to_string(text).unwrap());
            assert!(!json.chars().any(is_invisible), "{json}");
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }

    #[test]
    fn an_unnamed_port_is_empty() {
        assert_eq!(PortName::new("").unwrap().as_str(), "");
        assert!(PortName::new(" ").is_err());
    }

    #[test]
    fn terminal_escapes_are_shown_not_sent() {
        assert_eq!(printable("a\u{1b}[31m\u{202e}b\n"), "a\\u{1b}[31m\\u{202e}b\\n");
        assert_eq!(printable("ünïcode"), "ünïcode");
    }
}
