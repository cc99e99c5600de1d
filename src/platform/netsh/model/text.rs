//! Texts of netsh commands. Each type has the characters that are harmless in a netsh script, in a batch
//! file and in PowerShell, and no others: none of the three can escape a quote.

use crate::name::display_as_text;

/// A text has characters that could end or extend a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnsafeText(&'static str);

impl UnsafeText {
    pub(super) const RULE_NAME: Self =
        Self("the name of a rule has 1 to 255 letters, digits, `.`, `-` and `_`, and is not `all`");
}

/// The name of a network connection, or the index of an interface.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionName(Box<str>);

impl ConnectionName {
    /// What Windows calls the interface on which the userspace kube-proxy put service addresses.
    pub const HNS_INTERNAL: &'static str = "vEthernet (HNS Internal NIC)";

    /// Checks a name. Windows itself forbids `\ / : ? " < > |`; `% ! ^ & ' ; = $` and the backtick mean
    /// something to a shell. `*` stands in names that Windows gives, as in `Local Area Connection* 1`.
    ///
    /// # Errors
    /// When the name is empty, longer than 255 characters, begins or ends with a blank, is `all`, or has
    /// another character.
    pub fn new(name: &str) -> Result<Self, UnsafeText> {
        let allowed = |c: char| c.is_alphanumeric() || " ()-_.#+,[]*@~{}".contains(c);
        let fits = (1..=255).contains(&name.chars().count()) && name.trim() == name;
        if fits && name.chars().all(allowed) && !name.eq_ignore_ascii_case("all") {
            Ok(Self(name.into()))
        } else {
            Err(UnsafeText(
                "the name of an interface has 1 to 255 letters, digits, blanks and ()-_.#+,[]*@~{}, \
                 no blank at its ends, and is not `all`",
            ))
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as Windows compares it.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl Default for ConnectionName {
    fn default() -> Self {
        Self(Self::HNS_INTERNAL.into())
    }
}

/// The name of a host that a listener connects to; nothing but dumps has one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(Box<str>);

impl HostName {
    /// Checks a name.
    ///
    /// # Errors
    /// When it is empty, longer than 253 bytes or has other characters than letters, digits, `.`, `-`, `_`.
    pub fn new(name: &str) -> Result<Self, UnsafeText> {
        let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        if (1..=253).contains(&name.len()) && name.bytes().all(safe) {
            Ok(Self(name.into()))
        } else {
            Err(UnsafeText("a host name has 1 to 253 letters, digits, `.`, `-` and `_`"))
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a description or a comment may hold: `[A-Za-z0-9 ._:/,()=[]-]`.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || " ._:/,()=-[]".contains(character)
}

/// The description of a firewall rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Description(Box<str>);

impl Description {
    /// Checks a description.
    ///
    /// # Errors
    /// When it has a character that is not in `[A-Za-z0-9 ._:/,()=[]-]`.
    pub fn new(text: &str) -> Result<Self, UnsafeText> {
        if text.chars().all(is_plain) {
            Ok(Self(text.into()))
        } else {
            Err(UnsafeText("a description has letters, digits, blanks and ._:/,()=-[] only"))
        }
    }

    /// Makes a description; a character that it cannot hold becomes a dash.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(text.chars().map(|c| if is_plain(c) { c } else { '-' }).collect())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A comment in a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment(Box<str>);

impl Comment {
    /// Makes a comment; a character that it cannot hold becomes `?`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(text.chars().map(|c| if is_plain(c) { c } else { '?' }).collect())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

display_as_text!(ConnectionName, HostName, Description, Comment);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_windows_gives_are_names() {
        for name in [
            "vEthernet (HNS Internal NIC)",
            "Ethernet (Kernel Debugger)",
            "Local Area Connection* 1",
            "Подключение по локальной сети",
            "br-int",
            "12",
        ] {
            assert_eq!(ConnectionName::new(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn a_name_cannot_end_or_extend_a_command() {
        for bad in [
            "",
            " a",
            "a ",
            "all",
            "ALL",
            "a\"b",
            "a\nb",
            "a\rb",
            "a\0b",
            "a%b",
            "a!b",
            "a^b",
            "a&b",
            "a'b",
            "a;b",
            "a=b",
            "a$b",
            "a`b",
            "a|b",
            "a<b",
            "a>b",
            "a/b",
            "a\\b",
            "a:b",
            "a?b",
            "a\u{2028}b",
            "a\u{202e}b",
            "a\tb",
            &"a".repeat(256),
        ] {
            assert!(ConnectionName::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn comments_and_descriptions_hold_nothing_that_a_shell_reads() {
        assert_eq!(
            Comment::of("a\r\nb%c\"^&|é [::]:1").as_str(),
            "a??b?c?????? [::]:1".replacen("??????", "?????", 1)
        );
        assert_eq!(Description::of("a/b:c \"d\"").as_str(), "a/b:c -d-");
        assert!(Description::new("a\"b").is_err());
    }
}
