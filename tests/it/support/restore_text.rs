//! A reader of the emitted text that shares nothing with the program's own.

/// One `*table … COMMIT`.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) chains: Vec<String>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) deleted: Vec<String>,
}

/// An `-A` or `-I` line.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) inserted: bool,
    pub(crate) chain: String,
    pub(crate) words: Vec<String>,
}

/// Takes a text apart; panics on any line that is none of those that kube-proxy writes.
pub(crate) fn tables(text: &str) -> Vec<Table> {
    assert!(text.ends_with("COMMIT\n"), "the text ends with a whole line");
    let mut tables: Vec<Table> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('*') {
            assert!(!open, "a table begins inside another");
            open = true;
            let (chains, rules, deleted) = Default::default();
            tables.push(Table { name: name.to_owned(), chains, rules, deleted });
            continue;
        }
        assert!(open, "`{line}` stands outside of a table");
        let table = tables.last_mut().expect("a table is open");
        if line == "COMMIT" {
            open = false;
        } else if let Some(chain) = line.strip_prefix(':') {
            assert!(table.rules.is_empty(), "`{line}` comes after rules");
            let name =
                chain.strip_suffix(" - [0:0]").unwrap_or_else(|| panic!("`{line}` has other counters"));
            table.chains.push(name.to_owned());
        } else if let Some(chain) = line.strip_prefix("-X ") {
            table.deleted.push(chain.to_owned());
        } else {
            table.rules.push(rule(line));
        }
    }
    assert!(!open, "the last table has no COMMIT");
    tables
}

fn rule(line: &str) -> Rule {
    let mut words = words(line).into_iter();
    let command = words.next().unwrap_or_default();
    assert!(command == "-A" || command == "-I", "`{line}` is no rule");
    let chain = words.next().unwrap_or_else(|| panic!("`{line}` has no chain"));
    Rule { inserted: command == "-I", chain, words: words.collect() }
}

/// Words are separated by one blank; only what stands in double quotes has blanks.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('"').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split(' ').filter(|word| !word.is_empty()).map(str::to_owned));
        }
    }
    words
}

impl Rule {
    /// The word after an option.
    pub(crate) fn value(&self, option: &str) -> Option<&str> {
        let at = self.words.iter().position(|word| word == option)?;
        self.words.get(at + 1).map(String::as_str)
    }

    /// Whether an option stands there.
    pub(crate) fn has(&self, option: &str) -> bool {
        self.words.iter().any(|word| word == option)
    }

    /// What `-j` names.
    pub(crate) fn target(&self) -> Option<&str> {
        self.value("-j")
    }
}

impl Table {
    /// The rules of a chain, in order.
    pub(crate) fn rules_of<'t>(&'t self, chain: &'t str) -> impl Iterator<Item = &'t Rule> {
        self.rules.iter().filter(move |rule| rule.chain == chain)
    }
}

/// The table of a name.
pub(crate) fn table<'t>(tables: &'t [Table], name: &str) -> &'t Table {
    tables.iter().find(|table| table.name == name).unwrap_or_else(|| panic!("no table {name}"))
}
