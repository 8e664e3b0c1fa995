//! Verifies that generated YAML matches the account.

use serde_json::{Map, Value, json};

use crate::config::types::{RepositorySettings, UserFile};
use crate::config::{self, ConfigFinding, ReferencedFiles};
use crate::diagnostic::DiagnosticCode;
use crate::model::to_yaml::YamlWriter;
use crate::model::{
    AccountExtension, DesiredUser, ExtensionDirectory, NameIndex, PrunePolicy, UnmanagedPolicy,
};
use crate::reconcile::{self, LiveUser};
use crate::yaml;

/// The live state of a user with everything that is needed to resolve a file for the user.
pub(super) struct RoundTripVerifier<'a> {
    /// The key that identifies the user in the file.
    pub(super) identity: Map<String, Value>,
    pub(super) settings: &'a RepositorySettings,
    pub(super) live: &'a LiveUser,
    pub(super) directory: &'a ExtensionDirectory,
    pub(super) name_index: &'a NameIndex,
}

impl RoundTripVerifier<'_> {
    pub(super) fn yaml_writer<'b>(&'b self, user: &'b AccountExtension) -> YamlWriter<'b> {
        YamlWriter::new(self.directory).with_names(self.name_index, &user.id)
    }

    /// Returns the policy for unmanaged rules that results from these `ignore` patterns and the
    /// settings.
    pub(super) fn unmanaged_policy_with(
        &self,
        patterns: &[String],
    ) -> Result<UnmanagedPolicy, String> {
        let mut file = self.identity.clone();
        if !patterns.is_empty() {
            file.insert("ignore".to_owned(), json!(patterns));
        }
        let declared =
            parse_written(&Value::Object(file))?.map_err(|findings| finding_messages(&findings))?;
        Ok(self.resolve_file(&declared)?.unmanaged_policy)
    }

    /// Returns the YAML of one part after verifying that it matches the account. Removes keys that
    /// a state does not support.
    pub(super) fn verify_part(
        &self,
        section: &str,
        key: &str,
        yaml: Value,
    ) -> Result<Value, String> {
        let mut file = self.identity.clone();
        file.insert(section.to_owned(), json!({ key: yaml }));
        let mut file = Value::Object(file);
        let declared = loop {
            match parse_written(&file)? {
                Ok(declared) => break declared,
                Err(findings) => drop_unsupported(&mut file, findings)?,
            }
        };
        let mut desired = self.resolve_file(&declared)?;
        desired.unmanaged_policy.prune = PrunePolicy::None;
        self.ensure_unchanged(&desired)?;
        Ok(file[section][key].take())
    }

    /// Verifies that a plan for the finished file is empty, even if it deletes all rules that are
    /// neither declared nor ignored.
    pub(super) fn verify_file(&self, text: &str) -> Result<(), String> {
        let declared = config::read_user(text).map_err(|findings| finding_messages(&findings))?;
        let mut desired = self.resolve_file(&declared)?;
        let mut keys = declared.interaction_rules.iter().flatten();
        if let Some((key, _)) = keys.find(|(key, _)| desired.unmanaged_policy.ignores(key)) {
            return Err(format!(
                "the rule `{key}` would be both ignored and declared"
            ));
        }
        desired.unmanaged_policy.prune = PrunePolicy::All;
        self.ensure_unchanged(&desired)
    }

    fn resolve_file(&self, declared: &UserFile) -> Result<DesiredUser, String> {
        config::resolve(
            declared,
            self.settings,
            &ReferencedFiles::default(),
            self.directory,
            self.name_index,
        )
        .map_err(|findings| finding_messages(&findings))
    }

    fn ensure_unchanged(&self, desired: &DesiredUser) -> Result<(), String> {
        let (plan, problems) = reconcile::diff_user(desired, self.live, self.directory, None);
        if let Some(problem) = problems.first() {
            return Err(problem.message.clone());
        }
        match plan.changes.first() {
            Some(change) => Err(format!("the generated YAML would change `{}`", change.name)),
            None => Ok(()),
        }
    }
}

/// Writes a file to text and parses it again. The inner error holds the findings.
fn parse_written(file: &Value) -> Result<Result<UserFile, Vec<ConfigFinding>>, String> {
    let text = yaml::write(file).map_err(|error| error.to_string())?;
    Ok(config::read_user(&text))
}

/// Removes keys that a state does not support.
///
/// # Errors
/// Returns the messages if no finding is of that kind.
fn drop_unsupported(file: &mut Value, findings: Vec<ConfigFinding>) -> Result<(), String> {
    let unsupported = |finding: &&ConfigFinding| {
        matches!(
            finding.code,
            DiagnosticCode::NotInState | DiagnosticCode::NotWithType | DiagnosticCode::BadSchedule
        )
    };
    let removed = findings
        .iter()
        .filter(unsupported)
        .filter(|finding| finding.path.remove_from(file))
        .count();
    if removed == 0 {
        return Err(finding_messages(&findings));
    }
    Ok(())
}

fn finding_messages(findings: &[ConfigFinding]) -> String {
    let errors = findings.iter().filter(|finding| finding.code.is_error());
    errors
        .map(|finding| finding.message.as_str())
        .collect::<Vec<_>>()
        .join("; ")
}
