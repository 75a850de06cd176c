//! The words on screen: both languages say the same things with the same values, nothing is missing, nothing is unused.

#![allow(clippy::unwrap_used)] // a test stops where something fails

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fluent_syntax::ast::{Attribute, Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser::parse;
use pag_bert::i18n::Lang;

/// Each message and attribute (`id`, `id.title`) with the values that it wants.
fn messages(lang: Lang) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for (file, source) in lang.sources() {
        let resource = parse(*source).unwrap_or_else(|(_, errors)| panic!("{file}: {errors:?}"));
        for entry in &resource.body {
            let Entry::Message(message) = entry else { continue };
            let id = message.id.name.to_owned();
            let mut add = |name: String, pattern: &Pattern<&str>| {
                let mut values = BTreeSet::new();
                variables(pattern, &mut values);
                assert!(all.insert(name.clone(), values).is_none(), "{file}: {name} stands twice");
            };
            if let Some(pattern) = &message.value {
                add(id.clone(), pattern);
            }
            for Attribute { id: attribute, value } in &message.attributes {
                add(format!("{id}.{}", attribute.name), value);
            }
        }
    }
    all
}

fn variables(pattern: &Pattern<&str>, found: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        let inline = match expression {
            Expression::Inline(inline) => inline,
            Expression::Select { selector, variants } => {
                for variant in variants {
                    variables(&variant.value, found);
                }
                selector
            }
        };
        if let InlineExpression::VariableReference { id } = inline {
            found.insert(id.name.to_owned());
        }
    }
}

/// All code, without comments.
fn code() -> String {
    fn add(dir: &Path, all: &mut String) {
        for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                add(&entry.path(), all);
            } else {
                let text = std::fs::read_to_string(entry.path()).unwrap();
                all.extend(
                    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")),
                );
            }
        }
    }
    let mut all = String::new();
    add(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    all
}

/// Every string literal that has the form of a message's id.
fn literals(code: &str) -> BTreeSet<&str> {
    let pieces = code.split('"');
    let is_id = |text: &&str| {
        text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    pieces.filter(is_id).collect()
}

#[test]
fn both_languages_say_the_same_with_the_same_values() {
    let (es, en) = (messages(Lang::Es), messages(Lang::En));
    assert_eq!(es.keys().collect::<Vec<_>>(), en.keys().collect::<Vec<_>>());
    for (id, values) in &es {
        assert_eq!(values, &en[id], "{id}");
    }
}

#[test]
fn every_message_is_used() {
    let code = code();
    let literals = literals(&code);
    let ids: BTreeSet<String> = messages(Lang::Es).keys().map(|id| id.split('.').next().unwrap().to_owned()).collect();
    // The help of the command line is named after its arguments; a test in `cli` looks for each.
    let unused: Vec<_> = ids.iter().filter(|id| !literals.contains(id.as_str()) && !id.starts_with("cli-")).collect();
    assert!(unused.is_empty(), "{unused:#?}");
}

#[test]
fn every_word_that_is_asked_for_is_there() {
    let known = messages(Lang::Es);
    let code = code();
    // What stands right before an id wherever one is asked for.
    let askers = ["tr(\"", "tr_args(\"", "UserError::new(\"", "Self::new(\"", "Info(\"", "InfoWith(\""];
    let flat = code.replace(char::is_whitespace, "");
    let mut missing = BTreeSet::new();
    for asker in askers {
        for (at, _) in flat.match_indices(asker) {
            let id = flat[at + asker.len()..].split('"').next().unwrap();
            let error = asker.starts_with("UserError") || asker.starts_with("Self");
            let there = if error && id.starts_with("error-") {
                ["title", "what", "next"].iter().all(|part| known.contains_key(&format!("{id}.{part}")))
            } else {
                known.contains_key(id) || !id.starts_with(|c: char| c.is_ascii_lowercase())
            };
            if !there {
                missing.insert(id.to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn an_office_needs_no_exclamation_marks() {
    for lang in Lang::ALL {
        for (file, source) in lang.sources() {
            for line in source.lines().filter(|line| !line.starts_with('#')) {
                assert!(!line.contains('!') && !line.contains('¡'), "{file}: {line}");
            }
        }
    }
}
