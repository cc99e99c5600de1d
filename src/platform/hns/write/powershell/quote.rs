//! Texts inside a PowerShell script, where nobody can get out.
//!
//! PowerShell ends a single-quoted literal at `'` and, as word processors like to make them, at ‘ ’ ‚ and ‛.
//! What is no printable ASCII is therefore never written as it is: Windows PowerShell 5.1 would read it in
//! the code page of the day.

use std::fmt::Write;

/// An expression whose value is the text: a literal, or where the text is not plain ASCII, a call that
/// makes it of one.
pub(super) fn literal(text: &str) -> String {
    if text.chars().all(is_plain) {
        return quoted(text);
    }
    // .NET turns `\u0441` back; a character of more than 16 bits is two of them.
    let mut escaped = String::with_capacity(text.len() * 6);
    for unit in text.encode_utf16() {
        match char::from_u32(u32::from(unit)).filter(|&c| is_plain(c) && c != '\\') {
            Some(plain) => escaped.push(plain),
            None => write!(escaped, "\\u{unit:04x}").expect("a text takes everything"),
        }
    }
    format!("([regex]::Unescape({}))", quoted(&escaped))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The same JSON in ASCII. Other characters stand only inside its texts, where `\u0441` means the same.
pub(super) fn json(text: &str) -> String {
    let mut ascii = String::with_capacity(text.len());
    for character in text.chars() {
        if is_plain(character) {
            ascii.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            write!(ascii, "\\u{unit:04x}").expect("a text takes everything");
        }
    }
    ascii
}

/// A line that does nothing. It starts with a blank, so that no text can make `#requires` of it.
pub(super) fn comment(text: &str) -> String {
    let mut line = "#".to_owned();
    if !text.is_empty() {
        line.push(' ');
    }
    for character in text.chars() {
        if is_plain(character) {
            line.push(character);
        } else {
            line.extend(character.escape_default());
        }
    }
    line.push('\n');
    line
}

fn is_plain(character: char) -> bool {
    matches!(character, ' '..='~')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads an expression as PowerShell does: its value, and what stands behind it.
    fn read(text: &str) -> Option<(String, &str)> {
        if let Some(rest) = text.strip_prefix("([regex]::Unescape(") {
            let (escaped, rest) = read_quoted(rest)?;
            return Some((unescaped(&escaped)?, rest.strip_prefix("))")?));
        }
        read_quoted(text)
    }

    /// A single-quoted literal; PowerShell takes five characters for a quote.
    fn read_quoted(text: &str) -> Option<(String, &str)> {
        let is_quote = |c: char| matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}');
        let mut characters = text.char_indices().peekable();
        let (_, first) = characters.next()?;
        if !is_quote(first) {
            return None;
        }
        let mut value = String::new();
        while let Some((at, character)) = characters.next() {
            if !is_quote(character) {
                value.push(character);
            } else if characters.peek().is_some_and(|(_, next)| is_quote(*next)) {
                value.push(characters.next()?.1);
            } else {
                return Some((value, &text[at + character.len_utf8()..]));
            }
        }
        None
    }

    /// `Regex.Unescape`, as far as it is used.
    fn unescaped(text: &str) -> Option<String> {
        let mut units = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            units.extend(rest[..at].encode_utf16());
            let digits = rest[at..].strip_prefix("\\u")?.get(..4)?;
            units.push(u16::from_str_radix(digits, 16).ok()?);
            rest = &rest[at + 6..];
        }
        units.extend(rest.encode_utf16());
        String::from_utf16(&units).ok()
    }

    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("'".to_owned()),
            Just("''".to_owned()),
            prop::sample::select(
                &["\u{2018}", "\u{2019}", "\u{201a}", "\u{201b}", "\u{201c}", "\u{85}", "\u{2028}", "𝄞"][..]
            )
            .prop_map(str::to_owned),
            prop::sample::select(
                &[
                    "\n",
                    "\r\n",
                    "`",
                    "$(",
                    "${",
                    "}",
                    ")",
                    ";",
                    "#>",
                    "'@",
                    "\\",
                    "\\u0027",
                    "\0",
                    "#requires"
                ][..]
            )
            .prop_map(str::to_owned),
            any::<String>(),
        ];
        prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn a_literal_is_the_text_and_nothing_behind_it(text in hostile(), rest in "[ )\n;]?") {
            let written = literal(&text);
            prop_assert!(written.chars().all(is_plain), "{written}");
            let behind = written + &rest;
            prop_assert_eq!(read(&behind), Some((text, &*rest)));
        }

        #[test]
        fn a_comment_is_one_line(text in hostile()) {
            let line = comment(&text);
            prop_assert_eq!(line.find('\n'), Some(line.len() - 1));
            prop_assert!(line.trim_end().chars().all(is_plain), "{line:?}");
            prop_assert!(line == "#\n" || line.starts_with("# "), "{line:?}");
        }

        #[test]
        fn json_in_ascii_means_the_same(text in hostile()) {
            let written = serde_json::to_string(&[&text]).unwrap();
            let ascii = json(&written);
            prop_assert!(ascii.chars().all(is_plain), "{ascii}");
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&ascii).unwrap(), vec![text]);
        }
    }

    #[test]
    fn literals_read_as_people_would_write_them() {
        assert_eq!(literal("cbr0"), "'cbr0'");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("‘"), r"([regex]::Unescape('\u2018'))");
        assert_eq!(literal("a\\\u{1d11e}'"), r"([regex]::Unescape('a\u005c\ud834\udd1e'''))");
        assert_eq!(comment("a\nb\u{2028}"), "# a\\nb\\u{2028}\n");
    }
}
