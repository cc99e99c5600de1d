//! Promise: `-f` takes files, directories and standard input, and names what it cannot read.

use std::fs;
use std::path::Path;

use crate::manifest::reading::{DNAT, WEB, place_of, service};
use crate::support::exe::{Outcome, hnsplan};

fn compile_in(directory: &Path, arguments: &str) -> Outcome {
    hnsplan("compile -t iptables --family ipv4").args(arguments).inside(directory).run()
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder can be made");
        fs::write(path, bytes).expect("a file can be made");
    }
    folder
}

#[test]
fn a_directory_is_all_its_manifests() {
    let (service_text, slice) = WEB.split_once("---\n").unwrap();
    let deep = service("deep", "clusterIP: 10.96.0.2, ports: [{port: 80}]");
    let folder = folder(&[
        ("m/b.yaml", service_text.as_bytes()),
        ("m/a.YML", slice.as_bytes()),
        ("m/README.md", b"{ not a manifest"),
        ("m/inner/c.json", b"[]"),
        ("m/inner/d.yaml", deep.as_bytes()),
    ]);
    let flat = compile_in(folder.path(), "-f m");
    assert!(flat.succeeded().contains(DNAT) && !flat.stdout.contains("default/deep"), "{}", flat.stdout);
    let recursive = compile_in(folder.path(), "-f m -R");
    assert!(recursive.succeeded().contains("default/deep has no endpoints"), "{}", recursive.stdout);
}

#[test]
fn several_inputs_are_one_cluster() {
    let (service_text, slice) = WEB.split_once("---\n").unwrap();
    let folder = folder(&[("service.yaml", service_text.as_bytes())]);
    let outcome = hnsplan("compile -t iptables --family ipv4 -f service.yaml -f -")
        .inside(folder.path())
        .input(slice)
        .run();
    assert!(outcome.succeeded().contains(DNAT));
}

#[test]
fn unreadable_input_is_reported_by_name_with_advice() {
    let folder = folder(&[
        ("empty/notes.txt", b""),
        ("latin1.yaml", b"kind: Service # \xfc\n"),
        ("half.yaml", b"\xff\xfea\0b"),
    ]);
    let cases = [
        ("-f absent.yaml", "cannot read absent.yaml: "),
        ("-f empty", "empty has no file ending in .yaml"),
        ("-f latin1.yaml", "latin1.yaml is not text: byte 16 is not valid UTF-8; save it as UTF-8"),
        ("-f half.yaml", "half.yaml is not text: it starts as UTF-16"),
    ];
    for (arguments, message) in cases {
        let outcome = compile_in(folder.path(), arguments);
        assert!(outcome.failed(2).starts_with(&format!("error: {message}")), "{}", outcome.stderr);
        assert_eq!(outcome.stdout, "", "{arguments}");
        assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    }
}

#[test]
fn the_place_names_the_file() {
    let (service_text, slice) = WEB.split_once("---\n").unwrap();
    let wrong = format!("# c\n{}", slice.replace("port: 8080", "port: 70000"));
    let folder = folder(&[("a.yaml", service_text.as_bytes()), ("b.yaml", wrong.as_bytes())]);
    let outcome = compile_in(folder.path(), "-f a.yaml -f b.yaml --message-format short");
    let wanted = format!("b.yaml:{}: error[M0211]", place_of(&wrong, "70000"));
    assert!(outcome.failed(1).contains(&wanted), "{}", outcome.stderr);
}
