//! Promise: what a release ships names every package that is in it with its licence, and the manifests for package managers
//! name the archives that were built, with their checksums.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::skip::{not_started, skip};

const TARGETS: [&str; 3] =
    ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl", "x86_64-pc-windows-gnu"];

const TEMPLATES: [&str; 4] = ["krew.yaml", "hnsplan.rb", "scoop.json", "winget.yaml"];

fn run(script: &str, arguments: &[&str]) -> Output {
    Command::new(format!("deploy/release/{script}")).args(arguments).output().expect("it can be run")
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("it is text")
}

/// A folder with checksums as a release of these targets has them: digit `n` for the n-th target.
fn checksums(targets: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is room");
    let line = |(at, target): (usize, &&str)| {
        let end = if target.contains("windows") { "zip" } else { "tar.gz" };
        format!("{}  hnsplan-1.2.3-{target}.{end}\n", at.to_string().repeat(64))
    };
    let lines: String = targets.iter().enumerate().map(line).collect();
    fs::write(folder.path().join("SHA256SUMS"), lines + "ff  hnsplan-1.2.3.cdx.json\n")
        .expect("it is written");
    folder
}

fn packages(folder: &tempfile::TempDir, version: &str, url: &str) -> Output {
    run("packages", &[version, &folder.path().to_string_lossy(), url])
}

const URL: &str = "https://example.com/hnsplan/v1.2.3";

#[test]
fn manifests_for_package_managers_name_what_was_built() {
    let folder = checksums(&TARGETS);
    printed(&packages(&folder, "1.2.3", URL));
    let filled = |name: &str| fs::read_to_string(folder.path().join("packages").join(name)).expect(name);
    for name in TEMPLATES {
        let text = filled(name);
        assert!(!text.contains('@') && text.contains(URL) && text.contains("1.2.3"), "{name}: {text}");
    }
    let scoop: Value = serde_json::from_str(&filled("scoop.json")).expect("it is JSON");
    assert_eq!(scoop["architecture"]["64bit"]["hash"], "2".repeat(64));
    let winget: Value = serde_yaml::from_str(&filled("winget.yaml")).expect("it is YAML");
    assert_eq!(
        winget["Installers"][0]["InstallerUrl"],
        format!("{URL}/hnsplan-1.2.3-x86_64-pc-windows-gnu.zip")
    );
    let krew: Value = serde_yaml::from_str(&filled("krew.yaml")).expect("it is YAML");
    let platforms = krew["spec"]["platforms"].as_array().expect("a list");
    let sums: Vec<&str> = platforms.iter().filter_map(|of| of["sha256"].as_str()).collect();
    assert_eq!(sums, ["0".repeat(64), "1".repeat(64), "2".repeat(64)]);
}

/// A manifest with a checksum that is none would be refused only where people install.
#[test]
fn a_manifest_of_archives_that_are_not_there_is_left_out() {
    let folder = checksums(&TARGETS[..1]);
    let output = packages(&folder, "1.2.3", URL);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    for name in TEMPLATES {
        assert!(!folder.path().join("packages").join(name).exists(), "{name}");
        assert!(told.contains(&format!("{name} is left out")), "{told}");
    }
}

#[test]
fn what_is_no_version_and_no_address_is_refused() {
    let folder = checksums(&TARGETS);
    for (version, url) in [
        ("1.2", URL),
        ("1.2.3\nx", URL),
        ("$(id)", URL),
        ("1.2.3", "http://example.com"),
        ("1.2.3", "https://x\"y"),
    ] {
        let output = packages(&folder, version, url);
        assert_eq!(output.status.code(), Some(2), "{version} {url}");
    }
    assert!(!folder.path().join("packages").exists());
}

fn dependencies(target: &str) -> BTreeSet<String> {
    let lines = printed(&run("dependencies", &[target, "cli,apply"]));
    lines.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect()
}

/// Packages of other systems are fetched where they are built; tests run offline with those of this one.
fn is_here(target: &str) -> bool {
    let output = run("dependencies", &[target, "cli,apply"]);
    if !output.status.success() {
        skip(&format!("the packages of {target} are not on this machine: run cargo fetch --locked"));
    }
    output.status.success()
}

#[test]
fn every_package_of_a_program_has_its_licence_in_the_notices() {
    for target in TARGETS.into_iter().filter(|target| is_here(target)) {
        let notices = printed(&run("notices", &[target, "cli,apply"]));
        let (list, texts) = notices.split_once("\n====").expect("a list, and texts");
        let heads: BTreeSet<&str> = texts
            .split(&"=".repeat(80))
            .filter_map(|part| part.trim_start_matches(['=', '\n']).lines().next())
            .flat_map(|line| line.split(", "))
            .collect();
        let packages = dependencies(target);
        assert!(packages.len() > 50, "{target}: {}", packages.len());
        for package in &packages {
            assert!(list.contains(&format!("\n{package}: ")), "{target}: {package} is not listed");
            assert!(heads.contains(&**package), "{target}: {package} has no text");
        }
    }
}

#[test]
fn the_bill_of_materials_has_every_package_with_its_checksum() {
    if let Err(error) = Command::new("jq").arg("--version").output() {
        return skip(&not_started("jq", &error));
    }
    for target in TARGETS.into_iter().filter(|target| is_here(target)) {
        let bill: Value =
            serde_json::from_str(&printed(&run("sbom", &[target, "cli,apply"]))).expect("it is JSON");
        assert_eq!((&bill["bomFormat"], &bill["specVersion"]), (&"CycloneDX".into(), &"1.5".into()));
        let components = bill["components"].as_array().expect("a list");
        let of = |component: &Value| {
            format!("{} {}", component["name"].as_str().unwrap(), component["version"].as_str().unwrap())
        };
        assert_eq!(components.iter().map(of).collect::<BTreeSet<_>>(), dependencies(target));
        for component in components {
            let sum = component["hashes"][0]["content"].as_str().unwrap_or_default();
            assert!(sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit()), "{component}");
            let licence = component["licenses"][0]["expression"].as_str().unwrap_or_default();
            assert!(!licence.is_empty() && !licence.contains('/'), "{component}");
        }
    }
}

#[test]
fn the_workflow_fits_to_the_schema_of_github() {
    let workflow = ".github/workflows/release.yml";
    let arguments = ["--builtin-schema", "vendor.github-workflows", workflow];
    match Command::new("check-jsonschema").args(arguments).output() {
        Err(error) => skip(&not_started("check-jsonschema", &error)),
        Ok(output) => {
            printed(&output);
        }
    }
    let text = fs::read_to_string(workflow).expect("there is one");
    let workflow: Value = serde_yaml::from_str(&text).expect("it is YAML");
    let steps = workflow["jobs"]["release"]["steps"].as_array().expect("a list");
    // What a tag is named must not become a command.
    let scripts: Vec<&str> = steps.iter().filter_map(|step| step["run"].as_str()).collect();
    assert!(scripts.len() >= 4 && scripts.iter().all(|script| !script.contains("${{")));
    for package in
        ["musl-tools", "gcc-aarch64-linux-gnu", "gcc-mingw-w64-x86-64", "qemu-user-static", "wine64", "jq"]
    {
        assert!(text.contains(package), "{package} is not installed before deploy/release/build");
    }
}
