//! What the window holds beside what it shows: job numbers, stop flags, the token counter; and what it asks of others.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use rand::RngCore;

use super::clipboard::Copied;
use crate::clock;
use crate::domain::{Case, CaseId};
use crate::inference::{Cancel, CountTokens, Request};
use crate::ui::action::BrowseFor;
use crate::ui::state::{AppState, Loading, Toast, ToastBody};
use crate::worker::care::CareCommand;
use crate::worker::protocol::{DownloadCommand, InferenceCommand, JobId, StorageCommand};

/// Something to be done outside the state.
pub enum Effect {
    /// For the inference thread.
    Inference(InferenceCommand),
    /// For the storage thread.
    Storage(StorageCommand),
    /// For the download thread.
    Download(DownloadCommand),
    /// For the care thread.
    Care(CareCommand),
    /// Into the clipboard.
    Copy(String),
    /// Out of the clipboard, if it still holds that.
    ClearClipboard(Copied),
    /// Show a system dialog.
    Dialog(BrowseFor),
    /// End the program; nothing is asked any more.
    Quit,
}

/// The window's own tools.
#[derive(Default)]
pub struct Desk {
    last_job: u64,
    last_toast: u64,
    cancels: HashMap<JobId, Cancel>,
    /// Counts tokens as the model in use does.
    pub(crate) counter: Option<Arc<dyn CountTokens>>,
    /// The facts that the model was last given to read ahead: whose, in which state, and when.
    pub(crate) ahead: Option<(CaseId, f64, f64)>,
    /// Files of the command line that wait for the vault to be opened.
    pub(crate) waiting: Vec<PathBuf>,
    /// The request that waits for the model that is being loaded.
    pub(crate) queued: Option<(JobId, Request)>,
    /// What was last copied from a window with an open vault, until it leaves the clipboard.
    pub(crate) copied: Option<Copied>,
    /// The vault is being locked: what was sent before is still being written.
    pub(crate) locking: bool,
}

impl Desk {
    /// A number and a fresh stop flag for a job.
    pub(crate) fn new_job(&mut self) -> (JobId, Cancel) {
        self.last_job += 1;
        let (job, cancel) = (JobId(self.last_job), Cancel::default());
        self.cancels.insert(job, cancel.clone());
        (job, cancel)
    }

    /// The stop flag of a job that runs.
    pub(crate) fn cancel_of(&mut self, job: JobId) -> Cancel {
        self.cancels.entry(job).or_default().clone()
    }

    /// Asks a job to stop.
    pub(crate) fn stop(&self, job: JobId) {
        if let Some(cancel) = self.cancels.get(&job) {
            cancel.cancel();
        }
    }

    /// A job has ended.
    pub(crate) fn ended(&mut self, job: JobId) {
        self.cancels.remove(&job);
    }

    /// Asks every job to stop.
    pub(crate) fn stop_all(&self) {
        self.cancels.values().for_each(Cancel::cancel);
    }

    /// Shows a message.
    pub(crate) fn toast(&mut self, state: &mut AppState, body: ToastBody) {
        // The same message twice is one message.
        state.toasts.retain(|toast| toast.body != body);
        self.last_toast += 1;
        state.toasts.push(Toast { id: self.last_toast, body, since_s: state.now_s });
    }
}

/// An empty case with the next number of this year.
pub(crate) fn numbered_case(state: &mut AppState) -> Case {
    let mut bytes = [0; 16];
    rand::rng().fill_bytes(&mut bytes);
    let id = CaseId(format!("{:032x}", u128::from_be_bytes(bytes)));
    let number = next_number(&state.settings.last_case_number, clock::year());
    Case::new(id, number, clock::now())
}

/// What numbers are compared by: year and count; nothing comes before the first.
pub(crate) fn number_order(number: &str) -> Option<(i16, u32)> {
    let (year, count) = number.split_once('-')?;
    Some((year.parse().ok()?, count.parse().ok()?))
}

/// The number after `last`; the first of the year when that was of another one.
pub(crate) fn next_number(last: &str, year: i16) -> String {
    let last = last.split_once('-').filter(|(of, _)| *of == year.to_string());
    let last: u32 = last.and_then(|(_, count)| count.parse().ok()).unwrap_or(0);
    format!("{year}-{:03}", last + 1)
}

/// Keeps the settings as they are now.
pub(crate) fn save_settings(state: &AppState) -> Effect {
    Effect::Storage(StorageCommand::SaveSettings(Box::new(state.settings.clone())))
}

/// The load or download of that job, if it is the current one.
pub(crate) fn loading_of(state: &mut AppState, job: JobId) -> Option<&mut Loading> {
    state.model.loading.as_mut().filter(|loading| loading.job == job)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_within_a_year_and_begin_anew_in_the_next() {
        assert_eq!(next_number("", 2026), "2026-001");
        assert_eq!(next_number("2026-031", 2026), "2026-032");
        assert_eq!(next_number("2026-999", 2026), "2026-1000");
        assert_eq!(next_number("2026-031", 2027), "2027-001");
        assert_eq!(next_number("borrador", 2026), "2026-001");
    }
}
