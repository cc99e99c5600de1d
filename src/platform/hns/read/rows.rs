//! The rows of tables: ids, addresses, and lines that a console wrapped.

use super::super::model::{Address, EndpointRef, Guid};
use super::log::Log;
use super::members::{is_cut, looks_like_address};
use super::problem::Problem;
use crate::name::printable;

/// A row of load balancers. A cell that is not there is not told.
pub(super) struct BalancerRow {
    pub(super) id: Option<Guid>,
    pub(super) vips: Option<Vec<Address>>,
    /// The members, and whether all of them could be read.
    pub(super) members: Option<(Vec<EndpointRef>, bool)>,
    /// Whether something in it shows that another row may be lost in it.
    pub(super) is_torn: bool,
}

/// How long an id is.
const ID: usize = 36;

/// Whether a line starts a row of load balancers: an id, and a bar.
pub(super) fn starts_balancer(line: &str) -> bool {
    let Some((first, _)) = line.split_once('|') else { return false };
    // An id that cannot be read starts a row all the same.
    let first = first.trim_end();
    !first.is_empty() && !first.contains(char::is_whitespace) && first.contains('-')
}

/// Whether a line can be the rest of a row of load balancers: the end of an id, more ids, addresses.
pub(super) fn may_go_on(line: &str) -> bool {
    let is_part = |c: char| c.is_ascii_hexdigit() || matches!(c, '-' | '.' | ':' | '|' | ' ' | '\t');
    line.chars().all(is_part)
}

/// Whether a line looks like a part of some row: a bar, or the beginning of an id.
pub(super) fn looks_like_part(line: &str) -> bool {
    let has_digit = line.bytes().any(|byte| byte.is_ascii_digit());
    line.contains('|') || has_start_of_id(line) || may_go_on(line) && has_digit
}

/// Whether a word is the beginning of an id that goes on in the next line: `e0000000-0000`.
pub(super) fn has_start_of_id(line: &str) -> bool {
    let is_start = |word: &str| {
        let hexadecimal = word.bytes().take_while(u8::is_ascii_hexdigit).count();
        hexadecimal == 8
            && word.len() <= ID
            && (word.len() == 8 || word.as_bytes()[8] == b'-')
            && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    };
    line.split_ascii_whitespace().any(is_start)
}

/// The row that stands on some lines.
pub(super) fn balancer<'a>(lines: &[&'a str], log: &mut Log<'a>) -> BalancerRow {
    let text = joined(lines);
    let mut cells = text.split('|').map(str::trim);
    let id_cell = cells.next().unwrap_or_default();
    let id = id_cell.parse().ok();
    if id.is_none() {
        log.add(lines[0], wrong_id("ID", id_cell));
    }
    let (vips, members) = (cells.next(), cells.next());
    let members = members.map(|cell| {
        let (found, wrong) = ids(cell);
        if let Some(word) = wrong {
            log.add(lines[lines.len() - 1], wrong_id("Direct IP IDs", word));
        }
        (found, wrong.is_none())
    });
    let is_all = cells.all(str::is_empty);
    let is_torn = id.is_none() || !is_all || members.as_ref().is_none_or(|(_, is_whole)| !is_whole);
    let members = members.map(|(found, is_whole)| (found, is_whole && is_all));
    // Without the cell behind it, a cell may be cut.
    let vips = vips.filter(|_| members.is_some());
    let vips = vips.and_then(|cell| addresses(cell, "Virtual IPs", lines[0], log));
    BalancerRow { id, vips, members, is_torn }
}

/// A console wraps at any letter, and blanks at the end of a line are lost. A line that ends with a complete id ended
/// with a blank: an id has one length.
fn joined(lines: &[&str]) -> String {
    let mut row = String::new();
    for line in lines {
        let ends_with_id = row.split([' ', '|']).next_back().is_some_and(|word| word.parse::<Guid>().is_ok());
        if ends_with_id {
            row.push(' ');
        }
        row.push_str(line);
    }
    row
}

/// The members in a cell, and whether all of them could be read.
pub(super) fn members<'a>(cell: &'a str, log: &mut Log<'a>) -> (Vec<EndpointRef>, bool) {
    let (found, wrong) = ids(cell);
    if let Some(word) = wrong {
        log.add(word, wrong_id("Direct IP IDs", word));
    }
    (found, wrong.is_none())
}

/// The ids in a cell, and the first word that is none.
fn ids(cell: &str) -> (Vec<EndpointRef>, Option<&str>) {
    let (mut found, mut wrong) = (Vec::new(), None);
    for word in cell.split_ascii_whitespace() {
        match word.parse() {
            Ok(id) => found.push(EndpointRef::Id(id)),
            Err(_) => wrong = wrong.or(Some(word)),
        }
    }
    (found, wrong)
}

/// The addresses in a cell that stands on a line. If one is cut, they are not all known.
pub(super) fn addresses<'a>(
    cell: &str,
    column: &str,
    line: &'a str,
    log: &mut Log<'a>,
) -> Option<Vec<Address>> {
    let mut whole = |word| {
        let text = text(word, column, line, log)?;
        if !looks_like_address(text) {
            let expected = "an IP address".to_owned();
            log.add(
                line,
                Problem::WrongValue { member: column.to_owned(), shown: printable(text), expected },
            );
            return None;
        }
        Some(Address::of(text))
    };
    cell.split_ascii_whitespace().map(&mut whole).collect()
}

/// Whether what stands behind the id in a row of endpoints can be the name of a network.
pub(super) fn is_of_endpoint(rest: &str) -> bool {
    !rest.contains('|') && id_within(rest).is_none()
}

/// A row without the bars around it that tables in documents have.
pub(super) fn without_frame(line: &str) -> &str {
    let inside = line.strip_prefix('|').and_then(|line| line.strip_suffix('|'));
    inside.filter(|inside| inside.contains('|')).map_or(line, str::trim)
}

/// A text that stands on a line, if it is whole and not empty. One that is cut is named.
pub(super) fn text<'c, 'a>(cell: &'c str, column: &str, line: &'a str, log: &mut Log<'a>) -> Option<&'c str> {
    if is_cut(cell) {
        log.add(line, Problem::Cut { member: column.to_owned(), shown: printable(cell) });
        return None;
    }
    Some(cell).filter(|cell| !cell.is_empty())
}

/// The id in a row, with what stands before and after it. Names may hold blanks: `Ethernet 2`.
pub(super) fn id_within(line: &str) -> Option<(&str, Guid, &str)> {
    let mut words = line.split_ascii_whitespace();
    let (word, id) = words.find_map(|word| Some((word, word.parse().ok()?)))?;
    let start = word.as_ptr() as usize - line.as_ptr() as usize;
    Some((line[..start].trim(), id, line[start + word.len()..].trim()))
}

/// The id that a cell consists of.
pub(super) fn id<'a>(word: &'a str, column: &str, log: &mut Log<'a>) -> Option<Guid> {
    let id = word.parse().ok();
    if id.is_none() {
        log.add(word, wrong_id(column, word));
    }
    id
}

fn wrong_id(column: &str, word: &str) -> Problem {
    let expected = "a GUID, as in 6f2b0d5e-1c52-4f0c-9a1b-0b6d0c6a7e01".to_owned();
    Problem::WrongValue { member: column.to_owned(), shown: printable(word), expected }
}
