//! `plan --remember`: what was read before and has not been touched since is not read again.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::account::Account;
use super::error::Error;
use super::{Global, memory, output};
use crate::client::{self, Client};
use crate::engine::{self, Fetched, Plan, Wanted};
use crate::model::Directory;
use crate::remembered::{self, Doubt, Memory, Origin, Remembering, Since, Told};
use crate::render::{plan_json, say};
use crate::wire::AuditRecord;

/// The permission that it takes \[spec\].
const PERMISSION: &str = "ReadAuditTrail";

/// Whether, and for how long, reads are remembered.
#[derive(Debug, Args)]
pub(super) struct Remember {
    /// Read only users touched since the last such plan
    ///
    /// The account's audit trail names them. What is read is kept under `.callrules`. Any doubt leads to reading,
    /// and is told. For drift checks of many users; needs the app permission ReadAuditTrail.
    #[arg(long)]
    remember: bool,

    /// With `--remember`: read users again after so many days
    #[arg(long, value_name = "DAYS", default_value_t = 7, requires = "remember",
          value_parser = clap::value_parser!(u8).range(0..=90))]
    full_after: u8,
}

impl Remember {
    /// These, where it is asked.
    pub(super) fn asked(&self) -> Option<&Self> {
        self.remember.then_some(self)
    }

    fn full_after(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.full_after))
    }
}

/// How many users were read.
pub(super) struct Reads {
    read: usize,
    remembered: usize,
    /// Up to when the audit trail was known before this run.
    since: Option<String>,
    /// Why everybody was read.
    doubt: Option<String>,
}

impl Reads {
    /// For people, a line.
    pub(super) fn told(&self) -> String {
        let Reads {
            read, remembered, ..
        } = self;
        let read = say::counted(*read, "user");
        let mut text = format!("{read} read, {} remembered", say::count(*remembered));
        if let (Some(since), None) = (&self.since, &self.doubt) {
            text += &format!(": the audit trail names no change of theirs since {since}");
        }
        text + "\n"
    }

    /// For scripts.
    pub(super) fn json(&self) -> plan_json::Remembered<'_> {
        plan_json::Remembered {
            users: self.remembered,
            read: self.read,
            since: self.since.as_deref(),
            why_all: self.doubt.as_deref(),
        }
    }
}

/// Reads the users, all of them or those that must be read, and gives what `take` makes of each.
pub(super) async fn fetch<T>(
    global: &Global,
    how: Option<&Remember>,
    opened: &Account,
    (account, directory): (&str, &Directory),
    wanted: &[Wanted],
    take: impl AsyncFn(usize, Fetched<client::Error>) -> T,
) -> Result<(Vec<T>, Option<Reads>), Error> {
    let client = &opened.client;
    let progress = opened.progress("Reading users", wanted.len());
    let take = async |at, live| {
        progress.step();
        take(at, live).await
    };
    let Some(how) = how else {
        let taken = engine::fetch(client, wanted, take);
        return Ok((progress.watch(taken).await, None));
    };
    let Some(now) = client.server_time() else {
        let doubt = Some(Doubt::NoClock.to_string());
        tell_doubt(&doubt)?;
        let taken = progress.watch(engine::fetch(client, wanted, take)).await;
        let reads = Reads {
            read: wanted.len(),
            remembered: 0,
            since: None,
            doubt,
        };
        return Ok((taken, Some(reads)));
    };
    memory::folder(&global.directory)?;
    let path = file(&global.directory);
    let Begun {
        reader,
        since,
        doubt,
    } = begin(how, opened, (account, directory), &path, now).await?;
    tell_doubt(&doubt)?;
    let taken = progress.watch(engine::fetch(&reader, wanted, take)).await;
    let Told {
        read,
        remembered,
        aged,
        kept,
    } = reader.finish();
    if aged > 0 {
        let days = how.full_after;
        let users = say::counted(aged, "user");
        output::err(&format!(
            "note: {users} last read {days} days ago or more: read again\n"
        ))?;
    }
    if let Err(error) = kept {
        let path = path.display();
        output::err(&format!(
            "warning: {path}: not all that was read is remembered: {error}\n"
        ))?;
    }
    let reads = Reads {
        read,
        remembered,
        since,
        doubt,
    };
    Ok((taken, Some(reads)))
}

/// A reader that goes by what is remembered.
struct Begun<'a> {
    reader: Remembering<'a, Client>,
    since: Option<String>,
    doubt: Option<String>,
}

/// Finds out what of the things remembered still holds.
async fn begin<'a>(
    how: &Remember,
    opened: &'a Account,
    (account, directory): (&str, &Directory),
    path: &'a Path,
    now: Timestamp,
) -> Result<Begun<'a>, Error> {
    let client = &opened.client;
    let origin = origin(account, &opened.server);
    let (memory, nothing) = match Memory::open(path, &origin) {
        Ok(memory) => (Some(memory), None),
        Err(doubt) => (None, Some(doubt)),
    };
    let known = memory.as_ref().map(Memory::since);
    let since = known.map(|known| known.as_of.to_string());
    let records = search(client, known, now).await;
    let is_remembered = |user: &_| memory.as_ref().is_some_and(|memory| memory.is_of(user));
    let verdict = remembered::decide(known, records, directory, is_remembered, now);
    let to = (path, origin);
    let reader = Remembering::new(client, memory, verdict, how.full_after(), now, to);
    let (reader, doubt) = reader.map_err(|error| Error::File {
        path: path.display().to_string(),
        error,
    })?;
    // A trail that cannot be searched matters more than that this is the first time.
    let doubt = doubt.or(nothing).map(|doubt| doubt.to_string());
    Ok(Begun {
        reader,
        since,
        doubt,
    })
}

/// Forgets what was read of users whom a plan changes, before the first of its writes.
pub(super) fn forget(global: &Global, plan: &Plan, server: &str) -> Result<(), Error> {
    let users = plan.users.iter().filter(|user| !user.changes.is_empty());
    let users: HashSet<_> = users.map(|user| &user.id).collect();
    let path = file(&global.directory);
    remembered::forget(&path, &origin(&plan.account, server), &users).map_err(|error| Error::File {
        path: path.display().to_string(),
        error,
    })
}

/// The records that tell what of the things known still holds.
async fn search(
    client: &Client,
    known: Option<&Since>,
    now: Timestamp,
) -> Result<Option<Vec<AuditRecord>>, Doubt> {
    let told = |error: client::Error| Doubt::NoSearch(error.to_string());
    let permissions = client.sign_in().await.map_err(told)?;
    if permissions.is_some_and(|all| !all.iter().any(|one| one == PERMISSION)) {
        return Err(Doubt::NoPermission);
    }
    let from = remembered::search_from(known, now);
    client.audit_trail(from).await.map_err(told)
}

fn tell_doubt(doubt: &Option<String>) -> Result<(), Error> {
    match doubt {
        Some(doubt) => Ok(output::err(&format!(
            "note: every user is read: {doubt}\n"
        ))?),
        None => Ok(()),
    }
}

fn file(root: &Path) -> PathBuf {
    root.join(".callrules").join("remembered")
}

fn origin(account: &str, server: &str) -> Origin {
    Origin {
        account: account.to_owned(),
        server: server.to_owned(),
        callrules: env!("CARGO_PKG_VERSION").to_owned(),
    }
}
