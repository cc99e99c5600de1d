//! Reads an earlier plan: what it made may be deleted.

use serde::Deserialize;

use super::Owned;
use crate::diagnostics::in_plain_words;
use crate::name::printable;
use crate::platform::hns::ids::FrontendKey;
use crate::platform::hns::model::{Address, LoadBalancerFlags};

/// Why a text is no plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OwnedError {
    /// The parser gave up.
    #[error("{} (line {}, column {})", printable(&in_plain_words(&.0.to_string())), .0.line(), .0.column())]
    Parse(#[from] serde_json::Error),
    /// Another document.
    #[error("it is no plan; allowed: the output of hnsplan compile -t hns, kind: HnsPlan")]
    OtherKind,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    settings: Option<Settings>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Settings {
    ip_configurations: Vec<IpConfiguration>,
    #[serde(rename = "FrontendVIPs")]
    frontend_vips: Vec<String>,
    port_mappings: Vec<PortMapping>,
    flags: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IpConfiguration {
    ip_address: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct PortMapping {
    protocol: u32,
    external_port: u16,
}

impl Owned {
    /// Adds what a plan document makes.
    ///
    /// # Errors
    /// When the text is no JSON or no plan.
    pub fn add_plan(&mut self, text: &str) -> Result<(), OwnedError> {
        let document: Document = serde_json::from_str(text)?;
        if document.kind != "HnsPlan" {
            return Err(OwnedError::OtherKind);
        }
        for settings in document.operations.into_iter().filter_map(|operation| operation.settings) {
            self.addresses.extend(settings.ip_configurations.iter().map(|of| Address::of(&of.ip_address)));
            let ipv6 = settings.flags & LoadBalancerFlags::IPV6.bits() != 0;
            let vip = settings.frontend_vips.first().map(|text| Address::of(text));
            self.frontends.extend(settings.port_mappings.first().map(|mapping| FrontendKey {
                vip,
                protocol: mapping.protocol,
                port: mapping.external_port,
                ipv6,
            }));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plan_made_is_owned() {
        let mut owned = Owned::default();
        let text = r#"{"kind":"HnsPlan","operations":[
            {"op":"CreateEndpoint","settings":{"IpConfigurations":[{"IpAddress":"10.244.2.5"}],"Flags":1}},
            {"op":"CreateLoadBalancer","settings":{"FrontendVIPs":["fd00::1"],"Flags":2,
              "PortMappings":[{"Protocol":6,"InternalPort":8080,"ExternalPort":80}]}},
            {"op":"DeleteEndpoint","id":"x"}]}"#;
        owned.add_plan(text).unwrap();
        assert_eq!(owned.addresses, [Address::of("10.244.2.5")]);
        let shown: Vec<_> = owned.frontends.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["[fd00::1]:80/TCP"]);
        assert!(owned.frontends[0].ipv6);
    }

    #[test]
    fn another_document_is_refused() {
        assert!(matches!(Owned::default().add_plan("{}"), Err(OwnedError::OtherKind)));
        assert!(matches!(Owned::default().add_plan("[1"), Err(OwnedError::Parse(_))));
    }
}
