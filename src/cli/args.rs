//! What can be typed on the command line, parsed once into types. The words of `--help` are Fluent messages, named after
//! the command and the argument (`cli-predict-seed`).

use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::dataset::DatasetArgs;
use super::eval::EvalArgs;
use super::export::Export;
use super::import::Import;
use crate::config::{DeviceSetting, ModelChoice, ModelLocation, QuantizationChoice};
use crate::domain::Sampling;
use crate::i18n::I18n;
use crate::model::AdapterMode;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "pag-bert", version, args_conflicts_with_subcommands = true)]
pub struct CommandLine {
    /// Without one, the window opens.
    #[command(subcommand)]
    pub command: Option<Subcommands>,
    /// Case files that the window opens.
    #[arg(value_name = "CASE.json")]
    pub files: Vec<PathBuf>,
}

/// What can be done without the window.
#[derive(Debug, Subcommand)]
pub enum Subcommands {
    /// Writes a suggestion.
    Predict(Predict),
    /// Prints the logits after the prompt.
    Logits(Logits),
    /// Brings a model onto this computer.
    Download(Download),
    /// Packs a model into one file.
    Convert(Convert),
    /// Prints what is in such a file.
    Inspect(Inspect),
    /// Checks, converts, balances and splits datasets.
    Dataset(DatasetArgs),
    /// Measures a model on texts.
    Eval(EvalArgs),
    /// Measures how fast a model reads and writes, training, or the vault.
    Bench(super::bench::BenchArgs),
    /// Measures the window.
    BenchUi(BenchUi),
    /// Cases out of the program.
    Export(Export),
    /// Cases into it.
    Import(Import),
    /// Makes, verifies and backs up a vault.
    Vault(super::vault::VaultArgs),
    /// Finds cases in a vault.
    Search(super::search::Search),
    /// Trains.
    Train(super::train::Train),
    /// One model of base and adapter.
    Merge(super::train::Merge),
}

/// Which model, and how it runs.
#[derive(Debug, Args)]
pub struct ModelArgs {
    /// `embedded`, a folder, or a repository.
    #[arg(long, value_name = "DIR|REPO|embedded", default_value = "embedded")]
    pub model: ModelName,
    /// A folder or a repository.
    #[arg(long, value_name = "DIR|REPO")]
    pub adapter: Option<ModelName>,
    /// How weights are held.
    #[arg(long, value_name = "none|q8_0|q6k|q4k", value_parser = quantization)]
    pub quantization: Option<QuantizationChoice>,
    /// Where it runs.
    #[arg(long, value_name = "auto|cpu|cuda|metal", default_value = "auto", value_parser = device)]
    pub device: DeviceSetting,
    /// Never ask the network.
    #[arg(long)]
    pub offline: bool,
}

/// `pag-bert predict`
#[derive(Debug, Args)]
pub struct Predict {
    /// The facts; `-` is standard input.
    #[arg(long, value_name = "FILE|-")]
    pub facts_file: PathBuf,
    /// Which model.
    #[command(flatten)]
    pub model: ModelArgs,
    /// How tokens are chosen.
    #[command(flatten)]
    pub sampling: SamplingArgs,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

/// How tokens are chosen.
#[derive(Debug, Args)]
pub struct SamplingArgs {
    /// At most so many.
    #[arg(long, value_name = "N", default_value = "256", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_new_tokens: u32,
    /// 0 = greedy.
    #[arg(long, value_name = "T", default_value = "0", value_parser = temperature)]
    pub temperature: f64,
    /// The k likeliest.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    pub top_k: Option<u32>,
    /// The likeliest that reach this probability.
    #[arg(long, value_name = "P", value_parser = probability)]
    pub top_p: Option<f64>,
    /// 1 = none.
    #[arg(long, value_name = "R", default_value = "1", value_parser = penalty)]
    pub repetition_penalty: f32,
    /// Of the random numbers.
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,
}

impl From<&SamplingArgs> for Sampling {
    fn from(args: &SamplingArgs) -> Self {
        Self {
            temperature: args.temperature,
            top_k: args.top_k.map(|k| k as usize),
            top_p: args.top_p,
            repetition_penalty: args.repetition_penalty,
            seed: args.seed,
            max_new_tokens: args.max_new_tokens as usize,
        }
    }
}

/// `pag-bert logits`
#[derive(Debug, Args)]
pub struct Logits {
    /// The facts; `-` is standard input.
    #[arg(long, value_name = "FILE|-")]
    pub facts_file: PathBuf,
    /// Which model.
    #[command(flatten)]
    pub model: ModelArgs,
    /// One JSON object; the only form there is.
    #[arg(long)]
    pub json: bool,
}

/// `pag-bert download`
#[derive(Debug, Args)]
pub struct Download {
    /// `owner/name`, or `owner/name@revision`.
    #[arg(value_name = "REPO")]
    pub repo: ModelName,
    /// Only say what is here.
    #[arg(long)]
    pub offline: bool,
}

/// `pag-bert convert`
#[derive(Debug, Args)]
pub struct Convert {
    /// `embedded`, a folder, or a repository.
    #[arg(long, value_name = "DIR|REPO|embedded")]
    pub model: ModelName,
    /// A folder or a repository.
    #[arg(long, value_name = "DIR|REPO")]
    pub adapter: Option<ModelName>,
    /// Into the weights, or into a file of its own.
    #[arg(long, value_name = "merge|beside", default_value = "merge", value_parser = adapter_mode)]
    pub adapter_mode: AdapterMode,
    /// The form of the linear layers.
    #[arg(long = "quantization", id = "form", value_name = "q4k|q6k|q8_0|none", value_parser = quantization)]
    pub form: QuantizationChoice,
    /// The new file.
    #[arg(long, value_name = "FILE.gguf")]
    pub out: PathBuf,
    /// Replace a file that is there.
    #[arg(long)]
    pub force: bool,
    /// Never ask the network.
    #[arg(long)]
    pub offline: bool,
}

/// `pag-bert inspect`
#[derive(Debug, Args)]
pub struct Inspect {
    /// A GGUF file, whoever wrote it.
    #[arg(value_name = "FILE.gguf")]
    pub file: PathBuf,
    /// Read every tensor and hold it against its checksum.
    #[arg(long)]
    pub check: bool,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `pag-bert bench-ui`
#[derive(Debug, Args)]
pub struct BenchUi {
    /// `embedded`, or a folder.
    #[arg(long, value_name = "DIR|embedded", default_value = "embedded")]
    pub model: ModelName,
    /// How weights are held.
    #[arg(long, value_name = "none|q8_0|q6k|q4k", value_parser = quantization)]
    pub quantization: Option<QuantizationChoice>,
    /// Seconds of idling that are watched.
    #[arg(long, value_name = "S", default_value = "5")]
    pub idle_s: u64,
    /// Words a minute at which facts are typed; without it an example is put in at once.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub type_wpm: Option<u32>,
    /// The facts that are typed.
    #[arg(long, value_name = "FILE|-", requires = "type_wpm")]
    pub facts_file: Option<PathBuf>,
    /// Facts are not read ahead.
    #[arg(long)]
    pub no_read_ahead: bool,
    /// Measures the list of a vault with so many invented cases instead.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    pub vault_cases: Option<u32>,
}

/// A model as named on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelName {
    /// The one that comes with the program.
    Embedded,
    /// Any other.
    At(ModelLocation),
}

impl From<ModelName> for ModelChoice {
    fn from(name: ModelName) -> Self {
        match name {
            ModelName::Embedded => Self::Embedded,
            ModelName::At(base) => Self::Custom { base, adapter: None },
        }
    }
}

impl std::str::FromStr for ModelName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "embedded" {
            return Ok(Self::Embedded);
        }
        let path = Path::new(text);
        let (repo, revision) = text.split_once('@').map_or((text, None), |(repo, revision)| (repo, Some(revision)));
        if path.exists() || path.is_absolute() || text.starts_with('.') || !is_repo(repo) {
            return Ok(Self::At(ModelLocation::Folder { path: path.to_owned() }));
        }
        Ok(Self::At(ModelLocation::Repo { repo: repo.to_owned(), revision: revision.map(str::to_owned) }))
    }
}

/// `owner/name`, of the letters that the hub allows.
fn is_repo(text: &str) -> bool {
    let named = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    text.split_once('/').is_some_and(|(owner, name)| named(owner) && named(name))
}

pub(super) fn quantization(text: &str) -> Result<QuantizationChoice, String> {
    match text {
        "none" => Ok(QuantizationChoice::None),
        "q8_0" => Ok(QuantizationChoice::Q8_0),
        "q6k" => Ok(QuantizationChoice::Q6k),
        "q4k" => Ok(QuantizationChoice::Q4k),
        _ => Err("none, q8_0, q6k, q4k".to_owned()),
    }
}

fn adapter_mode(text: &str) -> Result<AdapterMode, String> {
    match text {
        "merge" => Ok(AdapterMode::Merged),
        "beside" => Ok(AdapterMode::Beside),
        _ => Err("merge, beside".to_owned()),
    }
}

pub(super) fn device(text: &str) -> Result<DeviceSetting, String> {
    match text {
        "auto" => Ok(DeviceSetting::Auto),
        "cpu" => Ok(DeviceSetting::Cpu),
        "cuda" => Ok(DeviceSetting::Cuda),
        "metal" => Ok(DeviceSetting::Metal),
        _ => Err("auto, cpu, cuda, metal".to_owned()),
    }
}

fn number<T: std::str::FromStr>(text: &str, range: &str, within: impl Fn(&T) -> bool) -> Result<T, String> {
    text.parse().ok().filter(within).ok_or_else(|| range.to_owned())
}

fn temperature(text: &str) -> Result<f64, String> {
    number(text, "0 – 10", |value| (0.0..=10.0).contains(value))
}

fn probability(text: &str) -> Result<f64, String> {
    number(text, "0 < P ≤ 1", |value| *value > 0.0 && *value <= 1.0)
}

fn penalty(text: &str) -> Result<f32, String> {
    number(text, "0,1 – 10", |value| (0.1..=10.0).contains(value))
}

/// The command line with its help in the person's language.
pub fn command(i18n: &I18n) -> Command {
    let version = Arg::new("version").short('V').long("version").action(ArgAction::Version);
    let version = version.help(i18n.tr("cli-version")).help_heading(i18n.tr("cli-options"));
    localised(CommandLine::command().disable_version_flag(true), "cli", i18n).arg(version)
}

fn localised(command: Command, prefix: &str, i18n: &I18n) -> Command {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help);
    let template = format!("{{about}}\n\n{} {{usage}}\n\n{{all-args}}", i18n.tr("cli-usage"));
    let command = command.about(i18n.tr(&format!("{prefix}-about"))).help_template(template);
    let command = command.disable_help_flag(true).disable_help_subcommand(true).arg(help);
    let command = command.subcommand_help_heading(i18n.tr("cli-commands")).mut_args(|arg| {
        let heading = if arg.is_positional() { "cli-arguments" } else { "cli-options" };
        let arg = arg.help_heading(i18n.tr(heading));
        let words = match arg.get_id().as_str() {
            "help" => i18n.tr("cli-help"),
            // Said once for all commands.
            id @ ("model" | "adapter" | "quantization" | "device" | "offline" | "facts_file" | "vault"
            | "passphrase_file" | "recovery_file") => i18n.tr(&format!("cli-{}", id.replace('_', "-"))),
            id => i18n.tr(&format!("{prefix}-{}", id.replace('_', "-"))),
        };
        arg.help(words)
    });
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| {
        let prefix = format!("{prefix}-{name}");
        command.mut_subcommand(name, |sub| localised(sub, &prefix, i18n))
    })
}

/// Parses the arguments of this process; prints the help or the fault and ends it when that is all there is to do.
pub fn parse(i18n: &I18n) -> CommandLine {
    let command = command(i18n);
    let matches = command.get_matches();
    CommandLine::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn models_are_told_apart_by_their_names() {
        assert_eq!("embedded".parse(), Ok(ModelName::Embedded));
        let repo = |repo: &str, revision: Option<&str>| {
            Ok(ModelName::At(ModelLocation::Repo { repo: repo.into(), revision: revision.map(str::to_owned) }))
        };
        assert_eq!("owner/name".parse(), repo("owner/name", None));
        assert_eq!("owner/name@v1-half".parse(), repo("owner/name", Some("v1-half")));
        let folder = |path: &str| Ok(ModelName::At(ModelLocation::Folder { path: path.into() }));
        for path in ["./owner/name", "/tmp/model", "model", "a/b/c", "src/cli"] {
            assert_eq!(path.parse(), folder(path), "{path}");
        }
    }

    #[test]
    fn numbers_outside_their_range_are_refused() {
        for (name, value) in [
            ("--temperature", "-1"),
            ("--temperature", "NaN"),
            ("--top-p", "0"),
            ("--top-k", "0"),
            ("--max-new-tokens", "0"),
            ("--repetition-penalty", "0"),
            ("--quantization", "q5"),
            ("--device", "gpu"),
        ] {
            let parsed = CommandLine::try_parse_from(["pag-bert", "predict", "--facts-file", "-", name, value]);
            assert!(parsed.is_err(), "{name} {value}");
        }
    }

    #[test]
    fn every_argument_is_explained_in_both_languages() {
        for lang in Lang::ALL {
            let mut command = command(&I18n::new(lang));
            command.build();
            let mut all = vec![&command];
            while let Some(sub) = all.pop() {
                all.extend(sub.get_subcommands().filter(|sub| sub.get_name() != "help"));
                let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
                assert!(!about.is_empty() && !about.starts_with("cli-"), "{}: {about}", sub.get_name());
                for arg in sub.get_arguments().filter(|arg| arg.get_id() != "subcommand") {
                    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                    assert!(!help.is_empty() && !help.starts_with("cli-"), "{} {}", sub.get_name(), arg.get_id());
                }
            }
        }
    }
}
