//! What `hnsplan check -o html` writes.

use std::fs;

use hnsplan::render::html::{EntryView, FindingView, FrontendView, Group, LineView, Page, SideView, Tile};

use crate::driver::Browser;
use crate::{ENTER, ENTRIES, ESCAPE, first_view, number_of, opened, page_of};

/// Findings that are not filtered away.
const SHOWN: &str = "[...document.querySelectorAll('article')].filter(a => !a.hidden)";

#[test]
fn the_report_of_a_cluster_can_be_used() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder can be made");
    let page = page_of(&[
        "check",
        "-o",
        "html",
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
    let services = || number_of(&browser, ENTRIES);
    let all_services = services();
    assert!(all_services > 5);
    browser.keys("/");
    assert_eq!(browser.text("return document.activeElement.id"), "filter");
    browser.keys("shop/front");
    browser.wait("return document.querySelectorAll('#entries li').length < 5");
    assert!(services() > 0 && shown() < all);
    browser.keys(ESCAPE);
    browser.wait(&format!("return {SHOWN}.length === {all}"));
    browser.run("document.querySelector('input[value=warning]').click()");
    assert!(shown() < all && shown() > 0);
    browser.run("document.querySelector('input[value=warning]').click()");
    assert_eq!((shown(), services()), (all, all_services));

    // A finding unfolds by keyboard, and so do its trace and its graph.
    browser.run("document.querySelector('article summary').focus()");
    browser.keys(ENTER);
    assert_eq!(browser.text("return String(document.querySelector('article details').open)"), "true");
    browser.run("document.querySelectorAll('article:first-of-type details').forEach(d => d.open = true)");
    assert!(browser.text("return document.querySelector('article pre').textContent").contains("KUBE-"));
    assert!(browser.number("return document.querySelectorAll('svg.rules rect').length") > 4);
    browser.picture("unfolded");

    // A Service unfolds to all sides next to each other, and stays open while the filter changes.
    browser.run("[...document.querySelectorAll('#entries summary')].find(s => s.textContent.includes('shop/catalog')).focus()");
    browser.keys(ENTER);
    browser.wait("return document.querySelectorAll('table.beside').length === 1");
    let table = browser.text("return document.querySelector('table.beside').innerText");
    for text in ["iptables", "hns", "ClusterIP 10.96.10.2:80/TCP", "KUBE-SVC-", "load balancer ", "≠ D0806"]
    {
        assert!(table.contains(text), "{text} is not in {table}");
    }
    browser.picture("service");
    browser.run("document.querySelector('input[value=note]').click()");
    assert_eq!(number_of(&browser, "table.beside"), 1);
    browser.run("document.querySelector('input[value=note]').click()");
    browser.run("document.getElementById('unfold').click()");
    assert_eq!(number_of(&browser, "table.beside"), all_services);
    browser.run("document.getElementById('unfold').click()");
    assert_eq!(number_of(&browser, "#entries details[open]"), 0);

    // Colours change, text stays readable.
    let paper = || browser.text("return getComputedStyle(document.body).backgroundColor");
    let before = paper();
    browser.run("document.getElementById('theme').click()");
    assert_ne!(paper(), before);
    browser.picture("dark");

    // Paper is white, everything on it is unfolded, and nothing to press is on it; afterwards all is as before.
    let closed = || number_of(&browser, "details:not([open])");
    let closed_before = closed();
    browser.medium("print");
    browser.run("dispatchEvent(new Event('beforeprint'))");
    assert_eq!((closed(), number_of(&browser, "table.beside")), (0, all_services));
    assert_eq!(paper(), "rgb(255, 255, 255)");
    let is_shown = |selector: &str| {
        browser.number(&format!("return document.querySelector('{selector}').getClientRects().length"))
    };
    assert_eq!(["#filter", "#theme", "#unfold", "#more"].map(is_shown), [0; 4]);
    browser.run("dispatchEvent(new Event('afterprint'))");
    browser.medium("screen");
    assert_eq!(closed(), closed_before);
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
    let levels = browser
        .text("return [...document.querySelectorAll('h1,h2,h3,h4,h5')].map(h => h.tagName[1]).join('')");
    assert!(
        levels.starts_with("12")
            && !["13", "14", "15", "24", "25", "35"].iter().any(|gap| levels.contains(gap)),
        "{levels}"
    );
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
    let page = page_of(&[
        "check",
        "-o",
        "html",
        "--keep-going",
        "-f",
        &manifest.display().to_string(),
        "--node",
        "win-1",
    ]);
    opened(&browser, folder.path(), &page);
    browser.run("document.querySelectorAll('details').forEach(d => d.open = true)");
    assert_eq!(browser.text("return String(window.pwned)"), "undefined");
    assert_eq!(number_of(&browser, "img, script"), 3);
    assert!(browser.text("return document.body.textContent").contains("onerror"));
    assert_eq!(browser.errors(), Vec::<String>::new());
}

#[test]
fn ten_thousand_services_are_there_at_once() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder can be made");
    opened(&browser, folder.path(), &large(10_000).html());
    let milliseconds = first_view(&browser);
    println!("first view of 10,000 Services: {milliseconds} ms");
    assert!(milliseconds < 3_000, "{milliseconds} ms");
    let drawn = || number_of(&browser, ENTRIES);
    assert!(drawn() < 1_000, "all is drawn at once");
    // Of so many there is not room for all, and the page says so.
    let text = || browser.text("return document.body.innerText");
    assert!(text().contains("of 10000 are listed by name only"));
    let before = drawn();
    browser.run("scrollTo(0, document.body.scrollHeight)");
    browser.wait(&format!("return document.querySelectorAll('#entries li').length > {before}"));
    let longest = browser.number(
        "const f = document.getElementById('filter'); const t = performance.now(); f.value = 'shop-77/'; \
         f.dispatchEvent(new Event('input')); return Math.round(performance.now() - t)",
    );
    browser.wait("return document.querySelectorAll('#entries li').length === 100");
    assert!(longest < 1_000, "the filter takes {longest} ms");
    let open_only = |name: &str| {
        browser.run(&format!(
            "const f = document.getElementById('filter'); f.value = '{name}'; f.dispatchEvent(new Event('input'))"
        ));
        browser.wait(&format!(
            "const b = document.querySelectorAll('#entries b'); return b.length === 1 && b[0].textContent.includes('{name}')"
        ));
        browser.run("document.querySelector('#entries summary').click()");
    };
    open_only("service-7:");
    browser.wait("return document.querySelectorAll('table.beside tr').length === 43");
    open_only("service-9999:");
    browser.wait("return document.body.innerText.includes('There was no room for this one')");
    assert_eq!(browser.errors(), Vec::<String>::new());
}

/// A report with so many service ports and 18 findings that all of them are about, with both sides of as many as
/// there is room for.
fn large(services: usize) -> Page {
    const CODES: [&str; 3] = ["D0801", "D0802", "D0818"];
    let finding = |number: usize| FindingView {
        code: CODES[number % 3],
        severity: ["error", "warning", "note"][number % 3],
        title: format!("a difference of kind {number}"),
        extent: format!("{services} service ports"),
        meaning: "What it means.".to_owned(),
        question: "pod 10.244.1.2 → 10.96.0.1:80/TCP".to_owned(),
        sides: vec![SideView { name: "iptables".into(), trace: "step\n".repeat(40), ..SideView::default() }],
        ..FindingView::default()
    };
    let lines = |number: usize| {
        (0..20).map(move |endpoint| LineView {
            sides: ["1/20", "remote"]
                .map(|word| Some(format!("{word}  10.{}.{}.{endpoint}:8080", number / 250, number % 250)))
                .into(),
            ..LineView::default()
        })
    };
    let entry = |number: usize| EntryView {
        name: format!("shop-{}/service-{number}:http", number / 100),
        place: format!("cluster.yaml:{}", number * 20),
        codes: CODES.to_vec(),
        frontends: ["ClusterIP", "NodePort"]
            .map(|kind| FrontendView {
                name: format!("{kind} 10.96.{}.{}:80/TCP", number / 250, number % 250),
                codes: CODES.to_vec(),
                lines: lines(number).collect(),
            })
            .into(),
        ..EntryView::default()
    };
    Page {
        title: "iptables and hns on win-1".to_owned(),
        scope: "A large cluster.".to_owned(),
        tiles: vec![Tile { number: services, name: "service ports compared".to_owned() }],
        groups: vec![Group {
            name: "Differences in effect".to_owned(),
            findings: (0..18).map(finding).collect(),
        }],
        heading: "Service ports with differences, side by side".to_owned(),
        sides: vec!["iptables".to_owned(), "hns".to_owned()],
        entries: (0..services).map(entry).collect(),
        ..Page::default()
    }
}
