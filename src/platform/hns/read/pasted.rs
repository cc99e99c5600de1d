//! What mails, comments and consoles add to a text: marks of quotation and indentation. Lines stay where they are, so
//! that messages name the right ones.

use std::borrow::Cow;

/// How often a text may have been quoted.
const LEVELS: usize = 4;

/// What some tools draw between cells.
const BARS: [char; 5] = ['│', '┃', '║', '¦', '｜'];

/// The letter of ASCII for one of a drawn table.
fn plain(letter: char) -> char {
    match letter {
        '│' | '┃' | '║' | '¦' | '｜' => '|',
        '─' | '━' | '═' => '-',
        '\u{2500}'..='\u{257f}' => '+',
        other => other,
    }
}

/// A text without what stands before all of its lines.
pub(super) fn unquoted(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    if text.contains(BARS) {
        text = Cow::Owned(by_line(&text, |line| {
            // A text in quotes is one of JSON, and may have any letter.
            if line.contains('"') {
                Cow::Borrowed(line)
            } else {
                Cow::Owned(line.chars().map(plain).collect())
            }
        }));
    }
    for _ in 0..LEVELS {
        match stripped(&text) {
            Some(less) => text = Cow::Owned(less),
            None => break,
        }
    }
    text
}

fn stripped(text: &str) -> Option<String> {
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    lines().next()?;
    if lines().all(|line| line.trim_start().starts_with('>')) {
        return Some(by_line(text, |line| {
            let quoted = line.trim_start().strip_prefix('>').unwrap_or_default();
            Cow::Borrowed(quoted.strip_prefix(' ').unwrap_or(quoted))
        }));
    }
    let blanks = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let common = lines().map(blanks).min().filter(|common| *common > 0)?;
    Some(by_line(text, |line| Cow::Borrowed(line.get(common..).unwrap_or_default())))
}

fn by_line(text: &str, strip: impl Fn(&str) -> Cow<'_, str>) -> String {
    let mut stripped = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\r', '\n']);
        stripped.push_str(&strip(content));
        stripped.push_str(&line[content.len()..]);
    }
    stripped
}

/// Whether a line is one of a console that waits for a command, or a fence around a quoted text.
pub(super) fn is_around(line: &str) -> bool {
    line.starts_with("```") || line.starts_with("~~~") || is_prompt(line)
}

/// The command behind a prompt: `PS C:\k> Get-HnsEndpoint`.
pub(super) fn command_of(line: &str) -> Option<&str> {
    let command = if is_prompt(line) { line.split_once('>')?.1.trim() } else { return None };
    (!command.is_empty()).then_some(command)
}

/// `PS C:\k>`, `C:\Windows\system32>hnsdiag list all`
fn is_prompt(line: &str) -> bool {
    let line = line.strip_prefix("PS ").unwrap_or(line);
    let Some((path, _)) = line.split_once('>') else { return false };
    let mut chars = path.chars();
    let is_drive = chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.next() == Some(':')
        && matches!(chars.next(), None | Some('\\' | '/'));
    is_drive || path.starts_with('/') || path == "$"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotation_and_indentation_are_taken_off() {
        let plain = "Networks:\r\n\r\n  a | b\n";
        for text in [
            "> Networks:\r\n>\r\n>   a | b\n",
            "> Networks:\r\n> \r\n>   a | b\n",
            "> > Networks:\r\n> >\r\n> >   a | b\n",
            "    Networks:\r\n\r\n      a | b\n",
            "  > Networks:\r\n  > \r\n  >   a | b\n",
        ] {
            assert_eq!(unquoted(text), plain, "{text:?}");
        }
        for text in ["", "\n", "a\n> b\n", "a\n  b\n"] {
            assert!(matches!(unquoted(text), Cow::Borrowed(same) if same == text), "{text:?}");
        }
    }

    #[test]
    fn drawn_tables_are_plain_ones_but_texts_in_quotes_stay() {
        let drawn = "┌────┬───┐\n│ ID │ a │\n├────┼───┤\n¦ 1 ¦ b ¦\n{\"Name\": \"a│b\"}\n";
        assert_eq!(unquoted(drawn), "+----+---+\n| ID | a |\n+----+---+\n| 1 | b |\n{\"Name\": \"a│b\"}\n");
    }

    #[test]
    fn prompts_are_known() {
        for line in
            ["PS C:\\>", "PS C:\\k> Get-HnsEndpoint", "C:\\Windows\\system32>hnsdiag list all", "```json"]
        {
            assert!(is_around(line), "{line}");
        }
        for line in ["Networks:", "a > b", "10000000-0000 | x", "cid: >"] {
            assert!(!is_around(line), "{line}");
        }
    }
}
