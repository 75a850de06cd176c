//! The end of a thread that the window holds: commands go in without waiting, answers come out, and its end is awaited.

use std::io;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded, unbounded};

/// A running thread that takes commands `C` and tells events `E`.
#[derive(Debug)]
pub struct Handle<C, E> {
    commands: Sender<C>,
    events: Receiver<E>,
    /// Nothing ever comes; it is cut when the thread ends.
    end: Receiver<()>,
    thread: JoinHandle<()>,
}

impl<C: Send + 'static, E: Send + 'static> Handle<C, E> {
    /// Starts a thread of that name. So many commands can wait; more means that it is busy. Events are not bounded: their
    /// number is, and a hidden window must never stall a thread.
    pub(super) fn start(
        name: &str,
        waiting: usize,
        run: impl FnOnce(&Receiver<C>, Sender<E>) + Send + 'static,
    ) -> io::Result<Self> {
        let (commands, inbox) = bounded(waiting);
        let (outbox, events) = unbounded();
        let (alive, end) = bounded(0);
        let thread = std::thread::Builder::new().name(name.into()).spawn(move || {
            let _alive: Sender<()> = alive;
            run(&inbox, outbox);
        })?;
        Ok(Self { commands, events, end, thread })
    }

    /// Sends a command, or gives it back when the thread has too much to do (or is gone).
    pub fn try_send(&self, command: C) -> Result<(), C> {
        self.commands.try_send(command).map_err(TrySendError::into_inner)
    }

    /// What it tells.
    pub fn events(&self) -> &Receiver<E> {
        &self.events
    }

    /// Sends commands as there is room for them, until the thread is gone.
    pub(super) fn send_all(&self, commands: impl IntoIterator<Item = C>) {
        for command in commands {
            if self.commands.send(command).is_err() {
                break;
            }
        }
    }

    /// Waits until the thread has ended. One that has not within `patience` is left to the program's end.
    pub(super) fn join(self, patience: Option<Duration>) {
        let name = self.thread.thread().name().unwrap_or_default().to_owned();
        // No more commands come.
        drop(self.commands);
        if let Some(patience) = patience
            && self.end.recv_timeout(patience) == Err(RecvTimeoutError::Timeout)
        {
            tracing::warn!(name, "a thread is left to the program's end");
            return;
        }
        if self.thread.join().is_err() {
            tracing::error!(name, "a thread panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_done_before_the_end_and_a_full_thread_gives_it_back() {
        let (go, may_go) = bounded::<()>(0);
        let handle = Handle::start("test", 2, move |inbox, outbox| {
            may_go.recv().ok();
            inbox.iter().for_each(|number: u32| outbox.send(10 * number).unwrap());
        });
        let handle = handle.unwrap();
        assert_eq!((handle.try_send(1), handle.try_send(2), handle.try_send(3)), (Ok(()), Ok(()), Err(3)));
        drop(go);
        let events = handle.events().clone();
        handle.join(None);
        assert_eq!(events.iter().collect::<Vec<_>>(), [10, 20]);
    }

    /// A folder on a network that doesn't answer, for instance.
    #[test]
    fn a_thread_that_does_not_end_keeps_nobody_in() {
        let (_never, waits) = bounded::<()>(0);
        let stuck = Handle::<(), ()>::start("test", 1, move |_, _| {
            waits.recv().ok();
        });
        stuck.unwrap().join(Some(Duration::ZERO));
    }
}
