//! Session affinity.

use crate::expect::{NODE, OUTSIDE, POD, Seen::AsItself, Seen::AsNode, from};
use crate::golden::golden;

#[test]
fn a_client_stays_with_its_endpoint() {
    golden("019-affinity-clientip-timeout").on_both_back_ends().expect(&[
        from(POD)
            .tcp("10.96.0.10:80")
            .stays_with_one_of(&["10.244.1.5:8080", "10.244.2.5:8080", "10.244.3.5:8080"], AsItself),
        from(NODE)
            .tcp("10.96.0.10:80")
            .stays_with_one_of(&["10.244.1.5:8080", "10.244.2.5:8080", "10.244.3.5:8080"], AsNode),
        from(OUTSIDE)
            .tcp("10.96.0.10:80")
            .stays_with_one_of(&["10.244.1.5:8080", "10.244.2.5:8080", "10.244.3.5:8080"], AsNode),
    ]);
}

#[test]
fn affinity_needs_no_timeout() {
    golden("020-affinity-clientip-default").expect(&[from(POD)
        .tcp("10.96.0.10:80")
        .stays_with_one_of(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself)]);
}
