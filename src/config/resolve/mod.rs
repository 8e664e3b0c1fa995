//! Resolves configuration files: names become ids, and shorthand becomes its normal form.
//!
//! Resolving continues after an error, so that all errors of a file are reported at once.

mod conditions;
mod dispatching;
mod names;
mod offline;
mod test_cases;

use std::collections::BTreeMap;

use names::Suggestions;

use super::references::ReferencedFiles;
use super::types::{
    self, ExtensionRef, InteractionRuleSpec, RawJson, RepositorySettings, StateSpec, StatesSpec,
    UserFile,
};
use super::{ConfigFinding, validate};
use crate::diagnostic::DiagnosticCode;
use crate::model::{
    AccountExtension, DesiredRule, DesiredState, DesiredUser, ExtensionDirectory, ExtensionId,
    NameIndex, NameListKey, NamePattern, PrunePolicy, RuleDefinition, StateCapabilities,
    StateSettings, UnmanagedPolicy,
};
use crate::yaml::YamlPath;

pub use conditions::CalendarEnd;
pub(super) use conditions::{resolve_conditions, resolve_contacts, resolve_state_schedule};
pub use names::{name_lists, resolve_owner, selector_matches, suggest_extension};
pub use offline::{OfflineDirectory, offline_directory};
pub use test_cases::resolve_tests;

/// The desired state of a user, or a finding for each reference that could not be resolved.
pub type ResolveResult = Result<DesiredUser, Vec<ConfigFinding>>;

/// Resolves every name in a validated user file.
///
/// `settings` and `shared` belong to the same repository as the file. The file can override `prune`
/// and extend `ignore` of the settings. Names of calendars and contact lists are replaced by their
/// dates and numbers. `name_index` must contain the [`name_lists`] of the file.
///
/// # Errors
/// Returns a finding for each reference that is unknown or ambiguous.
pub fn resolve(
    file: &UserFile,
    settings: &RepositorySettings,
    shared: &ReferencedFiles,
    directory: &ExtensionDirectory,
    name_index: &NameIndex,
) -> ResolveResult {
    let suggestions = &mut Suggestions::default();
    resolve_user_file(
        file,
        settings,
        shared,
        directory,
        name_index,
        Some(suggestions),
    )
}

/// Resolves several files in order, like [`resolve`]. Suggestions for unknown names are computed
/// only once per name.
pub fn resolve_all<'a>(
    files: impl IntoIterator<Item = &'a UserFile>,
    settings: &RepositorySettings,
    shared: &ReferencedFiles,
    directory: &ExtensionDirectory,
    name_index: &NameIndex,
) -> impl Iterator<Item = ResolveResult> {
    let mut suggestions = Suggestions::default();
    files.into_iter().map(move |file| {
        resolve_user_file(
            file,
            settings,
            shared,
            directory,
            name_index,
            Some(&mut suggestions),
        )
    })
}

/// Resolves a user file like [`resolve`], but returns `None` on errors and computes no suggestions.
pub fn resolve_silently(
    file: &UserFile,
    settings: &RepositorySettings,
    shared: &ReferencedFiles,
    directory: &ExtensionDirectory,
    name_index: &NameIndex,
) -> Option<DesiredUser> {
    resolve_user_file(file, settings, shared, directory, name_index, None).ok()
}

fn resolve_user_file(
    file: &UserFile,
    settings: &RepositorySettings,
    shared: &ReferencedFiles,
    directory: &ExtensionDirectory,
    name_index: &NameIndex,
    suggestions: Option<&mut Suggestions>,
) -> ResolveResult {
    let mut resolver = FileResolver::new(shared, directory, name_index, suggestions);
    // An unknown contact list would resolve to no callers, and the rule would match every caller.
    resolver.findings = validate::validate_references(file, shared);
    let (rules, states) = resolver.resolve_file(file);
    match resolver.owner {
        Some(id) if resolver.findings.is_empty() => Ok(DesiredUser {
            id,
            rules,
            unmanaged_policy: unmanaged_policy(file, settings),
            states,
        }),
        _ => Err(resolver.findings),
    }
}

fn unmanaged_policy(file: &UserFile, settings: &RepositorySettings) -> UnmanagedPolicy {
    let ignore = settings.ignore.iter().chain(&file.ignore).flatten();
    UnmanagedPolicy {
        prune: match file.prune.unwrap_or(settings.prune) {
            types::PruneSetting::All => PrunePolicy::All,
            types::PruneSetting::None => PrunePolicy::None,
        },
        ignore: ignore.map(|pattern| NamePattern::new(pattern)).collect(),
    }
}

struct FileResolver<'a> {
    shared: &'a ReferencedFiles,
    directory: &'a ExtensionDirectory,
    name_index: &'a NameIndex,
    /// Suggestions for unknown names. `None` if the findings are discarded.
    suggestions: Option<&'a mut Suggestions>,
    /// The owner of the file, set before its rules are resolved.
    owner: Option<ExtensionId>,
    findings: Vec<ConfigFinding>,
    /// The lists that are not in `name_index`, with the names that were looked up in them.
    missing_lists: BTreeMap<NameListKey, Vec<String>>,
    /// The extension references that are not in the directory.
    unresolved: Vec<String>,
}

impl<'a> FileResolver<'a> {
    fn new(
        shared: &'a ReferencedFiles,
        directory: &'a ExtensionDirectory,
        name_index: &'a NameIndex,
        suggestions: Option<&'a mut Suggestions>,
    ) -> Self {
        FileResolver {
            shared,
            directory,
            name_index,
            suggestions,
            owner: None,
            findings: Vec::new(),
            missing_lists: BTreeMap::new(),
            unresolved: Vec::new(),
        }
    }
}

impl FileResolver<'_> {
    fn resolve_file(&mut self, file: &UserFile) -> (Option<Vec<DesiredRule>>, Vec<DesiredState>) {
        let top = YamlPath::root();
        self.owner = self.resolve_user(file, &top);
        let rules = file.interaction_rules.as_ref().map(|rules| {
            let at = top.key("interactionRules");
            rules
                .iter()
                .map(|(name, rule)| match rule {
                    Some(rule) => self.resolve_rule(name, rule, &at.key(name)),
                    None => DesiredRule::Absent { name: name.clone() },
                })
                .collect()
        });
        let states = match &file.states {
            Some(states) => self.resolve_states(states, &top.key("states")),
            None => Vec::new(),
        };
        (rules, states)
    }

    /// Resolves only the dispatchings, because nothing else refers to greetings and devices.
    fn resolve_dispatchings(&mut self, file: &UserFile) {
        let rules = file.interaction_rules.iter().flatten();
        let of_rules = rules.filter_map(|(_, rule)| rule.as_ref()?.dispatching.as_ref());
        let states = file.states.iter().flat_map(StatesSpec::declared);
        let of_states = states.filter_map(|(_, state)| state.dispatching.as_ref());
        for dispatching in of_rules.chain(of_states) {
            self.resolve_dispatching(dispatching, &YamlPath::root());
        }
    }

    fn resolve_user(&mut self, file: &UserFile, top: &YamlPath) -> Option<ExtensionId> {
        let (key, reference) = file.owner_reference()?;
        let at = top.key(key);
        let extension =
            match names::find_extension(&reference, self.directory, AccountExtension::has_rules) {
                Ok(extension) => extension,
                Err(candidates) => {
                    let finding = self.extension_finding(&reference, &candidates, &at);
                    let finding = names::with_present_owner(finding, file, self.directory);
                    self.findings
                        .push(names::with_owner_help(finding, &candidates));
                    return None;
                }
            };
        if let Some(finding) = names::reassignment_finding(file, extension, self.directory, top) {
            self.findings.push(finding);
            return None;
        }
        if extension.has_rules() {
            return Some(extension.id.clone());
        }
        let message = format!(
            "{} is a {} and has no call handling rules",
            extension.label(),
            extension.kind
        );
        let finding = ConfigFinding::new(DiagnosticCode::NotAUser, at.value(), message);
        self.findings
            .push(finding.with_help("only users have call handling rules"));
        None
    }

    fn resolve_extension(&mut self, reference: &ExtensionRef, at: &YamlPath) -> ExtensionId {
        match names::find_extension(&reference.0, self.directory, |_| true) {
            Ok(extension) => extension.id.clone(),
            Err(candidates) => {
                if candidates.is_empty() {
                    self.unresolved.push(reference.0.clone());
                }
                let finding = self.extension_finding(&reference.0, &candidates, at);
                let finding = names::with_target_help(finding, &candidates);
                self.findings.push(finding);
                // Findings discard the result, so this value is never used.
                ExtensionId(String::new())
            }
        }
    }

    fn resolve_rule(
        &mut self,
        key: &str,
        rule: &InteractionRuleSpec,
        at: &YamlPath,
    ) -> DesiredRule {
        let InteractionRuleSpec {
            enabled,
            conditions,
            queue_calls_included,
            dispatching,
            renamed_from,
            id,
            name,
        } = rule;
        DesiredRule::Present {
            key: key.to_owned(),
            rule: Box::new(
                RuleDefinition {
                    name: name.clone().unwrap_or_else(|| key.to_owned()),
                    enabled: *enabled,
                    conditions: conditions
                        .as_ref()
                        .map(|spec| resolve_conditions(spec, self.shared)),
                    queue_calls_included: *queue_calls_included,
                    dispatching: dispatching
                        .as_ref()
                        .map(|spec| self.resolve_dispatching(spec, &at.key("dispatching"))),
                }
                .with_defaults(),
            ),
            id: id.as_ref().map(|id| id.0.clone()),
            renamed_from: renamed_from.clone(),
        }
    }

    fn resolve_states(&mut self, states: &StatesSpec, at: &YamlPath) -> Vec<DesiredState> {
        let resolve_state = |(capabilities, state): (&StateCapabilities, &StateSpec)| {
            let at = at.key(capabilities.id).key("dispatching");
            let schedule = state.schedule.as_ref();
            let dispatching = state.dispatching.as_ref();
            DesiredState {
                id: capabilities.id.into(),
                state: StateSettings {
                    enabled: state.enabled,
                    schedule: schedule.map(|spec| resolve_state_schedule(spec, self.shared)),
                },
                dispatching: dispatching.map(|spec| {
                    self.resolve_dispatching(spec, &at)
                        .with_defaults(capabilities.allows_no_answer)
                }),
            }
        };
        states.declared().map(resolve_state).collect()
    }
}

/// Returns the JSON of a definition in the API's own form, unchanged.
fn raw_definition(RawJson(map): &RawJson) -> serde_json::Value {
    serde_json::Value::Object(map.clone())
}
