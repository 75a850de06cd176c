//! Joins the window and the threads: the only place that knows both.

mod apply;
mod archive;
mod bench;
mod bench_archive;
mod care;
mod cases;
mod clipboard;
mod conflict;
mod desk;
mod dialogs;
mod documents;
mod drafts;
mod fonts;
mod gate;
mod idle;
mod model;
mod prepare;
mod suggest;
mod system_clipboard;
mod vault;
mod window;

use std::path::PathBuf;
use std::sync::Arc;

use egui::{IconData, ViewportBuilder};

pub use apply::{apply_action, apply_dialog, apply_download, apply_inference, apply_storage, start, tick};
pub use bench::{BenchPlan, bench};
pub use bench_archive::{TrialVault, bench_archive};
pub use care::apply_care;
pub use clipboard::{Copied, Leaving, leaving};
pub use desk::{Desk, Effect};
pub use idle::note_input;
pub use window::{Start, Window};

use crate::config::Settings;
use crate::error::UserError;
use crate::paths::Paths;

/// The window's smallest size, in points.
const MIN_SIZE: [f32; 2] = [640.0, 480.0];
/// The size that it begins with.
const FIRST_SIZE: [f32; 2] = [1280.0, 800.0];

/// Opens the window and stays until it is closed. OpenGL first; where that fails, what wgpu finds.
///
/// # Errors
/// When there is no display, or no graphics driver that works.
pub fn run(paths: Paths, settings: Settings, files: Vec<PathBuf>) -> Result<(), UserError> {
    let default_folder = default_folder(&paths);
    let start = Start { settings, paths, default_folder, files };
    // winit panics where there is no display at all.
    if cfg!(all(unix, not(target_os = "macos"))) && !has_display() {
        return Err(UserError::new("error-display").technical("neither DISPLAY nor WAYLAND_DISPLAY is set"));
    }
    let Err(gl) = open(eframe::Renderer::Glow, start.clone()) else { return Ok(()) };
    tracing::warn!(error = %gl, "no window with OpenGL; trying wgpu");
    open(eframe::Renderer::Wgpu, start)
        .map_err(|wgpu| UserError::new("error-display").technical(format!("OpenGL: {gl}; wgpu: {wgpu}")))
}

fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn open(renderer: eframe::Renderer, start: Start) -> eframe::Result {
    open_with(renderer, |cc| Ok(Box::new(Window::new(&cc.egui_ctx, start)?)))
}

/// What eframe wants of whoever makes the window's content.
type MadeApp = Result<Box<dyn eframe::App>, Box<dyn std::error::Error + Send + Sync>>;

/// Opens a window of the program's kind with something in it.
fn open_with(renderer: eframe::Renderer, app: impl FnOnce(&eframe::CreationContext<'_>) -> MadeApp) -> eframe::Result {
    let viewport = ViewportBuilder::default()
        .with_title("pag-bert")
        .with_app_id("pag-bert")
        .with_inner_size(FIRST_SIZE)
        .with_min_inner_size(MIN_SIZE)
        .with_icon(Arc::new(icon()))
        .with_drag_and_drop(true);
    let options = eframe::NativeOptions { viewport, renderer, ..eframe::NativeOptions::default() };
    eframe::run_native("pag-bert", options, Box::new(|cc| app(cc)))
}

/// The user's documents, or their home.
fn default_folder(paths: &Paths) -> PathBuf {
    let user = directories::UserDirs::new();
    let documents = user.as_ref().and_then(|user| user.document_dir().filter(|dir| dir.is_dir()).map(PathBuf::from));
    documents.or_else(|| user.map(|user| user.home_dir().to_owned())).unwrap_or_else(|| paths.config_dir.clone())
}

/// A case on a sheet of paper.
fn icon() -> IconData {
    eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")).unwrap_or_default()
}
