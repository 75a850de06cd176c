//! What the window shows of the vault: none, the first choice, locked, open.

use std::fmt;
use std::path::PathBuf;

use zeroize::Zeroize;

use crate::error::UserError;
use crate::vault::Access;
use crate::worker::vault_protocol::VaultInfo;

/// A passphrase while it is being typed. Prints as nothing, and is wiped when it goes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Typed(pub String);

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
    /// Nobody has chosen yet.
    Choosing(Box<ChooseForm>),
    /// There is one, and its key is not here.
    Locked(Box<LockedForm>),
    /// It is open.
    Open(Box<OpenVault>),
}

/// The first start: make a vault, open one, or go on without.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChooseForm {
    /// Which of the ways is chosen.
    pub way: ChooseWay,
    /// The vault's folder, as text that can be edited.
    pub folder: String,
    /// The passphrase.
    pub typed: Typed,
    /// The same again.
    pub again: Typed,
    /// It is being made.
    pub busy: bool,
    /// Why it could not be made.
    pub error: Option<UserError>,
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
    /// It is being opened.
    pub busy: bool,
    /// Why it could not be opened.
    pub error: Option<UserError>,
    /// So often did something typed here not open it.
    pub mistyped: u64,
    /// It is damaged: the newest backup that opens whole.
    pub offer: Option<PathBuf>,
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
        matches!(self, Self::Choosing(_) | Self::Locked(_))
    }

    /// Cases can be changed and kept.
    pub fn can_write(&self) -> bool {
        match self {
            Self::Without => true,
            Self::Open(open) => open.info.access == Access::Write,
            Self::Choosing(_) | Self::Locked(_) => false,
        }
    }
}
