//! A hub of our own, on this computer: it lists and serves small repositories, and misbehaves as it is told.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What the server does instead of answering properly.
#[derive(Clone)]
pub enum Fault {
    /// Sends so many bytes of the body, and hangs up.
    Cut(usize),
    /// Sends so many bytes of the body, and nothing more, without hanging up.
    Stall(usize),
    /// Sends everything, though a part was asked for.
    NoRange,
    /// A status, with header lines.
    Status(u16, &'static str),
    /// Sends these bytes, with a proper header.
    Bytes(Vec<u8>),
    /// Sends elsewhere.
    Redirect(String),
}

/// One request.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub range: Option<String>,
    pub token: Option<String>,
    /// Bytes of the body that were sent.
    pub sent: usize,
}

#[derive(Default)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    faults: Vec<(&'static str, usize, Fault)>,
    log: Vec<Asked>,
    held: Vec<TcpStream>,
    plain_listing: bool,
}

#[derive(Clone)]
pub struct HubServer {
    pub url: String,
    state: Arc<Mutex<State>>,
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

impl HubServer {
    /// A hub whose repositories all hold these files. Those of more than 1 kB are stored with their SHA-256.
    pub fn start(files: &[(&str, &[u8])]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let files = files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
        let state = Arc::new(Mutex::new(State { files, ..State::default() }));
        let server = Self { url, state };
        let accepting = server.clone();
        let name = || std::thread::Builder::new().name("hub".into());
        name()
            .spawn(move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    let server = accepting.clone();
                    name().spawn(move || server.answer(stream)).unwrap();
                }
            })
            .unwrap();
        server
    }

    /// Does this the next `times` times that a path with `part` in it is asked for.
    pub fn fault(&self, part: &'static str, times: usize, fault: Fault) {
        self.state.lock().unwrap().faults.push((part, times, fault));
    }

    /// Leaves sizes and hashes out of the listing, as some mirrors do.
    pub fn list_names_only(&self) {
        self.state.lock().unwrap().plain_listing = true;
    }

    /// Everything that was asked, in order.
    pub fn log(&self) -> Vec<Asked> {
        self.state.lock().unwrap().log.clone()
    }

    /// The requests for the bytes of a file.
    pub fn asked_for(&self, part: &str) -> Vec<Asked> {
        self.log().into_iter().filter(|asked| asked.method == "GET" && asked.path.contains(part)).collect()
    }

    fn listing(&self) -> Vec<u8> {
        let state = self.state.lock().unwrap();
        let siblings: Vec<_> = state
            .files
            .iter()
            .map(|(name, bytes)| match (state.plain_listing, bytes.len() > 1000) {
                (true, _) => serde_json::json!({"rfilename": name}),
                (_, false) => serde_json::json!({"rfilename": name, "size": bytes.len(), "blobId": etag(bytes)}),
                (_, true) => serde_json::json!({"rfilename": name, "size": bytes.len(), "blobId": "pointer",
                    "lfs": {"sha256": sha256(bytes), "size": bytes.len(), "pointerSize": 134}}),
            })
            .collect();
        serde_json::to_vec(&serde_json::json!({"sha": COMMIT, "siblings": siblings})).unwrap()
    }

    fn answer(&self, mut stream: TcpStream) {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
        let Some(first) = lines.next() else { return };
        let headers: Vec<(String, String)> = lines
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.split_once(':').map(|(k, v)| (k.to_lowercase(), v.trim().to_owned())))
            .collect();
        let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let mut words = first.split(' ').map(str::to_owned);
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let range = header("range");
        let asked = Asked { method, path: path.clone(), range: range.clone(), token: header("authorization"), sent: 0 };
        let head = asked.method == "HEAD";
        let (fault, place) = {
            let mut state = self.state.lock().unwrap();
            state.log.push(asked);
            let fault = state.faults.iter_mut().find(|(part, times, _)| *times > 0 && path.contains(part));
            let fault = fault.map(|(_, times, fault)| {
                *times -= 1;
                fault.clone()
            });
            (fault, state.log.len() - 1)
        };
        let name = path.rsplit('/').next().unwrap();
        let known = self.state.lock().unwrap().files.get(name).cloned();
        let body = if path.starts_with("/api/") { Some(self.listing()) } else { known };
        let (mut status, mut extra, mut bytes) = match body {
            Some(bytes) => (200, format!("ETag: \"{}\"\r\n", etag(&bytes)), bytes),
            None => (404, "X-Error-Code: EntryNotFound\r\n".to_owned(), Vec::new()),
        };
        match &fault {
            Some(Fault::Status(code, lines)) => (status, extra, bytes) = (*code, (*lines).to_owned(), Vec::new()),
            Some(Fault::Redirect(to)) => (status, extra, bytes) = (302, format!("Location: {to}\r\n"), Vec::new()),
            Some(Fault::Bytes(other)) => bytes.clone_from(other),
            _ => {}
        }
        let start = range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
        if let Some(start) = start.filter(|_| status == 200 && !matches!(fault, Some(Fault::NoRange))) {
            status = 206;
            write!(extra, "Content-Range: bytes {start}-{}/{}\r\n", bytes.len() - 1, bytes.len()).unwrap();
            bytes.drain(..start);
        }
        let length = bytes.len();
        let send = match fault {
            Some(Fault::Cut(limit) | Fault::Stall(limit)) => limit.min(length),
            _ if head => 0,
            _ => length,
        };
        self.state.lock().unwrap().log[place].sent = send;
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n{extra}\r\n");
        // Whoever pauses hangs up in the middle; that is no fault of the test.
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes[..send])).ok();
        if matches!(fault, Some(Fault::Stall(_))) {
            self.state.lock().unwrap().held.push(stream);
        }
    }
}

/// As the hub names it: by SHA-256 when it is large, else by a shorter hash.
fn etag(bytes: &[u8]) -> String {
    let hash = sha256(bytes);
    if bytes.len() > 1000 { hash } else { hash[..40].to_owned() }
}
