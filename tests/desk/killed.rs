//! Killed while somebody types: what comes back is at most a second old.
//!
//! `PAG_VAULT_KILLS=200 cargo test --test desk killed` kills it two hundred times instead of six.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::office::{Office, PASSPHRASE};

const HOME: &str = "PAG_TYPING_CHILD";
/// By the window's own clock, so that a slow computer is no slower typist.
const LETTER_S: f64 = 0.1;

/// Not a test of its own: the program that is killed. It says each word before anything is done about it.
#[test]
fn child() {
    let Some(home) = std::env::var_os(HOME) else { return };
    // The folder is the parent's.
    let mut office = Office::at_home(std::path::Path::new(&home));
    office.unlock(PASSPHRASE);
    let begun = office.bench.case().hechos.split(' ').next_back().and_then(|word| word.parse().ok()).unwrap_or(0);
    for word in begun + 1_u64.. {
        println!("typed {word}");
        std::io::stdout().flush().unwrap();
        office.bench.type_facts(&format!("Palabras hasta la {word}"));
        office.wait_s(LETTER_S);
    }
}

#[test]
fn at_most_a_second_of_typing_is_lost() {
    let kills: u64 = std::env::var("PAG_VAULT_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(6);
    let mut home = Office::locked().leave();
    let (mut before, mut typed_in_all) = (0, 0);
    for kill in 0..kills {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::child", "--nocapture", "--test-threads=1"])
            .env(HOME, home.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(150 + (kill * 97) % 400));
        child.kill().unwrap();
        child.wait().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let words = lines.filter_map(|line| line.rsplit_once("typed ")?.1.parse::<u64>().ok());
        let typed = words.max().unwrap_or(before);
        typed_in_all += typed - before;
        let mut office = Office::again(home);
        office.unlock(PASSPHRASE);
        let shown = office.bench.case().hechos.clone();
        let kept: u64 = shown.rsplit(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0);
        assert!(kept <= typed && (typed - kept) as f64 * LETTER_S <= 1.0, "{typed} were typed, {kept} came back");
        if kept > 0 {
            assert_eq!(shown, format!("Palabras hasta la {kept}"), "whole");
        }
        office.look().verify_pages().unwrap();
        before = kept;
        home = office.leave();
    }
    assert!(typed_in_all > 20, "nothing was typed: nothing was tested");
}
