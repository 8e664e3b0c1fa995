//! Tests of what is read again, and of the cache file.

use super::*;

/// Returns an account that was read once, with its cache file.
fn read_once() -> (tempfile::TempDir, AuditedAccount) {
    let folder = tempfile::tempdir().unwrap();
    let account = AuditedAccount::default();
    account.edit(0, 1, 0);
    let first = run_plan(&account, &folder.path().join("cache"), &ALL, 10);
    assert_eq!((first.reads, first.bypass_reason), (USERS, None));
    (folder, account)
}

#[test]
fn only_changed_users_are_read_and_only_once() {
    let (folder, account) = read_once();
    let path = folder.path().join("cache");
    assert_eq!(run_plan(&account, &path, &ALL, 20).reads, 0);
    account.edit(1, 25, 0);
    let next = run_plan(&account, &path, &ALL, 30);
    assert_eq!((next.reads, next.rules[1]), (1, 25));
    // The record is found again for some hours, but is already known.
    assert_eq!(run_plan(&account, &path, &ALL, 40).reads, 0);
    // A user whose rules refer to the first user is read as well.
    account.edit(0, 45, 0);
    assert_eq!(run_plan(&account, &path, &ALL, 50).reads, 2);
}

#[test]
fn change_of_user_out_of_scope_is_seen_later() {
    let (folder, account) = read_once();
    let path = folder.path().join("cache");
    account.edit(2, 15, 0);
    assert_eq!(run_plan(&account, &path, &[1], 20).reads, 0);
    let all = run_plan(&account, &path, &ALL, 30);
    assert_eq!((all.reads, all.rules[2]), (1, 15));
}

#[test]
fn failed_audit_search_reads_users_and_keeps_cache() {
    let (folder, account) = read_once();
    let path = folder.path().join("cache");
    account.edit(2, 15, 0);
    let reader = open_reader_after_search(&account, &path, 20, |_| Err(BypassReason::NoPermission));
    let run = read_users(&account, reader, &[1]);
    assert_eq!(run.reads, 1);
    assert!(run.bypass_reason.unwrap().contains("ReadAuditTrail"));
    let all = run_plan(&account, &path, &ALL, 30);
    assert_eq!((all.reads, all.rules[2]), (1, 15));
}

/// The next run finds the lists of a killed run, except for the last ones.
#[test]
fn interrupted_run_keeps_flushed_lists() {
    let (folder, account) = read_once();
    let path = folder.path().join("cache");
    account.edit(1, 15, 0);
    let begin = |now: i64| open_reader(&account, &path, now).0;
    let read = |reader: &CachedReader<'_, AuditedAccount>, users: std::ops::Range<usize>| {
        account.reads.set(0);
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(async {
            for user in users {
                let Ok(_) = reader.interaction_rules(&id(user)).await;
            }
        });
        account.reads.get()
    };
    let flushed = reader::FLUSH_EVERY + USERS - 1;
    let interrupted = begin(20);
    assert_eq!(read(&interrupted, 0..flushed + 5), reader::FLUSH_EVERY + 5);
    drop(interrupted);
    let next = begin(30);
    assert_eq!(read(&next, 0..flushed + 5), 5);
    next.finish().saved.unwrap();
    let last = begin(40);
    assert_eq!(read(&last, 0..flushed + 5), 0);
    // The folder contains only the cache file.
    drop(last);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn old_lists_are_read_again() {
    let (folder, account) = read_once();
    let path = folder.path().join("cache");
    let week = WEEK.as_secs();
    assert_eq!(run_plan(&account, &path, &[0, 1], week).reads, 0);
    // The lists are unchanged, but too old.
    assert_eq!(run_plan(&account, &path, &ALL, week + 10).reads, USERS);
    assert_eq!(run_plan(&account, &path, &ALL, week + 20).reads, 0);
}

#[test]
fn damaged_or_foreign_file_is_not_used() {
    let (folder, account) = read_once();
    let path = folder.path().join("cache");
    let whole = std::fs::read(&path).unwrap();
    let read_lists = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let mut file = match CacheFile::open(&path, &identity()) {
            Ok(file) => file,
            Err(reason) => {
                assert!(reason.to_string().contains("damaged"), "{reason}");
                return None;
            }
        };
        let mut read = |user| file.read_entry(&(id(user), CachedList::Rules));
        let lists = ALL.map(|user| read(user).map(|entry| (entry.read_at, entry.bodies)));
        Some((file.watermark().clone(), lists))
    };
    let (watermark, lists) = read_lists(&whole).unwrap();
    assert!(lists.iter().all(Option::is_some));
    // With any damage, a list is missing or as it was.
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        let Some((damaged_watermark, damaged_lists)) = read_lists(&bytes) else {
            continue;
        };
        assert_eq!(damaged_watermark, watermark, "byte {at}");
        for (damaged, list) in damaged_lists.iter().zip(&lists) {
            assert!(
                damaged.is_none() || damaged == list,
                "byte {at}: {damaged:?}"
            );
        }
    }
    for length in 0..whole.len() {
        assert_eq!(read_lists(&whole[..length]), None, "{length}");
    }
    read_lists(&whole).unwrap();
    type Edit = fn(&mut CacheIdentity);
    let edits: [(Edit, &str); 3] = [
        (|identity| identity.account = "8".to_owned(), "account"),
        (|identity| identity.server = "x".to_owned(), "server"),
        (
            |identity| identity.callrules = "0.2.0".to_owned(),
            "version",
        ),
    ];
    for (edit, part) in edits {
        let mut other = identity();
        edit(&mut other);
        let error = CacheFile::open(&path, &other).unwrap_err().to_string();
        assert!(error.contains(&format!("for another {part}")), "{error}");
    }
    assert_eq!(run_plan(&account, &path, &ALL, 20).reads, 0);
}

#[test]
fn evicted_users_are_read_again() {
    let (folder, account) = read_once();
    let path = folder.path().join("cache");
    let one = id(1);
    evict_users(&path, &identity(), &[&one].into()).unwrap();
    assert_eq!(run_plan(&account, &path, &ALL, 20).reads, 1);
    std::fs::write(&path, "else").unwrap();
    evict_users(&path, &identity(), &[&one].into()).unwrap();
    assert!(!path.exists());
    evict_users(&path, &identity(), &[&one].into()).unwrap();
}

/// An apply that evicts users during a plan has priority.
#[test]
fn file_of_another_run_is_not_overwritten() {
    let (folder, account) = read_once();
    let path = folder.path().join("cache");
    let (plan, _) = open_reader(&account, &path, 20);
    evict_users(&path, &identity(), &[&id(1)].into()).unwrap();
    let stats = plan.finish();
    assert!(stats.saved.unwrap_err().to_string().contains("another run"));
    assert_eq!(run_plan(&account, &path, &ALL, 30).reads, 1);
}
