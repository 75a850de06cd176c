//! `pag-bert vault`: makes, verifies and backs up a vault.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::Failure;
use super::secret::{SecretArgs, first_line, from_file, new_passphrase, typed_passphrase};
use crate::error::UserError;
use crate::files::name_of;
use crate::i18n::I18n;
use crate::vault::{
    self, Access, BackupSecret, BackupState, CheckedBackup, Finding, Kdf, OpenOptions, Part, Secret, Vault, VaultError,
    Watch,
};

/// `pag-bert vault`
#[derive(Debug, Args)]
pub struct VaultArgs {
    /// What is done.
    #[command(subcommand)]
    pub command: VaultCommand,
}

/// What is done with a vault.
#[derive(Debug, Subcommand)]
pub enum VaultCommand {
    /// Makes an empty one.
    Create(ByPassphrase),
    /// Says what is in it.
    Info(Look),
    /// Reads every page, the audit log and all backups.
    Verify(Look),
    /// Makes a backup.
    Backup(Backup),
    /// Makes a vault from a backup.
    Restore(Restore),
    /// Sets another passphrase.
    ChangePassphrase(ChangePassphrase),
    /// Makes another recovery key.
    NewRecoveryKey(ByPassphrase),
}

/// `pag-bert vault create`, `pag-bert vault new-recovery-key`
#[derive(Debug, Args)]
pub struct ByPassphrase {
    /// Its folder.
    #[arg(long, value_name = "DIR")]
    pub vault: PathBuf,
    /// Its first line is the passphrase.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `pag-bert vault info`, `pag-bert vault verify`
#[derive(Debug, Args)]
pub struct Look {
    /// Its folder.
    #[arg(long, value_name = "DIR")]
    pub vault: PathBuf,
    /// What opens it.
    #[command(flatten)]
    pub secret: SecretArgs,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `pag-bert vault backup`
#[derive(Debug, Args)]
pub struct Backup {
    /// Its folder.
    #[arg(long, value_name = "DIR")]
    pub vault: PathBuf,
    /// Where the backup goes.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What opens it.
    #[command(flatten)]
    pub secret: SecretArgs,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `pag-bert vault restore`
#[derive(Debug, Args)]
pub struct Restore {
    /// The backup.
    #[arg(value_name = "FILE")]
    pub backup: PathBuf,
    /// The new vault's folder.
    #[arg(long, value_name = "DIR")]
    pub vault: PathBuf,
    /// What opens it.
    #[command(flatten)]
    pub secret: SecretArgs,
    /// An age identity instead.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["passphrase_file", "recovery_file"])]
    pub identity_file: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `pag-bert vault change-passphrase`
#[derive(Debug, Args)]
pub struct ChangePassphrase {
    /// Its folder.
    #[arg(long, value_name = "DIR")]
    pub vault: PathBuf,
    /// What opens it.
    #[command(flatten)]
    pub secret: SecretArgs,
    /// Its first line is the new passphrase.
    #[arg(long, value_name = "FILE")]
    pub new_passphrase_file: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

pub(super) fn vault(args: &VaultArgs, i18n: &I18n) -> Result<(), Failure> {
    match &args.command {
        VaultCommand::Create(args) => create(args, i18n),
        VaultCommand::Info(args) => info(args, i18n),
        VaultCommand::Verify(args) => verify(args, i18n),
        VaultCommand::Backup(args) => backup(args, i18n),
        VaultCommand::Restore(args) => restore(args, i18n),
        VaultCommand::ChangePassphrase(args) => change_passphrase(args, i18n),
        VaultCommand::NewRecoveryKey(args) => new_recovery_key(args, i18n),
    }
}

fn create(args: &ByPassphrase, i18n: &I18n) -> Result<(), Failure> {
    let passphrase = new_passphrase(from_file(args.passphrase_file.as_deref()).as_deref(), i18n)?;
    let kdf = Kdf::tuned().map_err(UserError::from)?;
    let made = Vault::create(&args.vault, &passphrase, kdf).map_err(UserError::from)?;
    let key = made.recovery.printed();
    made.vault.close().map_err(UserError::from)?;
    if args.json {
        return print(&json!({ "vault": args.vault, "recovery_key": key.as_str() }));
    }
    let vault = args.vault.display().to_string();
    let key = i18n.tr_args("cli-vault-recovery", &[("key", key.as_str().into())]);
    say(&[i18n.tr_args("cli-vault-created", &[("vault", vault.into())]), key])
}

/// Opens it to look at it, and tells on standard error what whoever opens it has to hear.
fn look(vault: &Path, secret: &SecretArgs, i18n: &I18n) -> Result<Vault, Failure> {
    open(vault, secret, OpenOptions { read_only: true, ..OpenOptions::default() }, i18n)
}

pub(super) fn open(vault: &Path, secret: &SecretArgs, options: OpenOptions, i18n: &I18n) -> Result<Vault, Failure> {
    let vault = secret.open(vault, options, i18n)?;
    tell(&vault, i18n);
    if vault.access() != &Access::Write && !options.read_only {
        writeln!(io::stderr(), "{}", i18n.tr("cli-vault-read-only")).ok();
    }
    Ok(vault)
}

/// What whoever opens it has to hear, on standard error.
fn tell(vault: &Vault, i18n: &I18n) {
    let mut err = io::stderr().lock();
    for notice in vault.notices() {
        writeln!(err, "{}", notice.in_words(i18n)).ok();
    }
}

fn info(args: &Look, i18n: &I18n) -> Result<(), Failure> {
    let vault = look(&args.vault, &args.secret, i18n)?;
    let facts = facts(&vault).map_err(UserError::from)?;
    if args.json {
        return print(&facts);
    }
    let number = |name: &str| i18n.number(facts[name].as_u64().unwrap_or(0)).into();
    let text = |name: &str| facts[name].as_str().map_or_else(|| i18n.tr("cli-vault-never"), str::to_owned).into();
    let values = [
        ("vault", text("vault")),
        ("cases", number("cases")),
        ("bin", number("bin")),
        ("drafts", number("drafts")),
        ("bytes", i18n.bytes(facts["bytes"].as_u64().unwrap_or(0)).into()),
        ("version", number("version")),
        ("memory", i18n.bytes(facts["kdf"]["memory_kib"].as_u64().unwrap_or(0) << 10).into()),
        ("passes", facts["kdf"]["passes"].as_u64().unwrap_or(0).into()),
        ("lines", number("audit_lines")),
        ("backups", number("backups")),
        ("folder", text("backup_folder")),
        ("last", text("last_backup")),
    ];
    say(&[i18n.tr_args("cli-vault-info", &values)])
}

fn facts(vault: &Vault) -> Result<Value, VaultError> {
    let folder = vault.settings()?.backup_folder(vault.folder());
    let backups = vault::backups(&folder, Some(&vault.name()));
    let kdf = vault.kdf();
    Ok(json!({
        "vault": vault.folder(),
        "version": vault.version()?,
        "cases": vault.count(false)?,
        "bin": vault.count(true)?,
        "drafts": vault.drafts()?.len(),
        "bytes": vault.bytes(),
        "digest": vault.digest()?,
        "kdf": { "name": "argon2id", "memory_kib": kdf.memory_kib, "passes": kdf.passes },
        "audit_lines": vault.audit_head()?.count,
        "backup_folder": folder,
        "backups": backups.len(),
        "last_backup": backups.last().map(|backup| name_of(&backup.path)),
    }))
}

/// What can be said of a vault that can't be opened: that, and which backup is good.
fn unopened(args: &Look, secret: &Secret, error: VaultError, i18n: &I18n) -> Failure {
    let newest = vault::newest_good_backup(&args.vault, secret).map(|file| name_of(&file));
    let said = if args.json {
        print(&json!({ "good": false, "pages": error.to_string(), "newest_good_backup": newest }))
    } else {
        newest.map_or(Ok(()), |file| say(&[i18n.tr_args("cli-vault-offer", &[("file", file.into())])]))
    };
    said.err().unwrap_or_else(|| UserError::from(error).into())
}

fn verify(args: &Look, i18n: &I18n) -> Result<(), Failure> {
    if !vault::is_vault(&args.vault) {
        return Err(UserError::from(VaultError::NotAVault).into());
    }
    let secret = args.secret.secret(i18n)?;
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let vault = match Vault::open(&args.vault, &secret, options) {
        Ok(vault) => vault,
        Err(error @ (VaultError::Damaged { .. } | VaultError::OtherKeys | VaultError::AbsurdKdf)) => {
            return Err(unopened(args, &secret, error, i18n));
        }
        Err(error) => return Err(UserError::from(error).into()),
    };
    tell(&vault, i18n);
    // A damaged page may be one of those that the rest needs.
    let lost = |error| unopened(args, &secret, error, i18n);
    let checkup = vault.reader().and_then(|reader| reader.check(&Watch::nobody())).map_err(lost)?;
    let hash = vault.audit_head().map_err(lost)?.hash;
    let backups: Vec<(String, &str, u64)> = checkup.backups.iter().map(backup_found).collect();
    let newest = checkup.newest_good().map(name_of);
    let good = checkup.is_good();
    if args.json {
        let backups =
            backups.iter().map(|(file, state, cases)| json!({ "file": file, "state": state, "cases": cases }));
        let pages = VaultError::Damaged { part: Part::Pages };
        print(&json!({
            "good": good,
            "pages": if checkup.pages { "ok".to_owned() } else { pages.to_string() },
            "audit": { "lines": checkup.lines, "hash": hash, "findings": checkup.findings.iter().map(as_json).collect::<Vec<_>>() },
            "backups": backups.collect::<Vec<_>>(),
            "newest_good_backup": newest,
        }))?;
    } else {
        let mut lines = vec![i18n.tr_args("cli-vault-verify-pages", &[("state", state(checkup.pages).into())])];
        let log = state(checkup.findings.is_empty());
        let values = [("lines", i18n.number(checkup.lines.unsigned_abs()).into()), ("state", log.into())];
        lines.push(i18n.tr_args("cli-vault-verify-audit", &values));
        lines.extend(backups.into_iter().map(|(file, state, cases)| {
            let values = [("file", file.into()), ("state", state.into()), ("cases", i18n.number(cases).into())];
            i18n.tr_args("cli-vault-verify-backup", &values)
        }));
        lines.extend(checkup.findings.iter().map(|finding| finding.in_words(i18n)));
        if !good && let Some(file) = newest {
            lines.push(i18n.tr_args("cli-vault-offer", &[("file", file.into())]));
        }
        say(&lines)?;
    }
    if good { Ok(()) } else { Err(UserError::new("error-cli-vault-findings").into()) }
}

/// A backup's file, what was found of it, and how many cases are in it.
fn backup_found(found: &CheckedBackup) -> (String, &'static str, u64) {
    let (state, cases) = match found.state {
        BackupState::Good { cases } => ("ok", cases),
        BackupState::OtherKeys => ("other-keys", 0),
        BackupState::Damaged => ("damaged", 0),
    };
    (name_of(&found.path), state, cases)
}

fn state(good: bool) -> &'static str {
    if good { "ok" } else { "damaged" }
}

fn as_json(finding: &Finding) -> Value {
    match finding {
        Finding::Edited { seq, at, kind } => json!({ "found": "edited", "line": seq, "at": at, "kind": kind }),
        Finding::Removed { from, to } => json!({ "found": "removed", "from": from, "to": to }),
        Finding::CutOff { from, to } => json!({ "found": "cut_off", "from": from, "to": to }),
        Finding::Added { from, to } => json!({ "found": "added", "from": from, "to": to }),
        Finding::Rewritten { seq } => json!({ "found": "rewritten", "line": seq }),
        Finding::NoHead => json!({ "found": "no_head" }),
    }
}

fn backup(args: &Backup, i18n: &I18n) -> Result<(), Failure> {
    let mut vault = open(&args.vault, &args.secret, OpenOptions::default(), i18n)?;
    let made = match &args.out {
        Some(folder) => vault.back_up(folder),
        None => vault.back_up_and_rotate(),
    };
    let made = made.map_err(UserError::from)?;
    vault.close().map_err(UserError::from)?;
    if args.json {
        return print(&json!({ "backup": made }));
    }
    say(&[i18n.tr_args("cli-vault-backed-up", &[("file", made.display().to_string().into())])])
}

fn restore(args: &Restore, i18n: &I18n) -> Result<(), Failure> {
    let secret = match &args.identity_file {
        Some(file) => BackupSecret::Age(SecretString::from(first_line(file)?.as_str())),
        None => BackupSecret::Vault(args.secret.secret(i18n)?),
    };
    let manifest = vault::restore(&args.backup, &secret, &args.vault).map_err(UserError::from)?;
    if args.json {
        return print(&json!({
            "vault": args.vault,
            "cases": manifest.cases,
            "made_at": manifest.made_at,
            "digest": manifest.digest,
        }));
    }
    let values = [("vault", args.vault.display().to_string().into()), ("cases", i18n.number(manifest.cases).into())];
    say(&[i18n.tr_args("cli-vault-restored", &values)])
}

fn change_passphrase(args: &ChangePassphrase, i18n: &I18n) -> Result<(), Failure> {
    let mut vault = open(&args.vault, &args.secret, OpenOptions::default(), i18n)?;
    if vault.access() != &Access::Write {
        return Err(UserError::from(VaultError::ReadOnly).into());
    }
    // The variable names the old one's file.
    let passphrase = new_passphrase(args.new_passphrase_file.as_deref(), i18n)?;
    let kdf = Kdf::tuned().map_err(UserError::from)?;
    vault.change_passphrase(&passphrase, kdf).map_err(UserError::from)?;
    vault.close().map_err(UserError::from)?;
    // It opens, or it is better known now.
    drop(Vault::open(&args.vault, &Secret::Passphrase(passphrase), OpenOptions::default()).map_err(UserError::from)?);
    if args.json {
        return print(&json!({ "vault": args.vault }));
    }
    say(&[i18n.tr("cli-vault-passphrase-changed")])
}

/// The old one is lost, or somebody has seen it: only the passphrase makes another.
fn new_recovery_key(args: &ByPassphrase, i18n: &I18n) -> Result<(), Failure> {
    if !vault::is_vault(&args.vault) {
        return Err(UserError::from(VaultError::NotAVault).into());
    }
    let passphrase = typed_passphrase(args.passphrase_file.as_deref(), i18n)?;
    let secret = Secret::Passphrase(passphrase.clone());
    let mut vault = Vault::open(&args.vault, &secret, OpenOptions::default()).map_err(UserError::from)?;
    tell(&vault, i18n);
    let new = vault.new_recovery(&passphrase).map_err(UserError::from)?;
    let key = new.key.printed();
    vault.keep_recovery(&new).map_err(UserError::from)?;
    vault.close().map_err(UserError::from)?;
    if args.json {
        return print(&json!({ "vault": args.vault, "recovery_key": key.as_str() }));
    }
    say(&[i18n.tr_args("cli-vault-recovery", &[("key", key.as_str().into())]), i18n.tr("cli-vault-recovery-renewed")])
}

fn print(value: &Value) -> Result<(), Failure> {
    say(&[value.to_string()])
}

fn say(lines: &[String]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}
