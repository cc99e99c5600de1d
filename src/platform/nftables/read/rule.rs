//! Reads rules, as kube-proxy's texts and the listings of nft spell them.

use std::net::{IpAddr, SocketAddr};

use super::values::{comment_of, entry_words, parse_address, verdict};
use super::words::{Cursor, Item, Line, entries, spelled};
use crate::net::{Family, Protocol};
use crate::platform::nftables::model::{
    Address, AddressRange, Braces, Destination, Foreign, Interface, Lookup, Name, Operation, Rule, Selected,
    Side, Statement, States, Verdict, Word, family_word,
};

/// Reads a rule. What is not known is kept as it is written.
pub(super) fn parse_rule(items: &[Item<'_>], family: Family) -> Rule {
    // A comment is the last part of a rule, and kube-proxy and nft write it in quotes.
    let (items, comment) = match items {
        [before @ .., Item::Word("comment"), Item::Quoted(text)] if !text.is_empty() => {
            (before, comment_of(text))
        }
        all => (all, None),
    };
    let mut cursor = Cursor::new(items);
    let mut statements: Vec<Statement> = Vec::new();
    let mut unknown: Vec<Item<'_>> = Vec::new();
    while let Some(first) = cursor.rest().first() {
        let before = cursor;
        let statement = parse_statement(&mut cursor, family);
        let goes_on = |statement: &Statement| !unknown.is_empty() && !ends_the_unknown(statement);
        if let Some(statement) = statement.filter(|statement| !goes_on(statement)) {
            statements.extend(foreign(std::mem::take(&mut unknown)));
            statements.push(statement);
        } else {
            unknown.push(first.clone());
            cursor = before;
            let _ = cursor.next();
        }
    }
    statements.extend(foreign(unknown));
    Rule { statements, comment }
}

/// What is not known ends where packets are decided about.
fn ends_the_unknown(statement: &Statement) -> bool {
    matches!(statement, Statement::Verdict(_) | Statement::Reject | Statement::Counter(_))
}

/// A comma at the end would take in the next line.
fn foreign(mut items: Vec<Item<'_>>) -> Option<Statement> {
    if let Some(Item::Comma) = items.last() {
        items.push(Item::Quoted(""));
    }
    (!items.is_empty()).then(|| Statement::Foreign(Foreign { text: spelled(&items).into() }))
}

/// One statement; `None` where it is not known, and then the cursor stands anywhere.
fn parse_statement(cursor: &mut Cursor<'_, '_>, family: Family) -> Option<Statement> {
    let start = *cursor;
    if let Some(statement) = looked_up(cursor, family) {
        return Some(statement);
    }
    *cursor = start;
    match cursor.word()? {
        protocol @ ("tcp" | "udp" | "sctp") => {
            cursor.take(&["dport"]).then_some(())?;
            Some(Statement::Port(Protocol::parse(&protocol.to_uppercase())?, cursor.word()?.parse().ok()?))
        }
        "meta" => match cursor.word()? {
            "mark" => mark(cursor),
            name @ ("iif" | "iifname") => interface(name, cursor),
            _ => None,
        },
        "mark" => mark(cursor),
        name @ ("iif" | "iifname") => interface(name, cursor),
        "ct" => match cursor.word()? {
            "state" => states(cursor),
            "status" => cursor.take(&["dnat"]).then_some(Statement::IsTranslated),
            _ => None,
        },
        "fib" => {
            let side = match cursor.word()? {
                "saddr" => Side::Source,
                "daddr" => Side::Destination,
                _ => return None,
            };
            cursor.take(&["type", "local"]).then_some(Statement::IsLocal(side))
        }
        "numgen" => {
            let of = numgen(cursor)?;
            cursor.take(&["vmap"]).then_some(())?;
            let values = selected(cursor.block()?, |words| verdict(&mut words.iter().copied()))?;
            Some(Statement::Choose(Selected { of, values }))
        }
        "dnat" => translate(cursor, family),
        "update" => {
            let set = Name::new(cursor.word()?.strip_prefix('@')?)?;
            let source = entries(cursor.block()?);
            let [source] = &source[..] else { return None };
            let words = entry_words(source)?;
            (words.len() == 2 && words == [family_word(family), "saddr"]).then_some(Statement::Remember(set))
        }
        "masquerade" => {
            let fully_random = cursor.take(&["fully-random"]);
            let is_known = !matches!(cursor.rest().first(), Some(Item::Word("random" | "persistent" | "to")));
            is_known.then_some(Statement::Masquerade { fully_random })
        }
        "reject" => {
            let usual = match family {
                Family::Ipv4 => ["with", "icmp", "port-unreachable"],
                Family::Ipv6 => ["with", "icmpv6", "port-unreachable"],
            };
            let _ = cursor.take(&usual);
            (!cursor.take(&["with"])).then_some(Statement::Reject)
        }
        "counter" => {
            let mut name = None;
            if cursor.take(&["packets"]) {
                cursor.word()?;
                cursor.take(&["bytes"]).then_some(())?;
                cursor.word()?;
            } else if cursor.take(&["name"]) {
                name = Some(Name::new(cursor.text()?)?);
            }
            let is_whole = !matches!(cursor.rest().first(), Some(Item::Word("packets" | "name")));
            is_whole.then_some(Statement::Counter(name))
        }
        "jump" => Some(Statement::Verdict(Verdict::Jump(Name::new(cursor.text()?)?))),
        "goto" => Some(Statement::Verdict(Verdict::Goto(Name::new(cursor.text()?)?))),
        word => verdict(&mut [word].into_iter()).map(Statement::Verdict),
    }
}

/// The parts of the longest key.
const MOST_PARTS: usize = 4;

/// What begins with a part of a packet, or several joined by dots.
fn looked_up(cursor: &mut Cursor<'_, '_>, family: Family) -> Option<Statement> {
    let mut parts = vec![part(cursor, family)?];
    while cursor.take(&["."]) {
        // No key that is known has more: a line may be made of nothing else.
        if parts.len() == MOST_PARTS {
            return None;
        }
        parts.push(part(cursor, family)?);
    }
    let lookup = match &parts[..] {
        [Part::Source] => Lookup::Source,
        [Part::Destination] => Lookup::Destination,
        [Part::Destination, Part::Protocol, Part::Port] => Lookup::Service,
        [Part::Protocol, Part::Port] => Lookup::NodePort,
        [Part::Source, Part::Destination, Part::Protocol, Part::Port] => Lookup::Pair,
        [Part::Protocol] => {
            return Some(Statement::Protocol(Protocol::parse(&cursor.word()?.to_uppercase())?));
        }
        _ => return None,
    };
    if cursor.take(&["vmap"]) {
        let map = Name::new(cursor.word()?.strip_prefix('@')?)?;
        return Some(Statement::VerdictMap { lookup, map });
    }
    let not = cursor.take(&["!="]);
    let _ = !not && cursor.take(&["=="]);
    if let Some(lines) = cursor.block() {
        let side = side_of(lookup)?;
        return Some(Statement::Addresses { side, not, ranges: ranges(lines)?, braces: Braces::Spaced });
    }
    let word = cursor.word()?;
    if let Some(set) = word.strip_prefix('@') {
        return Some(Statement::InSet { lookup, not, set: Name::new(set)? });
    }
    let side = side_of(lookup)?;
    Some(Statement::Addresses { side, not, ranges: vec![range(word)?], braces: Braces::Without })
}

fn side_of(lookup: Lookup) -> Option<Side> {
    match lookup {
        Lookup::Source => Some(Side::Source),
        Lookup::Destination => Some(Side::Destination),
        Lookup::Service | Lookup::NodePort | Lookup::Pair => None,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Source,
    Destination,
    Protocol,
    Port,
}

fn part(cursor: &mut Cursor<'_, '_>, family: Family) -> Option<Part> {
    let known = [
        ([family_word(family), "saddr"], Part::Source),
        ([family_word(family), "daddr"], Part::Destination),
        (["meta", "l4proto"], Part::Protocol),
        (["th", "dport"], Part::Port),
    ];
    known.into_iter().find_map(|(words, part)| cursor.take(&words).then_some(part))
}

fn ranges(lines: &[Line<'_>]) -> Option<Vec<AddressRange>> {
    let one = |entry: Vec<&Item<'_>>| match entry[..] {
        [Item::Word(word)] => range(word),
        _ => None,
    };
    entries(lines).into_iter().map(one).collect()
}

/// An address, a network, a range, or a word that looks like an address and is none.
pub(super) fn range(word: &str) -> Option<AddressRange> {
    if let Some((first, last)) = word.split_once('-') {
        let (first, last) = (first.parse::<IpAddr>().ok()?, last.parse::<IpAddr>().ok()?);
        return (first.is_ipv4() == last.is_ipv4() && first <= last)
            .then_some(AddressRange::Range(first, last));
    }
    if word.contains('/') {
        return word.parse().ok().map(AddressRange::Net);
    }
    match parse_address(word)? {
        Address::Ip(ip) => Some(AddressRange::Ip(ip)),
        Address::Verbatim(word) => Some(AddressRange::Verbatim(word)),
    }
}

/// `mark and M != 0`, `meta mark & M == 0`, `mark set mark or M`.
fn mark(cursor: &mut Cursor<'_, '_>) -> Option<Statement> {
    if cursor.take(&["set"]) {
        let _ = cursor.take(&["meta"]);
        cursor.take(&["mark"]).then_some(())?;
        let operation = match cursor.word()? {
            "or" | "|" => Operation::Or,
            "xor" | "^" => Operation::Xor,
            _ => return None,
        };
        return Some(Statement::SetMark(operation, number(cursor.word()?)?));
    }
    matches!(cursor.word()?, "and" | "&").then_some(())?;
    let mask = number(cursor.word()?)?;
    let is_equal = match cursor.word()? {
        "==" => true,
        "!=" => false,
        _ => return None,
    };
    match number(cursor.word()?)? {
        0 => Some(Statement::Mark { mask, is_set: !is_equal }),
        value if value == mask && mask.is_power_of_two() => Some(Statement::Mark { mask, is_set: is_equal }),
        _ => None,
    }
}

fn number(word: &str) -> Option<u32> {
    match word.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
}

fn interface(name: &str, cursor: &mut Cursor<'_, '_>) -> Option<Statement> {
    let not = cursor.take(&["!="]);
    let _ = !not && cursor.take(&["=="]);
    // In quotes they would be names, but are written without.
    let text = cursor.text().filter(|text| !matches!(*text, "!=" | "==" | "comment"))?;
    let (text, is_prefix) = text.strip_suffix('*').map_or((text, false), |text| (text, true));
    let name_of = Word::new(text)?;
    Some(Statement::InInterface(Interface { by_number: name == "iif", not, name: name_of, is_prefix }))
}

fn states(cursor: &mut Cursor<'_, '_>) -> Option<Statement> {
    let mut all = States::default();
    loop {
        let word = cursor.word()?;
        let (state, _) = States::NAMES.into_iter().find(|(_, name)| *name == word)?;
        all = all.or(state);
        if !cursor.take_comma() {
            return Some(Statement::State(all));
        }
    }
}

/// `random mod N`, and an offset of nothing.
fn numgen(cursor: &mut Cursor<'_, '_>) -> Option<u32> {
    cursor.take(&["random", "mod"]).then_some(())?;
    let of = cursor.word()?.parse().ok()?;
    if cursor.take(&["offset"]) && cursor.word()? != "0" {
        return None;
    }
    Some(of)
}

/// The values of a map by their numbers, in the order of these.
fn selected<T>(lines: &[Line<'_>], value: impl Fn(&[&str]) -> Option<T>) -> Option<Vec<(u32, T)>> {
    let one = |entry: Vec<&Item<'_>>| {
        let words = entry_words(&entry)?;
        let (number, rest) = words.split_first()?;
        let (colon, rest) = rest.split_first()?;
        (*colon == ":").then_some(())?;
        Some((number.parse().ok()?, value(rest)?))
    };
    let mut values: Vec<(u32, T)> = entries(lines).into_iter().map(one).collect::<Option<_>>()?;
    values.sort_by_key(|(number, _)| *number);
    Some(values)
}

/// `dnat to 10.0.0.1:80`, `dnat ip addr . port to numgen …`, `dnat ip to numgen …`.
fn translate(cursor: &mut Cursor<'_, '_>, family: Family) -> Option<Statement> {
    let _ = cursor.take(&[family_word(family)]);
    let _ = cursor.take(&["addr", ".", "port"]);
    cursor.take(&["to"]).then_some(())?;
    if cursor.take(&["numgen"]) {
        let of = numgen(cursor)?;
        cursor.take(&["map"]).then_some(())?;
        let values = selected(cursor.block()?, |words| match words {
            [address, ".", port] => Some((parse_address(address)?, port.parse().ok()?)),
            _ => None,
        })?;
        return Some(Statement::Translate(Destination::Choose(Selected { of, values })));
    }
    let word = cursor.word()?;
    let (address, port) = if cursor.take(&["."]) {
        (parse_address(word)?, cursor.word()?.parse().ok()?)
    } else {
        socket(word)?
    };
    let is_whole = !matches!(cursor.rest().first(), Some(Item::Word(".")));
    is_whole.then_some(Statement::Translate(Destination::One(address, port)))
}

/// `10.0.0.1:80`, `[fd00::1]:80`
fn socket(word: &str) -> Option<(Address, u16)> {
    if let Ok(socket) = word.parse::<SocketAddr>() {
        return Some((Address::Ip(socket.ip()), socket.port()));
    }
    let (address, port) = word.rsplit_once(':')?;
    let address = address.strip_prefix('[').and_then(|word| word.strip_suffix(']')).unwrap_or(address);
    Some((parse_address(address)?, port.parse().ok()?))
}
