//! The exe under Wine, in a Windows of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use crate::standin::{self, Standin};
use crate::tools::{self, MINGW, TARGET, Tools};

/// A Windows with hnsplan and a stand-in for HNS.
pub(crate) struct Windows {
    tools: &'static Tools,
    /// The folder that Wine calls a prefix.
    prefix: PathBuf,
    exe: PathBuf,
    caller: PathBuf,
}

/// The Windows of this run; none where something is missing for it.
pub(crate) fn windows() -> Option<&'static Windows> {
    static READY: OnceLock<Windows> = OnceLock::new();
    tools::of_windows().map(|tools| READY.get_or_init(|| Windows::new(tools)))
}

impl Windows {
    fn new(tools: &'static Tools) -> Self {
        let folder = tools::target_folder().into();
        let built = tools::cargo_build(tools::sources(), folder, Some(TARGET), &["hns_calls"]);
        let (exe, caller) = (built.join("hnsplan.exe"), built.join("examples/hns_calls.exe"));
        let prefix = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("wine-{}", std::process::id()));
        remove_older(&prefix);
        let windows = Self { tools, prefix, exe, caller };
        fs::create_dir_all(&windows.prefix).expect("there is room for a folder");
        let made = windows.wine("wineboot.exe").arg("--init").output().expect("Wine can be run");
        assert!(windows.system32().is_dir(), "Wine makes no Windows: {made:?}");
        windows.settle();
        windows.install();
        windows
    }

    /// Waits until Wine has put all its own files in place.
    fn settle(&self) {
        let server = ["wineserver", "/usr/lib/wine/wineserver"].into_iter().find_map(|server| {
            let mut command = Command::new(server);
            command.arg("--wait").env("WINEPREFIX", &self.prefix).stdin(Stdio::null()).status().ok()
        });
        assert!(server.is_some_and(|status| status.success()), "wineserver cannot be run");
    }

    /// Puts into System32 what Wine lacks.
    fn install(&self) {
        let standins = standin::build(Some(TARGET));
        for (file, name) in [
            ("hns_standin.dll", "computenetwork.dll"),
            ("hns_standin.dll", "vmcompute.dll"),
            ("netsh.exe", "netsh.exe"),
        ] {
            fs::copy(standins.join(file), self.system32().join(name)).expect("a stand-in can be copied");
        }
        self.compile_c("bcryptprimitives.c", "bcryptprimitives.dll", &["-shared", "-ladvapi32"]);
    }

    /// Compiles a file of this folder into System32.
    fn compile_c(&self, source: &str, name: &str, arguments: &[&str]) {
        let source = tools::sources().join("tests/windows").join(source);
        let mut command = Command::new(MINGW);
        command
            .args(["-O1", "-Wall", "-Werror", "-o"])
            .arg(self.system32().join(name))
            .arg(&source)
            .args(arguments);
        let compiled = command.output().expect("the compiler can be run");
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    }

    pub(crate) fn system32(&self) -> PathBuf {
        self.prefix.join("drive_c/windows/system32")
    }

    /// A program of Windows.
    fn wine(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(&self.tools.wine);
        command
            .arg(program.as_ref())
            .env("WINEPREFIX", &self.prefix)
            .env("WINEDEBUG", "-all")
            // No window to install what nobody needs here, and no netsh that says yes to everything.
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=;winemenubuilder.exe=d;netsh.exe=n")
            .env_remove("DISPLAY")
            .stdin(Stdio::null());
        command
    }

    /// The program that makes calls of a file, with a stand-in for HNS.
    pub(crate) fn caller(&self, standin: &Standin) -> Command {
        let mut command = self.wine(&self.caller);
        command.env("HNS_STANDIN", standin.folder());
        command
    }

    /// The exe, with a stand-in for HNS.
    pub(crate) fn hnsplan(&self, standin: Option<&Standin>) -> Command {
        with(self.wine(&self.exe), standin)
    }

    /// The exe in an environment in which a variable was set by the shell of Windows; Wine itself would put right those
    /// that it knows.
    pub(crate) fn hnsplan_where(&self, setting: &str, standin: Option<&Standin>) -> Command {
        let mut command = self.wine("cmd.exe");
        // Wine calls the root folder of this machine Z.
        let exe = format!("Z:{}", self.exe.display()).replace('/', "\\");
        command.args(["/c", "set", &format!("{setting}&&"), &exe]);
        with(command, standin)
    }
}

/// A command that knows its stand-in, and prints the same on every machine.
fn with(mut command: Command, standin: Option<&Standin>) -> Command {
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "COLUMNS", "RUST_BACKTRACE", "CI"] {
        command.env_remove(variable);
    }
    if let Some(standin) = standin {
        command.env("HNS_STANDIN", standin.folder());
    }
    command
}

/// A test has no end at which it could clean up: the next one does.
fn remove_older(prefix: &Path) {
    let folder = prefix.parent().expect("a folder is in a folder");
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let of = name.strip_prefix("wine-").and_then(|id| id.parse::<u32>().ok());
        let is_over = of.is_some_and(|id| !Path::new("/proc").join(id.to_string()).exists());
        if is_over {
            fs::remove_dir_all(entry.path()).ok();
        }
    }
}

/// What a process printed, as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The exit code, standard output and standard error.
pub(crate) fn outcome(output: &Output) -> (Option<i32>, String, String) {
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}
