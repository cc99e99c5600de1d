//! What commands about many nodes write as a page. It runs no script: what can be pressed are buttons of a form and parts that
//! unfold.

use std::fs;
use std::path::Path;

use crate::driver::Browser;
use crate::{ENTER, number_of, page_of};

const RIGHT: &str = "\u{e014}";

const SHOP: [&str; 7] = [
    "check",
    "-f",
    "fixtures/shop/cluster.yaml",
    "--config",
    "fixtures/shop/kube-proxy.yaml",
    "--nodes",
    "all",
];

/// Findings that are not filtered away.
const SHOWN: &str = "[...document.querySelectorAll('article')].filter(a => a.checkVisibility())";

/// The texts whose contrast with what is behind them is less than WCAG 2.2 AA wants.
const FAINT: &str = r"
    const numbers = color => color.match(/[\d.]+/g).map(Number);
    const linear = part => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const behind = element => {
        for (let at = element; at; at = at.parentElement) {
            const color = numbers(getComputedStyle(at).backgroundColor);
            if (color.length < 4 || color[3] > 0) return color;
        }
        return [255, 255, 255];
    };
    const has_text = element => [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    const texts = [...document.body.querySelectorAll('*')].filter(element => has_text(element) && element.checkVisibility());
    const contrast = element => {
        const [one, other] = [light(numbers(getComputedStyle(element).color)), light(behind(element))];
        return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    };
    if (texts.length < 20) return 'too few texts';
    return texts.filter(element => contrast(element) < 4.5).map(element => element.outerHTML.slice(0, 200)).join('\n')";

fn open(browser: &Browser, folder: &Path) -> String {
    let page = page_of(&[&SHOP[..], &["-o", "html"]].concat());
    let file = folder.join("fleet.html");
    fs::write(&file, &page).expect("a file can be written");
    browser.open(&format!("file://{}", file.display()));
    page
}

#[test]
fn the_page_of_many_nodes_can_be_used() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder can be made");
    let page = open(&browser, folder.path());
    assert!(!page.contains("<script"), "the page runs nothing");
    let shown = || browser.number(&format!("return {SHOWN}.length"));
    let all = shown();
    assert!(all > 5, "{all}");

    // The verdict is that of the other forms.
    let verdict = browser.text("return document.querySelector('.verdict').textContent");
    let text = page_of(&[&SHOP[..], &["-o", "md"]].concat());
    assert!(text.contains(&verdict), "{verdict:?} is not in {text}");

    // Tiles are one control of the keyboard, and show what they count.
    browser.run("document.getElementById('show-all').focus()");
    for severity in ["error", "warning", "note"] {
        browser.keys(RIGHT);
        let counted = browser.number(&format!(
            "return Number(document.querySelector('label:has(#show-{severity}) b').textContent)"
        ));
        browser.wait(&format!("return document.getElementById('show-{severity}').checked"));
        assert_eq!(shown(), counted, "{severity}");
        let of_others = browser
            .number(&format!("return {SHOWN}.filter(a => a.dataset.severity !== '{severity}').length"));
        assert_eq!(of_others, 0, "{severity}");
    }
    browser.run("document.getElementById('show-all').click()");
    assert_eq!(shown(), all);

    // Errors are open, and the others unfold by keyboard.
    assert_eq!(number_of(&browser, "article[data-severity=error] > details:not([open])"), 0);
    browser.run("document.querySelector('article > details:not([open]) > summary').focus()");
    let closed = number_of(&browser, "article > details:not([open])");
    browser.keys(ENTER);
    browser.wait(&format!(
        "return document.querySelectorAll('article > details:not([open])').length === {}",
        closed - 1
    ));
    browser.picture("fleet");

    // On paper nothing is folded away, and nothing is to be pressed.
    let hidden = || {
        browser.number("return [...document.querySelectorAll('article p, article li')].filter(e => !e.checkVisibility()).length")
    };
    assert!(hidden() > 0);
    browser.medium("print");
    assert_eq!(hidden(), 0);
    assert_eq!(browser.number("return document.querySelector('.pick').getClientRects().length"), 0);
    browser.medium("screen");

    browser.resize(420, 900);
    let wide = browser.number("return document.documentElement.scrollWidth");
    assert!(wide <= 420, "the page is {wide} pixels wide");
    browser.picture("fleet-narrow");
    assert_eq!(browser.errors(), Vec::<String>::new());
}

#[test]
fn everybody_can_read_the_page_of_many_nodes() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder can be made");
    open(&browser, folder.path());
    browser.run("document.querySelectorAll('details').forEach(d => d.open = true)");
    for theme in ["light", "dark"] {
        browser.run(&format!("document.documentElement.dataset.theme = '{theme}'"));
        assert_eq!(browser.text(FAINT), "", "{theme}");
        browser.picture(&format!("fleet-{theme}"));
    }
    let nameless = "return [...document.querySelectorAll('input, [role=region], fieldset')].filter(e => \
                    !(e.getAttribute('aria-label') || e.labels?.length || e.querySelector('legend'))).length";
    assert_eq!(browser.number(nameless), 0);
    assert_eq!(number_of(&browser, "th:not([scope])"), 0);
    // What scrolls can be scrolled by keyboard.
    assert_eq!(number_of(&browser, ".scroll:not([tabindex])"), 0);
    let levels = browser
        .text("return [...document.querySelectorAll('h1,h2,h3,h4,h5')].map(h => h.tagName[1]).join('')");
    assert!(
        levels.starts_with("12") && !["13", "14", "24"].iter().any(|gap| levels.contains(gap)),
        "{levels}"
    );
    assert_eq!(number_of(&browser, "h1"), 1);
    assert_eq!(number_of(&browser, "main"), 1);
    assert_eq!(browser.text("return document.documentElement.lang"), "en");
    let twice = "const ids = [...document.querySelectorAll('[id]')].map(e => e.id); return ids.length - new Set(ids).size";
    assert_eq!(browser.number(twice), 0);
}
