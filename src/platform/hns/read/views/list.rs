//! The list view: one property a line. A long value goes on in the next line, which is indented.

use serde_json::Map;

use super::super::super::model::Guid;
use super::super::pasted::is_around;
use super::shown::Shown;
use super::value;

/// What is read of an object so far.
struct Open<'t> {
    start: usize,
    end: usize,
    /// How far its names are indented.
    indent: usize,
    members: Vec<(&'t str, String)>,
}

/// The objects that a text lists.
pub(super) fn objects(lines: &[&str]) -> Vec<Shown> {
    let (mut found, mut open) = (Vec::new(), None::<Open<'_>>);
    let is_spaced = is_spaced(lines);
    let mut blanks = 0;
    for (at, line) in lines.iter().enumerate() {
        let line = line.trim_end();
        if line.trim().is_empty() {
            blanks += 1;
            if !is_spaced || blanks > 1 {
                found.extend(open.take().as_ref().and_then(close));
            }
            continue;
        }
        blanks = 0;
        if is_around(line.trim()) || is_of_hnsdiag(line) {
            found.extend(open.take().as_ref().and_then(close));
            continue;
        }
        let property = property(line);
        match (&mut open, property) {
            (Some(object), Some((name, indent, text)))
                if indent == object.indent
                    && !object.members.iter().any(|(of, _)| of.eq_ignore_ascii_case(name)) =>
            {
                object.members.push((name, text.to_owned()));
                object.end = at + 1;
            }
            (Some(object), Some((_, indent, _))) if indent > object.indent => go_on(object, line, at),
            (Some(object), None) => go_on(object, line, at),
            (_, Some((name, indent, text))) => {
                found.extend(open.take().as_ref().and_then(close));
                open = Some(Open { start: at, end: at + 1, indent, members: vec![(name, text.to_owned())] });
            }
            (None, None) => {}
        }
    }
    found.extend(open.as_ref().and_then(close));
    found
}

/// The rest of a value that the console wrapped.
fn go_on(object: &mut Open<'_>, line: &str, at: usize) {
    let Some((_, text)) = object.members.last_mut() else { return };
    let more = line.trim();
    if !breaks_a_word(text, more) {
        text.push(' ');
    }
    text.push_str(more);
    object.end = at + 1;
}

/// Whether the console broke an id or an address: only together they are one.
fn breaks_a_word(text: &str, more: &str) -> bool {
    let separators = [' ', ',', '{', '}', '=', ';', '/'];
    let last = text.rsplit(separators).next().unwrap_or_default();
    let first = more.split(separators).next().unwrap_or_default();
    if last.is_empty() || first.is_empty() {
        return text.ends_with('/') || text.ends_with('=');
    }
    let is_one = |word: &str| word.parse::<Guid>().is_ok() || crate::net::parse_ip(word).is_some();
    is_one(&format!("{last}{first}")) && !is_one(last)
}

/// An object of one property may be any text.
fn close(open: &Open<'_>) -> Option<Shown> {
    if open.members.len() < 2 {
        return None;
    }
    let members: Map<_, _> =
        open.members.iter().map(|(name, text)| ((*name).to_owned(), value::of(name, text))).collect();
    Some(Shown { members, lines: open.start..open.end })
}

/// `Name       : value`, with how far it is indented.
fn property(line: &str) -> Option<(&str, usize, &str)> {
    let (name, text) = line.split_once(':')?;
    let (word, indent) = (name.trim(), name.len() - name.trim_start().len());
    let is_name = !word.is_empty()
        && name.ends_with(char::is_whitespace)
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && word.starts_with(|first: char| first.is_ascii_alphabetic())
        && (text.is_empty() || text.starts_with(' '));
    is_name.then(|| (word, indent, text.trim()))
}

/// The first line of a block of `hnsdiag`, which has a reader of its own.
fn is_of_hnsdiag(line: &str) -> bool {
    let Some((name, id)) = line.split_once(':') else { return false };
    let kinds = ["Network", "Endpoint", "Load Balancer", "Namespace"];
    let is_kind = kinds.iter().any(|kind| name.trim().eq_ignore_ascii_case(kind));
    is_kind && id.trim().parse::<Guid>().is_ok()
}

/// Whether somebody put a blank line after each line.
fn is_spaced(lines: &[&str]) -> bool {
    let is_full = |line: &&str| !line.trim().is_empty();
    let lines: Vec<&str> = lines.iter().copied().filter(|line| !is_around(line.trim())).collect();
    lines.iter().filter(|line| is_full(line)).count() > 3
        && lines.windows(2).all(|pair| !(is_full(&pair[0]) && is_full(&pair[1])))
}
