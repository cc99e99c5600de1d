//! Flags about signatures of saved plans.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use super::exit::REFUSED;
use super::terminal::write_file;
use crate::apply::{KeyError, PlanFile, SigningKey, VerifyingKey, signature_file};
use crate::source::Sources;

/// How many bytes the file of a key may have.
const LARGEST: u64 = 64 << 10;

/// Who signs plans.
#[derive(Debug, Args)]
pub(crate) struct SignFlags {
    /// Sign the plan with this private key (Ed25519, PEM), into FILE.sig beside --out FILE
    #[arg(long, value_name = "KEY", help_heading = "Output", hide_short_help = true)]
    sign_key: Option<PathBuf>,
}

/// Whose signature a plan needs.
#[derive(Debug, Args)]
pub(crate) struct VerifyFlags {
    /// Carry out only a plan that the owner of this public key (Ed25519, PEM) has signed; of several keys, one is enough
    #[arg(long, value_name = "KEY", help_heading = "Safety", hide_short_help = true)]
    verify_key: Vec<PathBuf>,
    /// The signature of the plan [default: PLAN.sig]
    #[arg(
        long,
        value_name = "FILE",
        requires = "verify_key",
        help_heading = "Safety",
        hide_short_help = true
    )]
    signature: Option<PathBuf>,
}

/// What writes plans, and signs them if a key is given.
pub(crate) struct PlanWriter(Option<SigningKey>);

impl SignFlags {
    /// What writes plans; `file` is where to.
    pub(crate) fn writer(&self, file: Option<&PathBuf>) -> Result<PlanWriter, Failure> {
        let Some(path) = &self.sign_key else { return Ok(PlanWriter(None)) };
        if file.is_none_or(|file| file.as_os_str() == "-") {
            let message = "--sign-key writes the signature beside the plan: add --out FILE";
            return Err(Failure::Usage(message.to_owned()));
        }
        key("--sign-key", path, SigningKey::from_pem).map(|key| PlanWriter(Some(key)))
    }
}

impl PlanWriter {
    /// Writes the text of a plan, and its signature beside it.
    pub(crate) fn write(&self, path: &Path, text: &str) -> Result<(), Failure> {
        write_file(path, [text])?;
        match &self.0 {
            Some(key) => write_file(&signature_file(path), [key.sign(text) + "\n"]),
            None => Ok(()),
        }
    }
}

impl VerifyFlags {
    /// Reads the saved plan, if there is one, and refuses it if it is not signed as it has to be.
    pub(crate) fn read(&self, plan: Option<&Path>) -> Result<Option<PlanFile>, Failure> {
        let Some(path) = plan else { return self.refuse_without_plan().map(|()| None) };
        let keys = self.verify_key.iter().map(|path| key("--verify-key", path, VerifyingKey::from_pem));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        if !keys.is_empty() && path.as_os_str() == "-" && self.signature.is_none() {
            let message = "a plan on standard input has no file beside it: add --signature FILE";
            return Err(Failure::Usage(message.to_owned()));
        }
        let refused = |why| Failure::Diagnosed(REFUSED, vec![why]);
        let file = PlanFile::read(path).map_err(|why| refused(*why))?;
        if keys.is_empty() {
            return Ok(Some(file));
        }
        let signature = self.signature.clone().unwrap_or_else(|| signature_file(path));
        file.unsigned(&keys, &signature).map_or(Ok(Some(file)), |why| Err(refused(why)))
    }

    /// What is planned and carried out at once has no signature.
    fn refuse_without_plan(&self) -> Result<(), Failure> {
        if self.verify_key.is_empty() {
            return Ok(());
        }
        let message = "--verify-key needs a saved plan: make one with hnsplan plan --sign-key KEY --out FILE, and apply FILE";
        Err(Failure::Usage(message.to_owned()))
    }
}

fn key<K>(flag: &str, path: &Path, parse: impl Fn(&str) -> Result<K, KeyError>) -> Result<K, Failure> {
    let mut sources = Sources::default();
    let id = sources.read_small(path, LARGEST)?;
    parse(&sources.file(id).text)
        .map_err(|error| Failure::Usage(format!("{flag} {}: {error}", path.display())))
}
