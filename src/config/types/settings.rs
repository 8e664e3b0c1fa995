//! `callrules.yaml`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{AccountId, AnyText, WarningName, allow};
use crate::diagnostic::Code;

/// The settings of a configuration repository. Its presence marks the root.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(
    title = "callrules.yaml",
    example = json!({ "account": "37439510", "prune": "none", "ignore": ["Personal *"] })
)]
pub struct Settings {
    /// The id of the account that this repository describes. Nothing is planned or written when the
    /// credentials open another one. `callrules plan` says which account they open.
    pub account: Option<AccountId>,

    /// What happens to interaction rules that are on the account and in no file, for users whose
    /// `interactionRules` are declared. There is no default: one choice deletes rules that people made,
    /// the other leaves rules in force that no file shows.
    #[schemars(example = &"all")]
    pub prune: Prune,

    /// Names of rules that people make for themselves in the app; they are left alone, whoever's they
    /// are. `*` stands for any text, and capitals do not matter. Profiles and user files may add to them.
    #[schemars(with = "Option<Vec<AnyText>>", example = ["Personal *"], length(min = 1))]
    pub ignore: Option<Vec<String>>,

    /// Warnings that are meant, by code or name: they are not told of any file. Profiles and user files
    /// may add to them for themselves.
    #[schemars(example = ["long-ring"], length(min = 1))]
    pub allow: Option<Vec<WarningName>>,
}

impl Settings {
    /// Whether a warning is meant, whatever file it is of.
    pub fn allows(&self, code: Code) -> bool {
        allow::allows(self.allow.as_deref(), code)
    }

    /// The settings of no repository, which leave every undeclared rule alone.
    pub fn leaving_all() -> Self {
        Settings {
            account: None,
            prune: Prune::None,
            ignore: None,
            allow: None,
        }
    }
}

/// What happens to interaction rules that are not declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Prune {
    /// Delete them: the files say everything.
    All,
    /// Leave them alone; a plan lists them as unmanaged.
    None,
}
