//! A user file that is being edited, compared with the account.

use serde_json::Value;

use super::{AdoptableUser, AdoptionContext};
use crate::config;
use crate::model::{CallHandling, DesiredUser};
use crate::reconcile::{self, DiffDiagnostic, DiffSubject, ResourceKind, UserPlan};
use crate::yaml::{self, SourceFile};

/// A text of a user file with its plan.
#[derive(Debug)]
pub(super) struct UserDraft {
    pub(super) text: String,
    /// The content of the file alone.
    pub(super) own: Value,
    /// The content of the file with its profiles.
    pub(super) merged: Value,
    pub(super) desired: DesiredUser,
    pub(super) plan: UserPlan,
    /// The call handling after an apply of the plan.
    pub(super) handling_after: CallHandling,
    /// The declarations that cannot be applied.
    pub(super) errors: Vec<DiffDiagnostic>,
}

impl UserDraft {
    /// Reads a text of a user's file, and compares it with the account.
    pub(super) fn read(
        context: AdoptionContext<'_>,
        user: AdoptableUser<'_>,
        text: String,
    ) -> Result<Self, String> {
        let AdoptionContext {
            repository,
            directory,
            name_index,
            rules: _,
        } = context;
        let path = &user.file.path;
        let file = repository.read_edited_user(path, &text)?;
        let desired = config::resolve(
            &file,
            &repository.settings,
            &repository.referenced_files,
            directory,
            name_index,
        )
        .map_err(|findings| {
            let messages = findings.into_iter().map(|finding| finding.message);
            messages.collect::<Vec<_>>().join("; ")
        })?;
        let (plan, problems) = reconcile::diff_user(&desired, user.live, directory, Some(user.now));
        let errors = problems.into_iter().filter(|problem| !problem.is_warning());
        let handling = user.live.handling().clone();
        let (own, _) = yaml::parse(&SourceFile::new(path, text.clone()));
        let own = own.ok_or("the file is not YAML")?;
        let merged = repository.merge_with_profiles(&own);
        Ok(UserDraft {
            own: own.to_json(),
            merged: merged.to_json(),
            text,
            desired,
            handling_after: reconcile::handling_after(handling, &plan.id, &plan.changes),
            plan,
            errors: errors.collect(),
        })
    }

    /// Returns a declaration that cannot be applied, but could be before.
    pub(super) fn new_error(&self, before: &UserDraft) -> Option<&DiffDiagnostic> {
        let mut errors = self.errors.iter();
        errors.find(|error| !before.errors.contains(error))
    }

    /// Returns the extension number of the user, or the selector of the id.
    pub(super) fn label(&self) -> String {
        let number = self.plan.extension_number.clone();
        number.unwrap_or_else(|| format!("id:{}", self.plan.id))
    }

    /// Returns the declarations that cannot be applied: their kinds, names and problems.
    pub(super) fn remaining_errors(
        &self,
        context: AdoptionContext<'_>,
    ) -> Vec<(ResourceKind, String, String)> {
        let describe = |error: &DiffDiagnostic| match &error.subject {
            DiffSubject::Rule(key) => (
                ResourceKind::InteractionRule,
                key.clone(),
                error.message.clone(),
            ),
            DiffSubject::State(id) => (ResourceKind::State, id.to_string(), error.message.clone()),
        };
        let errors = self.errors.iter().map(describe);
        errors
            .filter(|(_, name, _)| context.rules.is_empty() || context.rules.contains(name))
            .collect()
    }
}
