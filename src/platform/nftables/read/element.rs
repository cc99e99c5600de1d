//! Reads sets, maps, and their elements.

use std::borrow::Cow;

use super::values::{comment_of, parse_address, verdict, word_of};
use super::words::{Cursor, Item, Line, entries};
use crate::net::Protocol;
use crate::platform::nftables::model::{Container, Element, Key, KeyShape, Name, Word};

/// Reads what stands in the braces of a set or map. The second value is how many parts could not be read.
pub(super) fn parse_container(name: Name, is_map: bool, lines: &[Line<'_>]) -> (Container, usize) {
    let shape = KeyShape::Other(Vec::new());
    let mut container = Container { name, shape, is_map, timeout: None, comment: None, elements: Vec::new() };
    let mut lost = 0;
    let mut elements: &[Line<'_>] = &[];
    for line in lines {
        let mut cursor = Cursor::new(&line.items);
        match cursor.word() {
            Some("type") => container.shape = shape_of(&mut cursor),
            Some("comment") => container.comment = cursor.text().and_then(comment_of),
            Some("timeout") => match cursor.word().and_then(seconds) {
                Some(timeout) => container.timeout = Some(timeout),
                None => lost += 1,
            },
            Some("elements") => {
                let _ = cursor.take(&["="]);
                match cursor.block() {
                    Some(block) => elements = block,
                    None => lost += 1,
                }
            }
            // Sizes change nothing; elements of sets with other flags are kept as they are written.
            Some("flags" | "size" | "gc-interval" | "policy" | "auto-merge") => {}
            // The type of an expression, and whatever else decides what elements mean.
            _ => container.shape = KeyShape::Other(Vec::new()),
        }
    }
    container.elements = parse_elements(elements, &container.shape);
    (container, lost)
}

/// `ipv4_addr . inet_proto . inet_service : verdict`
fn shape_of(cursor: &mut Cursor<'_, '_>) -> KeyShape {
    let mut words = Vec::new();
    while let Some(item) = cursor.next() {
        match item {
            Item::Word(":") => break,
            Item::Word(".") => {}
            Item::Word(word) => words.push(*word),
            // No type is spelled so.
            Item::Quoted(_) | Item::Comma | Item::Block(_) => words.push("?"),
        }
    }
    match words[..] {
        ["ipv4_addr" | "ipv6_addr"] => KeyShape::Address,
        ["ipv4_addr" | "ipv6_addr", "inet_proto", "inet_service"] => KeyShape::Service,
        ["inet_proto", "inet_service"] => KeyShape::NodePort,
        ["ipv4_addr", "ipv4_addr", "inet_proto", "inet_service"]
        | ["ipv6_addr", "ipv6_addr", "inet_proto", "inet_service"] => KeyShape::Pair,
        _ => KeyShape::Other(words.into_iter().map(word_or_marks).collect()),
    }
}

/// The elements between two braces.
pub(super) fn parse_elements(lines: &[Line<'_>], shape: &KeyShape) -> Vec<Element> {
    let elements = entries(lines);
    let elements = elements.iter().map(|entry| parse_element(entry, shape));
    // Without a key there is nothing to find it by.
    elements.filter(|element| !matches!(&element.key, Key::Other(words) if words.is_empty())).collect()
}

/// `10.96.0.10 . tcp . 80 comment "shop/web" : goto …`, with what a living set says besides.
fn parse_element(entry: &[&Item<'_>], shape: &KeyShape) -> Element {
    let mut key: Vec<Cow<'_, str>> = Vec::new();
    let mut comment = None;
    let mut value = Vec::new();
    let mut items = entry.iter();
    let mut is_key = true;
    while let Some(item) = items.next() {
        let word = match item {
            Item::Word(word) => *word,
            // It is no address, port or protocol, and no keyword either.
            Item::Quoted(text) if is_key => {
                key.push(format!("?{text}").into());
                continue;
            }
            Item::Quoted(_) | Item::Comma | Item::Block(_) => continue,
        };
        match word {
            ":" => {
                value = items.by_ref().filter_map(|item| word_of(item)).collect();
            }
            "comment" => comment = items.next().and_then(|item| word_of(item)).and_then(comment_of),
            "expires" | "timeout" => drop(items.next()),
            "counter" => is_key = false,
            "." => {}
            _ if is_key => key.push(word.into()),
            _ => {}
        }
    }
    Element { key: key_of(&key, shape), verdict: verdict(&mut value.into_iter()), comment }
}

/// The key of these words, which dots join. Where there is no dot it is the same key, as it is written with dots.
fn key_of(words: &[Cow<'_, str>], shape: &KeyShape) -> Key {
    let words: Vec<&str> = words.iter().map(|word| &**word).collect();
    let known = || {
        let service = |protocol: &str, port: &str| {
            Some((Protocol::parse(&protocol.to_uppercase())?, port.parse::<u16>().ok()?))
        };
        Some(match (shape, &words[..]) {
            (KeyShape::Address, [address]) => Key::Address(parse_address(address)?),
            (KeyShape::Service, [address, protocol, port]) => {
                let (protocol, port) = service(protocol, port)?;
                Key::Service(parse_address(address)?, protocol, port)
            }
            (KeyShape::NodePort, [protocol, port]) => {
                let (protocol, port) = service(protocol, port)?;
                Key::NodePort(protocol, port)
            }
            (KeyShape::Pair, [one, other, protocol, port]) => {
                let (protocol, port) = service(protocol, port)?;
                Key::Pair([parse_address(one)?, parse_address(other)?], protocol, port)
            }
            _ => return None,
        })
    };
    known().unwrap_or_else(|| Key::Other(words.iter().map(|word| word_or_marks(word)).collect()))
}

/// A word, with a mark in the place of each letter that could end it: so it is never taken for another word.
fn word_or_marks(text: &str) -> Word {
    let checked = |c: char| if Word::new(c.encode_utf8(&mut [0; 4])).is_some() { c } else { '?' };
    let marked: String = text.chars().map(checked).collect();
    Word::new(&marked).expect("each of its letters is one of a word")
}

/// `3h`, `9m59s`, `10800s`, in whole seconds.
fn seconds(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 6] =
        [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];
    let mut rest = text;
    let mut all = 0u64;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, after) = after.split_at(letters);
        let unit = if unit.is_empty() { "s" } else { unit };
        let (_, length) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
        all = all.checked_add(number.parse::<u64>().ok()?.checked_mul(length)?)?;
        rest = after;
    }
    Some(all / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_all_units() {
        for (text, wanted) in
            [("3h", 10800), ("10800s", 10800), ("9m59s984ms", 599), ("1w1d", 691_200), ("600", 600)]
        {
            assert_eq!(seconds(text), Some(wanted), "{text}");
        }
        for bad in ["h", "3x", "99999999999999999999s"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
