//! Promise: `hnsplan test --review` asks about each output that differs and does what the answer requests;
//! without a terminal it does not ask.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::thread::spawn;

use nix::pty::{Winsize, openpty};

use crate::suite::command::copied;
use crate::support::exe::{Hnsplan, hnsplan};

fn review(folder: &Path, ci: &str) -> Hnsplan {
    hnsplan("test --review").arg(folder).env("CI", ci)
}

/// Runs a review on a terminal where somebody types this. The exit code, and what the terminal shows.
fn reviewed(folder: &Path, typed: &str) -> (i32, String) {
    let size = Winsize { ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
    let terminal = openpty(Some(&size), None).expect("a pseudo terminal can be made");
    let mut command = review(folder, "").into_command();
    let slave = || terminal.slave.try_clone().expect("there is room for a file");
    command.stdin(slave()).stdout(slave()).stderr(slave());
    let mut child = command.spawn().expect("hnsplan can be started");
    // The last one who could write to the terminal is then the child.
    drop((command, terminal.slave));
    let mut master = File::from(terminal.master);
    master.write_all(typed.as_bytes()).expect("a terminal takes what is typed");
    let screen = spawn(move || {
        let mut bytes = Vec::new();
        // A terminal that nobody writes to any more is an error, not an end.
        let _ = master.read_to_end(&mut bytes);
        String::from_utf8(bytes).expect("what is shown is UTF-8")
    });
    let code = child.wait().expect("hnsplan ends").code().expect("it ends by itself");
    (code, screen.join().expect("reading does not panic"))
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).expect("it is there")
}

/// Where what is given now is kept for later.
fn proposal(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}.new", path.display()))
}

#[test]
fn each_output_is_accepted_rejected_or_skipped() {
    let folder = copied();
    let [rules, messages, script] = [
        "linux/wrong-port-name.ipv4.rules",
        "linux/wrong-port-name.messages.txt",
        "windows/sticky.netsh.txt",
    ]
    .map(|name| folder.path().join(name));
    let right = [&rules, &messages, &script].map(|path| text(path));
    for path in [&rules, &messages, &script] {
        fs::write(path, "something else\n").expect("it can be written");
    }
    let proposal = |path: &Path| proposal(path).exists();

    // Of an earlier run; whoever rejects wants to see no more of it.
    fs::write(self::proposal(&messages), "of yesterday").expect("it can be written");

    // An invalid answer repeats the question.
    let (code, screen) = reviewed(folder.path(), "what?\na\nr\ns\n");
    assert_eq!(code, 1, "{screen}");
    assert_eq!(screen.matches("a: accept it").count(), 4, "{screen}");
    assert!(screen.contains("-something else"), "{screen}");
    assert!(screen.contains("1 output as expected, 1 accepted, 2 differ"), "{screen}");
    assert_eq!((text(&rules), proposal(&rules)), (right[0].clone(), false));
    assert_eq!((text(&messages), proposal(&messages)), ("something else\n".to_owned(), false));
    assert_eq!((text(&script), proposal(&script)), ("something else\n".to_owned(), true));

    // Control-D is nobody.
    let (code, screen) = reviewed(folder.path(), "accept\n\u{4}");
    assert_eq!((code, text(&messages)), (1, right[1].clone()), "{screen}");
    let (code, screen) = reviewed(folder.path(), "accept\n");
    assert_eq!((code, text(&script)), (0, right[2].clone()), "{screen}");
}

#[test]
fn there_are_no_questions_without_a_terminal_or_in_ci() {
    let folder = copied();
    let rules = folder.path().join("linux/wrong-port-name.ipv4.rules");
    fs::write(&rules, "something else\n").expect("it can be written");
    assert!(review(folder.path(), "").run().failed(2).contains("asks on a terminal"));
    assert!(review(folder.path(), "true").run().failed(2).contains("CI is set"));
    assert_eq!(text(&rules), "something else\n");
    assert!(!proposal(&rules).exists());
}
