//! Draws every state of the window in both themes and both sizes, so that anyone can look at all of them in a minute:
//!
//! `PAG_SCREENSHOTS=folder LIBGL_ALWAYS_SOFTWARE=1 cargo test --features desktop-tests --test screenshots`
//!
//! With `PAG_ONLY=3` only those whose names begin so. Without `PAG_SCREENSHOTS` the pictures go to the build folder. What
//! must be on each is checked by what a screen reader gets.

#![cfg(feature = "desktop-tests")]
#![allow(clippy::unwrap_used)] // a test stops where something fails

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Theme, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use pag_bert::config::{ModelChoice, QuantizationChoice, Settings};
use pag_bert::documents::import::{Tally, plan, read_bytes};
use pag_bert::documents::{Format, PrintOptions};
use pag_bert::domain::{
    Ambito, Case, CaseId, CaseStatus, Fallback, Finish, ModelInfo, Outcome, PredictedOutcome, Probabilities,
    Provenance, Review, Sampling, Suggestion, Timing, Tipo,
};
use pag_bert::error::UserError;
use pag_bert::i18n::{I18n, Lang};
use pag_bert::inference::FactsBudget;
use pag_bert::ui::action::{Modal, ModelForm, ModelWay, PrepareForm};
use pag_bert::ui::forms::{ExportForm, Found, ImportForm};
use pag_bert::ui::state::{
    AppState, Job, JobPhase, Loading, LoadingWhat, MemoryInfo, ModelFiles, ModelState, Offered, OpenCase, Toast,
    ToastBody,
};
use pag_bert::ui::vault_state::{OpenVault, VaultState};
use pag_bert::ui::{theme, window};
use pag_bert::vault::{Access, Holder};
use pag_bert::worker::prepare::{PrepareOffer, PreparedForm};
use pag_bert::worker::protocol::{JobId, LoadStage, ModelNames, SaveFormat};
use pag_bert::worker::vault_protocol::Outgoing;

#[path = "screenshots/archive.rs"]
mod archive;
#[path = "screenshots/care.rs"]
mod care;
mod common;
#[path = "screenshots/gate.rs"]
mod gate;

const FACTS: &str = "Una joven gitana y su madre fueron a ver un piso que se anunciaba en alquiler. La persona que lo \
    enseñaba les dijo al verlas que ya estaba reservado. Esa misma tarde una amiga suya, que no es gitana, llamó por el \
    mismo anuncio y le propusieron visitarlo al día siguiente.";
const INTERVENTION: &str = "Se informó a la joven de sus derechos. Se contactó con la agencia inmobiliaria para pedir \
    una explicación y recordar la ley.";

fn case(number: usize) -> Case {
    let mut case =
        Case::new(CaseId(format!("{number:032x}")), format!("2026-{number:03}"), "2026-11-03T10:00:00+01:00".into());
    case.hechos = FACTS.into();
    case.fecha = "2026-11-03".into();
    case.provincia = Some("Sevilla".into());
    case.ambito = Some(Ambito::Vivienda);
    case.tipo = Some(Tipo::Directa);
    case
}

fn model(demonstration: bool) -> ModelInfo {
    let adapter = (!demonstration).then(|| "somosnlp-hackathon-2023/PAG-BERT".into());
    let name = if demonstration { "Modelo de demostración" } else { "bertin-project/bertin-gpt-j-6B" };
    ModelInfo { adapter, n_positions: 2048, demonstration, ..common::model_info(name) }
}

fn suggestion() -> Suggestion {
    Suggestion {
        intervention: INTERVENTION.into(),
        outcome: PredictedOutcome {
            label: Some(Outcome::Neutro),
            text: "Neutro.".into(),
            probabilities: Some(Probabilities { positivo: 0.31, neutro: 0.44, negativo: 0.25 }),
            forced: false,
        },
        finish: Finish::EndOfText,
        raw_text: String::new(),
        token_ids: (0..48).collect(),
        prompt_tokens: 96,
        timing: Timing { first_token_s: 1.2, tokens_per_s: 2.3, total_s: 21.4 },
        provenance: Provenance {
            model: "Modelo de demostración".into(),
            device: "CPU".into(),
            quantization: "q8_0".into(),
            prompt_version: "pag-bert-2023".into(),
            sampling: Sampling::default(),
            created_at: "2026-11-03T10:42:07.000000+01:00".into(),
            demonstration: true,
            ..Provenance::default()
        },
        review: Review::Unreviewed,
    }
}

/// A window with three cases and a model that is ready.
fn desk() -> AppState {
    let mut state = AppState { default_folder: "/casos".into(), ..AppState::default() };
    state.model = ModelState { ready: Some(model(false)), ..ModelState::default() };
    state.memory = MemoryInfo { total_bytes: 16_000_000_000, available_bytes: 9_800_000_000 };
    state.cases = (29..32).rev().map(|number| OpenCase::new(case(number))).collect();
    state.cases[1].case.status = CaseStatus::Accepted;
    state.cases[2].case.status = CaseStatus::Closed;
    state.cases[0].dirty = true;
    for open in &mut state.cases {
        open.budget = Some(FactsBudget { tokens: 96, limit: 1792, overflow_at: None });
        open.budget_stale = false;
    }
    state.selected = Some(state.cases[0].case.id.clone());
    state.now_s = 100.0;
    state.saved_at = Some("10:42".into());
    state
}

fn job(phase: JobPhase, text: &str) -> Job {
    Job {
        id: JobId(1),
        case: CaseId(format!("{:032x}", 31)),
        phase,
        intervention: text.into(),
        outcome: String::new(),
        prompt_tokens: 96,
        tokens: 17,
        words_per_s: Some(4.2),
        since_s: 90.0,
        writing_since_s: Some(92.0),
        stopping: false,
    }
}

fn with(change: impl FnOnce(&mut AppState)) -> AppState {
    let mut state = desk();
    change(&mut state);
    state
}

fn with_suggestion(change: impl FnOnce(&mut Suggestion)) -> AppState {
    let mut suggestion = suggestion();
    change(&mut suggestion);
    with(|state| state.cases[0].case.propuesta = Some(suggestion))
}

fn loading(what: LoadingWhat, name: &str) -> Loading {
    Loading { job: JobId(1), choice: ModelChoice::Embedded, name: name.into(), what, since_s: 80.0 }
}

fn toast(state: &mut AppState, body: ToastBody) {
    state.toasts.push(Toast { id: 1, body, since_s: 99.0 });
}

/// Every state: its name, itself, and words that must be on it.
fn states() -> Vec<(&'static str, AppState, &'static str)> {
    let mut all = vec![
        ("01-empty", empty(), "Probar con un ejemplo"),
        ("02-typing", desk(), "6 % de lo que cabe"),
        (
            "05-reading",
            with(|s| s.job = Some(job(JobPhase::Reading { fraction: 0.4 }, ""))),
            "Leyendo los hechos · 40 %",
        ),
        ("06-writing", with(|s| s.job = Some(job(JobPhase::Writing, "Se informó a la joven de sus"))), "Parar  Esc"),
        ("07-finished", with_suggestion(|_| ()), "Usar"),
        ("08-stopped", with_suggestion(|s| s.finish = Finish::Cancelled), "Seguir"),
        (
            "11-no-outcome",
            with_suggestion(|s| s.outcome = PredictedOutcome::default()),
            "No se ha previsto ningún resultado.",
        ),
    ];
    all.extend(model_states());
    all.extend(trouble_states());
    all.extend(modal_states());
    all.extend(document_states());
    all.extend(prepare_states());
    all.extend(gate::states());
    all.extend(archive::states());
    all.extend(care::states());
    all
}

fn empty() -> AppState {
    with(|state| {
        state.model.ready = Some(model(true));
        state.cases = vec![OpenCase::new(Case::new(CaseId("1".into()), "2026-001".into(), String::new()))];
        state.selected = Some(CaseId("1".into()));
        state.saved_at = None;
    })
}

fn model_states() -> Vec<(&'static str, AppState, &'static str)> {
    let load = LoadingWhat::Load { stage: LoadStage::Weights, fraction: 0.37 };
    let download = LoadingWhat::Download {
        file: "model.safetensors".into(),
        bytes_done: 3_400_000_000,
        bytes_total: 12_100_000_000,
        bytes_per_s: 11_000_000.0,
        paused: false,
    };
    let base = "bertin-project/bertin-gpt-j-6B";
    vec![
        (
            "03-loading",
            with(|s| (s.model.ready, s.model.loading) = (None, Some(loading(load, base)))),
            "Cargando bertin-project/bertin-gpt-j-6B · quedan 35 segundos",
        ),
        ("04-downloading", with(|s| s.model.loading = Some(loading(download, base))), "Pausa"),
        (
            "12-demonstration",
            with(|s| {
                s.model.ready = Some(model(true));
                s.cases[0].case.intervencion = INTERVENTION.into();
                s.cases[0].case.intervencion_generada = true;
            }),
            "Lo he revisado",
        ),
        (
            "13-offline",
            with(|s| {
                s.settings.offline = true;
                let reason = "libcuda.so.1: cannot open shared object file".into();
                s.model.ready.as_mut().unwrap().fallback = Some(Fallback { wanted: "CUDA 0".into(), reason });
            }),
            "● bertin-project/bertin-gpt-j-6B · somosnlp-hackathon-2023/PAG-BERT · CPU · sin red",
        ),
    ]
}

/// A model that has come and could be prepared.
fn offered() -> Offered {
    let form = |quantization, file_bytes, memory_bytes| PreparedForm { quantization, file_bytes, memory_bytes };
    Offered {
        choice: ModelChoice::Embedded,
        name: "bertin-project/bertin-gpt-j-6B".into(),
        files: ModelFiles { base: "/modelos".into(), adapter: None, names: ModelNames::default() },
        offer: PrepareOffer {
            file_bytes: 12_110_000_000,
            memory_bytes: 12_110_000_000,
            free_bytes: Some(38_000_000_000),
            forms: vec![
                form(QuantizationChoice::Q8_0, 6_640_000_000, 6_640_000_000),
                form(QuantizationChoice::Q6k, 5_220_000_000, 5_310_000_000),
                form(QuantizationChoice::Q4k, 3_700_000_000, 3_800_000_000),
            ],
        },
    }
}

fn prepare_states() -> Vec<(&'static str, AppState, &'static str)> {
    let form = PrepareForm { quantization: QuantizationChoice::Q4k, remove_original: false };
    let offer = |change: fn(&mut Offered)| {
        with(|state| {
            let mut offered = offered();
            change(&mut offered);
            state.model.offer = Some(Box::new(offered));
            state.modal = Some(Modal::Prepare(form));
        })
    };
    let waiting = with(|state| state.model.offer = Some(Box::new(offered())));
    let what =
        LoadingWhat::Prepare { bytes_done: 5_000_000_000, bytes_total: 12_110_000_000, bytes_per_s: 83_000_000.0 };
    vec![
        ("40-prepare", offer(|_| ()), "Borrar el original"),
        ("41-prepare-no-room", offer(|offered| offered.offer.free_bytes = Some(2_000_000_000)), "No hay espacio"),
        ("42-prepare-waits", waiting, "Descargado"),
        (
            "43-preparing",
            with(|s| s.model.loading = Some(loading(what, "bertin-project/bertin-gpt-j-6B"))),
            "Preparando bertin-project/bertin-gpt-j-6B · 41 % · quedan 2 minutos",
        ),
    ]
}

fn trouble_states() -> Vec<(&'static str, AppState, &'static str)> {
    let storage = |id: &'static str| UserError::new(id).with("operation", "save").with("file", "2026-031.json");
    vec![
        (
            "09-failed",
            with(|s| {
                s.failures.insert(s.cases[0].case.id.clone(), UserError::new("error-model-crashed"));
            }),
            "La propuesta se ha interrumpido",
        ),
        (
            "10-too-long",
            with(|s| {
                let open = &mut s.cases[0];
                open.case.hechos = vec![FACTS; 30].join(" ");
                let at = open.case.hechos.char_indices().nth(6900).unwrap().0;
                open.budget = Some(FactsBudget { tokens: 2010, limit: 1792, overflow_at: Some(at) });
            }),
            "Hechos",
        ),
        (
            "14-read-only",
            with(|s| {
                s.storage_trouble = Some(storage("error-storage-read-only"));
                toast(s, ToastBody::Error { error: storage("error-storage-read-only"), retry: true });
            }),
            "Elegir otra carpeta",
        ),
        (
            "15-disk-full",
            with(|s| toast(s, ToastBody::Error { error: storage("error-storage-full"), retry: true })),
            "Reintentar",
        ),
        (
            "16-thousands",
            with(|s| {
                s.cases = (0..4000).map(|number| OpenCase::new(case(number))).collect();
                s.selected = Some(s.cases[2].case.id.clone());
            }),
            "2026-002",
        ),
        ("17-find", with(|s| s.find_in_text = Some("piso".into())), "Aparece una vez"),
    ]
}

fn export_form(many: bool, format: Format) -> ExportForm {
    let mut shown = case(31);
    shown.intervencion = INTERVENTION.into();
    shown.intervencion_generada = true;
    shown.propuesta = Some(suggestion());
    shown.referencias = vec!["Expediente 12/2026".into()];
    ExportForm {
        listed: std::iter::once(shown.clone()).chain((1..30).map(case)).collect(),
        shown: vec![shown],
        found: None,
        many,
        format,
        print: PrintOptions::default(),
        letterhead: "Asociación de prueba Ñandú\nC/ de la Ilusión, 1 · 05001 Ávila".into(),
        letterhead_image: "/casos/logo.png".into(),
        name: "2026-031".into(),
        names: ["2026-031".into(), "casos".into()],
        folder: "/casos".into(),
        exists: false,
        understood: format == Format::Xlsx,
        writing: false,
        error: None,
        preview: None,
    }
}

/// A dialog that has read this table.
fn import_form(table: &str) -> ImportForm {
    let source = read_bytes(table.as_bytes().to_vec(), None).unwrap();
    let mut id = 0;
    let mut new_id = || {
        id += 1;
        CaseId(id.to_string())
    };
    let plan = plan(&source, None, "2026-11-03T10:00:00+01:00", &mut new_id).unwrap();
    ImportForm {
        path: "/casos/incidencias.csv".into(),
        read: Some((Arc::new(source), Arc::new(plan))),
        ..ImportForm::default()
    }
}

fn document_states() -> Vec<(&'static str, AppState, &'static str)> {
    let export = |form: ExportForm| with(|state| state.modal = Some(Modal::Export(Box::new(form))));
    let import = |form: ImportForm| with(|state| state.modal = Some(Modal::Import(Box::new(form))));
    let table = format!(
        "Relato;provincia;ámbito;Fecha;observaciones internas\n{FACTS};Sevilla;Vivienda;3 de noviembre de \
         2019;\n{FACTS};sevilla;vivienda;03/11/2019;repetido\nEn una tienda siguieron a dos clientas.;Marte;Comercio;el \
         otro día;\n"
    );
    let error = UserError::new("error-storage-full").with("operation", "export").with("file", "2026-031.docx");
    vec![
        ("30-export", export(export_form(false, Format::Docx)), "VISTA PREVIA"),
        ("31-export-table", export(export_form(true, Format::Xlsx)), "fecha_denuncia"),
        (
            "32-export-failed",
            export(ExportForm { understood: true, error: Some(error), ..export_form(true, Format::Pdf) }),
            "No se ha podido exportar",
        ),
        (
            "36-export-read-only",
            with(|state| {
                let mut info = common::vault_info(2_402);
                info.access = Access::Read(Holder { process: 4_211, since: "2026-11-03T09:12:00+01:00".into() });
                state.vault = VaultState::Open(Box::new(OpenVault { info }));
                let form = ExportForm { understood: true, ..export_form(false, Format::Docx) };
                state.modal = Some(Modal::Export(Box::new(form)));
            }),
            "Desde aquí no se puede exportar",
        ),
        (
            "37-export-large",
            export(ExportForm {
                found: Some(Found {
                    outgoing: Some(Outgoing { total: 12_000, ..Outgoing::default() }),
                    ..Found::default()
                }),
                ..export_form(true, Format::Pdf)
            }),
            "se prepara entero en la memoria",
        ),
        ("33-import", import(ImportForm::default()), "Importar casos"),
        ("34-import-read", import(import_form(&table)), "CASOS REPETIDOS"),
        (
            "35-import-done",
            import(ImportForm { done: Some(Tally { added: 12, merged: 1, skipped: 3 }), ..ImportForm::default() }),
            "Deshacer la importación",
        ),
    ]
}

fn modal_states() -> Vec<(&'static str, AppState, &'static str)> {
    let modal = |modal: Modal| with(|state| state.modal = Some(modal));
    let files = (1..9).map(|number| PathBuf::from(format!("/casos/2026-{number:03}.json"))).collect();
    let (folder, name, format) = ("/casos".to_owned(), "2026-031".to_owned(), SaveFormat::Json);
    vec![
        ("20-save", modal(Modal::Save { folder: folder.clone(), name, format, exists: true }), "Reemplazar"),
        ("21-open", modal(Modal::Open { folder, files, chosen: Vec::new() }), "Abrir los elegidos"),
        (
            "22-model",
            modal(Modal::Model(ModelForm { way: ModelWay::Catalogue, ..ModelForm::default() })),
            "Usar este modelo",
        ),
        ("23-settings", modal(Modal::Settings), "Trabajar sin red"),
        ("24-keys", modal(Modal::Keys), "Ctrl+Enter"),
        ("25-about", modal(Modal::About), "pag-bert"),
        ("26-outcome-help", modal(Modal::OutcomeHelp), "Cerrar"),
        ("27-close", modal(Modal::ConfirmClose { case: None }), "Guardar y cerrar"),
        (
            "28-english",
            with(|state| state.settings = Settings { lang: Lang::En, ..Settings::default() }),
            "Suggest  Ctrl+Enter",
        ),
    ]
}

#[test]
fn every_state_is_drawn_in_both_themes_and_sizes() {
    let folder = std::env::var_os("PAG_SCREENSHOTS")
        .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots"), PathBuf::from);
    std::fs::create_dir_all(&folder).unwrap();
    let only = std::env::var("PAG_ONLY").unwrap_or_default();
    for (name, state, words) in states().into_iter().filter(|(name, ..)| name.starts_with(&only)) {
        for (theme, theme_name) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
            for (width, height) in [(1280.0, 800.0), (900.0, 600.0)] {
                let i18n = I18n::new(state.settings.lang);
                let mut installed = false;
                let mut harness =
                    Harness::builder().with_size(vec2(width, height)).with_theme(theme).wgpu().build_ui_state(
                        move |ui, state: &mut AppState| {
                            if !installed {
                                theme::install(ui.ctx(), Vec::new());
                                ui.ctx().set_theme(theme);
                                installed = true;
                            }
                            window(ui, state, &i18n);
                        },
                        state.clone(),
                    );
                harness.run_steps(4);
                assert!(
                    harness.query_all_by_label_contains(words).next().is_some(),
                    "{name} at {width}×{height} does not say «{words}»"
                );
                // What it is about may lie below the fold.
                let first = harness.query_all_by_label_contains(words).next();
                if let Some(hidden) = first.filter(|node| node.rect().bottom() > height) {
                    hidden.scroll_to_me();
                    harness.run_steps(30);
                }
                let image = harness.render().unwrap();
                image.save(folder.join(format!("{name}-{theme_name}-{width}x{height}.png"))).unwrap();
            }
        }
    }
    println!("{}", folder.display());
}
