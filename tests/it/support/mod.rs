//! What the tests share: inputs, the pipeline and the program, and readers of what they write.

pub(crate) mod case;
pub(crate) mod cases;
pub(crate) mod clusters;
pub(crate) mod damage;
pub(crate) mod exe;
pub(crate) mod manifests;
pub(crate) mod models;
pub(crate) mod packets;
pub(crate) mod restore_text;
pub(crate) mod run;
pub(crate) mod script;
pub(crate) mod skip;
pub(crate) mod snapshots;
pub(crate) mod torn;
