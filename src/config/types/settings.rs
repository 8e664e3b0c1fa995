//! The settings file `callrules.yaml`, and the warnings that files allow.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::json;

use super::scalars::text_type;
use super::{AccountId, AnyText};
use crate::config::suggestions::suggest;
use crate::diagnostic::DiagnosticCode;

/// The settings of a configuration repository. This file marks the root of the repository.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(
    title = "callrules.yaml",
    example = json!({ "account": "37439510", "prune": "none", "ignore": ["Personal *"] })
)]
pub struct RepositorySettings {
    /// The id of the RingCentral account that this repository describes. If the credentials belong
    /// to another account, callrules neither plans nor changes anything. `callrules plan` shows the
    /// id of the account.
    pub account: Option<AccountId>,

    /// What happens to interaction rules that exist on the account but not in the files, for users
    /// with `interactionRules`. There is no default: `all` deletes rules that users created in the
    /// app, `none` leaves rules active that the files don't show.
    #[schemars(example = &"all")]
    pub prune: PruneSetting,

    /// What `callrules plan` does about users of the account who have no file: it ignores them,
    /// warns about them (the default), or fails.
    pub unmanaged_users: Option<UnmanagedUsersSetting>,

    /// Names of rules that users manage themselves in the app. callrules never changes these rules.
    /// `*` matches any text, and case is ignored. Profiles and user files can add names.
    #[schemars(with = "Option<Vec<AnyText>>", example = ["Personal *"], length(min = 1))]
    pub ignore: Option<Vec<String>>,

    /// Warnings to suppress in all files, by code or name. Profiles and user files can add their
    /// own.
    #[schemars(example = ["long-ring"], length(min = 1))]
    pub allow: Option<Vec<WarningName>>,

    /// How much a plan may change before `apply` refuses it. A flag of `apply` raises a limit for
    /// one run.
    #[schemars(example = json!({ "users": 100 }))]
    pub limits: Option<LimitSettings>,

    /// The line of `account` in the file, from 1.
    #[serde(skip)]
    pub account_line: Option<usize>,
}

impl RepositorySettings {
    /// Returns whether the warning `code` is allowed in all files.
    pub fn allows(&self, code: DiagnosticCode) -> bool {
        allows(self.allow.as_deref(), code)
    }

    /// Returns settings for use without a repository: rules that are not declared are kept.
    pub fn with_prune_none() -> Self {
        RepositorySettings {
            account: None,
            prune: PruneSetting::None,
            unmanaged_users: None,
            ignore: None,
            allow: None,
            limits: None,
            account_line: None,
        }
    }
}

/// The limits for plans. `apply` refuses a plan that exceeds one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// The number of interaction rules that a plan may delete. The default is a quarter of the
    /// rules of the users in scope, but at least 4 and at most 50. `--max-deletes` raises it.
    #[schemars(example = 10)]
    pub deletes: Option<usize>,

    /// The number of users that a plan may change. There is no default. `--max-users` raises it.
    #[schemars(example = 100)]
    pub users: Option<usize>,

    /// The number of users whose phones stop ringing at times when they rang, or some of whose
    /// callers no longer reach a person or voicemail. Voicemail or an announcement on the days of a
    /// calendar doesn't count. The default is a quarter of the users in scope, but at least 4.
    /// `--max-silenced` raises it.
    #[schemars(example = 5)]
    pub silenced: Option<usize>,
}

/// What happens to interaction rules that are not in the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PruneSetting {
    /// Delete them, so that only rules from the files remain.
    All,
    /// Keep them. Plans list them as unmanaged.
    None,
}

/// What a plan does about users of the account who have no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UnmanagedUsersSetting {
    /// They are not mentioned.
    Ignore,
    /// A warning names the first few, and the command that writes their files.
    #[default]
    Warn,
    /// An error names them, and the plan exits with 1.
    Error,
}

text_type! {
    /// A warning: its code, such as `W0110`, or its name, such as `long-ring`.
    WarningName, numbers: None, pattern: format!("^({})$", warning_names().join("|")),
    hint: "expected the code or name of a warning, such as W0110 or long-ring",
    examples: ["W0110", "long-ring"],
    check: |text| match DiagnosticCode::find(text) {
        _ if warning_names().iter().any(|name| name == text) => Ok(()),
        Some(code) if code.is_error() => Err(format!(
            "`{text}` is an error\nonly warnings can be allowed: their codes start with `W`"
        )),
        _ => Err(format!("there is no warning `{text}`\n{}", suggest(text, &warning_names()))),
    }
}

impl WarningName {
    fn refers_to(&self, code: DiagnosticCode) -> bool {
        DiagnosticCode::find(&self.0) == Some(code)
    }
}

/// Returns whether `allowed` contains the warning `code`. Errors can't be allowed.
pub(super) fn allows(allowed: Option<&[WarningName]>, code: DiagnosticCode) -> bool {
    !code.is_error() && allowed.is_some_and(|names| names.iter().any(|name| name.refers_to(code)))
}

/// Returns the code and the name of each warning.
fn warning_names() -> Vec<String> {
    let warnings = DiagnosticCode::ALL.iter().filter(|code| !code.is_error());
    warnings
        .flat_map(|code| [code.name(), code.as_str().to_owned()])
        .collect()
}
