//! `pag-bert search`: finds cases in a vault.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::Failure;
use super::secret::SecretArgs;
use crate::domain::{AMBITOS, CaseStatus, Outcome, TIPOS, provincia_named};
use crate::error::UserError;
use crate::i18n::I18n;
use crate::vault::{Filters, Hit, OpenOptions, Query};

/// `pag-bert search`
#[derive(Debug, Args)]
pub struct Search {
    /// The vault's folder.
    #[arg(long, value_name = "DIR")]
    pub vault: PathBuf,
    /// What is searched.
    #[arg(value_name = "Q", default_value = "")]
    pub query: String,
    /// What narrows it.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// At most so many.
    #[arg(long, value_name = "N", default_value = "50")]
    pub limit: usize,
    /// So many are passed over.
    #[arg(long, value_name = "N", default_value = "0")]
    pub offset: usize,
    /// What opens it.
    #[command(flatten)]
    pub secret: SecretArgs,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

/// What narrows a search, as people write it.
#[derive(Debug, Default, Args)]
pub struct FilterArgs {
    /// Facts from this day on.
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Facts up to this day.
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    /// Provincia.
    #[arg(long, value_name = "NAME")]
    pub provincia: Option<String>,
    /// Ámbito.
    #[arg(long, value_name = "NAME")]
    pub ambito: Option<String>,
    /// Tipo.
    #[arg(long, value_name = "NAME")]
    pub tipo: Option<String>,
    /// What came of it.
    #[arg(long, value_name = "NAME")]
    pub resultado: Option<String>,
    /// How far it has come.
    #[arg(long, value_name = "NAME")]
    pub estado: Option<String>,
    /// The bin instead.
    #[arg(long)]
    pub bin: bool,
}

impl FilterArgs {
    /// The filters, or which word is none.
    pub(super) fn filters(&self) -> Result<Filters, UserError> {
        let date = |typed: &String| crate::clock::parse_date(typed);
        Ok(Filters {
            from: read(self.from.as_ref(), date)?,
            to: read(self.to.as_ref(), date)?,
            provincia: read(self.provincia.as_ref(), |name| provincia_named(name).map(str::to_owned))?,
            ambito: read(self.ambito.as_ref(), |name| AMBITOS.iter().copied().find(|one| same(one.label(), name)))?,
            tipo: read(self.tipo.as_ref(), |name| TIPOS.iter().copied().find(|one| same(one.label(), name)))?,
            resultado: read(self.resultado.as_ref(), |name| {
                Outcome::ALL.into_iter().find(|one| same(one.word(), name))
            })?,
            status: read(self.estado.as_ref(), |name| match name.to_lowercase().as_str() {
                "borrador" => Some(CaseStatus::Draft),
                "aceptado" => Some(CaseStatus::Accepted),
                "cerrado" => Some(CaseStatus::Closed),
                _ => None,
            })?,
            bin: self.bin,
        })
    }
}

fn same(label: &str, typed: &str) -> bool {
    label.to_lowercase() == typed.trim().to_lowercase()
}

fn read<T>(typed: Option<&String>, known: impl Fn(&String) -> Option<T>) -> Result<Option<T>, UserError> {
    let Some(typed) = typed else { return Ok(None) };
    known(typed).map(Some).ok_or_else(|| UserError::new("error-cli-filter").with("value", typed))
}

pub(super) fn search(args: &Search, i18n: &I18n) -> Result<(), Failure> {
    let filters = args.filter.filters()?;
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let vault = super::vault::open(&args.vault, &args.secret, options, i18n)?;
    let query = Query { text: args.query.clone(), typing: false, filters, offset: args.offset, limit: args.limit };
    let page = vault.list(&query).map_err(UserError::from)?;
    let mut out = io::stdout().lock();
    if args.json {
        let hits: Vec<_> = page.hits.iter().map(as_json).collect();
        writeln!(out, "{}", json!({ "total": page.total, "cases": hits }))?;
        return Ok(out.flush()?);
    }
    for hit in &page.hits {
        let row = &hit.row;
        let fields = [
            row.number.as_str(),
            &crate::clock::date_for_people(&row.fecha),
            row.provincia.as_deref().unwrap_or_default(),
            row.ambito.as_deref().unwrap_or_default(),
            row.tipo.as_deref().unwrap_or_default(),
        ]
        .into_iter()
        .filter(|field| !field.is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
        let text = hit.excerpt.as_ref().map_or(row.start.as_str(), |excerpt| &excerpt.text);
        writeln!(out, "{fields}\n    {text}")?;
    }
    let values = [("total", i18n.number(page.total).into()), ("shown", i18n.number(page.hits.len() as u64).into())];
    writeln!(out, "{}", i18n.tr_args("cli-search-total", &values))?;
    Ok(out.flush()?)
}

fn as_json(hit: &Hit) -> serde_json::Value {
    let row = &hit.row;
    json!({
        "id": row.id,
        "number": row.number,
        "fecha": row.fecha,
        "provincia": row.provincia,
        "ambito": row.ambito,
        "tipo": row.tipo,
        "status": row.status,
        "resultado": row.resultado.map(Outcome::word),
        "modified_at": row.modified_at,
        "revision": row.revision,
        "binned_at": row.binned_at,
        "start": row.start,
        "excerpt": hit.excerpt.as_ref().map(|excerpt| json!({ "text": excerpt.text, "marked": excerpt.marked })),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Ambito, Tipo};

    #[test]
    fn filters_are_read_as_people_write_them() {
        let text = |text: &str| Some(text.to_owned());
        let args = FilterArgs {
            from: text("3/11/2019"),
            to: text("2020-01-31"),
            provincia: text("ávila"),
            ambito: text("EMPLEO"),
            tipo: text("discurso de odio"),
            resultado: text("Negativo"),
            estado: text("cerrado"),
            bin: true,
        };
        let filters = args.filters().unwrap();
        assert_eq!((filters.from.as_deref(), filters.to.as_deref()), (Some("2019-11-03"), Some("2020-01-31")));
        assert_eq!(filters.provincia.as_deref(), Some("Ávila"));
        assert_eq!((filters.ambito, filters.tipo), (Some(Ambito::Empleo), Some(Tipo::Odio)));
        assert_eq!((filters.resultado, filters.status), (Some(Outcome::Negativo), Some(CaseStatus::Closed)));
        assert!(filters.bin);
        let wrong = FilterArgs { ambito: text("Casa"), ..FilterArgs::default() };
        assert_eq!(wrong.filters().unwrap_err().args(), [("value", "Casa".to_owned())]);
    }
}
