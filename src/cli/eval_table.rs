//! What `pag-bert eval` found, as a table for people.

use std::fmt::Write;

use crate::i18n::I18n;
use crate::training::eval::metrics::Measure;
use crate::training::eval::{ClassifierReport, LossReport, Report};

/// A line of the table.
#[derive(Default)]
struct Line {
    name: String,
    value: String,
    interval: String,
    /// The same measure of what people wrote.
    people: String,
}

/// How a measure is written.
type Format<'a> = &'a dyn Fn(f64) -> String;

/// Makes lines in a person's language.
struct Lines<'a>(&'a I18n);

impl Lines<'_> {
    fn percent(&self, value: f64) -> String {
        format!("{} %", self.0.decimal(100.0 * value, 1))
    }

    fn of(&self, id: &str, measure: Option<Measure>, format: Format) -> Option<Line> {
        let Measure { value, low, high } = measure?;
        let interval = format!("{} – {}", format(low), format(high));
        Some(Line { name: self.0.tr(id), value: format(value), interval, ..Line::default() })
    }

    fn share(&self, id: &str, measure: Option<Measure>) -> Option<Line> {
        self.of(id, measure, &|value| self.percent(value))
    }

    /// With what people reach beside it.
    fn beside(&self, id: &str, measure: Option<Measure>, people: Option<Measure>) -> Option<Line> {
        let people = people.map_or_else(String::new, |measure| self.percent(measure.value));
        Some(Line { people, ..self.share(id, measure)? })
    }

    /// Without an interval.
    fn alone(&self, id: &str, value: Option<f64>) -> Option<Line> {
        value.map(|value| Line { name: self.0.tr(id), value: self.percent(value), ..Line::default() })
    }

    fn losses(&self, losses: &LossReport) -> [Option<Line>; 4] {
        let exp = |measure: Option<Measure>| {
            measure.map(|of| Measure { value: of.value.exp(), low: of.low.exp(), high: of.high.exp() })
        };
        let (loss, perplexity) = (|value: f64| self.0.decimal(value, 3), |value: f64| self.0.decimal(value, 2));
        [
            self.of("eval-loss-token", losses.by_token, &loss),
            self.of("eval-perplexity-token", exp(losses.by_token), &perplexity),
            self.of("eval-loss-sample", losses.by_sample, &loss),
            self.of("eval-perplexity-sample", exp(losses.by_sample), &perplexity),
        ]
    }

    fn head(&self, people: bool) -> Line {
        Line {
            name: self.0.tr("eval-measure"),
            value: self.0.tr("eval-value"),
            interval: self.0.tr("eval-interval"),
            people: if people { self.0.tr("eval-people") } else { String::new() },
        }
    }
}

/// The lines below each other, in columns.
fn aligned(lines: &[Line]) -> String {
    let width = |of: fn(&Line) -> &str| lines.iter().map(|line| of(line).chars().count()).max().unwrap_or(0);
    let (names, values) = (width(|line| &line.name), width(|line| &line.value));
    let (intervals, people) = (width(|line| &line.interval), width(|line| &line.people));
    let mut text = String::new();
    for line in lines {
        let Line { name, value, interval, people: of_people } = line;
        let line = format!("{name:<names$}  {value:>values$}  {interval:<intervals$}  {of_people:>people$}");
        writeln!(text, "{}", line.trim_end()).ok();
    }
    text
}

/// Losses of texts.
pub(super) fn losses(losses: &LossReport, i18n: &I18n) -> String {
    let lines = Lines(i18n);
    let found: Vec<Line> = [Some(lines.head(false))].into_iter().chain(lines.losses(losses)).flatten().collect();
    aligned(&found)
}

/// Everything that was found of a model's answers.
pub(super) fn table(report: &Report, classifier: Option<&ClassifierReport>, i18n: &I18n) -> String {
    let lines = Lines(i18n);
    let places = |value: f64| i18n.decimal(value, 3);
    let (outcome, intervention) = (&report.outcome, &report.intervention);
    let (ours, theirs) = (&intervention.invented, &intervention.invented_by_people);
    let mut found = vec![Some(lines.head(true))];
    found.extend(report.losses.iter().flat_map(|losses| lines.losses(losses)));
    found.extend([
        lines.share("eval-accuracy", outcome.accuracy),
        lines.alone("eval-majority", outcome.majority),
        lines.alone("eval-wrote", Some(outcome.wrote as f64 / report.cases.max(1) as f64)),
        lines.of("eval-macro-f1", outcome.macro_f1, &places),
        lines.of("eval-brier", outcome.brier, &places),
        lines.share("eval-calibration", outcome.calibration_error),
        lines.of("eval-chrf", intervention.chrf, &|value| i18n.decimal(value, 1)),
        lines.share("eval-finished", intervention.finished),
        lines.share("eval-copied", intervention.copied),
        lines.alone("eval-distinct", intervention.distinct),
    ]);
    if let Some(ambito) = &report.ambito {
        found.push(lines.beside("eval-ambito", ambito.generated, ambito.people));
        found.push(lines.share("eval-ambito-facts", ambito.facts));
    }
    found.extend([
        lines.beside("eval-new-numbers", ours.numbers, theirs.numbers),
        lines.beside("eval-new-laws", ours.laws, theirs.laws),
        lines.beside("eval-new-organisations", ours.organisations, theirs.organisations),
        lines.beside("eval-new-names", ours.names, theirs.names),
        lines.beside("eval-new-any", ours.any, theirs.any),
    ]);
    let mut text = aligned(&found.into_iter().flatten().collect::<Vec<_>>());
    if let Some(ClassifierReport { cases, facts: Some(facts), interventions: Some(interventions) }) = classifier {
        let words = [
            ("cases", i18n.number(*cases as u64).into()),
            ("facts", lines.percent(facts.value).into()),
            ("interventions", lines.percent(interventions.value).into()),
        ];
        writeln!(text, "\n{}", i18n.tr_args("eval-classifier", &words)).ok();
    }
    writeln!(text, "\n{}", i18n.tr("eval-confusion")).ok();
    writeln!(text, "{:<10}{}", "", outcome.classes.map(|name| format!("{name:>10}")).concat()).ok();
    for (name, row) in outcome.classes.iter().zip(&outcome.confusion) {
        writeln!(text, "{name:<10}{}", row.map(|count| format!("{:>10}", i18n.number(count as u64))).concat()).ok();
    }
    text
}
