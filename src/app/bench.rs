//! `pag-bert bench-ui`: how the window behaves on this machine, measured on the window itself with the embedded model.

use std::io::{self, Write};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use egui::{Context, Ui, vec2};

use super::window::{Start, Window};
use crate::config::{ModelChoice, Settings};
use crate::error::UserError;
use crate::i18n::{I18n, Lang};
use crate::paths::Paths;
use crate::ui::action::Action;

/// What was measured in the real window, in seconds, frames and bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Measured {
    first_frame_s: f64,
    model_ready_s: f64,
    first_token_s: f64,
    idle_frames: u64,
    resident_bytes: u64,
}

/// Opens the window with `model`, lets it write a suggestion, watches it idle for `idle_s` seconds, closes it, and prints
/// the figures. `began` is when the program started.
///
/// # Errors
/// When there is no display, or the output can't be written.
pub fn bench(began: Instant, model: ModelChoice, idle_s: u64) -> Result<(), UserError> {
    let output = |error: io::Error| UserError::new("error-cli-output").technical(error);
    let home = tempfile::tempdir().map_err(output)?;
    let start = Start {
        settings: Settings { model, ..Settings::default() },
        paths: Paths::under(home.path()),
        default_folder: home.path().to_owned(),
        files: Vec::new(),
    };
    let (sender, receiver) = channel();
    let for_window = start.clone();
    super::open_with(eframe::Renderer::Glow, move |cc| {
        let window = Window::new(&cc.egui_ctx, for_window)?;
        Ok(Box::new(BenchWindow {
            window,
            began,
            idle: Duration::from_secs(idle_s),
            step: Step::First,
            measured: Measured::default(),
            sender,
        }))
    })
    .map_err(|error| UserError::new("error-display").technical(error))?;
    let measured = receiver.recv().map_err(|error| UserError::new("error-display").technical(error))?;
    let frames = frame_work(start).map_err(output)?;
    print(&measured, &frames, idle_s).map_err(output)
}

#[allow(clippy::print_stdout)] // the figures are what was asked for
fn print(measured: &Measured, frames: &[f64], idle_s: u64) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let percentile =
        |share: f64| frames.get(((frames.len() - 1) as f64 * share) as usize).copied().unwrap_or(0.0) * 1e3;
    writeln!(out, "start to first frame      {:>8.3} s", measured.first_frame_s)?;
    writeln!(out, "start to model ready      {:>8.3} s", measured.model_ready_s)?;
    writeln!(out, "Suggest to first token    {:>8.3} s", measured.first_token_s)?;
    writeln!(
        out,
        "a frame's own work        {:>8.2} ms at the median, {:.2} ms at the 99th percentile, {:.2} ms at most ({} frames)",
        percentile(0.5),
        percentile(0.99),
        percentile(1.0),
        frames.len()
    )?;
    writeln!(out, "frames while idle         {:>8} in {idle_s} s", measured.idle_frames)?;
    writeln!(out, "resident memory           {:>8} MB", measured.resident_bytes / 1_000_000)
}

/// What the window does now.
enum Step {
    First,
    Loading,
    Asked(Instant),
    Writing,
    Settling,
    Idle { from: Instant, until: Instant, frames: u64 },
    Done,
}

struct BenchWindow {
    window: Window,
    began: Instant,
    idle: Duration,
    step: Step,
    measured: Measured,
    sender: Sender<Measured>,
}

impl BenchWindow {
    fn advance(&mut self, ctx: &Context) {
        let state = self.window.state();
        match &mut self.step {
            Step::Loading => {
                if state.model.ready.is_some() {
                    self.measured.model_ready_s = self.began.elapsed().as_secs_f64();
                    let facts = I18n::new(Lang::Es).tr("example-hechos");
                    self.window.act(ctx, Action::TryExample(facts));
                    self.step = Step::Asked(Instant::now());
                    self.window.act(ctx, Action::Suggest);
                }
            }
            Step::Asked(at) => {
                if state.job.as_ref().is_none_or(|job| !job.intervention.is_empty()) {
                    self.measured.first_token_s = at.elapsed().as_secs_f64();
                    self.step = Step::Writing;
                }
            }
            Step::Writing => {
                if state.job.is_none() {
                    self.step = Step::Settling;
                }
            }
            Step::Settling => {
                // The draft is written and the messages have gone.
                let quiet = state.toasts.is_empty() && state.cases.iter().all(|open| open.unsaved_since_s.is_none());
                if quiet {
                    self.measured.resident_bytes = resident_bytes();
                    // A second for what the last message leaves behind when it goes.
                    let from = Instant::now() + Duration::from_secs(1);
                    let until = from + self.idle;
                    self.step = Step::Idle { from, until, frames: 0 };
                    wake_at(ctx, until);
                }
            }
            Step::Idle { from, until, frames } => {
                let now = Instant::now();
                if now >= *until {
                    self.measured.idle_frames = *frames;
                    self.step = Step::Done;
                    self.sender.send(self.measured).ok();
                    self.window.act(ctx, Action::QuitNow);
                } else if now >= *from {
                    *frames += 1;
                }
            }
            Step::First | Step::Done => (),
        }
    }
}

impl eframe::App for BenchWindow {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        if matches!(self.step, Step::First) && ctx.cumulative_frame_nr() >= 1 {
            // The frame before is on the screen.
            self.measured.first_frame_s = self.began.elapsed().as_secs_f64();
            self.step = Step::Loading;
        }
        self.window.update(ctx);
        self.advance(ctx);
        if matches!(self.step, Step::First) {
            ctx.request_repaint();
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.window.draw(ui);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.window.shut_down();
    }
}

/// Asks for one frame at that time, from outside the window.
fn wake_at(ctx: &Context, at: Instant) {
    let ctx = ctx.clone();
    let thread = std::thread::Builder::new().name("bench".into()).spawn(move || {
        std::thread::sleep(at.saturating_duration_since(Instant::now()));
        ctx.request_repaint();
    });
    if let Err(error) = thread {
        tracing::warn!(%error, "the idle phase has no end");
    }
}

/// Seconds of each frame's own work (logic, layout, tessellation) while suggestions are written, shortest first. Without
/// a display, so that no rasteriser is measured; frames are drawn as fast as 60 a second.
fn frame_work(start: Start) -> io::Result<Vec<f64>> {
    let ctx = Context::default();
    let mut window = Window::new(&ctx, start)?;
    let facts = I18n::new(Lang::Es).tr("example-hechos");
    let mut frames = Vec::new();
    let began = Instant::now();
    let mut suggestions = 0;
    while suggestions < 20 && began.elapsed() < Duration::from_mins(1) {
        let input = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, vec2(1280.0, 800.0))),
            time: Some(began.elapsed().as_secs_f64()),
            ..egui::RawInput::default()
        };
        let frame_began = Instant::now();
        let output = ctx.run_ui(input, |ui| {
            let ctx = ui.ctx().clone();
            window.update(&ctx);
            window.draw(ui);
        });
        let primitives = ctx.tessellate(output.shapes, output.pixels_per_point);
        let spent_s = frame_began.elapsed().as_secs_f64();
        drop(primitives);
        if window.state().job.is_some() {
            frames.push(spent_s);
        } else if window.state().model.ready.is_some() {
            suggestions += 1;
            window.act(&ctx, Action::TryExample(facts.clone()));
            window.act(&ctx, Action::Regenerate);
        }
        std::thread::sleep(Duration::from_millis(16).saturating_sub(frame_began.elapsed()));
    }
    window.shut_down();
    frames.sort_by(f64::total_cmp);
    Ok(frames)
}

/// Memory of this process that is in use, where the system tells it.
fn resident_bytes() -> u64 {
    let Ok(pid) = sysinfo::get_current_pid() else { return 0 };
    let Ok(mut system) = sysinfo::System::new() else { return 0 };
    system.refresh_processes(sysinfo::ProcessesToUpdate::Some(&[pid]), true);
    system.process(pid).map_or(0, sysinfo::Process::memory)
}
