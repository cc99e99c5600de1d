//! What tests of `apply` on a node share: its manifests, a server in a pod, and clients of it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Output;
use std::thread;
use std::time::Duration;

use crate::topology::{Place, Topology};

/// A Service with one endpoint, the pod A.
pub(crate) fn service(name: &str, vip: &str) -> String {
    format!(
        "---\n{{apiVersion: v1, kind: Service, metadata: {{name: {name}, namespace: shop}}, \
         spec: {{clusterIP: {vip}, ports: [{{port: 80}}]}}}}\n\
         ---\n{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {{name: {name}-0, namespace: shop, \
         labels: {{kubernetes.io/service-name: {name}}}}}, addressType: IPv4, ports: [{{name: '', port: 8080}}], \
         endpoints: [{{addresses: [10.244.1.5], nodeName: node-a}}]}}\n"
    )
}

/// The Node that tests are about.
pub(crate) const NODE: &str = "---\n{apiVersion: v1, kind: Node, metadata: {name: node-a}, \
     status: {addresses: [{type: InternalIP, address: 192.168.10.11}]}}\n";

#[track_caller]
pub(crate) fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Answers each byte with the same byte, on port 8080 of pod A, as long as the test runs.
pub(crate) fn echo(topology: &Topology) {
    let listener = topology.at(Place::PodA).run(|| TcpListener::bind("10.244.1.5:8080")).expect("a server");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            thread::spawn(move || {
                let mut byte = [0];
                while stream.read_exact(&mut byte).is_ok() && stream.write_all(&byte).is_ok() {}
            });
        }
    });
}

/// A connection of the client pod.
pub(crate) fn connect(topology: &Topology, address: &str) -> std::io::Result<TcpStream> {
    let address: SocketAddr = address.parse().expect("an address");
    let client = topology.at(Place::ClientPod);
    let stream = client.run(|| TcpStream::connect_timeout(&address, Duration::from_secs(3)))?;
    stream.set_read_timeout(Some(Duration::from_secs(3)))?;
    Ok(stream)
}

/// Says a byte, and hears it again.
pub(crate) fn say(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"x")?;
    stream.read_exact(&mut [0])
}
