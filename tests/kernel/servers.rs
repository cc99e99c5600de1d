//! Servers that tell each client who they are and whom they see.

use std::collections::BTreeSet;
use std::io::{self, PipeReader, PipeWriter, Write};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::thread::{self, JoinHandle};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::topology::{Place, Topology};

/// Every port that a golden case sends somewhere, and those of the services themselves.
const TCP_PORTS: [u16; 14] =
    [53, 80, 443, 5000, 6443, 7000, 8080, 8081, 8443, 9090, 9153, 9191, 30080, 30500];
const UDP_PORTS: [u16; 4] = [53, 5000, 5514, 30500];

/// Ports on which only the node listens: the health checks of load balancers, and one that is not theirs.
const NODE_TCP_PORTS: [u16; 2] = [32100, 32101];

const TCP_PLACES: [Place; 4] = [Place::PodA, Place::PodB, Place::Neighbours, Place::Node];

/// A UDP server answers from the address it is bound to, so each has its own socket.
const UDP_ADDRESSES: [(Place, &str); 4] = [
    (Place::PodA, "10.244.1.5"),
    (Place::PodA, "10.244.1.3"),
    (Place::Neighbours, "10.244.2.5"),
    (Place::Neighbours, "10.244.2.3"),
];

enum Socket {
    Tcp(TcpListener),
    Udp(UdpSocket),
}

/// All servers of a topology, listening from its making to its end.
pub(crate) struct Servers {
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Servers {
    /// Servers on every port of the flows.
    pub(crate) fn start(topology: &Topology) -> Self {
        Self::of(open(topology).expect("the servers can listen"))
    }

    /// Servers on these TCP ports everywhere, and on these addresses of UDP.
    pub(crate) fn on(topology: &Topology, tcp: &BTreeSet<u16>, udp: &BTreeSet<(Place, SocketAddr)>) -> Self {
        let mut sockets = Vec::new();
        for place in TCP_PLACES {
            sockets.extend(topology.at(place).run(|| listen(tcp.iter())).expect("the servers can listen"));
        }
        for (place, address) in udp {
            sockets.push(topology.at(*place).run(|| bind(*address)).expect("the servers can listen"));
        }
        Self::of(sockets)
    }

    fn of(sockets: Vec<Socket>) -> Self {
        let (stopped, stop) = io::pipe().expect("a pipe can be made");
        let thread = thread::spawn(move || serve(&sockets, &stopped));
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.stop.take();
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(thread::panicking() || matches!(ended, Some(Ok(()))), "the servers failed");
    }
}

fn open(topology: &Topology) -> io::Result<Vec<Socket>> {
    let mut sockets = Vec::new();
    for place in TCP_PLACES {
        let more: &[u16] = if place == Place::Node { &NODE_TCP_PORTS } else { &[] };
        sockets.extend(topology.at(place).run(|| listen(TCP_PORTS.iter().chain(more)))?);
    }
    for (place, address) in UDP_ADDRESSES {
        let address: IpAddr = address.parse().expect("an address");
        for port in UDP_PORTS {
            sockets.push(topology.at(place).run(|| bind((address, port).into()))?);
        }
    }
    Ok(sockets)
}

/// On all addresses of both families.
fn listen<'a>(ports: impl Iterator<Item = &'a u16>) -> io::Result<Vec<Socket>> {
    let open = |port: &u16| {
        let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, *port))?;
        listener.set_nonblocking(true)?;
        Ok(Socket::Tcp(listener))
    };
    ports.map(open).collect()
}

fn bind(address: SocketAddr) -> io::Result<Socket> {
    let socket = UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    Ok(Socket::Udp(socket))
}

fn serve(sockets: &[Socket], stopped: &PipeReader) {
    loop {
        let mut waiting: Vec<PollFd> =
            sockets.iter().map(|socket| PollFd::new(socket.as_fd(), PollFlags::POLLIN)).collect();
        waiting.push(PollFd::new(stopped.as_fd(), PollFlags::POLLIN));
        poll(&mut waiting, PollTimeout::NONE).expect("sockets can be polled");
        let ready = |fd: &PollFd| fd.any().unwrap_or_default();
        if waiting.pop().is_some_and(|stop| ready(&stop)) {
            return;
        }
        for (socket, _) in sockets.iter().zip(&waiting).filter(|(_, fd)| ready(fd)) {
            // A client that gave up is no failure of the server.
            socket.answer().ok();
        }
    }
}

impl Socket {
    fn answer(&self) -> io::Result<()> {
        match self {
            Self::Tcp(listener) => {
                let (mut stream, client) = listener.accept()?;
                stream.write_all(introduction(stream.local_addr()?, client).as_bytes())
            }
            Self::Udp(socket) => {
                let (_, client) = socket.recv_from(&mut [0; 16])?;
                socket.send_to(introduction(socket.local_addr()?, client).as_bytes(), client).map(drop)
            }
        }
    }

    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(listener) => listener.as_fd(),
            Self::Udp(socket) => socket.as_fd(),
        }
    }
}

/// "I am …, and you come from …": the whole protocol.
fn introduction(server: SocketAddr, client: SocketAddr) -> String {
    format!("{} {}", canonical(server), canonical(client))
}

/// A socket for both families shows IPv4 addresses as mapped into IPv6.
fn canonical(address: SocketAddr) -> SocketAddr {
    let ip: IpAddr = address.ip().to_canonical();
    SocketAddr::new(ip, address.port())
}
