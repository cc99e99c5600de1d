//! One connection, and what came of it.

use std::io::{self, ErrorKind, Read};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Tcp,
    Udp,
}

/// What a client learns from one attempt.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reply {
    /// A server answered: its own address, and that of the client as it saw it.
    From { server: SocketAddr, client: IpAddr },
    /// Refused actively: a reset, or an ICMP message that nobody is there.
    Refused,
    /// No answer in the time given.
    Silence,
    /// Anything else is a fault of the test's network.
    Failed(String),
}

/// Connects from the address `source` of the current namespace, and listens to the answer.
pub(crate) fn ask(
    transport: Transport,
    source: IpAddr,
    destination: SocketAddr,
    patience: Duration,
) -> Reply {
    let answer = match transport {
        Transport::Tcp => ask_tcp(source, destination, patience),
        Transport::Udp => ask_udp(source, destination, patience),
    };
    match answer {
        Ok(answer) => understand(&answer),
        Err(error) => match error.kind() {
            ErrorKind::ConnectionRefused => Reply::Refused,
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Reply::Silence,
            _ => Reply::Failed(error.to_string()),
        },
    }
}

fn ask_tcp(source: IpAddr, destination: SocketAddr, patience: Duration) -> io::Result<String> {
    let socket = Socket::new(Domain::for_address(destination), Type::STREAM, Some(Protocol::TCP))?;
    bind_unused(|port| socket.bind(&SocketAddr::new(source, port).into()))?;
    socket.connect_timeout(&destination.into(), patience)?;
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(patience))?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn ask_udp(source: IpAddr, destination: SocketAddr, patience: Duration) -> io::Result<String> {
    let socket = bind_unused(|port| UdpSocket::bind((source, port)))?;
    socket.connect(destination)?;
    socket.set_read_timeout(Some(patience))?;
    // What the rules of its own host refuse or drop is not permitted; the answer tells which of both it was.
    match socket.send(b"who?") {
        Err(error) if error.kind() != ErrorKind::PermissionDenied => return Err(error),
        _ => {}
    }
    let mut answer = [0; 128];
    let length = socket.recv(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
}

/// Binds to a port that no socket of this process had for long: connection tracking remembers for a while what became of the
/// packets of one, and does the same with later ones.
fn bind_unused<T>(bind: impl Fn(u16) -> io::Result<T>) -> io::Result<T> {
    const PORTS: std::ops::Range<usize> = 10_000..60_000;
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    loop {
        let port = PORTS.start + NEXT.fetch_add(1, Ordering::Relaxed) % PORTS.len();
        match bind(u16::try_from(port).expect("it is a port")) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            bound => return bound,
        }
    }
}

fn understand(answer: &str) -> Reply {
    let addresses = answer.split_once(' ').and_then(|(server, client)| {
        let client: SocketAddr = client.parse().ok()?;
        Some((server.parse().ok()?, client.ip()))
    });
    match addresses {
        Some((server, client)) => Reply::From { server, client },
        None => Reply::Failed(format!("an answer that makes no sense: {answer:?}")),
    }
}
