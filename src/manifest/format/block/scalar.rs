//! Scalars on the line of their key.

use std::borrow::Cow;

/// A scalar, typed as the YAML parser types it.
#[derive(Debug)]
pub(super) enum Scalar<'t> {
    Text(Cow<'t, str>),
    Number(u64),
    Boolean(bool),
    Null,
    EmptyMap,
    EmptyList,
}

impl<'t> Scalar<'t> {
    /// Reads a whole scalar; `None` when it is not in the subset.
    pub(super) fn read(text: &'t str) -> Option<Self> {
        match text.as_bytes() {
            b"{}" => Some(Self::EmptyMap),
            b"[]" => Some(Self::EmptyList),
            [b'"', ..] => double_quoted(text).map(Self::Text),
            [b'\'', ..] => single_quoted(text).map(Self::Text),
            _ => plain(text),
        }
    }
}

/// `"…"` with the escapes `\"`, `\\` and `\n` only.
fn double_quoted(text: &str) -> Option<Cow<'_, str>> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr2(b'"', b'\\', inner.as_bytes()).is_none() {
        return (text.len() >= 2).then_some(Cow::Borrowed(inner));
    }
    let mut value = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => value.push(match characters.next()? {
                'n' => '\n',
                escaped @ ('"' | '\\') => escaped,
                _ => return None,
            }),
            // An end that is not the end.
            '"' => return None,
            other => value.push(other),
        }
    }
    Some(Cow::Owned(value))
}

/// `'…'`, in which `''` is a quote.
fn single_quoted(text: &str) -> Option<Cow<'_, str>> {
    let inner = text.strip_prefix('\'').filter(|rest| !rest.is_empty())?.strip_suffix('\'')?;
    if !inner.contains('\'') {
        return Some(Cow::Borrowed(inner));
    }
    let without_pairs = inner.replace("''", "");
    (!without_pairs.contains('\'')).then(|| Cow::Owned(inner.replace("''", "'")))
}

/// A scalar without quotes, if there is no doubt about its type.
fn plain(text: &str) -> Option<Scalar<'_>> {
    let first = *text.as_bytes().first()?;
    let is_one_scalar = !text.ends_with([' ', ':']) && !text.contains(": ") && !text.contains(" #");
    if !is_one_scalar {
        return None;
    }
    if first.is_ascii_digit() {
        return digits_first(text);
    }
    if !(first.is_ascii_alphabetic() || first == b'/') {
        return None;
    }
    match text {
        "true" => Some(Scalar::Boolean(true)),
        "false" => Some(Scalar::Boolean(false)),
        "null" => Some(Scalar::Null),
        _ if ["true", "false", "null"].iter().any(|word| word.eq_ignore_ascii_case(text)) => None,
        _ => Some(Scalar::Text(Cow::Borrowed(text))),
    }
}

/// A decimal number, or what cannot be a number of any kind: two of the same separator, or a slash.
fn digits_first(text: &str) -> Option<Scalar<'_>> {
    const LONGEST: usize = 18;
    if text.bytes().all(|b| b.is_ascii_digit()) {
        let has_leading_zero = text.len() > 1 && text.starts_with('0');
        return if has_leading_zero || text.len() > LONGEST {
            None
        } else {
            text.parse().ok().map(Scalar::Number)
        };
    }
    let count = |separator| memchr::memchr_iter(separator, text.as_bytes()).take(2).count();
    let is_text = text.contains('/') || [b'.', b'-', b':'].into_iter().any(|separator| count(separator) > 1);
    is_text.then_some(Scalar::Text(Cow::Borrowed(text)))
}
