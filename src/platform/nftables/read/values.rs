//! Values that stand in rules and in elements.

use super::words::Item;
use crate::platform::nftables::model::{Address, Comment, Name, Verdict, Word};

/// A comment that can be written again; what could not is replaced.
pub(super) fn comment_of(text: &str) -> Option<Comment> {
    Comment::new(text).or_else(|| Comment::new(&crate::name::printable(text).replace('"', "'")))
}

/// A verdict of these words.
pub(super) fn verdict<'w>(words: &mut impl Iterator<Item = &'w str>) -> Option<Verdict> {
    let found = match words.next()? {
        "jump" => Verdict::Jump(Name::new(words.next()?)?),
        "goto" => Verdict::Goto(Name::new(words.next()?)?),
        "accept" => Verdict::Accept,
        "drop" => Verdict::Drop,
        "return" => Verdict::Return,
        "continue" => Verdict::Continue,
        _ => return None,
    };
    words.next().is_none().then_some(found)
}

/// A word, in quotes or not.
pub(super) fn word_of<'t>(item: &Item<'t>) -> Option<&'t str> {
    match item {
        Item::Word(text) | Item::Quoted(text) => Some(text),
        Item::Comma | Item::Block(_) => None,
    }
}

/// The words of an entry, if it has nothing but words.
pub(super) fn entry_words<'t>(entry: &[&Item<'t>]) -> Option<Vec<&'t str>> {
    entry.iter().map(|item| word_of(item)).collect()
}

/// An address, or a word that stands in the place of one.
pub(super) fn parse_address(word: &str) -> Option<Address> {
    if let Ok(ip) = word.parse() {
        return Some(Address::Ip(ip));
    }
    // What kube-proxy passes on as it is spelled: digits and dots, or hexadecimal digits and colons.
    let is_of_address = |b: u8| b.is_ascii_hexdigit() || matches!(b, b'.' | b':');
    let looks_like = word.contains(['.', ':'])
        && word.bytes().all(is_of_address)
        && word.contains(|c: char| c.is_ascii_hexdigit());
    (looks_like || word == "<nil>").then(|| Word::new(word).map(Address::Verbatim))?
}
