//! Suggestions: asked for, streamed, stopped, used, thrown away.

use pag_bert::app::{Effect, tick};
use pag_bert::config::Settings;
use pag_bert::domain::{CaseStatus, Finish, Sampling, Suggestion};
use pag_bert::inference::Section;
use pag_bert::ui::action::Action;
use pag_bert::ui::state::JobPhase;
use pag_bert::worker::protocol::{InferenceCommand, InferenceEvent, JobId};

use crate::bench::{Bench, suggestion};

#[test]
fn a_suggestion_streams_into_its_own_case_and_late_words_of_others_are_ignored() {
    let mut bench = Bench::ready();
    bench.type_facts("Una mujer gitana pidió trabajo.");
    let first = bench.id();
    let job = bench.suggest();
    // Another case is written meanwhile.
    bench.act(Action::NewCase);
    bench.type_facts("Otro caso.");
    bench.tell(InferenceEvent::Started { job, prompt_tokens: 5 });
    bench.tell(InferenceEvent::Prefill { job, done: 2, total: 4 });
    assert!(
        matches!(bench.state.job.as_ref().unwrap().phase, JobPhase::Reading { fraction } if (fraction - 0.5).abs() < 1e-6)
    );
    let text = |job, delta: &str| InferenceEvent::Text {
        job,
        section: Section::Intervention,
        delta: delta.to_owned(),
        tokens: 1,
    };
    bench.tell(text(job, "Se informó"));
    bench.tell(text(JobId(999), "de otra persona"));
    assert_eq!(bench.state.job.as_ref().unwrap().intervention, "Se informó");
    assert!(bench.state.shown_job().is_none());
    bench.finish(JobId(999), "de otra persona");
    assert!(bench.state.job.is_some());
    bench.finish(job, "Se informó a la mujer.");
    assert!(bench.case().propuesta.is_none());
    assert_eq!(
        bench.state.case(&first).unwrap().case.propuesta.as_ref().unwrap().intervention,
        "Se informó a la mujer."
    );
}

#[test]
fn one_suggestion_runs_at_a_time() {
    let mut bench = Bench::ready();
    bench.type_facts("Hechos.");
    bench.suggest();
    assert!(bench.act(Action::Suggest).is_empty());
    assert_eq!(bench.toast_ids(), ["toast-busy"]);
}

#[test]
fn facts_that_cannot_be_used_are_said_beside_the_case_and_nothing_is_sent() {
    let mut bench = Bench::ready();
    let failure = |bench: &Bench| bench.state.failures[&bench.id()].clone();
    assert!(bench.act(Action::Suggest).is_empty());
    assert_eq!(failure(&bench).id(), "error-facts-empty");
    bench.type_facts("uno dos tres cuatro cinco seis siete ocho nueve diez once doce");
    assert!(bench.act(Action::Suggest).is_empty());
    assert_eq!(failure(&bench).id(), "error-facts-long");
    assert_eq!(failure(&bench).args(), [("tokens", "2".to_owned()), ("words", "2".to_owned())]);
    bench.type_facts(&"a".repeat(1_000_000));
    assert!(bench.act(Action::Suggest).is_empty());
    assert_eq!(failure(&bench).id(), "error-facts-large");
    bench.type_facts("Corto.");
    bench.suggest();
    assert!(bench.state.failures.is_empty());
}

#[test]
fn a_suggestion_asked_for_too_early_waits_for_the_model_and_can_be_stopped() {
    let mut bench = Bench::starting();
    bench.type_facts("Hechos.");
    assert!(bench.act(Action::Suggest).is_empty());
    bench.act(Action::Stop);
    assert!(bench.state.job.is_none());
    assert!(bench.model_ready().is_empty());

    let mut bench = Bench::starting();
    bench.type_facts("Hechos.");
    assert!(bench.act(Action::Suggest).is_empty());
    let effects = bench.model_ready();
    assert!(matches!(effects.as_slice(), [Effect::Inference(InferenceCommand::Generate { .. })]));
}

#[test]
fn stopping_sets_the_jobs_own_flag_and_keeps_what_was_written() {
    let mut bench = Bench::ready();
    bench.type_facts("Hechos.");
    let effects = bench.act(Action::Suggest);
    let [Effect::Inference(InferenceCommand::Generate { job, cancel, .. })] = effects.as_slice() else { panic!() };
    bench.act(Action::Stop);
    assert!(cancel.is_cancelled() && bench.state.job.as_ref().unwrap().stopping);
    let part = Suggestion { finish: Finish::Cancelled, ..suggestion("Se inf") };
    bench.tell(InferenceEvent::Finished { job: *job, suggestion: Box::new(part) });
    assert_eq!(bench.case().propuesta.as_ref().unwrap().intervention, "Se inf");
    // «Seguir» goes on from the very tokens.
    let effects = bench.act(Action::Continue);
    let [Effect::Inference(InferenceCommand::Generate { request, cancel, .. })] = effects.as_slice() else { panic!() };
    assert_eq!(request.continue_from, [1, 2, 3]);
    assert!(!cancel.is_cancelled());
}

#[test]
fn a_stop_before_the_first_word_leaves_the_suggestion_before() {
    let mut bench = Bench::ready();
    bench.type_facts("Hechos.");
    let job = bench.suggest();
    bench.finish(job, "La primera.");
    let effects = bench.act(Action::Regenerate);
    let [Effect::Inference(InferenceCommand::Generate { job, request, .. })] = effects.as_slice() else { panic!() };
    assert!(request.sampling.temperature > 0.0 && request.sampling.seed == 1);
    let nothing = Suggestion { finish: Finish::Cancelled, token_ids: Vec::new(), ..suggestion("") };
    bench.tell(InferenceEvent::Finished { job: *job, suggestion: Box::new(nothing) });
    assert_eq!(bench.case().propuesta.as_ref().unwrap().intervention, "La primera.");
}

#[test]
fn a_suggestion_goes_into_the_case_only_when_used_and_can_be_taken_back() {
    let mut bench = Bench::ready();
    bench.type_facts("Hechos.");
    let job = bench.suggest();
    bench.finish(job, "Se informó a la mujer. Se escribió a la empresa.");
    assert!(bench.case().intervencion.is_empty());
    bench.act(Action::Accept { passage: Some("Se informó a la mujer.".into()) });
    assert_eq!(bench.case().intervencion, "Se informó a la mujer.");
    assert!(bench.case().intervencion_generada && bench.case().status == CaseStatus::Accepted);
    bench.type_facts("Hechos y algo más.");
    bench.act(Action::UndoAccept);
    assert_eq!((bench.case().intervencion.as_str(), bench.case().hechos.as_str()), ("", "Hechos y algo más."));
    assert!(!bench.case().intervencion_generada);
    bench.act(Action::Accept { passage: None });
    assert!(bench.case().intervencion.ends_with("Se escribió a la empresa."));
    bench.act(Action::Discard);
    assert!(bench.case().propuesta.is_none());
    bench.act(Action::UndoAccept);
    assert!(bench.case().propuesta.is_some());
}

#[test]
fn generated_text_stays_marked_until_a_person_changes_or_confirms_it() {
    for confirm in [true, false] {
        let mut bench = Bench::ready();
        bench.type_facts("Hechos.");
        let job = bench.suggest();
        bench.finish(job, "Se informó.");
        bench.act(Action::Accept { passage: None });
        bench.type_facts("Hechos, con más detalle.");
        assert!(bench.case().intervencion_generada, "another field is no review");
        if confirm {
            bench.act(Action::ConfirmReviewed);
        } else {
            bench.state.shown_mut().unwrap().case.intervencion.push_str(" Y se acompañó.");
            bench.act(Action::CaseEdited);
        }
        assert!(!bench.case().intervencion_generada);
    }
}

#[test]
fn sampling_of_a_first_suggestion_is_what_the_settings_say() {
    let mut bench = Bench::ready();
    let sampling = Sampling { temperature: 0.3, top_k: Some(5), ..Sampling::default() };
    let settings = Settings { sampling: sampling.clone(), ..bench.state.settings.clone() };
    bench.act(Action::SetSettings(Box::new(settings)));
    bench.type_facts("Hechos.");
    let effects = bench.act(Action::Suggest);
    let [Effect::Inference(InferenceCommand::Generate { request, .. })] = &effects[..] else { panic!() };
    assert_eq!(request.sampling, sampling);
}

#[test]
fn facts_are_handed_over_while_they_are_typed_and_not_more_often_than_needed() {
    let mut bench = Bench::ready();
    let read = |bench: &mut Bench, now_s: f64| {
        bench.state.now_s = now_s;
        let effects = tick(&mut bench.state, &mut bench.desk);
        let facts = effects.into_iter().filter_map(|effect| match effect {
            Effect::Inference(InferenceCommand::ReadAhead { facts }) => Some(facts),
            _ => None,
        });
        facts.collect::<Vec<_>>()
    };
    assert!(read(&mut bench, 1.0).is_empty(), "nothing is typed yet");
    bench.type_facts("Una mujer");
    assert_eq!(read(&mut bench, 1.0), ["Una mujer"]);
    bench.state.now_s = 1.1;
    bench.type_facts("Una mujer gitana");
    assert!(read(&mut bench, 1.2).is_empty(), "too soon");
    assert_eq!(read(&mut bench, 1.6), ["Una mujer gitana"]);
    assert!(read(&mut bench, 9.0).is_empty(), "nothing new");
    // Another case is another text, and so is one that the model has to read anew.
    bench.act(Action::NewCase);
    bench.type_facts("Otro caso");
    assert_eq!(read(&mut bench, 10.0), ["Otro caso"]);
    // While a suggestion is written nothing else is read.
    bench.suggest();
    bench.state.now_s = 11.0;
    bench.type_facts("Otro caso más");
    assert!(read(&mut bench, 12.0).is_empty());
}

#[test]
fn facts_are_not_read_ahead_where_the_office_does_not_want_it_or_they_do_not_fit() {
    let mut bench = Bench::ready();
    bench.type_facts("uno dos tres cuatro cinco seis siete ocho nueve diez once doce");
    bench.state.now_s = 5.0;
    assert!(!reads_ahead(&tick(&mut bench.state, &mut bench.desk)));
    bench.state.settings.read_while_typing = false;
    bench.type_facts("uno");
    bench.state.now_s = 10.0;
    assert!(!reads_ahead(&tick(&mut bench.state, &mut bench.desk)));
    bench.state.settings.read_while_typing = true;
    assert!(reads_ahead(&tick(&mut bench.state, &mut bench.desk)));
}

fn reads_ahead(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Inference(InferenceCommand::ReadAhead { .. })))
}
