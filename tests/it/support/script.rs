//! A reader of PowerShell, as far as the scripts of a plan go: tokens, and the calls behind the prologue.

use std::collections::BTreeMap;

/// One call: a function and its parameters, each with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) parameters: BTreeMap<String, Vec<String>>,
}

impl Call {
    /// The only value of a parameter.
    #[track_caller]
    pub(crate) fn one(&self, parameter: &str) -> String {
        match self.parameters.get(parameter).map(Vec::as_slice) {
            Some([one]) => one.clone(),
            other => panic!("{} -{parameter}: {other:?}", self.name),
        }
    }
}

/// PowerShell takes five characters for a single quote.
fn is_quote(character: char) -> bool {
    matches!(character, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}')
}

/// What a script is made of: words and signs as they stand, literals with a leading quote. Comments are
/// left out; line ends are tokens.
pub(crate) fn tokens(script: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = script;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\r' | ' ' | '\t' => {
                rest = &rest[1..];
                continue;
            }
            '#' => {
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                continue;
            }
            '@' if rest.starts_with("@'\r\n") => {
                rest.find("\r\n'@").expect("a literal of lines ends") + "\r\n'@".len()
            }
            c if is_quote(c) => {
                let (value, length) = single_quoted(rest);
                tokens.push(format!("'{value}"));
                rest = &rest[length..];
                continue;
            }
            '"' => 2 + rest[1..].find('"').expect("a text in double quotes ends"),
            c if c.is_alphanumeric() || matches!(c, '-' | '$' | '_') => {
                let ends = |c: char| !(c.is_alphanumeric() || matches!(c, '-' | '$' | '_' | ':' | '.'));
                rest.find(ends).unwrap_or(rest.len())
            }
            c => c.len_utf8(),
        };
        tokens.push(rest[..length].to_owned());
        rest = &rest[length..];
    }
    tokens
}

/// The value of a literal, and how long it is.
fn single_quoted(text: &str) -> (String, usize) {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if !is_quote(character) {
            value.push(character);
        } else if characters.peek().is_some_and(|(_, next)| is_quote(*next)) {
            value.extend(characters.next().map(|(_, quote)| quote));
        } else {
            return (value, at + character.len_utf8());
        }
    }
    panic!("a literal does not end: {text}")
}

/// What stands between the comment at the top and the first call.
pub(crate) fn prologue(script: &str) -> &str {
    let start = script.find("#requires").expect("a script says what it needs");
    let end = script.find("\r\nUse-Network ").expect("a script starts with its network");
    script[start..end].trim_end()
}

/// The calls behind the prologue, one a line.
pub(crate) fn calls(script: &str) -> Vec<Call> {
    let start = script.find("\r\nUse-Network ").expect("a script starts with its network");
    let tokens = tokens(&script[start..]);
    let lines = tokens.split(|token| token == "\n").filter(|line| !line.is_empty());
    lines.map(call).collect()
}

fn call(line: &[String]) -> Call {
    let [name, rest @ ..] = line else { panic!("an empty call") };
    let mut call = Call { name: name.clone(), parameters: BTreeMap::new() };
    if name == "Write-Host" {
        return call;
    }
    let mut rest = rest;
    while let [parameter, after @ ..] = rest {
        let parameter = parameter.strip_prefix('-').unwrap_or_else(|| panic!("{line:?}"));
        let (values, after) = values(after);
        assert!(call.parameters.insert(parameter.to_owned(), values).is_none(), "{line:?}");
        rest = after;
    }
    call
}

/// One value, or those of `@(…)`.
fn values(tokens: &[String]) -> (Vec<String>, &[String]) {
    let Some(mut rest) = tokens.strip_prefix(&["@".to_owned(), "(".to_owned()]) else {
        let (value, rest) = value(tokens);
        return (vec![value], rest);
    };
    let mut all = Vec::new();
    loop {
        match rest {
            [end, after @ ..] if end == ")" => return (all, after),
            [comma, after @ ..] if comma == "," && !all.is_empty() => rest = after,
            _ => {}
        }
        let (value, after) = value(rest);
        all.push(value);
        rest = after;
    }
}

/// A literal, or `([regex]::Unescape('…'))`.
fn value(tokens: &[String]) -> (String, &[String]) {
    const CALL: [&str; 7] = ["(", "[", "regex", "]", ":", ":", "Unescape"];
    if tokens.iter().map(String::as_str).take(CALL.len()).eq(CALL) {
        let [open, literal, close, end, rest @ ..] = &tokens[CALL.len()..] else { panic!("{tokens:?}") };
        assert_eq!((&**open, &**close, &**end), ("(", ")", ")"));
        return (unescaped(literal.strip_prefix('\'').expect("a literal")), rest);
    }
    let [literal, rest @ ..] = tokens else { panic!("a value is missing") };
    (literal.strip_prefix('\'').unwrap_or_else(|| panic!("{tokens:?}")).to_owned(), rest)
}

/// What .NET makes of `\u0441`.
fn unescaped(text: &str) -> String {
    let mut units = Vec::new();
    let mut parts = text.split("\\u");
    units.extend(parts.next().unwrap_or_default().encode_utf16());
    for part in parts {
        units.push(u16::from_str_radix(&part[..4], 16).expect("four digits"));
        units.extend(part[4..].encode_utf16());
    }
    String::from_utf16(&units).expect("whole characters")
}
