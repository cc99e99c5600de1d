//! The objects, and what HNS refuses to do with them.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use serde_json::{Map, Value, json};

pub const INVALID_JSON: u32 = 0x803b_001b;
pub const INVALID_PARAMETER: u32 = 0x8007_0057;
const NOT_FOUND: u32 = 0x8007_0490;
const ALREADY_EXISTS: u32 = 0x8007_00b7;
const NOT_IMPLEMENTED: u32 = 0x8000_4001;
const NETWORK_NOT_FOUND: u32 = 0x803b_0001;
const ENDPOINT_NOT_FOUND: u32 = 0x803b_0002;
const PORT_EXISTS: u32 = 0x803b_0013;
const INVALID_REFERENCE: u32 = 0x803b_001c;
const INVALID_IP: u32 = 0x803b_001e;
const HAS_REFERENCES: u32 = 0x803b_002c;
const INVALID_INTERNAL_PORT: u32 = 0x803b_002d;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Network,
    Endpoint,
    LoadBalancer,
}

impl Kind {
    /// The name of the list in a state.
    fn list(self) -> &'static str {
        match self {
            Self::Network => "Networks",
            Self::Endpoint => "Endpoints",
            Self::LoadBalancer => "LoadBalancers",
        }
    }

    const ALL: [Self; 3] = [Self::Network, Self::Endpoint, Self::LoadBalancer];
}

/// Why HNS does not do it.
pub struct Refusal {
    pub code: u32,
    text: String,
}

impl Refusal {
    pub fn new(code: u32, text: &str) -> Self {
        Self { code, text: text.to_owned() }
    }

    /// The error record of HNS.
    pub fn record(&self) -> String {
        json!({ "Success": false, "Error": format!("{} ", self.text), "ErrorCode": self.code }).to_string()
    }
}

type Done = Result<Value, Refusal>;

/// Objects of one kind, in the order in which they came, under their ids in lower case.
#[derive(Default)]
struct Objects {
    order: Vec<Option<String>>,
    by_id: HashMap<String, (usize, Value)>,
}

impl Objects {
    fn put(&mut self, id: &str, object: Value) {
        match self.by_id.get_mut(id) {
            Some(present) => present.1 = object,
            None => {
                self.by_id.insert(id.to_owned(), (self.order.len(), object));
                self.order.push(Some(id.to_owned()));
            }
        }
    }

    fn take(&mut self, id: &str) -> Option<Value> {
        let (at, object) = self.by_id.remove(id)?;
        self.order[at] = None;
        Some(object)
    }

    fn get(&self, id: &str) -> Option<&Value> {
        self.by_id.get(id).map(|(_, object)| object)
    }
}

#[derive(Default)]
pub struct Hns {
    objects: HashMap<Kind, Objects>,
    version: Value,
    /// Network and address of each endpoint.
    addresses: HashSet<(String, IpAddr)>,
    /// What load balancers answer to.
    frontends: HashSet<String>,
    /// How many load balancers have an endpoint.
    uses: HashMap<String, usize>,
}

impl Hns {
    pub fn of(state: &Value) -> Self {
        let version = state.get("Version").cloned().unwrap_or_else(|| json!({ "Major": 15, "Minor": 5 }));
        let mut hns = Self { version, ..Self::default() };
        for kind in Kind::ALL {
            for object in state[kind.list()].as_array().into_iter().flatten() {
                let id = object["ID"].as_str().unwrap_or_default().to_lowercase();
                hns.put(kind, &id, object.clone());
            }
        }
        hns
    }

    /// Does a change that an earlier process wrote.
    pub fn replay(&mut self, change: &Value) {
        let id = change["id"].as_str().unwrap_or_default();
        let Some(kind) = Kind::ALL.into_iter().find(|kind| change["list"] == kind.list()) else { return };
        self.remove(kind, id);
        if !change["object"].is_null() {
            self.put(kind, id, change["object"].clone());
        }
    }

    pub fn version(&self) -> Value {
        self.version.clone()
    }

    pub fn size(&self) -> usize {
        self.objects.values().map(|objects| objects.order.len()).sum()
    }

    pub fn ids(&self, kind: Kind) -> Vec<String> {
        self.objects.get(&kind).map(|objects| objects.order.iter().flatten().cloned().collect()).unwrap_or_default()
    }

    pub fn find(&self, kind: Kind, id: &str) -> Result<&Value, Refusal> {
        let code = match kind {
            Kind::Network => NETWORK_NOT_FOUND,
            Kind::Endpoint => ENDPOINT_NOT_FOUND,
            Kind::LoadBalancer => NOT_FOUND,
        };
        let found = self.objects.get(&kind).and_then(|objects| objects.get(id));
        found.ok_or_else(|| Refusal::new(code, "Element not found."))
    }

    /// A query has a schema version and may have flags; of filters nobody here makes use.
    pub fn check_query(&self, query: &Value) -> Result<(), Refusal> {
        let members = query.as_object().expect("a document");
        let known = members.keys().all(|name| matches!(name.as_str(), "SchemaVersion" | "Flags"));
        if known && query["SchemaVersion"]["Major"] == 2 {
            return Ok(());
        }
        Err(Refusal::new(INVALID_JSON, "The query is unknown."))
    }

    /// An object as HNS tells it: with defaults that nobody sent.
    pub fn properties(&self, kind: Kind, id: &str) -> Result<String, Refusal> {
        let mut object = self.find(kind, id)?.clone();
        if kind == Kind::LoadBalancer {
            object["Health"] = json!({});
            for mapping in object["PortMappings"].as_array_mut().into_iter().flatten() {
                let mapping = mapping.as_object_mut().expect("a mapping is an object");
                mapping.entry("DistributionType").or_insert(json!(0));
                mapping.entry("Flags").or_insert(json!(0));
            }
        }
        Ok(object.to_string())
    }

    pub fn create_endpoint(&mut self, network: &str, id: &str, settings: Value) -> Done {
        check_members(&settings, &[
            "Name", "HostComputeNetwork", "Policies", "IpConfigurations", "Dns", "Routes", "MacAddress", "Flags",
            "Health", "SchemaVersion",
        ])?;
        let of = settings["HostComputeNetwork"].as_str().unwrap_or_default().to_lowercase();
        if of != network {
            return Err(Refusal::new(INVALID_PARAMETER, "The endpoint is of another network."));
        }
        if self.find(Kind::Endpoint, id).is_ok() {
            return Err(Refusal::new(ALREADY_EXISTS, "The endpoint exists."));
        }
        let written = settings["IpConfigurations"].as_array().map_or(0, Vec::len);
        let addresses = addresses(&settings);
        if addresses.len() != written || written == 0 {
            return Err(Refusal::new(INVALID_IP, "The IP address is invalid."));
        }
        if addresses.iter().any(|ip| self.addresses.contains(&(of.clone(), *ip))) {
            return Err(Refusal::new(ALREADY_EXISTS, "The IP address exists."));
        }
        Ok(self.made(Kind::Endpoint, id, settings))
    }

    pub fn create_load_balancer(&mut self, id: &str, settings: Value) -> Done {
        self.check_load_balancer(&settings)?;
        if self.find(Kind::LoadBalancer, id).is_ok() {
            return Err(Refusal::new(ALREADY_EXISTS, "The load balancer exists."));
        }
        if frontends(&settings).iter().any(|frontend| self.frontends.contains(frontend)) {
            return Err(Refusal::new(PORT_EXISTS, "The specified port already exists."));
        }
        Ok(self.made(Kind::LoadBalancer, id, settings))
    }

    fn check_load_balancer(&self, settings: &Value) -> Result<(), Refusal> {
        check_members(settings, &[
            "ID", "HostComputeEndpoints", "SourceVIP", "FrontendVIPs", "PortMappings", "SchemaVersion", "Flags",
        ])?;
        let members = members(settings);
        if members.is_empty() {
            return Err(Refusal::new(INVALID_REFERENCE, "A Reference is required."));
        }
        for member in &members {
            self.find(Kind::Endpoint, member)?;
        }
        let mappings = settings["PortMappings"].as_array().map(Vec::as_slice).unwrap_or_default();
        if mappings.is_empty() || mappings.iter().any(|of| of["InternalPort"].as_u64().unwrap_or(0) == 0) {
            return Err(Refusal::new(INVALID_INTERNAL_PORT, "The internal port is invalid."));
        }
        let vips = settings["FrontendVIPs"].as_array().into_iter().flatten().chain(settings.get("SourceVIP"));
        for vip in vips {
            if vip.as_str().and_then(parse_ip).is_none() {
                return Err(Refusal::new(INVALID_IP, "The IP address is invalid."));
            }
        }
        Ok(())
    }

    pub fn modify(&mut self, kind: Kind, id: &str, settings: Value) -> Done {
        let version = (self.version["Major"].as_u64(), self.version["Minor"].as_u64());
        if kind != Kind::LoadBalancer || version < (Some(15), Some(4)) {
            return Err(Refusal::new(NOT_IMPLEMENTED, "Not implemented."));
        }
        self.check_load_balancer(&settings)?;
        let own = frontends(self.find(kind, id)?);
        if frontends(&settings).iter().any(|of| !own.contains(of) && self.frontends.contains(of)) {
            return Err(Refusal::new(PORT_EXISTS, "The specified port already exists."));
        }
        self.remove(kind, id);
        Ok(self.made(kind, id, settings))
    }

    pub fn delete(&mut self, kind: Kind, id: &str) -> Done {
        self.find(kind, id).map_err(|_| Refusal::new(NOT_FOUND, "Element not found."))?;
        if kind == Kind::Endpoint && self.uses.get(id).is_some_and(|uses| *uses > 0) {
            return Err(Refusal::new(HAS_REFERENCES, "The entity has references."));
        }
        self.remove(kind, id);
        Ok(json!({ "list": kind.list(), "id": id, "object": null }))
    }

    /// Keeps an object; the answer is the change.
    fn made(&mut self, kind: Kind, id: &str, mut object: Value) -> Value {
        object["ID"] = json!(id);
        self.put(kind, id, object.clone());
        json!({ "list": kind.list(), "id": id, "object": object })
    }

    fn put(&mut self, kind: Kind, id: &str, object: Value) {
        match kind {
            Kind::Network => {}
            Kind::Endpoint => {
                let network = object["HostComputeNetwork"].as_str().unwrap_or_default().to_lowercase();
                self.addresses.extend(addresses(&object).into_iter().map(|ip| (network.clone(), ip)));
            }
            Kind::LoadBalancer => {
                self.frontends.extend(frontends(&object));
                for member in members(&object) {
                    *self.uses.entry(member).or_default() += 1;
                }
            }
        }
        self.objects.entry(kind).or_default().put(id, object);
    }

    fn remove(&mut self, kind: Kind, id: &str) {
        let Some(object) = self.objects.entry(kind).or_default().take(id) else { return };
        let network = object["HostComputeNetwork"].as_str().unwrap_or_default().to_lowercase();
        for ip in addresses(&object) {
            self.addresses.remove(&(network.clone(), ip));
        }
        if kind == Kind::LoadBalancer {
            for frontend in frontends(&object) {
                self.frontends.remove(&frontend);
            }
            for member in members(&object) {
                *self.uses.entry(member).or_default() -= 1;
            }
        }
    }
}

/// What HNS sends no one has to know, what it gets must be known.
fn check_members(settings: &Value, known: &[&str]) -> Result<(), Refusal> {
    let members: &Map<String, Value> = settings.as_object().expect("a document");
    if let Some(unknown) = members.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(Refusal::new(INVALID_JSON, &format!("Unknown member {unknown}.")));
    }
    if settings["SchemaVersion"]["Major"] != 2 {
        return Err(Refusal::new(INVALID_JSON, "The schema version is missing."));
    }
    Ok(())
}

fn addresses(endpoint: &Value) -> Vec<IpAddr> {
    let configurations = endpoint["IpConfigurations"].as_array().into_iter().flatten();
    configurations.filter_map(|of| parse_ip(of["IpAddress"].as_str()?)).collect()
}

/// kube-proxy passes on what people wrote, zeros in front included.
fn parse_ip(text: &str) -> Option<IpAddr> {
    let sloppy = || {
        let octets: Vec<u8> = text.split('.').map(|octet| octet.parse().ok()).collect::<Option<_>>()?;
        Some(IpAddr::from(<[u8; 4]>::try_from(octets).ok()?))
    };
    text.parse().ok().or_else(sloppy)
}

fn members(balancer: &Value) -> Vec<String> {
    let members = balancer["HostComputeEndpoints"].as_array().into_iter().flatten();
    members.filter_map(|id| Some(id.as_str()?.to_lowercase())).collect()
}

/// What a load balancer answers to: protocol, address, port, family.
fn frontends(balancer: &Value) -> Vec<String> {
    let vip = balancer["FrontendVIPs"][0].as_str().unwrap_or("*");
    let ipv6 = balancer["Flags"].as_u64().unwrap_or(0) & 2;
    let mappings = balancer["PortMappings"].as_array().into_iter().flatten();
    mappings.map(|of| format!("{} {} {vip} {ipv6}", of["Protocol"], of["ExternalPort"])).collect()
}
