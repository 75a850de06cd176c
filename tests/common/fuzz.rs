//! Whole files, changed at random for as long as `PAG_FUZZ_SECONDS` says (5 where it says nothing; CI 60; 600 for a night),
//! in a process of its own, whose memory is looked at in the end. Each round has a number; `PAG_FUZZ_ROUND` runs that one
//! alone.

#![allow(clippy::print_stdout)] // what a round was is said to whoever runs it by hand

use std::process::Command;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const CHILD: &str = "PAG_FUZZ_CHILD";
/// No reader may take more memory, all that the test itself takes included.
const MOST_BYTES: u64 = 500_000_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Runs `round` again and again, in a process of its own: this test of the program (by its full name), once more.
pub fn alone(test: &str, mut round: impl FnMut(&mut StdRng)) {
    if let Some(one) = number("PAG_FUZZ_ROUND") {
        return round(&mut StdRng::seed_from_u64(one));
    }
    if std::env::var_os(CHILD).is_none() {
        let ended = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stdout);
        assert!(ended.status.success(), "{said}\n{}", String::from_utf8_lossy(&ended.stderr));
        assert!(said.contains("1 passed"), "{test} was not run: {said}");
        println!("{said}");
        return;
    }
    let until = Instant::now() + Duration::from_secs(number("PAG_FUZZ_SECONDS").unwrap_or(5));
    let first = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let mut rounds = 0;
    while Instant::now() < until {
        let seed = first.wrapping_add(rounds);
        let outcome =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| round(&mut StdRng::seed_from_u64(seed))));
        assert!(outcome.is_ok(), "PAG_FUZZ_ROUND={seed} shows it again");
        rounds += 1;
    }
    let peak = peak_bytes();
    println!("{rounds} rounds, at most {} MB", peak / 1_000_000);
    assert!(rounds > 0 && peak < MOST_BYTES, "{peak} bytes");
}

/// The most memory that this process has had; 0 where the system doesn't tell.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// The file with a few changes: bits, bytes, words of the form, pieces gone, doubled or taken from elsewhere in it.
pub fn changed(rng: &mut StdRng, file: &[u8], words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for _ in 0..rng.random_range(1..=8) {
        let at = rng.random_range(0..=bytes.len());
        let length = rng.random_range(0..=64.min(bytes.len() - at));
        match rng.random_range(0..8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = rng.random(),
            2 => drop(bytes.splice(at..at, words[rng.random_range(0..words.len())].iter().copied())),
            3 => drop(bytes.drain(at..at + length)),
            4 => {
                let piece = bytes[at..at + length].repeat(rng.random_range(1..6));
                bytes.splice(at..at, piece);
            }
            5 => {
                let from = rng.random_range(0..=bytes.len() - length);
                let piece = bytes[from..from + length].to_vec();
                bytes.splice(at..at + length, piece);
            }
            6 => {
                let digits = rng.random_range(1..=25);
                let number: String = (0..digits).map(|_| char::from(b'0' + rng.random_range(0..10))).collect();
                bytes.splice(at..at + length.min(8), number.into_bytes());
            }
            7 if rng.random_bool(0.2) => bytes.truncate(at),
            _ => {}
        }
    }
    bytes
}
