//! What `hnsplan diff -o html` writes.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::driver::Browser;
use crate::{ENTER, ENTRIES, first_view, number_of, opened, page_of};

/// Chooses what the filter finds.
fn filtered(browser: &Browser, text: &str, entries: u64) {
    let text = serde_json::to_string(text).expect("a text is JSON");
    browser.run(&format!(
        "const f = document.getElementById('filter'); f.value = {text}; f.dispatchEvent(new Event('input'))"
    ));
    browser.wait(&format!("return document.querySelectorAll('{ENTRIES}').length === {entries}"));
}

/// Ticks a box or takes the tick away, by the word next to it.
fn tick(browser: &Browser, word: &str) {
    browser.run(&format!(
        "[...document.querySelectorAll('.filters label')].find(l => l.textContent.trim().startsWith('{word}'))\
         .querySelector('input').click()"
    ));
}

/// Somebody deleted an endpoint that two Services share.
#[test]
fn what_is_wrong_on_a_node_can_be_seen() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder can be made");
    let node = "fixtures/reports/16-shared-endpoint/node.json";
    let arguments = ["-f", "fixtures/reports/cluster.yaml", "--node", "win-1", "-o", "html"];
    opened(&browser, folder.path(), &page_of(&[&["diff", "hns", node], &arguments[..]].concat()));
    browser.picture("diff");

    // Few differences are unfolded from the start, with what was and what is in each field.
    assert_eq!(number_of(&browser, ENTRIES), 3);
    assert_eq!(number_of(&browser, "#entries details[open]"), 3);
    assert_eq!(browser.text("return document.querySelector('.change del').textContent"), "remote");
    assert_eq!(browser.text("return document.querySelector('.change ins').textContent"), "no such endpoint");
    let entries = || browser.text("return document.getElementById('entries').innerText");
    for text in ["shop/api:rest, shop/web:http", "− missing endpoint 10.244.2.20 (remote)", "used by 2 → 0"]
    {
        assert!(entries().contains(text), "{text} is not in {}", entries());
    }

    // By verb, by kind of object, by word: alone and together.
    tick(&browser, "changed");
    assert_eq!(number_of(&browser, ENTRIES), 1);
    tick(&browser, "changed");
    tick(&browser, "endpoint");
    assert_eq!(number_of(&browser, ENTRIES), 2);
    assert!(!entries().contains("missing"), "{}", entries());
    tick(&browser, "endpoint");
    filtered(&browser, "4cc18fb6-9f75", 2);
    filtered(&browser, "10.244.2.20 (remote)", 1);
    filtered(&browser, "", 3);
    tick(&browser, "errors");
    assert_eq!(number_of(&browser, ENTRIES), 0);
    tick(&browser, "errors");

    // By keyboard.
    browser.run("document.querySelector('#entries summary').focus()");
    browser.keys(ENTER);
    assert_eq!(number_of(&browser, "#entries details[open]"), 2);
    browser.keys("/");
    assert_eq!(browser.text("return document.activeElement.id"), "filter");

    browser.run("document.getElementById('theme').click()");
    browser.picture("diff-dark");
    browser.resize(420, 900);
    let wide = browser.number("return document.documentElement.scrollWidth");
    assert!(wide <= 420, "the page is {wide} pixels wide");
    assert_eq!(browser.errors(), Vec::<String>::new());
}

/// Two platforms have no object in common: they stand next to each other, and flows tell what differs.
#[test]
fn two_platforms_are_shown_side_by_side() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder can be made");
    let golden = Path::new("fixtures/golden/r11-services60");
    let [manifests, config, facts] = ["manifests.yaml", "kube-proxy.yaml", "facts.yaml"]
        .map(|name| golden.join(name).display().to_string());
    let arguments = ["diff", "iptables", "hns", "-o", "html", "--node", "node-0000"];
    let files = ["-f", &manifests, "--config", &config, "--facts", &facts];
    opened(&browser, folder.path(), &page_of(&[&arguments[..], &files].concat()));
    let all = number_of(&browser, ENTRIES);
    assert!(all > 10, "{all}");
    assert_eq!(number_of(&browser, "table.beside"), 0);
    browser.run("document.querySelector('#entries summary').click()");
    browser.wait("return document.querySelectorAll('table.beside').length === 1");
    let table = browser.text("return document.querySelector('table.beside').innerText");
    assert!(table.contains("load balancer ") && table.contains("KUBE-"), "{table}");
    // Both languages have other words for everything; none of them is marked.
    assert_eq!(number_of(&browser, "del, ins"), 0);

    browser.run("document.querySelectorAll('article details').forEach(d => d.open = true)");
    let traces = "return [...document.querySelectorAll('article pre')].map(p => p.textContent).join('')";
    assert!(browser.text(traces).contains("KUBE-"));
    browser.picture("diff-platforms");
    assert_eq!(browser.errors(), Vec::<String>::new());
}

/// The names of files are the names of the sides, and what HNS holds may have any name.
#[test]
fn hostile_names_do_nothing() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder can be made");
    let hostile = "</script><script>window.pwned=1</script><img src=x onerror=window.pwned=1>";
    let network = json!({"Name": hostile, "ID": "7d0f1dc1-6c0a-4a3c-9d0b-000000000001", "Type": "L2Bridge"});
    let endpoint = |last: u8| {
        json!({"Name": hostile, "ID": format!("7d0f1dc1-6c0a-4a3c-9d0b-0000000001{last:02}"),
            "VirtualNetwork": network["ID"], "VirtualNetworkName": hostile, "IsRemoteEndpoint": true,
            "IPAddress": format!("10.244.7.{last}"), "MacAddress": hostile})
    };
    let write = |name: &str, endpoints: &[u8]| {
        let objects: Vec<Value> = endpoints.iter().map(|last| endpoint(*last)).collect();
        let file = folder.path().join(name);
        let text = json!([network]).to_string() + "\n" + &Value::from(objects).to_string();
        fs::write(&file, text).expect("a file can be written");
        file.display().to_string()
    };
    let old = write("a\"><img src=x onerror=window.pwned=1>'.json", &[1, 2]);
    let new = write("b<\\u002fscript><script>window.pwned=1.json", &[1, 3]);
    opened(&browser, folder.path(), &page_of(&["diff", "-v", "-o", "html", &old, &new]));
    browser.run("document.querySelectorAll('details').forEach(d => d.open = true)");
    browser.wait("return document.querySelectorAll('.change').length > 0");
    assert_eq!(browser.text("return String(window.pwned)"), "undefined");
    assert_eq!(number_of(&browser, "img, script"), 3);
    assert!(browser.text("return document.body.textContent").contains("onerror"));
    assert_eq!(browser.errors(), Vec::<String>::new());
}

/// So many Services as JSON, each with two endpoints; `moved` says of which one the first is another.
fn cluster(services: usize, moved: impl Fn(usize) -> bool) -> String {
    let mut text = String::new();
    for number in 0..services {
        let (high, low) = (number / 250, number % 250);
        let first = if moved(number) { 100 } else { 10 };
        let service = json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"namespace": format!("shop-{}", number / 100), "name": format!("web-{number}")},
            "spec": {"clusterIP": format!("10.96.{high}.{}", low + 1), "ports": [{"name": "http", "port": 80}]}});
        let endpoints =
            [first, 11].map(|last: u8| json!({"addresses": [format!("10.{}.{low}.{last}", 128 + high)]}));
        let slice = json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"namespace": format!("shop-{}", number / 100), "name": format!("web-{number}-a"),
                "labels": {"kubernetes.io/service-name": format!("web-{number}")}},
            "ports": [{"name": "http", "port": 8080}],
            "endpoints": endpoints});
        let _ = writeln!(text, "{service}\n{slice}");
    }
    text
}

#[test]
fn of_ten_thousand_services_a_hundred_differ() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a folder can be made");
    let write = |name: &str, text: String| {
        let file = folder.path().join(name);
        fs::write(&file, text).expect("a file can be written");
        file.display().to_string()
    };
    let old = write("old.json", cluster(10_000, |_| false));
    let new = write("new.json", cluster(10_000, |number| number % 100 == 7));
    let page = page_of(&["diff", "--old", &old, "--new", &new, "-t", "hns", "--node", "win-1", "-o", "html"]);
    println!("the page: {} bytes", page.len());
    assert!(page.len() < 300_000, "{}", page.len());
    opened(&browser, folder.path(), &page);
    let milliseconds = first_view(&browser);
    println!("first view of 100 differences: {milliseconds} ms");
    assert!(milliseconds < 3_000, "{milliseconds} ms");
    let text = browser.text("return document.body.innerText");
    assert!(text.contains("9900 service ports are the same on both sides"), "{text}");
    assert_eq!(number_of(&browser, ENTRIES), 100);
    filtered(&browser, "shop-77/web-7707:http", 1);
    browser.run("document.querySelector('#entries summary').click()");
    browser.wait("return document.querySelectorAll('.change').length === 3");
    assert_eq!(browser.errors(), Vec::<String>::new());
}
