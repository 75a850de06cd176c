//! The real window, driven by real keys under Xvfb: a case is typed, a suggestion streams, another is stopped, the case is
//! saved, the window closed, the case opened again and found; a crash loses nothing; no display is said.

#![cfg(all(feature = "desktop-tests", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)] // a test stops where something fails

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pag_bert::vault::{OpenOptions, Passphrase, Query, Secret, Vault};
use serde_json::Value;

mod common;

use common::endless_model;

const PATIENCE: Duration = Duration::from_mins(2);
const PASSPHRASE: &str = "mula pozo lienzo avispa";

/// A display of its own, gone with the test.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    fn start() -> Self {
        let mut server = Command::new("Xvfb")
            // Without a reset when its last client leaves: whoever comes at that moment would be turned away.
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is installed");
        let mut line = String::new();
        BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Self { server, name: format!(":{}", line.trim()) }
    }

    fn xdotool(&self, arguments: &[&str]) -> String {
        let output = Command::new("xdotool").args(arguments).env("DISPLAY", &self.name).output().expect("xdotool");
        String::from_utf8(output.stdout).unwrap()
    }

    fn keys(&self, keys: &str) {
        self.xdotool(&["key", "--clearmodifiers", keys]);
        std::thread::sleep(Duration::from_millis(150));
    }

    fn type_text(&self, text: &str) {
        self.xdotool(&["type", "--delay", "12", text]);
        std::thread::sleep(Duration::from_millis(150));
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

/// A home folder, and the program in it.
struct Office {
    display: Display,
    home: tempfile::TempDir,
}

impl Office {
    /// An office that goes on without a vault.
    fn new() -> Self {
        let office = Self::before_the_first_start();
        office.set(serde_json::json!({}));
        office
    }

    /// Nobody has started the program yet.
    fn before_the_first_start() -> Self {
        Self { display: Display::start(), home: tempfile::tempdir().unwrap() }
    }

    /// The vault that the window writes to, opened beside it for looking.
    fn look(&self) -> Vault {
        let secret = Secret::Passphrase(Passphrase::new(PASSPHRASE).unwrap());
        let options = OpenOptions { read_only: true, ..OpenOptions::default() };
        Vault::open(&self.path("casos.pagvault"), &secret, options).unwrap()
    }

    /// What the display's clipboard holds, as another program finds it.
    fn clipboard(&self) -> String {
        let mut reader = Command::new(std::env::current_exe().unwrap());
        reader.args(["--ignored", "--exact", "what_the_clipboard_holds", "--nocapture"]);
        let output = reader.env("DISPLAY", &self.display.name).env_remove("WAYLAND_DISPLAY").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Files below the home that hold these bytes.
    fn files_with(&self, words: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.home.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if std::fs::read(&path).unwrap().windows(words.len()).any(|bytes| bytes == words.as_bytes()) {
                    found.push(path);
                }
            }
        }
        found
    }

    fn set(&self, mut settings: serde_json::Value) {
        settings["without_vault"] = true.into();
        std::fs::create_dir_all(self.path("program/config")).unwrap();
        std::fs::write(self.path("program/config/settings.json"), settings.to_string()).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn command(&self, files: &[PathBuf]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pag-bert"));
        command
            .args(files)
            .env("DISPLAY", &self.display.name)
            .env_remove("WAYLAND_DISPLAY")
            .env("HOME", self.home.path())
            .env("PAG_BERT_HOME", self.path("program"))
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .stderr(Stdio::null());
        command
    }

    /// Starts the program and gives its window the keyboard.
    fn open(&self, files: &[PathBuf]) -> Running<'_> {
        let mut child = self.command(files).spawn().unwrap();
        let window = wait_for("the window", || {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "the program ended before its window came: {ended:?}");
            let found = self.display.xdotool(&["search", "--onlyvisible", "--name", "^pag-bert$"]);
            found.lines().next().map(str::to_owned)
        });
        self.display.xdotool(&["windowfocus", "--sync", &window]);
        // The first frames bring the cursor into the facts.
        std::thread::sleep(Duration::from_millis(800));
        Running { office: self, child, window }
    }

    /// The files of the drafts; each run of the program has a folder of its own.
    fn draft_files(&self) -> Vec<PathBuf> {
        let runs = std::fs::read_dir(self.path("program/drafts")).into_iter().flatten().flatten();
        let files = runs.flat_map(|run| std::fs::read_dir(run.path()).into_iter().flatten().flatten());
        files.map(|file| file.path()).filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect()
    }

    /// The drafts on the disk, by the case's number.
    fn drafts(&self) -> HashMap<String, Value> {
        let cases = self.draft_files().into_iter().filter_map(|file| read_case(&file));
        cases.map(|case| (text(&case, "number").to_owned(), case)).collect()
    }

    fn draft_where(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        wait_for(what, || self.drafts().into_values().find(&wanted))
    }
}

/// The program while it runs; killed with the test if it still does.
struct Running<'a> {
    office: &'a Office,
    child: Child,
    window: String,
}

impl Running<'_> {
    fn keys(&self, keys: &str) {
        self.office.display.keys(keys);
    }

    /// Keys after which the keyboard is elsewhere: what comes next must find the window drawn anew, also on a busy machine.
    fn keys_and_frame(&self, keys: &str) {
        self.keys(keys);
        std::thread::sleep(Duration::from_millis(900));
    }

    fn type_text(&self, text: &str) {
        self.office.display.type_text(text);
    }

    fn click(&self, x: i32, y: i32) {
        let (x, y) = (x.to_string(), y.to_string());
        self.office.display.xdotool(&["mousemove", "--window", &self.window, &x, &y, "click", "1"]);
        std::thread::sleep(Duration::from_millis(300));
    }

    /// Waits until it has closed by itself.
    fn wait_closed(mut self) {
        let status = wait_for("the program's end", || self.child.try_wait().unwrap());
        assert!(status.success(), "{status}");
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn wait_for<T>(what: &str, mut get: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if let Some(found) = get() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{what} did not come");
}

/// The case in a file, whatever is written around it.
fn read_case(path: &Path) -> Option<Value> {
    let json: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    Some(json.get("case").cloned().unwrap_or(json))
}

fn saved_where(path: &Path, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    wait_for(what, || read_case(path).filter(&wanted))
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap_or_default()
}

#[test]
fn a_case_is_typed_suggested_saved_closed_opened_and_found() {
    let office = Office::new();
    let window = office.open(&[]);
    window.type_text("Una mujer gitana fue a una tienda y el vigilante no dejo de seguirla.");
    let draft = office.draft_where("a draft of what was typed", |case| text(case, "hechos").ends_with("seguirla."));
    assert!(draft["propuesta"].is_null());
    window.keys("ctrl+Return");
    let draft = office.draft_where("a suggestion", |case| !case["propuesta"].is_null());
    let suggestion = &draft["propuesta"];
    assert!(!text(suggestion, "intervention").is_empty() && suggestion["finish"] == "end_of_text");
    assert_eq!(suggestion["provenance"]["demonstration"], true);
    assert!(text(&draft, "intervencion").is_empty(), "nothing enters the case by itself");

    window.keys("ctrl+s");
    window.keys("Return");
    let number = text(&draft, "number").to_owned();
    let file = office.path(&format!("{number}.json"));
    saved_where(&file, "the saved case", |case| case["propuesta"] == *suggestion);
    wait_for("the draft to go", || office.drafts().is_empty().then_some(()));

    // A second case, in a file of its own.
    window.keys("ctrl+n");
    window.type_text("Un alumno gitano fue cambiado de grupo sin explicacion.");
    window.keys("ctrl+s");
    window.keys("Return");
    let second: PathBuf = wait_for("the second file", || {
        let files = std::fs::read_dir(office.home.path()).unwrap().flatten().map(|entry| entry.path());
        files.filter(|path| path.extension().is_some_and(|ending| ending == "json")).find(|path| *path != file)
    });
    saved_where(&second, "the second case", |case| text(case, "hechos").starts_with("Un alumno"));
    window.keys("ctrl+q");
    window.wait_closed();

    // Both are opened again; the search finds the second, and what is typed then goes into it alone.
    let window = office.open(&[file.clone(), second.clone()]);
    window.keys("ctrl+k");
    window.type_text("ALUMNÓ grupo");
    window.keys("Return");
    window.keys("ctrl+End");
    window.type_text(" Fin.");
    window.keys("ctrl+s");
    saved_where(&second, "the change", |case| text(case, "hechos").ends_with("explicacion. Fin."));
    assert!(!text(&read_case(&file).unwrap(), "hechos").contains("Fin."));
    window.keys("ctrl+q");
    window.wait_closed();
}

#[test]
fn a_suggestion_that_runs_is_stopped_and_what_it_wrote_stays() {
    let office = Office::new();
    let model = office.path("endless");
    endless_model(&model);
    office.set(serde_json::json!({
        "model": { "kind": "custom", "base": { "kind": "folder", "path": model }, "adapter": null },
        "quantization": "none",
        "sampling": { "temperature": 1.0, "top_k": null, "top_p": null, "repetition_penalty": 1.0, "seed": 3,
            "max_new_tokens": 1800 },
    }));
    let window = office.open(&[]);
    window.type_text("Una familia gitana pidio una vivienda.");
    window.keys("ctrl+Return");
    // While it writes, the case can still be edited.
    window.type_text(" Nadie respondio.");
    office.draft_where("typing during the suggestion", |case| text(case, "hechos").ends_with("respondio."));
    assert!(
        office.drafts().values().all(|case| case["propuesta"].is_null()),
        "it came to an end before it was stopped"
    );
    window.keys("Escape");
    let draft = office.draft_where("the stopped suggestion", |case| !case["propuesta"].is_null());
    let suggestion = &draft["propuesta"];
    assert_eq!(suggestion["finish"], "cancelled");
    let tokens = suggestion["token_ids"].as_array().unwrap().len();
    assert!((1..1800).contains(&tokens), "{tokens}");
    assert!(suggestion["outcome"]["probabilities"].is_null());
    window.kill();
}

#[test]
fn a_crash_loses_nothing_that_was_typed() {
    let office = Office::new();
    let window = office.open(&[]);
    window.type_text("Un joven gitano no pudo entrar en un local.");
    office.draft_where("a draft", |case| text(case, "hechos").ends_with("local."));
    window.kill();
    let left_behind = office.draft_files();
    let window = office.open(&[]);
    // The new run has taken the draft over, and shows it.
    wait_for("the recovered draft", || {
        office.draft_files().iter().any(|file| !left_behind.contains(file)).then_some(())
    });
    std::thread::sleep(Duration::from_millis(800));
    window.keys("ctrl+s");
    window.keys("Return");
    let number = office.drafts().into_keys().next();
    let file = wait_for("the recovered case in a file", || {
        let files = std::fs::read_dir(office.home.path()).unwrap().flatten().map(|entry| entry.path());
        files.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "json"))
    });
    saved_where(&file, "the recovered case", |case| text(case, "hechos").ends_with("local."));
    assert!(number.is_none_or(|number| file.to_string_lossy().contains(&number)));
    window.keys("ctrl+q");
    window.wait_closed();
}

#[test]
fn a_vault_is_made_typed_into_killed_and_gives_the_text_back() {
    const CANARY: &str = "guacamayo sobre el tejado";
    let office = Office::before_the_first_start();
    let window = office.open(&[]);
    for _ in 0..2 {
        window.type_text(PASSPHRASE);
        window.keys_and_frame("Return");
    }
    let settings = office.path("program/config/settings.json");
    wait_for("the vault", || read_case(&settings).filter(|settings| !settings["vault"].is_null()));
    std::thread::sleep(Duration::from_secs(2));
    // «Guardar para imprimir…», then past the folder and «Examinar…» to «Guardar el archivo».
    for key in ["Tab", "Return", "Tab", "Tab", "Tab", "Return"] {
        window.keys_and_frame(key);
    }
    let printed = office.path("clave-de-recuperacion.txt");
    let text = wait_for("the printed key", || std::fs::read_to_string(&printed).ok());
    let key = text.split_whitespace().last().unwrap();
    window.keys_and_frame("Return");
    // Which group is asked for stands in the window alone. What comes after the right one is typed into the case.
    for group in key.split('-') {
        window.type_text(&group.to_lowercase());
        window.keys_and_frame("Return");
    }
    window.keys("ctrl+a");
    window.type_text(&format!("Un {CANARY}."));
    let draft = || {
        let drafts = office.look().drafts().unwrap();
        drafts.into_iter().find(|draft| draft.case.hechos == format!("Un {CANARY}."))
    };
    wait_for("a draft in the vault", draft);
    window.kill();
    assert!(draft().is_some());
    assert!(office.files_with(CANARY).is_empty());

    let window = office.open(&[]);
    window.type_text(PASSPHRASE);
    window.keys("Return");
    wait_for("the case in the vault", || {
        window.keys("ctrl+s");
        let found = office.look().list(&Query::default()).unwrap();
        found.hits.first().filter(|hit| hit.row.start.contains(CANARY)).map(drop)
    });
    assert!(office.look().drafts().unwrap().is_empty());
    window.keys("ctrl+a");
    window.keys("ctrl+c");
    wait_for("the copied text", || office.clipboard().contains(CANARY).then_some(()));
    window.keys("ctrl+l");
    wait_for("an empty clipboard", || (!office.clipboard().contains(CANARY)).then_some(()));
    // Nothing of what is typed now goes into a case.
    window.type_text(" Nada.");
    window.keys("ctrl+q");
    window.wait_closed();
    assert!(office.files_with(CANARY).is_empty());
    assert!(!office.look().list(&Query::default()).unwrap().hits[0].row.start.contains("Nada"));
}

#[test]
#[ignore = "the reader of the test above, in a process of its own"]
fn what_the_clipboard_holds() {
    println!("{}", arboard::Clipboard::new().unwrap().get_text().unwrap_or_default());
}

#[test]
fn closing_with_unsaved_work_asks_and_escape_goes_back() {
    let office = Office::new();
    let mut window = office.open(&[]);
    window.type_text("Hechos sin guardar.");
    office.draft_where("a draft", |case| text(case, "hechos").ends_with("guardar."));
    window.keys("ctrl+q");
    std::thread::sleep(Duration::from_millis(500));
    assert!(window.child.try_wait().unwrap().is_none(), "it closed without asking");
    window.keys("Escape");
    window.type_text(" Y más.");
    office.draft_where("typing goes on after the question", |case| text(case, "hechos").contains("guardar. Y m"));
    // A click into the facts, far from where the question was.
    window.click(600, 400);
    window.type_text("!");
    office.draft_where("a click puts the cursor into the facts", |case| text(case, "hechos").contains('!'));
}

#[test]
fn a_spanish_keyboard_writes_spanish() {
    let office = Office::new();
    let window = office.open(&[]);
    let status = Command::new("setxkbmap").args(["-display", &office.display.name, "es"]).status();
    assert!(status.expect("setxkbmap comes with Xvfb").success());
    std::thread::sleep(Duration::from_millis(300));
    // By their places: ´ a, AltGr+2, ñ, shift and the key of ¡.
    let (dead_acute, a, alt_gr, two, enye, space, shift, exclamation) =
        ("48", "38", "108", "11", "47", "65", "50", "21");
    window.keys(dead_acute);
    window.keys(a);
    window.keys(space);
    office.display.xdotool(&["keydown", alt_gr, "key", two, "keyup", alt_gr]);
    window.keys(space);
    window.keys(enye);
    window.keys(space);
    office.display.xdotool(&["keydown", shift, "key", exclamation, "keyup", shift]);
    office.draft_where("what a Spanish keyboard writes", |case| text(case, "hechos") == "á @ ñ ¿");
}

#[test]
fn without_a_display_it_says_what_to_do() {
    let office = Office::new();
    for display in [None, Some(":987")] {
        let mut command = office.command(&[]);
        command.env_remove("DISPLAY").stderr(Stdio::piped());
        if let Some(display) = display {
            command.env("DISPLAY", display);
        }
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("No se puede abrir la ventana") && said.contains("pag-bert predict"), "{said}");
    }
}
