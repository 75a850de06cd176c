//! How fast a download is, over its last seconds.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// So far back bytes are counted.
const WINDOW: Duration = Duration::from_secs(4);

/// Bytes a second, over the last few seconds.
#[derive(Debug, Default)]
pub struct Speed {
    samples: VecDeque<(Instant, u64)>,
}

impl Speed {
    /// Notes that `bytes` are here at `at`, and gives the speed; 0 until there are two moments to compare.
    pub fn record(&mut self, at: Instant, bytes: u64) -> f64 {
        // A file that is begun anew takes bytes away; nothing before that tells the speed.
        if self.samples.back().is_some_and(|(_, before)| *before > bytes) {
            self.samples.clear();
        }
        self.samples.push_back((at, bytes));
        // One sample older than the window stays, so that the window is always full.
        while self.samples.get(1).is_some_and(|(second, _)| at.saturating_duration_since(*second) >= WINDOW) {
            self.samples.pop_front();
        }
        let Some((first, before)) = self.samples.front() else { return 0.0 };
        let seconds = at.saturating_duration_since(*first).as_secs_f64();
        if seconds > 0.0 { (bytes - before) as f64 / seconds } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_seconds_count() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut speed = Speed::default();
        assert!(speed.record(at(0), 500).abs() < 1e-9);
        assert!((speed.record(at(1), 1_500) - 1_000.0).abs() < 1e-6);
        for second in 2..=20 {
            speed.record(at(second), 1_500);
        }
        assert!(speed.record(at(21), 1_500).abs() < 1e-9, "what was fast long ago is fast no more");
        assert!(speed.record(at(22), 100).abs() < 1e-9, "a file begun anew");
        assert!((speed.record(at(23), 300) - 200.0).abs() < 1e-6);
    }
}
