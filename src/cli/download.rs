//! `pag-bert download`, and the models that other commands need first.

use std::path::PathBuf;

use super::Failure;
use super::args::{Download, ModelName};
use crate::config::ModelLocation;
use crate::error::UserError;
use crate::i18n::I18n;
use crate::inference::Cancel;

pub(super) fn download(args: &Download, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    let _ = (args, i18n, cancel);
    let ModelName::At(_) = &args.repo else { return Err(UserError::new("error-cli-repo").into()) };
    Err(UserError::new("error-cli-repo").into())
}

/// The folder of a model; one in a repository is downloaded when it is not here.
pub(super) fn folder(
    location: &ModelLocation,
    _offline: bool,
    _i18n: &I18n,
    _cancel: &Cancel,
) -> Result<PathBuf, Failure> {
    match location {
        ModelLocation::Folder { path } => Ok(path.clone()),
        ModelLocation::Repo { .. } => Err(UserError::new("error-cli-repo").into()),
    }
}
