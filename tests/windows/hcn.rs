//! Promise: the binding code gives HNS what it is to get, takes what it gives, and leaves nothing open.

use hnsplan::platform::hns::apply::hcn::{CallError, Hcn};
use hnsplan::platform::hns::errors::ERRORS;
use hnsplan::platform::hns::model::{
    Address, Endpoint, EndpointRef, Guid, IpConfiguration, LoadBalancer, NetworkRef, PortMapping,
};
use hnsplan::platform::hns::read;
use serde_json::json;

use crate::case::Case;
use crate::standin::{LeftOpen, Loaded, Standin};

/// Two endpoints of pods and the one of the host, in a network of type `L2Bridge`.
fn before() -> String {
    Case::named("002-clusterip-2ep").read("hns.l2bridge.before.json").expect("a state before")
}

fn guid(number: u128) -> Guid {
    uuid::Uuid::from_u128(number).into()
}

fn endpoint(network: Guid, address: &str) -> Endpoint {
    let configuration = IpConfiguration { ip_address: Address::of(address), prefix_length: 0 };
    Endpoint {
        network: Some(NetworkRef::Id(network)),
        ip_configurations: vec![configuration],
        ..Endpoint::default()
    }
}

fn balancer(members: &[Guid], port: u16) -> LoadBalancer {
    LoadBalancer {
        endpoints: members.iter().copied().map(EndpointRef::Id).collect(),
        frontend_vips: vec![Address::of("10.96.7.7")],
        port_mappings: vec![PortMapping {
            protocol: 6,
            internal_port: 8080,
            external_port: port,
            ..PortMapping::default()
        }],
        ..LoadBalancer::default()
    }
}

/// Every call of HNS, once.
fn all_there_is_to_do(hcn: &Hcn) -> Result<(), CallError> {
    let state = hcn.state()?;
    // A network that goes while HNS looks for it is not there either.
    let Some(network) = state.networks.first().map(|network| network.id) else { return Ok(()) };
    let endpoint_id = hcn.create_endpoint(network, guid(1), &endpoint(network, "10.244.9.9"))?;
    let balancer_id = hcn.create_load_balancer(guid(2), &balancer(&[endpoint_id], 80))?;
    hcn.modify_load_balancer(balancer_id, &balancer(&[endpoint_id], 81))?;
    hcn.endpoint(endpoint_id)?;
    hcn.load_balancer(balancer_id)?;
    hcn.delete_load_balancer(balancer_id)?;
    hcn.delete_endpoint(endpoint_id)
}

#[track_caller]
fn assert_clean(loaded: &Loaded, standin: &Standin, when: &str) {
    assert_eq!(loaded.left_open(), LeftOpen::default(), "{when}: {}", standin.violations());
}

#[test]
fn what_hns_holds_is_read_as_from_a_dump() {
    let standin = Standin::holding(&before()).with_options(&json!({ "ghost": true }));
    let loaded = standin.load();
    let mut state = loaded.hcn().state().expect("HNS answers");
    let (dump, problems) = read::read(&before());
    assert!(problems.is_empty());
    assert_eq!(state.hns_version.map(|version| version.to_string()).as_deref(), Some("15.5"));
    state.hns_version = dump.hns_version;
    assert_eq!(state, dump, "and the id that is listed but gone is left out");
    assert_clean(&loaded, &standin, "after reading");
}

#[test]
fn objects_are_made_changed_and_deleted() {
    for own_ids in [false, true] {
        let standin = Standin::holding(&before()).with_options(&json!({ "ownIds": own_ids }));
        let loaded = standin.load();
        let hcn = loaded.hcn();
        let network = hcn.state().expect("HNS answers").networks[0].id;
        let pod = endpoint(network, "10.244.9.9");
        let pod_id = hcn.create_endpoint(network, guid(1), &pod).expect("it is made");
        assert_eq!(pod_id != guid(1), own_ids, "HNS may take the requested id");
        let made = hcn.endpoint(pod_id).expect("HNS answers").expect("it is there");
        // What the request left out is zero on the stand-in, and not told.
        assert_eq!(Endpoint { id: None, gaps: pod.gaps, ..made }, pod);
        let service = hcn.create_load_balancer(guid(2), &balancer(&[pod_id], 80)).expect("it is made");
        assert_eq!(service != guid(2), own_ids);
        hcn.modify_load_balancer(service, &balancer(&[pod_id], 81)).expect("it is changed");
        let port = |hcn: &Hcn| {
            let found = hcn.load_balancer(service).expect("HNS answers")?;
            Some(found.port_mappings[0].external_port)
        };
        assert_eq!(port(&hcn), Some(81));
        let in_use = hcn.delete_endpoint(pod_id).expect_err("a load balancer has it");
        assert_eq!(in_use.code, 0x803b_002c);
        hcn.delete_load_balancer(service).expect("it is deleted");
        hcn.delete_endpoint(pod_id).expect("it is deleted");
        assert_eq!(port(&hcn), None);
        assert_eq!(standin.state()["LoadBalancers"], json!([]));
        assert_clean(&loaded, &standin, "after all");
    }
}

#[test]
fn every_call_may_fail_with_every_code_and_nothing_stays_open() {
    let standin = Standin::holding(&before());
    let loaded = standin.load();
    let hcn = loaded.hcn();
    all_there_is_to_do(&hcn).expect("nothing fails");
    let calls = standin.calls();
    assert!(calls.len() > 15, "{calls:?}");
    for error in ERRORS.iter().filter(|error| error.code >= 0x8000_0000) {
        for (at, function) in (1..).zip(&calls) {
            for effect in [false, true] {
                let fault = json!({ "at": at, "code": error.code, "effect": effect });
                standin.start_over();
                standin.set_options(&json!({ "faults": [fault] }));
                loaded.reload();
                // An object that goes while HNS looks for it is simply not there.
                if let Err(failed) = all_there_is_to_do(&hcn) {
                    assert_eq!((&failed.function, failed.code), (&function.as_str(), error.code));
                    // The old API has no error record.
                    let is_expected = failed.said.starts_with("A test wants this");
                    assert!(is_expected || function == "HNSCall", "{failed}");
                }
                assert_clean(&loaded, &standin, &format!("{} in call {at}, {function}", error.symbol));
            }
        }
    }
}

#[test]
fn a_library_without_the_functions_is_refused_with_the_name_of_what_is_missing() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("libempty.so");
    std::fs::write(&path, "no library").expect("the folder is writable");
    #[expect(unsafe_code, reason = "nothing of it is called")]
    // SAFETY: no function of this file is called.
    let error = unsafe { Hcn::in_file(&path) }.err().expect("it is no library");
    assert!(error.to_string().contains("cannot be loaded"), "{error}");
    let error = Hcn::of_system().err().expect("this is not Windows");
    assert!(error.advice().contains("sim:"), "{error}");
}
