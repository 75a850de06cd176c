//! `pag-bert bench-ui --vault-cases N`: how the list of a large vault behaves, measured on the whole window with the real
//! storage thread, but without a display, so that no rasteriser is measured.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use egui::{Context, Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, Pos2, RawInput, Rect, TouchPhase, vec2};

use super::bench::{resident_bytes, spread};
use super::window::{Start, Window};
use crate::config::Settings;
use crate::error::UserError;
use crate::paths::Paths;
use crate::ui::action::{Action, Focus};

/// Frames come so often at most.
const FRAME: Duration = Duration::from_millis(16);
/// An answer that takes longer than this has got lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// A point in the list.
const IN_THE_LIST: Pos2 = Pos2::new(130.0, 520.0);
/// Letters come so many frames apart: about as fast as anybody types.
const FRAMES_A_LETTER: usize = 6;

/// The vault on which the window is opened.
#[derive(Debug, Clone)]
pub struct TrialVault {
    /// Its folder.
    pub folder: PathBuf,
    /// What opens it.
    pub passphrase: String,
    /// Words that are searched for.
    pub words: Vec<String>,
}

/// What was measured: seconds, the shortest first.
#[derive(Debug, Default)]
struct Measured {
    cases: usize,
    /// From the open vault to its first rows on the screen.
    list_s: f64,
    scrolling: Vec<f64>,
    jumping: Vec<f64>,
    searching: Vec<f64>,
    /// From a letter to the list that it asks for.
    answers: Vec<f64>,
    most_resident_bytes: u64,
}

/// Unlocks the vault in a window, scrolls through its list, jumps over it and searches it, and prints the figures.
///
/// # Errors
/// When the vault doesn't open, an answer doesn't come, or the output can't be written.
pub fn bench_archive(trial: &TrialVault) -> Result<(), UserError> {
    let output = |error: io::Error| UserError::new("error-cli-output").technical(error);
    let home = tempfile::tempdir().map_err(output)?;
    let settings = Settings { vault: Some(trial.folder.clone()), ..Settings::default() };
    let start =
        Start { settings, paths: Paths::under(home.path()), default_folder: home.path().to_owned(), files: Vec::new() };
    let ctx = Context::default();
    let window = Window::new(&ctx, start).map_err(output)?;
    let mut bench = Bench { ctx, window, began: Instant::now(), frames: 0, measured: Measured::default() };
    let done = bench.run(trial);
    bench.window.shut_down();
    done.map_err(output)?;
    bench.measured.print().map_err(output)
}

struct Bench {
    ctx: Context,
    window: Window,
    began: Instant,
    frames: usize,
    measured: Measured,
}

impl Bench {
    fn run(&mut self, trial: &TrialVault) -> io::Result<()> {
        self.until(|window| window.state().model.ready.is_some())?;
        self.window.type_passphrase(&self.ctx, &trial.passphrase);
        self.until(|window| window.state().vault.open().is_some())?;
        let opened = Instant::now();
        self.until(|window| window.state().archive.hit(0).is_some())?;
        self.frame(Vec::new());
        self.measured.list_s = opened.elapsed().as_secs_f64();
        self.measured.cases = self.window.state().archive.total().unwrap_or_default();
        self.scroll();
        self.jump();
        for word in &trial.words {
            self.search(word)?;
        }
        for times in [
            &mut self.measured.scrolling,
            &mut self.measured.jumping,
            &mut self.measured.searching,
            &mut self.measured.answers,
        ] {
            times.sort_by(f64::total_cmp);
        }
        Ok(())
    }

    /// One frame, and the seconds of its own work: logic, layout, tessellation.
    fn frame(&mut self, events: Vec<Event>) -> f64 {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(1280.0, 800.0))),
            time: Some(self.began.elapsed().as_secs_f64()),
            events,
            ..RawInput::default()
        };
        let began = Instant::now();
        let window = &mut self.window;
        let mut output = self.ctx.run_ui(input, |ui| {
            let ctx = ui.ctx().clone();
            window.update(&ctx);
            window.draw(ui);
        });
        // There is no screen to bring them to.
        output.textures_delta.clear();
        let primitives = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let spent = began.elapsed();
        drop(primitives);
        self.frames += 1;
        if self.frames.is_multiple_of(50) {
            self.measured.most_resident_bytes = self.measured.most_resident_bytes.max(resident_bytes());
        }
        std::thread::sleep(FRAME.saturating_sub(spent));
        spent.as_secs_f64()
    }

    fn until(&mut self, done: impl Fn(&Window) -> bool) -> io::Result<()> {
        let began = Instant::now();
        while !done(&self.window) {
            if began.elapsed() > PATIENCE {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.frame(Vec::new());
        }
        Ok(())
    }

    /// With the wheel, slowly and fast.
    fn scroll(&mut self) {
        for frame in 0..900 {
            let speed = if frame % 300 < 200 { 120.0 } else { 2_500.0 };
            let wheel = Event::MouseWheel {
                unit: MouseWheelUnit::Point,
                delta: vec2(0.0, -speed),
                phase: TouchPhase::Move,
                source: MouseWheelSource::Wheel,
                modifiers: Modifiers::NONE,
            };
            let spent_s = self.frame(vec![Event::PointerMoved(IN_THE_LIST), wheel]);
            self.measured.scrolling.push(spent_s);
        }
    }

    /// With the keyboard, page by page and from end to end.
    fn jump(&mut self) {
        self.window.act(&self.ctx, Action::Focus(Focus::Search));
        self.frame(Vec::new());
        for turn in 0..600 {
            let key = match turn % 60 {
                0 => Key::ArrowDown,
                30 => Key::End,
                59 => Key::Home,
                step if step < 30 => Key::PageDown,
                _ => Key::PageUp,
            };
            let spent_s = self.frame(vec![key_pressed(key)]);
            self.measured.jumping.push(spent_s);
        }
    }

    fn search(&mut self, word: &str) -> io::Result<()> {
        self.window.act(&self.ctx, Action::Focus(Focus::Search));
        self.frame(Vec::new());
        for letter in word.chars() {
            let typed = Instant::now();
            let mut answered = None;
            let mut events = vec![Event::Text(letter.to_string())];
            for _ in 0..FRAMES_A_LETTER {
                let spent_s = self.frame(std::mem::take(&mut events));
                self.measured.searching.push(spent_s);
                if answered.is_none() && self.window.state().archive.is_settled() {
                    answered = Some(typed.elapsed().as_secs_f64());
                }
            }
            if answered.is_none() {
                self.until(|window| window.state().archive.is_settled())?;
            }
            self.measured.answers.push(answered.unwrap_or_else(|| typed.elapsed().as_secs_f64()));
        }
        for _ in word.chars() {
            self.frame(vec![key_pressed(Key::Backspace)]);
        }
        self.until(|window| window.state().archive.is_settled())
    }
}

fn key_pressed(key: Key) -> Event {
    Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE }
}

impl Measured {
    #[allow(clippy::print_stdout)] // the figures are what was asked for
    fn print(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "cases in the vault        {:>8}", self.cases)?;
        writeln!(out, "open vault to its list    {:>8.1} ms", 1e3 * self.list_s)?;
        writeln!(out, "a frame while scrolling   {}", spread(&self.scrolling))?;
        writeln!(out, "a frame while jumping     {}", spread(&self.jumping))?;
        writeln!(out, "a frame while searching   {}", spread(&self.searching))?;
        writeln!(out, "a letter to its list      {}", spread(&self.answers))?;
        writeln!(out, "most resident memory      {:>8} MB", self.most_resident_bytes / 1_000_000)
    }
}
