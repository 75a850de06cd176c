//! Which model to use: the one that comes with the program, the seed's, a folder, or a repository.

use std::path::PathBuf;

use egui::{Frame, Margin, Ui};

use super::super::action::{Action, BrowseFor, ModelForm, ModelWay};
use super::super::cx::Cx;
use super::super::state::AppState;
use super::{finish_row, heading, line_field};
use crate::config::{ModelChoice, ModelLocation, QuantizationChoice, Settings};
use crate::hub::{CATALOGUE, CatalogueEntry};

/// The form, filled with what is in use.
pub(crate) fn model_form(state: &AppState) -> ModelForm {
    let mut form = ModelForm::default();
    let ModelChoice::Custom { base, adapter } = &state.settings.model else { return form };
    if let Some(index) = CATALOGUE.iter().position(|entry| choice_of(entry) == state.settings.model) {
        form.way = ModelWay::Catalogue;
        form.catalogue_index = index;
    }
    match base {
        ModelLocation::Folder { path } => {
            form.way = ModelWay::Folder;
            form.folder = path.display().to_string();
        }
        ModelLocation::Repo { repo, revision } => {
            if form.way != ModelWay::Catalogue {
                form.way = ModelWay::Repo;
            }
            form.repo.clone_from(repo);
            form.revision = revision.clone().unwrap_or_default();
        }
    }
    match adapter {
        Some(ModelLocation::Folder { path }) => form.adapter_folder = path.display().to_string(),
        Some(ModelLocation::Repo { repo, .. }) => form.adapter_repo.clone_from(repo),
        None => (),
    }
    form
}

fn choice_of(entry: &CatalogueEntry) -> ModelChoice {
    ModelChoice::Custom { base: entry.base.location(), adapter: entry.adapter.map(|adapter| adapter.location()) }
}

/// What the form says; none while it is not filled in.
fn choice(form: &ModelForm) -> Option<ModelChoice> {
    let filled = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    let repo = |text: &str| filled(text).filter(|text| text.split('/').filter(|part| !part.is_empty()).count() == 2);
    match form.way {
        ModelWay::Embedded => Some(ModelChoice::Embedded),
        ModelWay::Catalogue => CATALOGUE.get(form.catalogue_index).map(choice_of),
        ModelWay::Folder => Some(ModelChoice::Custom {
            base: ModelLocation::Folder { path: PathBuf::from(filled(&form.folder)?) },
            adapter: filled(&form.adapter_folder).map(|path| ModelLocation::Folder { path: path.into() }),
        }),
        ModelWay::Repo => {
            let adapter = match filled(&form.adapter_repo) {
                None => None,
                Some(text) => Some(ModelLocation::Repo { repo: repo(&text)?, revision: None }),
            };
            let base = ModelLocation::Repo { repo: repo(&form.repo)?, revision: filled(&form.revision) };
            Some(ModelChoice::Custom { base, adapter })
        }
    }
}

pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut ModelForm) {
    heading(ui, cx, "model-heading");
    memory(ui, cx);
    ui.radio_value(&mut form.way, ModelWay::Embedded, cx.tr("model-way-embedded"));
    ui.radio_value(&mut form.way, ModelWay::Catalogue, cx.tr("model-way-catalogue"));
    if form.way == ModelWay::Catalogue {
        for (index, entry) in CATALOGUE.iter().enumerate() {
            catalogue_entry(ui, cx, form, index, entry);
        }
    }
    ui.radio_value(&mut form.way, ModelWay::Folder, cx.tr("model-way-folder"));
    if form.way == ModelWay::Folder {
        ui.indent("folder", |ui| {
            folder_line(ui, cx, "model-folder", &mut form.folder, BrowseFor::ModelFolder);
            folder_line(ui, cx, "model-adapter-folder", &mut form.adapter_folder, BrowseFor::AdapterFolder);
        });
    }
    ui.radio_value(&mut form.way, ModelWay::Repo, cx.tr("model-way-repo"));
    if form.way == ModelWay::Repo {
        ui.indent("repo", |ui| {
            let width = ui.available_width();
            line_field(ui, cx, "repo", "model-repo", &mut form.repo, width);
            line_field(ui, cx, "revision", "model-revision", &mut form.revision, width);
            line_field(ui, cx, "adapter repo", "model-adapter-repo", &mut form.adapter_repo, width);
        });
    }
    ui.add_space(8.0);
    quantization(ui, cx);
    let wanted = choice(form);
    let fetched = matches!(form.way, ModelWay::Catalogue | ModelWay::Repo);
    if fetched {
        cx.note(ui, cx.tr(if cx.state.settings.offline { "model-note-offline" } else { "model-note-download" }));
    }
    if let Some(error) = cx.state.model.failed.clone() {
        cx.error(ui, &error);
    }
    let ready = wanted.is_some();
    if finish_row(ui, cx, "model-use", ready)
        && let Some(wanted) = wanted
    {
        cx.act(Action::ChooseModel(wanted));
    }
}

pub(super) fn memory(ui: &mut Ui, cx: &Cx<'_>) {
    let memory = cx.state.memory;
    if memory.total_bytes > 0 {
        let words = [
            ("total", cx.i18n.bytes(memory.total_bytes).into()),
            ("available", cx.i18n.bytes(memory.available_bytes).into()),
        ];
        cx.note(ui, cx.tr_args("model-memory", &words));
    }
}

fn catalogue_entry(ui: &mut Ui, cx: &Cx<'_>, form: &mut ModelForm, index: usize, entry: &CatalogueEntry) {
    let chosen = form.catalogue_index == index;
    let fill = if chosen { cx.palette.found } else { cx.palette.background };
    Frame::new()
        .fill(fill)
        .corner_radius(6)
        .inner_margin(Margin::symmetric(12, 8))
        .outer_margin(Margin { left: 24, ..Margin::ZERO })
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.radio_value(&mut form.catalogue_index, index, cx.tr(name_message(entry.id)));
            let needed = entry.memory_bytes(cx.state.settings.quantization);
            let revision = entry.base.revision.map_or_else(String::new, |revision| format!(" ({revision})"));
            cx.note(ui, format!("{}{revision}", entry.base.repo));
            if let Some(adapter) = entry.adapter {
                cx.note(ui, cx.tr_args("model-entry-adapter", &[("adapter", adapter.repo.into())]));
            }
            let words = [
                ("download", cx.i18n.bytes(entry.download_bytes()).into()),
                ("memory", cx.i18n.bytes(needed).into()),
                ("licence", entry.licence.into()),
            ];
            cx.note(ui, cx.tr_args("model-entry-needs", &words));
            let total = cx.state.memory.total_bytes;
            if total > 0 && needed > total {
                ui.colored_label(cx.palette.negative, cx.tr("model-entry-too-large"));
            }
        });
}

/// The Fluent message that names a catalogue entry.
fn name_message(id: &str) -> &'static str {
    match id {
        "bertin-half" => "model-bertin-half",
        _ => "model-bertin-full",
    }
}

fn folder_line(ui: &mut Ui, cx: &mut Cx<'_>, message: &'static str, text: &mut String, browse: BrowseFor) {
    let width = ui.available_width() - 120.0;
    line_field(ui, cx, message, message, text, width);
    if ui.button(cx.tr("browse")).clicked() {
        cx.act(Action::Browse(browse));
    }
}

/// How the weights are held: memory against fidelity.
fn quantization(ui: &mut Ui, cx: &mut Cx<'_>) {
    cx.caption(ui, cx.tr("settings-quantization"));
    let mut chosen = cx.state.settings.quantization;
    let before = chosen;
    ui.horizontal_wrapped(|ui| {
        for (one, message) in [
            (QuantizationChoice::Q8_0, "quantization-q8"),
            (QuantizationChoice::Q6k, "quantization-q6"),
            (QuantizationChoice::Q4k, "quantization-q4"),
            (QuantizationChoice::None, "quantization-none"),
        ] {
            ui.radio_value(&mut chosen, one, cx.tr(message));
        }
    });
    if chosen != before {
        let settings = Settings { quantization: chosen, ..cx.state.settings.clone() };
        cx.act(Action::SetSettings(Box::new(settings)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_gives_back_what_it_was_filled_with() {
        for entry in CATALOGUE {
            let mut state = AppState::default();
            state.settings.model = choice_of(entry);
            assert_eq!(choice(&model_form(&state)), Some(choice_of(entry)));
        }
        let mut state = AppState::default();
        state.settings.model = ModelChoice::Custom {
            base: ModelLocation::Repo { repo: "a/b".into(), revision: Some("v1".into()) },
            adapter: Some(ModelLocation::Repo { repo: "c/d".into(), revision: None }),
        };
        assert_eq!(choice(&model_form(&state)), Some(state.settings.model.clone()));
    }

    #[test]
    fn a_form_that_is_not_filled_in_chooses_nothing() {
        let form = |way| ModelForm { way, ..ModelForm::default() };
        assert_eq!(choice(&form(ModelWay::Folder)), None);
        assert_eq!(choice(&form(ModelWay::Repo)), None);
        assert_eq!(choice(&ModelForm { repo: "solo".into(), ..form(ModelWay::Repo) }), None);
        assert_eq!(choice(&ModelForm { repo: "a/b".into(), adapter_repo: "c".into(), ..form(ModelWay::Repo) }), None);
    }
}
