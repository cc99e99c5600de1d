//! A stand-in for `netsh.exe`: it writes down the exact line that it was called with, keeps the objects in
//! `netsh.json`, and shows it in the tables of netsh. In the folder that `HNS_STANDIN` names:
//!
//! ```text
//! netsh.log   the line of every call, as Windows got it
//! netsh.json  { addresses, listeners, rules, reserved }
//! netsh.fail  `NUMBER=CODE` ...: this change does nothing and answers this
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};

type Arguments = BTreeMap<String, String>;

fn main() -> ExitCode {
    let folder = PathBuf::from(std::env::var_os("HNS_STANDIN").expect("HNS_STANDIN names a folder"));
    let mut log = fs::OpenOptions::new().create(true).append(true).open(folder.join("netsh.log")).unwrap();
    writeln!(log, "{}", command_line()).unwrap();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (verbs, tagged): (Vec<&str>, Vec<&str>) = words.iter().map(String::as_str).partition(|word| !word.contains('='));
    let arguments: Arguments = tagged
        .iter()
        .filter_map(|word| word.split_once('='))
        .map(|(tag, value)| (tag.to_lowercase(), value.to_owned()))
        .collect();
    let path = folder.join("netsh.json");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let mut node: Value = serde_json::from_str(&text)
        .unwrap_or_else(|_| json!({ "addresses": [], "listeners": [], "rules": [], "reserved": [], "changes": 0 }));
    let is_change = !verbs.contains(&"show");
    if is_change {
        node["changes"] = json!(node["changes"].as_u64().unwrap_or_default() + 1);
    }
    let fails = fs::read_to_string(folder.join("netsh.fail")).unwrap_or_default();
    let fault = fails.split_whitespace().find_map(|fault| {
        let (number, code) = fault.split_once('=')?;
        (is_change && node["changes"].to_string() == number).then(|| code.parse::<u8>().expect("an exit code"))
    });
    let code = match fault {
        Some(code) => {
            println!("A test wants this.");
            code
        }
        None => u8::from(!act(&verbs, &arguments, &mut node)),
    };
    fs::write(&path, node.to_string()).unwrap();
    ExitCode::from(code)
}

/// Does it; `false` is exit code 1.
fn act(verbs: &[&str], arguments: &Arguments, node: &mut Value) -> bool {
    let get = |tag: &str| arguments.get(tag).cloned().unwrap_or_default();
    let interface = || if verbs.contains(&"ipv4") { get("name") } else { get("interface") };
    let address = || json!([interface(), get("address").split('/').next()]);
    let listener = || json!([verbs.last(), arguments.get("listenaddress").map_or("*", |ip| ip), get("listenport")]);
    match verbs {
        ["interface", "ipv4" | "ipv6", "add", "address"] => {
            let list = list(node, "addresses");
            let is_there = list.contains(&address());
            if !is_there {
                list.push(address());
            }
            !is_there
        }
        ["interface", "ipv4" | "ipv6", "delete", "address"] => remove(list(node, "addresses"), |of| *of == address()),
        ["interface", "portproxy", "set", _] => {
            let list = list(node, "listeners");
            list.retain(|of| of[0] != listener());
            list.push(json!([listener(), get("connectaddress"), get("connectport")]));
            get("protocol") == "tcp"
        }
        ["interface", "portproxy", "delete", _] => remove(list(node, "listeners"), |of| of[0] == listener()),
        ["advfirewall", "firewall", "add", "rule"] => {
            list(node, "rules").push(json!(get("name")));
            true
        }
        ["advfirewall", "firewall", "delete", "rule"] => remove(list(node, "rules"), |of| *of == get("name")),
        ["interface", family @ ("ipv4" | "ipv6"), "show", "addresses"] => show_addresses(node, family),
        ["interface", "ipv4", "show", "excludedportrange"] => show_reserved(node),
        ["interface", "portproxy", "show", "all"] => show_listeners(node),
        ["advfirewall", "firewall", "show", "rule"] => {
            for rule in list(node, "rules") {
                println!("Regelname:                            {}", rule.as_str().unwrap());
                println!("----------------------------------------------------------------------");
                println!("Aktiviert:                            Ja\n");
            }
            !list(node, "rules").is_empty()
        }
        _ => {
            println!("The following command was not found: {}.", verbs.join(" "));
            false
        }
    }
}

fn list<'n>(node: &'n mut Value, name: &str) -> &'n mut Vec<Value> {
    node[name].as_array_mut().expect("a list")
}

/// Whether there was something to remove.
fn remove(list: &mut Vec<Value>, is_it: impl Fn(&Value) -> bool) -> bool {
    let before = list.len();
    list.retain(|of| !is_it(of));
    list.len() < before
}

/// In German, as netsh speaks the language of its Windows.
fn show_addresses(node: &mut Value, family: &str) -> bool {
    for address in list(node, "addresses") {
        let (interface, ip) = (address[0].as_str().unwrap(), address[1].as_str().unwrap());
        match (family, ip.contains(':')) {
            ("ipv4", false) => {
                println!("\nKonfiguration der Schnittstelle \"{interface}\"");
                println!("    IP-Adresse:                           {ip}");
                println!("    Subnetzpräfix:                        {ip}/32 (Maske 255.255.255.255)");
            }
            ("ipv6", true) => println!("\nSchnittstelle 7: {interface}\n\nManuell     Bevorzugt   infinite   infinite {ip}"),
            _ => {}
        }
    }
    true
}

fn show_reserved(node: &mut Value) -> bool {
    println!("\nProtokoll tcp: Portausschlussbereiche\n\nStartport    Endport\n----------    --------");
    for range in list(node, "reserved") {
        println!("{:>10}  {:>10}", range[0].as_u64().expect("a port"), range[1].as_u64().expect("a port"));
    }
    println!("\n* - Verwaltete Portausschlüsse.");
    true
}

fn show_listeners(node: &mut Value) -> bool {
    for (relay, families) in [
        ("v4tov4", "Abhören auf ipv4:            Verbinden mit ipv4:"),
        ("v4tov6", "Abhören auf ipv4:            Verbinden mit ipv6:"),
        ("v6tov4", "Abhören auf ipv6:            Verbinden mit ipv4:"),
        ("v6tov6", "Abhören auf ipv6:            Verbinden mit ipv6:"),
    ] {
        let listeners: Vec<&Value> =
            node["listeners"].as_array().expect("a list").iter().filter(|of| of[0][0] == relay).collect();
        if listeners.is_empty() {
            continue;
        }
        println!("\n{families}\n\nAdresse         Anschluss   Adresse         Anschluss");
        println!("--------------- ----------  --------------- ----------");
        for of in listeners {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            println!("{:<15} {:<11} {:<15} {}", text(&of[0][1]), text(&of[0][2]), text(&of[1]), text(&of[2]));
        }
    }
    true
}

#[cfg(windows)]
fn command_line() -> String {
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GetCommandLineW() -> *const u16;
    }
    unsafe {
        let line = GetCommandLineW();
        let length = (0..).take_while(|&at| *line.add(at) != 0).count();
        String::from_utf16_lossy(std::slice::from_raw_parts(line, length))
    }
}

#[cfg(not(windows))]
fn command_line() -> String {
    std::env::args().collect::<Vec<_>>().join("\u{1f}")
}
