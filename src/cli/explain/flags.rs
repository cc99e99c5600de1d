//! `hnsplan explain flags`

use clap::{Args, ValueEnum};

use super::{Failure, Terminal, WIDTH};
use crate::name::printable;
use crate::platform::hns::flag_words::{Meaning, NumberKind};
use crate::render::columns::block;

/// Take a number of an HCN object apart.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hnsplan explain flags loadbalancer 3\n  \
    hnsplan explain flags port 28\n  \
    hnsplan explain flags endpoint 0x1\n  \
    hnsplan explain flags distribution 2")]
pub(super) struct Flags {
    /// Whose number it is
    #[arg(value_name = "KIND")]
    kind: Kind,
    /// The number, in decimal or as 0x1c; without one, all meanings are listed
    #[arg(value_name = "NUMBER", value_parser = number)]
    number: Option<u32>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// Flags of a load balancer
    Loadbalancer,
    /// Flags of a port mapping
    Port,
    /// Flags of an endpoint
    Endpoint,
    /// What of a packet decides about its endpoint
    Distribution,
}

impl From<Kind> for NumberKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Loadbalancer => Self::LoadBalancer,
            Kind::Port => Self::Port,
            Kind::Endpoint => Self::Endpoint,
            Kind::Distribution => Self::Distribution,
        }
    }
}

fn number(text: &str) -> Result<u32, String> {
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_hexdigit()) => u32::from_str_radix(digits, 16),
        _ => text.parse(),
    };
    number.map_err(|_| format!("`{}` is no number from 0 to {}, as in 28 or 0x1c", printable(text), u32::MAX))
}

impl Flags {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let kind = NumberKind::from(self.kind);
        let Some(number) = self.number else {
            let rows = kind.meanings().iter().map(row).collect::<String>();
            return terminal.result([&*format!("{}\n\n{rows}", kind.title())]);
        };
        let reading = kind.read(number);
        let names: Vec<&str> = reading.meanings.iter().map(|meaning| meaning.name).collect();
        let words = match (names.is_empty(), number) {
            (false, _) => names.join(" + "),
            (true, 0) => "nothing is set".to_owned(),
            (true, _) => "no meaning is known".to_owned(),
        };
        let mut rows: String = reading.meanings.iter().map(|meaning| row(meaning)).collect();
        if reading.unknown != 0 && !names.is_empty() {
            rows.push_str(&line(reading.unknown, "unknown", "No meaning is known."));
        }
        let blank = if rows.is_empty() { "" } else { "\n" };
        terminal.result([&*format!("{} {number}: {words}\n{blank}{rows}", kind.title())])
    }
}

fn row(meaning: &Meaning) -> String {
    line(meaning.number, meaning.name, meaning.effect)
}

fn line(number: u32, name: &str, effect: &str) -> String {
    block(&format!("{number:>4}  {name}"), 32, effect, WIDTH)
}
