//! The download thread: models from Hugging Face, one download at a time. A pause is a cancel: what has arrived stays on
//! the disk, and the next start goes on from there.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use super::handle::Handle;
use super::prepare::{self, OfferWhen, PrepareJob};
use super::protocol::{DownloadCommand, DownloadEvent, JobId};
use crate::config::ModelLocation;
use crate::error::UserError;
use crate::hub::{self, HubConfig, HubError, Speed};
use crate::inference::Cancel;
use crate::model::gguf::ConvertProgress;

/// So many commands can wait; more means that the thread is busy.
const COMMANDS: usize = 8;
/// Progress is told this often.
const TELL: Duration = Duration::from_millis(100);
/// A thread that has not ended by then is in the middle of connecting; the program's end ends it, and nothing is lost.
const ENDING: Duration = Duration::from_secs(2);

/// How to reach the hub; looked up for each download, so that a token that was put in its file meanwhile counts.
pub type ConfigSource = Box<dyn FnMut() -> Result<HubConfig, HubError> + Send>;

/// The thread's end that the window holds.
#[derive(Debug)]
pub struct DownloadHandle {
    thread: Handle<DownloadCommand, DownloadEvent>,
    running: Arc<Mutex<Running>>,
}

impl DownloadHandle {
    /// Sends a command, or gives it back when the thread has too much to do (or is gone).
    pub fn try_send(&self, command: DownloadCommand) -> Result<(), DownloadCommand> {
        self.thread.try_send(command)
    }

    /// What it tells.
    pub fn events(&self) -> &Receiver<DownloadEvent> {
        self.thread.events()
    }

    /// Stops what is running, and ends the thread.
    pub fn shutdown(self) {
        lock(&self.running).end();
        self.thread.send_all([DownloadCommand::Shutdown]);
        self.thread.join(Some(ENDING));
    }
}

/// What a shutdown has to stop.
#[derive(Debug, Default)]
struct Running {
    cancel: Option<Cancel>,
    ending: bool,
}

impl Running {
    /// Notes the job that begins; it is stopped at once when the thread is to end.
    fn begin(&mut self, cancel: Cancel) {
        if self.ending {
            cancel.cancel();
        }
        self.cancel = Some(cancel);
    }

    fn end(&mut self) {
        self.ending = true;
        if let Some(cancel) = &self.cancel {
            cancel.cancel();
        }
    }
}

fn lock(running: &Mutex<Running>) -> MutexGuard<'_, Running> {
    // Nothing panics while holding it, and a flag is right at any time.
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts the thread, with the hub that the environment names. `wake` is called after each event.
pub fn spawn(wake: impl Fn() + Send + 'static) -> io::Result<DownloadHandle> {
    spawn_with(Box::new(HubConfig::from_env), wake)
}

/// As [`spawn`], with another hub.
pub fn spawn_with(config: ConfigSource, wake: impl Fn() + Send + 'static) -> io::Result<DownloadHandle> {
    let running = Arc::new(Mutex::new(Running::default()));
    let stopped = running.clone();
    let thread = Handle::start("download", COMMANDS, move |inbox, outbox| {
        Worker { config, events: outbox, wake: Box::new(wake), running: stopped }.run(inbox);
    })?;
    Ok(DownloadHandle { thread, running })
}

struct Worker {
    config: ConfigSource,
    events: Sender<DownloadEvent>,
    wake: Box<dyn Fn() + Send>,
    running: Arc<Mutex<Running>>,
}

impl Worker {
    fn run(&mut self, inbox: &Receiver<DownloadCommand>) {
        for command in inbox {
            match command {
                DownloadCommand::Start { job, base, adapter, offline, offer, cancel } => {
                    lock(&self.running).begin(cancel.clone());
                    let fetched = catch_unwind(AssertUnwindSafe(|| {
                        self.fetch(job, &base, adapter.as_ref(), offline, &offer, &cancel)
                    }));
                    let event = fetched
                        .unwrap_or_else(|_| DownloadEvent::Failed { job, error: UserError::new("error-hub-fault") });
                    lock(&self.running).cancel = None;
                    self.send(event);
                }
                DownloadCommand::Prepare { job, what, cancel } => {
                    lock(&self.running).begin(cancel.clone());
                    let made = catch_unwind(AssertUnwindSafe(|| self.prepare(job, &what, &cancel)));
                    let event = made.unwrap_or_else(|_| DownloadEvent::Failed {
                        job,
                        error: UserError::new("error-convert-fault"),
                    });
                    lock(&self.running).cancel = None;
                    self.send(event);
                }
                DownloadCommand::Shutdown => break,
            }
        }
    }

    /// One download, and the last word on it.
    fn fetch(
        &mut self,
        job: JobId,
        base: &ModelLocation,
        adapter: Option<&ModelLocation>,
        offline: bool,
        offer: &(PathBuf, OfferWhen),
        cancel: &Cancel,
    ) -> DownloadEvent {
        let (events, wake) = (&self.events, &self.wake);
        let mut speed = Speed::default();
        let mut told: Option<Instant> = None;
        let mut progress = |now_at: hub::Progress<'_>| {
            let now = Instant::now();
            if told.is_some_and(|before| now.duration_since(before) < TELL) {
                return;
            }
            told = Some(now);
            let event = DownloadEvent::Progress {
                job,
                file: now_at.file.to_owned(),
                bytes_done: now_at.bytes_done,
                bytes_total: now_at.bytes_total,
                bytes_per_s: speed.record(now, now_at.bytes_done),
            };
            if events.send(event).is_ok() {
                wake();
            }
        };
        let fetched = (self.config)().and_then(|mut config| {
            config.offline |= offline;
            hub::fetch_locations(&config, base, adapter, cancel, &mut progress)
        });
        match fetched {
            Ok((base, adapter)) => {
                let offer = prepare::offer(&base, &offer.0, offer.1).map(Box::new);
                DownloadEvent::Done { job, base, adapter, offer }
            }
            Err(HubError::Cancelled) => DownloadEvent::Paused { job },
            Err(error) => {
                tracing::warn!(%error, "the download failed");
                DownloadEvent::Failed { job, error: error.into() }
            }
        }
    }

    /// Makes a smaller file of a model, and says what came of it.
    fn prepare(&mut self, job: JobId, what: &PrepareJob, cancel: &Cancel) -> DownloadEvent {
        let (events, wake) = (&self.events, &self.wake);
        let mut speed = Speed::default();
        let mut told: Option<Instant> = None;
        let mut progress = |now_at: ConvertProgress| {
            let now = Instant::now();
            if told.is_some_and(|before| now.duration_since(before) < TELL) {
                return;
            }
            told = Some(now);
            let ConvertProgress { bytes_done, bytes_total } = now_at;
            let bytes_per_s = speed.record(now, bytes_done);
            if events.send(DownloadEvent::Preparing { job, bytes_done, bytes_total, bytes_per_s }).is_ok() {
                wake();
            }
        };
        match prepare::prepare(what, &mut progress, cancel) {
            Ok(prepared) => DownloadEvent::Prepared { job, prepared: Box::new(prepared) },
            Err(error) => {
                tracing::warn!(%error, "the model is not prepared");
                DownloadEvent::Failed { job, error: error.into() }
            }
        }
    }

    fn send(&self, event: DownloadEvent) {
        if self.events.send(event).is_ok() {
            (self.wake)();
        }
    }
}
