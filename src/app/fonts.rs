//! Letters that the program's own fonts lack, from the system's: people paste what was written to them, in any script and
//! with signs of every kind.

use std::fs::File;
use std::io::Read;

/// Fonts with many letters, as systems usually have them; those that are there are used, in this order.
const PLACES: &[&str] = &[
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/noto/NotoSansSymbols2-Regular.ttf",
    "/usr/share/fonts/truetype/noto/NotoSansArabic-Regular.ttf",
    "/usr/share/fonts/truetype/ancient-scripts/Symbola_hint.ttf",
    "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
    "/System/Library/Fonts/Apple Symbols.ttf",
    "C:\\Windows\\Fonts\\segoeui.ttf",
    "C:\\Windows\\Fonts\\seguisym.ttf",
];
/// Larger ones would be felt in the program's memory.
const MAX_BYTES: u64 = 24 << 20;

/// The contents of those that are on this computer.
pub(super) fn of_system() -> Vec<Vec<u8>> {
    PLACES.iter().filter_map(|place| read(place)).collect()
}

fn read(place: &str) -> Option<Vec<u8>> {
    let file = File::open(place).ok()?;
    let size = file.metadata().ok()?.len();
    if size > MAX_BYTES {
        return None;
    }
    let mut bytes = Vec::with_capacity(size as usize);
    file.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
