//! What the pages tell people to type, what they show of it, and where their links lead.

use std::fs;
use std::path::Path;

use super::language::acme;
use super::terminal::Terminal;
use super::{blocks, blocks_in, root};

#[test]
fn every_command_runs() {
    let mut pages = vec![
        ("README.md".to_owned(), ""),
        ("CONTRIBUTING.md".to_owned(), ""),
        // The page of a new repository, for those who work in it.
        ("src/init/template/README.md".to_owned(), "callrules init"),
    ];
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        // Whose examples have a terminal each.
        if name != "commands.md" {
            pages.push((format!("docs/{name}"), ""));
        }
    }
    let mut ran = 0;
    for (page, first) in pages {
        let mut terminal = Terminal::open();
        terminal.line(first, &page);
        for block in blocks_in(&page, "sh") {
            for line in block.text.lines() {
                terminal.line(line, &block.at());
            }
        }
        ran += terminal.ran;
    }
    assert!(ran > 50, "{ran}");
}

/// The examples of `--help`, which `docs/commands.md` has, each in a terminal of its own.
#[test]
fn every_example_of_the_help_runs() {
    let blocks = blocks("docs/commands.md", "sh");
    assert!(blocks.len() > 15);
    for block in blocks {
        let mut terminal = Terminal::open();
        for line in block.text.lines() {
            terminal.line(line, &block.at());
        }
        assert!(terminal.ran > 0, "{}", block.at());
    }
}

#[test]
fn the_readme_shows_what_plan_prints() {
    let shown = blocks("README.md", "text");
    let shown = shown.iter().find(|block| block.note("output of").is_some());
    let shown = &shown.unwrap().text;
    let terminal = Terminal::open();
    let arguments = ["-C", "examples/acme", "--sandbox", "plan"];
    let output = terminal.program(&arguments).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut rest = &*printed;
    // Only where it says so is something left out: the parts between are whole.
    for part in shown.split("…\n") {
        let Some(at) = rest.find(part) else {
            panic!("not in what `plan` prints, or not in this order:\n{part}\nprinted:\n{printed}");
        };
        rest = &rest[at + part.len()..];
    }
    assert_eq!(rest, "", "the end is left out without a word");
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_only_reads() {
    let (sandbox, _) = acme().await;
    let mut terminal = Terminal::open();
    for (name, value) in [
        ("RC_SERVER_URL", &*sandbox.url()),
        ("RC_APP_CLIENT_ID", "sandbox"),
        ("RC_APP_CLIENT_SECRET", "sandbox"),
        ("RC_USER_JWT", "sandbox.sandbox.sandbox"),
    ] {
        terminal.variables.insert(name.to_owned(), value.to_owned());
    }
    let before = sandbox.snapshot();
    let plan = ["-C", "examples/acme", "plan"];
    assert!(terminal.program(&plan).output().unwrap().status.success());
    let exchanges = sandbox.exchanges();
    assert!(exchanges.len() > 4);
    for exchange in exchanges {
        let signs_in = exchange.path == "/restapi/oauth/token";
        assert!(signs_in || exchange.method == "GET", "{exchange:?}");
    }
    assert_eq!(sandbox.snapshot(), before);
}

#[test]
fn the_readme_quotes_the_file_that_it_names() {
    let shown = blocks("README.md", "yaml");
    let [block] = &shown[..] else {
        panic!("one file is quoted, not {}", shown.len());
    };
    let file = fs::read_to_string(root().join(block.note("from").unwrap())).unwrap();
    let mut rest = &*file;
    for part in block.text.split("…\n") {
        let (_, after) = rest
            .split_once(part)
            .unwrap_or_else(|| panic!("not in the file, or not in this order:\n{part}"));
        rest = after;
    }
}

/// A link between the pages leads to a file, and where it names a heading, to one that is there.
#[test]
fn every_link_leads_somewhere() {
    let mut pages = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    let docs = fs::read_dir(root().join("docs")).unwrap();
    pages.extend(docs.map(|entry| entry.unwrap().path()));
    let mut dead = Vec::new();
    let mut followed = 0;
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for after in text.split("](").skip(1) {
            let link = after.split(')').next().unwrap();
            if link.contains("://") || link.contains(['\n', ' ']) {
                continue;
            }
            followed += 1;
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => page.clone(),
                file => page.parent().unwrap().join(file),
            };
            if !target.exists() || !has_heading(&target, heading) {
                dead.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(followed > 100, "{followed}");
    assert!(dead.is_empty(), "{dead:#?}");
}

/// Whether a page has a heading to which GitHub gives this name.
fn has_heading(page: &Path, name: &str) -> bool {
    if name.is_empty() {
        return true;
    }
    let text = fs::read_to_string(page).unwrap();
    let anchor = |heading: &str| -> String {
        let kept = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| {
            if c == ' ' {
                '-'
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect()
    };
    let mut headings = text.lines().filter_map(|line| line.strip_prefix('#'));
    headings.any(|heading| anchor(heading.trim_start_matches('#').trim()) == name)
        || text.contains(&format!("id=\"{name}\""))
}
