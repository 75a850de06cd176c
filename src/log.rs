//! The program's log, and what it says of its own faults. Text of a case is in neither.

use std::io::IsTerminal;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

/// Warnings and errors go to standard error, those of libraries only when they are errors; `PAG_BERT_LOG` (error, warn,
/// info, debug, trace) asks the program itself for more or less. A panic is told by its place alone: its message could
/// hold text of a case.
pub fn start() {
    let level = std::env::var("PAG_BERT_LOG").ok().and_then(|level| level.parse().ok());
    let ours = level.unwrap_or(tracing::Level::WARN);
    let targets = Targets::new().with_target("pag_bert", ours).with_default(tracing::Level::ERROR);
    let lines =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    tracing_subscriber::registry().with(lines).with(targets).init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "?".to_owned(), ToString::to_string);
        let thread = std::thread::current().name().unwrap_or("?").to_owned();
        tracing::error!(place, thread, "a part of the program failed");
    }));
}
