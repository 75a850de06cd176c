//! `pag-bert convert`: a model packed into one file, for this computer and the next ones.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use super::args::{Convert, ModelName};
use super::{Failure, download};
use crate::config::ModelLocation;
use crate::error::UserError;
use crate::files;
use crate::hub::{Role, Speed};
use crate::i18n::I18n;
use crate::inference::Cancel;
use crate::model::gguf::{self, ConvertError, ConvertProgress, ConvertRequest};
use crate::model::{FileSource, ModelError, embedded};
use crate::worker::load::EMBEDDED_NAME;
use crate::worker::prepare;

/// The line on the terminal is written anew so often.
const EVERY: Duration = Duration::from_millis(200);

/// Converts, and prints the file's name and, on a second line, the adapter's where that stands beside it.
pub(super) fn convert(args: &Convert, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    let (base, name) = source(&args.model, Role::Base, args.offline, i18n, cancel)?;
    let adapter = args.adapter.as_ref().map(|adapter| source(adapter, Role::Adapter, args.offline, i18n, cancel));
    let (adapter, adapter_name) = adapter.transpose()?.unzip();
    let request = ConvertRequest {
        base,
        adapter,
        adapter_mode: args.adapter_mode,
        quantization: args.form.into(),
        out: args.out.clone(),
        overwrite: args.force,
        name,
        adapter_name,
        licence: licence(&args.model),
    };
    let mut line = Line::new(i18n);
    let converted = gguf::convert(&request, &mut |progress| line.tell(progress), &|| cancel.is_cancelled());
    line.end();
    let converted = converted.map_err(|error| match error {
        ConvertError::Cancelled | ConvertError::Model(ModelError::Cancelled) => {
            writeln!(io::stderr(), "{}", i18n.tr("convert-kept")).ok();
            Failure::Interrupted
        }
        error => Failure::User(error.into()),
    })?;
    if converted.resumed > 0 {
        writeln!(io::stderr(), "{}", i18n.tr_args("convert-resumed", &[("tensors", converted.resumed.into())]))?;
    }
    let mut out = io::stdout().lock();
    for path in std::iter::once(&converted.path).chain(&converted.adapter) {
        writeln!(out, "{}", path.display())?;
    }
    Ok(out.flush()?)
}

/// The files of a model or an adapter and its name; what is in a repository is downloaded when it is not here.
fn source(
    name: &ModelName,
    role: Role,
    offline: bool,
    i18n: &I18n,
    cancel: &Cancel,
) -> Result<(FileSource, String), Failure> {
    let ModelName::At(location) = name else {
        return match role {
            Role::Adapter => Ok((embedded::adapter(), EMBEDDED_NAME.to_owned())),
            _ => Ok((embedded::base(), EMBEDDED_NAME.to_owned())),
        };
    };
    let folder = download::folder(location, role, offline, i18n, cancel)?;
    let shown = match location {
        ModelLocation::Folder { path } => files::name_of(path),
        ModelLocation::Repo { repo, .. } => repo.clone(),
    };
    Ok((FileSource::at(&folder).map_err(UserError::from)?, shown))
}

/// The licence that the catalogue knows.
fn licence(name: &ModelName) -> Option<String> {
    let ModelName::At(ModelLocation::Repo { repo, .. }) = name else { return None };
    prepare::licence(repo).map(str::to_owned)
}

/// How far it is, on one line of the terminal; nothing where standard error is no terminal.
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

    fn tell(&mut self, progress: ConvertProgress) {
        let now = Instant::now();
        let speed = self.speed.record(now, progress.bytes_done);
        if !self.terminal || self.shown_at.is_some_and(|at| now - at < EVERY) {
            return;
        }
        self.shown_at = Some(now);
        let percent = 100 * progress.bytes_done / progress.bytes_total.max(1);
        let left_s = (progress.bytes_total - progress.bytes_done) as f64 / speed.max(1.0);
        let left = format!("{}:{:02}", left_s as u64 / 60, left_s as u64 % 60);
        let words = [
            ("percent", percent.into()),
            ("done", self.i18n.bytes(progress.bytes_done).into()),
            ("total", self.i18n.bytes(progress.bytes_total).into()),
            ("speed", self.i18n.bytes(speed as u64).into()),
            ("left", left.into()),
        ];
        // Back to the line's beginning, and away with what is longer than the new text.
        write!(io::stderr(), "\r{}\u{1b}[K", self.i18n.tr_args("convert-running", &words)).ok();
    }

    fn end(&self) {
        if self.shown_at.is_some() {
            writeln!(io::stderr()).ok();
        }
    }
}
