//! Cluster IPs: those asked for are taken, those missing are drawn.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Map, Value};

use super::refused::Refused;
use crate::fill::bands::{Pool, address, number};
use crate::fill::codes;
use crate::net::{Family, parse_ip};

/// The service ranges and their addresses in use.
pub(super) struct Addresses {
    ranges: Vec<IpNet>,
    pools: Vec<Pool>,
}

impl Addresses {
    pub(super) fn new(ranges: &[IpNet]) -> Self {
        Self { ranges: ranges.to_vec(), pools: ranges.iter().map(Pool::of_addresses).collect() }
    }

    /// Takes the addresses that are written.
    pub(super) fn take(&mut self, spec: &Map<String, Value>) -> Result<(), Vec<Refused>> {
        let addresses: Vec<IpAddr> = written(spec).iter().filter_map(|text| parse_ip(text)).collect();
        let refused: Vec<Refused> = addresses.into_iter().filter_map(|ip| self.take_one(ip).err()).collect();
        if refused.is_empty() { Ok(()) } else { Err(refused) }
    }

    fn take_one(&mut self, ip: IpAddr) -> Result<(), Refused> {
        // An address of a family that the cluster lacks can only come from another cluster's dump.
        let Some(at) = range_of(&self.ranges, Family::of(ip)) else { return Ok(()) };
        let (range, pool) = (&self.ranges[at], &mut self.pools[at]);
        let refuse = |why: String| {
            Err(Refused::new(
                codes::CLUSTER_IP_REFUSED,
                "spec.clusterIPs",
                format!("{ip} {why}"),
                format!("a free address of the service range {range}"),
            ))
        };
        if !pool.contains(number(ip)) {
            return refuse(format!("is not an address for Services in {range}"));
        }
        if !pool.take(number(ip)) {
            return refuse("belongs to another Service".into());
        }
        Ok(())
    }

    /// What got another address than its own.
    pub(super) fn displaced(&self) -> impl Iterator<Item = &String> {
        self.pools.iter().flat_map(|pool| &pool.displaced)
    }

    /// Draws the addresses of the families that have none. The answer is those drawn.
    pub(super) fn draw(
        &mut self,
        service: &str,
        spec: &mut Map<String, Value>,
    ) -> Result<Vec<IpAddr>, Vec<Refused>> {
        let mut addresses = written(spec);
        let families: Vec<Family> = families(spec);
        let mut drawn = Vec::new();
        if addresses.first().map(String::as_str) == Some("None") {
            return Ok(drawn);
        }
        for family in families.into_iter().skip(addresses.len()) {
            let Some(at) = range_of(&self.ranges, family) else { continue };
            let Some(number) = self.pools[at].draw(&format!("{service}/{family}")) else {
                return Err(vec![Refused::new(
                    codes::RANGE_FULL,
                    "spec.clusterIPs",
                    format!("no address is free in the service range {}", self.ranges[at]),
                    "a larger --service-cidr",
                )]);
            };
            let ip = address(number, &self.ranges[at]);
            addresses.push(ip.to_string());
            drawn.push(ip);
        }
        if let Some(first) = addresses.first() {
            spec.insert("clusterIP".into(), first.as_str().into());
            spec.insert("clusterIPs".into(), addresses.into());
        }
        Ok(drawn)
    }
}

/// The texts in `spec.clusterIPs`, or that in `spec.clusterIP`.
fn written(spec: &Map<String, Value>) -> Vec<String> {
    let many = spec.get("clusterIPs").and_then(Value::as_array);
    let one = spec.get("clusterIP").filter(|_| many.is_none());
    let texts = many.into_iter().flatten().chain(one).filter_map(Value::as_str);
    texts.filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

/// The families that `spec.ipFamilies` names.
pub(super) fn families(spec: &Map<String, Value>) -> Vec<Family> {
    let names = spec.get("ipFamilies").and_then(Value::as_array).into_iter().flatten();
    let names = names.filter_map(Value::as_str);
    names.filter_map(Family::parse).collect()
}

/// The service range of a family, if the cluster has one.
fn range_of(ranges: &[IpNet], family: Family) -> Option<usize> {
    ranges.iter().position(|range| Family::of_net(range) == family)
}
