//! The panels by what a person does: keys, clicks by name, text. Without a GPU and without the threads.

#![allow(clippy::unwrap_used)] // a test stops where something fails

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use pag_bert::config::{ModelChoice, QuantizationChoice};
use pag_bert::domain::{Case, CaseId, CaseStatus, Finish, PredictedOutcome, Provenance, Review, Suggestion, Timing};
use pag_bert::ui::action::{Action, Focus, Modal, PrepareForm};
use pag_bert::ui::state::{AppState, Job, JobPhase, ModelFiles, Offered, OpenCase};
use pag_bert::ui::vault_state::{OpenVault, VaultState};
use pag_bert::vault::{BinContents, CaseRow, Hit, Page};
use pag_bert::worker::prepare::{PrepareOffer, PreparedForm};
use pag_bert::worker::protocol::{JobId, ModelNames, SaveFormat};

mod common;
#[path = "common/drawn.rs"]
mod drawn;

use drawn::{Asked, drawn};

/// A drawn window, and what was asked of it.
struct Desk {
    harness: Harness<'static, AppState>,
    asked: Asked,
}

impl Desk {
    fn new(state: AppState) -> Self {
        Self::sized(state, 1280.0, 800.0)
    }

    fn sized(state: AppState, width: f32, height: f32) -> Self {
        let (harness, asked) = drawn(state, width, height);
        let mut desk = Self { harness, asked };
        desk.harness.run_steps(3);
        desk.asked.borrow_mut().clear();
        desk
    }

    fn keys(&mut self, modifiers: Modifiers, key: Key) -> Vec<Action> {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle()
    }

    fn click(&mut self, name: &str) -> Vec<Action> {
        self.harness.get_by_role_and_label(Role::Button, name).click();
        self.settle()
    }

    fn settle(&mut self) -> Vec<Action> {
        self.harness.run_steps(3);
        self.asked.take()
    }

    fn type_into(&mut self, name: &str, text: &str) -> Vec<Action> {
        let field = self.field(name);
        field.focus();
        self.harness.run_steps(2);
        self.field(name).type_text(text);
        self.settle()
    }

    fn field<'a>(&'a self, name: &'a str) -> egui_kittest::Node<'a> {
        let is_field = |node: &egui_kittest::Node<'_>| {
            matches!(node.accesskit_node().role(), Role::TextInput | Role::MultilineTextInput)
        };
        self.harness.get_all_by_label(name).find(is_field).unwrap()
    }

    fn shows(&self, words: &str) -> bool {
        self.harness.query_all_by_label_contains(words).next().is_some()
    }
}

fn case(id: &str, hechos: &str) -> OpenCase {
    let mut case = Case::new(CaseId(id.into()), format!("2026-{id}"), "2026-11-03T10:00:00+01:00".into());
    case.hechos = hechos.into();
    OpenCase::new(case)
}

fn state() -> AppState {
    let mut state = AppState {
        cases: vec![case("001", "Una mujer gitana en Ávila."), case("002", "Un niño.")],
        ..AppState::default()
    };
    state.selected = Some(CaseId("001".into()));
    state.model.ready = Some(common::model_info("m"));
    state
}

fn with_suggestion(finish: Finish) -> AppState {
    let mut state = state();
    state.cases[0].case.propuesta = Some(Suggestion {
        intervention: "Se informó a la mujer.".into(),
        outcome: PredictedOutcome::default(),
        finish,
        raw_text: String::new(),
        token_ids: vec![1],
        prompt_tokens: 3,
        timing: Timing::default(),
        provenance: Provenance { model: "m".into(), ..Provenance::default() },
        review: Review::Unreviewed,
    });
    state
}

fn writing(state: &mut AppState) {
    state.job = Some(Job {
        id: JobId(1),
        case: CaseId("001".into()),
        phase: JobPhase::Writing,
        intervention: "Se".into(),
        outcome: String::new(),
        prompt_tokens: 3,
        tokens: 1,
        words_per_s: None,
        since_s: 0.0,
        writing_since_s: None,
        stopping: false,
    });
}

#[test]
fn keys_do_what_the_sheet_says() {
    let mut desk = Desk::new(state());
    let ctrl = Modifiers::COMMAND;
    for (modifiers, key, action) in [
        (ctrl, Key::Enter, Action::Suggest),
        (ctrl, Key::S, Action::Save),
        (ctrl | Modifiers::SHIFT, Key::S, Action::SaveAs(SaveFormat::Json)),
        (ctrl, Key::O, Action::Open),
        (ctrl, Key::N, Action::NewCase),
        (ctrl, Key::W, Action::CloseCase(CaseId("001".into()))),
        (ctrl, Key::K, Action::Focus(Focus::Search)),
        (ctrl, Key::Q, Action::Quit),
        (Modifiers::NONE, Key::F1, Action::ShowModal(Modal::About)),
    ] {
        assert_eq!(desk.keys(modifiers, key), [action], "{key:?}");
    }
    assert!(desk.keys(Modifiers::NONE, Key::Escape).is_empty(), "nothing runs, nothing is stopped");
}

#[test]
fn escape_stops_what_runs_and_the_main_button_is_stop() {
    let mut running = state();
    writing(&mut running);
    let mut desk = Desk::new(running);
    assert_eq!(desk.keys(Modifiers::NONE, Key::Escape), [Action::Stop]);
    assert_eq!(desk.click("Parar  Esc"), [Action::Stop]);
    assert!(desk.shows("Texto generado, sin revisar"));
}

#[test]
fn behind_a_dialog_no_key_reaches_the_case() {
    let mut open = state();
    open.modal = Some(Modal::Keys);
    let mut desk = Desk::new(open);
    assert!(desk.keys(Modifiers::COMMAND, Key::S).is_empty());
    assert!(desk.keys(Modifiers::COMMAND, Key::Q).is_empty());
    assert_eq!(desk.keys(Modifiers::NONE, Key::Escape), [Action::CloseModal]);
}

#[test]
fn what_is_typed_goes_into_the_shown_case_and_says_so() {
    let mut desk = Desk::new(state());
    assert!(desk.type_into("Hechos", "Hoy: ").contains(&Action::CaseEdited));
    assert!(desk.harness.state().cases[0].case.hechos.contains("Hoy: "));
    assert_eq!(desk.harness.state().cases[1].case.hechos, "Un niño.");
    assert!(desk.type_into("Fecha", "3/11/2026").contains(&Action::CaseEdited));
    // Leaving the field, the date is understood.
    desk.field("Hechos").focus();
    desk.settle();
    assert_eq!(desk.harness.state().cases[0].case.fecha, "2026-11-03");
}

#[test]
fn the_suggestion_can_be_used_in_whole_and_edited() {
    let mut desk = Desk::new(with_suggestion(Finish::EndOfText));
    assert_eq!(desk.click("Usar"), [Action::Accept { passage: None }]);
    assert_eq!(desk.click("Otra"), [Action::Regenerate]);
    assert_eq!(desk.click("Descartar"), [Action::Discard]);
    let copied = desk.click("Copiar");
    assert_eq!(copied, [Action::Copy("Se informó a la mujer.\n[Texto generado, sin revisar m]".into())]);
    assert!(!desk.shows("Seguir"));
    desk.type_into("Propuesta", "Y más. ");
    let suggestion = desk.harness.state().cases[0].case.propuesta.clone().unwrap();
    assert!(suggestion.intervention.contains("Y más.") && suggestion.review == Review::Edited);
    assert!(desk.shows("cambiado por una persona"));
}

#[test]
fn a_stopped_suggestion_can_go_on_until_a_person_has_changed_it() {
    let mut desk = Desk::new(with_suggestion(Finish::Cancelled));
    assert_eq!(desk.click("Seguir"), [Action::Continue]);
    desk.type_into("Propuesta", "Y más. ");
    assert!(!desk.shows("Seguir"));
}

#[test]
fn the_search_leaves_what_matches_and_enter_shows_it() {
    let mut desk = Desk::new(state());
    desk.keys(Modifiers::COMMAND, Key::K);
    desk.harness.state_mut().focus = Some(Focus::Search);
    desk.settle();
    desk.type_into("Buscar en los casos", "nino");
    assert!(!desk.shows("2026-001, ") && desk.shows("2026-002, "));
    let asked = desk.keys(Modifiers::NONE, Key::Enter);
    assert_eq!(asked, [Action::SelectCase(CaseId("002".into())), Action::Focus(Focus::Facts)]);
}

#[derive(Debug)]
struct Dropped(std::path::PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("the window reads no file".to_owned())
    }
}

#[test]
fn files_that_are_dropped_are_opened() {
    let mut desk = Desk::new(state());
    let path = std::path::PathBuf::from("/casos/a.json");
    desk.harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(path.clone())));
    assert_eq!(desk.settle().first(), Some(&Action::OpenPaths(vec![path])));
}

#[test]
fn f6_goes_round_the_panes() {
    let mut desk = Desk::new(with_suggestion(Finish::EndOfText));
    let mut seen = Vec::new();
    desk.field("Hechos").focus();
    desk.settle();
    for _ in 0..4 {
        // `app` puts the wish into the state; here nobody does.
        desk.harness.state_mut().focus = Some(Focus::NextPane);
        desk.settle();
        let names = ["Hechos", "Propuesta", "Intervención", "Buscar en los casos"];
        seen.extend(names.into_iter().find(|name| desk.field(name).is_focused()));
    }
    assert_eq!(seen, ["Propuesta", "Intervención", "Buscar en los casos", "Hechos"]);
}

#[test]
fn in_a_small_window_the_list_folds_away_and_comes_back() {
    let mut desk = Desk::sized(state(), 900.0, 600.0);
    assert!(!desk.shows("2026-002, "));
    assert_eq!(desk.click("Casos 2"), [Action::ToggleCaseList]);
    desk.harness.state_mut().case_list_open = true;
    desk.settle();
    assert!(desk.shows("2026-002, "));
}

#[test]
fn the_save_dialog_takes_enter_but_never_replaces_a_file_by_it() {
    let modal = |exists| Modal::Save { folder: "/casos".into(), name: "a".into(), format: SaveFormat::Json, exists };
    for exists in [false, true] {
        let mut open = state();
        open.modal = Some(modal(exists));
        let mut desk = Desk::new(open);
        let asked = desk.keys(Modifiers::NONE, Key::Enter);
        let save = |overwrite| Action::SaveTo { path: "/casos/a.json".into(), format: SaveFormat::Json, overwrite };
        if exists {
            assert!(asked.is_empty(), "{asked:?}");
            assert_eq!(desk.click("Reemplazar"), [save(true)]);
        } else {
            assert_eq!(asked, [save(false)]);
        }
    }
}

#[test]
fn preparing_a_model_is_chosen_by_mouse_and_refused_without_room() {
    let form = |quantization, bytes| PreparedForm { quantization, file_bytes: bytes, memory_bytes: bytes };
    let offered = |free: u64| {
        let mut state = state();
        let forms = vec![form(QuantizationChoice::Q8_0, 6_600_000_000), form(QuantizationChoice::Q4k, 3_700_000_000)];
        let (file_bytes, memory_bytes) = (12_100_000_000, 12_200_000_000);
        state.model.offer = Some(Box::new(Offered {
            choice: ModelChoice::Embedded,
            name: "a/b".into(),
            files: ModelFiles { base: "/x".into(), adapter: None, names: ModelNames::default() },
            offer: PrepareOffer { file_bytes, memory_bytes, free_bytes: Some(free), forms },
        }));
        state
    };
    // It waits at the window's foot, and takes no key from whoever types.
    let mut desk = Desk::new(offered(50_000_000_000));
    assert!(desk.shows("Descargado: a/b"));
    assert_eq!(desk.click("Preparar para este equipo…"), [Action::ShowPrepare]);
    assert_eq!(desk.click("Usar sin preparar"), [Action::SkipPrepare]);

    let open = |free| {
        let prepare = PrepareForm { quantization: QuantizationChoice::Q8_0, remove_original: false };
        Desk::new(AppState { modal: Some(Modal::Prepare(prepare)), ..offered(free) })
    };
    let mut desk = open(50_000_000_000);
    for words in ["12,1 GB", "12,2 GB", "6,6 GB", "3,7 GB", "50,0 GB"] {
        assert!(desk.shows(words), "{words}");
    }
    desk.harness.get_by_role_and_label(Role::RadioButton, "4 bits").click();
    desk.settle();
    desk.harness.get_by_role_and_label(Role::CheckBox, "Borrar el original cuando esté listo (libera 12,1 GB)").click();
    desk.settle();
    let chosen = PrepareForm { quantization: QuantizationChoice::Q4k, remove_original: true };
    assert_eq!(desk.click("Preparar"), [Action::Prepare(chosen)]);

    let mut desk = open(2_000_000_000);
    assert!(desk.shows("No hay espacio en el disco"));
    assert_eq!(desk.click("Preparar"), []);
}

/// An open vault with so many cases, whose first page is here.
fn with_vault(total: u64) -> AppState {
    let row = |at: u64| CaseRow {
        id: CaseId(format!("s{at}")),
        number: format!("2025-{at:03}"),
        fecha: String::new(),
        provincia: None,
        ambito: None,
        tipo: None,
        status: CaseStatus::Draft,
        resultado: None,
        start: "Una mujer gitana en Ávila.".into(),
        modified_at: String::new(),
        revision: 1,
        binned_at: None,
    };
    let mut state = AppState::default();
    let info = common::vault_info(total);
    state.vault = VaultState::Open(Box::new(OpenVault { info }));
    state.archive.next_question("");
    let hits = (0..total.min(50)).map(|at| Hit { row: row(at), excerpt: None }).collect();
    state.archive.answered(1, Page { total, hits });
    state
}

#[test]
fn the_vaults_list_is_gone_through_by_keyboard_from_end_to_end() {
    let mut desk = Desk::new(with_vault(100_000));
    desk.field("Buscar en los casos").focus();
    desk.settle();
    desk.keys(Modifiers::NONE, Key::ArrowDown);
    desk.keys(Modifiers::NONE, Key::ArrowDown);
    let open = |at: u64| Action::OpenStored(CaseId(format!("s{at}")));
    assert_eq!(desk.keys(Modifiers::NONE, Key::Enter), [open(1)]);
    assert_eq!(desk.keys(Modifiers::NONE, Key::Delete), [Action::Bin(CaseId("s1".into()))]);
    let asked = desk.keys(Modifiers::NONE, Key::End);
    let last = asked.iter().rev().find_map(|action| match action {
        Action::ShowRows(rows) => Some(rows.clone()),
        _ => None,
    });
    let rows = last.unwrap();
    assert!(rows.end == 100_000 && rows.len() < 20, "{rows:?} are laid out");
    assert!(!desk.shows("2025-001, "));
    desk.keys(Modifiers::NONE, Key::Home);
    desk.keys(Modifiers::NONE, Key::ArrowUp);
    assert_eq!(desk.keys(Modifiers::NONE, Key::Enter), [open(0)]);
}

#[test]
fn enter_in_the_search_opens_the_first_that_was_found_and_typing_asks_the_vault() {
    let mut desk = Desk::new(with_vault(3));
    assert!(desk.type_into("Buscar en los casos", "mujer").contains(&Action::SearchVault));
    let asked = desk.keys(Modifiers::NONE, Key::Enter);
    assert_eq!(asked, [Action::OpenStored(CaseId("s0".into())), Action::Focus(Focus::Facts)]);
}

#[test]
fn what_is_open_and_not_in_the_vault_stands_first() {
    let mut state = with_vault(3);
    state.cases = vec![case("001", "Algo nuevo.")];
    state.cases[0].dirty = true;
    let desk = Desk::new(state);
    let rows: Vec<_> = desk.harness.query_all_by_label_contains(", ").collect();
    let tops = ["2026-001, ", "2025-000, "].map(|name| {
        rows.iter()
            .find(|row| row.accesskit_node().label().is_some_and(|label| label.starts_with(name)))
            .unwrap()
            .rect()
            .top()
    });
    assert!(tops[0] < tops[1]);
    assert!(desk.shows("sin guardar"));
}

#[test]
fn a_stored_case_with_changes_stands_once_in_the_list() {
    let mut state = with_vault(3);
    for (id, number) in [("s1", "2025-001"), ("s900", "2025-900")] {
        let mut open = case("000", "Hechos cambiados.");
        (open.case.id, open.case.number) = (CaseId(id.into()), number.into());
        (open.stored, open.dirty) = (1, true);
        state.cases.push(open);
    }
    let desk = Desk::new(state);
    let rows: Vec<_> = desk.harness.query_all_by_label_contains("sin guardar").collect();
    let named = |name: &str| {
        rows.iter().filter(|row| row.accesskit_node().label().is_some_and(|label| label.starts_with(name))).count()
    };
    assert_eq!((named("2025-001, "), named("2025-900, ")), (1, 1), "in its row, or above where that is not read");
}

#[test]
fn deleting_for_good_is_never_done_by_enter_alone() {
    let mut state = with_vault(3);
    let contents = BinContents { cases: 1, revisions: 2, ..BinContents::default() };
    state.modal = Some(Modal::ConfirmDelete { id: Some(CaseId("s0".into())), contents });
    let mut desk = Desk::new(state);
    assert!(desk.shows("2 versiones anteriores") && desk.shows("copias de seguridad"));
    assert_eq!(desk.keys(Modifiers::NONE, Key::Enter), [Action::CloseModal]);
    assert_eq!(desk.click("Eliminar para siempre"), [Action::DeleteForGood]);
}
