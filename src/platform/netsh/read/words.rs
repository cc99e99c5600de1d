//! The words of a line. Blanks separate words; a quote begins or ends a part that may have blanks, anywhere
//! in a word: `name="a b"` and `"name=a b"` are the same word. No quote can stand in a value.

/// A word of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Its text, without quotes.
    pub(super) text: String,
    /// Whether it begins with a quote: then it is no command word.
    pub(super) quoted: bool,
}

impl Word {
    /// A word without quotes.
    pub(super) fn bare(text: &str) -> Self {
        Self { text: text.to_owned(), quoted: false }
    }

    /// Whether it is a command word, written in full or cut short: netsh takes `int` for `interface`.
    pub(super) fn is(&self, full: &str) -> bool {
        const SHORTEST: usize = 2;
        let text = &self.text;
        !self.quoted
            && (SHORTEST..=full.len()).contains(&text.len())
            && full.as_bytes()[..text.len()].eq_ignore_ascii_case(text.as_bytes())
    }

    /// Tag and value of an argument; without a tag, the value stands alone.
    pub(super) fn argument(&self) -> (Option<&str>, &str) {
        match self.text.split_once('=') {
            Some((tag, value)) => (Some(tag), value),
            None => (None, &self.text),
        }
    }
}

/// Splits a line. A line that calls netsh loses this word, and may have single quotes, as `PowerShell` has.
pub(super) fn split(line: &str) -> Result<Vec<Word>, &'static str> {
    let (line, quotes) = match line.split_once([' ', '\t']) {
        Some((first, rest)) if is_netsh(first) => (rest, &['"', '\''][..]),
        _ => (line, &['"'][..]),
    };
    let mut words = Vec::new();
    let mut rest = line.trim_start_matches(BLANK);
    while !rest.is_empty() {
        let (word, after) = word(rest, quotes)?;
        words.push(word);
        rest = after.trim_start_matches(BLANK);
    }
    Ok(words)
}

const BLANK: [char; 2] = [' ', '\t'];

fn is_netsh(word: &str) -> bool {
    word.eq_ignore_ascii_case("netsh") || word.eq_ignore_ascii_case("netsh.exe")
}

/// The first word of a text, and what follows it.
fn word<'t>(text: &'t str, quotes: &[char]) -> Result<(Word, &'t str), &'static str> {
    let mut word = Word { text: String::new(), quoted: text.starts_with(quotes) };
    let mut rest = text;
    loop {
        let plain = rest.find(|c| BLANK.contains(&c) || quotes.contains(&c)).unwrap_or(rest.len());
        word.text.push_str(&rest[..plain]);
        rest = &rest[plain..];
        let Some(quote) = rest.chars().next().filter(|c| quotes.contains(c)) else {
            return Ok((word, rest));
        };
        let (inside, after) = rest[1..].split_once(quote).ok_or("a quote is not closed")?;
        word.text.push_str(inside);
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        split(line).unwrap().into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn quotes_keep_blanks_wherever_they_stand() {
        assert_eq!(texts("add  name=\"a b\"\tc"), ["add", "name=a b", "c"]);
        assert_eq!(texts("\"name=a b\" x\"y z\""), ["name=a b", "xy z"]);
        assert_eq!(texts("a=\"\""), ["a="]);
        assert!(split("a \"b").is_err());
    }

    #[test]
    fn only_a_shell_has_single_quotes() {
        assert_eq!(texts("netsh add 'name=a b'"), ["add", "name=a b"]);
        assert_eq!(texts("NETSH.EXE x"), ["x"]);
        assert_eq!(texts("add 'name=a b'"), ["add", "'name=a", "b'"]);
        assert_eq!(texts("netsh"), ["netsh"]);
    }

    #[test]
    fn command_words_may_be_cut_short() {
        assert!(Word::bare("int").is("interface"));
        assert!(Word::bare("INTERFACE").is("interface"));
        assert!(!Word::bare("i").is("interface"));
        assert!(!Word::bare("interfaces").is("interface"));
        assert!(!Word { text: "int".into(), quoted: true }.is("interface"));
    }
}
