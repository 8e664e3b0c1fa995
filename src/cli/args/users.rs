//! The options that select users.

use callrules::model::UserSelector;
use clap::Args;

/// The option that selects the users of a command.
#[derive(Debug, Args)]
pub(crate) struct UserFilterArgs {
    /// Only this user: number, e-mail address, name, or `id:` and the id
    ///
    /// In a name, `*` matches any text and `?` any one character, and case is ignored:
    /// `--user 'Sales *'` matches everyone whose name starts with "Sales". May be repeated.
    #[arg(long = "user", value_name = "USER")]
    pub(crate) selectors: Vec<UserSelector>,
}

/// The options that select the users of a plan.
#[derive(Debug, Args)]
pub(crate) struct PlanScope {
    #[command(flatten)]
    pub(crate) users: UserFilterArgs,

    /// Only users whose configuration differs from this commit
    ///
    /// A user counts as changed if the user's file, or anything that it uses, differs from that
    /// commit, such as `origin/main` or `HEAD~1`. Formatting alone is not a difference.
    #[arg(long, value_name = "GIT-REF")]
    pub(crate) changed_since: Option<String>,
}

impl PlanScope {
    /// Returns the heading of the edits on the account that an apply of this plan would undo.
    pub(crate) fn drift_title(&self) -> &'static str {
        match &self.changed_since {
            Some(_) => "On the account, not in the files (this merge would undo it)",
            None => "On the account, not in the files (an apply would undo it)",
        }
    }

    /// Returns the options as command-line arguments.
    pub(crate) fn to_args(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        for user in &self.users.selectors {
            arguments.extend(["--user".to_owned(), user.to_string()]);
        }
        if let Some(commit) = &self.changed_since {
            arguments.extend(["--changed-since".to_owned(), commit.clone()]);
        }
        arguments
    }
}
