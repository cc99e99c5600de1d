//! What is found in manifests.

use crate::diagnostics::codes;

codes! {
    NOT_PARSABLE "M0001" Error {
        title: "the text is not valid YAML or JSON",
        explanation: "The parser could not read this document, so no object of it is used. The other documents of the file are. The message names the line and column where the parser gave up; the mistake is there or just above.",
    }

    WRONG_SHAPE "M0002" Error {
        title: "a value has the wrong type",
        explanation: "The field exists in Kubernetes, but with another type: a text where a number belongs, a mapping where a list belongs. The API server would refuse the object; it is left out.",
    }

    DUPLICATE_KEY "M0003" Error {
        title: "a mapping has the same key twice",
        explanation: "YAML forbids it and parsers disagree on which of the two counts. The object is left out; keep one of the two. Only mappings that decide about rules are looked at, not every label and annotation.",
    }

    AMBIGUOUS_SCALAR "M0004" Error {
        title: "a plain scalar that YAML 1.1 does not read as text",
        explanation: "kubectl reads YAML 1.1, in which yes, no, on, off, y and n are booleans and 0777 or 1_000 are numbers. In a field that takes text the API server refuses such a value. Put it in quotes.",
    }

    KIND_SKIPPED "M0005" Note {
        title: "objects of other kinds were skipped",
        explanation: "Only Service, EndpointSlice, Endpoints and Node objects decide about rules. Everything else in the input is counted and passed over.",
    }

    UNKNOWN_FIELD "M0006" Error {
        title: "a field that Kubernetes does not know",
        explanation: "Reported with --strict only. The API server drops such a field or refuses the object, depending on its validation level; often it is a misspelling.",
    }

    OLD_API_VERSION "M0007" Error {
        title: "an API version that kube-proxy does not read",
        explanation: "kube-proxy reads Services, Endpoints and Nodes of v1 and EndpointSlices of discovery.k8s.io/v1. An object of another version has other fields; get it again from the API server, or run kubectl convert.",
    }

    DUPLICATE_OBJECT "M0008" Error {
        title: "an object is given twice, with different content",
        explanation: "A cluster has one object of a kind, namespace and name. The one with the higher resourceVersion is used; without one, a rule that does not depend on the order of the input decides.",
    }

    REPEATED_OBJECT "M0009" Warning {
        title: "an object is given twice, with the same content",
        explanation: "The repetition changes nothing. Usually a file was named twice.",
    }

    UNSAFE_TEXT "M0010" Error {
        title: "a name that could not be written safely",
        explanation: "The text has characters that no API server accepts and that could change the meaning of a rule, a script or a terminal. What carries it is left out.",
    }

    NOTHING_READ "M0011" Warning {
        title: "the input holds no Service and no EndpointSlice",
        explanation: "The rules are then only the fixed ones that kube-proxy writes without any Service.",
    }

    LABEL_INVALID "M0012" Error {
        title: "a label value is not valid",
        explanation: "The value of a label is up to 63 letters, digits, dashes, underscores and dots, with a letter or digit at both ends.",
    }

    SERVICE_NAME "M0101" Error {
        title: "the name of a Service is not valid",
        explanation: "A Service name is a DNS label: lower-case letters, digits and dashes, at most 63, not starting or ending with a dash. Up to kube-proxy 1.35 it must start with a letter as well.",
    }

    NAMESPACE "M0102" Error {
        title: "a namespace is not valid",
        explanation: "A namespace is a DNS label: lower-case letters, digits and dashes, at most 63, not starting or ending with a dash.",
    }

    SERVICE_TYPE "M0103" Error {
        title: "the type of a Service is not known",
        explanation: "It is compiled as a ClusterIP Service, as kube-proxy treats every type that it does not know.",
    }

    PORTS_MISSING "M0104" Error {
        title: "a Service has no ports",
        explanation: "Only headless and ExternalName Services may have none.",
    }

    PORT_NAME_INVALID "M0105" Error {
        title: "the name of a port is not valid",
        explanation: "A port name is a DNS label; it is required when a Service has more than one port.",
    }

    PORT_NAME_REPEATED "M0106" Error {
        title: "two ports of an object have the same name",
        explanation: "Names tell the ports of a Service apart, and join them with the ports of its slices.",
    }

    PORT_OUT_OF_RANGE "M0107" Error {
        title: "a port number is out of range",
        explanation: "The API server would refuse the object. This port is left out; the others of the object are compiled.",
    }

    PROTOCOL_UNKNOWN "M0108" Error {
        title: "a protocol is not known",
        explanation: "TCP, UDP and SCTP, in capital letters. This port is left out; the others of the object are compiled.",
    }

    TARGET_PORT_INVALID "M0109" Error {
        title: "a targetPort is not valid",
        explanation: "A number from 1 to 65535, or the name of a container port. iptables rules do not depend on it, those of Windows do.",
    }

    QUALIFIED_NAME "M0110" Error {
        title: "a value is not a qualified name",
        explanation: "An optional DNS prefix and a slash, then at most 63 letters, digits, dashes, underscores and dots.",
    }

    NODE_PORT_INVALID "M0111" Error {
        title: "a nodePort is not allowed or out of range",
        explanation: "Only NodePort and LoadBalancer Services have node ports. kube-proxy serves a node port of any type, so it is compiled all the same where it is a port number.",
    }

    PORT_REPEATED "M0112" Error {
        title: "two ports of a Service have the same number and protocol",
        explanation: "Their rules claim the same address and port; the first written wins.",
    }

    KUBELET_PORT "M0113" Error {
        title: "a LoadBalancer Service has the port of the kubelet",
        explanation: "The API server refuses port 10250 for LoadBalancer Services, because clouds would open it on the nodes. It is compiled all the same.",
    }

    AFFINITY_INVALID "M0114" Error {
        title: "the session affinity is not valid",
        explanation: "sessionAffinity is None or ClientIP; the timeout of ClientIP is 1 to 86400 seconds.",
    }

    CLUSTER_IP_INVALID "M0116" Error {
        title: "a cluster IP is not valid",
        explanation: "clusterIP and clusterIPs hold one address a family, or None for a headless Service, and agree with each other.",
    }

    IP_FAMILIES_INVALID "M0118" Error {
        title: "the IP families of a Service are not valid",
        explanation: "ipFamilies lists IPv4 and IPv6 at most once each, in the order of clusterIPs; ipFamilyPolicy is SingleStack, PreferDualStack or RequireDualStack.",
    }

    HEADLESS_TYPE "M0120" Error {
        title: "a headless Service of a type that needs a cluster IP",
        explanation: "NodePort and LoadBalancer Services cannot be headless.",
    }

    EXTERNAL_NAME_INVALID "M0121" Error {
        title: "an ExternalName Service is not valid",
        explanation: "It needs an externalName that is a DNS name, and has no cluster IP and no IP families. kube-proxy writes no rules for it.",
    }

    EXTERNAL_IP_INVALID "M0122" Error {
        title: "an external IP is not valid",
        explanation: "externalIPs are addresses that reach the node from outside: not unspecified, loopback, link-local or multicast of the link. What cannot be read is ignored, as kube-proxy does.",
    }

    SOURCE_RANGE_INVALID "M0123" Error {
        title: "a source range is not valid",
        explanation: "loadBalancerSourceRanges are CIDRs, for LoadBalancer Services only. What cannot be read is ignored, as kube-proxy does.",
    }

    LOAD_BALANCER_ONLY "M0124" Error {
        title: "a field that only LoadBalancer Services may have",
        explanation: "allocateLoadBalancerNodePorts and loadBalancerClass are for type LoadBalancer. They do not change rules.",
    }

    TRAFFIC_POLICY_INVALID "M0126" Error {
        title: "a traffic policy is not valid",
        explanation: "internalTrafficPolicy and externalTrafficPolicy are Cluster or Local; the external one only for Services that are reachable from outside.",
    }

    HEALTH_CHECK_PORT_INVALID "M0127" Error {
        title: "a health check node port is not allowed or out of range",
        explanation: "Only LoadBalancer Services with externalTrafficPolicy Local have one.",
    }

    TRAFFIC_DISTRIBUTION_INVALID "M0129" Error {
        title: "a trafficDistribution is not known",
        explanation: "PreferClose, and from 1.33 on PreferSameZone and PreferSameNode. It acts through the hints of slices only.",
    }

    INGRESS_INVALID "M0130" Error {
        title: "the load balancer status is not valid",
        explanation: "Each ingress has an IP with ipMode VIP or Proxy, or a hostname; only LoadBalancer Services have any.",
    }

    ADDRESS_SPELLING "M0131" Warning {
        title: "an address is not in its canonical spelling",
        explanation: "Leading zeros are read as decimal, IPv4-mapped IPv6 addresses as IPv4, host bits of a CIDR are cleared, as kube-proxy does. New objects with such values are refused from 1.36 on.",
    }

    HINTS_ANNOTATIONS "M0132" Error {
        title: "the two topology annotations disagree",
        explanation: "service.kubernetes.io/topology-aware-hints and service.kubernetes.io/topology-mode must be equal when both are set; the first one counts.",
    }

    SELECTOR_INVALID "M0133" Error {
        title: "a selector is not valid",
        explanation: "Keys are qualified names, values are label values. It does not change rules.",
    }

    CLUSTER_IP_MISSING "M0134" Warning {
        title: "a cluster IP has not been allocated",
        explanation: "The API server allocates one, which cannot be done offline. kube-proxy writes no rules for a Service without one, not even for its node ports, and none of a family whose cluster IP is missing. Take the manifests from the cluster: kubectl get services -A -o yaml.",
    }

    NODE_PORT_MISSING "M0135" Warning {
        title: "a node port has not been allocated",
        explanation: "The API server allocates one from 30000 to 32767, which cannot be done offline; without it no node port rule is written.",
    }

    HEALTH_CHECK_PORT_MISSING "M0136" Warning {
        title: "a health check node port has not been allocated",
        explanation: "The API server allocates one for LoadBalancer Services with externalTrafficPolicy Local, which cannot be done offline; without it no rule is written.",
    }

    CLUSTER_IP_SHARED "M0137" Error {
        title: "two Services have the same cluster IP",
        explanation: "The API server gives an address to one Service only. Rules are written for both; for the same port the first written wins.",
    }

    NODE_PORT_SHARED "M0138" Error {
        title: "two Services have the same node port",
        explanation: "The API server gives a node port to one Service only. Rules are written for both; the first written wins.",
    }

    VIP_SHARED "M0139" Warning {
        title: "two Services claim the same external address, port and protocol",
        explanation: "Rules are written for both. kube-proxy writes them in random order and the first wins, so which Service answers is not decided.",
    }

    DUAL_STACK_POLICY_MISSING "M0140" Error {
        title: "two cluster IPs without a dual-stack ipFamilyPolicy",
        explanation: "ipFamilyPolicy must be PreferDualStack or RequireDualStack when a Service has two addresses.",
    }

    SLICE_NAME "M0201" Error {
        title: "the name of an EndpointSlice or Endpoints object is not valid",
        explanation: "It is a DNS subdomain: labels of lower-case letters, digits and dashes, joined by dots, at most 253. An Endpoints object has the name of its Service, so at most 63.",
    }

    ADDRESS_TYPE_INVALID "M0202" Error {
        title: "an addressType is not known",
        explanation: "IPv4, IPv6 or FQDN.",
    }

    SLICE_WITHOUT_SERVICE "M0203" Warning {
        title: "an EndpointSlice does not name its Service",
        explanation: "The label kubernetes.io/service-name joins a slice to its Service, nothing else does. kube-proxy ignores the slice.",
    }

    SERVICE_MISSING "M0204" Warning {
        title: "an EndpointSlice belongs to a Service that is not in the input",
        explanation: "Its endpoints are not used. Was the Service left out, or is the slice stale?",
    }

    ENDPOINT_ADDRESSES "M0205" Error {
        title: "an endpoint has no address, or too many",
        explanation: "1 to 100 addresses; kube-proxy reads the first only. An endpoint without one is ignored.",
    }

    EXTRA_ADDRESSES "M0206" Warning {
        title: "only the first address of an endpoint is used",
        explanation: "kube-proxy ignores the others.",
    }

    ENDPOINT_ADDRESS_INVALID "M0207" Error {
        title: "an endpoint address is not valid",
        explanation: "An address of the slice's family: not unspecified, loopback, link-local or multicast of the link.",
    }

    ENDPOINT_NODE "M0208" Error {
        title: "the node name of an endpoint is not valid",
        explanation: "It is a DNS subdomain.",
    }

    HINTS_INVALID "M0209" Error {
        title: "the hints of an endpoint are not valid",
        explanation: "At most 8 zones and 8 nodes, each once.",
    }

    SLICE_PORT_UNUSABLE "M0210" Warning {
        title: "a slice port has no number",
        explanation: "A port without a number means all ports; kube-proxy does not support it and ignores the port.",
    }

    SLICE_PORT_INVALID "M0211" Error {
        title: "a slice port is not valid",
        explanation: "Number 1 to 65535, a name that is a DNS label and unique in the slice, protocol TCP, UDP or SCTP. The port is left out.",
    }

    ENDPOINT_HOSTNAME "M0212" Error {
        title: "the host name of an endpoint is not valid",
        explanation: "It is a DNS label. Only DNS servers read it; rules do not depend on it.",
    }

    SLICE_TOO_LARGE "M0213" Error {
        title: "an EndpointSlice has too many entries",
        explanation: "At most 1000 endpoints; at most 100 ports before 1.35, 20000 since.",
    }

    PORT_WITHOUT_ENDPOINTS "M0215" Warning {
        title: "no slice has a port for this service port",
        explanation: "Service ports and slice ports belong together if name and protocol are equal; the numbers do not matter. Often the names differ by a typing mistake.",
    }

    SERVICE_WITHOUT_SLICE "M0216" Warning {
        title: "a Service with a selector has no EndpointSlice",
        explanation: "Its traffic is rejected. Was the input taken without endpointslices?",
    }

    NODE_UNKNOWN "M0217" Warning {
        title: "an endpoint is on a node that is not in the input",
        explanation: "Nodes are in the input, but not this one. The pod may be on a deleted node.",
    }

    ENDPOINTS_USED "M0218" Note {
        title: "an Endpoints object is used in place of slices",
        explanation: "kube-proxy reads EndpointSlices only. For a Service without any, the Endpoints object is turned into slices as the mirroring controller does.",
    }

    ENDPOINTS_IGNORED "M0219" Note {
        title: "Endpoints objects were ignored",
        explanation: "kube-proxy reads EndpointSlices only; the Services of these objects have some.",
    }

    NODE_INVALID "M0220" Error {
        title: "a Node is not valid",
        explanation: "Its name is a DNS subdomain; its addresses and pod CIDRs can be read.",
    }
}
