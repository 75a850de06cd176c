//! Threads that share one piece of work after another, a few hundred times a token: they spin for a moment between two
//! pieces, since waking a sleeping thread takes longer than some pieces do, and sleep when nothing comes.

use std::marker::PhantomData;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::priority::give_way;

/// How long a worker looks for the next piece before it sleeps: longer than the gaps inside a token, shorter than anybody
/// would notice.
const SPIN: Duration = Duration::from_micros(60);

/// A piece of work: called with an item's number and the thread's.
type Work<'a> = dyn Fn(usize, usize) + Sync + 'a;

/// Work as the workers see it. The pointer is valid while `run` waits for them.
#[derive(Clone, Copy)]
struct Task {
    work: *const Work<'static>,
    items: usize,
}

// SAFETY: the work is `Sync`, and `run` keeps it alive until every worker is done with it.
unsafe impl Send for Task {}

struct State {
    task: Mutex<Option<Task>>,
    /// Counts the pieces; a change is the sign to start.
    round: AtomicU32,
    next: AtomicUsize,
    busy: AtomicUsize,
    sleeping: AtomicUsize,
    wake: Condvar,
    done: Condvar,
    bell: Mutex<()>,
    panicked: AtomicBool,
    stop: AtomicBool,
}

/// Threads for the kernels; the calling thread is one of them, or sleeps meanwhile.
pub(crate) struct Pool {
    state: Arc<State>,
    workers: Vec<JoinHandle<()>>,
    caller_works: bool,
    running: Mutex<()>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Pool").field("threads", &self.threads()).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    /// A pool of `threads`, of which the caller is one. Where the system gives fewer, it works with those.
    pub(crate) fn new(threads: usize) -> Self {
        Self::with_workers(1..threads.max(1), true)
    }

    /// A pool of `threads` that give way to all others; the caller sleeps while they work.
    pub(crate) fn in_background(threads: usize) -> Self {
        Self::with_workers(0..threads.max(1), false)
    }

    fn with_workers(workers: Range<usize>, caller_works: bool) -> Self {
        let state = Arc::new(State {
            task: Mutex::new(None),
            round: AtomicU32::new(0),
            next: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
            sleeping: AtomicUsize::new(0),
            wake: Condvar::new(),
            done: Condvar::new(),
            bell: Mutex::new(()),
            panicked: AtomicBool::new(false),
            stop: AtomicBool::new(false),
        });
        let spawn = |thread: usize| {
            let state = state.clone();
            std::thread::Builder::new().name(format!("kernel-{thread}")).spawn(move || {
                if !caller_works {
                    give_way();
                }
                work(&state, thread, !caller_works);
            })
        };
        let workers = workers.map_while(|thread| spawn(thread).ok()).collect();
        Self { state, workers, caller_works, running: Mutex::new(()) }
    }

    /// The pool that all models share: a thread for every core, since two on one core only wait for the same memory.
    pub(crate) fn shared() -> Arc<Self> {
        SHARED
            .get_or_init(|| {
                let allowed = std::thread::available_parallelism().map_or(1, usize::from);
                let cores = sysinfo::System::physical_core_count().unwrap_or(allowed);
                Arc::new(Self::new(allowed.min(cores.max(1))))
            })
            .clone()
    }

    /// The pool for what nobody waits for: one thread less than [`Self::shared`] has, so that the window's own is never without
    /// a core, if there are two.
    pub(crate) fn shared_in_background() -> Arc<Self> {
        static BACKGROUND: OnceLock<Arc<Pool>> = OnceLock::new();
        BACKGROUND.get_or_init(|| Arc::new(Self::in_background(Self::shared().threads() - 1))).clone()
    }

    /// A pool of the calling thread alone, for work inside a piece of another pool's.
    pub(crate) fn alone() -> &'static Self {
        static ALONE: OnceLock<Pool> = OnceLock::new();
        ALONE.get_or_init(|| Self::new(1))
    }

    /// Calls `work` for each of `items`, each by one thread alone.
    pub(crate) fn each<T: Send>(&self, items: &mut [T], work: &(dyn Fn(usize, &mut T) + Sync)) {
        let shared = Shared::new(items);
        self.run(shared.len, &|item, _| {
            // SAFETY: each item is given out once.
            work(item, &mut unsafe { shared.part(item, 1) }[0]);
        });
    }

    /// Threads that work, the caller's among them where it does.
    pub(crate) fn threads(&self) -> usize {
        (self.workers.len() + usize::from(self.caller_works)).max(1)
    }

    /// Calls `work` for each of `items`, in no set order, on all threads; returns when all are done.
    ///
    /// # Panics
    /// When `work` panics for an item.
    pub(crate) fn run(&self, items: usize, work: &Work<'_>) {
        if items <= 1 || self.workers.is_empty() {
            for item in 0..items {
                work(item, 0);
            }
            return;
        }
        let _running = lock(&self.running);
        let state = &*self.state;
        // SAFETY: only the lifetime is changed; the workers are done with it before this function returns.
        let work = unsafe { std::mem::transmute::<&Work<'_>, &'static Work<'static>>(work) };
        state.next.store(0, Ordering::Relaxed);
        state.busy.store(self.workers.len(), Ordering::Relaxed);
        *lock(&state.task) = Some(Task { work, items });
        state.round.fetch_add(1, Ordering::SeqCst);
        if state.sleeping.load(Ordering::SeqCst) > 0 {
            let _bell = lock(&state.bell);
            state.wake.notify_all();
        }
        if self.caller_works {
            take_items(state, work, items, 0);
            let mut turns = 0u32;
            while state.busy.load(Ordering::Acquire) > 0 {
                turns += 1;
                if turns.is_multiple_of(1 << 14) { std::thread::yield_now() } else { std::hint::spin_loop() }
            }
        } else {
            let mut bell = lock(&state.bell);
            while state.busy.load(Ordering::Acquire) > 0 {
                bell = state.done.wait(bell).unwrap_or_else(PoisonError::into_inner);
            }
        }
        *lock(&state.task) = None;
        assert!(!state.panicked.swap(false, Ordering::Relaxed), "a kernel failed");
    }
}

static SHARED: OnceLock<Arc<Pool>> = OnceLock::new();

/// Gives the pool that all models share `threads` instead of one for every core. Changes nothing once a model was made:
/// [`Pool::threads`] tells what there is.
pub fn use_threads(threads: usize) {
    SHARED.get_or_init(|| Arc::new(Pool::new(threads)));
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::SeqCst);
        self.state.round.fetch_add(1, Ordering::SeqCst);
        {
            let _bell = lock(&self.state.bell);
            self.state.wake.notify_all();
        }
        for worker in self.workers.drain(..) {
            // A worker catches what its work throws, so there is nothing to hear from it.
            drop(worker.join());
        }
    }
}

fn take_items(state: &State, work: &Work<'_>, items: usize, thread: usize) {
    let taken = catch_unwind(AssertUnwindSafe(|| {
        loop {
            let item = state.next.fetch_add(1, Ordering::Relaxed);
            if item >= items {
                return;
            }
            work(item, thread);
        }
    }));
    if taken.is_err() {
        state.panicked.store(true, Ordering::Relaxed);
    }
}

fn work(state: &State, thread: usize, caller_sleeps: bool) {
    let mut seen = 0;
    loop {
        seen = wait(state, seen);
        if state.stop.load(Ordering::Acquire) {
            return;
        }
        let task = *lock(&state.task);
        if let Some(Task { work, items }) = task {
            // SAFETY: `run` waits for `busy` to reach zero before it lets go of the work.
            take_items(state, unsafe { &*work }, items, thread);
        }
        if state.busy.fetch_sub(1, Ordering::Release) == 1 && caller_sleeps {
            let _bell = lock(&state.bell);
            state.done.notify_all();
        }
    }
}

/// Waits until the round is not `seen`, and gives it.
fn wait(state: &State, seen: u32) -> u32 {
    let began = Instant::now();
    loop {
        for _ in 0..64 {
            let round = state.round.load(Ordering::Acquire);
            if round != seen {
                return round;
            }
            std::hint::spin_loop();
        }
        if began.elapsed() > SPIN {
            break;
        }
    }
    let mut bell = lock(&state.bell);
    state.sleeping.fetch_add(1, Ordering::SeqCst);
    while state.round.load(Ordering::SeqCst) == seen {
        bell = state.wake.wait(bell).unwrap_or_else(PoisonError::into_inner);
    }
    state.sleeping.fetch_sub(1, Ordering::SeqCst);
    state.round.load(Ordering::SeqCst)
}

/// A slice of which several threads write disjoint parts.
pub(super) struct Shared<'a, T> {
    start: *mut T,
    len: usize,
    slice: PhantomData<&'a mut [T]>,
}

// SAFETY: `part` hands out memory only to callers who promise that parts are disjoint.
unsafe impl<T: Send> Sync for Shared<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Shared<'_, T> {}

impl<'a, T> Shared<'a, T> {
    pub(super) fn new(slice: &'a mut [T]) -> Self {
        Self { start: slice.as_mut_ptr(), len: slice.len(), slice: PhantomData }
    }

    /// `len` elements from `at` on.
    ///
    /// # Safety
    /// No two parts that live at the same time may overlap.
    ///
    /// # Panics
    /// When they are not all inside the slice.
    #[allow(clippy::mut_from_ref)]
    pub(super) unsafe fn part(&self, at: usize, len: usize) -> &mut [T] {
        assert!(at <= self.len && len <= self.len - at, "a part outside its slice");
        // SAFETY: inside the slice, and disjoint by the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(at), len) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_done_once_whatever_the_number_of_threads() {
        let pools =
            [1, 2, 3, 7].map(|threads| [Pool::new(threads), Pool::in_background(threads)].map(|pool| (threads, pool)));
        for (threads, pool) in pools.into_iter().flatten() {
            assert_eq!(pool.threads(), threads);
            for items in [0, 1, 2, 100] {
                for _ in 0..50 {
                    let done: Vec<AtomicUsize> = (0..items).map(|_| AtomicUsize::new(0)).collect();
                    pool.run(items, &|item, thread| {
                        assert!(thread < threads);
                        done[item].fetch_add(1, Ordering::Relaxed);
                    });
                    assert!(done.iter().all(|count| count.load(Ordering::Relaxed) == 1), "{threads} {items}");
                }
            }
        }
    }

    #[test]
    fn each_item_is_changed_by_one_thread() {
        let mut items: Vec<usize> = (0..100).collect();
        Pool::new(3).each(&mut items, &|at, item| *item += at);
        assert!(items.iter().enumerate().all(|(at, item)| *item == 2 * at));
    }

    #[test]
    fn workers_that_sleep_are_woken() {
        for pool in [Pool::new(3), Pool::in_background(3)] {
            let count = AtomicUsize::new(0);
            for _ in 0..5 {
                std::thread::sleep(3 * SPIN);
                pool.run(10, &|_, _| {
                    count.fetch_add(1, Ordering::Relaxed);
                });
            }
            assert_eq!(count.load(Ordering::Relaxed), 50);
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_pool_lives_on() {
        for pool in [Pool::new(2), Pool::in_background(2)] {
            let thrown = catch_unwind(AssertUnwindSafe(|| pool.run(8, &|item, _| assert!(item != 5, "five"))));
            assert!(thrown.is_err());
            let count = AtomicUsize::new(0);
            pool.run(8, &|_, _| {
                count.fetch_add(1, Ordering::Relaxed);
            });
            assert_eq!(count.load(Ordering::Relaxed), 8);
        }
    }

    #[test]
    fn in_the_background_the_callers_thread_does_nothing() {
        let caller = std::thread::current().id();
        Pool::in_background(2).run(100, &|_, _| assert_ne!(std::thread::current().id(), caller));
    }
}
