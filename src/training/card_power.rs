//! What a graphics card of NVIDIA's draws, as the driver's `nvidia-smi` tells it, added up to joules.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Milliseconds between two readings.
const EVERY_MS: u32 = 500;

/// Watts by time: each reading stands until the next.
#[derive(Debug, Default)]
struct Sum {
    /// The last reading, and up to which second it is counted.
    last: Option<(f64, f64)>,
    joules: f64,
    /// No more readings come.
    ended: bool,
}

impl Sum {
    fn read(&mut self, second: f64, watts: f64) {
        self.count_to(second);
        self.last = Some((watts, second));
    }

    fn count_to(&mut self, second: f64) {
        if let Some((watts, from)) = &mut self.last {
            self.joules += *watts * (second - *from).max(0.0);
            *from = second;
        }
    }

    /// Joules since the last time; none where readings are missing.
    fn take(&mut self, second: f64) -> Option<f64> {
        self.count_to(second);
        (!self.ended).then(|| std::mem::take(&mut self.joules))
    }
}

/// A running `nvidia-smi`.
#[derive(Debug)]
pub(crate) struct CardPower {
    process: Child,
    sum: Arc<Mutex<Sum>>,
    began: Instant,
}

impl CardPower {
    /// Of the first card that CUDA sees; none where there is no `nvidia-smi`, or the card doesn't tell its power.
    pub(crate) fn of_system() -> Option<Self> {
        let seen = std::env::var("CUDA_VISIBLE_DEVICES").unwrap_or_default();
        let card = seen.split(',').next().map(str::trim).filter(|card| !card.is_empty()).unwrap_or("0");
        Self::told_by(&|| Command::new("nvidia-smi"), card)
    }

    fn told_by(program: &dyn Fn() -> Command, card: &str) -> Option<Self> {
        let query = || {
            let mut command = program();
            command.args(["--query-gpu=power.draw", "--format=csv,noheader,nounits", "--id", card]);
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
            command
        };
        let told = query().output().ok()?;
        let first = watts(&String::from_utf8_lossy(&told.stdout))?;
        let mut process = query().arg(format!("--loop-ms={EVERY_MS}")).spawn().ok()?;
        let told = process.stdout.take();
        let began = Instant::now();
        let sum = Arc::new(Mutex::new(Sum::default()));
        sum.lock().unwrap_or_else(PoisonError::into_inner).read(0.0, first);
        let meter = Self { process, sum: Arc::clone(&sum), began };
        let reader = std::thread::Builder::new().name("card-power".to_owned());
        reader.spawn(move || listen(told?, &sum, began)).ok()?;
        Some(meter)
    }

    /// Joules since the last call; none when `nvidia-smi` has ended.
    pub(crate) fn joules(&mut self) -> Option<f64> {
        self.sum.lock().unwrap_or_else(PoisonError::into_inner).take(self.began.elapsed().as_secs_f64())
    }
}

impl Drop for CardPower {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Counts readings until there is one that is no number, or none any more.
fn listen(told: impl Read, sum: &Mutex<Sum>, began: Instant) -> Option<()> {
    for line in BufReader::new(told).lines() {
        let Some(watts) = line.ok().as_deref().and_then(watts) else { break };
        sum.lock().unwrap_or_else(PoisonError::into_inner).read(began.elapsed().as_secs_f64(), watts);
    }
    sum.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
    None
}

/// A card that doesn't tell says «[N/A]».
fn watts(line: &str) -> Option<f64> {
    line.trim().parse().ok().filter(|watts: &f64| watts.is_finite() && *watts >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_stand_until_the_next_and_are_told_once() {
        let mut sum = Sum::default();
        sum.read(1.0, 100.0);
        sum.read(3.0, 50.0);
        assert_eq!(sum.take(4.0), Some(250.0));
        assert_eq!(sum.take(4.0), Some(0.0));
        assert_eq!(sum.take(6.0), Some(100.0));
        sum.ended = true;
        assert_eq!(sum.take(7.0), None);
    }

    #[cfg(unix)]
    #[test]
    fn what_does_not_tell_its_power_is_no_meter_and_one_that_falls_silent_no_longer() {
        let shell = |script: &'static str| {
            move || {
                let mut command = Command::new("sh");
                command.args(["-c", script]);
                command
            }
        };
        assert!(CardPower::told_by(&|| Command::new("no-such-program"), "0").is_none());
        assert!(CardPower::told_by(&shell("echo '[N/A]'"), "0").is_none());
        // It tells the number of the card that it was asked for, once, and then waits.
        let telling = shell("case \"$4\" in --loop-ms=*) exec sleep 600;; *) echo \"$3\";; esac");
        let mut meter = CardPower::told_by(&telling, "70").unwrap();
        assert!(meter.joules().is_some_and(|joules| joules >= 0.0));
        meter.process.kill().unwrap();
        while meter.joules().is_some() {
            std::thread::yield_now();
        }
    }
}
