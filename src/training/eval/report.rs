//! Everything that is measured of a model's answers to cases, with the intervals of one bootstrap.

use serde::Serialize;

use super::ambito::{AmbitoClassifier, HeldOut};
use super::chrf::ChrfCounts;
use super::invented::{Invention, inventions};
use super::loss::{Losses, TextLoss};
use super::metrics::{
    self, Bin, CLASSES, Forecast, Measure, Pair, accuracy, brier, calibration, calibration_error, confusion, likeliest,
    macro_f1, majority, mean,
};
use super::wording::{Learned, distinct};
use crate::domain::{Ambito, Finish, Outcome, Suggestion};
use crate::training::dataset::class_of;

/// A case that is measured, as a person wrote it.
#[derive(Debug, Clone, Copy)]
pub struct EvalCase<'a> {
    /// What happened.
    pub facts: &'a str,
    /// What was done.
    pub intervention: &'a str,
    /// What came of it.
    pub outcome: Outcome,
    /// Where the case says it.
    pub ambito: Option<Ambito>,
}

/// What suggestions are held against beside the case itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Against<'a> {
    /// What the model learned from, where that is known.
    pub learned: Option<&'a Learned>,
    /// Where there is one.
    pub classifier: Option<&'a AmbitoClassifier>,
}

/// Whether texts speak of the ámbito of their case. Where the case names none, it is that which the classifier reads in
/// the facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmbitoAgreement {
    /// The classifier reads the case's own ámbito in the facts; none where the case names none.
    pub facts: Option<bool>,
    /// The model's intervention.
    pub generated: bool,
    /// The person's.
    pub people: bool,
}

impl AmbitoAgreement {
    fn of(case: &EvalCase, intervention: &str, classifier: &AmbitoClassifier) -> Self {
        let read = classifier.classify(case.facts);
        let wanted = case.ambito.or(read);
        let agrees = |text: &str| wanted.is_some() && classifier.classify(text) == wanted;
        Self {
            facts: case.ambito.map(|ambito| read == Some(ambito)),
            generated: agrees(intervention),
            people: agrees(case.intervention),
        }
    }
}

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
    /// Whether interventions speak of the case's ámbito; none without a classifier.
    pub ambito: Option<AmbitoAgreement>,
    /// What the suggestion tells and the facts don't.
    pub invented: Vec<Invention>,
    /// The same of what the person wrote.
    pub invented_by_people: Vec<Invention>,
    /// Its intervention.
    pub intervention: String,
}

impl Answer {
    /// Holds a suggestion against what the person wrote.
    pub fn of(suggestion: Suggestion, loss: TextLoss, case: &EvalCase, against: Against) -> Self {
        let outcome = &suggestion.outcome;
        let probabilities = outcome.probabilities.map(|all| Outcome::ALL.map(|one| all.of(one)));
        let wrote = outcome.label.map(class_of);
        let kinds = |text: &str| inventions(text, case.facts).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
        let mut invented = kinds(&suggestion.intervention);
        invented.extend(kinds(&outcome.text));
        Self {
            loss,
            truth: class_of(case.outcome),
            said: wrote.or_else(|| probabilities.as_ref().map(|all| likeliest(all).0)),
            wrote: wrote.is_some(),
            probabilities,
            finished: suggestion.finish == Finish::EndOfText,
            chrf: ChrfCounts::of(&suggestion.intervention, case.intervention),
            copied: against.learned.map(|learned| learned.has_run_of(&suggestion.intervention)),
            ambito: against
                .classifier
                .map(|classifier| AmbitoAgreement::of(case, &suggestion.intervention, classifier)),
            invented,
            invented_by_people: kinds(case.intervention),
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

impl LossReport {
    /// Of texts, with the intervals that the draws give. None where no text has anything to foretell.
    pub fn of(texts: &[TextLoss], draws: &[Vec<usize>]) -> Option<Self> {
        let measure = |of: &dyn Fn(Losses) -> f64| {
            metrics::bootstrap(texts.len(), draws, |places| {
                let drawn: Vec<TextLoss> = places.map(|at| texts[at]).collect();
                Losses::of(&drawn).map(of)
            })
        };
        Some(Self {
            all: Losses::of(texts)?,
            by_token: measure(&|losses| losses.loss_by_token),
            by_sample: measure(&|losses| losses.loss_by_sample),
        })
    }
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
    /// Of the suggestions.
    pub invented: InventionReport,
    /// Of what people wrote.
    pub invented_by_people: InventionReport,
}

/// Shares of texts that tell what the facts don't; see [`inventions`].
#[derive(Debug, Clone, Copy, Serialize)]
pub struct InventionReport {
    /// With such a number in digits.
    pub numbers: Option<Measure>,
    /// With such a law.
    pub laws: Option<Measure>,
    /// With such an organisation.
    pub organisations: Option<Measure>,
    /// With such a name.
    pub names: Option<Measure>,
    /// With any of them.
    pub any: Option<Measure>,
}

/// How well a classifier reads cases that it had not learned from: no share of agreement can be expected above it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ClassifierReport {
    /// Cases from which it learned.
    pub cases: usize,
    /// Share of facts of which it tells the right ámbito.
    pub facts: Option<Measure>,
    /// Share of interventions of which it tells the right ámbito.
    pub interventions: Option<Measure>,
}

impl ClassifierReport {
    /// Of a [`cross_validate`](super::cross_validate), with `resamples` draws from `seed`.
    pub fn of(read: &[HeldOut], resamples: usize, seed: u64) -> Self {
        let draws = metrics::resamples(read.len(), resamples, seed);
        let share = |right: &dyn Fn(&HeldOut) -> bool| {
            metrics::bootstrap(read.len(), &draws, |places| mean(places.map(|at| f64::from(right(&read[at])))))
        };
        Self { cases: read.len(), facts: share(&|one| one.facts), interventions: share(&|one| one.intervention) }
    }
}

/// Whether interventions speak of the ámbito of the facts, as a classifier reads them.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct AmbitoReport {
    /// Cases that name their ámbito; for the others, it is that which the classifier reads in the facts.
    pub labelled: usize,
    /// Share of these whose facts the classifier reads rightly.
    pub facts: Option<Measure>,
    /// Share of the model's interventions that speak of it.
    pub generated: Option<Measure>,
    /// Share of people's interventions that do.
    pub people: Option<Measure>,
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
    /// Of their ámbitos; none without a classifier.
    pub ambito: Option<AmbitoReport>,
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
        let inventions = |of: &dyn Fn(&Answer) -> &Vec<Invention>| {
            let with = |kind: Invention| share(&|answer| Some(of(answer).contains(&kind)));
            InventionReport {
                numbers: with(Invention::Number),
                laws: with(Invention::Law),
                organisations: with(Invention::Organisation),
                names: with(Invention::Name),
                any: share(&|answer| Some(!of(answer).is_empty())),
            }
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
            invented: inventions(&|answer| &answer.invented),
            invented_by_people: inventions(&|answer| &answer.invented_by_people),
        };
        let agreements = || answers.iter().filter_map(|answer| answer.ambito);
        let ambito = agreements().next().map(|_| AmbitoReport {
            labelled: agreements().filter(|agreement| agreement.facts.is_some()).count(),
            facts: share(&|answer| answer.ambito?.facts),
            generated: share(&|answer| Some(answer.ambito?.generated)),
            people: share(&|answer| Some(answer.ambito?.people)),
        });
        let losses: Vec<TextLoss> = answers.iter().map(|answer| answer.loss).collect();
        let losses = LossReport::of(&losses, &draws);
        Self { cases: answers.len(), resamples, seed, losses, outcome, intervention, ambito }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PredictedOutcome, Probabilities, Provenance, Review, Timing};

    fn answer(label: Option<Outcome>, positivo: f64, case: &EvalCase, against: Against) -> Answer {
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
        Answer::of(suggestion, TextLoss { tokens: 3, loss: Some(1.0) }, case, against)
    }

    fn case(outcome: Outcome) -> EvalCase<'static> {
        EvalCase { facts: "El 4 de mayo", intervention: "Se llamó.", outcome, ambito: None }
    }

    #[test]
    fn where_no_outcome_was_written_the_likeliest_counts() {
        let answers = [
            answer(Some(Outcome::Negativo), 0.9, &case(Outcome::Negativo), Against::default()),
            answer(None, 0.8, &case(Outcome::Positivo), Against::default()),
            answer(None, 0.8, &case(Outcome::Neutro), Against::default()),
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
        assert!(report.intervention.invented.any.unwrap().value.abs() < 1e-12 && report.ambito.is_none());
    }

    #[test]
    fn inventions_are_counted_by_kind_for_the_model_and_for_people() {
        let known = case(Outcome::Neutro);
        let other = EvalCase { facts: "Ayer", intervention: "Se llamó a la OMIC y a Carmen.", ..known };
        let answers = [known, other].map(|case| answer(None, 0.8, &case, Against::default()));
        let intervention = Report::of(&answers, 200, 1).intervention;
        let values = |of: InventionReport| {
            let kinds = [of.numbers, of.laws, of.organisations, of.names, of.any];
            kinds.map(|measure| (100.0 * measure.unwrap().value) as u32)
        };
        assert_eq!(values(intervention.invented), [50, 0, 0, 0, 50]);
        assert_eq!(values(intervention.invented_by_people), [0, 0, 50, 0, 50]);
    }

    #[test]
    fn the_ambito_is_the_case_s_or_else_that_of_its_facts() {
        let learned = [(Ambito::Salud, "médica llamó"), (Ambito::Vivienda, "piso alquiler")].map(|(ambito, text)| {
            super::super::LabelledCase { ambito, facts: text.to_owned(), intervention: String::new() }
        });
        let classifier = AmbitoClassifier::learn(&learned).unwrap();
        let against = Against { classifier: Some(&classifier), learned: None };
        // The suggestion is «Se llamó el 4 de mayo.»
        let mut cases = [case(Outcome::Neutro); 3];
        (cases[0].facts, cases[0].intervention) = ("La médica", "El piso");
        (cases[1].facts, cases[1].ambito) = ("La médica", Some(Ambito::Vivienda));
        (cases[2].facts, cases[2].ambito) = ("El piso", Some(Ambito::Vivienda));
        let answers = cases.map(|case| answer(None, 0.8, &case, against));
        let report = Report::of(&answers, 200, 1).ambito.unwrap();
        let thirds = |measure: Option<Measure>| 3.0 * measure.unwrap().value;
        assert_eq!(report.labelled, 2);
        assert!((report.facts.unwrap().value - 0.5).abs() < 1e-12);
        assert!((thirds(report.generated) - 1.0).abs() < 1e-12 && thirds(report.people).abs() < 1e-12);
    }

    #[test]
    fn no_answers_give_an_empty_report() {
        let report = Report::of(&[], 10, 1);
        assert!(report.losses.is_none() && report.outcome.accuracy.is_none() && report.intervention.chrf.is_none());
    }
}
