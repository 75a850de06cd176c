//! `pag-bert download`, and the models that other commands need first.

use std::io::{self, Write};
use std::path::PathBuf;

use super::Failure;
use super::args::{Download, ModelName};
use super::progress_line::ProgressLine;
use crate::config::ModelLocation;
use crate::error::UserError;
use crate::files;
use crate::hub::{self, HubConfig, HubError, Progress, Role, Wanted};
use crate::i18n::I18n;
use crate::inference::Cancel;
use crate::model::{FileSource, embedded};
use crate::worker::load::EMBEDDED_NAME;

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

/// The files of a model or an adapter and its name; what is in a repository is downloaded when it is not here.
pub(super) fn model(
    name: &ModelName,
    role: Role,
    offline: bool,
    i18n: &I18n,
    cancel: &Cancel,
) -> Result<(FileSource, String), Failure> {
    let ModelName::At(location) = name else {
        let source = if role == Role::Adapter { embedded::adapter() } else { embedded::base() };
        return Ok((source, EMBEDDED_NAME.to_owned()));
    };
    let folder = folder(location, role, offline, i18n, cancel)?;
    let shown = match location {
        ModelLocation::Folder { path } => files::name_of(path),
        ModelLocation::Repo { repo, .. } => repo.clone(),
    };
    Ok((FileSource::at(&folder).map_err(UserError::from)?, shown))
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
    let mut line = ProgressLine::new(i18n);
    let fetched = hub::fetch(&config, &wanted, cancel, &mut |progress| tell(&mut line, &progress));
    line.end();
    fetched.map_err(|error| match error {
        HubError::Cancelled => Failure::Interrupted,
        error => Failure::User(error.into()),
    })
}

fn tell(line: &mut ProgressLine<'_>, progress: &Progress<'_>) {
    line.tell("download-running", (progress.bytes_done, progress.bytes_total), |_| [("model", progress.file.into())]);
}
