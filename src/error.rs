//! Errors as people see them: a title, what happened, what to do next; the words are in `assets/i18n/*/errors.ftl`.

use std::fmt;

/// An error that a person will read, in the language of the window. It names a Fluent message with the attributes
/// `.title`, `.what` and `.next`, and the values to put into them; never text of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserError {
    id: &'static str,
    args: Vec<(&'static str, String)>,
    technical: Option<String>,
}

impl UserError {
    /// The error whose words are the Fluent message `id`.
    pub fn new(id: &'static str) -> Self {
        Self { id, args: Vec::new(), technical: None }
    }

    /// Puts `value` where the message says `{ $name }`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.args.push((name, value.to_string()));
        self
    }

    /// What the machine said, in English, for the details panel and the log.
    #[must_use]
    pub fn technical(mut self, detail: impl fmt::Display) -> Self {
        self.technical = Some(detail.to_string());
        self
    }

    /// The Fluent message's id.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The values of the message.
    pub fn args(&self) -> &[(&'static str, String)] {
        &self.args
    }

    /// What the machine said.
    pub fn detail(&self) -> Option<&str> {
        self.technical.as_deref()
    }
}

impl fmt::Display for UserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)?;
        for (name, value) in &self.args {
            write!(f, " {name}={value}")?;
        }
        self.technical.as_ref().map_or(Ok(()), |detail| write!(f, " ({detail})"))
    }
}

impl std::error::Error for UserError {}
