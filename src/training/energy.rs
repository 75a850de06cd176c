//! What a training takes of the grid: measured where processor (RAPL) and graphics card tell it, else reckoned from stated watts.

use std::path::{Path, PathBuf};

use super::card_power::CardPower;

/// Joules in a kilowatt-hour.
const KWH: f64 = 3.6e6;

/// CO2 in kilograms: power by time by what the grid gives off (Lacoste et al. 2019).
pub fn co2_kg(watts: f64, hours: f64, kg_per_kwh: f64) -> f64 {
    watts * hours / 1000.0 * kg_per_kwh
}

/// Kilowatt-hours of so many joules.
pub(crate) fn kwh(joules: f64) -> f64 {
    joules / KWH
}

/// What measures the energy of a training: all of it that the machine tells, and never a part that would be taken for the
/// whole.
#[derive(Debug)]
pub(crate) struct Meter {
    packages: Option<Packages>,
    card: Option<CardPower>,
}

impl Meter {
    /// For a training on a device of that name; none where what does the work can't be measured.
    pub(crate) fn of(device: &str) -> Option<Self> {
        let packages = Packages::under(Path::new("/sys/class/powercap"));
        if device == "CPU" {
            packages.map(|packages| Self { packages: Some(packages), card: None })
        } else if device.starts_with("CUDA") {
            CardPower::of_system().map(|card| Self { packages, card: Some(card) })
        } else {
            None
        }
    }

    /// Joules since the last call; none when it has stopped telling them.
    pub(crate) fn joules(&mut self) -> Option<f64> {
        let of_card = match &mut self.card {
            Some(card) => card.joules()?,
            None => 0.0,
        };
        Some(of_card + self.packages.as_mut().map_or(0.0, Packages::joules))
    }

    /// Where the figures come from.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        let packages = self.packages.as_ref().map(|_| "RAPL");
        packages.into_iter().chain(self.card.as_ref().map(|_| "nvidia-smi"))
    }
}

/// The energy counters of the processor's packages, as Linux shows them. They can't be read in most containers.
#[derive(Debug)]
struct Packages {
    counters: Vec<Counter>,
}

#[derive(Debug)]
struct Counter {
    file: PathBuf,
    /// Microjoules at which it begins anew.
    range: u64,
    last: u64,
}

impl Packages {
    fn under(root: &Path) -> Option<Self> {
        let zones = std::fs::read_dir(root).ok()?.flatten().map(|entry| entry.path());
        // Packages are `intel-rapl:0`; their parts, `intel-rapl:0:1`, are in their sums already.
        let is_package = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with("intel-rapl:") && name.matches(':').count() == 1
        };
        let counters: Vec<Counter> = zones
            .filter(is_package)
            .filter_map(|zone| {
                let file = zone.join("energy_uj");
                Some(Counter { range: number(&zone.join("max_energy_range_uj"))?, last: number(&file)?, file })
            })
            .collect();
        (!counters.is_empty()).then_some(Self { counters })
    }

    /// Joules since the last call.
    fn joules(&mut self) -> f64 {
        let mut microjoules = 0;
        for counter in &mut self.counters {
            let Some(now) = number(&counter.file) else { continue };
            microjoules += if now >= counter.last { now - counter.last } else { counter.range - counter.last + now };
            counter.last = now;
        }
        microjoules as f64 / 1e6
    }
}

fn number(file: &Path) -> Option<u64> {
    std::fs::read_to_string(file).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_originals_figure_comes_out() {
        assert_eq!(format!("{:.2}", co2_kg(350.0, 2.5, 0.432)), "0.38");
        assert!((kwh(3.6e6) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_counter_that_began_anew_is_understood_and_parts_are_not_counted_twice() {
        let dir = tempfile::tempdir().unwrap();
        let set = |zone: &str, name: &str, value: u64| {
            std::fs::create_dir_all(dir.path().join(zone)).unwrap();
            crate::files::write_atomic(&dir.path().join(zone).join(name), format!("{value}\n").as_bytes()).unwrap();
        };
        for zone in ["intel-rapl:0", "intel-rapl:0:0"] {
            set(zone, "max_energy_range_uj", 10_000_000);
            set(zone, "energy_uj", 9_000_000);
        }
        let mut meter = Packages::under(dir.path()).unwrap();
        set("intel-rapl:0", "energy_uj", 2_000_000);
        set("intel-rapl:0:0", "energy_uj", 9_900_000);
        assert!((meter.joules() - 3.0).abs() < 1e-9);
        assert!(meter.joules().abs() < 1e-9);
        assert!(Packages::under(&dir.path().join("none")).is_none());
    }
}
