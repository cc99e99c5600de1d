//! SCTP packets by hand, for kernels without SCTP sockets.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use crate::netns::Namespace;

/// The common header and one INIT chunk without parameters.
const INIT_LENGTH: usize = 12 + 20;

const IPV4_HEADER: usize = 20;

/// Where an INIT was seen to arrive, and from whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrival {
    pub(crate) client: Ipv4Addr,
    pub(crate) server: SocketAddrV4,
}

/// Sees every SCTP packet that arrives in a namespace.
pub(crate) struct Listener(Socket);

impl Listener {
    pub(crate) fn new(namespace: &Namespace) -> Self {
        let socket = namespace.run(raw_sctp_socket).expect("a raw SCTP socket can be opened");
        Self(socket)
    }

    /// What has arrived; waits until there was a moment of silence.
    pub(crate) fn arrivals(&mut self) -> BTreeSet<Arrival> {
        self.0.set_read_timeout(Some(Duration::from_millis(500))).expect("a timeout can be set");
        let mut packet = [0; 256];
        let mut arrivals = BTreeSet::new();
        while let Ok(length) = self.0.read(&mut packet) {
            arrivals.insert(read_arrival(&packet[..length]));
        }
        arrivals
    }
}

/// Sends one INIT for each source port: each is a connection of its own for the node.
pub(crate) fn send_inits(
    namespace: &Namespace,
    client: Ipv4Addr,
    server: SocketAddrV4,
    client_ports: impl Iterator<Item = u16> + Send,
) -> io::Result<()> {
    namespace.run(|| {
        let socket = raw_sctp_socket()?;
        socket.bind(&SocketAddr::from((client, 0)).into())?;
        for client_port in client_ports {
            // A raw socket takes no port; the header that follows has both.
            socket.send_to(&init(client_port, server.port()), &SocketAddr::from((*server.ip(), 0)).into())?;
        }
        Ok(())
    })
}

fn raw_sctp_socket() -> io::Result<Socket> {
    Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::SCTP))
}

fn init(client_port: u16, server_port: u16) -> [u8; INIT_LENGTH] {
    let mut packet = [0; INIT_LENGTH];
    packet[0..2].copy_from_slice(&client_port.to_be_bytes());
    packet[2..4].copy_from_slice(&server_port.to_be_bytes());
    packet[12] = 1; // INIT; its flags are 0
    packet[14..16].copy_from_slice(&20_u16.to_be_bytes());
    packet[16..20].copy_from_slice(&1_u32.to_be_bytes()); // initiate tag, never 0
    packet[20..24].copy_from_slice(&65_536_u32.to_be_bytes()); // receive window
    packet[24..28].copy_from_slice(&[0, 1, 0, 1]); // one stream each way
    packet[28..32].copy_from_slice(&1_u32.to_be_bytes()); // initial TSN
    let checksum = crc32c(&packet);
    packet[8..12].copy_from_slice(&checksum.to_le_bytes());
    packet
}

/// Sends one INIT with a wrong checksum, which connection tracking takes for invalid.
pub(crate) fn send_invalid(namespace: &Namespace, client: Ipv4Addr, server: SocketAddrV4) -> io::Result<()> {
    namespace.run(|| {
        let socket = raw_sctp_socket()?;
        socket.bind(&SocketAddr::from((client, 0)).into())?;
        let mut packet = init(41_000, server.port());
        packet[8] ^= 0xff;
        socket.send_to(&packet, &SocketAddr::from((*server.ip(), 0)).into()).map(drop)
    })
}

/// Connection tracking refuses packets whose checksum is wrong.
fn crc32c(bytes: &[u8]) -> u32 {
    let shift = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| shift(crc)))
}

fn read_arrival(packet: &[u8]) -> Arrival {
    let address = |at: usize| Ipv4Addr::from([packet[at], packet[at + 1], packet[at + 2], packet[at + 3]]);
    let port = u16::from_be_bytes([packet[IPV4_HEADER + 2], packet[IPV4_HEADER + 3]]);
    Arrival { client: address(12), server: SocketAddrV4::new(address(16), port) }
}

impl Arrival {
    pub(crate) fn new(client: &str, server: &str) -> Self {
        let client: IpAddr = client.parse().expect("an address");
        let (IpAddr::V4(client), Ok(server)) = (client, server.parse()) else { panic!("IPv4 addresses") };
        Self { client, server }
    }
}

#[test]
fn the_checksum_is_the_one_of_the_standard() {
    assert_eq!(crc32c(b"123456789"), 0xe306_9283);
}
