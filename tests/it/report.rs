//! `report`: pages of who takes whose calls.

use std::fs;
use std::path::Path;

use crate::support::{Run, TestEnv, command, copy};

/// The program in a repository, without any account.
fn offline(repository: &Path, arguments: &[&str]) -> Run {
    let output = command()
        .arg("-C")
        .arg(repository)
        .arg("report")
        .args(arguments)
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn example(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name)
}

/// Every element is closed where it was opened, and nothing is asked of anybody.
fn is_sound(name: &str, html: &str) {
    let mut open: Vec<&str> = Vec::new();
    let (_, body) = html.split_once("<body").unwrap();
    let (body, _) = body.split_once("</body>").unwrap();
    for part in body.split('<').skip(1) {
        let (tag, _) = part.split_once('>').unwrap();
        match tag.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop().unwrap(), closed, "{name}"),
            None => open.push(tag.split(' ').next().unwrap()),
        }
    }
    assert!(open.is_empty(), "{name} leaves {open:?} open");
    for word in [
        "<script",
        "<link",
        "<img",
        "http://",
        "https://",
        "url(",
        "@import",
        " onclick=",
    ] {
        assert!(!html.contains(word), "{name} has {word}");
    }
}

#[test]
fn the_files_alone_make_pages() {
    let env = TestEnv::example("acme");
    let out = env.path().join("pages");
    let run = env.run(&["report", "--out", out.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(run.err, "");
    assert!(
        run.out.ends_with("index.html and 4 pages of users\n"),
        "{}",
        run.out
    );
    assert_eq!(
        env.sandbox().exchanges().len(),
        0,
        "nothing is asked of an account"
    );
    let pages = [
        ".callrules-report",
        "index.html",
        "user-101.html",
        "user-103.html",
        "user-104.html",
        "user-priya-rao-acme-example.html",
    ];
    assert_eq!(names(&out), pages);
    let alex = fs::read_to_string(out.join("user-101.html")).unwrap();
    assert!(alex.contains("The 5 callers of VIP Calls After-Hours"));
    assert!(alex.contains("+1 650-222-2222 (Sandra Bell)"));
    let index = fs::read_to_string(out.join("index.html")).unwrap();
    for page in &pages[2..] {
        assert!(index.contains(&format!("href=\"{page}\"")), "{page}");
        is_sound(page, &fs::read_to_string(out.join(page)).unwrap());
    }
    is_sound("index.html", &index);
}

#[test]
fn a_large_company_has_a_page_for_everybody_and_is_asked_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a/b");
    let run = offline(&example("holidays"), &["--out", out.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let pages = names(&out);
    assert_eq!(pages.len(), 302);
    for page in pages.iter().filter(|name| name.ends_with(".html")) {
        is_sound(page, &fs::read_to_string(out.join(page)).unwrap());
    }
    let maria = fs::read_to_string(out.join("user-1001.html")).unwrap();
    assert!(
        maria.contains("Thu 26 Nov – Fri 27 Nov 2026"),
        "holidays have rows"
    );
}

#[test]
fn the_account_stands_beside_the_files() {
    let env = TestEnv::example("acme");
    let out = env.path().join("pages");
    let arguments = ["report", "--live", "--out", out.to_str().unwrap()];
    let run = env.run(&arguments);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let writes = { env.sandbox().exchanges().into_iter() }
        .filter(|e| e.method != "GET" && !e.path.contains("/oauth/"));
    assert_eq!(writes.count(), 0, "a report only reads");
    let made = env.sandbox().exchanges().len();
    // Sign-in, account, directory, two lists of names, devices; rules and states of four users.
    assert_eq!(made, 15);
    let alex = out.join("user-101-alex-morgan.html");
    let before = fs::read_to_string(&alex).unwrap();
    assert!(before.contains("On the account") && before.contains(" differs"));

    env.apply();
    let run = env.run(&arguments);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let after = fs::read_to_string(&alex).unwrap();
    assert!(!after.contains("class=\"mark\""), "nothing is new any more");
    assert!(after.contains("On the account it is as the files say."));
    let index = fs::read_to_string(out.join("index.html")).unwrap();
    assert!(index.contains("say the same") && !index.contains("say otherwise"));
}

/// What keeps one user's file from being carried out is told on the page, and other users have theirs.
#[test]
fn a_file_that_does_not_fit_the_account_is_told() {
    let env = TestEnv::example("acme");
    // Only a rule that is there already can do without a `dispatching`.
    let alex = "extension: \"101\"\ninteractionRules:\n  Nowhere:\n    \
                conditions: { callerIds: [\"+16502222222\"] }\n";
    env.write("users/alex.yaml", alex);
    // They name what this file no longer has.
    fs::remove_dir_all(env.path().join("tests")).unwrap();
    let out = env.path().join("pages");
    let run = env.run(&["report", "--live", "--out", out.to_str().unwrap()]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let told = "error: users/alex.yaml: the interaction rule \"Nowhere\": ";
    assert!(run.err.contains(told), "{}", run.err);
    let page = fs::read_to_string(out.join("user-101-alex-morgan.html")).unwrap();
    assert!(page.contains("Not as declared: "), "{page}");
    assert!(
        page.contains("the interaction rule &quot;Nowhere&quot;"),
        "{page}"
    );
    let index = fs::read_to_string(out.join("index.html")).unwrap();
    assert!(index.contains("do not fit the account"));
    assert_eq!(names(&out).len(), 6);
}

#[test]
fn only_some_users() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pages");
    let out = out.to_str().unwrap();
    let run = offline(
        &example("acme"),
        &["--out", out, "--user", "101", "--user", "104"],
    );
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(names(Path::new(out)).len(), 4);
    let run = offline(&example("acme"), &["--out", out, "--user", "999"]);
    assert_eq!(run.code, 1);
    assert!(
        run.err.contains("no file describes the user `999`"),
        "{}",
        run.err
    );
}

#[test]
fn a_second_report_is_the_same_and_clears_away_who_is_gone() {
    let repository = tempfile::tempdir().unwrap();
    copy(&example("acme"), repository.path());
    let out = repository.path().join("pages");
    let arguments = ["--out", out.to_str().unwrap()];
    let texts = || -> Vec<String> {
        let pages = names(&out).into_iter();
        pages
            .map(|name| fs::read_to_string(out.join(name)).unwrap())
            .collect()
    };
    assert_eq!(offline(repository.path(), &arguments).code, 0);
    let first = texts();
    assert_eq!(offline(repository.path(), &arguments).code, 0);
    assert_eq!(texts(), first);

    // What somebody put beside the pages stays.
    fs::write(out.join("user-notes.html"), "mine").unwrap();
    fs::remove_file(repository.path().join("users/jo.yaml")).unwrap();
    fs::remove_dir_all(repository.path().join("tests")).unwrap();
    assert_eq!(offline(repository.path(), &arguments).code, 0);
    let left = names(&out);
    assert!(!left.contains(&"user-104.html".to_owned()), "{left:?}");
    assert!(left.contains(&"user-notes.html".to_owned()), "{left:?}");
}

#[test]
fn nothing_of_anybody_else_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("site");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("index.html"), "mine").unwrap();
    let arguments = ["--out", out.to_str().unwrap()];
    let run = offline(&example("acme"), &arguments);
    assert_eq!(run.code, 1);
    assert!(
        run.err
            .contains("holds index.html, which no report has made"),
        "{}",
        run.err
    );
    assert!(run.err.contains("--force"), "{}", run.err);
    assert_eq!(names(&out), ["index.html"]);
    assert_eq!(fs::read_to_string(out.join("index.html")).unwrap(), "mine");

    let run = offline(
        &example("acme"),
        &["--force", "--out", out.to_str().unwrap()],
    );
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_ne!(fs::read_to_string(out.join("index.html")).unwrap(), "mine");

    // In a report, a page that somebody else made is not taken for ours.
    fs::write(
        out.join(".callrules-report"),
        "index.html\n../outside.html\n",
    )
    .unwrap();
    fs::write(folder.path().join("outside.html"), "outside").unwrap();
    fs::write(out.join("user-104.html"), "mine").unwrap();
    let run = offline(&example("acme"), &arguments);
    assert_eq!(run.code, 1, "{}", run.out);
    assert!(run.err.contains("holds user-101.html"), "{}", run.err);
    assert_eq!(
        fs::read_to_string(out.join("user-104.html")).unwrap(),
        "mine"
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("outside.html")).unwrap(),
        "outside"
    );
}

/// Names are the users' own: whatever they hold is text on the page.
#[test]
fn a_rule_cannot_write_into_the_page() {
    let repository = tempfile::tempdir().unwrap();
    fs::create_dir(repository.path().join("users")).unwrap();
    fs::write(repository.path().join("callrules.yaml"), "prune: all\n").unwrap();
    let rule = "extension: \"101\"\ninteractionRules:\n  '<script>alert(1)</script>':\n    \
                conditions: { callerIds: [\"+16502222222\"] }\n    \
                dispatching: { type: Terminate, terminate: voicemail }\n";
    fs::write(repository.path().join("users/a.yaml"), rule).unwrap();
    let out = repository.path().join("pages");
    let run = offline(repository.path(), &["--out", out.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let page = fs::read_to_string(out.join("user-101.html")).unwrap();
    is_sound("user-101.html", &page);
    assert!(page.contains("rule “&lt;script&gt;alert(1)&lt;/script&gt;”"));
}
