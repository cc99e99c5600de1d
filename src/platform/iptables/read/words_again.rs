//! Whatever is read of a rule is written so that it is read as the same, in whichever order its words stand.

use proptest::prelude::*;

use super::read;
use crate::net::Family;
use crate::platform::iptables::write;

/// What rules are made of, and what only looks like it.
const WORDS: &[&str] = &[
    "-m",
    "-p",
    "-s",
    "-d",
    "-i",
    "-j",
    "-g",
    "-c",
    "!",
    "--dport",
    "--sport",
    "--comment",
    "--ctstate",
    "--state",
    "--mark",
    "--mode",
    "--probability",
    "--src-type",
    "--dst-type",
    "--nfacct-name",
    "--to-destination",
    "--random-fully",
    "--reject-with",
    "--name",
    "--rcheck",
    "--set",
    "--seconds",
    "--reap",
    "--xor-mark",
    "--or-mark",
    "--set-xmark",
    "--limit",
    "-o",
    "--tcp-flags",
    "tcp",
    "udp",
    "sctp",
    "all",
    "6",
    "comment",
    "conntrack",
    "state",
    "mark",
    "recent",
    "statistic",
    "addrtype",
    "nfacct",
    "limit",
    "random",
    "nth",
    "LOCAL",
    "NEW,RELATED",
    "10.0.0.1",
    "10.0.0.0/8",
    "10.0.0.1/32",
    "010.0.0.1",
    "fd00::1",
    "<nil>",
    "80",
    "80:90",
    "0x4000/0x4000",
    "0x4000",
    "0.5",
    "1",
    "\"a b\"",
    "\"\"",
    "'c'",
    "KUBE-X",
    "ACCEPT",
    "DROP",
    "REJECT",
    "DNAT",
    "MARK",
    "RETURN",
    "MASQUERADE",
    "icmp-port-unreachable",
    "10.0.0.1:80",
    "[fd00::1]:80",
    "5",
    "eth0",
    "veth+",
    "\u{1ff}",
    "\\",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn rules_in_any_order_of_words(
        rules in proptest::collection::vec(proptest::collection::vec(proptest::sample::select(WORDS), 1..12), 1..3),
    ) {
        let lines = rules.iter().map(|words| format!("-A KUBE-SERVICES {}\n", words.join(" ")));
        let text = format!("*nat\n:KUBE-SERVICES - [0:0]\n{}COMMIT\n", lines.collect::<String>());
        for family in Family::ALL {
            let (rules, _) = read(&text, family);
            let written = write(&rules);
            let (again, problems) = read(&written, family);
            prop_assert!(problems.is_empty(), "{problems:?}\n{text}\n{written}");
            prop_assert_eq!(&again, &rules, "{}\n{}", text, written);
            let normal = rules.normalise();
            prop_assert_eq!(normal.normalise(), normal);
        }
    }
}
