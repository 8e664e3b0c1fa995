//! The summary of several plans as text and Markdown: a line per account, then the problems.

use textwrap::core::display_width;

use super::counts::SummaryCounts;
use super::{MultiPlanSummary, SummarizedAccount};
use crate::render::humanize::{format_count, pluralize};
use crate::render::markdown::{COMMENT_LIMIT, CommentBlock, CommentPage, escape_markdown};
use crate::render::sanitize;
use crate::render::wrap::pad_to_width;

const COLUMNS: [&str; 9] = [
    "account", "create", "update", "delete", "users", "warn.", "errors", "guards", "requests",
];

/// The limit in characters for the table, which leaves space for the problems.
const TABLE_LIMIT: usize = 40_000;

type SummaryRow = [String; COLUMNS.len()];

impl MultiPlanSummary {
    /// Renders the table and the problems as text.
    pub fn render_human(&self) -> String {
        let mut rows = vec![COLUMNS.map(str::to_owned)];
        rows.extend(self.accounts.iter().map(account_row));
        rows.push(cells("total".to_owned(), self.total()));
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
            text += &pad_to_width(&account, first);
            for (number, width) in numbers.iter().zip(widths) {
                text += &format!("  {number:>width$}");
            }
            text.push('\n');
        }
        for blocker in self.accounts.iter().flat_map(blockers) {
            text += &format!("! {}\n", sanitize::sanitize_inline(&blocker));
        }
        let requests = self.total().requests.total();
        if requests > 0 {
            text += &format!("apply will need {}\n", pluralize(requests, "request"));
        }
        text
    }

    /// Renders the table and the problems as a Markdown comment. Lines that don't fit are counted.
    pub fn render_markdown(&self) -> String {
        let SummaryCounts {
            summary,
            warnings,
            requests,
            ..
        } = self.total();
        let mut page = CommentPage::new("`callrules summarize`");
        page.push(&format!(
            "### {}: {} to create, {} to update, {} to delete for {} · {}\n\n",
            pluralize(self.accounts.len(), "account"),
            format_count(summary.create),
            format_count(summary.update),
            format_count(summary.delete),
            pluralize(summary.users, "user"),
            pluralize(warnings, "warning"),
        ));
        if requests.total() > 0 {
            let needed = pluralize(requests.total(), "request");
            page.push(&format!("Applying all plans will need {needed}.\n\n"));
        }
        let lines = self
            .accounts
            .iter()
            .map(|account| table_line(&account_row(account)));
        let table = CommentBlock {
            head: format!(
                "{}\n|---|{}\n",
                table_line(&COLUMNS.map(str::to_owned)),
                "--:|".repeat(8)
            ),
            lines: lines.collect(),
            foot: String::new(),
        };
        page.push_section("Accounts", vec![table], TABLE_LIMIT);
        let problems = self
            .accounts
            .iter()
            .flat_map(blockers)
            .map(|blocker| CommentBlock::from_line(format!("- {}", escape_markdown(&blocker))))
            .collect();
        page.push_section("Problems", problems, COMMENT_LIMIT - TABLE_LIMIT);
        page.finish()
    }
}

fn account_row(account: &SummarizedAccount) -> SummaryRow {
    let id = sanitize::sanitize_inline(&account.id);
    let name = match account.shard_count() {
        None => id.into_owned(),
        Some(of) => format!("{id} {}/{of}", account.files.len()),
    };
    cells(name, account.counts)
}

fn cells(name: String, counts: SummaryCounts) -> SummaryRow {
    let SummaryCounts {
        summary,
        warnings,
        errors,
        guards,
        requests,
    } = counts;
    [
        name,
        format_count(summary.create),
        format_count(summary.update),
        format_count(summary.delete),
        format_count(summary.users),
        format_count(warnings),
        format_count(errors),
        format_count(guards),
        format_count(requests.total()),
    ]
}

/// Formats a row of a Markdown table.
fn table_line(row: &SummaryRow) -> String {
    let cells = row.each_ref().map(|cell| escape_markdown(cell));
    format!("| {} |", cells.join(" | "))
}

/// Returns the reasons why the plans of an account can't be applied completely.
fn blockers(account: &SummarizedAccount) -> Vec<String> {
    let id = &account.id;
    let missing = account
        .missing_shards()
        .into_iter()
        .map(|number| format!("{id}: no plan of part {number}"));
    let errors = account.errors.iter().map(|error| match &error.user {
        Some(user) => format!("{id}: {user} is left out: {}", error.message),
        None => format!("{id}: left out: {}", error.message),
    });
    let guards = account.guards.iter().map(|guard| {
        let (message, flag) = (&guard.message, &guard.flag);
        format!("{id}: apply will reject the plan: {message}; `{flag}` allows it")
    });
    missing.chain(errors).chain(guards).collect()
}
