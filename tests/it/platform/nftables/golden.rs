//! Promise: the text is byte for byte what the real kube-proxy's table is, in every recorded case.

use hnsplan::platform::nftables::{Format, lower, write};

use crate::support::case::Case;
use crate::support::run::diff;

/// So many texts were recorded; a case that cannot be found is a failure, too.
const RECORDED: usize = 1_904;

#[test]
fn every_recorded_text_is_reproduced_byte_for_byte() {
    let mut compared = 0;
    let mut wrong = Vec::new();
    for case in Case::all() {
        let mut compiled = None;
        for (version, family, wanted) in case.recorded_nftables() {
            compared += 1;
            if compiled.as_ref().is_none_or(|(of, _)| *of != version) {
                compiled = Some((version, case.compiled_as_recorded_nftables(version)));
            }
            let (_, compiled) = compiled.as_ref().expect("it was just made");
            let got = write(&lower(&compiled.rules, family), Format::Knftables).to_string();
            if got != wanted {
                wrong.push(format!("{} {version} {family}\n{}", case.name, diff(&wanted, &got)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {compared} texts differ:\n\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(compared, RECORDED, "recorded texts found");
}
