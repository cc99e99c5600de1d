//! Reads dumps: of both families, in one text or several, and notes what they do not tell.

use std::sync::Arc;

use super::IptablesHeld;
use super::whole::{chain_of, damage};
use crate::net::{Family, PerFamily};
use crate::platform::capture::first_remarks;
use crate::platform::iptables::model::{Gaps, Ruleset, TableName};
use crate::platform::iptables::{IptablesSide, ReadProblem, read};
use crate::platform::{DumpText, Held, Read};

/// Reads texts; both families may stand in one, as `hnsplan compile` writes them, and in several.
pub(in crate::platform::iptables) fn read_texts(texts: Vec<DumpText>) -> Read {
    let mut found = Found::default();
    for DumpText { name, mut text, format } in texts {
        let forced = (format == Some("ip6tables-save")).then_some(Family::Ipv6);
        let rest = if forced.is_none() { split_off_ipv6(&mut text) } else { None };
        // The flag for IPv4 takes texts of both families, as each tells which one it is of.
        let assumed = (format == Some("iptables-save")).then_some(Family::Ipv4);
        for part in std::iter::once(text).chain(rest) {
            found.take(&name, part, forced, assumed);
        }
    }
    let Found { rules, gaps, saved, remarks, refused } = found;
    let is_read = rules.ipv4.is_some() || rules.ipv6.is_some();
    let held = IptablesHeld { gaps, saved, ..IptablesHeld::of(rules) };
    let held = is_read.then(|| Box::new(held) as Box<dyn Held>);
    Read { held, refused, problems: Vec::new(), remarks }
}

/// Takes the tables of IPv6 out of a text of both families, which the first line of each tells; empty lines stay in the
/// place of the others, so that messages name the right ones.
fn split_off_ipv6(text: &mut String) -> Option<String> {
    let family_of = |line: &str| match line.strip_prefix("# ") {
        Some(comment) if comment.starts_with("for ip6tables-") || comment.contains("by ip6tables-") => {
            Some(Family::Ipv6)
        }
        Some(comment) if comment.starts_with("for iptables-") || comment.contains("by iptables-") => {
            Some(Family::Ipv4)
        }
        _ => None,
    };
    let headers = || text.lines().filter_map(family_of);
    let first = headers().next()?;
    if headers().all(|family| family == first) {
        return None;
    }
    let mut parts = PerFamily { ipv4: String::new(), ipv6: String::new() };
    let mut current = first;
    for line in text.lines() {
        current = family_of(line).unwrap_or(current);
        for (family, part) in [(Family::Ipv4, &mut parts.ipv4), (Family::Ipv6, &mut parts.ipv6)] {
            if family == current {
                part.push_str(line);
            }
            part.push('\n');
        }
    }
    *text = parts.ipv4;
    Some(parts.ipv6)
}

/// What texts tell so far.
#[derive(Default)]
struct Found {
    rules: PerFamily<Option<Ruleset>>,
    gaps: PerFamily<Gaps>,
    saved: PerFamily<Option<Arc<String>>>,
    remarks: Vec<String>,
    refused: Vec<String>,
}

impl Found {
    /// Reads a text of one family.
    fn take(&mut self, name: &str, text: String, forced: Option<Family>, assumed: Option<Family>) {
        if text.trim().is_empty() {
            return self.refused.push(format!(
                "{name} is empty, which tells nothing: iptables-save prints nothing where it lacks the rights; dump it \
                 as root; tables without rules are `*nat`, `COMMIT`, `*filter`, `COMMIT`, a line each"
            ));
        }
        let Some(family) = forced.or_else(|| family_of(&text)).or(assumed) else {
            return self.refused.push(format!(
                "{name} does not tell whether its rules are of IPv4 or IPv6; name its format, iptables-save or \
                 ip6tables-save: --dump FORMAT=FILE, or --format b=FORMAT for diff"
            ));
        };
        if let Some(damage) = damage(&text) {
            return self.refused.push(format!("{name} {damage}; dump it again with iptables-save"));
        }
        let (rules, problems) = read(&text, family);
        let messages: Vec<(usize, &str)> =
            problems.iter().map(|problem| (problem.line, &*problem.message)).collect();
        self.remarks.extend(first_remarks(name, &messages));
        if rules.tables.is_empty() {
            return self.refused.push(format!(
                "{name} has no table of iptables (no line `*nat` or `*filter`); dump it with iptables-save"
            ));
        }
        self.add(name, rules, text, &problems);
    }

    /// Adds tables to those of earlier texts.
    fn add(&mut self, name: &str, rules: Ruleset, text: String, problems: &[ReadProblem]) {
        let gaps = gaps(&rules, &text, problems);
        let family = rules.family;
        let (of_rules, of_gaps, saved) = match family {
            Family::Ipv4 => (&mut self.rules.ipv4, &mut self.gaps.ipv4, &mut self.saved.ipv4),
            Family::Ipv6 => (&mut self.rules.ipv6, &mut self.gaps.ipv6, &mut self.saved.ipv6),
        };
        let (Some(before), Some(text_before)) = (of_rules.as_mut(), saved.as_mut()) else {
            (*of_rules, *of_gaps, *saved) = (Some(rules), gaps, Some(Arc::new(text)));
            return;
        };
        let is_there = |table: &TableName| before.tables.iter().any(|of| of.name == *table);
        if let Some(twice) = rules.tables.iter().map(|table| table.name).find(is_there) {
            return self.refused.push(format!(
                "{name} contains the table {} of {family} once more: two dumps of one table; pass one of them",
                twice.as_str()
            ));
        }
        before.tables.extend(rules.tables);
        *of_gaps = std::mem::take(of_gaps).with(gaps);
        *text_before = Arc::new(format!("{text_before}{text}"));
    }
}

/// What a text does not tell: tables that a dump does not list, and chains whose lines cannot be read.
fn gaps(rules: &Ruleset, text: &str, problems: &[ReadProblem]) -> Gaps {
    let is_generated = |line: &str| line.starts_with("# Generated by ip");
    let is_dump = IptablesSide::tells_base(rules) || text.lines().take(3).any(is_generated);
    let mut gaps = if is_dump { Gaps::of_dump(rules) } else { Gaps::of_restore_text(rules) };
    let mut problems = problems.iter().peekable();
    let mut table = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('*') {
            table = TableName::ALL.into_iter().find(|table| table.as_str() == name);
        }
        let is_unread = problems.next_if(|problem| problem.line == number).is_some();
        if let (true, Some(table)) = (is_unread, table) {
            gaps.note(table, chain_of(line));
        }
        if problems.peek().is_none() {
            break;
        }
    }
    // Problems beyond the most that are listed have no lines.
    if problems.next().is_some() {
        for table in TableName::ALL {
            gaps.note(table, None);
        }
    }
    gaps
}

/// The family that a text is of, which `iptables-save` says in its first line, and addresses and the names of `ICMP`
/// say as well; `None` if nothing does.
fn family_of(text: &str) -> Option<Family> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let comments = lines.take(3).filter(|line| line.starts_with('#'));
    let by_program = comments.filter_map(|line| {
        if line.contains("ip6tables") {
            Some(Family::Ipv6)
        } else {
            line.contains("iptables").then_some(Family::Ipv4)
        }
    });
    let rules = || text.lines().filter(|line| line.trim_start().starts_with(['-', '[']));
    by_program.into_iter().next().or_else(|| rules().find_map(family_of_rule))
}

/// The family that the options of a rule have.
fn family_of_rule(rule: &str) -> Option<Family> {
    let mut words = rule.split([' ', '\t']).filter(|word| *word != "!");
    while let Some(word) = words.next() {
        let value = match word {
            "-d" | "-s" | "--to-destination" | "--to-source" | "-p" | "--reject-with" => words.next()?,
            _ => continue,
        };
        let family = match value {
            "icmp" => Some(Family::Ipv4),
            "ipv6-icmp" | "icmpv6" => Some(Family::Ipv6),
            _ if word == "--reject-with" && value.starts_with("icmp6-") => Some(Family::Ipv6),
            _ if word == "--reject-with" && value.starts_with("icmp-") => Some(Family::Ipv4),
            _ if word == "-p" || word == "--reject-with" => None,
            _ if value.starts_with('[') || value.matches(':').count() > 1 => Some(Family::Ipv6),
            _ if value.starts_with(|first: char| first.is_ascii_digit()) => Some(Family::Ipv4),
            _ => None,
        };
        if family.is_some() {
            return family;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::telling::Telling;

    const SAVED: &str = "# Generated by iptables-save\n*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n\
        -A PREROUTING -j KUBE-SERVICES\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 10.0.0.1/32 -j ACCEPT\nCOMMIT\n";

    fn texts(texts: &[(&str, Option<&'static str>)]) -> Read {
        let text = |(text, format): &(&str, Option<&'static str>)| DumpText {
            name: "x.save".to_owned(),
            text: (*text).to_owned(),
            format: *format,
        };
        read_texts(texts.iter().map(text).collect())
    }

    /// Wherever a dump is cut inside a table, from either side, nothing is read of it.
    #[test]
    fn a_dump_that_is_cut_inside_a_table_is_refused() {
        let refused = |text: &str| !texts(&[(text, None)]).refused.is_empty();
        assert!(!refused(SAVED) && refused("") && refused(" \n"));
        for at in SAVED.find("*nat").expect("it is there") + 1..SAVED.len() {
            let is_whole = SAVED[..at].trim_end().ends_with("COMMIT");
            assert_eq!(refused(&SAVED[..at]), !is_whole, "{at}: {}", &SAVED[..at]);
        }
        for (at, _) in SAVED.match_indices('\n').skip(1) {
            let rest = &SAVED[at + 1..];
            assert_eq!(refused(rest), !rest.starts_with('*'), "{rest}");
        }
    }

    /// What `iptables-save; ip6tables-save` prints into one file, in either order.
    #[test]
    fn both_families_may_stand_in_one_text() {
        let other = SAVED.replace("iptables-save", "ip6tables-save").replace("10.0.0.1/32", "fd00::1/128");
        let held = |text: &str| {
            let read = texts(&[(text, None)]);
            assert!(
                read.refused.is_empty() && read.remarks.is_empty(),
                "{:?} {:?}",
                read.refused,
                read.remarks
            );
            read.held.expect("it is read").typed::<IptablesHeld>().expect("it is of iptables").rules.clone()
        };
        let apart = [SAVED, &other].map(held);
        for both in [format!("{SAVED}{other}"), format!("{other}{SAVED}")] {
            let both = held(&both);
            assert_eq!((&both.ipv4, &both.ipv6), (&apart[0].ipv4, &apart[1].ipv6));
        }
    }

    #[test]
    fn a_table_that_no_text_lists_is_not_told_and_texts_add_up() {
        let (nat, filter) = SAVED.split_at(SAVED.find("*filter").expect("it is there"));
        let filter = format!("# Generated by iptables-save\n{filter}");
        let gaps = |read: Read| {
            let held = read.held.expect("it is read");
            held.typed::<IptablesHeld>().expect("it is of iptables").gaps.ipv4.clone()
        };
        assert_eq!(gaps(texts(&[(nat, None)])).telling(TableName::Filter), Telling::NotTold);
        let both = gaps(texts(&[(nat, None), (&filter, None)]));
        assert_eq!(both.telling(TableName::Filter), Telling::Whole);
        assert_eq!(both.telling(TableName::Nat), Telling::Whole);
        assert!(!texts(&[(nat, None), (nat, None)]).refused.is_empty());
    }

    #[test]
    fn the_family_is_told_or_not_known() {
        let text =
            |rule: &str| format!("*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING {rule}-j RETURN\nCOMMIT\n");
        for (rule, family) in [
            ("", None),
            ("-i eth0 -p tcp --dport 80 ", None),
            ("-m comment --comment \"a::b\" ", None),
            ("-d 10.0.0.1/32 ", Some(Family::Ipv4)),
            ("! -s fd00::/64 ", Some(Family::Ipv6)),
            ("-p tcp -d fd00::1 ", Some(Family::Ipv6)),
            ("-p icmp ", Some(Family::Ipv4)),
            ("-p ipv6-icmp ", Some(Family::Ipv6)),
        ] {
            let text = text(rule);
            assert_eq!(family_of(&text), family, "{rule}");
            assert_eq!(texts(&[(&text, None)]).held.is_some(), family.is_some(), "{rule}");
            let named = texts(&[(&text, Some("ip6tables-save"))]);
            let held = named.held.expect("the family is named");
            assert!(held.typed::<IptablesHeld>().expect("it is of iptables").rules.ipv6.is_some());
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_is_a_gap_of_its_chain() {
        let text = SAVED.replace("-A PREROUTING -j KUBE-SERVICES", "-A PREROUTING -j");
        let held = texts(&[(&text, None)]).held.expect("it is read");
        let gaps = &held.typed::<IptablesHeld>().expect("it is of iptables").gaps.ipv4;
        let of = |chain: &str| {
            gaps.telling_of_chain(
                TableName::Nat,
                crate::platform::iptables::model::ChainName::new(chain).unwrap(),
            )
        };
        assert_eq!((of("PREROUTING"), of("KUBE-SERVICES")), (Telling::InPart, Telling::Whole));
        assert_eq!(gaps.telling(TableName::Filter), Telling::Whole);
    }
}
