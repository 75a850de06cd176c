//! Words with the hub: what a repository holds, what a file is, and its bytes from a place on.
//!
//! Redirects are followed here and not by the HTTP library, so that the token goes to the endpoint's own origin (scheme,
//! host and port) and nowhere else.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use ureq::http::{Method, Request, Response, StatusCode, Uri};
use ureq::{Agent, Body, Proxy};

use super::retry::{Again, Attempts, Fault};
use super::select::{is_plain, leads_out};
use super::{HubConfig, HubError};
use crate::inference::Cancel;

/// No listing of a repository is longer.
const MAX_LISTING_BYTES: u64 = 16 << 20;
/// No file is more hops away.
const MAX_REDIRECTS: usize = 8;
/// How often somebody who waits looks whether to stop.
const WATCH: Duration = Duration::from_millis(50);
const USER_AGENT: &str = concat!("pag-bert/", env!("CARGO_PKG_VERSION"));

/// What the hub says of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FileFacts {
    /// Its bytes.
    pub(super) size: Option<u64>,
    /// Its name among the blobs: its SHA-256 where it is stored apart (LFS), else git's hash.
    pub(super) etag: Option<String>,
}

impl FileFacts {
    /// The file's SHA-256 in hexadecimal, where the hub gives one.
    pub(super) fn sha256(&self) -> Option<&str> {
        let etag = self.etag.as_deref()?;
        (etag.len() == 64 && etag.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))).then_some(etag)
    }
}

/// What a repository holds at one revision.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) commit: String,
    pub(super) files: BTreeMap<String, FileFacts>,
}

/// What is asked for, for the words of an error.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// hf-hub's name for repository and revision.
    pub(super) repo: &'a hf_hub::Repo,
    /// The file, if it is one.
    pub(super) file: Option<&'a str>,
}

/// How far redirects are followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Follow {
    Everywhere,
    /// Only on the endpoint's own origin: its answer says what the file is, wherever its bytes are.
    AtHome,
}

/// One hub.
pub(super) struct Remote<'a> {
    config: &'a HubConfig,
    cancel: &'a Cancel,
    agent: Agent,
    home: Uri,
}

impl<'a> Remote<'a> {
    pub(super) fn new(config: &'a HubConfig, cancel: &'a Cancel) -> Result<Self, HubError> {
        let home: Uri = config.endpoint.parse().map_err(|_| HubError::BadEndpoint(config.endpoint.clone()))?;
        if home.host().is_none() || !matches!(home.scheme_str(), Some("http" | "https")) {
            return Err(HubError::BadEndpoint(config.endpoint.clone()));
        }
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // A part of a packed file can't be put behind another part.
            .accept_encoding("identity")
            .user_agent(USER_AGENT)
            .proxy(if config.proxy_from_env { Proxy::try_from_env() } else { None })
            .timeout_resolve(Some(config.connect_timeout))
            .timeout_connect(Some(config.connect_timeout))
            .timeout_per_read(Some(config.idle_timeout))
            .timeout_per_write(Some(config.idle_timeout))
            .build()
            .new_agent();
        Ok(Self { config, cancel, agent, home })
    }

    /// Does something that talks to the hub; a cancel ends it even while a server keeps silent.
    pub(super) fn stoppable<T>(&self, work: impl FnOnce() -> T) -> T {
        let (ended, end) = crossbeam_channel::bounded::<()>(0);
        let (agent, cancel) = (self.agent.clone(), self.cancel);
        std::thread::scope(|scope| {
            let watch = move || {
                while end.recv_timeout(WATCH) == Err(crossbeam_channel::RecvTimeoutError::Timeout) {
                    if cancel.is_cancelled() {
                        agent.shutdown();
                        break;
                    }
                }
            };
            if let Err(error) = std::thread::Builder::new().name("download stop".into()).spawn_scoped(scope, watch) {
                tracing::warn!(%error, "a stop is only seen between two pieces");
            }
            let done = work();
            drop(ended);
            done
        })
    }

    /// What the repository holds.
    ///
    /// # Errors
    /// Whatever the hub says, and [`HubError::UnsafeName`] for names that lead out of a folder.
    pub(super) fn listing(&self, repo: &hf_hub::Repo) -> Result<Listing, HubError> {
        let asked = Asked { repo, file: None };
        let url = format!("{}/api/{}?blobs=true", self.config.endpoint, repo.api_url());
        let bytes = Attempts::new(self.config, self.cancel, true).run(|| {
            let mut response = self.ask(&Method::GET, &url, None, Follow::Everywhere, asked)?;
            let body = response.body_mut().with_config().limit(MAX_LISTING_BYTES);
            body.read_to_vec().map_err(|error| Self::broken(error, self.host()))
        })?;
        let host = self.host();
        let wrong = |reason: String| HubError::Unexpected { host: host.clone(), reason };
        let answer: Answer = serde_json::from_slice(&bytes)
            .map_err(|error| wrong(format!("the listing, line {}: {:?}", error.line(), error.classify())))?;
        let unsafe_name = || HubError::UnsafeName { repo: repo.url() };
        if !is_plain(&answer.sha) {
            return Err(unsafe_name());
        }
        let mut files = BTreeMap::new();
        for file in answer.siblings {
            if leads_out(&file.rfilename) {
                return Err(unsafe_name());
            }
            let (size, etag) = match file.lfs {
                Some(lfs) => (lfs.size.or(file.size), lfs.sha256),
                None => (file.size, file.blob_id),
            };
            if etag.as_deref().is_some_and(|etag| !is_plain(etag)) {
                return Err(unsafe_name());
            }
            files.insert(file.rfilename, FileFacts { size, etag });
        }
        Ok(Listing { commit: answer.sha, files })
    }

    /// What a file is, for hubs whose listing does not say.
    pub(super) fn facts(&self, repo: &hf_hub::Repo, commit: &str, file: &str) -> Result<FileFacts, HubError> {
        let url = self.file_url(repo, commit, file);
        let asked = Asked { repo, file: Some(file) };
        let response = Attempts::new(self.config, self.cancel, false)
            .run(|| self.ask(&Method::HEAD, &url, None, Follow::AtHome, asked))?;
        let whole = response.status().is_success();
        let size = header(&response, "x-linked-size").or_else(|| header(&response, "content-length").filter(|_| whole));
        let etag = header(&response, "x-linked-etag").or_else(|| header(&response, "etag"));
        let etag = etag.map(|etag| etag.trim_start_matches("W/").trim_matches('"').to_owned());
        if etag.as_deref().is_some_and(|etag| !is_plain(etag)) {
            return Err(HubError::UnsafeName { repo: repo.url() });
        }
        Ok(FileFacts { size: size.and_then(|size| size.parse().ok()), etag })
    }

    /// The bytes of a file from `start` on; all of them where the server knows no parts.
    pub(super) fn bytes(
        &self,
        repo: &hf_hub::Repo,
        commit: &str,
        file: &str,
        start: u64,
    ) -> Result<Response<Body>, Fault> {
        let url = self.file_url(repo, commit, file);
        self.ask(&Method::GET, &url, Some(start), Follow::Everywhere, Asked { repo, file: Some(file) })
    }

    fn file_url(&self, repo: &hf_hub::Repo, commit: &str, file: &str) -> String {
        format!("{}/{}/resolve/{commit}/{file}", self.config.endpoint, repo.url())
    }

    /// The endpoint's name, for people.
    pub(super) fn host(&self) -> String {
        host_of(&self.home)
    }

    pub(super) fn config(&self) -> &HubConfig {
        self.config
    }

    pub(super) fn cancel(&self) -> &Cancel {
        self.cancel
    }

    fn ask(
        &self,
        method: &Method,
        url: &str,
        start: Option<u64>,
        follow: Follow,
        asked: Asked<'_>,
    ) -> Result<Response<Body>, Fault> {
        let mut uri: Uri = url.parse().map_err(|_| Fault::fatal(HubError::BadName { name: asked.repo.url() }))?;
        let mut at_home = true;
        for _ in 0..=MAX_REDIRECTS {
            let mut request = Request::builder().method(method).uri(&uri);
            if let Some(token) = self.config.token.as_ref().filter(|_| at_home) {
                request = request.header("authorization", token.header());
            }
            if let Some(start) = start.filter(|start| *start > 0) {
                request = request.header("range", format!("bytes={start}-"));
            }
            let wrong =
                |reason: &str| Fault::fatal(HubError::Unexpected { host: host_of(&uri), reason: reason.to_owned() });
            let request = request.body(()).map_err(|_| wrong("an address that can't be asked"))?;
            let response = self.agent.run(request).map_err(|error| Self::broken(error, host_of(&uri)))?;
            let status = response.status();
            if !is_redirect(status) {
                let good = status.is_success() || status == StatusCode::RANGE_NOT_SATISFIABLE;
                return if good { Ok(response) } else { Err(Self::refused(&response, &uri, at_home, asked)) };
            }
            let next = header(&response, "location").and_then(|location| join(&uri, location));
            let next = next.ok_or_else(|| wrong("a redirect to nowhere"))?;
            let stays = same_origin(&self.home, &next);
            if follow == Follow::AtHome && !stays {
                return Ok(response);
            }
            if uri.scheme_str() == Some("https") && next.scheme_str() != Some("https") {
                return Err(wrong("a redirect to a connection that is not encrypted"));
            }
            // Once away, always away: what a stranger sends back home gets no token.
            at_home = at_home && stays;
            uri = next;
        }
        Err(Fault::fatal(HubError::Unexpected { host: self.host(), reason: "too many redirects".to_owned() }))
    }

    /// What a status other than success means.
    fn refused(response: &Response<Body>, uri: &Uri, at_home: bool, asked: Asked<'_>) -> Fault {
        let (host, status) = (host_of(uri), response.status().as_u16());
        let repo = || asked.repo.url();
        let code = header(response, "x-error-code").unwrap_or_default();
        let revision = asked.repo.revision().to_owned();
        match (status, code) {
            (429, _) => {
                let asked_to_wait = header(response, "retry-after").and_then(retry_after);
                let error = HubError::TooManyRequests { host, retry_after: asked_to_wait };
                Fault { error, again: asked_to_wait.map_or(Again::Later, Again::After) }
            }
            (408 | 500..=599, _) => {
                let asked_to_wait = header(response, "retry-after").and_then(retry_after);
                let again = asked_to_wait.map_or(Again::Later, Again::After);
                Fault { error: HubError::Server { host, status }, again }
            }
            // Links to the files' stores are signed for a while only; the hub gives a fresh one.
            _ if !at_home => Fault::passing(HubError::Server { host, status }),
            (401 | 403, "GatedRepo") | (403, _) => Fault::fatal(HubError::Forbidden { repo: repo() }),
            (401, _) => Fault::fatal(HubError::Unauthorized { repo: repo() }),
            (404, "RevisionNotFound") => Fault::fatal(HubError::NoRevision { repo: repo(), revision }),
            (404, _) => Fault::fatal(match asked.file {
                Some(file) => HubError::NoFile { repo: repo(), file: file.to_owned() },
                None => HubError::NoRepository { repo: repo() },
            }),
            _ => Fault::fatal(HubError::Unexpected { host, reason: format!("status {status}") }),
        }
    }

    /// What a connection that fails means.
    pub(super) fn broken(error: ureq::Error, host: String) -> Fault {
        use ureq::{Error, Timeout};
        let reason = error.to_string();
        match error {
            Error::Timeout(Timeout::Resolve | Timeout::Connect)
            | Error::HostNotFound
            | Error::ConnectionFailed
            | Error::ConnectProxyFailed(_) => {
                Fault { error: HubError::NoConnection { host, reason }, again: Again::UnlessFirst }
            }
            Error::Timeout(_) => Fault { error: HubError::StoppedAnswering { host }, again: Again::UnlessFirst },
            Error::Io(error) => broken_io(&error, host),
            Error::Tls(_) | Error::Pem(_) | Error::Rustls(_) | Error::TlsRequired | Error::InvalidProxyUrl => {
                Fault::fatal(HubError::NoConnection { host, reason })
            }
            Error::Protocol(_) | Error::BodyStalled => Fault::passing(HubError::Interrupted { host, reason }),
            _ => Fault::fatal(HubError::Unexpected { host, reason }),
        }
    }
}

fn broken_io(error: &io::Error, host: String) -> Fault {
    let reason = format!("{:?}", error.kind());
    match error.kind() {
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable
        | io::ErrorKind::PermissionDenied => {
            Fault { error: HubError::NoConnection { host, reason }, again: Again::UnlessFirst }
        }
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            Fault { error: HubError::StoppedAnswering { host }, again: Again::UnlessFirst }
        }
        // A certificate that does not hold will not do so a second later.
        io::ErrorKind::InvalidData => Fault::fatal(HubError::NoConnection { host, reason: error.to_string() }),
        _ => Fault::passing(HubError::Interrupted { host, reason }),
    }
}

/// The listing, as far as it matters.
#[derive(serde::Deserialize)]
struct Answer {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    blob_id: Option<String>,
    lfs: Option<Lfs>,
}

#[derive(serde::Deserialize)]
struct Lfs {
    size: Option<u64>,
    sha256: Option<String>,
}

/// A header's value, where it is text.
pub(super) fn header<'r>(response: &'r Response<Body>, name: &str) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok()
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn host_of(uri: &Uri) -> String {
    uri.host().unwrap_or("?").to_owned()
}

fn same_origin(a: &Uri, b: &Uri) -> bool {
    let port = |uri: &Uri| uri.port_u16().or(if uri.scheme_str() == Some("https") { Some(443) } else { Some(80) });
    let same_host = a.host().zip(b.host()).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b));
    a.scheme_str() == b.scheme_str() && same_host && port(a) == port(b)
}

/// The address that a `Location` names, seen from `base`.
fn join(base: &Uri, location: &str) -> Option<Uri> {
    let scheme = base.scheme_str()?;
    let whole = if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{}{location}", base.authority()?)
    } else {
        location.to_owned()
    };
    let uri: Uri = whole.parse().ok()?;
    (matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()).then_some(uri)
}

/// `Retry-After`: seconds, or a date.
fn retry_after(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value.trim()).ok()?;
    Some(Duration::try_from(until.duration_since(jiff::Timestamp::now())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_read_as_a_browser_reads_it() {
        let base: Uri = "https://hub.example:8443/o/n/resolve/main/f".parse().unwrap();
        let join = |location| join(&base, location).map(|uri| uri.to_string());
        assert_eq!(join("/x?u=http://y").unwrap(), "https://hub.example:8443/x?u=http://y");
        assert_eq!(join("//cdn.example/f").unwrap(), "https://cdn.example/f");
        assert_eq!(join("https://cdn.example/f?s=1").unwrap(), "https://cdn.example/f?s=1");
        assert_eq!(join("ftp://cdn.example/f"), None);
        assert_eq!(join("file:///etc/passwd"), None);
    }

    #[test]
    fn another_port_or_scheme_is_another_origin() {
        let same = |a: &str, b: &str| same_origin(&a.parse().unwrap(), &b.parse().unwrap());
        assert!(same("https://hub.example/a", "https://HUB.example:443/b"));
        assert!(!same("https://hub.example", "http://hub.example"));
        assert!(!same("https://hub.example", "https://hub.example:444"));
        assert!(!same("https://hub.example", "https://hub.example.evil"));
    }

    #[test]
    fn a_pause_is_given_in_seconds_or_as_a_date() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert!(retry_after("Fri, 31 Dec 2100 23:59:59 GMT").is_some_and(|pause| pause > Duration::from_hours(1)));
        assert_eq!(retry_after("soon"), None);
    }
}
