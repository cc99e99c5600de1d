//! Promise: nothing in a manifest, a flag or a dump makes netsh run a second command, and nothing makes the
//! reader panic.

use hnsplan::platform::netsh::model::{Comment, ConnectionName, Description, HostName, RuleName};
use hnsplan::platform::netsh::{Captured, FirewallUse, Mode, Options, Purpose, Script, Style, read, write};
use hnsplan::source::decode_capture;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use crate::support::cases::config;
use crate::support::clusters::version;
use crate::support::damage::{HOSTILE, damaged, hostile, value};
use crate::support::run::Run;

const STYLES: [Style; 4] = [Style::Script, Style::Cmd, Style::Powershell, Style::Dump];

/// Whether a line of a script is a command or begins with what is no command in its style.
fn is_command(line: &str, style: Style) -> bool {
    match style {
        Style::Script | Style::Dump => !(line.starts_with('#') || line.is_empty()),
        Style::Cmd => line.starts_with("netsh "),
        Style::Powershell => {
            line.starts_with("netsh '")
                || line.starts_with("netsh interface")
                || line.starts_with("netsh advfirewall")
        }
    }
}

/// What else stands in a script that stops at the first failure.
fn is_fixed(line: &str, style: Style) -> bool {
    const CMD: [&str; 5] = ["@echo off", "if errorlevel 1 goto failed", "exit /b 0", ":failed", "exit /b 1"];
    match style {
        Style::Script | Style::Dump => false,
        Style::Cmd => CMD.contains(&line) || line.starts_with("echo stopped at") || line.starts_with("rem "),
        Style::Powershell => {
            line.starts_with("if ($LASTEXITCODE -ne 0) { throw 'stopped")
                || line == "exit 0"
                || line.starts_with("# ")
        }
    }
}

/// Checks that a text holds exactly the commands of its script, one on each line.
fn check_script(script: &Script, style: Style) -> Result<(), TestCaseError> {
    let text = write(script, style);
    let plain = |c: char| matches!(c, ' '..='~') || c.is_alphanumeric() || "\r\n\u{feff}".contains(c);
    prop_assert!(text.chars().all(plain), "{:?}", text);
    prop_assert_eq!(text.matches('\r').count(), text.matches('\n').count());
    let read_back = read(&text);
    let is_dump = style == Style::Dump && script.purpose == Purpose::Create;
    if is_dump {
        prop_assert!(read_back.unknown.is_empty() && !read_back.resets, "{}", text);
        return Ok(());
    }
    prop_assert_eq!(&read_back.commands, &script.commands, "{}", text);
    prop_assert!(read_back.unknown.is_empty() && read_back.notes.is_empty(), "{:?}\n{}", read_back, text);
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    let commands = lines.iter().filter(|line| is_command(line, style)).count();
    prop_assert_eq!(commands, script.commands.len(), "{}", text);
    if matches!(style, Style::Cmd | Style::Powershell) {
        prop_assert!(lines.iter().all(|line| is_command(line, style) || is_fixed(line, style)), "{}", text);
    }
    // No shell opens a value: quotes are closed, and nothing is expanded.
    if style == Style::Cmd {
        prop_assert!(
            !text.contains(['%', '!', '^', '|', '<', '\'']) && text.matches('&').count() <= 1,
            "{}",
            text
        );
    }
    Ok(())
}

fn check(run: &Run) -> Result<(), TestCaseError> {
    let compiled = run.compile();
    for mode in [Mode::Portproxy, Mode::LegacyAddresses, Mode::LegacyPortproxy] {
        let options = Options { mode, firewall: FirewallUse::AllowAndBlock, ..Options::default() };
        let lowered = compiled.netsh(&options);
        for script in [lowered.plan.create(), lowered.plan.undo()] {
            for style in STYLES {
                check_script(&script, style)?;
                let text = write(&script, style);
                prop_assert!(!text.contains("evil"), "{}", text);
            }
        }
        for found in &lowered.diagnostics {
            prop_assert!(!found.message.chars().any(char::is_control), "{:?}", found.message);
        }
    }
    Ok(())
}

/// Whatever a text made the reader understand can be written and is read as the same again.
fn check_capture(captured: &Captured) -> Result<(), TestCaseError> {
    let script = Script {
        purpose: Purpose::Undo,
        heading: Vec::new(),
        commands: captured.commands.clone(),
        closing: None,
    };
    for style in [Style::Script, Style::Cmd, Style::Powershell] {
        check_script(&script, style)?;
    }
    for unknown in &captured.unknown {
        prop_assert!(!unknown.text.chars().any(char::is_control), "{:?}", unknown.text);
    }
    Ok(())
}

/// Pieces that dumps are made of, and pieces that do not belong there.
fn piece() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "pushd interface ipv4\n",
        "pushd interface portproxy\n",
        "pushd ",
        "popd\n",
        "reset\n",
        "netsh ",
        "interface ",
        "int ",
        "ipv4 ",
        "ipv6 ",
        "portproxy ",
        "advfirewall firewall ",
        "add ",
        "set ",
        "delete ",
        "show ",
        "address ",
        "route ",
        "interface interface=\"a b\" forwarding=enabled\n",
        "rule ",
        "v4tov4 ",
        "v6tov6 ",
        "v4tov6 ",
        "name=",
        "name=\"vEthernet (HNS Internal NIC)\" ",
        "address=10.0.0.1 ",
        "address=fd00::1/64 ",
        "mask=255.0.0.0 ",
        "mask=255.0.255.0 ",
        "listenport=80 ",
        "listenport=0 ",
        "listenaddress=* ",
        "listenaddress=a.b ",
        "connectaddress=10.1.1.1 ",
        "connectport=http ",
        "protocol=tcp ",
        "protocol=udp ",
        "dir=in ",
        "action=block ",
        "localip=any ",
        "localport=53 ",
        "remoteip=10.0.0.0/8,1.1.1.1-2.2.2.2 ",
        "description=\"x, y\" ",
        "prefix=::/0 ",
        "prefix=10.0.0.0/8 ",
        "nexthop=10.0.0.9 ",
        "publish=Yes ",
        "metric=5 ",
        "store=active ",
        "skipassource=true ",
        "gateway=10.0.0.254 ",
        "name=k8svc-1 ",
        "name=all ",
        "ADD 10.1.2.3 MASK 255.255.255.255 10.0.0.1",
        "-p ",
        "-f ",
        "IF 7 ",
        "Listen on ipv4:    Connect to ipv6:\n",
        "--- --- --- ---\n",
        "---- ----\n",
        "* 80 10.0.0.1 81\n",
        "50000 50059 *\n",
        "Interface \"Ethernet\"\n",
        "IP: 10.0.0.1\n",
        "Prefix: 10.0.0.0/24 (mask)\n",
        "\n",
        "\r\n",
        "\r",
        " ",
        "\t",
        "\"",
        "'",
        "=",
        "#",
        "rem ",
        "if ",
        ":",
        "&",
        "|",
        "%PATH%",
        "^",
        "\u{feff}",
        "\u{2028}",
        "é",
        "\0",
        "1",
        "/",
        "*",
    ];
    prop_oneof![8 => select(PIECES).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)]
}

proptest! {
    #![proptest_config(config(4096))]

    #[test]
    fn any_text_is_read_without_panic(text in any::<String>()) {
        check_capture(&read(&text))?;
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in vec(any::<u8>(), 0..300)) {
        check_capture(&read(&decode_capture(bytes).0))?;
    }

    #[test]
    fn any_text_that_looks_like_a_dump_is_read_without_panic(pieces in vec(piece(), 0..40)) {
        check_capture(&read(&pieces.concat()))?;
    }

    #[test]
    fn any_name_is_refused_or_stays_one_value(
        name in prop_oneof![any::<String>(), "[ -~]{1,20}", "[A-Za-z0-9 ()_.#+,*-]{1,20}"],
        other in any::<String>(),
    ) {
        let text = format!(
            "netsh interface ipv4 add address name=\"{name}\" address=10.0.0.1\n\
             interface portproxy set v4tov4 listenport=1 connectaddress={name} connectport=2\n\
             advfirewall firewall add rule name={name} dir=in action=allow protocol=tcp localport=3 description=\"{name}\""
        );
        check_capture(&read(&text))?;
        let allowed = [
            ConnectionName::new(&name).map(|name| name.to_string()),
            HostName::new(&name).map(|name| name.to_string()),
            RuleName::new(&name).map(|name| name.to_string()),
            Description::new(&name).map(|name| name.to_string()),
        ];
        for kept in allowed.into_iter().flatten().chain([Description::of(&other).to_string()]) {
            prop_assert!(!kept.contains(['"', '\'', '\r', '\n', '%', '!', '^', '&', '|', '<', '>', '$', '`', ';', '\0']), "{:?}", kept);
        }
        prop_assert!(Comment::of(&other).as_str().chars().all(|c| matches!(c, ' '..='~')));
    }
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn any_value_in_any_field_stays_one_value(cluster in damaged(value()), version in version()) {
        check(&cluster.run(version))?;
    }

    #[test]
    fn a_hostile_text_in_any_field_stays_out_of_the_script(
        cluster in damaged(hostile().prop_map(Value::from)), version in version(),
    ) {
        check(&cluster.run(version))?;
    }
}

#[test]
fn a_hostile_host_name_of_a_load_balancer_stays_out_of_the_script() {
    for text in HOSTILE {
        let service = serde_json::json!({
            "apiVersion": "v1", "kind": "Service", "metadata": { "name": "web" },
            "spec": { "type": "LoadBalancer", "clusterIP": "10.96.0.1", "ports": [{ "port": 80 }] },
            "status": { "loadBalancer": { "ingress": [{ "hostname": text }] } },
        });
        check(&Run::of(&service.to_string()).on("node-a"))
            .unwrap_or_else(|error| panic!("{text:?}: {error}"));
    }
}
