//! What people read is in plain words: phrases that were hard to understand do not come back.

use std::fs;
use std::path::{Path, PathBuf};

/// Phrases that no text for people contains, with what to write instead.
const BANNED: [(&str, &str); 17] = [
    ("nobody", "name the program, rule or Service that is absent"),
    ("somebody", "name the program: another program, kube-proxy, an administrator"),
    ("anybody", "all clients"),
    ("is told of", "HNS does not expose, kube-proxy does not pass"),
    ("is told by", "matched by, detected by"),
    ("are told by", "matched by, detected by"),
    ("only believed", "unverified"),
    ("stands there", "exists"),
    ("there twice", "duplicate"),
    ("as long as it likes", "not documented"),
    ("it goes where it was sent", "the packet is routed unchanged"),
    ("classes of packets", "packet classes"),
    ("class of packets", "packet class"),
    ("no time is set", "without a timeout"),
    ("can be had", "the target cannot implement"),
    ("that can be carried out", "valid"),
    ("said yes", "cancelled"),
];

fn files_below(directory: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("the repository can be read") {
        let path = entry.expect("the repository can be read").path();
        if path.is_dir() {
            files_below(&path, ending, found);
        } else if path.extension().is_some_and(|found| found == ending) {
            found.push(path);
        }
    }
}

/// Whether people read the line: text of a string, or help of a flag, which is a doc comment of `cli` or `shell`.
fn is_for_people(path: &Path, line: &str) -> bool {
    let line = line.trim_start();
    let is_source = path.extension().is_some_and(|ending| ending == "rs");
    let is_help = line.starts_with("///")
        && path.components().any(|part| part.as_os_str() == "cli" || part.as_os_str() == "shell");
    !is_source || is_help || !line.starts_with("//") && line.contains('"')
}

#[test]
fn no_text_for_people_has_a_banned_phrase() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("README.md"), root.join("deploy/README.md")];
    files_below(&root.join("src"), "rs", &mut files);
    files_below(&root.join("docs"), "md", &mut files);
    files_below(&root.join("snapshots"), "snap", &mut files);
    assert!(files.len() > 300, "{} files are all of the project", files.len());
    let mut wrong = Vec::new();
    for path in &files {
        let text = fs::read_to_string(path).expect("it is text");
        for (number, line) in text.lines().enumerate().filter(|(_, line)| is_for_people(path, line)) {
            for (phrase, instead) in BANNED.iter().filter(|(phrase, _)| line.to_lowercase().contains(phrase))
            {
                let place = path.strip_prefix(root).unwrap_or(path).display();
                wrong.push(format!("{place}:{}: \"{phrase}\"; write: {instead}", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
