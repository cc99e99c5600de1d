//! Every kind of page keeps WCAG 2.2 AA as far as a program can tell: axe-core finds nothing, in light and in dark, folded and
//! unfolded.
//!
//! axe-core is a tool of the tests and no part of the program: `.ci/run` gets it, and `HNSPLAN_AXE` names another copy.

use std::fs;
use std::path::{Path, PathBuf};

use crate::driver::Browser;
use crate::skip::{skip, skip_always};
use crate::{number_of, page_of};

const CLUSTER: [&str; 4] = ["-f", "fixtures/shop/cluster.yaml", "--config", "fixtures/shop/kube-proxy.yaml"];

/// The rules of WCAG 2.2 on the levels A and AA; the texts of what breaks them.
const VIOLATIONS: &str = "
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    return axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']}).then(found => ({
        passed: found.passes.length,
        violations: found.violations.map(rule => `${rule.id}: ${rule.help}\\n` + rule.nodes.slice(0, 5)
            .map(node => `    ${node.html.slice(0, 200)}\\n    ${node.failureSummary}`).join('\\n')),
    }))";

/// The text of axe-core; where it is not there, or cannot be had, the test is skipped.
fn axe() -> Option<String> {
    let named = std::env::var_os("HNSPLAN_AXE").map(PathBuf::from);
    if named.as_deref() == Some(Path::new("none")) {
        skip_always("axe-core cannot be had here (HNSPLAN_AXE=none)");
        return None;
    }
    let file = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/axe/axe.min.js"));
    let text = fs::read_to_string(&file).ok();
    if text.is_none() {
        skip(&format!("axe-core is not at {} (.ci/axe gets it)", file.display()));
    }
    text
}

/// A browser that has axe-core for its pages.
struct Checker {
    browser: Browser,
    axe: String,
    folder: tempfile::TempDir,
}

impl Checker {
    fn start() -> Option<Self> {
        let (axe, browser) = (axe()?, Browser::start()?);
        Some(Self { browser, axe, folder: tempfile::tempdir().expect("a folder can be made") })
    }

    /// Opens a page. The driver runs axe-core in it, which the page itself forbids to what it loads.
    fn open(&self, page: &str) {
        let file = self.folder.path().join("page.html");
        fs::write(&file, page).expect("a file can be written");
        self.browser.open(&format!("file://{}", file.display()));
        self.browser.run(&self.axe);
    }

    /// What is wrong with the page as it is shown now.
    fn violations(&self) -> Vec<String> {
        let found = self.browser.run(VIOLATIONS);
        let passed = found["passed"].as_u64().unwrap_or_default();
        assert!(passed >= 8, "axe-core looked at next to nothing: {found}");
        let texts = found["violations"].as_array().expect("violations are a list");
        texts.iter().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Opens what hnsplan writes, and finds nothing wrong with it.
    fn check(&self, arguments: &[&str]) {
        self.open(&page_of(&[arguments, &["-o", "html"]].concat()));
        let mut wrong = Vec::new();
        for is_open in [false, true] {
            if is_open {
                self.browser.run("document.querySelectorAll('details').forEach(d => d.open = true)");
            }
            for theme in ["light", "dark"] {
                self.browser.run(&format!("document.documentElement.dataset.theme = '{theme}'"));
                let folded = if is_open { "unfolded" } else { "as it opens" };
                wrong.extend(self.violations().iter().map(|text| format!("{theme}, {folded}: {text}")));
            }
        }
        assert!(wrong.is_empty(), "{arguments:?}\n{}", wrong.join("\n"));
    }
}

#[test]
fn check() {
    let Some(checker) = Checker::start() else { return };
    checker.check(&[&["check"], &CLUSTER[..], &["--node", "win-1"]].concat());
    assert!(number_of(&checker.browser, "table.beside") > 0, "sides beside each other are looked at");
}

#[test]
fn check_of_many_nodes() {
    let Some(checker) = Checker::start() else { return };
    checker.check(&[&["check"], &CLUSTER[..], &["--nodes", "all"]].concat());
}

#[test]
fn diff_of_a_node() {
    let Some(checker) = Checker::start() else { return };
    let node = "fixtures/reports/16-shared-endpoint/node.json";
    checker.check(&["diff", "hns", node, "-f", "fixtures/reports/cluster.yaml", "--node", "win-1"]);
}

#[test]
fn diff_of_two_platforms() {
    let Some(checker) = Checker::start() else { return };
    checker.check(&[&["diff", "iptables", "hns"], &CLUSTER[..], &["--node", "win-1"]].concat());
}

#[test]
fn diff_of_manifests_for_many_nodes() {
    let Some(checker) = Checker::start() else { return };
    let folder = tempfile::tempdir().expect("a folder can be made");
    let text = fs::read_to_string("fixtures/shop/cluster.yaml").expect("the example is there");
    let file = folder.path().join("new.yaml");
    fs::write(&file, text.replace("10.96.10.2", "10.96.10.222")).expect("a file can be written");
    let new = file.display().to_string();
    let sides = ["diff", "--old", "fixtures/shop/cluster.yaml", "--new", &new, "-t", "hns"];
    checker.check(&[&sides[..], &["--config", "fixtures/shop/kube-proxy.yaml", "--nodes", "all"]].concat());
}

#[test]
fn replay() {
    let Some(checker) = Checker::start() else { return };
    checker.check(&["replay", "fixtures/rollout"]);
}

#[test]
fn rollout() {
    let Some(checker) = Checker::start() else { return };
    checker.check(&["rollout", "-f", "fixtures/rollouts/front.yaml", "--restart", "shop/front"]);
}

/// A check that finds nothing anywhere shows nothing of a page that is wrong.
#[test]
fn a_wrong_page_is_noticed() {
    let Some(checker) = Checker::start() else { return };
    let page = page_of(&[&["check", "-o", "html"], &CLUSTER[..], &["--nodes", "all"]].concat());
    let faint = page.replacen("<main", "<button></button><main", 1);
    assert_ne!(page, faint);
    checker.open(&faint);
    checker
        .browser
        .run("Object.assign(document.querySelector('h1').style, {color: '#ccc', background: '#fff'})");
    let wrong = checker.violations().join("\n");
    assert!(wrong.contains("button-name") && wrong.contains("color-contrast"), "{wrong}");
}
