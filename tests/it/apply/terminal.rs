//! Promise: a terminal shows the progress of a change; files and pipes get no control sequences.

use std::fs::File;
use std::io::Read;
use std::process::Stdio;
use std::thread::spawn;

use nix::pty::{Winsize, openpty};

use crate::apply::command::Node;
use crate::support::exe::Hnsplan;

/// The first byte of every sign for terminals.
const ESCAPE: char = '\u{1b}';

/// Erases a line of the terminal.
const ERASE: &str = "\u{1b}[2K";

/// Runs a command whose standard error is a terminal of 100 columns. What it prints, and what the terminal gets.
fn on_terminal(command: Hnsplan) -> (String, String) {
    let size = Winsize { ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
    let terminal = openpty(Some(&size), None).expect("a pseudo terminal can be made");
    let mut command = command.env("TERM", "xterm").into_command();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(terminal.slave);
    let child = command.spawn().expect("hnsplan can be started");
    // The last one who could write to the terminal is then the child.
    drop(command);
    let screen = spawn(move || {
        let mut bytes = Vec::new();
        // A terminal that nobody writes to any more is an error, not an end.
        let _ = File::from(terminal.master).read_to_end(&mut bytes);
        String::from_utf8(bytes).expect("what is shown is UTF-8")
    });
    let output = child.wait_with_output().expect("hnsplan ends");
    let screen = screen.join().expect("reading does not panic");
    assert!(output.status.success(), "{screen}");
    (String::from_utf8(output.stdout).expect("the result is UTF-8"), screen)
}

/// 30 steps that take long enough to be seen.
fn slow_apply(node: &Node) -> Hnsplan {
    node.apply().args("--sim-pause 20ms")
}

#[test]
fn a_terminal_gets_a_bar_that_moves_and_is_gone_in_the_end() {
    let node = Node::with_services(10);
    let (printed, screen) = on_terminal(slow_apply(&node));
    let positions: Vec<usize> = (1..=30).filter(|step| screen.contains(&format!(" {step}/30 "))).collect();
    assert!(positions.len() > 3, "the bar stood at {positions:?}: {screen:?}");
    assert!(screen.contains("█"), "{screen:?}");
    assert!(screen.contains("/30 + load balancer 10.96.0."), "it names what is done: {screen:?}");
    let after = screen.rsplit(ERASE).next().expect("a text has a last part");
    let is_seen = |sign: char| !sign.is_control() && sign != ' ';
    assert!(screen.contains(ERASE) && !after.chars().any(is_seen), "something stays: {screen:?}");
    assert!(printed.ends_with("Apply complete! 30 added, 0 changed, 0 destroyed.\n"), "{printed}");
    assert!(!printed.contains(ESCAPE), "standard output is no terminal: {printed:?}");
}

#[test]
fn messages_are_printed_above_the_bar() {
    let node = Node::with_services(10);
    let (_, screen) = on_terminal(slow_apply(&node).args("--sim-fault 15=HCN_E_MANAGER_STOPPED"));
    let lines: Vec<&str> = screen.split(['\r', '\n']).filter(|line| line.contains("Trying again")).collect();
    assert_eq!(lines.len(), 1, "{screen:?}");
    assert!(!lines[0].contains('█') && lines[0].ends_with("Trying again in 250 ms."), "{screen:?}");
}

#[test]
fn programs_get_lines_even_on_a_terminal() {
    let node = Node::with_services(10);
    let (printed, screen) = on_terminal(slow_apply(&node).args("-o jsonl"));
    assert_eq!(screen, "");
    assert!(printed.lines().all(|line| line.starts_with('{')), "{printed}");
}

#[test]
fn a_file_gets_no_bar() {
    let node = Node::with_services(10);
    let outcome = slow_apply(&node).env("TERM", "xterm").run();
    assert!(!outcome.succeeded().contains(ESCAPE), "{:?}", outcome.stdout);
    assert_eq!(outcome.stderr, "");
}
