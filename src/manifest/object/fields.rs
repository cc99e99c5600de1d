//! The fields of the kinds that are read, as of Kubernetes 1.36: the table behind `--strict`.

use Inside::{List, Object};

use crate::manifest::format::{Fields, Inside};

/// The fields of a kind, if it is one of those that are read.
pub(in crate::manifest) fn of_kind(kind: &str) -> Option<&'static Fields> {
    match kind {
        "Service" => Some(&SERVICE),
        "EndpointSlice" => Some(&ENDPOINT_SLICE),
        "Endpoints" => Some(&ENDPOINTS),
        "Node" => Some(&NODE),
        "ServiceCIDR" => Some(&SERVICE_CIDR),
        _ => None,
    }
}

/// Fields without known fields inside.
const fn only(plain: &'static [&'static str]) -> Fields {
    Fields { plain, nested: &[] }
}

static METADATA: Fields = Fields {
    plain: &[
        "annotations",
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "finalizers",
        "generateName",
        "generation",
        "labels",
        "name",
        "namespace",
        "resourceVersion",
        "selfLink",
        "uid",
    ],
    nested: &[("managedFields", List(&MANAGED_FIELDS)), ("ownerReferences", List(&OWNER_REFERENCE))],
};

static MANAGED_FIELDS: Fields =
    only(&["apiVersion", "fieldsType", "fieldsV1", "manager", "operation", "subresource", "time"]);

static OWNER_REFERENCE: Fields =
    only(&["apiVersion", "blockOwnerDeletion", "controller", "kind", "name", "uid"]);

static OBJECT_REFERENCE: Fields =
    only(&["apiVersion", "fieldPath", "kind", "name", "namespace", "resourceVersion", "uid"]);

static SERVICE: Fields = Fields {
    plain: &["apiVersion", "kind"],
    nested: &[
        ("metadata", Object(&METADATA)),
        ("spec", Object(&SERVICE_SPEC)),
        ("status", Object(&SERVICE_STATUS)),
    ],
};

static SERVICE_SPEC: Fields = Fields {
    plain: &[
        "allocateLoadBalancerNodePorts",
        "clusterIP",
        "clusterIPs",
        "externalIPs",
        "externalName",
        "externalTrafficPolicy",
        "healthCheckNodePort",
        "internalTrafficPolicy",
        "ipFamilies",
        "ipFamilyPolicy",
        "loadBalancerClass",
        "loadBalancerIP",
        "loadBalancerSourceRanges",
        "publishNotReadyAddresses",
        "selector",
        "sessionAffinity",
        "trafficDistribution",
        "type",
    ],
    nested: &[("ports", List(&SERVICE_PORT)), ("sessionAffinityConfig", Object(&AFFINITY_CONFIG))],
};

static SERVICE_PORT: Fields = only(&["appProtocol", "name", "nodePort", "port", "protocol", "targetPort"]);

static AFFINITY_CONFIG: Fields = Fields { plain: &[], nested: &[("clientIP", Object(&CLIENT_IP))] };

static CLIENT_IP: Fields = only(&["timeoutSeconds"]);

static SERVICE_STATUS: Fields = Fields {
    plain: &[],
    nested: &[("conditions", List(&CONDITION)), ("loadBalancer", Object(&LOAD_BALANCER))],
};

static CONDITION: Fields =
    only(&["lastTransitionTime", "message", "observedGeneration", "reason", "status", "type"]);

static LOAD_BALANCER: Fields = Fields { plain: &[], nested: &[("ingress", List(&INGRESS))] };

static INGRESS: Fields =
    Fields { plain: &["hostname", "ip", "ipMode"], nested: &[("ports", List(&PORT_STATUS))] };

static PORT_STATUS: Fields = only(&["error", "port", "protocol"]);

static ENDPOINT_SLICE: Fields = Fields {
    plain: &["addressType", "apiVersion", "kind"],
    nested: &[
        ("endpoints", List(&ENDPOINT)),
        ("metadata", Object(&METADATA)),
        ("ports", List(&ENDPOINT_PORT)),
    ],
};

static ENDPOINT: Fields = Fields {
    plain: &["addresses", "deprecatedTopology", "hostname", "nodeName", "zone"],
    nested: &[
        ("conditions", Object(&ENDPOINT_CONDITIONS)),
        ("hints", Object(&HINTS)),
        ("targetRef", Object(&OBJECT_REFERENCE)),
    ],
};

static ENDPOINT_CONDITIONS: Fields = only(&["ready", "serving", "terminating"]);

static HINTS: Fields = Fields { plain: &[], nested: &[("forNodes", List(&HINT)), ("forZones", List(&HINT))] };

static HINT: Fields = only(&["name"]);

static ENDPOINT_PORT: Fields = only(&["appProtocol", "name", "port", "protocol"]);

static ENDPOINTS: Fields = Fields {
    plain: &["apiVersion", "kind"],
    nested: &[("metadata", Object(&METADATA)), ("subsets", List(&SUBSET))],
};

static SUBSET: Fields = Fields {
    plain: &[],
    nested: &[
        ("addresses", List(&SUBSET_ADDRESS)),
        ("notReadyAddresses", List(&SUBSET_ADDRESS)),
        ("ports", List(&ENDPOINT_PORT)),
    ],
};

static SUBSET_ADDRESS: Fields =
    Fields { plain: &["hostname", "ip", "nodeName"], nested: &[("targetRef", Object(&OBJECT_REFERENCE))] };

static SERVICE_CIDR: Fields = Fields {
    plain: &["apiVersion", "kind", "status"],
    nested: &[("metadata", Object(&METADATA)), ("spec", Object(&SERVICE_CIDR_SPEC))],
};

static SERVICE_CIDR_SPEC: Fields = only(&["cidrs"]);

static NODE: Fields = Fields {
    plain: &["apiVersion", "kind"],
    nested: &[
        ("metadata", Object(&METADATA)),
        ("spec", Object(&NODE_SPEC)),
        ("status", Object(&NODE_STATUS)),
    ],
};

static NODE_SPEC: Fields = Fields {
    plain: &["externalID", "podCIDR", "podCIDRs", "providerID", "unschedulable"],
    nested: &[("configSource", Object(&CONFIG_SOURCE)), ("taints", List(&TAINT))],
};

static CONFIG_SOURCE: Fields = Fields { plain: &[], nested: &[("configMap", Object(&CONFIG_MAP_SOURCE))] };

static CONFIG_MAP_SOURCE: Fields = only(&["kubeletConfigKey", "name", "namespace", "resourceVersion", "uid"]);

static TAINT: Fields = only(&["effect", "key", "timeAdded", "value"]);

static NODE_STATUS: Fields = Fields {
    plain: &["allocatable", "capacity", "declaredFeatures", "phase", "volumesInUse"],
    nested: &[
        ("addresses", List(&NODE_ADDRESS)),
        ("conditions", List(&NODE_CONDITION)),
        ("config", Object(&CONFIG_STATUS)),
        ("daemonEndpoints", Object(&DAEMON_ENDPOINTS)),
        ("features", Object(&NODE_FEATURES)),
        ("images", List(&IMAGE)),
        ("nodeInfo", Object(&NODE_INFO)),
        ("runtimeHandlers", List(&RUNTIME_HANDLER)),
        ("volumesAttached", List(&ATTACHED_VOLUME)),
    ],
};

static NODE_ADDRESS: Fields = only(&["address", "type"]);

static NODE_CONDITION: Fields =
    only(&["lastHeartbeatTime", "lastTransitionTime", "message", "reason", "status", "type"]);

static CONFIG_STATUS: Fields = Fields {
    plain: &["error"],
    nested: &[
        ("active", Object(&CONFIG_SOURCE)),
        ("assigned", Object(&CONFIG_SOURCE)),
        ("lastKnownGood", Object(&CONFIG_SOURCE)),
    ],
};

static DAEMON_ENDPOINTS: Fields =
    Fields { plain: &[], nested: &[("kubeletEndpoint", Object(&DAEMON_ENDPOINT))] };

/// With a capital letter, unlike all others.
static DAEMON_ENDPOINT: Fields = only(&["Port"]);

static NODE_FEATURES: Fields = only(&["supplementalGroupsPolicy"]);

static IMAGE: Fields = only(&["names", "sizeBytes"]);

static NODE_INFO: Fields = Fields {
    plain: &[
        "architecture",
        "bootID",
        "containerRuntimeVersion",
        "kernelVersion",
        "kubeProxyVersion",
        "kubeletVersion",
        "machineID",
        "operatingSystem",
        "osImage",
        "systemUUID",
    ],
    nested: &[("swap", Object(&SWAP))],
};

static SWAP: Fields = only(&["capacity"]);

static RUNTIME_HANDLER: Fields =
    Fields { plain: &["name"], nested: &[("features", Object(&RUNTIME_HANDLER_FEATURES))] };

static RUNTIME_HANDLER_FEATURES: Fields = only(&["recursiveReadOnlyMounts", "userNamespaces"]);

static ATTACHED_VOLUME: Fields = only(&["devicePath", "name"]);
