//! The commands, quotations and links of the pages.

use std::fs;
use std::path::Path;

use super::language::acme;
use super::terminal::Terminal;
use super::{blocks, blocks_in, pages, read_page, root};

/// The generated page whose examples each start from a fresh copy of the examples.
const COMMANDS: &str = "docs/reference/commands.md";

#[test]
fn shell_commands_of_the_pages_succeed() {
    let mut ran = 0;
    for page in pages() {
        if page == COMMANDS {
            continue;
        }
        ran += run_commands(&page, "");
    }
    // The page that `init` writes is for people who work in the new repository.
    ran += run_commands("src/init/template/README.md", "callrules init");
    assert!(ran > 50, "{ran}");
}

/// Runs the `sh` blocks of a page one after the other and returns how many commands ran.
fn run_commands(page: &str, first: &str) -> usize {
    let blocks = blocks_in(page, "sh");
    if blocks.is_empty() {
        return 0;
    }
    let mut terminal = Terminal::open();
    terminal.line(first, page);
    for block in blocks {
        for line in block.text.lines() {
            terminal.line(line, &block.location());
        }
    }
    terminal.ran
}

#[test]
fn help_examples_succeed() {
    let blocks = blocks(COMMANDS, "sh");
    assert!(blocks.len() > 15);
    for block in blocks {
        let mut terminal = Terminal::open();
        for line in block.text.lines() {
            terminal.line(line, &block.location());
        }
        assert!(terminal.ran > 0, "{}", block.location());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_sends_only_reads() {
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

/// A block after `<!-- from: FILE -->` quotes that file; a line `…` marks omitted lines.
#[test]
fn quoted_files_match_the_files() {
    let mut checked = 0;
    for page in pages() {
        for block in blocks_in(&page, "yaml") {
            let Some(path) = block.note("from") else {
                continue;
            };
            let file = read_page(path);
            let mut rest = &*file;
            for part in block.text.split("…\n") {
                let (_, after) = rest.split_once(part).unwrap_or_else(|| {
                    let location = block.location();
                    panic!("{location}: not in {path}, or not in this order:\n{part}")
                });
                rest = after;
            }
            checked += 1;
        }
    }
    assert!(checked > 0);
}

#[test]
fn relative_links_lead_to_files_and_headings() {
    let mut dead = Vec::new();
    let mut followed = 0;
    for page in pages() {
        let path = root().join(&page);
        for after in read_page(&page).split("](").skip(1) {
            let link = after.split(')').next().unwrap();
            if link.contains("://") || link.contains(['\n', ' ']) {
                continue;
            }
            followed += 1;
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => path.clone(),
                file => path.parent().unwrap().join(file),
            };
            if !target.exists() || !has_heading(&target, heading) {
                dead.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(followed > 100, "{followed}");
    assert!(dead.is_empty(), "{dead:#?}");
}

#[test]
fn index_links_to_every_page() {
    let index = read_page("docs/README.md");
    for page in pages() {
        let Some(relative) = page.strip_prefix("docs/") else {
            continue;
        };
        let is_linked = index.contains(&format!("]({relative})"));
        assert!(is_linked || relative == "README.md", "{relative}");
    }
}

#[test]
fn prose_lines_end_at_100_columns() {
    let mut long = Vec::new();
    for page in pages() {
        let mut is_fenced = false;
        for (index, line) in read_page(&page).lines().enumerate() {
            is_fenced ^= line.starts_with("```");
            let is_table_or_comment = line.starts_with(['|', '<']);
            // A long link or code span cannot be broken.
            let is_breakable = line.trim_start().trim_start_matches("- ").contains(' ');
            if !is_fenced && !is_table_or_comment && is_breakable && line.chars().count() > 100 {
                long.push(format!("{page}:{}", index + 1));
            }
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

/// Whether a page has a heading or an anchor with this name, as GitHub makes names from headings.
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
