//! Services as a cluster would store them: defaults, families, addresses and node ports.
//!
//! ```text
//! written ─ prune, defaults ─ families ─ numbers asked for ─ numbers drawn ─► stored, or refused
//! ```
//!
//! All numbers that are written anywhere in the input are taken before one is drawn, and a number is drawn by the
//! name of what it is for: adding a Service does not renumber another, unless the two collide.

mod addresses;
mod defaults;
mod families;
mod load_balancers;
mod node_ports;
mod refused;

use serde_json::{Map, Value, json};

use self::addresses::Addresses;
use self::load_balancers::LoadBalancers;
use self::node_ports::NodePorts;
use self::refused::Refused;
use super::{Assumed, Assumptions, codes};
use crate::diagnostics::Diagnostic;
use crate::manifest::AnyObject;
use crate::net::Family;

/// What is done with all Services before the next step begins.
struct Fill<'a> {
    addresses: Addresses,
    node_ports: NodePorts,
    load_balancers: LoadBalancers,
    families: Vec<Family>,
    diagnostics: &'a mut Vec<Diagnostic>,
    assumed: &'a mut Assumed,
}

/// Fills Services, which are in the order of their names. The answer is, for each, whether the API server would take
/// it: those that it would not get no numbers, so that none is taken twice.
pub(super) fn fill(
    services: &mut [&mut AnyObject],
    assumptions: &Assumptions,
    assumed: &mut Assumed,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<bool> {
    let mut fill = Fill {
        addresses: Addresses::new(&assumptions.service_cidrs),
        node_ports: NodePorts::new(assumptions.node_ports()),
        load_balancers: LoadBalancers::new(&assumptions.load_balancers),
        families: assumptions.service_cidrs.iter().map(Family::of_net).collect(),
        diagnostics,
        assumed,
    };
    let mut standings: Vec<Standing> = services.iter_mut().map(|service| fill.complete(service)).collect();
    for (service, standing) in services.iter().zip(&mut standings) {
        *standing = fill.take(service, *standing);
    }
    for (service, standing) in services.iter_mut().zip(&mut standings) {
        if *standing == Standing::New {
            *standing = fill.draw(service);
        }
    }
    let displaced = fill.addresses.displaced().chain(fill.node_ports.displaced());
    let displaced = displaced.chain(fill.load_balancers.displaced());
    fill.assumed.displaced.extend(displaced.cloned());
    standings.into_iter().map(|standing| standing != Standing::Refused).collect()
}

/// What the API server does with a Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It has it already.
    Stored,
    /// It takes it.
    New,
    Refused,
}

impl Fill<'_> {
    /// Adds what hangs on this Service and the families of the cluster alone.
    fn complete(&mut self, service: &mut AnyObject) -> Standing {
        if is_stored(service) {
            return Standing::Stored;
        }
        defaults::prune(&mut service.fields);
        self.drop_status(service);
        let spec = spec_mut(&mut service.fields);
        defaults::add(spec);
        if spec.get("type").and_then(Value::as_str) == Some("ExternalName") {
            return Standing::New;
        }
        match families::decide(spec, &self.families) {
            Ok(decided) => {
                let names: Vec<&str> = decided.families.iter().map(|family| family.as_str()).collect();
                spec.insert("ipFamilies".into(), json!(names));
                spec.insert("ipFamilyPolicy".into(), decided.policy.into());
                if !spec.contains_key("clusterIPs")
                    && let Some(first) = spec.get("clusterIP").cloned()
                {
                    spec.insert("clusterIPs".into(), json!([first]));
                }
                Standing::New
            }
            Err(refused) => self.refuse(service, refused),
        }
    }

    /// Only a controller writes the status: the API server drops that of a new object.
    fn drop_status(&mut self, service: &mut AnyObject) {
        let empty = json!({"loadBalancer": {}});
        let status = service.fields.insert("status".into(), empty.clone());
        if status.is_some_and(|status| {
            !matches!(&status, Value::Object(fields) if fields.is_empty()) && status != empty
        }) {
            self.diagnostics.push(
                Diagnostic::new(codes::STATUS_DROPPED, "the API server ignores the status of a new Service")
                    .about(service.reference("Service"))
                    .at(service.origin.field("status")),
            );
        }
    }

    /// Takes the numbers that are asked for. Those of a stored Service are its own, whatever else the input says.
    fn take(&mut self, service: &AnyObject, standing: Standing) -> Standing {
        let spec = service.fields.get("spec").and_then(Value::as_object);
        let Some(spec) = spec.filter(|_| standing != Standing::Refused) else { return standing };
        let taken = match self.addresses.take(spec) {
            Ok(()) => self.node_ports.take(spec),
            Err(refused) => Err(refused),
        };
        self.load_balancers.take(service);
        match taken {
            Err(refused) if standing == Standing::New => self.refuse(service, refused),
            Ok(()) | Err(_) => standing,
        }
    }

    /// Draws what is missing.
    fn draw(&mut self, service: &mut AnyObject) -> Standing {
        let key = format!("{}/{}", service.namespace(), service.name());
        let spec = spec_mut(&mut service.fields);
        let addresses = self.addresses.draw(&key, spec);
        let drawn = addresses.and_then(|addresses| Ok((addresses, self.node_ports.draw(&key, spec)?)));
        match drawn {
            Ok((addresses, ports)) => {
                self.assumed.service(&key, addresses, ports);
                let balancers = self.load_balancers.draw(service, self.diagnostics);
                self.assumed.load_balancers.extend(balancers.into_iter().map(|ip| (key.clone(), ip)));
                Standing::New
            }
            Err(refused) => self.refuse(service, refused),
        }
    }

    fn refuse(&mut self, service: &AnyObject, refused: Vec<Refused>) -> Standing {
        self.diagnostics.extend(refused.into_iter().map(|refused| refused.diagnostic(service)));
        Standing::Refused
    }
}

/// Whether an object comes from a cluster: it has what only the API server writes.
pub(super) fn is_stored(service: &AnyObject) -> bool {
    let has = |path: &[&str]| service.get(path).is_some_and(|value| !value.is_null());
    let given = ["clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy", "sessionAffinity"];
    has(&["metadata", "uid"])
        || has(&["metadata", "resourceVersion"])
        || given.into_iter().all(|field| has(&["spec", field]))
}

fn spec_mut(fields: &mut Map<String, Value>) -> &mut Map<String, Value> {
    let spec = fields.entry("spec").or_insert_with(|| json!({}));
    if !spec.is_object() {
        *spec = json!({});
    }
    spec.as_object_mut().expect("it was just made one")
}
