//! The system's own dialogs, each on a thread of its own: the window never waits for one.

use std::path::PathBuf;

use crossbeam_channel::Sender;

use crate::ui::action::BrowseFor;
use crate::vault::BACKUP_EXTENSION;
use crate::worker::wait::block_on;

/// What was picked; nothing when the person went back.
pub(super) type Picked = (BrowseFor, Vec<PathBuf>);

/// Shows a dialog; what is picked goes to `picked`, and `wake` is called then.
pub(super) fn show(what: BrowseFor, title: String, picked: Sender<Picked>, wake: impl Fn() + Send + 'static) {
    let thread = std::thread::Builder::new().name("file dialog".into()).spawn(move || {
        let dialog = rfd::AsyncFileDialog::new().set_title(title);
        let handles = match what {
            BrowseFor::Cases => block_on(dialog.add_filter("json", &["json"]).pick_files()).unwrap_or_default(),
            BrowseFor::LetterheadImage => {
                let dialog = dialog.add_filter("png, jpg", &["png", "jpg", "jpeg"]);
                block_on(dialog.pick_file()).into_iter().collect()
            }
            BrowseFor::ImportFile => {
                let dialog = dialog.add_filter("csv, xlsx, json", &["csv", "tsv", "txt", "xlsx", "xlsm", "json"]);
                block_on(dialog.pick_file()).into_iter().collect()
            }
            BrowseFor::BackupFile => {
                let dialog = dialog.add_filter(BACKUP_EXTENSION, &[BACKUP_EXTENSION]);
                block_on(dialog.pick_file()).into_iter().collect()
            }
            BrowseFor::SaveFolder
            | BrowseFor::ModelFolder
            | BrowseFor::AdapterFolder
            | BrowseFor::NewVault
            | BrowseFor::Vault
            | BrowseFor::PrintFolder
            | BrowseFor::BackupFolder => block_on(dialog.pick_folder()).into_iter().collect(),
        };
        let paths = handles.iter().map(|handle| handle.path().to_owned()).collect();
        picked.send((what, paths)).ok();
        wake();
    });
    if let Err(error) = thread {
        tracing::warn!(%error, "no thread for the file dialog");
    }
}
