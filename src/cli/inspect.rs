//! `pag-bert inspect`: what is in a GGUF file, whoever wrote it.

use std::io::{self, Write};

use serde_json::json;

use super::Failure;
use super::args::Inspect;
use crate::error::UserError;
use crate::i18n::I18n;
use crate::model::gguf::{self, Inspection, Value};

/// A longer text is shown by its beginning.
const SHOWN: usize = 100;

pub(super) fn inspect(args: &Inspect, i18n: &I18n) -> Result<(), Failure> {
    let found = gguf::inspect(&args.file, args.check).map_err(UserError::from)?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", as_json(&found))?;
    } else {
        text(&found, i18n, &mut out)?;
    }
    out.flush()?;
    match found.tensors.iter().find(|tensor| tensor.whole == Some(false)) {
        None => Ok(()),
        Some(tensor) => {
            let error = UserError::new("error-model-tensor-damaged").with("file", &found.name);
            Err(error.with("name", &tensor.name).into())
        }
    }
}

fn text(found: &Inspection, i18n: &I18n, out: &mut impl Write) -> io::Result<()> {
    let own = i18n.tr(if found.own { "inspect-own" } else { "inspect-foreign" });
    writeln!(out, "{} · {} · {own}", found.name, i18n.bytes(found.bytes))?;
    writeln!(out)?;
    for (key, value) in &found.metadata {
        writeln!(out, "{key} = {}", shown(value))?;
    }
    writeln!(out)?;
    for tensor in &found.tensors {
        let shape: Vec<String> = tensor.shape.iter().map(ToString::to_string).collect();
        let whole = match tensor.whole {
            None => String::new(),
            Some(whole) => format!("  {}", i18n.tr(if whole { "inspect-whole" } else { "inspect-damaged" })),
        };
        let bytes = tensor.bytes.map(|bytes| i18n.bytes(bytes)).unwrap_or_default();
        writeln!(out, "{:40} {:8} {:>16} {bytes:>10}{whole}", tensor.name, tensor.kind, shape.join(" × "))?;
    }
    Ok(())
}

/// One line, whatever a foreign file holds.
fn shown(value: &Value) -> String {
    match value {
        Value::Unsigned(value) => value.to_string(),
        Value::Signed(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Text(text) => {
            let line: String = text.chars().take(SHOWN).collect::<String>().escape_debug().collect();
            if text.chars().nth(SHOWN).is_some() { format!("{line}… ({} B)", text.len()) } else { line }
        }
        Value::Numbers(numbers) => format!("[{}]", numbers.len()),
        Value::Array(count) => format!("[{count}]"),
    }
}

fn as_json(found: &Inspection) -> serde_json::Value {
    let metadata: serde_json::Map<String, serde_json::Value> = found
        .metadata
        .iter()
        .map(|(key, value)| {
            let value = match value {
                Value::Unsigned(value) => json!(value),
                Value::Signed(value) => json!(value),
                Value::Float(value) => json!(value),
                Value::Bool(value) => json!(value),
                Value::Text(text) => json!(text),
                Value::Numbers(numbers) => json!(numbers),
                Value::Array(count) => json!({ "elements": count }),
            };
            (key.clone(), value)
        })
        .collect();
    let tensors: Vec<_> = found
        .tensors
        .iter()
        .map(|tensor| {
            json!({ "name": tensor.name, "type": tensor.kind, "shape": tensor.shape, "bytes": tensor.bytes,
                "whole": tensor.whole })
        })
        .collect();
    json!({ "file": found.name, "bytes": found.bytes, "own": found.own, "metadata": metadata, "tensors": tensors })
}
