//! IPv6, alone and beside IPv4.

use crate::expect::{
    LOCALHOST, NODE, OUTSIDE, POD, POD_A, Seen::AsItself, Seen::AsNode, Seen::AsNodeByItself, from,
};
use crate::golden::golden;

#[test]
fn a_dual_stack_service_serves_each_family_with_its_own_endpoints() {
    golden("051-dualstack").expect(&[
        from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself),
        from(OUTSIDE).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(POD)
            .tcp("[fd00:96::10]:80")
            .reaches(&["[fd00:244:0:1::5]:8080", "[fd00:244:0:2::5]:8080"], AsItself),
        from(NODE)
            .tcp("[fd00:96::10]:80")
            .reaches(&["[fd00:244:0:1::5]:8080", "[fd00:244:0:2::5]:8080"], AsNode),
        from(OUTSIDE)
            .tcp("[fd00:10::11]:30080")
            .reaches(&["[fd00:244:0:1::5]:8080", "[fd00:244:0:2::5]:8080"], AsNode),
        from(LOCALHOST).tcp("127.0.0.1:30080").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        // IPv6 has no node ports on localhost.
        from(LOCALHOST).tcp("[::1]:30080").is_left_alone(),
    ]);
}

#[test]
fn an_ipv6_service_needs_no_ipv4() {
    golden("053-ipv6-only").on_both_back_ends().expect(&[
        from(POD)
            .tcp("[fd00:96::10]:80")
            .reaches(&["[fd00:244:0:1::5]:8080", "[fd00:244:0:2::5]:8080"], AsItself),
        from(OUTSIDE)
            .tcp("[fd00:96::10]:80")
            .reaches(&["[fd00:244:0:1::5]:8080", "[fd00:244:0:2::5]:8080"], AsNode),
        from(POD_A)
            .tcp("[fd00:96::10]:80")
            .reaches(&["[fd00:244:0:1::5]:8080", "[fd00:244:0:2::5]:8080"], AsNodeByItself),
        from(POD).tcp("10.96.0.10:80").is_left_alone(),
    ]);
}

#[test]
fn an_ip_of_the_other_family_is_passed_over() {
    golden("111-lb-ingress-other-family")
        .expect(&[from(OUTSIDE).tcp("198.51.100.7:80").reaches(&["10.244.1.5:8080"], AsNode)]);
    golden("081-externalips-odd")
        .expect(&[from(OUTSIDE).tcp("203.0.113.20:80").reaches(&["10.244.1.5:8080"], AsNode)]);
}
