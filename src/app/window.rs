//! The window itself: drains what the threads say, draws, and carries out what the person wants.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use egui::{Context, OutputCommand, Ui, ViewportCommand};

use super::apply::{self, apply_action, apply_dialog, apply_download, apply_inference, apply_storage, tick};
use super::care::apply_care;
use super::clipboard::{Leaving, leaving};
use super::desk::{Desk, Effect};
use super::dialogs::{self, Picked};
use super::idle::{Clocks, note_input};
use super::system_clipboard::SystemClipboard;
use crate::clock;
use crate::config::Settings;
use crate::error::UserError;
use crate::i18n::I18n;
use crate::paths::Paths;
use crate::ui::action::Action;
use crate::ui::state::{AppState, MemoryInfo, ToastBody};
use crate::ui::vault_state::{Typed, VaultState};
use crate::ui::{self, theme};
use crate::worker::care::{self, CareCommand, CareEvent, CareHandle};
use crate::worker::download::{self, DownloadHandle};
use crate::worker::inference::{self, InferenceHandle};
use crate::worker::load::load_local;
use crate::worker::protocol::{DownloadCommand, InferenceCommand, InferenceEvent, StorageCommand};
use crate::worker::session::{self, SessionEvent, SessionHandle};
use crate::worker::storage::{self, StorageHandle};

/// What the threads have said is read for so long in one frame; the rest waits for the next.
const DRAIN: Duration = Duration::from_millis(4);

/// What the window begins with.
#[derive(Debug, Clone)]
pub struct Start {
    /// Settings, as they were kept.
    pub settings: Settings,
    /// Where settings and drafts lie.
    pub paths: Paths,
    /// Where cases are saved until a folder was chosen.
    pub default_folder: PathBuf,
    /// Case files to open.
    pub files: Vec<PathBuf>,
}

/// The program's window.
pub struct Window {
    state: AppState,
    desk: Desk,
    i18n: I18n,
    inference: Option<InferenceHandle>,
    storage: Option<StorageHandle>,
    download: Option<DownloadHandle>,
    care: Option<CareHandle>,
    /// What the storage thread had no room for: nothing of it may be lost.
    unsent: VecDeque<StorageCommand>,
    picked: (Sender<Picked>, Receiver<Picked>),
    began: Instant,
    shown: (crate::config::ThemeChoice, f32),
    quitting: bool,
    clipboard: SystemClipboard,
    /// None where the system gives no thread for it.
    session: Option<SessionHandle>,
    /// The computer waits for the vault to be locked, and then sleeps.
    sleep_waits: bool,
    clocks: Clocks,
    /// The inference thread is still to be told that nothing of a case may be left.
    must_forget: bool,
}

impl Window {
    /// Starts the threads and asks for drafts, the model and the files of the command line.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new(ctx: &Context, start: Start) -> std::io::Result<Self> {
        theme::install(ctx, super::fonts::of_system());
        theme::apply(ctx, start.settings.theme, start.settings.scale);
        let waker = |ctx: &Context| {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        let inference = inference::spawn(Arc::new(load_local), waker(ctx))?;
        let models_folder = start.paths.models_dir.clone();
        let storage = storage::spawn(start.paths, start.settings.lang, waker(ctx))?;
        let download = download::spawn(waker(ctx))?;
        let care = care::spawn(waker(ctx))?;
        let mut window = Self {
            i18n: I18n::new(start.settings.lang),
            shown: (start.settings.theme, start.settings.scale),
            state: AppState {
                memory: memory(),
                default_folder: start.default_folder,
                models_folder,
                settings: start.settings,
                ..AppState::default()
            },
            desk: Desk::default(),
            inference: Some(inference),
            storage: Some(storage),
            download: Some(download),
            care: Some(care),
            unsent: VecDeque::new(),
            picked: unbounded(),
            began: Instant::now(),
            quitting: false,
            clipboard: SystemClipboard::default(),
            session: session::spawn(waker(ctx)).ok(),
            sleep_waits: false,
            clocks: Clocks::default(),
            must_forget: false,
        };
        let effects = apply::start(&mut window.state, &mut window.desk, start.files);
        window.carry_out(ctx, effects);
        Ok(window)
    }

    /// What is shown, for measurements and tests.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Does what a person could ask for, for measurements and tests.
    pub fn act(&mut self, ctx: &Context, action: Action) {
        let effects = apply_action(&mut self.state, &mut self.desk, action);
        self.carry_out(ctx, effects);
    }

    /// Types the locked vault's passphrase and opens it, for measurements.
    pub fn type_passphrase(&mut self, ctx: &Context, passphrase: &str) {
        if let VaultState::Locked(form) = &mut self.state.vault {
            form.typed = Typed(passphrase.to_owned());
            self.act(ctx, Action::Unlock);
        }
    }

    /// Puts text into the shown case's facts as a person would, for measurements.
    pub fn type_facts(&mut self, ctx: &Context, text: &str) {
        if let Some(open) = self.state.shown_mut()
            && open.case.hechos != text
        {
            text.clone_into(&mut open.case.hechos);
            self.act(ctx, Action::CaseEdited);
        }
    }

    /// Everything but drawing: what the threads said, and what is due.
    pub fn update(&mut self, ctx: &Context) {
        self.state.now_s = self.began.elapsed().as_secs_f64();
        note_input(&mut self.state, ctx);
        self.drain(ctx);
        self.hear_session(ctx);
        let effects = tick(&mut self.state, &mut self.desk);
        self.carry_out(ctx, effects);
        self.send_unsent();
        if std::mem::take(&mut self.must_forget) {
            self.send_inference(InferenceCommand::Forget);
        }
        if ctx.input(|input| input.viewport().close_requested()) && !self.quitting {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.act(ctx, Action::Quit);
        }
        self.follow_settings(ctx);
        if let Some(seconds) = apply::next_tick_s(&self.state, &self.desk) {
            // A little later than due, so that it is due then.
            ctx.request_repaint_after(Duration::from_secs_f64(seconds + 0.01));
        }
    }

    /// Draws, and does what the person wants.
    pub fn draw(&mut self, ui: &mut Ui) {
        let actions = ui::window(ui, &mut self.state, &self.i18n);
        for action in actions {
            let shows_memory = |action: &Action| {
                matches!(
                    action,
                    Action::ShowModal(ui::action::Modal::Model(_)) | Action::AskPrepare | Action::ShowPrepare
                )
            };
            if shows_memory(&action) {
                self.state.memory = memory();
            }
            self.act(ui.ctx(), action);
        }
        self.watch_copies(ui.ctx());
    }

    /// Before the computer sleeps, and when the person locks the screen, the vault is locked.
    fn hear_session(&mut self, ctx: &Context) {
        while let Some(event) = self.session.as_ref().and_then(|session| session.events().try_recv().ok()) {
            self.sleep_waits |= event == SessionEvent::Sleeps;
            self.act(ctx, Action::Lock);
        }
        if self.clocks.have_slept(self.state.now_s, clock::unix_ms()) {
            self.act(ctx, Action::Lock);
        }
        if self.sleep_waits && !self.desk.locking {
            self.sleep_waits = false;
            if let Some(session) = &self.session {
                session.may_sleep();
            }
        }
    }

    /// What leaves this frame for the clipboard, from a button or from the fields.
    fn watch_copies(&mut self, ctx: &Context) {
        let commands = ctx.output_mut(|output| std::mem::take(&mut output.commands));
        for command in commands {
            let text = match command {
                OutputCommand::CopyText(text) => leaving(&self.state, &mut self.desk, text, false),
                OutputCommand::TextSelectionSettled(text) => leaving(&self.state, &mut self.desk, text, true),
                other => {
                    ctx.send_cmd(other);
                    continue;
                }
            };
            if let Leaving::Clipboard(text) = text
                && let Some(text) = self.clipboard.put(text)
            {
                ctx.copy_text(text);
            }
        }
    }

    fn drain(&mut self, ctx: &Context) {
        let until = Instant::now() + DRAIN;
        while Instant::now() < until {
            let event = self.inference.as_ref().and_then(|thread| thread.events().try_recv().ok());
            let Some(event) = event else { break };
            self.note_memory(&event);
            let effects = apply_inference(&mut self.state, &mut self.desk, event);
            self.carry_out(ctx, effects);
        }
        while let Some(event) = self.storage.as_ref().and_then(|thread| thread.events().try_recv().ok()) {
            let effects = apply_storage(&mut self.state, &mut self.desk, event);
            self.carry_out(ctx, effects);
        }
        while let Some(event) = self.download.as_ref().and_then(|thread| thread.events().try_recv().ok()) {
            let effects = apply_download(&mut self.state, &mut self.desk, event);
            self.carry_out(ctx, effects);
        }
        while let Some(event) = self.care.as_ref().and_then(|thread| thread.events().try_recv().ok()) {
            let effects = apply_care(&mut self.state, &mut self.desk, event);
            self.carry_out(ctx, effects);
        }
        while let Ok((what, paths)) = self.picked.1.try_recv() {
            let effects = apply_dialog(&mut self.state, what, paths);
            self.carry_out(ctx, effects);
        }
        if self.inference.as_ref().is_some_and(|thread| !thread.events().is_empty()) {
            ctx.request_repaint();
        }
    }

    fn note_memory(&mut self, event: &InferenceEvent) {
        if matches!(event, InferenceEvent::Ready { .. } | InferenceEvent::LoadFailed { .. }) {
            self.state.memory = memory();
        }
    }

    /// Language, theme and size, where the settings have changed.
    fn follow_settings(&mut self, ctx: &Context) {
        let settings = &self.state.settings;
        if settings.lang != self.i18n.lang() {
            self.i18n = I18n::new(settings.lang);
        }
        if self.shown != (settings.theme, settings.scale) {
            self.shown = (settings.theme, settings.scale);
            theme::apply(ctx, settings.theme, settings.scale);
        }
    }

    fn carry_out(&mut self, ctx: &Context, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Inference(command) => self.send_inference(command),
                Effect::Storage(command) => self.unsent.push_back(command),
                Effect::Download(command) => self.send_download(command),
                Effect::Care(command) => self.send_care(command),
                Effect::Copy(text) => ctx.copy_text(text),
                Effect::ClearClipboard(copied) => {
                    if self.clipboard.clear(&copied) {
                        ctx.copy_text(String::new());
                    }
                }
                Effect::Dialog(what) => {
                    let ctx = ctx.clone();
                    let title = self.i18n.tr("browse");
                    dialogs::show(what, title, self.picked.0.clone(), move || ctx.request_repaint());
                }
                Effect::Quit => {
                    self.quitting = true;
                    ctx.send_viewport_cmd(ViewportCommand::Close);
                }
            }
        }
        self.send_unsent();
    }

    /// A thread that has too much to do is told as such; nothing waits unseen.
    fn send_inference(&mut self, command: InferenceCommand) {
        let Some(inference) = &self.inference else { return };
        let Err(command) = inference.try_send(command) else { return };
        match command {
            InferenceCommand::ReadAhead { .. } => return,
            InferenceCommand::Forget => {
                self.must_forget = true;
                return;
            }
            _ => (),
        }
        self.desk.toast(&mut self.state, ToastBody::Info("toast-busy"));
        match command {
            InferenceCommand::Generate { .. } => self.state.job = None,
            InferenceCommand::Load { .. } => self.state.model.loading = None,
            InferenceCommand::ReadAhead { .. } | InferenceCommand::Forget | InferenceCommand::Shutdown => (),
        }
    }

    fn send_download(&mut self, command: DownloadCommand) {
        if self.download.as_ref().is_none_or(|thread| thread.try_send(command).is_err()) {
            self.desk.toast(&mut self.state, ToastBody::Info("toast-busy"));
            self.state.model.loading = None;
        }
    }

    fn send_care(&mut self, command: CareCommand) {
        let Some(care) = &self.care else { return };
        if let Err(CareCommand::Task { job, .. } | CareCommand::Restore { job, .. }) = care.try_send(command) {
            let busy = CareEvent::Failed { job, error: UserError::new("error-storage-fault") };
            drop(apply_care(&mut self.state, &mut self.desk, busy));
        }
    }

    fn send_unsent(&mut self) {
        let Some(storage) = &self.storage else { return };
        while let Some(command) = self.unsent.pop_front() {
            if let Err(command) = storage.try_send(command) {
                self.unsent.push_front(command);
                return;
            }
        }
    }

    /// Stops what runs and waits until all is written.
    pub fn shut_down(&mut self) {
        self.desk.stop_all();
        if let Some(storage) = self.storage.take() {
            storage.shutdown(self.unsent.drain(..));
        }
        if let Some(care) = self.care.take() {
            care.shutdown();
        }
        if let Some(download) = self.download.take() {
            download.shutdown();
        }
        if let Some(inference) = self.inference.take() {
            inference.shutdown();
        }
    }
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.update(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.shut_down();
    }
}

/// The memory of this machine, in bytes.
fn memory() -> MemoryInfo {
    MemoryInfo {
        total_bytes: crate::model::total_bytes().unwrap_or_default(),
        available_bytes: crate::model::available_bytes().unwrap_or_default(),
    }
}
