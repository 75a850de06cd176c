//! The inference thread: one model in use, one suggestion at a time. Models are loaded on a thread of their own, so that
//! the one in use goes on working meanwhile.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, after, never, select_biased, unbounded};

use super::ahead::Ahead;
use super::handle::Handle;
use super::protocol::{InferenceCommand, InferenceEvent, JobId, LoadStage, ModelSource};
use crate::config::{DeviceSetting, QuantizationChoice};
use crate::error::UserError;
use crate::inference::{Cancel, Engine, Progress, Request, Section};
use crate::model::ModelError;

/// So many commands can wait; more means that the thread is busy.
const COMMANDS: usize = 8;
/// Text is handed over in pieces of about so long.
const JOIN: Duration = Duration::from_millis(30);

/// What is to be loaded.
#[derive(Debug, Clone)]
pub struct LoadJob {
    /// Which.
    pub source: ModelSource,
    /// How its weights are held.
    pub quantization: QuantizationChoice,
    /// Where it runs.
    pub device: DeviceSetting,
}

/// Makes an engine of model files; tells how far it is by bytes, in [0, 1]. Tests put something else in its place.
pub type LoadEngine =
    dyn Fn(&LoadJob, &Cancel, &mut dyn FnMut(LoadStage, f32)) -> Result<Box<dyn Engine>, ModelError> + Send + Sync;

/// The thread's end that the window holds.
pub type InferenceHandle = Handle<InferenceCommand, InferenceEvent>;

impl InferenceHandle {
    /// Ends the thread; whoever has a job running cancels it before.
    pub fn shutdown(self) {
        self.send_all([InferenceCommand::Shutdown]);
        self.join(None);
    }
}

/// Starts the thread. `wake` is called after each event.
pub fn spawn(load: Arc<LoadEngine>, wake: impl Fn() + Send + Sync + 'static) -> io::Result<InferenceHandle> {
    Handle::start("inference", COMMANDS, move |inbox, outbox| {
        let (loaded_in, loaded) = unbounded();
        let worker = Worker {
            load,
            events: EventSender { events: outbox, wake: Arc::new(wake) },
            loaded_in,
            engine: None,
            current: None,
            pending: None,
            ahead: Ahead::default(),
        };
        worker.run(inbox, &loaded);
    })
}

/// Tells the window, and wakes it.
#[derive(Clone)]
struct EventSender {
    events: Sender<InferenceEvent>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl EventSender {
    fn send(&self, event: InferenceEvent) {
        // The window may be gone already: then nobody wants to know.
        self.events.send(event).ok();
        (self.wake)();
    }
}

/// A load under way.
#[derive(Clone)]
struct Load {
    job: JobId,
    what: LoadJob,
    cancel: Cancel,
}

type LoadResult = Result<Box<dyn Engine>, ModelError>;

struct Worker {
    load: Arc<LoadEngine>,
    events: EventSender,
    loaded_in: Sender<(JobId, LoadResult)>,
    engine: Option<Box<dyn Engine>>,
    /// How the engine in use was loaded, to load it again after a fault.
    current: Option<Load>,
    pending: Option<Load>,
    ahead: Ahead,
}

impl Worker {
    fn run(mut self, inbox: &Receiver<InferenceCommand>, loaded: &Receiver<(JobId, LoadResult)>) {
        loop {
            let idle = self.ahead.due_in().map_or_else(never, after);
            // What was asked for comes before what may be asked for.
            select_biased! {
                recv(inbox) -> command => if !command.is_ok_and(|command| self.obey(command)) { break },
                recv(loaded) -> result => {
                    if let Ok((job, result)) = result {
                        self.end_load(job, result);
                    }
                }
                recv(idle) -> _ => {
                    if !self.read_ahead(inbox).is_none_or(|command| self.obey(command)) { break }
                }
            }
        }
        if let Some(load) = self.pending {
            load.cancel.cancel();
        }
    }

    /// Does what was asked for, and tells whether to go on.
    fn obey(&mut self, command: InferenceCommand) -> bool {
        match command {
            InferenceCommand::Load { job, source, quantization, device, cancel } => {
                self.begin_load(Load { job, what: LoadJob { source, quantization, device }, cancel });
            }
            InferenceCommand::Generate { job, request, cancel } => self.generate(job, &request, &cancel),
            InferenceCommand::ReadAhead { facts } => self.ahead.typed(facts),
            InferenceCommand::Forget => self.forget(),
            InferenceCommand::Shutdown => return false,
        }
        true
    }

    /// Starts the load on its own thread; one that was under way is given up.
    fn begin_load(&mut self, load: Load) {
        if let Some(before) = self.pending.take() {
            before.cancel.cancel();
        }
        let job = load.job;
        self.pending = Some(load.clone());
        let (make, events, done) = (self.load.clone(), self.events.clone(), self.loaded_in.clone());
        let thread = std::thread::Builder::new().name("model load".into()).spawn(move || {
            let mut last: Option<(LoadStage, Instant)> = None;
            let mut progress = |stage, fraction| {
                // A large model has hundreds of tensors, a small one is read within a frame.
                if last.is_none_or(|(before, at)| before != stage || at.elapsed() >= JOIN) {
                    last = Some((stage, Instant::now()));
                    events.send(InferenceEvent::Loading { job, stage, fraction });
                }
            };
            let made = catch_unwind(AssertUnwindSafe(|| make(&load.what, &load.cancel, &mut progress)));
            let made = made.unwrap_or_else(|_| Err(ModelError::Tensor("the load panicked".to_owned())));
            done.send((job, made)).ok();
        });
        if let Err(error) = thread {
            let error = ModelError::Tensor(format!("no thread to load on: {}", error.kind()));
            self.loaded_in.send((job, Err(error))).ok();
        }
    }

    fn end_load(&mut self, job: JobId, result: LoadResult) {
        let Some(load) = self.pending.take_if(|load| load.job == job) else { return };
        match result {
            Ok(engine) => {
                let (info, counter) = (Box::new(engine.info().clone()), engine.counter());
                self.engine = Some(engine);
                self.current = Some(load);
                self.events.send(InferenceEvent::Ready { job, info, counter });
            }
            Err(ModelError::NotEnoughMemory { .. }) if self.engine.is_some() => {
                // Two models do not fit side by side: the old one makes room.
                self.engine = None;
                self.current = None;
                self.begin_load(load);
            }
            Err(error) => {
                let keeps_old = self.engine.is_some();
                self.events.send(InferenceEvent::LoadFailed { job, error: error.into(), keeps_old });
            }
        }
    }

    /// Reads one block of what is being typed, and gives what was asked for meanwhile: the block makes haste then. Nobody waits
    /// for it before: a failure is told when a suggestion is asked for.
    fn read_ahead(&mut self, inbox: &Receiver<InferenceCommand>) -> Option<InferenceCommand> {
        let Some(engine) = &mut self.engine else {
            self.ahead.forget();
            return None;
        };
        let (facts, settled) = self.ahead.next()?;
        let (mut typed, mut asked) = (None, None);
        let mut hurry = || {
            while asked.is_none() {
                match inbox.try_recv() {
                    // Words that come while others are read can wait for the next block.
                    Ok(InferenceCommand::ReadAhead { facts }) => typed = Some(facts),
                    Ok(command) => asked = Some(command),
                    Err(_) => break,
                }
            }
            asked.is_some()
        };
        match catch_unwind(AssertUnwindSafe(|| engine.read_ahead(facts, settled, &mut hurry))) {
            Ok(Ok(more)) => self.ahead.read(more),
            Ok(Err(_)) => self.ahead.forget(),
            Err(_) => {
                self.ahead.forget();
                self.rebuild();
            }
        }
        if let Some(facts) = typed {
            self.ahead.typed(facts);
        }
        asked
    }

    fn forget(&mut self) {
        self.ahead.forget();
        let Some(engine) = &mut self.engine else { return };
        if catch_unwind(AssertUnwindSafe(|| engine.forget())).is_err() {
            self.rebuild();
        }
    }

    fn generate(&mut self, job: JobId, request: &Request, cancel: &Cancel) {
        self.ahead.forget();
        let Some(engine) = &mut self.engine else {
            let error = UserError::new("error-model-none");
            self.events.send(InferenceEvent::Failed { job, error });
            return;
        };
        let mut stream = Stream::new(&self.events, job);
        let written =
            catch_unwind(AssertUnwindSafe(|| engine.generate(request, cancel, &mut |progress| stream.tell(progress))));
        stream.flush();
        match written {
            Ok(Ok(suggestion)) => {
                self.events.send(InferenceEvent::Finished { job, suggestion: Box::new(suggestion) });
            }
            Ok(Err(error)) => self.events.send(InferenceEvent::Failed { job, error }),
            Err(_) => {
                let error = UserError::new("error-model-crashed");
                self.events.send(InferenceEvent::Failed { job, error });
                self.rebuild();
            }
        }
    }

    /// After a panic nothing is known of the engine: it is made anew.
    fn rebuild(&mut self) {
        self.engine = None;
        if let Some(load) = self.current.take()
            && self.pending.is_none()
        {
            self.begin_load(Load { cancel: Cancel::default(), ..load });
        }
    }
}

/// Joins pieces of text before the window is woken for them.
struct Stream<'a> {
    events: &'a EventSender,
    job: JobId,
    held: Option<(Section, String, usize)>,
    sent_at: Option<Instant>,
}

impl<'a> Stream<'a> {
    fn new(events: &'a EventSender, job: JobId) -> Self {
        Self { events, job, held: None, sent_at: None }
    }

    fn tell(&mut self, progress: Progress) {
        let job = self.job;
        match progress {
            Progress::Started { prompt_tokens } => self.events.send(InferenceEvent::Started { job, prompt_tokens }),
            Progress::Prefill { done, total } => self.events.send(InferenceEvent::Prefill { job, done, total }),
            Progress::Text { section, delta, tokens } => {
                if self.held.as_ref().is_some_and(|(held, ..)| *held != section) {
                    self.flush();
                }
                let (_, text, count) = self.held.get_or_insert((section, String::new(), 0));
                text.push_str(&delta);
                *count = tokens;
                if self.sent_at.is_none_or(|at| at.elapsed() >= JOIN) {
                    self.flush();
                }
            }
        }
    }

    fn flush(&mut self) {
        if let Some((section, delta, tokens)) = self.held.take() {
            self.sent_at = Some(Instant::now());
            self.events.send(InferenceEvent::Text { job: self.job, section, delta, tokens });
        }
    }
}
