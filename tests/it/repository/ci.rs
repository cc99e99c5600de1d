//! Promise: what this repository offers to the CI of other projects is valid, takes nothing from a pull request for a
//! command, and reports what changes.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::skip::{not_started, skip};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a tool of another project; `None` where it is not installed.
fn validated(program: &str, arguments: &[&str]) {
    match Command::new(program).args(arguments).current_dir(root()).output() {
        Err(error) => skip(&not_started(program, &error)),
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
        }
    }
}

#[test]
fn the_action_fits_to_the_schema_of_github() {
    validated("check-jsonschema", &["--builtin-schema", "vendor.github-actions", "action.yml"]);
}

#[test]
fn the_template_fits_to_the_schema_of_gitlab() {
    let schema = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"];
    validated("check-jsonschema", &[&schema[..], &["deploy/ci/gitlab.yml"]].concat());
}

#[test]
fn the_hooks_fit_to_the_schema_of_pre_commit() {
    validated("pre-commit", &["validate-manifest", ".pre-commit-hooks.yaml"]);
}

/// An expression in a script is replaced by a text that whoever opens a pull request may have chosen.
#[test]
fn no_step_of_the_action_has_an_expression_in_its_script() {
    let text = fs::read_to_string(root().join("action.yml")).expect("there is an action");
    let action: Value = serde_yaml::from_str(&text).expect("it is YAML");
    let steps = action["runs"]["steps"].as_array().expect("it has steps");
    let scripts: Vec<&str> = steps.iter().filter_map(|step| step["run"].as_str()).collect();
    assert!(scripts.len() >= 3);
    for script in scripts {
        assert!(!script.contains("${{"), "{script}");
    }
}

/// Runs git, or a script, in a repository of its own.
struct Repository(tempfile::TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().expect("there is room for a folder"));
        repository.run("git", &["init", "--quiet"]);
        repository
    }

    fn run(&self, program: &str, arguments: &[&str]) -> (Option<i32>, String) {
        let bin = Path::new(env!("CARGO_BIN_EXE_hnsplan")).parent().expect("the program is in a folder");
        let others = std::env::var_os("PATH").unwrap_or_default();
        let path: OsString =
            std::env::join_paths([bin.to_owned()].into_iter().chain(std::env::split_paths(&others)))
                .expect("folders can be joined");
        let output = Command::new(program)
            .args(arguments)
            .current_dir(self.0.path())
            .env("PATH", path)
            .envs([("GIT_AUTHOR_NAME", "a"), ("GIT_AUTHOR_EMAIL", "a@example.com")])
            .envs([("GIT_COMMITTER_NAME", "a"), ("GIT_COMMITTER_EMAIL", "a@example.com")])
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    }

    fn commit(&self, file: &str, text: &str) {
        let path = self.0.path().join(file);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
        self.run("git", &["add", "--all"]);
        let (code, said) = self.run("git", &["commit", "--quiet", "-m", "change"]);
        assert_eq!(code, Some(0), "{said}");
    }

    fn report(&self, manifests: &str) -> (Option<i32>, String) {
        let script = root().join("deploy/ci/report.sh");
        self.run("bash", &[&script.to_string_lossy(), "HEAD~1", manifests])
    }
}

#[test]
fn the_report_of_a_change_has_both_platforms_and_leaves_nothing_behind() {
    let manifests =
        fs::read_to_string(root().join("fixtures/git/web-shop/manifests.yaml")).expect("it is there");
    let repository = Repository::new();
    repository.commit("k8s/shop.yaml", &manifests);
    repository.commit("k8s/shop.yaml", &manifests.replace("port: 50051", "port: 50052"));
    let (code, report) = repository.report("k8s");
    assert_eq!(code, Some(0), "{report}");
    let [linux, windows] = ["on Linux node `linux-1`\n", "on Windows node `windows-1`\n"];
    for text in ["### iptables", "### hns", "### Flows", linux, windows, ":k8s`", "default/quotes", "50052"] {
        assert!(report.contains(text), "{text} is not in:\n{report}");
    }
    assert!(!report.contains("default/basket:"), "{report}");
    let folder = std::env::temp_dir();
    assert!(!report.contains(&*folder.to_string_lossy()), "a folder that is gone is named:\n{report}");
    let (_, worktrees) = repository.run("git", &["worktree", "list", "--porcelain"]);
    assert_eq!(worktrees.matches("worktree ").count(), 1, "{worktrees}");
}

#[test]
fn a_change_that_cannot_be_read_fails_the_report() {
    let repository = Repository::new();
    repository.commit("k8s/shop.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n");
    repository.commit("k8s/shop.yaml", "apiVersion: v1\nkind: [Service\n");
    let (code, report) = repository.report("k8s");
    assert_ne!(code, Some(0), "{report}");
}
