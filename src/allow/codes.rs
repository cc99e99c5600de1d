//! What is wrong with an allow-list.

use crate::diagnostics::codes;

codes! {
    ALLOW_LIST_UNUSED "L0920" Warning {
        title: "an entry of the allow-list accepts nothing",
        explanation: "The accepted finding no longer occurs, or occurs under another name. The entry may accept a new finding that was never reviewed.",
        advice: "remove the entry",
    }

    ALLOW_LIST_INVALID "L0921" Error {
        title: "invalid allow-list",
        explanation: "An entry that is not understood might accept too much, so no entry is used. An entry has a code and a reason, and may have service (namespace/name, where * matches all characters but a slash), port (the name of a service port) and targets.",
        advice: "correct the entry that the message names",
    }
}
