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

/// Which releases made the same text, by case and file: the text is in the folder of the first.
pub(crate) fn equals() -> &'static BTreeMap<String, Vec<Vec<&'static str>>> {
    static TABLE: OnceLock<BTreeMap<String, Vec<Vec<&'static str>>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let lines = include_str!("../../../fixtures/golden/releases.txt").lines();
        let rows = lines.map(|line| {
            let (file, alike) = line.split_once(": ").expect("a line is a file and its releases");
            (file.to_owned(), alike.split(" | ").map(|alike| alike.split(' ').collect()).collect())
        });
        rows.collect()
    })
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
        let alike = of_file.iter().find(|alike| alike.contains(&release))?;
        Some(self.read(&format!("{}/{file}", alike[0])).expect("the first of those that are alike is stored"))
    }

    /// What was recorded: version, family, whether nfacct was there, and the text.
    pub(crate) fn recorded(&self) -> Vec<(&'static str, Family, bool, String)> {
        self.recorded_by(&VERSIONS)
    }

    /// The same, of all releases.
    pub(crate) fn recorded_by_all(&self) -> Vec<(&'static str, Family, bool, String)> {
        self.recorded_by(&RELEASES)
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
