//! `pag-bert download`, and the models that other commands need first.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::Failure;
use super::args::{Download, ModelName};
use crate::config::ModelLocation;
use crate::error::UserError;
use crate::hub::{self, HubConfig, HubError, Progress, Role, Speed, Wanted};
use crate::i18n::I18n;
use crate::inference::Cancel;

/// The line on the terminal is written anew so often.
const EVERY: Duration = Duration::from_millis(200);

/// Brings a repository onto this computer, and prints the folder where it is.
pub(super) fn download(args: &Download, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    let ModelName::At(ModelLocation::Repo { repo, revision }) = &args.repo else {
        return Err(UserError::new("error-cli-repo").into());
    };
    let folder = fetch(repo, revision.as_deref(), Role::Any, args.offline, i18n, cancel)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}", folder.display())?;
    Ok(out.flush()?)
}

/// The folder of a model; one in a repository is downloaded when it is not here.
pub(super) fn folder(
    location: &ModelLocation,
    role: Role,
    offline: bool,
    i18n: &I18n,
    cancel: &Cancel,
) -> Result<PathBuf, Failure> {
    match location {
        ModelLocation::Folder { path } => Ok(path.clone()),
        ModelLocation::Repo { repo, revision } => fetch(repo, revision.as_deref(), role, offline, i18n, cancel),
    }
}

fn fetch(
    repo: &str,
    revision: Option<&str>,
    role: Role,
    offline: bool,
    i18n: &I18n,
    cancel: &Cancel,
) -> Result<PathBuf, Failure> {
    let mut config = HubConfig::from_env().map_err(UserError::from)?;
    config.offline |= offline;
    let wanted = Wanted { repo: repo.to_owned(), revision: revision.map(str::to_owned), role };
    let mut line = Line::new(i18n);
    let fetched = hub::fetch(&config, &wanted, cancel, &mut |progress| line.tell(&progress));
    line.end();
    fetched.map_err(|error| match error {
        HubError::Cancelled => Failure::Interrupted,
        error => Failure::User(error.into()),
    })
}

/// How far a download is, on one line of the terminal; nothing where standard error is no terminal.
struct Line<'a> {
    i18n: &'a I18n,
    speed: Speed,
    shown_at: Option<Instant>,
    terminal: bool,
}

impl<'a> Line<'a> {
    fn new(i18n: &'a I18n) -> Self {
        Self { i18n, speed: Speed::default(), shown_at: None, terminal: io::stderr().is_terminal() }
    }

    fn tell(&mut self, progress: &Progress<'_>) {
        let now = Instant::now();
        let speed = self.speed.record(now, progress.bytes_done);
        if !self.terminal || self.shown_at.is_some_and(|at| now - at < EVERY) {
            return;
        }
        self.shown_at = Some(now);
        let bytes = |bytes| self.i18n.bytes(bytes).into();
        let words = [
            ("model", progress.file.into()),
            ("done", bytes(progress.bytes_done)),
            ("total", bytes(progress.bytes_total)),
            ("speed", bytes(speed as u64)),
        ];
        // Back to the line's beginning, and away with what is longer than the new text.
        write!(io::stderr(), "\r{}\u{1b}[K", self.i18n.tr_args("download-running", &words)).ok();
    }

    fn end(&self) {
        if self.shown_at.is_some() {
            writeln!(io::stderr()).ok();
        }
    }
}
