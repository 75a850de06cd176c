//! What the window shows of the vault: none, the first choice, locked, open.

use std::fmt;
use std::path::PathBuf;

use zeroize::Zeroize;

use crate::domain::CaseId;
use crate::error::UserError;
use crate::vault::{Access, Holder, LEAST_LETTERS};
use crate::worker::vault_protocol::VaultInfo;

/// So many letters fit before a field that is typed into has to be copied elsewhere, and its old place is not wiped.
const ROOM: usize = 256;

/// A passphrase while it is being typed. Prints as nothing, and is wiped when it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Typed(pub String);

impl Default for Typed {
    fn default() -> Self {
        Self(String::with_capacity(ROOM))
    }
}

impl Drop for Typed {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed")
    }
}

/// The vault.
#[derive(Debug, Clone, Default)]
pub enum VaultState {
    /// Cases are files: the office goes on without a vault.
    #[default]
    Without,
    /// Nobody has chosen yet, or another vault was asked for.
    Choosing(Box<ChooseForm>),
    /// There is one, and its key is not here.
    Locked(Box<LockedForm>),
    /// One was just made: its recovery key goes onto paper before anything else.
    Recovery(Box<RecoveryForm>),
    /// It is open.
    Open(Box<OpenVault>),
}

/// Where cases are to be kept: make a vault, open one, or go on without.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChooseForm {
    /// Where the person came from, and goes back to.
    pub origin: Origin,
    /// Which of the ways is chosen.
    pub way: ChooseWay,
    /// The new vault's folder, as text that can be edited.
    pub folder: String,
    /// The passphrase.
    pub typed: Typed,
    /// The same again.
    pub again: Typed,
    /// What is typed can be read.
    pub show: bool,
    /// How hard it is to guess, from 0 to 4; none while nothing is typed.
    pub strength: Option<u8>,
    /// The folder of the vault that is to be opened, as text that can be edited.
    pub existing: String,
    /// What opens that.
    pub open: LockedForm,
    /// One is being made.
    pub busy: bool,
    /// Why it could not be made.
    pub error: Option<UserError>,
}

impl ChooseForm {
    /// A new vault may be made of what stands in the form.
    pub fn is_ready(&self) -> bool {
        let long = self.typed.0.chars().count() >= LEAST_LETTERS && !self.typed.0.trim().is_empty();
        long && self.typed == self.again && !self.folder.trim().is_empty() && !self.busy
    }
}

/// Where somebody came from who chooses where to keep cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Origin {
    /// The program was started and nobody has chosen before: there is no way back.
    #[default]
    Start,
    /// The window without a vault.
    Without,
    /// A locked vault.
    Locked(PathBuf),
}

/// Ways to begin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ChooseWay {
    /// Make a vault.
    #[default]
    Create,
    /// Open one that is there.
    Open,
    /// Go on with files in clear.
    Without,
}

/// What a locked vault asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LockedForm {
    /// The vault's folder.
    pub folder: PathBuf,
    /// What is typed: the passphrase or the recovery key.
    pub typed: Typed,
    /// It is the recovery key.
    pub recovery: bool,
    /// What is typed can be read.
    pub show: bool,
    /// It is being opened.
    pub busy: bool,
    /// Why it could not be opened.
    pub error: Option<UserError>,
    /// So often did something typed here not open it.
    pub mistyped: u64,
    /// It is damaged: the newest backup that opens whole.
    pub offer: Option<PathBuf>,
    /// Nobody may try before, in seconds since the program started.
    pub wait_until_s: f64,
    /// The case that was shown when it was locked.
    pub shown: Option<CaseId>,
    /// Somebody wants to leave, while text waits that the vault could not take.
    pub leaving: bool,
}

impl LockedForm {
    /// Asks for the key of the vault in this folder.
    pub fn of(folder: PathBuf) -> Self {
        Self { folder, ..Self::default() }
    }

    /// Whole seconds that are still to be waited.
    pub fn wait_s(&self, now_s: f64) -> u64 {
        (self.wait_until_s - now_s).ceil().max(0.0) as u64
    }

    /// It may be tried with what is typed.
    pub fn is_ready(&self, now_s: f64) -> bool {
        !self.busy && !self.typed.0.is_empty() && self.wait_s(now_s) == 0
    }
}

/// A new vault's recovery key, until it is on paper.
#[derive(Debug, Clone, PartialEq)]
pub struct RecoveryForm {
    /// The vault.
    pub info: VaultInfo,
    /// The key as it is printed: groups with dashes.
    pub key: Typed,
    /// The person says that it is on paper: the key is hidden, and one group is asked for.
    pub asked: bool,
    /// Which group, from 0.
    pub group: usize,
    /// What is typed of it.
    pub typed: Typed,
    /// That is not what the key says.
    pub wrong: bool,
    /// The folder for a file to print, as text that can be edited; none while nobody asks for one.
    pub print_into: Option<String>,
    /// What such a file says besides the key, in the window's language.
    pub print_words: String,
    /// The file that was written: in clear.
    pub printed: Option<PathBuf>,
    /// Why it could not be written or removed.
    pub error: Option<UserError>,
}

impl RecoveryForm {
    /// Shows the key; of its groups, the one at this place is asked for afterwards.
    pub fn new(info: VaultInfo, key: Typed, group: usize) -> Self {
        Self {
            info,
            key,
            asked: false,
            group,
            typed: Typed::default(),
            wrong: false,
            print_into: None,
            print_words: String::new(),
            printed: None,
            error: None,
        }
    }

    /// The groups of the key.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.key.0.split('-')
    }
}

/// An open vault.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenVault {
    /// What it is.
    pub info: VaultInfo,
}

impl VaultState {
    /// The open vault.
    pub fn open(&self) -> Option<&OpenVault> {
        if let Self::Open(open) = self { Some(open) } else { None }
    }

    /// Nothing of any case may be shown.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Choosing(_) | Self::Locked(_) | Self::Recovery(_))
    }

    /// Who writes to the open vault, where that is another program.
    pub fn held_by(&self) -> Option<&Holder> {
        match &self.open()?.info.access {
            Access::Read(holder) => Some(holder),
            Access::Write | Access::ReadOnly => None,
        }
    }

    /// Cases can be changed and kept.
    pub fn can_write(&self) -> bool {
        match self {
            Self::Without => true,
            Self::Open(open) => open.info.access == Access::Write,
            Self::Choosing(_) | Self::Locked(_) | Self::Recovery(_) => false,
        }
    }
}
