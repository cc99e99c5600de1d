//! What kube-proxy on Windows writes into its log, by the source of its releases 1.22 to 1.36 (pkg/proxy/winkernel).
//!
//! Older releases write the same words without quotes, and with the values behind them.

use crate::answer::lexicon::LogMessage;

const fn trouble(text: &'static str, meaning: &'static str, advice: &'static str) -> LogMessage {
    LogMessage { text, meaning, advice }
}

const fn told(text: &'static str, meaning: &'static str) -> LogMessage {
    LogMessage { text, meaning, advice: "" }
}

const fn work(text: &'static str) -> LogMessage {
    told(text, "")
}

/// What to do about a load balancer that HNS refused.
const REFUSED: &str = "Follow the advice on the error. hnsplan diff --dump names the load balancers that are missing, and hnsplan check \
     what keeps HNS from taking them. kube-proxy tries again at its next sync.";

/// What to do about an HNS that does not answer.
const ASK_HNS: &str = "Check the service hns (Get-Service hns, hnsdiag list all) and restart it if it hangs. kube-proxy changes \
     nothing until HNS answers.";

/// What to do about a network that is not there.
const NETWORK: &str = "Compare the network name in the configuration of kube-proxy (winkernel.networkName, or KUBE_NETWORK) with \
     Get-HnsNetwork, and check that the network plugin has made its network.";

/// What to do about an endpoint of another node that HNS refused.
const REMOTE: &str = "Follow the advice on the error. On an overlay network check that the network has a RemoteSubnetRoute for the \
     node of that pod (Get-HnsNetwork); hnsplan check --dump names those that are missing.";

/// All messages.
pub(super) static MESSAGES: &[LogMessage] = &[
    trouble(
        "Policy creation failed",
        "HNS refused a load balancer of a Service; kube-proxy leaves out the rest of this service port.",
        REFUSED,
    ),
    trouble(
        "ClusterIP policy creation failed",
        "HNS refused the load balancer of a cluster IP; node ports and external addresses of this service port are left \
         out as well.",
        REFUSED,
    ),
    trouble(
        "Nodeport policy creation failed",
        "HNS refused the load balancer of a node port; external addresses of this service port are left out as well.",
        REFUSED,
    ),
    trouble(
        "ExternalIP policy creation failed",
        "HNS refused the load balancer of an external IP; the others of this service port are tried.",
        REFUSED,
    ),
    trouble(
        "IngressIP policy creation failed",
        "HNS refused the load balancer of a load balancer address; the others of this service port are tried.",
        REFUSED,
    ),
    trouble(
        "Healthcheck loadbalancer policy creation failed",
        "HNS refused the load balancer for health checks of a load balancer address (forwardHealthCheckVIP).",
        REFUSED,
    ),
    trouble(
        "Update loadbalancer policy failed",
        "HNS refused to change a load balancer in place; this service port keeps its former members until the next sync.",
        REFUSED,
    ),
    told(
        "Update loadbalancer policies is not implemented",
        "This build of Windows cannot change load balancers in place; kube-proxy deletes and creates them from now on, so \
         that frontends are without one for a moment at each change.",
    ),
    trouble(
        "Remote endpoint creation failed for service VIP",
        "HNS refused the endpoint that stands for a cluster IP on an overlay network; this service port gets no load \
         balancer.",
        REMOTE,
    ),
    trouble(
        "Remote endpoint creation failed",
        "HNS refused an endpoint for a pod of another node; load balancers are made without it.",
        REMOTE,
    ),
    trouble(
        "Local endpoint not found",
        "A pod of this node has no endpoint in HNS; load balancers are made without it.",
        "Check that the pod runs and that its endpoint is on the network of kube-proxy (Get-HnsEndpoint). The network \
         plugin makes it: delete the pod to have it made anew.",
    ),
    trouble(
        "Endpoint information not available for service",
        "No endpoint of this service port can be used on this node, so it gets no load balancer, and clients wait for a \
         timeout.",
        "hnsplan explain service NAMESPACE/NAME and hnsplan check say which endpoints are left out and why: not ready, no \
         endpoint in HNS, or of other nodes with a traffic policy Local.",
    ),
    trouble(
        "Source Vip endpoint creation failed",
        "The endpoint of the source VIP on the overlay network cannot be made; kube-proxy makes no load balancer at all.",
        "Check --source-vip: it has to be a free address of the pod network of this node. hnsplan check finds addresses \
         that do not fit.",
    ),
    trouble(
        "Querying HNS for endpoints failed",
        "HNS does not answer; this sync ends without any change.",
        ASK_HNS,
    ),
    trouble(
        "Querying HNS for load balancers failed",
        "HNS does not answer; this sync ends without any change.",
        ASK_HNS,
    ),
    trouble("failed to list endpoints", "HNS does not answer; this sync ends without any change.", ASK_HNS),
    trouble(
        "Unable to find HNS Network specified",
        "The network of kube-proxy is not in HNS; all load balancers are deleted and made anew once it is.",
        NETWORK,
    ),
    trouble("Error getting network by name", "The network of kube-proxy is not in HNS.", NETWORK),
    trouble("failed to get HNS network by name", "The network of kube-proxy is not in HNS.", NETWORK),
    trouble("Unable to find HNS Network", "The network of kube-proxy is not in HNS.", NETWORK),
    trouble(
        "Error hashing endpoints",
        "kube-proxy cannot tell whether a load balancer exists already, and leaves it out.",
        "Restart kube-proxy, and report a bug of Kubernetes if it comes back.",
    ),
    told(
        "Could not find provider address, assuming it is a public IP",
        "No route of the overlay network leads to this endpoint; kube-proxy takes it for one outside of the cluster. That \
         is wrong for a pod: its node is then missing among the remote subnets (RemoteSubnetRoute) of the network.",
    ),
    told(
        "Session Affinity is not supported on this version of Windows",
        "Clients are not kept with their endpoint, before HNS 12.0 (H0617).",
    ),
    told(
        "Load Balancer already exists",
        "kube-proxy still knows a load balancer of a service port that it makes anew; the former one may stay behind. \
         hnsplan diff --dump finds those.",
    ),
    told(
        "Skipping the endpoint for LB creation",
        "An endpoint is left out: it is not ready, or does not serve.",
    ),
    told(
        "Skipping the endpoint. Both",
        "An endpoint of another node is left out, as both traffic policies are Local.",
    ),
    told(
        "Skipped creating Hns",
        "A load balancer is left out, as no endpoint serves, or all are about to end.",
    ),
    told("Policy successfully applied for service", "All load balancers of a service port are in HNS."),
    told("+++Policy Successfully applied for service", "All load balancers of a service port are in HNS."),
    told("Hns LoadBalancer resource created", "A load balancer was created, or one that fits was found."),
    told("Hns Health Check LoadBalancer resource created", "A load balancer for health checks was created."),
    told("Created Hns loadbalancer policy resource", "A load balancer was created."),
    told("Found cached Hns loadbalancer policy resource", "HNS has the load balancer already."),
    told(
        "Hns LoadBalancer delete triggered",
        "A load balancer that changes is deleted before it is made anew.",
    ),
    told("Remote endpoint resource deleted", "An endpoint of another node that no Service uses was deleted."),
    work("Policy already applied"),
    work("Applying Policy"),
    work("Trying to apply Policies for service"),
    work("Associated endpoints for service"),
    work("Endpoint resource found"),
    work("Hns endpoint resource"),
    work("Endpoint on overlay network"),
    work("Endpoint already exists in queried endpoints map"),
    work("Updating existing loadbalancer called"),
    work("Updating network to check for new remote subnet policies"),
    work("Queried load balancers"),
    work("Queried endpoints"),
    work("No existing endpoints found in HNS"),
    work("No existing load balancers found in HNS"),
    work("No existing remote endpoint"),
    work("Syncing Policies"),
    work("Syncing proxy rules"),
    work("syncProxyRules complete"),
    work("Cleanup existing"),
    work("Terminating status checked for all endpoints"),
    work("Skipped terminating status check for all endpoints"),
    work("Deleting unreferenced remote endpoint"),
    work("Pending delete stale service IP connections"),
    work("Not syncing hns until Services and Endpoints have been received"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart_and_speak_in_sentences() {
        for (at, message) in MESSAGES.iter().enumerate() {
            assert!(MESSAGES[..at].iter().all(|other| other.text != message.text), "{}", message.text);
            for text in [message.meaning, message.advice] {
                assert!(text.is_empty() || text.ends_with('.'), "{}: {text}", message.text);
            }
            assert!(!message.is_trouble() || !message.meaning.is_empty(), "{}", message.text);
        }
    }
}
