//! Passphrases on the command line: from a file, from the file that an environment variable names, or from the terminal
//! without echo; never as an argument, which other users of the computer can see.

use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use super::Failure;
use crate::error::UserError;
use crate::i18n::I18n;
use crate::vault::{OpenOptions, Passphrase, RecoveryKey, STRONG, Secret, Vault, VaultError, strength};

/// Names a file whose first line is the passphrase.
const VARIABLE: &str = "PAG_BERT_PASSPHRASE_FILE";
/// More is no passphrase.
const MAX_BYTES: u64 = 64 << 10;

/// What opens a vault.
#[derive(Debug, Args)]
pub struct SecretArgs {
    /// Its first line is the passphrase.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// The printed key instead.
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_file")]
    pub recovery_file: Option<PathBuf>,
}

impl SecretArgs {
    /// What the arguments name, or what somebody types.
    pub(super) fn secret(&self, i18n: &I18n) -> Result<Secret, Failure> {
        if let Some(file) = &self.recovery_file {
            return Ok(Secret::Recovery(RecoveryKey::parse(&first_line(file)?).map_err(UserError::from)?));
        }
        Ok(Secret::Passphrase(typed_passphrase(self.passphrase_file.as_deref(), i18n)?))
    }

    /// Opens a vault with it.
    pub(super) fn open(&self, vault: &Path, options: OpenOptions, i18n: &I18n) -> Result<Vault, Failure> {
        // Nobody is asked for a passphrase that then serves nothing.
        if !crate::vault::is_vault(vault) {
            return Err(UserError::from(VaultError::NotAVault).into());
        }
        let secret = self.secret(i18n)?;
        Ok(Vault::open(vault, &secret, options).map_err(UserError::from)?)
    }
}

/// The passphrase of a vault: from `file`, from the file that the variable names, or asked for on a terminal.
pub(super) fn typed_passphrase(file: Option<&Path>, i18n: &I18n) -> Result<Passphrase, Failure> {
    let typed = match from_file(file) {
        Some(file) => first_line(&file)?,
        None => asked("cli-vault-passphrase", i18n)?,
    };
    Ok(Passphrase::new(&typed).map_err(UserError::from)?)
}

/// A passphrase for a new vault, or a new one for an old vault: from `file`, or asked for twice on a terminal.
pub(super) fn new_passphrase(file: Option<&Path>, i18n: &I18n) -> Result<Passphrase, Failure> {
    let first = match file {
        Some(file) => first_line(file)?,
        None => asked("cli-vault-passphrase-new", i18n)?,
    };
    let passphrase = Passphrase::for_new_vault(&first).map_err(UserError::from)?;
    if file.is_none() {
        let again = asked("cli-vault-passphrase-again", i18n)?;
        if *again != *first {
            return Err(UserError::new("error-cli-passphrase-differ").into());
        }
    }
    if strength(&first) < STRONG {
        writeln!(io::stderr(), "{}", i18n.tr("cli-vault-passphrase-weak")).ok();
    }
    Ok(passphrase)
}

/// The file that holds the passphrase, if there is one.
pub(super) fn from_file(file: Option<&Path>) -> Option<PathBuf> {
    let named = || std::env::var_os(VARIABLE).filter(|name| !name.is_empty()).map(PathBuf::from);
    file.map(Path::to_owned).or_else(named)
}

/// What somebody types, without echo.
fn asked(prompt: &str, i18n: &I18n) -> Result<Zeroizing<String>, Failure> {
    if !io::stdin().is_terminal() {
        return Err(UserError::new("error-cli-passphrase-none").into());
    }
    let read = rpassword::prompt_password(i18n.tr(prompt));
    let none = |error: io::Error| UserError::new("error-cli-passphrase-none").technical(error.kind());
    Ok(Zeroizing::new(read.map_err(none)?))
}

/// The first line of a file, without its end and without the mark that some editors put at the beginning.
pub(super) fn first_line(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let unreadable = || UserError::new("error-cli-passphrase-file").with("file", path.display());
    let file = std::fs::File::open(path).map_err(|error| unreadable().technical(error.kind()))?;
    // Room for all of it at once: growing would leave pieces behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES as usize));
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(|error| unreadable().technical(error.kind()))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| unreadable())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}
