//! What is wrong with an allow-list.

use crate::diagnostics::codes;

codes! {
    ALLOW_LIST_UNUSED "L0920" Warning {
        title: "an entry of the allow-list accepts nothing",
        explanation: "What it was written for is gone, or is found under another name. Take the entry out: it may accept something new and unreviewed.",
    }

    ALLOW_LIST_INVALID "L0921" Error {
        title: "the allow-list is not valid",
        explanation: "An entry that is not understood might accept too much, so none is used. An entry has a code and a reason, and may have service (namespace/name, with * for any letters), port (the name of a service port) and targets.",
    }
}
