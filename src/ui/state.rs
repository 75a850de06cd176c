//! All that the window shows. Panels read it, write only into the shown case's fields and the open modal, and return
//! actions; `app` does the rest. No channel, no file, no clock of its own.

use std::collections::HashMap;
use std::path::PathBuf;

use super::action::{Action, Focus, Modal};
use super::archive_state::ArchiveState;
use super::care_state::CareState;
use super::vault_state::VaultState;
use crate::clock;
use crate::config::{ModelChoice, Settings};
use crate::domain::{Ambito, Case, CaseId, ModelInfo, Outcome};
use crate::error::UserError;
use crate::inference::FactsBudget;
use crate::worker::prepare::PrepareOffer;
use crate::worker::protocol::{JobId, LoadStage, ModelNames};

/// Everything.
#[derive(Debug, Clone, Default)]
pub struct AppState {
    /// Language, theme, model and so on.
    pub settings: Settings,
    /// Where cases are kept.
    pub vault: VaultState,
    /// What was typed when the vault was locked, until the vault has it as a draft; never shown while it is locked.
    pub held: Vec<OpenCase>,
    /// The open vault's backups, checks and audit log.
    pub care: CareState,
    /// The cases of this session: new ones and opened ones, newest first.
    pub cases: Vec<OpenCase>,
    /// The shown one.
    pub selected: Option<CaseId>,
    /// What is typed into the search field of the list.
    pub search: String,
    /// Only cases of this ámbito.
    pub filter_ambito: Option<Ambito>,
    /// Only cases of this year.
    pub filter_year: Option<String>,
    /// What is loaded.
    pub model: ModelState,
    /// The one suggestion that is being written.
    pub job: Option<Job>,
    /// A suggestion that could not be written, by case: shown beside the case until the next try.
    pub failures: HashMap<CaseId, UserError>,
    /// Short messages.
    pub toasts: Vec<Toast>,
    /// The open modal.
    pub modal: Option<Modal>,
    /// The list is folded out over a small window.
    pub case_list_open: bool,
    /// Where the cursor shall go in the next frame.
    pub focus: Option<Focus>,
    /// The search inside the case's text (Ctrl+F); none = closed.
    pub find_in_text: Option<String>,
    /// Memory of this machine, for the model chooser.
    pub memory: MemoryInfo,
    /// Seconds since the program started, set each frame by `app`: ages of toasts, speeds.
    pub now_s: f64,
    /// The local time as `10:42`, of the last save that came to an end.
    pub saved_at: Option<String>,
    /// Drafts and settings can't be written (full disk, read-only folder): said in the status bar until it works again.
    pub storage_trouble: Option<UserError>,
    /// Where cases are saved until a folder was chosen.
    pub default_folder: PathBuf,
    /// Where prepared models lie.
    pub models_folder: PathBuf,
    /// «Guardar y cerrar» is under way: what closes once these cases are saved.
    pub closing: Option<Closing>,
    /// What the last import did, for taking it back.
    pub last_import: Option<LastImport>,
    /// When a key or a button was last pressed, in [`Self::now_s`].
    pub input_at_s: f64,
    /// The list of the open vault.
    pub archive: ArchiveState,
}

/// What an import did to the cases of the window.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LastImport {
    /// Cases that came, and their `modified_at` then: one that was changed since stays.
    pub added: Vec<(CaseId, String)>,
    /// Cases that were filled, as they were before, and their `modified_at` after.
    pub merged: Vec<(Box<Case>, String)>,
}

/// What waits for saves to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The cases that are being saved.
    pub waiting: Vec<CaseId>,
    /// The program closes with them.
    pub quit: bool,
}

/// Memory, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemoryInfo {
    /// All of it.
    pub total_bytes: u64,
    /// What programs can still get.
    pub available_bytes: u64,
}

/// A case in the window.
#[derive(Debug, Clone)]
pub struct OpenCase {
    /// It.
    pub case: Case,
    /// Its file, once saved or opened.
    pub path: Option<PathBuf>,
    /// Its revision in the vault; 0 = it is in none.
    pub stored: u64,
    /// Changed since it was last saved.
    pub dirty: bool,
    /// `modified_at` of the draft on the disk.
    pub draft_kept: Option<String>,
    /// It came back from a draft that was left behind.
    pub recovered: bool,
    /// How much of the model's window the facts take; none while no model is loaded.
    pub budget: Option<FactsBudget>,
    /// The facts changed since `budget` was counted.
    pub budget_stale: bool,
    /// When the case was last changed, in [`AppState::now_s`].
    pub edited_at_s: f64,
    /// What can be taken back.
    pub undo: Option<Undo>,
    /// The intervention as `app` last saw it, to tell a person's edit of generated text from other edits.
    pub known_intervencion: String,
    /// When the oldest change that is in no draft was made, in [`AppState::now_s`].
    pub unsaved_since_s: Option<f64>,
    /// `modified_at` of the draft that the storage thread is writing.
    pub draft_sent: Option<String>,
    /// Under which name a draft of it lies in clear, until the vault has one.
    pub in_clear: Option<CaseId>,
    /// It lies in the vault's bin.
    pub binned: bool,
    /// Names of what lies with it in the office's own folders; the vault keeps them.
    pub attachments: Vec<String>,
}

/// A case as it was, to take back what was done with it.
#[derive(Debug, Clone, PartialEq)]
pub enum Undo {
    /// Before «Usar» or «Descartar».
    Suggestion(Box<Case>),
    /// Before another version of its text was put into it.
    Text(Box<Case>),
}

impl OpenCase {
    /// A case that is nowhere but here.
    pub fn new(case: Case) -> Self {
        Self {
            known_intervencion: case.intervencion.clone(),
            case,
            path: None,
            stored: 0,
            dirty: false,
            draft_kept: None,
            recovered: false,
            budget: None,
            budget_stale: true,
            edited_at_s: f64::NEG_INFINITY,
            undo: None,
            unsaved_since_s: None,
            draft_sent: None,
            in_clear: None,
            binned: false,
            attachments: Vec::new(),
        }
    }

    /// It was changed now.
    pub fn touch(&mut self, now_s: f64) {
        self.case.modified_at = clock::now();
        self.dirty = true;
        self.budget_stale = true;
        self.edited_at_s = now_s;
        self.unsaved_since_s.get_or_insert(now_s);
    }

    /// It is in no file and in no vault.
    pub fn is_new(&self) -> bool {
        self.path.is_none() && self.stored == 0
    }

    /// Closing it would lose something that is in no file.
    pub fn would_lose(&self) -> bool {
        self.dirty && !self.case.is_blank()
    }
}

/// What is loaded, and what is being loaded.
#[derive(Debug, Clone, Default)]
pub struct ModelState {
    /// The model in use.
    pub ready: Option<ModelInfo>,
    /// What is under way.
    pub loading: Option<Loading>,
    /// Why the last load failed.
    pub failed: Option<UserError>,
    /// A model that has come and could be prepared for this computer: until a person says yes or no.
    pub offer: Option<Box<Offered>>,
}

/// A model that could be prepared.
#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    /// Which.
    pub choice: ModelChoice,
    /// Its name for people.
    pub name: String,
    /// Where it is.
    pub files: ModelFiles,
    /// What that would save.
    pub offer: PrepareOffer,
}

/// Where the files of a model are, and what people call them.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFiles {
    /// The base model's folder or converted file.
    pub base: PathBuf,
    /// The adapter's.
    pub adapter: Option<PathBuf>,
    /// The names shown.
    pub names: ModelNames,
}

/// A load or a download under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Loading {
    /// Which.
    pub job: JobId,
    /// Of which model.
    pub choice: ModelChoice,
    /// Its name for people.
    pub name: String,
    /// What is being done.
    pub what: LoadingWhat,
    /// When it began, in [`AppState::now_s`].
    pub since_s: f64,
}

/// The kind of load.
#[derive(Debug, Clone, PartialEq)]
pub enum LoadingWhat {
    /// From the disk.
    Load {
        /// What is being done.
        stage: LoadStage,
        /// By bytes, in [0, 1].
        fraction: f32,
    },
    /// From the network.
    Download {
        /// The file being fetched.
        file: String,
        /// Bytes that are here.
        bytes_done: u64,
        /// Bytes of all files; 0 while unknown.
        bytes_total: u64,
        /// Bytes a second.
        bytes_per_s: f64,
        /// Stopped for now.
        paused: bool,
    },
    /// Being made into a smaller file.
    Prepare {
        /// Bytes of the model that are in the new file.
        bytes_done: u64,
        /// Bytes of the model; 0 while unknown.
        bytes_total: u64,
        /// Bytes a second.
        bytes_per_s: f64,
    },
}

/// The suggestion that is being written.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Which.
    pub id: JobId,
    /// For which case.
    pub case: CaseId,
    /// How far it is.
    pub phase: JobPhase,
    /// The intervention so far.
    pub intervention: String,
    /// The text after `Resultado:` so far.
    pub outcome: String,
    /// Tokens of the prompt; 0 while unknown.
    pub prompt_tokens: usize,
    /// Tokens generated so far.
    pub tokens: usize,
    /// Words written a second so far.
    pub words_per_s: Option<f64>,
    /// When it began, in [`AppState::now_s`].
    pub since_s: f64,
    /// When its first text came.
    pub writing_since_s: Option<f64>,
    /// «Parar» was pressed; the last token is still being computed.
    pub stopping: bool,
}

/// How far a suggestion is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum JobPhase {
    /// Waits for the model.
    Queued,
    /// The prompt is being read; the fraction is in [0, 1].
    Reading {
        /// By tokens.
        fraction: f32,
    },
    /// Text streams.
    Writing,
}

/// A short message at the window's edge.
#[derive(Debug, Clone, PartialEq)]
pub struct Toast {
    /// Which.
    pub id: u64,
    /// What it says.
    pub body: ToastBody,
    /// When it came, in [`AppState::now_s`].
    pub since_s: f64,
}

/// What a toast says.
#[derive(Debug, Clone, PartialEq)]
pub enum ToastBody {
    /// A Fluent message without values, that goes by itself.
    Info(&'static str),
    /// A Fluent message with one value called `value`.
    InfoWith(&'static str, String),
    /// As [`Self::InfoWith`], with a number of bytes.
    InfoBytes(&'static str, u64),
    /// An error; stays until dismissed. With `retry`, a button offers to do it again.
    Error {
        /// Which.
        error: UserError,
        /// Whether it can be tried again.
        retry: bool,
    },
    /// A message that goes by itself, with a button that does something about it.
    Offer {
        /// A Fluent message without values.
        message: &'static str,
        /// The button's.
        button: &'static str,
        /// What it does.
        action: Box<Action>,
    },
}

/// A message that goes by itself is shown for so many seconds.
pub const TOAST_S: f64 = 6.0;

impl Toast {
    /// It is shown until somebody lets it go.
    pub fn stays(&self) -> bool {
        matches!(self.body, ToastBody::Error { .. })
    }
}

impl AppState {
    /// The shown case.
    pub fn shown(&self) -> Option<&OpenCase> {
        self.selected.as_ref().and_then(|id| self.case(id))
    }

    /// The shown case, to write into.
    pub fn shown_mut(&mut self) -> Option<&mut OpenCase> {
        let id = self.selected.clone()?;
        self.case_mut(&id)
    }

    /// The case of that id.
    pub fn case(&self, id: &CaseId) -> Option<&OpenCase> {
        self.cases.iter().find(|open| open.case.id == *id)
    }

    /// The case of that id, to write into.
    pub fn case_mut(&mut self, id: &CaseId) -> Option<&mut OpenCase> {
        self.cases.iter_mut().find(|open| open.case.id == *id)
    }

    /// The suggestion being written for the shown case.
    pub fn shown_job(&self) -> Option<&Job> {
        self.job.as_ref().filter(|job| Some(&job.case) == self.selected.as_ref())
    }
}

/// The outcome's Fluent message.
pub fn outcome_message(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Positivo => "outcome-positivo",
        Outcome::Neutro => "outcome-neutro",
        Outcome::Negativo => "outcome-negativo",
    }
}
