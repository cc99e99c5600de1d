//! A stand-in for HNS: the exports of `computenetwork.dll` and `vmcompute.dll` that hnsplan calls, written
//! from `computenetwork.h` and Microsoft's pages, not from hnsplan.
//!
//! It believes nothing: what a caller does wrong with GUIDs, texts, out pointers, handles and memory is
//! written to `violations.txt`. It lives in a folder ([`desk::Desk`]), so that its state survives processes:
//!
//! ```text
//! exports (this file) ─► desk: counts, logs, injects faults ─► hns: objects and what HNS refuses
//!                    ─► memory: texts from and to the caller
//! ```

mod desk;
mod hns;
mod memory;

use std::ffi::c_void;

use desk::{Answer, Desk};
use hns::Kind;
use memory::{Guid, Handle, OutHandle, OutText, Text};

type Hresult = i32;

/// The functions of one kind of object that have the same shape for all.
macro_rules! kind {
    ($kind:ident: $enumerate:ident, $open:ident, $query:ident, $modify:ident, $delete:ident, $close:ident) => {
        #[unsafe(no_mangle)]
        pub extern "system" fn $enumerate(query: Text, ids: OutText, error: OutText) -> Hresult {
            let answer = Desk::call(stringify!($enumerate), &query.to_text(), |desk| {
                desk.expect_null(&ids);
                let query = desk.document(&query)?;
                desk.hns.check_query(&query)?;
                let mut listed = desk.hns.ids(Kind::$kind);
                listed.extend(desk.ghost());
                Ok(Answer::Text(serde_json::Value::from(listed).to_string()))
            });
            answer.give_text(ids, error)
        }

        #[unsafe(no_mangle)]
        pub extern "system" fn $open(id: *const Guid, handle: OutHandle, error: OutText) -> Hresult {
            let id = Guid::read(id);
            let answer = Desk::call(stringify!($open), &id, |desk| {
                desk.expect_null(&handle);
                desk.hns.find(Kind::$kind, &id)?;
                Ok(desk.opened(Kind::$kind, &id))
            });
            answer.give_handle(handle, error)
        }

        #[unsafe(no_mangle)]
        pub extern "system" fn $query(handle: Handle, query: Text, properties: OutText, error: OutText) -> Hresult {
            let answer = Desk::call(stringify!($query), &handle.to_text(), |desk| {
                desk.expect_null(&properties);
                let query = desk.document(&query)?;
                desk.hns.check_query(&query)?;
                let id = desk.id_of(Kind::$kind, handle)?;
                Ok(Answer::Text(desk.hns.properties(Kind::$kind, &id)?))
            });
            answer.give_text(properties, error)
        }

        #[unsafe(no_mangle)]
        pub extern "system" fn $modify(handle: Handle, settings: Text, error: OutText) -> Hresult {
            let arguments = format!("{} {}", handle.to_text(), settings.to_text());
            let answer = Desk::call(stringify!($modify), &arguments, |desk| {
                let id = desk.id_of(Kind::$kind, handle)?;
                let settings = desk.document(&settings)?;
                desk.change(|hns| hns.modify(Kind::$kind, &id, settings))
            });
            answer.give(error)
        }

        #[unsafe(no_mangle)]
        pub extern "system" fn $delete(id: *const Guid, error: OutText) -> Hresult {
            let id = Guid::read(id);
            let answer =
                Desk::call(stringify!($delete), &id, |desk| desk.change(|hns| hns.delete(Kind::$kind, &id)));
            answer.give(error)
        }

        #[unsafe(no_mangle)]
        pub extern "system" fn $close(handle: Handle) -> Hresult {
            Desk::close(stringify!($close), Kind::$kind, handle)
        }
    };
}

kind!(Network: HcnEnumerateNetworks, HcnOpenNetwork, HcnQueryNetworkProperties, HcnModifyNetwork, HcnDeleteNetwork, HcnCloseNetwork);
kind!(Endpoint: HcnEnumerateEndpoints, HcnOpenEndpoint, HcnQueryEndpointProperties, HcnModifyEndpoint, HcnDeleteEndpoint, HcnCloseEndpoint);
kind!(LoadBalancer: HcnEnumerateLoadBalancers, HcnOpenLoadBalancer, HcnQueryLoadBalancerProperties, HcnModifyLoadBalancer, HcnDeleteLoadBalancer, HcnCloseLoadBalancer);

#[unsafe(no_mangle)]
pub extern "system" fn HcnCreateEndpoint(
    network: Handle,
    id: *const Guid,
    settings: Text,
    handle: OutHandle,
    error: OutText,
) -> Hresult {
    let requested = Guid::read(id);
    let arguments = format!("{} {requested} {}", network.to_text(), settings.to_text());
    let answer = Desk::call("HcnCreateEndpoint", &arguments, |desk| {
        desk.expect_null(&handle);
        let network = desk.id_of(Kind::Network, network)?;
        let settings = desk.document(&settings)?;
        let id = desk.id_for(&requested);
        desk.change(|hns| hns.create_endpoint(&network, &id, settings))?;
        Ok(desk.opened(Kind::Endpoint, &id))
    });
    answer.give_handle(handle, error)
}

#[unsafe(no_mangle)]
pub extern "system" fn HcnCreateLoadBalancer(
    id: *const Guid,
    settings: Text,
    handle: OutHandle,
    error: OutText,
) -> Hresult {
    let requested = Guid::read(id);
    let arguments = format!("{requested} {}", settings.to_text());
    let answer = Desk::call("HcnCreateLoadBalancer", &arguments, |desk| {
        desk.expect_null(&handle);
        let settings = desk.document(&settings)?;
        let id = desk.id_for(&requested);
        desk.change(|hns| hns.create_load_balancer(&id, settings))?;
        Ok(desk.opened(Kind::LoadBalancer, &id))
    });
    answer.give_handle(handle, error)
}

/// The old API: it says the version, and deletes policy lists.
#[unsafe(no_mangle)]
pub extern "system" fn HNSCall(method: Text, path: Text, request: Text, response: OutText) -> Hresult {
    let arguments = format!("{} {} {}", method.to_text(), path.to_text(), request.to_text());
    let answer = Desk::call("HNSCall", &arguments, |desk| {
        desk.expect_null(&response);
        let (method, path) = (desk.text(&method)?, desk.text(&path)?);
        let output = match (method.as_str(), path.strip_prefix("/policylists/")) {
            ("GET", _) if path == "/globals/version" => Ok(desk.hns.version()),
            ("DELETE", Some(id)) => {
                let id = id.to_lowercase();
                desk.change(|hns| hns.delete(Kind::LoadBalancer, &id)).map(|_| serde_json::Value::Null)
            }
            _ => Err(hns::Refusal::new(hns::INVALID_PARAMETER, "The path is unknown.")),
        };
        // The old API says what is wrong in its answer.
        Ok(Answer::Text(match output {
            Ok(output) => serde_json::json!({ "Success": true, "Output": output }).to_string(),
            Err(refusal) => refusal.record(),
        }))
    });
    answer.give_text(response, OutText::none())
}

/// What the tests ask: `handles texts violations`, as one number each in 21 bits.
#[unsafe(no_mangle)]
pub extern "C" fn standin_left_open() -> u64 {
    Desk::left_open()
}

/// The tests change faults and options between two commands of one process.
#[unsafe(no_mangle)]
pub extern "C" fn standin_reload() {
    Desk::reload();
}

/// On Windows texts are freed by `ole32.dll`; elsewhere there is none, so this is it.
///
/// # Safety
/// The pointer was given to the caller by a function of this library, or is null.
#[cfg(not(windows))]
#[unsafe(no_mangle)]
pub unsafe extern "system" fn CoTaskMemFree(text: *mut c_void) {
    memory::free(text);
}

/// Windows calls this when the process ends: what is still allocated then has leaked.
#[cfg(windows)]
#[unsafe(no_mangle)]
pub extern "system" fn DllMain(_: *mut c_void, reason: u32, _: *mut c_void) -> i32 {
    const PROCESS_DETACH: u32 = 0;
    if reason == PROCESS_DETACH {
        Desk::leave();
    }
    1
}
