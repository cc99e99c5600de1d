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
        self.run_with(program, arguments, &[])
    }

    fn run_with(
        &self,
        program: &str,
        arguments: &[&str],
        variables: &[(String, String)],
    ) -> (Option<i32>, String) {
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
            .envs(variables.iter().cloned())
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

/// Runs each script of the action as GitHub does, in a clone of a repository with a change.
#[test]
fn the_scripts_of_the_action_do_what_it_says() {
    let manifests =
        fs::read_to_string(root().join("fixtures/git/web-shop/manifests.yaml")).expect("it is there");
    let base = Repository::new();
    base.commit("k8s/shop.yaml", &manifests);
    base.run("git", &["branch", "-M", "main"]);
    let change = Repository::new();
    let origin = base.0.path().to_string_lossy().into_owned();
    change.run("git", &["pull", "--quiet", &origin, "main"]);
    change.run("git", &["remote", "add", "origin", &origin]);
    change.commit("k8s/shop.yaml", &manifests.replace("port: 50051", "port: 50052"));
    let runner = tempfile::tempdir().expect("there is room for a folder");
    let file = |name: &str| runner.path().join(name).to_string_lossy().into_owned();
    let action = fs::read_to_string(root().join("action.yml")).expect("there is an action");
    let action: Value = serde_yaml::from_str(&action).expect("it is YAML");
    let meaning = |expression: &str| match expression {
        "${{ github.action_path }}" => root().to_string_lossy().into_owned(),
        "${{ inputs.suite }}" => root().join("fixtures/suite").to_string_lossy().into_owned(),
        "${{ inputs.manifests }}" => "k8s".to_owned(),
        "${{ inputs.assumptions }}" => String::new(),
        "${{ inputs.base }}" => "main".to_owned(),
        "${{ runner.temp }}/hnsplan.md" => file("hnsplan.md"),
        other => panic!("{other} has no meaning in this test"),
    };
    let mut scripts = 0;
    for step in action["runs"]["steps"].as_array().expect("it has steps") {
        let Some(script) = step["run"].as_str() else { continue };
        let given = step["env"].as_object().into_iter().flatten();
        let mut variables: Vec<(String, String)> =
            given.map(|(name, value)| (name.clone(), meaning(value.as_str().expect("a text")))).collect();
        variables.push(("GITHUB_STEP_SUMMARY".to_owned(), file("summary")));
        variables.push(("GITHUB_OUTPUT".to_owned(), file("output")));
        let arguments = ["--noprofile", "--norc", "-eo", "pipefail", "-c", script];
        let (code, said) = change.run_with("bash", &arguments, &variables);
        assert_eq!(code, Some(0), "{}: {said}", step["name"]);
        scripts += 1;
    }
    assert_eq!(scripts, 3, "installed, tested, reported");
    let read = |name: &str| fs::read_to_string(file(name)).expect("it was written");
    assert_eq!(read("output"), format!("report={}\n", file("hnsplan.md")));
    assert_eq!(read("summary"), read("hnsplan.md"));
    for text in ["### iptables", "### hns", "50052"] {
        assert!(read("summary").contains(text), "{text} is not in:\n{}", read("summary"));
    }
}

/// Runs each hook with pre-commit, and the program that was built in place of one that is installed.
#[test]
fn the_hooks_pass_and_fail_with_the_program() {
    if let Err(error) = Command::new("pre-commit").arg("--version").output() {
        skip(&not_started("pre-commit", &error));
        return;
    }
    let hooks = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).expect("there are hooks");
    let hooks: Value = serde_yaml::from_str(&hooks).expect("it is YAML");
    let manifests =
        fs::read_to_string(root().join("fixtures/git/web-shop/manifests.yaml")).expect("it is there");
    for hook in hooks.as_array().expect("a list") {
        let id = hook["id"].as_str().expect("an id");
        let entry = hook["entry"].as_str().expect("a command");
        let mut local = hook.clone();
        (local["language"], local["args"]) = ("system".into(), serde_json::json!(["k8s"]));
        let config = serde_json::json!({"repos": [{"repo": "local", "hooks": [local]}]});
        let repository = Repository::new();
        repository.commit(".pre-commit-config.yaml", &config.to_string());
        repository.commit("k8s/shop.yaml", &manifests);
        let cache = tempfile::tempdir().expect("there is room for a folder");
        let variables = [("PRE_COMMIT_HOME".to_owned(), cache.path().to_string_lossy().into_owned())];
        let run = || {
            let (hook, said) = repository.run_with("pre-commit", &["run", "--all-files", id], &variables);
            let (alone, _) = repository.run("bash", &["-c", &format!("{entry} k8s")]);
            assert_eq!(hook == Some(0), alone == Some(0), "{id}: {said}");
            (alone == Some(0), said)
        };
        if id == "hnsplan-test" {
            let (code, said) = repository.run("env", &["-u", "CI", "hnsplan", "test", "--init", "k8s"]);
            assert_eq!(code, Some(0), "{said}");
            repository.commit("k8s/more.txt", "-");
        }
        let (passes, said) = run();
        assert!(passes, "{id}: {said}");
        repository.commit("k8s/shop.yaml", "apiVersion: v1\nkind: [Service\n");
        let (passes, said) = run();
        assert!(!passes && said.contains("shop.yaml"), "{id}: {said}");
    }
}
