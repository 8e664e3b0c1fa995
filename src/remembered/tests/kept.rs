//! What is read again, and what the file holds.

use super::*;

/// An account that was read once.
fn read_once() -> (tempfile::TempDir, Account) {
    let folder = tempfile::tempdir().unwrap();
    let account = Account::default();
    account.edit(0, 1, 0);
    let first = run(&account, &folder.path().join("remembered"), &ALL, 10);
    assert_eq!((first.reads, first.doubt), (USERS, None));
    (folder, account)
}

#[test]
fn who_is_not_touched_is_not_read_and_an_edit_is_read_once() {
    let (folder, account) = read_once();
    let path = folder.path().join("remembered");
    assert_eq!(run(&account, &path, &ALL, 20).reads, 0);
    account.edit(1, 25, 0);
    let next = run(&account, &path, &ALL, 30);
    assert_eq!((next.reads, next.seen[1]), (1, 25));
    // Its record is found again for some hours, and known.
    assert_eq!(run(&account, &path, &ALL, 40).reads, 0);
    // Whose rules name the first user is read with him.
    account.edit(0, 45, 0);
    assert_eq!(run(&account, &path, &ALL, 50).reads, 2);
}

#[test]
fn an_edit_of_somebody_out_of_scope_is_not_forgotten() {
    let (folder, account) = read_once();
    let path = folder.path().join("remembered");
    account.edit(2, 15, 0);
    assert_eq!(run(&account, &path, &[1], 20).reads, 0);
    let all = run(&account, &path, &ALL, 30);
    assert_eq!((all.reads, all.seen[2]), (1, 15));
}

#[test]
fn what_cannot_be_searched_is_read_and_nothing_is_lost() {
    let (folder, account) = read_once();
    let path = folder.path().join("remembered");
    account.edit(2, 15, 0);
    let memory = Memory::open(&path, &origin()).unwrap();
    let search = Err(Doubt::NoPermission);
    let verdict = decide(
        Some(memory.since()),
        search,
        &directory(),
        |_| true,
        time(20),
    );
    let blind = with(&account, &path, Some(memory), verdict, &[1], 20);
    assert_eq!(blind.reads, 1);
    assert!(blind.doubt.unwrap().contains("ReadAuditTrail"));
    let all = run(&account, &path, &ALL, 30);
    assert_eq!((all.reads, all.seen[2]), (1, 15));
}

/// What a killed run has read, but for the last of it, is there for the next one.
#[test]
fn a_run_that_is_cut_off_keeps_what_it_has_written_down() {
    let (folder, account) = read_once();
    let path = folder.path().join("remembered");
    account.edit(1, 15, 0);
    let begin = |now: i64| {
        let memory = Memory::open(&path, &origin()).unwrap();
        let records = account.search(search_from(Some(memory.since()), time(now)), now);
        let (known, records) = (Some(memory.since()), Ok(Some(records)));
        let verdict = decide(
            known,
            records,
            &directory(),
            |user| memory.is_of(user),
            time(now),
        );
        let file = (&*path, origin());
        Remembering::new(&account, Some(memory), verdict, WEEK, time(now), file).unwrap()
    };
    let read = |reader: &Remembering<'_, Account>, users: std::ops::Range<usize>| {
        account.reads.set(0);
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(async {
            for user in users {
                let Ok(_) = reader.interaction_rules(&id(user)).await;
            }
        });
        account.reads.get()
    };
    let written_down = reader::OFTEN + USERS - 1;
    let (cut_off, _) = begin(20);
    assert_eq!(read(&cut_off, 0..written_down + 5), reader::OFTEN + 5);
    drop(cut_off);
    let (next, _) = begin(30);
    assert_eq!(read(&next, 0..written_down + 5), 5);
    next.finish().kept.unwrap();
    let (last, _) = begin(40);
    assert_eq!(read(&last, 0..written_down + 5), 0);
    // Its own file is all that is in the folder.
    drop(last);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_was_read_long_ago_is_read_again() {
    let (folder, account) = read_once();
    let path = folder.path().join("remembered");
    let week = WEEK.as_secs();
    assert_eq!(run(&account, &path, &[0, 1], week).reads, 0);
    // Nobody touched them, and each run said so.
    assert_eq!(run(&account, &path, &ALL, week + 10).reads, USERS);
    assert_eq!(run(&account, &path, &ALL, week + 20).reads, 0);
}

#[test]
fn a_file_that_is_not_as_it_was_written_is_not_used() {
    let (folder, account) = read_once();
    let path = folder.path().join("remembered");
    let whole = std::fs::read(&path).unwrap();
    let told = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        Memory::open(&path, &origin())
            .err()
            .map(|doubt| doubt.to_string())
    };
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        let told = told(&bytes).unwrap_or_else(|| panic!("byte {at} of {}", whole.len()));
        assert!(told.contains("damaged"), "byte {at}: {told}");
    }
    for length in 0..whole.len() {
        assert!(told(&whole[..length]).is_some(), "{length}");
    }
    assert!(told(&[&whole[..], b"\n"].concat()).is_some());
    assert_eq!(told(&whole), None);
    for (other, what) in [
        (
            Origin {
                account: "8".to_owned(),
                ..origin()
            },
            "account",
        ),
        (
            Origin {
                server: "x".to_owned(),
                ..origin()
            },
            "server",
        ),
        (
            Origin {
                callrules: "0.2.0".to_owned(),
                ..origin()
            },
            "version",
        ),
    ] {
        let told = Memory::open(&path, &other).unwrap_err().to_string();
        assert!(told.contains(&format!("of another {what}")), "{told}");
    }
    assert_eq!(run(&account, &path, &ALL, 20).reads, 0);
}

#[test]
fn who_is_about_to_be_changed_is_forgotten() {
    let (folder, account) = read_once();
    let path = folder.path().join("remembered");
    let one = id(1);
    forget(&path, &origin(), &[&one].into()).unwrap();
    assert_eq!(run(&account, &path, &ALL, 20).reads, 1);
    std::fs::write(&path, "else").unwrap();
    forget(&path, &origin(), &[&one].into()).unwrap();
    assert!(!path.exists());
    forget(&path, &origin(), &[&one].into()).unwrap();
}

/// An apply that forgets users while a plan is under way has the last word.
#[test]
fn what_another_run_has_written_is_not_written_over() {
    let (folder, account) = read_once();
    let path = folder.path().join("remembered");
    let memory = Memory::open(&path, &origin()).unwrap();
    let records = account.search(search_from(Some(memory.since()), time(20)), 20);
    let known = Some(memory.since());
    let verdict = decide(known, Ok(Some(records)), &directory(), |_| true, time(20));
    let file = (&*path, origin());
    let plan = Remembering::new(&account, Some(memory), verdict, WEEK, time(20), file);
    let (plan, _) = plan.unwrap();
    forget(&path, &origin(), &[&id(1)].into()).unwrap();
    let told = plan.finish();
    assert!(told.kept.unwrap_err().to_string().contains("another run"));
    assert_eq!(run(&account, &path, &ALL, 30).reads, 1);
}
