//! Carries out the commands of a text, or takes over what a listing shows.

use super::draft::Draft;
use super::element::{parse_container, parse_elements};
use super::others::Others;
use super::problem::ReadProblem;
use super::rule::parse_rule;
use super::values::{base_of, comment_of};
use super::whole::missing;
use super::words::{Cursor, Item, Line, spelled};
use crate::net::{Family, PerFamily};
use crate::platform::nftables::model::{Gaps, Name, TABLE, Table, family_word};

/// What was read so far.
#[derive(Default)]
pub(super) struct Tables {
    drafts: PerFamily<Option<Draft>>,
    pub(super) others: Others,
    pub(super) problems: Vec<ReadProblem>,
    /// Lines that may be of either table, and are lost.
    lost_lines: usize,
    /// Whether the text shows what a node has, in whatever form.
    pub(super) is_listing: bool,
    /// The table that a listing contains twice.
    pub(super) twice: Option<Family>,
    /// Problems beyond those that are listed.
    pub(super) more_problems: usize,
}

/// All that was read.
pub(super) struct Finished {
    /// The tables in the order of their names.
    pub(super) tables: PerFamily<Option<Table>>,
    /// What is not told of them.
    pub(super) gaps: PerFamily<Gaps>,
    pub(super) problems: Vec<ReadProblem>,
    pub(super) more_problems: usize,
}

/// So many problems are listed.
const MOST_PROBLEMS: usize = 1000;

impl Tables {
    pub(super) fn new(is_listing: bool) -> Self {
        Self { is_listing, ..Self::default() }
    }

    pub(super) fn problem(&mut self, line: usize, message: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(ReadProblem { line, message: message.into() });
        } else {
            self.more_problems += 1;
        }
    }

    /// A line that is lost, of whatever table.
    pub(super) fn lose_any(&mut self, line: usize, message: impl Into<String>) {
        self.problem(line, message);
        self.lost_lines += 1;
    }

    /// A line that is lost, of a table.
    fn lose(&mut self, family: Family, line: &Line<'_>, what: &str) {
        let mut text = spelled(&line.items);
        if text.chars().count() > 80 {
            text = text.chars().take(80).chain("…".chars()).collect();
        }
        self.problem(line.number, format!("not read: {what}: {text}"));
        if let Some(draft) = self.draft(family) {
            draft.gaps.lost_lines += 1;
        }
    }

    fn draft(&mut self, family: Family) -> Option<&mut Draft> {
        match family {
            Family::Ipv4 => self.drafts.ipv4.as_mut(),
            Family::Ipv6 => self.drafts.ipv6.as_mut(),
        }
    }

    fn place(&mut self, family: Family) -> &mut Option<Draft> {
        match family {
            Family::Ipv4 => &mut self.drafts.ipv4,
            Family::Ipv6 => &mut self.drafts.ipv6,
        }
    }

    fn start(&mut self, family: Family) -> &mut Draft {
        self.place(family).get_or_insert_with(|| Draft::new(family))
    }

    /// A line of a text: a table of a listing, or a command.
    pub(super) fn line(&mut self, line: &Line<'_>) {
        let mut cursor = Cursor::new(&line.items);
        let verb = match cursor.rest().first() {
            Some(Item::Word(
                verb @ ("add" | "create" | "delete" | "destroy" | "flush" | "insert" | "replace"),
            )) => {
                let _ = cursor.next();
                verb
            }
            _ => "add",
        };
        match cursor.word() {
            Some("table") => self.table(verb, line, &mut cursor),
            Some("ruleset") if verb == "flush" => {
                *self = Self::default();
                self.others.are_named = true;
            }
            Some(object @ ("chain" | "set" | "map" | "rule" | "element" | "counter")) => {
                self.command(verb, object, line, &mut cursor);
            }
            _ => {
                let text: String = spelled(&line.items).chars().take(80).collect();
                self.lose_any(line.number, format!("not read: {text}"));
            }
        }
    }

    fn table(&mut self, verb: &str, line: &Line<'_>, cursor: &mut Cursor<'_, '_>) {
        let (first, second) = (cursor.word(), cursor.text());
        // Without a family it is `ip`.
        let (family, name) = match (first, second) {
            (Some(family), Some(name)) => (family, name),
            (Some(name), None) => ("ip", name),
            _ => return self.lose_any(line.number, "not read: a table without a name"),
        };
        let Some(family) = ours(family, name) else {
            self.others.are_named = true;
            if let Some(lines) = cursor.block() {
                self.others.table(&format!("{family} {name}"), lines);
            }
            return;
        };
        match verb {
            "delete" | "destroy" => *self.place(family) = None,
            "flush" => {
                for chain in &mut self.start(family).table.chains {
                    chain.rules.clear();
                }
            }
            _ => {
                let lines = cursor.block().unwrap_or_default();
                let draft = self.start(family);
                let is_part =
                    |line: &Line<'_>| matches!(line.items.first(), Some(Item::Word("chain" | "set" | "map")));
                draft.is_listed |= lines.iter().any(is_part);
                let table = &draft.table;
                if !(lines.is_empty() || table.chains.is_empty() && table.containers.is_empty()) {
                    self.twice = Some(family);
                }
                for line in lines {
                    self.in_table(family, line);
                }
            }
        }
    }

    /// A line inside the braces of a table of a listing.
    fn in_table(&mut self, family: Family, line: &Line<'_>) {
        let mut cursor = Cursor::new(&line.items);
        match cursor.word() {
            Some("comment") => self.start(family).table.comment = cursor.text().and_then(comment_of),
            Some("chain") => {
                let name = cursor.text().and_then(Name::new);
                match (name, cursor.block()) {
                    (Some(name), Some(_)) if self.start(family).chains.contains_key(&name) => {
                        self.lose(family, line, "a chain that is there already");
                    }
                    (Some(name), Some(lines)) => self.chain(family, &name, lines),
                    _ => self.lose(family, line, "a chain without name or braces"),
                }
            }
            Some(kind @ ("set" | "map")) => self.container(family, kind == "map", line, &mut cursor),
            Some("counter") => match cursor.text().and_then(Name::new) {
                Some(name) => self.start(family).counters.extend([name]),
                None => self.lose(family, line, "a counter without a name"),
            },
            Some("flags") => {
                let is_dormant = spelled(cursor.rest()).split([' ', ',']).any(|flag| flag == "dormant");
                let gaps = &mut self.start(family).gaps;
                gaps.has_flags = true;
                gaps.is_dormant |= is_dormant;
            }
            _ => self.lose(family, line, "it is not known what it means in a table"),
        }
    }

    fn container(&mut self, family: Family, is_map: bool, line: &Line<'_>, cursor: &mut Cursor<'_, '_>) {
        let name = cursor.text().and_then(Name::new);
        let (Some(name), Some(lines)) = (name, cursor.block()) else {
            return self.lose(family, line, "a set or map without name or braces");
        };
        let (container, lost) = parse_container(name, is_map, lines);
        if lost > 0 {
            self.lose(family, line, "a set or map with parts that cannot be read");
        }
        self.start(family).add_container(container);
    }

    fn chain(&mut self, family: Family, name: &Name, lines: &[Line<'_>]) {
        self.start(family).chain(name);
        for line in lines {
            let mut cursor = Cursor::new(&line.items);
            if cursor.take(&["comment"]) {
                let comment = cursor.text().and_then(comment_of);
                self.start(family).chain(name).comment = comment;
            } else if cursor.take(&["type"]) {
                match base_of(&mut cursor) {
                    Some(base) => self.start(family).chain(name).base = Some(base),
                    None => self.lose(family, line, "a hook that is not known"),
                }
            } else if cursor.take(&["policy"]) {
                let drops = cursor.take(&["drop"]);
                if let Some(base) = &mut self.start(family).chain(name).base {
                    base.drops = drops;
                }
            } else {
                let rule = parse_rule(&line.items, family);
                self.start(family).chain(name).rules.push(rule);
            }
        }
    }

    /// `add chain ip kube-proxy services`
    fn command(&mut self, verb: &str, object: &str, line: &Line<'_>, cursor: &mut Cursor<'_, '_>) {
        let (Some(family), Some(table)) = (cursor.word(), cursor.text()) else {
            return self.lose_any(line.number, "not read: a command without a table");
        };
        let Some(family) = ours(family, table) else {
            self.others.are_named = true;
            return self.others.command(verb, object, &format!("{family} {table}"), cursor);
        };
        self.start(family);
        let name = cursor.text().and_then(Name::new);
        let Some(name) = name else { return self.lose(family, line, "a command without a name") };
        match (verb, object) {
            ("add" | "create", "chain") => {
                let lines = cursor.block().unwrap_or_default();
                self.chain(family, &name, lines);
            }
            ("flush", "chain") => self.start(family).chain(&name).rules.clear(),
            ("add" | "create", "rule") => {
                let rule = parse_rule(cursor.rest(), family);
                self.start(family).chain(&name).rules.push(rule);
            }
            ("add" | "create", "set" | "map") => {
                let mut cursor = Cursor::new(&line.items[line.items.len() - cursor.rest().len() - 1..]);
                self.container(family, object == "map", line, &mut cursor);
            }
            ("add" | "create", "element") => self.elements(family, &name, line, cursor),
            ("delete" | "destroy", "chain") => self.start(family).delete_chain(&name),
            ("delete" | "destroy", "set" | "map") => self.start(family).delete_container(&name),
            ("add" | "create", "counter") => self.start(family).counters.extend([name]),
            ("delete" | "destroy", "counter") => drop(self.start(family).counters.remove(&name)),
            _ => self.lose(family, line, "a command that is not known"),
        }
    }

    fn elements(&mut self, family: Family, name: &Name, line: &Line<'_>, cursor: &mut Cursor<'_, '_>) {
        let draft = self.start(family);
        let at = draft.containers.get(name).copied();
        let (Some(at), Some(lines)) = (at, cursor.block()) else {
            return self.lose(family, line, "elements of a set or map that is not declared");
        };
        let elements = parse_elements(lines, &draft.table.containers[at].shape);
        draft.add_elements(at, elements);
    }

    /// Whether lines are lost that may have been of any table.
    pub(super) fn has_lost_lines(&self) -> bool {
        self.lost_lines > 0
    }

    /// All that was read, and what is not told of it.
    pub(super) fn finish(mut self) -> Finished {
        let drafts = std::mem::take(&mut self.drafts);
        let (ipv4, of_ipv4) = self.finish_table(drafts.ipv4);
        let (ipv6, of_ipv6) = self.finish_table(drafts.ipv6);
        let Self { problems, more_problems, .. } = self;
        let (tables, gaps) = (PerFamily { ipv4, ipv6 }, PerFamily { ipv4: of_ipv4, ipv6: of_ipv6 });
        Finished { tables, gaps, problems, more_problems }
    }

    fn finish_table(&mut self, draft: Option<Draft>) -> (Option<Table>, Gaps) {
        let Some(draft) = draft else { return (None, Gaps::default()) };
        let is_listed = draft.is_listed;
        let (table, gaps) = draft.finish();
        let mut lost_lines = gaps.lost_lines + self.lost_lines;
        if self.is_listing || is_listed {
            for name in missing(&table) {
                lost_lines += 1;
                let table = format!("{} {TABLE}", family_word(table.family));
                let what = "which its rules name: a part of the listing is missing";
                self.problem(1, format!("the table {table} does not have {name}, {what}"));
            }
        }
        (Some(table), Gaps { lost_lines, ..gaps })
    }
}

/// The family of a table that is kube-proxy's.
fn ours(family: &str, name: &str) -> Option<Family> {
    match family {
        "ip" if name == TABLE => Some(Family::Ipv4),
        "ip6" if name == TABLE => Some(Family::Ipv6),
        _ => None,
    }
}
