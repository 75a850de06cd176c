//! `run.md` and `curves.svg`: what was trained, on what, how, and what it took.

use std::fmt::Write;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::TrainError;
use super::checkpoint::State;
use super::energy::{co2_kg, kwh};
use super::folder::{CARD, Folder, read};
use super::prepare::BaseFacts;
use super::run::TrainJob;
use super::svg::{Curve, Words, curves};
use crate::i18n::I18n;

/// All that the card tells.
pub(crate) struct Facts<'a> {
    pub(crate) job: &'a TrainJob,
    pub(crate) state: &'a State,
    pub(crate) base: &'a BaseFacts,
    pub(crate) early: bool,
    /// Numbers that were trained.
    pub(crate) parameters: usize,
}

/// Writes both files. The card is the last of a run: a folder that has one is finished.
pub(crate) fn write(folder: &Folder, facts: &Facts, i18n: &I18n) -> Result<(), TrainError> {
    let words = Words {
        title: i18n.tr("train-card-curves"),
        training: i18n.tr("train-card-training"),
        validation: i18n.tr("train-card-validation"),
        step: i18n.tr("train-card-step"),
    };
    let lines = read(&folder.path);
    let svg = curves(&points(&lines, "loss"), &points(&lines, "validation_loss"), &words);
    folder.put("curves.svg", svg.as_bytes())?;
    folder.put(CARD, text(facts, &lines, i18n).as_bytes())
}

fn points(lines: &[Value], field: &str) -> Curve {
    lines.iter().filter_map(|line| line["step"].as_f64().zip(line[field].as_f64())).collect()
}

/// One digest over the loss of every step: the same recipe on the same data gives the same.
fn losses_digest(lines: &[Value]) -> String {
    let mut hash = Sha256::new();
    for (step, loss) in points(lines, "loss") {
        hash.update(step.to_le_bytes());
        hash.update(loss.to_le_bytes());
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}

/// Where the steps were made: a run may have gone on on another device.
fn devices(lines: &[Value], last: &str) -> String {
    let mut all: Vec<&str> = Vec::new();
    for name in lines.iter().filter_map(|line| line["device"].as_str()).chain([last]) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all.join(", ")
}

fn text(facts: &Facts, lines: &[Value], i18n: &I18n) -> String {
    let Facts { job, state, base, early, parameters } = facts;
    let recipe = &job.recipe;
    let hours = state.seconds / 3600.0;
    let loss = |loss: f64| format!("{loss:.4} (perplexity {:.2})", loss.exp());
    let mut rows: Vec<(&str, String)> = vec![
        ("train-card-base", format!("{} (SHA-256 {})", job.base_name, digest(&base.digest))),
        ("train-card-base-size", base.parameters.to_string()),
        ("train-card-trained", parameters.to_string()),
        ("train-card-samples", format!("{} / {}", job.data.train.len(), job.data.validation.len())),
    ];
    rows.extend(job.data.files.iter().map(|(name, sha)| ("train-card-file", format!("{name} (SHA-256 {sha})"))));
    rows.push(("train-card-steps", format!("{} / {}", state.step, recipe.steps)));
    if *early {
        rows.push(("train-card-early", recipe.patience.to_string()));
    }
    rows.push(("train-card-tokens", state.tokens.to_string()));
    rows.extend(state.loss.map(|value| ("train-card-training", loss(value))));
    rows.push(("train-card-losses", losses_digest(lines)));
    rows.extend(state.base_loss.map(|value| ("train-card-base-loss", loss(value))));
    rows.extend(state.best.map(|(step, value)| ("train-card-best", format!("{}; step {step}", loss(value)))));
    let devices = devices(lines, &base.device);
    rows.push(("train-card-hardware", format!("{devices}, {}, {} threads", std::env::consts::ARCH, job.threads)));
    rows.push(("train-card-hours", format!("{hours:.3}")));
    rows.push(match state.joules {
        Some(joules) => {
            ("train-card-energy-measured", format!("{:.5} kWh ({})", kwh(joules), state.meters.join(" + ")))
        }
        None => ("train-card-energy-stated", format!("{:.5} kWh", recipe.watts * hours / 1000.0)),
    });
    let co2 = match state.joules {
        Some(joules) => kwh(joules) * recipe.kg_co2_per_kwh,
        None => co2_kg(recipe.watts, hours, recipe.kg_co2_per_kwh),
    };
    rows.push(("train-card-co2", format!("{co2:.5} kg ({} kg/kWh)", recipe.kg_co2_per_kwh)));

    let mut card = format!("# {}\n\n", i18n.tr("train-card-title"));
    for (name, value) in rows {
        writeln!(card, "- {}: {value}", i18n.tr(name)).ok();
    }
    if job.data.sentiment_labels {
        write!(card, "\n{}\n", i18n.tr("train-card-sentiment")).ok();
    }
    write!(card, "\n![{}](curves.svg)\n\n", i18n.tr("train-card-curves")).ok();
    write!(card, "## {}\n\n```toml\n{}```\n", i18n.tr("train-card-recipe"), recipe.to_toml()).ok();
    card
}

/// A model that began with random numbers has none.
fn digest(digest: &str) -> &str {
    if digest.is_empty() { "—" } else { digest }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_device_that_steps_were_made_on_is_named_once() {
        let line = |device: &str| json!({ "step": 1, "device": device });
        let lines = [line("CPU"), line("CPU"), json!({ "step": 1, "validation_loss": 2.0 }), line("CUDA 0")];
        assert_eq!(devices(&lines, "CUDA 0"), "CPU, CUDA 0");
        assert_eq!(devices(&[], "Metal"), "Metal");
    }
}
