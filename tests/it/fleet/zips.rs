//! Promise: a zip of a node's dumps is as good as the folder that it was made of, and one that was made to harm harms nobody.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use rawzip::{CompressionMethod, ZipArchiveWriter};
use serde_json::Value;

use super::Synthetic;
use crate::support::exe::hnsplan;

/// How a zip is made.
#[derive(Debug, Clone, Copy)]
struct Made {
    /// What stands before the names of its files.
    folder: &'static str,
    is_packed: bool,
}

fn zip(made: Made, files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut bytes);
    for (name, content) in files {
        let name = format!("{}{name}", made.folder);
        let method = if made.is_packed { CompressionMethod::DEFLATE } else { CompressionMethod::STORE };
        let file =
            archive.new_file(rawzip::path::EntryPath::verbatim(name.into_bytes())).compression_method(method);
        let (mut entry, config) = file.start().expect("a file of a zip");
        let descriptor = if made.is_packed {
            let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::fast()));
            writer.write_all(content).expect("it is written");
            let (encoder, descriptor) = writer.finish().expect("it is written");
            encoder.finish().expect("it is written");
            descriptor
        } else {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(content).expect("it is written");
            writer.finish().expect("it is written").1
        };
        entry.finish(descriptor).expect("it is written");
    }
    archive.finish().expect("it is written");
    bytes
}

/// The files of a folder, or the file.
fn files(path: &Path) -> Vec<(String, Vec<u8>)> {
    let paths = if path.is_dir() {
        fs::read_dir(path).expect("a folder").map(|entry| entry.expect("a file").path()).collect()
    } else {
        vec![path.to_owned()]
    };
    let named = |path: &std::path::PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
    paths.iter().map(|path| (named(path), fs::read(path).expect("a file"))).collect()
}

fn ask(fleet: &Synthetic, dumps: &str) -> Value {
    let arguments = format!("diff -f cluster.yaml --config kube-proxy.yaml --dumps {dumps} -o json");
    let outcome = hnsplan(&arguments).inside(fleet.folder()).run();
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{}", outcome.stderr))
}

#[test]
fn a_zip_tells_what_its_folder_tells() {
    let fleet = Synthetic::new(5, 8);
    fleet.change("win-001", |state| {
        state["LoadBalancers"].as_array_mut().expect("a list").remove(0);
    });
    let wanted = ask(&fleet, "dumps");
    assert!(wanted.to_string().contains("win-001"), "{wanted}");
    let ways = [
        Made { folder: "", is_packed: true },
        Made { folder: "", is_packed: false },
        Made { folder: "k3v0x1/", is_packed: true },
        Made { folder: "logs\\", is_packed: true },
    ];
    for (at, made) in ways.into_iter().enumerate() {
        let folder = format!("zips-{at}");
        fs::create_dir(fleet.path(&folder)).expect("a folder");
        for entry in fs::read_dir(fleet.path("dumps")).expect("a folder") {
            let path = entry.expect("a dump").path();
            let node = path.file_name().expect("a name").to_string_lossy().into_owned();
            let node = node.trim_end_matches(".save");
            let files = files(&path);
            let files: Vec<(&str, Vec<u8>)> =
                files.iter().map(|(name, content)| (&**name, content.clone())).collect();
            fs::write(fleet.path(&format!("{folder}/{}.ZIP", node.to_uppercase())), zip(made, &files))
                .expect("a file");
        }
        assert_eq!(ask(&fleet, &folder), wanted, "{made:?}");
    }
}

#[test]
fn a_zip_of_one_node_is_a_dump_of_it() {
    let fleet = Synthetic::new(1, 4);
    let made = Made { folder: "logs/", is_packed: true };
    let state = fs::read(fleet.dump("win-000")).expect("a dump");
    let ports =
        b"Protocol tcp Dynamic Port Range\r\nStart Port : 30000\r\nNumber of Ports : 100\r\n".to_vec();
    let bytes = zip(made, &[("state.json", state.clone()), ("dynamicportrange.txt", ports.clone())]);
    fs::write(fleet.path("win.zip"), bytes).expect("a file");
    fs::create_dir(fleet.path("win")).expect("a folder");
    fs::write(fleet.path("win/state.json"), state).expect("a file");
    fs::write(fleet.path("win/dynamicportrange.txt"), ports).expect("a file");
    let check = |dump: &str| {
        let arguments = format!(
            "check -t hns,hns-state -f cluster.yaml --config kube-proxy.yaml --node win-000 --dump {dump}"
        );
        hnsplan(&arguments).inside(fleet.folder()).run()
    };
    let [zip, folder] = ["win.zip", "win"].map(check);
    assert_eq!((zip.code, zip.stdout), (folder.code, folder.stdout.clone()));
    assert!(folder.stdout.contains("30000"), "{}", folder.stdout);
}

#[test]
fn a_zip_that_is_broken_or_made_to_harm_is_refused() {
    let fleet = Synthetic::new(1, 2);
    let made = Made { folder: "", is_packed: true };
    let state = fs::read(fleet.dump("win-000")).expect("a dump");
    let good = zip(made, &[("state.json", state.clone())]);
    let mut torn = good.clone();
    torn.truncate(good.len() / 2);
    let mut changed = good.clone();
    changed[60] ^= 0x55;
    // Bit 0 of the flags, in the local header and in the directory.
    let mut encrypted = good.clone();
    let directory = good.windows(4).position(|bytes| bytes == b"PK\x01\x02").expect("a directory");
    encrypted[6] |= 1;
    encrypted[directory + 8] |= 1;
    let mut method = good.clone();
    method[8] = 99;
    method[directory + 10] = 99;
    let bomb = zip(made, &[("state.json", vec![b' '; (256 << 20) + 1])]);
    let twice = zip(made, &[("state.json", state.clone()), ("state.json", state.clone())]);
    let outside = zip(made, &[("../../outside.json", state.clone()), ("/etc/outside.json", state)]);
    let many: Vec<(String, Vec<u8>)> = (0..5000).map(|at| (format!("{at}.json"), Vec::new())).collect();
    let many: Vec<(&str, Vec<u8>)> = many.iter().map(|(name, content)| (&**name, content.clone())).collect();
    for (bytes, why) in [
        (torn, "only a part of a zip"),
        (changed, "broken"),
        (encrypted, "it is encrypted"),
        (method, "packed in a way that is not known"),
        (bomb, "larger than 256 MiB"),
        (twice, "two files with the name state.json"),
        (outside, "contains no dump of a node"),
        (zip(Made { is_packed: false, ..made }, &many), "more than 4096 files"),
        (zip(made, &[]), "contains no dump of a node"),
    ] {
        fs::remove_dir_all(fleet.path("dumps")).expect("a folder");
        fs::create_dir(fleet.path("dumps")).expect("a folder");
        fs::write(fleet.path("dumps/win-000.zip"), bytes).expect("a file");
        let found = ask(&fleet, "dumps").to_string();
        assert!(found.contains(why) && found.contains("R1403"), "{why}: {found}");
    }
    assert!(!fleet.path("../outside.json").exists() && !fleet.path("../../outside.json").exists());
}

/// To look whether it is a zip takes bytes from a pipe, which nobody reads again.
#[test]
#[cfg(target_os = "linux")]
fn a_dump_from_a_pipe_is_read_as_a_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there").success());
    let report = "fixtures/reports/01-missing-dns";
    let asked = format!("-f {report}/cluster.yaml --node win-1");
    for command in ["trace -t hns-state -S pod -D kube-system/kube-dns:dns --dump", "diff hns"] {
        let given = |name: &str| format!("{command} {name} {asked}");
        let text = fs::read(format!("{report}/hns.json")).expect("it is a file");
        let of_file = hnsplan(&given(&format!("{report}/hns.json"))).run();
        let writer = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::write(pipe, text).ok()
        });
        let of_pipe = hnsplan(&given(&pipe.display().to_string())).run();
        writer.join().expect("writing does not panic");
        assert_eq!(of_pipe.code, of_file.code, "{command}: {}", of_pipe.stderr);
        let names = [pipe.display().to_string(), format!("{report}/hns.json")];
        let [one, other] = [(&of_pipe, &names[0]), (&of_file, &names[1])]
            .map(|(of, name)| of.stdout.replace(&**name, "DUMP"));
        assert_eq!(one, other, "{command}");
    }
}

/// A zip is an input like any other file.
#[test]
fn no_answer_is_written_over_a_zip() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = "fixtures/reports/01-missing-dns";
    let dump = fs::read(format!("{report}/hns.json")).expect("it is a file");
    let path = folder.path().join("node.zip");
    let bytes = zip(Made { folder: "", is_packed: true }, &[("hns.json", dump)]);
    fs::write(&path, &bytes).expect("a file");
    let shown = path.display();
    let command = format!("diff hns {shown} -f {report}/cluster.yaml --node win-1 --out {shown}");
    let outcome = hnsplan(&command).run();
    let message = outcome.failed(2);
    assert!(message.contains("is an input of this run"), "{message}");
    assert_eq!(fs::read(&path).expect("it is there"), bytes);
}
