//! `pag-bert bench-vault`: how the vault behaves on this machine, with invented cases of which nobody is the subject: words
//! drawn as often as a language has them (Zipf), in cases as long as the FSG's.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::Failure;
use crate::domain::{AMBITOS, Case, CaseId, Outcome, PROVINCIAS, TIPOS};
use crate::error::UserError;
use crate::i18n::I18n;
use crate::inference::Cancel;
use crate::vault::{Filters, Incoming, Kdf, OpenOptions, Passphrase, Query, Secret, Vault, VaultError, Watch};

/// So many go in at once.
const BATCH: usize = 2_000;
/// So many times each thing is done.
const TIMES: usize = 200;
/// Different words.
const WORDS: usize = 30_000;
/// The commonest ones; the others are syllables.
const COMMON: &str = "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin \
    sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde está mi \
    porque qué sólo han yo hay vez puede todos así nos ni parte tiene él uno donde bien tiempo mismo ese \
    ahora cada vida otro después te otros aunque esa eso hace otra gobierno tan durante siempre día tanto \
    ella tres sí dijo sido gran país según menos familia vivienda empresa agencia contrato alquiler colegio \
    centro oficina carta llamada reunión escrito queja respuesta servicio mañana señora niños español \
    compañía pequeño otoño enseñanza";

/// `pag-bert bench-vault`
#[derive(Debug, Args)]
pub struct BenchVault {
    /// So many cases.
    #[arg(long, value_name = "N", default_value = "10000", value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    pub cases: u32,
    /// Where the trial vault lies.
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

pub(super) fn bench_vault(args: &BenchVault, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    let parent = args.folder.clone().unwrap_or_else(std::env::temp_dir);
    let trial = tempfile::Builder::new().prefix("pag-bert-bench-").tempdir_in(&parent).map_err(VaultError::io(parent));
    let trial = trial.map_err(UserError::from)?;
    let mut sizes: Vec<usize> = std::iter::successors(Some(1_000), |size| Some(10 * size))
        .take_while(|size| *size < args.cases as usize)
        .collect();
    sizes.push(args.cases as usize);
    let unlock = unlock(&trial.path().join("unlock.pagvault")).map_err(UserError::from)?;
    let folder = trial.path().join("trial.pagvault");
    let mut bench = Bench::begin(&folder).map_err(UserError::from)?;
    let mut measured = Vec::new();
    for size in sizes {
        if !bench.fill(size, cancel).map_err(UserError::from)? {
            return Err(Failure::Interrupted);
        }
        measured.push(bench.measure(trial.path()).map_err(UserError::from)?);
    }
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", json!({ "unlock": unlock, "sizes": measured }))?;
    } else {
        out.write_all(table(&unlock, &measured, i18n).as_bytes())?;
    }
    Ok(out.flush()?)
}

/// Opening as people do, with a key derivation that was tuned here.
fn unlock(folder: &Path) -> Result<Value, VaultError> {
    let kdf = Kdf::tuned()?;
    let typed = "una frase de paso de prueba";
    Vault::create(folder, &Passphrase::new(typed)?, kdf)?.vault.close()?;
    let mut times = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        let vault = Vault::open(folder, &Secret::Passphrase(Passphrase::new(typed)?), OpenOptions::default())?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
        vault.close()?;
    }
    Ok(json!({ "memory_kib": kdf.memory_kib, "passes": kdf.passes, "ms": percentiles(&mut times) }))
}

/// Draws a query.
type Draw = fn(&mut ChaCha8Rng, &[String]) -> Query;

struct Bench {
    folder: PathBuf,
    vault: Vault,
    random: ChaCha8Rng,
    words: Vec<String>,
    count: usize,
    import_s: f64,
}

impl Bench {
    fn begin(folder: &Path) -> Result<Self, VaultError> {
        // Opening is measured apart.
        let vault = Vault::create(folder, &passphrase()?, Kdf { memory_kib: 8, passes: 1 })?.vault;
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let words = vocabulary(&mut random);
        Ok(Self { folder: folder.to_owned(), vault, random, words, count: 0, import_s: 0.0 })
    }

    /// Brings the vault to so many cases; false when somebody stopped it.
    fn fill(&mut self, size: usize, cancel: &Cancel) -> Result<bool, VaultError> {
        while self.count < size {
            if cancel.is_cancelled() {
                return Ok(false);
            }
            let batch: Vec<Incoming> =
                (0..BATCH.min(size - self.count)).map(|i| Incoming::Add(self.case(self.count + i))).collect();
            let began = Instant::now();
            self.vault.import(&batch, "bench")?;
            self.import_s += began.elapsed().as_secs_f64();
            self.count += batch.len();
        }
        Ok(true)
    }

    fn case(&mut self, index: usize) -> Case {
        let id = CaseId(data_encoding::HEXLOWER.encode(&self.random.random::<[u8; 16]>()));
        let year = 2005 + index % 20;
        let day = format!("{year}-{:02}-{:02}", self.random.random_range(1..=12), self.random.random_range(1..=28));
        let mut case = Case::new(id, format!("{year}-{index:05}"), format!("{day}T10:00:00.000000+01:00"));
        case.fecha = day;
        case.provincia = Some(PROVINCIAS[self.random.random_range(0..PROVINCIAS.len())].to_owned());
        case.ambito = Some(AMBITOS[self.random.random_range(0..AMBITOS.len())]);
        case.tipo = Some(TIPOS[self.random.random_range(0..TIPOS.len())]);
        case.resultado = Some(Outcome::ALL[self.random.random_range(0..3)]);
        let length = self.random.random_range(40..200);
        case.hechos = self.text(length);
        let length = self.random.random_range(20..100);
        case.intervencion = self.text(length);
        case.resultado_texto = self.text(15);
        case
    }

    fn text(&mut self, length: usize) -> String {
        let mut text = String::with_capacity(8 * length);
        for i in 0..length {
            if i > 0 {
                text.push_str(if i % 12 == 0 { ". " } else { " " });
            }
            let word = zipf(&mut self.random, self.words.len());
            text.push_str(&self.words[word]);
        }
        text
    }

    fn measure(&mut self, scratch: &Path) -> Result<Value, VaultError> {
        let mut open = Vec::new();
        for _ in 0..10 {
            let began = Instant::now();
            let options = OpenOptions { read_only: true, ..OpenOptions::default() };
            let other = Vault::open(&self.folder, &Secret::Passphrase(passphrase()?), options)?;
            other.list(&Query::default())?;
            open.push(began.elapsed().as_secs_f64() * 1e3);
        }
        let mut first_page = self.times(|_, _| Query::default())?;
        let count = self.count;
        let mut pages = self.times(|random, _| Query { offset: random.random_range(0..count), ..Query::default() })?;
        let mut filtered = self.times(|random, _| Query { filters: filters(random), ..Query::default() })?;
        let kinds: [(&str, Draw); 6] = [
            ("rare_word", |random, words| typed(&words[random.random_range(1_000..words.len())], false)),
            ("common_word", |random, words| typed(&words[random.random_range(0..common())], false)),
            ("two_words", |random, words| {
                typed(&format!("{} {}", words[zipf(random, words.len())], words[zipf(random, words.len())]), false)
            }),
            ("phrase", |random, words| {
                let first = random.random_range(0..common() - 1);
                typed(&format!("\"{} {}\"", words[first], words[first + 1]), false)
            }),
            ("being_typed", |random, words| {
                let word = &words[zipf(random, words.len())];
                typed(&word.chars().take(3).collect::<String>(), true)
            }),
            ("filtered", |random, words| Query {
                filters: filters(random),
                ..typed(&words[zipf(random, words.len())], false)
            }),
        ];
        let (mut search, mut by_kind) = (Vec::new(), serde_json::Map::new());
        for (name, query) in kinds {
            let mut times = self.times(query)?;
            search.extend(&times);
            by_kind.insert(name.to_owned(), percentiles(&mut times));
        }
        let (mut save, mut draft) = (Vec::new(), Vec::new());
        for i in 0..50 {
            let case = self.case(1_000_000 + i);
            let began = Instant::now();
            self.vault.keep_draft(&case, 0)?;
            draft.push(began.elapsed().as_secs_f64() * 1e3);
            let began = Instant::now();
            self.vault.save(&case, 0)?;
            save.push(began.elapsed().as_secs_f64() * 1e3);
            self.count += 1;
        }
        let began = Instant::now();
        let backup = self.vault.back_up(&scratch.join("backups"))?;
        let backup_s = began.elapsed().as_secs_f64();
        std::fs::remove_file(&backup).ok();
        let mut beside = self.drafts_beside_a_backup()?;
        let (resident, peak) = memory();
        Ok(json!({
            "cases": self.count,
            "import_s": self.import_s,
            "database_bytes": self.vault.bytes(),
            "open_and_list_ms": percentiles(&mut open),
            "list_ms": percentiles(&mut first_page),
            "list_anywhere_ms": percentiles(&mut pages),
            "list_filtered_ms": percentiles(&mut filtered),
            "search_ms": percentiles(&mut search),
            "search_by_kind_ms": by_kind,
            "draft_ms": percentiles(&mut draft),
            "save_ms": percentiles(&mut save),
            "backup_s": backup_s,
            "draft_beside_backup_ms": percentiles(&mut beside),
            "resident_bytes": resident,
            "peak_bytes": peak,
        }))
    }

    /// Drafts that are kept while another thread makes a backup, as the window does it.
    fn drafts_beside_a_backup(&mut self) -> Result<Vec<f64>, VaultError> {
        let (reader, case) = (self.vault.reader()?, self.case(2_000_000));
        let (vault, mut times) = (&mut self.vault, Vec::new());
        let made = std::thread::scope(|scope| {
            let backup = std::thread::Builder::new().name("backup".into());
            let backup = backup.spawn_scoped(scope, || reader.back_up(&Watch::nobody()));
            let backup = backup.map_err(VaultError::io(reader.backup_folder()))?;
            while !backup.is_finished() {
                let began = Instant::now();
                vault.keep_draft(&case, 0)?;
                times.push(began.elapsed().as_secs_f64() * 1e3);
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            backup.join().unwrap_or(Err(VaultError::Stopped))
        })?;
        std::fs::remove_file(made.path).ok();
        vault.discard_draft(&case.id)?;
        Ok(times)
    }

    fn times(&mut self, query: impl Fn(&mut ChaCha8Rng, &[String]) -> Query) -> Result<Vec<f64>, VaultError> {
        let mut times = Vec::with_capacity(TIMES);
        for _ in 0..TIMES {
            let query = query(&mut self.random, &self.words);
            let began = Instant::now();
            self.vault.list(&query)?;
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        Ok(times)
    }
}

fn common() -> usize {
    COMMON.split(' ').count()
}

fn passphrase() -> Result<Passphrase, VaultError> {
    Passphrase::new("una frase de paso de prueba")
}

fn typed(text: &str, typing: bool) -> Query {
    Query { text: text.to_owned(), typing, ..Query::default() }
}

fn filters(random: &mut ChaCha8Rng) -> Filters {
    Filters {
        provincia: Some(PROVINCIAS[random.random_range(0..PROVINCIAS.len())].to_owned()),
        ambito: Some(AMBITOS[random.random_range(0..AMBITOS.len())]),
        from: random.random_bool(0.5).then(|| "2015-01-01".to_owned()),
        ..Filters::default()
    }
}

/// The common words, and behind them words of two to four syllables.
fn vocabulary(random: &mut ChaCha8Rng) -> Vec<String> {
    const ONSETS: [&str; 16] = ["b", "c", "d", "f", "g", "l", "m", "n", "ñ", "p", "r", "s", "t", "v", "br", "tr"];
    const VOWELS: [&str; 8] = ["a", "e", "i", "o", "u", "á", "ie", "ó"];
    let mut words: Vec<String> = COMMON.split(' ').map(str::to_owned).collect();
    while words.len() < WORDS {
        let mut word = String::new();
        for _ in 0..random.random_range(2..=4) {
            word.push_str(ONSETS[random.random_range(0..ONSETS.len())]);
            word.push_str(VOWELS[random.random_range(0..VOWELS.len())]);
        }
        words.push(word);
    }
    words
}

/// A rank from 0, about as often as 1 / (rank + 1): the inverse of a logarithm.
fn zipf(random: &mut ChaCha8Rng, ranks: usize) -> usize {
    let drawn = (ranks as f64 + 1.0).powf(random.random::<f64>());
    (drawn as usize).saturating_sub(1).min(ranks - 1)
}

/// In the order of the times.
fn percentiles(times: &mut [f64]) -> Value {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let rank = (share * times.len() as f64).ceil() as usize;
        times.get(rank.clamp(1, times.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
    };
    json!({ "p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1.0), "n": times.len() })
}

/// What the program takes now, and the most it ever took; none where the system doesn't tell.
fn memory() -> (Option<u64>, Option<u64>) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kib| kib << 10)
    };
    (of("VmRSS:"), of("VmHWM:"))
}

/// The same for people.
fn table(unlock: &Value, measured: &[Value], i18n: &I18n) -> String {
    let mut text = String::new();
    let ms = |value: &Value, part: &str| i18n.decimal(value[part].as_f64().unwrap_or(f64::NAN), 1);
    writeln!(text, "unlock (Argon2id, p50)     {:>10} ms", ms(&unlock["ms"], "p50")).ok();
    for size in measured {
        writeln!(text, "\n{} cases", i18n.number(size["cases"].as_u64().unwrap_or(0))).ok();
        for name in [
            "open_and_list_ms",
            "list_ms",
            "list_anywhere_ms",
            "list_filtered_ms",
            "search_ms",
            "draft_ms",
            "save_ms",
            "draft_beside_backup_ms",
        ] {
            let value = &size[name];
            let (half, most) = (ms(value, "p50"), ms(value, "p95"));
            writeln!(text, "{:<24} p50 {half:>10} ms   p95 {most:>10} ms", name.trim_end_matches("_ms")).ok();
        }
        for name in ["database_bytes", "resident_bytes", "peak_bytes"] {
            let bytes = size[name].as_u64().map_or_else(|| "?".to_owned(), |bytes| i18n.bytes(bytes));
            writeln!(text, "{name:<24} {bytes:>10}").ok();
        }
        for name in ["import_s", "backup_s"] {
            writeln!(text, "{name:<24} {:>10} s", i18n.decimal(size[name].as_f64().unwrap_or(f64::NAN), 1)).ok();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let mut times: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        let found = percentiles(&mut times);
        assert_eq!((found["p50"].as_f64(), found["p95"].as_f64()), (Some(100.0), Some(190.0)));
        assert_eq!((found["p99"].as_f64(), found["max"].as_f64()), (Some(198.0), Some(200.0)));
    }

    #[test]
    fn common_words_are_drawn_as_a_language_draws_them() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut counts = [0_u32; 100];
        for _ in 0..100_000 {
            counts[zipf(&mut random, 100)] += 1;
        }
        assert!(counts[0] > counts[9] * 5 && counts[9] > counts[89] * 5 && counts[99] > 0);
    }
}
