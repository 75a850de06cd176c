//! How far something long is, on one line of the terminal.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use fluent_bundle::FluentValue;

use crate::hub::Speed;
use crate::i18n::I18n;

/// The line is written anew so often.
const EVERY: Duration = Duration::from_millis(200);

/// One line on standard error, written over again and again; nothing where that is no terminal.
pub(super) struct ProgressLine<'a> {
    i18n: &'a I18n,
    speed: Speed,
    shown_at: Option<Instant>,
    terminal: bool,
}

impl<'a> ProgressLine<'a> {
    pub(super) fn new(i18n: &'a I18n) -> Self {
        Self { i18n, speed: Speed::default(), shown_at: None, terminal: io::stderr().is_terminal() }
    }

    /// Shows the message `key` with `words` beside what is done, of how much, and how fast, if it is time to. `words` are
    /// given the speed in bytes a second.
    pub(super) fn tell<'w, const N: usize>(
        &mut self,
        key: &str,
        (done, total): (u64, u64),
        words: impl FnOnce(f64) -> [(&'static str, FluentValue<'w>); N],
    ) {
        let now = Instant::now();
        let speed = self.speed.record(now, done);
        if !self.terminal || self.shown_at.is_some_and(|at| now - at < EVERY) {
            return;
        }
        self.shown_at = Some(now);
        let bytes = |bytes| self.i18n.bytes(bytes).into();
        let mut all = vec![("done", bytes(done)), ("total", bytes(total)), ("speed", bytes(speed as u64))];
        all.extend(words(speed));
        // Back to the line's beginning, and away with what is longer than the new text.
        write!(io::stderr(), "\r{}\u{1b}[K", self.i18n.tr_args(key, &all)).ok();
    }

    /// The next text begins on a line of its own.
    pub(super) fn end(&self) {
        if self.shown_at.is_some() {
            writeln!(io::stderr()).ok();
        }
    }
}
