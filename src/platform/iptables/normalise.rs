//! Brings what was loaded and what `iptables-save` prints to one form.
//!
//! Both describe the same rules, but not in the same words: the kernel keeps no order of header fields,
//! user space prints chains in its own order, and kube-proxy writes Services in random order. Equal
//! normal forms mean equal behaviour; the reverse holds for what kube-proxy writes.

mod rule;

pub(super) use rule::as_loaded;

use std::collections::BTreeMap;

use super::model::{Address, Chain, ChainName, Command, Match, Rule, Ruleset, Table, TableName};
use super::names::fixed;

impl Ruleset {
    /// The normal form: what the tables are after all commands, in canonical order.
    ///
    /// - Tables stand in the order of their names; several parts of one table are joined, as
    ///   `iptables-restore` reads them one after the other.
    /// - Chains stand in the order of kube-proxy's own tests: `KUBE-NODEPORTS`, `KUBE-SERVICES`, other
    ///   `KUBE-*` by name; then all others by name. (`iptables-save` prints built-in chains first; the
    ///   nf\_tables variant sorts the others by name.)
    /// - Rules are grouped by chain, in the order of their chains, as `-A`. An `-I` goes to the top of its
    ///   chain, so of several the last comes first.
    /// - Chains that are removed (`-X`) are gone, with their rules.
    /// - In chains with rules of all Services, rules are sorted by service port, since kube-proxy goes
    ///   through its Services in random order. The order within one service port is kept; the rules
    ///   that must be last are last, by address.
    /// - Each rule has its [own normal form](Rule::normalise).
    #[must_use]
    pub fn normalise(&self) -> Self {
        let mut contents: BTreeMap<TableName, Contents> = BTreeMap::new();
        for table in &self.tables {
            contents.entry(table.name).or_default().load(table);
        }
        let mut tables: Vec<_> =
            contents.into_iter().map(|(name, contents)| contents.into_table(name)).collect();
        tables.sort_by_key(|table| table.name.as_str());
        Self { family: self.family, tables }
    }
}

/// What is in a table.
#[derive(Default)]
struct Contents {
    declared: BTreeMap<Order, Chain>,
    rules: BTreeMap<Order, ChainRules>,
}

/// The rules of a chain.
#[derive(Default)]
struct ChainRules {
    /// Each before the one that was inserted before it.
    inserted: Vec<Rule>,
    appended: Vec<Rule>,
}

/// The place of a chain among the others.
type Order = (u8, ChainName);

fn order(chain: ChainName) -> Order {
    let rank = match chain {
        fixed::NODE_PORTS => 0,
        fixed::SERVICES => 1,
        _ if chain.as_str().starts_with("KUBE-") => 2,
        _ => 3,
    };
    (rank, chain)
}

impl Contents {
    fn load(&mut self, table: &Table) {
        for chain in &table.chains {
            self.declare(chain);
        }
        for command in &table.commands {
            match command {
                Command::Append(rule) => self.chain(rule).appended.push(rule.normalise()),
                Command::Insert(rule) => self.chain(rule).inserted.push(rule.normalise()),
                Command::DeleteChain(chain) => {
                    self.declared.remove(&order(*chain));
                    self.rules.remove(&order(*chain));
                }
            }
        }
    }

    /// A declaration empties the chain, unless it is built in and has a policy (`--noflush`).
    fn declare(&mut self, chain: &Chain) {
        if chain.policy.is_none() {
            self.rules.remove(&order(chain.name));
        }
        self.declared.insert(order(chain.name), chain.clone());
    }

    fn chain(&mut self, rule: &Rule) -> &mut ChainRules {
        self.rules.entry(order(rule.chain)).or_default()
    }

    fn into_table(self, name: TableName) -> Table {
        let chains = self.declared.into_values().collect();
        let commands = self.rules.into_iter().flat_map(|((_, chain), rules)| rules.in_order(chain));
        Table { name, chains, commands: commands.map(Command::Append).collect() }
    }
}

impl ChainRules {
    fn in_order(self, chain: ChainName) -> Vec<Rule> {
        let mut rules = self.inserted;
        rules.reverse();
        rules.extend(self.appended);
        if has_rules_of_all_services(chain) {
            rules.sort_by(|one, other| place(one).cmp(&place(other)));
        }
        rules
    }
}

fn has_rules_of_all_services(chain: ChainName) -> bool {
    [fixed::SERVICES, fixed::NODE_PORTS, fixed::EXTERNAL_SERVICES, fixed::PROXY_FIREWALL].contains(&chain)
}

/// The place of a rule among those of other service ports.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct RulePlace<'a> {
    last: bool,
    service: &'a str,
    service_port: &'a str,
    /// Only of the rules that are last: one for each address of the node, in random order.
    destination: Option<String>,
}

/// kube-proxy's comments begin with `namespace/name` or `namespace/name:port`.
fn place(rule: &Rule) -> RulePlace<'_> {
    let comment = rule.matches.iter().find_map(|condition| match condition {
        Match::Comment(comment) => Some(comment.as_str()),
        _ => None,
    });
    let comment = comment.unwrap_or_default();
    if comment.contains("must be the last rule") {
        return RulePlace { last: true, service: "", service_port: "", destination: destination(rule) };
    }
    let service_port = comment.split(' ').next().unwrap_or_default();
    let service = service_port.split(':').next().unwrap_or_default();
    RulePlace { last: false, service, service_port, destination: None }
}

fn destination(rule: &Rule) -> Option<String> {
    rule.matches.iter().find_map(|condition| match condition {
        Match::Destination(is) => match &is.value {
            Address::Ip(ip) => Some(ip.to_string()),
            Address::Net(net) => Some(net.to_string()),
            Address::Verbatim(word) => Some(word.as_str().to_owned()),
        },
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use crate::net::Family;
    use crate::platform::iptables::{read, write};

    fn normal(text: &str) -> String {
        let (ruleset, problems) = read(text, Family::Ipv4);
        assert_eq!(problems, []);
        write(&ruleset.normalise())
    }

    /// The commands of the normal form of one table.
    fn commands(commands: &[&str]) -> Vec<String> {
        let text = normal(&format!("*nat\n{}\nCOMMIT\n", commands.join("\n")));
        text.lines().filter(|line| line.starts_with('-')).map(str::to_owned).collect()
    }

    #[test]
    fn later_inserts_come_first() {
        let loaded = commands(&["-A INPUT -j A", "-I INPUT -j B", "-A INPUT -j C", "-I INPUT -j D"]);
        assert_eq!(loaded, ["-A INPUT -j D", "-A INPUT -j B", "-A INPUT -j A", "-A INPUT -j C"]);
    }

    #[test]
    fn removed_chains_are_gone() {
        let text = normal("*nat\n:KUBE-SVC-A - [0:0]\n:KUBE-SVC-B - [0:0]\n-X KUBE-SVC-A\nCOMMIT\n");
        assert_eq!(text, "*nat\n:KUBE-SVC-B - [0:0]\nCOMMIT\n");
    }

    #[test]
    fn tables_and_chains_are_sorted() {
        let text = normal(
            "*nat\n:X - [0:0]\n:KUBE-A - [0:0]\n:KUBE-SERVICES - [0:0]\n:KUBE-NODEPORTS - [0:0]\nCOMMIT\n\
             *filter\n:INPUT ACCEPT [5:6]\nCOMMIT\n*nat\n:A - [0:0]\nCOMMIT\n",
        );
        assert_eq!(
            text,
            "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n\
             *nat\n:KUBE-NODEPORTS - [0:0]\n:KUBE-SERVICES - [0:0]\n:KUBE-A - [0:0]\n:A - [0:0]\n:X - [0:0]\nCOMMIT\n",
        );
    }

    #[test]
    fn rules_of_services_are_sorted_by_service_port() {
        let rule = |comment: &str, target: &str| {
            format!("-A KUBE-SERVICES -m comment --comment \"{comment}\" -j {target}")
        };
        let last = "kubernetes service nodeports; NOTE: this must be the last rule in this chain";
        let given = [
            format!("-A KUBE-SERVICES -m comment --comment \"{last}\" -d 10.0.0.2 -j X"),
            format!("-A KUBE-SERVICES -m comment --comment \"{last}\" -d 10.0.0.1 -j X"),
            rule("b/b:x cluster IP", "R1"),
            rule("a/b-c cluster IP", "R2"),
            rule("a/b:y cluster IP", "R3"),
            rule("a/b:x loadbalancer IP", "R4"),
            rule("a/b:x cluster IP", "R5"),
        ];
        let sorted = commands(&given.each_ref().map(String::as_str));
        let targets: Vec<_> = sorted.iter().map(|line| line.rsplit(' ').next().unwrap()).collect();
        assert_eq!(targets, ["R4", "R5", "R3", "R2", "R1", "X", "X"]);
        assert!(sorted[5].contains("-d 10.0.0.1 ") && sorted[6].contains("-d 10.0.0.2 "));
    }

    #[test]
    fn a_declaration_empties_a_chain() {
        let text = normal("*nat\n-A X -j A\nCOMMIT\n*nat\n:X - [0:0]\n-A X -j B\nCOMMIT\n");
        assert_eq!(text, "*nat\n:X - [0:0]\n-A X -j B\nCOMMIT\n");
    }

    #[test]
    fn order_in_other_chains_is_kept() {
        let loaded = commands(&["-A KUBE-SVC-B -j Z", "-A KUBE-SVC-A -j Z", "-A KUBE-SVC-B -j A"]);
        assert_eq!(loaded, ["-A KUBE-SVC-A -j Z", "-A KUBE-SVC-B -j Z", "-A KUBE-SVC-B -j A"]);
    }
}
