//! What of a sequence makes no difference on a platform: faults that no call meets, and files that are about another one.

use super::Step;
use crate::name::{counted, printable};
use crate::platform::timeline::SideFile;

/// What was not used so far.
#[derive(Debug, Default)]
pub(super) struct Unused {
    faults: Vec<String>,
    /// The first step with files of a kind that is not used, how many steps have one, and what to say of them.
    files: Option<(usize, usize, String)>,
}

impl Unused {
    /// The faults of a step whose operations were called that often. Of operations of other platforms nothing is said.
    pub(super) fn faults(&mut self, step: &Step, called: &[u32], operations: &[&str]) {
        for (fault, &calls) in step.faults.iter().zip(called) {
            if calls >= fault.nth || !operations.contains(&&*fault.op) {
                continue;
            }
            let op = printable(&fault.op);
            let calls = match calls {
                0 => "no such call".to_owned(),
                calls => counted(usize::try_from(calls).unwrap_or(usize::MAX), "such call"),
            };
            self.faults.push(format!(
                "the fault {op}@{} of step {} is never met: the step has {calls}",
                fault.nth, step.number
            ));
        }
    }

    /// The file of a step that the platform does not use, if it has one.
    pub(super) fn file(&mut self, step: &Step, ignored: SideFile, platform: &str) {
        let (is_there, file, what) = match ignored {
            SideFile::Hns => (step.outside.is_some(), "hns.json", "what others did in HNS"),
            SideFile::Conntrack => (step.flows.is_some(), "conntrack.json", "flows that Linux remembers"),
        };
        if is_there {
            let says = format!("{file}: {what}, which does not concern {platform}");
            self.files.get_or_insert((step.number, 0, says)).1 += 1;
        }
    }

    /// All of it, one sentence each.
    pub(super) fn told(self) -> Vec<String> {
        let files = self.files.map(|(first, many, says)| match many {
            1 => format!("step {first} has a file that is not used, {says}"),
            many => {
                format!("{} from step {first} on have a file that is not used, {says}", counted(many, "step"))
            }
        });
        self.faults.into_iter().chain(files).collect()
    }
}
