//! What a panel returns when a person does something: the window's whole vocabulary. `app` carries it out.

use std::ops::Range;
use std::path::PathBuf;

use super::archive_state::HistoryForm;
use super::care_state::{PassphraseForm, RecoveryRenewal, RestoreForm, VaultForm, VaultPage};
use super::forms::{ExportForm, ImportForm};
use super::vault_state::ChooseWay;
use crate::config::{ModelChoice, QuantizationChoice, Settings};
use crate::documents::import::Field;
use crate::domain::{Case, CaseId};
use crate::vault::Stored;
use crate::vault::{BinContents, Notice};
use crate::worker::care::CareKind;
use crate::worker::protocol::SaveFormat;

/// One wish of the person at the desk.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Begin an empty case and show it.
    NewCase,
    /// Show a case.
    SelectCase(CaseId),
    /// Show a case of the vault.
    OpenStored(CaseId),
    /// Open the locked vault with what was typed.
    Unlock,
    /// Take everything off the window and forget the vault's key.
    Lock,
    /// Take a case out of the window; asks first when something would be lost.
    CloseCase(CaseId),
    /// The text or a field of the shown case was changed in place (the panel has written it into the state).
    CaseEdited,
    /// Put this example into the shown, empty case.
    TryExample(String),
    /// Write a suggestion for the shown case.
    Suggest,
    /// Write another one: with a new seed, and a temperature if the settings are greedy.
    Regenerate,
    /// Go on from a suggestion that was stopped or met its limit.
    Continue,
    /// Stop the suggestion that is being written.
    Stop,
    /// Take the suggestion, or the part of it that is selected, into the case.
    Accept {
        /// The selected passage; none = all.
        passage: Option<String>,
    },
    /// A person looked at the generated passage in the case and stands by it.
    ConfirmReviewed,
    /// Throw the suggestion away.
    Discard,
    /// Take back what the last «Usar» or «Descartar» did.
    UndoAccept,
    /// Copy text.
    Copy(String),
    /// Save the shown case where it was saved before; asks for a name the first time.
    Save,
    /// Ask for a name and a form.
    SaveAs(SaveFormat),
    /// Write the shown case into this file.
    SaveTo {
        /// Where to.
        path: PathBuf,
        /// In which form.
        format: SaveFormat,
        /// Whether a file that is there may be replaced.
        overwrite: bool,
    },
    /// Ask which cases to open.
    Open,
    /// Open these files.
    OpenPaths(Vec<PathBuf>),
    /// Show the system's dialog for what the open modal asks for (a file to open, a folder to save in, a model folder).
    Browse(BrowseFor),
    /// List the case files of a folder in the «Abrir» modal.
    ListFolder(PathBuf),
    /// Prepare a file that leaves the program.
    Export,
    /// Write it as the open dialog says.
    ExportNow,
    /// Prepare taking cases in from a table or JSON; with a file, read it.
    Import(Option<PathBuf>),
    /// Read the file that the open dialog names; of a workbook, this sheet.
    ReadImport(Option<String>),
    /// The column at this place is that field; none = left out.
    SetImportColumn(usize, Option<Field>),
    /// Take the cases in, as the open dialog says.
    TakeImport,
    /// Take the last import back.
    UndoImport,
    /// Download if need be, and load this model.
    ChooseModel(ModelChoice),
    /// Stop the load or the download; what has arrived is kept.
    CancelLoading,
    /// Look what preparing the model in use for this computer would save.
    AskPrepare,
    /// Show again what was offered.
    ShowPrepare,
    /// Prepare the offered model, as the dialog says.
    Prepare(PrepareForm),
    /// Use the offered model as it came.
    SkipPrepare,
    /// The settings were changed.
    SetSettings(Box<Settings>),
    /// Show a modal.
    ShowModal(Modal),
    /// Close the modal.
    CloseModal,
    /// Let a message go.
    DismissToast(u64),
    /// Do what a message's button offers.
    ToastAction(u64),
    /// Put the cursor into a field.
    Focus(Focus),
    /// Fold the case list in or out (small windows).
    ToggleCaseList,
    /// From the question [`Modal::ConfirmClose`]: save the case (none = every unsaved case), then close it (the program).
    SaveAndClose(Option<CaseId>),
    /// From the same question: leave the draft on the disk, to be offered at the next start, and close.
    KeepDraftAndClose(Option<CaseId>),
    /// From the same question: throw the case and its draft away, and close. Offered for one case, never for all.
    DiscardAndClose(CaseId),
    /// End the program; asks when something would be lost.
    Quit,
    /// End it, whatever would be lost (drafts stay).
    QuitNow,
    /// Don't end the program after all, while it makes its last backup or could not.
    StayOpen,
    /// Choose where to keep cases: in another vault, or in none.
    ChooseVault(ChooseWay),
    /// Go back to where one came from, without having chosen.
    LeaveChoice,
    /// Make the vault that the form describes.
    CreateVault,
    /// Go on without a vault; a vault that there is asks again at the next start.
    GoWithoutVault,
    /// Write the recovery key into a file, as the form says.
    PrintRecovery,
    /// Remove that file.
    RemovePrinted,
    /// The recovery key is on paper, as the typed group shows.
    ConfirmRecovery,
    /// Try again whether the vault, which another window has, can be written to.
    ReopenVault,
    /// Which of two texts of a case stays.
    Resolve(Resolution),
    /// Something else stands in the search field or in the filters of the vault's list.
    SearchVault,
    /// Take all its filters off.
    ClearFilters,
    /// Read the list again.
    ReadListAgain,
    /// These rows of it are in view.
    ShowRows(Range<usize>),
    /// Put a case into the bin.
    Bin(CaseId),
    /// Take it out again.
    Unbin(CaseId),
    /// Ask before a case of the bin (none = all of them) is deleted for good.
    AskDelete(Option<CaseId>),
    /// Delete what [`Modal::ConfirmDelete`] names.
    DeleteForGood,
    /// Show the earlier texts of a case, and the suggestions that were made for it.
    ShowHistory(CaseId),
    /// Put an earlier text into its case.
    RestoreText(Box<Case>),
    /// Names of what lies with the shown case.
    SetAttachments(Vec<String>),
    /// Look at what an export of the vault's list would take out.
    LookAtListed,
    /// Show what the open vault is, its backups or its settings.
    ShowVault(VaultPage),
    /// Keep the settings as the open dialog says.
    SaveVaultSettings,
    /// Make a backup now; on the way out, try the last one again.
    BackUpNow,
    /// Open this backup, to see whether it is whole.
    CheckBackup(PathBuf),
    /// Read every page, the audit log and every backup.
    CheckVault,
    /// End what is under way.
    StopCare(CareKind),
    /// Prepare making a new vault from a backup.
    ShowRestore(Option<PathBuf>),
    /// Make it, as the open dialog says.
    Restore,
    /// Close the vault, and ask for the passphrase of this one.
    OpenRestored(PathBuf),
    /// Set another passphrase, as the open dialog says.
    ChangePassphrase,
    /// Make another recovery key, after the passphrase that was typed into the open dialog.
    RenewRecovery,
    /// Show the audit log.
    ShowAudit,
    /// Read the line of the audit log with this number, and those around it.
    ReadAudit(i64),
}

/// What becomes of two texts of one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// The window's becomes the newest revision.
    Mine,
    /// The vault's; the window's is thrown away.
    Theirs,
    /// The window's becomes a case of its own.
    Both,
}

/// What a system dialog shall find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrowseFor {
    /// Case files to open.
    Cases,
    /// A folder to save in.
    SaveFolder,
    /// A folder with a model.
    ModelFolder,
    /// A folder with an adapter.
    AdapterFolder,
    /// A picture for the letterhead.
    LetterheadImage,
    /// A table or JSON to import.
    ImportFile,
    /// A folder to make a vault in.
    NewVault,
    /// The folder of a vault.
    Vault,
    /// A folder for the recovery key's file.
    PrintFolder,
    /// A folder for backups.
    BackupFolder,
    /// A backup.
    BackupFile,
}

/// A place for the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Focus {
    /// The search field of the case list.
    Search,
    /// The facts.
    Facts,
    /// The intervention.
    Intervention,
    /// The suggestion's panel.
    Suggestion,
    /// The search inside the case's text.
    FindInText,
    /// The next pane (F6).
    NextPane,
}

/// A window inside the window.
#[derive(Debug, Clone, PartialEq)]
pub enum Modal {
    /// Name, folder and form of a file to save.
    Save {
        /// The folder, as text that can be edited.
        folder: String,
        /// The file's name.
        name: String,
        /// In which form.
        format: SaveFormat,
        /// The name is taken: ask before replacing.
        exists: bool,
    },
    /// Which cases to open.
    Open {
        /// The folder, as text that can be edited.
        folder: String,
        /// Its case files.
        files: Vec<PathBuf>,
        /// Those that are ticked.
        chosen: Vec<PathBuf>,
    },
    /// A file that leaves the program.
    Export(Box<ExportForm>),
    /// Cases that come in.
    Import(Box<ImportForm>),
    /// Which model to use.
    Model(ModelForm),
    /// What preparing the offered model would save.
    Prepare(PrepareForm),
    /// Settings.
    Settings,
    /// All keys on one sheet.
    Keys,
    /// What the program is, what the model can't do, licences.
    About,
    /// What the predicted outcome is and what it isn't.
    OutcomeHelp,
    /// Something would be lost: save, keep as a draft, or go back.
    ConfirmClose {
        /// Which case; none = the whole program.
        case: Option<CaseId>,
    },
    /// The vault has a newer text of a case than the one that the window's began from.
    Conflict {
        /// What stands in the vault.
        stored: Box<Stored>,
    },
    /// Cases would be deleted for good.
    ConfirmDelete {
        /// Which case of the bin; none = all of them.
        id: Option<CaseId>,
        /// What goes.
        contents: BinContents,
    },
    /// The last import into the vault would be taken back.
    UndoImport,
    /// Earlier texts of a case, and suggestions.
    History(Box<HistoryForm>),
    /// The open vault: what it is, its backups, its settings.
    Vault(Box<VaultForm>),
    /// Another passphrase for it.
    Passphrase(PassphraseForm),
    /// Another recovery key for it.
    Recovery(RecoveryRenewal),
    /// A new vault from a backup.
    Restore(RestoreForm),
    /// The audit log.
    Audit,
    /// What has to be said after an unlock.
    Notices(Vec<Notice>),
}

/// What «Preparar para este equipo» holds while it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrepareForm {
    /// How the weights will be held.
    pub quantization: QuantizationChoice,
    /// Remove the original afterwards.
    pub remove_original: bool,
}

/// What the model chooser holds while it is open.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelForm {
    /// Which of the ways is chosen.
    pub way: ModelWay,
    /// A folder with a model.
    pub folder: String,
    /// A folder with an adapter.
    pub adapter_folder: String,
    /// `owner/name`.
    pub repo: String,
    /// Branch, tag or commit.
    pub revision: String,
    /// The adapter's repository.
    pub adapter_repo: String,
    /// Which entry of the catalogue.
    pub catalogue_index: usize,
}

/// Ways to a model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ModelWay {
    /// The one that comes with the program.
    #[default]
    Embedded,
    /// One of the seed's.
    Catalogue,
    /// A folder on this computer.
    Folder,
    /// A Hugging Face repository.
    Repo,
}
