//! What every command starts from: the global options, the terminal and the time of the run.

use std::path::{Path, PathBuf};

use callrules::diagnostic::Diagnostic;
use callrules::{Account, ClientConfig, Repository, RunError, RunProgress, RunTime};
use clap::{Args, ValueEnum};

use super::ui::Ui;

/// The options of all commands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// The configuration repository: the folder with `callrules.yaml`
    #[arg(short = 'C', global = true, value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,

    /// Run against an embedded sandbox instead of the live account
    ///
    /// The sandbox starts with the account in the repository's `sandbox` folder, and keeps its
    /// state between runs under `.callrules`. It needs no credentials, and nothing leaves this
    /// machine.
    #[arg(long, global = true)]
    pub(crate) sandbox: bool,

    /// Show more detail; repeat for everything (-vv)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Log format on standard error
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,

    /// Don't use a pager
    #[arg(long, global = true)]
    pub(crate) no_pager: bool,
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LogFormat {
    /// Human-readable lines of text
    Text,
    /// One JSON object per line
    Json,
}

/// What every command starts from.
pub(crate) struct CommandContext {
    pub(crate) global: GlobalArgs,
    pub(crate) ui: Ui,
    /// The time of the run, or the one that replaces it in rehearsals.
    pub(crate) time: RunTime,
}

impl CommandContext {
    /// Returns the folder of the repository.
    pub(crate) fn directory(&self) -> &Path {
        &self.global.directory
    }

    /// Loads the repository and its warnings. Returns an error if the files have errors.
    pub(crate) fn open_repository(&self) -> Result<(Repository, Vec<Diagnostic>), RunError> {
        Repository::open(self.directory())
    }

    /// Opens the account that the command line and the environment select.
    pub(crate) async fn open_account(&self) -> Result<Account, RunError> {
        if self.global.sandbox {
            Account::sandbox(self.directory()).await
        } else {
            let credentials = ClientConfig::from_env(|name| std::env::var(name).ok())?;
            Account::connect(credentials)
        }
    }

    /// Runs work that reads the account, and shows its progress.
    pub(crate) async fn watch<T>(
        &self,
        account: &Account,
        work: impl AsyncFnOnce(&RunProgress) -> T,
    ) -> T {
        let progress = RunProgress::default();
        self.ui.watch(account, &progress, work(&progress)).await
    }

    /// Formats a command for the same repository and account, quoted for a shell.
    pub(crate) fn format_command(&self, words: &[&str]) -> String {
        let directory = self.directory().to_string_lossy();
        let mut words_with_globals = vec!["callrules"];
        if directory != "." {
            words_with_globals.extend(["-C", &*directory]);
        }
        words_with_globals.extend(self.global.sandbox.then_some("--sandbox"));
        words_with_globals.extend(words);
        // Only a NUL cannot be quoted, and no path contains one.
        shlex::try_join(words_with_globals.iter().copied())
            .unwrap_or_else(|_| words_with_globals.join(" "))
    }
}
