//! What kube-proxy leaves out or decides by chance.

use crate::diagnostics::codes;

codes! {
    ENDPOINTS_CONTRADICT "M0214" Warning {
        title: "an endpoint is listed twice with different conditions",
        explanation: "The slices of one Service contain the same address and port with different readiness or node. kube-proxy keeps one of them; up to 1.35 the choice may depend on chance.",
        advice: "remove the stale one of the two",
    }

    SERVICE_SKIPPED "K0401" Note {
        title: "a Service gets no rules",
        explanation: "kube-proxy skips Services that are headless, of type ExternalName, labelled for another proxy, or without a cluster IP.",
    }

    SLICE_SKIPPED "K0402" Note {
        title: "an EndpointSlice is skipped",
        explanation: "kube-proxy skips slices of type FQDN and slices with a label that hides them.",
    }

    HINTS_IGNORED "K0403" Note {
        title: "topology hints are not used",
        explanation: "kube-proxy uses hints only if every ready endpoint has one and at least one of them names the zone of this node. In 1.30 the Service also needs the annotation service.kubernetes.io/topology-mode.",
    }

    EXTERNAL_IPS_GATED "K0404" Warning {
        title: "external IPs are disabled",
        explanation: "The feature gate AllowServiceExternalIPs is off, so no rule leads from an external IP to the Service.",
    }

    PROXY_MODE_INGRESS "K0405" Note {
        title: "a load balancer address with ipMode Proxy gets no rules",
        explanation: "Traffic to the address leaves the node and returns through the load balancer.",
    }

    OTHER_FAMILY "K0406" Note {
        title: "an address belongs to a family that the Service does not have",
        explanation: "Each family has its own proxier, which serves the addresses of its family for Services with a cluster IP of that family. External IPs, load balancer addresses and source ranges of the other family are skipped.",
    }
}
