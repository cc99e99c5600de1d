//! Prints a table as `nft -f` reads it, in the order and spelling of kube-proxy's own test double (knftables).
//!
//! A large cluster has hundreds of thousands of rules and elements, so they are put together by hand, and in pieces.

mod command;
mod rule;

use rayon::prelude::*;

use super::model::{
    Base, Chain, Comment, Container, Element, Key, KeyShape, Name, Rule, TABLE, Table, Word, family_word,
};
use crate::net::{Family, push_decimal};
use crate::platform::nftables::options::Format;
pub(super) use command::table_comment;
pub use command::write_transaction;
use rule::push_key_parts;
use rule::{push_comment, push_joined, push_name};
pub(super) use rule::{push_rule, push_statement, push_verdict};

/// How many chains or elements are written at once.
const CHUNK: usize = 2048;

/// A text for `nft -f`, in the pieces in which it was made.
pub struct TableText {
    pieces: Vec<String>,
}

impl TableText {
    /// The pieces, which are the text one after the other.
    pub fn pieces(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().map(String::as_str)
    }
}

impl std::fmt::Display for TableText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.pieces().try_for_each(|piece| f.write_str(piece))
    }
}

/// The text of a table.
#[must_use]
pub fn write(table: &Table, format: Format) -> TableText {
    let head = match format {
        Format::Nft => write_replacement(table.family),
        Format::Knftables => String::new(),
    };
    let mut pieces = vec![head, Line::of(table.family, "table").finish(table.comment.as_ref())];
    pieces.extend(in_chunks(&table.chains, |out, chain| push_chain(out, table.family, chain)));
    pieces.extend(in_chunks(&table.containers, |out, of| push_container(out, table.family, of)));
    pieces.extend(in_chunks(&table.counters, |out, counter| {
        push_start(out, table.family, "counter");
        push_name(out, counter);
        out.push('\n');
    }));
    pieces.extend(in_chunks(&table.chains, |out, chain| push_rules(out, table.family, chain)));
    for container in &table.containers {
        let push =
            |out: &mut String, element: &Element| push_element(out, table.family, &container.name, element);
        pieces.extend(in_chunks(&container.elements, push));
    }
    TableText { pieces }
}

/// The transaction that deletes a table, if it is there.
#[must_use]
pub(super) fn removal(family: Family) -> String {
    write_replacement(family)
}

/// What empties the table within the same transaction: without it, rules would be appended to those that are there.
fn write_replacement(family: Family) -> String {
    let add = Line::of(family, "table").finish(None);
    let delete = add.replacen("add", "delete", 1);
    add + &delete
}

fn in_chunks<T: Sync>(all: &[T], push: impl Fn(&mut String, &T) + Sync) -> Vec<String> {
    let write = |some: &[T]| {
        let mut out = String::new();
        for one in some {
            push(&mut out, one);
        }
        out
    };
    if all.len() <= CHUNK { vec![write(all)] } else { all.par_chunks(CHUNK).map(write).collect() }
}

/// A line that adds an object.
struct Line(String);

impl Line {
    fn of(family: Family, object: &str) -> Self {
        let mut out = String::new();
        push_start(&mut out, family, object);
        Self(out)
    }

    fn finish(mut self, comment: Option<&Comment>) -> String {
        if let Some(comment) = comment {
            self.0.push_str(" { ");
            push_comment(&mut self.0, comment);
            self.0.push_str(" ; }");
        }
        self.0.push('\n');
        self.0
    }
}

/// `add chain ip kube-proxy`
fn push_start(out: &mut String, family: Family, object: &str) {
    push_verb(out, "add", family, object);
}

/// `flush chain ip kube-proxy`
fn push_verb(out: &mut String, verb: &str, family: Family, object: &str) {
    for part in [verb, " ", object, " ", family_word(family), " ", TABLE] {
        out.push_str(part);
    }
}

/// `flush chain ip kube-proxy services`, as a line.
fn push_head(out: &mut String, verb: &str, family: Family, object: &str, name: &Name) {
    push_verb(out, verb, family, object);
    push_name(out, name);
    out.push('\n');
}

fn push_chain(out: &mut String, family: Family, chain: &Chain) {
    push_start(out, family, "chain");
    push_name(out, &chain.name);
    if chain.base.is_some() || chain.comment.is_some() {
        out.push_str(" { ");
        if let Some(base) = chain.base {
            push_base(out, base);
        }
        if let Some(comment) = &chain.comment {
            push_comment(out, comment);
            out.push_str(" ; ");
        }
        out.push('}');
    }
    out.push('\n');
}

fn push_base(out: &mut String, base: Base) {
    for part in ["type ", base.kind.as_str(), " hook ", base.hook.as_str(), " priority "] {
        out.push_str(part);
    }
    if base.priority < 0 {
        out.push('-');
    }
    push_decimal(out, base.priority.unsigned_abs());
    out.push_str(" ; ");
    if base.drops {
        out.push_str("policy drop ; ");
    }
}

fn push_container(out: &mut String, family: Family, container: &Container) {
    push_start(out, family, if container.is_map { "map" } else { "set" });
    push_name(out, &container.name);
    out.push_str(" { type ");
    push_shape(out, family, &container.shape);
    if container.is_map {
        out.push_str(" : verdict");
    }
    out.push_str(" ; ");
    if let Some(timeout) = container.timeout {
        out.push_str("flags dynamic,timeout ; timeout ");
        out.push_str(&timeout.to_string());
        out.push_str("s ; ");
    }
    if let Some(comment) = &container.comment {
        push_comment(out, comment);
        out.push_str(" ; ");
    }
    out.push_str("}\n");
}

fn push_shape(out: &mut String, family: Family, shape: &KeyShape) {
    let address = match family {
        Family::Ipv4 => "ipv4_addr",
        Family::Ipv6 => "ipv6_addr",
    };
    let parts: &[&str] = match shape {
        KeyShape::Address => &[address],
        KeyShape::Service => &[address, "inet_proto", "inet_service"],
        KeyShape::NodePort => &["inet_proto", "inet_service"],
        KeyShape::Pair => &[address, address, "inet_proto", "inet_service"],
        KeyShape::Other(words) => return push_joined(out, words.iter().map(Word::as_str), " . "),
    };
    push_joined(out, parts.iter().copied(), " . ");
}

fn push_rules(out: &mut String, family: Family, chain: &Chain) {
    for rule in &chain.rules {
        push_rule_line(out, family, &chain.name, rule);
    }
}

fn push_rule_line(out: &mut String, family: Family, chain: &Name, rule: &Rule) {
    push_start(out, family, "rule");
    push_name(out, chain);
    out.push(' ');
    push_rule(out, family, rule);
    out.push('\n');
}

fn push_element(out: &mut String, family: Family, container: &Name, element: &Element) {
    push_start(out, family, "element");
    push_name(out, container);
    out.push_str(" { ");
    push_element_body(out, element);
    out.push_str(" }\n");
}

/// An element as it stands in braces: key, comment, verdict.
pub(super) fn push_element_body(out: &mut String, element: &Element) {
    push_key(out, &element.key);
    if let Some(comment) = &element.comment {
        out.push(' ');
        push_comment(out, comment);
    }
    if let Some(verdict) = &element.verdict {
        out.push_str(" : ");
        push_verdict(out, verdict);
    }
}

/// The key of an element: its parts, joined by dots.
pub(super) fn push_key(out: &mut String, key: &Key) {
    push_key_parts(out, key);
}
