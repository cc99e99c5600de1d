//! The one node that is compiled for: its name, zone, addresses, and the settings of its kube-proxy.
//!
//! Four sources, each winning over those before it: kube-proxy's defaults, the configuration file, the
//! Node object and facts file, the flags.
//!
//! **Invariant:** nothing here knows Services.

mod addresses;
mod behavior;
pub mod codes;
mod config;
mod context;
mod facts;
mod flags;
mod known_fault;
mod loopback;
mod overrides;
mod release;
mod resolve;
mod selector;
mod windows;
mod written;

pub use addresses::NodeAddresses;
pub use behavior::{
    Behavior, Change, ClusterIpMasquerade, Duplicates, Evidence, FAULTS, Fault, FeatureGates, GATES, Gate,
    GateState, InPlace, InternalPort, MatchAll, Meets, NftablesBehavior, NodePortKeywords, SWITCHES,
    SameAddress, SliceFamily, Switch, SyncBehavior, UnknownVersion, Version, WinkernelBehavior,
};
pub use config::{Config, UnknownKey};
pub use context::{
    HostPorts, IptablesSettings, LocalDetector, LocalhostNodePorts, NftablesSettings, NodeContext, NodeIps,
    NodePortAddresses, NodePortMatch, PodNetwork, WindowsSettings,
};
pub use facts::Facts;
pub use flags::{FLAGS, NAME};
pub use loopback::{Loopback, LoopbackBasis, NetworkPlugin, NotALoopback, NotANetworkPlugin};
pub use overrides::Overrides;
pub use release::{
    BuildBasis, NotAWindowsBuild, NotAWindowsRelease, ToldBuild, WindowsBuild, WindowsRelease,
};
pub use resolve::resolve;
pub use selector::{NoSuchNode, NodeSelector, NodeTerm, NotANodeTerm};
pub use windows::{HnsVersion, MacAddress, NetworkType, NotAMacAddress, NotAnHnsVersion, UnknownNetworkType};
pub use written::WrongSettings;
