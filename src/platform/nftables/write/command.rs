//! The text of transactions.

use super::{push_chain, push_container, push_element, push_head, push_key, push_rule_line};
use crate::net::Family;
use crate::platform::nftables::model::{Command, Comment};

/// The text of a transaction for `nft -f -`, one command a line.
#[must_use]
pub fn write_transaction(family: Family, commands: &[Command]) -> String {
    let mut out = String::new();
    for command in commands {
        push_command(&mut out, family, command);
    }
    out
}

/// The comment of kube-proxy's tables.
pub(in crate::platform::nftables) fn table_comment() -> Comment {
    Comment::from_checked("rules for kube-proxy")
}

fn push_command(out: &mut String, family: Family, command: &Command) {
    let container = |is_map: bool| if is_map { "map" } else { "set" };
    match command {
        Command::AddTable => out.push_str(&super::Line::of(family, "table").finish(Some(&table_comment()))),
        Command::AddChain(chain) => push_chain(out, family, chain),
        Command::FlushChain(name) => push_head(out, "flush", family, "chain", name),
        Command::DeleteChain(name) => push_head(out, "delete", family, "chain", name),
        Command::AddRule(chain, rule) => push_rule_line(out, family, chain, rule),
        Command::AddContainer(of) => push_container(out, family, of),
        Command::FlushContainer { is_map, name } => push_head(out, "flush", family, container(*is_map), name),
        Command::DeleteContainer { is_map, name } => {
            push_head(out, "delete", family, container(*is_map), name);
        }
        Command::AddCounter(name) => push_head(out, "add", family, "counter", name),
        Command::AddElement(name, element) => push_element(out, family, name, element),
        Command::DeleteElement(name, key) => {
            push_head(out, "delete", family, "element", name);
            out.pop();
            out.push_str(" { ");
            push_key(out, key);
            out.push_str(" }\n");
        }
    }
}
