//! Every diagnostic in one table: code, severity, title and explanation.
//!
//! The table drives `hnsplan explain`, the renderers and the documentation. A code is never reused.
//! `M` is for manifests (00 reading, 01 Services, 02 slices and nodes), `N` for the node and its
//! configuration, `K` for what kube-proxy leaves out, `I` for iptables, `H` for HNS,
//! `S` for netsh, `D` for differences in effect between two targets or versions, `L` for what is known to go wrong
//! on nodes that are set up like this one, `F` for what is wrong with what a node holds, `G` for rules as a graph,
//! `A` for what keeps a node from being changed.

use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something is wrong; the exit code says so.
    Error,
    /// Probably not what was meant.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Declares the codes, so that none can lack its row.
macro_rules! codes {
    ($($variant:ident $id:literal $severity:ident $title:literal $explanation:literal)*) => {
        /// A kind of finding, with a stable identifier.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $variant,)*
        }

        impl Code {
            /// All codes, in the order of their identifiers.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable identifier, as in `M0107`.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// How bad it is.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }

            /// What it is, in a few words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// What it means and what to do.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$variant => $explanation,)* }
            }
        }
    };
}

codes! {
    NotParsable "M0001" Error
        "the text is not valid YAML or JSON"
        "The parser could not read this document, so no object of it is used. The other documents of the file are. The message names the line and column where the parser gave up; the mistake is there or just above."

    WrongShape "M0002" Error
        "a value has the wrong type"
        "The field exists in Kubernetes, but with another type: a text where a number belongs, a mapping where a list belongs. The API server would refuse the object; it is left out."

    DuplicateKey "M0003" Error
        "a mapping has the same key twice"
        "YAML forbids it and parsers disagree on which of the two counts. The object is left out; keep one of the two. Only mappings that decide about rules are looked at, not every label and annotation."

    AmbiguousScalar "M0004" Error
        "a plain scalar that YAML 1.1 does not read as text"
        "kubectl reads YAML 1.1, in which yes, no, on, off, y and n are booleans and 0777 or 1_000 are numbers. In a field that takes text the API server refuses such a value. Put it in quotes."

    KindSkipped "M0005" Note
        "objects of other kinds were skipped"
        "Only Service, EndpointSlice, Endpoints and Node objects decide about rules. Everything else in the input is counted and passed over."

    UnknownField "M0006" Error
        "a field that Kubernetes does not know"
        "Reported with --strict only. The API server drops such a field or refuses the object, depending on its validation level; often it is a misspelling."

    OldApiVersion "M0007" Error
        "an API version that kube-proxy does not read"
        "kube-proxy reads Services, Endpoints and Nodes of v1 and EndpointSlices of discovery.k8s.io/v1. An object of another version has other fields; get it again from the API server, or run kubectl convert."

    DuplicateObject "M0008" Error
        "an object is given twice, with different content"
        "A cluster has one object of a kind, namespace and name. The one with the higher resourceVersion is used; without one, a rule that does not depend on the order of the input decides."

    RepeatedObject "M0009" Warning
        "an object is given twice, with the same content"
        "The repetition changes nothing. Usually a file was named twice."

    UnsafeText "M0010" Error
        "a name that could not be written safely"
        "The text has characters that no API server accepts and that could change the meaning of a rule, a script or a terminal. What carries it is left out."

    NothingRead "M0011" Warning
        "the input holds no Service and no EndpointSlice"
        "The rules are then only the fixed ones that kube-proxy writes without any Service."

    LabelInvalid "M0012" Error
        "a label value is not valid"
        "The value of a label is up to 63 letters, digits, dashes, underscores and dots, with a letter or digit at both ends."

    ServiceName "M0101" Error
        "the name of a Service is not valid"
        "A Service name is a DNS label: lower-case letters, digits and dashes, at most 63, not starting or ending with a dash. Up to kube-proxy 1.35 it must start with a letter as well."

    Namespace "M0102" Error
        "a namespace is not valid"
        "A namespace is a DNS label: lower-case letters, digits and dashes, at most 63, not starting or ending with a dash."

    ServiceType "M0103" Error
        "the type of a Service is not known"
        "It is compiled as a ClusterIP Service, as kube-proxy treats every type that it does not know."

    PortsMissing "M0104" Error
        "a Service has no ports"
        "Only headless and ExternalName Services may have none."

    PortNameInvalid "M0105" Error
        "the name of a port is not valid"
        "A port name is a DNS label; it is required when a Service has more than one port."

    PortNameRepeated "M0106" Error
        "two ports of an object have the same name"
        "Names tell the ports of a Service apart, and join them with the ports of its slices."

    PortOutOfRange "M0107" Error
        "a port number is out of range"
        "The API server would refuse the object. This port is left out; the others of the object are compiled."

    ProtocolUnknown "M0108" Error
        "a protocol is not known"
        "TCP, UDP and SCTP, in capital letters. This port is left out; the others of the object are compiled."

    TargetPortInvalid "M0109" Error
        "a targetPort is not valid"
        "A number from 1 to 65535, or the name of a container port. iptables rules do not depend on it, those of Windows do."

    QualifiedName "M0110" Error
        "a value is not a qualified name"
        "An optional DNS prefix and a slash, then at most 63 letters, digits, dashes, underscores and dots."

    NodePortInvalid "M0111" Error
        "a nodePort is not allowed or out of range"
        "Only NodePort and LoadBalancer Services have node ports. kube-proxy serves a node port of any type, so it is compiled all the same where it is a port number."

    PortRepeated "M0112" Error
        "two ports of a Service have the same number and protocol"
        "Their rules claim the same address and port; the first written wins."

    KubeletPort "M0113" Error
        "a LoadBalancer Service has the port of the kubelet"
        "The API server refuses port 10250 for LoadBalancer Services, because clouds would open it on the nodes. It is compiled all the same."

    AffinityInvalid "M0114" Error
        "the session affinity is not valid"
        "sessionAffinity is None or ClientIP; the timeout of ClientIP is 1 to 86400 seconds."

    ClusterIpInvalid "M0116" Error
        "a cluster IP is not valid"
        "clusterIP and clusterIPs hold one address a family, or None for a headless Service, and agree with each other."

    IpFamiliesInvalid "M0118" Error
        "the IP families of a Service are not valid"
        "ipFamilies lists IPv4 and IPv6 at most once each, in the order of clusterIPs; ipFamilyPolicy is SingleStack, PreferDualStack or RequireDualStack."

    HeadlessType "M0120" Error
        "a headless Service of a type that needs a cluster IP"
        "NodePort and LoadBalancer Services cannot be headless."

    ExternalNameInvalid "M0121" Error
        "an ExternalName Service is not valid"
        "It needs an externalName that is a DNS name, and has no cluster IP and no IP families. kube-proxy writes no rules for it."

    ExternalIpInvalid "M0122" Error
        "an external IP is not valid"
        "externalIPs are addresses that reach the node from outside: not unspecified, loopback, link-local or multicast of the link. What cannot be read is ignored, as kube-proxy does."

    SourceRangeInvalid "M0123" Error
        "a source range is not valid"
        "loadBalancerSourceRanges are CIDRs, for LoadBalancer Services only. What cannot be read is ignored, as kube-proxy does."

    LoadBalancerOnly "M0124" Error
        "a field that only LoadBalancer Services may have"
        "allocateLoadBalancerNodePorts and loadBalancerClass are for type LoadBalancer. They do not change rules."

    TrafficPolicyInvalid "M0126" Error
        "a traffic policy is not valid"
        "internalTrafficPolicy and externalTrafficPolicy are Cluster or Local; the external one only for Services that are reachable from outside."

    HealthCheckPortInvalid "M0127" Error
        "a health check node port is not allowed or out of range"
        "Only LoadBalancer Services with externalTrafficPolicy Local have one."

    TrafficDistributionInvalid "M0129" Error
        "a trafficDistribution is not known"
        "PreferClose, and from 1.33 on PreferSameZone and PreferSameNode. It acts through the hints of slices only."

    IngressInvalid "M0130" Error
        "the load balancer status is not valid"
        "Each ingress has an IP with ipMode VIP or Proxy, or a hostname; only LoadBalancer Services have any."

    AddressSpelling "M0131" Warning
        "an address is not in its canonical spelling"
        "Leading zeros are read as decimal, IPv4-mapped IPv6 addresses as IPv4, host bits of a CIDR are cleared, as kube-proxy does. New objects with such values are refused from 1.36 on."

    HintsAnnotations "M0132" Error
        "the two topology annotations disagree"
        "service.kubernetes.io/topology-aware-hints and service.kubernetes.io/topology-mode must be equal when both are set; the first one counts."

    SelectorInvalid "M0133" Error
        "a selector is not valid"
        "Keys are qualified names, values are label values. It does not change rules."

    ClusterIpMissing "M0134" Warning
        "a cluster IP has not been allocated"
        "The API server allocates one, which cannot be done offline. kube-proxy writes no rules for a Service without one, not even for its node ports, and none of a family whose cluster IP is missing. Take the manifests from the cluster: kubectl get services -A -o yaml."

    NodePortMissing "M0135" Warning
        "a node port has not been allocated"
        "The API server allocates one from 30000 to 32767, which cannot be done offline; without it no node port rule is written."

    HealthCheckPortMissing "M0136" Warning
        "a health check node port has not been allocated"
        "The API server allocates one for LoadBalancer Services with externalTrafficPolicy Local, which cannot be done offline; without it no rule is written."

    ClusterIpShared "M0137" Error
        "two Services have the same cluster IP"
        "The API server gives an address to one Service only. Rules are written for both; for the same port the first written wins."

    NodePortShared "M0138" Error
        "two Services have the same node port"
        "The API server gives a node port to one Service only. Rules are written for both; the first written wins."

    VipShared "M0139" Warning
        "two Services claim the same external address, port and protocol"
        "Rules are written for both. kube-proxy writes them in random order and the first wins, so which Service answers is not decided."

    DualStackPolicyMissing "M0140" Error
        "two cluster IPs without a dual-stack ipFamilyPolicy"
        "ipFamilyPolicy must be PreferDualStack or RequireDualStack when a Service has two addresses."

    SliceName "M0201" Error
        "the name of an EndpointSlice or Endpoints object is not valid"
        "It is a DNS subdomain: labels of lower-case letters, digits and dashes, joined by dots, at most 253. An Endpoints object has the name of its Service, so at most 63."

    AddressTypeInvalid "M0202" Error
        "an addressType is not known"
        "IPv4, IPv6 or FQDN."

    SliceWithoutService "M0203" Warning
        "an EndpointSlice does not name its Service"
        "The label kubernetes.io/service-name joins a slice to its Service, nothing else does. kube-proxy ignores the slice."

    ServiceMissing "M0204" Warning
        "an EndpointSlice belongs to a Service that is not in the input"
        "Its endpoints are not used. Was the Service left out, or is the slice stale?"

    EndpointAddresses "M0205" Error
        "an endpoint has no address, or too many"
        "1 to 100 addresses; kube-proxy reads the first only. An endpoint without one is ignored."

    ExtraAddresses "M0206" Warning
        "only the first address of an endpoint is used"
        "kube-proxy ignores the others."

    EndpointAddressInvalid "M0207" Error
        "an endpoint address is not valid"
        "An address of the slice's family: not unspecified, loopback, link-local or multicast of the link."

    EndpointNode "M0208" Error
        "the node name of an endpoint is not valid"
        "It is a DNS subdomain."

    HintsInvalid "M0209" Error
        "the hints of an endpoint are not valid"
        "At most 8 zones and 8 nodes, each once."

    SlicePortUnusable "M0210" Warning
        "a slice port has no number"
        "A port without a number means all ports; kube-proxy does not support it and ignores the port."

    SlicePortInvalid "M0211" Error
        "a slice port is not valid"
        "Number 1 to 65535, a name that is a DNS label and unique in the slice, protocol TCP, UDP or SCTP. The port is left out."

    EndpointHostname "M0212" Error
        "the host name of an endpoint is not valid"
        "It is a DNS label. Only DNS servers read it; rules do not depend on it."

    SliceTooLarge "M0213" Error
        "an EndpointSlice has too many entries"
        "At most 1000 endpoints; at most 100 ports before 1.35, 20000 since."

    EndpointsContradict "M0214" Warning
        "an endpoint is given twice with different conditions"
        "The same address and port stand in the slices of one Service with different readiness or node. kube-proxy keeps one of them; up to 1.35 which one may depend on chance."

    PortWithoutEndpoints "M0215" Warning
        "no slice has a port for this service port"
        "Service ports and slice ports belong together if name and protocol are equal; the numbers do not matter. Often the names differ by a typing mistake."

    ServiceWithoutSlice "M0216" Warning
        "a Service with a selector has no EndpointSlice"
        "Its traffic is rejected. Was the input taken without endpointslices?"

    NodeUnknown "M0217" Warning
        "an endpoint is on a node that is not in the input"
        "Nodes are in the input, but not this one. The pod may be on a deleted node."

    EndpointsUsed "M0218" Note
        "an Endpoints object is used in place of slices"
        "kube-proxy reads EndpointSlices only. For a Service without any, the Endpoints object is turned into slices as the mirroring controller does."

    EndpointsIgnored "M0219" Note
        "Endpoints objects were ignored"
        "kube-proxy reads EndpointSlices only; the Services of these objects have some."

    NodeInvalid "M0220" Error
        "a Node is not valid"
        "Its name is a DNS subdomain; its addresses and pod CIDRs can be read."

    NodeNotFound "N0301" Warning
        "the node is not in the input"
        "Its zone, addresses and pod CIDRs are unknown: zone hints are not used, and source ranges that hold the node's address are not recognised."

    NodeNotNamed "N0302" Warning
        "no node was named"
        "No endpoint counts as local. Name the node with --node."

    NodeChosen "N0303" Note
        "the only node of the input is used"
        "Name another one with --node."

    ConfigInvalid "N0304" Error
        "a kube-proxy setting is not valid"
        "kube-proxy would refuse to start with it. The default is used."

    ConfigMode "N0305" Warning
        "the configuration is for another proxy mode"
        "The rules shown are those of iptables mode; a node in this mode has others."

    InterfacesUnknown "N0306" Warning
        "the addresses of the node's interfaces are not known"
        "nodePortAddresses selects addresses of the node's interfaces. Name them in the facts file (interfaceAddresses) or with --interface-address; the addresses of the Node object are used instead."

    GateLocked "N0307" Warning
        "a feature gate cannot be set in this version"
        "The gate is locked, or not known to the version. The setting has no effect."

    FactsInvalid "N0308" Error
        "a node fact is not valid"
        "See the NodeFacts file format in the README. The fact is ignored."

    ServiceSkipped "K0401" Note
        "a Service gets no rules"
        "kube-proxy passes over Services that are headless, of type ExternalName, labelled for another proxy, or without a cluster IP."

    SliceSkipped "K0402" Note
        "an EndpointSlice is not read"
        "kube-proxy passes over slices of type FQDN and those with a label that hides them."

    HintsIgnored "K0403" Note
        "topology hints are not used"
        "Hints count only if every ready endpoint has one and one of them names this node's zone; in 1.30 the Service must have the annotation service.kubernetes.io/topology-mode as well."

    ExternalIpsGated "K0404" Warning
        "external IPs are switched off"
        "The feature gate AllowServiceExternalIPs is off: no rule leads from an external IP to the Service."

    ProxyModeIngress "K0405" Note
        "a load balancer address with ipMode Proxy gets no rules"
        "Traffic to it leaves the node and comes back through the load balancer."

    OtherFamily "K0406" Note
        "an address of a family that the Service does not have"
        "Each family has a proxier of its own, which serves the addresses of its family for Services with a cluster IP of that family. An external IP, load balancer address or source range of the other family is passed over."

    AddressRefused "I0501" Error
        "iptables will refuse this address"
        "kube-proxy writes the address as it stands in the slice, and iptables-restore then refuses the whole text. This is what the real kube-proxy does; mend the slice."

    WindowsNode "I0502" Warning
        "iptables rules for a Windows node"
        "kube-proxy on Windows makes HNS load balancers, not iptables rules. The rules shown are those that a Linux node of the same name, zone and addresses would have, to compare with."

    HnsNotStarted "H0601" Error
        "kube-proxy does not start with these settings"
        "On this Windows host kube-proxy ends at once. The message says which setting, feature gate or version of HNS is missing. The plan shows what it would make if it started."

    HnsNetworkMissing "H0602" Error
        "the HNS network is not there"
        "kube-proxy waits for the network with this name for ever. Networks are made by the CNI plugin; compare the name with Get-HnsNetwork."

    HnsAssumed "H0603" Note
        "a fact about the Windows host is assumed"
        "Nobody said it, so the usual value is taken. The message says which flag names another one."

    HnsStateUnknown "H0604" Note
        "what HNS holds is not known"
        "The endpoints of local pods are made by the CNI plugin, and only HNS knows their ids. Without a dump they are written as local:ADDRESS and looked up when the plan is applied; load balancers that are there already are not known either."

    HnsFamilyUnserved "H0605" Warning
        "a family is not served"
        "kube-proxy on Windows serves both families only where HNS has dual stack (11.10 and later) and the network is no overlay. Otherwise it serves the family of the node's first address."

    HnsStateUnreadable "H0606" Warning
        "part of a dump of HNS could not be read"
        "What could be read is used. Get-HnsEndpoint, Get-HnsLoadBalancer and Get-HnsNetwork should be piped through ConvertTo-Json -Depth 20."

    HnsLocalEndpointMissing "H0607" Warning
        "a local pod is no endpoint of the network"
        "kube-proxy looks up the endpoint of a pod on its own node and passes over one that it does not find. Pods with the node's own network never have one."

    HnsMixedPorts "H0608" Error
        "endpoints with different ports share a load balancer"
        "A load balancer of HNS has one internal port. kube-proxy takes that of the last endpoint (1.34 and later) or that of the Service, and all endpoints get their connections there. Named target ports that differ between pod versions cause this."

    HnsTargetPortOfService "H0609" Warning
        "the Service's target port wins over the slices"
        "Up to 1.33 kube-proxy on Windows took a number in targetPort as it stands, even where the slices say otherwise."

    HnsUnreadyUsed "H0610" Warning
        "endpoints that are not ready are used"
        "For a Service with a load balancer address kube-proxy on Windows asks whether any endpoint serves (any on this node, with externalTrafficPolicy Local); if none does, it uses all of them. On Linux none is used."

    HnsTerminatingUnused "H0611" Warning
        "endpoints that end are not used"
        "While a Service rolls over, its last endpoints may be ending and still serving. Linux keeps using them. Windows does so for Services with a load balancer address only. --semantics kubernetes does it for all."

    HnsHintsUnused "H0612" Warning
        "topology hints do not count on Windows"
        "kube-proxy on Windows uses all ready endpoints, whatever zones or nodes their hints name. --semantics kubernetes follows the hints."

    HnsNoReject "H0613" Note
        "without endpoints there is no load balancer"
        "On Linux connections to a Service without endpoints are rejected. On Windows nothing catches the packets, so clients wait for a time-out, and packets may leave the node."

    HnsNoLocalMember "H0614" Warning
        "no endpoint on this node, as the traffic policy wants"
        "With a policy of Local, load balancers have local endpoints only, and without any they are not made."

    HnsSourceRangesIgnored "H0615" Warning
        "source ranges are not enforced"
        "Load balancers of HNS cannot tell clients apart. On Windows nodes loadBalancerSourceRanges has no effect."

    HnsAffinityTimeout "H0616" Warning
        "the affinity timeout is not enforced"
        "kube-proxy tells HNS to keep a client with its endpoint, but not for how long."

    HnsAffinityUnsupported "H0617" Warning
        "HNS has no session affinity"
        "Before HNS 12.0 (Windows Server 2022) load balancers cannot keep a client with its endpoint. kube-proxy asks for it all the same."

    HnsPolicyIgnored "H0618" Warning
        "externalTrafficPolicy Local is not kept"
        "It needs direct server return. Where HNS has none, kube-proxy on Windows treats the policy as Cluster and says nothing."

    HnsSctp "H0619" Warning
        "SCTP on Windows"
        "kube-proxy sends protocol 132 to HNS; Windows does not document support for it."

    HnsProviderUnknown "H0620" Warning
        "an endpoint lies in no subnet of another node"
        "On an overlay network the subnets of other nodes are policies of the network (RemoteSubnetRoute). An endpoint in none of them is taken for a public address: its packets are carried to this node, and connections to all endpoints of the service port get the node's address as source."

    HnsRootEndpointMissing "H0621" Warning
        "the host's endpoint is not there"
        "forwardHealthCheckVip makes load balancers that lead to the endpoint of the host, by its name (rootHnsEndpointName, cbr0)."

    HnsAddressOfOthers "H0622" Warning
        "an address that should not be served gets a load balancer"
        "Up to 1.32 each family's proxier on Windows served all external IPs and load balancer addresses of a Service, those of the other family and those with ipMode Proxy as well."

    HnsFamiliesShare "H0623" Warning
        "the node port of one family is missing"
        "Up to 1.32 kube-proxy on Windows did not tell the families of load balancers apart. Where both node ports lead to the same endpoint of a dual-stack pod, the second one was never made."

    HnsShared "H0624" Note
        "a load balancer has more than one owner"
        "kube-proxy adopts a load balancer with the same address, ports and endpoints. Ports of one Service share that of their health checks."

    HnsFrontendTaken "H0625" Error
        "two Services want the same address and port"
        "HNS has one load balancer for an address, port and protocol, and refuses a second one with 0x803B0013."

    HnsRemoteHidesLocal "H0626" Warning
        "a remote endpoint has the address of a local pod"
        "An address that once belonged to a pod on another node is now that of a pod here. Up to 1.33 the left-over endpoint may get the pod's connections."

    HnsMacShared "H0627" Warning
        "two endpoints get the same MAC address"
        "kube-proxy makes up the MAC address of a remote endpoint from the last four bytes of its IPv6 address."

    HnsForeign "H0628" Note
        "a load balancer that belongs to no Service of the input"
        "Nothing in HNS tells who made a load balancer. A plan deletes only what answers to an address and port of the input, what an earlier plan made, or what has an id that only hnsplan gives. Everything else is left alone."

    HnsLocalIsRemote "H0629" Warning
        "a pod of this node is remote for HNS"
        "The slice says that the endpoint is on this node, but HNS has a remote endpoint with its address, left over from a pod elsewhere. kube-proxy uses that one, and the pod's own endpoint may fail to come up."

    HnsNoPortMappings "H0630" Warning
        "a load balancer without a port"
        "HNS can be left with a load balancer that has no port mapping. Versions of kube-proxy up to 1.36 crash when they list it."

    HnsV1Ipv6 "H0641" Warning
        "the old API of HNS cannot say IPv6"
        "A load balancer of the old schema (--hns-format v1) has no mark for IPv6. HCN has one."

    HnsV1Affinity "H0642" Warning
        "the old API of HNS has no session affinity"
        "How connections are distributed cannot be said in the old schema (--hns-format v1), so each connection of a client may go to another endpoint."

    HnsV1ExternalVip "H0643" Note
        "the old API of HNS cannot mark addresses for outside clients"
        "kube-proxy marks node ports, external IPs and load balancer addresses as VipExternalIp. The old schema (--hns-format v1) has no such mark."

    HnsV1PreserveDip "H0644" Warning
        "the old API of HNS cannot keep the destination address"
        "The annotation preserve-destination needs the port flags UseMux and PreserveDip, which the old schema (--hns-format v1) does not have. Pods see their own address as destination."

    HnsV1InPlace "H0645" Note
        "the old API of HNS cannot change a load balancer"
        "It is deleted and made again, and connections through it break. HCN changes it in place from HNS 15.5 on."

    NetshUdp "S0701" Warning
        "a UDP port is lost"
        "The port proxy of Windows forwards TCP only. Nothing is written for this port; its traffic leaves the node, or is lost where the address is claimed for another port."

    NetshSctp "S0702" Warning
        "an SCTP port is lost"
        "The port proxy of Windows forwards TCP only. Nothing is written for this port."

    NetshPartialVip "S0703" Warning
        "an address is claimed, but not all its ports are served"
        "A port proxy listens only on an address that the node has, so the address is added. From then on everything to it ends at the node, also ports that netsh cannot serve. The usual victim is DNS over UDP: pods of this node lose it even if something else served it before."

    NetshOneEndpoint "S0704" Warning
        "one endpoint of several is used"
        "A listener connects to one address. There is no balancing, no health check and no fail-over. --netsh-pick spread lets each node choose another endpoint, so that the cluster as a whole spreads."

    NetshClientAddress "S0705" Warning
        "endpoints do not see the client's address"
        "A process on the node accepts the connection and opens another one, from an address of the node. Network policies and logs see the node, and externalTrafficPolicy Local loses half of its purpose."

    NetshHealthCheck "S0706" Warning
        "the health check port is not served"
        "kube-proxy answers the load balancer on healthCheckNodePort; netsh has nothing that answers. The load balancer will take the node out."

    NetshSourceRanges "S0707" Warning
        "source ranges depend on the firewall's settings"
        "A rule allows the ranges. Others are kept out only if the profile blocks incoming connections by default, which netsh advfirewall show allprofiles firewallpolicy tells, or by the additional rules of --netsh-block-complement. Connections of the node itself do not pass the firewall."

    NetshReject "S0708" Warning
        "connections without endpoints are not refused"
        "kube-proxy on Linux rejects them at once. Without a listener they leave the node by its default route and time out; with --netsh-empty address they end at the node, which refuses or ignores them as its firewall says."

    NetshLegacy "S0709" Warning
        "the commands alone forward nothing"
        "The legacy modes print what kube-proxy in userspace mode told netsh. Its own process did the forwarding; that mode was removed in 1.26. The scripts are for comparison with old nodes."

    NetshLegacyIpv6 "S0710" Warning
        "an IPv6 address is lost in a legacy mode"
        "The userspace kube-proxy of Windows served IPv4 only."

    NetshSharedSegment "S0711" Warning
        "other nodes may claim the same address"
        "The addresses of load balancers and external IPs are added to the interface. Where another host of the same network segment has one, Windows detects the duplicate and uses neither."

    NetshWildcard "S0712" Warning
        "a node port listens on all addresses"
        "The node's addresses are not known, so the listener takes every address of the node, those of Services as well. Give --node-ip, or a Node object with addresses."

    NetshPortExcluded "S0713" Warning
        "Windows has reserved the port"
        "netsh interface ipv4 show excludedportrange lists ranges in which no program can listen; Hyper-V reserves some at each start. netsh accepts the listener and shows it, but it never listens."

    NetshPortDynamic "S0714" Warning
        "outgoing connections may hold the port"
        "Windows gives ports from 49152 on to outgoing connections, or those that dynamicPorts of the facts file names. If one has the port when the listener starts, it does not listen."

    NetshPortShadowed "S0715" Warning
        "two listeners on one port, one of them on all addresses"
        "Which of the two gets a connection is not documented."

    NetshAffinity "S0716" Note
        "session affinity holds by accident"
        "All connections go to one endpoint, so a client keeps its endpoint. The timeout has no meaning."

    NetshHostname "S0717" Note
        "a load balancer host name gets no rules"
        "Rules lead from addresses. An ingress that has only a host name is passed over."

    NetshStatic "S0718" Note
        "the rules follow no change"
        "netsh stores what it is told. Nothing watches Services and endpoints: compile and replace the rules when they change."

    NetshPersistence "S0719" Note
        "not all rules outlive a restart"
        "Listeners and firewall rules are kept. Addresses in the active store are not, and a listener without its address does not listen: run the script again at every start, after the undo script."

    NetshLoop "S0720" Error
        "a listener would connect to itself"
        "Each connection would open another one until the node has no port left. This happens when an endpoint on the host network has the address and port of the listener. It is left out."

    NetshConflict "S0721" Error
        "two service ports want the same listener"
        "A listener connects to one endpoint, so address and port can belong to one service port only. The first by name keeps it."

    NetshAddress "S0722" Error
        "an address that no node can claim"
        "The unspecified address, loopback, multicast and broadcast addresses cannot be added to an interface. Nothing is written for it."

    NetshProxyPorts "S0723" Error
        "the range of proxy ports is used up"
        "Mode legacy-portproxy gives each TCP service port a port of the process behind it. Widen --proxy-port-range."

    DifferDelivered "D0801" Error
        "delivered on one side only"
        "A client that is served on one side gets no answer on the other."

    DifferSourceRanges "D0802" Error
        "source ranges restrict on one side only"
        "loadBalancerSourceRanges keeps a client away on one side, and the other side serves it: there the list protects nothing."

    DifferPorts "D0803" Error
        "the same endpoints, on other ports"
        "HNS has one internal port for all members of a load balancer. Where a named target port has other numbers in other pods, some of the connections fail."

    DifferNotReady "D0804" Warning
        "one side sends to endpoints that the other does not use"
        "kube-proxy on Windows passes all endpoints to a load balancer when it considers none of them serving, the ones that are not ready as well. Connections to them may fail."

    DifferTerminating "D0805" Warning
        "endpoints that are about to end serve on one side only"
        "When no endpoint is ready, those that terminate but still serve keep a Service alive. On Windows that is so for Services with a load balancer address only."

    DifferHints "D0806" Warning
        "one side follows topology hints, the other does not"
        "Hints and trafficDistribution keep traffic in the zone or on the node. kube-proxy on Windows uses all ready endpoints, which costs time and money between zones; on Linux, versions differ in the hints that they follow."

    DifferLocalPolicy "D0807" Warning
        "externalTrafficPolicy: Local changes who serves clients in the cluster"
        "iptables sends clients of the cluster to all endpoints, since the policy is for clients outside of it. A load balancer of HNS has only the endpoints of the node, and without any there is none."

    DifferEndpoints "D0808" Warning
        "traffic goes to other endpoints"
        "A client may reach endpoints on one side that it never reaches on the other."

    DifferShares "D0809" Note
        "the same endpoints, with other chances"
        "All endpoints get traffic on both sides, but not the same share of it."

    DifferAffinity "D0810" Warning
        "session affinity on one side only"
        "A client keeps its endpoint on one side, and each connection may go to another one on the other side."

    DifferAffinityTimeout "D0811" Warning
        "the affinity timeout is not the same"
        "iptables forgets a client when timeoutSeconds are over. HNS is told of no time, and keeps a client with its endpoint for as long as it likes."

    DifferOwnNodePort "D0812" Warning
        "the node reaches its own node ports on one side only"
        "On Windows, node ports take connections from others: no rule takes those to loopback addresses, nor those of the node to itself. On Linux, those to 127.0.0.1 depend on a switch of the kernel."

    DifferNodePortAddresses "D0813" Warning
        "nodePortAddresses is followed on one side only"
        "A node port answers on an address of the node that nodePortAddresses does not name: HNS takes all of them."

    DifferModeProxy "D0814" Warning
        "a load balancer address of ipMode Proxy is taken on one side only"
        "ipMode: Proxy says that traffic has to go through the load balancer. Where the node takes it, the load balancer's TLS and PROXY protocol are passed by."

    DifferUnknownFrontend "D0815" Note
        "an address is served that Services do not ask for"
        "One side answers where nobody should: a load balancer for health checks, one that is left over, or one for an address of the other family."

    DifferRejected "D0816" Warning
        "rejected on one side, unhandled or dropped on the other"
        "A Service without endpoints refuses connections on Linux. HNS has no load balancer for it, so packets follow the routes of the node, may leave it, and the client waits until it gives up."

    DifferDropped "D0817" Warning
        "dropped on one side, unhandled on the other"
        "Where a policy wants endpoints of the node and there are none, iptables drops. HNS has no load balancer, so packets follow the routes of the node and may leave it."

    DifferSource "D0818" Note
        "endpoints see another source address"
        "What endpoints log, and what network policies decide by, is the client's address on one side and one of the node on the other."

    DifferHostEndpoint "D0819" Warning
        "an endpoint on the node's own address serves on one side only"
        "Pods on the host network have the address of their node. kube-proxy on Windows passes over one on its own node, unless HNS has an endpoint with that address, so clients there never reach it."

    DifferProtocol "D0820" Error
        "UDP or SCTP is forwarded on one side only"
        "The other side has nothing that forwards the protocol: the port proxy of Windows takes TCP connections only."

    DifferStaleFrontend "D0821" Warning
        "a node still serves an address that no Service has"
        "What the node holds answers at an address and port that belong to no Service: a load balancer or a chain of a Service that is gone, or a rule that somebody else made. Clients that remember the address get to whoever has the endpoint's address now."

    SourceVipReserved "L0901" Error
        "the source VIP is an address that no endpoint can have"
        "The first address of a subnet names the subnet, the second one is its gateway, and the last one is for broadcasts. HNS refuses the endpoint of the source VIP with 0x803B002F, and kube-proxy does not get beyond its start. Reserve another address of the node's pod network for it."

    SourceVipOutside "L0902" Error
        "the source VIP lies outside of the node's pod network"
        "On an overlay network the source VIP is an endpoint of the node's own subnet. HNS refuses one from elsewhere with 0x803B002F, and answers to it would find no way back to the node. Each node needs a source VIP of its own: a configuration that all nodes share cannot name it."

    SourceVipTaken "L0903" Error
        "the source VIP is the address of a pod"
        "Nobody but the network plugin can reserve the source VIP. If its address pool gives the same address to a pod, answers to translated connections go to the pod. Take the address out of the range of the plugin, or let the plugin choose the source VIP, as scripts for flannel do with a reservation of host-local."

    SourceVipUnused "L0904" Note
        "the source VIP is not used on this network"
        "kube-proxy gives HNS a source VIP on overlay networks only. On all others HNS chooses the address of translated connections by itself, whatever winkernel.sourceVip says."

    HairpinBroken "L0905" Warning
        "a pod may not reach itself through its Service"
        "On Windows Server 2019 (HNS 9) load balancers of an L2Bridge network that have no source VIP and no DSR translate a pod's connection to itself to the address of the Service, and it breaks (kubernetes/community#8890). kube-proxy sends no source VIP there. enableDSR avoids it, with a network plugin that sets loopbackDSR; so does a newer Windows."

    NetworkTypeDiffers "L0906" Error
        "the HNS network has another type than was said"
        "The type decides how kube-proxy programs everything: overlay networks need a source VIP and provider addresses. kube-proxy asks HNS, and so should the plan: leave --network-type out where a dump is given."

    NodeAddressUnknown "L0907" Error
        "the node's address is not known, and the network is an overlay"
        "kube-proxy looks for the interface that has the node's address, to give its MAC address to endpoints. With 0.0.0.0 or a loopback address there is none: it ends with 'could not find host mac address'. Add the Node object, or --bind-address with the node's address."

    NodeNameUnknown "L0908" Warning
        "no endpoint and no Node has the node's name"
        "kube-proxy compares its node name with nodeName of endpoints, letter by letter. If hostnameOverride is not the name that kubelet registered, no endpoint is local: pods of this node are taken for pods elsewhere, remote endpoints with their addresses are made in HNS, and externalTrafficPolicy Local has no endpoints."

    PodPlacedElsewhere "L0909" Error
        "a pod of this node belongs to another node, by its slice"
        "HNS has a local endpoint with the address, so the pod runs here, but its slice names another node. Either the node name is wrong, or the address was another node's pod a moment ago and the slice or the dump is old."

    VipIsNodeAddress "L0910" Warning
        "a Service has the address of a node"
        "A load balancer on the node's own address takes connections that are meant for the node, and HNS may make the address its own: nodes have lost their management address that way. Let the cloud or MetalLB hand out other addresses, and name no node in externalIPs."

    PortOfNode "L0911" Error
        "a node port is a port of the node itself"
        "kubelet and kube-proxy listen on ports of the node. A load balancer on the same port takes their connections, or HNS refuses it with 0x803B0013. Give the Service another node port; --service-node-port-range of the API server should leave such ports out."

    HealthPortShared "L0912" Warning
        "health checks of load balancers use the port of kube-proxy's own health server"
        "With forwardHealthCheckVip kube-proxy makes a load balancer for health checks. Services without a port of their own for it (externalTrafficPolicy Cluster) use that of kube-proxy's health server. On Windows Server 2019 the port is taken then, and HNS refuses with 0x803B0013 (kubernetes/community#8883). Leave forwardHealthCheckVip off there."

    PortDynamic "L0913" Warning
        "node ports lie among the dynamic ports"
        "Windows gives dynamic ports to outgoing connections, and HNS takes blocks of them for load balancers. Where one is in use, a node port cannot be programmed, or takes answers away from a connection. Keep --service-node-port-range and the dynamic ports apart: netsh interface ipv4 set dynamicport tcp start=... num=..."

    PortExcluded "L0914" Warning
        "Windows has reserved a node port"
        "netsh interface ipv4 show excludedportrange tcp lists ranges that Hyper-V, HNS or an administrator has taken, some anew at each start. A node port among them may be refused with 0x803B0013 or 10013. Give the Service another node port, or reserve its range at startup before others do."

    PortBlocksExhausted "L0915" Error
        "there are not enough ports for the load balancers"
        "HNS takes a block of 64 consecutive dynamic ports for each load balancer without DSR. When none is left, it refuses more of them with 0xE (out of memory) or 0x803B0013, and Services are missing on the node at random. enableDSR frees those of cluster IPs; netsh interface ipv4 set dynamicport tcp start=... num=... widens the range. The size of a block is what Microsoft's log collector counts with; load balancers of all protocols are counted together, which is the worst case."

    PortBlocksScarce "L0916" Warning
        "load balancers take most of the dynamic ports"
        "HNS takes a block of 64 consecutive dynamic ports for each load balancer without DSR, and outgoing connections need ports of the same range. More than three quarters are taken. enableDSR frees those of cluster IPs; netsh interface ipv4 set dynamicport tcp start=... num=... widens the range."

    TooManyEndpoints "L0917" Warning
        "a Service has more endpoints than Windows supports"
        "The Kubernetes documentation supports up to 1,024 endpoints for a Service on Windows nodes. Beyond that, load balancers may be slow to change or fail."

    GateRemoved "L0918" Error
        "a feature gate is set that this version does not know"
        "kube-proxy ends at once with 'unrecognized feature gate', and its pod restarts for ever. Gates are removed some releases after what they guard can no longer be switched off: take the gate out of the configuration before an upgrade. Gates that hnsplan does not know are not looked at."

    ProgrammingTime "L0919" Note
        "programming HNS takes long"
        "kube-proxy asks HNS for one object after the other. The time is that of a report of 2,000 Services (kubernetes/kubernetes#109162), 22 minutes on Windows Server 2019 and 1 minute on 2022, for the load balancers that are to be made: an order of magnitude and no promise. Until it is over, Services are missing on the node after a restart of kube-proxy."

    AllowListUnused "L0920" Warning
        "an entry of the allow-list accepts nothing"
        "What it was written for is gone, or is found under another name. Take the entry out: it may accept something new that nobody has looked at."

    AllowListInvalid "L0921" Error
        "the allow-list is not valid"
        "An entry that is not understood might accept too much, so none is used. An entry has a code and a reason, and may have service (namespace/name, with * for any letters), port (the name of a service port) and targets."

    DiffMissing "F1001" Error
        "wanted, and not on the node"
        "The manifests ask for an object that the node does not have. Connections that need it fail or leave the node."

    DiffStale "F1002" Warning
        "left over on the node"
        "The node has an object of a Service that nobody wants any more. It takes connections that others should get, or none at all."

    DiffChanged "F1003" Error
        "on the node, and not as it should be"
        "The node has the object with other members, ports or flags than the manifests ask for."

    DiffDangling "F1004" Error
        "refers to something that is not there"
        "A load balancer has a member that is no endpoint, or a rule leads to a chain that does not exist."

    DiffUnreferenced "F1005" Warning
        "used by nobody"
        "No load balancer uses the remote endpoint, or no rule leads to the chain. Left-over endpoints pile up, and stand in the way of a pod that gets their address."

    DiffDuplicate "F1006" Error
        "there twice"
        "Two objects answer to the same, or two endpoints have the same address. Which one wins is not defined."

    DiffForeign "F1007" Note
        "belongs to nobody here"
        "The node has a load balancer that no Service of the input explains. It is left alone, and no difference."

    DiffNothingPresent "F1008" Error
        "the node has nothing of what it should have"
        "None of the wanted objects is there: HNS has lost its state, kube-proxy does not run, or the tables were flushed."

    DiffRemoteIsLocal "F1009" Error
        "remote in HNS, and a pod of this node"
        "A left-over remote endpoint has the address of a pod of this node. Its own endpoint cannot be made, and traffic for it leaves the node."

    DiffIncomplete "F1010" Error
        "made only in part"
        "A load balancer has no port mappings. HNS leaves such ones behind when it fails half-way, and kube-proxy before 1.36 crashes when it lists them."

    DiffOdd "F1011" Note
        "odd, and as kube-proxy writes it"
        "A chain that no rule leads to, or a rule that stands there twice. The rules that kube-proxy makes of the manifests have it as well: the node is as it should be."

    GraphUnreachable "G1101" Warning
        "a chain of kube-proxy that no packet gets to"
        "No base chain leads to it, over any number of jumps. Mostly it is left over from a Service or an endpoint that is gone, and kube-proxy deletes it at its next full sync. If a Service needs it, what should lead there is missing."

    GraphDangling "G1102" Error
        "a reference to something that is not there"
        "A rule jumps to a chain that is in no dump, or an object of HNS names another one by an id that HNS does not have. Packets that go there are lost. If the dump is whole, the rules have to be made again."

    GraphUnusedEndpoint "G1103" Note
        "a remote endpoint of HNS that no load balancer uses"
        "Endpoints for pods of other nodes are of use as members of load balancers alone. kube-proxy makes one also for a Service whose policy keeps traffic on the node, and there it is in order. Otherwise it is left over from a Service that is gone, or the load balancer that needs it is missing."

    GraphCycle "G1104" Error
        "rules that lead back to themselves"
        "Chains that jump in a circle are refused by the kernel; a listener of the port proxy that connects to another listener and back keeps connections running for ever. Find the rule that closes the circle and take it out."

    ApplyNodeSilent "A1201" Error
        "the node does not tell what it holds"
        "Before anything is changed the node is asked what it holds, and it did not answer: this is not the platform of the executor, a file of a simulated HNS cannot be read, or the platform refused. Nothing was touched. The message has the answer of the platform and what to do; hnsplan explain 0x... says more about codes of HNS."

    ApplyNotAllowed "A1202" Error
        "this process may not change the node"
        "HNS, netsh and iptables take orders from administrators only. Nothing was touched. Run hnsplan in an elevated prompt, as SYSTEM in a HostProcess container (deploy/), or as root."

    ApplyServiceStopped "A1203" Error
        "a service of Windows that is needed does not run"
        "HNS answers only while the service hns runs, and listeners of netsh listen only while iphlpsvc does: without it they are shown and nobody gets through. Nothing was touched. Start it (Start-Service hns, Start-Service iphlpsvc), and run the same command again."

    ApplyOtherWriter "A1204" Error
        "somebody else changes the same objects"
        "A kube-proxy that runs on the node makes what is missing again and deletes what it does not know, at the latest at its next full sync. What apply did would not last, and undo would find something else. Stop it for as long as the plan is to last. --force goes on all the same."

    ApplyNotThere "A1205" Error
        "the plan refers to what the node does not hold"
        "A network, or the endpoint of a local pod, is gone or has another id: pods come and go, and CNI plugins make networks anew. HNS would refuse the object that refers to it. Nothing was touched. Make the plan again from what the node holds now."

    ApplyOtherNetwork "A1206" Error
        "the plan is for a network of another type"
        "Remote endpoints of an overlay have a provider address, and those of other networks have none; HNS refuses one in the place of the other, or packets get lost. Nothing was touched. Make the plan again from what the node holds now, and see that --network-name names the network of the pods."

    ApplyFeatureMissing "A1207" Error
        "HNS of the node is too old for the plan"
        "The plan was made for a newer HNS: it changes load balancers in place, or wants direct server return. Nothing was touched. Make the plan again on the node, or with the --hns-version that the message names."

    ApplyPortReserved "A1208" Error
        "Windows has reserved a port that the plan wants to listen on"
        "netsh takes a listener on a reserved port without a word, and it never listens. Hyper-V, WinNAT and HNS reserve ranges, some anew at each start: netsh interface ipv4 show excludedportrange protocol=tcp lists them. Nothing was touched. Give the Service another port, or see that the range is free when Windows starts. --force goes on all the same."

    ApplyAddressElsewhere "A1209" Error
        "an address of the plan is on another interface"
        "Windows refuses an address that one of its interfaces has already, and what stands there was made by somebody else. Nothing was touched. Name the interface that has it with --interface, or take the address away there."

    ApplyPlanUnusable "A1210" Error
        "this is no plan that can be carried out"
        "A saved plan carries a fingerprint of itself, and names the platform that it is for. This file is something else, was changed by hand or on its way, is for another executor, or was written by another version. Nothing was touched. Make it again with hnsplan plan -o FILE."

    ApplyPlanStale "A1211" Error
        "the plan no longer fits the node or its manifests"
        "A plan is the difference between what is wanted and what was there, so it is bound to both. Since it was made, the node or a manifest has changed, or nobody had looked at the node at all. Nothing was touched. Make it again and read it again; --allow-stale carries it out all the same, and each step is still verified."

    ApplyLossy "A1212" Error
        "not all that the manifests want can be had"
        "A loss is what the platform cannot do of what a Service asks for, an error is a part of a manifest that was left out; both would be missing on the node. Nothing was touched. hnsplan plan -v with the same manifests names each with its code and place, hnsplan explain CODE says what it means for clients, and --allow-lossy accepts all of them."

    ApplyCutOff "A1213" Error
        "an earlier run was cut off"
        "A process died, or the node went down, between two steps. The journal knows how far it went. hnsplan apply finishes that run before it plans anew; hnsplan undo takes it back. --dry-run does neither, so it ends here."

    ApplyJournal "A1214" Error
        "the journal cannot be used"
        "Without a journal nothing could be taken back, so nothing was touched. Another hnsplan may be changing the node (wait for it), the folder may not be writable, or a line is not as it was written. A damaged file can be moved away: with it goes the knowledge of what that run made, so it can no longer be undone or deleted."

    ApplyFailed "A1215" Error
        "a run failed or was interrupted, and everything was taken back"
        "The node is as it was before the command, verified step by step. The message names the step, what the platform answered and what to do about that. When it is settled, the same command can be run again."

    ApplyIncomplete "A1216" Error
        "a step failed, and not everything could be taken back"
        "Something of the run stands on the node, and the message says what, and why it could not be taken back. The journal keeps it. Settle the cause, then run hnsplan undo: it goes on where it stopped. Until then apply wants to finish the same run first."

    ApplyUnconfirmed "A1217" Error
        "nobody confirmed the change, so it was taken back"
        "With --confirm-timeout somebody has to say yes in time after all steps are done. No answer, another answer, or a terminal that went away is a no: whoever lost the connection by the change could not answer. The node is as before."

    ApplyJournalLost "A1218" Error
        "the journal could not be written half-way"
        "What cannot be written down is not done, so the command stopped where it was: some steps stand on the node, and the journal tells which. Usually the disk is full. Make room, then run hnsplan undo, or hnsplan apply to finish."
}

impl Code {
    /// Whether it says that a platform cannot do what kube-proxy does elsewhere.
    #[must_use]
    pub fn is_loss(self) -> bool {
        matches!(
            self,
            Self::HnsFamilyUnserved
                | Self::HnsMixedPorts
                | Self::HnsTerminatingUnused
                | Self::HnsHintsUnused
                | Self::HnsNoReject
                | Self::HnsNoLocalMember
                | Self::HnsSourceRangesIgnored
                | Self::HnsAffinityTimeout
                | Self::HnsAffinityUnsupported
                | Self::HnsPolicyIgnored
                | Self::HnsSctp
                | Self::HnsV1Ipv6
                | Self::HnsV1Affinity
                | Self::HnsV1ExternalVip
                | Self::HnsV1PreserveDip
                | Self::NetshUdp
                | Self::NetshSctp
                | Self::NetshPartialVip
                | Self::NetshOneEndpoint
                | Self::NetshClientAddress
                | Self::NetshHealthCheck
                | Self::NetshSourceRanges
                | Self::NetshReject
                | Self::NetshLegacy
                | Self::NetshLegacyIpv6
        )
    }

    /// Finds a code by its identifier, in any case.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.id().eq_ignore_ascii_case(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_unique_and_sorted_by_group() {
        let ids: Vec<_> = Code::ALL.iter().map(|code| &code.id()[1..]).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    }

    #[test]
    fn every_code_is_found_by_its_identifier() {
        for &code in Code::ALL {
            assert_eq!(Code::find(&code.id().to_lowercase()), Some(code));
        }
        assert_eq!(Code::find("M9999"), None);
    }
}
