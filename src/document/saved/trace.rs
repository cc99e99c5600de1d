//! A packet on its way, and who reaches what, as saved documents tell it.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use serde::Deserialize;

use super::answer::{SavedClient, SavedSummary, SavedTarget};
use crate::trace::{ClientKind, Summary};

/// What becomes of a packet.
#[derive(Deserialize)]
pub struct SavedTrace {
    /// Who sends it.
    pub client: SavedClient,
    /// Where it is sent to.
    pub destination: SocketAddr,
    /// Its protocol.
    pub protocol: String,
    /// The service port that listens there.
    pub service: Option<String>,
    /// What each target does with it.
    pub targets: Vec<SavedTarget>,
}

/// What all kinds of clients get at all frontends.
#[derive(Deserialize)]
#[serde(try_from = "MatrixMembers")]
pub struct SavedMatrix {
    /// The targets, in the order in which they were asked.
    pub targets: Vec<String>,
    /// One for each frontend.
    pub rows: Vec<SavedRow>,
}

/// A frontend.
pub struct SavedRow {
    /// The service port.
    pub service: String,
    /// What kind of address it is.
    pub frontend: String,
    /// Where clients connect to.
    pub address: SocketAddr,
    /// Its protocol.
    pub protocol: String,
    /// What each target answers to each kind of client, in the order of [`ClientKind::ALL`].
    pub cells: Vec<Option<Vec<Summary>>>,
}

#[derive(Deserialize)]
struct MatrixMembers {
    rows: Vec<RowMembers>,
}

#[derive(Deserialize)]
struct RowMembers {
    service: String,
    frontend: String,
    address: SocketAddr,
    protocol: String,
    cells: Vec<CellMembers>,
}

#[derive(Deserialize)]
struct CellMembers {
    client: String,
    answers: Vec<AnswerMembers>,
}

#[derive(Deserialize)]
struct AnswerMembers {
    target: String,
    #[serde(flatten)]
    summary: SavedSummary,
}

impl TryFrom<MatrixMembers> for SavedMatrix {
    type Error = String;

    fn try_from(of: MatrixMembers) -> Result<Self, String> {
        let first = of.rows.iter().flat_map(|row| &row.cells).next();
        let targets: Vec<String> =
            first.iter().flat_map(|cell| &cell.answers).map(|answer| answer.target.clone()).collect();
        let rows = of.rows.into_iter().map(|row| row.read(&targets)).collect::<Result<_, _>>()?;
        Ok(Self { targets, rows })
    }
}

impl RowMembers {
    fn read(self, targets: &[String]) -> Result<SavedRow, String> {
        let mut cells: Vec<Option<Vec<Summary>>> = ClientKind::ALL.iter().map(|_| None).collect();
        for CellMembers { client, answers } in self.cells {
            if !answers.iter().map(|answer| &answer.target).eq(targets) {
                return Err(format!("the targets of client {client} are not those of the first one"));
            }
            let kind = ClientKind::ALL.iter().position(|kind| kind.as_str() == client);
            let kind = kind.ok_or_else(|| format!("`{client}` is no kind of client"))?;
            cells[kind] =
                Some(answers.iter().map(|answer| answer.summary.summary(BTreeSet::new())).collect());
        }
        let Self { service, frontend, address, protocol, .. } = self;
        Ok(SavedRow { service, frontend, address, protocol, cells })
    }
}
