//! `plan --incremental`: reads users that did not change since the last run from the cache.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::account::Account;
use super::error::RunError;
use super::progress::RunProgress;
use super::state_dir;
use crate::api::AuditRecord;
use crate::cache::{
    self, BypassReason, CacheFile, CacheIdentity, CacheStats, CacheWatermark, CachedReader,
};
use crate::client::{ApiClient, AuditGap, ClientError};
use crate::model::ExtensionDirectory;
use crate::reconcile::AccountPlan;
use crate::render::humanize;

/// The permission that searching the audit trail requires \[spec\].
pub(super) const AUDIT_PERMISSION: &str = "ReadAuditTrail";

/// How many users were read from the account, and how many from the cache.
#[derive(Debug)]
pub struct ReadStats {
    /// The number of users read from the account.
    pub read: usize,
    /// The number of users taken from the cache.
    pub cached: usize,
    /// The time up to which the cache was current before this run, as RFC 3339 in UTC.
    pub since: Option<String>,
    /// Why all users were read from the account.
    pub bypass_reason: Option<String>,
}

/// Reads users from the cache as far as it is current, and otherwise from the account.
pub(super) struct IncrementalReader<'a> {
    /// `None` if the server's time is unknown, because then no entry of the cache can be dated.
    cached: Option<CachedReader<'a, ApiClient>>,
    path: PathBuf,
    max_age: SignedDuration,
    /// The time up to which the cache was current before this run, as RFC 3339 in UTC.
    since: Option<String>,
    /// Why the cache is not used, if so.
    bypass_reason: Option<String>,
}

impl<'a> IncrementalReader<'a> {
    /// Opens the cache of a repository, and determines which of its entries are still current.
    ///
    /// Users that were last read `max_age` ago or earlier are read again.
    pub(super) async fn open(
        root: &Path,
        max_age: SignedDuration,
        account: &'a Account,
        (account_id, directory): (&str, &ExtensionDirectory),
    ) -> Result<Self, RunError> {
        let client = account.client();
        let path = cache_path(root)?;
        let Some(now) = client.server_time() else {
            return Ok(IncrementalReader {
                cached: None,
                path,
                max_age,
                since: None,
                bypass_reason: Some(BypassReason::NoServerTime.to_string()),
            });
        };
        let identity = cache_identity(account_id, account.server());
        let (cache_file, open_failure) = match CacheFile::open(&path, &identity) {
            Ok(cache_file) => (Some(cache_file), None),
            Err(reason) => (None, Some(reason)),
        };
        let watermark = cache_file.as_ref().map(CacheFile::watermark);
        let since = watermark.map(|watermark| watermark.as_of.to_string());
        let records = search_audit_trail(client, watermark, now).await;
        let is_cached = |user: &_| {
            cache_file
                .as_ref()
                .is_some_and(|cache_file| cache_file.has_user(user))
        };
        let decision = cache::evaluate(watermark, records, directory, is_cached, now);
        let (cached, bypass_reason) = CachedReader::new(
            client,
            cache_file,
            decision,
            max_age,
            now,
            (path.clone(), identity),
        )
        .map_err(|error| RunError::file(&path, &error))?;
        Ok(IncrementalReader {
            cached: Some(cached),
            path,
            max_age,
            since,
            // A failed search of the audit trail matters more than a cache that does not exist yet.
            bypass_reason: bypass_reason
                .or(open_failure)
                .map(|reason| reason.to_string()),
        })
    }

    /// Returns the reader that uses the cache. `None` if there can be none.
    pub(super) fn cached(&self) -> Option<&CachedReader<'a, ApiClient>> {
        self.cached.as_ref()
    }

    /// Reports why the cache is not used, if there is a reason.
    pub(super) fn note_bypass(&self, progress: &RunProgress) {
        if let Some(reason) = &self.bypass_reason {
            progress.note(format!("note: reading all users: {reason}"));
        }
    }

    /// Saves what was read, and returns how many of `users` came from the cache.
    pub(super) fn finish(self, users: usize, progress: &RunProgress) -> ReadStats {
        let IncrementalReader {
            cached,
            path,
            max_age,
            since,
            bypass_reason,
        } = self;
        let stats = cached.map_or(
            CacheStats {
                read: users,
                from_cache: 0,
                expired: 0,
                saved: Ok(()),
            },
            CachedReader::finish,
        );
        if stats.expired > 0 {
            let days = max_age.as_hours() / 24;
            let expired = humanize::pluralize(stats.expired, "user");
            progress.note(format!(
                "note: {expired} read again, because they were last read {days} or more days ago"
            ));
        }
        if let Err(error) = stats.saved {
            let path = path.display();
            progress.note(format!(
                "warning: {path}: some users could not be saved to the cache: {error}"
            ));
        }
        ReadStats {
            read: stats.read,
            cached: stats.from_cache,
            since,
            bypass_reason,
        }
    }
}

/// Removes the users that a plan changes from the cache. Must run before the first write.
pub(super) fn evict_changed_users(
    root: &Path,
    plan: &AccountPlan,
    server: &str,
) -> Result<(), RunError> {
    let users: HashSet<_> = plan
        .users
        .iter()
        .filter(|user| !user.changes.is_empty())
        .map(|user| &user.id)
        .collect();
    let path = cache_path(root)?;
    cache::evict_users(&path, &cache_identity(&plan.account, server), &users)
        .map_err(|error| RunError::file(&path, &error))
}

/// Returns the audit records since the watermark, which show what has changed. `None` if there are
/// too many to be sure that none are missing.
async fn search_audit_trail(
    client: &ApiClient,
    watermark: Option<&CacheWatermark>,
    now: Timestamp,
) -> Result<Option<Vec<AuditRecord>>, BypassReason> {
    let search_failed = |error: ClientError| BypassReason::AuditSearchFailed(error.to_string());
    if !may_read_audit_trail(client).await.map_err(search_failed)? {
        return Err(BypassReason::NoPermission);
    }
    let from = cache::audit_search_start(watermark, now);
    let search = client
        .search_audit_trail(from, &[])
        .await
        .map_err(search_failed)?;
    match search.gap {
        None => Ok(Some(search.records)),
        Some(AuditGap::TooMany) => Ok(None),
        Some(AuditGap::Hidden) => Err(BypassReason::HiddenRecords),
    }
}

/// Returns whether the app has the permission for the audit trail, as far as that is known.
pub(super) async fn may_read_audit_trail(client: &ApiClient) -> Result<bool, ClientError> {
    let permissions = client.sign_in().await?;
    Ok(permissions.is_none_or(|names| names.iter().any(|name| name == AUDIT_PERMISSION)))
}

fn cache_path(root: &Path) -> Result<PathBuf, RunError> {
    state_dir::entry_path(root, "cache")
}

fn cache_identity(account: &str, server: &str) -> CacheIdentity {
    CacheIdentity {
        account: account.to_owned(),
        server: server.to_owned(),
        callrules: env!("CARGO_PKG_VERSION").to_owned(),
    }
}
