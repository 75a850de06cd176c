//! Everything that is measured of a model's answers to cases, with the intervals of one bootstrap.

use serde::Serialize;

use super::chrf::ChrfCounts;
use super::loss::{Losses, TextLoss};
use super::metrics::{
    self, Bin, CLASSES, Forecast, Measure, Pair, accuracy, brier, calibration, calibration_error, confusion, likeliest,
    macro_f1, majority, mean,
};
use super::wording::{Learned, distinct, new_numbers};
use crate::domain::{Finish, Outcome, Suggestion};
use crate::training::dataset::class_of;

/// What a model gave for one case.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Of the case as a whole, as training reads it.
    pub loss: TextLoss,
    /// The outcome that the case had.
    pub truth: usize,
    /// The outcome that the model wrote; where it wrote none of the three, the likeliest.
    pub said: Option<usize>,
    /// Whether it wrote one of the three.
    pub wrote: bool,
    /// How likely it holds each.
    pub probabilities: Option<[f64; CLASSES]>,
    /// It ended by itself, not at a limit.
    pub finished: bool,
    /// Of its intervention and the person's.
    pub chrf: ChrfCounts,
    /// It has a run of words that was learned; none where what was learned is not known.
    pub copied: Option<bool>,
    /// It has a number that the facts don't have.
    pub new_number: bool,
    /// Its intervention.
    pub intervention: String,
}

impl Answer {
    /// Holds a suggestion against what the person wrote.
    pub fn of(
        suggestion: Suggestion,
        loss: TextLoss,
        truth: Outcome,
        facts: &str,
        intervention: &str,
        learned: Option<&Learned>,
    ) -> Self {
        let outcome = &suggestion.outcome;
        let probabilities = outcome.probabilities.map(|all| Outcome::ALL.map(|one| all.of(one)));
        let wrote = outcome.label.map(class_of);
        Self {
            loss,
            truth: class_of(truth),
            said: wrote.or_else(|| probabilities.as_ref().map(|all| likeliest(all).0)),
            wrote: wrote.is_some(),
            probabilities,
            finished: suggestion.finish == Finish::EndOfText,
            chrf: ChrfCounts::of(&suggestion.intervention, intervention),
            copied: learned.map(|learned| learned.has_run_of(&suggestion.intervention)),
            new_number: [&suggestion.intervention, &outcome.text]
                .iter()
                .any(|text| !new_numbers(text, facts).is_empty()),
            intervention: suggestion.intervention,
        }
    }
}

/// The losses with their intervals.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct LossReport {
    /// As of texts.
    #[serde(flatten)]
    pub all: Losses,
    /// Interval of [`Losses::loss_by_token`].
    pub by_token: Option<Measure>,
    /// Interval of [`Losses::loss_by_sample`].
    pub by_sample: Option<Measure>,
}

/// The outcomes.
#[derive(Debug, Clone, Serialize)]
pub struct OutcomeReport {
    /// The names of the classes, in the order of every list of them.
    pub classes: [&'static str; CLASSES],
    /// `[truth][said]`.
    pub confusion: [[usize; CLASSES]; CLASSES],
    /// Cases in which the model wrote one of the three; for the others the likeliest counts.
    pub wrote: usize,
    /// Cases in which there was nothing of either, as where the window is full before; they count as wrong, and are not
    /// in the table.
    pub unanswered: usize,
    /// Share of right ones.
    pub accuracy: Option<Measure>,
    /// Of whoever always says the most frequent.
    pub majority: Option<f64>,
    /// See [`macro_f1`].
    pub macro_f1: Option<Measure>,
    /// See [`brier`].
    pub brier: Option<Measure>,
    /// See [`calibration_error`].
    pub calibration_error: Option<Measure>,
    /// See [`calibration`].
    pub calibration: [Bin; metrics::BINS],
}

/// The interventions.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct InterventionReport {
    /// chrF over all, 0 to 100.
    pub chrf: Option<Measure>,
    /// Share that ended by itself.
    pub finished: Option<Measure>,
    /// Share with a run of words that was learned; none where what was learned is not known.
    pub copied: Option<Measure>,
    /// Share of different texts. Drawing cases twice would make it smaller, so there is no interval.
    pub distinct: Option<f64>,
    /// Share of suggestions with a number that the facts don't have.
    pub new_numbers: Option<Measure>,
}

/// All of it.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// How many cases were measured.
    pub cases: usize,
    /// Draws of the bootstrap.
    pub resamples: usize,
    /// Of the draws.
    pub seed: u64,
    /// Of the texts as training reads them.
    pub losses: Option<LossReport>,
    /// Of the outcomes.
    pub outcome: OutcomeReport,
    /// Of the interventions.
    pub intervention: InterventionReport,
}

impl Report {
    /// Of all answers; `resamples` draws from `seed` give the intervals.
    pub fn of(answers: &[Answer], resamples: usize, seed: u64) -> Self {
        let draws = metrics::resamples(answers.len(), resamples, seed);
        let measure = |of: &dyn Fn(&mut dyn Iterator<Item = &Answer>) -> Option<f64>| {
            metrics::bootstrap(answers.len(), &draws, |places| of(&mut places.map(|at| &answers[at])))
        };
        let share = |of: &dyn Fn(&Answer) -> Option<bool>| {
            measure(&|drawn| mean(drawn.filter_map(|answer| of(answer).map(f64::from))))
        };
        let pairs = |drawn: &mut dyn Iterator<Item = &Answer>| -> Vec<Pair> {
            drawn.map(|answer| (answer.truth, answer.said)).collect()
        };
        let forecasts = |drawn: &mut dyn Iterator<Item = &Answer>| -> Vec<Forecast> {
            drawn.filter_map(|answer| Some((answer.truth, answer.probabilities?))).collect()
        };
        let losses = |drawn: &mut dyn Iterator<Item = &Answer>| {
            let losses: Vec<TextLoss> = drawn.map(|answer| answer.loss).collect();
            Losses::of(&losses)
        };
        let all_pairs = pairs(&mut answers.iter());
        let outcome = OutcomeReport {
            classes: Outcome::ALL.map(Outcome::word),
            confusion: confusion(&all_pairs),
            wrote: answers.iter().filter(|answer| answer.wrote).count(),
            unanswered: answers.iter().filter(|answer| answer.said.is_none()).count(),
            accuracy: measure(&|drawn| accuracy(&pairs(drawn))),
            majority: majority(&all_pairs),
            macro_f1: measure(&|drawn| macro_f1(&pairs(drawn))),
            brier: measure(&|drawn| brier(&forecasts(drawn))),
            calibration_error: measure(&|drawn| calibration_error(&calibration(&forecasts(drawn)))),
            calibration: calibration(&forecasts(&mut answers.iter())),
        };
        let intervention = InterventionReport {
            chrf: measure(&|drawn| {
                let mut counts = ChrfCounts::default();
                drawn.for_each(|answer| counts += &answer.chrf);
                Some(counts.score())
            }),
            finished: share(&|answer| Some(answer.finished)),
            copied: share(&|answer| answer.copied),
            distinct: distinct(answers.iter().map(|answer| answer.intervention.as_str())),
            new_numbers: share(&|answer| Some(answer.new_number)),
        };
        let losses = losses(&mut answers.iter()).map(|all| LossReport {
            all,
            by_token: measure(&|drawn| losses(drawn).map(|losses| losses.loss_by_token)),
            by_sample: measure(&|drawn| losses(drawn).map(|losses| losses.loss_by_sample)),
        });
        Self { cases: answers.len(), resamples, seed, losses, outcome, intervention }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PredictedOutcome, Probabilities, Provenance, Review, Timing};

    fn answer(label: Option<Outcome>, positivo: f64, truth: Outcome, learned: Option<&Learned>) -> Answer {
        let rest = (1.0 - positivo) / 2.0;
        let probabilities = Some(Probabilities { positivo, neutro: rest, negativo: rest });
        let suggestion = Suggestion {
            intervention: "Se llamó el 4 de mayo.".to_owned(),
            outcome: PredictedOutcome { label, probabilities, ..PredictedOutcome::default() },
            raw_text: String::new(),
            token_ids: Vec::new(),
            prompt_tokens: 0,
            finish: Finish::EndOfText,
            timing: Timing::default(),
            provenance: Provenance::default(),
            review: Review::default(),
        };
        Answer::of(suggestion, TextLoss { tokens: 3, loss: Some(1.0) }, truth, "El 4 de mayo", "Se llamó.", learned)
    }

    #[test]
    fn where_no_outcome_was_written_the_likeliest_counts() {
        let answers = [
            answer(Some(Outcome::Negativo), 0.9, Outcome::Negativo, None),
            answer(None, 0.8, Outcome::Positivo, None),
            answer(None, 0.8, Outcome::Neutro, None),
        ];
        let report = Report::of(&answers, 200, 1);
        assert_eq!(report.outcome.confusion, [[1, 0, 0], [1, 0, 0], [0, 0, 1]]);
        assert_eq!((report.outcome.wrote, report.cases), (1, 3));
        let accuracy = report.outcome.accuracy.unwrap();
        assert!((accuracy.value - 2.0 / 3.0).abs() < 1e-12 && accuracy.low < accuracy.value);
        assert!(accuracy.high > accuracy.value);
        // Calibration is of the probabilities, whatever was written: one of three is right at 0.83 on the mean.
        assert!((report.outcome.calibration_error.unwrap().value - (2.5 - 1.0) / 3.0).abs() < 1e-9);
        assert!((report.intervention.distinct.unwrap() - 1.0 / 3.0).abs() < 1e-12);
        assert!(report.intervention.copied.is_none() && report.losses.is_some());
        assert!(report.intervention.new_numbers.unwrap().value.abs() < 1e-12);
    }

    #[test]
    fn no_answers_give_an_empty_report() {
        let report = Report::of(&[], 10, 1);
        assert!(report.losses.is_none() && report.outcome.accuracy.is_none() && report.intervention.chrf.is_none());
    }
}
