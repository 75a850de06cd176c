//! A whole model, from its repository or from the cache: what is needed, whether it fits, and its folder in the end.

use std::path::PathBuf;

use super::cache::{Local, RepoCache, bytes_of_model, read_small};
use super::download::{WantedFile, download};
use super::remote::{FileFacts, Listing, Remote};
use super::select::{Role, Selection, WeightFiles, check_repo, check_revision, is_data, select, shards};
use super::{HubConfig, HubError};
use crate::config::ModelLocation;
use crate::inference::Cancel;

/// A model that is to be here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// `owner/name`.
    pub repo: String,
    /// Branch, tag or commit; none = `main`.
    pub revision: Option<String>,
    /// What it is wanted for.
    pub role: Role,
}

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The file being fetched.
    pub file: &'a str,
    /// Bytes that are here, of all files of all repositories.
    pub bytes_done: u64,
    /// Bytes of all files of all repositories.
    pub bytes_total: u64,
}

/// Brings one repository's model onto this computer, going on where an earlier download stopped, and gives its folder.
/// A model that is whole in the cache is not asked for.
///
/// # Errors
/// [`HubError`]; what has arrived is kept.
pub fn fetch(
    config: &HubConfig,
    wanted: &Wanted,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<PathBuf, HubError> {
    let mut folders = fetch_all(config, std::slice::from_ref(wanted), cancel, progress)?;
    folders.pop().ok_or_else(|| HubError::BadName { name: wanted.repo.clone() })
}

/// Brings a model and its adapter onto this computer, and gives their folders. A folder stays as it is.
///
/// # Errors
/// [`HubError`]; what has arrived is kept.
pub fn fetch_locations(
    config: &HubConfig,
    base: &ModelLocation,
    adapter: Option<&ModelLocation>,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(PathBuf, Option<PathBuf>), HubError> {
    let wanted = |location: &ModelLocation, role| match location {
        ModelLocation::Folder { .. } => None,
        ModelLocation::Repo { repo, revision } => Some(Wanted { repo: repo.clone(), revision: revision.clone(), role }),
    };
    let repos = [wanted(base, Role::Base), adapter.and_then(|adapter| wanted(adapter, Role::Adapter))];
    let repos: Vec<Wanted> = repos.into_iter().flatten().collect();
    let mut fetched = fetch_all(config, &repos, cancel, progress)?.into_iter();
    // One folder came for each repository, in their order.
    let mut folder = |location: &ModelLocation| match location {
        ModelLocation::Folder { path } => path.clone(),
        ModelLocation::Repo { .. } => fetched.next().unwrap_or_default(),
    };
    let base = folder(base);
    Ok((base, adapter.map(folder)))
}

/// As [`fetch`], for several repositories: the free space is checked and the progress counted for all of them together.
///
/// # Errors
/// [`HubError`]; what has arrived is kept.
pub fn fetch_all(
    config: &HubConfig,
    wanted: &[Wanted],
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<PathBuf>, HubError> {
    let models: Vec<Model> = wanted.iter().map(|wanted| Model::look(config, wanted)).collect::<Result<_, _>>()?;
    if config.offline {
        return models.into_iter().map(Model::offline).collect();
    }
    if let Some(folders) = models.iter().map(Model::whole).collect() {
        return Ok(folders);
    }
    let remote = Remote::new(config, cancel)?;
    remote.stoppable(|| {
        let plans: Vec<Plan> = models.iter().map(|model| model.plan(&remote)).collect::<Result<_, _>>()?;
        let mut tally = Tally::new(&plans);
        check_space(config, &tally)?;
        plans.into_iter().map(|plan| plan.carry_out(&remote, &mut tally, progress)).collect()
    })
}

/// What is wanted, and what of it is here.
struct Model {
    role: Role,
    cache: RepoCache,
    local: Local,
}

impl Model {
    fn look(config: &HubConfig, wanted: &Wanted) -> Result<Self, HubError> {
        let revision = wanted.revision.as_deref().unwrap_or("main");
        check_repo(&wanted.repo)?;
        check_revision(revision)?;
        let cache = RepoCache::new(&config.cache_dir, &wanted.repo, revision, wanted.role);
        let local = cache.local(wanted.role);
        Ok(Self { role: wanted.role, cache, local })
    }

    fn whole(&self) -> Option<PathBuf> {
        if let Local::Whole(folder) = &self.local { Some(folder.clone()) } else { None }
    }

    fn offline(self) -> Result<PathBuf, HubError> {
        match self.local {
            Local::Whole(folder) | Local::Usable(folder) => Ok(folder),
            Local::Missing(file) => Err(HubError::Offline { repo: self.cache.name(), file }),
        }
    }

    fn plan(&self, remote: &Remote<'_>) -> Result<Plan<'_>, HubError> {
        let here = |folder: &PathBuf| Plan::Here { folder: folder.clone(), bytes: bytes_of_model(folder, self.role) };
        match &self.local {
            Local::Whole(folder) => Ok(here(folder)),
            Local::Missing(_) => self.plan_fetch(remote),
            Local::Usable(folder) => match self.plan_fetch(remote) {
                Err(HubError::Cancelled) => Err(HubError::Cancelled),
                Err(error) => {
                    tracing::info!(%error, "the hub can't be asked; what is in the cache is used");
                    Ok(here(folder))
                }
                planned => planned,
            },
        }
    }

    fn plan_fetch(&self, remote: &Remote<'_>) -> Result<Plan<'_>, HubError> {
        let (cache, repo) = (&self.cache, self.cache.repo());
        let listing = remote.listing(repo)?;
        if self.role == Role::Dataset {
            return self.plan_dataset(remote, listing);
        }
        let no_model = || HubError::NoModel { repo: cache.name(), role: self.role };
        let has = |name: &str| listing.files.contains_key(name);
        let Selection { small, absent, weights } = select(self.role, &has).ok_or_else(no_model)?;
        let mut files = Vec::new();
        for name in small {
            files.push(describe(remote, cache, &listing, name)?);
        }
        match weights {
            WeightFiles::Single(name) => files.push(describe(remote, cache, &listing, &name)?),
            WeightFiles::Sharded { index } => {
                let file = describe(remote, cache, &listing, &index)?;
                // The index says which shards there are, so it is fetched before anything can be counted.
                download(remote, cache, &listing.commit, &file, &mut |_| {})?;
                let damaged = || HubError::Damaged {
                    repo: cache.name(),
                    file: index.clone(),
                    reason: "too large, or gone".to_owned(),
                };
                let bytes = read_small(&cache.blob(&file.etag)).ok_or_else(damaged)?;
                let names = shards(&cache.name(), &index, &bytes)?;
                files.push(file);
                for name in names {
                    files.push(describe(remote, cache, &listing, &name)?);
                }
            }
        }
        Ok(Plan::Fetch { cache, commit: listing.commit, files, absent })
    }
}

impl Model {
    /// All files of a dataset, in whichever folders they lie.
    fn plan_dataset(&self, remote: &Remote<'_>, listing: Listing) -> Result<Plan<'_>, HubError> {
        let names: Vec<&String> = listing.files.keys().filter(|name| is_data(name)).collect();
        if names.is_empty() {
            return Err(HubError::NoModel { repo: self.cache.name(), role: self.role });
        }
        let described = names.iter().map(|name| describe(remote, &self.cache, &listing, name));
        let files = described.collect::<Result<_, _>>()?;
        Ok(Plan::Fetch { cache: &self.cache, commit: listing.commit, files, absent: Vec::new() })
    }
}

/// What is known of a file, from the listing or by asking for it.
fn describe(remote: &Remote<'_>, cache: &RepoCache, listing: &Listing, name: &str) -> Result<WantedFile, HubError> {
    let listed = listing.files.get(name);
    let listed = listed.ok_or_else(|| HubError::NoFile { repo: cache.name(), file: name.to_owned() })?;
    if let Some(file) = WantedFile::new(name, listed) {
        return Ok(file);
    }
    let asked = remote.facts(cache.repo(), &listing.commit, name)?;
    let facts = FileFacts { size: listed.size.or(asked.size), etag: listed.etag.clone().or(asked.etag) };
    let reason = || format!("neither size nor ETag of {name}");
    WantedFile::new(name, &facts).ok_or_else(|| HubError::Unexpected { host: remote.host(), reason: reason() })
}

/// What is to be done for one repository.
enum Plan<'a> {
    Here { folder: PathBuf, bytes: u64 },
    Fetch { cache: &'a RepoCache, commit: String, files: Vec<WantedFile>, absent: Vec<&'static str> },
}

impl Plan<'_> {
    fn carry_out(
        self,
        remote: &Remote<'_>,
        tally: &mut Tally,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<PathBuf, HubError> {
        let (cache, commit, files, absent) = match self {
            Self::Here { folder, .. } => return Ok(folder),
            Self::Fetch { cache, commit, files, absent } => (cache, commit, files, absent),
        };
        for name in absent {
            cache.mark_absent(&commit, name)?;
        }
        for file in &files {
            if remote.cancel().is_cancelled() {
                return Err(HubError::Cancelled);
            }
            let mut before = cache.bytes_here(&file.etag, file.size);
            let mut told = |here: u64| {
                tally.done = tally.done.saturating_sub(before) + here;
                before = here;
                progress(Progress { file: &file.name, bytes_done: tally.done, bytes_total: tally.total });
            };
            download(remote, cache, &commit, file, &mut told)?;
            cache.link(&commit, &file.name, &file.etag)?;
        }
        cache.set_ref(&commit)?;
        Ok(cache.snapshot(&commit))
    }
}

/// Bytes of all files, and those that are here.
struct Tally {
    done: u64,
    total: u64,
}

impl Tally {
    fn new(plans: &[Plan<'_>]) -> Self {
        let mut tally = Self { done: 0, total: 0 };
        for plan in plans {
            match plan {
                Plan::Here { bytes, .. } => {
                    tally.done = tally.done.saturating_add(*bytes);
                    tally.total = tally.total.saturating_add(*bytes);
                }
                Plan::Fetch { cache, files, .. } => {
                    // The sizes are a server's word: whatever it says, the sum is one.
                    for file in files {
                        tally.done = tally.done.saturating_add(cache.bytes_here(&file.etag, file.size));
                        tally.total = tally.total.saturating_add(file.size);
                    }
                }
            }
        }
        tally
    }
}

fn check_space(config: &HubConfig, tally: &Tally) -> Result<(), HubError> {
    let needed = tally.total.saturating_sub(tally.done);
    match config.system.available_space(&config.cache_dir) {
        Ok(available) if needed > available => Err(HubError::DiskFull { needed, available }),
        Ok(_) => Ok(()),
        Err(error) => {
            // Some disks on a network don't tell; a full one shows itself while writing.
            tracing::warn!(%error, "the free space is not known");
            Ok(())
        }
    }
}
