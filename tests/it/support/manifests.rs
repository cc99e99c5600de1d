//! Small manifests that spell out only what a test is about.

/// A Service `default/web` on port 80, with these further fields of its `metadata` and `spec`.
pub(crate) fn service(metadata: &str, spec: &str) -> String {
    format!(
        "---\n{{apiVersion: v1, kind: Service, metadata: {{name: web, namespace: default, {metadata}}}, \
         spec: {{clusterIP: 10.96.0.1, ports: [{{port: 80}}], {spec}}}}}\n"
    )
}

/// An IPv4 slice of `default/web` on port 80 with these endpoints.
pub(crate) fn slice(name: &str, endpoints: &[&str]) -> String {
    labelled_slice(name, "", endpoints)
}

/// The same with further labels.
pub(crate) fn labelled_slice(name: &str, labels: &str, endpoints: &[&str]) -> String {
    format!(
        "---\n{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {{name: {name}, namespace: default, \
         labels: {{kubernetes.io/service-name: web, {labels}}}}}, addressType: IPv4, \
         ports: [{{name: '', port: 80}}], endpoints: [{}]}}\n",
        endpoints.join(", ")
    )
}

/// An endpoint with these further fields.
pub(crate) fn endpoint(address: &str, fields: &str) -> String {
    format!("{{addresses: ['{address}'], {fields}}}")
}

/// The node node-a in zone z1.
pub(crate) const NODE: &str = "---\n{apiVersion: v1, kind: Node, metadata: {name: node-a, labels: \
     {topology.kubernetes.io/zone: z1}}, status: {addresses: [{type: InternalIP, address: 192.168.0.2}]}}\n";
