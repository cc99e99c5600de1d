//! Who else changes what HNS holds.

use std::process::{Command, Stdio};

use crate::platform::system;

/// Whether a kube-proxy runs on this Windows. Where that cannot be found out, none does.
pub(super) fn kube_proxy_runs() -> bool {
    let Ok(tasklist) = system::program("tasklist.exe") else { return false };
    let listed = Command::new(tasklist).args(["/FO", "CSV", "/NH"]).stdin(Stdio::null()).output();
    listed.is_ok_and(|output| lists_kube_proxy(&output.stdout))
}

/// A process is one line that starts with the name of its program; letters outside of ASCII are in the
/// code page of the console.
fn lists_kube_proxy(list: &[u8]) -> bool {
    String::from_utf8_lossy(list).lines().any(|line| {
        let program = line.trim_start_matches('"').split(['"', ',']).next().unwrap_or_default();
        program.eq_ignore_ascii_case("kube-proxy.exe")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_found_by_the_name_of_its_program() {
        let list = b"\"svchost.exe\",\"896\",\"Services\",\"0\",\"9,120 K\"\r\n\"Kube-Proxy.exe\",\"17\",\"\",\"0\",\"1 K\"\r\n";
        assert!(lists_kube_proxy(list));
        assert!(lists_kube_proxy(b"kube-proxy.exe,17\r\n"), "Wine has no quotes");
        for list in [&b""[..], b"\"kube-proxy.exe.bak\",\"1\"", b"\"x.exe\",\"kube-proxy.exe\"", b"\xff\xfe"]
        {
            assert!(!lists_kube_proxy(list));
        }
    }
}
