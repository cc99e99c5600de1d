//! Objects of a cluster that `kubectl get` reads, where a flag asks for it.
//!
//! Nothing else of a cluster is asked for, and nothing in it is changed. No shell reads the command, and kubectl is a program of
//! the `PATH` alone: what lies in the current folder is not started.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use clap::Args;

use super::{Failure, quoted};
use crate::name::escaped;
use crate::source::{Sources, stream_bytes};

/// What rules are made from.
const OF_RULES: &str = "services,endpointslices,nodes";

/// The same, and what makes pods.
const WITH_WORKLOADS: &str =
    "services,endpointslices,nodes,pods,deployments,statefulsets,daemonsets,replicasets";

/// How much kubectl may say beside its answer: more than any reason, and less than a log.
const MOST_SAID: u64 = 1 << 20;

/// Which cluster to read.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct LiveCluster {
    /// Read the cluster in the place of -f: runs kubectl get, and nothing else
    ///
    /// hnsplan runs kubectl get services,endpointslices,nodes -A -o json, found through PATH, and reads what it prints. Where kubectl
    /// fails, nothing of its output is used.
    #[arg(long)]
    from_cluster: bool,
    /// The context of kubectl for --from-cluster
    #[arg(long, value_name = "NAME", requires = "from_cluster", conflicts_with = "filename", value_parser = plain)]
    context: Option<String>,
    /// The kubeconfig of kubectl for --from-cluster
    #[arg(long, value_name = "FILE", requires = "from_cluster", conflicts_with = "filename", value_parser = plain)]
    kubeconfig: Option<String>,
}

impl LiveCluster {
    /// Whether a cluster is read.
    pub(crate) fn is_wanted(&self) -> bool {
        self.from_cluster
    }

    /// The words that name the same cluster again.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let asked = self.from_cluster.then(|| "--from-cluster".to_owned());
        asked.into_iter().chain(self.of_kubectl()).collect()
    }

    /// Reads what rules are made from.
    pub(crate) fn read(&self) -> Result<Sources, Failure> {
        self.get(OF_RULES)
    }

    /// Reads what makes pods as well.
    pub(crate) fn read_with_workloads(&self) -> Result<Sources, Failure> {
        self.get(WITH_WORKLOADS)
    }

    /// Each flag is one word with its value, so that no value is taken for a flag.
    fn of_kubectl(&self) -> impl Iterator<Item = String> {
        let flags = [("context", &self.context), ("kubeconfig", &self.kubeconfig)];
        flags.into_iter().filter_map(|(name, value)| value.as_ref().map(|value| format!("--{name}={value}")))
    }

    fn get(&self, kinds: &str) -> Result<Sources, Failure> {
        let get = ["get", kinds, "-A", "-o", "json"].map(str::to_owned);
        let words: Vec<String> = self.of_kubectl().chain(get).collect();
        let shown = words.iter().fold("kubectl".to_owned(), |line, word| line + " " + &quoted(word));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let Some(program) = program_in(&path) else {
            let message = "--from-cluster runs kubectl, which is in no folder of PATH: install it, or run it elsewhere and pass what \
                           it prints: kubectl get services,endpointslices,nodes -A -o json > cluster.json; -f cluster.json";
            return Err(Failure::Usage(message.to_owned()));
        };
        if io::stderr().is_terminal() {
            said(&format!("waiting for {}", escaped(&shown)));
        }
        let cannot = |error: io::Error| Failure::Usage(format!("cannot run {}: {error}", escaped(&shown)));
        let mut child = Command::new(program)
            .args(&words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(cannot)?;
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        // At once and not in the end: it may say where to log in, and wait for that.
        let passed_on = std::thread::spawn(move || errors.map(pass_on));
        let read = output.map_or(Ok(Vec::new()), |output| stream_bytes(output, &shown));
        if read.is_err() {
            // Nothing takes what it still prints.
            let _ = child.kill();
        }
        let status = child.wait().map_err(cannot)?;
        let _ = passed_on.join();
        let bytes = read?;
        if !status.success() {
            return Err(Failure::Usage(failed(&shown, kinds, status)));
        }
        if bytes.trim_ascii().is_empty() {
            let message =
                format!("{} printed nothing, not even an empty list: is it kubectl?", escaped(&shown));
            return Err(Failure::Usage(message));
        }
        let mut sources = Sources::default();
        sources.add_bytes(shown, bytes)?;
        Ok(sources)
    }
}

/// That kubectl failed. It prints what it could read, also where it may not read one of the kinds: without that kind, the answer would
/// be about another cluster.
fn failed(shown: &str, kinds: &str, status: ExitStatus) -> String {
    format!(
        "{} failed ({status}): its output is not used, as what it could not read would be taken for missing; it needs the rights \
         get and list for {} in all namespaces. To go on with less, write what you may read into a file and pass that with -f",
        escaped(shown),
        kinds.replace(',', ", ")
    )
}

/// Prints what kubectl says while it says it, without what a terminal would obey.
fn pass_on(errors: impl Read) {
    let mut lines = BufReader::new(errors.take(MOST_SAID));
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        said(&format!("kubectl: {}", escaped(String::from_utf8_lossy(&line).trim_end())));
        line.clear();
    }
    // A full pipe would stop it.
    let _ = io::copy(&mut lines.into_inner().into_inner(), &mut io::sink());
}

/// Prints a line about the run. Where it cannot be written, the answer is not worse for it.
fn said(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// kubectl in the folders of a `PATH`. Those without a full path depend on the current folder, and are left out.
fn program_in(path: &OsStr) -> Option<PathBuf> {
    let name = if cfg!(windows) { "kubectl.exe" } else { "kubectl" };
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(name)).find(|file| can_be_run(file))
}

#[cfg(unix)]
fn can_be_run(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn can_be_run(file: &Path) -> bool {
    file.is_file()
}

/// A name without characters that a terminal obeys.
fn plain(text: &str) -> Result<String, String> {
    match text.chars().find(|c| c.is_control()) {
        _ if text.is_empty() => {
            Err("it is empty; allowed: a name; leave the flag out for the one that kubectl takes".to_owned())
        }
        Some(c) => {
            Err(format!("it has the control character {}; allowed: text of one line", c.escape_unicode()))
        }
        None => Ok(text.to_owned()),
    }
}
