//! One connection, and what came of it.

use std::io::{self, ErrorKind, Read};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
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
    socket.bind(&SocketAddr::new(source, 0).into())?;
    socket.connect_timeout(&destination.into(), patience)?;
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(patience))?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn ask_udp(source: IpAddr, destination: SocketAddr, patience: Duration) -> io::Result<String> {
    let socket = UdpSocket::bind((source, 0))?;
    socket.connect(destination)?;
    socket.set_read_timeout(Some(patience))?;
    socket.send(b"who?")?;
    let mut answer = [0; 128];
    let length = socket.recv(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
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
