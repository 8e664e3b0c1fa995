//! `report`: web pages that show who answers whose calls.

use std::fs;
use std::path::Path;

use crate::support::{Run, TestEnv, command, copy, lines_with};

/// Runs `report` in a repository, without credentials.
fn run_report(repository: &Path, arguments: &[&str]) -> Run {
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

/// Returns the sorted names of the files in a folder.
fn file_names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn example_path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name)
}

/// Asserts that every element is closed, and that the page loads nothing and runs no script.
fn assert_well_formed_and_static(name: &str, html: &str) {
    let mut open_elements: Vec<&str> = Vec::new();
    let (_, after_start) = html.split_once("<body").unwrap();
    let (body, _) = after_start.split_once("</body>").unwrap();
    for part in body.split('<').skip(1) {
        let (tag, _) = part.split_once('>').unwrap();
        match tag.strip_prefix('/') {
            Some(closed) => assert_eq!(open_elements.pop().unwrap(), closed, "{name}"),
            None => open_elements.push(tag.split(' ').next().unwrap()),
        }
    }
    assert!(open_elements.is_empty(), "{name}: {open_elements:?}");
    for forbidden in [
        "<script",
        "<link",
        "<img",
        "http://",
        "https://",
        "url(",
        "@import",
        " onclick=",
    ] {
        assert!(!html.contains(forbidden), "{name} contains {forbidden}");
    }
}

/// Returns the text of a page: a line for each block element and for each row of a table.
fn page_text(html: &str) -> String {
    let (_, body) = html.split_once("<body").unwrap();
    let mut text = String::new();
    for part in body.split('<').skip(1) {
        let (tag, content) = part.split_once('>').unwrap();
        text += match tag.split(' ').next().unwrap() {
            "td" | "th" | "dd" | "dt" => " | ",
            "tr" | "p" | "li" | "caption" | "h1" | "h2" | "h3" | "h4" => "\n",
            "span" => " ",
            _ => "",
        };
        text += content;
    }
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .map(|line| line.trim_matches([' ', '|']).to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

/// Returns the texts of the elements that have exactly this class, without duplicates.
fn texts_of_class(html: &str, class: &str) -> String {
    let start = format!("class=\"{class}\"");
    let mut texts: Vec<&str> = html
        .split(&start)
        .skip(1)
        .map(|rest| {
            let (_, content) = rest.split_once('>').unwrap();
            content.split_once('<').unwrap().0
        })
        .collect();
    texts.sort_unstable();
    texts.dedup();
    texts.join("\n")
}

#[test]
fn report_without_live_reads_only_files() {
    let env = TestEnv::example("acme");
    let out = env.path().join("pages");
    let run = env.run(&["report", "--out", out.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(run.err, "");
    insta::assert_snapshot!(env.stable_text(&run.out), @"wrote [repository]/pages/index.html and 4 user pages");
    assert_eq!(env.sandbox().exchanges().len(), 0);
    let pages = [
        ".callrules-report",
        "index.html",
        "user-101.html",
        "user-103.html",
        "user-104.html",
        "user-priya-rao-acme-example.html",
    ];
    assert_eq!(file_names(&out), pages);
    let alex = page_text(&fs::read_to_string(out.join("user-101.html")).unwrap());
    insta::assert_snapshot!(lines_with(&alex, "VIP Calls After-Hours"), @"
    Everyone but the 5 callers of VIP Calls After-Hours
    Every week : Everyone but the 5 callers of VIP Calls After-Hours
    What callers notice : Everyone but the 5 callers of VIP Calls After-Hours
    The 5 callers of VIP Calls After-Hours
    Every week : The 5 callers of VIP Calls After-Hours
    What callers notice : The 5 callers of VIP Calls After-Hours
    C | +1 408-232-4343 | outside Mon–Fri 08:00–16:00 (rule “VIP Calls After-Hours”)
    VIP Calls After-Hours | Priority | 8 | When | 5 callers · after-hours | Then | straight to +1 408-232-4343
    ");
    insta::assert_snapshot!(lines_with(&alex, "Sandra Bell"), @"+1 650-111-1111 (Kristina Grant), +1 650-222-2222 (Sandra Bell), +1 650-333-3333 (David Peterson), +1 650-444-4444 (Lena Shanon), +1 650-555-5555 (Christine Lee)");
    let index = fs::read_to_string(out.join("index.html")).unwrap();
    for page in &pages[2..] {
        assert!(index.contains(&format!("href=\"{page}\"")), "{page}");
        assert_well_formed_and_static(page, &fs::read_to_string(out.join(page)).unwrap());
    }
    assert_well_formed_and_static("index.html", &index);
}

#[test]
fn report_of_large_company_has_a_page_for_every_user() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a/b");
    let run = run_report(&example_path("holidays"), &["--out", out.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let pages = file_names(&out);
    assert_eq!(pages.len(), 302);
    for page in pages.iter().filter(|name| name.ends_with(".html")) {
        assert_well_formed_and_static(page, &fs::read_to_string(out.join(page)).unwrap());
    }
    // Holidays are listed below the week.
    let maria = page_text(&fs::read_to_string(out.join("user-1001.html")).unwrap());
    insta::assert_snapshot!(lines_with(&maria, "26 Nov"), @"Thu 26 Nov – Fri 27 Nov 2026");
}

#[test]
fn live_report_compares_the_files_with_the_account() {
    let env = TestEnv::example("acme");
    let out = env.path().join("pages");
    let arguments = ["report", "--live", "--out", out.to_str().unwrap()];
    let run = env.run(&arguments);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let exchanges = env.sandbox().exchanges();
    // Sign-in, account, directory, two lists of names, devices; rules and states of four users.
    assert_eq!(exchanges.len(), 15);
    let writes: Vec<_> = exchanges
        .into_iter()
        .filter(|exchange| exchange.method != "GET" && !exchange.path.contains("/oauth/"))
        .collect();
    assert_eq!(writes, []);
    let alex_path = out.join("user-101-alex-morgan.html");
    let read_index = || page_text(&fs::read_to_string(out.join("index.html")).unwrap());
    let alex_before = fs::read_to_string(&alex_path).unwrap();
    assert!(alex_before.contains(" differs\""), "{alex_before}");
    insta::assert_snapshot!(texts_of_class(&alex_before, "side"), @"
    According to the files
    On the account
    ");
    insta::assert_snapshot!(texts_of_class(&alex_before, "mark"), @"
    changes
    new
    ");
    insta::assert_snapshot!(env.stable_text(&read_index()), @"
    Skip to the users
    Who answers calls
    Files compared with account 37439510 at http://[sandbox].
    4 users. Now and At night show what an ordinary caller gets.
    User | Number | Now Sat 21 Nov 2026 09:00 | At night Sun 22 Nov 2026 02:00 | The files
    Alex Morgan users/alex.yaml | 101 | rings desktop apps + mobile apps 30 s with device Alex's desk phone 40 s, then voicemail | rings desktop apps + mobile apps 30 s with device Alex's desk phone 40 s, then voicemail | differ
    Priya Rao users/priya.yaml | 102 | rings desktop apps + mobile apps 30 s, then voicemail | rings desktop apps + mobile apps 30 s, then voicemail | differ
    Sam Lee users/sam.yaml | 103 | rings desktop apps + mobile apps 30 s, then voicemail | rings desktop apps + mobile apps 30 s, then voicemail | differ
    Jo Park users/jo.yaml | 104 | voicemail | voicemail | differ
    Created by callrules.
    ");

    env.apply();
    let run = env.run(&arguments);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let alex_after = fs::read_to_string(&alex_path).unwrap();
    assert_eq!(texts_of_class(&alex_after, "mark"), "");
    insta::assert_snapshot!(texts_of_class(&alex_after, "same"), @"The account matches the files.");
    insta::assert_snapshot!(lines_with(&read_index(), "users/"), @"
    Alex Morgan users/alex.yaml | 101 | voicemail | voicemail | match
    Priya Rao users/priya.yaml | 102 | rings desktop apps + mobile apps 30 s, then voicemail | rings desktop apps + mobile apps 30 s, then voicemail | match
    Sam Lee users/sam.yaml | 103 | rings desktop apps + mobile apps 30 s, then voicemail | rings desktop apps + mobile apps 30 s, then voicemail | match
    Jo Park users/jo.yaml | 104 | rings mobile apps 20 s, then voicemail | rings mobile apps 20 s, then voicemail | match
    ");
}

#[test]
fn live_report_shows_a_file_that_cannot_be_applied_on_the_page_of_its_user() {
    let env = TestEnv::example("acme");
    // Only an existing rule can leave out `dispatching`.
    let alex = "extension: \"101\"\ninteractionRules:\n  Nowhere:\n    \
                conditions: { callerIds: [\"+16502222222\"] }\n";
    env.write("users/alex.yaml", alex);
    // The tests of the example name rules that this file no longer has.
    fs::remove_dir_all(env.path().join("tests")).unwrap();
    let out = env.path().join("pages");
    let run = env.run(&["report", "--live", "--out", out.to_str().unwrap()]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    insta::assert_snapshot!(env.stable_text(&run.err), @r#"
    Account 37439510 at http://[sandbox]
    error: users/alex.yaml: the interaction rule "Nowhere": it does not exist on the account, and needs a `dispatching` with a `type`
    "#);
    let page = page_text(&fs::read_to_string(out.join("user-101-alex-morgan.html")).unwrap());
    insta::assert_snapshot!(lines_with(&page, "Nowhere"), @"Cannot be applied: the interaction rule &quot;Nowhere&quot;: it does not exist on the account, and needs a `dispatching` with a `type`");
    let index = page_text(&fs::read_to_string(out.join("index.html")).unwrap());
    insta::assert_snapshot!(lines_with(&index, "users/alex.yaml"), @"Alex Morgan users/alex.yaml | 101 | rings desktop apps + mobile apps 30 s with device 802636634 40 s, then voicemail | rings desktop apps + mobile apps 30 s with device 802636634 40 s, then voicemail | cannot be applied");
    assert_eq!(file_names(&out).len(), 6);
}

#[test]
fn report_can_be_limited_to_users() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pages");
    let out_argument = out.to_str().unwrap();
    let run = run_report(
        &example_path("acme"),
        &["--out", out_argument, "--user", "101", "--user", "104"],
    );
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(file_names(&out).len(), 4);
    let run = run_report(
        &example_path("acme"),
        &["--out", out_argument, "--user", "999"],
    );
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.err, @"
    error: no file matches the user `999`
    help: select users by extension number, e-mail address, name, or `id:` and the id
    ");
}

#[test]
fn second_report_is_identical_and_removes_pages_of_removed_users() {
    let repository = tempfile::tempdir().unwrap();
    copy(&example_path("acme"), repository.path());
    let out = repository.path().join("pages");
    let arguments = ["--out", out.to_str().unwrap()];
    let read_pages = || -> Vec<String> {
        let names = file_names(&out);
        names
            .iter()
            .map(|name| fs::read_to_string(out.join(name)).unwrap())
            .collect()
    };
    assert_eq!(run_report(repository.path(), &arguments).code, 0);
    let first_pages = read_pages();
    assert_eq!(run_report(repository.path(), &arguments).code, 0);
    assert_eq!(read_pages(), first_pages);

    // A file that no report wrote is kept.
    fs::write(out.join("user-notes.html"), "mine").unwrap();
    fs::remove_file(repository.path().join("users/jo.yaml")).unwrap();
    fs::remove_dir_all(repository.path().join("tests")).unwrap();
    assert_eq!(run_report(repository.path(), &arguments).code, 0);
    let names = file_names(&out);
    assert!(!names.contains(&"user-104.html".to_owned()), "{names:?}");
    assert!(names.contains(&"user-notes.html".to_owned()), "{names:?}");
}

#[test]
fn report_without_force_overwrites_only_files_of_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("site");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("index.html"), "mine").unwrap();
    let arguments = ["--out", out.to_str().unwrap()];
    let folder_path = folder.path().display().to_string();
    let run = run_report(&example_path("acme"), &arguments);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.err.replace(&folder_path, "[folder]"), @"
    error: [folder]/site contains files that aren't from a report (index.html)
    help: use an empty or new folder; with `--force`, the report is written there anyway, and replaces files of the same name
    ");
    assert_eq!(file_names(&out), ["index.html"]);
    assert_eq!(fs::read_to_string(out.join("index.html")).unwrap(), "mine");

    let run = run_report(
        &example_path("acme"),
        &["--force", "--out", out.to_str().unwrap()],
    );
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_ne!(fs::read_to_string(out.join("index.html")).unwrap(), "mine");

    // Files that the list of an earlier report leaves out, or that are outside of it, are kept.
    fs::write(
        out.join(".callrules-report"),
        "index.html\n../outside.html\n",
    )
    .unwrap();
    fs::write(folder.path().join("outside.html"), "outside").unwrap();
    fs::write(out.join("user-104.html"), "mine").unwrap();
    let run = run_report(&example_path("acme"), &arguments);
    assert_eq!(run.code, 1, "{}", run.out);
    insta::assert_snapshot!(run.err.replace(&folder_path, "[folder]"), @"
    error: [folder]/site contains files that aren't from a report (user-101.html)
    help: use an empty or new folder; with `--force`, the report is written there anyway, and replaces files of the same name
    ");
    assert_eq!(
        fs::read_to_string(out.join("user-104.html")).unwrap(),
        "mine"
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("outside.html")).unwrap(),
        "outside"
    );
}

#[test]
fn report_escapes_markup_in_rule_names() {
    let repository = tempfile::tempdir().unwrap();
    fs::create_dir(repository.path().join("users")).unwrap();
    fs::write(repository.path().join("callrules.yaml"), "prune: all\n").unwrap();
    let user = "extension: \"101\"\ninteractionRules:\n  '<script>alert(1)</script>':\n    \
                conditions: { callerIds: [\"+16502222222\"] }\n    \
                dispatching: { type: Terminate, terminate: voicemail }\n";
    fs::write(repository.path().join("users/a.yaml"), user).unwrap();
    let out = repository.path().join("pages");
    let run = run_report(repository.path(), &["--out", out.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let page = fs::read_to_string(out.join("user-101.html")).unwrap();
    assert_well_formed_and_static("user-101.html", &page);
    assert!(page.contains("“&lt;script&gt;alert(1)&lt;/script&gt;”"));
}
