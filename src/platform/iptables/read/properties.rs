//! Whatever the model can hold is written in a form that is read as the same.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::read;
use crate::net::{Family, Protocol};
use crate::platform::iptables::model::{
    AccountName, Address, Chain, ChainName, Command, Comment, ConntrackStates, Foreign, ForeignOption,
    Interface, Is, Masked, Match, Policy, Probability, Recent, RecentOperation, Rule, Ruleset, SocketAddress,
    Table, TableName, Target, Word,
};
use crate::platform::iptables::write;

fn is<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Is<T>> {
    (any::<bool>(), value).prop_map(|(not, value)| Is { not, value })
}

/// Names that are no targets of their own.
fn chain_name() -> impl Strategy<Value = ChainName> {
    "[#-&(-,./:-\\[\\]-~a-z0-9][!#-&(-\\[\\]-~]{0,26}x"
        .prop_filter_map("a name", |text| ChainName::new(&text))
}

fn comment() -> impl Strategy<Value = Comment> {
    "[ !#-\\[\\]-~]{1,255}".prop_filter_map("a comment", |text| Comment::new(&text))
}

fn word() -> impl Strategy<Value = Word> {
    "[!#-&(-\\[\\]-~]{1,20}".prop_filter_map("a word", |text| Word::new(&text))
}

fn ip() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| Ipv4Addr::from(bits).into()),
        any::<u128>().prop_map(|bits| Ipv6Addr::from(bits).into()),
        vec(0u16..2, 8).prop_map(|parts| Ipv6Addr::from(<[u16; 8]>::try_from(parts).unwrap()).into()),
        any::<u32>().prop_map(|bits| Ipv4Addr::from(bits).to_ipv6_mapped().into()),
    ]
}

fn net() -> impl Strategy<Value = IpNet> {
    (ip(), 0u8..=128).prop_filter_map("a prefix length", |(ip, length)| IpNet::new(ip, length).ok())
}

/// Spellings that are no address of the other kinds.
fn verbatim() -> impl Strategy<Value = Address> {
    let text = prop_oneof![
        "0[0-9]{1,2}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}",
        "<nil>",
        "[G-Z]{1,9}",
        "FD00:0::[0-9A-F]{1,4}"
    ];
    text.prop_filter_map("a word", |text| Word::new(&text).map(Address::Verbatim))
}

fn address() -> impl Strategy<Value = Address> {
    prop_oneof![ip().prop_map(Address::Ip), net().prop_map(Address::Net), verbatim()]
}

fn interface() -> impl Strategy<Value = Interface> {
    let no_plus = word().prop_filter("no `+`", |name| !name.as_str().ends_with('+'));
    (no_plus, any::<bool>()).prop_map(|(name, prefix)| Interface { name, prefix })
}

fn masked() -> impl Strategy<Value = Masked> {
    prop_oneof![
        any::<(u32, u32)>().prop_map(|(value, mask)| Masked { value, mask }),
        any::<u32>().prop_map(|value| Masked { value, mask: value }),
        any::<u32>().prop_map(|value| Masked { value, mask: 0 }),
    ]
}

fn recent() -> impl Strategy<Value = Recent> {
    let check = any::<(u32, bool)>().prop_map(|(seconds, reap)| RecentOperation::Check { seconds, reap });
    let operation = prop_oneof![Just(RecentOperation::Set), check];
    (chain_name(), operation).prop_map(|(list, operation)| Recent { list, operation })
}

fn probability() -> impl Strategy<Value = Probability> {
    prop_oneof![
        (1u32..200).prop_map(Probability::OneIn),
        (1u32..).prop_map(Probability::OneIn),
        (0..=1u32 << 31).prop_map(Probability::Raw),
    ]
}

/// Options that no module of the model has.
fn foreign_options() -> impl Strategy<Value = Vec<ForeignOption>> {
    let value = "[ -~äß\t]{0,12}".prop_map(String::into_boxed_str);
    let option = (any::<bool>(), "--x-[a-z]{1,9}", vec(value, 0..3));
    vec(option.prop_map(|(not, name, values)| ForeignOption { not, name: name.into(), values }), 0..3)
}

fn foreign(option: &'static str, name: &'static str) -> impl Strategy<Value = Foreign> {
    (name, foreign_options()).prop_map(move |(name, rest)| {
        let first = ForeignOption { not: false, name: option.into(), values: vec![name.into()] };
        Foreign(std::iter::once(first).chain(rest).collect())
    })
}

fn out_interface() -> impl Strategy<Value = Foreign> {
    let option = |(not, name): (bool, Word)| ForeignOption {
        not,
        name: "-o".into(),
        values: vec![name.as_str().into()],
    };
    (any::<bool>(), word()).prop_map(move |words| Foreign(vec![option(words)]))
}

fn condition() -> impl Strategy<Value = Match> {
    let states = (1u8..128).prop_map(ConntrackStates);
    let account = "[a-z_]{1,31}".prop_filter_map("a name", |name| AccountName::new(&name));
    prop_oneof![
        comment().prop_map(Match::Comment),
        is(address()).prop_map(Match::Source),
        is(address()).prop_map(Match::Destination),
        is(interface()).prop_map(Match::InInterface),
        is(states).prop_map(Match::ConntrackState),
        is(Just(())).prop_map(Match::SourceIsLocal),
        is(Just(())).prop_map(Match::DestinationIsLocal),
        is(masked()).prop_map(Match::Mark),
        recent().prop_map(Match::Recent),
        probability().prop_map(Match::Statistic),
        account.prop_map(Match::Accounting),
        foreign("-m", "x[a-z]{1,9}").prop_map(Match::Unknown),
        out_interface().prop_map(Match::Unknown),
    ]
}

/// A port needs its protocol before it, and a rule has one protocol.
fn matches() -> impl Strategy<Value = Vec<Match>> {
    let protocol = is(prop::sample::select(&[Protocol::Sctp, Protocol::Tcp, Protocol::Udp][..]));
    let or_port = prop_oneof![condition(), is(any::<u16>()).prop_map(Match::DestinationPort)];
    (vec(condition(), 0..3), option::of(protocol), vec(or_port, 0..4)).prop_map(
        |(before, protocol, after)| {
            let ports = protocol.is_some_and(|protocol| !protocol.not);
            let after = after.into_iter().filter(|one| ports || !matches!(one, Match::DestinationPort(_)));
            before.into_iter().chain(protocol.map(Match::Protocol)).chain(after).collect()
        },
    )
}

fn target() -> impl Strategy<Value = Target> {
    let host = prop_oneof![ip().prop_map(Address::Ip), verbatim()];
    let destination = (host, any::<u16>()).prop_map(|(address, port)| SocketAddress { address, port });
    prop_oneof![
        chain_name().prop_map(Target::Jump),
        chain_name().prop_map(Target::Goto),
        Just(Target::Accept),
        Just(Target::Drop),
        Just(Target::Return),
        option::of("[a-z]{1,9}-reset")
            .prop_map(|answer| Target::Reject(answer.and_then(|text| Word::new(&text)))),
        destination.prop_map(Target::DestinationNat),
        any::<bool>().prop_map(|random_fully| Target::Masquerade { random_fully }),
        masked().prop_map(Target::SetMark),
        foreign("-j", "LOG|SNAT|CT|TPROXY").prop_map(Target::Unknown),
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    let parts = (chain_name(), matches(), option::of(target()));
    parts.prop_map(|(chain, matches, target)| Rule { chain, matches, target })
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        4 => rule().prop_map(Command::Append),
        1 => rule().prop_map(Command::Insert),
        1 => chain_name().prop_map(Command::DeleteChain),
    ]
}

fn table() -> impl Strategy<Value = Table> {
    let policy = option::of(prop_oneof![Just(Policy::Accept), Just(Policy::Drop)]);
    let chain = (chain_name(), policy).prop_map(|(name, policy)| Chain { name, policy });
    (prop::sample::select(&TableName::ALL[..]), vec(chain, 0..3), vec(command(), 0..6))
        .prop_map(|(name, chains, commands)| Table { name, chains, commands })
}

fn family() -> impl Strategy<Value = Family> {
    prop::sample::select(&Family::ALL[..])
}

/// Words that rules are made of, in any order.
fn rule_words() -> impl Strategy<Value = Vec<String>> {
    const OPTIONS: &[&str] = &[
        "-A",
        "-I",
        "-X",
        "-m",
        "-p",
        "-s",
        "-d",
        "-i",
        "-j",
        "-g",
        "!",
        "--dport",
        "--comment",
        "--name",
        "--mark",
        "--set",
        "-c",
        "-o",
        "--ctstate",
    ];
    const VALUES: &[&str] = &[
        "tcp", "comment", "recent", "mark", "addrtype", "state", "set", "DNAT", "MARK", "LOG", "80", "1/2",
        "NEW",
    ];
    let word = prop_oneof![
        4 => prop::sample::select(OPTIONS).prop_map(str::to_owned),
        4 => prop::sample::select(VALUES).prop_map(str::to_owned),
        1 => "[ -~]{0,6}",
        1 => "\"[ -~]{0,6}\"",
        1 => "\\PC{0,4}",
    ];
    vec(word, 0..12)
}

fn lines_of(ruleset: &Ruleset) -> usize {
    ruleset.tables.iter().map(|table| 2 + table.chains.len() + table.commands.len()).sum()
}

/// What was read is written in one line each, and reading it again changes nothing.
fn assert_stable(text: &str, family: Family) -> Result<(), TestCaseError> {
    let (ruleset, _) = read(text, family);
    let written = write(&ruleset);
    prop_assert_eq!(written.matches('\n').count(), lines_of(&ruleset));
    prop_assert!(!written.contains(|character: char| character.is_control() && !"\n\t".contains(character)));
    let (again, problems) = read(&written, family);
    prop_assert_eq!(problems, vec![]);
    prop_assert_eq!(again, ruleset);
    Ok(())
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same(family in family(), tables in vec(table(), 0..3)) {
        let ruleset = Ruleset { family, tables };
        let written = write(&ruleset);
        let (again, problems) = read(&written, family);
        prop_assert_eq!(problems, vec![], "{}", written);
        prop_assert_eq!(again, ruleset, "{}", written);
    }

    #[test]
    fn a_normal_form_is_its_own(family in family(), tables in vec(table(), 0..3)) {
        let normal = Ruleset { family, tables }.normalise();
        prop_assert_eq!(normal.normalise(), normal);
    }

    #[test]
    fn any_text_is_read(text in "\\PC*|[ -~\n\r\t\"]*", family in family()) {
        assert_stable(&text, family)?;
    }

    #[test]
    fn any_words_are_read(words in rule_words(), family in family()) {
        assert_stable(&format!("*nat\n-A X {}\nCOMMIT\n", words.join(" ")), family)?;
    }

    #[test]
    fn an_unknown_option_is_never_lost(mut words in rule_words(), at: prop::sample::Index) {
        words.insert(at.index(words.len() + 1), "--x-marker".to_owned());
        let (ruleset, problems) = read(&format!("*nat\n-A X {}\nCOMMIT\n", words.join(" ")), Family::Ipv4);
        prop_assert!(!problems.is_empty() || write(&ruleset).contains("--x-marker"));
    }

    #[test]
    fn any_damage_is_survived(tables in vec(table(), 1..3), family in family(), at: prop::sample::Index, by: char) {
        let mut text = write(&Ruleset { family, tables });
        let mut at = at.index(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        text.insert(at, by);
        assert_stable(&text, family)?;
    }
}
