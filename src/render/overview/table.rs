//! The overview for eyes: a line for each account, then what somebody must look at.

use textwrap::core::display_width;

use super::counts::Counts;
use super::{Account, Overview};
use crate::render::markdown::{Block, LIMIT, Page, escaped};
use crate::render::say::{count, counted};
use crate::render::shown;
use crate::render::wrap::padded;

const COLUMNS: [&str; 9] = [
    "account", "create", "update", "delete", "users", "warn.", "errors", "guards", "requests",
];

/// So many characters are for the table, so that what must be looked at has room.
const TABLE: usize = 40_000;

type Row = [String; COLUMNS.len()];

impl Overview {
    /// A table, and what must be looked at.
    pub fn human(&self) -> String {
        let mut rows = vec![COLUMNS.map(str::to_owned)];
        rows.extend(self.accounts.iter().map(row));
        rows.push(cells("all".to_owned(), self.total()));
        let mut widths = [0; COLUMNS.len()];
        for (width, column) in widths.iter_mut().zip(0..) {
            let cells = rows.iter().filter_map(|row| row.get(column));
            *width = cells
                .map(|cell| display_width(cell))
                .max()
                .unwrap_or_default();
        }
        let mut text = String::new();
        for row in rows {
            let [account, numbers @ ..] = row;
            let [first, widths @ ..] = widths;
            text += &padded(&account, first);
            for (number, width) in numbers.iter().zip(widths) {
                text += &format!("  {number:>width$}");
            }
            text.push('\n');
        }
        for matter in self.accounts.iter().flat_map(matters) {
            text += &format!("! {}\n", shown::name(&matter));
        }
        let requests = self.total().requests.all();
        if requests > 0 {
            text += &format!("apply needs {}\n", counted(requests, "request"));
        }
        text
    }

    /// The same as a comment, in which what does not fit is counted.
    pub fn markdown(&self) -> String {
        let Counts {
            summary,
            warnings,
            requests,
            ..
        } = self.total();
        let mut page = Page::new("`callrules summarize`");
        page.add(&format!(
            "### {}: {} to create, {} to update, {} to delete for {} · {}\n\n",
            counted(self.accounts.len(), "account"),
            count(summary.create),
            count(summary.update),
            count(summary.delete),
            counted(summary.users, "user"),
            counted(warnings, "warning"),
        ));
        if requests.all() > 0 {
            let needed = counted(requests.all(), "request");
            page.add(&format!("To apply all of it takes {needed}.\n\n"));
        }
        let lines = self.accounts.iter().map(|account| line(&row(account)));
        let table = Block {
            head: format!(
                "{}\n|---|{}\n",
                line(&COLUMNS.map(str::to_owned)),
                "--:|".repeat(8)
            ),
            lines: lines.collect(),
            foot: String::new(),
        };
        page.section("Accounts", vec![table], TABLE);
        let matters = self.accounts.iter().flat_map(matters);
        let matters = matters.map(|matter| Block::line(format!("- {}", escaped(&matter))));
        page.section("To look at", matters.collect(), LIMIT - TABLE);
        page.finish()
    }
}

fn row(account: &Account) -> Row {
    let id = shown::name(&account.id);
    let name = match account.parts() {
        None => id.into_owned(),
        Some(of) => format!("{id} {}/{of}", account.files.len()),
    };
    cells(name, account.counts)
}

fn cells(name: String, counts: Counts) -> Row {
    let Counts {
        summary,
        warnings,
        errors,
        guards,
        requests,
    } = counts;
    [
        name,
        count(summary.create),
        count(summary.update),
        count(summary.delete),
        count(summary.users),
        count(warnings),
        count(errors),
        count(guards),
        count(requests.all()),
    ]
}

/// A row of a Markdown table.
fn line(row: &Row) -> String {
    let cells = row.iter().map(|cell| format!(" {} |", escaped(cell)));
    format!("|{}", cells.collect::<String>())
}

/// What stands against carrying out what an account's plans say.
fn matters(account: &Account) -> Vec<String> {
    let id = &account.id;
    let missing = account.missing().into_iter();
    let missing = missing.map(|number| format!("{id}: there is no plan of part {number}"));
    let errors = account.errors.iter().map(|error| match &error.user {
        Some(user) => format!("{id}: {user} is left out: {}", error.message),
        None => format!("{id}: left out: {}", error.message),
    });
    let guards = account.guards.iter().map(|guard| {
        let (why, flag) = (&guard.message, &guard.flag);
        format!("{id}: apply will refuse the plan: {why}; `{flag}` allows it")
    });
    missing.chain(errors).chain(guards).collect()
}
