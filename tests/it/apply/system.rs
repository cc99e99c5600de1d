//! Promise: the journal is on the disk before each change of the node and after it, and the memory for a step
//! does not depend on the size of the plan.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::apply::command::Node;
use crate::support::exe::Hnsplan;
use crate::support::skip::{not_started, skip};

/// What a command that ends with this code did, by the word of the kernel: `J` it wrote to the journal, `S` the
/// journal was brought to the disk, `N` it changed the node.
fn traced(node: &Node, command: Hnsplan, code: i32) -> Option<String> {
    let command = command.into_command();
    let trace = node.folder().join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-s", "0", "-e", "trace=write,fsync,fdatasync", "-o"]).arg(&trace);
    strace.arg(command.get_program()).args(command.get_args()).current_dir(node.folder());
    let outcome = match strace.stdin(Stdio::null()).output() {
        Ok(outcome) => outcome,
        Err(error) => {
            skip(&not_started("strace", &error));
            return None;
        }
    };
    assert_eq!(outcome.status.code(), Some(code), "{}", String::from_utf8_lossy(&outcome.stderr));
    let trace = fs::read_to_string(trace).expect("strace has written it");
    let signs = trace.lines().filter_map(|line| {
        let is_sync = line.contains(" fsync(") || line.contains(" fdatasync(");
        match (line.contains(".jsonl>") || line.contains(".new>"), line.contains("node.json.log>")) {
            (true, _) if is_sync => Some('S'),
            (true, _) => Some('J'),
            (_, true) => Some('N'),
            _ => None,
        }
    });
    let mut signs: Vec<char> = signs.collect();
    // The first change of a simulated node is two lines of its log.
    signs.dedup_by(|next, last| *next == 'N' && *last == 'N');
    Some(signs.into_iter().collect())
}

#[test]
fn the_journal_is_on_the_disk_before_and_after_each_operation() {
    let node = Node::with_services(1);
    let Some(done) = traced(&node, node.apply(), 0) else { return };
    // All steps at once, and for each of them that it begins and that it is done; then the end.
    assert_eq!(done, format!("JS{}JS", "JSNJS".repeat(3)));
    // The third call fails before it does anything. It is noted that it goes back from there, that nothing is to be
    // taken back of that step, and for the other two that they begin to be taken back and that they are.
    let node = Node::with_services(1);
    let failing = node.apply().args("--sim-fault 3=HCN_E_INVALID_IP");
    let done = traced(&node, failing, 1).expect("strace was there before");
    assert_eq!(done, format!("JS{0}JSJSJS{0}JS", "JSNJS".repeat(2)));
}

/// On Windows a handle for appending has no right to shorten a file, and a journal whose last line is torn has to be
/// shortened before it goes on.
#[test]
fn no_file_that_is_opened_for_appending_is_shortened() {
    let node = Node::with_services(1);
    node.apply().run().succeeded();
    let path = node.folder().join("node.json.journal/000001.jsonl");
    let journal = fs::read_to_string(&path).expect("there is a journal");
    fs::write(&path, &journal[..journal.len() - 7]).expect("it can be torn");
    let trace = node.folder().join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-e", "trace=openat,ftruncate", "-o"]).arg(&trace);
    let undo = node.undo().into_command();
    strace.arg(undo.get_program()).args(undo.get_args()).current_dir(node.folder()).stdin(Stdio::null());
    let output = match strace.output() {
        Ok(output) => output,
        Err(error) => return skip(&not_started("strace", &error)),
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let trace = fs::read_to_string(trace).expect("strace has written it");
    assert!(trace.contains("ftruncate("), "the torn line is cut away: {trace}");
    let appended = trace.lines().find(|line| line.contains(".jsonl") && line.contains("O_APPEND"));
    assert_eq!(appended, None);
    assert_eq!(node.counts(), (0, 0));
}

/// As a person does with Ctrl-C, a pod that is deleted, and a terminal that goes away.
#[test]
fn a_signal_rolls_everything_back() {
    for signal in ["INT", "TERM", "HUP"] {
        let node = Node::with_services(40);
        let mut command = node.apply().args("-o jsonl --sim-pause 50ms").into_command();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("hnsplan can be started");
        let mut events = BufReader::new(child.stdout.take().expect("standard output is piped")).lines();
        events.find(|event| event.as_ref().is_ok_and(|event| event.contains(r#""done""#)));
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(child.id().to_string()).status();
        assert!(sent.expect("kill can be run").success());
        let events: Vec<String> = events.map(|event| event.expect("events are UTF-8")).collect();
        let output = child.wait_with_output().expect("hnsplan ends");
        let messages = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{signal}: {messages}");
        assert!(messages.starts_with("error[A1215]: it was interrupted\n"), "{signal}: {messages}");
        let last = events.last().expect("it goes on after the signal");
        assert!(last.contains(r#""event":"rolledBack""#), "{signal}: {last}");
        assert_eq!(node.counts(), (0, 0), "{signal}");
    }
}

/// The most memory that an apply of so many Services took, in KiB, when all its steps were done.
fn peak_memory(services: usize) -> usize {
    let node = Node::with_services(services);
    let mut command = node.apply().args("-o jsonl --confirm-timeout 60s").into_command();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("hnsplan can be started");
    // What it prints has to go somewhere, or it would wait.
    let events = child.stdout.take().expect("standard output is piped");
    let events = std::thread::spawn(move || BufReader::new(events).lines().count());
    let mut messages = BufReader::new(child.stderr.take().expect("standard error is piped"));
    let mut line = String::new();
    while !line.contains("Keep it?") {
        line.clear();
        assert_ne!(
            messages.read_line(&mut line).expect("messages are UTF-8"),
            0,
            "it ends without a question"
        );
    }
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it waits for an answer");
    child.stdin.take().expect("standard input is piped").write_all(b"yes\n").expect("it waits for an answer");
    assert!(child.wait().expect("it ends").success());
    assert_eq!(events.join().expect("counting does not panic"), 3 * services * 2 + 2, "events");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the kernel tells it");
    peak.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn memory_grows_with_the_plan_and_not_with_its_square() {
    // In smaller plans, reading the manifests takes more memory than the steps do.
    let [small, middle, large] = [1_000, 2_000, 4_000].map(peak_memory);
    println!("3,000 steps: {small} KiB, 6,000: {middle} KiB, 12,000: {large} KiB");
    let (first, second) = (middle.saturating_sub(small), large.saturating_sub(middle));
    assert!(second < 3 * first.max(1_000), "{first} KiB more for 3,000 steps, {second} for 6,000");
}
