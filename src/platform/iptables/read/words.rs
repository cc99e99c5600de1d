//! The words of a line, as `iptables-restore` splits them.
//!
//! iptables 1.8.9 (`add_param_to_argv`): blanks and tabs separate words; a word may have a part in
//! double quotes, whose end ends the word; only there a backslash takes the next character as it is.

use std::borrow::Cow;
use std::ops::Range;

use super::Fault;

/// A word with its place in the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word<'t> {
    /// The word without quotes and backslashes.
    pub(super) text: Cow<'t, str>,
    /// Whether a part of it stood in quotes: then it is no option, whatever it begins with.
    pub(super) quoted: bool,
    /// Its bytes in the line, with quotes.
    pub(super) columns: Range<usize>,
}

impl Word<'_> {
    /// Whether this is the negation of the option after it.
    pub(super) fn is_not(&self) -> bool {
        !self.quoted && self.text == "!"
    }

    /// Whether this begins an option.
    pub(super) fn is_option(&self) -> bool {
        !self.quoted && self.text.starts_with('-')
    }
}

/// Splits a line into its words.
pub(super) fn split(line: &str) -> Result<Vec<Word<'_>>, Fault> {
    let control = |character: char| character.is_control() && character != '\t';
    if let Some(at) = line.find(control) {
        return Err(Fault::at(at..at + 1, "a control character; expected printable text"));
    }
    let mut words = Vec::with_capacity(16);
    let mut at = 0;
    while let Some(begin) = line[at..].find(|character| !is_blank(character)).map(|skipped| at + skipped) {
        let word = word(line, begin)?;
        at = word.columns.end;
        words.push(word);
    }
    Ok(words)
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

/// The word that begins at a byte which is no blank.
fn word(line: &str, begin: usize) -> Result<Word<'_>, Fault> {
    let rest = &line[begin..];
    let bare = &rest[..rest.find([' ', '\t', '"']).unwrap_or(rest.len())];
    let quote = begin + bare.len();
    if !line[quote..].starts_with('"') {
        return Ok(Word { text: Cow::Borrowed(bare), quoted: false, columns: begin..quote });
    }
    let (inside, end) = quoted(line, quote)?;
    let text = if bare.is_empty() { inside } else { Cow::Owned(format!("{bare}{inside}")) };
    Ok(Word { text, quoted: true, columns: begin..end })
}

/// The text in quotes that begins at a quote, and the place behind its end.
fn quoted(line: &str, quote: usize) -> Result<(Cow<'_, str>, usize), Fault> {
    let mut text = Cow::Borrowed("");
    let mut at = quote + 1;
    while let Some(plain) = line[at..].find(['"', '\\']) {
        append(&mut text, &line[at..at + plain]);
        at += plain + 1;
        if line.as_bytes()[at - 1] == b'"' {
            return Ok((text, at));
        }
        let escaped = line[at..].chars().next().map_or(0, char::len_utf8);
        append(&mut text, &line[at..at + escaped]);
        at += escaped;
    }
    Err(Fault::at(quote..line.len(), "the quote is not closed; expected `\"` before the end of the line"))
}

/// Borrows as long as there is only one part.
fn append<'t>(text: &mut Cow<'t, str>, part: &'t str) {
    if text.is_empty() {
        *text = Cow::Borrowed(part);
    } else if !part.is_empty() {
        text.to_mut().push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        split(line).unwrap().into_iter().map(|word| word.text.into_owned()).collect()
    }

    #[test]
    fn blanks_separate_words() {
        assert_eq!(texts("  -A\tX  -j ACCEPT "), ["-A", "X", "-j", "ACCEPT"]);
        assert_eq!(texts(""), [""; 0]);
    }

    #[test]
    fn quotes_keep_blanks_and_escape() {
        assert_eq!(texts(r#"--comment "a b" c"#), ["--comment", "a b", "c"]);
        assert_eq!(texts(r#""don\'t \"x\" \\y" "#), [r#"don't "x" \y"#]);
        assert_eq!(texts(r#""" x"#), ["", "x"]);
        assert_eq!(texts(r#""ü\ü""#), ["üü"]);
    }

    #[test]
    fn the_end_of_quotes_ends_the_word() {
        // iptables-restore 1.8.9: `"a"b` is "Bad argument `b'".
        assert_eq!(texts(r#""a"b"#), ["a", "b"]);
        assert_eq!(texts(r#"a"b c"d"#), ["ab c", "d"]);
    }

    #[test]
    fn single_quotes_and_bare_backslashes_are_plain() {
        assert_eq!(texts(r"'a b' c\d"), ["'a", "b'", r"c\d"]);
    }

    #[test]
    fn only_bare_words_are_options() {
        let words = split(r#"-j "-j" ! "!""#).unwrap();
        assert_eq!(words.iter().map(Word::is_option).collect::<Vec<_>>(), [true, false, false, false]);
        assert_eq!(words.iter().map(Word::is_not).collect::<Vec<_>>(), [false, false, true, false]);
        assert_eq!(words[1].columns, 3..7);
    }

    #[test]
    fn what_cannot_be_a_line_is_a_fault() {
        assert_eq!(split("a \"b").unwrap_err().columns, 2..4);
        assert_eq!(split("\"b\\").unwrap_err().columns, 0..3);
        assert_eq!(split("a\u{1b}[31m").unwrap_err().columns, 1..2);
    }
}
