//! The HTML reports in a browser: they open, filter, unfold, change their colours, obey the keyboard, and no
//! name gets out of its text. Needs Chromium and its driver; without them the tests are skipped, and with
//! `HNSPLAN_REQUIRE_TOOLS=1` they fail.
//!
//! With `HNSPLAN_SCREENSHOTS=DIR`, pictures of the pages are written there.

#![cfg(target_os = "linux")]

mod accessible;
mod check;
mod diff;
mod driver;
mod fleet;
#[path = "../it/support/skip.rs"]
mod skip;

use std::fs;
use std::path::Path;
use std::process::Command;

use driver::Browser;

/// What hnsplan writes with these arguments, in the folder of the crate.
fn page_of(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hnsplan"));
    let output = command.args(arguments).output().expect("hnsplan can be started");
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("a page is UTF-8")
}

fn opened(browser: &Browser, folder: &Path, page: &str) {
    let file = folder.join("report.html");
    fs::write(&file, page).expect("a file can be written");
    browser.open(&format!("file://{}", file.display()));
    assert_eq!(browser.text("return document.documentElement.dataset.ready"), "true");
}

/// How long it took until all of the page was there, in milliseconds.
fn first_view(browser: &Browser) -> u64 {
    browser.number(
        "const t = performance.getEntriesByType('navigation')[0]; return Math.round(t.loadEventEnd - t.startTime)",
    )
}

/// How many elements there are.
fn number_of(browser: &Browser, selector: &str) -> u64 {
    browser.number(&format!("return document.querySelectorAll(`{selector}`).length"))
}

const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
/// Entries of the list.
const ENTRIES: &str = "#entries li";
