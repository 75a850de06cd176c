//! `pag-bert convert`: a model packed into one file, for this computer and the next ones.

use std::io::{self, Write};

use super::args::{Convert, ModelName};
use super::progress_line::ProgressLine;
use super::{Failure, download};
use crate::config::ModelLocation;
use crate::hub::Role;
use crate::i18n::I18n;
use crate::inference::Cancel;
use crate::model::gguf::{self, ConvertProgress, ConvertRequest};
use crate::worker::prepare;

/// Converts, and prints the file's name and, on a second line, the adapter's where that stands beside it.
pub(super) fn convert(args: &Convert, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    let (base, name) = download::model(&args.model, Role::Base, args.offline, i18n, cancel)?;
    let adapter =
        args.adapter.as_ref().map(|adapter| download::model(adapter, Role::Adapter, args.offline, i18n, cancel));
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
    let mut line = ProgressLine::new(i18n);
    let converted = gguf::convert(&request, &mut |progress| tell(&mut line, progress), &|| cancel.is_cancelled());
    line.end();
    let converted = converted.map_err(|error| {
        let failure = Failure::from(error);
        if matches!(failure, Failure::Interrupted) {
            writeln!(io::stderr(), "{}", i18n.tr("convert-kept")).ok();
        }
        failure
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

/// The licence that the catalogue knows.
fn licence(name: &ModelName) -> Option<String> {
    let ModelName::At(ModelLocation::Repo { repo, .. }) = name else { return None };
    prepare::licence(repo).map(str::to_owned)
}

fn tell(line: &mut ProgressLine<'_>, ConvertProgress { bytes_done, bytes_total, .. }: ConvertProgress) {
    line.tell("convert-running", (bytes_done, bytes_total), |speed| {
        let left_s = (bytes_total - bytes_done) as f64 / speed.max(1.0);
        let left = format!("{}:{:02}", left_s as u64 / 60, left_s as u64 % 60);
        [("percent", (100 * bytes_done / bytes_total.max(1)).into()), ("left", left.into())]
    });
}
