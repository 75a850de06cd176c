//! Threads that give way: the system lets others run first, where it can be asked for one thread alone.

/// Lets all threads of ordinary priority go before the calling one, for good. A refusal changes nothing.
#[cfg(target_os = "linux")]
pub(super) fn give_way() {
    const PRIO_PROCESS: i32 = 0;
    const THIS_THREAD: u32 = 0;
    // Behind everything else, but a quarter of a core is left to it beside two others that never rest: enough for who types
    // fast, and whoever asks for a suggestion waits for the layer in hand.
    const NICE: i32 = 5;
    unsafe extern "C" {
        fn setpriority(which: i32, who: u32, priority: i32) -> i32;
    }
    // SAFETY: takes numbers alone.
    unsafe {
        setpriority(PRIO_PROCESS, THIS_THREAD, NICE);
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn give_way() {}
