//! Reserved and dynamic ports, as `netsh interface ipv4 show excludedportrange` and `show dynamicport` print them.
//!
//! ```text
//! Protocol tcp Port Exclusion Ranges          Protocol udp Dynamic Port Range
//!
//! Start Port    End Port                      ---------------------------------
//! ----------    --------                      Start Port      : 49152
//!       5985        5985                      Number of Ports : 16384
//!      50000       50059     *
//!
//! * - Administered port exclusions.
//! ```
//!
//! Words are localised and never read: what stays is the name of the protocol, dashes and numbers. Marks of quotation,
//! blank lines and lost indentation are no matter.

use super::Told;
use crate::net::PortRange;

/// Whether a heading has to say of which protocol ports are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heading {
    /// The name of the file says what is in it; without a heading it is of TCP.
    MayBeLost,
    /// Two numbers in a line may be anything else.
    Needed,
}

/// How many lines between a heading and its rows are the titles of columns, as a console may wrap them.
const TITLES: usize = 3;

/// Where a line stands.
#[derive(Debug, Clone, Copy)]
enum Within {
    Nothing,
    /// Behind a heading, and how many lines of words.
    Heading(Protocol, usize),
    Excluded(Protocol),
    /// Between the first dynamic port and how many there are.
    Dynamic(Protocol, u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Tcp,
    Udp,
}

struct Reader<'t> {
    told: &'t mut Told,
    within: Within,
    /// The lines of a heading, as long as nothing follows that makes it one.
    heading: Vec<usize>,
    taken: Vec<usize>,
    /// A line of dashes without a heading, in two groups.
    dashes: bool,
}

/// Takes ports out of a text.
pub(super) fn read(text: &str, heading: Heading, told: &mut Told) {
    // Most texts have no such row, and are large.
    if !text.lines().any(may_be_row) {
        return;
    }
    let within = match heading {
        Heading::MayBeLost => Within::Heading(Protocol::Tcp, 0),
        Heading::Needed => Within::Nothing,
    };
    let mut reader = Reader { told, within, heading: Vec::new(), taken: Vec::new(), dashes: false };
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim_matches(|c: char| c.is_whitespace() || ">|│".contains(c));
        if !line.is_empty() {
            reader.line(number, line);
        }
    }
    if let Within::Dynamic(..) = reader.within {
        reader.lose(text.lines().count(), "the text ends before it says how many dynamic ports there are");
    }
    let taken = reader.taken;
    told.take(text, &taken);
}

impl Reader<'_> {
    fn line(&mut self, number: usize, line: &str) {
        let follows_dashes = std::mem::take(&mut self.dashes);
        if let Some(protocol) = heading(line) {
            self.within = Within::Heading(protocol, 0);
            self.heading = vec![number];
            return;
        }
        let dashes = groups_of_dashes(line);
        match (self.within, numbers(line)) {
            (Within::Nothing, Some(_)) if follows_dashes => self.lose(
                number,
                "nothing tells whether these reserved ports are of TCP or of UDP: add the heading that netsh prints above them",
            ),
            (Within::Nothing, _) => self.dashes = dashes == 2,
            (Within::Heading(..), _) if dashes > 0 => self.heading.push(number),
            (Within::Heading(protocol, _) | Within::Excluded(protocol), Some((first, last))) => {
                self.take(number);
                self.within = Within::Excluded(protocol);
                match range(first, last) {
                    Some(range) if protocol == Protocol::Tcp => self.told.facts.excluded.push(range),
                    Some(range) => self.told.facts.excluded_udp.push(range),
                    None => self.lose(number, "there is no such range of ports"),
                }
            }
            // What the sign of administered ranges means.
            (Within::Excluded(_), None) if line.starts_with('*') => {
                self.take(number);
                self.within = Within::Nothing;
            }
            (Within::Heading(protocol, _) | Within::Excluded(protocol), None) if is_number(line) => {
                self.take(number);
                self.lose(number, "a range of reserved ports has two numbers, and this row has one");
                self.within = Within::Excluded(protocol);
            }
            (Within::Heading(protocol, words), None) => match value(line) {
                Some(first) => {
                    self.take(number);
                    self.within = Within::Dynamic(protocol, first);
                }
                None if words < TITLES => {
                    self.within = Within::Heading(protocol, words + 1);
                    self.heading.push(number);
                }
                None => self.within = Within::Nothing,
            },
            (Within::Dynamic(protocol, first), _) => self.dynamic(protocol, first, number, line),
            (Within::Excluded(_), None) => self.within = Within::Nothing,
        }
    }

    /// How many dynamic ports there are from the first one on.
    fn dynamic(&mut self, protocol: Protocol, first: u32, number: usize, line: &str) {
        self.within = Within::Nothing;
        let Some(count) = value(line) else {
            return self.lose(number, "a number of dynamic ports is expected here, behind the first of them");
        };
        self.take(number);
        match range(first, (first.saturating_add(count)).saturating_sub(1)) {
            Some(range) if protocol == Protocol::Tcp => self.told.facts.dynamic = Some(range),
            Some(range) => self.told.facts.dynamic_udp = Some(range),
            None => self.lose(number, "there is no such range of ports"),
        }
    }

    /// A line that tells something, and its heading.
    fn take(&mut self, number: usize) {
        self.taken.append(&mut self.heading);
        self.taken.push(number);
    }

    fn lose(&mut self, number: usize, why: &str) {
        self.told.remarks.push((number, why.to_owned()));
    }
}

/// Whether a line may be a row of ports: it ends with a number, or the sign behind one, and has a label before it, or nothing
/// but another number.
fn may_be_row(line: &str) -> bool {
    let line = line.trim_end().trim_end_matches('*').trim_end();
    let before = line.trim_end_matches(|c: char| c.is_ascii_digit());
    if before.len() == line.len() {
        return false;
    }
    let is_label = before.ends_with(char::is_whitespace) && before.trim_end().ends_with([':', '：']);
    let of_row = |c: char| c.is_ascii_digit() || c.is_whitespace() || ">|│".contains(c);
    is_label && !line.contains('"') || before.chars().all(of_row)
}

/// The protocol in a heading, or in the command that prints it. Rows of other tables name protocols beside `:` and the like.
fn heading(line: &str) -> Option<Protocol> {
    if line.len() > 160 {
        return None;
    }
    let is_command = line.contains("excludedport") || line.contains("dynamicport");
    if !is_command && line.contains([':', '"', '{', '/', '=', '[']) {
        return None;
    }
    let mut words = line.split(|c: char| !c.is_ascii_alphanumeric());
    words.find_map(|word| match word {
        word if word.eq_ignore_ascii_case("tcp") => Some(Protocol::Tcp),
        word if word.eq_ignore_ascii_case("udp") => Some(Protocol::Udp),
        _ => None,
    })
}

/// How many groups of dashes a line is made of; 0 if there is anything else in it.
fn groups_of_dashes(line: &str) -> usize {
    let groups = || line.split_whitespace();
    let is_dashes = |word: &str| word.len() > 1 && word.bytes().all(|byte| byte == b'-');
    if groups().all(is_dashes) { groups().count() } else { 0 }
}

/// The two numbers of a row, with a `*` behind those of an administrator.
fn numbers(line: &str) -> Option<(u32, u32)> {
    let mut words = line.split_whitespace();
    let numbers = words.next()?.parse().ok().zip(words.next()?.parse().ok())?;
    matches!((words.next(), words.next()), (None | Some("*"), None)).then_some(numbers)
}

fn is_number(line: &str) -> bool {
    line.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number behind a label in any language.
fn value(line: &str) -> Option<u32> {
    let (_, value) = line.split_once([':', '：'])?;
    value.trim().parse().ok()
}

fn range(first: u32, last: u32) -> Option<PortRange> {
    PortRange::new(u16::try_from(first).ok()?, u16::try_from(last).ok()?)
}
