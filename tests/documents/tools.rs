//! Other people's programs that read our files: LibreOffice, poppler, qpdf. A test says clearly when one isn't there.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Whether a program can be started; where it can't, the test says what it leaves out.
pub fn is_there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        skipped(&format!("{program} is not installed, so what it reads of our files was not checked"));
    }
    there
}

/// Says what was not tested. Not by `println!`, which is shown of failed tests alone.
pub fn skipped(why: &str) {
    std::io::stderr().write_all(format!("SKIPPED: {why}\n").as_bytes()).ok();
}

/// Runs a program and gives what it printed; it must end well and complain of nothing.
pub fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    // poppler 22 takes `/Suspects false`, which PDF/UA asks for, for a wrong type.
    let known = "Syntax Error: Suspects object is wrong type (boolean)\n";
    let complaints = String::from_utf8_lossy(&output.stderr).replace(known, "");
    assert!(output.status.success(), "{program}: {complaints}");
    assert_eq!(complaints.trim(), "", "{program} {arguments:?}");
    // poppler prints titles in UTF-16 as they are.
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What LibreOffice makes of a file, in another form. It has a profile of its own, since two at once share none.
pub fn soffice(file: &Path, form: &str) -> PathBuf {
    let folder = file.parent().unwrap();
    let profile = format!("-env:UserInstallation=file://{}", folder.join("profile").display());
    let output = Command::new("soffice")
        .args(["--headless", &profile, "--convert-to", form, "--outdir"])
        .arg(folder)
        .arg(file)
        .env("HOME", folder)
        .output()
        .unwrap();
    let ending = form.split(':').next().unwrap();
    let made = file.with_extension(ending);
    assert!(made.exists(), "{}", String::from_utf8_lossy(&output.stderr));
    made
}

/// Text with its blanks and line ends made one, for comparing what was laid out anew.
pub fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An entry of a ZIP file, as text.
pub fn zip_entry(bytes: &[u8], name: &str) -> String {
    use std::io::Read;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap_or_else(|_| panic!("no {name}")).read_to_string(&mut text).unwrap();
    text
}

/// All text between the tags of some XML, which must be well formed.
pub fn xml_text(xml: &str) -> String {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut text = String::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return text,
            Event::Text(piece) => text.push_str(&piece.decode().unwrap()),
            Event::GeneralRef(name) => {
                let name = name.decode().unwrap();
                let known = quick_xml::escape::resolve_predefined_entity(&name).map(str::to_owned);
                text.push_str(&known.unwrap_or_else(|| panic!("&{name};")));
            }
            Event::End(tag) if [b"w:p".as_slice(), b"text:p", b"text:h"].contains(&tag.name().0) => text.push('\n'),
            Event::Empty(tag) if [b"w:br".as_slice(), b"text:line-break"].contains(&tag.name().0) => text.push('\n'),
            _ => {}
        }
    }
}
