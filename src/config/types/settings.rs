//! The settings file `callrules.yaml`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{AccountId, AnyText, WarningName, allow};
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

    /// Names of rules that users manage themselves in the app. callrules never changes these rules.
    /// `*` matches any text, and case is ignored. Profiles and user files can add names.
    #[schemars(with = "Option<Vec<AnyText>>", example = ["Personal *"], length(min = 1))]
    pub ignore: Option<Vec<String>>,

    /// Warnings to suppress in all files, by code or name. Profiles and user files can add their
    /// own.
    #[schemars(example = ["long-ring"], length(min = 1))]
    pub allow: Option<Vec<WarningName>>,
}

impl RepositorySettings {
    /// Returns whether the warning `code` is allowed in all files.
    pub fn allows(&self, code: DiagnosticCode) -> bool {
        allow::allows(self.allow.as_deref(), code)
    }

    /// Returns settings for use without a repository: rules that are not declared are kept.
    pub fn with_prune_none() -> Self {
        RepositorySettings {
            account: None,
            prune: PruneSetting::None,
            ignore: None,
            allow: None,
        }
    }
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
