//! A sequence of moments, wherever it comes from: a folder, files in order, or a recorded watch.

use std::path::{Path, PathBuf};

use super::error::ReplayError;
use super::folder::{self, text_of};
use super::step::{Manifests, Step, keep_labels};
use super::watch::{Recording, Watch};
use crate::flag::NamedText;
use crate::name::escaped;
use crate::node::{Config, Facts};
use crate::pipeline::Setup;
use crate::source::{Input, Sources};

/// A sequence.
#[derive(Debug)]
pub struct Sequence {
    /// What messages call it.
    pub(super) name: String,
    /// The steps in order.
    pub(super) steps: Vec<Step>,
    /// The Node object, where it does not stand in each step.
    pub(super) node: Option<NamedText>,
    /// What the node holds at the beginning: dumps, of which a platform takes its own.
    pub(super) before: Vec<NamedText>,
    /// The folder, whose files describe the node as far as no flag does.
    pub(super) folder: Option<PathBuf>,
    /// The recorded watch that steps are taken from.
    pub(super) watch: Watch,
}

impl Sequence {
    /// Reads a sequence: one folder, files of moments in order, or recorded watches; `-` is standard input.
    ///
    /// # Errors
    /// When there is no step, or a file is wrong.
    pub fn read(paths: &[PathBuf]) -> Result<Self, ReplayError> {
        if let [folder] = paths
            && folder.is_dir()
        {
            return Self::folder(folder);
        }
        if let Some(folder) = paths.iter().find(|path| path.is_dir()) {
            return Err(ReplayError::Mixed(escaped(&folder.display().to_string())));
        }
        let (mut moments, mut recordings) = (Vec::new(), Vec::new());
        for path in paths {
            let is_stdin = path.as_os_str() == "-";
            let text = if is_stdin { standard_input()? } else { text_of(path)? };
            match Recording::read(&text)? {
                Some(recording) => recordings.push(recording),
                None if is_stdin => return Err(ReplayError::NoWatch),
                None => moments.push(path.as_path()),
            }
        }
        if recordings.is_empty() {
            return Self::files(&moments);
        }
        if let Some(moment) = moments.first() {
            return Err(ReplayError::Mixed(escaped(&moment.display().to_string())));
        }
        let watch = Watch::merge(recordings)?;
        let steps = (1..).zip(watch.ends()).map(|(number, end)| Step::new(number, Manifests::Watch(end)));
        let (name, steps) = (watch.name(), steps.collect());
        Ok(Self { name, steps, node: None, before: Vec::new(), folder: None, watch })
    }

    /// Moments that are known already, each with all objects.
    #[must_use]
    pub fn of_moments(name: &str, moments: Vec<NamedText>) -> Self {
        let moments = (1..).zip(moments);
        Self {
            name: name.to_owned(),
            steps: moments.map(|(number, text)| Step::new(number, Manifests::Text(text))).collect(),
            node: None,
            before: Vec::new(),
            folder: None,
            watch: Watch::default(),
        }
    }

    /// Reads a folder with numbered manifests, without these.
    ///
    /// # Errors
    /// When there is no step, or a file beside one is wrong.
    pub fn folder(path: &Path) -> Result<Self, ReplayError> {
        let mut steps = folder::steps(path)?;
        let node = Some(path.join("node.yaml")).filter(|file| file.is_file());
        let node = node.map(|file| text_of(&file)).transpose()?;
        keep_labels(&mut steps, node.as_ref());
        Ok(Self {
            name: escaped(&path.display().to_string()),
            steps,
            node,
            before: folder::before(path)?,
            folder: Some(path.to_owned()),
            watch: Watch::default(),
        })
    }

    /// Files of moments, in order.
    fn files(paths: &[&Path]) -> Result<Self, ReplayError> {
        let steps = (1..).zip(paths).map(|(number, file)| folder::step(number, file));
        Ok(Self {
            name: paths.first().map(|path| escaped(&path.display().to_string())).unwrap_or_default(),
            steps: steps.collect::<Result<_, _>>()?,
            node: None,
            before: Vec::new(),
            folder: None,
            watch: Watch::default(),
        })
    }

    /// The setup with what the folder says about the node, as far as no flag says it.
    ///
    /// # Errors
    /// When a file of the folder is wrong.
    pub fn complete(&self, mut setup: Setup) -> Result<Setup, ReplayError> {
        let Some(folder) = &self.folder else { return Ok(setup) };
        let (config, facts) = (folder.join("kube-proxy.yaml"), folder.join("facts.yaml"));
        if setup.config == Config::default() && config.is_file() {
            let NamedText { name, text } = text_of(&config)?;
            setup.config = Config::parse_file(&name, &text)?;
        }
        if setup.facts == Facts::default() && facts.is_file() {
            let NamedText { name, text } = text_of(&facts)?;
            setup.facts = Facts::parse_file(&name, &text)?;
        }
        Ok(setup)
    }

    /// The step with a number; its position is not its number where numbers are left out.
    pub(super) fn step_mut(&mut self, number: usize) -> Option<&mut Step> {
        self.steps.iter_mut().find(|step| step.number == number)
    }

    /// The numbers of the steps in words: `1 to 4`.
    pub(super) fn numbers(&self) -> String {
        let number = |step: Option<&Step>| step.map_or(0, |step| step.number);
        format!("{} to {}", number(self.steps.first()), number(self.steps.last()))
    }
}

fn standard_input() -> Result<NamedText, ReplayError> {
    let sources = Sources::read(&[Input::from("-")], false)?;
    let text = sources.iter().map(|(_, file)| file.text.as_str()).collect();
    Ok(NamedText { name: "standard input".to_owned(), text })
}
