//! What the system says of sleep and of a locked screen: logind on D-Bus. Where there is none, nothing is ever said.
//!
//! A delay inhibitor holds the sleep back until the vault is locked: <https://systemd.io/INHIBITOR_LOCKS/>.

use std::io;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

/// logind waits no longer than five seconds; a sleep that came too early would find the vault open.
const PATIENCE: Duration = Duration::from_secs(4);

/// What was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEvent {
    /// The computer is about to sleep, and waits for [`SessionHandle::may_sleep`].
    Sleeps,
    /// The person has locked the screen.
    ScreenLocked,
}

/// The thread's end that the window holds. The thread ends with the program: it waits for the system alone.
#[derive(Debug)]
pub struct SessionHandle {
    events: Receiver<SessionEvent>,
    ready: Sender<()>,
}

impl SessionHandle {
    /// What the system says.
    pub fn events(&self) -> &Receiver<SessionEvent> {
        &self.events
    }

    /// The vault is locked.
    pub fn may_sleep(&self) {
        self.ready.try_send(()).ok();
    }
}

/// Begins to listen. `wake` is called after each event.
pub fn spawn(wake: impl Fn() + Send + 'static) -> io::Result<SessionHandle> {
    let (outbox, events) = unbounded();
    let (ready, is_ready) = bounded(1);
    let listener = Listener { brake: None, events: outbox, ready: is_ready, patience: PATIENCE };
    std::thread::Builder::new().name("session".into()).spawn(move || listen(listener, &wake))?;
    Ok(SessionHandle { events, ready })
}

/// What logind says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signal {
    /// Sleep is about to begin, or has ended.
    Sleep { begins: bool },
    /// The session's screen is to be locked.
    Lock,
}

/// Passes on what the system says. `B` holds the sleep back until it is dropped.
struct Listener<B> {
    brake: Option<B>,
    events: Sender<SessionEvent>,
    ready: Receiver<()>,
    patience: Duration,
}

impl<B> Listener<B> {
    /// Lets the computer sleep once the vault is locked. True when another brake is needed, for the next time.
    fn hear(&mut self, signal: Signal, wake: &dyn Fn()) -> bool {
        match signal {
            Signal::Sleep { begins: true } => {
                // An answer to an earlier question is none to this one.
                self.ready.try_iter().for_each(drop);
                self.tell(SessionEvent::Sleeps, wake);
                if self.ready.recv_timeout(self.patience).is_err() {
                    tracing::warn!("the computer sleeps before the vault is locked");
                }
                self.brake = None;
                false
            }
            Signal::Sleep { begins: false } => true,
            Signal::Lock => {
                self.tell(SessionEvent::ScreenLocked, wake);
                false
            }
        }
    }

    fn tell(&self, event: SessionEvent, wake: &dyn Fn()) {
        self.events.send(event).ok();
        wake();
    }
}

#[cfg(target_os = "linux")]
fn listen(listener: Listener<logind::Brake>, wake: &dyn Fn()) {
    if let Err(error) = super::wait::block_on(logind::listen(listener, wake)) {
        tracing::debug!(%error, "nothing is heard of sleep and of a locked screen");
    }
}

#[cfg(not(target_os = "linux"))]
fn listen(_listener: Listener<()>, _wake: &dyn Fn()) {}

#[cfg(target_os = "linux")]
mod logind {
    use std::future::poll_fn;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use zbus::export::futures_core::Stream;
    use zbus::zvariant::{OwnedFd, OwnedObjectPath};
    use zbus::{Connection, MatchRule, MessageStream, message};

    use super::{Listener, Signal};

    /// An open file that logind waits for.
    pub(super) type Brake = OwnedFd;

    const SERVICE: &str = "org.freedesktop.login1";
    const PATH: &str = "/org/freedesktop/login1";
    const MANAGER: &str = "org.freedesktop.login1.Manager";
    const SESSION: &str = "org.freedesktop.login1.Session";
    /// So many signals can wait.
    const QUEUE: usize = 8;

    pub(super) async fn listen(mut listener: Listener<Brake>, wake: &dyn Fn()) -> zbus::Result<()> {
        let bus = Connection::system().await?;
        let mut sleep = signals(&bus, PATH, MANAGER, "PrepareForSleep").await?;
        let mut lock = match session(&bus).await {
            Ok(path) => signals(&bus, path.as_str(), SESSION, "Lock").await.ok(),
            Err(_) => None,
        };
        listener.brake = brake(&bus).await.ok();
        while let Some(signal) = poll_fn(|cx| next(cx, &mut sleep, lock.as_mut())).await {
            if listener.hear(signal, wake) {
                listener.brake = brake(&bus).await.ok();
            }
        }
        Ok(())
    }

    async fn signals(bus: &Connection, path: &str, interface: &str, member: &str) -> zbus::Result<MessageStream> {
        let rule = MatchRule::builder()
            .msg_type(message::Type::Signal)
            .sender(SERVICE)?
            .path(path)?
            .interface(interface)?
            .member(member)?
            .build();
        MessageStream::for_match_rule(rule, bus, Some(QUEUE)).await
    }

    /// The session that this program runs in.
    async fn session(bus: &Connection) -> zbus::Result<OwnedObjectPath> {
        let answer = bus.call_method(Some(SERVICE), PATH, Some(MANAGER), "GetSession", &("auto",)).await?;
        answer.body().deserialize()
    }

    async fn brake(bus: &Connection) -> zbus::Result<Brake> {
        let why = ("sleep", "pag-bert", "The case vault is locked first", "delay");
        let answer = bus.call_method(Some(SERVICE), PATH, Some(MANAGER), "Inhibit", &why).await?;
        answer.body().deserialize()
    }

    /// The next signal; none when the bus is gone.
    fn next(cx: &mut Context<'_>, sleep: &mut MessageStream, lock: Option<&mut MessageStream>) -> Poll<Option<Signal>> {
        while let Poll::Ready(message) = Pin::new(&mut *sleep).poll_next(cx) {
            let Some(message) = message else { return Poll::Ready(None) };
            if let Some(begins) = message.ok().and_then(|message| message.body().deserialize().ok()) {
                return Poll::Ready(Some(Signal::Sleep { begins }));
            }
        }
        match lock.map(|lock| Pin::new(lock).poll_next(cx)) {
            Some(Poll::Ready(Some(_))) => Poll::Ready(Some(Signal::Lock)),
            _ => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listener(patience: Duration) -> (Listener<Sender<()>>, SessionHandle, Receiver<()>) {
        let (outbox, events) = unbounded();
        let (ready, is_ready) = bounded(1);
        // Gone when its only sender is dropped.
        let (brake, held) = bounded(0);
        let listener = Listener { brake: Some(brake), events: outbox, ready: is_ready, patience };
        (listener, SessionHandle { events, ready }, held)
    }

    fn is_held(held: &Receiver<()>) -> bool {
        held.try_recv() == Err(crossbeam_channel::TryRecvError::Empty)
    }

    #[test]
    fn sleep_waits_until_the_vault_is_locked() {
        let (mut listener, handle, held) = listener(Duration::from_mins(10));
        // From an earlier time, and no answer to what comes.
        handle.may_sleep();
        let window = std::thread::Builder::new()
            .name("window".into())
            .spawn(move || {
                assert_eq!(handle.events().recv(), Ok(SessionEvent::Sleeps));
                assert!(is_held(&held), "it would sleep while the vault is open");
                handle.may_sleep();
                (handle, held)
            })
            .unwrap();
        assert!(!listener.hear(Signal::Sleep { begins: true }, &|| ()));
        let (_handle, held) = window.join().unwrap();
        assert!(!is_held(&held));
        assert!(listener.hear(Signal::Sleep { begins: false }, &|| ()), "a brake for the next time");
    }

    #[test]
    fn a_window_that_does_not_answer_holds_no_sleep_back() {
        let (mut listener, handle, held) = listener(Duration::ZERO);
        listener.hear(Signal::Sleep { begins: true }, &|| ());
        assert!(!is_held(&held));
        listener.hear(Signal::Lock, &|| ());
        let events: Vec<SessionEvent> = handle.events().try_iter().collect();
        assert_eq!(events, [SessionEvent::Sleeps, SessionEvent::ScreenLocked]);
    }
}
