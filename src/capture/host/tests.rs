use super::*;

fn shown(ranges: &[PortRange]) -> Vec<String> {
    ranges.iter().map(ToString::to_string).collect()
}

/// What netsh prints in several languages, with a sign in the place of the protocol.
const EXCLUDED: [&str; 4] = [
    "Protocol # Port Exclusion Ranges\n\nStart Port    End Port\n----------    --------\n      5985        5985\n     50000       50059     *\n\n* - Administered port exclusions.\n",
    "Protokoll #-Portausschlussbereiche\n\nStartport    Endport\n----------    --------\n      5985        5985\n     50000       50059     *\n\n* - Verwaltete Portausschlüsse.\n",
    "协议 # 端口排除范围\n\n开始端口    结束端口\n----------    --------\n      5985        5985\n     50000       50059     *\n\n* - 管理的端口排除。\n",
    "Диапазоны исключения портов протокола #\n\nНачальный порт    Конечный порт\n----------    --------\n      5985        5985\n     50000       50059     *\n",
];

const DYNAMIC: [&str; 3] = [
    "Protocol # Dynamic Port Range\n---------------------------------\nStart Port      : 1025\nNumber of Ports : 64510\n",
    "Protokoll # Dynamischer Portbereich\n---------------------------------\nStartport      : 1025\nAnzahl von Ports : 64510\n",
    "协议 # 动态端口范围\n---------------------------------\n启动端口        ： 1025\n端口数          ： 64510\n",
];

/// What becomes of a text until it is pasted.
fn pasted(text: &str) -> Vec<String> {
    let by_line = |change: fn(&str) -> String| text.lines().map(change).collect::<Vec<_>>().join("\n");
    vec![
        text.to_owned(),
        text.replace('\n', "\r\n"),
        by_line(|line| format!("> {line}")),
        by_line(|line| line.trim().to_owned()),
        by_line(|line| format!("    {line}")),
        text.replace("\n\n", "\n"),
        text.replace('\n', "\n\n"),
        format!("```\nPS C:\\> netsh int ipv4 show something\n{text}```\n"),
        format!("Networks:\n  a | b\n\n{text}"),
    ]
}

#[test]
fn ports_are_told_by_their_protocol_in_any_language_and_however_they_are_pasted() {
    for protocol in ["tcp", "udp", "TCP"] {
        for text in EXCLUDED.iter().flat_map(|text| pasted(&text.replace('#', protocol))) {
            let HostFacts { excluded, excluded_udp, dynamic, .. } = Told::of(&text).facts;
            let (told, other) = match protocol {
                "udp" => (excluded_udp, excluded),
                _ => (excluded, excluded_udp),
            };
            assert_eq!(shown(&told), ["5985-5985", "50000-50059"], "{text}");
            assert!(other.is_empty() && dynamic.is_none(), "{text}");
        }
        for text in DYNAMIC.iter().flat_map(|text| pasted(&text.replace('#', protocol))) {
            let HostFacts { dynamic, dynamic_udp, excluded, .. } = Told::of(&text).facts;
            let (told, other) =
                if protocol == "udp" { (dynamic_udp, dynamic) } else { (dynamic, dynamic_udp) };
            assert_eq!(told.map(|range| range.to_string()).as_deref(), Some("1025-65534"), "{text}");
            assert!(other.is_none() && excluded.is_empty(), "{text}");
        }
    }
}

#[test]
fn what_tells_facts_is_taken_out_of_the_text() {
    for text in EXCLUDED.iter().chain(&DYNAMIC) {
        let text = format!("Networks:\n  a | b\n{}Endpoints:\n", text.replace('#', "tcp"));
        let told = Told::of(&text);
        let rest = told.rest.expect("some lines are taken out");
        let left: Vec<&str> = rest.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(left, ["Networks:", "  a | b", "Endpoints:"]);
        assert_eq!(rest.lines().count(), text.lines().count());
    }
}

#[test]
fn several_tables_stand_in_one_text() {
    let text = format!(
        "{}{}{}{}Microsoft Windows [Version 10.0.20348.2113]\n",
        EXCLUDED[0].replace('#', "tcp"),
        EXCLUDED[1].replace('#', "udp").replace("5985", "500"),
        DYNAMIC[0].replace('#', "udp"),
        DYNAMIC[1].replace('#', "tcp").replace("1025", "2000").replace("64510", "10"),
    );
    let facts = Told::of(&text).facts;
    assert_eq!(
        facts.words(),
        "ports that Windows reserves (2 ranges of TCP, 2 ranges of UDP), dynamic ports 2000-2009 of TCP, dynamic ports \
         1025-65534 of UDP, build 10.0.20348.2113 of Windows"
    );
}

#[test]
fn what_is_damaged_is_named_and_not_used() {
    for (text, line) in [
        ("Protocol tcp Port Exclusion Ranges\n\n  5985\n  50000  50059\n", Some(3)),
        ("Protocol tcp Port Exclusion Ranges\n\n  5985 5985\n  50000\n", Some(4)),
        ("Protocol tcp Port Exclusion Ranges\n\n  90 80\n", Some(3)),
        ("Protocol udp Port Exclusion Ranges\n\n  70000 80000\n", Some(3)),
        ("Start Port    End Port\n----------    --------\n  5985  5985\n", Some(3)),
        ("Protocol tcp Dynamic Port Range\n---\nStart Port : 1025\n", Some(3)),
        ("Protocol tcp Dynamic Port Range\n---\nStart Port : 1025\nOk.\n", Some(4)),
        ("Protocol tcp Dynamic Port Range\n---\nStart Port : 65000\nNumber of Ports : 10000\n", Some(4)),
        ("Microsoft Windows [Version 10.0.17763.1]\nMicrosoft Windows [Version 10.0.20348.1]\n", Some(1)),
        ("{\"PortPoolAllocations\":[{\"Protocol\":6,\"PortRanges\":[{\"Starti", Some(1)),
    ] {
        let told = Told::of(text);
        let named = told.remarks.first().map(|(line, _)| *line);
        assert_eq!(named, line, "{text}: {:?}", told.remarks);
        assert!(told.facts.dynamic.is_none() && told.facts.build.is_none(), "{text}");
    }
}

#[test]
fn other_tables_have_no_such_facts() {
    for text in [
        "NAME   TYPE       CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\nweb    ClusterIP  10.0.0.1     <none>   80/TCP   5d\n",
        "Port:  http  80/TCP\nTargetPort:  8080/TCP\nReplicas : 3\nWeight : 4\n",
        "Protocol : tcp\nPort : 80\nTargetPort : 8080\n",
        "image: mcr.microsoft.com/windows/nanoserver:10.0.17763.1040\nos.version: \"10.0.17763\"\n",
        "{\"Policies\":[{\"Protocol\":6,\"Ports\":[{\"StartingPort\":1,\"NumberOfPorts\":2}]}]}\n",
        "A B\n-- --\n1 2\n3 4\n",
        "Host has address 10.0.20.48 and 10.0.20348a\n",
    ] {
        let told = Told::of(text);
        assert!(told.facts.is_empty() && told.rest.is_none(), "{text}: {:?}", told.facts);
    }
}

#[test]
fn the_build_is_read_as_far_as_it_is_told() {
    for (text, build) in [
        ("OS Version: 10.0.20348 N/A Build 20348", Some("10.0.20348")),
        (
            "Betriebssystemversion:  10.0.20348 Nicht zutreffend Build 20348\nIP 10.0.0.4\n",
            Some("10.0.20348"),
        ),
        (
            "Microsoft Windows [Version 10.0.17763.5458]\n(c) 2018 Microsoft Corporation.\n",
            Some("10.0.17763.5458"),
        ),
        ("Microsoft Windows [版本 10.0.17763.5458]", Some("10.0.17763.5458")),
        (
            "OS Version: 10.0.20348 N/A Build 20348\nMicrosoft Windows NT 10.0.20348.2113.",
            Some("10.0.20348.2113"),
        ),
        ("10.0.20348.2113\r\n", Some("10.0.20348.2113")),
        ("Win32NT   10.0.20348.0  Microsoft Windows NT 10.0.20348.0", Some("10.0.20348.0")),
        ("Version 6.1.7601", None),
        ("10.0", None),
        ("10.0.1.2", None),
        ("10.0.20348.1.2", None),
    ] {
        assert_eq!(Told::of(text).facts.build.as_deref(), build, "{text}");
        assert_eq!(build::named(text).as_deref(), build, "{text}");
    }
}

#[test]
fn port_pools_are_read_in_every_wrapping() {
    let allocation = |protocol: u8| {
        format!(
            r#"{{"AllocationId":"A0000000-0000-4000-8000-000000000001","Protocol":{protocol},"RequiresHostPortReservation":true,"PortRanges":[{{"StartingPort":33300,"NumberOfPorts":64}}]}}"#
        )
    };
    let (tcp, udp) = (allocation(6), allocation(17));
    for text in [
        format!("{{\"PortPoolAllocations\":[{tcp},{udp}]}}"),
        format!("{{\"Success\":true,\"Output\":[{tcp},{udp}]}}"),
        format!("[{tcp},{udp}]\n"),
        format!("PS C:\\> Invoke-HnsRequest -Method GET -Type portpools\n{tcp}\n{udp}\n"),
        format!("[{{\"ID\":\"1\"}}]\n{tcp}\n{udp}\n"),
    ] {
        let HostFacts { excluded, excluded_udp, .. } = Told::of(&text).facts;
        assert_eq!(
            (shown(&excluded), shown(&excluded_udp)),
            (vec!["33300-33363".into()], vec!["33300-33363".into()])
        );
    }
    let free = tcp.replace("true", "false");
    assert!(Told::of(&free).facts.is_empty());
}

#[test]
fn texts_of_one_host_add_up() {
    let told = |text: &str| Told::of(text).facts;
    let mut facts = told("Microsoft Windows [Version 10.0.20348.2113]");
    facts.add(told("OS Version: 10.0.20348 N/A Build 20348"));
    for protocol in ["tcp", "udp", "tcp"] {
        facts.add(told(&EXCLUDED[0].replace('#', protocol)));
    }
    assert_eq!(
        facts.words(),
        "ports that Windows reserves (2 ranges of TCP, 2 ranges of UDP), build 10.0.20348.2113 of Windows"
    );
}
