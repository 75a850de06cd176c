//! When to try again, and when to give up.

use std::time::Duration;

use super::{HubConfig, HubError};
use crate::inference::Cancel;

/// A failed attempt.
#[derive(Debug)]
pub(super) struct Fault {
    /// What it is if it stays.
    pub(super) error: HubError,
    /// Whether another attempt could go better.
    pub(super) again: Again,
}

/// Whether another attempt could go better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// It could not.
    Never,
    /// After a pause that grows.
    Later,
    /// After the pause that the server asked for.
    After(Duration),
    /// After a pause that grows, unless it is the first word with the server: who has no network wants to know at once.
    UnlessFirst,
}

impl Fault {
    pub(super) fn fatal(error: HubError) -> Self {
        Self { error, again: Again::Never }
    }

    pub(super) fn passing(error: HubError) -> Self {
        Self { error, again: Again::Later }
    }
}

/// Counts attempts in a row that brought nothing.
pub(super) struct Attempts<'a> {
    config: &'a HubConfig,
    cancel: &'a Cancel,
    first_word: bool,
    failed: u32,
}

impl<'a> Attempts<'a> {
    pub(super) fn new(config: &'a HubConfig, cancel: &'a Cancel, first_word: bool) -> Self {
        Self { config, cancel, first_word, failed: 0 }
    }

    /// Something came: the count begins anew.
    pub(super) fn progress(&mut self) {
        self.failed = 0;
    }

    /// Waits for the next attempt.
    ///
    /// # Errors
    /// The fault's own, when there shall be no other attempt; [`HubError::Cancelled`].
    pub(super) fn after(&mut self, fault: Fault) -> Result<(), HubError> {
        // A stopped connection looks like a broken one.
        if self.cancel.is_cancelled() {
            return Err(HubError::Cancelled);
        }
        let growing = || {
            let doubled = self.config.backoff.saturating_mul(2_u32.saturating_pow(self.failed));
            doubled.min(self.config.max_backoff)
        };
        let pause = match fault.again {
            Again::Never => return Err(fault.error),
            Again::UnlessFirst if self.first_word => return Err(fault.error),
            Again::After(asked) if asked > self.config.max_retry_after => return Err(fault.error),
            Again::After(asked) => asked,
            Again::Later | Again::UnlessFirst => growing(),
        };
        if self.failed >= self.config.retries {
            return Err(fault.error);
        }
        self.failed += 1;
        tracing::info!(error = %fault.error, attempt = self.failed, ?pause, "trying again");
        self.config.system.wait(pause, self.cancel);
        if self.cancel.is_cancelled() { Err(HubError::Cancelled) } else { Ok(()) }
    }

    /// Does something until it works.
    ///
    /// # Errors
    /// As [`Attempts::after`].
    pub(super) fn run<T>(mut self, mut work: impl FnMut() -> Result<T, Fault>) -> Result<T, HubError> {
        loop {
            match work() {
                Ok(done) => return Ok(done),
                Err(fault) => self.after(fault)?,
            }
        }
    }
}
