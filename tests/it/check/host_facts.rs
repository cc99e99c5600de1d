//! What Windows prints about itself, among dumps: reserved ports, dynamic ports, port pools, the build.

use crate::support::exe::hnsplan;

const SHOP: &str = "-f fixtures/shop/cluster.yaml --node win-1 --network-name cbr0";

/// What netsh prints, with the protocol in the place of a sign.
const EXCLUDED: &str = "\r\nProtokoll #-Portausschlussbereiche\r\n\r\nStartport    Endport\r\n----------    --------\r\n     \
                        30000       32767     *\r\n\r\n* - Verwaltete Portausschlüsse.\r\n";
const DYNAMIC: &str = "\r\nProtocol # Dynamic Port Range\r\n---------------------------------\r\nStart Port      : 30000\r\nNumber of Ports : \
                       2768\r\n";
const POOLS: &str = r#"{"PortPoolAllocations":[{"AllocationId":"A0000000-0000-4000-8000-000000000001","Protocol":6,"RequiresHostPortReservation":true,"PortRanges":[{"StartingPort":30000,"NumberOfPorts":2768}]}]}"#;

/// What `check` finds with a text as a dump, given as a file and through a pipe.
fn found(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pasted.txt");
    std::fs::write(&file, text).expect("a file");
    let check = || hnsplan(&format!("check {SHOP} --message-format short --dump"));
    let of_file = check().arg(&file).run();
    let of_pipe = check().arg("-").input(text).run();
    assert_eq!(of_file.stdout.replace(&file.display().to_string(), "-"), of_pipe.stdout, "{text}");
    assert!([0, 1].contains(&of_file.code), "{text}: {}", of_file.stderr);
    of_file.stdout + &of_file.stderr
}

#[test]
fn reserved_ports_count_wherever_they_stand() {
    let tcp = EXCLUDED.replace('#', "tcp");
    for text in [
        tcp.clone(),
        POOLS.to_owned(),
        format!("{tcp}{}", EXCLUDED.replace('#', "udp")),
        format!("PS C:\\> netsh int ipv4 show excludedportrange tcp\n{tcp}PS C:\\>\n"),
        format!("Host Name:     WIN-1\nOS Version:    10.0.20348 N/A Build 20348\n{tcp}"),
    ] {
        let answer = found(&text);
        assert!(answer.contains("L0914") && answer.contains("facts about the node"), "{text}: {answer}");
    }
    for text in [EXCLUDED.replace('#', "udp"), POOLS.replace("true", "false").replace("{\"P", "[]\n{\"P")] {
        let answer = found(&text);
        assert!(!answer.contains("L0914"), "{text}: {answer}");
    }
}

#[test]
fn dynamic_ports_count_wherever_they_stand() {
    assert!(found(&DYNAMIC.replace('#', "tcp")).contains("L0913"));
    assert!(!found(&DYNAMIC.replace('#', "udp")).contains("L0913"));
}

#[test]
fn facts_beside_a_dump_leave_it_as_it_is() {
    let json = std::fs::read_to_string("fixtures/reports/01-missing-dns/hns.json").expect("the fixture");
    let folder = tempfile::tempdir().expect("a folder");
    let run = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("a file");
        let outcome = hnsplan("diff hns")
            .arg(&file)
            .args("-f fixtures/reports/01-missing-dns/cluster.yaml --node win-1")
            .run();
        outcome.stdout.replace(&file.display().to_string(), "FILE")
    };
    let alone = run("a.txt", &json);
    assert!(alone.contains("F1001"));
    let tcp = EXCLUDED.replace('#', "tcp");
    for text in [
        format!("{json}\n{tcp}"),
        format!("{tcp}\n{json}"),
        format!("{tcp}{json}\n{}", DYNAMIC.replace('#', "udp")),
    ] {
        assert_eq!(run("a.txt", &text), alone, "{text}");
    }
}

#[test]
fn the_build_of_windows_counts_wherever_it_stands() {
    let manifests = std::fs::read_to_string("fixtures/shop/cluster.yaml").expect("the fixture");
    let folder = tempfile::tempdir().expect("a folder");
    let cluster = folder.path().join("cluster.yaml");
    let untold: Vec<&str> = manifests
        .lines()
        .filter(|line| !line.contains("kernelVersion") && !line.contains("osImage"))
        .collect();
    std::fs::write(&cluster, untold.join("\n")).expect("a file");
    let told = |text: &str| {
        let file = folder.path().join("pasted.txt");
        std::fs::write(&file, text).expect("a file");
        let command = hnsplan("check -t hns,netsh --node win-1 --network-name cbr0 -v -f").arg(&cluster);
        let outcome = command.args("--dump").arg(&file).run();
        outcome.stdout + &outcome.stderr
    };
    for text in [
        "Microsoft Windows [Version 10.0.17763.5458]\n",
        "Betriebssystemversion: 10.0.17763 Nicht zutreffend Build 17763\n",
    ] {
        let answer = told(text);
        assert!(answer.contains("what Windows printed of itself"), "{text}: {answer}");
    }
    let both = told("Microsoft Windows [Version 10.0.17763.1]\nMicrosoft Windows [Version 10.0.20348.1]\n");
    assert!(both.contains("two builds of Windows are told"), "{both}");
}

/// Facts are no rules: a side of `diff` needs those.
#[test]
fn facts_alone_are_no_side() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ports.txt");
    std::fs::write(&file, EXCLUDED.replace('#', "tcp")).expect("a file");
    let outcome = hnsplan(&format!("diff hns {SHOP}")).arg(&file).run();
    assert!(outcome.failed(2).contains("tells facts about the host and no rules"), "{}", outcome.stderr);
}
