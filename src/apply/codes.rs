//! What ends a change of a node.

use crate::diagnostics::codes;

codes! {
    NODE_SILENT "A1201" Error {
        title: "the node does not tell what it holds",
        explanation: "Before anything is changed the node is asked what it holds, and it did not answer: this is not the platform of the executor, a file of a simulated HNS cannot be read, or the platform refused. Nothing was touched. The message has the answer of the platform and what to do; hnsplan explain 0x... says more about codes of HNS.",
    }

    PLAN_UNUSABLE "A1210" Error {
        title: "not a valid plan file",
        explanation: "A saved plan carries a fingerprint of itself, and names the platform that it is for. This file is something else, was changed by hand or on its way, is for another executor, or was written by another version. Nothing was touched. Make it again with hnsplan plan -o FILE.",
    }

    PLAN_STALE "A1211" Error {
        title: "the plan no longer fits the node or its manifests",
        explanation: "A plan is the difference between what is wanted and what was there, so it is bound to both. Since it was made, the node or a manifest has changed, or the plan was made without the node's state. Nothing was touched. Create and review a new plan, or pass --allow-stale: each step is still verified.",
    }

    LOSSY "A1212" Error {
        title: "the target cannot implement everything the manifests ask for",
        explanation: "A loss is what the platform cannot do of what a Service asks for, an error is a part of a manifest that was left out; both would be missing on the node. Nothing was touched. hnsplan plan -v with the same manifests names each with its code and place, hnsplan explain CODE says what it means for clients, and --allow-lossy accepts all of them.",
    }

    CUT_OFF "A1213" Error {
        title: "an earlier run was cut off",
        explanation: "A process died, or the node went down, between two steps. The journal knows how far it went. hnsplan apply finishes that run before it plans anew; hnsplan undo takes it back. --dry-run does neither, so it ends here.",
    }

    JOURNAL "A1214" Error {
        title: "the journal cannot be used",
        explanation: "Without a journal nothing could be taken back, so nothing was touched. Another hnsplan may be changing the node (wait for it), the folder may not be writable, or a line is not as it was written. A damaged file can be moved away: with it goes the knowledge of what that run made, so it can no longer be undone or deleted.",
    }

    FAILED "A1215" Error {
        title: "a run failed or was interrupted, and everything was taken back",
        explanation: "The node is as it was before the command, verified step by step. The message names the step, what the platform answered and what to do about that. When it is settled, the same command can be run again.",
    }

    INCOMPLETE "A1216" Error {
        title: "a step failed, and not everything could be taken back",
        explanation: "Something of the run stands on the node, and the message says what, and why it could not be taken back. The journal keeps it. Settle the cause, then run hnsplan undo: it goes on where it stopped. Until then apply wants to finish the same run first.",
    }

    UNCONFIRMED "A1217" Error {
        title: "the change was not confirmed in time and was rolled back",
        explanation: "With --confirm-timeout a person has to confirm in time after all steps are done. No answer, another answer, or a terminal that went away is a no: whoever lost the connection by the change could not answer. The node is as before.",
    }

    JOURNAL_LOST "A1218" Error {
        title: "the journal could not be written half-way",
        explanation: "What cannot be written down is not done, so the command stopped where it was: some steps stand on the node, and the journal tells which. Usually the disk is full. Make room, then run hnsplan undo, or hnsplan apply to finish.",
    }
}
