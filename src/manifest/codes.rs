//! What is found in manifests.

use crate::diagnostics::codes;

codes! {
    NOT_PARSABLE "M0001" Error {
        title: "the text is not valid YAML or JSON",
        explanation: "The parser could not read this document, so no object in it is used. Other documents of the same file are used. The message names the line and column where the parser stopped.",
        advice: "correct the syntax at the named line or just above it",
    }

    WRONG_SHAPE "M0002" Error {
        title: "a value has the wrong type",
        explanation: "Kubernetes defines the field with another type, e.g. a number where the manifest has text, or a list where it has a mapping. The API server would reject the object, so it is left out.",
        advice: "use the type that the message expects",
    }

    DUPLICATE_KEY "M0003" Error {
        title: "a mapping has a duplicate key",
        explanation: "YAML forbids duplicate keys, and parsers disagree on which of the values counts. The object is left out. Only mappings that affect rules are checked, not all labels and annotations.",
        advice: "keep one of the two keys",
    }

    AMBIGUOUS_SCALAR "M0004" Error {
        title: "a plain scalar is not text in YAML 1.1",
        explanation: "kubectl reads YAML 1.1, in which yes, no, on, off, y and n are booleans and 0777 and 1_000 are numbers. The API server rejects such a value in a field that takes text.",
        advice: "put the value in quotes",
    }

    KIND_SKIPPED "M0005" Note {
        title: "objects of other kinds were skipped",
        explanation: "Only Service, EndpointSlice, Endpoints, Node and ServiceCIDR objects affect rules. All other objects are counted and skipped.",
    }

    UNKNOWN_FIELD "M0006" Error {
        title: "a field is unknown to Kubernetes",
        explanation: "Reported with --strict only. The API server drops such a field or rejects the object, depending on its validation level. Often the name is misspelled.",
        advice: "correct the name, or remove the field",
    }

    OLD_API_VERSION "M0007" Error {
        title: "kube-proxy does not read this API version",
        explanation: "kube-proxy reads Services, Endpoints and Nodes of v1, EndpointSlices of discovery.k8s.io/v1, and ServiceCIDRs of networking.k8s.io/v1. Objects of other versions have other fields.",
        advice: "export the object from the API server again, or run kubectl convert",
    }

    DUPLICATE_OBJECT "M0008" Error {
        title: "duplicate object with different content",
        explanation: "A cluster has one object of each kind, namespace and name. The object with the higher resourceVersion is used. Without resourceVersions, the choice does not depend on the order of the input.",
        advice: "remove one of the two objects",
    }

    REPEATED_OBJECT "M0009" Warning {
        title: "duplicate object with the same content",
        explanation: "The duplicate has no effect. Usually a file was named twice.",
        advice: "name each file once",
    }

    UNSAFE_TEXT "M0010" Error {
        title: "a name contains unsafe characters",
        explanation: "No API server accepts these characters, and they could change the meaning of a rule, a script or a line on the terminal. Whatever has this name is left out.",
        advice: "correct the name",
    }

    NOTHING_READ "M0011" Warning {
        title: "the input contains no Service and no EndpointSlice",
        explanation: "The result contains only the fixed rules that kube-proxy writes without any Service.",
        advice: "check the files and folders after -f",
    }

    LABEL_INVALID "M0012" Error {
        title: "invalid label value",
        explanation: "A label value has up to 63 letters, digits, dashes, underscores and dots, and starts and ends with a letter or digit.",
        advice: "correct the value",
    }

    NOT_COMPARED "M0013" Error {
        title: "Services were not compared",
        explanation: "The input lacks what these Services need to have rules, or could not be read. The answer is about the other Services only.",
        advice: "export the manifests from the cluster: kubectl get nodes,services,endpointslices -A -o yaml",
    }

    NO_OBJECT "M0014" Error {
        title: "the input is not an object of Kubernetes",
        explanation: "A text that was named, or that has apiVersion and kind, cannot be read as objects. Where hnsplan recognizes what it is, such as a template of a chart, the table of kubectl get or the text of kubectl describe, the message names it. It is reported once for each file.",
        advice: "pass objects as YAML or JSON: render templates first, and use kubectl get -o yaml",
    }

    FILES_SKIPPED "M0015" Note {
        title: "files of a folder are not objects of Kubernetes",
        explanation: "Files of a folder that have neither apiVersion nor kind are passed over, even if they are not valid YAML. A file that is named after -f must contain objects.",
    }

    NOT_RENDERED "M0016" Warning {
        title: "a folder has to be rendered",
        explanation: "The folder contains a kustomization or a Helm chart. Its manifests are read as they are, so changes that it makes to them are missing.",
        advice: "render it first and pass the result with -f -: kubectl kustomize or helm template",
    }

    KIND_MISSPELT "M0017" Error {
        title: "the kind of an object is misspelt",
        explanation: "Kubernetes has no kind of this name: it is one that hnsplan reads in other letters, in the plural, or with a letter more or less. The API server would refuse the object, and what it asks for would be missing from the rules.",
        advice: "write the kind that the message names",
    }

    LIST_GOES_ON "M0018" Error {
        title: "a list is not complete",
        explanation: "The metadata of the list has a token in continue, or a count in remainingItemCount: the API server answered a request for some of the items only. What is not in the list would be taken for objects that do not exist.",
        advice: "take all objects: kubectl get nodes,services,endpointslices -A -o yaml",
    }

    WATCH_FAILED "M0019" Error {
        title: "a watch ended with an error",
        explanation: "An event of the stream has the type ERROR: the API server ended the watch, mostly as what it was to go on from is too old. What changed afterwards is not in the stream, and would be taken for unchanged.",
        advice: "record the watch again, or take all objects as they are now",
    }

    SERVICE_NAME "M0101" Error {
        title: "invalid Service name",
        explanation: "A Service name is a DNS label: up to 63 lower-case letters, digits and dashes, without a dash at the start or end. Up to kube-proxy 1.35 it must also start with a letter.",
        advice: "correct the name",
    }

    NAMESPACE "M0102" Error {
        title: "invalid namespace",
        explanation: "A namespace is a DNS label: up to 63 lower-case letters, digits and dashes, without a dash at the start or end.",
        advice: "correct the name",
    }

    SERVICE_TYPE "M0103" Error {
        title: "unknown Service type",
        explanation: "kube-proxy treats every unknown type like ClusterIP, and so does hnsplan.",
        advice: "use ClusterIP, NodePort, LoadBalancer or ExternalName",
    }

    PORTS_MISSING "M0104" Error {
        title: "a Service has no ports",
        explanation: "Only headless and ExternalName Services may have none.",
        advice: "add spec.ports",
    }

    PORT_NAME_INVALID "M0105" Error {
        title: "invalid port name",
        explanation: "A port name is a DNS label. It is required when a Service has more than one port.",
        advice: "correct or add the name",
    }

    PORT_NAME_REPEATED "M0106" Error {
        title: "duplicate port name",
        explanation: "Names identify the ports of a Service and match them with the ports of its EndpointSlices.",
        advice: "give each port a unique name",
    }

    PORT_OUT_OF_RANGE "M0107" Error {
        title: "port number out of range",
        explanation: "The API server would reject the object. The port is left out; the other ports of the object are compiled.",
        advice: "use a number from 1 to 65535",
    }

    PROTOCOL_UNKNOWN "M0108" Error {
        title: "unknown protocol",
        explanation: "Kubernetes supports TCP, UDP and SCTP, in capital letters. The port is left out; the other ports of the object are compiled.",
        advice: "use TCP, UDP or SCTP",
    }

    TARGET_PORT_INVALID "M0109" Error {
        title: "invalid targetPort",
        explanation: "A targetPort is a number from 1 to 65535 or the name of a container port. iptables rules do not depend on it; rules on Windows do.",
        advice: "correct the targetPort",
    }

    QUALIFIED_NAME "M0110" Error {
        title: "invalid qualified name",
        explanation: "A qualified name has an optional DNS prefix and a slash, then up to 63 letters, digits, dashes, underscores and dots.",
        advice: "correct the name",
    }

    NODE_PORT_INVALID "M0111" Error {
        title: "nodePort not allowed or out of range",
        explanation: "Only NodePort and LoadBalancer Services may have node ports. kube-proxy serves a node port of every type, so a valid port number is compiled anyway.",
        advice: "remove or correct the nodePort",
    }

    PORT_REPEATED "M0112" Error {
        title: "duplicate port number and protocol",
        explanation: "Both ports claim the same address, port and protocol. The first one wins.",
        advice: "change one of the two ports",
    }

    KUBELET_PORT "M0113" Error {
        title: "a LoadBalancer Service uses the port of the kubelet",
        explanation: "Up to 1.32, the API server rejects port 10250 for LoadBalancer Services because clouds would open it on the nodes. It is compiled anyway.",
        advice: "use another port",
    }

    AFFINITY_INVALID "M0114" Error {
        title: "invalid session affinity",
        explanation: "sessionAffinity is None or ClientIP. The timeout of ClientIP is 1 to 86400 seconds.",
        advice: "correct the field that the message names",
    }

    CLUSTER_IP_INVALID "M0116" Error {
        title: "invalid cluster IP",
        explanation: "clusterIP and clusterIPs contain one address per family, or None for a headless Service, and must match each other.",
        advice: "correct the field that the message names",
    }

    IP_FAMILIES_INVALID "M0118" Error {
        title: "invalid IP families",
        explanation: "ipFamilies lists IPv4 and IPv6 at most once each, in the order of clusterIPs. ipFamilyPolicy is SingleStack, PreferDualStack or RequireDualStack.",
        advice: "correct the field that the message names",
    }

    HEADLESS_TYPE "M0120" Error {
        title: "a headless Service has a type that requires a cluster IP",
        explanation: "NodePort and LoadBalancer Services cannot be headless.",
        advice: "use type ClusterIP, or remove clusterIP: None",
    }

    EXTERNAL_NAME_INVALID "M0121" Error {
        title: "invalid ExternalName Service",
        explanation: "It requires an externalName that is a DNS name, and has neither cluster IPs nor IP families. kube-proxy writes no rules for it.",
        advice: "correct the field that the message names",
    }

    EXTERNAL_IP_INVALID "M0122" Error {
        title: "invalid external IP",
        explanation: "externalIPs contains addresses that reach the node from outside: not unspecified, loopback, link-local or link-local multicast addresses. kube-proxy ignores values that are not addresses, and so does hnsplan.",
        advice: "correct or remove the address",
    }

    SOURCE_RANGE_INVALID "M0123" Error {
        title: "invalid source range",
        explanation: "loadBalancerSourceRanges contains CIDRs and is for LoadBalancer Services only. kube-proxy ignores values that are not CIDRs, and so does hnsplan.",
        advice: "correct or remove the range",
    }

    LOAD_BALANCER_ONLY "M0124" Error {
        title: "a field is for LoadBalancer Services only",
        explanation: "allocateLoadBalancerNodePorts and loadBalancerClass require type LoadBalancer. They do not affect rules.",
        advice: "remove the field",
    }

    TRAFFIC_POLICY_INVALID "M0126" Error {
        title: "invalid traffic policy",
        explanation: "internalTrafficPolicy and externalTrafficPolicy are Cluster or Local. externalTrafficPolicy is for Services that are reachable from outside the cluster only.",
        advice: "correct or remove the policy",
    }

    HEALTH_CHECK_PORT_INVALID "M0127" Error {
        title: "health check node port not allowed or out of range",
        explanation: "Only LoadBalancer Services with externalTrafficPolicy Local have a health check node port.",
        advice: "remove or correct healthCheckNodePort",
    }

    TRAFFIC_DISTRIBUTION_INVALID "M0129" Error {
        title: "unknown trafficDistribution",
        explanation: "Supported values are PreferClose and, from 1.33 on, PreferSameZone and PreferSameNode. The field takes effect through the hints of EndpointSlices only.",
        advice: "use a supported value",
    }

    INGRESS_INVALID "M0130" Error {
        title: "invalid load balancer status",
        explanation: "Each ingress has an IP with ipMode VIP or Proxy, or a hostname. Only LoadBalancer Services have ingresses.",
        advice: "correct the field that the message names",
    }

    ADDRESS_SPELLING "M0131" Warning {
        title: "an address is not in its canonical form",
        explanation: "kube-proxy reads leading zeros as decimal and IPv4-mapped IPv6 addresses as IPv4, and clears the host bits of a CIDR; hnsplan does the same. From 1.36 on, the API server rejects new objects with such values.",
        advice: "use the canonical form",
    }

    HINTS_ANNOTATIONS "M0132" Error {
        title: "the two topology annotations differ",
        explanation: "service.kubernetes.io/topology-aware-hints and service.kubernetes.io/topology-mode must be equal when both are set. The first one takes effect.",
        advice: "remove one of the two annotations",
    }

    SELECTOR_INVALID "M0133" Error {
        title: "invalid selector",
        explanation: "Keys are qualified names and values are label values. The selector does not affect rules.",
        advice: "correct the selector",
    }

    CLUSTER_IP_MISSING "M0134" Warning {
        title: "no cluster IP is allocated",
        explanation: "The API server allocates cluster IPs, which is not possible offline. kube-proxy writes no rules for a Service without one, not even for its node ports, and none for a family whose cluster IP is missing.",
        advice: "export the manifests from the cluster: kubectl get services -A -o yaml",
    }

    NODE_PORT_MISSING "M0135" Warning {
        title: "no node port is allocated",
        explanation: "The API server allocates node ports from 30000 to 32767, which is not possible offline. Without one, no rule for the node port is written.",
        advice: "export the manifests from the cluster: kubectl get services -A -o yaml",
    }

    HEALTH_CHECK_PORT_MISSING "M0136" Warning {
        title: "no health check node port is allocated",
        explanation: "The API server allocates one for LoadBalancer Services with externalTrafficPolicy Local, which is not possible offline. Without one, no rule for it is written.",
        advice: "export the manifests from the cluster: kubectl get services -A -o yaml",
    }

    CLUSTER_IP_SHARED "M0137" Error {
        title: "two Services have the same cluster IP",
        explanation: "The API server assigns an address to one Service only. Rules are written for both; for the same port, the first one wins.",
        advice: "change or remove one of the Services",
    }

    NODE_PORT_SHARED "M0138" Error {
        title: "two Services have the same node port",
        explanation: "The API server assigns a node port to one Service only. Rules are written for both; the first one wins.",
        advice: "change or remove one of the Services",
    }

    VIP_SHARED "M0139" Warning {
        title: "two Services claim the same external address, port and protocol",
        explanation: "Rules are written for both. kube-proxy writes them in random order and the first one wins, so either Service may answer.",
        advice: "give one of the Services another address or port",
    }

    DUAL_STACK_POLICY_MISSING "M0140" Error {
        title: "two cluster IPs without a dual-stack ipFamilyPolicy",
        explanation: "ipFamilyPolicy must be PreferDualStack or RequireDualStack when a Service has two addresses.",
        advice: "set ipFamilyPolicy",
    }

    AFFINITY_UNUSED "M0141" Warning {
        title: "session affinity is configured and not enabled",
        explanation: "sessionAffinityConfig sets a timeout, and sessionAffinity is None. The API server removes the timeout, and clients do not stay with their endpoint.",
        advice: "set sessionAffinity: ClientIP, or remove sessionAffinityConfig",
    }

    FAMILIES_APART "M0142" Warning {
        title: "the Service and its EndpointSlices have no family in common",
        explanation: "kube-proxy serves each family of cluster IPs with the slices of the same family. Here a family of the Service has no slice, and slices of another family exist.",
        advice: "check ipFamilies of the Service, and that its slices are complete",
    }

    ENDPOINTS_MISSING "M0143" Note {
        title: "a Service without a selector has no EndpointSlice",
        explanation: "The slices of a Service without a selector are made by hand or by another program. Without any, the Service has no endpoints.",
        advice: "add its EndpointSlices to the input, if there are any: kubectl get endpointslices -A -o yaml",
    }

    SLICE_NAME "M0201" Error {
        title: "invalid name of an EndpointSlice or Endpoints object",
        explanation: "The name is a DNS subdomain: labels of lower-case letters, digits and dashes, joined by dots, up to 253 characters. An Endpoints object has the name of its Service, so up to 63.",
        advice: "correct the name",
    }

    ADDRESS_TYPE_INVALID "M0202" Error {
        title: "unknown addressType",
        explanation: "Supported values are IPv4, IPv6 and FQDN.",
        advice: "use a supported value",
    }

    SLICE_WITHOUT_SERVICE "M0203" Warning {
        title: "an EndpointSlice names no Service",
        explanation: "Only the label kubernetes.io/service-name connects an EndpointSlice to its Service. kube-proxy ignores the slice.",
        advice: "add the label",
    }

    SERVICE_MISSING "M0204" Warning {
        title: "the Service of an EndpointSlice is not in the input",
        explanation: "The endpoints of the slice are not used.",
        advice: "add the Service to the input, or delete the slice if it is stale",
    }

    ENDPOINT_ADDRESSES "M0205" Error {
        title: "an endpoint has no address or too many",
        explanation: "An endpoint has 1 to 100 addresses. kube-proxy reads the first one only, and ignores an endpoint without addresses.",
        advice: "correct the addresses",
    }

    EXTRA_ADDRESSES "M0206" Warning {
        title: "only the first address of an endpoint is used",
        explanation: "kube-proxy ignores all others.",
        advice: "make each address an endpoint of its own",
    }

    ENDPOINT_ADDRESS_INVALID "M0207" Error {
        title: "invalid endpoint address",
        explanation: "The address belongs to the family of the slice and is not unspecified, loopback, link-local or link-local multicast.",
        advice: "correct the address",
    }

    ENDPOINT_NODE "M0208" Error {
        title: "invalid node name of an endpoint",
        explanation: "A node name is a DNS subdomain.",
        advice: "correct the name",
    }

    HINTS_INVALID "M0209" Error {
        title: "invalid hints of an endpoint",
        explanation: "An endpoint has hints for up to 8 zones and 8 nodes, each once.",
        advice: "correct the hints",
    }

    SLICE_PORT_UNUSABLE "M0210" Warning {
        title: "a slice port has no number",
        explanation: "A port without a number means all ports. kube-proxy does not support this and ignores the port.",
        advice: "add the number",
    }

    SLICE_PORT_INVALID "M0211" Error {
        title: "invalid slice port",
        explanation: "A slice port has a number from 1 to 65535, a name that is a DNS label and unique in the slice, and protocol TCP, UDP or SCTP. The port is left out.",
        advice: "correct the field that the message names",
    }

    ENDPOINT_HOSTNAME "M0212" Error {
        title: "invalid host name of an endpoint",
        explanation: "A host name is a DNS label. Only DNS servers read it; rules do not depend on it.",
        advice: "correct the name",
    }

    SLICE_TOO_LARGE "M0213" Error {
        title: "an EndpointSlice is too large",
        explanation: "A slice has up to 1,000 endpoints and up to 20,000 ports.",
        advice: "split the slice",
    }

    PORT_WITHOUT_ENDPOINTS "M0215" Warning {
        title: "no slice has a port for this service port",
        explanation: "Service ports and slice ports match when name and protocol are equal; numbers do not matter. Often one of the names is misspelled.",
        advice: "give both ports the same name and protocol",
    }

    SERVICE_WITHOUT_SLICE "M0216" Warning {
        title: "a Service with a selector has no EndpointSlice",
        explanation: "The Service has no endpoints, so its traffic is rejected. Often the input was taken without EndpointSlices.",
        advice: "export endpointslices as well",
    }

    NODE_UNKNOWN "M0217" Warning {
        title: "an endpoint is on a node that is not in the input",
        explanation: "The input contains Nodes, but not this one. The pod may be on a deleted node.",
        advice: "add the Node to the input, or delete the stale endpoint",
    }

    ENDPOINTS_USED "M0218" Note {
        title: "an Endpoints object is used instead of EndpointSlices",
        explanation: "kube-proxy reads EndpointSlices only. For a Service without any, hnsplan converts the Endpoints object to slices like the mirroring controller of Kubernetes.",
    }

    ENDPOINTS_IGNORED "M0219" Note {
        title: "Endpoints objects were ignored",
        explanation: "kube-proxy reads EndpointSlices only, and the Services of these objects have some.",
    }

    NODE_INVALID "M0220" Error {
        title: "invalid Node",
        explanation: "The name of a Node is a DNS subdomain, and its addresses and pod CIDRs are valid.",
        advice: "correct the field that the message names",
    }

    SERVICE_CIDR_INVALID "M0221" Error {
        title: "invalid ServiceCIDR",
        explanation: "The name of a ServiceCIDR is a DNS subdomain, and spec.cidrs names one network, or one a family.",
        advice: "correct the field that the message names",
    }
}
