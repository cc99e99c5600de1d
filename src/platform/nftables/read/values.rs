//! Values that stand in rules and in elements.

use super::words::{Cursor, Item};
use crate::platform::nftables::model::{Address, Base, ChainKind, Comment, Hook, Name, Verdict, Word};

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

/// What a base chain hooks into: `filter hook prerouting priority dstnat - 10`.
pub(super) fn base_of(cursor: &mut Cursor<'_, '_>) -> Option<Base> {
    let kind = cursor.word()?;
    let kind = ChainKind::ALL.into_iter().find(|of| of.as_str() == kind)?;
    cursor.take(&["hook"]).then_some(())?;
    let hook = cursor.word()?;
    let hook = Hook::ALL.into_iter().find(|of| of.as_str() == hook)?;
    cursor.take(&["priority"]).then_some(())?;
    let word = cursor.word()?;
    let mut priority: i32 = match word {
        "raw" => -300,
        "mangle" => -150,
        "dstnat" => -100,
        "filter" => 0,
        "security" => 50,
        "srcnat" => 100,
        number => number.parse().ok()?,
    };
    if let Some(sign @ ("+" | "-")) = cursor.word() {
        let offset: i32 = cursor.word()?.parse().ok()?;
        priority =
            if sign == "+" { priority.saturating_add(offset) } else { priority.saturating_sub(offset) };
    }
    Some(Base { kind, hook, priority, drops: false })
}
