//! Network namespaces without a name.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::panic::resume_unwind;
use std::process;
use std::thread;

use nix::sched::{CloneFlags, setns, unshare};

/// A network namespace that lives as long as this value or a socket in it.
pub(crate) struct Namespace {
    file: File,
}

impl Namespace {
    /// A new namespace, empty but for a loopback interface that is down.
    pub(crate) fn new() -> io::Result<Self> {
        let file = on_a_new_thread(|| {
            unshare(CloneFlags::CLONE_NEWNET)?;
            File::open("/proc/thread-self/ns/net")
        })?;
        Ok(Self { file })
    }

    /// Does `work` inside: the sockets it opens and the processes it starts belong to this namespace.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        on_a_new_thread(|| {
            setns(&self.file, CloneFlags::CLONE_NEWNET).expect("a namespace of ours can be entered");
            work()
        })
    }

    /// The name by which `ip link … netns` finds the namespace.
    pub(crate) fn path(&self) -> String {
        format!("/proc/{}/fd/{}", process::id(), self.file.as_raw_fd())
    }
}

/// A thread that entered a namespace stays there, so it serves once.
fn on_a_new_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(work).join()).unwrap_or_else(|panic| resume_unwind(panic))
}
