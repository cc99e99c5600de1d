//! Promise: what the README shows is what the program prints.

use crate::support::exe::hnsplan;

const README: &str = include_str!("../../../README.md");

/// The block of this language that begins with a text.
fn block(language: &str, start: &str) -> &'static str {
    let fence = format!("```{language}\n");
    let mut blocks = README.split(&fence).skip(1);
    let block = blocks.find(|block| block.trim_start().starts_with(start));
    block.unwrap_or_else(|| panic!("no {language} block begins with {start}")).split("\n```").next().unwrap()
}

/// The console line of the README with a command, without the program's name.
fn command(start: &str) -> String {
    let texts = README.split('`').flat_map(str::lines);
    let mut commands = texts.filter_map(|line| line.strip_prefix("hnsplan "));
    commands.find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("no command {start}")).to_owned()
}

#[test]
fn the_operations_of_the_example_are_planned() {
    let outcome = hnsplan(&command("compile -t hns")).run();
    let shown = block("json", "{\n      \"op\"");
    assert!(outcome.succeeded().contains(shown.trim_end()), "{}", outcome.stdout);
}

/// The walk through plan, apply and undo, with a node in a folder of its own.
#[test]
fn the_example_of_apply_changes_a_node() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let walk = README.split("\n## Changing a node").nth(1).expect("the section is there");
    let walk = walk.split("\n**").next().unwrap();
    let mut blocks = walk.split("\n```").map(|block| block.split_once('\n').unwrap_or_default());
    let mut commands = 0;
    while let Some((language, body)) = blocks.next() {
        if language != "console" {
            continue;
        }
        let mut stdout = String::new();
        for line in body.lines() {
            let line = ["node.json", "plan.json"].iter().fold(line.to_owned(), |line, file| {
                line.replace(file, &folder.path().join(file).to_string_lossy())
            });
            let mut words = line.split(' ');
            match words.next() {
                Some("cp") => drop(std::fs::copy(words.next().unwrap(), words.next().unwrap()).unwrap()),
                _ => stdout = hnsplan(line.strip_prefix("hnsplan ").unwrap()).run().succeeded().to_owned(),
            }
            commands += 1;
        }
        // After the block's end comes what the last command printed, or the end of it.
        let shown = blocks.find(|(language, _)| *language == "text").expect("the output is shown").1;
        for part in shown.split("\n...\n") {
            assert!(stdout.contains(part), "{part}\nis not in\n{stdout}");
        }
        assert!(stdout.ends_with(&format!("{}\n", shown.rsplit('\n').next().unwrap())), "{stdout}");
    }
    assert_eq!(commands, 5);
    let read = |path: &std::path::Path| std::fs::read_to_string(path).expect("it is there");
    let copied = read(std::path::Path::new("fixtures/shop/win-1.json"));
    assert_eq!(read(&folder.path().join("node.json")), copied, "undone, byte for byte");
}

#[test]
fn the_field_of_the_example_is_explained() {
    let outcome = hnsplan(&command("explain service shop/front")).run();
    let shown = block("text", "localTrafficDSR");
    assert!(outcome.succeeded().contains(shown.trim_end()), "{}", outcome.stdout);
}

#[test]
fn answers_of_hns_can_be_explained() {
    assert!(hnsplan(&command("explain 0x")).run().succeeded().contains("HCN_E_PORT_ALREADY_EXISTS"));
    assert!(hnsplan(&command("explain flags")).run().succeeded().contains("IsVipExternalIp"));
}

#[test]
fn the_lint_of_the_example_is_found() {
    let outcome = hnsplan(&command("check -f fixtures/shop/cluster.yaml --node")).run();
    let shown = block("text", "L0902");
    assert!(outcome.stdout.contains(shown.trim_end()), "{}", outcome.stdout);
}

#[test]
fn both_sides_of_the_example_are_drawn() {
    let outcome = hnsplan(&command("diff iptables hns")).run();
    for part in block("text", "shop/catalog:http").split("...\n") {
        assert!(outcome.stdout.contains(part.trim_end()), "{}", outcome.stdout);
    }
}

#[test]
fn the_fault_of_the_example_is_named() {
    let outcome = hnsplan(&command("diff hns fixtures/reports/16")).run();
    assert_eq!(outcome.stdout.trim_end(), block("text", "shop/api:rest").trim_end());
}

#[test]
fn the_graph_of_the_example_is_drawn() {
    let outcome = hnsplan(&command("graph -t hns")).run();
    let shown = block("text", "shop/front:https  TCP, IPv4");
    assert!(outcome.succeeded().starts_with(shown), "{}", outcome.stdout);
}

#[test]
fn the_suite_of_the_example_is_as_expected() {
    let shown = block("text", "2 cases:");
    assert_eq!(hnsplan(&command("test fixtures")).run().succeeded().trim_end(), shown);
}
