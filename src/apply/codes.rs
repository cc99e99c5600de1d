//! What ends a change of a node.

use crate::diagnostics::codes;

codes! {
    NODE_SILENT "A1201" Error {
        title: "cannot read the node's current state",
        explanation: "hnsplan reads the state of the node before it changes anything. The executor is for another platform, the file of a simulated HNS is unreadable, or the platform refused. The node was not changed.",
        advice: "see the answer of the platform in the message; hnsplan explain CODE explains its error code",
    }

    PLAN_UNUSABLE "A1210" Error {
        title: "not a valid plan file",
        explanation: "A saved plan contains its own fingerprint and the name of its platform. This file has another format, was modified, is for another executor, or was written by another version. The node was not changed.",
        advice: "create a new plan with hnsplan plan -o FILE",
    }

    PLAN_STALE "A1211" Error {
        title: "the plan no longer matches the node or its manifests",
        explanation: "A plan is the difference between the desired and the current state, so it depends on both. Since it was created, the node or a manifest has changed, or the plan was created without the state of the node. The node was not changed.",
        advice: "create and review a new plan, or pass --allow-stale; each step is still verified",
    }

    LOSSY "A1212" Error {
        title: "the target cannot implement everything the manifests ask for",
        explanation: "A loss is a feature of a Service that the platform does not support. It would be missing on the node. The node was not changed.",
        advice: "list them with hnsplan plan -v, see hnsplan explain CODE for what they mean for clients, and accept their codes, with reasons, in a file that --allow names",
    }

    CUT_OFF "A1213" Error {
        title: "an earlier run was interrupted",
        explanation: "The process ended or the node went down between two steps. The journal records the completed steps.",
        advice: "run hnsplan apply to finish that run, or hnsplan undo to roll it back; --dry-run does neither",
    }

    JOURNAL "A1214" Error {
        title: "the journal cannot be used",
        explanation: "Without a journal, changes could not be rolled back, so the node was not changed. Another hnsplan may be changing the node, the folder may not be writable, or a line of the journal is damaged.",
        advice: "wait for the other run, or make the folder writable; hnsplan history forget gives up a run whose journal is damaged",
    }

    FAILED "A1215" Error {
        title: "a run failed or was interrupted and was rolled back",
        explanation: "The node is in the same state as before the command, and each step of the rollback was verified. The message names the failed step and the answer of the platform.",
        advice: "fix the cause, then run the same command again",
    }

    INCOMPLETE "A1216" Error {
        title: "rollback incomplete",
        explanation: "Some changes of the run remain on the node. The message lists them with the reason, and the journal records them. Until they are resolved, apply resumes the same run first.",
        advice: "fix the cause, then run hnsplan undo to resume; hnsplan undo --skip gives up what cannot be taken back",
    }

    UNCONFIRMED "A1217" Error {
        title: "not confirmed in time; the change was rolled back",
        explanation: "With --confirm-timeout, the change must be confirmed after all steps are done. No answer, another answer and a lost terminal count as no, because the change may have cut the connection. The node is in the same state as before.",
        advice: "run the command again and confirm in time",
    }

    JOURNAL_LOST "A1218" Error {
        title: "the journal could not be written during a run",
        explanation: "hnsplan changes nothing that it cannot record, so the run stopped. Some steps remain on the node, and the journal lists them. Usually the disk is full.",
        advice: "free disk space, then run hnsplan undo to roll back, or hnsplan apply to finish",
    }

    ERRORS "A1219" Error {
        title: "parts of the manifests or of the configuration are wrong",
        explanation: "What the API server or kube-proxy would refuse is left out or replaced by a default, and the node would be changed accordingly. The node was not changed. Losses are something else: a feature that the platform does not support.",
        advice: "list the errors with hnsplan plan -v and correct them; accept codes with reasons in a file that --allow names, or all with --allow-errors",
    }

    NOT_AS_BEFORE "A1223" Error {
        title: "rolled back, but the node is not as it was before the run",
        explanation: "The journal records what the node held before a run, as one fingerprint. Each step that the journal lists was taken back and verified, and still the fingerprint is another one. Either the journal lost lines, for example after a power failure, or another program changed the node meanwhile.",
        advice: "compare the node with what it should be: hnsplan plan",
    }

    GIVEN_UP "A1224" Error {
        title: "steps were given up",
        explanation: "With --skip, undo leaves out what cannot be taken back and records that. The run is over: later commands do not try these steps again. What they changed remains on the node.",
        advice: "see what the node lacks with hnsplan plan",
    }

    OTHER_NODE "A1225" Error {
        title: "the plan is for another node",
        explanation: "A plan names the node that it was created for. The command line or the name of this machine is another one. The node was not changed.",
        advice: "create a plan for this node; if this machine is that node under another name, pass --node with the name in the plan",
    }

    JOURNAL_CUT "A1226" Error {
        title: "the journal lost lines",
        explanation: "A journal is written before and after each step. This one ends before the first step of its last run, and the node is no longer as it was before that run, so steps may have been carried out that cannot be taken back. The node was not changed.",
        advice: "restore the file from a backup, or give the run up with hnsplan history forget",
    }

    NOT_ACCEPTED "A1227" Error {
        title: "there are findings that --fail-on names",
        explanation: "With --fail-on, apply does not change the node while there are findings of these kinds. Losses and errors always refuse a change, unless they are accepted. The node was not changed.",
        advice: "correct them, or accept codes with reasons in a file that --allow names",
    }

    PLAN_UNSIGNED "A1228" Error {
        title: "the plan is not signed by a trusted key",
        explanation: "With --verify-key, apply carries out only plans that the owner of a key has signed. The signature is missing, belongs to another text, or was made with another key: the plan may have been edited after its review. The node was not changed.",
        advice: "review the plan, and have it made with hnsplan plan --sign-key",
    }
}
