//! The system's clipboard. Programs that keep a history of it are asked to leave text of cases out.

use super::clipboard::Copied;

/// It, opened when first used.
#[derive(Default)]
pub(super) struct SystemClipboard {
    open: Option<arboard::Clipboard>,
}

impl SystemClipboard {
    /// Puts text into it; gives the text back where the window's own way has to be used.
    pub(super) fn put(&mut self, text: String) -> Option<String> {
        // There the clipboard belongs to the window that has the keyboard, which this is not.
        if is_wayland() {
            return Some(text);
        }
        let Some(clipboard) = self.open() else { return Some(text) };
        match without_history(clipboard.set()).text(text.as_str()) {
            Ok(()) => None,
            Err(_) => Some(text),
        }
    }

    /// Takes that out of it, if it is still there. True when the window's own way has to be used for it.
    pub(super) fn clear(&mut self, copied: &Copied) -> bool {
        let Some(clipboard) = self.open() else { return true };
        match clipboard.get_text() {
            Ok(text) if copied.is(&text) => is_wayland() || clipboard.clear().is_err(),
            // Somebody has copied something else since.
            Ok(_) | Err(arboard::Error::ContentNotAvailable) => false,
            // It can't be told: better nothing is left in it than text of a case.
            Err(_) => true,
        }
    }

    fn open(&mut self) -> Option<&mut arboard::Clipboard> {
        if self.open.is_none() {
            self.open = arboard::Clipboard::new().ok();
        }
        self.open.as_mut()
    }
}

#[cfg(target_os = "linux")]
fn without_history(set: arboard::Set<'_>) -> arboard::Set<'_> {
    arboard::SetExtLinux::exclude_from_history(set)
}

#[cfg(target_os = "windows")]
fn without_history(set: arboard::Set<'_>) -> arboard::Set<'_> {
    use arboard::SetExtWindows;
    set.exclude_from_cloud().exclude_from_history()
}

#[cfg(not(any(target_os = "linux", target_os = "windows")))]
fn without_history(set: arboard::Set<'_>) -> arboard::Set<'_> {
    set
}

fn is_wayland() -> bool {
    ["WAYLAND_DISPLAY", "WAYLAND_SOCKET"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}
