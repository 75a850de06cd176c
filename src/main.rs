//! Checks the processor, starts the log, reads the command line, and hands over.

use std::process::ExitCode;
use std::time::Instant;

use pag_bert::cli::{self, Subcommands};
use pag_bert::config::Settings;
use pag_bert::error::UserError;
use pag_bert::i18n::I18n;
use pag_bert::paths::Paths;

fn main() -> ExitCode {
    let began = Instant::now();
    let paths = Paths::of_user();
    let settings = paths.as_ref().map(|paths| Settings::load(&paths.config_dir)).unwrap_or_default();
    let i18n = I18n::new(settings.lang);
    if !processor_is_enough() {
        cli::report(&UserError::new("error-cpu"), &i18n);
        return ExitCode::FAILURE;
    }
    pag_bert::log::start();
    let line = cli::parse(&i18n);
    match &line.command {
        Some(Subcommands::Predict(args)) => cli::predict(args, &i18n),
        Some(Subcommands::Logits(args)) => cli::logits(args, &i18n),
        Some(Subcommands::Download(args)) => cli::download(args, &i18n),
        Some(Subcommands::Convert(args)) => cli::convert(args, &i18n),
        Some(Subcommands::Inspect(args)) => cli::inspect(args, &i18n),
        Some(Subcommands::Dataset(args)) => cli::dataset(args, &i18n),
        Some(Subcommands::Eval(args)) => cli::eval(args, &i18n),
        Some(Subcommands::Export(args)) => cli::export(args, &i18n),
        Some(Subcommands::Import(args)) => cli::import(args, &i18n),
        Some(Subcommands::Train(args)) => cli::train(args, &i18n),
        Some(Subcommands::Merge(args)) => cli::merge(args, &i18n),
        Some(Subcommands::Bench(args)) => cli::bench(args, &i18n),
        Some(Subcommands::BenchTrain(args)) => cli::bench_train(args, &i18n),
        Some(Subcommands::BenchUi(args)) => end(cli::bench_ui(began, args), &i18n),
        Some(Subcommands::BenchVault(args)) => cli::bench_vault(args, &i18n),
        Some(Subcommands::Vault(args)) => cli::vault(args, &i18n),
        Some(Subcommands::Search(args)) => cli::search(args, &i18n),
        None => {
            let Some(paths) = paths else {
                cli::report(&UserError::new("error-no-home"), &i18n);
                return ExitCode::FAILURE;
            };
            end(pag_bert::app::run(paths, settings, line.files), &i18n)
        }
    }
}

fn end(result: Result<(), UserError>, i18n: &I18n) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            cli::report(&error, i18n);
            ExitCode::FAILURE
        }
    }
}

/// What `.cargo/config.toml` compiles for.
fn processor_is_enough() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        std::arch::is_x86_feature_detected!("avx2")
            && std::arch::is_x86_feature_detected!("fma")
            && std::arch::is_x86_feature_detected!("f16c")
    }
    #[cfg(not(target_arch = "x86_64"))]
    true
}
