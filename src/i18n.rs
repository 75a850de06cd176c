//! All words on screen: Fluent messages compiled into the program, Spanish first, English second.

use std::fmt;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use serde::{Deserialize, Serialize};
use unic_langid::LanguageIdentifier;

use crate::error::UserError;

/// A language of the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Spanish, the first language of everything.
    #[default]
    Es,
    /// English.
    En,
}

impl Lang {
    /// In the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Es, Self::En];

    /// The language's own name.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::Es => "Español",
            Self::En => "English",
        }
    }

    /// The Fluent files of a language, by file name.
    pub fn sources(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Es => &[
                ("app.ftl", include_str!("../assets/i18n/es/app.ftl")),
                ("archive.ftl", include_str!("../assets/i18n/es/archive.ftl")),
                ("care.ftl", include_str!("../assets/i18n/es/care.ftl")),
                ("cli.ftl", include_str!("../assets/i18n/es/cli.ftl")),
                ("documents.ftl", include_str!("../assets/i18n/es/documents.ftl")),
                ("engine.ftl", include_str!("../assets/i18n/es/engine.ftl")),
                ("errors.ftl", include_str!("../assets/i18n/es/errors.ftl")),
                ("gate.ftl", include_str!("../assets/i18n/es/gate.ftl")),
                ("messages.ftl", include_str!("../assets/i18n/es/messages.ftl")),
                ("training.ftl", include_str!("../assets/i18n/es/training.ftl")),
                ("vault.ftl", include_str!("../assets/i18n/es/vault.ftl")),
            ],
            Self::En => &[
                ("app.ftl", include_str!("../assets/i18n/en/app.ftl")),
                ("archive.ftl", include_str!("../assets/i18n/en/archive.ftl")),
                ("care.ftl", include_str!("../assets/i18n/en/care.ftl")),
                ("cli.ftl", include_str!("../assets/i18n/en/cli.ftl")),
                ("documents.ftl", include_str!("../assets/i18n/en/documents.ftl")),
                ("engine.ftl", include_str!("../assets/i18n/en/engine.ftl")),
                ("errors.ftl", include_str!("../assets/i18n/en/errors.ftl")),
                ("gate.ftl", include_str!("../assets/i18n/en/gate.ftl")),
                ("messages.ftl", include_str!("../assets/i18n/en/messages.ftl")),
                ("training.ftl", include_str!("../assets/i18n/en/training.ftl")),
                ("vault.ftl", include_str!("../assets/i18n/en/vault.ftl")),
            ],
        }
    }

    fn identifier(self) -> LanguageIdentifier {
        let code = match self {
            Self::Es => "es",
            Self::En => "en",
        };
        code.parse().unwrap_or_default()
    }
}

/// An error in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorText {
    /// What failed.
    pub title: String,
    /// What happened, and what is safe.
    pub what: String,
    /// What to do next.
    pub next: String,
}

/// The words of one language.
pub struct I18n {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

impl fmt::Debug for I18n {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("I18n").field("lang", &self.lang).finish_non_exhaustive()
    }
}

impl I18n {
    /// Reads the compiled-in messages. A faulty message is left out and logged (a test keeps that from happening).
    pub fn new(lang: Lang) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![lang.identifier()]);
        // Isolation marks are for mixed directions; here they would end up in files and in the clipboard.
        bundle.set_use_isolating(false);
        for (name, source) in lang.sources() {
            let resource = match FluentResource::try_new((*source).to_owned()) {
                Ok(resource) => resource,
                Err((resource, errors)) => {
                    tracing::error!(file = name, ?errors, "faulty Fluent file");
                    resource
                }
            };
            if let Err(errors) = bundle.add_resource(resource) {
                tracing::error!(file = name, ?errors, "a Fluent message stands twice");
            }
        }
        Self { lang, bundle }
    }

    /// Which language this is.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The message `id`; the id itself if there is none.
    pub fn tr(&self, id: &str) -> String {
        self.format(id, None, None)
    }

    /// The message `id` with values in it.
    pub fn tr_args(&self, id: &str, args: &[(&'static str, FluentValue<'_>)]) -> String {
        let args: FluentArgs<'_> = args.iter().cloned().collect();
        self.format(id, None, Some(&args))
    }

    /// An error in words.
    pub fn error(&self, error: &UserError) -> ErrorText {
        let args: FluentArgs<'_> = error.args().iter().map(|(name, value)| (*name, value.as_str())).collect();
        let part = |attribute| self.format(error.id(), Some(attribute), Some(&args));
        ErrorText { title: part("title"), what: part("what"), next: part("next") }
    }

    /// A whole number as this language writes it: `1.790` in Spanish.
    pub fn number(&self, value: u64) -> String {
        let digits = value.to_string();
        let separator = match self.lang {
            Lang::Es => '.',
            Lang::En => ',',
        };
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                grouped.push(separator);
            }
            grouped.push(digit);
        }
        grouped
    }

    /// A number with `places` decimals as this language writes it: `3,2` in Spanish.
    pub fn decimal(&self, value: f64, places: usize) -> String {
        let text = format!("{value:.places$}");
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
        let whole = whole.parse().map_or_else(|_| whole.to_owned(), |value| self.number(value));
        let point = match self.lang {
            Lang::Es => ',',
            Lang::En => '.',
        };
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}{point}{fraction}") }
    }

    /// A size in bytes, in words: `12,1 GB` (powers of ten, as shops sell them).
    pub fn bytes(&self, bytes: u64) -> String {
        match bytes {
            0..1_000_000 => format!("{} kB", self.decimal(bytes as f64 / 1e3, 0)),
            1_000_000..1_000_000_000 => format!("{} MB", self.decimal(bytes as f64 / 1e6, 0)),
            _ => format!("{} GB", self.decimal(bytes as f64 / 1e9, 1)),
        }
    }

    fn format(&self, id: &str, attribute: Option<&str>, args: Option<&FluentArgs<'_>>) -> String {
        let message = self.bundle.get_message(id);
        let pattern = match attribute {
            Some(name) => message.and_then(|message| message.get_attribute(name)).map(|found| found.value()),
            None => message.and_then(|message| message.value()),
        };
        let Some(pattern) = pattern else {
            tracing::error!(id, attribute, "no such message");
            return attribute.map_or_else(|| id.to_owned(), |attribute| format!("{id}.{attribute}"));
        };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, args, &mut errors);
        if !errors.is_empty() {
            tracing::error!(id, ?errors, "a message lacks a value");
        }
        text.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_spain_writes_them() {
        let es = I18n::new(Lang::Es);
        assert_eq!(es.number(1790), "1.790");
        assert_eq!(es.number(12_345_678), "12.345.678");
        assert_eq!(es.number(790), "790");
        assert_eq!(es.decimal(3.24, 1), "3,2");
        assert_eq!(es.decimal(-1234.5, 2), "-1.234,50");
        assert_eq!(es.bytes(24_213_000_000), "24,2 GB");
        assert_eq!(I18n::new(Lang::En).decimal(1234.5, 1), "1,234.5");
    }
}
