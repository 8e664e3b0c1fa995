//! Which users of the account the files describe: users without a file, and files of users who are
//! out of service.

use std::collections::HashSet;

use super::lints;
use crate::config::types::UnmanagedUsersSetting;
use crate::config::{self, LoadedUser, Repository};
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::model::{AccountExtension, ExtensionDirectory, ExtensionId};
use crate::render::humanize::pluralize;
use crate::render::sanitize::sanitize_inline;

/// The number of users that a message names; further users are counted.
const MAX_NAMES: usize = 5;

/// The users of an account, and those of them that have no file.
#[derive(Debug)]
pub struct UserCoverage {
    /// The number of users in service.
    pub user_count: usize,
    /// The users in service that no file describes.
    pub without_file: Vec<AccountExtension>,
}

impl UserCoverage {
    /// Compares the directory of the account with the files.
    pub fn new(repository: &Repository, directory: &ExtensionDirectory) -> Self {
        let files = repository.users.iter();
        let described: HashSet<ExtensionId> = files
            .filter_map(|user| config::resolve_owner(&user.file, directory))
            .collect();
        let is_user = |extension: &&AccountExtension| {
            extension.has_rules() && extension.out_of_service_reason().is_none()
        };
        let users: Vec<&AccountExtension> = directory.extensions().iter().filter(is_user).collect();
        let without_file = users.iter().filter(|user| !described.contains(&user.id));
        UserCoverage {
            user_count: users.len(),
            without_file: without_file.map(|user| (*user).clone()).collect(),
        }
    }

    /// Returns the users without a file: `2 users have no file: Jo Park (140), Kim Lee (131)`.
    /// `None` if every user has one.
    pub fn describe_users_without_file(&self) -> Option<String> {
        let count = self.without_file.len();
        let have = match count {
            0 => return None,
            1 => "has",
            _ => "have",
        };
        let named = self.without_file.iter().take(MAX_NAMES);
        let names: Vec<String> = named
            .map(|user| sanitize_inline(&user.full_label()).into_owned())
            .collect();
        let more = match count.saturating_sub(MAX_NAMES) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (users, names) = (pluralize(count, "user"), names.join(", "));
        Some(format!("{users} {have} no file: {names}{more}"))
    }

    /// Returns the command that writes the missing files.
    pub fn import_command(&self) -> String {
        match &self.without_file[..] {
            [user] => match &user.number {
                Some(number) => format!("callrules import --user {number}"),
                None => format!("callrules import --user id:{}", user.id),
            },
            // Existing files are kept.
            _ => "callrules import".to_owned(),
        }
    }

    /// Returns the diagnostic about users without a file, as the settings require.
    pub(super) fn diagnostic(&self, repository: &Repository) -> Option<Diagnostic> {
        let settings = &repository.settings;
        let code = match settings.unmanaged_users.unwrap_or_default() {
            UnmanagedUsersSetting::Ignore => return None,
            UnmanagedUsersSetting::Warn => DiagnosticCode::NoFile,
            UnmanagedUsersSetting::Error => DiagnosticCode::MissingFile,
        };
        if settings.allows(code) {
            return None;
        }
        let import = self.import_command();
        Some(Diagnostic {
            code,
            message: self.describe_users_without_file()?,
            label: None,
            help: Some(format!(
                "write the missing files with `{import}`, or set `unmanagedUsers: ignore`"
            )),
            file: config::SETTINGS_FILE.to_owned(),
            span: None,
            related: None,
        })
    }
}

/// Returns a warning for each file whose user is out of service.
pub(super) fn out_of_service_diagnostics(
    repository: &Repository,
    files: &[&LoadedUser],
    directory: &ExtensionDirectory,
) -> Vec<Diagnostic> {
    let code = DiagnosticCode::UserOutOfService;
    let warn = |user: &&LoadedUser| {
        let owner = config::resolve_owner(&user.file, directory)?;
        let extension = directory.by_id(&owner)?;
        let reason = extension.out_of_service_reason()?;
        (!lints::is_allowed(repository, user, code)).then(|| Diagnostic {
            code,
            message: format!(
                "{} {reason}, so no call reaches this user",
                sanitize_inline(&extension.full_label())
            ),
            label: None,
            help: Some("delete the file if the user has left".to_owned()),
            file: user.path.clone(),
            span: None,
            related: None,
        })
    };
    files.iter().filter_map(warn).collect()
}
