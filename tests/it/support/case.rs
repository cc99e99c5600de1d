//! The golden cases: inputs, and what the real kube-proxy made of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use hnsplan::net::Family;
use hnsplan::pipeline::Compiled;

use super::run::Run;

/// The versions that differ most of those that were recorded: most tests look at these only.
pub(crate) const VERSIONS: [&str; 2] = ["1.30", "1.36"];

/// All releases that were recorded, the first and the last of them as 1.30.5 and 1.36.2.
pub(crate) const RELEASES: [&str; 10] =
    ["1.30", "1.31.14", "1.32.6", "1.33.5", "1.33.13", "1.34.2", "1.34.9", "1.35.3", "1.35.6", "1.36"];

/// One folder of `fixtures/golden`.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) name: String,
    directory: PathBuf,
}

/// How a family is spelled in flags and file names.
pub(crate) fn spelled(family: Family) -> &'static str {
    match family {
        Family::Ipv4 => "ipv4",
        Family::Ipv6 => "ipv6",
    }
}

/// Releases that made the same text.
pub(crate) struct Alike {
    /// The case in whose folder the text is, where it is another one's: empty clusters have one text for all.
    case: Option<&'static str>,
    /// The release in whose folder the text is.
    release: &'static str,
    pub(crate) releases: Vec<&'static str>,
}

/// Which releases made the same text, by case and file: the text is in the folder of the first, or in the one that
/// `=RELEASE@CASE` names.
pub(crate) fn equals() -> &'static BTreeMap<String, Vec<Alike>> {
    static TABLE: OnceLock<BTreeMap<String, Vec<Alike>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let lines = include_str!("../../../fixtures/golden/releases.txt").lines();
        let rows = lines.map(|line| {
            let (file, alike) = line.split_once(": ").expect("a line is a file and its releases");
            (file.to_owned(), alike.split(" | ").map(Alike::parse).collect())
        });
        rows.collect()
    })
}

impl Alike {
    fn parse(text: &'static str) -> Self {
        let mut words = text.split(' ').peekable();
        let elsewhere = words.next_if(|word| word.starts_with('='));
        let releases: Vec<&str> = words.collect();
        let place = elsewhere.map(|word| word[1..].split_once('@').expect("=RELEASE@CASE"));
        let (release, case) = place.map_or((releases[0], None), |(release, case)| (release, Some(case)));
        Self { case, release, releases }
    }
}

/// The folder of test data.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

impl Case {
    /// The case of this name.
    pub(crate) fn named(name: &str) -> Self {
        let directory = fixtures().join("golden").join(name);
        assert!(directory.is_dir(), "there is no golden case {name}");
        Self { name: name.to_owned(), directory }
    }

    /// All cases, by name.
    pub(crate) fn all() -> Vec<Self> {
        let entries = fs::read_dir(fixtures().join("golden")).expect("the golden cases are there");
        let mut cases: Vec<Self> = entries
            .map(|entry| entry.expect("the folder can be read").path())
            .filter(|path| path.is_dir())
            .map(|path| Self::named(&path.file_name().expect("a folder has a name").to_string_lossy()))
            .collect();
        cases.sort_by(|a, b| a.name.cmp(&b.name));
        cases
    }

    /// A file of the case, if it has it.
    pub(crate) fn file(&self, name: &str) -> Option<PathBuf> {
        let path = self.directory.join(name);
        path.exists().then_some(path)
    }

    /// The text of a file of the case, if it has it.
    pub(crate) fn read(&self, name: &str) -> Option<String> {
        Some(fs::read_to_string(self.file(name)?).expect("a fixture is text"))
    }

    /// The manifests, and the node where it has a file of its own.
    pub(crate) fn manifests(&self) -> Vec<PathBuf> {
        ["manifests.yaml", "node.yaml"].into_iter().filter_map(|name| self.file(name)).collect()
    }

    /// What a release did: most recordings equal that of another release, and are stored once.
    pub(crate) fn recording(&self, release: &str, file: &str) -> Option<String> {
        let of_file = equals().get(&format!("{}/{file}", self.name))?;
        let alike = of_file.iter().find(|alike| alike.releases.contains(&release))?;
        let stored = format!("{}/{file}", alike.release);
        let text = alike.case.map_or_else(|| self.read(&stored), |case| Self::named(case).read(&stored));
        Some(text.expect("the first of those that are alike is stored"))
    }

    /// What was recorded: version, family, whether nfacct was there, and the text.
    pub(crate) fn recorded(&self) -> Vec<(&'static str, Family, bool, String)> {
        self.recorded_by(&VERSIONS)
    }

    /// The same, of all releases.
    pub(crate) fn recorded_by_all(&self) -> Vec<(&'static str, Family, bool, String)> {
        self.recorded_by(&RELEASES)
    }

    /// What was recorded in nftables mode: version, family and text.
    pub(crate) fn recorded_nftables(&self) -> Vec<(&'static str, Family, String)> {
        let files = RELEASES.iter().flat_map(|release| Family::ALL.map(|family| (*release, family)));
        let recording = |(release, family)| {
            let text = self.recording(release, &format!("nftables.{}.nft", spelled(family)))?;
            Some((release, family, text))
        };
        files.filter_map(recording).collect()
    }

    fn recorded_by(&self, releases: &[&'static str]) -> Vec<(&'static str, Family, bool, String)> {
        let mut found = Vec::new();
        for release in releases {
            for family in Family::ALL {
                for (nfacct, ending) in [(false, "rules"), (true, "nfacct.rules")] {
                    let file = format!("iptables.{}.{ending}", spelled(family));
                    found.extend(self.recording(release, &file).map(|text| (*release, family, nfacct, text)));
                }
            }
        }
        found
    }

    /// The case, compiled: once in a process for all tests that ask about it.
    pub(crate) fn compiled(&self, version: &str, nfacct: bool) -> &'static Compiled {
        type Key = (String, String, bool);
        static COMPILED: Mutex<BTreeMap<Key, &'static OnceLock<Compiled>>> = Mutex::new(BTreeMap::new());
        let key = (self.name.clone(), version.to_owned(), nfacct);
        let place: &'static OnceLock<Compiled> = COMPILED
            .lock()
            .expect("nothing here panics")
            .entry(key)
            .or_insert_with(|| Box::leak(Box::default()));
        place.get_or_init(|| self.run(version, nfacct).compile())
    }

    /// The case as the proxier of nftables was recorded: called by itself, without the server before it. The server
    /// takes mark and masquerading from the block of the mode, and since 1.31 makes an empty list of node port addresses
    /// `primary`; the recorded proxier got the block of iptables, and the empty list as it is, which means all.
    pub(crate) fn compiled_as_recorded_nftables(&self, version: &str) -> Compiled {
        let config = self.read("kube-proxy.yaml").expect("every case has a configuration");
        let mut run = self.run(version, false);
        let read = hnsplan::node::Config::parse(&config).expect("it is a configuration");
        run = run.configured(|config| {
            config.nftables.masquerade_all = read.iptables.masquerade_all;
            config.nftables.masquerade_bit = read.iptables.masquerade_bit;
            if config.node_port_addresses.is_empty() && version != "1.30" {
                config.node_port_addresses = vec!["0.0.0.0/0".to_owned(), "::/0".to_owned()];
            }
        });
        run.compile()
    }

    /// The case as it is to be compiled.
    pub(crate) fn run(&self, version: &str, nfacct: bool) -> Run {
        let mut run = Run::default();
        for path in self.manifests() {
            let text = fs::read_to_string(&path).expect("a fixture is text");
            run = run.and(&path.file_name().expect("a file has a name").to_string_lossy(), &text);
        }
        let config = self.read("kube-proxy.yaml").expect("every case has a configuration");
        let facts = self.read("facts.yaml").expect("every case has facts");
        run.config(&config).facts(&facts).version(version).flags(|flags| flags.nfacct = Some(nfacct))
    }
}
