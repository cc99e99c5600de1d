//! The HTML report in a browser: it opens, filters, unfolds, changes its colours, obeys the keyboard, and no
//! name gets out of its text. Needs Chromium and its driver; without them the tests say that they are skipped,
//! and with `HNSPLAN_REQUIRE_TOOLS=1` they fail.
//!
//! With `HNSPLAN_SCREENSHOTS=DIR`, pictures of the pages are written there.

#![cfg(target_os = "linux")]

mod driver;

use std::fs;
use std::path::Path;
use std::process::Command;

use hnsplan::report::{Finding, Group, Report, ServiceRow, SideView, Tile};

use driver::Browser;

/// `hnsplan check -o html` with these arguments, in the folder of the crate.
fn report_of(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hnsplan"));
    let output =
        command.args(["check", "-o", "html"]).args(arguments).output().expect("hnsplan can be started");
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("a page is UTF-8")
}

fn opened(browser: &Browser, folder: &Path, page: &str) {
    let file = folder.join("report.html");
    fs::write(&file, page).expect("a file can be written");
    browser.open(&format!("file://{}", file.display()));
    assert_eq!(browser.text("return document.documentElement.dataset.ready"), "true");
}

const SHOWN: &str = "[...document.querySelectorAll('article')].filter(a => !a.hidden)";

#[test]
fn the_report_of_a_cluster_can_be_used() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder can be made");
    let page = report_of(&[
        "-f",
        "fixtures/shop/cluster.yaml",
        "--config",
        "fixtures/shop/kube-proxy.yaml",
        "--node",
        "win-1",
    ]);
    opened(&browser, folder.path(), &page);
    let shown = || browser.number(&format!("return {SHOWN}.length"));
    let all = shown();
    assert!(all > 5, "{all}");
    browser.picture("light");

    // The filter takes words and severities, and the list of Services follows.
    let services = || browser.number("return document.querySelectorAll('#services li').length");
    let all_services = services();
    assert!(all_services > 5);
    browser.keys("/");
    assert_eq!(browser.text("return document.activeElement.id"), "filter");
    browser.keys("shop/front");
    browser.wait("return document.querySelectorAll('#services li').length < 5");
    assert!(services() > 0 && shown() < all);
    browser.keys("\u{e00c}");
    browser.wait(&format!("return {SHOWN}.length === {all}"));
    browser.run("document.querySelector('input[value=warning]').click()");
    assert!(shown() < all && shown() > 0);
    browser.run("document.querySelector('input[value=warning]').click()");
    assert_eq!((shown(), services()), (all, all_services));

    // A finding unfolds by keyboard, and so do its trace and its graph.
    browser.run("document.querySelector('article summary').focus()");
    browser.keys("\u{e007}");
    assert_eq!(browser.text("return String(document.querySelector('article details').open)"), "true");
    browser.run("document.querySelectorAll('article:first-of-type details').forEach(d => d.open = true)");
    assert!(browser.text("return document.querySelector('article pre').textContent").contains("KUBE-"));
    assert!(browser.number("return document.querySelectorAll('svg.rules rect').length") > 4);
    browser.picture("unfolded");

    // Colours change, text stays readable.
    let paper = || browser.text("return getComputedStyle(document.body).backgroundColor");
    let before = paper();
    browser.run("document.getElementById('theme').click()");
    assert_ne!(paper(), before);
    browser.picture("dark");
    browser.resize(420, 900);
    let wide = browser.number("return document.documentElement.scrollWidth");
    assert!(wide <= 420, "the page is {wide} pixels wide");
    browser.picture("narrow");
    assert_eq!(browser.errors(), Vec::<String>::new());
}

#[test]
fn every_control_has_a_name_and_headings_are_in_order() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder can be made");
    opened(&browser, folder.path(), &large(20).html());
    let nameless = "return [...document.querySelectorAll('button,input,svg')].filter(e => !(e.textContent.trim() || \
                    e.getAttribute('aria-label') || e.labels?.length)).length";
    assert_eq!(browser.number(nameless), 0);
    let levels =
        browser.text("return [...document.querySelectorAll('h1,h2,h3')].map(h => h.tagName[1]).join('')");
    assert!(levels.starts_with("12") && !levels.contains("13"), "{levels}");
    assert_eq!(browser.text("return document.documentElement.lang"), "en");
}

/// File names, names of objects and of HNS networks may be anything.
#[test]
fn hostile_names_do_nothing() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder can be made");
    let name = "a\"><img src=x onerror=window.pwned=1>'<script>window.pwned=1<\\u002fscript>.yaml";
    let manifest = folder.path().join(name);
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n\
                spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}\n---\napiVersion: v1\nkind: Service\n\
                metadata: {name: '</script><script>window.pwned=1</script><img src=x onerror=window.pwned=1>'}\n\
                spec: {clusterIP: 10.96.0.11, ports: [{port: 80}]}\n";
    fs::write(&manifest, text).expect("a file can be written");
    let page = report_of(&["-f", &manifest.display().to_string(), "--node", "win-1"]);
    opened(&browser, folder.path(), &page);
    browser.run("document.querySelectorAll('details').forEach(d => d.open = true)");
    assert_eq!(browser.text("return String(window.pwned)"), "undefined");
    assert_eq!(browser.number("return document.querySelectorAll('img, script').length"), 2);
    assert!(browser.text("return document.body.textContent").contains("onerror"));
    assert_eq!(browser.errors(), Vec::<String>::new());
}

#[test]
fn ten_thousand_services_are_there_at_once() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder can be made");
    opened(&browser, folder.path(), &large(10_000).html());
    let milliseconds = browser.number(
        "const t = performance.getEntriesByType('navigation')[0]; return Math.round(t.loadEventEnd - t.startTime)",
    );
    println!("first view of 10,000 Services: {milliseconds} ms");
    assert!(milliseconds < 3_000, "{milliseconds} ms");
    let drawn = || browser.number("return document.querySelectorAll('#services li').length");
    assert!(drawn() < 1_000, "all is drawn at once");
    let before = drawn();
    browser.run("scrollTo(0, document.body.scrollHeight)");
    browser.wait(&format!("return document.querySelectorAll('#services li').length > {before}"));
    let longest = browser.number(
        "const f = document.getElementById('filter'); const t = performance.now(); f.value = 'shop-77/'; \
         f.dispatchEvent(new Event('input')); return Math.round(performance.now() - t)",
    );
    browser.wait("return document.querySelectorAll('#services li').length === 100");
    assert!(longest < 1_000, "the filter takes {longest} ms");
    assert_eq!(browser.errors(), Vec::<String>::new());
}

/// A report with so many service ports and 18 findings that all of them are about.
fn large(services: usize) -> Report {
    const CODES: [&str; 3] = ["D0801", "D0802", "D0818"];
    let finding = |number: usize| Finding {
        code: CODES[number % 3],
        severity: ["error", "warning", "note"][number % 3],
        title: format!("a difference of kind {number}"),
        extent: format!("{services} service ports"),
        meaning: "What it means.".to_owned(),
        sides: vec![SideView { name: "iptables".into(), trace: "step\n".repeat(40), ..SideView::default() }],
        ..Finding::default()
    };
    let row = |number: usize| ServiceRow {
        id: format!("shop-{}/service-{number}:http", number / 100),
        place: format!("cluster.yaml:{}", number * 20),
        codes: CODES.to_vec(),
    };
    Report {
        title: "iptables and hns on win-1".to_owned(),
        scope: "A large cluster.".to_owned(),
        tiles: vec![Tile { number: services, name: "service ports compared".to_owned() }],
        groups: vec![Group {
            name: "Differences in effect".to_owned(),
            findings: (0..18).map(finding).collect(),
        }],
        services: (0..services).map(row).collect(),
    }
}
