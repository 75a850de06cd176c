//! Downloads, against a hub on this computer that cuts, stalls, refuses, lies, and sends elsewhere.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a test stops where something fails

mod hub_server;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hub_server::{COMMIT, Fault, HubServer};
use pag_bert::config::{ModelLocation, QuantizationChoice};
use pag_bert::error::UserError;
use pag_bert::hub::{self, CATALOGUE, HubConfig, HubError, Role, System, Token, Wanted};
use pag_bert::i18n::{I18n, Lang};
use pag_bert::inference::Cancel;
use pag_bert::model::{Config, Quantization, weights_bytes};
use pag_bert::worker::download::spawn_with;
use pag_bert::worker::prepare::OfferWhen;
use pag_bert::worker::protocol::{DownloadCommand, DownloadEvent, JobId};

const FILE: &str = "model.safetensors";

/// A computer with so much room, on which no pause takes any time.
struct Still {
    room: u64,
    pauses: Mutex<Vec<Duration>>,
}

impl System for Still {
    fn available_space(&self, _: &Path) -> io::Result<u64> {
        assert!(self.room > 0, "told to panic");
        Ok(self.room)
    }

    fn wait(&self, pause: Duration, _: &Cancel) {
        self.pauses.lock().unwrap().push(pause);
    }
}

fn weights() -> Vec<u8> {
    (0..1_000_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn server() -> HubServer {
    HubServer::start(&[("config.json", b"{}"), ("tokenizer.json", b"{\"a\": 1}"), (FILE, &weights())])
}

fn config(server: &HubServer, cache: &Path) -> HubConfig {
    let system = Arc::new(Still { room: 1 << 40, pauses: Mutex::default() });
    HubConfig { retries: 3, system, ..HubConfig::new(&server.url, cache) }
}

fn wanted() -> Wanted {
    Wanted { repo: "o/n".into(), revision: None, role: Role::Base }
}

fn fetch(config: &HubConfig) -> Result<PathBuf, HubError> {
    hub::fetch(config, &wanted(), &Cancel::default(), &mut |_| {})
}

/// Fetches, and stops at the first word about the weights.
fn pause(config: &HubConfig) -> Result<PathBuf, HubError> {
    let cancel = Cancel::default();
    hub::fetch(config, &wanted(), &cancel, &mut |progress| {
        if progress.file == FILE {
            cancel.cancel();
        }
    })
}

fn assert_whole(folder: &Path) {
    assert_eq!(std::fs::read(folder.join(FILE)).unwrap(), weights());
    assert_eq!(std::fs::read(folder.join("config.json")).unwrap(), b"{}");
}

fn blobs(cache: &Path) -> Vec<String> {
    let folder = cache.join("models--o--n/blobs");
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_model_lands_where_other_programs_look_for_it_and_is_not_asked_for_again() {
    let (server, dir) = (server(), tempfile::tempdir().unwrap());
    let config = config(&server, dir.path());
    let mut last = (0, 0);
    let folder = hub::fetch(&config, &wanted(), &Cancel::default(), &mut |progress| {
        last = (progress.bytes_done, progress.bytes_total);
    });
    let folder = folder.unwrap();
    assert_whole(&folder);
    assert_eq!(last, (1_000_010, 1_000_010));
    assert_eq!(folder, dir.path().join("models--o--n/snapshots").join(COMMIT));
    let cache = hf_hub::Cache::new(dir.path().to_owned());
    assert!(cache.model("o/n".to_owned()).get(FILE).is_some());
    let asked = server.log().len();
    assert_eq!(fetch(&config).unwrap(), folder);
    let offline = HubConfig { offline: true, ..config };
    assert_eq!(fetch(&offline).unwrap(), folder);
    assert_eq!(server.log().len(), asked, "what is whole is not asked for");
}

#[test]
fn a_cut_connection_is_taken_up_where_it_broke() {
    let (server, dir) = (server(), tempfile::tempdir().unwrap());
    server.fault(FILE, 2, Fault::Cut(300_000));
    assert_whole(&fetch(&config(&server, dir.path())).unwrap());
    let asked = server.asked_for(FILE);
    let ranges: Vec<_> = asked.iter().map(|asked| asked.range.as_deref()).collect();
    assert_eq!(ranges, [None, Some("bytes=300000-"), Some("bytes=600000-")]);
    assert_eq!(asked.iter().map(|asked| asked.sent).sum::<usize>(), 1_000_000, "no byte came twice");
}

#[test]
fn a_server_without_parts_is_asked_for_all_and_not_for_ever() {
    let (server, dir) = (server(), tempfile::tempdir().unwrap());
    server.fault(FILE, 1, Fault::Cut(300_000));
    server.fault(FILE, 1, Fault::NoRange);
    assert_whole(&fetch(&config(&server, dir.path())).unwrap());
    let endless = HubServer::start(&[("config.json", b"{}"), (FILE, &weights())]);
    let other = tempfile::tempdir().unwrap();
    endless.fault(FILE, 1_000, Fault::Cut(0));
    assert!(matches!(fetch(&config(&endless, other.path())), Err(HubError::Interrupted { .. })));
    assert_eq!(endless.asked_for(FILE).len(), 4);
}

#[test]
fn a_pause_keeps_what_has_arrived_and_a_new_start_goes_on_there() {
    let (server, dir) = (server(), tempfile::tempdir().unwrap());
    assert!(matches!(pause(&config(&server, dir.path())), Err(HubError::Cancelled)));
    let part = blobs(dir.path()).into_iter().find(|name| name.ends_with(".incomplete")).unwrap();
    let here = std::fs::metadata(dir.path().join("models--o--n/blobs").join(part)).unwrap().len();
    assert!(here > 0 && here < 1_000_000);
    // As after a restart: nothing is known but what is on the disk.
    assert_whole(&fetch(&config(&server, dir.path())).unwrap());
    assert_eq!(server.asked_for(FILE)[1].range, Some(format!("bytes={here}-")));
    assert!(blobs(dir.path()).iter().all(|name| !name.ends_with(".incomplete")));
}

#[test]
fn a_faulty_rest_of_an_earlier_download_is_begun_anew() {
    let (server, dir) = (server(), tempfile::tempdir().unwrap());
    pause(&config(&server, dir.path())).unwrap_err();
    let part = blobs(dir.path()).into_iter().find(|name| name.ends_with(".incomplete")).unwrap();
    std::fs::write(dir.path().join("models--o--n/blobs").join(part), vec![7; 1000]).unwrap();
    assert_whole(&fetch(&config(&server, dir.path())).unwrap());
}

#[test]
fn wrong_bytes_are_found_and_not_kept() {
    let (server, dir) = (server(), tempfile::tempdir().unwrap());
    server.fault(FILE, 1, Fault::Bytes(vec![7; 1_000_000]));
    server.fault(FILE, 1, Fault::Bytes(vec![7; 999]));
    for _ in 0..2 {
        assert!(matches!(fetch(&config(&server, dir.path())), Err(HubError::Damaged { .. })));
        assert_eq!(blobs(dir.path()).len(), 2, "the two small files only");
    }
    assert_whole(&fetch(&config(&server, dir.path())).unwrap());
    assert_eq!(server.asked_for(FILE)[2].range, None);
}

#[test]
fn a_silent_server_is_an_error_and_a_pause_ends_the_wait() {
    let (server, dir) = (server(), tempfile::tempdir().unwrap());
    server.fault(FILE, 100, Fault::Stall(0));
    let hasty = HubConfig { idle_timeout: Duration::from_millis(100), ..config(&server, dir.path()) };
    assert!(matches!(fetch(&hasty), Err(HubError::StoppedAnswering { .. })));
    let patient = config(&server, dir.path());
    let cancel = Cancel::default();
    let asked = server.asked_for(FILE).len();
    let result = std::thread::scope(|scope| {
        let fetching = scope.spawn(|| hub::fetch(&patient, &wanted(), &cancel, &mut |_| {}));
        while server.asked_for(FILE).len() == asked {
            std::thread::sleep(Duration::from_millis(1));
        }
        cancel.cancel();
        fetching.join().unwrap()
    });
    assert!(matches!(result, Err(HubError::Cancelled)));
}

#[test]
fn each_refusal_has_its_name() {
    type Check = fn(&HubError) -> bool;
    let cases: [(u16, &'static str, Check); 6] = [
        (401, "", |error| matches!(error, HubError::Unauthorized { .. })),
        (403, "X-Error-Code: GatedRepo\r\n", |error| matches!(error, HubError::Forbidden { .. })),
        (404, "X-Error-Code: RepoNotFound\r\n", |error| matches!(error, HubError::NoRepository { .. })),
        (404, "X-Error-Code: RevisionNotFound\r\n", |error| matches!(error, HubError::NoRevision { .. })),
        (429, "Retry-After: 9999\r\n", |error| matches!(error, HubError::TooManyRequests { .. })),
        (500, "", |error| matches!(error, HubError::Server { status: 500, .. })),
    ];
    for (status, lines, expected) in cases {
        let (server, dir) = (server(), tempfile::tempdir().unwrap());
        server.fault("/api/", 100, Fault::Status(status, lines));
        let error = fetch(&config(&server, dir.path())).unwrap_err();
        assert!(expected(&error), "{status}: {error}");
        assert_eq!(server.log().len(), if status == 500 { 4 } else { 1 }, "{status}");
    }
    let (server, dir) = (server(), tempfile::tempdir().unwrap());
    server.fault(FILE, 1, Fault::Status(404, "X-Error-Code: EntryNotFound\r\n"));
    assert!(matches!(fetch(&config(&server, dir.path())), Err(HubError::NoFile { file, .. }) if file == FILE));
    let nobody = HubConfig::new("http://127.0.0.1:1", dir.path().join("empty"));
    assert!(matches!(fetch(&nobody), Err(HubError::NoConnection { .. })));
}

#[test]
fn a_server_that_is_busy_for_a_while_is_waited_for_as_it_asks() {
    let (server, dir) = (server(), tempfile::tempdir().unwrap());
    server.fault("/api/", 1, Fault::Status(429, "Retry-After: 7\r\n"));
    server.fault(FILE, 2, Fault::Status(500, ""));
    let system = Arc::new(Still { room: 1 << 40, pauses: Mutex::default() });
    let config = HubConfig { system: system.clone(), ..config(&server, dir.path()) };
    assert_whole(&fetch(&config).unwrap());
    assert_eq!(*system.pauses.lock().unwrap(), [7, 1, 2].map(Duration::from_secs));
}

#[test]
fn offline_asks_nobody_and_names_what_is_missing() {
    let (server, dir) = (server(), tempfile::tempdir().unwrap());
    let offline = HubConfig { offline: true, ..config(&server, dir.path()) };
    assert!(matches!(fetch(&offline), Err(HubError::Offline { file, .. }) if file == "config.json"));
    assert!(server.log().is_empty());
}

#[test]
fn a_small_disk_is_seen_before_the_weights_are_asked_for() {
    let (server, dir) = (server(), tempfile::tempdir().unwrap());
    let system = Arc::new(Still { room: 999_999, pauses: Mutex::default() });
    let config = HubConfig { system, ..config(&server, dir.path()) };
    let full = fetch(&config);
    assert!(matches!(full, Err(HubError::DiskFull { needed: 1_000_010, available: 999_999 })), "{full:?}");
    assert!(server.asked_for("resolve").is_empty());
}

#[test]
fn names_that_lead_out_of_the_cache_are_refused() {
    let index = br#"{"weight_map": {"a": "../../../evil.bin"}}"#;
    let shards = HubServer::start(&[("config.json", b"{}"), ("pytorch_model.bin.index.json", index)]);
    let names = HubServer::start(&[("config.json", b"{}"), (FILE, b"x"), ("../evil", b"x")]);
    let commit = server();
    commit.fault("/api/", 1, Fault::Bytes(br#"{"sha": "../../evil", "siblings": []}"#.to_vec()));
    for server in [shards, names, commit] {
        let dir = tempfile::tempdir().unwrap();
        let result = fetch(&config(&server, dir.path()));
        assert!(matches!(result, Err(HubError::UnsafeName { .. })), "{result:?}");
    }
    let no_model = HubServer::start(&[("README.md", b"x")]);
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(fetch(&config(&no_model, dir.path())), Err(HubError::NoModel { .. })));
}

#[test]
fn the_token_goes_to_the_hub_and_nowhere_else() {
    let (server, store, dir) = (server(), server(), tempfile::tempdir().unwrap());
    server.fault(FILE, 1, Fault::Redirect(format!("{}/store/{FILE}", store.url)));
    let config = HubConfig { token: Token::new("hf_secret"), ..config(&server, dir.path()) };
    assert_whole(&fetch(&config).unwrap());
    assert!(server.log().iter().all(|asked| asked.token.as_deref() == Some("Bearer hf_secret")));
    let strangers = store.log();
    assert!(strangers.len() == 1 && strangers[0].token.is_none(), "{strangers:?}");
}

#[test]
fn a_mirror_that_lists_names_only_is_asked_for_each_file() {
    let (server, dir) = (server(), tempfile::tempdir().unwrap());
    server.list_names_only();
    server.fault(FILE, 1, Fault::NoRange);
    server.fault(FILE, 1, Fault::Bytes(vec![7; 1_000_000]));
    let config = config(&server, dir.path());
    assert!(matches!(fetch(&config), Err(HubError::Damaged { .. })), "the ETag is a checksum too");
    assert_whole(&fetch(&config).unwrap());
}

#[test]
fn shards_come_with_their_index() {
    let index = br#"{"weight_map": {"a": "m-1.bin", "b": "m-2.bin"}}"#;
    let files: [(&str, &[u8]); 4] =
        [("config.json", b"{}"), ("pytorch_model.bin.index.json", index), ("m-1.bin", b"1"), ("m-2.bin", b"22")];
    let (server, dir) = (HubServer::start(&files), tempfile::tempdir().unwrap());
    let folder = fetch(&config(&server, dir.path())).unwrap();
    for (name, bytes) in files {
        assert_eq!(std::fs::read(folder.join(name)).unwrap(), bytes, "{name}");
        assert!(server.asked_for("resolve").iter().filter(|asked| asked.path.ends_with(name)).count() == 1, "{name}");
    }
}

fn start(job: u64, base: ModelLocation) -> (DownloadCommand, Cancel) {
    let cancel = Cancel::default();
    let command = DownloadCommand::Start {
        job: JobId(job),
        base,
        adapter: Some(ModelLocation::Folder { path: "adapter".into() }),
        offline: false,
        offer: Box::new((PathBuf::new(), OfferWhen::Never)),
        cancel: cancel.clone(),
    };
    (command, cancel)
}

#[test]
fn the_thread_tells_progress_pauses_goes_on_and_survives_a_fault_of_the_program() {
    let (server, dir) = (server(), tempfile::tempdir().unwrap());
    // Only the stop itself can end a silence of an hour.
    let good = HubConfig { idle_timeout: Duration::from_hours(1), ..config(&server, dir.path()) };
    let broken = HubConfig {
        system: Arc::new(Still { room: 0, pauses: Mutex::default() }),
        ..config(&server, &dir.path().join("other"))
    };
    let mut configs = vec![good.clone(), good, broken].into_iter();
    let next = move || configs.next().ok_or(HubError::NoHome);
    let handle = spawn_with(Box::new(next), || {}).unwrap();
    let last = || loop {
        match handle.events().recv_timeout(Duration::from_mins(1)).unwrap() {
            DownloadEvent::Progress { bytes_done, bytes_total, .. } => assert!(bytes_done <= bytes_total),
            event => return event,
        }
    };
    let repo = || ModelLocation::Repo { repo: "o/n".into(), revision: None };
    server.fault(FILE, 1, Fault::Stall(200_000));
    let (broken_off, cancel) = start(1, repo());
    handle.try_send(broken_off).unwrap();
    while server.asked_for(FILE).is_empty() {
        std::thread::sleep(Duration::from_millis(1));
    }
    cancel.cancel();
    assert!(matches!(last(), DownloadEvent::Paused { job: JobId(1) }));
    handle.try_send(start(2, repo()).0).unwrap();
    match last() {
        DownloadEvent::Done { job: JobId(2), base, adapter, offer } => {
            assert_whole(&base);
            assert_eq!((adapter, offer), (Some("adapter".into()), None));
        }
        other => panic!("{other:?}"),
    }
    handle.try_send(start(3, ModelLocation::Repo { repo: "o/other".into(), revision: None }).0).unwrap();
    assert!(matches!(last(), DownloadEvent::Failed { error, .. } if error.id() == "error-hub-fault"));
    handle.try_send(start(4, repo()).0).unwrap();
    assert!(matches!(last(), DownloadEvent::Failed { error, .. } if error.id() == "error-hub-no-home"));
    handle.shutdown();
}

#[test]
fn every_error_has_words_in_both_languages() {
    let name = || "x".to_owned();
    let errors = [
        HubError::NoConnection { host: name(), reason: name() },
        HubError::StoppedAnswering { host: name() },
        HubError::Interrupted { host: name(), reason: name() },
        HubError::Unauthorized { repo: name() },
        HubError::Forbidden { repo: name() },
        HubError::NoRepository { repo: name() },
        HubError::NoRevision { repo: name(), revision: name() },
        HubError::NoFile { repo: name(), file: name() },
        HubError::TooManyRequests { host: name(), retry_after: None },
        HubError::Server { host: name(), status: 500 },
        HubError::Unexpected { host: name(), reason: name() },
        HubError::Damaged { repo: name(), file: name(), reason: name() },
        HubError::DiskFull { needed: 2, available: 1 },
        HubError::Offline { repo: name(), file: name() },
        HubError::NoModel { repo: name(), role: Role::Base },
        HubError::NoModel { repo: name(), role: Role::Adapter },
        HubError::CannotWrite { folder: "x".into(), source: io::ErrorKind::PermissionDenied.into() },
        HubError::Busy { repo: name(), file: name() },
        HubError::UnsafeName { repo: name() },
        HubError::BadName { name: name() },
        HubError::NoHome,
        HubError::BadEndpoint(name()),
        HubError::Cancelled,
    ];
    let words = Lang::ALL.map(I18n::new);
    for error in errors.map(UserError::from).iter().chain([&UserError::new("error-hub-fault")]) {
        for i18n in &words {
            let text = i18n.error(error);
            for part in [text.title, text.what, text.next] {
                assert!(!part.contains("error-hub") && !part.contains("{$"), "{part}");
            }
        }
    }
}

#[test]
fn the_catalogue_states_the_memory_that_the_model_asks_for() {
    let config = br#"{"model_type": "gptj", "n_embd": 4096, "n_layer": 28, "n_head": 16, "n_positions": 2048,
        "vocab_size": 50400}"#;
    let config = Config::from_json(config).unwrap();
    let choices = [
        (QuantizationChoice::None, Quantization::None),
        (QuantizationChoice::Q8_0, Quantization::Q8_0),
        (QuantizationChoice::Q6k, Quantization::Q6K),
        (QuantizationChoice::Q4k, Quantization::Q4K),
    ];
    for entry in CATALOGUE {
        for (choice, quantization) in choices {
            let model = weights_bytes(&config, quantization, entry.shape.stored_bytes);
            assert_eq!(entry.shape.memory_bytes(choice), model, "{} {quantization}", entry.id);
        }
    }
}
