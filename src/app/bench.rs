//! `pag-bert bench-ui`: how the window behaves on this machine, measured on the window itself with the embedded model.

use std::io::{self, Write};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use egui::{Context, Ui, vec2};

use super::window::{Start, Window};
use crate::config::Settings;
use crate::error::UserError;
use crate::paths::Paths;
use crate::ui::action::Action;
use crate::ui::state::{Job, JobPhase};

/// What was measured in the real window, in seconds, frames and bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Measured {
    first_frame_s: f64,
    model_ready_s: f64,
    prompt_tokens: usize,
    tokens_per_s: f64,
    first_token_s: f64,
    /// From «Parar» to its end while the prompt is read; none where the prompt was read before.
    stop_reading_s: Option<f64>,
    /// The same while words come.
    stop_writing_s: Option<f64>,
    idle_frames: u64,
    resident_bytes: u64,
    peak_bytes: Option<u64>,
}

/// Seconds of each frame's logic and layout in the real window, shortest first once all are there.
#[derive(Debug, Clone, Default)]
struct Frames {
    /// While facts are typed.
    typing: Vec<f64>,
    /// While a suggestion is read and written.
    generating: Vec<f64>,
}

/// What the window is put through.
#[derive(Debug, Clone)]
pub struct BenchPlan {
    /// The facts for which it writes a suggestion.
    pub facts: String,
    /// Words a minute at which they are typed; none = they are there at once.
    pub type_wpm: Option<u32>,
    /// How long it is watched idling.
    pub idle: Duration,
}

impl BenchPlan {
    /// The facts as far as they are typed after `elapsed`, and whether they are whole. Letters come evenly.
    fn typed_after(&self, elapsed: Duration) -> (&str, bool) {
        let Some(wpm) = self.type_wpm else { return (&self.facts, true) };
        let whole_s = self.facts.split_whitespace().count() as f64 * 60.0 / f64::from(wpm);
        let letters = self.facts.chars().count() as f64 * elapsed.as_secs_f64() / whole_s.max(f64::MIN_POSITIVE);
        match self.facts.char_indices().nth(letters as usize) {
            Some((end, _)) => (&self.facts[..end], false),
            None => (&self.facts, true),
        }
    }
}

/// Opens the window with `settings`, lets it write a suggestion, watches it idle, closes it, and prints the figures. `began`
/// is when the program started.
///
/// # Errors
/// When there is no display, or the output can't be written.
pub fn bench(began: Instant, settings: Settings, plan: &BenchPlan) -> Result<(), UserError> {
    let output = |error: io::Error| UserError::new("error-cli-output").technical(error);
    let home = tempfile::tempdir().map_err(output)?;
    let start =
        Start { settings, paths: Paths::under(home.path()), default_folder: home.path().to_owned(), files: Vec::new() };
    let (sender, receiver) = channel();
    let (for_window, for_steps) = (start.clone(), plan.clone());
    super::open_with(eframe::Renderer::Glow, move |cc| {
        let window = Window::new(&cc.egui_ctx, for_window)?;
        Ok(Box::new(BenchWindow {
            window,
            began,
            plan: for_steps,
            frames: Frames::default(),
            step: Step::First,
            measured: Measured::default(),
            frame_began: began,
            sender,
        }))
    })
    .map_err(|error| UserError::new("error-display").technical(error))?;
    let (measured, in_window) = receiver.recv().map_err(|error| UserError::new("error-display").technical(error))?;
    let frames = frame_work(start, &plan.facts).map_err(output)?;
    print(&measured, &in_window, &frames, plan).map_err(output)
}

#[allow(clippy::print_stdout)] // the figures are what was asked for
fn print(measured: &Measured, in_window: &Frames, frames: &[f64], plan: &BenchPlan) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let stop = |seconds: Option<f64>| seconds.map_or_else(|| "   too quick".to_owned(), |s| format!("{s:>8.3} s"));
    writeln!(out, "start to first frame      {:>8.3} s", measured.first_frame_s)?;
    writeln!(out, "start to model ready      {:>8.3} s", measured.model_ready_s)?;
    writeln!(out, "Suggest to first token    {:>8.3} s", measured.first_token_s)?;
    writeln!(out, "tokens read, then written {:>8} at {:.1} a second", measured.prompt_tokens, measured.tokens_per_s)?;
    writeln!(out, "Stop while reading        {}", stop(measured.stop_reading_s))?;
    writeln!(out, "Stop while writing        {}", stop(measured.stop_writing_s))?;
    if plan.type_wpm.is_some() {
        writeln!(out, "a frame while typing      {}", spread(&in_window.typing))?;
    }
    writeln!(out, "a frame while generating  {}", spread(&in_window.generating))?;
    writeln!(out, "a frame's own work        {}", spread(frames))?;
    writeln!(out, "frames while idle         {:>8} in {} s", measured.idle_frames, plan.idle.as_secs())?;
    writeln!(out, "resident memory           {:>8} MB", measured.resident_bytes / 1_000_000)?;
    writeln!(out, "highest resident memory   {:>8} MB", measured.peak_bytes.unwrap_or_default() / 1_000_000)
}

/// Of seconds, shortest first.
pub(super) fn spread(sorted: &[f64]) -> String {
    let percentile =
        |share: f64| sorted.get((sorted.len().saturating_sub(1) as f64 * share) as usize).copied().unwrap_or(0.0) * 1e3;
    format!(
        "{:>8.2} ms at the median, {:.2} ms at the 99th percentile, {:.2} ms at most ({} frames)",
        percentile(0.5),
        percentile(0.99),
        percentile(1.0),
        sorted.len()
    )
}

/// What the window does now.
enum Step {
    First,
    Loading,
    Typing(Instant),
    Asked(Instant),
    Writing,
    /// Another suggestion was asked for, to stop it while its prompt is read, or while it is written.
    ToStop(Moment),
    Stopping(Moment, Instant),
    Settling,
    Idle {
        from: Instant,
        until: Instant,
        frames: u64,
    },
    Done,
}

/// When «Parar» is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Reading,
    Writing,
}

struct BenchWindow {
    window: Window,
    began: Instant,
    plan: BenchPlan,
    step: Step,
    measured: Measured,
    frames: Frames,
    frame_began: Instant,
    sender: Sender<(Measured, Frames)>,
}

impl BenchWindow {
    fn advance(&mut self, ctx: &Context) {
        let state = self.window.state();
        match &mut self.step {
            Step::Loading => {
                if state.model.ready.is_some() {
                    self.measured.model_ready_s = self.began.elapsed().as_secs_f64();
                    self.step = Step::Typing(Instant::now());
                    ctx.request_repaint();
                }
            }
            Step::Typing(since) => {
                let (typed, whole) = self.plan.typed_after(since.elapsed());
                self.window.type_facts(ctx, typed);
                // As often as letters come at a few hundred words a minute.
                ctx.request_repaint_after(Duration::from_millis(20));
                if whole {
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
                    if let Some(made) = state.shown().and_then(|open| open.case.propuesta.as_ref()) {
                        self.measured.prompt_tokens = made.prompt_tokens;
                        self.measured.tokens_per_s = made.timing.tokens_per_s;
                    }
                    // From the first word on, so that nothing of the prompt is read yet.
                    let other: Vec<&str> = self.plan.facts.split_whitespace().rev().collect();
                    self.window.type_facts(ctx, &other.join(" "));
                    self.ask_to_stop(ctx, Moment::Reading);
                }
            }
            Step::ToStop(moment) => {
                let moment = *moment;
                let reading = |job: &Job| matches!(job.phase, JobPhase::Reading { fraction } if fraction > 0.0);
                let due = |job: &Job| match moment {
                    Moment::Reading => reading(job),
                    Moment::Writing => job.tokens > 2,
                };
                match &state.job {
                    Some(job) if due(job) => {
                        self.step = Step::Stopping(moment, Instant::now());
                        self.window.act(ctx, Action::Stop);
                    }
                    // It ended by itself, or the prompt was read before this frame.
                    None => self.stopped(ctx, moment, None),
                    Some(_) => (),
                }
            }
            Step::Stopping(moment, at) => {
                if state.job.is_none() {
                    let (moment, took) = (*moment, at.elapsed());
                    self.stopped(ctx, moment, Some(took.as_secs_f64()));
                }
            }
            Step::Settling => {
                // The draft is written and the messages have gone.
                let quiet = state.toasts.is_empty() && state.cases.iter().all(|open| open.unsaved_since_s.is_none());
                if quiet {
                    self.measured.resident_bytes = resident_bytes();
                    self.measured.peak_bytes = crate::model::peak_bytes();
                    // A second for what the last message leaves behind when it goes.
                    let from = Instant::now() + Duration::from_secs(1);
                    let until = from + self.plan.idle;
                    self.step = Step::Idle { from, until, frames: 0 };
                    wake_at(ctx, until);
                }
            }
            Step::Idle { from, until, frames } => {
                let now = Instant::now();
                if now >= *until {
                    self.measured.idle_frames = *frames;
                    self.step = Step::Done;
                    self.frames.typing.sort_by(f64::total_cmp);
                    self.frames.generating.sort_by(f64::total_cmp);
                    self.sender.send((self.measured, std::mem::take(&mut self.frames))).ok();
                    self.window.act(ctx, Action::QuitNow);
                } else if now >= *from {
                    *frames += 1;
                }
            }
            Step::First | Step::Done => (),
        }
    }

    fn ask_to_stop(&mut self, ctx: &Context, moment: Moment) {
        self.step = Step::ToStop(moment);
        self.window.act(ctx, Action::Suggest);
    }

    /// Notes how long a stop took, and goes on to the next.
    fn stopped(&mut self, ctx: &Context, moment: Moment, took_s: Option<f64>) {
        match moment {
            Moment::Reading => {
                self.measured.stop_reading_s = took_s;
                self.ask_to_stop(ctx, Moment::Writing);
            }
            Moment::Writing => {
                self.measured.stop_writing_s = took_s;
                self.step = Step::Settling;
            }
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
        self.frame_began = Instant::now();
        self.window.update(ctx);
        self.advance(ctx);
        if matches!(self.step, Step::First) {
            ctx.request_repaint();
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.window.draw(ui);
        let spent_s = self.frame_began.elapsed().as_secs_f64();
        match self.step {
            Step::Typing(_) => self.frames.typing.push(spent_s),
            Step::Asked(_) | Step::Writing => self.frames.generating.push(spent_s),
            _ => (),
        }
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
fn frame_work(start: Start, facts: &str) -> io::Result<Vec<f64>> {
    let ctx = Context::default();
    let mut window = Window::new(&ctx, start)?;
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
        let mut output = ctx.run_ui(input, |ui| {
            let ctx = ui.ctx().clone();
            window.update(&ctx);
            window.draw(ui);
        });
        // There is no screen to bring them to.
        output.textures_delta.clear();
        let primitives = ctx.tessellate(output.shapes, output.pixels_per_point);
        let spent_s = frame_began.elapsed().as_secs_f64();
        drop(primitives);
        if window.state().job.is_some() {
            frames.push(spent_s);
        } else if window.state().model.ready.is_some() {
            suggestions += 1;
            window.act(&ctx, Action::TryExample(facts.to_owned()));
            window.act(&ctx, Action::Regenerate);
        }
        std::thread::sleep(Duration::from_millis(16).saturating_sub(frame_began.elapsed()));
    }
    window.shut_down();
    frames.sort_by(f64::total_cmp);
    Ok(frames)
}

/// Memory of this process that is in use, where the system tells it.
pub(super) fn resident_bytes() -> u64 {
    let Ok(pid) = sysinfo::get_current_pid() else { return 0 };
    let Ok(mut system) = sysinfo::System::new() else { return 0 };
    system.refresh_processes(sysinfo::ProcessesToUpdate::Some(&[pid]), true);
    system.process(pid).map_or(0, sysinfo::Process::memory)
}
