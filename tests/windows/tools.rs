//! What the tests need from the machine, and what happens where it is missing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::skip::skip;

/// The platform of the exe.
pub(crate) const TARGET: &str = "x86_64-pc-windows-gnu";

/// The compiler of C for it.
pub(crate) const MINGW: &str = "x86_64-w64-mingw32-gcc";

/// What is there.
pub(crate) struct Tools {
    /// Debian has no `wine64` on the path.
    pub(crate) wine: PathBuf,
}

/// What is needed for the exe under Wine; where it is missing, the test is skipped, see [`skip`].
pub(crate) fn of_windows() -> Option<&'static Tools> {
    static FOUND: OnceLock<Result<Tools, String>> = OnceLock::new();
    FOUND.get_or_init(find).as_ref().map_err(|reason| skip(reason)).ok()
}

fn find() -> Result<Tools, String> {
    let answers = |program: &Path| {
        let mut command = Command::new(program);
        command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let wine = ["wine64", "/usr/lib/wine/wine64"].into_iter().map(PathBuf::from).find(|path| answers(path));
    let wine = wine.ok_or("wine64 is not installed")?;
    if !answers(Path::new(MINGW)) {
        return Err(format!("{MINGW} is not installed"));
    }
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let answer = Command::new(rustc).args(["--print", "sysroot"]).output();
    let sysroot = answer.map_err(|error| format!("rustc cannot be run: {error}"))?.stdout;
    let std_library = Path::new(String::from_utf8_lossy(&sysroot).trim()).join("lib/rustlib").join(TARGET);
    if !std_library.is_dir() {
        return Err(format!("the Rust target {TARGET} is not installed"));
    }
    Ok(Tools { wine })
}

/// The folder that Cargo builds to.
pub(crate) fn target_folder() -> &'static Path {
    let exe = Path::new(env!("CARGO_BIN_EXE_hnsplan"));
    exe.parent().and_then(Path::parent).expect("Cargo builds to target/PROFILE")
}

/// Builds a package of this repository into a folder of Cargo's, and returns the folder with what it made.
pub(crate) fn cargo_build(
    package: &Path,
    folder: PathBuf,
    target: Option<&str>,
    examples: &[&str],
) -> PathBuf {
    let mut folder = folder;
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--locked", "--quiet", "--lib", "--bins", "--manifest-path"]);
    command.arg(package.join("Cargo.toml")).arg("--target-dir").arg(&folder);
    command.args(examples.iter().flat_map(|name| ["--example", name]));
    if let Some(target) = target {
        command.args(["--target", target]);
        folder.push(target);
    }
    // What Cargo says to this test is about another package.
    for (name, _) in std::env::vars_os() {
        let name_shown = name.to_string_lossy();
        if name_shown.starts_with("CARGO_PKG_") || name_shown.starts_with("CARGO_BIN_") {
            command.env_remove(&name);
        }
    }
    let built = command.output().expect("cargo can be run");
    assert!(
        built.status.success(),
        "{} is not built:\n{}",
        package.display(),
        String::from_utf8_lossy(&built.stderr)
    );
    folder.join("debug")
}

/// The folder of the sources.
pub(crate) fn sources() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
