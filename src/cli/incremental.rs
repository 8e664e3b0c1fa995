//! `plan --incremental`: reads users that did not change since the last run from the cache.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::account::AccountSession;
use super::error::CommandError;
use super::{GlobalArgs, state_dir, ui};
use crate::api::AuditRecord;
use crate::cache::{
    self, BypassReason, CacheFile, CacheIdentity, CacheStats, CacheWatermark, CachedReader,
};
use crate::client::{self, ApiClient};
use crate::model::ExtensionDirectory;
use crate::reconcile::{self, AccountPlan, FetchRequest, FetchResult};
use crate::render::{humanize, plan_json};

/// The permission that searching the audit trail requires \[spec\].
const AUDIT_PERMISSION: &str = "ReadAuditTrail";

/// The options that control the cache of users.
#[derive(Debug, Args)]
pub(super) struct IncrementalArgs {
    /// Read only users that changed since the last incremental plan
    ///
    /// Changes come from the account's audit trail. Users that were read are cached under
    /// `.callrules`. If in doubt, users are read again, and the reason is shown. For drift checks
    /// of many users. Needs the app permission `ReadAuditTrail`.
    #[arg(long)]
    incremental: bool,

    /// With `--incremental`: read users again after this many days
    #[arg(long, value_name = "DAYS", default_value_t = 7, requires = "incremental",
          value_parser = clap::value_parser!(u8).range(0..=90))]
    max_age: u8,
}

impl IncrementalArgs {
    /// Returns the options if `--incremental` is set.
    pub(super) fn if_enabled(&self) -> Option<&Self> {
        self.incremental.then_some(self)
    }

    fn max_age(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.max_age))
    }
}

/// How many users were read from the account, and how many from the cache.
pub(super) struct ReadStats {
    read: usize,
    cached: usize,
    /// The time up to which the cache was current before this run, as RFC 3339 in UTC.
    since: Option<String>,
    /// Why all users were read from the account.
    bypass_reason: Option<String>,
}

impl ReadStats {
    /// Returns one line of human-readable text.
    pub(super) fn summary_line(&self) -> String {
        let read = humanize::pluralize(self.read, "user");
        let cached = humanize::format_count(self.cached);
        let mut text = format!("Read {read}, {cached} from the cache");
        if let (Some(since), None) = (&self.since, &self.bypass_reason) {
            text += &format!("; the audit trail shows no changes to them since {since}");
        }
        text + "\n"
    }

    /// Returns the `incremental` object of the JSON document.
    pub(super) fn to_json(&self) -> plan_json::IncrementalStats<'_> {
        plan_json::IncrementalStats {
            users: self.cached,
            read: self.read,
            since: self.since.as_deref(),
            full_read_reason: self.bypass_reason.as_deref(),
        }
    }
}

/// Reads users from the account, or from the cache if possible, and returns what `handle_user`
/// makes of each.
///
/// Without `--incremental`, there are no [`ReadStats`].
pub(super) async fn fetch_users<T>(
    global: &GlobalArgs,
    incremental: Option<&IncrementalArgs>,
    session: &AccountSession,
    (account, directory): (&str, &ExtensionDirectory),
    requests: &[FetchRequest],
    handle_user: impl AsyncFn(usize, FetchResult<client::ClientError>) -> T,
) -> Result<(Vec<T>, Option<ReadStats>), CommandError> {
    let client = &session.client;
    let progress = session.start_progress("Reading users", requests.len());
    let count_and_handle = async |index, live| {
        progress.step();
        handle_user(index, live).await
    };
    let Some(options) = incremental else {
        let work = reconcile::fetch_users(client, requests, count_and_handle);
        return Ok((progress.watch(work).await, None));
    };
    let Some(now) = client.server_time() else {
        let bypass_reason = Some(BypassReason::NoServerTime.to_string());
        print_bypass_reason(bypass_reason.as_deref())?;
        let work = reconcile::fetch_users(client, requests, count_and_handle);
        let users = progress.watch(work).await;
        let stats = ReadStats {
            read: requests.len(),
            cached: 0,
            since: None,
            bypass_reason,
        };
        return Ok((users, Some(stats)));
    };
    state_dir::ensure(&global.directory)?;
    let path = cache_path(&global.directory);
    let CachedSession {
        reader,
        since,
        bypass_reason,
    } = open_session(options, session, (account, directory), &path, now).await?;
    print_bypass_reason(bypass_reason.as_deref())?;
    let work = reconcile::fetch_users(&reader, requests, count_and_handle);
    let users = progress.watch(work).await;
    let CacheStats {
        read,
        from_cache,
        expired,
        saved,
    } = reader.finish();
    if expired > 0 {
        let days = options.max_age;
        let expired_users = humanize::pluralize(expired, "user");
        ui::status(&format!(
            "note: {expired_users} read again, because they were last read {days} or more days ago\n"
        ))?;
    }
    if let Err(error) = saved {
        let path = path.display();
        ui::status(&format!(
            "warning: {path}: some users could not be saved to the cache: {error}\n"
        ))?;
    }
    let stats = ReadStats {
        read,
        cached: from_cache,
        since,
        bypass_reason,
    };
    Ok((users, Some(stats)))
}

/// A reader that uses the cache as far as it is current.
struct CachedSession<'a> {
    reader: CachedReader<'a, ApiClient>,
    since: Option<String>,
    /// Why the cache is not used, if so.
    bypass_reason: Option<String>,
}

/// Opens the cache and determines which of its entries are still current.
async fn open_session<'a>(
    options: &IncrementalArgs,
    session: &'a AccountSession,
    (account, directory): (&str, &ExtensionDirectory),
    path: &'a Path,
    now: Timestamp,
) -> Result<CachedSession<'a>, CommandError> {
    let client = &session.client;
    let identity = cache_identity(account, &session.server);
    let (cache_file, open_failure) = match CacheFile::open(path, &identity) {
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
    let (reader, bypass_reason) = CachedReader::new(
        client,
        cache_file,
        decision,
        options.max_age(),
        now,
        (path, identity),
    )
    .map_err(|error| CommandError::File {
        path: path.display().to_string(),
        error,
    })?;
    Ok(CachedSession {
        reader,
        since,
        // A failed search of the audit trail matters more than a cache that does not exist yet.
        bypass_reason: bypass_reason
            .or(open_failure)
            .map(|reason| reason.to_string()),
    })
}

/// Removes the users that a plan changes from the cache. Must run before the first write.
pub(super) fn evict_changed_users(
    global: &GlobalArgs,
    plan: &AccountPlan,
    server: &str,
) -> Result<(), CommandError> {
    let users: HashSet<_> = plan
        .users
        .iter()
        .filter(|user| !user.changes.is_empty())
        .map(|user| &user.id)
        .collect();
    let path = cache_path(&global.directory);
    cache::evict_users(&path, &cache_identity(&plan.account, server), &users).map_err(|error| {
        CommandError::File {
            path: path.display().to_string(),
            error,
        }
    })
}

/// Returns the audit records since the watermark, which show what has changed. `None` if there are
/// too many to be sure that none are missing.
async fn search_audit_trail(
    client: &ApiClient,
    watermark: Option<&CacheWatermark>,
    now: Timestamp,
) -> Result<Option<Vec<AuditRecord>>, BypassReason> {
    let search_failed =
        |error: client::ClientError| BypassReason::AuditSearchFailed(error.to_string());
    let permissions = client.sign_in().await.map_err(search_failed)?;
    if permissions.is_some_and(|names| !names.iter().any(|name| name == AUDIT_PERMISSION)) {
        return Err(BypassReason::NoPermission);
    }
    let from = cache::audit_search_start(watermark, now);
    client.search_audit_trail(from).await.map_err(search_failed)
}

/// Prints why the cache is not used, if there is a reason.
fn print_bypass_reason(reason: Option<&str>) -> Result<(), CommandError> {
    if let Some(reason) = reason {
        ui::status(&format!("note: reading all users: {reason}\n"))?;
    }
    Ok(())
}

fn cache_path(root: &Path) -> PathBuf {
    root.join(".callrules").join("cache")
}

fn cache_identity(account: &str, server: &str) -> CacheIdentity {
    CacheIdentity {
        account: account.to_owned(),
        server: server.to_owned(),
        callrules: env!("CARGO_PKG_VERSION").to_owned(),
    }
}
