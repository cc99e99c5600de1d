//! Which Services and slices are for kube-proxy at all.

use crate::expect::{POD, Seen::AsItself, from};
use crate::golden::golden;

#[test]
fn an_external_name_does_not_disturb_its_neighbours() {
    golden("018-externalname")
        .expect(&[from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080"], AsItself)]);
}

#[test]
fn a_service_of_another_proxy_is_left_alone() {
    golden("057-label-service-proxy-name").expect(&[
        from(POD).tcp("10.96.0.10:80").is_left_alone(),
        from(POD).tcp("10.96.0.11:80").reaches(&["10.244.1.6:8080"], AsItself),
    ]);
}

#[test]
fn slices_labelled_headless_are_no_endpoints() {
    golden("058-label-headless")
        .expect(&[from(POD).tcp("10.96.0.10:80").is_refused(), from(POD).tcp("10.96.0.11:80").is_refused()]);
}

#[test]
fn until_1_35_the_headless_label_hid_services_too() {
    golden("058-label-headless").at("1.30").expect(&[
        from(POD).tcp("10.96.0.10:80").is_left_alone(),
        from(POD).tcp("10.96.0.11:80").is_refused(),
    ]);
    golden("x09-service-label-headless-only")
        .at("1.36")
        .expect(&[from(POD).tcp("10.96.0.10:80").reaches(&["10.244.2.5:8080"], AsItself)]);
}

#[test]
fn objects_come_in_a_list_as_well() {
    golden("078-v1-list")
        .expect(&[from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself)]);
}
